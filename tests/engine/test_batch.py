"""Batches: the same bits whatever is solved beside, and no failure spreads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corrin.engine import Change, Dose, Protocol
from corrin.engine.compiled import CompiledEngine
from corrin.engine.outcome import Code, Outcome
from corrin.errors import InputError, SolverError

from .conftest import DOSING, sbml

OUTPUTS = ("plasma", "tissue", "store", "ratio", "total")
GRID = np.linspace(0, 40, 41)
QUIET = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def people(count: int, seed: int = 1) -> list[Protocol]:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        doses = tuple(
            Dose(float(t), "depot", float(rng.uniform(5, 500)))
            for t in rng.uniform(0, 40, rng.integers(0, 4))
        )
        changes = (Change(float(rng.uniform(0, 40)), "intake", float(rng.uniform(0, 3))),)
        overrides = {"kd": float(rng.uniform(1, 6)), "hill": float(rng.uniform(1, 3))}
        made.append(Protocol(overrides, float(rng.choice([0.0, 5.0])), changes, doses))
    return made


def numbers(outcomes: Sequence[Outcome]) -> np.ndarray:
    return np.array([[o.unwrap().values[n] for n in OUTPUTS] for o in outcomes])


@QUIET
@given(st.integers(1, 13), st.integers(1, 3), st.randoms(use_true_random=False))
def test_size_order_and_threads_change_no_bit(
    dosing: CompiledEngine, count: int, threads: int, chance: object
) -> None:
    everyone = people(13)
    alone = numbers([dosing.solve_many([p], GRID, OUTPUTS)[0] for p in everyone])
    chosen = chance.sample(range(13), count)
    got = numbers(dosing.solve_many([everyone[i] for i in chosen], GRID, OUTPUTS, threads=threads))
    assert np.array_equal(got, alone[chosen])


@pytest.mark.parametrize("lanes", [1, 2, 8])
def test_number_of_lanes_changes_nothing_beyond_rounding(
    dosing: CompiledEngine, lanes: int
) -> None:
    other = CompiledEngine(sbml(DOSING), lanes=lanes)
    some = people(5)
    one, two = (numbers(e.solve_many(some, GRID, OUTPUTS)) for e in (dosing, other))
    np.testing.assert_allclose(two, one, rtol=1e-7, atol=1e-9)


@QUIET
@given(st.lists(st.floats(0.01, 39.9), min_size=1, max_size=30))
def test_output_grid_does_not_matter(dosing: CompiledEngine, more: list[float]) -> None:
    protocol = people(1, seed=7)[0]
    coarse = dosing.solve(protocol, [0.0, 17.0, 40.0], OUTPUTS)
    grid = sorted({0.0, 17.0, 40.0, *more})
    fine = dosing.solve(protocol, grid, OUTPUTS)
    for time, place in ((0.0, 0), (17.0, 1), (40.0, 2)):
        for name in OUTPUTS:
            assert fine.values[name][grid.index(time)] == coarse.values[name][place]


@QUIET
@given(st.floats(0.001, 39.0), st.floats(1e-3, 1e4))
def test_no_dose_is_stepped_over(dosing: CompiledEngine, time: float, amount: float) -> None:
    doses = (Dose(time, "depot", amount), Dose(time, "depot", amount))
    still = {"intake": 0.0}
    without = dosing.solve(Protocol(still), [0.0, 40.0], ["total"]).values["total"][-1]
    with_doses = dosing.solve(Protocol(still, doses=doses), [0.0, 40.0], ["total"])
    assert with_doses.values["total"][-1] - without == pytest.approx(2 * amount, rel=1e-7)


def test_mass_is_conserved(dosing: CompiledEngine) -> None:
    protocol = Protocol(doses=(Dose(3, "depot", 50.0),))
    result = dosing.solve(protocol, GRID, ["total"])
    expected = 115.0 + GRID + 50.0 * (GRID > 3)
    np.testing.assert_allclose(result.values["total"], expected, rtol=1e-9)


def test_values_at_a_change_are_those_before_it(dosing: CompiledEngine) -> None:
    protocol = Protocol(
        changes=(Change(10, "intake", 5.0),), doses=(Dose(10, "plasma", 7.0), Dose(0, "plasma", 1))
    )
    result = dosing.solve(protocol, [0, 10, 10.0000001], ["intake", "plasma"])
    assert list(result.values["intake"]) == [1.0, 1.0, 5.0]
    assert result.values["plasma"][0] == 10.0
    assert result.values["plasma"][2] - result.values["plasma"][1] == pytest.approx(7, abs=1e-4)


def test_settling_runs_under_the_overrides(dosing: CompiledEngine) -> None:
    start = dosing.solve(Protocol({"intake": 0.5}, settle=30.0), [0.0], ["plasma", "total"])
    run = dosing.solve(Protocol({"intake": 0.5}), [30.0], ["plasma", "total"])
    for name in ("plasma", "total"):
        assert start.values[name][0] == pytest.approx(run.values[name][0], rel=1e-5)


def test_a_person_that_fails_leaves_the_others_alone(dosing: CompiledEngine) -> None:
    good = people(9)
    bad = [
        Protocol({"ka": float("nan")}),
        Protocol({"nonsense": 1.0}),
        Protocol(doses=(Dose(-1.0, "depot", 1.0),)),
        Protocol({"km": 0.0, "vmax": 0.0}, changes=(Change(5, "kd", 1e308),)),
        Protocol({"kd": -90.0}),
    ]
    mixed: list[Protocol] = []
    for i, protocol in enumerate(good):
        mixed.append(protocol)
        if i < len(bad):
            mixed.append(bad[i])
    outcomes = dosing.solve_many(mixed, GRID, OUTPUTS, threads=2)
    kept = [o for o, p in zip(outcomes, mixed, strict=True) if p in good]
    assert np.array_equal(numbers(kept), numbers(dosing.solve_many(good, GRID, OUTPUTS)))
    failed = [o for o, p in zip(outcomes, mixed, strict=True) if p not in good]
    assert [o.ok for o in failed] == [False] * 5
    assert "ka is nan" in failed[0].text
    assert "nonsense" in failed[1].text
    assert "day -1" in failed[2].text
    for outcome in failed:
        assert outcome.text.startswith(f"person {outcome.person}, day ")
        assert ";" in outcome.text
        with pytest.raises(SolverError):
            outcome.unwrap()


@pytest.mark.parametrize(
    ("model", "code", "state"),
    [
        ("model m; x = 1; x' = x^2; end", Code.BLOW_UP, "x"),
        ("model m; x = 1; y = 1; x' = -1; y' = 1/(x - 0.5)^2; end", None, "y"),
        ("model m; x = 1; x' = -ln(x - 2); end", Code.NOT_FINITE, "x"),
        ("model m; x = 1; x' = 1/(x - 1); end", Code.NOT_FINITE, "x"),
        ("model m; x = 1; p = 0.5; x' = -1 - 0*x^p; end", Code.NEGATIVE_BASE, "x"),
    ],
)
def test_failures_are_named(model: str, code: Code | None, state: str) -> None:
    engine = CompiledEngine(sbml(model))
    outcome = engine.solve_many([Protocol()], [0.0, 3.0], ["x"])[0]
    if "y" in model:
        outcome = engine.solve_many([Protocol()], [0.0, 3.0], ["x", "y"])[0]
    assert not outcome.ok
    assert outcome.state == state
    assert outcome.time <= 3.0
    if code is not None:
        assert outcome.code is code


def test_too_many_steps(dosing: CompiledEngine) -> None:
    outcome = dosing.solve_many([Protocol()], GRID, OUTPUTS, max_steps=3)[0]
    assert outcome.code is Code.TOO_MANY_STEPS


def test_only_ancestors_are_solved() -> None:
    engine = CompiledEngine(sbml(DOSING))
    assert set(engine.kernel(["depot"]).shape.states) == {"depot"}
    assert "lost" not in engine.kernel(["plasma"]).shape.states
    protocol = people(1)[0]
    part = engine.solve(protocol, GRID, ["plasma"]).values["plasma"]
    whole = engine.solve(protocol, GRID, OUTPUTS).values["plasma"]
    np.testing.assert_allclose(part, whole, rtol=1e-5, atol=1e-5)


def test_bad_requests(dosing: CompiledEngine) -> None:
    with pytest.raises(InputError, match="plasma"):
        dosing.solve(Protocol(), GRID, ["plasm"])
    with pytest.raises(InputError, match="depot"):
        dosing.solve(Protocol(doses=(Dose(1, "depo", 1.0),)), GRID, OUTPUTS)
    with pytest.raises(InputError, match="ascend"):
        dosing.solve(Protocol(), [1.0, 0.5], OUTPUTS)
    with pytest.raises(InputError, match="rtol"):
        dosing.solve(Protocol(), GRID, OUTPUTS, rtol=1.0)
    with pytest.raises(InputError, match="parameter 'total'"):
        dosing.solve(Protocol({"total": 1.0}), GRID, OUTPUTS)


def test_lower_order_method_agrees(dosing: CompiledEngine) -> None:
    simple = CompiledEngine(sbml(DOSING), method="rodas3")
    protocol = people(1)[0]
    one = dosing.solve(protocol, GRID, OUTPUTS, rtol=1e-8)
    two = simple.solve(protocol, GRID, OUTPUTS, rtol=1e-6)
    for name in OUTPUTS:
        np.testing.assert_allclose(two.values[name], one.values[name], rtol=2e-4)


def test_a_host_that_fails_ends_one_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from corrin.engine.events import EventHost

    text = "model m; x = 0; y = 0; x' = r; r = 1; E: at x > 1: y = y + 1; end"
    engine = CompiledEngine(sbml(text))
    served = EventHost.__call__

    def broken(self: EventHost, lane: object) -> bool:
        if lane.person == 2 and lane.time > 0:
            raise RuntimeError("killed")
        return served(self, lane)

    monkeypatch.setattr(EventHost, "__call__", broken)
    outcomes = engine.solve_many([Protocol({"r": 1.0 + i}) for i in range(6)], [0, 2], ["y"])
    assert [o.ok for o in outcomes] == [True, True, False, True, True, True]
    assert outcomes[2].code is Code.WORKER_FAILED
    assert "killed" in outcomes[2].text
    assert all(o.unwrap().values["y"][-1] == 1 for o in outcomes if o.ok)
