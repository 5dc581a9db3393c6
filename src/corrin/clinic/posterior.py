"""What is going on underneath: virtual people weighted by how well they fit a person's results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from corrin.clinic.case import Case
from corrin.clinic.likelihood import log_likelihood, log_likelihood_words
from corrin.clinic.reference import OLDEST, SYMPTOMS, TRACTS, Population
from corrin.clinic.strata import strata
from corrin.errors import InputError, ModelError
from corrin.units import YEAR
from corrin.weighted import quantiles

#: Courses that must carry the answer: fewer, and the results are given less weight.
FLOOR = 60.0
#: How far apart the ages of people who count as alike may be [year], and whether sex must be the
#: same: where too few people fit, the next are taken.
ALIKE = ((8.0, True), (15.0, True), (25.0, False))
#: Methylmalonic acid [umol/L] by which short supply is named: a usual reference limit (MET015),
#: and probable and definite metabolic deficiency (C009, C008).
ACID: Mapping[str, float] = MappingProxyType({"low": 0.271, "probable": 0.45, "definite": 0.75})
#: Loss of function of a tract from which it counts as damaged.
DAMAGED = 0.05


@dataclass(frozen=True)
class Posterior:
    """Virtual people with their weights.

    Attributes
    ----------
    population : Population
        The people.
    prior : ndarray
        Weights before any result: age, sex and known causes only; their sum is 1.
    weights : ndarray
        Weights after the results; their sum is 1.
    effective : float
        Courses that carry the answer.
    exponent : float
        Power to which the likelihood was raised; less than 1 where few people fit.
    alike : int
        How far people may be apart in age and sex: place in `ALIKE`.
    """

    population: Population
    prior: np.ndarray
    weights: np.ndarray
    effective: float
    exponent: float
    alike: int = 0

    def probability(self, event: np.ndarray, *, before: bool = False) -> float:
        """Return the probability of an event that each row has or has not."""
        return float((self.prior if before else self.weights)[event].sum())


def carrying(weights: np.ndarray) -> np.ndarray:
    """Return the heaviest rows, which hold 99.9 % of the weight."""
    order = np.argsort(weights)
    lighter = np.cumsum(weights[order])
    return np.sort(order[np.searchsorted(lighter, 1e-3 * lighter[-1], side="right") :])


def prior_weights(
    case: Case, population: Population, base: np.ndarray | None = None, alike: int = 0
) -> np.ndarray:
    """Return the weights before any result: age, sex and known causes.

    Parameters
    ----------
    case : Case
        The person.
    population : Population
        Virtual people.
    base : ndarray, optional
        Weights of the rows; those of adults as they occur if not given.
    alike : int
        How far people may be apart in age and sex: place in `ALIKE`.
    """
    width, same_sex = ALIKE[alike]
    if base is None:
        weights = population.prior(case.age, width)
    else:
        weights = base.copy()
        if case.age is not None:
            weights *= np.exp(-0.5 * ((population["age"] - min(case.age, OLDEST)) / width) ** 2)
    if case.sex is not None and same_sex:
        weights *= population["female"] == (case.sex == "female")
    if case.causes:
        weights *= np.isin(population["stratum"].astype(int), list(case.causes))
    if weights.sum() <= 1e-12:
        raise InputError("nobody in the reference population has this age, sex and cause")
    return np.asarray(weights / weights.sum())


def effective(weights: np.ndarray, population: Population) -> float:
    """Return how many courses carry a sum of weights (the looks at one course count as one)."""
    sums = np.bincount(population["course"].astype(np.int64), weights)
    return float(weights.sum() ** 2 / np.sum(sums**2))


def weigh(
    case: Case,
    population: Population,
    *,
    without: str | None = None,
    base: np.ndarray | None = None,
) -> Posterior:
    """Weigh virtual people by a person's results.

    Parameters
    ----------
    case : Case
        The person.
    population : Population
        Virtual people.
    without : str, optional
        A test whose result is left out.
    base : ndarray, optional
        Weights of the rows before anything is known; adults as they occur if not given.
    """
    for alike in range(len(ALIKE)):
        prior = prior_weights(case, population, base, alike)
        fit = log_fit(case, population, prior, without)
        last = alike == len(ALIKE) - 1
        weights, exponent = tempered(prior, fit, population, floor=FLOOR if last else 0.0)
        size = effective(weights, population)
        if size >= FLOOR:
            break
    return Posterior(population, prior, weights, size, exponent, alike)


def log_fit(
    case: Case, population: Population, prior: np.ndarray, without: str | None = None
) -> np.ndarray:
    """Return the log-likelihood of all that was found in each row; -inf without prior weight."""
    fit = np.full(len(population), -np.inf)
    possible = prior > prior.max() * 1e-10
    kept = population.subset(possible)
    part = log_likelihood_words(case, kept)
    for finding in case.findings:
        if finding.test != without:
            part = part + log_likelihood(finding, case, kept)
    fit[possible] = part
    return fit


def tempered(
    prior: np.ndarray, fit: np.ndarray, population: Population, floor: float = FLOOR
) -> tuple[np.ndarray, float]:
    """Return weights whose effective size keeps to the floor, and the power that was needed."""
    top = fit.max()

    def at(power: float) -> np.ndarray:
        found = prior * np.exp(power * (fit - top), where=np.isfinite(fit), out=np.zeros(len(fit)))
        return np.asarray(found / found.sum())

    whole = at(1.0)
    if effective(whole, population) >= min(floor, 0.5 * effective(prior, population)):
        return whole, 1.0
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        enough = effective(at(middle), population) >= floor
        low, high = (middle, high) if enough else (low, middle)
    return at(low), low


def few(population: Population, weights: np.ndarray, count: int) -> tuple[Population, np.ndarray]:
    """Return at most `count` rows that stand for weighted ones, drawn systematically."""
    order = np.argsort(supply(population))  # so that few rows spread over all of it
    steps = np.cumsum(weights[order])
    at = (np.arange(count) + 0.5) / count * steps[-1]
    picked = order[np.searchsorted(steps, at).clip(0, len(order) - 1)]
    rows, counts = np.unique(picked, return_counts=True)
    return population.subset(rows), counts / counts.sum()


@dataclass(frozen=True)
class Span:
    """Median with the 5th and 95th percentile."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Answer:
    """What the results say.

    Attributes
    ----------
    low, probable, definite : tuple of float
        Probability, before and after the results, that the supply of the tissues is below each
        limit.
    stores : Span
        B12 of the body [ug].
    causes : tuple of (str, float, float)
        Cause, probability before and after, the likeliest first.
    since : Span or None
        Time since the begin of the likeliest cause [day]; None without a cause.
    tracts, symptoms : mapping of str to Span
        Loss of function by tract; probability that a symptom is reported.
    damage : float
        Probability that a tract is damaged.
    disability : Span
        Functional disability rating (0 to 16).
    """

    low: tuple[float, float]
    probable: tuple[float, float]
    definite: tuple[float, float]
    stores: Span
    causes: tuple[tuple[str, float, float], ...]
    since: Span | None
    tracts: dict[str, Span]
    symptoms: dict[str, Span]
    damage: float
    disability: Span


