"""The combined indicator of B12 status, cB12, from four markers (Fedosov 2015).

``cB12 = log10(holoTC B12 / (MMA tHcy)) - age factor``, with holoTC and B12 in pmol/L, MMA and tHcy
in umol/L (10.1515/cclm-2014-0818). The age factor is from memory and was not checked against the
paper; it moves the result by 0.2 between 40 and 80 years.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

#: Lower boundary of each class (Fedosov 2015, as a laboratory restates them).
CLASSES = (
    (1.5, "elevated"),
    (-0.5, "adequate"),
    (-1.5, "low"),
    (-2.5, "possible deficiency"),
    (float("-inf"), "probable deficiency"),
)
#: What every answer says of the part that was not checked.
CAUTION = "The age factor of cB12 is from memory and was not checked against the paper."


@dataclass(frozen=True)
class Combined:
    """The combined indicator and its class."""

    value: float
    label: str


def age_factor(age: float) -> float:
    """Return what is subtracted for an age [year]; from memory."""
    return float(3.79 / (1 + (age / 230) ** 2.6))


def combined(holotc: float, b12: float, mma: float, hcy: float, age: float) -> Combined:
    """Return cB12.

    Parameters
    ----------
    holotc, b12 : float
        Holotranscobalamin and total B12 [pmol/L].
    mma, hcy : float
        Methylmalonic acid and total homocysteine [umol/L].
    age : float
        Age [year].
    """
    value = log10(holotc * b12 / (mma * hcy)) - age_factor(age)
    return Combined(value, next(label for low, label in CLASSES if value >= low))
