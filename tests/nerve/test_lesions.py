"""Lesions along a path, the table, and the formulas that stand for the solver."""

from __future__ import annotations

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.nerve import Lesion, Tract, conduction_velocity, fibre, lay, load_table, travel
from corrin.nerve.pathway import Stretch, arrivals, internodes, per_internode, transmission

TEN = fibre(10.0)


def test_a_healthy_path_takes_as_long_as_velocity_says():
    path = lay(TEN, 200.0, Lesion(), 1)
    length = path.internodes * TEN.internode / 1000
    assert travel(path).time == pytest.approx(length / conduction_velocity(10.0), rel=1e-3)


def test_the_same_seed_is_the_same_path():
    lesion = Lesion(share=0.4, fraction=0.15)
    first, again, other = (travel(lay(TEN, 150.0, lesion, s)).time for s in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "lesion",
    [
        Lesion(share=0.3),
        Lesion(remyelinated=0.5),
        Lesion(share=0.5, fraction=0.9, widened=3.0),
        Lesion(share=0.5, fraction=0.9, swelling=3.0),
        Lesion(channels=0.6),
    ],
)
def test_every_lesion_slows(lesion):
    healthy, hurt = travel(lay(TEN, 100.0, Lesion(), 1)), travel(lay(TEN, 100.0, lesion, 1))
    assert hurt.time > 1.02 * healthy.time


def test_a_blocked_spike_tells_how_far_it_came():
    found = travel(lay(TEN, 150.0, Lesion(share=0.6, fraction=0.02), 1))
    assert found.blocked
    assert 0 <= found.reached < 150


def test_remyelination_restores_conduction():
    """Bare internodes block; remade short and thin they conduct, slower than in health."""
    bare = travel(lay(TEN, 100.0, Lesion(share=0.3, fraction=0.01), 2))
    anew = travel(lay(TEN, 100.0, Lesion(remyelinated=0.3), 2))
    healthy = travel(lay(TEN, 100.0, Lesion(), 2))
    assert bare.blocked
    assert healthy.time < anew.time < 1.5 * healthy.time


def test_cold_unblocks_a_path():
    path = lay(TEN, 150.0, Lesion(share=0.3, fraction=0.05, spread=0.2), 1)
    times = [travel(path, warmth).blocked for warmth in (41.0, 30.0)]
    assert times == [True, False]


def test_a_lesion_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="share"):
        Lesion(share=1.4)
    with pytest.raises(InputError, match="more internodes"):
        Lesion(share=0.7, remyelinated=0.7)
    with pytest.raises(InputError, match="tract myelin"):
        Tract(myelin=-0.5)


@pytest.mark.parametrize("kind", ["peripheral", "central"])
def test_the_table_keeps_its_bound(kind):
    known = load_table(kind)
    rng = np.random.default_rng(11)
    diameter = rng.uniform(*known.diameter[[0, -1]], 40)
    warmth = rng.uniform(20, 42, 40)
    fraction = np.exp(rng.uniform(np.log(0.1), 0, 40))
    solved = conduction_velocity(diameter, warmth, fraction, kind)
    assert known.velocity(diameter, warmth, fraction) == pytest.approx(solved, rel=0.012)
    assert known.bound[1] < 0.02


def test_the_table_blocks_where_the_solver_does():
    known = load_table("peripheral")
    edge = known.block_fraction(10.0, 37.0)
    assert edge == pytest.approx(0.0527, abs=0.001)
    assert np.isnan(known.velocity(10.0, 37.0, 0.98 * edge))
    assert np.isfinite(known.velocity(10.0, 37.0, 1.02 * edge))
    with pytest.raises(InputError, match="2 to 20 um"):
        known.velocity(40.0, 37.0)


def test_longer_paths_conduct_less():
    tract = Tract(myelin=0.15)
    shares = [transmission(tract, length).conducting for length in (200.0, 600.0, 1000.0)]
    assert shares[0] > shares[1] > shares[2] > 0


def test_a_tract_slows_scatters_and_fails_as_myelin_goes():
    course = [transmission(Tract(myelin=m), 800.0) for m in (1.0, 0.8, 0.5, 0.2, 0.05)]
    velocity, scatter, share = (
        np.array([getattr(t, name) for t in course])
        for name in ("velocity", "scatter", "conducting")
    )
    assert (np.diff(velocity[:4]) < 0).all()
    assert (np.diff(scatter[:4]) > 0).all()
    assert share[:3] == pytest.approx(1.0, abs=0.02)
    assert share[4] < 0.1
    assert transmission(Tract(axons_large=0.4), 800.0).conducting == pytest.approx(0.4)


def test_sheaths_of_the_centre_are_destroyed_one_by_one_those_of_nerves_thin_together():
    """The same myelin left: fewer internodes hit in the cord, each harder."""
    nerve, cord = Tract(myelin=0.7).lesion(), Tract(myelin=0.7, central=True).lesion()
    for lesion in (nerve, cord):
        assert lesion.share * (1 - lesion.fraction) == pytest.approx(0.3)
    assert cord.share < nerve.share
    assert cord.fraction < nerve.fraction
    swollen = Tract(swelling=0.5), Tract(swelling=0.5, central=True)
    assert [t.lesion().swelling for t in swollen] == [1.0, 3.0]
    assert Tract(myelin=0.0, central=True).lesion().share == 1.0


