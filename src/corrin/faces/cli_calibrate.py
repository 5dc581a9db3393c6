"""The command that fits the model anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from corrin.errors import InputError
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console
from corrin.provenance import PURPOSE, versions


def calibrate(
    out: Annotated[Path | None, typer.Option(help="Write all that was fitted: .json.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Carry the values into the model of this checkout.")
    ] = False,
    ensemble: Annotated[
        bool,
        typer.Option("--ensemble", help="Only make the ensemble anew, around the written fit."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Fit the parameters anew to the published numbers (takes many minutes)."""
    check_target(out, (".json",), "--out")
    if ensemble and (write or out is not None):
        raise InputError("asked for the fit and the ensemble at once", where="--ensemble")
    from corrin.evidence.calibrate import main as fit

    if ensemble:
        from corrin.evidence.calibrate import written
        from corrin.evidence.ensemble import main as make

        made = make(written(), progress=_tell)
        if as_json:
            print_json({"ensemble": made, "manifest": {**versions(), "use": PURPOSE}})
            return
        print(f"{made['kept']} of {made['tried']} draws fit and were written")
        return
    found = fit(out, write=write, progress=_tell)
    if as_json:
        print_json({**found, "manifest": {**versions(), "use": PURPOSE}})
        return
    for stage in found["stages"]:
        _show(stage)
    console().print(f"\n{found['seconds']:.0f} s. {PURPOSE}", style="dim", highlight=False)


def _tell(what: str, cost: float) -> None:
    """Say on stderr how far the work is."""
    typer.echo(f"{what}: {cost:.6g}", err=True)


def _show(stage: Mapping[str, Any]) -> None:
    """Print one part of the fit."""
    screen = console()
    agree = sum(row["agrees"] for row in stage["observations"])
    screen.print(
        f"\n{stage['stage']}: cost {stage['cost']['before']:.4g} before, "
        f"{stage['cost']['after']:.4g} after; {agree} of {len(stage['observations'])} "
        "observations agree",
        highlight=False,
    )
    for row in sorted(stage["parameters"], key=lambda row: -row["told_by_data"]):
        screen.print(
            f"  {row['name']} = {row['value']:.5g} ({row['low']:.3g} to {row['high']:.3g}), "
            f"told by data {100 * row['told_by_data']:.0f} %",
            highlight=False,
            markup=False,
        )
