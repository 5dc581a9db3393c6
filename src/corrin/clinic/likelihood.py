"""How likely a result is in each virtual person.

A reading is log-normal around what the person has, wide by the method and by the variation of a
patient from week to week. Variation between people that touches one output only (the level of
haptocorrin, of methylmalonic acid, of red cells) is integrated over instead of drawn. Tails are
those of Student's t: a single odd result must not decide everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corrin.clinic.case import Case, symptom_table
from corrin.clinic.examination import signs
from corrin.clinic.kidney import egfr
from corrin.clinic.quantity import Finding
from corrin.clinic.reference import Population
from corrin.clinic.strata import strata
from corrin.clinic.tables import rows
from corrin.clinic.tests import ANTIBODY, between, tests
from corrin.errors import InputError

#: Degrees of freedom of the tails.
TAILS = 12.0
#: Nodes over the level of haptocorrin.
NODES = 9


@dataclass(frozen=True)
class Response:
    """What a test would read in each row of a population.

    Attributes
    ----------
    centres : ndarray, shape (nodes, rows)
        Logarithm of what a reading is centred on, for each node of what is integrated over.
    shares : ndarray, shape (nodes,)
        Weight of each node.
    width : float
        Standard deviation of the logarithm of a reading.
    """

    centres: np.ndarray
    shares: np.ndarray
    width: float

    def log_likelihood(self, value: float, comparator: str = "") -> np.ndarray:
        """Return the log-likelihood of a reading in each row; of a range with a comparator."""
        z = (np.log(value) - self.centres) / self.width
        if comparator:
            from scipy.special import stdtr

            below = stdtr(TAILS, z)
            terms = np.log(np.clip(below if comparator == "<" else 1 - below, 1e-12, None))
        else:
            terms = -(TAILS + 1) / 2 * np.log1p(z**2 / TAILS)
        if len(self.shares) == 1:
            return np.asarray(terms[0])
        top = terms.max(axis=0)
        return np.asarray(top + np.log(self.shares @ np.exp(terms - top)))

    def below(self, value: float) -> np.ndarray:
        """Return the probability of a reading below a value, with normal tails."""
        from scipy.special import ndtr

        z = (np.log(value) - self.centres) / self.width
        return np.asarray(self.shares @ ndtr(z))

    def draw(self, row: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return readings of some rows for standard normals and uniforms `at`, shape (2, n)."""
        from scipy.special import ndtri

        node = np.searchsorted(np.cumsum(self.shares), at[1]).clip(0, len(self.shares) - 1)
        centre = self.centres[node, row]
        return np.asarray(np.exp(centre + self.width * ndtri(at[0])))


def response(test: str, population: Population) -> Response:
    """Return what a test would read in each row of a population.

    Parameters
    ----------
    test : str
        Name of a test with a number; ``creatinine`` is read as filtration.
    population : Population
        Virtual people.
    """
    if test in ("egfr", "creatinine"):
        one = tests()["egfr"]
        return Response(np.log(population["egfr"])[None, :], np.ones(1), one.width)
    one = tests()[test]
    extra = between(test)
    values = population[one.variable]
    if test == "b12":
        # What transcobalamin carries is the person's own; the level of haptocorrin varies.
        z, shares = np.polynomial.hermite_e.hermegauss(NODES)
        carried = np.minimum(population["holotranscobalamin"], values)
        rest = (values - carried)[None, :] * np.exp(extra * z)[:, None]
        return Response(np.log(carried[None, :] + rest), shares / shares.sum(), one.width)
    width = float(np.hypot(one.width, extra))
    return Response(np.log(np.maximum(values, 1e-9))[None, :], np.ones(1), width)


def positive(population: Population) -> np.ndarray:
    """Return the probability of a positive anti-intrinsic-factor antibody in each row."""
    table = {row["cause"]: float(row["positive"]) for row in rows("antibody")}
    share = np.array([table.get(one.name, table[""]) for one in strata()])
    return np.asarray(share[population["stratum"].astype(int)])


def log_likelihood(finding: Finding, case: Case, population: Population) -> np.ndarray:
    """Return the log-likelihood of one result in each row of a population."""
    if finding.test == ANTIBODY:
        share = positive(population)
        return np.asarray(np.log(share if finding.value else 1 - share))
    value = reading(finding, case)
    return response(finding.test, population).log_likelihood(value, finding.comparator)


def reading(finding: Finding, case: Case) -> float:
    """Return the value that a response is compared with; filtration for creatinine."""
    if finding.test != "creatinine":
        return finding.value
    if case.age is None or case.sex is None:
        raise InputError(
            "creatinine cannot be read without age and sex", where=finding.where,
            hint="give both, or the estimated filtration",
        )  # fmt: skip
    return egfr(finding.value, case.age, case.sex)


def log_likelihood_words(case: Case, population: Population) -> np.ndarray:
    """Return the log-likelihood of what a person feels and an examiner finds."""
    found = np.zeros(len(population))
    for name, present in case.symptoms.items():
        background = float(symptom_table()[name]["background"])
        chance = 1 - (1 - population[f"{name}_probability"]) * (1 - background)
        found += np.log(np.clip(chance if present else 1 - chance, 1e-6, 1))
    for name, present in case.signs.items():
        chance = signs()[name].probability(lambda t: population[f"deficit_{t}"], population["age"])
        found += np.log(np.clip(chance if present else 1 - chance, 1e-6, 1))
    return found
