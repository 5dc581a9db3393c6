"""Diets: by name, by foods and by amount, worked out by hand against the tables."""

import pytest

from corrin.study import Diet, Person
from corrin.study.diet import INPUTS
from corrin.study.person import SETTLE
from corrin.study.tables import default, rows
from corrin.study.timeline import protocol

UG = 1 / 1.3554  # nmol in 1 ug


def test_omnivore_is_the_model_itself():
    assert Diet.parse("omnivore").values == {name: default(name) for name in INPUTS}
    assert protocol(Person(diet=Diet.parse("omnivore")), [], 10).settle == 0


def test_by_amount():
    values = Diet.parse({"b12": "1.2 ug daily", "fortified": "7 ug weekly", "folate": 0.5}).values
    assert values["food_b12"] == pytest.approx(1.2 * UG)
    assert values["fortified_b12"] == pytest.approx(1.0 * UG)
    assert values["folate_intake"] == 0.5
    assert values["food_digestibility"] == default("food_digestibility")


def test_by_foods():
    foods = {"beef": "120 g daily", "milk": "300 mL daily", "eggs": "3 weekly"}
    beef, milk, eggs = 1.2 * 1.65, 3.09 * 0.5, 3 / 7 * 0.5 * 1.2
    total = beef + milk + eggs
    values = Diet.parse({"foods": foods}).values
    assert values["food_b12"] == pytest.approx(total * UG)
    share = {row["group"]: float(row["digestibility"]) for row in rows("food_groups")}
    shares = (beef * share["meat"] + milk * share["dairy"] + eggs * share["egg"]) / total
    assert values["food_digestibility"] == pytest.approx(shares)
    assert values["fortified_b12"] == 0


def test_fortified_foods_are_crystalline():
    values = Diet.parse(
        {"foods": {"fortified cereal": "30 g daily", "beans": "200 g daily"}}
    ).values
    assert values["fortified_b12"] == pytest.approx(0.6 * UG)
    assert values["food_b12"] == 0


@pytest.mark.parametrize(
    ("amount", "grams"), [("2 daily", 100), ("1 every day", 50), ("100 g daily", 100)]
)
def test_pieces_and_grams(amount, grams):
    assert Diet.parse({"foods": {"egg": amount}}).values["food_b12"] == pytest.approx(
        grams / 100 * 1.2 * UG
    )


def test_vegetarian_digestibility_lies_between_what_its_foods_allow():
    groups = {row["group"]: row for row in rows("food_groups")}
    usual = 0.8 * float(groups["dairy"]["digestibility"]) + 0.2 * float(
        groups["egg"]["digestibility"]
    )
    least = float(groups["egg"]["low"])
    assert least < Diet.parse("vegetarian").values["food_digestibility"] < usual


def test_named_diets_go_from_much_to_none():
    names = ["high animal food", "omnivore", "vegetarian", "low animal food", "vegan", "zero b12"]
    eaten = [sum(Diet.parse(n).values[k] for k in ("food_b12", "fortified_b12")) for n in names]
    assert eaten == sorted(eaten, reverse=True)
    assert eaten[-1] == 0


@pytest.mark.parametrize("name", ["Vegan", "urban-south-india", "folate-poor", "ZERO B12"])
def test_names_in_any_case_and_hyphens(name):
    assert Diet.parse(name) == Diet.parse(Diet.parse(name).text)


@pytest.mark.parametrize("row", rows("foods"), ids=lambda row: row["food"])
def test_every_food_is_usable(row):
    values = Diet.parse({"foods": {row["food"]: "100 g daily"}}).values
    eaten = values["food_b12"] + values["fortified_b12"]
    assert eaten == pytest.approx(float(row["b12_ug_per_100g"]) * UG)
    assert 0 < values["food_digestibility"] <= 1


def test_a_diet_before_time_0_is_settled_into():
    found = protocol(Person(diet=Diet.parse("vegan")), [], 10)
    assert found.settle == SETTLE
    assert found.parameters["fortified_b12"] == pytest.approx(0.4 * UG)


def test_a_mended_diet_returns_every_input():
    from corrin.study import Event

    events = [Event(0.0, Diet.parse("vegan")), Event(5.0, Diet.parse("omnivore"))]
    found = protocol(Person(), events, 10)
    last = {change.name: change.value for change in found.changes}
    assert last == {name: default(name) for name in last}
    assert {"food_b12", "fortified_b12"} <= set(last)
