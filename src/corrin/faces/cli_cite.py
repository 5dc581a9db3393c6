"""The command that names the sources behind a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corrin.errors import InputError
from corrin.faces.cli_files import check_target, print_json, strict
from corrin.faces.cli_terminal import console, progress
from corrin.files import whole_file
from corrin.provenance import PURPOSE

if TYPE_CHECKING:
    from corrin.evidence.cite import Citations, Used


def cite(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A shipped name or a YAML file.")
    ],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the answer: .txt, .bib or .json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Name the sources of all numbers that a run really uses."""
    check_target(out, (".txt", ".bib", ".json"), "--out")
    if bibtex and as_json:
        raise InputError("asked for BibTeX and JSON at once", where="--json", hint="leave one out")
    from corrin.study import Scenario

    chosen = Scenario.load(scenario)
    with progress(f"Trying every parameter and edge in {chosen.name}"):
        from corrin.evidence.cite import cite as find

        found = find(chosen)
    answer = found.to_dict()
    answer["manifest"] = {**answer["manifest"], "use": PURPOSE}
    if out is not None:
        with whole_file(out) as part:
            part.write_text(_written(out.suffix, found, answer), encoding="utf-8")
    if as_json:
        print_json(answer)
        return
    screen = console()
    if bibtex:
        print(found.bibtex())
    else:
        text = as_text(found)
        screen.print(text, markup=False, highlight=False, soft_wrap=True)
        screen.print(f"\n{PURPOSE}", style="dim")
    if out is not None:
        typer.echo(f"Written: {out}", err=True)


def as_text(found: Citations) -> str:
    """Return the answer for a reader."""
    parameters, edges = found.of_kind("parameter"), found.of_kind("edge")
    grades = [one.grade for one in parameters]
    counts = ", ".join(f"{grades.count(g)} {g}" for g in ("measured", "fitted", "assumed"))
    lines = [
        f"{found.scenario.name}: what this run stands on",
        "",
        f"Parameters that change it: {len(parameters)} of {found.tried} ({counts})",
        f"Causal edges that change it: {len(edges)} of {found.cut}",
        *(f"This scenario follows: {text}" for text in found.scenario.reference),
    ]
    for source, behind in found.by_source().items():
        lines += ["", source.text, f"  {_checked(source.checked)}"]
        lines += [f"  {_said(grade)}: {names}" for grade, names in _grouped(behind).items()]
    unsourced = found.unsourced()
    lines += ["", f"Parameters that stand on no source: {len(unsourced)}, each for a stated reason"]
    lines += [f"  {one.name} [{one.grade}]: {one.note}" for one in unsourced]
    lines += ["", "Taken for granted in this scenario"]
    lines += [f"  {sentence}" for sentence in found.scenario.assumptions()]
    return "\n".join(lines)


def _grouped(behind: list[Used]) -> dict[str, str]:
    """Return names by grade."""
    found: dict[str, list[str]] = {}
    for one in behind:
        found.setdefault(one.grade, []).append(one.name)
    return {grade: ", ".join(names) for grade, names in found.items()}


def _said(grade: str) -> str:
    """Say what a source does for numbers of a grade."""
    return {"assumed": "assumed with it in view", "edge": "edges"}.get(grade, grade)


def _checked(checked: str) -> str:
    """Say how a source is known."""
    return {
        "looked up": "looked up",
        "evidence table": "not looked up; its numbers were read for the evidence tables",
        "secondary": "known only from works that quote it",
        "derived": "computed",
        "no": "from memory, not checked",
    }[checked]


def _written(suffix: str, found: Citations, answer: dict[str, object]) -> str:
    """Return what goes into a file of that ending."""
    import json

    if suffix == ".bib":
        return found.bibtex()
    if suffix == ".json":
        return json.dumps(strict(answer), allow_nan=False, ensure_ascii=False, indent=1) + "\n"
    return f"{as_text(found)}\n\n{PURPOSE}\n"
