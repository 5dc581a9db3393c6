"""The answer to "what happens": curves, flows, tracts, story and key dates of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from corrin.engine import default_engine
from corrin.engine.compiled import RTOL, CompiledEngine
from corrin.engine.protocol import Protocol, Trajectory
from corrin.faces import findings
from corrin.faces.bodymap import REGIONS
from corrin.faces.curves import HARM, Curve, curves
from corrin.faces.story import OWNERS, PEOPLE, SUBJECTS, told
from corrin.faces.timeline import spans
from corrin.faces.wording import Clock, number
from corrin.insight.pathway import pathway
from corrin.model import load_model
from corrin.provenance import PURPOSE
from corrin.server.flows import along, edge_name, flows, symbols
from corrin.server.roots import roots
from corrin.server.sampling import thinned
from corrin.study import Result, Scenario, simulate
from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.regimen import Regimen
from corrin.study.timeline import running
from corrin.study.times import output_times
from corrin.units import MONTH, YEAR
from corrin.variables import catalogue

#: Most points of a curve, and largest miss of a line between them [share of the range].
POINTS, TOLERANCE = 600, 0.004
_DIGITS = 5
_LANE_DOSES = 200
_MOST_DOSES = 400  # marks of doses that a timeline can show


class Everything:
    """An engine that always computes `everything`, and the healthy twin beside the person.

    One machine code then serves all answers, and a run can be told with its pathway.

    Parameters
    ----------
    twin : Protocol, optional
        The same person without timeline; not solved if not given.
    shown : ndarray, optional
        Times [day] for `person_values` and `twin_values`; those that are asked for if not given.
    """

    def __init__(self, twin: Protocol | None = None, shown: np.ndarray | None = None) -> None:
        self.engine = cast("CompiledEngine", default_engine(load_model()))
        self.name, self.version = self.engine.name, self.engine.version
        self.twin, self.shown = twin, shown
        self.person_values: Mapping[str, np.ndarray] = {}
        self.twin_values: Mapping[str, np.ndarray] = {}

    def solve(
        self,
        protocol: Protocol,
        times: Sequence[float] | np.ndarray,
        outputs: Sequence[str],
        *,
        rtol: float = RTOL,
    ) -> Trajectory:
        """Solve person and twin; see `corrin.engine.protocol.Engine`."""
        wanted, asked = everything(), np.asarray(times, float)
        shown = asked if self.shown is None else self.shown
        every = np.union1d(asked, shown)
        own = self.engine.solve(protocol, every, wanted, rtol=rtol)
        place = np.searchsorted(every, shown)
        self.person_values = {name: own.values[name][place] for name in wanted}
        if self.twin is not None:
            self.twin_values = self.engine.solve(self.twin, shown, wanted, rtol=rtol).values
        place = np.searchsorted(every, asked)
        return Trajectory(asked, {n: own.values[n][place] for n in outputs}, own.statistics)


def everything() -> tuple[str, ...]:
    """Return all outputs of a run of the explorer: the public ones and those of the pathway."""
    return tuple(dict.fromkeys([*catalogue(), *symbols()]))


@dataclass(frozen=True)
class Run:
    """A run with its twin.

    Attributes
    ----------
    result : Result
        The run, the same as that of the command line.
    times : ndarray, shape (n,)
        What all that follows stands over [day]: the times of the run, and those of doses.
    curves, twin : mapping of str to Curve
        Public outputs of the person and of the healthy twin.
    person_values, twin_values : mapping of str to ndarray
        Public outputs and quantities of the pathway.
    """

    result: Result
    times: np.ndarray
    curves: dict[str, Curve]
    twin: dict[str, Curve]
    person_values: Mapping[str, np.ndarray]
    twin_values: Mapping[str, np.ndarray]


def run(scenario: Scenario) -> Run:
    """Simulate a person and the healthy twin."""
    twin, protocol = scenario.without_timeline(), scenario.protocol()
    times = output_times(scenario.until, [dose.time for dose in protocol.doses])
    beside = Everything(twin.protocol(scenario.until), times)
    result = simulate(scenario, engine=beside)
    own = _drawn(scenario, times, beside.person_values)
    other = _drawn(twin, times, beside.twin_values)
    return Run(result, times, own, other, beside.person_values, beside.twin_values)


def _drawn(
    scenario: Scenario, times: np.ndarray, values: Mapping[str, np.ndarray]
) -> dict[str, Curve]:
    """Return public outputs as curves."""
    public = {name: values[name] for name in catalogue()}
    return curves(Result.label(scenario, Trajectory(times, public), {}))


def answer(scenario: Scenario) -> dict[str, Any]:
    """Return the answer of the explorer to one scenario, as plain values.

    Parameters
    ----------
    scenario : Scenario
        Who, and what happens to them.

    Returns
    -------
    dict
        Times are years; curves, flows and tracts stand over the same ``time``.
    """
    found = run(scenario)
    result, times, drawn = found.result, found.times, found.curves
    clock = Clock.spanning(float(times[-1]))
    streams = {f.name: along(f, found.person_values, found.twin_values) for f in flows()}
    streams["treatment"] = streams["treatment"] + _dosed(scenario, times, found.twin_values)
    shape = [*(_height(c) for c in drawn.values()), *streams.values()]
    kept = thinned(times, np.column_stack(shape), POINTS, TOLERANCE)
    words = told(result)
    moment = words["worst"]
    manifest = {**result.manifest, "use": PURPOSE}
    return {
        "title": scenario.name,
        "description": scenario.description,
        "person": _person(scenario),
        "t0": (float(times[-1]) if moment is None else moment["at"]) / YEAR,
        "time_unit": "year",
        "time": np.round(times[kept] / YEAR, 7).tolist(),
        "until": float(times[-1]) / YEAR,
        "clock": {"name": clock.name, "years": clock.days / YEAR},
        "headline": words["headline"],
        "below": words["below"],
        "worst": None if moment is None else {**moment, "at": moment["at"] / YEAR},
        "curves": {name: _curve(c, kept) for name, c in drawn.items()},
        "twin": {name: numbers(c.values[kept]) for name, c in found.twin.items()},
        "flows": {name: numbers(values[kept]) for name, values in streams.items()},
        "nodes": _nodes(found, streams, kept),
        "tracts": _tracts(drawn, kept),
        "symptoms": _symptoms(drawn),
        "story": [_phase(phase) for phase in words["story"]],
        "events": _events(curves(result)),
        "timeline": _timeline(scenario, float(times[-1])),
        "lanes": _lanes(scenario, float(times[-1])),
        "roots": roots(scenario, float(times[-1])),
        "doses": _doses(scenario, float(times[-1])),
        "assumptions": scenario.assumptions(),
        "yaml": scenario.to_yaml(),
        "manifest": manifest,
    }


def fixed() -> dict[str, Any]:
    """Return what is the same in every run: the pathway's nodes and edges, and the flows."""
    drawn = pathway()
    return {
        "nodes": [vars(node) for node in drawn.nodes.values()],
        "edges": [
            {**vars(link), "name": edge_name(link), "rows": list(link.rows)} for link in drawn.links
        ],
        "flows": [vars(flow) for flow in flows()],
    }


