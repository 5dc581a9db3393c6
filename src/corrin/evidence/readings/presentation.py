"""Readings of people with untreated autoimmune gastritis until somebody is found.

A complaint of nerve or mind leads to a doctor, or anaemia does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import YEAR, Bench
from corrin.evidence.readings.common import B12, HCT, MCV, Reading
from corrin.evidence.readings.groups import HB, STEP, SYMPTOMS, Chosen, columns, people
from corrin.study.population.draws import normals

if TYPE_CHECKING:
    import xarray

#: Median time from the first complaint to the examination [day], its logarithm with a standard
#: deviation of 1.
DELAY = 4 * YEAR / 12


def _first(state: np.ndarray) -> np.ndarray:
    """Return the first time at which a state is true, the number of times if never."""
    found: np.ndarray = np.where(state.any(axis=1), np.argmax(state, axis=1), state.shape[1])
    return found


def presentation(data: xarray.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return when a symptom (grade 1) and anaemia (below 100 g/L) begin."""
    grades = np.max([data[name].values for name in SYMPTOMS], axis=0)
    return _first(grades >= 1.0), _first(data[HB].values < 100.0)


def examination(data: xarray.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return when people are examined, and whether a complaint of nerve or mind led there.

    They wait after the first complaint as patients of the theme nerve do (Healton 1991, N002).
    """
    by_nerve, by_blood = presentation(data)
    wait = DELAY * np.exp(normals(1, "delay", len(by_nerve)))
    return np.minimum(by_nerve, by_blood) + np.round(wait / STEP).astype(int), by_nerve <= by_blood


def found_share(what: Chosen, *, nervous: bool = False, low: bool = False) -> Reading:
    """Share, of those found, in whom `what` holds then [%].

    `what` sees the people as they were when they were examined. With `nervous` only those whom a
    symptom of nerve or mind led there count, with `low` only those with serum B12 below 148 pmol/L,
    as in studies of people in whom lack of B12 was sure.
    """

    def read(bench: Bench) -> float:
        data = people(bench, "autoimmune-gastritis")
        when, led_by_nerve = examination(data)
        here = when < data.sizes["time"]
        if nervous:
            here &= led_by_nerve
        if low:
            last = np.minimum(when, data.sizes["time"] - 1)
            here &= data[B12].values[np.arange(len(when)), last] < 148
        chosen, times = np.flatnonzero(here), when[here]
        snapshot = data.isel(person=chosen)
        values = {
            str(name): (("person", "time"), column.values[np.arange(len(chosen)), times][:, None])
            for name, column in snapshot.data_vars.items()
        }
        return 100 * float(np.mean(what(snapshot.isel(time=[0]).assign(values))))

    return read


def normal_blood(hematocrit: bool, volume: bool) -> Chosen:
    """Tell who has a normal hematocrit (41 % in men, 36 % in women), volume (100 fL), or both."""

    def choose(data: xarray.Dataset) -> np.ndarray:
        hct, mcv = columns(data, HCT, MCV)
        fine = hct >= np.where(data["sex"].values == "female", 36.0, 41.0)
        small = mcv <= 100.0
        if hematocrit and volume:
            return np.asarray(fine & small)
        return np.asarray(fine if hematocrit else small)

    return choose


def either_normal(data: xarray.Dataset) -> np.ndarray:
    """Tell who has a normal hematocrit or a normal volume of red cells."""
    return normal_blood(True, False)(data) | normal_blood(False, True)(data)


def nervous(data: xarray.Dataset) -> np.ndarray:
    """Tell who has a symptom of nerve or mind."""
    found: np.ndarray = np.max(columns(data, *SYMPTOMS), axis=0) >= 1.0
    return found


def deficient(how: Callable[[xarray.Dataset, np.ndarray], float]) -> Reading:
    """Apply `how` to untreated gastritis from low serum B12 on until somebody is found.

    Every time between counts alike, as if people were tested at a random one of them.
    """

    def read(bench: Bench) -> float:
        data = people(bench, "autoimmune-gastritis")
        end = np.minimum(*presentation(data))
        times = np.arange(data.sizes["time"])
        here = (data[B12].values < 148) & (times[None, :] <= end[:, None])
        return float(how(data, here))

    return read
