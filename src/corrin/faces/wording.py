"""Numbers, units, moments and grades as a reader sees them; figure and report share these."""

from __future__ import annotations

import math
from dataclasses import dataclass

from corrin.units import MONTH, YEAR

#: Words of the symptom grades 0 to 4.
GRADES = ("none", "faint", "mild", "marked", "severe")

#: Grade from which a symptom counts as present.
PRESENT = 1.0

_THIN = "\u2009"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Clock:
    """Unit in which the times of one run are told.

    Attributes
    ----------
    name : str
        ``year``, ``month`` or ``day``.
    days : float
        Length of that unit [day].
    """

    name: str
    days: float

    @classmethod
    def spanning(cls, span: float) -> Clock:
        """Return the clock for a run of `span` [day]: years, below 3 years months, then days."""
        if span >= 3 * YEAR:
            return cls("year", YEAR)
        return cls("month", MONTH) if span >= 3 * MONTH else cls("day", 1.0)

    def text(self, day: float) -> str:
        """Return `day` [day] in words, e.g. ``year 3.8``; time 0 is ``the start``."""
        return "the start" if day == 0 else f"{self.name} {self.number(day)}"

    def number(self, day: float) -> str:
        """Return `day` [day] as a number of this clock's unit, to one decimal."""
        text = f"{day / self.days:.1f}"
        return "0" if text in ("-0.0", "0.0") else text.removesuffix(".0")


def unit_text(unit: str) -> str:
    """Return a unit as printed (``umol/L`` gives ``µmol/L``); nothing for the unit ``1``."""
    if unit == "1":
        return ""
    return (
        unit.replace("umol", "µmol")
        .replace("ug", "µg")
        .replace("uV", "µV")
        .replace("10^9", "10⁹")
        .replace("%/year", "% per year")
    )


def number(value: float, digits: int = 3) -> str:
    """Return `value` with `digits` significant digits, thin spaces between thousands."""
    if not math.isfinite(value):
        return "not known"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -3:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}{_THIN}×{_THIN}10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    decimals = max(0, digits - 1 - magnitude)
    text = f"{value:,.{decimals}f}".replace(",", _THIN)
    return text.rstrip("0").rstrip(".") if decimals else text


def percent(share: float) -> str:
    """Return a share between 0 and 1 in percent, ``<1 %`` instead of a rounded zero."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def quantity(value: float, unit: str) -> str:
    """Return `value` with its `unit` as printed."""
    return f"{number(value)} {unit_text(unit)}".rstrip()


def level(grade: float) -> int:
    """Return the whole grade 0 to 4 nearest to `grade` as printed to one decimal; halves go up."""
    return min(4, max(0, math.floor(round(grade, 1) + 0.5)))


def grade_text(grade: float) -> str:
    """Return a symptom grade in word and number, e.g. ``marked, 2.6 of 4``."""
    shown = f"{min(4.0, max(0.0, grade)):.1f}".removesuffix(".0")
    return f"{GRADES[level(grade)]}, {shown} of 4"


def listing(words: list[str]) -> str:
    """Join words as a sentence does: ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]


def after(moment: float, start: float) -> str:
    """Return a moment [day] in words, counted from a start [day]."""
    if moment == start:
        return "start"
    days = moment - start
    for unit, size in (("y", YEAR), ("mo", MONTH)):
        count = days / size
        if abs(count - round(count)) < 1e-6:
            return f"+{count:.0f} {unit}"
    return f"+{days / YEAR:.3g} y"
