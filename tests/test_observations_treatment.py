"""How the people of treatment trials are simulated, and what is read off them."""

import numpy as np
import pytest
from scipy.stats import norm

from corrin.evidence.bench import Bench
from corrin.evidence.readings import treatment
from corrin.evidence.readings.common import B12, HCY, HEALTH, MMA, eater, treated
from corrin.evidence.readings.treatment import DAILY_MG, Trial


@pytest.fixture(scope="module")
def bench():
    return Bench()


class Typical:
    """A bench on which everybody enters at once and every quantity has one value."""

    def __init__(self, value):
        self.value = value

    def nearest(self, *_, **__):
        return 0.0

    def course(self, text, times, names):
        return np.full((len(names), len(times)), self.value)


@pytest.mark.parametrize(
    ("trial", "level"),
    [
        (treatment.DANGOUR, 231),
        (treatment.DIDANGELOS, 232),
        (treatment.GASTRECTOMY, 43),
    ],
)
def test_people_enter_at_the_published_serum_b12(bench, trial, level):
    assert trial.after(0, B12)(bench) == pytest.approx(level, rel=0.01)


def test_families_of_pune_are_read_with_and_without_folic_acid(bench):
    """Deshmukh 2010 is a factorial trial: each dose of B12 is given with and without folic acid."""
    base = eater(bench, "", b12=treatment.PUNE_B12) + HEALTH
    assert bench.at(base, 0, B12) == pytest.approx(150, rel=0.01)
    folic = treated(base, 0, treatment.PUNE_FOLIC)
    alone = [bench.at(text, 365.25, HCY) - bench.at(text, 0, HCY) for text in (base, folic)]
    assert treatment.pune()(bench) == pytest.approx(np.mean(alone), abs=1e-3)
    assert alone[1] < alone[0]


def test_people_may_enter_by_a_marker_that_rises(bench):
    assert treatment.RAJAN.after(0, MMA)(bench) == pytest.approx(0.45, rel=0.02)


def test_people_meet_all_criteria_of_their_trial(bench):
    assert treatment.EUSSEN_2005.after(0, MMA)(bench) >= 0.26
    assert 100 <= treatment.EUSSEN_2005.after(0, B12)(bench) <= 300


def test_where_nobody_gets_to_the_level_the_nearest_enters(bench):
    """Without a cause serum B12 never falls: the person enters in health."""
    entered = Trial(HEALTH, 27).after(30, B12, DAILY_MG)(bench)
    assert entered == pytest.approx(Trial(HEALTH, 400).after(30, B12, DAILY_MG)(bench), rel=0.05)
    assert entered > bench.at(HEALTH, 0, B12)


def test_share_is_that_of_a_log_normal_spread_around_the_median():
    # Evidence C189: a quarter of people are below 297 and a quarter above 485 pmol/L.
    median = np.sqrt(297 * 485)
    trial = Trial(HEALTH, 27)
    assert trial.share_above(30, 485, DAILY_MG)(Typical(median)) == pytest.approx(25, abs=0.1)
    assert trial.share_above(30, 297, DAILY_MG)(Typical(median)) == pytest.approx(75, abs=0.1)
    expected = 100 * norm.sf(np.log(156), np.log(200), treatment.SPREAD_B12)
    assert trial.share_above(30, 156, DAILY_MG)(Typical(200.0)) == pytest.approx(expected)


def test_limits_that_are_never_met_take_for_ever(bench):
    read = treatment.OVERT.days_until(DAILY_MG, serum_b12=(1e6, np.inf))
    assert read(bench) == np.inf


def test_what_was_taken_is_what_makes_the_difference(bench):
    untreated = treatment.DANGOUR.after(365, B12)(bench)
    assert untreated < 231 < treatment.DANGOUR.after(365, B12, DAILY_MG)(bench)


def test_more_by_mouth_lowers_mma_more(bench):
    # Eussen 2005: 16, 16, 23, 33 and 33 % at 2.5 to 1000 ug daily.
    doses = ("2.5", "100", "250", "500", "1000")
    falls = [treatment.READINGS[f"eussen2005-mma-{d}-ug"](bench) for d in doses]
    assert falls == sorted(falls, reverse=True)


def test_monthly_injections_keep_more_people_normal_than_a_weekly_tablet(bench):
    # OB12 at week 52: 98.3 against 92.0 %.
    oral, injected = (
        treatment.READINGS[f"sanzcuesta2020-{arm}-week-52"](bench) for arm in ("oral", "im")
    )
    assert 85.4 < oral < 95.7 < injected


def test_every_reading_gives_a_finite_number(bench):
    values = {name: read(bench) for name, read in treatment.READINGS.items()}
    assert not [name for name, value in values.items() if not np.isfinite(value)]
