"""The command of populations: a described group of people, simulated and summed up."""

from __future__ import annotations

import math
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corrin.errors import InputError
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console
from corrin.provenance import PURPOSE
from corrin.units import format_time, parse_time

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

#: More people than this are a slip of the pen: they would take hours.
MOST = 1_000_000


def population(
    group: Annotated[
        str, typer.Argument(metavar="GROUP", help="A shipped name or a YAML file, or list.")
    ],
    n: Annotated[int, typer.Option("--n", metavar="N", help="How many people.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Which people.")] = 1,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Follow them until then, such as 10y; else "
                                 "as the group says.")
    ] = None,
    true: Annotated[
        bool, typer.Option("--true", help="True values, without the noise of the laboratory.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write every person: .csv, .parquet or .nc.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:  # fmt: skip
    """Simulate a group of people: what is usual among them, and how many are beyond the limits."""
    from corrin.study.population import Group, groups, save_group, simulate_group
    from corrin.study.population.cohort import SUFFIXES
    from corrin.study.population.summary import summarise

    if group == "list":
        _list([Group.load(name) for name in groups()], groups(), as_json)
        return
    check_target(out, SUFFIXES, "--out")
    if not 1 <= n <= MOST:
        raise InputError(f"{n} people", where="--n", hint=f"give 1 to {MOST}")
    chosen = Group.load(group)
    end = chosen.until if until is None else parse_time(until, where="--until")
    if end < 0:
        raise InputError(f"{until!r} is before the start", where="--until", hint="write it as 5y")
    times = [0.0] if end == 0 else [0.0, end]
    with _bar(f"Simulating {chosen.name}", n) as step:
        dataset = simulate_group(
            chosen, n, seed, times, measured=not true, progress=lambda done, _: step(done)
        )
    rows = summarise(dataset)
    if out is not None:
        save_group(dataset, out)
    failed = int(dataset.attrs["failed"])
    if as_json:
        import json

        stamp = {**json.loads(dataset.attrs["manifest"]), "use": PURPOSE}
        records = rows.astype(object).where(rows.notna(), None).to_dict("records")
        print_json(
            {
                "group": chosen.name, "people": n, "seed": seed, "failed": failed,
                "summary": records, "manifest": stamp,
            }
        )  # fmt: skip
        return
    screen = console()
    screen.print(f"{chosen.name}: {n} people", style="bold")
    if chosen.description:
        screen.print(chosen.description)
    for time, part in rows.groupby("time"):
        screen.print()
        screen.print(_table(part, format_time(float(str(time)))), highlight=False)
    words = (
        "True values." if true else "Laboratory values as measured, with the noise of one sample."
    )
    screen.print(f"\n{words}", style="dim")
    if failed:
        screen.print(f"{failed} people could not be solved and are left out.", style="yellow")
    if out is not None:
        screen.print(f"\nWritten: {out}", highlight=False, soft_wrap=True)
    screen.print(f"\n{PURPOSE}", style="dim")


def _list(found: list[Any], names: tuple[str, ...], as_json: bool) -> None:
    """Print the groups that are shipped."""
    if as_json:
        rows = [
            {"name": key, "title": group.name, "description": group.description}
            for key, group in zip(names, found, strict=True)
        ]
        print_json({"groups": rows})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Group", no_wrap=True)
    table.add_column("Who they are")
    for key, group in zip(names, found, strict=True):
        table.add_row(key, group.description or group.name)
    console().print(table)


def _table(rows: pd.DataFrame, when: str) -> Table:
    """Return the table of one time."""
    from rich.table import Table

    from corrin.faces.wording import unit_text

    table = Table(box=None, pad_edge=False, header_style="bold", title=f"At {when}")
    table.title_justify = "left"
    table.add_column("Quantity")
    table.add_column("unit")
    for heading in ("median", "5 %", "95 %", "below limit", "above limit"):
        table.add_column(heading, justify="right")
    for row in rows.itertuples():
        numbers = [f"{float(str(value)):.3g}" for value in (row.median, row.p5, row.p95)]
        shares = [_share(row.below), _share(row.above)]
        table.add_row(str(row.long_name), unit_text(str(row.unit)), *numbers, *shares)
    return table


def _share(value: Any) -> str:
    """Return a share [%] as people read it; nothing where there is no limit."""
    if value is None or math.isnan(float(value)):
        return ""
    return f"{float(value):.1f} %"


def _bar(text: str, total: int) -> AbstractContextManager[Any]:
    """Return a context that gives a function to report progress with; silent but in a terminal."""
    if not sys.stderr.isatty():
        return nullcontext(lambda done: None)
    return _Bar(text, total)


class _Bar:
    """A bar of progress on stderr."""

    def __init__(self, text: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self.progress = Progress(console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task(text, total=total)

    def __enter__(self) -> Any:
        self.progress.start()
        return lambda done: self.progress.update(self.task, completed=done)

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
