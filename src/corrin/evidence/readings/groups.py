"""Readings of groups: distributions over people, measured as a laboratory would.

Each reading looks at a group of ``study/data/groups``, simulated once per bench. Shares are in per
cent, times in days.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import YEAR, Bench
from corrin.evidence.readings.common import Reading

if TYPE_CHECKING:
    import xarray

HOLOTC, FOLATE, HB = "holotranscobalamin", "serum_folate", "hemoglobin"
SYMPTOMS = (
    "numbness_feet", "numbness_hands", "leg_weakness", "balance", "cognition", "mood", "vision",
)  # fmt: skip
#: People per group; more where a rare band or a small share is read.
FEW, SOME, MANY = 600, 1200, 4000
_SIZES = {
    "adults-usa": MANY, "older-adults": SOME, "healthy-adults": SOME, "healthy-older-adults": SOME,
    "swiss-seniors": SOME, "diabetes-prevention-placebo": SOME, "crohn-disease": SOME,
    "diabetes-prevention-metformin": SOME, "acid-suppressing-drugs": MANY, "metformin-trial": SOME,
    "type-2-diabetes-usa": MANY, "oxfordshire-elderly": SOME, "irish-older-adults": SOME,
    "danes-tested-for-b12": SOME,
    "autoimmune-gastritis": 150,
}  # fmt: skip
#: Step between the times at which the group with autoimmune gastritis is looked at [day].
STEP = 61.0
#: When groups are looked at [day], where not at time 0 alone.
_TIMES = {
    "total-gastrectomy": (0.0, 182.6, YEAR, 2 * YEAR, 3 * YEAR, 4 * YEAR),
    "distal-gastrectomy": (4 * YEAR,),
    "diabetes-prevention-placebo": (5 * YEAR, 13 * YEAR),
    "diabetes-prevention-metformin": (5 * YEAR, 13 * YEAR),
    "metformin-trial": (4.3 * YEAR,),
    "danish-pregnancy": (126.0, 273.0, 336.0),
    "autoimmune-gastritis": tuple(STEP * k for k in range(61)),
}
Chosen = Callable[["xarray.Dataset"], np.ndarray]


def people(bench: Bench, name: str, *, measured: bool = True) -> xarray.Dataset:
    """Return a group at the times at which it is looked at."""
    times = _TIMES.get(name, (0.0,))
    return bench.group(name, n=_SIZES.get(name, FEW), times=times, measured=measured)


def everyone(data: xarray.Dataset) -> np.ndarray:
    """Choose all people."""
    return np.ones(data.sizes["person"], bool)


def aged(young: float, old: float = 200.0) -> Chosen:
    """Choose people from one age up to another."""
    return lambda data: (data["age"].values >= young) & (data["age"].values < old)


def between(name: str, low: float, high: float) -> Chosen:
    """Choose people in whom `name` was measured from `low` up to `high`."""

    def choose(data: xarray.Dataset) -> np.ndarray:
        values = data[name].values[:, 0]
        return (values >= low) & (values < high)

    return choose


def having(cause: str) -> Chosen:
    """Choose people with a cause."""
    return lambda data: np.array([cause in text for text in data["causes"].values])


def women(data: xarray.Dataset) -> np.ndarray:
    """Choose women."""
    return np.asarray(data["sex"].values == "female")


def both(*choices: Chosen) -> Chosen:
    """Choose people whom all of `choices` choose."""
    return lambda data: np.logical_and.reduce([choose(data) for choose in choices])


def without(choose: Chosen) -> Chosen:
    """Choose people whom `choose` does not."""
    return lambda data: ~choose(data)


def columns(data: xarray.Dataset, *names: str, time: int = 0) -> list[np.ndarray]:
    """Return quantities of all people at one of the times."""
    return [data[name].values[:, time] for name in names]


def statistic(
    group: str,
    name: str,
    how: Callable[[np.ndarray], float],
    choose: Chosen = everyone,
    time: int = 0,
    scale: float = 1.0,
) -> Reading:
    """Apply `how` to the values of `name` in the chosen people of a group."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        return float(how(data[name].values[choose(data), time])) * scale

    return read


def percentile(group: str, name: str, at: float, choose: Chosen = everyone) -> Reading:
    """Percentile of `name`."""
    return statistic(group, name, lambda values: float(np.percentile(values, at)), choose)


def median(group: str, name: str, choose: Chosen = everyone, scale: float = 1.0) -> Reading:
    """Median of `name`."""
    return statistic(group, name, lambda values: float(np.median(values)), choose, 0, scale)


def mean(group: str, name: str, choose: Chosen = everyone, scale: float = 1.0) -> Reading:
    """Mean of `name`."""
    return statistic(group, name, lambda values: float(np.mean(values)), choose, 0, scale)


def share(
    group: str, low: Callable[[xarray.Dataset], np.ndarray], choose: Chosen = everyone
) -> Reading:
    """Share of the chosen people for whom `low` is true [%]."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        return 100 * float(np.mean(low(data)[choose(data)]))

    return read


def below(name: str, level: float, time: int = 0) -> Chosen:
    """Tell in whom `name` is below a level."""
    return lambda data: columns(data, name, time=time)[0] < level


def above(name: str, level: float) -> Chosen:
    """Tell in whom `name` is above a level."""
    return lambda data: columns(data, name)[0] > level


def odds_ratio(group: str, hit: Chosen, exposed: Chosen, unexposed: Chosen) -> Reading:
    """Odds of `hit` in the exposed over those in the unexposed; half a person added to each."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        sick = hit(data)
        counts = [(sick[g(data)].sum(), (~sick[g(data)]).sum()) for g in (exposed, unexposed)]
        (a, b), (c, d) = counts
        return float((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))

    return read


def variation(group: str, name: str, choose: Chosen = everyone) -> Reading:
    """Coefficient of variation between people, without the noise of the laboratory [%]."""

    def read(bench: Bench) -> float:
        data = people(bench, group, measured=False)
        values = data[name].values[choose(data), 0]
        return 100 * float(np.std(values) / np.mean(values))

    return read


def correlation(group: str, one: str, other: str, choose: Chosen = everyone) -> Reading:
    """Correlation of the logarithms of two quantities."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        chosen = choose(data)
        a, b = (np.log(values[chosen]) for values in columns(data, one, other))
        return float(np.corrcoef(a, b)[0, 1])

    return read


def discrimination(group: str, marker: str, truth: str, level: float) -> Reading:
    """Area above the curve (1 less AUC) of a low `marker` for a `truth` above a level."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        values, state = columns(data, marker, truth)
        sick, well = values[state > level], np.sort(values[state <= level])
        if not len(sick) or not len(well):
            return float("nan")
        over = len(well) - np.searchsorted(well, sick, "right")
        ties = np.searchsorted(well, sick, "right") - np.searchsorted(well, sick, "left")
        return float(1 - np.mean((over + ties / 2) / len(well)))

    return read
