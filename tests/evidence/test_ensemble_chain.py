"""Markov chains and response surfaces against what is known in closed form."""

import pickle

import numpy as np
import pytest

from corrin.evidence.chain import (
    Normal,
    Path,
    Walkers,
    autocorrelation_time,
    effective_size,
    nested_r_hat,
    split_r_hat,
    walk,
    walk_by_surrogate,
)
from corrin.evidence.cheap_surface import fit_surface, joined
from corrin.evidence.ensemble import spread_out


def linear_problem(n=12, m=8, seed=1):
    """Prior N(0, 1) and linear observations with unit error: the posterior is known."""
    rng = np.random.default_rng(seed)
    slope, seen = rng.normal(size=(m, n)), 2 * rng.normal(size=m)
    covariance = np.linalg.inv(slope.T @ slope + np.eye(n))

    def log(points):
        away = points @ slope.T - seen
        return -0.5 * (away**2).sum(axis=1) - 0.5 * (points**2).sum(axis=1)

    return log, covariance @ slope.T @ seen, covariance


def check_moments(path, mean, covariance):
    flat = path.points.reshape(-1, len(mean))
    size = np.array([effective_size(path.points[:, :, i]) for i in range(len(mean))])
    assert size.min() > 400
    sd = np.sqrt(np.diag(covariance))
    assert np.abs((flat.mean(axis=0) - mean) / sd * np.sqrt(size)).max() < 4.5
    assert flat.std(axis=0) == pytest.approx(sd, rel=6 / np.sqrt(2 * size.min()))
    assert max(split_r_hat(path.points[:, :, i]) for i in range(len(mean))) < 1.05


def test_chain_finds_a_normal_posterior():
    """From far off and about a normal distribution that is not the posterior."""
    log, mean, covariance = linear_problem()
    about = Normal.of(mean + 0.3, 1.3 * covariance + 0.02 * np.eye(len(mean)))
    rng = np.random.default_rng(3)
    walkers = Walkers.at(np.full((32, len(mean)), 2.0), log)
    walkers.adapt(log, about, rng, 400)
    check_moments(walk(walkers, log, about, rng, 150, 10), mean, covariance)


def test_every_move_about_the_target_itself_is_taken():
    """The algorithm leaves its normal distribution as it is, in 188 dimensions as in one."""
    mean, covariance = np.linspace(-1, 1, 188), np.diag(np.linspace(0.1, 2, 188))
    about = Normal.of(mean, covariance)
    rng = np.random.default_rng(4)
    walkers = Walkers.at(about.draw(rng, 40), about.log)
    assert all(walkers.move(about.log, about, rng).all() for _ in range(20))


def test_log_of_a_normal_distribution():
    from scipy.stats import multivariate_normal

    mean, covariance = np.array([1.0, -2.0]), np.array([[2.0, 0.5], [0.5, 1.0]])
    points = np.random.default_rng(0).normal(size=(5, 2))
    known = multivariate_normal(mean, covariance).logpdf(points)
    found = Normal.of(mean, covariance).log(points)
    assert found - found[0] == pytest.approx(known - known[0])


def test_surrogate_changes_the_pace_and_not_the_target():
    """The stand-in is shifted and too wide; part of the space is forbidden by the target only."""
    log, mean, covariance = linear_problem(4, 3)

    def cheap(points):
        return 0.7 * log(points - 0.2)

    about = Normal.of(mean, covariance)
    rng = np.random.default_rng(5)
    path = walk_by_surrogate(about.draw(rng, 64), cheap, log, about, rng, 200, 5)
    check_moments(path, mean, covariance)

    def walled(points):
        return np.where(points[:, 0] > mean[0], log(points), -np.inf)

    start = about.draw(rng, 64)
    start[:, 0] = mean[0] + np.abs(start[:, 0] - mean[0])
    path = walk_by_surrogate(start, cheap, walled, about, rng, 200, 5)
    first = path.points[:, :, 0] - mean[0]
    assert first.min() > 0
    half_normal = np.sqrt(2 / np.pi * covariance[0, 0])
    assert first.mean() == pytest.approx(half_normal, rel=4 / np.sqrt(effective_size(first)))


