"""What the ensemble predicts that a study would publish: parameters, people and laboratories.

A published value differs from what a right model gives: it is known to its standard error,
laboratories and cohorts differ, and no model is right. The last is read off the calibration: what
must be added to the error of each for the interval to hold nine of ten fitted observations (as
conformal prediction does; the one observation that is allowed for is to come).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import ceil, exp, hypot, isfinite, nan

import numpy as np
from scipy.stats import norm

from corrin.evidence.misfit import Scale, scale_of
from corrin.evidence.observations import THEMES, Observation, observation

#: Share of the predictive distribution between the ends of an interval.
INTERVAL = 0.9
#: Fitted observations that a theme needs to speak for itself; with fewer, all themes speak.
ENOUGH = 20
#: Points by which a normal distribution stands for itself.
_NORMAL = norm.ppf((np.arange(100) + 0.5) / 100)


@cache
def discrepancy() -> dict[str, float]:
    """Return by theme the relative standard deviation that data error leaves unexplained.

    Themes with fewer than `ENOUGH` fitted observations get that of all.
    """
    from corrin.evidence.calibrate import written

    rows: dict[str, list[tuple[float, float]]] = {theme: [] for theme in THEMES}
    for stage in written()["stages"]:
        for row in stage["observations"]:
            observed = observation(row["id"])
            scale = scale_of(observed)
            size = 1.0 if scale.logarithmic else abs(observed.value) or 1.0
            if isfinite(row["after"]) and scale.low == scale.high:
                away = scale.of(row["after"]) - scale.middle
                rows[observed.theme].append((away / size, scale.width / size))
    everything = [pair for pairs in rows.values() for pair in pairs]
    return {
        theme: _unexplained(pairs if len(pairs) >= ENOUGH else everything)
        for theme, pairs in rows.items()
    }


def _unexplained(pairs: list[tuple[float, float]]) -> float:
    """Return what makes intervals hold `INTERVAL` of some residuals, beside the error of each.

    Parameters
    ----------
    pairs : list of tuple of float
        Residual and standard error of each fitted observation, relative to its value.

    Returns
    -------
    float
        Relative standard deviation.
    """
    away, width = np.array(pairs).T
    reach = norm.ppf((1 + INTERVAL) / 2)
    needed = np.sort(np.sqrt(np.maximum((away / reach) ** 2 - width**2, 0.0)))
    place = min(ceil((len(needed) + 1) * INTERVAL), len(needed))
    return float(needed[place - 1])


def interval(observed: Observation, members: Iterable[float]) -> tuple[float, float]:
    """Return the ends of the 90 % prediction interval of a published value.

    Parameters
    ----------
    observed : Observation
        What was published.
    members : iterable of float
        What the members of the ensemble give [unit of the observation].

    Returns
    -------
    tuple of float
        NaN where no member could be solved.
    """
    solved = np.array([value for value in members if isfinite(value)])
    if not solved.size:
        return nan, nan
    scale = scale_of(observed)
    size = 1.0 if scale.logarithmic else abs(observed.value) or 1.0
    noise = hypot(scale.width, discrepancy()[observed.theme] * size)
    places = np.log(np.maximum(solved, 1e-9)) if scale.logarithmic else solved
    cloud = (places[:, None] + noise * _NORMAL).ravel()
    low, high = np.quantile(cloud, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    ends = (exp(low), exp(high)) if scale.logarithmic else (float(low), float(high))
    return _bounded(observed, ends)


def _bounded(observed: Observation, ends: tuple[float, float]) -> tuple[float, float]:
    """Keep shares between 0 and 100 %."""
    if observed.unit == "%" and observed.statistic in ("share", "count"):
        return max(ends[0], 0.0), min(ends[1], 100.0)
    return ends


def covers(observed: Observation, ends: tuple[float, float]) -> bool | None:
    """Return whether an interval holds the published value; None without an interval.

    A one-sided statement is held when the interval reaches into what it allows.
    """
    if not isfinite(ends[0]):
        return None
    scale: Scale = scale_of(observed)
    if scale.low < scale.high:
        low, high = observed.printed
        return ends[1] >= low and ends[0] <= high
    return ends[0] <= observed.value <= ends[1]
