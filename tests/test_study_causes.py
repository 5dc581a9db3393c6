"""Causes: what each does to the model's inputs, how they combine, start, worsen and stop."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corrin.model.loader import read_inputs
from corrin.study import Cause, Event, Person, Scenario
from corrin.study.combine import combined
from corrin.study.person import SETTLE
from corrin.study.tables import default, rows
from corrin.study.timeline import protocol
from corrin.units import YEAR


def number(name, level=""):
    """Return the tabulated effect of a cause at a level."""
    (row,) = (r for r in rows("effects") if (r["cause"], r["level"]) == (name, level))
    return float(row["value"])


PARTIAL = number("partial gastrectomy")
LIGHT, HEAVY, WEAK = (
    number("proton pump inhibitor", "20"),
    number("proton pump inhibitor", "40"),
    number("h2 blocker"),
)


def steps(events, name, until=10 * YEAR, person=None):
    """Return the steps of one input under some events."""
    found = protocol(person or Person(sex="female"), events, until)
    return [(c.time, c.value) for c in found.changes if c.name == name]


def cause(at, text, until=None):
    """Return one cause on a timeline."""
    return Event(at, Cause.parse(text), until)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("autoimmune gastritis", "autoimmune_attack", number("autoimmune gastritis")),
        ("pernicious anaemia", "autoimmune_attack", number("autoimmune gastritis")),
        ("Pernicious Anemia mild", "autoimmune_attack", number("autoimmune gastritis", "mild")),
        ("Atrophic Gastritis severe", "gastric_atrophy", number("atrophic gastritis", "severe")),
        ("total gastrectomy", "stomach_resected", 1),
        ("partial gastrectomy", "stomach_resected", PARTIAL),
        ("gastric bypass", "bypass", number("gastric bypass")),
        ("ileal resection 60 cm", "ileum_resected", 60),
        ("ileal resection 0.6 m", "ileum_resected", 60),
        ("celiac disease", "ileal_mucosa", number("coeliac disease")),
        ("pancreatic insufficiency", "pancreatic_function", number("pancreatic insufficiency")),
        ("SIBO", "luminal_competition", number("bacterial overgrowth")),
        ("fish tapeworm", "luminal_competition", number("fish tapeworm")),
        ("metformin 2550 mg daily", "metformin", 2550),
        ("metformin 850 mg 3 times a day", "metformin", 2550),
        ("proton-pump inhibitor", "acid_suppression", number("proton pump inhibitor")),
        ("omeprazole 40 mg daily", "acid_suppression", HEAVY),
        ("H2 blocker", "acid_suppression", WEAK),
        ("nitrous oxide 4 kg weekly", "nitrous_oxide", 4 * number("nitrous oxide", "each")),
        ("kidney disease egfr 25", "egfr", 25),
        ("renal impairment 25 mL/min", "egfr", 25),
        ("iron deficiency", "iron_status", number("iron deficiency")),
        ("MTHFR deficiency", "mthfr_activity", number("MTHFR deficiency")),
        ("MUT deficiency", "mutase_activity", number("MUT deficiency")),
        ("cblC", "cobalamin_processing", number("cblC")),
        ("cblG", "synthase_activity", number("cblG")),
        ("cblE", "synthase_activity", number("cblE")),
        ("homocystinuria", "cbs_activity", number("CBS deficiency")),
        (
            "transcobalamin deficiency",
            "transcobalamin_function",
            number("transcobalamin deficiency"),
        ),
        ("transcobalamin deficiency residual 2%", "transcobalamin_function", 0.02),
        ("cblC residual 10 %", "cobalamin_processing", 0.1),
    ],
)
def test_each_cause_sets_its_input(text, name, value):
    assert steps([cause(5.0, text)], name) == [(5.0, pytest.approx(value))]


def test_nitrous_oxide_by_weight_is_derived_as_the_table_says():
    litres = 1000 / 44.013 * 0.082057 * 310.15  # 1 kg at 37 C
    share = litres / (0.7 * 7 * 60) / 168
    assert steps([cause(0.0, "nitrous oxide 1 kg weekly")], "nitrous_oxide")[0][1] == pytest.approx(
        share, rel=0.01
    )


def test_an_anaesthetic_is_a_pulse():
    assert steps([cause(1.0, "nitrous oxide anaesthetic 6 h")], "nitrous_oxide") == [
        (1.0, 1.0),
        (1.25, 0.0),
    ]


def test_pregnancy_rises_in_steps_and_ends():
    found = steps([cause(10.0, "pregnancy")], "pregnancy")
    assert len(found) == 21
    assert found[0] == (10.0, pytest.approx(0.025)) and found[19][1] == pytest.approx(0.975)
    assert found[20] == (290.0, 0.0)
    assert all(b[0] - a[0] == pytest.approx(14) for a, b in zip(found, found[1:], strict=False))
    assert sum(value for _, value in found) * 14 / 280 == pytest.approx(0.5)


def test_a_cause_stops_at_until_or_stop():
    by_until = steps([cause(0.0, "metformin 1 g daily", 50.0)], "metformin")
    by_stop = steps([cause(0.0, "metformin 1 g daily"), Event(50.0, "Metformin")], "metformin")
    assert by_until == by_stop == [(0.0, 1000.0), (50.0, 0.0)]


def test_a_cause_given_again_replaces_itself():
    events = [cause(0.0, "ileal resection 30 cm"), cause(9.0, "ileal resection 60 cm")]
    assert steps(events, "ileum_resected") == [(0.0, 30.0), (9.0, 60.0)]


def test_different_causes_of_one_input_combine():
    both = pytest.approx(1 - (1 - LIGHT) * (1 - WEAK))
    assert steps(
        [cause(0.0, "partial gastrectomy"), cause(9.0, "total gastrectomy")], "stomach_resected"
    ) == [(0.0, PARTIAL), (9.0, 1.0)]
    assert steps(
        [cause(0.0, "omeprazole 20 mg daily"), cause(9.0, "famotidine", 12.0)], "acid_suppression"
    ) == [(0.0, LIGHT), (9.0, both), (12.0, LIGHT)]
    assert steps([cause(0.0, "cblG"), cause(9.0, "cblE")], "synthase_activity") == [
        (0.0, number("cblG")),
        (9.0, pytest.approx(number("cblG") * number("cblE"))),
    ]


def test_order_of_writing_does_not_matter():
    events = [cause(9.0, "famotidine", 12.0), cause(0.0, "omeprazole 20 mg daily")]
    assert steps(events, "acid_suppression") == steps(events[::-1], "acid_suppression")


share = st.floats(0, 1)


@given(st.lists(share, min_size=1, max_size=6), share)
def test_losses_stay_shares_and_only_add(values, base):
    found = combined("loss", base, values)
    assert max(base, *values) - 1e-12 <= found <= 1
    assert combined("loss", base, values[::-1]) == pytest.approx(found)


def test_rules_by_hand():
    assert combined("loss", 0.0, [0.5, 0.5]) == 0.75
    assert combined("sum", 1.0, [2.0, 3.0]) == 6.0
    assert combined("product", 0.5, [0.5, 0.2]) == pytest.approx(0.05)
    assert combined("least", 90.0, [25.0, 40.0]) == 25.0
    assert combined("least", 20.0, [25.0]) == 20.0
    assert combined("set", 1.0, [2.0, 3.0]) == 3.0
    for rule in ("loss", "sum", "product", "least", "set"):
        assert combined(rule, 0.7, []) == pytest.approx(0.7)


@pytest.mark.parametrize("row", rows("causes"), ids=lambda row: row["cause"])
def test_every_cause_can_be_written_and_reads_back(row):
    from corrin.study.causes import _example

    levels = {r["level"] for r in rows("effects") if r["cause"] == row["cause"]}
    found = Cause.parse(_example(row, levels))
    assert Cause.parse(found.text) == found
    assert all(text for text in found.assumptions())
    for level in levels - {"", "each"}:
        assert Cause.parse(f"{row['cause']} {level}{' ' + row['unit'] if row['unit'] else ''}")


def test_tables_fit_together():
    inputs, causes = set(read_inputs()), {row["cause"] for row in rows("causes")}
    assert {row["input"] for row in rows("combining")} <= inputs
    assert inputs - {"weight", "height", "age", "female"} == {r["input"] for r in rows("combining")}
    assert {row["cause"] for row in rows("effects")} == causes
    assert {row["input"] for row in rows("effects")} <= inputs
    assert {row["cause"] for row in rows("genotypes")} - {""} <= causes
    for table in ("effects", "diets", "foods", "food_groups", "drugs"):
        for row in rows(table):
            assert None not in row, row  # no stray comma
            assert row["grade"] in ("measured", "fitted", "assumed"), row
            assert row["grade"] == "assumed" or row["source"], row
    for row in rows("effects"):
        bounds = read_inputs()[row["input"]]
        if row["level"] != "each":
            assert bounds.low <= float(row["value"]) <= (bounds.high or math.inf)


def allele(name):
    """Return the tabulated effect of an allele."""
    (row,) = (r for r in rows("genotypes") if r["allele"] == name)
    return float(row["value"])


def test_genotype():
    person = Person.parse({"age": 30, "genotype": {"MTHFR": "TT", "TCN2": "776GG", "MUT": None}})
    assert person.genotype == {"MTHFR": "677TT", "TCN2": "776GG", "MUT": "null"}
    found = protocol(person, [], 100.0)
    assert found.parameters["mthfr_activity"] == allele("677TT")
    assert found.parameters["transcobalamin_level"] == allele("776GG")
    assert found.settle == SETTLE
    assert [(c.time, c.name, c.value) for c in found.changes] == [(0.0, "mutase_activity", 0.0)]


def test_a_defect_acts_on_top_of_the_genotype():
    person = Person.parse({"genotype": {"MTHFR": "677TT"}})
    found = steps([cause(1.0, "MTHFR deficiency")], "mthfr_activity", person=person)
    assert found == [(1.0, pytest.approx(allele("677TT") * number("MTHFR deficiency")))]


def test_traits_need_time_to_settle_but_age_sex_and_height_do_not():
    still = Person.parse({"age": 80, "sex": "female", "height": "150 cm"})
    assert protocol(still, [], 10).settle == 0
    assert protocol(still, [], 10).parameters == {"age": 80, "female": 1, "height": 150}
    for trait in ({"weight": "90 kg"}, {"egfr": 40}, {"iron_status": 0.5}, {"diet": "vegan"}):
        assert protocol(Person.parse(trait), [], 10).settle == SETTLE
    assert protocol(Person.parse({"weight": "70 kg", "egfr": 90}), [], 10).settle == 0


def test_units_of_age_and_kidney_may_be_written():
    written = Person.parse({"age": "58 y", "egfr": "75 mL/min/1.73m2"})
    assert written == Person.parse({"age": 58, "egfr": "75"})


def test_kidney_disease_never_improves_a_worse_kidney():
    person = Person.parse({"egfr": 20})
    assert steps([cause(0.0, "kidney disease egfr 25")], "egfr", person=person) == []
    assert default("egfr") == 90


def test_nothing_changes_from_the_end_on():
    found = Scenario.load("nitrous-oxide").protocol(30.0)
    assert max(c.time for c in found.changes) < 30 and found.doses == ()