def test_chains_that_were_interrupted_go_on_as_if_they_had_not_been():
    log, mean, covariance = linear_problem(4, 3)
    about = Normal.of(mean, covariance)
    start = about.draw(np.random.default_rng(7), 16)
    kept = []

    def follow(begin, keep=None):
        rng = np.random.default_rng(8)
        return walk_by_surrogate(begin, log, log, about, rng, 12, 2, burn=6, keep=keep)

    whole = follow(start, lambda course: kept.append(pickle.dumps(course)))
    assert len(kept) == 5
    for some in kept:
        again = follow(pickle.loads(some))
        assert (again.points == whole.points).all()
        assert (again.log == whole.log).all()
        assert again.accepted == whole.accepted


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_effective_size_of_an_autoregressive_series(kept):
    """A first-order series has n(1 - phi)/(1 + phi) effective draws."""
    rng = np.random.default_rng(6)
    noise = rng.standard_normal((4000, 8)) * np.sqrt(1 - kept**2)
    series = np.zeros_like(noise)
    series[0] = rng.standard_normal(8)
    for t in range(1, len(series)):
        series[t] = kept * series[t - 1] + noise[t]
    known = (1 + kept) / (1 - kept)
    assert autocorrelation_time(series) == pytest.approx(known, rel=0.12)
    assert split_r_hat(series) < 1.01


def test_r_hat_sees_chains_that_differ():
    rng = np.random.default_rng(7)
    chains = rng.standard_normal((500, 4))
    assert split_r_hat(chains) < 1.01
    assert split_r_hat(chains + np.array([0, 0, 0, 2.0])) > 1.2  # one stays elsewhere
    assert split_r_hat(chains * np.array([1, 1, 1, 4.0])) > 1.1  # one is wider
    assert split_r_hat(chains + np.linspace(0, 3, 500)[:, None]) > 1.2  # all drift
    assert np.isnan(split_r_hat(np.ones((10, 2))))


def test_r_hat_of_short_chains_sees_what_they_remember():
    """Sixteen chains from each of eight starts, twelve steps each."""
    rng = np.random.default_rng(9)
    noise, starts = rng.standard_normal((12, 128)), np.repeat(np.linspace(-2, 2, 8), 16)
    assert nested_r_hat(noise, 8) < 1.02
    assert nested_r_hat(noise + starts, 8) > 1.5
    assert nested_r_hat(noise + rng.permutation(starts), 8) < 1.1  # wide, but from no start
    series = noise.copy()
    for t in range(1, 12):  # slow chains that began in equilibrium: split R-hat is misled
        series[t] = 0.8 * series[t - 1] + 0.6 * noise[t]
    assert nested_r_hat(series, 8) < 1.1 < split_r_hat(series)


def test_members_are_different_and_far_apart():
    rng = np.random.default_rng(8)
    points = rng.normal(size=(9, 4, 3))
    points[4] = points[0]  # chains that did not move
    path = Path(points, np.zeros((9, 4)))
    assert len(spread_out(path, 100)) == 32
    few = spread_out(path, 8)
    assert len(few) == len(np.unique(few, axis=0)) == 8


# Surfaces.


def quadratic(n=30, seed=2):
    rng = np.random.default_rng(seed)
    slope = np.where(np.arange(n) < 5, 1.0, 0.0) * rng.normal(size=n)

    def value(x):
        return np.stack(
            [3 + x @ slope + 0.5 * x[:, 0] * x[:, 1] - 0.3 * x[:, 2] ** 2, x[:, 7] ** 2 + x[:, 7]],
            axis=1,
        )

    return value, rng


def test_surface_of_a_quadratic_is_the_quadratic():
    value, rng = quadratic()
    points, new = rng.normal(size=(300, 30)), rng.normal(size=(100, 30))
    seen = value(points)
    seen[:7, 0] = np.nan  # runs that failed
    surface = fit_surface(points, seen)
    assert surface(new) == pytest.approx(value(new), abs=0.02)
    assert surface.error.max() < 0.02


def test_error_of_a_surface_is_that_on_new_points():
    value, rng = quadratic()
    points, new = rng.normal(size=(300, 30)), rng.normal(size=(4000, 30))
    surface = fit_surface(points, value(points) + 0.4 * rng.normal(size=(300, 2)))
    off = surface(new) - value(new) - 0.4 * rng.normal(size=(4000, 2))
    assert surface.error == pytest.approx(np.sqrt((off**2).mean(axis=0)), rel=0.15)


def test_slopes_of_a_surface_and_surfaces_together():
    value, rng = quadratic()
    points = rng.normal(size=(200, 30))
    one, two = fit_surface(points, value(points)), fit_surface(points[:60], value(points[:60]))
    both = joined([one, two])
    new = rng.normal(size=(3, 30))
    assert both(new) == pytest.approx(np.hstack([one(new), two(new)]))
    step = 1e-5 * np.eye(30)
    numeric = (both(new[0] + step) - both(new[0] - step)) / 2e-5
    assert both.slopes(new[0]) == pytest.approx(numeric, abs=1e-6)


def test_what_was_never_seen_has_no_surface():
    values = np.full((50, 1), np.nan)
    surface = fit_surface(np.random.default_rng(0).normal(size=(50, 3)), values)
    assert np.isinf(surface.error[0])
