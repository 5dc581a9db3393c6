"""Treatments side by side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.clinic.compare import Comparison, compare
from corrin.clinic.plans import Plan, burden, prices
from corrin.errors import InputError
from corrin.faces.cli import app
from corrin.faces.compare_page import write_page
from corrin.provenance import PURPOSE
from corrin.study import Scenario
from corrin.units import YEAR

ORAL = "cyanocobalamin 1 mg oral daily"
INJECTED = "hydroxocobalamin 1 mg im 6 times over 2 weeks then every 3 months"


@pytest.fixture(scope="module")
def found() -> Comparison:
    scenario = Scenario.load("autoimmune-gastritis")
    return compare(scenario, [ORAL, INJECTED], start=4 * YEAR, until=6 * YEAR, members=0)


def asked(text: str, years: float = 1.0) -> tuple[int, int, int]:
    plan = Plan.parse(text)
    scenario = plan.applied(Scenario.load("autoimmune-gastritis"), YEAR, (1 + years) * YEAR)
    one = burden(plan, scenario, YEAR, (1 + years) * YEAR)
    return one.injections, one.tablets, one.visits


def test_burden_is_counted() -> None:
    assert asked(ORAL) == (0, 365, 1)
    assert asked("cyanocobalamin 1 mg oral twice daily", 2) == (0, 1461, 2)
    # Six in two weeks, then every three months from the sixth on: days 102, 194, 285.
    assert asked(INJECTED)[0] == 9
    assert asked("none") == (0, 0, 0)


def test_missed_tablets_are_counted_and_absorbed_less() -> None:
    assert asked(f"{ORAL} taken 50 %")[1] == pytest.approx(182, abs=1)
    with pytest.raises(InputError, match="not between 0 and 100"):
        Plan.parse(f"{ORAL} taken 150 %")


def test_costs_add_up_and_can_be_replaced(tmp_path: Path) -> None:
    shipped = prices()
    plan = Plan.parse(INJECTED)
    scenario = plan.applied(Scenario.load("autoimmune-gastritis"), YEAR, 2 * YEAR)
    one = burden(plan, scenario, YEAR, 2 * YEAR)
    each = shipped.items
    by_hand = 9 * (each["injection visit"] + each["injection"]) + each["review visit"]
    assert one.cost(each) == pytest.approx(by_hand)
    table = tmp_path / "mine.csv"
    lines = ["item,cost,currency"] + [f"{item},1,EUR" for item in each]
    table.write_text("\n".join(lines), encoding="utf-8")
    assert (one.cost(prices(table).items), prices(table).currency) == (19, "EUR")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item,cost\ntablet,1\n", "column 'currency'"),
        ("item,cost,currency\npill,1,EUR\n", "did you mean|choose one of"),
        ("item,cost,currency\ntablet,1,EUR\n", "no cost for"),
        ("item,cost,currency\ntablet,x,EUR\n", "line 2, tablet: 'x' is not a plain number"),
        ("item,cost,currency\ntablet,1,EUR\ninjection,1,GBP\n", "two currencies"),
    ],
)
def test_wrong_cost_tables_are_refused(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        prices(file)


def test_plans_join_stops_diets_and_names() -> None:
    plan = Plan.parse("stop metformin + diet omnivore + oral 1 mg")
    assert plan.stops == ("metformin",)
    assert plan.diet is not None and plan.diet.text == "omnivore"
    assert [r.text for r in plan.regimens] == [ORAL]
    with pytest.raises(InputError, match="unknown"):
        Plan.parse("bnff")
    with pytest.raises(InputError, match="missing"):
        Plan.parse("")


def test_courses_begin_alike_and_part_afterwards(found: Comparison) -> None:
    untreated, oral, injected = found.courses
    before = found.times <= found.start
    for name in ("serum_b12", "hemoglobin", "balance"):
        assert np.allclose(untreated.central(name)[before], oral.central(name)[before], rtol=1e-6)
    for treated in (oral, injected):
        assert treated.central("methylmalonic_acid")[-1] < 0.271
        assert treated.central("hemoglobin")[-1] > untreated.central("hemoglobin")[-1] + 20
        assert treated.lasting["dorsal_columns"][0] < untreated.lasting["dorsal_columns"][0]
    assert untreated.burden.visits == 0 and untreated.cost == 0


def test_without_an_ensemble_there_are_no_intervals(found: Comparison) -> None:
    assert found.members == 0 and found.courses[1].interval("serum_b12") is None
    assert "central set only" in " ".join(found.notes)


def test_members_give_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = [{"folate_catabolism": 1.0}]
    monkeypatch.setattr("corrin.clinic.compare._members", lambda count: [{}, {}] if count else sets)
    scenario = Scenario.load("autoimmune-gastritis")
    one = compare(scenario, [ORAL], start=YEAR, until=2 * YEAR)
    span = one.courses[0].interval("serum_b12")
    assert one.members == 2 and span is not None
    assert np.allclose(span[0], one.courses[0].central("serum_b12"))


def test_a_plain_answer_and_a_page(found: Comparison, tmp_path: Path) -> None:
    answer = json.loads(json.dumps(found.to_dict(), default=float))
    assert answer["manifest"]["use"] == PURPOSE
    assert {p["treatment"] for p in answer["plans"]} == {"no treatment", ORAL, INJECTED}
    page = tmp_path / "page.html"
    write_page(found, page)
    text = page.read_text(encoding="utf-8")
    assert (
        PURPOSE in text and ORAL in text and "http://" not in text.replace("http://www.w3.org", "")
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["healthy"], "no treatment is given"),
        (["healthy", "--treat", ORAL, "--treat", ORAL], "given twice"),
        (["healthy", "--treat", "stop metformin", "--start", "1y", "--until", "2y"], "not running"),
        (["healthy", "--treat", ORAL, "--start", "3y", "--until", "2y"], "not before the end"),
        (["healthy", "--treat", ORAL, "--until", "soon"], "--until"),
    ],
)
def test_wrong_commands_are_one_line(arguments: list[str], words: str) -> None:
    answer = CliRunner().invoke(app, ["compare", *arguments])
    assert answer.exit_code == 2
    assert words in answer.output and "Traceback" not in answer.output
