"""The tables that the clinic stands on."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

Row = Mapping[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return the rows of the clinic's table `name`, every cell as text."""
    path = files("corrin.clinic") / "data" / f"{name}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(MappingProxyType(row) for row in csv.DictReader(lines))


def number(text: str) -> float | None:
    """Return the number in a cell; None for an empty one."""
    return float(text) if text else None
