"""What a run of the explorer shows: curves, flows, story, roots."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from corrin.engine import default_engine
from corrin.faces.curves import curves
from corrin.faces.findings import key_dates, lower
from corrin.faces.story import phases, told
from corrin.faces.wording import Clock
from corrin.insight.pathway import pathway
from corrin.model import load_model
from corrin.server.courses import POINTS, TOLERANCE, Run, answer, everything, run
from corrin.server.flows import KINDS, along, edge_name, flows, symbols
from corrin.server.roots import roots, table
from corrin.server.sampling import thinned
from corrin.study import Scenario, simulate
from corrin.study.times import between_doses
from corrin.units import YEAR

GASTRITIS = "autoimmune-gastritis"


@cache
def course(name: str) -> Run:
    return run(Scenario.load(name))


@cache
def shown(name: str) -> dict:  # type: ignore[type-arg]
    return answer(Scenario.load(name))


def test_the_run_is_that_of_the_command_line() -> None:
    own = simulate(Scenario.load(GASTRITIS)).dataset
    found = course(GASTRITIS).result.dataset
    for name in own.data_vars:
        np.testing.assert_allclose(found[name], own[name], rtol=1e-9, atol=1e-12)


def test_curves_keep_their_shape_with_fewer_points() -> None:
    for name in (GASTRITIS, "treated-late"):
        found, drawn = shown(name), course(name).curves
        time = np.array(found["time"]) * YEAR
        assert len(time) <= POINTS
        for key, curve in drawn.items():
            height = np.log if curve.logarithmic else np.asarray
            line = np.interp(curve.times, time, height(found["curves"][key]["values"]))
            drawn_at = height(curve.values)
            digits = 1e-4 * abs(curve.values).max()
            allowed = 1.05 * TOLERANCE * np.ptp(drawn_at) + (1e-4 if curve.logarithmic else digits)
            assert np.abs(line - drawn_at).max() <= allowed, key


def test_peaks_and_troughs_between_doses_are_even() -> None:
    """Every two months the same injection: the same peak, and the same trough before the next."""
    found = shown("treated-late")
    scenario = Scenario.load("treated-late")
    time, b12 = np.array(found["time"]), np.array(found["curves"]["serum_b12"]["values"])
    given = np.array(found["doses"]["times"])[-12:]
    peaks, troughs = [], []
    for begin, stop in zip(given, given[1:], strict=False):
        own = b12[(time > begin + 1e-5) & (time < stop)]
        peaks.append(own.max())
        troughs.append(own.min())
    # The grid of a run alone tells between 600 and 35 000, wherever a week happens to fall.
    assert np.ptp(peaks) < 0.01 * max(peaks) and np.ptp(troughs) < 0.01 * max(troughs)
    hours = given[0] * YEAR + np.arange(0.01, 1.0, 0.01)
    truth = simulate(scenario, times=[0.0, *hours]).dataset["serum_b12"].values[1:]
    assert max(peaks) == pytest.approx(truth.max(), rel=0.01)


def test_of_many_doses_some_peaks_are_shown_and_no_week_at_random() -> None:
    usual = np.arange(0.0, 4000.0, 7.0)
    doses = np.arange(1000.0, 3000.0, 5.0)
    times = between_doses(doses, usual)
    assert times[0] == 0 and times[-1] == usual[-1] and (np.diff(times) > 0).all()
    among = times[(times > 1000.5) & (times < 2994)]
    after = np.min(np.where(among[:, None] > doses, among[:, None] - doses, np.inf), axis=1)
    peaks = np.unique(among[after < 0.3] // 5)
    assert 55 <= len(peaks) <= 60
    slow = among[after > 4.5]
    np.testing.assert_allclose(after[after > 4.5], 4.99)
    assert len(slow) > 250 and np.diff(slow).max() < 11
    assert set(usual[usual < 1000]) <= set(times)
    assert (between_doses([], usual) == usual).all()


def test_thinning_keeps_a_spike_and_the_ends() -> None:
    times = np.arange(1000.0)
    column = np.zeros(1000)
    column[321] = 1.0
    kept = thinned(times, np.column_stack([column, times]), 10, 0.001)
    assert {0, 320, 321, 322, 999} <= set(kept.tolist())
    assert len(thinned(times, np.sin(times)[:, None], 50, 1e-6)) == 50


def test_the_twin_stays_healthy_and_flows_with_it_are_one() -> None:
    healthy = course("healthy")
    for flow in flows():
        values = along(flow, healthy.twin_values, healthy.twin_values)
        expected = 1.0 if flow.kind in ("relative", "pile") else 0.0
        if flow.against:
            expected = 0.0  # nothing is given to the twin
        np.testing.assert_allclose(values, expected, atol=1e-9, err_msg=flow.name)


def test_every_edge_of_the_pathway_has_a_flow_and_every_flow_a_quantity_of_the_model() -> None:
    named = [flow.name for flow in flows()]
    assert len(named) == len(set(named))
    assert {edge_name(link) for link in pathway().links} <= set(named)
    assert {flow.kind for flow in flows()} <= set(KINDS)
    kernel = default_engine(load_model()).kernel(everything())  # type: ignore[attr-defined]
    assert set(symbols()) <= set(kernel.shape.outputs)


def test_gastritis_cuts_absorption_and_the_chain_below_it() -> None:
    found = shown(GASTRITIS)
    last = {name: values[-1] for name, values in found["flows"].items()}
    assert last["ileum"] < 0.05
    assert last["gain_methylcobalamin"] < 0.5
    assert last["mutase>methylmalonic_acid"] > 3
    assert last["gain_methylation"] > 0.1
    assert found["roots"][0]["edge"] == "intrinsic_factor"


def test_an_enzyme_shows_how_it_works_and_not_its_cofactor_alone() -> None:
    missing = shown("mut-deficiency")
    assert missing["nodes"]["mutase"]["values"][-1] < 0.1
    assert missing["flows"]["gain_adenosylcobalamin"][-1] == pytest.approx(1.0, abs=0.01)
    assert missing["nodes"]["methionine_synthase"]["values"][-1] == pytest.approx(1.0, abs=0.01)
    lacking = shown(GASTRITIS)
    np.testing.assert_allclose(
        lacking["nodes"]["mutase"]["values"], lacking["flows"]["gain_adenosylcobalamin"]
    )


def test_treatment_flows_while_it_lasts() -> None:
    found = shown("treated-late")
    time, flow = np.array(found["time"]), np.array(found["flows"]["treatment"])
    assert (flow[time < 6] == 0).all()
    assert (flow[(time > 6.01) & (time < 9.9)] > 1).all()
    assert found["doses"]["first"] == pytest.approx(6.0)
    lane = next(one for one in found["lanes"] if one["lane"] == "treatment")
    assert lane["doses"][0] == pytest.approx(6.0)
    assert len(lane["doses"]) == found["doses"]["count"]


def test_the_story_covers_the_run_without_a_gap() -> None:
    for name in (GASTRITIS, "treated-late", "healthy", "vegan"):
        story = shown(name)["story"]
        assert story[0]["from"] == 0
        assert story[-1]["until"] == pytest.approx(shown(name)["until"])
        for one, other in zip(story, story[1:], strict=False):
            assert one["until"] == other["from"]
    begins = [phase["from"] for phase in shown("treated-late")["story"]]
    assert any(abs(begin - 6.0) < 1e-9 for begin in begins), "a treatment opens a phase"


def test_the_story_says_what_the_numbers_say() -> None:
    result = simulate(Scenario.load(GASTRITIS))
    drawn = curves(result)
    clock = Clock.spanning(float(result.dataset["time"].values[-1]))
    story = phases(result.scenario, drawn, clock)
    blood = [d for d in key_dates(drawn) if d.first is not None and d.curve.group == "laboratory"]
    first = min(d.first for d in blood)
    assert story[0].sentence_plain == "Nothing is felt, and the blood is within its limits."
    assert story[0].stop == pytest.approx(first, abs=8)
    assert story[1].sentence_plain.startswith("Nothing is felt; only the blood tells: ")
    assert lower(blood[0].event) in story[1].sentence_plain
    worst = story[-1]
    grade = max(drawn[n].values[-1] for n in ("balance", "numbness_feet", "leg_weakness"))
    assert f"{grade:.2g} of 4" in worst.sentence_clinical
    for phase in story:
        text = " ".join((phase.sentence_plain, phase.reason_plain, phase.sentence_clinical))
        assert "!" not in text and "should" not in text
    assert told(result)["story"] == [phase.to_dict() for phase in story]


def test_plain_and_clinical_words_carry_the_same_chance() -> None:
    for phase in shown(GASTRITIS)["story"]:
        if "Chance of saying so: " in phase["sentence_plain"]:
            span = phase["sentence_plain"].split("saying so: ")[1].split(".")[0]
            assert f"reported {span}" in phase["sentence_clinical"]


@pytest.mark.parametrize(
    ("name", "edge"),
    [
        ("vegan", "food"), ("ileal-resection", "ileum"), ("nitrous-oxide", "gain_nitrous_oxide"),
        ("cblc", "gain_processing"), ("transcobalamin-deficiency", "gain_transcobalamin"),
        ("total-gastrectomy", "intrinsic_factor"), ("kidney-disease", "mutase>methylmalonic_acid"),
    ],
)  # fmt: skip
def test_roots_name_what_is_cut_first(name: str, edge: str) -> None:
    scenario = Scenario.load(name)
    assert edge in {one["edge"] for one in roots(scenario, scenario.until)}


def test_health_has_no_root_and_every_root_is_a_flow() -> None:
    healthy = Scenario.load("healthy")
    assert roots(healthy, healthy.until) == []
    assert {one.flow for one in table()} <= {flow.name for flow in flows()}
    assert {one.input for one in table()} <= set(load_model().inputs)
