"""The last time at which a plan prevents lasting harm."""

from dataclasses import replace

import numpy as np
import pytest

from corrin.clinic import last_time
from corrin.clinic.last_time import STARTS, Lasting, last_times
from corrin.clinic.plans import Plan
from corrin.errors import InputError
from corrin.study import Scenario
from corrin.units import YEAR

NEEDLE = Plan.parse("hydroxocobalamin 1 mg im every 2 months")
NOTHING = Plan.parse("none")


@pytest.fixture(scope="module")
def gastritis() -> dict[str, Lasting]:
    scenario = replace(Scenario.load("autoimmune-gastritis"), until=8 * YEAR)
    return {one.plan.text: one for one in last_times(scenario, [NEEDLE, NOTHING], scenario.until)}


def test_what_is_left_grows_with_the_wait_and_the_last_start_lies_between(
    gastritis: dict[str, Lasting],
) -> None:
    one = gastritis[NEEDLE.text]
    name, time = one.of_all
    assert len(one.starts) == STARTS and one.read > one.starts[-1]
    assert one.left[name][0] < one.left[name][-1]
    assert time is not None and 0 < time < one.starts[-1] and not one.still
    assert one.last[name] == min(t for t in one.last.values() if t is not None)
    assert f"year {time / YEAR:.1f}" in one.words and "In this model" in one.words


def test_without_treatment_no_start_prevents_harm(gastritis: dict[str, Lasting]) -> None:
    one = gastritis[NOTHING.text]
    assert one.of_all[1] is None and "no start prevents" in one.words
    assert all(np.ptp(values) == 0 for values in one.left.values())


def test_a_healthy_person_is_never_too_late() -> None:
    scenario = replace(Scenario.load("healthy"), until=2 * YEAR)
    found = last_times(scenario, [NEEDLE], scenario.until)[0]
    assert found.still and "still prevents" in found.words


def test_between_two_starts_the_last_one_is_on_a_straight_line() -> None:
    starts = np.array([0.0, 100.0, 200.0])
    assert last_time._last(starts, np.array([-3.0, -1.0, 3.0])) == 125
    assert last_time._last(starts, np.array([1.0, 2.0, 3.0])) is None
    assert last_time._last(starts, np.array([-3.0, -2.0, -1.0])) == 200


def test_a_start_before_the_run_is_refused() -> None:
    with pytest.raises(InputError, match="not after the start"):
        last_times(Scenario.load("healthy"), [NEEDLE], 0.0)
