"""A person's results, read, as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corrin.faces.wording import listing, number, percent, unit_text
from corrin.units import MONTH, YEAR

if TYPE_CHECKING:
    from rich.console import Console

    from corrin.clinic.guidelines import Decision
    from corrin.clinic.interpret import Interpretation
    from corrin.clinic.posterior import Span

WHEN = ("now", "1 month", "3 months", "1 year", "2 years")
LABELS = {
    "serum_b12": "B12, pmol/L", "methylmalonic_acid": "MMA, µmol/L",
    "total_homocysteine": "Homocysteine, µmol/L", "hemoglobin": "Hemoglobin, g/L",
    "disability_score": "Disability, 0 to 16",
}  # fmt: skip
_TRACTS = {
    "sensory_foot": "sensory fibres to the foot", "sensory_hand": "sensory fibres to the hand",
    "motor_leg": "motor fibres to the leg", "dorsal_columns": "dorsal columns",
    "corticospinal": "corticospinal tract", "optic": "optic nerve",
    "white_matter": "cerebral white matter",
}  # fmt: skip


def print_interpretation(found: Interpretation, screen: Console, *, trace: bool = False) -> None:
    """Print an interpretation; with `trace`, also what would change what guidelines say."""
    for title, lines in sections(found):
        if lines:
            screen.print(title, style="bold")
            for line in lines:
                screen.print(f"  {line}", markup=False, highlight=False)
            screen.print()
    _courses(found, screen)
    _guidelines(found, screen, trace=trace)
    screen.print("How far to trust this", style="bold")
    for line in found.notes():
        screen.print(f"  {line}", markup=False, highlight=False)


def sections(found: Interpretation) -> list[tuple[str, list[str]]]:
    """Return the parts of an answer that are sentences: title and lines."""
    return [
        ("What was read", _read(found)),
        ("Known traps", _traps(found)),
        ("Do the results fit together?", _fits(found)),
        ("What is going on underneath", _underneath(found)),
        ("Which test would tell most", _next(found)),
    ]


def _traps(found: Interpretation) -> list[str]:
    """Return the circumstances in which a result does not mean what it seems to."""
    return [
        f"{t.name}: {t.text} ({'' if t.grade == 'measured' else f'{t.grade}; '}{t.source})."
        for t in found.traps
    ]


def _read(found: Interpretation) -> list[str]:
    """Return the results with their flags."""
    from corrin.clinic.interpret import flag
    from corrin.clinic.tests import limits, tests

    case = found.case
    who = [f"{case.age:.0f} years"] if case.age is not None else []
    who += [case.sex] if case.sex else []
    lines = [", ".join(who)] if who else []
    for one in case.findings:
        mark = flag(case, one.test)
        known = limits(one.test, case.laboratory, case.age, case.sex)
        span = ""
        if known is not None and (known.low is not None or known.high is not None):
            low = "" if known.low is None else number(known.low)
            high = "" if known.high is None else number(known.high)
            ends = f"{low} to {high}" if low and high else (f"from {low}" if low else f"to {high}")
            span = f" (reference {ends})"
        written = f" [{one.written}]" if one.written else ""
        lines.append(
            f"{tests()[one.test].long_name}: {unit_text(one.text)}{written}"
            f"{' ' + mark.upper() if mark else ''}{span}"
        )
    for title, words in (("symptoms", case.symptoms), ("signs", case.signs)):
        there = [n.replace("_", " ") for n, v in words.items() if v]
        gone = [n.replace("_", " ") for n, v in words.items() if not v]
        if there:
            lines.append(f"{title} present: {listing(there)}")
        if gone:
            lines.append(f"{title} absent: {listing(gone)}")
    if found.combined is not None:
        lines.append(f"cB12 {found.combined.value:.2f}: {found.combined.label} (see below)")
    return lines


def _fits(found: Interpretation) -> list[str]:
    """Return whether the results fit together."""
    from corrin.clinic.tests import tests

    if not found.fits:
        return []
    lines = []
    for fit in found.fits:
        if not fit.odd:
            continue
        test = tests()[fit.finding.test]
        low, _, high = fit.expected
        line = (
            f"{test.long_name} {fit.finding.text} does not fit the others: {number(low)} to "
            f"{number(high)} {unit_text(test.unit)} is expected. Check the number, its unit and "
            "whose sample it was."
        )
        if fit.units:
            line += f" It would fit in {' or '.join(fit.units)}."
        lines.append(line)
    return lines or ["Nothing speaks against it (swapped samples mostly cannot be seen so)."]


def _underneath(found: Interpretation) -> list[str]:
    """Return deficiency, stores, cause, time and damage."""
    one = found.answer
    lines = [
        f"Tissues short of B12: {percent(one.low[1])} (before the results "
        f"{percent(one.low[0])}); clearly: {percent(one.probable[1])}; severely: "
        f"{percent(one.definite[1])}.",
        f"B12 in the body: {span_text(one.stores)} µg (normal 2 000 to 3 000).",
    ]
    shown = [(c, p, q) for c, p, q in one.causes if q >= 0.02][:6]
    told = [f"{c} {percent(q)} (before {percent(p)})" for c, p, q in shown]
    lines.append("Cause: " + "; ".join(told) + ".")
    if one.since is not None:
        name = next(c for c, _, _ in one.causes if c != "no cause")
        years = [_length(v) for v in (one.since.low, one.since.middle, one.since.high)]
        lines.append(f"If {name}, it began {years[1]} ago ({years[0]} to {years[2]}).")
    lines.append(f"A tract is damaged (more than 5 % of its function lost): {percent(one.damage)}.")
    for tract, span in one.tracts.items():
        if span.high >= 0.02:
            lines.append(
                f"  {_TRACTS[tract]}: {percent(span.middle)} of function lost "
                f"({percent(span.low)} to {percent(span.high)})"
            )
    return lines


def _next(found: Interpretation) -> list[str]:
    """Return which test would tell most."""
    from corrin.clinic.next_test import name

    lines = []
    for question, words in (
        ("deficiency", "whether tissues are short of B12"),
        ("cause", "the cause"),
    ):
        worths = found.next_tests[question][:3]
        told = [f"{name(w.test)} {percent(max(w.share, 0))}" for w in worths if w.share > 0.005]
        if told:
            lines.append(f"About {words}: {', '.join(told)} of what is uncertain, on average.")
    return lines


def _courses(found: Interpretation, screen: Console) -> None:
    """Print what may come."""
    from rich.table import Table

    if not found.outlooks or not found.outlooks[0].spans:
        return
    people = found.outlooks[0].people
    screen.print(f"What may come ({people} virtual people who fit)", style="bold")
    letters = [chr(ord("A") + i) for i in range(len(found.outlooks))]
    for letter, one in zip(letters, found.outlooks, strict=True):
        words = "untreated" if one.plan.empty else one.plan.label
        screen.print(f"  {letter}  {words}", markup=False, highlight=False)
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("")
    grid.add_column("")
    for heading in WHEN:
        grid.add_column(heading, justify="right", no_wrap=True)
    for name, label in LABELS.items():
        for letter, one in zip(letters, found.outlooks, strict=True):
            grid.add_row(label, letter, *(span_text(s) for s in one.spans[name]))
            label = ""
    screen.print(grid, highlight=False)
    screen.print()


def _guidelines(found: Interpretation, screen: Console, *, trace: bool) -> None:
    """Print what each guideline says, with how far it was checked."""
    from corrin.clinic.guidelines import Guideline

    for name, decisions in found.decisions.items():
        chosen = [d for d in decisions if d.rule is not None]
        if not chosen:
            continue
        one = Guideline.load(name)
        screen.print(one.title, style="bold", markup=False)
        screen.print(f"  {one.note}", style="dim", markup=False, highlight=False)
        for decision in chosen:
            for line in decision_lines(decision, trace):
                screen.print(f"  {line}", markup=False, highlight=False)
        screen.print()


def decision_lines(decision: Decision, trace: bool) -> list[str]:
    """Return one decision in words with its reason and what would change it."""
    rule = decision.rule
    assert rule is not None
    because = [text for text, value in decision.steps[-1].inputs if value and text != "always"]
    why = f" because of {listing(because)}" if because else ""
    cited = f" {rule.number}" if rule.number else ""
    lines = [f"{decision.stage}: {rule.then}{why}. [{rule.id}{cited}: {rule.mark}]"]
    for change in decision.changes if trace else ():
        lines.append(f"    if {change.condition}: {change.then} [{change.rule.mark}]")
    return lines


def span_text(span: Span) -> str:
    """Return a median with its interval."""
    low, middle, high = (number(v, 2) if abs(v) >= 0.005 else "0"
                         for v in (span.low, span.middle, span.high))  # fmt: skip
    return f"{middle} ({low}–{high})"


def _length(days: float) -> str:
    """Return a length of time in words."""
    if days >= YEAR:
        return f"{days / YEAR:.1f} years"
    return f"{max(days / MONTH, 0.1):.1f} months"
