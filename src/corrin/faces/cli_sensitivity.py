"""The command that ranks the uncertain parameters by what they do to a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corrin.errors import InputError, ModelError, unknown
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console
from corrin.faces.wording import number, percent, quantity
from corrin.files import whole_file
from corrin.provenance import PURPOSE, now, versions
from corrin.units import format_time, parse_time
from corrin.variables import catalogue

if TYPE_CHECKING:
    import pandas as pd
    import xarray
    from rich.table import Table

    from corrin.evidence.screening import Progress
    from corrin.model.ensemble import Ensemble

#: More trajectories than this are a slip of the pen: they would take hours.
MOST = 10_000
_FIGURES = (".png", ".svg")
_SHOWN = 20  # pairs of parameters that are printed


def sensitivity(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A shipped name or a YAML file.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Look at this time, such as 5y; else the "
                                 "end.")
    ] = None,
    output: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An output; may be given again.")
    ] = None,
    trajectories: Annotated[
        int, typer.Option(metavar="N", help="Steps in each parameter.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of the design.")] = 1,
    sobol: Annotated[
        bool, typer.Option("--sobol", help="Also weigh the ten that matter most to each output.")
    ] = False,
    identifiability: Annotated[
        bool, typer.Option("--identifiability", help="What the data say of each parameter.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the whole table: .csv.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw it: .png or .svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:  # fmt: skip
    """Rank the uncertain parameters by how much they change a run."""
    check_target(out, (".csv",), "--out")
    check_target(figure, _FIGURES, "--figure")
    if identifiability:
        if scenario is not None:
            raise InputError(
                "takes no scenario", where="--identifiability", hint="it is a matter of the fit"
            )
        _identifiability(out, figure, as_json)
        return
    if scenario is None:
        raise InputError("no scenario", where="SCENARIO", hint="name one, such as vegan")
    if not 2 <= trajectories <= MOST:
        raise InputError(
            f"{trajectories} trajectories", where="--trajectories", hint=f"give 2 to {MOST}"
        )
    for name in output or ():
        if name not in catalogue():
            raise unknown("output", name, catalogue(), "--output")
    from corrin.study import Scenario

    subject = Scenario.load(scenario)
    time = None if at is None else parse_time(at, where="--at")
    if time is not None and time <= 0:
        raise InputError(f"{at!r} is not after the start", where="--at", hint="write it as 5y")
    from corrin.evidence import sensitivity as study

    with _bar(f"{subject.name}: elementary effects") as told:
        effects = study.morris(subject, time, output or None, trajectories, seed, progress=told)
    indices = None
    if sobol:
        with _bar(f"{subject.name}: total effects") as told:
            indices = study.sobol(subject, effects, seed=seed, progress=told)
    rows = study.table(effects, indices)
    _write(rows, out)
    if figure is not None:
        from corrin.faces.sensitivity_plot import plot_effects

        plot_effects(effects, figure)
    if as_json:
        print_json(
            {
                "scenario": subject.name,
                "time": effects.attrs["time"],
                "counts": _counts(effects),
                "rows": _records(rows),
                "manifest": {**json.loads(effects.attrs["manifest"]), "use": PURPOSE},
            }
        )
        return
    screen = console()
    moment = format_time(float(effects.attrs["time"]))
    screen.print(f"{subject.name}, at {moment}: what matters", style="bold", highlight=False)
    for name in effects["output"].values:
        screen.print()
        screen.print(_table(rows[rows["output"] == str(name)]), highlight=False)
    screen.print(f"\n{_EXPLAINED}\n{_told(effects)}", style="dim", highlight=False)
    _close(screen, out, figure)


_EXPLAINED = (
    "The range of a parameter is 1.645 widths of its prior to either side of the shipped value. "
    "change: mean size of the change of the output over that range, while all others vary "
    "too; a factor where the output is compared by its logarithm, as laboratory values are. mu*: "
    "the same before it is made a factor, +- half of its 95 % interval."
)


def _told(effects: xarray.Dataset) -> str:
    """Say how many parameter sets were left out."""
    counts = _counts(effects)
    return (
        f"{counts['steps_tried']} steps; {counts['steps_infeasible']} led to parameters that no "
        f"body can have and {counts['steps_unsolved']} to runs that could not be solved, and were "
        f"taken again elsewhere. Of {counts['starts_tried']} starts drawn, "
        f"{counts['starts_infeasible']} were no body and {counts['starts_unsolved']} not solved."
    )


def _counts(effects: xarray.Dataset) -> dict[str, int]:
    return {k: int(v) for k, v in effects.attrs.items() if k.startswith(("starts", "steps"))}


def _table(rows: pd.DataFrame) -> Table:
    """Return the table of the parameters that matter most to one output."""
    from rich.table import Table

    from corrin.evidence.sensitivity import TOP, words

    first = rows.iloc[0]
    table = Table(box=None, pad_edge=False, header_style="bold", title=str(first["long_name"]))
    table.title_justify = "left"
    weighed = "total" in rows
    table.add_column("Parameter", min_width=34)
    if not weighed:  # there is no room for both; a file holds all
        for heading in ("from", "to"):
            table.add_column(heading, justify="right")
        table.add_column("unit")
    for heading in ("change", "mu*", "+-"):
        table.add_column(heading, justify="right")
    table.add_column("more of it", min_width=10)
    if weighed:
        table.add_column("share of variance", justify="right")
    for _, row in rows.head(TOP).iterrows():
        if not row["mu_star"] > 0:
            continue
        cells = [words(str(row["parameter"]))]
        if not weighed:
            cells += [number(row["low"]), number(row["high"])]
            cells += [str(row["parameter_unit"]).replace("_", " ")]
        cells += [change(row["mu_star"], row["scale"], row["unit"])]
        cells += [f"{row['mu_star']:.2g}", f"{row['mu_star_conf']:.1g}", str(row["direction"])]
        if weighed:
            cells.append(f"{percent(row['total'])} +- {percent(row['total_conf'])}")
        table.add_row(*cells)
    if not table.rows:
        table.add_row("nothing that is uncertain changes it")
    return table


def change(mu_star: float, scale: str, unit: str) -> str:
    """Return the size of an effect as people read it: a factor, or an amount."""
    import math

    return f"x {number(math.exp(mu_star))}" if scale == "log" else quantity(mu_star, unit)


def _identifiability(out: Path | None, figure: Path | None, as_json: bool) -> None:
    """Print what the data say of each parameter."""
    from corrin.evidence.identifiability import correlations, identifiability

    members = _members()
    rows = identifiability(members=members)
    pairs = correlations(members) if members is not None else None
    _write(rows, out)
    if figure is not None:
        from corrin.faces.sensitivity_plot import plot_told

        plot_told(rows, figure)
    if as_json:
        stamp = {**versions(), "created": now(), "use": PURPOSE}
        tied = None if pairs is None else _records(pairs)
        print_json({"rows": _records(rows), "correlations": tied, "manifest": stamp})
        return
    screen = console()
    screen.print(_fitted(rows), highlight=False)
    told = rows["told_by_data"]
    screen.print(
        f"\nOf {len(rows)} parameters, the data settle {int((told >= 0.9).sum())} (told 90 % or "
        f"more) and say next to nothing of {int((told < 0.1).sum())} (less than 10 %).",
        highlight=False,
    )
    if pairs is None:
        screen.print("No ensemble is shipped: correlations are not known.", highlight=False)
    else:
        screen.print()
        screen.print(_tied(pairs), highlight=False)
        left = len(pairs) - _SHOWN
        if left > 0:
            screen.print(f"and {left} more pairs", style="dim", highlight=False)
    screen.print(
        "\ntold by data: share of the prior variance that the data removed, by the slope of the "
        "fit; told by members: the same from the spread of the ensemble.",
        style="dim",
        highlight=False,
    )
    _close(screen, out, figure)


def _members() -> Ensemble | None:
    """Return the shipped ensemble; None where none is shipped."""
    from corrin.model.ensemble import ensemble

    try:
        return ensemble()
    except ModelError:
        return None


def _fitted(rows: pd.DataFrame) -> Table:
    from rich.table import Table

    from corrin.evidence.sensitivity import words

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Parameter")
    members = "told_by_members" in rows
    headings = ["prior", "fitted", "from", "to", "told by data"]
    for heading in [*headings, "told by members"] if members else headings:
        table.add_column(heading, justify="right")
    for _, row in rows.iterrows():
        cells = [number(row[name]) for name in ("prior", "value", "low", "high")]
        cells += [percent(row["told_by_data"])]
        cells += [percent(row["told_by_members"])] if members else []
        table.add_row(words(str(row["parameter"])), *cells)
    return table


def _tied(pairs: pd.DataFrame) -> Table:
    from rich.table import Table

    from corrin.evidence.sensitivity import words

    table = Table(box=None, pad_edge=False, header_style="bold", title="Tied by the data")
    table.title_justify = "left"
    for heading in ("Parameter", "and"):
        table.add_column(heading)
    for heading in ("correlation", "from", "to"):
        table.add_column(heading, justify="right")
    for _, row in pairs.head(_SHOWN).iterrows():
        cells = [f"{row[name]:+.2f}" for name in ("correlation", "low", "high")]
        table.add_row(words(str(row["first"])), words(str(row["second"])), *cells)
    return table


def _write(rows: pd.DataFrame, out: Path | None) -> None:
    if out is not None:
        with whole_file(out) as part:
            rows.to_csv(part, index=False)


def _records(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return rows in the types of JSON; what is missing is None."""
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def _close(screen: Any, *paths: Path | None) -> None:
    for path in paths:
        if path is not None:
            screen.print(f"\nWritten: {path}", highlight=False, markup=False, soft_wrap=True)
    screen.print(f"\n{PURPOSE}", style="dim")


@contextmanager
def _bar(text: str) -> Iterator[Progress | None]:
    """Show on a terminal how many steps were made."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
