"""The command that answers why: shares of mechanisms, how sure they are, what would tell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corrin.errors import InputError
from corrin.faces.cli_files import check_target, print_json
from corrin.faces.cli_terminal import console, progress
from corrin.faces.why_answer import rows as answer_rows
from corrin.faces.why_answer import spoken, stamp, telling
from corrin.files import whole_file
from corrin.provenance import PURPOSE
from corrin.units import parse_time

if TYPE_CHECKING:
    from pandas import DataFrame

    from corrin.insight.members import Members
    from corrin.insight.why import Explanation
    from corrin.insight.words import Words

_GRAPHS = (".svg", ".json", ".graphml")


def why(
    symptom: Annotated[
        str | None, typer.Argument(metavar="[SYMPTOM]", help="One symptom; all without it.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A shipped name or a YAML file.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Ask at this time, such as 5y.")
    ] = None,
    members: Annotated[
        int | None, typer.Option(metavar="N", help="Only so many versions of the model.")
    ] = None,
    central: Annotated[
        bool, typer.Option("--central", help="Only the central parameter set: no intervals.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a page that any browser opens: .html.")
    ] = None,
    graph: Annotated[
        Path | None, typer.Option(help="Write the pathway: .svg, .json or .graphml.")
    ] = None,
    natural_experiments: Annotated[
        bool,
        typer.Option("--natural-experiments", help="Natural experiments, observed and modelled."),
    ] = False,
    experiments: Annotated[
        bool,
        typer.Option("--experiments", help="What experiments told, and which would tell more."),
    ] = False,
    draws: Annotated[
        int | None, typer.Option(metavar="N", help="Draws behind --experiments.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table of experiments: .csv.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Share a symptom among the mechanisms that cause it, by cutting each in the model."""
    check_target(report, (".html",), "--report")
    check_target(graph, _GRAPHS, "--graph")
    check_target(out, (".csv",), "--out")
    if natural_experiments or experiments:
        if symptom is not None or report is not None or graph is not None:
            raise InputError(
                "asked for experiments and for a person at once",
                where="--experiments" if experiments else "--natural-experiments",
                hint="leave the scenario, --report and --graph out",
            )
        asked = _members(members, central)
        (_tell if experiments else _natural)(asked, out, as_json, draws)
        return
    if symptom is None:
        raise InputError("no scenario", where="why", hint="write corrin why vegan")
    if out is not None:
        raise InputError(
            "a table of experiments only", where="--out", hint="use --json or --report"
        )
    # One argument is the scenario: click fills optional arguments from the left.
    name, chosen = (symptom, scenario) if scenario is not None else (None, symptom)
    from corrin.insight.why import explain
    from corrin.study import Scenario

    subject, time = Scenario.load(chosen), _time(at)
    with progress(f"Asking why: {subject.name}") as status:
        found = explain(
            None if name is None else [name],
            subject,
            time,
            chosen=_members(members, central),
            progress=_say(status),
        )
        told = spoken(found)
    if graph is not None or report is not None:
        with progress("Drawing"):
            _write(found, told, report, graph)
    if as_json:
        rows = answer_rows(found, told)
        print_json(rows[0] if name is not None else {"symptoms": rows, "manifest": stamp(found)})
        return
    screen = console()
    if found.chosen.central:
        reason = found.chosen.reason
        screen.print(f"Central parameter set only ({reason}): no intervals.\n", style="bold")
    else:
        screen.print(f"{len(found.chosen)} versions of the model that fit.\n", style="dim")
    for answer, words in zip(found.answers, told, strict=True):
        screen.print(answer.text(), highlight=False, markup=False)
        if name is not None:
            screen.print("\n" + "\n".join(words.of("plain")), highlight=False, markup=False)
        screen.print()
    for path in (report, graph):
        if path is not None:
            screen.print(f"Written: {path}", highlight=False, soft_wrap=True)
    screen.print(PURPOSE, style="dim")


def _members(count: int | None, central: bool) -> Members:
    """Return the versions asked for."""
    from corrin.insight.members import members, one_set

    if central and count is not None:
        raise InputError("asked for one set and for many", where="--members and --central")
    return one_set("asked for") if central else members(count)


