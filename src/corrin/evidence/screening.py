"""Designs of global sensitivity analysis, for any function of the unit cube.

Elementary effects (Morris) rank many parameters, Sobol indices weigh a few. Where a function has
no answer in large parts of the cube, a trajectory through all its dimensions would nearly always
meet such a part; so steps are taken radially: one in each dimension from a start that has an
answer (Campolongo, Saltelli & Cariboni 2011, doi 10.1016/j.cpc.2010.12.039). A step without an
answer is taken again from another start. Sobol indices are those of the part of the cube that has
answers (Kucherenko, Klymenko & Shah 2017, Reliability Engineering and System Safety).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corrin.errors import ModelError

#: Levels of the grid on which starts lie, and the length of a step.
LEVELS = 4
STEP = LEVELS / (2 * (LEVELS - 1))

#: What became of a point.
SOLVED, INFEASIBLE, UNSOLVED = 0, 1, 2

_ROUNDS = 30  # what has no answer is drawn anew this often
_DRAWS = 20_000  # points tried for starts before a range is given up
_BLOCK = 400  # points solved at a time, so that progress can be shown
_RESAMPLES = 200  # of the bootstrap behind mu_star_conf
_STATISTICS = ("mu", "mu_star", "sigma", "mu_star_conf")


@dataclass(frozen=True)
class Answers:
    """What a model says at some points.

    Attributes
    ----------
    values : ndarray, shape (points, outputs)
        Outputs; not a number where there is no answer.
    status : ndarray of int, shape (points,)
        `SOLVED`, `INFEASIBLE` (no body can have these values) or `UNSOLVED`.
    """

    values: np.ndarray
    status: np.ndarray


Evaluate = Callable[[np.ndarray], Answers]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Screening:
    """Elementary effects of some parameters on some outputs.

    Attributes
    ----------
    steps : tuple of ndarray, one for each parameter, shape (effects, 2, outputs)
        Outputs at the low and at the high end of each step.
    counts : dict of str to int
        Starts and steps tried, and how many of them were infeasible or could not be solved.
    """

    steps: tuple[np.ndarray, ...]
    counts: dict[str, int]


def screen(
    evaluate: Evaluate, parameters: int, trajectories: int, seed: int, progress: Progress | None
) -> Screening:
    """Take steps in every parameter from starts all over the unit cube.

    Parameters
    ----------
    evaluate : callable
        The model: points of the unit cube in, shape (points, parameters); `Answers` out.
    parameters : int
        Dimensions of the cube.
    trajectories : int
        Steps wanted in each parameter.
    seed : int
        Of the starts.
    progress : callable, optional
        Told how many steps were made, and how many are wanted.
    """
    rng = np.random.default_rng(seed)
    found: list[list[np.ndarray]] = [[] for _ in range(parameters)]
    counts = {f"{what}_{fate}": 0 for what in ("starts", "steps") for fate in _FATES}

    def grid(n: int) -> np.ndarray:
        return rng.integers(LEVELS, size=(n, parameters)) / (LEVELS - 1)

    for _ in range(_ROUNDS):
        missing = [trajectories - len(one) for one in found]
        if not any(missing):
            break
        starts, bases = _starts(evaluate, grid, max(missing), counts)
        jobs = [(s, i) for s in range(len(starts)) for i in range(parameters) if s < missing[i]]
        for first in range(0, len(jobs), _BLOCK):
            block = jobs[first : first + _BLOCK]
            points = starts[[s for s, _ in block]]
            rows, columns = np.arange(len(block)), [i for _, i in block]
            # From the lower half of the grid a step leads up, from the upper half down.
            upwards = points[rows, columns] < 0.5
            points[rows, columns] += np.where(upwards, STEP, -STEP)
            answers = evaluate(points)
            _count(counts, "steps", answers.status)
            for (s, i), up, value in zip(block, upwards, answers.values, strict=True):
                if np.isfinite(value).all():
                    found[i].append(np.array([bases[s], value] if up else [value, bases[s]]))
            if progress is not None:
                progress(sum(map(len, found)), trajectories * parameters)
    width = next((one[0].shape[1] for one in found if one), 0)
    return Screening(tuple(np.reshape(one, (len(one), 2, width)) for one in found), counts)


_FATES = ("tried", "infeasible", "unsolved")


def _starts(
    evaluate: Evaluate,
    draw: Callable[[int], np.ndarray],
    wanted: int,
    counts: dict[str, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Return drawn points that have an answer, and their answers."""
    points: list[np.ndarray] = []
    values: list[np.ndarray] = []
    tried = 0
    while len(points) < wanted:
        if tried >= _DRAWS:
            raise ModelError(
                f"{len(points)} of {tried} parameter sets describe a body that can be simulated",
                where="sensitivity",
                hint="the ranges lie outside of what the model can be; check the priors",
            )
        drawn = draw(min(4 * wanted, _BLOCK))
        answers = evaluate(drawn)
        _count(counts, "starts", answers.status)
        kept = np.isfinite(answers.values).all(axis=1)
        points += list(drawn[kept])
        values += list(answers.values[kept])
        tried += len(drawn)
    return np.array(points[:wanted]), np.array(values[:wanted])


