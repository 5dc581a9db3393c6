"""The page of a person's results, read."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from corrin.faces.interpret_text import LABELS, WHEN, decision_lines, sections, span_text
from corrin.faces.page import page, section
from corrin.faces.wording import percent
from corrin.files import whole_file
from corrin.provenance import versions

if TYPE_CHECKING:
    from corrin.clinic.interpret import Interpretation

_FOOT = (
    "Probabilities come from a computer model and a population of virtual people; they must not "
    "guide anyone's care."
)


def write_page(found: Interpretation, path: str | Path) -> None:
    """Write the page of an interpretation: one HTML file that needs nothing from outside."""
    parts = [_list(f"part-{i}", title, lines) for i, (title, lines) in enumerate(sections(found))]
    content = (
        "<section><h1>Results of a person, read</h1></section>"
        + "".join(parts[:4])
        + section("causes", "Cause", "Before the results, and after them.", _causes(found))
        + "".join(parts[4:])
        + _courses(found)
        + _guidelines(found)
        + _list("trust", "How far to trust this", found.notes())
    )
    text = page("Results of a person, read", versions()["corrin"], content, _FOOT)
    with whole_file(Path(path)) as part:
        part.write_text(text, encoding="utf-8")


def _list(key: str, title: str, lines: list[str]) -> str:
    """Return sentences as a section."""
    items = "".join(f"<li>{escape(line.strip())}</li>" for line in lines)
    return section(key, title, "", f"<ul>{items}</ul>" if items else "")


def _table(heading: list[str], rows: list[list[str]]) -> str:
    """Return a table; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heading)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="table"><table>{inside}</table></div>'


def _causes(found: Interpretation) -> str:
    """Return the causes with their probabilities."""
    shown = [[c, percent(p), percent(q)] for c, p, q in found.answer.causes if max(p, q) >= 0.005]
    return _table(["cause", "before", "after"], shown)


def _courses(found: Interpretation) -> str:
    """Return what may come."""
    if not found.outlooks or not found.outlooks[0].spans:
        return ""
    rows = [
        [label, "untreated" if one.plan.empty else one.plan.label]
        + [span_text(span) for span in one.spans[name]]
        for name, label in LABELS.items()
        for one in found.outlooks
    ]
    note = f"{found.outlooks[0].people} virtual people who fit: median (5 to 95 %)."
    return section("courses", "What may come", note, _table(["", "treatment", *WHEN], rows))


def _guidelines(found: Interpretation) -> str:
    """Return what each guideline says, with what would change it."""
    from corrin.clinic.guidelines import Guideline

    parts = []
    for name, decisions in found.decisions.items():
        one = Guideline.load(name)
        lines = [line for d in decisions if d.rule is not None for line in decision_lines(d, True)]
        if lines:
            items = "".join(f"<li>{escape(line.strip())}</li>" for line in lines)
            parts.append(section(name, escape(one.title), escape(one.note), f"<ul>{items}</ul>"))
    return "".join(parts)
