"""Treatments of one person side by side: blood, nerve, symptoms, lasting deficit, burden, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from corrin.clinic.plans import Burden, Plan, Prices, burden, prices
from corrin.engine.protocol import Protocol
from corrin.errors import InputError, ModelError, SolverError
from corrin.provenance import PURPOSE, manifest
from corrin.study import Scenario
from corrin.study.scenario import check_horizon
from corrin.units import MONTH, YEAR, format_time
from corrin.variables import catalogue

#: Outputs that are shown, in their order.
BLOOD = (
    "serum_b12", "holotranscobalamin", "methylmalonic_acid", "total_homocysteine", "hemoglobin",
    "mean_cell_volume", "body_b12",
)  # fmt: skip
SYMPTOMS = (
    "numbness_feet", "numbness_hands", "leg_weakness", "balance", "cognition", "mood", "vision",
    "disability_score",
)  # fmt: skip
TRACTS = (
    "sensory_foot", "sensory_hand", "motor_leg", "dorsal_columns", "corticospinal", "optic",
    "white_matter",
)  # fmt: skip
#: Members of the ensemble that are run for intervals.
MEMBERS = 40

_LATER = (MONTH, 3 * MONTH, YEAR)  # moments after the start that are shown beside the end [day]
_STEP, _MOST = 2.0, 1500  # shortest step between times [day] and largest number of them
_AFTER = 5 * YEAR  # how long a comparison goes on unless said otherwise [day]


@dataclass(frozen=True)
class Course:
    """What becomes of a person under one plan.

    Attributes
    ----------
    plan : Plan
        The treatment.
    values : mapping of str to ndarray, shape (members, times)
        Outputs; the first member is the central parameter set.
    burden : Burden
        What the plan asks of the person.
    cost : float
        What it costs [currency of the prices].
    """

    plan: Plan
    values: dict[str, np.ndarray]
    burden: Burden
    cost: float

    def central(self, name: str) -> np.ndarray:
        """Return an output under the central parameter set, over the times."""
        return np.asarray(self.values[name][0])

    def interval(self, name: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the 5th and 95th percentile over the ensemble; None without one."""
        others = self.values[name][1:]
        if not len(others):
            return None
        low, high = np.nanpercentile(others, [5, 95], axis=0)
        return low, high

    @property
    def lasting(self) -> dict[str, np.ndarray]:
        """Axons lost for good by tract, at the end (0 to 1), one value for each member."""
        return {tract: 1 - self.values[f"axons_{tract}"][:, -1] for tract in TRACTS}


