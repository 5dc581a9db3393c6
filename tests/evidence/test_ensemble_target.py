"""The posterior: runs side by side are the plain runs, and distances are those of the fit."""

from functools import partial

import numpy as np
import pytest

from corrin.engine.initial import read_initial_state
from corrin.evidence import chain_target, ensemble, misfit, natural
from corrin.evidence.bench import Bench
from corrin.evidence.calibrate import written
from corrin.evidence.cheap_runs import asked_for, read_many
from corrin.evidence.observations import observations, predict
from corrin.evidence.priors import parameters_of
from corrin.model import load_model
from corrin.model.feasible import feasible


def near_the_fit(count, seed=1):
    """Points about the calibrated one that describe bodies."""
    return ensemble.bodies(ensemble.around(written()), np.random.default_rng(seed), count)


def sets_at(points):
    return [parameters_of(point, chain_target.chosen()) for point in points]


def test_natural_experiments_side_by_side_are_the_plain_ones():
    """Also where a run fails: that statement alone has no value."""
    sets = sets_at(near_the_fit(3))
    outputs = asked_for([natural.margins])
    found = read_many(sets, [natural.margins], outputs=outputs)
    for one, (cheap,) in zip(sets, found, strict=True):
        for now, plain in zip(cheap, natural.margins(Bench(one)), strict=True):
            assert now.name == plain.name
            assert now.value == pytest.approx(plain.value, rel=1e-6, abs=1e-9, nan_ok=True)


def test_loose_runs_move_no_distance_that_matters():
    points = near_the_fit(3, seed=2)
    outputs = asked_for([natural.margins])
    strict = read_many(sets_at(points), [natural.margins], outputs=outputs)
    exact = np.array([[m.value for m in row[0]] for row in strict])
    judged = chain_target.statements()
    loose = chain_target.unmet(judged, chain_target.experiments_at(points))
    assert loose == pytest.approx(chain_target.unmet(judged, exact), abs=0.02)


def test_readings_side_by_side_are_the_plain_ones():
    """Also those that look for a time or an amount first, and so ask for runs in turn."""
    sets = sets_at(near_the_fit(2))
    some = [o for o in misfit.fitted("body")][::9]
    found = read_many(sets, [partial(predict, o) for o in some])
    for one, row in zip(sets, found, strict=True):
        bench = Bench(one)
        assert row == pytest.approx([predict(o, bench) for o in some], rel=1e-6, nan_ok=True)


def test_distances_are_those_of_the_fit():
    chosen = observations()
    rng = np.random.default_rng(3)
    values = np.array([[abs(o.value) * 3 ** rng.normal() for o in chosen] for _ in range(4)])
    values[0, ::5], values[1, ::7] = np.nan, 0.0
    found = chain_target.distances(chosen, chain_target.placed(chosen, values))
    known = [
        [misfit.scale_of(o).distance(v) for o, v in zip(chosen, row, strict=True)] for row in values
    ]
    assert found == pytest.approx(np.array(known), abs=1e-9)


def test_statements_are_those_of_the_natural_experiments():
    margins = [natural.Margin("a", 0, 15.0, True), natural.Margin("b", 0, 0.5, False)]
    values = np.array([[16.0, 0.4], [18.0, 0.55], [-3.0, 1e9], [np.nan, 0.1]])
    known = [
        [
            natural.Margin(m.name, v, m.threshold, m.above).distance
            for m, v in zip(margins, row, strict=True)
        ]
        for row in values
    ]
    assert chain_target.unmet(margins, values) == pytest.approx(np.array(known))


def test_scales_come_back():
    scales = ("linear", "log", "logit")
    values = np.array([[-3.0, 1e-4, 0.01], [5.0, 2e3, 0.98]])
    places = chain_target._on(scales, values)
    assert places[:, 2] == pytest.approx(np.log([0.01 / 0.99, 0.98 / 0.02]))
    assert chain_target._off(scales, places) == pytest.approx(values)
    assert [chain_target._scale_for(column) for column in values.T] == list(scales)


def test_a_surface_that_knows_nothing_of_the_nerve_says_nothing():
    """The density is then that of the prior, the body and the experiments; as `dear` has it."""
    points = near_the_fit(40, seed=5)
    rng = np.random.default_rng(6)
    body = rng.normal(size=(40, len(misfit.fitted("body"))))
    nerve = np.full((40, len(misfit.fitted("nerve"))), np.nan)
    held = np.array([[m.threshold * (1.5 if m.above else 0.5) for m in chain_target.statements()]])
    seen = np.repeat(held, 40, axis=0)
    runs = chain_target.Runs(*(chain_target.Seen(points, values) for values in (body, nerve, seen)))
    target = chain_target.Target.of(runs)
    told = target.surface(points)[:, : body.shape[1]]
    known = chain_target.prior(points) + chain_target.likelihood(
        chain_target.distances(misfit.fitted("body"), told)
    )
    assert target.cheap(points) == pytest.approx(known, abs=1e-6)
    nobody = 40 * np.ones((1, points.shape[1]))
    assert target.cheap(nobody)[0] == -np.inf


def test_bodies_that_can_exist():
    """The same answer as from the formulas one body at a time; some can and some cannot."""
    about = ensemble.around(written())
    points = about.mean + 2 * (about.draw(np.random.default_rng(4), 60) - about.mean)
    initial = read_initial_state(load_model().sbml)
    values = [initial.values(one) for one in sets_at(points)]
    known = [feasible(v) for v in values]
    assert chain_target.feasible_at(points).tolist() == known
    assert 0 < sum(known) < len(known)


def test_the_calibrated_point_has_a_misfit_that_is_acceptable():
    fit = written()
    rows = [row["distance"] for s in fit["stages"] for row in s["observations"]]
    from corrin.evidence.calibrate import soft

    least = float(np.sum(soft(np.array(rows)) ** 2))
    parameters = sum(len(s["parameters"]) for s in fit["stages"])
    assert ensemble.acceptable(np.array([least, least + 3 * parameters]), fit).tolist() == [
        True,
        False,
    ]
