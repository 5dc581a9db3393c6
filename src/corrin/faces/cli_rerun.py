"""The command that runs a saved result again and says whether the same numbers come out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console, progress
from corrin.provenance import PURPOSE, versions

EXIT_DIFFERENT = 1  # not an error: the answer is that the numbers differ


def rerun(
    file: Annotated[
        Path, typer.Argument(metavar="RESULT", help="A saved result: .json, .nc or .parquet.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write the new result: .nc, .parquet, .csv or .json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Run a saved result again: exit code 0 if it is identical, 1 if any number differs."""
    from corrin.study.result import SUFFIXES

    check_target(out, SUFFIXES, "--out")
    with progress(f"Running {file.name} again"):
        from corrin.study.rerun import rerun as run_again

        found = run_again(file)
    if out is not None:
        found.result.save(out)
    if as_json:
        print_json({**found.to_dict(), "manifest": {**versions(), "use": PURPOSE}})
    else:
        screen = console()
        screen.print(found.text(), highlight=False, markup=False, soft_wrap=True)
        if out is not None:
            screen.print(f"Written: {out}", highlight=False, markup=False, soft_wrap=True)
    if not found.identical:
        raise typer.Exit(EXIT_DIFFERENT)