def numbers(values: np.ndarray) -> list[float | None]:
    """Return values to five significant digits; what is not finite is None."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(values)))
        scale = 10.0 ** (_DIGITS - 1 - np.where(np.isfinite(size), size, 0.0))
        rounded = np.round(values * scale) / scale
    if np.isfinite(rounded).all():
        return cast("list[float | None]", rounded.tolist())
    return [v if np.isfinite(v) else None for v in rounded.tolist()]


def _person(scenario: Scenario) -> dict[str, Any]:
    """Return who it is."""
    one = scenario.person
    return {
        "age": one.age, "sex": one.sex, "height": one.height, "weight": one.weight,
        "egfr": one.egfr, "possessive": OWNERS[one.sex], "subject": SUBJECTS[one.sex],
        "words": f"a {PEOPLE[one.sex]} of {number(one.age)}",
    }  # fmt: skip


def _curve(curve: Curve, kept: np.ndarray) -> dict[str, Any]:
    """Return one output with its meaning."""
    low, high = curve.limits()
    return {
        "unit": curve.unit,
        "long_name": curve.long_name,
        "label": curve.label,
        "group": curve.group,
        "reference": [curve.low, curve.high],
        "harm": HARM.get(curve.name, "both"),
        "log": curve.logarithmic,
        "axis": [low, high],
        "values": numbers(curve.values[kept]),
    }


def _height(curve: Curve) -> np.ndarray:
    """Return where a curve stands on its axis."""
    return np.log(curve.values) if curve.logarithmic else curve.values


def _nodes(found: Run, streams: Mapping[str, np.ndarray], kept: np.ndarray) -> dict[str, Any]:
    """Return what each node of the pathway shows: a curve, or a quantity against the twin.

    An enzyme shows how it works: the flow of its name, where its quantity is its cofactor alone.
    """
    shown: dict[str, Any] = {}
    for node in pathway().nodes.values():
        own, healthy = found.person_values[node.symbol], found.twin_values[node.symbol]
        loss = node.kind in ("mechanism", "tract", "symptom") or bool(np.all(healthy == 0))
        ratio = own if loss else own / np.where(healthy == 0, 1.0, healthy)
        if node.kind == "enzyme":
            ratio = streams.get(node.id, ratio)
        shown[node.id] = {
            "curve": node.symbol if node.symbol in found.curves else None,
            "kind": "value" if loss else "relative",
            "values": numbers(np.asarray(ratio)[kept]),
        }
    return shown


def _tracts(drawn: Mapping[str, Curve], kept: np.ndarray) -> list[dict[str, Any]]:
    """Return what each tract has lost, the largest loss first."""
    return [
        {
            "name": loss.tract,
            "words": findings.TRACTS[loss.tract][0],
            "purpose": findings.TRACTS[loss.tract][1],
            "central": findings.TRACTS[loss.tract][2],
            "total": numbers(loss.total[kept]),
            "permanent": numbers(loss.permanent[kept]),
            "myelin": f"myelin_{loss.tract}",
            "axons": f"axons_{loss.tract}",
        }
        for loss in findings.losses(drawn)
    ]


def _symptoms(drawn: Mapping[str, Curve]) -> list[dict[str, Any]]:
    """Return the symptoms from head to foot, with the names of their curves."""
    return [
        {
            "name": name,
            "word": region.word,
            "title": drawn[name].title,
            "told": findings.TOLD[name],
            "severity": name,
            "probability": f"{name}_probability",
        }
        for name, region in REGIONS.items()
        if name in drawn
    ]


def _phase(phase: Mapping[str, Any]) -> dict[str, Any]:
    """Return a phase of the story; times in years."""
    words = {k: v for k, v in phase.items() if k not in ("begin", "stop")}
    return {"from": phase["begin"] / YEAR, "until": phase["stop"] / YEAR, **words}


def _events(drawn: Mapping[str, Curve]) -> list[dict[str, Any]]:
    """Return when limits are passed; times in years, None for never."""
    return [
        {
            "event": date.event,
            "curve": date.curve.name,
            "limit": date.limit,
            "unit": date.curve.unit,
            "side": date.side,
            "first": None if date.first is None else date.first / YEAR,
            "over": None if date.over is None else date.over / YEAR,
            "extreme": date.extreme,
            "extreme_at": date.extreme_at / YEAR,
        }
        for date in findings.key_dates(drawn)
    ]


def _timeline(scenario: Scenario, end: float) -> list[dict[str, Any]]:
    """Return diets, causes and treatments; times in years."""
    return [
        {"kind": s.kind, "text": s.text, "from": s.begin / YEAR, "until": s.stop / YEAR,
         "lasting": s.lasting}
        for s in spans(scenario, end)
    ]  # fmt: skip


def _dosed(scenario: Scenario, times: np.ndarray, twin: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return doses given at once as a rate, against what health absorbs, shape (n,).

    Each dose is spread over the time to the next; the last over as long as the one before.
    """
    doses = [d for d in scenario.protocol().doses if d.time <= times[-1]]
    rate = np.zeros(len(times))
    if not doses:
        return rate
    totals: dict[float, float] = {}
    for dose in doses:
        totals[dose.time] = totals.get(dose.time, 0.0) + dose.amount
    when = np.array(sorted(totals))
    amount = np.array([totals[t] for t in when])
    gaps = np.diff(when)
    gaps = np.append(gaps, gaps[-1] if gaps.size else MONTH)
    place = np.searchsorted(when, times, side="right") - 1
    given = (place >= 0) & (times < when[place] + gaps[place])
    rate[given] = (amount / gaps)[place[given]]
    return np.asarray(rate / np.maximum(twin["cobalamin_absorption"], 1e-12))


