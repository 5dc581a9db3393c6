"""Scenarios through the real model and engine."""

import numpy as np
import pytest

from corrin.study import Scenario, shipped, simulate
from corrin.variables import catalogue

OUTPUTS = ["serum_b12", "methylmalonic_acid", "total_homocysteine", "hemoglobin", "body_b12"]


@pytest.mark.parametrize("name", ["treated-early", "anaesthetic", "pregnancy-vegetarian"])
def test_results_do_not_depend_on_the_output_times(name):
    scenario = Scenario.load(name)
    usual = simulate(scenario, outputs=OUTPUTS).dataset
    chosen = usual["time"].values[[3, 17, -1]]
    few = simulate(scenario, outputs=OUTPUTS, times=chosen).dataset
    for output in OUTPUTS:
        expected = usual[output].sel(time=chosen)
        np.testing.assert_allclose(few[output], expected, rtol=2e-3, err_msg=output)


def test_a_single_injection_is_never_stepped_over():
    scenario = Scenario.from_mapping(
        {
            "name": "one injection",
            "timeline": [{"at": "3 d", "treat": "cyanocobalamin 1 mg im once"}],
            "until": "40 d",
        }
    )
    body = simulate(scenario, outputs=["body_b12"], times=[3, 4, 40]).dataset["body_b12"].values
    assert 50 < body[1] - body[0] < 1000  # ug: some of the 1000 is lost in urine


def test_a_settled_trait_is_steady():
    scenario = Scenario.from_mapping(
        {"name": "vegetarian for life", "person": {"diet": "vegetarian"}, "until": "1 y"}
    )
    found = simulate(scenario, outputs=["serum_b12", "body_b12"]).dataset
    for name in found.data_vars:
        values = found[name].values
        np.testing.assert_allclose(values, values[0], rtol=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_runs_and_stays_possible(name):
    found = simulate(Scenario.load(name)).dataset
    for output in catalogue():
        values = found[output].values
        assert np.isfinite(values).all(), output
        assert values.min() >= -1e-6 * max(1.0, values.max()), output