def test_health_arrives_whole():
    spikes = arrivals(np.array([8.0, 10.0]), np.array([0.5, 0.5]), [Stretch(500.0, 37.0)])
    assert spikes.weight.sum() == pytest.approx(1.0)
    assert spikes.scatter.max() == 0
    assert spikes.time[-1] == pytest.approx(500 / conduction_velocity(10.0), rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["peripheral", "central"])
def test_the_formulas_stand_for_the_solver(kind):
    """Delay within 5 %, scatter within a third, over random places of lesions."""
    diameter, length = (10.0, 300.0) if kind == "peripheral" else (2.0, 60.0)
    build = fibre(diameter, kind)
    for share, fraction, spread in (
        (0.3, 0.2, 0.3),
        (0.5, 0.12, 0.3),
        (0.8, 0.3, 0.3),
        (0.5, 0.5, 0.5),
    ):
        lesion = Lesion(share, fraction, spread)
        times = np.array([travel(lay(build, length, lesion, seed)).time for seed in range(40)])
        piece = Stretch(length, 37.0, lesion, kind)
        count, healthy = internodes(np.array([diameter]), piece)
        mean, scatter, _ = per_internode(np.array([diameter]), piece)
        assert times.mean() == pytest.approx((count * healthy * (1 + mean))[0], rel=0.05)
        assert times.std() == pytest.approx((np.sqrt(count) * healthy * scatter)[0], rel=0.4)


def test_studies_can_be_chosen():
    from corrin.nerve import examine

    some = examine(seed=4, only=("sural", "visual"))
    names = [f.limit.quantity for f in some.findings]
    assert names == ["sural_velocity", "sural_amplitude", "p100_men", "p100_amplitude"]
    whole = examine(seed=4)
    assert [some.value(n) for n in names] == [whole.value(n) for n in names]
    with pytest.raises(InputError, match="did you mean 'visual'"):
        examine(only=("visuel",))


@pytest.mark.slow
def test_the_hazard_of_block_stands_for_the_solver():
    error = []
    for diameter, kind, length in ((10.0, "peripheral", 400.0), (8.0, "central", 300.0)):
        for share, fraction, spread in (
            (0.15, 0.06, 0.5),
            (0.1, 0.03, 0.3),
            (0.3, 0.1, 0.5),
            (0.95, 0.08, 0.3),
        ):
            lesion, build = Lesion(share, fraction, spread), fibre(diameter, kind)
            alive = np.mean([not travel(lay(build, length, lesion, s)).blocked for s in range(24)])
            piece = Stretch(length, 37.0, lesion, kind)
            count, _ = internodes(np.array([diameter]), piece)
            hazard = per_internode(np.array([diameter]), piece)[2]
            error.append(np.exp(-count * hazard)[0] - alive)
    assert np.sqrt(np.mean(np.square(error))) < 0.12
    assert np.abs(error).max() < 0.3


@pytest.mark.slow
@pytest.mark.parametrize(("diameter", "kind"), [(8.8, "peripheral"), (1.5, "central")])
def test_remade_sheaths_slow_as_in_the_solver(diameter, kind):
    """Few cost more each than many: transitions from long to short add delay (evidence N220)."""
    build = fibre(diameter, kind)
    length = 80 * build.internode / 1000
    healthy = travel(lay(build, length, Lesion(), 1)).time
    each = []
    for share in (0.2, 0.6, 1.0):
        lesion = Lesion(remyelinated=share)
        paths = [lay(build, length, lesion, seed) for seed in range(6)]
        laid = np.mean([(p.internodes / 80 - 1) / (lesion.new_internodes - 1) for p in paths])
        found = np.mean([travel(p).time / healthy - 1 for p in paths]) / laid
        mean, _, hazard = per_internode(np.array([diameter]), Stretch(length, 37.0, lesion, kind))
        assert mean[0] / share == pytest.approx(found, rel=0.07)
        assert hazard[0] == 0
        each.append(found)
    assert each[0] > each[1] > each[2]


def test_sheaths_made_anew_are_none_of_those_that_are_thin():
    for central in (False, True):
        for myelin, remade in ((1.0, 0.0), (1.0, 1.0), (0.5, 0.4), (0.05, 0.9)):
            lesion = Tract(myelin=myelin, remade=remade, central=central).lesion()
            assert lesion.share + lesion.remyelinated <= 1
            assert lesion.remyelinated == pytest.approx(min(remade, 1 - lesion.share))
    with pytest.raises(InputError, match="tract remade"):
        Tract(remade=1.2)


@pytest.mark.slow
def test_swelling_slows_as_in_the_solver():
    for diameter in (8.7, 12.8):
        build = fibre(diameter)
        healthy = travel(lay(build, 100.0, Lesion(), 1)).time
        for swelling in (2.0, 5.0):
            hurt = Lesion(share=1.0, fraction=1.0, spread=0.0, swelling=swelling)
            ratio = travel(lay(build, 100.0, hurt, 1)).time / healthy - 1
            piece = Stretch(100.0, 37.0, hurt)
            assert per_internode(np.array([diameter]), piece)[0][0] == pytest.approx(ratio, rel=0.3)
