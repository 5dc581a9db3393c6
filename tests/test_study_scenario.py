"""Scenarios: the shipped ones, and that any scenario reads back from its YAML."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corrin.model.loader import read_inputs
from corrin.study import Diet, Scenario, shipped
from corrin.study.diet import INPUTS
from corrin.study.tables import rows
from corrin.study.timeline import KINDS

REQUIRED = [
    "healthy", "vegan", "vegetarian", "autoimmune-gastritis", "total-gastrectomy",
    "ileal-resection", "metformin", "acid-suppression", "nitrous-oxide",
    "nitrous-oxide-methionine", "folic-acid-masking", "folate-deficiency", "mthfr-deficiency",
    "mut-deficiency", "cblc", "cblg", "treated-early", "treated-late", "nitrous-oxide-low-stores",
    "anaesthetic", "cbs-deficiency", "transcobalamin-deficiency", "pregnancy-vegetarian",
    "zero-diet", "kuzminski-oral", "kuzminski-im",
]  # fmt: skip

ATTACK = next(float(r["value"]) for r in rows("effects") if r["cause"] == "autoimmune gastritis")


def test_all_that_were_promised_are_shipped():
    assert set(REQUIRED) <= set(shipped())


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenario(name):
    found = Scenario.load(name)
    assert found.name and len(found.description) > 30
    assert {event.kind for event in found.timeline} <= set(KINDS)
    assert Scenario.from_text(found.to_yaml()) == found
    assert pickle.loads(pickle.dumps(found)) == found
    assert len(found.assumptions()) >= 2
    protocol = found.protocol()
    inputs = set(read_inputs()) | {"age", "female"}
    assert {change.name for change in protocol.changes} | set(protocol.parameters) <= inputs
    assert all(0 <= change.time < found.until for change in protocol.changes)
    assert all(0 <= dose.time < found.until for dose in protocol.doses)


def test_scenario_of_the_design():
    found = Scenario.from_text("""
name: Autoimmune gastritis, treated late
person: {age: 58, sex: female, height: 165 cm}
timeline:
  - {at: 0 y, diet: omnivore}
  - {at: 1 y, cause: autoimmune gastritis}
  - {at: 6 y, treat: hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months}
until: 8 y
""")
    assert found.until == 8 * 365.25
    assert [event.at for event in found.timeline] == [0, 365.25, 6 * 365.25]
    assert [event.kind for event in found.timeline] == ["diet", "cause", "treat"]
    protocol = found.protocol()
    assert protocol.parameters == {"age": 58, "female": 1, "height": 165}
    assert [(c.time, c.name, c.value) for c in protocol.changes] == [
        (365.25, "autoimmune_attack", ATTACK)
    ]
    assert len(protocol.doses) == 7 + 11


def test_names_and_paths(tmp_path):
    assert Scenario.load("mut_deficiency") == Scenario.load("mut-deficiency")
    path = tmp_path / "mine.yaml"
    path.write_text(Scenario.load("vegan").to_yaml(), encoding="utf-8")
    assert Scenario.load(path) == Scenario.load(str(path)) == Scenario.load("vegan")


def test_what_is_assumed_is_said():
    found = " ".join(Scenario.load("treated-orally").assumptions())
    assert f"autoimmune_attack {ATTACK:.3g}" in found and "by mouth are absorbed alike" in found
    assert "1.3554" in found
    assert "not a child" in " ".join(Scenario.load("cblc").assumptions())
    assert "vegan" in " ".join(Scenario.load("nitrous-oxide-low-stores").assumptions())


words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
titles = st.lists(words, min_size=1, max_size=4).map(" ".join)
days = st.one_of(
    st.integers(0, 3000).map(float), st.floats(0, 3000), st.integers(0, 8).map(lambda y: y * 365.25)
)
numbers = st.floats(0.01, 20).map(lambda v: round(v, 3))
diets = st.one_of(
    st.sampled_from(["vegan", "vegetarian", "omnivore", "zero b12"]),
    st.fixed_dictionaries({"b12": numbers.map(lambda v: f"{v} ug daily")},
                          optional={"folate": numbers.filter(lambda v: v <= 10),
                                    "fortified": numbers.map(lambda v: f"{v} ug weekly")}),
    st.fixed_dictionaries({"foods": st.fixed_dictionaries(
        {"milk": numbers.map(lambda v: f"{v} mL daily")},
        optional={"eggs": numbers.map(lambda v: f"{v} weekly")})}),
)  # fmt: skip
persons = st.fixed_dictionaries({}, optional={
    "age": st.integers(18, 110), "sex": st.sampled_from(["female", "male"]),
    "height": st.floats(120, 220).map(lambda v: f"{v!r} cm"),
    "weight": st.floats(30, 250).map(lambda v: f"{v!r} kg"),
    "egfr": st.floats(3, 200), "iron_status": st.floats(0.05, 1), "diet": diets,
    "genotype": st.fixed_dictionaries({}, optional={
        "MTHFR": st.sampled_from(["677CC", "677CT", "677TT"]), "CBS": st.just("null")}),
})  # fmt: skip
lines = st.sampled_from([
    {"cause": "ileal resection 33.3 cm"}, {"cause": "metformin 0.85 g twice daily"},
    {"cause": "coeliac disease mild"}, {"cause": "nitrous oxide anaesthetic 100 min"},
    {"cause": "kidney disease egfr 31.7"}, {"cause": "cblC residual 3.3 %"},
    {"treat": "cyanocobalamin 1 mg im on days 1, 3, 7"}, {"treat": "folic acid 5 mg oral daily"},
    {"treat": "hydroxocobalamin 1 mg im 6 times over 2 weeks then every 3 months"},
])  # fmt: skip


@st.composite
def scenarios(draw):
    items, seen = [], set()
    for at in draw(st.lists(days, max_size=6, unique=True)):
        what = draw(st.one_of(lines, diets.map(lambda diet: {"diet": diet})))
        items.append({"at": f"{at!r} d", **what})
        seen.add(at)
    return {
        "name": draw(titles),
        "description": draw(titles),
        "reference": draw(st.lists(titles, max_size=3)),
        "person": draw(persons),
        "timeline": items,
        "until": f"{3000.5 + draw(days)!r} d",
    }


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_any_scenario_reads_back(data):
    found = Scenario.from_mapping(data)
    again = Scenario.from_text(found.to_yaml())
    assert again == found
    assert again.protocol() == found.protocol()
    assert again.to_yaml() == found.to_yaml()


def test_python_and_yaml_give_the_same():
    data = {"name": "x", "person": {"age": 40, "diet": {"b12": "2 ug daily", "folate": 0.5}},
            "timeline": [{"at": 0, "cause": "cblC"}], "until": "2 y"}  # fmt: skip
    text = "name: x\nperson: {age: 40, diet: {b12: 2 ug daily, folate: 0.5}}\n"
    text += "timeline: [{at: 0, cause: cblC}]\nuntil: 2 y"
    assert Scenario.from_mapping(data).protocol() == Scenario.from_text(text).protocol()
    assert set(Diet.parse("vegan").values) == set(INPUTS)
