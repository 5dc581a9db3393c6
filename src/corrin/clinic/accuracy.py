"""How well tests tell deficiency in the reference population, as published studies counted it.

``python -m corrin.clinic.accuracy`` prints the numbers of `accuracy` for the population that is
ready. The same studies replayed with groups of people are observations
(`corrin.evidence.observations`).
"""

from __future__ import annotations

import json

import numpy as np

from corrin.clinic.likelihood import response
from corrin.clinic.reference import Population, load
from corrin.study.population.draws import uniforms

#: Age from which the older people of Clarke 2007 were taken [year].
OLD = 65.0

#: The same and like studies replayed with groups of people, by the id of their observation.
OBSERVED = (
    "clarke2007-auc-holotc", "clarke2007-auc-b12", "heil2012-missed", "heil2012-false-alarms",
    "savage1994-mma-normal", "savage1994-hcy-normal", "savage1994-hematocrit-normal",
    "savage1994-volume-normal", "bsh2014-b12-sensitivity",
)  # fmt: skip


def auc(marker: np.ndarray, sick: np.ndarray, weights: np.ndarray) -> float:
    """Return the area under the curve of a marker that is low in the sick, of weighted people.

    Parameters
    ----------
    marker : ndarray
        Readings.
    sick : ndarray of bool
        Who has what is looked for.
    weights : ndarray
        How much each counts.
    """
    order = np.argsort(marker)
    ill, share = sick[order], weights[order]
    well = np.cumsum(share * ~ill)  # readings are continuous: ties do not count
    return float(share[ill] @ (well[-1] - well[ill]) / (share[ill].sum() * well[-1]))


def accuracy(population: Population, seed: int = 1) -> dict[str, float]:
    """Return how well tests tell deficiency in people over 65 as they occur.

    Parameters
    ----------
    population : Population
        Virtual people; each gets one reading of each test.
    seed : int
        Seed of the readings.

    Returns
    -------
    dict of str to float
        Areas under the curve of holotranscobalamin and total B12 for methylmalonic acid above
        0.75 umol/L; sensitivity and specificity of holotranscobalamin below 32 pmol/L for
        methylmalonic acid above 0.45 umol/L; how many are above each level.
    """
    people = population.subset(population["age"] >= OLD)
    weights = people.prior()
    every = np.arange(len(people))
    b12, holotc, mma = (
        response(test, people).draw(
            every, np.array([uniforms(seed, f"{test} {kind}", len(people)) for kind in "zn"])
        )
        for test in ("b12", "holotc", "mma")
    )
    high, definite, low = mma > 0.45, mma > 0.75, holotc < 32.0
    return {
        "AUC of holotranscobalamin": auc(holotc, definite, weights),
        "AUC of total B12": auc(b12, definite, weights),
        "sensitivity of holotranscobalamin": float(weights[high & low].sum() / weights[high].sum()),
        "specificity of holotranscobalamin": float(
            weights[~high & ~low].sum() / weights[~high].sum()
        ),
        "MMA above 0.45 umol/L": float(weights[high].sum()),
        "MMA above 0.75 umol/L": float(weights[definite].sum()),
    }


if __name__ == "__main__":
    print(json.dumps(accuracy(load()), indent=1))
