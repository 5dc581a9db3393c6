"""Cutting and restoring mechanisms in one person."""

import pytest

from corrin.errors import InputError
from corrin.insight.knockout import explainable, mechanisms, why, why_all
from corrin.model import load_model
from corrin.study import Scenario, simulate

YEAR = 365.25


@pytest.fixture(scope="module")
def feet():
    return why("numbness_feet", "autoimmune-gastritis", 5 * YEAR)


def test_shares_add_up_to_the_total(feet):
    assert feet.total > 1
    assert sum(m.share for m in feet.mechanisms) == pytest.approx(feet.total, rel=1e-9)


def test_each_mechanism_is_there_once(feet):
    assert sorted(m.name for m in feet.mechanisms) == sorted(mechanisms())


def test_cutting_every_mechanism_leaves_the_twin(feet):
    gains = [g for cut in mechanisms().values() for g in cut]
    scenario = Scenario.load("autoimmune-gastritis")
    found = simulate(
        scenario,
        until=5 * YEAR,
        times=[5 * YEAR],
        outputs=["numbness_feet"],
        parameters=dict.fromkeys(gains, 0.0),
    )
    assert float(found.dataset["numbness_feet"][-1]) == pytest.approx(feet.twin, abs=1e-6)


@pytest.mark.parametrize("name", ["autoimmune-gastritis", "nitrous-oxide", "mthfr-deficiency"])
def test_methylation_leads_wherever_the_synthase_fails(name):
    answer = why("deficit_dorsal_columns", name)
    assert answer.mechanisms[0].name == "methylation"
    assert answer.mechanisms[0].share > 0.5 * answer.total


def test_health_has_nothing_to_explain():
    answer = why("numbness_feet", "healthy", 5 * YEAR)
    assert not answer.explained
    assert "too little to explain" in answer.text()
    assert all(m.share == 0 for m in answer.mechanisms)


def test_without_a_time_the_worst_one_is_asked_about():
    answer = why("numbness_feet", "treated-late")
    assert answer.time == pytest.approx(6 * YEAR, abs=40)


def test_unknown_symptom_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="numbness_feet"):
        why_all(["numbnes_feet"], "healthy")
    assert "serum_b12" not in explainable()


def test_every_player_ends_on_nerve_brain_or_vessel():
    layers = {e.layer for e in load_model().edges.values()}
    assert layers == {"injury", "upstream"}