def _count(counts: dict[str, int], what: str, status: np.ndarray) -> None:
    counts[f"{what}_tried"] += len(status)
    counts[f"{what}_infeasible"] += int(np.sum(status == INFEASIBLE))
    counts[f"{what}_unsolved"] += int(np.sum(status == UNSOLVED))


def elementary_effects(screening: Screening, seed: int) -> dict[str, np.ndarray]:
    """Return the statistics of Morris and Campolongo, each of shape (outputs, parameters).

    An elementary effect is the change of an output per change of a parameter over its whole range.

    Parameters
    ----------
    screening : Screening
        The steps.
    seed : int
        Of the bootstrap behind the confidence.

    Returns
    -------
    dict
        ``mu`` (mean), ``mu_star`` (mean size), ``sigma`` (standard deviation) and
        ``mu_star_conf`` (half width of the 95 % interval of ``mu_star``); not a number for a
        parameter with fewer than two steps.
    """
    rng = np.random.default_rng(seed)
    outputs = max(one.shape[2] for one in screening.steps)
    found = {name: np.full((outputs, len(screening.steps)), np.nan) for name in _STATISTICS}
    for i, steps in enumerate(screening.steps):
        if len(steps) < 2:
            continue
        effects = (steps[:, 1] - steps[:, 0]) / STEP
        again = np.abs(effects)[rng.integers(len(steps), size=(_RESAMPLES, len(steps)))]
        found["mu"][:, i] = effects.mean(axis=0)
        found["mu_star"][:, i] = np.abs(effects).mean(axis=0)
        found["sigma"][:, i] = effects.std(axis=0, ddof=1)
        found["mu_star_conf"][:, i] = 1.96 * again.mean(axis=1).std(axis=0, ddof=1)
    return found


def total_effects(
    evaluate: Evaluate, parameters: int, samples: int, seed: int, progress: Progress | None
) -> dict[str, np.ndarray]:
    """Return the total-order Sobol index of every dimension of a unit cube for the first output.

    The index of a dimension is the share of the variance that is left, on average, when all other
    dimensions are known. Points are uniform over the part of the cube that has answers, and the
    partner of a point differs from it in one dimension, drawn anew until it has an answer: the
    index of that part, whatever its shape, instead of the cube.

    Parameters
    ----------
    evaluate : callable
        The model, as for `screen`.
    parameters : int
        Dimensions of the cube.
    samples : int
        Points, each with a partner for each dimension.
    seed : int
        Of the points.
    progress : callable, optional
        Told how many pairs were made, and how many are wanted.

    Returns
    -------
    dict
        ``total``, ``total_conf`` (half width of the 95 % interval) and ``pairs``, each of shape
        (parameters,).
    """
    from SALib.analyze import sobol as salib

    rng = np.random.default_rng(seed)
    counts = {f"starts_{fate}": 0 for fate in _FATES}
    points, values = _starts(evaluate, lambda n: rng.random((n, parameters)), samples, counts)
    own = values[:, 0]
    other = np.full((parameters, samples), np.nan)
    for _ in range(_ROUNDS):
        jobs = np.argwhere(np.isnan(other))
        for first in range(0, len(jobs), _BLOCK):
            i, s = jobs[first : first + _BLOCK].T
            partners = points[s]
            partners[np.arange(len(s)), i] = rng.random(len(s))
            other[i, s] = evaluate(partners).values[:, 0]
            if progress is not None:
                progress(int(np.isfinite(other).sum()), other.size)
    found = {"total": np.zeros(parameters), "total_conf": np.zeros(parameters)}
    found["pairs"] = np.isfinite(other).sum(axis=1)
    if np.ptp(own) == 0:  # nothing varies: nothing matters
        return found
    problem = {"num_vars": 1, "names": ["x"], "bounds": [[0, 1]]}
    for i in range(parameters):
        paired = np.isfinite(other[i])
        if paired.sum() < 2:
            found["total"][i] = found["total_conf"][i] = np.nan
            continue
        # Each dimension is a problem of its own: A, its partner, and B for the variance alone.
        rows = np.column_stack([own[paired], other[i, paired], np.roll(own[paired], 1)])
        # The library takes seed 0 for none.
        one = salib.analyze(problem, rows.ravel(), calc_second_order=False, seed=seed + 1)
        found["total"][i], found["total_conf"][i] = one["ST"][0], one["ST_conf"][0]
    return found
