"""The answers of the explorer beside the run: why, nerve, plans, results.

Each is what the command line prints with ``--json``, and what the page shows beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import InputError, unknown
from corrin.provenance import PURPOSE
from corrin.study import Scenario
from corrin.units import YEAR, format_time

if TYPE_CHECKING:
    from corrin.clinic.reference import Population
    from corrin.faces.nerve_plot import Course
    from corrin.insight.members import Members
    from corrin.nerve import Tract

#: Frames of an action potential that are sent, and nodes of the fibre [every].
FRAMES = 200
#: Latest start of a treatment that is tried [day].
LONGEST = 60 * YEAR
#: Length of the path for which the share of fibres that conduct is told [mm].
PATH = 450.0


def why(
    scenario: Scenario,
    symptom: str | None,
    at: float | None,
    members: int = 0,
) -> dict[str, Any]:
    """Return why, for one symptom of one person.

    Parameters
    ----------
    scenario : Scenario
        Who.
    symptom : str or None
        What is asked about; the one with the largest share of its scale lost if None.
    at : float or None
        When [day]; when it is worst if None.
    members : int
        Versions of the ensemble to ask; 0 for the central set alone, without intervals.

    Returns
    -------
    dict
        What ``corrin why --json`` prints, with ``pathway``, ``words`` and ``counterfactuals``.
    """
    from corrin.faces.why_answer import row, spoken
    from corrin.faces.why_page import strongest
    from corrin.insight.counterfactual import counterfactuals, treatment
    from corrin.insight.pathway import effects
    from corrin.insight.targets import symptoms
    from corrin.insight.why import explain

    asked = list(symptoms()) if symptom is None else [symptom]
    found = explain(asked, scenario, at, chosen=_members(members))
    if symptom is None:
        return why(scenario, strongest(found).symptom, found.time, members)
    told = spoken(found)[0]
    answer = found.answers[0]
    drawn = effects(found, answer)
    return {
        **row(found, told),
        "label": answer.label,
        "at": found.time / YEAR,
        "at_words": format_time(found.time),
        "words": {level: told.of(level) for level in ("plain", "specialist")},
        "pathway": _pathway(drawn),
        "counterfactuals": [vars(other) for other in counterfactuals(found)],
        "treatment": treatment(scenario),
        "settled": None if answer.leader is None else answer.leader.name,
    }


def _members(count: int) -> Members:
    from corrin.insight.members import members, one_set

    if count <= 0:
        return one_set("asked for")
    return members(count)


def _pathway(drawn: Any) -> dict[str, Any]:
    """Return the pathway with the evidence of each edge."""
    from corrin.evidence.sources import facts

    plain: dict[str, Any] = drawn.to_dict()
    rows = {name for edge in plain["edges"] for name in edge["rows"]}
    plain["evidence"] = {name: _fact(facts()[name]) for name in sorted(rows)}
    return plain


def _fact(fact: Any) -> dict[str, Any]:
    """Return one row of evidence as plain values."""
    return {k: v for k, v in vars(fact).items() if isinstance(v, str | int | float | bool | None)}


@cache
def natural_experiments() -> dict[str, Any]:
    """Return the natural experiments: what is observed, and what the central set gives.

    The rows of ``corrin experiments --json``, with what was observed in words.
    """
    from corrin.evidence.natural import EXPERIMENTS, table
    from corrin.insight.experiments import observed

    known = {one.name: one for one in EXPERIMENTS}
    found = table()
    rows = found.astype(object).where(found.notna(), None).to_dict("records")
    return {
        "rows": [{**r, "observed": observed(r["experiment"], known.get(r["experiment"]))}
                 for r in rows],
        "versions": "central",
    }  # fmt: skip


def nerve(scenario: Scenario, at: float | None, tract: str = "dorsal_columns") -> dict[str, Any]:
    """Return what the nerve laboratory finds at one time, in the person and in health.

    Parameters
    ----------
    scenario : Scenario
        Who.
    at : float or None
        When [day]; the worst moment if None.
    tract : str
        Whose fibres the action potential is shown on.
    """
    from corrin.faces.curves import curves
    from corrin.faces.findings import worst
    from corrin.faces.nerve_fibres import damaged, fibres_of
    from corrin.faces.nerve_plot import WINDOWS
    from corrin.faces.wording import Clock
    from corrin.nerve import Subject, examine, run_nerve
    from corrin.nerve.studies import TRACTS
    from corrin.server.courses import Everything
    from corrin.study import simulate
    from corrin.study.times import output_times

    if at is not None and not 0 <= at <= scenario.until:
        raise InputError(
            f"{format_time(at)} is not within the run", where="at",
            hint=f"it goes from 0 y to {format_time(scenario.until)}",
        )  # fmt: skip
    # The same output times as ever, but none long after the one asked about.
    times = output_times(scenario.until)
    times = times if at is None else times[: np.searchsorted(times, at) + 1]
    result = simulate(scenario, times=times, engine=Everything())
    if at is None:
        moment = worst(curves(result))
        at = scenario.until if moment is None else moment.time
    hers = run_nerve(result, [at])[0]
    person = scenario.person
    subject = Subject(person.age + at / YEAR, person.height, person.sex)
    healthy = examine({name: {} for name in TRACTS}, subject)
    state = damaged(result, at, tract)
    words = Clock.spanning(scenario.until).text(at)
    fibres = fibres_of(state, words, tract.replace("_", " "))
    return {
        "scenario": scenario.name,
        "at": at / YEAR,
        "at_words": words,
        "time": at,
        "examination": _examination(hers),
        "healthy": _examination(healthy),
        "windows": {name: list(span) for name, span in WINDOWS.items()},
        "tract": tract,
        "fibres": [
            {**_course(c), **_carried(s)} for c, s in zip(fibres, (None, state), strict=True)
        ],
        "path_mm": PATH,
        "manifest": {**result.manifest, "times": None, "use": PURPOSE},
    }


def _examination(found: Any) -> dict[str, Any]:
    """Return table and recordings, with traces short enough to be sent."""
    from corrin.faces.nerve_plot import WINDOWS
    from corrin.server.courses import numbers

    plain: dict[str, Any] = found.to_dict()
    traces = []
    for trace in found.traces:
        first, last = WINDOWS.get(trace.name, (0.0, float(trace.time[-1])))
        seen = (trace.time >= first) & (trace.time <= last)
        step = max(1, int(seen.sum()) // 400)
        traces.append(
            {
                "name": trace.name,
                "unit": trace.unit,
                "time_unit": "ms",
                "time": numbers(trace.time[seen][::step]),
                "value": numbers(trace.value[seen][::step]),
                "marks": dict(trace.marks),
            }
        )
    return {**plain, "traces": traces}


def _course(shown: Course) -> dict[str, Any]:
    """Return an action potential on its way: nodes, when it passes them, voltages in frames."""
    from corrin.faces.nerve_section import propagation
    from corrin.server.courses import numbers

    found = propagation(shown)
    nodes = list(found.nodes)
    step = max(1, len(shown.time) // FRAMES)
    voltage = shown.voltage[::step][:, nodes]
    return {
        "title": shown.title,
        "time_unit": "ms",
        "time": numbers(shown.time[::step]),
        "position_mm": numbers(shown.position[nodes]),
        "crossed_ms": [t if np.isfinite(t) else None for t in found.crossed],
        "front_mm": _front(shown, found.crossed, nodes, step),
        "voltage_mv": np.round(voltage).astype(int).tolist(),
        "velocity_m_s": found.velocity if np.isfinite(found.velocity) else None,
        "reached_mm": found.reached,
        "arrives": found.arrives,
        "words": found.words,
    }


def _front(
    shown: Course, crossed: Sequence[float], nodes: Sequence[int], step: int
) -> list[float | None]:
    """Return the place of the action potential [mm] at each frame; None before it starts."""
    known = [k for k, time in enumerate(crossed) if np.isfinite(time)]
    times = shown.time[::step]
    if len(known) < 2:
        return [None] * len(times)
    when = np.maximum.accumulate(np.array([crossed[k] for k in known]))
    place = np.array([shown.position[nodes[k]] for k in known])
    at = np.interp(times, when, place)
    return [None if t < when[0] else round(float(p), 3) for t, p in zip(times, at, strict=True)]


def _carried(state: Tract | None) -> dict[str, Any]:
    """Return the shares of fibres that are there and that conduct over the path."""
    from corrin.nerve import Tract, transmission

    one = Tract(central=True) if state is None else state
    kind = "central" if one.central else "peripheral"
    found = transmission(one, PATH, kind=kind)  # type: ignore[arg-type]
    return {
        "axons": one.axons_large,
        "myelin": one.myelin,
        "swelling": one.swelling,
        "conducting": found.conducting,
        "path_velocity_m_s": found.velocity if np.isfinite(found.velocity) else None,
        "path_scatter_ms": found.scatter if np.isfinite(found.scatter) else None,
    }


def compare(
    scenario: Scenario,
    plans: Sequence[str],
    start: float | None,
    until: float | None,
    members: int = 0,
    last: bool = True,
) -> dict[str, Any]:
    """Return plans side by side.

    Parameters
    ----------
    scenario : Scenario
        Who.
    plans : sequence of str
        Treatments, one line each.
    start, until : float or None
        First day of treatment and last day [day].
    members : int
        Versions of the ensemble to run for intervals.
    last : bool
        Whether to look for the last time at which each plan prevents lasting harm.

    Returns
    -------
    dict
        What ``corrin compare --json`` prints, with ``courses`` and ``last_times``.
    """
    from corrin.clinic.compare import BLOOD, SYMPTOMS
    from corrin.clinic.compare import compare as side_by_side
    from corrin.clinic.last_time import last_times
    from corrin.server.courses import numbers
    from corrin.server.sampling import thinned

    found = side_by_side(scenario, list(plans), start=start, until=until, members=members)
    shown = (*BLOOD, *SYMPTOMS)
    columns = np.column_stack([c.values[n][0] for c in found.courses for n in shown])
    kept = thinned(found.times, columns, 300, 0.003)
    courses = []
    for course in found.courses:
        spans = {name: course.interval(name) for name in shown}
        courses.append(
            {
                "treatment": course.plan.text,
                "label": course.plan.label,
                "values": {name: numbers(course.central(name)[kept]) for name in shown},
                "low": {n: numbers(s[0][kept]) for n, s in spans.items() if s is not None},
                "high": {n: numbers(s[1][kept]) for n, s in spans.items() if s is not None},
                **_chances(course.values, kept),
            }
        )
    answer = {**found.to_dict(), "time": numbers(found.times[kept] / YEAR), "courses": courses}
    if last:
        latest = min(scenario.until, LONGEST)
        tried = last_times(scenario, [c.plan for c in found.courses], latest)
        answer["last_times"] = [one.to_dict() for one in tried]
    return answer


def _chances(values: Mapping[str, np.ndarray], kept: np.ndarray) -> dict[str, Any]:
    """Return the probability of reporting each symptom, by the formulas of the model, with range.

    The formulas are those of the central set: members differ in how bad a symptom is.
    """
    from corrin.faces.bodymap import REGIONS
    from corrin.insight.algebra import algebra
    from corrin.server.courses import numbers

    chance, span = {}, {}
    for name in (n for n in REGIONS if n in values):
        found = algebra().evaluate(f"{name}_probability", {name: values[name][:, kept]})
        chance[name] = numbers(found[0])
        if len(found) > 1:
            span[name] = [numbers(end) for end in np.nanpercentile(found[1:], [5, 95], axis=0)]
    return {"probability": chance, "probability_range": span}


@cache
def _population() -> Population:
    """Return the reference population of this installation."""
    from corrin.clinic import reference

    if not reference.available():
        raise InputError(
            "the reference population is not made yet", where="interpret",
            hint="run 'corrin interpret --build 100000' once on this machine",
        )  # fmt: skip
    return reference.load()


def interpret(
    values: Mapping[str, str],
    *,
    fhir: str | None = None,
    csv: str | None = None,
    courses: bool = False,
    treat: Sequence[str] = (),
    guidelines: Sequence[str] = (),
    **person: Any,
) -> dict[str, Any]:
    """Return what results mean: what ``corrin interpret --json`` prints, and its sentences.

    Parameters
    ----------
    values : mapping of str to str
        Results with their unit, by name of the test.
    fhir, csv : str, optional
        Text of a FHIR R4 Bundle or of a table.
    courses, treat, guidelines
        See `corrin.faces.interpret_case.interpretation`.
    **person
        Who it is and what else is known; see `corrin.faces.interpret_case.case_of`.
    """
    from corrin.clinic.fhir import read_bundle
    from corrin.clinic.guidelines import Guideline
    from corrin.clinic.guidelines import guidelines as shipped_guidelines
    from corrin.clinic.spreadsheet import read_csv
    from corrin.faces.interpret_case import case_of, interpretation, plans_shown, read_given
    from corrin.faces.interpret_text import decision_lines, sections

    if fhir is not None and csv is not None:
        raise InputError("a Bundle and a table at once", where="interpret", hint="send one")
    read = None
    if fhir is not None:
        read = read_bundle(fhir, "FHIR Bundle")
    elif csv is not None:
        read = read_csv(csv, "table")
    case = case_of(read, read_given(values), **person)
    if not case.findings and not case.symptoms and not case.signs:
        raise InputError("no result is given", hint="give for example b12: '210 ng/L'")
    plans_shown(courses, treat)
    for name in guidelines:
        if name not in ("none", *shipped_guidelines()):
            raise unknown("guideline", name, shipped_guidelines(), "guidelines")
    found = interpretation(case, _population(), courses=courses, treat=treat, guidelines=guidelines)
    told = {
        name: {
            "title": Guideline.load(name).title,
            "note": Guideline.load(name).note,
            "lines": [
                line.strip()
                for d in decisions
                if d.rule is not None
                for line in decision_lines(d, True)
            ],
        }
        for name, decisions in found.decisions.items()
    }
    return {
        **found.to_dict(),
        "sections": [
            {"title": title, "lines": [line.strip() for line in lines]}
            for title, lines in sections(found)
        ],
        "guideline_lines": told,
    }
