"""A person's results, read, as resources of FHIR R4.

A Bundle (a collection) of the results as Observations, a RiskAssessment with the probabilities and
a DiagnosticReport with the answer in words. `corrin interpret` reads the Observations back as the
same case. The two resources that hold the answer are ``preliminary``: nobody has verified them.
"""

from __future__ import annotations

import json
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from corrin.clinic.case import WORDS
from corrin.clinic.fhir import AGE, CAUSE, LOINC, TEST, UCUM, WORD
from corrin.clinic.interpret import flag
from corrin.clinic.posterior import supply_limits
from corrin.clinic.quantity import Finding
from corrin.clinic.tests import ANTIBODY, limits, loinc, tests
from corrin.faces.interpret_text import sections
from corrin.faces.wording import percent
from corrin.files import whole_file
from corrin.provenance import PURPOSE, now, versions

if TYPE_CHECKING:
    from corrin.clinic.case import Case
    from corrin.clinic.interpret import Interpretation

_SNOMED = "http://snomed.info/sct"
_FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_ANSWERS = {1.0: ("10828004", "positive"), 0.0: ("260385009", "negative")}
# Units of UCUM where corrin writes them otherwise.
_UNITS = {"10^9/L": "10*9/L", "mL/min/1.73m2": "mL/min/{1.73_m2}"}
_LEAST = 0.005  # causes less likely than this before and after are left out
_NAME = "Vitamin B12 status, read against virtual people"

Resource = dict[str, Any]


def write_bundle(found: Interpretation, path: str | Path) -> None:
    """Write an interpretation as a Bundle of FHIR R4."""
    with whole_file(Path(path)) as part:
        text = json.dumps(bundle(found), allow_nan=False, ensure_ascii=False, indent=1)
        part.write_text(text + "\n", encoding="utf-8")


def bundle(found: Interpretation) -> Resource:
    """Return an interpretation as a Bundle of FHIR R4, as plain values.

    Probabilities are in percent, as FHIR has them in a RiskAssessment.
    """
    created = now()
    case = found.case
    # Names follow from what is in them and when: those of two people never meet in one place.
    seed = repr((case, found.posterior.population.courses, created))

    def name(index: int) -> str:
        return UUID(bytes=sha256(f"{seed} {index}".encode()).digest()[:16], version=4).urn

    subject = {"reference": name(0)}
    patient: Resource = {"resourceType": "Patient"}
    if case.sex is not None:
        patient["gender"] = case.sex
    read = [{**one, "subject": subject} for one in (*_results(case), *_words(case), *_age(case))]
    named = [{"reference": name(index)} for index in range(1, len(read) + 1)]
    about = {"subject": subject, "status": "preliminary"}
    risk = {
        "resourceType": "RiskAssessment", **about, "code": {"text": _NAME},
        "method": {"text": f"corrin {versions()['corrin']}: virtual people of a mechanistic model, "
                           "weighted by how well they fit the results"},
        "occurrenceDateTime": created, "basis": named, "prediction": _predictions(found),
        "note": [{"text": text} for text in (PURPOSE, *found.notes())],
    }  # fmt: skip
    lines = [f"{title}: {' '.join(line.strip() for line in said)}"
             for title, said in sections(found) if said]  # fmt: skip
    report = {
        "resourceType": "DiagnosticReport", **about, "code": {"text": _NAME},
        "issued": created, "result": named[: len(case.findings)],
        "conclusion": "\n".join([PURPOSE, *lines]), "text": _narrative([PURPOSE, *lines]),
    }  # fmt: skip
    newest = max((f.date for f in case.findings), default="")
    if newest:
        report["effectiveDateTime"] = newest
    whole = [patient, *read, risk, report]
    return {
        "resourceType": "Bundle", "type": "collection", "timestamp": created,
        "entry": [{"fullUrl": name(i), "resource": one} for i, one in enumerate(whole)],
    }  # fmt: skip


def _results(case: Case) -> list[Resource]:
    """Return the results as Observations."""
    return [_result(one, case) for one in case.findings]


