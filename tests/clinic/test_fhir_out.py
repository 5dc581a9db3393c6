"""The answer as resources of FHIR R4: valid, and read back as the same case."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from corrin.clinic import reference
from corrin.clinic.case import Case, cause_names, make_case
from corrin.clinic.facts import vocabulary
from corrin.clinic.fhir import LOINC, WORD, read_bundle
from corrin.clinic.interpret import Interpretation, interpret
from corrin.clinic.quantity import read_finding
from corrin.clinic.reference import Population
from corrin.clinic.tests import ANTIBODY, named_test
from corrin.clinic.tests import tests as every_test
from corrin.errors import InputError
from corrin.faces.cli import app
from corrin.faces.interpret_case import case_of
from corrin.faces.interpret_fhir import bundle
from corrin.provenance import PURPOSE

RESULTS = {
    "b12": "120 ng/L", "holotc": "<20 pmol/L", "mma": "640 nmol/L", "hcy": "22 umol/L",
    "folate": "18 nmol/L", "hb": "11.8 g/dL", "mcv": "104 fL", "reticulocytes": "0.8 %",
    "platelets": "180 10^9/L", "lobes": "3.9", "creatinine": "0.9 mg/dL",
    "egfr": "72 mL/min/1.73m2", "if_antibody": "positive",
}  # fmt: skip


def the_case(**more: Any) -> Case:
    findings = [
        read_finding(named_test(n), text, "results.csv, line 2", date="2026-03-01")
        for n, text in RESULTS.items()
    ]
    return make_case(findings, age=67.25, sex="female", **more)


WORDS = {
    "present": ["numbness", "vibration", "metformin"], "absent": ["balance"],
    "without": ["vegan", "nitrous oxide"],
}  # fmt: skip


@pytest.fixture(scope="module")
def found(people: Population) -> Interpretation:
    return interpret(the_case(**WORDS), people, plans=())


def again(found: Interpretation) -> Case:
    return case_of(read_bundle(json.dumps(bundle(found)), "b.json"), ())


def same(one: Case, other: Case) -> bool:
    """Whether two cases hold the same, numbers to the last digits; notes may differ."""
    assert [(f.test, f.comparator, f.date) for f in one.findings] == [
        (f.test, f.comparator, f.date) for f in other.findings
    ]
    for a, b in zip(one.findings, other.findings, strict=True):
        assert a.value == pytest.approx(b.value, rel=1e-12)
    bare = {"findings": (), "notes": ()}
    return replace(one, **bare) == replace(other, **bare)


def test_every_test_of_the_laboratory_is_in_it(found: Interpretation) -> None:
    assert set(RESULTS) == set(every_test())
    codes = [
        coding
        for entry in bundle(found)["entry"]
        if entry["resource"]["resourceType"] == "Observation"
        for coding in entry["resource"]["code"]["coding"]
    ]
    assert sum(coding["system"] == LOINC for coding in codes) == len(RESULTS) - 2 + 1  # and age
    assert sum(coding["system"] == WORD for coding in codes) == 4


def test_it_is_read_back_as_the_same_case(found: Interpretation) -> None:
    assert same(again(found), found.case)


def test_every_word_comes_back(found: Interpretation) -> None:
    for word in vocabulary():
        for kind in ("present", "absent"):
            case = the_case(**{kind: [word]})
            assert same(again(replace(found, case=case)), case), (word, kind)
    for cause in cause_names():
        case = the_case(causes=[cause])
        assert same(again(replace(found, case=case)), case), cause


def test_it_is_valid_fhir(found: Interpretation) -> None:
    pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
    from fhir.resources.R4B.bundle import Bundle

    plain = bundle(found)
    whole = Bundle.model_validate(plain)
    kinds = [one.resource.__class__.__name__ for one in whole.entry]
    assert kinds[0] == "Patient" and kinds[-2:] == ["RiskAssessment", "DiagnosticReport"]
    assert set(kinds[1:-2]) == {"Observation"}
    # What the library writes is read as what corrin wrote.
    read = read_bundle(whole.model_dump_json(), "b.json")
    assert same(case_of(read, ()), found.case)


def test_references_lead_somewhere(found: Interpretation) -> None:
    plain = bundle(found)
    names = [entry["fullUrl"] for entry in plain["entry"]]
    assert len(set(names)) == len(names)
    assert all(name.startswith("urn:uuid:") for name in names)

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["reference"]] if "reference" in value else []
            return own + [r for v in value.values() for r in references(v)]
        return [r for v in value for r in references(v)] if isinstance(value, list) else []

    found_there = references(plain)
    assert set(found_there) == set(names) - set(names[-2:])  # the answer is referred to by none


def test_probabilities_are_in_percent_with_their_statement_of_use(found: Interpretation) -> None:
    risk, report = (entry["resource"] for entry in bundle(found)["entry"][-2:])
    told = {one["outcome"]["text"]: one for one in risk["prediction"]}
    short = told["Tissues short of B12"]
    assert short["probabilityDecimal"] == pytest.approx(100 * found.answer.low[1], abs=1e-3)
    causes = [one for text, one in told.items() if text.startswith("Cause: ")]
    assert 99 < sum(one["probabilityDecimal"] for one in causes) <= 100.001
    assert "before the results" in short["rationale"]
    assert risk["note"][0]["text"] == PURPOSE
    assert report["conclusion"].startswith(PURPOSE) and PURPOSE in report["text"]["div"]
    assert risk["status"] == report["status"] == "preliminary"


def test_nothing_of_a_person_is_made_up(people: Population) -> None:
    bare = make_case([read_finding(named_test("b12"), "120 ng/L", "")])
    plain = bundle(interpret(bare, people, plans=(), sets=()))
    assert plain["entry"][0]["resource"] == {"resourceType": "Patient"}
    text = json.dumps(plain)
    assert "birthDate" not in text and "effectiveDateTime" not in text
    assert same(case_of(read_bundle(text, "b.json"), ()), bare)


def test_an_age_that_is_none_is_refused() -> None:
    age = {
        "resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "30525-0"}]},
        "valueQuantity": {"value": 800, "code": "mo"},
    }  # fmt: skip
    with pytest.raises(InputError, match="not a number of years"):
        read_bundle(json.dumps({"resourceType": "Bundle", "entry": [{"resource": age}]}), "b.json")


def test_the_command_writes_it(
    people: Population, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reference, "load", lambda: people)
    monkeypatch.setattr(reference, "available", lambda: people.courses)
    file = tmp_path / "answer.fhir.json"
    given = ["--b12", "120 ng/L", "--if-antibody", "negative", "--age", "67", "--no-courses"]
    more = ["--no-refine", "--guideline", "none"]
    done = CliRunner().invoke(app, ["interpret", *given, *more, "--out", str(file)])
    assert done.exit_code == 0, done.output
    read = CliRunner().invoke(app, ["interpret", str(file), "--no-courses", *more, "--json"])
    answer = json.loads(read.stdout)
    assert answer["read"]["age"] == 67
    told = {one["test"]: one["value"] for one in answer["read"]["results"]}
    assert told == {"b12": pytest.approx(120 * 0.73779), ANTIBODY: 0}
