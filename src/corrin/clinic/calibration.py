"""Is the posterior calibrated? Virtual people whose truth is known are read like real ones.

``python -m corrin.clinic.calibration [--people 500] [--as drawn|occurring]`` draws people from
the reference population, leaves their courses out, gives them the results a laboratory would
report, reads these and looks where the truth lies (simulation-based calibration: Talts 2018,
arXiv:1804.06788): ranks must be uniform, and 90 % intervals must hold the truth in 85 to 95 %. The
model itself is not tested so; published patients are for that.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corrin.clinic.case import Case
from corrin.clinic.likelihood import response
from corrin.clinic.posterior import supply, weigh
from corrin.clinic.quantity import Finding
from corrin.clinic.reference import TRACTS, Population, load
from corrin.study.population.draws import uniforms
from corrin.weighted import quantiles

#: Results that every person gets.
TESTS = ("b12", "mma", "hcy", "hb", "mcv", "egfr")
#: Width of the intervals.
LEVEL = 0.9

_BINS = 10


@dataclass(frozen=True)
class Calibration:
    """Where the truth lay for one quantity.

    Attributes
    ----------
    quantity : str
        What was inferred.
    coverage : float
        Share of people whose 90 % interval held the truth.
    p_uniform : float
        Probability of ranks as uneven as these if they were uniform (chi-squared, 10 bins).
    ranks : tuple of float
        Rank of the truth in each person, 0 to 1.
    """

    quantity: str
    coverage: float
    p_uniform: float
    ranks: tuple[float, ...]


def truths(population: Population) -> dict[str, np.ndarray]:
    """Return what is inferred, by name."""
    return {
        "supply": supply(population),
        "body_b12": population["body_b12"],
        "since": population["since"],
        "worst_tract": np.max([population[f"deficit_{t}"] for t in TRACTS], axis=0),
        "disability": population["disability_score"],
    }


def calibrate(
    population: Population,
    people: int = 500,
    *,
    tests: Sequence[str] = TESTS,
    occurring: bool = False,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Calibration], dict[str, float]]:
    """Read virtual people whose truth is known.

    Parameters
    ----------
    population : Population
        The reference population.
    people : int
        How many people are read.
    tests : sequence of str
        Results that each of them gets.
    occurring : bool
        Whether people are drawn as they occur; else as they were drawn, causes over-represented.
    seed : int
        Seed.
    progress : callable, optional
        Called with the number of people read and of all.

    Returns
    -------
    list of Calibration
        One for each quantity.
    dict
        Effective size (median and 5th percentile) and share of tempered people.
    """
    base = population.prior() if occurring else np.full(len(population), 1 / len(population))
    at = uniforms(seed, "calibration people", people)
    picked = np.searchsorted(np.cumsum(base), at).clip(0, len(population) - 1)
    noise = {t: [uniforms(seed, f"calibration {t} {k}", people) for k in "zn"] for t in tests}
    ties = uniforms(seed, "calibration ties", people)
    values = truths(population)
    ranks: dict[str, list[float]] = {name: [] for name in values}
    inside: dict[str, list[float]] = {name: [] for name in values}
    sizes, powers = [], []
    for k, row in enumerate(picked):
        alone = population.subset(np.array([row]))
        findings = []
        for test in tests:
            drawn = np.array([[noise[test][0][k]], [noise[test][1][k]]])
            value = float(response(test, alone).draw(np.array([0]), drawn)[0])
            findings.append(Finding(test, value))
        sex = "female" if alone["female"][0] else "male"
        case = Case(tuple(findings), float(alone["age"][0]), sex)
        others = population["course"] != population["course"][row]
        post = weigh(case, population, base=base * others)
        sizes.append(post.effective)
        powers.append(post.exponent)
        for name, column in values.items():
            true = column[row]
            below = float(post.weights[column < true].sum())
            equal = float(post.weights[column == true].sum())
            rank = below + ties[k] * equal
            ranks[name].append(rank)
            low, high = quantiles(column, post.weights, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
            slack = 1e-9 * max(abs(true), 1e-6)
            inside[name].append(float(low - slack <= true <= high + slack))
        if progress is not None:
            progress(k + 1, people)
    found = [
        Calibration(name, float(np.mean(inside[name])), _uniform(ranks[name]), tuple(ranks[name]))
        for name in values
    ]
    low, middle = np.percentile(sizes, [5, 50])
    tempered = float(np.mean(np.array(powers) < 1))
    return found, {"median": float(middle), "p5": float(low), "tempered": tempered}


def _uniform(ranks: Sequence[float]) -> float:
    """Return the probability of ranks as uneven as these."""
    from scipy.stats import chisquare

    counts, _ = np.histogram(ranks, _BINS, (0, 1))
    return float(chisquare(counts).pvalue)


def main(people: int = 500, *, occurring: bool = False) -> dict[str, Any]:
    """Run the calibration on the reference population that is ready and return its numbers."""
    found, sizes = calibrate(load(), people, occurring=occurring)
    return {
        "people": people,
        "drawn": "occurring" if occurring else "drawn",
        "effective size": sizes,
        "quantities": {
            c.quantity: {"coverage": c.coverage, "p uniform": c.p_uniform} for c in found
        },
    }


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description="Simulation-based calibration of the posterior.")
    reader.add_argument("--people", type=int, default=500)
    reader.add_argument("--as", dest="how", choices=("drawn", "occurring"), default="drawn")
    chosen = reader.parse_args()
    print(json.dumps(main(chosen.people, occurring=chosen.how == "occurring"), indent=1))