#: The label of the strata in which nothing has befallen people.
NO_CAUSE = "no cause"

_ENZYMES = ("mutase_cofactor_saturation", "methionine_synthase_activity_nerve")
_TURNED, _STEP = 10 * YEAR, 5.0  # course that the limits are read from, and its step [day]


def supply(population: Population) -> np.ndarray:
    """Return how well tissues are supplied: the worse of the two enzymes, 1 in health."""
    return np.asarray(np.minimum(*(population[name] for name in _ENZYMES)))


@cache
def supply_limits() -> Mapping[str, float]:
    """Return the supply of the tissues at which methylmalonic acid passes each level of `ACID`.

    Read from one course of the model: a reference person of 50 years with healthy kidneys, in
    untreated autoimmune gastritis.
    """
    from corrin.engine import default_engine
    from corrin.model import load_model
    from corrin.study import Person, Scenario
    from corrin.study.causes import Cause
    from corrin.study.timeline import Event

    sick = Event(0.0, Cause("autoimmune gastritis"))
    protocol = Scenario("limits of supply", Person(age=50.0), (sick,), _TURNED).protocol()
    names = ("methylmalonic_acid", *_ENZYMES)
    times = np.arange(0.0, _TURNED, _STEP)
    values = default_engine(load_model()).solve(protocol, times, names).values
    acid, worse = values[names[0]], np.minimum(*(values[name] for name in _ENZYMES))
    found = {}
    for name, level in ACID.items():
        if not acid[0] < level < acid.max():
            raise ModelError(
                f"methylmalonic acid does not pass {level:g} umol/L in untreated gastritis",
                where="limits of supply", hint="the parameters of the model are not usable here",
            )  # fmt: skip
        after = int(np.argmax(acid >= level))
        share = (level - acid[after - 1]) / (acid[after] - acid[after - 1])
        found[name] = float(worse[after - 1] + share * (worse[after] - worse[after - 1]))
    return MappingProxyType(found)


def lacking(population: Population, limit: float | None = None) -> np.ndarray:
    """Tell for each row whether its tissues lack B12: supply below a limit, `low` if not given."""
    below = supply_limits()["low"] if limit is None else limit
    return np.asarray(supply(population) < below)


def answer(posterior: Posterior) -> Answer:
    """Return what the results say about deficiency, stores, cause, time and damage."""
    people = posterior.population
    labels = people.labels()
    rows = carrying(posterior.weights)  # few of the population: quantiles of them cost little

    def span(values: np.ndarray, keep: np.ndarray | None = None) -> Span:
        weights = posterior.weights if keep is None else posterior.weights * keep
        return Span(*quantiles(values[rows], weights[rows], (0.05, 0.5, 0.95)))

    causes = [
        (name, posterior.probability(labels == name, before=True),
         posterior.probability(labels == name))
        for name in dict.fromkeys(one.label for one in strata())
    ]  # fmt: skip
    causes.sort(key=lambda one: -one[2])
    found = [c for c in causes if c[0] != NO_CAUSE]
    likeliest = labels == found[0][0]
    worst = np.max([people[f"deficit_{t}"] for t in TRACTS], axis=0)
    states = [lacking(people, limit) for limit in supply_limits().values()]
    low, probable, definite = (
        (posterior.probability(s, before=True), posterior.probability(s)) for s in states
    )
    return Answer(
        low,
        probable,
        definite,
        span(people["body_b12"]),
        tuple(causes),
        span(people["since"], likeliest) if found[0][2] >= 0.05 else None,
        {t: span(people[f"deficit_{t}"]) for t in TRACTS},
        {s: span(people[f"{s}_probability"]) for s in SYMPTOMS},
        posterior.probability(worst > DAMAGED),
        span(people["disability_score"]),
    )
