"""The tests of a laboratory: what each measures, in which units, and how far off a reading is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from corrin.clinic.tables import number, rows
from corrin.errors import unknown
from corrin.study.population import spreads

#: A test that is positive or negative instead of a number.
ANTIBODY = "if_antibody"


@dataclass(frozen=True)
class Test:
    """One laboratory test.

    Attributes
    ----------
    name : str
        Short name, as in the tables.
    variable : str
        Output of the model that it measures; empty for tests of something else.
    unit : str
        Unit of its values, that of the variable.
    long_name : str
        Name to print.
    lowest, highest : float
        What no living adult is below or above [unit].
    analytical, within : float
        Coefficients of variation of the method and of a patient from week to week.
    output_only : str
        Parameter whose spread between people touches this output only; empty for none.
    units : mapping of str to float
        Units in which it may be written, with their size in `unit`.
    """

    __test__ = False  # not a test of this program

    name: str
    variable: str
    unit: str
    long_name: str
    lowest: float
    highest: float
    analytical: float
    within: float
    output_only: str
    units: Mapping[str, float]

    @property
    def width(self) -> float:
        """Standard deviation of the logarithm of a reading around the person's own value."""
        return float(np.sqrt(np.log1p(self.analytical**2) + np.log1p(self.within**2)))


@cache
def between(name: str) -> float:
    """Return the log-normal spread between people that touches only the output of a test."""
    own = tests()[name].output_only
    return next((one.sd for one in spreads() if one.name == own), 0.0)


@cache
def tests() -> Mapping[str, Test]:
    """Return every test by name, in the order in which people read them."""
    found = {}
    for row in rows("tests"):
        units = {r["unit"]: float(r["factor"]) for r in rows("units") if r["test"] == row["test"]}
        found[row["test"]] = Test(
            row["test"],
            row["variable"],
            row["unit"],
            row["long_name"],
            number(row["lowest"]) or 0.0,
            number(row["highest"]) or np.inf,
            number(row["analytical"]) or 0.0,
            number(row["within"]) or 0.0,
            row["output_only"],
            MappingProxyType(units),
        )
    return MappingProxyType(found)


def named_test(name: str, where: str | None = None) -> Test:
    """Return a test by its name, its flag or the name of its output."""
    key = name.strip().casefold().replace("-", "_").replace(" ", "_")
    known = {t: t for t in tests()} | {t.variable: t.name for t in tests().values() if t.variable}
    if key not in known:
        raise unknown("test", name, tests(), where)
    return tests()[known[key]]


@cache
def loinc() -> Mapping[str, tuple[str, str]]:
    """Return for each LOINC code the name of its test and its customary unit."""
    return MappingProxyType({r["loinc"]: (r["test"], r["unit"]) for r in rows("codes")})


@dataclass(frozen=True)
class Limits:
    """Reference limits of one test in one laboratory, in the unit of the test."""

    low: float | None
    high: float | None
    grade: str
    source: str


def laboratories() -> tuple[str, ...]:
    """Return the names of the laboratories whose reference limits are known."""
    return tuple(dict.fromkeys(row["laboratory"] for row in rows("limits")))


def limits(
    name: str, laboratory: str = "default", age: float | None = None, sex: str | None = None
) -> Limits | None:
    """Return the reference limits of a test.

    Parameters
    ----------
    name : str
        Name of the test.
    laboratory : str
        Whose limits; those of ``default`` where it has none of its own.
    age : float, optional
        Age [year], where limits depend on it.
    sex : str, optional
        ``female`` or ``male``, where limits depend on it.

    Returns
    -------
    Limits or None
        None where no limit is known.
    """
    if laboratory not in laboratories():
        raise unknown("laboratory", laboratory, laboratories())
    for chosen in dict.fromkeys((laboratory, "default")):
        for row in rows("limits"):
            if (row["laboratory"], row["test"]) != (chosen, name):
                continue
            if row["sex"] and row["sex"] != sex:
                continue
            years = 50.0 if age is None else age
            if not float(row["age_from"] or 0) <= years < float(row["age_to"] or 200):
                continue
            factor = tests()[name].units[row["unit"]]
            low, high = (
                None if value is None else value * factor
                for value in (number(row["low"]), number(row["high"]))
            )
            return Limits(low, high, row["grade"], row["source"])
    return None
