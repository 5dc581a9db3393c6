"""Results as they come: Bundles and tables with everything that goes wrong in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corrin.clinic.fhir import LOINC, UCUM, read_bundle
from corrin.clinic.interpret import read_file
from corrin.clinic.records import Read
from corrin.clinic.spreadsheet import read_csv
from corrin.errors import InputError


def observation(code: str, value: Any, unit: str = "", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": "2026-03-01T08:00:00Z",
    }
    if unit:
        found["valueQuantity"] = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {**found, **more}


def bundle(*resources: dict[str, Any]) -> Read:
    entries = [{"resource": one} for one in resources]
    return read_bundle(json.dumps({"resourceType": "Bundle", "entry": entries}), "b.json")


PATIENT = {"resourceType": "Patient", "gender": "female", "birthDate": "1958-06-15"}


def values(read: Read) -> dict[str, float]:
    return {one.test: round(one.value, 3) for one in read.findings}


def test_a_bundle_is_read_with_person_and_units() -> None:
    read = bundle(
        PATIENT,
        observation("2132-9", 210, "pg/mL"),
        observation("13964-2", 520, "nmol/L"),
        observation("718-7", 13.2, "g/dL"),
    )
    assert values(read) == {"b12": 154.936, "mma": 0.52, "hb": 132.0}
    assert read.age == pytest.approx(67.7, abs=0.05)
    assert (read.sex, read.notes) == ("female", ())


def test_components_of_a_panel_are_read() -> None:
    parts = [
        {key: one[key] for key in ("code", "valueQuantity")}
        for one in (observation("718-7", 101, "g/L"), observation("787-2", 112, "fL"))
    ]
    panel = observation("58410-2", 0, component=parts)
    assert values(bundle(panel)) == {"hb": 101.0, "mcv": 112.0}


def test_missing_duplicated_and_corrected_observations() -> None:
    read = bundle(
        observation("2132-9", 210, "pg/mL"),
        observation("2132-9", 210, "pg/mL"),
        observation("13965-9", 30, "umol/L"),
        observation("13965-9", 13, "umol/L", status="corrected"),
        observation("13964-2", 0, dataAbsentReason={"text": "sample lost"}),
        observation("787-2", 88, "fL", status="entered-in-error"),
    )
    assert values(read) == {"b12": 154.936, "hcy": 13.0}
    told = " ".join(read.notes)
    for words in ("repeats b.json, entry 1", "entry 4 replaces it", "absent", "entered-in-error"):
        assert words in told


def test_two_reports_that_contradict_are_refused() -> None:
    with pytest.raises(InputError, match="same test and day"):
        bundle(observation("2132-9", 210, "pg/mL"), observation("2132-9", 340, "pg/mL"))


def test_the_newest_of_several_dates_counts() -> None:
    old = {"effectiveDateTime": "2025-01-05"}
    read = bundle(
        observation("2132-9", 150, "pg/mL", **old),
        observation("2132-9", 210, "pg/mL"),
        observation("13965-9", 30, "umol/L", **old),
    )
    assert values(read) == {"b12": 154.936}
    assert "newer one" in read.notes[0] and "90 days older" in read.notes[1]


def test_comparators_and_the_unit_over_the_code() -> None:
    low = observation("2132-9", 50, "pmol/L")
    low["valueQuantity"]["comparator"] = "<"
    read = bundle(low)
    assert (read.findings[0].comparator, read.findings[0].value) == ("<", 50)
    assert "the unit counts" in read.notes[0]


def test_codes_that_are_not_known_leave_a_note() -> None:
    local = observation("x", 5, "mmol/L")
    local["code"] = {"coding": [{"system": "http://lab.example", "code": "B12"}], "text": "B12"}
    read = bundle(observation("2951-2", 140, "mmol/L"), local, observation("2132-9", 210, "ng/L"))
    assert values(read) == {"b12": 154.936}
    assert "2951-2 is no test" in read.notes[0] and "has no LOINC code" in read.notes[1]


def test_a_code_of_two_tests_is_refused() -> None:
    both = observation("2132-9", 210, "pg/mL")
    both["code"]["coding"].append({"system": LOINC, "code": "13965-9"})
    with pytest.raises(InputError, match="different tests"):
        bundle(both)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (observation("2132-9", "210", "pg/mL"), "entry 1: the value '210' of b12 is not a number"),
        (observation("2132-9", 210, "mg/dL"), "entry 1: unknown unit of Serum vitamin B12"),
        (observation("2132-9", -4, "pg/mL"), "entry 1: .*outside what is possible"),
        (observation("2132-9", 210, "pg/mL", status="done"), "status 'done'"),
        (observation("2132-9", 1, "pg/mL", effectiveDateTime="soon"), "'soon' is not a date"),
    ],
)
def test_wrong_values_name_the_entry(resource: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        bundle(resource)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resourceType": "Patient"}', '{"a": NaN}'])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"b\.json"):
        read_bundle(text, "b.json")


def test_results_of_two_people_are_refused() -> None:
    one = observation("2132-9", 210, "pg/mL", subject={"reference": "Patient/1"})
    two = observation("13965-9", 12, "umol/L", subject={"reference": "Patient/2"})
    with pytest.raises(InputError, match="more than one person"):
        bundle(one, two)


def test_the_antibody_is_read_from_words_and_codes() -> None:
    concept = {"valueCodeableConcept": {"coding": [{"code": "260385009"}]}}
    assert bundle(observation("31444-3", 0, **concept)).findings[0].value == 0
    words = observation("31444-3", 0, valueString="Positive")
    assert bundle(words).findings[0].value == 1


def test_a_table_with_decimal_commas_age_and_symptoms() -> None:
    text = (
        "Test;Value;Unit;Date\nVitamin B12;210;ng/L;2026-03-01\nMMA;0,52;µmol/L;2026-03-01\n"
        "Sodium;140;mmol/L;2026-03-01\nage;67;;\nsex;F;;\nvibration;yes;;\nbalance;no;;\n"
    )
    read = read_csv("\ufeff" + text, "t.csv")
    assert values(read) == {"b12": 154.936, "mma": 0.52}
    assert (read.age, read.sex) == (67, "female")
    assert read.words == {True: ("vibration",), False: ("balance",)}
    assert "decimal comma" in read.notes[0] and "Sodium" in read.notes[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('test,value,unit\nmma,"1,234",nmol/L\n', "line 2: '1,234' could have"),
        ("test,value,unit\nb12,210,\n", "line 2: the unit"),
        ("test,value,unit\nhomocystein,12,umol/L\n", "line 2: .*did you mean 'homocysteine'"),
        ("test,value,unit\nmma,0,52,umol/L\n", "line 2: has 4 cells"),
        ("analyte;level\nb12;3\n", "the column 'value' is missing"),
        ("test,value\nsodium,3\n", "no result that can be used"),
        ("", "is empty"),
    ],
)
def test_wrong_tables_name_the_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_csv(text, "t.csv")


def test_files_are_read_by_their_ending(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text("test,value,unit\nb12,210,ng/L\n", encoding="utf-8")
    assert values(read_file(file)) == {"b12": 154.936}
    with pytest.raises(InputError, match="file ending"):
        read_file(tmp_path / "results.pdf")
    with pytest.raises(InputError, match="cannot be read"):
        read_file(tmp_path / "none.csv")
