"""How far a model is from what is published, in standard deviations.

A mean is known no better than its standard error, nor than laboratories and cohorts agree with
one another; what is positive is compared on a log scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import hypot, isfinite, log, sqrt
from typing import Any

import numpy as np

from corrin.evidence.bench import Bench
from corrin.evidence.cheap_runs import read_many
from corrin.evidence.natural import margins
from corrin.evidence.observations import Observation, observations, predict
from corrin.evidence.priors import STAGES
from corrin.model.feasible import CLOSING

#: Laboratories and cohorts differ by this share even in large studies: serum B12 of the same
#: people by up to 90 pmol/L between assays (evidence C104), homocysteine and MMA by 10 %.
LABORATORY = 0.1
#: Relative uncertainty of a value for which no spread and no number of people is published.
UNKNOWN = 0.25
#: Shares of patients with a finding differ by as much between cohorts [percentage points].
COHORTS = 10.0
#: Factor on the uncertainty of a value that was recalled and not seen.
MEMORY = 1.5
#: Share of its whole that a standard deviation of a flux is that closes a balance of health: a body
#: must be able to exist.
BALANCE = 0.02
#: Distance of a balance that closes with half of that to spare.
CLOSED = float(np.logaddexp(0.0, -0.5))
#: Distance of a run that fails, and the largest of one that does not.
FAILED, LARGEST = 8.0, 30.0

#: What half of a published range is in standard deviations of one person or of the mean.
_PEOPLE = {"sd": 1.0, "iqr": 0.6745, "range": 2.0, "reference interval": 1.96}
_MEAN = {"se": 1.0, "ci90": 1.645, "ci95": 1.96, "cohorts": 1.645}


@dataclass(frozen=True)
class Scale:
    """The scale on which an observation is compared.

    Attributes
    ----------
    logarithmic : bool
        Whether logarithms are compared.
    middle, width : float
        Published value and its standard deviation on that scale.
    low, high : float
        On that scale, one-sided statements: within them there is no misfit. They lie half a
        standard deviation inside what was stated: a fit that ends on the edge of a statement would
        meet it half of the time.
    """

    logarithmic: bool
    middle: float
    width: float
    low: float
    high: float

    def of(self, value: float) -> float:
        """Return a value on this scale."""
        if not self.logarithmic:
            return value
        return log(value) if value > 0 else float("-inf")

    def distance(self, value: float) -> float:
        """Return the distance of a prediction in standard deviations, signed and bounded."""
        if not isfinite(value):
            return FAILED
        place = self.of(value)
        nearest = min(max(place, self.low), self.high)
        return float(np.clip((place - nearest) / self.width, -LARGEST, LARGEST))


@cache
def scale_of(observed: Observation) -> Scale:
    """Return the scale on which an observation is compared, and how closely it is known."""
    low, high = observed.printed
    one_sided = observed.spread == "limit" or not isfinite(high) or not isfinite(low)
    logarithmic = observed.value > 0 and low > 0 and observed.unit not in ("%", "AUC")
    if one_sided:
        size = max(abs(end) for end in (low, high) if isfinite(end)) or 1.0
        width = LABORATORY if logarithmic else LABORATORY * size
        ends = (_log(low), _log(high)) if logarithmic else (low, high)
        room = min(width, ends[1] - ends[0]) / 2
        return Scale(logarithmic, observed.value, width, ends[0] + room, ends[1] - room)
    if logarithmic:
        middle, half = log(observed.value), (log(high) - log(low)) / 2
        floor, unknown = LABORATORY, UNKNOWN
    elif observed.unit == "%" and observed.statistic in ("share", "count"):
        # Counted people: binomial, and cohorts differ in whom they take in.
        part = min(max(observed.value / 100, 0.05), 0.95)
        error = 100 * sqrt(part * (1 - part) / (observed.n or 20))
        return Scale(False, observed.value, hypot(error, COHORTS), observed.value, observed.value)
    else:
        middle, half = observed.value, (high - low) / 2
        size = max(abs(observed.value), abs(high - low) / 4)
        floor, unknown = LABORATORY * size, UNKNOWN * size
    if observed.low is None:
        error = unknown if observed.n is None else unknown / sqrt(min(observed.n, 6))
    elif observed.spread in _PEOPLE and observed.n:
        error = half / _PEOPLE[observed.spread] / sqrt(observed.n)
    else:
        error = half / (_MEAN.get(observed.spread) or _PEOPLE.get(observed.spread, 2.0))
    return Scale(logarithmic, middle, hypot(error, floor), middle, middle)


def _log(end: float) -> float:
    return log(end) if 0 < end < float("inf") else float("-inf") if end <= 0 else float("inf")


#: Shares of people with gastritis of whom both blood and nerve were looked at. They tell how fast
#: nerve fails beside blood, which no single person tells, and belong to the fit of the nerve.
BLOOD_AND_NERVE = (
    "savage1994-hematocrit-normal",
    "savage1994-volume-normal",
    "savage1995-neuropsychiatric",
)


@cache
def fitted(stage: str) -> tuple[Observation, ...]:
    """Return the observations that one part of the fit uses.

    Those of distributions over people are left to the fit of the spread between people (but for
    `BLOOD_AND_NERVE`), and patterns that hold or not, which have no slope, to the natural
    experiments.
    """
    return tuple(
        o
        for o in observations()
        if o.use == "calibrate"
        and (o.theme != "population" or o.id in BLOOD_AND_NERVE)
        and o.statistic != "pattern"
        and (o.theme == "nerve" or o.id in BLOOD_AND_NERVE) == (stage == "nerve")
    )


def residuals(
    sets: Sequence[Mapping[str, float]], stage: str, *, quick: bool = False
) -> np.ndarray:
    """Return the distances of the model from what may be fitted, natural experiments included.

    Parameters
    ----------
    sets : sequence of mapping
        Overrides of the shipped parameter set. Several at once are cheaper, and the same to the
        last bit: the engine solves their runs side by side.
    stage : str
        Part of the fit.
    quick : bool
        Whether to leave out the observations.

    Returns
    -------
    ndarray, shape (sets, observations + margins + balances)
        Distances in standard deviations.
    """
    chosen = () if quick else fitted(stage)
    reads: list[Callable[[Bench], Any]] = [
        margins, closing, *(partial(predict, one) for one in chosen)
    ]  # fmt: skip
    return np.array([_away(row, chosen, stage) for row in read_many(sets, reads, few=0)])


def _away(row: Sequence[Any], chosen: Sequence[Observation], stage: str) -> list[float]:
    """Return distances from what `margins`, `closing` and then each observation gave."""
    judged, closed, *values = row
    near = [scale_of(o).distance(value) for o, value in zip(chosen, values, strict=True)]
    # A later part may move what an earlier one settled: it minds the statements of both.
    minded = STAGES[: STAGES.index(stage) + 1]
    return [*near, *(m.distance for m in judged if m.stage in minded), *closed]


def closing(bench: Bench) -> list[float]:
    """Return by how many standard deviations each balance of health fails to close.

    It sets in before the balance fails and grows evenly, so that a fit can follow the edge.
    """
    flows = bench.course("timeline: []", [0.0], [*CLOSING, *CLOSING.values()])[:, 0]
    parts, wholes = np.split(flows, 2)
    away = np.logaddexp(0.0, -parts / wholes / BALANCE)
    return [float(min(one, LARGEST)) for one in away]


def predictions(parameters: dict[str, float], chosen: Sequence[Observation]) -> list[float]:
    """Return what the model gives for observations under one set of parameter values."""
    bench = Bench(parameters)
    return [predict(observed, bench) for observed in chosen]
