"""The command of the nerve laboratory: what conduction studies and evoked potentials would find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corrin.errors import InputError
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console, progress
from corrin.files import whole_file
from corrin.provenance import PURPOSE
from corrin.units import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from corrin.nerve import Examination
    from corrin.study import Result

_MARKS = {"low": " L", "high": " H"}  # as laboratories print them


def nerve(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A shipped name or a YAML file.")
    ],
    at: Annotated[
        str | None,
        typer.Option(metavar="TIMES", help="When to examine, such as 0y,3y,6y; else start, "
                     "worst moment and end."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Which person, with noise of measurement; else the "
                     "average one without noise."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table: .csv.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page that any browser opens: .html.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:  # fmt: skip
    """Examine the person's nerves: conduction studies and evoked potentials."""
    check_target(out, (".csv",), "--out")
    check_target(report, (".html",), "--report")
    from corrin.study import Scenario, simulate

    chosen = Scenario.load(scenario)
    times = None if at is None else _times(at, chosen.until)
    if report is not None:
        from corrin.faces.nerve_section import MOST

        if times is not None and len(times) > MOST:
            raise InputError(
                f"a page shows at most {MOST} times", where="--at", hint="name fewer, or use --out"
            )
    with progress(f"Simulating {chosen.name}"):
        result = simulate(chosen)
    moments = _moments(result, times)
    with progress("Examining the nerves"):
        from corrin.nerve import run_nerve

        found = run_nerve(result, [time for _, time in moments], seed)
    labels = [label for label, _ in moments]
    if out is not None:
        _write_table(found, moments, out)
    if report is not None:
        with progress("Drawing the page"):
            text = _page(result, found, moments)
            with whole_file(report) as beside:
                beside.write_text(text, encoding="utf-8")
    if as_json:
        rows = [
            {"time": time, **examination.to_dict()}
            for (_, time), examination in zip(moments, found, strict=True)
        ]
        stamp = {**result.manifest, "seed": seed, "use": PURPOSE}
        print_json({"scenario": chosen.name, "examinations": rows, "manifest": stamp})
        return
    screen = console()
    screen.print(f"{chosen.name}: what the nerve laboratory would find", style="bold")
    screen.print()
    screen.print(_table(found, labels), highlight=False)
    screen.print("\nL, H: outside the normal limits. absent: no response.", style="dim")
    from corrin.faces.nerve_section import assumed

    for words in assumed(found):
        screen.print(f"{words}.", style="dim")
    for path in (out, report):
        if path is not None:
            screen.print(f"\nWritten: {path}", highlight=False, soft_wrap=True)
    screen.print(f"\n{PURPOSE}", style="dim")


def _times(text: str, until: float) -> list[float]:
    """Return times [day] that a user wrote with commas between, each once and within the run."""
    times: list[float] = []
    for word in (part.strip() for part in text.split(",")):
        time = parse_time(word, where="--at")
        if not 0 <= time <= until:
            raise InputError(
                f"{word!r} is not within the run",
                where="--at",
                hint=f"it goes from 0 y to {format_time(until)}",
            )
        if time in times:
            raise InputError(f"{word!r} is there twice", where="--at", hint="name it once")
        times.append(time)
    return times


def _moments(result: Result, times: Sequence[float] | None) -> list[tuple[str, float]]:
    """Return label and time [day] of each examination; start, worst and end by default."""
    from corrin.faces import findings
    from corrin.faces.curves import curves
    from corrin.faces.wording import Clock

    clock = Clock.spanning(result.scenario.until)
    if times is not None:
        return [("Start" if t == 0 else clock.text(t).capitalize(), t) for t in times]
    drawn = curves(result)
    return findings.moments(drawn, findings.worst(drawn), clock)


def _page(
    result: Result, found: Sequence[Examination], moments: Sequence[tuple[str, float]]
) -> str:
    """Return the page, with a healthy fibre beside one of the dorsal columns at their worst."""
    from corrin.faces.nerve_fibres import damaged, fibres_of
    from corrin.faces.nerve_section import nerve_page

    states = [(damaged(result, time), words) for words, time in moments]
    worst, label = min(states, key=lambda state: state[0].myelin)
    fibres = fibres_of(worst, label)
    return nerve_page(result, found, [label for label, _ in moments], fibres)


def _table(found: Sequence[Examination], labels: Sequence[str]) -> Table:
    """Return the laboratory's table: study, unit, normal limits, one column for each time."""
    from rich.table import Table

    from corrin.faces.nerve_section import limit_text, value_text
    from corrin.faces.wording import unit_text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Study")
    table.add_column("unit")
    table.add_column("normal")
    for label in labels:
        table.add_column(label, justify="right")
    for row in zip(*(examination.findings for examination in found), strict=True):
        limit = row[0].limit
        cells = [
            value_text(f) + (_MARKS[limit.harm] if f.flag == "abnormal" else "  ") for f in row
        ]
        table.add_row(limit.long_name, unit_text(limit.unit), limit_text(limit), *cells)
    return table


def _write_table(
    found: Sequence[Examination], moments: Sequence[tuple[str, float]], path: Path
) -> None:
    """Write all findings as CSV, one row for each quantity and time [day]."""
    import pandas

    frames = []
    for (_, time), examination in zip(moments, found, strict=True):
        frame = examination.frame()
        frame.insert(0, "time", time)
        frames.append(frame)
    with whole_file(path) as part:
        pandas.concat(frames).to_csv(part, index=False)
