"""The command that reads a person's results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corrin.errors import InputError, unknown
from corrin.faces.cli_files import check_target, print_json, strict
from corrin.faces.cli_population import _bar
from corrin.faces.cli_terminal import console
from corrin.faces.cli_terminal import progress as _progress
from corrin.provenance import PURPOSE

if TYPE_CHECKING:
    from corrin.clinic.case import Case
    from corrin.clinic.reference import Population

_Text = str | None


def interpret(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A FHIR R4 Bundle (.json) or a table "
                                    "(.csv) of results.")
    ] = None,
    b12: Annotated[_Text, typer.Option(help="Total B12, such as '210 ng/L'.")] = None,
    holotc: Annotated[_Text, typer.Option(help="Active B12, such as '42 pmol/L'.")] = None,
    mma: Annotated[_Text, typer.Option(help="Methylmalonic acid, '0.52 umol/L'.")] = None,
    hcy: Annotated[_Text, typer.Option(help="Homocysteine, '18 umol/L'.")] = None,
    folate: Annotated[_Text, typer.Option(help="Serum folate, '15 nmol/L'.")] = None,
    hb: Annotated[_Text, typer.Option(help="Hemoglobin, '13.2 g/dL'.")] = None,
    mcv: Annotated[_Text, typer.Option(help="Mean cell volume, '98 fL'.")] = None,
    reticulocytes: Annotated[_Text, typer.Option(help="Reticulocytes, '1.2 %'.")] = None,
    platelets: Annotated[_Text, typer.Option(help="Platelets, '250 10^9/L'.")] = None,
    lobes: Annotated[_Text, typer.Option(help="Mean lobes per neutrophil.")] = None,
    creatinine: Annotated[_Text, typer.Option(help="Creatinine, '80 umol/L'.")] = None,
    egfr: Annotated[_Text, typer.Option(help="Filtration, '55 mL/min/1.73m2'.")] = None,
    if_antibody: Annotated[
        _Text, typer.Option("--if-antibody", help="positive or negative.")
    ] = None,
    age: Annotated[float | None, typer.Option(metavar="YEARS", help="Age.")] = None,
    sex: Annotated[_Text, typer.Option(help="female or male.")] = None,
    present: Annotated[
        list[str] | None, typer.Option("--present", metavar="WORD", help="A symptom, sign or "
                                       "circumstance that is there; may be repeated.")
    ] = None,
    absent: Annotated[
        list[str] | None, typer.Option("--absent", metavar="WORD", help="One that is not there.")
    ] = None,
    cause: Annotated[
        list[str] | None, typer.Option("--cause", metavar="CAUSE", help="A cause that is known.")
    ] = None,
    not_cause: Annotated[
        list[str] | None, typer.Option("--not-cause", metavar="CAUSE", help="One ruled out.")
    ] = None,
    laboratory: Annotated[
        str, typer.Option(metavar="NAME", help="Whose reference limits.")
    ] = "default",
    guideline: Annotated[
        list[str] | None, typer.Option("--guideline", metavar="NAME", help="Only this one, with "
                                       "what would change it; 'none' for none.")
    ] = None,
    treat: Annotated[
        list[str] | None, typer.Option("--treat", metavar="LINE", help="A treatment of which the "
                                       "course is shown; 'none' alone for no treatment.")
    ] = None,
    courses: Annotated[
        bool, typer.Option("--courses/--no-courses", help="Show what may come.")
    ] = True,
    refine: Annotated[
        bool, typer.Option("--refine/--no-refine", help="Simulate more virtual people where few "
                           "are like this one.")
    ] = True,
    build: Annotated[
        int | None, typer.Option("--build", metavar="N", help="Make a reference population of N "
                                 "courses, kept on this machine, and stop.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the answer: .json, or .fhir.json for a "
                                          "FHIR R4 Bundle.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page: .html.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:  # fmt: skip
    """Read a person's results: what they mean, what is underneath, which test would tell more.

    Nothing leaves this machine, and nothing of the person is stored unless --out or --report
    asks for it.
    """
    from corrin.clinic.guidelines import guidelines
    from corrin.clinic.interpret import read_file
    from corrin.faces.interpret_case import case_of, interpretation, plans_shown, read_given

    check_target(out, (".json",), "--out")
    check_target(report, (".html",), "--report")
    given = {
        "b12": b12, "holotc": holotc, "mma": mma, "hcy": hcy, "folate": folate, "hb": hb,
        "mcv": mcv, "reticulocytes": reticulocytes, "platelets": platelets, "lobes": lobes,
        "creatinine": creatinine, "egfr": egfr, "if_antibody": if_antibody,
    }  # fmt: skip
    findings = read_given(given)
    asked = file is not None or findings or present or absent
    if build is not None:
        population = _build(build)
        if not asked:
            sys.stderr.write(f"{population.courses} courses, {len(population)} rows are ready.\n")
            return
    read = read_file(file) if file is not None else None
    case = case_of(
        read, findings, age=age, sex=sex, present=present or (), absent=absent or (),
        causes=cause or (), without=not_cause or (), laboratory=laboratory,
    )  # fmt: skip
    if not asked:
        raise InputError(
            "no result is given", hint="give a file, or for example --b12 '210 ng/L' --age 67"
        )
    plans_shown(courses, treat or ())
    for name in guideline or ():  # a slip is told before the work starts
        if name not in ("none", *guidelines()):
            raise unknown("guideline", name, guidelines(), "--guideline")
    people = _population()
    if refine:
        people = _refined(case, people)
    with _progress("Reading the results"):
        found = interpretation(
            case, people, courses=courses, treat=treat or (), guidelines=guideline or ()
        )
    if out is not None and out.name.endswith(".fhir.json"):
        from corrin.faces.interpret_fhir import write_bundle

        write_bundle(found, out)
    elif out is not None:
        from corrin.files import whole_file

        with whole_file(out) as part:
            text = json.dumps(strict(found.to_dict()), allow_nan=False, ensure_ascii=False)
            part.write_text(text + "\n", encoding="utf-8")
    if report is not None:
        from corrin.faces.interpret_page import write_page

        write_page(found, report)
    if as_json:
        print_json(found.to_dict())
        return
    from corrin.faces.interpret_text import print_interpretation

    screen = console()
    print_interpretation(found, screen, trace=bool(guideline))
    for path in (out, report):
        if path is not None:
            screen.print(f"\nWritten: {path}", highlight=False, soft_wrap=True)
    screen.print(f"\n{PURPOSE}", style="dim")


def _population() -> Population:
    """Return the reference population, made on first use with progress on stderr."""
    from corrin.clinic import reference

    return reference.load() if reference.available() else _build(reference.USUAL)


def _refined(case: Case, people: Population) -> Population:
    """Return the population with more people like this one where few are, with progress."""
    from contextlib import ExitStack

    from corrin.clinic.refine import MOST
    from corrin.clinic.refine import refine as more

    with ExitStack() as stack:
        bars: list[Any] = []

        def step(done: int, most: int) -> None:
            if not bars:
                sys.stderr.write(
                    f"Few virtual people are like this: up to {MOST} more are simulated "
                    "(--no-refine leaves this out).\n"
                )
                bars.append(stack.enter_context(_bar("Simulating people like this one", most)))
            bars[0](done)

        return more(case, people, progress=step)


def _build(courses: int) -> Population:
    """Make a reference population and say how long it takes."""
    import time

    from corrin.clinic import reference

    began = time.monotonic()
    sys.stderr.write(
        f"Making a reference population of {courses} courses; it is kept in "
        f"{reference.folder()}, and an interrupted build goes on where it stopped.\n"
    )
    with _bar("Simulating people", courses) as step:
        found = reference.build(courses, progress=lambda done, _: step(done))
    sys.stderr.write(f"Made in {time.monotonic() - began:.0f} s.\n")
    return found
