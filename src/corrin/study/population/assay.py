"""What a laboratory adds to the truth: analytical error and variation from week to week.

The numbers are those of healthy people measured weekly (``study/data/assays.csv``). Quantities
without a row there are shown as simulated. A group may have a laboratory that reads higher or lower
than others, and people who vary more from week to week than the healthy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np

from corrin.study.population.draws import normals
from corrin.study.population.group import Laboratory
from corrin.study.tables import rows


@dataclass(frozen=True)
class Assay:
    """Noise of one laboratory quantity.

    Attributes
    ----------
    analytical, within : float
        Coefficients of variation of the method and of a person from week to week.
    """

    analytical: float
    within: float

    @property
    def width(self) -> float:
        """Standard deviation of the logarithm of a measured value around the person's own."""
        return float(np.sqrt(np.log1p(self.analytical**2) + np.log1p(self.within**2)))


@cache
def assays() -> Mapping[str, Assay]:
    """Return the assays by the name of their variable."""
    return MappingProxyType(
        {r["variable"]: Assay(float(r["analytical"]), float(r["within"])) for r in rows("assays")}
    )


def measure(
    name: str,
    values: np.ndarray,
    times: Sequence[float],
    seed: int,
    laboratory: Laboratory | None = None,
) -> np.ndarray:
    """Return what a laboratory would report, log-normal around the true values.

    Parameters
    ----------
    name : str
        Public name of the quantity.
    values : ndarray, shape (people, times)
        True values.
    times : sequence of float
        Times of the samples [day]; each is an independent measurement.
    seed : int
        Seed of the sample of people.
    laboratory : Laboratory, optional
        What is otherwise than usual.

    Returns
    -------
    ndarray, shape (people, times)
    """
    if name not in assays():
        return values
    own, factor = assays()[name], 1.0
    if laboratory is not None:
        factor = laboratory.factor
        if laboratory.within is not None:
            own = replace(own, within=laboratory.within)
    people = len(values)
    noise = [normals(seed, f"measured {name} on day {float(t):.6g}", people) for t in times]
    found: np.ndarray = factor * values * np.exp(own.width * np.array(noise).T)
    return found
