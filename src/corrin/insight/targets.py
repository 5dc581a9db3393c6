"""What can be explained, and the scale from health to loss on which it is."""

from __future__ import annotations

from functools import cache

import numpy as np

from corrin.errors import unknown
from corrin.variables import catalogue

#: Highest grade of what is graded.
TOP = {"disability_score": 16.0}
GRADE = 4.0

TRACTS = (
    "sensory_foot",
    "sensory_hand",
    "motor_leg",
    "dorsal_columns",
    "corticospinal",
    "optic",
    "white_matter",
)
BLOOD = (
    "hemoglobin",
    "hematocrit",
    "mean_cell_volume",
    "reticulocytes",
    "neutrophil_lobes",
    "platelets",
    "dna_synthesis_marrow",
    "micronuclei_relative",
)
VESSELS = ("stroke_relative_risk", "heart_disease_relative_risk", "brain_atrophy_rate")


@cache
def symptoms() -> tuple[str, ...]:
    """Return the graded symptoms."""
    return tuple(
        name
        for name, variable in catalogue().items()
        if variable.group == "symptom"
        and not name.endswith("_probability")
        and name != "disability_score"
    )


@cache
def explainable() -> tuple[str, ...]:
    """Return the outputs that can be explained: symptoms, tracts, vessels and blood."""
    nerve = tuple(n for n, v in catalogue().items() if v.group == "nerve")
    return (*symptoms(), "disability_score", *nerve, *VESSELS, *BLOOD)


def check(name: str) -> str:
    """Return the name of what is to be explained, or raise `InputError`."""
    if name not in explainable():
        raise unknown("symptom", name, explainable())
    return name


def fraction(name: str, values: np.ndarray, healthy: np.ndarray) -> np.ndarray:
    """Return how much is lost, from 0 (health) to 1.

    Parameters
    ----------
    name : str
        Output.
    values, healthy : ndarray
        Its values in the person and in the twin without causes [unit of the output].

    Returns
    -------
    ndarray
        A grade over its highest grade; the loss of function, myelin or axons itself; else what
        the value is above or below the twin's, as a part of the larger of the two.
    """
    if catalogue()[name].group == "symptom":
        return values / TOP.get(name, GRADE)
    if name.startswith(("deficit_", "swelling_")):
        return values
    if name.startswith(("myelin_", "axons_")):
        return 1 - values
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.minimum(values / healthy, healthy / values)
    return np.asarray(1 - np.where(np.isfinite(ratio), ratio, 1.0))
