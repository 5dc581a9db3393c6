"""Results of a file as they stand there, and the choice of one for each test.

Nothing is guessed and nothing is dropped in silence: every record that is not used leaves a note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from corrin.clinic.quantity import Finding
from corrin.errors import InputError

#: Results older than this before the newest one are not read together with it [day].
WINDOW = 90

# The later in this order, the more a report of the same sample counts.
_RANKS = {"preliminary": 0, "": 1, "final": 1, "amended": 2, "corrected": 2, "appended": 1}


@dataclass(frozen=True)
class Record:
    """One result in a file: what was found, how final it is, and when it was issued."""

    finding: Finding
    status: str = ""
    issued: str = ""


@dataclass(frozen=True)
class Read:
    """What a file holds.

    Attributes
    ----------
    findings : tuple of Finding
        One result for each test.
    age : float or None
        Age at the newest result [year].
    sex : str or None
        ``female`` or ``male``.
    words : mapping of bool to tuple of str
        What is said to be present (True) or absent (False).
    notes : tuple of str
        What was left out, and why.
    causes : mapping of bool to tuple of str
        Causes that are said to be known (True) or ruled out (False).
    """

    findings: tuple[Finding, ...]
    age: float | None = None
    sex: str | None = None
    words: Mapping[bool, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    causes: Mapping[bool, tuple[str, ...]] = field(default_factory=dict)


def choose(records: Sequence[Record]) -> tuple[tuple[Finding, ...], list[str]]:
    """Return one result for each test, the newest, and notes on those left out.

    Raises
    ------
    InputError
        Where two reports of the same test and day contradict one another.
    """
    notes: list[str] = []
    days = [record.finding.date for record in records if record.finding.date]
    newest = max(days, default="")
    if days and len(days) < len(records):
        notes.append("Results without a date are taken to be of the newest day.")
    chosen: list[Finding] = []
    for test in dict.fromkeys(record.finding.test for record in records):
        own = [record for record in records if record.finding.test == test]
        last = max(record.finding.date or newest for record in own)
        for record in own:
            if (record.finding.date or newest) < last:
                notes.append(_left(record, f"there is a newer one of {last}"))
        found = _same_day([r for r in own if (r.finding.date or newest) == last], notes)
        if newest and (date.fromisoformat(newest) - date.fromisoformat(last)).days > WINDOW:
            notes.append(_left(found, f"it is more than {WINDOW} days older than {newest}"))
            continue
        chosen.append(found.finding)
    return tuple(chosen), notes


def _same_day(records: Sequence[Record], notes: list[str]) -> Record:
    """Return what counts of several reports of one test and day."""
    best = max(records, key=lambda r: (_RANKS.get(r.status, 1), r.issued))
    for record in records:
        if record is best:
            continue
        same = record.finding == best.finding
        outranked = (_RANKS.get(record.status, 1), record.issued) < (
            _RANKS.get(best.status, 1),
            best.issued,
        )
        if same:
            notes.append(_left(record, f"it repeats {best.finding.where}"))
        elif outranked:
            notes.append(_left(record, f"{best.finding.where} replaces it"))
        else:
            raise InputError(
                f"{record.finding.written} and {best.finding.written} "
                f"({best.finding.where}) are of the same test and day",
                where=record.finding.where,
                hint="leave one of them out",
            )
    return best


def _left(record: Record, reason: str) -> str:
    """Return the note on a record that is not used."""
    one = record.finding
    when = f" of {one.date}" if one.date else ""
    return f"{one.where}: {one.test} {one.written}{when} is not used: {reason}."


def day(written: str, where: str) -> str:
    """Return a date or time of ISO 8601 as its day.

    Raises
    ------
    InputError
        Where it is not a whole date.
    """
    try:
        return date.fromisoformat(written.strip()[:10]).isoformat()
    except ValueError:
        raise InputError(
            f"{written!r} is not a date", where=where, hint="write for example 2026-03-31"
        ) from None