@dataclass(frozen=True)
class Comparison:
    """Courses side by side.

    Attributes
    ----------
    scenario : Scenario
        Who is treated.
    start, until : float
        First day of treatment and last day [day].
    times : ndarray
        Times of the values [day].
    moments : tuple of float
        The times that tables show [day].
    courses : tuple of Course
        One for each plan, that without treatment first.
    members : int
        Members of the ensemble; 0 for the central set only.
    prices : Prices
        Where costs come from.
    notes : tuple of str
        What was left out or assumed.
    manifest : dict
        Enough to run it again.
    """

    scenario: Scenario
    start: float
    until: float
    times: np.ndarray
    moments: tuple[float, ...]
    courses: tuple[Course, ...]
    members: int
    prices: Prices
    notes: tuple[str, ...]
    manifest: dict[str, Any]

    def at(self, course: Course, name: str, moment: float) -> tuple[float, float, float]:
        """Return an output at a moment: central value, 5th and 95th percentile (NaN without)."""
        k = int(np.argmin(np.abs(self.times - moment)))
        span = course.interval(name)
        low, high = (float("nan"),) * 2 if span is None else (float(s[k]) for s in span)
        return float(course.central(name)[k]), low, high

    def table(self) -> list[dict[str, Any]]:
        """Return one row for each plan, output and moment."""
        found = []
        names = (*BLOOD, *SYMPTOMS, *(f"deficit_{t}" for t in TRACTS))
        for course in self.courses:
            for name in names:
                known = catalogue()[name]
                for moment in self.moments:
                    value, low, high = self.at(course, name, moment)
                    found.append(
                        {
                            "treatment": course.plan.text, "output": name,
                            "long_name": known.long_name, "unit": known.unit, "day": moment,
                            "value": value, "p5": low, "p95": high,
                        }
                    )  # fmt: skip
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values that JSON can hold."""
        plans = []
        for course in self.courses:
            lasting = {
                tract: {"value": float(v[0]), **_range(v[1:])}
                for tract, v in course.lasting.items()
            }
            plans.append(
                {
                    "treatment": course.plan.text,
                    "burden": {
                        "injections": course.burden.injections,
                        "tablets": course.burden.tablets,
                        "nasal_doses": course.burden.nasal_doses,
                        "visits": course.burden.visits,
                    },
                    "cost": course.cost,
                    "lasting_axon_loss": lasting,
                }
            )
        return {
            "scenario": self.scenario.name,
            "start": self.start,
            "until": self.until,
            "ensemble_members": self.members,
            "currency": self.prices.currency,
            "prices": {"items": dict(self.prices.items), "origin": self.prices.origin},
            "plans": plans,
            "table": self.table(),
            "notes": list(self.notes),
            "manifest": {**self.manifest, "use": PURPOSE},
        }


def compare(
    scenario: Scenario,
    plans: Sequence[str | Plan],
    *,
    start: float | None = None,
    until: float | None = None,
    members: int = MEMBERS,
    costs: Prices | None = None,
) -> Comparison:
    """Simulate one person under several treatments and without any.

    Parameters
    ----------
    scenario : Scenario
        Who they are and what has befallen them.
    plans : sequence of str or Plan
        Treatments; the course without one is added.
    start : float, optional
        First day of treatment [day]; that of the scenario's own treatment, or its end.
    until : float, optional
        Last day [day]; 5 years after the start if not given.
    members : int
        Members of the ensemble to run for intervals, as far as there is one.
    costs : Prices, optional
        Prices; the shipped table if not given.
    """
    chosen = [Plan.parse(p) if isinstance(p, str) else p for p in plans]
    if not any(plan.empty for plan in chosen):
        chosen = [Plan("no treatment"), *chosen]
    texts = [plan.text for plan in chosen]
    for text in texts:
        if texts.count(text) > 1:
            raise InputError(f"{text!r} is given twice", where="--treat")
    own = [e.at for e in scenario.timeline if e.kind == "treat"]
    first = start if start is not None else (min(own) if own else scenario.until)
    last = until if until is not None else first + _AFTER
    check_horizon(last, "--until")
    if not 0 <= first < last:
        raise InputError(
            f"treatment starts at {format_time(first)}, not before the end at {format_time(last)}",
            where="--start",
        )
    notes = []
    if any(day >= first for day in own):
        notes.append("Treatments that the scenario itself begins from then on are left out.")
    sets: list[dict[str, float]] = [{}, *_members(members)]
    if len(sets) == 1:
        why = "No member was asked for" if members < 1 else "No ensemble of parameter sets is there"
        notes.append(f"{why}: the central set only, no intervals.")
    moments = tuple(sorted({first, *(first + d for d in _LATER if first + d < last), last}))
    grid = np.arange(0, last, max(_STEP, last / _MOST))
    times = np.unique(np.concatenate([grid, np.array(moments)]))
    shown = costs or prices()
    courses = [_course(scenario, plan, first, last, sets, times, shown) for plan in chosen]
    return Comparison(
        scenario, first, last, times, moments, tuple(courses), len(sets) - 1, shown, tuple(notes),
        _stamp(scenario, last, times),
    )  # fmt: skip


def _course(
    scenario: Scenario,
    plan: Plan,
    start: float,
    until: float,
    sets: Sequence[dict[str, float]],
    times: np.ndarray,
    costs: Prices,
) -> Course:
    """Simulate one plan under every parameter set."""
    from corrin.engine import default_engine
    from corrin.engine.compiled import CompiledEngine
    from corrin.model import load_model

    applied = plan.applied(scenario, start, until)
    names = [
        *BLOOD, *SYMPTOMS,
        *(f"{kind}_{tract}" for kind in ("deficit", "axons") for tract in TRACTS),
    ]  # fmt: skip
    engine = cast("CompiledEngine", default_engine(load_model()))
    outcomes = engine.solve_many(
        [_with(applied.protocol(until), values) for values in sets], times, names
    )
    central = outcomes[0].unwrap()  # raises what went wrong
    gap = np.full(len(times), np.nan)
    values = {
        name: np.array(
            [
                central.values[name],
                *(gap if o.trajectory is None else o.trajectory.values[name] for o in outcomes[1:]),
            ]
        )
        for name in names
    }
    failed = sum(not o.ok for o in outcomes)
    if failed > len(outcomes) / 2:
        raise SolverError(f"{failed} of {len(outcomes)} runs failed", where=plan.text)
    asked = burden(plan, applied, start, until)
    return Course(plan, values, asked, asked.cost(costs.items))


def _with(protocol: Protocol, values: dict[str, float]) -> Protocol:
    return replace(protocol, parameters={**values, **protocol.parameters})


def _members(count: int) -> list[dict[str, float]]:
    """Return members of the ensemble, evenly spread; none where no ensemble is shipped."""
    if count < 1:
        return []
    try:
        from corrin.model.ensemble import ensemble

        whole = ensemble()
    except ModelError:
        return []
    picked = np.unique(np.linspace(0, len(whole) - 1, min(count, len(whole))).astype(int))
    return [whole.member(int(i)) for i in picked]


def _stamp(scenario: Scenario, until: float, times: np.ndarray) -> dict[str, Any]:
    """Return the manifest of a comparison."""
    from corrin.engine import default_engine
    from corrin.model import load_model
    from corrin.model.loader import PARAMETER_SET

    model = load_model()
    engine = default_engine(model)
    return manifest(
        scenario=scenario.to_yaml(),
        model_hash=model.hash,
        parameters=PARAMETER_SET,
        engine=engine.name,
        engine_version=engine.version,
        overrides={},
        until=until,
        times=times.tolist(),
    )


def _range(values: np.ndarray) -> dict[str, float]:
    """Return the 5th and 95th percentile; nothing without values."""
    if not len(values):
        return {}
    low, high = np.nanpercentile(values, [5, 95])
    return {"p5": float(low), "p95": float(high)}
