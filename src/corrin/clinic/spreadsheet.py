"""Results in a CSV file, as people and laboratories write them.

A heading, then one line for each result: ``test``, ``value``, ``unit`` and, if known, ``date``.
Columns may be apart by comma, semicolon or tab. A decimal comma is understood where it can be
nothing else; ``1,234`` is refused. ``age`` and ``sex`` may stand among the tests, and symptoms
and signs with the value yes or no.
"""

from __future__ import annotations

import csv
import re
from difflib import get_close_matches

from corrin.clinic.case import symptom_table
from corrin.clinic.examination import signs
from corrin.clinic.quantity import read_finding
from corrin.clinic.records import Read, Record, choose, day
from corrin.clinic.tests import ANTIBODY, loinc, named_test, tests
from corrin.errors import CorrinError, InputError
from corrin.units import parse_number

_COLUMNS = {
    "test": ("test", "name", "analyte", "code", "loinc", "parameter"),
    "value": ("value", "result"),
    "unit": ("unit", "units"),
    "date": ("date", "day", "sampled"),
}
_NAMES = {
    "vitamin b12": "b12", "serum b12": "b12", "total b12": "b12", "cobalamin": "b12",
    "active b12": "holotc", "holotranscobalamin": "holotc", "methylmalonic acid": "mma",
    "methylmalonate": "mma", "homocysteine": "hcy", "thcy": "hcy", "total homocysteine": "hcy",
    "haemoglobin": "hb", "hemoglobin": "hb", "hgb": "hb", "mean cell volume": "mcv",
    "anti-intrinsic factor": ANTIBODY, "intrinsic factor antibody": ANTIBODY, "anti-if": ANTIBODY,
}  # fmt: skip
_YES = {"yes": True, "present": True, "true": True, "no": False, "absent": False, "false": False}


def read_csv(text: str, where: str) -> Read:
    """Return what a CSV text holds.

    Parameters
    ----------
    text : str
        The file.
    where : str
        Its name, for messages.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or not lines[0].strip():
        raise InputError("is empty", where=where)
    mark = max(";\t,", key=lines[0].count)
    table = list(csv.reader(lines, delimiter=mark))
    columns = _columns(table[0], where)
    records: list[Record] = []
    notes: list[str] = []
    words: dict[bool, list[str]] = {True: [], False: []}
    age: float | None = None
    sex: str | None = None
    for number, cells in enumerate(table[1:], start=2):
        here = f"{where}, line {number}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(table[0]):
            raise InputError(
                f"has {len(cells)} cells where the heading has {len(table[0])}", where=here,
                hint="put numbers with a decimal comma between quotation marks",
            )  # fmt: skip
        row = {key: cells[i].strip() if i < len(cells) else "" for key, i in columns.items()}
        name = " ".join(row["test"].casefold().split())
        value = row["value"]
        if not value:
            notes.append(f"{here}: {row['test'] or 'a test without a name'} has no value.")
            continue
        if name == "age":
            age = parse_number(_point(value, here, notes), f"{here}, age")
            continue
        if name in ("sex", "gender"):
            sex = {"f": "female", "m": "male"}.get(value.casefold(), value.casefold())
            if sex not in ("female", "male"):
                raise InputError(f"the sex {value!r} is not known", where=here,
                                 hint="write female or male")  # fmt: skip
            continue
        if name.replace(" ", "_") in (*symptom_table(), *signs()):
            if value.casefold() not in _YES:
                raise InputError(f"{value!r} is neither yes nor no", where=here)
            words[_YES[value.casefold()]].append(name)
            continue
        test = _test(name, here)
        if test is None:
            notes.append(f"{here}: {row['test']} is no test that is read here; it is left out.")
            continue
        taken = day(row["date"], here) if row.get("date") else ""
        written = value
        if test != ANTIBODY:
            written = f"{_point(value, here, notes)} {row.get('unit', '')}".strip()
        records.append(Record(read_finding(tests()[test], written, here, date=taken)))
    findings, left = choose(records)
    if not findings and not words[True] and not words[False]:
        raise InputError("holds no result that can be used", where=where, hint=" ".join(notes)[:300]
                         or "write the columns test, value and unit")  # fmt: skip
    kept = {key: tuple(value) for key, value in words.items()}
    return Read(findings, age, sex, kept, (*notes, *left))


def _columns(heading: list[str], where: str) -> dict[str, int]:
    """Return the place of each column that is read."""
    names = [cell.strip().casefold() for cell in heading]
    found = {}
    for key, spellings in _COLUMNS.items():
        places = [i for i, name in enumerate(names) if name in spellings]
        if len(places) > 1 and key == "value":
            raise InputError(f"two columns of {key}", where=f"{where}, line 1")
        if places:
            found[key] = places[0]
    for key in ("test", "value"):
        if key not in found:
            raise InputError(
                f"the column {key!r} is missing", where=f"{where}, line 1",
                hint="begin with the heading test,value,unit,date",
            )  # fmt: skip
    return found


def _test(name: str, where: str) -> str | None:
    """Return the test of a name or LOINC code; None for one that is not read here."""
    if name in loinc():
        return loinc()[name][0]
    if name in _NAMES:
        return _NAMES[name]
    try:
        return named_test(name).name
    except CorrinError:
        known = [*_NAMES, *tests()]
        near = get_close_matches(name, known, n=1, cutoff=0.75)
        if near and not re.fullmatch(r"\d+-\d", name):
            raise InputError(
                f"unknown test {name!r}", where=where, hint=f"did you mean {near[0]!r}?"
            ) from None
        return None


def _point(value: str, where: str, notes: list[str]) -> str:
    """Return a number with a decimal point; a comma that could mean thousands is refused."""
    if "," not in value:
        return value
    match = re.fullmatch(r"([<>≤≥=\s]*)(\d+),(\d+)(\s*\S*)", value)
    if match is None or (len(match[3]) == 3 and match[2] != "0"):
        raise InputError(
            f"{value!r} could have a decimal comma or one for thousands", where=where,
            hint="write decimals with a point",
        )  # fmt: skip
    notes.append(f"{where}: the comma in {value!r} is read as a decimal comma.")
    return f"{match[1]}{match[2]}.{match[3]}{match[4]}"
