"""What a tract delivers by the solver, and how the person-level model knows it."""

from importlib.resources import files

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.model.compose import read_table
from corrin.nerve.signal import LATE, LOST, MYELIN, NAMES, WAYS, numbers, signal, stored

BOUND = 0.1


def shipped(tract: str) -> list[float]:
    values = {row.name: row.value for row in read_table("tract")}
    return [values[f"{tract}.{name}"] for name in NAMES]


@pytest.mark.parametrize("tract", WAYS)
def test_shipped_numbers_are_within_their_bound_of_the_solver(tract):
    for swelling in (0.0, 0.5, 1.0):
        found = np.array([signal(tract, m, swelling) for m in MYELIN[::4]])
        assert np.abs(stored(shipped(tract), MYELIN[::4], swelling) - found).max() < BOUND


def test_fit_gives_the_shipped_numbers():
    found, worst = numbers("optic")
    assert found == pytest.approx(shipped("optic"), abs=2e-4)
    assert worst < BOUND


@pytest.mark.parametrize("tract", WAYS)
def test_signal_is_whole_in_health_and_fades_with_myelin(tract):
    assert signal(tract, 1.0) == pytest.approx(1.0)
    found = [signal(tract, m) for m in (1.0, 0.8, 0.6, 0.4, 0.1, 0.02)]
    assert all(a >= b for a, b in zip(found, found[1:], strict=False))
    assert found[-1] < 0.05


@pytest.mark.parametrize(
    ("tract", "least"), [("dorsal_columns", 0.95), ("corticospinal", 0.95), ("motor_leg", 0.9)]
)
def test_sheaths_made_anew_hardly_cost_function(tract, least):
    """Conduction is secure despite thin, short sheaths: Smith 1979, evidence N219."""
    assert signal(tract, 1.0, remade=1.0) > least
    assert signal(tract, 1.0, remade=0.5) > signal(tract, 1.0, remade=1.0)


def test_longer_ways_scatter_more():
    # Foot over hand, as length dependence asks.
    assert signal("sensory_foot", 0.4) < signal("sensory_hand", 0.4)


def test_unknown_tract_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="sensory_foot"):
        signal("sensory_fot", 0.5)


def test_person_level_model_reads_these_numbers_at_every_time():
    # Without its axons and swelling, what a tract has lost is what the stored signal says.
    from corrin import Scenario, simulate

    tract = "dorsal_columns"
    names = [f"{what}_{tract}" for what in ("myelin", "swelling", "axons_large", "axons_small")]
    found = simulate(Scenario.load("autoimmune-gastritis"), until=3650.0).dataset
    myelin, swelling, large, small = (found[name].values for name in names)
    axons = 0.6 * large + 0.4 * small
    expected = 1 - axons * stored(shipped(tract), myelin, swelling)
    assert expected.max() > 0.2  # the run gets far enough to tell
    np.testing.assert_allclose(found[f"deficit_{tract}"].values, expected, atol=1e-6)


def test_powers_are_those_of_the_equations():
    text = (files("corrin.model") / "modules" / "tract.ant").read_text(encoding="utf-8")
    assert f"myelin^{LATE} + late_half^{LATE}" in text
    assert f"myelin^{LOST} + block_half^{LOST}" in text
