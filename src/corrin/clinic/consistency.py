"""Do the results fit together? Each is predicted from the others, and from nothing.

A result is named as odd when it lies far out in both: one in a thousand given the others and one
in a hundred of all people of this age. How often a slip is found so is measured in docs/clinic.md;
results that were swapped between two people mostly are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corrin.clinic.case import Case
from corrin.clinic.likelihood import reading, response
from corrin.clinic.posterior import few, prior_weights, weigh
from corrin.clinic.quantity import Finding
from corrin.clinic.reference import Population
from corrin.clinic.tests import ANTIBODY, tests

#: Probabilities below which a result is odd: given the others, and of all people.
GIVEN_OTHERS, OF_ALL = 1e-3, 1e-2
#: A reading in another unit is proposed from this probability on.
FITS = 0.05
#: Rows that stand for the others.
PEOPLE = 2000


@dataclass(frozen=True)
class Fit:
    """How well one result fits.

    Attributes
    ----------
    finding : Finding
        The result.
    given_others, of_all : float
        Two-sided probability of a result as far out, given the other results and age, and given
        age only.
    expected : tuple of float
        5th, 50th and 95th percentile given the others [unit of the test].
    units : tuple of str
        Units in which the same number would fit.
    """

    finding: Finding
    given_others: float
    of_all: float
    expected: tuple[float, float, float]
    units: tuple[str, ...]

    @property
    def odd(self) -> bool:
        """Whether the result does not fit the others."""
        return self.given_others < GIVEN_OTHERS and self.of_all < OF_ALL


def consistency(case: Case, population: Population) -> tuple[Fit, ...]:
    """Return how well each result with a number fits the others.

    Parameters
    ----------
    case : Case
        The person.
    population : Population
        Virtual people.
    """
    if len(case.findings) < 2:
        return ()
    everyone = few(population, prior_weights(case, population), PEOPLE)
    found = []
    for finding in case.findings:
        if finding.test == ANTIBODY or finding.comparator:
            continue
        post = weigh(case, population, without=finding.test)
        others = few(population, post.weights, PEOPLE)
        value = reading(finding, case)
        far = _tail(finding.test, value, *others)
        of_all = _tail(finding.test, value, *everyone)
        units: tuple[str, ...] = ()
        if far < GIVEN_OTHERS and of_all < OF_ALL and finding.test != "creatinine":
            units = _units(finding, *others)
        found.append(Fit(finding, far, of_all, _expected(finding.test, *others), units))
    return tuple(found)


def _tail(test: str, value: float, people: Population, weights: np.ndarray) -> float:
    """Return the two-sided probability of a reading as far out as a value."""
    share = float(weights @ response(test, people).below(value))
    return max(2 * min(share, 1 - share), 0.0)


def _expected(test: str, people: Population, weights: np.ndarray) -> tuple[float, float, float]:
    """Return quantiles of what the test would read."""
    own = response(test, people)
    ends = own.centres.min() - 4 * own.width, own.centres.max() + 4 * own.width
    grid = np.exp(np.linspace(*ends, 100))
    below = np.array([weights @ own.below(value) for value in grid])
    low, middle, high = (float(np.interp(q, below, grid)) for q in (0.05, 0.5, 0.95))
    return low, middle, high


def _units(finding: Finding, people: Population, weights: np.ndarray) -> tuple[str, ...]:
    """Return the units in which the number as written would fit the other results."""
    test = tests()[finding.test]
    number = finding.value / finding.size
    sizes: dict[float, str] = {}
    for unit, size in test.units.items():
        sizes.setdefault(size, unit)
    return tuple(
        unit
        for size, unit in sizes.items()
        if abs(size / finding.size - 1) > 0.05
        and _tail(finding.test, size * number, people, weights) > FITS
    )
