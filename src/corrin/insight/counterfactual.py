"""What would have been: the same person with one thing changed, simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from corrin.engine.protocol import Protocol
from corrin.insight import members as many
from corrin.insight.members import Members
from corrin.insight.players import cut, mechanisms
from corrin.insight.runs import grid, in_member, outputs, solve
from corrin.insight.targets import fraction
from corrin.study.causes import Cause
from corrin.study.regimen import Regimen
from corrin.study.scenario import Scenario
from corrin.study.timeline import Event
from corrin.units import YEAR
from corrin.variables import catalogue
from corrin.weighted import quantiles

if TYPE_CHECKING:
    from corrin.insight.why import Explanation

#: What is given where the scenario holds no treatment with B12.
STANDARD = "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months"
#: Folic acid that people take [mg/d].
FOLIC_ACID = (0.4, 5.0)
#: How long after the time asked about a deficit must remain to be called lasting [day].
LATER = 5 * YEAR
#: A loss that is called lasting where the output has no upper limit of health [fraction].
LASTING = 0.1
_STEPS = 7


@dataclass(frozen=True)
class Counterfactual:
    """One "what if" and what an output would be.

    Attributes
    ----------
    key : str
        Short name.
    words : str
        What would have been, to follow "had" (``methylation held``).
    symptom : str
        Output.
    value, low, high : float
        What it would be; the interval over the versions, None where too few.
    """

    key: str
    words: str
    symptom: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LastChance:
    """The last time at which treatment would have prevented a lasting deficit.

    Attributes
    ----------
    symptom : str
        Output.
    outcome : str
        ``time`` (before `time` it would), ``open`` (it still would at the time asked about) or
        ``none`` (no treatment after the start would).
    time, low, high : float or None
        That time [day], with its interval; versions in which it is later than the time asked
        about count as that time.
    treatment : str
        What would be given.
    central : bool
        Whether it is told for the central parameter set alone.
    """

    symptom: str
    outcome: str
    time: float | None
    low: float | None
    high: float | None
    treatment: str
    central: bool


def _b12(event: Event) -> bool:
    return isinstance(event.what, Regimen) and "cobalamin" in event.what.text


def treated_at(scenario: Scenario, time: float, until: float) -> Scenario:
    """Return a scenario whose treatment with B12 begins at `time` [day] and ends at `until`."""
    text = treatment(scenario)
    others = tuple(e for e in scenario.timeline if not _b12(e) and e.kind != "stop")
    given = Event(time, Regimen.parse(text, "treatment"))
    return replace(scenario, timeline=(*others, given), until=max(until, time + 1.0))


def treatment(scenario: Scenario) -> str:
    """Return the treatment with B12 of a scenario, or the standard one."""
    own = [event.text for event in scenario.timeline if _b12(event)]
    return own[0] if own else STANDARD


def variants(scenario: Scenario, time: float) -> dict[str, tuple[str, Protocol]]:
    """Return what is asked: key, words and protocol up to `time` [day]."""
    protocol = scenario.protocol(time)
    found = {
        "methylation held": (
            "methylation held", cut(protocol, [mechanisms()["methylation"]])
        )
    }  # fmt: skip
    own = [event.at for event in scenario.timeline if _b12(event) and event.at < time]
    earlier = max((min(own) if own else time) - YEAR, 0.0)
    found["treated earlier"] = (
        "treatment begun a year earlier",
        treated_at(scenario, earlier, time).protocol(time),
    )
    for dose in FOLIC_ACID:
        given = Event(0.0, Regimen.parse(f"folic acid {dose:g} mg oral daily", "folic acid"))
        taken = replace(scenario, timeline=(*scenario.timeline, given))
        found[f"folic acid {dose:g} mg"] = (
            f"{dose:g} mg of folic acid been taken daily",
            taken.protocol(time),
        )
    gas = [e for e in scenario.timeline
           if isinstance(e.what, Cause) and e.what.name.startswith("nitrous oxide")]  # fmt: skip
    if gas:
        kept = tuple(e for e in scenario.timeline if e not in gas)
        found["nitrous oxide avoided"] = (
            "nitrous oxide been avoided",
            replace(scenario, timeline=kept).protocol(time),
        )
    return found


def counterfactuals(explanation: Explanation) -> tuple[Counterfactual, ...]:
    """Return what the outputs explained would be at that time, had something else been."""
    time, chosen = explanation.time, explanation.chosen
    asked = variants(explanation.scenario, time)
    cube = grid([protocol for _, protocol in asked.values()], time, chosen)
    places = {name: i for i, name in enumerate(outputs())}
    found = []
    for j, (key, (words, _)) in enumerate(asked.items()):
        for name in (answer.symptom for answer in explanation.answers):
            values = cube[:, j, places[name]]
            weights = explanation.weights(name) * np.isfinite(values)
            kept = weights > 0
            span = many.interval(values[kept], weights[kept]) or (None, None)
            mean = float(many.mean(values, weights))
            found.append(Counterfactual(key, words, name, mean, *span))
    return tuple(found)


def last_chances(
    scenario: Scenario, names: Sequence[str], time: float, chosen: Members
) -> dict[str, LastChance]:
    """Return the last times at which treatment would have prevented lasting deficits, by output.

    Treatment begins at different times; what remains five years after `time` [day] is lasting if
    it is above the upper limit of health, or a loss above a tenth. The time is found by bisection
    in each version of the model; later treatment is taken to leave no less. Runs over so many
    injections are slow, so that one asks few versions.
    """
    far = time + LATER
    twin = scenario.without_timeline().protocol(far)
    healthy = solve([in_member(twin, one) for one in chosen.sets], far)
    known: dict[bytes, np.ndarray] = {}

    def treated(starts: np.ndarray) -> np.ndarray:
        key = starts.tobytes()
        if key not in known:
            runs = [
                in_member(treated_at(scenario, float(start), far).protocol(far), one)
                for start, one in zip(starts, chosen.sets, strict=True)
            ]
            known[key] = solve(runs, far)
        return known[key]

    found = {}
    for name in names:
        column = outputs().index(name)

        def lasts(starts: np.ndarray, name: str = name, column: int = column) -> np.ndarray:
            return _lasting(name, treated(starts)[:, column], healthy[:, column])

        found[name] = _bisected(name, lasts, time, chosen, treatment(scenario))
    return found


def _bisected(
    name: str,
    lasts: Callable[[np.ndarray], np.ndarray],
    time: float,
    chosen: Members,
    given: str,
) -> LastChance:
    """Find the time from which on treatment leaves a lasting deficit."""
    low, high = np.zeros(len(chosen)), np.full(len(chosen), time)
    never, ever = lasts(low), lasts(high)
    weights = chosen.weights
    if float(weights @ ~ever) >= 0.5:
        return LastChance(name, "open", None, None, None, given, chosen.central)
    if float(weights @ never) >= 0.5:
        return LastChance(name, "none", None, None, None, given, chosen.central)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        bad = lasts(middle)
        low, high = np.where(bad, low, middle), np.where(bad, middle, high)
    found = np.where(never, 0.0, np.where(ever, (low + high) / 2, time))
    first, last = many.interval(found, weights) or (None, None)
    told = quantiles(found, weights, (0.5,))[0]
    return LastChance(name, "time", told, first, last, given, chosen.central)


def _lasting(name: str, values: np.ndarray, healthy: np.ndarray) -> np.ndarray:
    """Return whether what is left is more than health allows."""
    limit = catalogue()[name].high
    if catalogue()[name].group == "symptom" and limit is not None and limit > 0:
        return np.asarray(values - healthy > limit)
    lost = fraction(name, values, healthy) - fraction(name, healthy, healthy)
    return np.asarray(lost > LASTING)
