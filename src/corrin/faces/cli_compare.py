"""The command that shows treatments side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corrin.errors import InputError
from corrin.faces.cli_files import check_target, print_json, strict
from corrin.faces.cli_terminal import console
from corrin.faces.cli_terminal import progress as _progress
from corrin.provenance import PURPOSE
from corrin.units import format_time, parse_time

if TYPE_CHECKING:
    from rich.table import Table

    from corrin.clinic.compare import Comparison, Course

_SUFFIXES = (".csv", ".parquet", ".json")
# Outputs that are shown at every moment; the others at the start and at the end.
_FOLLOWED = (
    "serum_b12", "methylmalonic_acid", "total_homocysteine", "hemoglobin", "disability_score"
)  # fmt: skip


def compare(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A shipped name or a YAML file, or list.")
    ],
    treat: Annotated[
        list[str] | None,
        typer.Option("--treat", metavar="LINE", help="A treatment: a regimen, a name of the "
                     "library, 'diet ...', 'stop ...', joined by ' + '. May be repeated."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="Treatment starts then, such as 5y.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Follow until then; else 5 years on.")
    ] = None,
    costs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your prices: a CSV of item, cost, "
                                  "currency.")
    ] = None,
    members: Annotated[
        int, typer.Option(metavar="N", min=0, max=1000, help="Members of the ensemble to run.")
    ] = 40,
    last_time: Annotated[
        bool, typer.Option("--last-time", help="Say when each plan comes too late for the nerves.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the table: .csv, .parquet or .json.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page: .html.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:  # fmt: skip
    """Show treatments of one person side by side: blood, nerve, symptoms, burden and cost.

    `corrin compare list` names the treatments of the library.
    """
    from corrin.clinic.compare import compare as simulate_plans
    from corrin.clinic.plans import prices
    from corrin.study import Scenario

    if scenario == "list":
        _library(as_json)
        return
    check_target(out, _SUFFIXES, "--out")
    check_target(report, (".html",), "--report")
    if not treat:
        raise InputError(
            "no treatment is given", where="--treat",
            hint="write for example --treat 'cyanocobalamin 1 mg oral daily'",
        )  # fmt: skip
    begin = None if start is None else parse_time(start, "--start")
    end = None if until is None else parse_time(until, "--until")
    chosen = Scenario.load(scenario)
    with _progress(f"Simulating {chosen.name}"):
        found = simulate_plans(
            chosen, treat, start=begin, until=end, members=members,
            costs=None if costs is None else prices(costs),
        )  # fmt: skip
    if out is not None:
        _write(found, out)
    if report is not None:
        from corrin.faces.compare_page import write_page

        write_page(found, report)
    lasting = []
    if last_time:
        from corrin.clinic.last_time import last_times

        with _progress("Looking for the last time"):
            lasting = last_times(chosen, [course.plan for course in found.courses], chosen.until)
    if as_json:
        more = {"last_times": [one.to_dict() for one in lasting]} if last_time else {}
        print_json({**found.to_dict(), **more})
        return
    _print(found)
    for letter, one in zip(_letters(found), lasting, strict=False):
        console().print(f"{letter}  {one.words}", markup=False, highlight=False)
    screen = console()
    for path in (out, report):
        if path is not None:
            screen.print(f"\nWritten: {path}", highlight=False, soft_wrap=True)
    screen.print(f"\n{PURPOSE}", style="dim")


def _print(found: Comparison) -> None:
    """Print a comparison as tables."""
    from corrin.clinic.compare import BLOOD, SYMPTOMS

    screen = console()
    screen.print(found.scenario.name, style="bold", markup=False, highlight=False)
    screen.print(
        f"Treatment starts at {format_time(found.start)}; followed until "
        f"{format_time(found.until)}.",
        highlight=False,
    )
    for letter, course in zip(_letters(found), found.courses, strict=True):
        screen.print(f"  {letter}  {course.plan.label}", markup=False, highlight=False)
    for title, names in (("Blood", BLOOD), ("Symptoms (0 to 4) and disability", SYMPTOMS)):
        screen.print()
        screen.print(_values(found, title, names), highlight=False)
    screen.print()
    screen.print(_lasting(found), highlight=False)
    screen.print()
    screen.print(_burdens(found), highlight=False)
    for note in found.notes:
        screen.print(f"\n{note}", style="dim", markup=False, highlight=False)
    screen.print(f"\nCosts: {found.prices.origin}.", style="dim", markup=False, highlight=False)


def _letters(found: Comparison) -> list[str]:
    return [chr(ord("A") + i) for i in range(len(found.courses))]


def _grid(title: str, found: Comparison, *first: str) -> Table:
    """Return a table with a column for each plan."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for heading in first:
        grid.add_column(heading)
    for letter in _letters(found):
        grid.add_column(letter, justify="right", no_wrap=True)
    return grid


