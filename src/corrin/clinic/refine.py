"""More virtual people where few fit: drawn where those who fit were found, with exact weights.

People are added of the causes that carry the answer, of ages near the person's and of the same
sex, by the generator that makes the reference population. How densely each kind of person was
drawn is known, so that the weights stay those of the prior (several samples with one weight, the
balance heuristic: Veach and Guibas 1995): who is added makes the answer sharper and shifts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from corrin.clinic.case import Case
from corrin.clinic.next_test import ENOUGH
from corrin.clinic.posterior import ALIKE, FLOOR, effective, log_fit, prior_weights, tempered
from corrin.clinic.reference import CHUNK, MOST_ADDED, OLDEST, Added, Population, simulate_added
from corrin.clinic.strata import strata
from corrin.units import YEAR

#: Most people who are added for one answer: a limit of time that gives the same answer everywhere.
MOST = 6000

_FIRST = 400  # people of the first round; each later one has as many as there are already
_LEAST = 0.02  # share of the answer from which on a stratum gets more people
_REACH = 2.5  # how far ages may be apart [standard deviations of ALIKE]


def refine(
    case: Case,
    population: Population,
    *,
    floor: float = FLOOR,
    most: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> Population:
    """Return the population with people added until enough of them fit the results.

    Parameters
    ----------
    case : Case
        The person.
    population : Population
        Virtual people.
    floor : float
        How many courses must carry the answer, or people are added until as many do as a proposal
        for a next test needs.
    most : int, optional
        Most people who are added; `MOST` if not given.
    progress : callable, optional
        Called before each round and at the end with the number of people added and the largest;
        not at all where enough people fit.
    threads : int, optional
        Threads at work; as many as there are cores if not given.
    """
    most = MOST if most is None else most
    while True:
        shares, size = _carried(case, population)
        made = added(population)
        if size >= (max(floor, ENOUGH) if made else floor):
            return population
        wanted = min(max(made, _FIRST), most - made) // CHUNK
        plan = _plan(case, shares, wanted)
        if not plan:
            return population
        if progress is not None:
            progress(made, most)
        population = _grown(population, plan, threads)
        if progress is not None:
            progress(added(population), most)


def added(population: Population) -> int:
    """Return how many people were added to a population."""
    return sum(one.chunks for one in population.added) * CHUNK


def _carried(case: Case, population: Population) -> tuple[np.ndarray, float]:
    """Return where people are wanted, as shares of strata, and how many courses carry the answer.

    Half by what a stratum carries when those who nearly fit count as well, so that none is
    forgotten; half by how much of its answer hangs on single courses.
    """
    prior = prior_weights(case, population)
    fit = log_fit(case, population, prior)
    whole, _ = tempered(prior, fit, population, floor=0.0)
    smooth, _ = tempered(prior, fit, population)
    _, first, course = np.unique(population["course"], return_index=True, return_inverse=True)
    own = population["stratum"].astype(int)[first]
    carried, hangs = (
        np.bincount(own, sums, minlength=len(strata()))
        for sums in (np.bincount(course, smooth), np.bincount(course, whole) ** 2)
    )
    return (carried + hangs / hangs.sum()) / 2, effective(whole, population)


def _plan(case: Case, shares: np.ndarray, chunks: int) -> list[Added]:
    """Return who is to be added: at least a chunk of each stratum that counts."""
    found: list[Added] = []
    counted = np.where(shares >= _LEAST, shares, 0.0)
    for index in np.argsort(-counted):
        one, left = strata()[index], chunks - sum(more.chunks for more in found)
        own = min(left, max(1, round(chunks * counted[index] / max(counted.sum(), 1e-12))))
        low, high = one.ages
        if case.age is not None:
            near = min(case.age, OLDEST)
            reach = _REACH * ALIKE[0][0]
            low = max(low, near - reach - one.longest / YEAR)
            high = min(high, near + reach)
        if counted[index] > 0 and own > 0 and low < high:
            female = {"female": 1.0, "male": 0.0}.get(case.sex or "", 0.5)
            found.append(Added(int(index), (low, high), female, own))
    return found


def _grown(population: Population, plan: list[Added], threads: int | None) -> Population:
    """Return the population with the people of a plan."""
    there = {one.stratum: one for one in population.added}
    parts = [{name: population[name] for name in population.columns}]
    for one in plan:
        before = there[one.stratum].chunks if one.stratum in there else 0
        whole = replace(one, chunks=min(before + one.chunks, MOST_ADDED))
        if whole.chunks > before:
            parts.append(simulate_added(whole, before, threads=threads))
            there[one.stratum] = whole
    columns = {
        name: np.concatenate([part[name] for part in parts]).astype(np.float32) for name in parts[0]
    }
    return Population(columns, population.courses, None, tuple(there.values()))