def _result(one: Finding, case: Case) -> Resource:
    """Return a result with its flag and reference limits."""
    test = tests()[one.test]
    found: Resource = {
        "resourceType": "Observation", "status": "final",
        "code": {"coding": [_coding(one.test, test.unit)], "text": test.long_name},
    }  # fmt: skip
    if one.date:
        found["effectiveDateTime"] = one.date
    if one.written:
        found["note"] = [{"text": f"written as {one.written}"}]
    if one.test == ANTIBODY:
        code, word = _ANSWERS[one.value]
        found["valueCodeableConcept"] = {
            "coding": [{"system": _SNOMED, "code": code, "display": word}], "text": word
        }  # fmt: skip
        return found
    found["valueQuantity"] = {"value": one.value, **_unit(test.unit)}
    if one.comparator:
        found["valueQuantity"]["comparator"] = one.comparator
    mark = flag(case, one.test)
    if mark:
        code = {"low": "L", "high": "H"}[mark]
        found["interpretation"] = [{"coding": [{"system": _FLAGS, "code": code, "display": mark}]}]
    known = limits(one.test, case.laboratory, case.age, case.sex)
    both = {} if known is None else {"low": known.low, "high": known.high}
    ends = {key: {"value": v, **_unit(test.unit)} for key, v in both.items() if v is not None}
    return {**found, "referenceRange": [ends]} if ends else found


def _unit(unit: str) -> Resource:
    """Return a unit as FHIR writes it."""
    return {"unit": unit, "system": UCUM, "code": _UNITS.get(unit, unit)}


def _coding(test: str, unit: str) -> Resource:
    """Return the code of a test, one for the unit if there are several."""
    codes = {code: usual for code, (name, usual) in loinc().items() if name == test}
    if not codes:
        return {"system": TEST, "code": test}
    fit = [code for code, usual in codes.items() if ("mol" in usual) == ("mol" in unit)]
    return {"system": LOINC, "code": (fit or list(codes))[0]}


def _words(case: Case) -> list[Resource]:
    """Return what was said to be there or not, and known of the cause, as Observations."""
    systems = zip(WORDS, ((WORD, True), (WORD, False), (CAUSE, True), (CAUSE, False)), strict=True)
    return [
        {
            "resourceType": "Observation", "status": "final", "valueBoolean": value,
            "code": {"coding": [{"system": system, "code": word}], "text": word},
        }
        for kind, (system, value) in systems
        for word in case.words.get(kind, ())
    ]  # fmt: skip


def _age(case: Case) -> list[Resource]:
    """Return the age as an Observation: a day of birth would tell more than is known."""
    if case.age is None:
        return []
    quantity = {"value": case.age, "unit": "years", "system": UCUM, "code": "a"}
    return [
        {
            "resourceType": "Observation", "status": "final",
            "code": {"coding": [{"system": LOINC, "code": AGE}], "text": "Age"},
            "valueQuantity": quantity,
        }
    ]  # fmt: skip


def _predictions(found: Interpretation) -> list[Resource]:
    """Return the probabilities with those before the results and what they mean."""
    one = found.answer
    states = (one.low, one.probable, one.definite)
    titles = ("Tissues short of B12", "Tissues clearly short of B12",
              "Tissues severely short of B12")  # fmt: skip
    rows = [
        (title, *state, f"; supply of the tissues below {limit:.2f} of normal")
        for title, state, limit in zip(titles, states, supply_limits().values(), strict=True)
    ]
    rows += [(f"Cause: {c}", p, q, "") for c, p, q in one.causes if max(p, q) >= _LEAST]
    told = [
        {
            "outcome": {"text": title}, "probabilityDecimal": round(100 * after, 4),
            "rationale": f"{percent(after)}; before the results {percent(before)}{more}",
        }
        for title, before, after, more in rows
    ]  # fmt: skip
    damage = {
        "outcome": {"text": "A tract of nerve is damaged"},
        "probabilityDecimal": round(100 * one.damage, 4),
        "rationale": f"{percent(one.damage)}; more than 5 % of its function is lost",
    }
    return [*told, damage]


def _narrative(lines: list[str]) -> Resource:
    """Return lines as the text that a resource shows to people."""
    inside = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>',
    }
