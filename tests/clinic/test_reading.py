"""A person's results read against virtual people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.clinic import reference
from corrin.clinic.calibration import calibrate
from corrin.clinic.case import Case, make_case
from corrin.clinic.consistency import consistency
from corrin.clinic.interpret import Interpretation, interpret
from corrin.clinic.likelihood import log_likelihood, response
from corrin.clinic.next_test import ENOUGH, next_tests
from corrin.clinic.posterior import (
    ACID,
    FLOOR,
    answer,
    carrying,
    effective,
    supply_limits,
    weigh,
)
from corrin.clinic.quantity import Finding, read_finding
from corrin.clinic.reference import CHUNK, OUTPUTS, Population, chunk_stratum, simulate_courses
from corrin.clinic.strata import strata
from corrin.clinic.tests import named_test
from corrin.errors import InputError
from corrin.faces.cli import app
from corrin.faces.interpret_page import write_page
from corrin.provenance import PURPOSE
from corrin.study import Person, Scenario, simulate
from corrin.study.causes import Cause
from corrin.study.timeline import Event
from corrin.units import YEAR
from corrin.weighted import quantiles


def case(age: float | None = 67, sex: str | None = None, **results: str) -> Case:
    found = [read_finding(named_test(n), text, f"--{n}") for n, text in results.items()]
    return make_case(found, age=age, sex=sex)


SEVERE = {"b12": "60 ng/L", "mma": "5 umol/L", "hcy": "60 umol/L", "hb": "90 g/L", "mcv": "115 fL"}
HEALTHY = {"b12": "420 ng/L", "mma": "0.14 umol/L", "hcy": "9 umol/L", "hb": "145 g/L"}


def test_chunks_share_strata_as_the_table_says() -> None:
    drawn = np.bincount([chunk_stratum(c)[0] for c in range(400)], minlength=len(strata())) / 400
    assert np.allclose(drawn, [one.draws for one in strata()], atol=1 / 400 + 1e-9)


def test_the_same_people_come_whatever_the_size(people: Population) -> None:
    again = simulate_courses([3])
    chosen = people["course"] // CHUNK == 3
    for name in ("age", "serum_b12", "since"):
        assert np.array_equal(again[name], people[name][chosen])


def test_somebody_has_no_cause_at_every_age() -> None:
    for share in ("young", "old"):
        shares = [getattr(one, share) for one in strata()]
        assert sum(shares) == pytest.approx(1) and min(shares) >= 0
        assert shares[0] > 0.1  # the first is no cause


def test_prior_weights_give_the_shares_of_the_table(people: Population) -> None:
    weights = people.prior(70.0)
    labels = people["stratum"].astype(int)
    gastritis = next(i for i, one in enumerate(strata()) if one.name == "autoimmune gastritis")
    total = sum(one.old for one in strata())
    # Few courses of each stratum lie near 70 years: within a factor of two.
    share = weights[labels == gastritis].sum() * total
    assert 0.5 * 0.019 < share < 2 * 0.019


@pytest.mark.parametrize("cause", ["autoimmune gastritis", "total gastrectomy"])
def test_limits_of_supply_are_where_methylmalonic_acid_passes_its_own(cause: str) -> None:
    sick = Scenario("sick", Person(sex="female"), (Event(0.0, Cause(cause)),), 10 * YEAR)
    result = simulate(sick)
    supply = np.minimum(
        result.dataset["mutase_cofactor_saturation"],
        result.dataset["methionine_synthase_activity_nerve"],
    ).values
    acid = result.dataset["methylmalonic_acid"].values
    limits = supply_limits()
    assert list(limits) == list(ACID)
    for name, level in ACID.items():  # whatever it is that takes B12 away
        at = int(np.argmax(supply < limits[name]))
        assert acid[at] == pytest.approx(level, rel=0.1)


def test_what_is_integrated_over_touches_one_output_only() -> None:
    scenario = Scenario.load("autoimmune-gastritis")
    names = ["serum_b12", "holotranscobalamin", "methylmalonic_acid", "deficit_dorsal_columns"]
    changed = {
        "holohaptocorrin_reference": 4e-4,
        "haptocorrin_clearance": 0.073 * 2.36 / 4,  # coupled to it among people
    }
    one = simulate(scenario, outputs=names, times=[0, 1500.0])
    other = simulate(scenario, outputs=names, times=[0, 1500.0], parameters=changed)
    assert other.at(1500, "serum_b12") > 1.4 * one.at(1500, "serum_b12")
    for name in names[1:]:
        assert other.at(1500, name) == pytest.approx(one.at(1500, name), rel=5e-3)


def test_a_response_is_a_distribution(people: Population) -> None:
    own = response("b12", people.subset(np.arange(50)))
    grid = np.exp(np.linspace(-2, 10, 4000))
    below = np.array([own.below(v) for v in grid])
    assert np.allclose(below[0], 0, atol=1e-6) and np.allclose(below[-1], 1, atol=1e-6)
    drawn = own.draw(np.zeros(3000, int), np.random.default_rng(1).random((2, 3000)))
    for value in (100.0, 250.0, 400.0):
        assert np.mean(drawn < value) == pytest.approx(own.below(value)[0], abs=0.03)


def test_a_comparator_counts_as_a_range(people: Population) -> None:
    low = log_likelihood(Finding("b12", 60.0, "<"), Case(), people)
    assert np.all(low <= 1e-9)
    assert low[np.argmin(people["serum_b12"])] > low[np.argmax(people["serum_b12"])]


def test_severe_results_mean_gastritis_and_damage(people: Population) -> None:
    found = answer(weigh(case(sex="female", **SEVERE), people))
    assert found.low[1] > 0.9 > 0.3 > found.low[0]
    assert found.causes[0][0] == "autoimmune gastritis"
    assert found.stores.middle < 400 and found.damage > 0.8
    assert found.since is not None and found.since.low < found.since.middle < found.since.high


def test_healthy_results_make_deficiency_less_likely(people: Population) -> None:
    found = answer(weigh(case(**HEALTHY), people))
    assert found.low[1] < found.low[0] and found.probable[1] < 0.01


def test_known_causes_are_all_that_is_left(people: Population) -> None:
    results = [read_finding(named_test("b12"), "150 ng/L", "")]
    known = make_case(results, age=60, causes=["metformin"])
    found = answer(weigh(known, people))
    assert found.causes[0][:1] == ("metformin",) and found.causes[0][2] == pytest.approx(1)
    ruled = make_case(known.findings, age=60, without=["metformin"])
    shares = {c: q for c, _, q in answer(weigh(ruled, people)).causes}
    assert shares["metformin"] == 0


def test_the_antibody_points_to_gastritis(people: Population) -> None:
    def share(word: str) -> float:
        found = answer(weigh(case(b12="120 ng/L", if_antibody=word), people))
        return next(q for c, _, q in found.causes if c == "autoimmune gastritis")

    assert share("positive") > 3 * share("negative")


def test_symptoms_and_signs_move_the_tracts(people: Population) -> None:
    results = [read_finding(named_test("b12"), "120 ng/L", "")]
    words = ["numbness feet", "vibration"]
    there = answer(weigh(make_case(results, age=60, present=words), people))
    gone = answer(weigh(make_case(results, age=60, absent=words), people))
    assert there.tracts["dorsal_columns"].middle > gone.tracts["dorsal_columns"].middle
    assert there.damage > gone.damage


def test_few_people_widen_the_comparison_and_are_told(people: Population) -> None:
    post = weigh(case(age=30, sex="male", b12="20 ng/L", mma="80 umol/L", hb="40 g/L"), people)
    assert post.alike > 0 or post.exponent < 1
    assert post.effective >= min(FLOOR, 0.45 * effective(post.prior, people)) * 0.99
    assert 0 < post.exponent <= 1


def test_looks_at_one_course_count_as_one(people: Population) -> None:
    one = (people["course"] == people["course"][0]).astype(float)
    assert one.sum() > 1 and effective(one, people) == pytest.approx(1)


def test_weighted_quantiles() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0])
    assert quantiles(values, weights, (0.5,)) == (2.0,)
    assert np.isnan(quantiles(values, weights * 0, (0.5,))[0])


def test_few_rows_carry_nearly_all_of_the_weight() -> None:
    weights = np.random.default_rng(3).pareto(1.2, 5000)
    rows = carrying(weights)
    assert weights[rows].sum() >= 0.999 * weights.sum()
    assert len(rows) < 5000
    left_out = np.delete(weights, rows)
    assert left_out.max() <= weights[rows].min()
    np.testing.assert_array_equal(carrying(np.array([0.0, 1.0, 0.0])), [1])


def test_a_slip_of_the_unit_is_found_and_named(people: Population) -> None:
    results = {**HEALTHY, "mma": "140 umol/L"}  # nmol/L was meant
    odd = [fit for fit in consistency(case(**results), people) if fit.odd]
    assert [fit.finding.test for fit in odd] == ["mma"]
    assert odd[0].units == ("nmol/L",)
    assert not any(fit.odd for fit in consistency(case(**HEALTHY), people))
    assert not any(fit.odd for fit in consistency(case(**SEVERE), people))


def test_a_ten_fold_slip_of_b12_is_found_in_most_people(people: Population) -> None:
    found, told = 0, 0
    rows = np.flatnonzero(people["mutase_cofactor_saturation"] > 0.8)[::1500][:6]
    for row in rows:
        results = [
            Finding("b12", 10 * float(people["serum_b12"][row])),
            Finding("hcy", float(people["total_homocysteine"][row])),
            Finding("mma", float(people["methylmalonic_acid"][row])),
        ]
        fits = consistency(Case(tuple(results), float(people["age"][row])), people)
        found += any(fit.odd for fit in fits)
        told += any(fit.odd and fit.finding.test == "b12" for fit in fits)
    assert found >= 0.6 * len(rows) and told == found


def test_the_next_test_is_one_that_tells(people: Population) -> None:
    known = case(b12="170 ng/L")
    post = weigh(known, people)
    assert post.effective >= ENOUGH
    worths = next_tests(known, post)
    assert worths == sorted(worths, key=lambda w: -w.bits)
    assert {"b12"} & {w.test for w in worths} == set()
    by_name = {w.test: w.bits for w in worths}
    # Active B12 and methylmalonic acid tell more about the tissues than the antibody does.
    assert max(by_name["holotc"], by_name["mma"]) > by_name["if_antibody"]


def test_no_next_test_where_few_people_fit(people: Population) -> None:
    known = case(sex="female", **SEVERE)
    post = weigh(known, people)
    if post.effective < ENOUGH:
        assert next_tests(known, post) == []


@pytest.fixture(scope="module")
def found(people: Population) -> Interpretation:
    return interpret(case(b12="120 ng/L", mma="0.6 umol/L"), people)


def test_the_course_without_treatment_is_the_worst(found: Interpretation) -> None:
    untreated, oral, injected = found.outlooks
    assert untreated.people == oral.people >= 20
    for one in (oral, injected):
        acid = "methylmalonic_acid"
        assert one.spans[acid][-1].middle < untreated.spans[acid][-1].middle
        assert one.spans["serum_b12"][3].low > untreated.spans["serum_b12"][3].low


def test_the_answer_is_plain_and_stamped(found: Interpretation) -> None:
    plain: dict[str, Any] = json.loads(json.dumps(found.to_dict(), default=float))
    assert plain["manifest"]["use"] == PURPOSE
    assert sum(one["posterior"] for one in plain["causes"]) == pytest.approx(1)
    assert plain["read"]["results"][0]["flag"] == "low"
    ids = {d["decision"]["rule"] for d in plain["guidelines"]["nice-ng239"] if d["decision"]}
    assert "R1.3.c1" in ids  # 120 ng/L is below 180


def test_the_page_is_whole_and_escaped(found: Interpretation, tmp_path: Path) -> None:
    write_page(found, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert PURPOSE in text and "autoimmune gastritis" in text and "R1.3.c1" in text
    assert "<script" not in text and "https://" not in text


def test_calibration_runs(people: Population) -> None:
    results, sizes = calibrate(people, 25)
    assert {one.quantity for one in results} >= {"supply", "since", "worst_tract"}
    assert all(0.5 <= one.coverage <= 1 for one in results)
    assert all(0 <= rank <= 1 + 1e-9 for one in results for rank in one.ranks)
    assert sizes["median"] > 10


@pytest.fixture
def cached(people: Population, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "load", lambda: people)
    monkeypatch.setattr(reference, "available", lambda: people.courses)


@pytest.mark.usefixtures("cached")
def test_the_command_reads_options_and_files(tmp_path: Path) -> None:
    arguments = ["interpret", "--b12", "120 ng/L", "--mma", "0.6 umol/L", "--age", "67"]
    answer = CliRunner().invoke(app, [*arguments, "--no-courses", "--guideline", "nice-ng239"])
    assert answer.exit_code == 0, answer.output
    for words in ("Tissues short of B12", "deficiency confirmed", "as other sources", PURPOSE):
        assert words in " ".join(answer.output.split())
    file = tmp_path / "r.csv"
    file.write_text("test,value,unit\nb12,120,ng/L\nage,67,\n", encoding="utf-8")
    told = CliRunner().invoke(app, ["interpret", str(file), "--no-courses", "--json"])
    assert json.loads(told.stdout)["read"]["age"] == 67
    assert list(tmp_path.iterdir()) == [file]  # nothing is stored unless asked


@pytest.mark.usefixtures("cached")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no result is given"),
        (["--b12", "120"], "--b12: the unit"),
        (["--b12", "120 ng/L", "--age", "12"], "adults only"),
        (["--b12", "120 ng/L", "--sex", "f"], "unknown sex"),
        (["--b12", "120 ng/L", "--present", "numbnes"], "did you mean 'numbness'"),
        (["--b12", "120 ng/L", "--cause", "metformine"], "did you mean 'metformin'"),
        (["--creatinine", "80 umol/L"], "without age and sex"),
        (["--b12", "120 ng/L", "--guideline", "nise"], "unknown guideline"),
        (["--b12", "120 ng/L", "--laboratory", "x"], "unknown laboratory"),
        (["nowhere.csv"], "cannot be read"),
        (["--build", "5"], "5 courses"),
    ],
)
def test_wrong_commands_are_one_line(arguments: list[str], words: str) -> None:
    answer = CliRunner().invoke(app, ["interpret", *arguments])
    assert answer.exit_code == 2, answer.output
    assert words in answer.output and "Traceback" not in answer.output


def test_an_interrupted_build_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, people: Population
) -> None:
    monkeypatch.setattr(reference, "folder", lambda: tmp_path / "people")
    made: list[int] = []

    def quick(chunks: range, threads: int | None) -> dict[str, np.ndarray]:
        made.append(chunks[0])
        if len(made) == 2:
            raise KeyboardInterrupt
        return {k: v[:10] for k, v in people.columns.items()}

    monkeypatch.setattr(reference, "_solved", quick)
    with pytest.raises(KeyboardInterrupt):
        reference.build(2000)
    assert reference.available() == 0
    assert len(reference.build(2000)) == 20
    assert made == [0, 20, 20]  # the first part was not made again
    assert reference.available() == 2000 and len(reference.load()) == 20
    assert len(reference.build(3000)) == 30 and made[3:] == [40]  # only what was missing
    assert len(reference.build(1000)) == 30  # as many or more are there
    assert len(list((tmp_path / "people").glob("part-*"))) == 0
    for name, column in people.columns.items():
        kept = reference.load()[name][:10]
        assert np.allclose(kept, column[:10], rtol=2.5e-4 if name in OUTPUTS else 1e-6, atol=1e-30)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="give 1000 to 1000000"):
        reference.build(10)


@pytest.mark.slow
def test_simulation_based_calibration() -> None:
    """Over 500 people: python -m corrin.clinic.calibration --people 500."""
    if not reference.available():
        pytest.skip("no reference population is ready: corrin interpret --build 100000")
    results, _ = calibrate(reference.load(), 500)
    for one in results:
        assert 0.85 <= one.coverage <= 0.95, one.quantity
        assert one.p_uniform > 1e-3, one.quantity
