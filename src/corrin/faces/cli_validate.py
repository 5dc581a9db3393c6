"""The command that sets the model beside every published observation."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corrin.errors import InputError, unknown
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console
from corrin.faces.wording import number, percent, quantity
from corrin.files import whole_file
from corrin.provenance import PURPOSE, now, versions

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from corrin.evidence.validate import Each, Row

_USES = {"validate": "Validation", "calibrate": "Calibration"}


def validate(
    theme: Annotated[
        str | None, typer.Option(metavar="THEME", help="Only this theme, such as kinetics.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table: .csv.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page that any browser opens: .html.")
    ] = None,
    replay: Annotated[
        bool,
        typer.Option("--replay", help="Replay everything, even where the result ships (minutes)."),
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Replay everything and ship the result (a checkout).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Compare the model with all published observations, misses first."""
    check_target(out, (".csv",), "--out")
    check_target(report, (".html",), "--report")
    if write and theme is not None:
        raise InputError("only a whole replay can ship", where="--write", hint="leave --theme out")
    from corrin.evidence.observations import THEMES

    if theme is not None and theme not in THEMES:
        raise unknown("theme", theme, THEMES, where="--theme")
    from corrin.evidence import replayed
    from corrin.evidence.validate import records, summary, validation

    began = time.monotonic()
    known = None if replay or write else replayed.shipped()
    with _counting() as each:
        table = validation(
            theme=theme, predictions=ensemble_predictions(), central=known, each=each
        )
    if write:
        replayed.write(records(table), time.monotonic() - began)
    stamp = _manifest()
    if out is not None:
        with whole_file(out) as part:
            table.to_csv(part, index=False)
    if report is not None:
        from corrin.faces.validation_page import validation_page

        text = validation_page(table, stamp)
        with whole_file(report) as part:
            part.write_text(text, encoding="utf-8")
    if as_json:
        found = {"rows": _records(table), "summary": _records(summary(table))}
        print_json({**found, "manifest": stamp})
        return
    screen = console()
    print_validation(table, screen)
    for path in (out, report):
        if path is not None:
            screen.print(f"\nWritten: {path}", highlight=False, markup=False, soft_wrap=True)
    screen.print(f"\n{PURPOSE}", style="dim")


def print_validation(table: pd.DataFrame, screen: Console) -> None:
    """Print the misses, then every theme, then how often the model agrees.

    Parameters
    ----------
    table : DataFrame
        What `corrin.evidence.validate.validation` returned.
    screen : Console
        Where to print.
    """
    from corrin.evidence.observations import THEMES
    from corrin.evidence.validate import misses, records, summary

    for use, name in _USES.items():
        missed = misses(table, use)
        if len(missed):
            screen.print(f"{name}: what the model misses", style="bold", highlight=False)
            for row in records(missed):
                _print_miss(row, screen)
            screen.print()
    for theme in THEMES:
        for use, name in _USES.items():
            own = table[(table["theme"] == theme) & (table["use"] == use)]
            if len(own):
                screen.print(_rows(f"{theme.capitalize()}, {name.lower()}", own))
                screen.print()
    screen.print(_counts(summary(table)))
    screen.print(
        "\nin view: the number was known when the model was built, so that agreement proves less.\n"
        "fold: half of the predictions are within this factor. coverage: published values within "
        "the interval of the prediction.",
        style="dim",
        highlight=False,
    )


def reason(note: str) -> str:
    """Return the sentence of a note that speaks of the model, else its last one."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[\"'A-Z0-9])", note.strip())
    return next((s for s in sentences if re.search(r"\bmodel\b", s)), sentences[-1])


@contextmanager
def _counting() -> Iterator[Each | None]:
    """Show on a terminal which observation is replayed."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("Replaying what was published") as status:
        yield lambda i, n, o: status.update(f"Replaying what was published: {i} of {n}, {o.theme}")


def _print_miss(row: Row, screen: Console) -> None:
    """Print one miss, and under it why."""
    from rich.padding import Padding
    from rich.text import Text

    from corrin.faces.validation_page import published_spread

    spread = published_spread(row)
    published = quantity(row["value"], row["unit"]) + (f" ({spread})" if spread else "")
    predicted = number(row["predicted"]) if isfinite(row["predicted"]) else "not solved"
    words = f"{row['theme']}: {row['quantity']}: published {published}, model {predicted}"
    screen.print(Padding(Text(words), (0, 0, 0, 2)))
    if row["note"]:
        screen.print(Padding(Text(reason(row["note"]), style="dim"), (0, 0, 0, 6)))


def _rows(title: str, rows: pd.DataFrame) -> Table:
    """Return a table of observations."""
    from rich.markup import escape

    from corrin.evidence.validate import records
    from corrin.faces.validation_page import published_spread

    table = _table(title, "Observation", ">published", "spread", ">model", ">fold", "")
    for row in records(rows):
        table.add_row(
            escape(row["quantity"]),
            escape(quantity(row["value"], row["unit"])),
            published_spread(row),
            number(row["predicted"]) if isfinite(row["predicted"]) else "not solved",
            number(row["fold"]) if isfinite(row["fold"]) else "-",
            "" if row["agrees"] else "MISS",
        )
    return table


def _counts(counts: pd.DataFrame) -> Table:
    """Return the table of how often the model agrees."""
    from corrin.evidence.validate import records

    table = _table(
        "How often it agrees", "Theme", "", ">agree", ">share", ">studies", ">fold", ">coverage"
    )
    use = ""
    for row in records(counts):
        if row["use"] != use:
            use = row["use"]
            table.add_row(f"[bold]{_USES[use]}[/bold]")
        table.add_row(
            "all themes" if row["theme"] == "all" else row["theme"],
            "in view" if row["known"] else "not in view",
            f"{row['agree']} of {row['observations']}",
            percent(row["share"]),
            str(row["studies"]),
            number(row["fold"]) if isfinite(row["fold"]) else "-",
            percent(row["coverage"]) if isfinite(row["coverage"]) else "-",
        )
    return table


def _table(title: str, *columns: str) -> Table:
    """Return an empty table; a column that begins with > holds numbers."""
    from rich.table import Table

    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for column in columns:
        table.add_column(
            column.removeprefix(">"),
            justify="right" if column.startswith(">") else "left",
            overflow="fold",
        )
    return table


def _records(table: pd.DataFrame) -> list[Row]:
    """Return rows in the types of JSON; what is missing is None."""
    from corrin.evidence.validate import records

    return records(table.astype(object).where(table.notna(), None))


def ensemble_predictions() -> pd.DataFrame | None:
    """Return what the members of the shipped ensemble give; None where none is shipped."""
    from corrin.evidence.member_predictions import predictions

    try:
        return predictions()
    except FileNotFoundError:
        return None


def _manifest() -> dict[str, Any]:
    """Return what the comparison was made with."""
    from corrin.model import load_model
    from corrin.model.loader import PARAMETER_SET

    made = {"model": load_model().hash, "parameters": PARAMETER_SET}
    return {**versions(), **made, "created": now(), "use": PURPOSE}
