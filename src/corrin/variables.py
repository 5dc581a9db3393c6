"""The catalogue of public outputs: name, unit, long name and reference range of each."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True)
class Variable:
    """One public output.

    Attributes
    ----------
    name : str
        Public name, the same in every file and command.
    unit : str
        Unit of its values, ``1`` for a pure number.
    long_name : str
        Name to print.
    group : str
        ``laboratory``, ``stores``, ``chemistry``, ``nerve``, ``vessels`` or ``symptom``.
    low, high : float or None
        Reference limits [unit]; None where there is none.
    """

    name: str
    unit: str
    long_name: str
    group: str
    low: float | None
    high: float | None


@cache
def catalogue() -> Mapping[str, Variable]:
    """Return every public output by name, in the order in which people read them."""
    text = (files("corrin") / "variables.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            row["name"]: Variable(
                row["name"],
                row["unit"],
                row["long_name"],
                row["group"],
                float(row["low"]) if row["low"] else None,
                float(row["high"]) if row["high"] else None,
            )
            for row in csv.DictReader(text.splitlines())
        }
    )
