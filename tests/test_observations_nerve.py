"""Observations of the theme nerve: the virtual patients, and what their readings mean."""

from __future__ import annotations

import numpy as np
import pytest

from corrin.evidence.bench import Bench
from corrin.evidence.observations import observations, predict
from corrin.evidence.readings.nerve import READINGS, axonal, demyelinating
from corrin.evidence.readings.patients import COMPLAINS, SYMPTOMS, examined, patients
from corrin.nerve import examine

NERVE = {o.id: o for o in observations() if o.theme == "nerve"}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_every_reading_of_a_single_person_is_a_number(bench):
    quick = [
        o for o in NERVE.values() if not o.note.startswith(("Virtual", "From memory. Virtual"))
    ]
    assert len(quick) > 45
    for o in quick:
        assert np.isfinite(predict(o, bench)), o.id


def test_norms_agree_with_their_own_laboratory(bench):
    """The studies were fitted to these; a miss means that they have drifted."""
    norms = [o for o in NERVE.values() if "fitted to this norm" in o.note]
    assert len(norms) >= 20
    assert [o.id for o in norms if not o.agrees(predict(o, bench))] == []


def test_patients_fall_ill_are_seen_later_and_are_the_same_every_time(bench):
    people = patients(bench, "gastritis")
    worst = np.max([people.now(name) for name in SYMPTOMS], axis=0)
    assert len(people) > 40
    assert (people.seen >= people.onset).all()
    assert (worst >= COMPLAINS - 0.05).all()
    assert patients(Bench(), "gastritis") is people
    assert 2 < np.median(people.duration) < 8  # months; Healton 1991: 4


def test_vulnerable_people_fall_ill_sooner(bench):
    """What is drawn matters: the parameters of a bench reach the people."""
    usual = patients(bench, "gastritis").onset.mean()
    frail = Bench({"dorsal_columns_vulnerability": 2.0, "sensory_foot_vulnerability": 1.6})
    assert patients(frail, "gastritis").onset.mean() < usual


def test_treatment_helps_and_stopping_the_gas_is_part_of_it(bench):
    people = patients(bench, "nitrous")
    after = people.after("disability_score", 365.0)
    assert (after < people.now("disability_score")).all()
    homocysteine = people.after("total_homocysteine", 91.0)
    assert (homocysteine < people.now("total_homocysteine")).all()
    assert np.median(homocysteine) < 12  # people differ in what is normal for them


def test_studies_done_apart_are_those_done_together(bench):
    few = examined(bench, "nitrous", ("sural", "visual"))
    person = patients(bench, "nitrous")
    assert len(few) == len(person)
    again = examine(None, few[0].subject, few[0].seed, only=("sural", "visual"))
    assert [f.limit.quantity for f in few[0].findings] == [f.limit.quantity for f in again.findings]


def test_kinds_of_neuropathy():
    """Loss of axons lowers amplitudes; thin sheaths slow beyond what that explains."""
    nerves = ("sensory_foot", "motor_leg")
    lost = examine({t: {"axons_large": 0.15} for t in nerves})
    thin = examine({t: {"myelin": 0.25} for t in nerves})
    assert axonal(lost)
    assert not demyelinating(lost)
    assert demyelinating(thin)
    assert not demyelinating(examine())


@pytest.mark.slow
def test_every_reading_is_a_number(bench):
    found = {o.id: predict(o, bench) for o in NERVE.values()}
    assert set(found) == set(READINGS)
    assert [name for name, value in found.items() if not np.isfinite(value)] == []
