"""The command line: each command names its arguments, calls one room and prints the answer.

Results go to stdout, everything else (progress, errors) to stderr. Heavy libraries are
imported inside the commands, so that help and errors come at once.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corrin import __version__
from corrin.errors import InputError, unknown
from corrin.faces.cli_calibrate import calibrate
from corrin.faces.cli_cite import cite
from corrin.faces.cli_compare import compare
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_group import EXIT_FAILURE, OneLineErrors
from corrin.faces.cli_interpret import interpret
from corrin.faces.cli_nerve import nerve
from corrin.faces.cli_population import population
from corrin.faces.cli_rerun import rerun
from corrin.faces.cli_sensitivity import sensitivity
from corrin.faces.cli_serve import serve
from corrin.faces.cli_terminal import console as _console
from corrin.faces.cli_terminal import progress as _progress
from corrin.faces.cli_validate import validate
from corrin.faces.cli_why import why
from corrin.files import whole_file
from corrin.provenance import PURPOSE
from corrin.units import parse_time

if TYPE_CHECKING:
    from pandas import DataFrame

    from corrin.study import Scenario


app = typer.Typer(
    name="corrin",
    cls=OneLineErrors,
    help=f"Simulate vitamin B12 deficiency, from food to symptom.\n\n{PURPOSE}",
    add_completion=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Chosen = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped name or a YAML file.")]


def main() -> None:
    """Run the command line."""
    # A terminal that cannot show a sign (µ, ⁹) gets a substitute, not an error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    app(prog_name="corrin")


@app.callback(invoke_without_command=True)
def _corrin(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"corrin {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def scenarios(as_json: Json = False) -> None:
    """List the scenarios that are shipped."""
    from corrin.study import Scenario, shipped

    found = [Scenario.load(name) for name in shipped()]
    if as_json:
        rows = [
            {
                "name": key,
                "title": scenario.name,
                "description": scenario.description,
                "until": scenario.until,
            }
            for key, scenario in zip(shipped(), found, strict=True)
        ]
        print_json({"scenarios": rows})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Scenario", no_wrap=True)
    table.add_column("What it is")
    for key, scenario in zip(shipped(), found, strict=True):
        table.add_row(key, scenario.description or scenario.name)
    _console().print(table)


@app.command()
def run(
    scenario: Chosen,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="End at this time, such as 10y or 18mo.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the result: .nc, .parquet, .csv or .json.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report that any browser opens: .html.")
    ] = None,
    member: Annotated[
        int | None,
        typer.Option(metavar="N", help="Parameter set N of the ensemble, not the central one."),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="compiled, cuda or roadrunner.")
    ] = "compiled",
    as_json: Json = False,
) -> None:
    """Simulate one person and sum up what happens."""
    from corrin.study.result import SUFFIXES

    check_target(out, SUFFIXES, "--out")
    check_target(report, (".html",), "--report")
    chosen, end = _scenario(scenario), _time(until, "--until")

    with _progress(f"Simulating {chosen.name}"):
        from corrin.engine import choose_engine
        from corrin.model import load_model
        from corrin.study import simulate

        chosen_engine = choose_engine(engine, load_model())
        result = simulate(chosen, until=end, member=member, engine=chosen_engine)
    if out is not None:
        result.save(out)
    if report is not None:
        with _progress("Drawing the report"):
            from corrin.faces.report import write_report

            write_report(result, report)

    if as_json:
        from corrin.faces.story import told

        answer = result.to_dict()
        stamp = {**answer["manifest"], "use": PURPOSE}
        print_json({**answer, **told(result), "manifest": stamp})
        return
    from corrin.faces.cli_summary import print_summary

    console = _console()
    print_summary(result, console)
    for path in (out, report):
        if path is not None:
            console.print(f"\nWritten: {path}", highlight=False, soft_wrap=True)
    console.print(f"\n{PURPOSE}", style="dim")


app.command()(rerun)


app.command()(why)
app.command()(compare)
app.command()(interpret)
app.command()(nerve)
app.command()(population)
app.command()(cite)
app.command()(sensitivity)
app.command()(serve)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the model.")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="sbml or antimony.")
    ] = "sbml",
) -> None:
    """Write the model for other simulators."""
    from corrin.formats.sbml import FORMATS, export_model

    if form not in FORMATS:
        raise unknown("format", form, FORMATS, where="--format")
    check_target(file, FORMATS[form].suffixes, "FILE")
    with _progress("Composing the model"):
        from corrin.model import load_model

        export_model(load_model(), form, file)
    sys.stderr.write(f"Written: {file}\n")


@app.command()
def solve(
    file: Annotated[Path, typer.Argument(metavar="FILE.xml", help="Any SBML model.")],
    end: Annotated[float, typer.Option(help="End of the run, in the time unit of the model.")],
    steps: Annotated[int, typer.Option(help="Number of intervals between outputs.")],
    out: Annotated[Path, typer.Option(help="Write the table: .csv.")],
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance.")] = None,
    atol: Annotated[float | None, typer.Option(help="Absolute tolerance.")] = None,
    amounts: Annotated[bool, typer.Option("--amounts", help="Amounts of species.")] = False,
) -> None:
    """Solve any SBML model and write its time course."""
    from corrin.engine.solve import RTOL
    from corrin.engine.solve_command import solve_file

    check_target(out, (".csv",), "--out")
    with _progress(f"Solving {file}"):
        solve_file(
            file,
            end=end,
            steps=steps,
            out=out,
            rtol=RTOL if rtol is None else rtol,
            atol=atol,
            amounts=amounts,
        )
    sys.stderr.write(f"Written: {out}\n")


app.command()(validate)


@app.command()
def experiments(
    out: Annotated[Path | None, typer.Option(help="Write the table: .csv.")] = None,
    as_json: Json = False,
) -> None:
    """Repeat the natural experiments: people in whom only a part of the chain is broken."""
    check_target(out, (".csv",), "--out")
    with _progress("Repeating the natural experiments"):
        from corrin.evidence.natural import table

        rows = table()
    _answer("Natural experiments", rows, out, as_json)


app.command()(calibrate)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this installation: libraries, model, a first simulation."""
    from corrin.faces.doctor import examine

    with _progress("Checking"):
        checks = examine()
    if as_json:
        rows = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks]
        print_json({"ok": all(c.ok for c in checks), "checks": rows})
    else:
        console = _console()
        for check in checks:
            word = "[green]ok[/green]  " if check.ok else "[red]FAIL[/red]"
            console.print(f"{word}  {check.name}: ", end="", highlight=False)
            console.print(check.detail, markup=False, highlight=False, soft_wrap=True)
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_FAILURE)


def _scenario(name: str) -> Scenario:
    """Return the scenario with a shipped name or in a file."""
    from corrin.study import Scenario

    return Scenario.load(name)


def _time(text: str | None, option: str) -> float | None:
    """Return a time [day] as written by a user, None where none was asked for."""
    if text is None:
        return None
    time = parse_time(text, where=option)
    if time <= 0:
        raise InputError(f"{text!r} is not after the start", where=option, hint="write it as 5y")
    return time


def _manifest() -> dict[str, str]:
    """Return what an answer without a run of its own is stamped with."""
    return {"corrin": __version__, "use": PURPOSE}


def _answer(title: str, rows: DataFrame, out: Path | None, as_json: bool) -> None:
    """Give a table to a file, to a machine or to a reader."""
    if out is not None:
        with whole_file(out) as part:
            rows.to_csv(part, index=False)
    if as_json:
        records = rows.astype(object).where(rows.notna(), None).to_dict("records")
        print_json({"rows": records, "manifest": _manifest()})
        return
    from corrin.faces.cli_tables import evidence

    _console().print(evidence(title, rows))
    if out is not None:
        sys.stderr.write(f"Written: {out}\n")
