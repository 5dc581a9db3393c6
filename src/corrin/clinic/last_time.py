"""The last time at which each plan prevents lasting harm.

The same person begins the same plan at different times. What is left years after the latest of
them is lasting: a symptom above the upper limit of health, or a loss above a tenth, as
`corrin.insight.counterfactual` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import InputError
from corrin.insight.counterfactual import LASTING, LATER
from corrin.insight.runs import outputs, solve
from corrin.insight.targets import TRACTS, fraction, symptoms
from corrin.units import format_time
from corrin.variables import catalogue

if TYPE_CHECKING:
    from corrin.clinic.plans import Plan
    from corrin.study import Scenario

#: Starts that are tried, from the begin of the run to the latest.
STARTS = 13


@dataclass(frozen=True)
class Lasting:
    """What is left for good when a plan begins at different times.

    Attributes
    ----------
    plan : Plan
        The treatment.
    starts : ndarray, shape (n,)
        When it begins [day].
    read : float
        When what is left is looked at [day].
    left : mapping of str to ndarray, shape (n,)
        Symptoms [0 to 4] and losses of tracts [0 to 1] then, beyond those of the healthy twin.
    last : mapping of str to float or None
        Last start [day] that leaves nothing lasting; None where already the first does. The
        latest start that was tried stands for any that would still do.
    """

    plan: Plan
    starts: np.ndarray
    read: float
    left: dict[str, np.ndarray]
    last: dict[str, float | None]

    @property
    def of_all(self) -> tuple[str, float | None]:
        """What becomes lasting first, and the last start that prevents all lasting harm."""
        first = min(self.last, key=lambda n: -1.0 if self.last[n] is None else self.last[n] or 0.0)
        return first, self.last[first]

    @property
    def still(self) -> bool:
        """Whether the latest start that was tried still prevents all lasting harm."""
        time = self.of_all[1]
        return time is not None and time >= float(self.starts[-1])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        name, time = self.of_all
        return {
            "treatment": self.plan.text,
            "starts": self.starts.tolist(),
            "read": self.read,
            "left": {key: values.tolist() for key, values in self.left.items()},
            "last": dict(self.last),
            "first_lasting": name,
            "last_of_all": time,
            "still": self.still,
            "words": self.words,
        }

    @property
    def words(self) -> str:
        """The answer in a sentence."""
        name, time = self.of_all
        what = _lower(catalogue()[name].long_name.partition(" (0 to ")[0])
        if time is None:
            return f"In this model no start prevents lasting harm: {what} is left."
        if self.still:
            return (
                f"In this model a start at {_about(float(self.starts[-1]))} still prevents "
                "lasting harm."
            )
        return f"In this model the last safe start is {_about(time)}; later, {what} is left."


def last_times(
    scenario: Scenario, plans: Sequence[Plan], latest: float, names: Sequence[str] | None = None
) -> list[Lasting]:
    """Return the last time at which each plan prevents lasting harm, in the central set.

    Parameters
    ----------
    scenario : Scenario
        Who, and what befell them.
    plans : sequence of Plan
        Treatments; one that gives nothing is tried once only.
    latest : float
        Latest start [day].
    names : sequence of str, optional
        Symptoms and losses to look at; all symptoms and tracts if not given.
    """
    if latest <= 0:
        raise InputError(
            f"{format_time(latest)} is not after the start", where="start", hint="write it as 5y"
        )
    asked = [*symptoms(), *(f"deficit_{t}" for t in TRACTS)] if names is None else list(names)
    read = latest + LATER
    starts = np.linspace(0.0, latest, STARTS)
    runs = [scenario.without_timeline().protocol(read)]
    for plan in plans:
        begins = starts[:1] if plan.empty else starts
        runs += [plan.applied(scenario, float(b), read).protocol(read) for b in begins]
    values = solve(runs, read)
    healthy, place, found = values[0], 1, []
    for plan in plans:
        count = 1 if plan.empty else STARTS
        own = np.broadcast_to(values[place : place + count], (STARTS, values.shape[1]))
        place += count
        left, last = {}, {}
        for name in asked:
            column = outputs().index(name)
            left[name] = own[:, column] - healthy[column]
            last[name] = _last(starts, _beyond(name, own[:, column], healthy[column]))
        found.append(Lasting(plan, starts, read, left, last))
    return found


def _beyond(name: str, values: np.ndarray, healthy: float) -> np.ndarray:
    """Return how far what is left lies above what counts as lasting; at most 0 where it is not."""
    limit = catalogue()[name].high
    if catalogue()[name].group == "symptom" and limit is not None and limit > 0:
        return np.asarray(values - healthy - limit)
    twin = np.full_like(values, healthy)
    return np.asarray(fraction(name, values, twin) - fraction(name, twin, twin) - LASTING)


def _last(starts: np.ndarray, beyond: np.ndarray) -> float | None:
    """Return the last start before harm lasts, between the starts tried."""
    bad = np.flatnonzero(beyond > 0)
    if not bad.size:
        return float(starts[-1])
    k = int(bad[0])
    if k == 0:
        return None
    share = -beyond[k - 1] / (beyond[k] - beyond[k - 1])
    return float(starts[k - 1] + share * (starts[k] - starts[k - 1]))


def _about(day: float) -> str:
    """Return a time no finer than it is known."""
    return f"year {day / 365.25:.1f}" if day >= 365.25 else f"month {day / 30.4375:.0f}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
