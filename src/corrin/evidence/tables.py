"""Carry fitted values into the tables beside the modules (a source checkout only)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.resources import files
from io import StringIO
from pathlib import Path
from types import MappingProxyType

from corrin.errors import ModelError
from corrin.files import write_whole

VALUE, GRADE, SPREAD = 1, 4, 3


def write_values(
    values: Mapping[str, float],
    column: int = VALUE,
    *,
    untold: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write values by row of the tables; a fitted value makes its row ``fitted``.

    Parameters
    ----------
    values : mapping of str to float
        By row name; ``optic.weight_trophic`` gets a row of its own if there is a common row only.
    column : int
        `VALUE` or `SPREAD`.
    untold : mapping of str to str
        Rows of which the data say next to nothing, with the grade of their prior: their value is
        that of the prior, and so is their grade.
    """
    left = dict(values)
    for path in sorted((Path(str(files("corrin.model"))) / "modules").glob("*.csv")):
        if path.name == "units.csv":
            continue
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        known = {row[0] for row in rows}
        wanted = [name for name in left if name not in known]
        found = [row for old in rows for row in _with_own_rows(old, wanted)]
        for row in found[1:]:
            if row[0] in left:
                row[column] = f"{left.pop(row[0]):.5g}"
                if column == VALUE:
                    row[GRADE] = untold.get(row[0], "fitted")
        if found != rows:
            text = StringIO()
            csv.writer(text, lineterminator="\n").writerows(found)
            write_whole(path, text.getvalue().encode())
    if left:
        raise ModelError(f"no row {sorted(left)} in the tables", where="modules")


def _with_own_rows(row: list[str], wanted: list[str]) -> list[list[str]]:
    """Return a common row, followed by the rows that instances now get of their own."""
    own = [name for name in wanted if name.endswith(f".{row[0]}")]
    return [row.copy(), *([name, *row[1:]] for name in own)]
