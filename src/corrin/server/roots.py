"""Where the chain is cut first: the flows that diet and causes bear on themselves."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import Any

from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.scenario import Scenario
from corrin.study.tables import default
from corrin.study.timeline import running
from corrin.units import YEAR


@dataclass(frozen=True)
class Root:
    """A flow that an input of the model bears on.

    Attributes
    ----------
    input : str
        Input of the model.
    flow : str
        Flow that it cuts.
    harm : str
        Side of its healthy value on which it harms, ``low`` or ``high``.
    words : str
        What happens.
    """

    input: str
    flow: str
    harm: str
    words: str


@cache
def table() -> tuple[Root, ...]:
    """Return the table of inputs with the flow that each cuts."""
    with (files("corrin.server") / "data" / "roots.csv").open(encoding="utf-8") as handle:
        return tuple(Root(**row) for row in csv.DictReader(handle))


def roots(scenario: Scenario, end: float) -> list[dict[str, Any]]:
    """Return what diets and causes of a scenario cut, each once, with times in years.

    Parameters
    ----------
    scenario : Scenario
        Whose.
    end : float
        Last time [day].
    """
    person = scenario.person
    found: list[tuple[float, float, str, float, str]] = []
    for name, value in person.traits().items():
        found.append((0.0, end, name, value, "before the start"))
    for defect in person.defects():
        found += [(i.start, i.stop, i.name, i.value, defect.text)
                  for i in defect.influences(0.0, inf)]  # fmt: skip
    for event, stop in running(scenario.timeline):
        if isinstance(event.what, Cause):
            influences = event.what.influences(event.at, stop)
            found += [(i.start, i.stop, i.name, i.value, event.text) for i in influences]
        elif isinstance(event.what, Diet):
            found += [(event.at, min(stop, _next_diet(scenario, event.at)), n, v, event.text)
                      for n, v in event.what.values.items()]  # fmt: skip
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for begin, stop, name, value, by in found:
        root = next((r for r in table() if r.input == name), None)
        usual = default(name)
        if root is None or begin >= end or not (value < usual if root.harm == "low"
                                                else value > usual):  # fmt: skip
            continue
        own = merged.setdefault(
            (name, by),
            {"input": name, "edge": root.flow, "words": root.words, "by": by,
             "from": begin / YEAR, "to": 0.0},
        )  # fmt: skip
        own["to"] = max(own["to"], min(stop, end) / YEAR)
    return list(merged.values())


def _next_diet(scenario: Scenario, at: float) -> float:
    """Return when the diet that begins at a time [day] is followed by another."""
    later = [e.at for e in scenario.timeline if e.kind == "diet" and e.at > at]
    return min(later, default=inf)
