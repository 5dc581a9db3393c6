"""Treatment lines: doses counted by hand, phases, rates and routes."""

import pytest

from corrin.study import Event, Person, Regimen, Scenario
from corrin.study.timeline import protocol
from corrin.units import MONTH, YEAR

MG = 1000 / 1.3554  # nmol of cobalamin in 1 mg


def doses(line, until=YEAR, start=0.0):
    """Return the doses of one line."""
    return Regimen.parse(line).doses(start, until)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        # days 0, 2 .. 12, then 12 + 60.875 k below 365.25: k = 1 to 5
        ("hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months", 7 + 5),
        ("cyanocobalamin 1 mg im on days 1, 3, 7, 10, 14, 21, 30, 60, 90", 9),
        # days 0, 7, 14, 21, then 21 + 30.4375 k below 365.25: k = 1 to 11
        ("cyanocobalamin 1 mg im weekly for 4 weeks then monthly", 4 + 11),
        # six doses up to day 11 2/3, then every 91.3125 days: k = 1 to 3
        ("hydroxocobalamin 1 mg im 6 times over 2 weeks then every 3 months", 6 + 3),
        ("methylcobalamin 500 ug im 3 times a week", 157),
        ("cyanocobalamin 500 ug nasal weekly", 53),
        # days 0 to 6, 13, 20, 27, 34, then 34 + 30.4375 k below 365.25: k = 1 to 10
        (
            "cyanocobalamin 1 mg im daily for 7 days then weekly for 4 weeks then monthly",
            7 + 4 + 10,
        ),
        ("cyanocobalamin 1 mg im once", 1),
        ("cyanocobalamin 1 mg intramuscularly twice weekly for 10 doses", 10),
        ("cyanocobalamin 1 mg im monthly for 1 y", 12),
        ("Cyanocobalamin 1mg IM EVERY other day for 10 d", 5),
    ],
)
def test_dose_counts_over_a_year(line, count):
    assert len(doses(line)) == count


def test_times_of_the_second_phase_follow_the_last_dose():
    found = doses(
        "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months", 100, 10.0
    )
    assert [d.time for d in found] == [10, 12, 14, 16, 18, 20, 22, pytest.approx(22 + 2 * MONTH)]
    assert {d.name for d in found} == {"depot_hydroxocobalamin"}
    assert found[0].amount == pytest.approx(MG)


def test_a_shorter_interval_waits_for_the_end_of_the_phase():
    found = doses("cyanocobalamin 1 mg im monthly for 2 months then weekly", 2 * MONTH + 8)
    assert [d.time for d in found] == [0, MONTH, 2 * MONTH, 2 * MONTH + 7]


def test_doses_change_between_phases():
    found = doses("hydroxocobalamin 1 mg im daily for 2 d then 250 ug weekly", 15)
    assert [d.amount / MG for d in found] == pytest.approx([1, 1, 0.25])


def test_days_of_a_list_count_from_one():
    found = doses("cyanocobalamin 1 mg im on days 1, 3 and 7", until=500, start=100.0)
    assert [d.time for d in found] == [100, 102, 106]


def course(*lines, until=100.0, at=0.0):
    """Return the protocol of some treatments that begin together."""
    events = [Event(at, Regimen.parse(line)) for line in lines]
    return protocol(Person(), events, until)


def steps(found, name):
    """Return the steps of one input."""
    return [(c.time, c.value) for c in found.changes if c.name == name]


def test_tablets_are_one_dose_at_a_rate():
    found = course("cyanocobalamin 1000 ug oral twice daily")
    assert steps(found, "tablet_dose") == [(0.0, pytest.approx(MG))]
    assert steps(found, "tablet_frequency") == [(0.0, pytest.approx(2))]
    assert found.doses == ()


def test_second_product_has_its_own_slot():
    found = course("cyanocobalamin 1 mg oral daily", "methylcobalamin 500 ug sublingual weekly")
    assert steps(found, "second_tablet_dose") == [(0.0, pytest.approx(MG / 2))]
    assert steps(found, "second_tablet_frequency") == [(0.0, pytest.approx(1 / 7))]


def test_changing_oral_dose_keeps_one_slot():
    found = course("cyanocobalamin 2 mg oral daily for 30 days then 1 mg daily")
    assert steps(found, "tablet_dose") == [(0.0, pytest.approx(2 * MG)), (30.0, pytest.approx(MG))]
    assert steps(found, "second_tablet_dose") == []


def test_one_tablet_is_one_day_of_one_dose():
    found = course("cyanocobalamin 1 mg oral once")
    assert steps(found, "tablet_frequency") == [(0.0, 1.0), (1.0, 0.0)]


@pytest.mark.parametrize(
    ("line", "name", "rate"),
    [
        ("folic acid 5 mg oral daily", "folic_acid", 5e3 / 0.4414),
        ("folic acid 1 mg by mouth daily", "folic_acid", 2265.5),
        ("methionine 3 g oral daily", "methionine_supplement", 3e6 / 0.14921),
        ("betaine 6 g daily", "betaine_supplement", 6e6 / 0.11715),
        ("betaine 3 g twice daily", "betaine_supplement", 6e6 / 0.11715),
    ],
)
def test_other_drugs_are_rates(line, name, rate):
    assert steps(course(line), name) == [(0.0, pytest.approx(rate, rel=1e-4))]


def test_rates_of_two_lines_add():
    found = course("folic acid 1 mg oral daily", "folic acid 1 mg oral daily for 10 d")
    assert steps(found, "folic_acid") == [
        (0.0, pytest.approx(2 * 2265.5, rel=1e-4)),
        (10.0, pytest.approx(2265.5, rel=1e-4)),
    ]


def scenario(*items, until="3 y"):
    """Return a scenario with some items on its timeline."""
    return Scenario.from_mapping({"name": "x", "timeline": list(items), "until": until})


LINE = "cyanocobalamin 1 mg im monthly"


def test_until_and_stop_end_a_treatment_alike():
    by_until = scenario({"at": "0 y", "treat": LINE, "until": "1 y"})
    by_stop = scenario({"at": "0 y", "treat": LINE}, {"at": "1 y", "stop": "cyanocobalamin"})
    assert by_until.protocol() == by_stop.protocol()
    assert len(by_until.protocol().doses) == 12


def test_same_drug_and_route_given_again_replaces():
    found = scenario({"at": "0 y", "treat": LINE},
                     {"at": "1 y", "treat": "cyanocobalamin 1 mg im yearly"})  # fmt: skip
    assert len(found.protocol().doses) == 12 + 2


def test_a_course_that_ends_by_itself_is_added():
    found = scenario({"at": "0 y", "treat": LINE},
                     {"at": "1 y", "treat": "cyanocobalamin 1 mg im once"})  # fmt: skip
    assert len(found.protocol().doses) == 36 + 1


def test_text_reads_back():
    line = "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months"
    assert Regimen.parse(Regimen.parse(f"  {line} ").text) == Regimen.parse(line)
