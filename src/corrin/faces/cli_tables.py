"""Tables of evidence as the command line prints them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from corrin.faces.wording import number

if TYPE_CHECKING:
    from pandas import DataFrame

ASIDE = ("source", "note")  # too long to print; files and machines get them
THEME = "theme"  # a column that becomes a heading wherever it changes


def evidence(title: str, rows: DataFrame) -> Table:
    """Return a table of evidence.

    Parameters
    ----------
    title : str
        What it is.
    rows : DataFrame
        One row for each comparison.

    Returns
    -------
    Table
        Numbers to the right, a heading wherever the theme changes.
    """
    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    shown = [str(name) for name in rows.columns if name not in (*ASIDE, THEME)]
    for name in shown:
        numeric = rows[name].dtype.kind in "fiu"
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    theme = None
    for row in rows.to_dict("records"):
        if row.get(THEME) != theme:
            theme = row[THEME]
            table.add_row()
            table.add_row(f"[bold]{escape(str(theme))}[/bold]")
        table.add_row(*(_cell(row[name]) for name in shown))
    return table


def _cell(value: object) -> str:
    """Return one value as it is printed."""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    return number(value) if isinstance(value, float) else escape(str(value))