def _values(found: Comparison, title: str, names: tuple[str, ...]) -> Table:
    """Return outputs at the moments that are shown."""
    from rich.markup import escape

    from corrin.faces.wording import after, unit_text
    from corrin.variables import catalogue

    grid = _grid(title, found, "", "when")
    for name in names:
        known = catalogue()[name]
        unit = unit_text(known.unit)
        label = escape(known.long_name.replace(" (0 to 4)", "") + (f" [{unit}]" if unit else ""))
        for moment in found.moments if name in _FOLLOWED else (found.start, found.until):
            cells = [_cell(*found.at(course, name, moment)) for course in found.courses]
            grid.add_row(label, after(moment, found.start), *cells)
            label = ""
    return grid


def _cell(value: float, low: float, high: float) -> str:
    """Return a value with its interval, if there is one."""
    from math import isfinite

    from corrin.faces.wording import number

    shown = f"{value:.1e}" if 0 < abs(value) < 1e-3 else number(value)
    if abs(value) < 0.005:
        shown = "0"
    if not (isfinite(low) and isfinite(high)):
        return shown
    return f"{shown} ({number(max(low, 0.0), 2)}–{number(max(high, 0.0), 2)})"


def _lasting(found: Comparison) -> Table:
    """Return the axons lost for good by tract."""
    grid = _grid("Axons lost for good at the end (%)", found, "")
    for tract in found.courses[0].lasting:
        cells = []
        for course in found.courses:
            lost = 100 * course.lasting[tract]
            cells.append(_cell(float(lost[0]), *_span(course, lost)))
        grid.add_row(tract.replace("_", " "), *cells)
    return grid


def _span(course: Course, values: object) -> tuple[float, float]:
    """Return the 5th and 95th percentile of the members beyond the central one."""
    import numpy as np

    others = np.asarray(values)[1:]
    if not len(others):
        return float("nan"), float("nan")
    low, high = np.nanpercentile(others, [5, 95])
    return float(low), float(high)


def _burdens(found: Comparison) -> Table:
    """Return what each plan asks of the person, and its cost."""
    grid = _grid("What it asks", found, "")
    for label, key in (
        ("Injections", "injections"), ("Tablets", "tablets"), ("Nasal doses", "nasal_doses"),
        ("Visits", "visits"),
    ):  # fmt: skip
        numbers = [getattr(course.burden, key) for course in found.courses]
        if key != "nasal_doses" or any(numbers):
            grid.add_row(label, *(str(n) for n in numbers))
    money = [f"{course.cost:.0f}" for course in found.courses]
    grid.add_row(f"Cost ({found.prices.currency})", *money)
    return grid


def _write(found: Comparison, path: Path) -> None:
    """Write the table of a comparison."""
    import json

    import pandas as pd

    from corrin.files import whole_file

    with whole_file(path) as part:
        if path.suffix == ".json":
            text = json.dumps(strict(found.to_dict()), allow_nan=False, ensure_ascii=False)
            part.write_text(text + "\n", encoding="utf-8")
        elif path.suffix == ".csv":
            pd.DataFrame(found.table()).to_csv(part, index=False)
        else:
            pd.DataFrame(found.table()).to_parquet(part)


def _library(as_json: bool) -> None:
    """Print the treatments of the library."""
    from rich.table import Table

    from corrin.clinic.tables import rows

    table = [r for r in rows("regimens") if r["treatment"] != "none"]
    if as_json:
        print_json({"treatments": [dict(row) for row in table]})
        return
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Name", "What it is", "Source"):
        grid.add_column(heading, overflow="fold")
    for row in table:
        grid.add_row(row["name"], row["treatment"], row["source"] or row["grade"])
    screen = console()
    screen.print(grid)
    screen.print(f"\n{PURPOSE}", style="dim")
