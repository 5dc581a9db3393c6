"""What is known of the parameters before the fit, and how a vector of the fit becomes a model.

The fit works on standardised coordinates: 0 is the prior value of every parameter and 1 is one
width away from it, on the scale of that parameter.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log

import numpy as np

from corrin.errors import ModelError
from corrin.model.compose import instances, read_table
from corrin.model.loader import MODULES, shared

SCALES = ("log", "logit", "linear")
STAGES = ("body", "nerve")
GRADES = ("measured", "assumed")


@dataclass(frozen=True)
class Prior:
    """One uncertain quantity.

    Attributes
    ----------
    name : str
        Row of the parameter tables, or a name of its own where it sets several rows.
    rows : tuple of str
        Rows of the parameter tables that it sets.
    value, width : float
        Prior median, and its standard deviation on `scale`.
    scale : str
        ``log`` for what is positive, ``logit`` for what lies between 0 and 1, or ``linear``.
    stage : str
        Part of the fit that finds it: ``body`` (all up to blood) or ``nerve`` (from there on).
    grade : str
        Of the value before the fit: ``measured`` or ``assumed``.
    source : str
        Where value and width come from.
    """

    name: str
    rows: tuple[str, ...]
    value: float
    width: float
    scale: str
    stage: str
    grade: str
    source: str

    def at(self, coordinate: float) -> float:
        """Return the value of the parameter at a standardised coordinate."""
        step = self.width * coordinate
        if self.scale == "log":
            return self.value * exp(step)
        if self.scale == "logit":
            return 1 / (1 + exp(-(log(self.value / (1 - self.value)) + step)))
        return self.value + step

    def coordinate(self, value: float) -> float:
        """Return the standardised coordinate of a value."""
        if self.scale == "log":
            return log(value / self.value) / self.width
        if self.scale == "logit":
            return (log(value / (1 - value)) - log(self.value / (1 - self.value))) / self.width
        return (value - self.value) / self.width


@cache
def priors() -> tuple[Prior, ...]:
    """Read the priors; the fit starts from them, so that it can be repeated from any tables."""
    with (files("corrin.evidence") / "priors.csv").open(encoding="utf-8") as handle:
        found = tuple(
            Prior(
                row["parameter"], tuple(row["rows"].split()) or (row["parameter"],),
                float(row["value"]), float(row["width"]), row["scale"], row["stage"],
                row["grade"], row["source"],
            )
            for row in csv.DictReader(handle)
        )  # fmt: skip
    for prior in found:
        known = prior.scale in SCALES and prior.stage in STAGES and prior.grade in GRADES
        if not known or prior.width <= 0:
            raise ModelError(
                f"scale, stage, grade or width of {prior.name} is wrong", where="priors.csv"
            )
    return found


def of_stage(stage: str) -> tuple[Prior, ...]:
    """Return the priors of one part of the fit."""
    return tuple(prior for prior in priors() if prior.stage == stage)


def parameters_of(
    point: Sequence[float] | np.ndarray, chosen: Sequence[Prior] | None = None
) -> dict[str, float]:
    """Return the overrides of the model for a point of the fit.

    Parameters
    ----------
    point : sequence of float
        One standardised coordinate for each prior.
    chosen : sequence of Prior, optional
        The priors; all if not given.
    """
    return {
        name: prior.at(float(coordinate))
        for prior, coordinate in zip(priors() if chosen is None else chosen, point, strict=True)
        for name in ids_of(prior)
    }


@cache
def ids_of(prior: Prior) -> tuple[str, ...]:
    """Ids in the composed model of the rows that a prior sets."""
    return tuple(name for row in prior.rows for name in ids_of_row(row))


def ids_of_row(row: str) -> tuple[str, ...]:
    """Ids in the composed model of a row as the tables name it (``nerve.ms_flux``, ``mt_half``).

    ``optic.weight_trophic`` names one instance even where the tables hold a common row only.
    """
    modules = {known.name: module for module in MODULES for known in read_table(module)}
    place, _, base = row.rpartition(".")
    if row in modules:
        return shared(modules[row], row)
    if base in modules and place in instances():
        return (row.replace(".", "_"),)
    raise ModelError(f"no parameter {row!r} in the tables", where="priors.csv")
