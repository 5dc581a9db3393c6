"""Plain choices and the scenario they stand for."""

from __future__ import annotations

import pytest
import yaml

from corrin.errors import InputError
from corrin.server.choices import MOST, from_scenario, read, to_yaml
from corrin.study import Scenario, shipped
from corrin.units import YEAR

WHOLE = {
    "age": 44.5, "sex": "female", "until": 9, "diet": "vegan", "diet_before": "vegetarian",
    "height": 161, "weight": 58.5, "egfr": 55,
    "causes": [{"name": "ileal resection", "amount": 60, "start": 1}],
    "drugs": [{"name": "metformin", "amount": 2000, "start": 2, "until": 3.5}],
    "treatment": [{"product": "oral 1 mg", "start": 5, "until": 8}],
}  # fmt: skip


def test_choices_become_the_scenario_that_a_user_would_write() -> None:
    made = Scenario.from_text(to_yaml(read(WHOLE)))
    by_hand = Scenario.from_text(
        """
        name: by hand
        person:
          {age: 44.5, sex: female, height: 161 cm, weight: 58.5 kg, egfr: 55, diet: vegetarian}
        timeline:
          - {at: 0 y, diet: vegan}
          - {at: 1 y, cause: ileal resection 60 cm}
          - {at: 2 y, cause: metformin 2000 mg daily, until: 3.5 y}
          - {at: 5 y, treat: cyanocobalamin 1 mg oral daily, until: 8 y}
        until: 9 y
        """
    )
    assert made.protocol() == by_hand.protocol()
    assert made.until == 9 * YEAR


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_reads_back_from_its_choices(name: str) -> None:
    own = Scenario.load(name)
    found = from_scenario(own)
    assert found is not None
    made = Scenario.from_text(to_yaml(read(found)))
    assert dict(made.protocol().parameters) == pytest.approx(dict(own.protocol().parameters))
    assert len(made.protocol().doses) == len(own.protocol().doses)


def test_what_plain_controls_cannot_say_is_not_said() -> None:
    twice = "name: x\ntimeline: [{at: 0 y, diet: vegan}, {at: 2 y, diet: omnivore}]\nuntil: 5 y"
    genes = "name: x\nperson: {genotype: {MTHFR: 677TT}}\nuntil: 5 y"
    assert from_scenario(Scenario.from_text(twice)) is None
    assert from_scenario(Scenario.from_text(genes)) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"diet": "vegn"}, "vegan"),
        ({"causes": [{"name": "gastritis"}]}, "gastritis"),
        ({"causes": [{"name": "metformin"}]}, "amount is missing"),
        ({"drugs": [{"name": "metformin", "amount": float("nan")}]}, "not a number"),
        ({"treatment": [{"product": "sugar"}]}, "unknown treatment 'sugar'"),
        ({"treatment": [{"product": "cyanocobalamin 1 kg oral daily"}]}, "20 mg"),
        ({"sex": "x"}, "unknown sex"),
        ({"age": True}, "not a number"),
        ({"until": -1}, "not between"),
        ({"causes": [{"name": "autoimmune gastritis"}] * (MOST + 1)}, "more than"),
        ({"colour": "red"}, "unknown choice 'colour'"),
    ],
)
def test_wrong_choices_are_told_in_one_line(change: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        Scenario.from_text(to_yaml(read({**WHOLE, **change})))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_of_a_user_cannot_add_to_the_scenario() -> None:
    name = "x\nuntil: 3 y\ntimeline: []"
    written = to_yaml(read({**WHOLE, "name": name}))
    assert yaml.safe_load(written)["name"] == name
    assert Scenario.from_text(written).until == 9 * YEAR
    with pytest.raises(InputError):
        to_yaml(read({**WHOLE, "causes": [{"name": "metformin}\n  - {at: 0 y, diet: vegan"}]}))
