"""What may come: people who fit the results, followed untreated and under treatments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from corrin.clinic.plans import Plan
from corrin.clinic.posterior import Posterior, Span
from corrin.engine.protocol import Protocol
from corrin.study.person import SETTLE
from corrin.study.population import Member
from corrin.units import MONTH, YEAR

#: People who are followed, and moments at which they are looked at [day].
PEOPLE = 24
MOMENTS = (0.0, MONTH, 3 * MONTH, YEAR, 2 * YEAR)
#: People who are solved together.
TOGETHER = 6
#: Outputs that are shown.
SHOWN = (
    "serum_b12", "methylmalonic_acid", "total_homocysteine", "hemoglobin", "disability_score"
)  # fmt: skip
#: Treatments that are shown unless others are asked for.
USUAL = ("none", "cyanocobalamin 1 mg oral daily", "hydroxocobalamin no neurology")


@dataclass(frozen=True)
class Outlook:
    """Course of the people who fit under one treatment.

    Attributes
    ----------
    plan : Plan
        The treatment.
    spans : mapping of str to tuple of Span
        Each output at each of the moments.
    people : int
        People who were followed.
    """

    plan: Plan
    spans: dict[str, tuple[Span, ...]]
    people: int


def outlooks(posterior: Posterior, plans: Sequence[str | Plan] = USUAL) -> list[Outlook]:
    """Follow people who fit the results under several treatments.

    Parameters
    ----------
    posterior : Posterior
        Virtual people weighted by the results.
    plans : sequence of str or Plan
        Treatments.
    """
    from corrin.engine import default_engine
    from corrin.engine.compiled import CompiledEngine
    from corrin.model import load_model

    chosen = [Plan.parse(p) if isinstance(p, str) else p for p in plans]
    engine = cast("CompiledEngine", default_engine(load_model()))
    values: dict[tuple[int, str], list[np.ndarray]] = {}
    followed = 0
    people = posterior.population
    drawn = sorted(_drawn(posterior), key=lambda one: one[1])
    for first in range(0, len(drawn), TOGETHER):
        block = drawn[first : first + TOGETHER]
        # Before time 0 of a course nothing can be given.
        starts = [max(since, 1e-3) for _, since in block]
        times = np.unique([start + moment for start in starts for moment in MOMENTS])
        who = [people.member(course) for course, _ in block]
        protocols = [
            _protocol(member, plan, start)
            for member, start in zip(who, starts, strict=True)
            for plan in chosen
        ]
        outcomes = engine.solve_many(protocols, times, SHOWN)
        for i, start in enumerate(starts):
            own = outcomes[i * len(chosen) : (i + 1) * len(chosen)]
            if not all(outcome.ok for outcome in own):
                continue
            followed += 1
            looks = np.searchsorted(times, [start + moment for moment in MOMENTS])
            for k, outcome in enumerate(own):
                for name in SHOWN:
                    column = outcome.unwrap().values[name][looks]
                    values.setdefault((k, name), []).append(column)
    found = []
    for k, plan in enumerate(chosen):
        spans = {
            name: tuple(
                Span(*(float(q) for q in np.percentile(column, [5, 50, 95])))
                for column in np.array(values[k, name]).T
            )
            for name in SHOWN
            if (k, name) in values
        }
        found.append(Outlook(plan, spans, followed))
    return found


def _drawn(posterior: Posterior) -> list[tuple[int, float]]:
    """Return courses and times since their begin [day], drawn systematically by weight."""
    people = posterior.population
    # In the order of their supply, so that few people spread over all of it.
    order = np.argsort(people["mutase_cofactor_saturation"])
    steps = np.cumsum(posterior.weights[order])
    picked = order[np.searchsorted(steps, (np.arange(PEOPLE) + 0.5) / PEOPLE * steps[-1])]
    return [(int(people["course"][i]), float(people["since"][i])) for i in picked]


def _protocol(member: Member, plan: Plan, start: float) -> Protocol:
    """Return the protocol of a person of the reference population under a plan."""
    until = start + MOMENTS[-1] + 1.0
    scenario = plan.applied(replace(member.scenario, until=until), start, until)
    own = scenario.protocol(until)
    return replace(own, parameters={**own.parameters, **member.parameters}, settle=SETTLE)
