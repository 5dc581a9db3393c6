"""How several influences on one input of the model add up: the rules are a table.

A diet, a cause and a treatment each push inputs of the model to a value for a while. Whatever
overlaps is combined by the input's rule, and the outcome is written as steps in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, prod

from corrin.engine.protocol import Change
from corrin.study.tables import rows


@dataclass(frozen=True)
class Influence:
    """From `start` until `stop` [day], `value` bears on the model's input `name`."""

    start: float
    stop: float
    name: str
    value: float


def combined(rule: str, base: float, values: Sequence[float]) -> float:
    """Return the value of an input under several influences.

    Parameters
    ----------
    rule : str
        ``set`` the latest holds, ``sum`` they add, ``product`` they multiply, ``least`` the
        smallest holds, ``loss`` each takes its share of what the others leave.
    base : float
        Value without any influence [unit of the input].
    values : sequence of float
        Influences at work, in the order in which they began.

    Returns
    -------
    float
        Value of the input.
    """
    if rule == "set":
        return values[-1] if values else base
    if rule == "sum":
        return base + sum(values)
    if rule == "product":
        return base * prod(values)
    if rule == "least":
        return min(base, *values) if values else base
    return 1 - (1 - base) * prod(1 - value for value in values) if values else base


def changes(
    influences: Iterable[Influence], base: Mapping[str, float], until: float
) -> tuple[Change, ...]:
    """Return the steps of the inputs that some influences amount to.

    Parameters
    ----------
    influences : iterable of Influence
        Those that begin at the same time are taken in the order given.
    base : mapping of str to float
        Value of every input without them [unit of the input].
    until : float
        End of the run [day]; nothing changes from then on.

    Returns
    -------
    tuple of Change
        In order of time.
    """
    rules = {row["input"]: row["rule"] for row in rows("combining")}
    grouped: dict[str, list[Influence]] = {}
    for one in influences:
        grouped.setdefault(one.name, []).append(one)
    steps: list[Change] = []
    for name, own in grouped.items():
        own.sort(key=lambda one: one.start)
        current = base[name]
        edges = {one.start for one in own} | {one.stop for one in own if one.stop != inf}
        for time in sorted(edge for edge in edges if edge < until):
            values = [one.value for one in own if one.start <= time < one.stop]
            value = combined(rules[name], base[name], values)
            if value != current:
                steps.append(Change(time, name, value))
                current = value
    return tuple(sorted(steps, key=lambda step: step.time))