def _time(text: str | None) -> float | None:
    """Return a time [day] as written by a user, None where none was asked for."""
    if text is None:
        return None
    time = parse_time(text, where="--at")
    if time <= 0:
        raise InputError(f"{text!r} is not after the start", where="--at", hint="write it as 5y")
    return time


def _say(status: Any) -> Callable[[str, float], None] | None:
    """Return what tells of progress in a terminal; nothing elsewhere."""
    if status is None:
        return None
    return lambda what, done: status.update(f"{what}: {100 * done:.0f} %")


def _write(
    found: Explanation, told: Sequence[Words], report: Path | None, graph: Path | None
) -> None:
    """Write the page and the pathway."""
    from corrin.faces.why_page import strongest, why_page
    from corrin.insight.pathway import effects

    answer = strongest(found)
    drawn = effects(found, answer)
    if graph is not None:
        from corrin.faces.why_svg import pathway_svg

        texts: Mapping[str, Callable[[], str]] = {
            ".svg": lambda: pathway_svg(drawn),
            ".graphml": drawn.to_graphml,
            ".json": lambda: _dumped({**drawn.to_dict(), "manifest": stamp(found)}),
        }
        with whole_file(graph) as part:
            part.write_text(texts[graph.suffix](), encoding="utf-8")
    if report is not None:
        text = why_page(found, told, drawn, telling(found, answer.symptom), stamp(found))
        with whole_file(report) as part:
            part.write_text(text, encoding="utf-8")


def _dumped(value: Any) -> str:
    import json

    from corrin.faces.cli_files import strict

    return json.dumps(strict(value), allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def _natural(chosen: Members, out: Path | None, as_json: bool, _draws: int | None) -> None:
    """Answer with the natural experiments, observed and modelled."""
    with progress("Repeating the natural experiments") as status:
        from corrin.insight.experiments import observed_against_model

        say = _say(status)
        rows = observed_against_model(
            chosen, None if say is None else lambda done: say("Natural experiments", done)
        )
    title = f"Natural experiments; held: part of {len(chosen)} versions of the model"
    _answer({title: rows}, out, as_json)


def _tell(chosen: Members, out: Path | None, as_json: bool, draws: int | None) -> None:
    """Answer with what experiments told, and which would tell more."""
    import pandas as pd

    from corrin.insight.experiments import DRAWS, QUESTION, by_experiments
    from corrin.insight.experiments import draws as drawn
    from corrin.insight.why import explain

    with progress("Asking which experiment would tell") as status:
        say = _say(status)
        output, scenario, time = QUESTION
        found = explain([output], scenario, time, chosen=chosen, progress=say)
        ranked = telling(found, output)
        count = DRAWS if draws is None else draws
        told = by_experiments(
            drawn(
                chosen,
                count,
                progress=None if say is None else lambda done: say("Draws", done),
            )
        )
    ahead = pd.DataFrame(
        [
            {"experiment": e.candidate.words, "reduction": e.reduction, **e.by_mechanism}
            for e in ranked
        ]
    )
    _answer(
        {
            "Part of the variance of shares that an experiment would take away": ahead,
            f"Median shares by sets of experiments, {count} draws": told,
        },
        out,
        as_json,
    )


def _answer(tables: Mapping[str, DataFrame], out: Path | None, as_json: bool) -> None:
    """Give tables to a file, to a machine or to a reader."""
    import pandas as pd

    if out is not None:
        with whole_file(out) as part:
            pd.concat(tables, names=["table"]).droplevel(1).to_csv(part)
    if as_json:
        rows = {
            title: frame.astype(object).where(frame.notna(), None).to_dict("records")
            for title, frame in tables.items()
        }
        first = next(iter(rows.values()))
        answer: dict[str, Any] = {"rows": first} if len(rows) == 1 else {"tables": rows}
        print_json({**answer, "manifest": stamp()})
        return
    from corrin.faces.cli_tables import evidence

    for title, frame in tables.items():
        shown = frame[[c for c in frame.columns if not c.endswith((" low", " high"))]]
        console().print(evidence(title, shown))
        print()
    if out is not None:
        sys.stderr.write(f"Written: {out}\n")