def _lanes(scenario: Scenario, end: float) -> list[dict[str, Any]]:
    """Return diets, causes, drugs and treatments as lanes; times in years."""
    found = []
    for event, stop in running(scenario.timeline):
        if event.at >= end:
            continue
        lane = {"diet": "diet", "cause": "cause", "treat": "treatment"}[event.kind]
        doses: list[float] = []
        product = ""
        if isinstance(event.what, Cause) and event.what.row["group"] == "drug":
            lane = "drug"
        if isinstance(event.what, Diet):
            later = [e.at for e in scenario.timeline if e.kind == "diet" and e.at > event.at]
            stop = min([stop, *later])
        if isinstance(event.what, Regimen):
            product = event.what.drug
            given = event.what.doses(event.at, min(stop, end))
            doses = [round(d.time / YEAR, 4) for d in given] if len(given) <= _LANE_DOSES else []
        found.append(
            {"lane": lane, "label": event.text, "from": event.at / YEAR,
             "to": min(stop, end) / YEAR, "doses": doses, "product": product}
        )  # fmt: skip
    return found


def _doses(scenario: Scenario, end: float) -> dict[str, Any]:
    """Return the times [year] of single doses; the number alone where there are very many."""
    times = sorted({float(d.time) for d in scenario.protocol().doses if d.time <= end})
    few = len(times) <= _MOST_DOSES
    return {
        "count": len(times),
        "first": times[0] / YEAR if times else None,
        "last": times[-1] / YEAR if times else None,
        "times": [round(t / YEAR, 4) for t in times] if few else None,
    }
