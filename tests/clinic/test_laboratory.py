"""Tests, units, traps, laboratory reports, bedside examination."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corrin.clinic import kidney
from corrin.clinic.combined import combined
from corrin.clinic.examination import examine, signs
from corrin.clinic.laboratory import report
from corrin.clinic.quantity import Finding, read_finding
from corrin.clinic.tests import limits, loinc, named_test
from corrin.clinic.tests import tests as every
from corrin.clinic.traps import circumstance, sprung
from corrin.errors import InputError
from corrin.study import Result, Scenario, simulate
from corrin.variables import catalogue


def read(test: str, written: str) -> Finding:
    return read_finding(named_test(test), written, "here")


@pytest.fixture(scope="module")
def gastritis() -> Result:
    return simulate(Scenario.load("autoimmune-gastritis"))


@pytest.fixture(scope="module")
def healthy() -> Result:
    return simulate(Scenario.load("healthy"), until="2 y")


@pytest.mark.parametrize(
    ("test", "written", "value"),
    [
        ("b12", "180 ng/L", 133),  # NG239 prints both units of its limits
        ("b12", "350 pg/mL", 258),
        ("b12", "133 pmol/L", 133),
        ("mma", "271 nmol/L", 0.271),
        ("mma", "0.271 µmol/L", 0.271),
        ("hb", "13.2 g/dL", 132),
        ("creatinine", "1 mg/dL", 88.4),
        ("folate", "4 ng/mL", 9.06),
        ("egfr", "55 mL/min/{1.73_m2}", 55),
    ],
)
def test_units_of_both_worlds(test: str, written: str, value: float) -> None:
    assert read(test, written).value == pytest.approx(value, rel=0.003)


@pytest.mark.parametrize(
    ("test", "written", "words"),
    [
        ("b12", "210", "unit of Serum vitamin B12 is missing"),
        ("b12", "210 ng/mL", "did you mean 'ng/L'"),
        ("b12", "much", "is not a result"),
        ("mma", "0,52 umol/L", "comma"),
        ("mma", "5200 umol/L", "outside what is possible"),
        ("if_antibody", "maybe", "neither positive nor negative"),
    ],
)
def test_wrong_results_are_refused_with_a_reason(test: str, written: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(test, written)


def test_comparators_are_kept() -> None:
    assert (read("b12", "<50 pmol/L").comparator, read("mma", ">10 umol/L").comparator) == (
        "<",
        ">",
    )


def test_filtration_of_the_worked_example() -> None:
    # A woman of 55 with 0.9 mg/dL: about 76 (worked example of a public page on CKD-EPI 2021).
    assert kidney.egfr(0.9 * 88.42, 55, "female") == pytest.approx(76, abs=0.6)


@pytest.mark.parametrize("value", [15.0, 60.0, 95.0, 120.0])
@pytest.mark.parametrize("sex", ["female", "male"])
def test_creatinine_is_the_inverse_of_filtration(value: float, sex: str) -> None:
    level = kidney.creatinine(value, 60, sex)
    assert kidney.egfr(level, 60, sex) == pytest.approx(value)


def test_combined_indicator_of_known_examples() -> None:
    # Sanity values of the evidence table (MET085): +0.41, and -3.8 in pernicious anaemia.
    assert combined(62, 317, 0.15, 9, 40).value == pytest.approx(0.41, abs=0.02)
    sick = combined(5, 27, 3.0, 62, 60)
    assert (sick.value, sick.label) == (pytest.approx(-3.8, abs=0.15), "probable deficiency")


def test_every_test_reads_an_output_in_its_unit() -> None:
    for one in every().values():
        if one.variable:
            assert one.unit == catalogue()[one.variable].unit
        if one.name != "if_antibody":
            assert one.units[one.unit] == 1
    assert {name for name, _ in loinc().values()} <= set(every())


def test_limits_are_those_of_the_laboratory_and_age() -> None:
    young, old = (limits("mma", "danish", age) for age in (40, 70))
    assert young is not None and old is not None
    assert (young.high, old.high) == (0.40, 0.46)
    bath = limits("b12", "bath")
    assert bath is not None and bath.low == pytest.approx(145 * 0.738, rel=1e-3)
    with pytest.raises(InputError, match="did you mean 'danish'"):
        limits("mma", "danisch")


def test_a_report_is_deterministic_and_true_without_noise(gastritis: Result) -> None:
    first, again = (report(gastritis, "4 y", seed=3) for _ in range(2))
    assert first == again != report(gastritis, "4 y", seed=4)
    for one in report(gastritis, "4 y", noise=False).readings[:10]:
        assert one.value == one.true


def test_noise_is_as_wide_as_the_table_says(healthy: Result) -> None:
    values = [report(healthy, "1 y", ["mma"], seed=k).readings[0].value for k in range(400)]
    spread = float(np.std(np.log(values)))
    expected = math.hypot(0.039, 0.23)
    assert spread == pytest.approx(expected, rel=0.12)


def test_gastritis_is_flagged_and_health_is_not(gastritis: Result, healthy: Result) -> None:
    sick = {r.test.name: r.flag for r in report(gastritis, "8 y", noise=False).readings}
    well = {r.test.name: r.flag for r in report(healthy, "1 y", noise=False).readings}
    assert (sick["b12"], sick["mma"], sick["hcy"], sick["hb"]) == ("low", "high", "high", "low")
    assert set(well.values()) == {""}


def test_a_report_carries_the_combined_indicator(gastritis: Result) -> None:
    found = report(gastritis, "8 y", noise=False).combined
    assert found is not None and found.label == "probable deficiency"


def test_a_reading_can_be_told_in_another_unit(gastritis: Result) -> None:
    one = report(gastritis, "4 y", ["b12"]).readings[0]
    assert one.in_unit("ng/L") == pytest.approx(one.value * 1.3554, rel=1e-3)
    with pytest.raises(InputError, match="unit of Serum vitamin B12"):
        one.in_unit("mg/L")


def test_traps_spring_only_on_the_tests_they_bend() -> None:
    results = [read("b12", "300 ng/L"), read("mma", "0.5 umol/L")]
    names = {t.name for t in sprung(results, (), egfr=40)}
    assert names == {"kidney"}
    assert sprung([read("b12", "300 ng/L")], (), egfr=40) == []
    found = sprung([read("b12", "300 ng/L"), read("if_antibody", "positive")])
    assert [t.name for t in found] == ["if antibody"]
    low = sprung([read("folate", "3 nmol/L"), read("hcy", "25 umol/L")])
    assert [t.name for t in low] == ["low folate"]


def test_circumstances_have_aliases_and_near_matches() -> None:
    assert circumstance("laughing gas") == "nitrous oxide"
    with pytest.raises(InputError, match="did you mean 'contraceptive'"):
        circumstance("contraceptives")


def test_signs_are_rare_in_health_and_common_in_cord_disease(
    gastritis: Result, healthy: Result
) -> None:
    sick = {f.sign.name: f.probability for f in examine(gastritis, "9 y")}
    well = {f.sign.name: f.probability for f in examine(healthy, "1 y")}
    # Almost all with neuropathy lose vibration sense (N021: 80 to 100 %).
    assert sick["vibration"] > 0.8
    early = {f.sign.name: f.probability for f in examine(gastritis, "3 y")}
    assert early["vibration"] > early["position"] > early["romberg"]
    assert all(chance < 0.2 for chance in well.values())
    assert set(sick) == set(signs())
