"""The tables that the study stands on: foods, diets, causes, drugs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from corrin.errors import unknown
from corrin.model.loader import read_inputs

Row = Mapping[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return the rows of the study's table `name`, every cell as text."""
    path = files("corrin.study") / "data" / f"{name}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(MappingProxyType(row) for row in csv.DictReader(lines))


def default(name: str) -> float:
    """Return the value that the model gives to its input `name` [unit of the input]."""
    return read_inputs()[name].value


@cache
def _names(table: str, column: str) -> Mapping[str, str]:
    """Return every spelling of the things in a table, folded, with the name it stands for."""
    found: dict[str, str] = {}
    for row in rows(table):
        for spelling in (row[column], *row.get("aliases", "").split(";")):
            if spelling:
                found.setdefault(fold(spelling), row[column])
    return MappingProxyType(found)


def fold(text: str) -> str:
    """Return `text` as names are compared: lower case, single spaces, no hyphens."""
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())


def lookup(kind: str, written: str, table: str, column: str, where: str | None) -> str:
    """Return the name that `written` stands for, by name or alias.

    Parameters
    ----------
    kind : str
        What is looked up, for the error.
    written : str
        What was written.
    table, column : str
        Table, and its column of names; its column ``aliases`` is searched as well.
    where : str or None
        Where it was written, for the error.

    Returns
    -------
    str
        Name as in the table.
    """
    known = _names(table, column)
    if fold(written) not in known:
        raise unknown(kind, written, set(known.values()), where)
    return known[fold(written)]


def spellings(table: str, column: str) -> Mapping[str, str]:
    """Return every folded spelling in a table with the name it stands for."""
    return _names(table, column)
