"""A result as a laboratory writes it: comparator, number and unit, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from corrin.clinic.tests import ANTIBODY, Test, tests
from corrin.errors import InputError, unknown
from corrin.units import Words, format_number

_COMPARATORS = {"<": "<", "<=": "<", "≤": "<", ">": ">", ">=": ">", "≥": ">"}
_WRITTEN = re.compile(r"\s*(<=|>=|<|>|≤|≥)?\s*(.+?)\s*$", re.DOTALL)
_ANSWERS = {
    "positive": 1.0, "pos": 1.0, "detected": 1.0, "present": 1.0, "reactive": 1.0, "yes": 1.0,
    "negative": 0.0, "neg": 0.0, "not detected": 0.0, "absent": 0.0, "non-reactive": 0.0, "no": 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One result of one test.

    Attributes
    ----------
    test : str
        Name of the test.
    value : float
        Value [unit of the test]; 1 for positive and 0 for negative.
    comparator : str
        ``<`` or ``>`` for a value below or above what could be measured; else empty.
    date : str
        Day of the sample (ISO 8601); empty if not known.
    where : str
        Where it was written, for messages.
    written : str
        As it was written.
    size : float
        Size of the unit it was written in [unit of the test].
    """

    test: str
    value: float
    comparator: str = ""
    date: str = field(default="", compare=False)
    where: str = field(default="", compare=False)
    written: str = field(default="", compare=False)
    size: float = field(default=1.0, compare=False)

    @property
    def text(self) -> str:
        """The result in the unit of the model, to print."""
        if self.test == ANTIBODY:
            return "positive" if self.value else "negative"
        unit = tests()[self.test].unit
        shown = f"{self.comparator}{self.value:.3g}"
        return shown if unit == "1" else f"{shown} {unit}"


def read_finding(test: Test, written: str, where: str, *, date: str = "") -> Finding:
    """Return the result in a text such as ``210 ng/L``, ``<50 pmol/L`` or ``positive``.

    Parameters
    ----------
    test : Test
        Which test it is of.
    written : str
        Comparator if any, number and unit.
    where : str
        Where it was written, for errors.
    date : str
        Day of the sample.
    """
    if test.name == ANTIBODY:
        answer = " ".join(written.casefold().split())
        if answer not in _ANSWERS:
            raise InputError(
                f"{written!r} is neither positive nor negative", where=where, hint="write positive"
            )
        return Finding(test.name, _ANSWERS[answer], "", date, where, written)
    match = _WRITTEN.match(written)
    text = match[2] if match else ""
    words = Words(text, where)
    if not words.is_number():
        raise InputError(
            f"{written!r} is not a result", where=where, hint=f"write for example '{_like(test)}'"
        )
    value = words.number()
    unit = "".join(words.words[words.index :])
    if unit.startswith(","):
        hint = "write decimals with a point and thousands without a mark"
        raise InputError(f"{written!r} has a comma in its number", where=where, hint=hint)
    sign = _COMPARATORS[match[1]] if match and match[1] else ""
    return checked(test, value, unit, where, sign=sign, date=date, written=written.strip())


def checked(
    test: Test,
    value: float,
    unit: str,
    where: str,
    *,
    sign: str = "",
    date: str = "",
    written: str = "",
) -> Finding:
    """Return a result in the unit of its test, or refuse it.

    Raises
    ------
    InputError
        For a unit that is missing or not one of the test, and for a value no adult can have.
    """
    size = factor(test, unit, where)
    found = value * size
    if not test.lowest <= found <= test.highest:
        low, high = (format_number(float(f"{v:.3g}")) for v in (test.lowest, test.highest))
        raise InputError(
            f"{test.long_name} {written or format_number(value)} is {found:.3g} {test.unit}, "
            f"outside what is possible ({low} to {high})",
            where=where,
            hint="check the number and its unit",
        )
    as_written = written or f"{value:g} {unit}".strip()
    return Finding(test.name, found, sign, date, where, as_written, size)


def factor(test: Test, unit: str, where: str) -> float:
    """Return the size of a unit in the unit of a test."""
    known = {_fold(name): value for name, value in test.units.items()}
    if not unit and test.unit != "1":
        raise InputError(
            f"the unit of {test.long_name} is missing",
            where=where,
            hint=f"write for example '{_like(test)}'",
        )
    if _fold(unit or "1") not in known:
        raise unknown(f"unit of {test.long_name}", unit, test.units, where)
    return known[_fold(unit or "1")]


def _fold(unit: str) -> str:
    """Return a unit as units are compared; case tells none of these apart."""
    plain = unit.replace("µ", "u").replace("μ", "u").replace("mcg", "ug").replace("mcmol", "umol")
    plain = plain.replace("²", "2").replace("·", "").replace("_", "").replace(" ", "")
    return plain.replace("{", "").replace("}", "").replace("³", "3").casefold()


def _like(test: Test) -> str:
    """Return a valid way to write a result of a test."""
    usual = {
        "b12": "210 ng/L", "holotc": "42 pmol/L", "mma": "0.30 umol/L", "hcy": "14 umol/L",
        "folate": "15 nmol/L", "hb": "132 g/L", "mcv": "94 fL", "reticulocytes": "1.2 %",
        "platelets": "250 10^9/L", "lobes": "3.1", "creatinine": "80 umol/L",
        "egfr": "75 mL/min/1.73m2",
    }  # fmt: skip
    return usual.get(test.name, f"1 {test.unit}")
