"""A FHIR R4 Bundle in: Observations by LOINC code with UCUM units, and the Patient.

Read strictly and without a library: only what is needed is taken, and an entry that cannot be
used is named with the reason. Codes of LOINC and units of UCUM: see docs/clinic.md. What corrin
writes itself (`corrin.faces.interpret_fhir`) has codes of its own where LOINC has none here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from corrin.clinic.quantity import Finding, checked, read_finding
from corrin.clinic.records import Read, Record, choose, day
from corrin.clinic.tests import ANTIBODY, loinc, tests
from corrin.errors import InputError

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
#: Codes of corrin's own: names of tests, words for what is there or not, and causes.
TEST, WORD, CAUSE = "urn:corrin:test", "urn:corrin:word", "urn:corrin:cause"
#: The LOINC code of an age.
AGE = "30525-0"

_USED = ("final", "amended", "corrected", "appended", "preliminary")
_UNUSED = ("registered", "cancelled", "entered-in-error", "unknown")
# Answers by SNOMED CT code: positive, detected; negative, not detected.
_ANSWERS = {"10828004": "positive", "260373001": "positive"}
_ANSWERS |= {"260385009": "negative", "260415000": "negative"}
_COMPARATORS = {"<": "<", "<=": "<", ">": ">", ">=": ">"}


def read_bundle(text: str, where: str) -> Read:
    """Return what a Bundle holds.

    Parameters
    ----------
    text : str
        JSON of a Bundle of FHIR R4.
    where : str
        File or other origin, for messages.

    Raises
    ------
    InputError
        Where it is no such Bundle, or an entry has a wrong or impossible value.
    """
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"cannot be read as JSON: {error}", where=where) from None
    kind = data.get("resourceType") if isinstance(data, dict) else None
    if kind != "Bundle":
        raise InputError(
            f"is not a FHIR Bundle but {kind or 'something else'}", where=where,
            hint="give a Bundle of Observations",
        )  # fmt: skip
    entries = data.get("entry", [])
    if not isinstance(entries, list):
        raise InputError("'entry' is not a list", where=where)
    records: list[Record] = []
    notes: list[str] = []
    patients: dict[str, Mapping[str, Any]] = {}
    subjects: dict[str, str] = {}
    words: dict[tuple[str, bool], list[str]] = {}
    ages: list[float] = []
    for number, entry in enumerate(entries, start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        here = f"{where}, entry {number}"
        if not isinstance(resource, dict):
            notes.append(f"{here}: holds no resource and is left out.")
            continue
        kind = resource.get("resourceType")
        if kind == "Patient":
            patients[here] = resource
        elif kind == "Observation":
            subject = resource.get("subject", {})
            reference = subject.get("reference", "") if isinstance(subject, dict) else ""
            if reference:
                subjects.setdefault(str(reference), here)
            kind = WORD if _coded(resource, WORD) else CAUSE
            word, value = _coded(resource, kind), resource.get("valueBoolean")
            if word and isinstance(value, bool):
                words.setdefault((kind, value), []).append(word)
            elif _coded(resource, LOINC) == AGE and resource.get("status") in _USED:
                ages.append(_age(resource, here))
            else:
                records += _observation(resource, here, notes)
        else:
            notes.append(f"{here}: a {kind or 'resource without a type'} is not read.")
    if len(patients) > 1 or len(subjects) > 1:
        raise InputError(
            "holds results of more than one person", where=where,
            hint="give one person at a time",
        )  # fmt: skip
    findings, left = choose(records)
    notes += left
    if not findings and not words:
        raise InputError(
            "holds no result that can be used", where=where,
            hint=" ".join(notes)[:300] or "give Observations with LOINC codes",
        )  # fmt: skip
    age = sex = None
    for here, patient in patients.items():
        age, sex = _patient(patient, here, findings, notes)
    if age is None and ages:
        age = max(ages)
        if len(set(ages)) > 1:
            notes.append(f"{where}: of several ages the highest is used.")
    said, causes = (
        {value: tuple(found) for (own, value), found in words.items() if own == kind}
        for kind in (WORD, CAUSE)
    )
    return Read(findings, age, sex, said, tuple(notes), causes)


def _coded(data: Mapping[str, Any], system: str) -> str:
    """Return the code that a resource has in one system; empty for none."""
    code = data.get("code")
    codings = code.get("coding", []) if isinstance(code, dict) else []
    found = [c for c in codings if isinstance(c, dict) and c.get("system") == system]
    return str(found[0].get("code", "")) if found else ""


def _age(data: Mapping[str, Any], where: str) -> float:
    """Return the age in an Observation [year]."""
    quantity = data.get("valueQuantity")
    value = quantity.get("value") if isinstance(quantity, dict) else None
    unit = (quantity.get("code") or quantity.get("unit")) if isinstance(quantity, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or unit not in ("a", "years"):
        raise InputError("the age is not a number of years", where=where, hint="use the unit 'a'")
    return float(value)


def _observation(data: Mapping[str, Any], where: str, notes: list[str]) -> list[Record]:
    """Return the results of one Observation."""
    status = data.get("status")
    if status not in (*_USED, *_UNUSED):
        raise InputError(f"the status {status!r} is not one of FHIR", where=where)
    if status in _UNUSED:
        notes.append(f"{where}: its status is {status}; it is not used.")
        return []
    if status == "preliminary":
        notes.append(f"{where}: its status is preliminary.")
    when = data.get("effectiveDateTime") or data.get("effectiveInstant")
    period = data.get("effectivePeriod")
    if when is None and isinstance(period, dict):
        when = period.get("end") or period.get("start")
    taken = day(str(when), where) if when else ""
    found = []
    parts = data.get("component")
    listed = [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
    for number, one in enumerate([data, *listed]):
        here = where if not number else f"{where}, component {number}"
        finding = _value(one, here, taken, notes, quiet=bool(listed) and not number)
        if finding is not None:
            found.append(Record(finding, str(status), str(data.get("issued") or "")))
    return found


def _value(
    data: Mapping[str, Any], where: str, taken: str, notes: list[str], *, quiet: bool
) -> Finding | None:
    """Return the result of an Observation or of one of its components; None with a note."""
    code = data.get("code")
    codings = code.get("coding", []) if isinstance(code, dict) else []
    named = [c for c in codings if isinstance(c, dict) and c.get("system") == LOINC]
    known = [str(c.get("code")) for c in named if str(c.get("code")) in loinc()]
    own = _coded(data, TEST)
    if own in tests() and not known:
        return _quantity(data, own, where, taken, notes)
    if len({loinc()[c][0] for c in known}) > 1:
        raise InputError(f"its codes {', '.join(known)} are of different tests", where=where)
    if not known:
        text = str(code.get("text", "")) if isinstance(code, dict) else ""
        shown = ", ".join(str(c.get("code")) for c in named) or text or "no code"
        reason = "is no test that is read here" if named else "has no LOINC code"
        if not quiet:
            notes.append(f"{where}: {shown} {reason}; it is left out.")
        return None
    name, usual = loinc()[known[0]]
    if name == ANTIBODY:
        return _answer(data, where, taken, notes)
    finding = _quantity(data, name, where, taken, notes)
    unit = _written_unit(data)
    if finding is not None and usual and unit and _mass(usual) != _mass(unit) and name != "hb":
        notes.append(
            f"{where}: the code {known[0]} is for {usual} but the unit is {unit}; the unit counts."
        )
    return finding


def _quantity(
    data: Mapping[str, Any], name: str, where: str, taken: str, notes: list[str]
) -> Finding | None:
    """Return a result with a number and a unit; None with a note."""
    quantity = data.get("valueQuantity")
    if isinstance(data.get("valueString"), str):
        return read_finding(tests()[name], data["valueString"], where, date=taken)
    if not isinstance(quantity, dict):
        reason = "its value is absent" if "dataAbsentReason" in data else "it has no quantity"
        notes.append(f"{where}: {name} is left out: {reason}.")
        return None
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"the value {value!r} of {name} is not a number", where=where)
    unit = _written_unit(data)
    sign = quantity.get("comparator", "")
    if sign and sign not in _COMPARATORS:
        raise InputError(f"the comparator {sign!r} is not one of FHIR", where=where)
    return checked(
        tests()[name], float(value), unit, where, sign=_COMPARATORS.get(sign, ""), date=taken,
        written=f"{sign}{value:g} {unit}",
    )  # fmt: skip


def _written_unit(data: Mapping[str, Any]) -> str:
    """Return the unit of an Observation: its UCUM code, else as it is written."""
    quantity = data.get("valueQuantity")
    if not isinstance(quantity, dict):
        return ""
    written = quantity.get("code") if quantity.get("system") == UCUM else None
    return str(written or quantity.get("unit") or quantity.get("code") or "")


def _mass(unit: str) -> bool:
    """Tell a concentration of mass from one of substance."""
    return "mol" not in unit.casefold()


def _answer(
    data: Mapping[str, Any], where: str, taken: str, notes: list[str]
) -> Finding | None:  # fmt: skip
    """Return a result that is positive or negative."""
    test = tests()[ANTIBODY]
    if isinstance(data.get("valueBoolean"), bool):
        word = "positive" if data["valueBoolean"] else "negative"
        return read_finding(test, word, where, date=taken)
    if isinstance(data.get("valueString"), str):
        return read_finding(test, data["valueString"], where, date=taken)
    concept = data.get("valueCodeableConcept")
    if not isinstance(concept, dict):
        notes.append(f"{where}: the antibody is left out: it has no answer.")
        return None
    for coding in concept.get("coding", []):
        if isinstance(coding, dict) and str(coding.get("code")) in _ANSWERS:
            return read_finding(test, _ANSWERS[str(coding["code"])], where, date=taken)
    return read_finding(test, str(concept.get("text", "")), where, date=taken)


def _patient(
    data: Mapping[str, Any], where: str, findings: tuple[Finding, ...], notes: list[str]
) -> tuple[float | None, str | None]:
    """Return age at the newest result and sex."""
    sex = data.get("gender")
    if sex not in ("female", "male"):
        if sex is not None:
            notes.append(f"{where}: the gender {sex} is not used.")
        sex = None
    born = data.get("birthDate")
    newest = max((one.date for one in findings), default="")
    if born is None or not newest:
        if born is not None:
            notes.append(f"{where}: no result has a date, so the age is not known.")
        return None, sex
    days = (date.fromisoformat(newest) - date.fromisoformat(day(str(born), where))).days
    if days < 0:
        raise InputError(f"was born on {born}, after the result of {newest}", where=where)
    return days / 365.25, sex


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")
