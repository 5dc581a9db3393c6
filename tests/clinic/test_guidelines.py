"""Guideline logic: decisions, traces, and how far each rule was checked."""

from __future__ import annotations

import pytest

from corrin.clinic.facts import Facts, gather, vocabulary
from corrin.clinic.guidelines import (
    CHECKED,
    Condition,
    Decision,
    Guideline,
    decide,
    guidelines,
    holds,
)
from corrin.clinic.quantity import read_finding
from corrin.clinic.tests import named_test
from corrin.errors import InputError

EVERY = [Guideline.load(name) for name in guidelines()]


def facts(*present: str, absent: tuple[str, ...] = (), **results: str) -> Facts:
    found = [read_finding(named_test(name), text, name) for name, text in results.items()]
    return gather(found, present, absent)


def stage(name: str, known: Facts, guideline: str = "nice-ng239") -> Decision:
    return next(d for d in decide(Guideline.load(guideline), known) if d.stage == name)


def decided(name: str, known: Facts, guideline: str = "nice-ng239") -> str | None:
    rule = stage(name, known, guideline).rule
    return None if rule is None else rule.then


FIRST = "what the first test says"


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ({"b12": "179 ng/L"}, "deficiency confirmed"),
        ({"b12": "180 ng/L"}, "indeterminate"),  # 180 to 350 with both ends
        ({"b12": "350 pg/mL"}, "indeterminate"),
        ({"b12": "351 ng/L"}, "deficiency unlikely"),
        ({"b12": "132 pmol/L"}, "deficiency confirmed"),
        ({"holotc": "24 pmol/L"}, "deficiency confirmed"),
        ({"holotc": "25 pmol/L"}, "indeterminate"),
        ({"holotc": "71 pmol/L"}, "deficiency unlikely"),
        ({"b12": "<50 ng/L"}, "deficiency confirmed"),
        ({"mma": "0.5 umol/L"}, None),
    ],
)
def test_bands_of_ng239(result: dict[str, str], answer: str | None) -> None:
    assert decided(FIRST, facts(**result)) == answer


def test_a_comparator_that_settles_nothing_leaves_the_band_open() -> None:
    found = stage(FIRST, facts(b12="<400 ng/L"))
    assert found.rule is None
    assert None in {step.holds for step in found.steps}


def test_a_symptom_and_a_risk_are_both_needed() -> None:
    both = "a first test is offered"
    assert decided("whom to test", facts("numbness", "metformin")) == both
    assert decided("whom to test", facts("numbness")) != both
    assert decided("whom to test", facts("metformin")) is None


def test_the_first_test_depends_on_nitrous_oxide_and_pregnancy() -> None:
    stage_name = "which first test"
    assert "homocysteine" in (decided(stage_name, facts("nitrous oxide")) or "")
    assert "active B12" in (decided(stage_name, facts("pregnant")) or "")
    assert "total B12" in (decided(stage_name, facts()) or "")


def test_a_cause_that_cannot_be_undone_means_injections_for_life() -> None:
    for cause in ("autoimmune gastritis", "total gastrectomy", "complete ileal resection"):
        assert decided("treatment", facts(cause)) == "lifelong intramuscular replacement"


def test_guidelines_differ_where_they_are_known_to() -> None:
    # 200 pmol/L: grey for the Dutch, indeterminate for NICE, over the British 148.
    known = facts(b12="200 pmol/L")
    answers = {g.name: stage(FIRST, known, g.name).rule for g in EVERY}
    assert all(rule is not None for rule in answers.values())
    assert answers["dutch"].then == "grey zone"  # type: ignore[union-attr]
    assert answers["nice-ng239"].then == "indeterminate"  # type: ignore[union-attr]
    autoimmune = facts("autoimmune gastritis")
    assert "by mouth" in (decided("treatment", autoimmune, "american") or "")
    assert "intramuscular" in (decided("treatment", autoimmune) or "")


def test_the_trace_names_every_rule_up_to_the_one_that_decided() -> None:
    found = stage(FIRST, facts(b12="210 ng/L"))
    assert [step.rule.id for step in found.steps] == ["R1.3.c1", "R1.3.c2", "R1.3.c3"]
    assert [step.holds for step in found.steps] == [False, None, True]
    assert found.steps[-1].inputs == (("Serum vitamin B12 180 ng/L to 350 ng/L", True),)


def test_changes_say_what_it_would_take_and_are_true() -> None:
    found = stage(FIRST, facts(b12="210 ng/L"))
    told = {change.condition: change.then for change in found.changes}
    assert told["Serum vitamin B12 below 180 ng/L"] == "deficiency confirmed"
    assert told["Serum vitamin B12 above 350 ng/L"] == "deficiency unlikely"
    # Made so in truth, each has the effect that was told.
    assert decided(FIRST, facts(b12="170 ng/L")) == "deficiency confirmed"
    assert decided(FIRST, facts(b12="400 ng/L")) == "deficiency unlikely"


def test_what_is_not_known_stays_open() -> None:
    fact = Condition("fact", name="metformin")
    other = Condition("fact", name="anaemia")
    known = facts("anaemia")
    assert holds(fact, known) is None
    assert holds(Condition("all", (fact, other)), known) is None
    assert holds(Condition("any", (fact, other)), known) is True
    assert holds(Condition("not", (fact,)), known) is None
    assert holds(fact, facts(absent=("metformin",))) is False


@pytest.mark.parametrize("guideline", EVERY, ids=lambda g: g.name)
def test_every_rule_says_how_far_it_was_checked(guideline: Guideline) -> None:
    rules = [rule for one in guideline.stages for rule in one.rules]
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.checked in CHECKED and rule.source
        if rule.checked == "memory":  # never shown as the guideline's text
            assert not rule.number and "not checked" in rule.mark


@pytest.mark.parametrize("guideline", EVERY, ids=lambda g: g.name)
def test_no_rule_gives_an_order(guideline: Guideline) -> None:
    orders = ("give ", "take ", "start ", "inject ", "prescribe ")
    for one in guideline.stages:
        for rule in one.rules:
            assert not rule.then.casefold().startswith(orders)


def test_words_are_checked() -> None:
    with pytest.raises(InputError, match="did you mean 'metformin'"):
        facts("metformine")
    assert "always" not in vocabulary()
    with pytest.raises(InputError, match="unknown guideline"):
        Guideline.load("nice")
