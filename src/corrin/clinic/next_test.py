"""Which next test tells most about a question: the expected loss of uncertainty, in bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corrin.clinic.case import Case
from corrin.clinic.likelihood import positive, response
from corrin.clinic.posterior import NO_CAUSE, Posterior, few, lacking
from corrin.clinic.reference import Population
from corrin.clinic.strata import strata
from corrin.clinic.tests import ANTIBODY, tests
from corrin.study.population.draws import uniforms

#: Tests that are weighed, unless their result is there already.
CANDIDATES = ("b12", "holotc", "mma", "hcy", "hb", "mcv", "folate", "egfr", ANTIBODY)
#: Questions that can be asked.
QUESTIONS = ("deficiency", "cause")
#: Courses below which no test is recommended: few people fake information.
ENOUGH = 100.0

_READINGS = 60  # results that are imagined for each test
_PEOPLE = 1500  # rows that stand for the posterior


@dataclass(frozen=True)
class Worth:
    """What one test is expected to tell.

    Attributes
    ----------
    test : str
        Name of the test.
    bits : float
        Expected loss of uncertainty about the question [bit].
    share : float
        The same as a share of the uncertainty there is.
    """

    test: str
    bits: float
    share: float


def next_tests(case: Case, posterior: Posterior, question: str = "deficiency") -> list[Worth]:
    """Return the tests by what they are expected to tell, the best first.

    Parameters
    ----------
    case : Case
        The person; tests whose result is there are left out.
    posterior : Posterior
        Virtual people weighted by the results so far.
    question : str
        One of `QUESTIONS`.

    Returns
    -------
    list of Worth
        Empty where too few virtual people fit, or nothing is left to ask.
    """
    if posterior.effective < ENOUGH:
        return []
    people, weights = few(posterior.population, posterior.weights, _PEOPLE)
    states = _states(question, people)
    uncertain = _entropy(states.T @ weights)
    if uncertain < 1e-3:
        return []
    known = {one.test for one in case.findings}
    if "creatinine" in known:
        known.add("egfr")
    found = [
        Worth(test, bits, bits / uncertain)
        for test in CANDIDATES
        if test not in known
        for bits in [max(uncertain - _left(test, people, weights, states), 0.0)]
    ]
    return sorted(found, key=lambda one: -one.bits)


def _states(question: str, people: Population) -> np.ndarray:
    """Return for each row which answer of a question is true, one column for each."""
    if question == "deficiency":
        lack = lacking(people)
        return np.column_stack([lack, ~lack]).astype(float)
    labels = people.labels()
    names = dict.fromkeys([NO_CAUSE, *(one.label for one in strata())])
    return np.column_stack([labels == name for name in names]).astype(float)


def _left(test: str, people: Population, weights: np.ndarray, states: np.ndarray) -> float:
    """Return the uncertainty that is expected to be left after a test [bit]."""
    if test == ANTIBODY:
        share = positive(people)
        total = 0.0
        for chance in (share, 1 - share):
            joint = weights * chance
            total += joint.sum() * _entropy(states.T @ (joint / joint.sum()))
        return float(total)
    own = response(test, people)
    rows = np.searchsorted(np.cumsum(weights), (np.arange(_READINGS) + 0.5) / _READINGS)
    rows = rows.clip(0, len(weights) - 1)
    noise = np.array([uniforms(1, f"next {test} {part}", _READINGS) for part in ("z", "node")])
    readings = own.draw(rows, noise)
    left = []
    for value in readings:
        fit = own.log_likelihood(float(value))
        joint = weights * np.exp(fit - fit.max())
        left.append(_entropy(states.T @ (joint / joint.sum())))
    return float(np.mean(left))


def _entropy(shares: np.ndarray) -> float:
    """Return the entropy of a distribution [bit]."""
    kept = shares[shares > 1e-12]
    return float(-(kept * np.log2(kept)).sum())


def name(test: str) -> str:
    """Return the long name of a test."""
    return tests()[test].long_name
