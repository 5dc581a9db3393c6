"""The posterior of the parameters: prior, observations, natural experiments, and bodies that exist.

The logarithm of its density is, up to a constant,

    - |x|²/2  - sum(soft(d)²)/2  - sum(e²)/2      where body and patterns can be,

with x the standardised parameters, d the distances of the fitted observations under the Cauchy
loss of the fit, and e the distances of the statements of natural experiments from holding clearly.
It is 0 where a statement fails or where no body can exist (`corrin.model.feasible`).

Body and natural experiments are computed; observations of the nerve, which are counted over
virtual patients, come from a surface. A count is a staircase, whose slope says more than the
data do; a surface smooths it, and its own error widens the uncertainty of each observation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr

from corrin.engine.initial import InitialState, read_initial_state
from corrin.evidence.bench import Bench
from corrin.evidence.calibrate import soft, soft_slope
from corrin.evidence.cheap_runs import asked_for, read_many
from corrin.evidence.cheap_surface import Surface, fit_surface, joined
from corrin.evidence.misfit import FAILED, LARGEST, Scale, fitted, scale_of
from corrin.evidence.natural import CLEARLY, FARTHEST, THRESHOLD, Margin, margins
from corrin.evidence.natural import FAILED as NO_RUN
from corrin.evidence.observations import Observation, predict
from corrin.evidence.priors import STAGES, Prior, of_stage, parameters_of
from corrin.model import load_model
from corrin.model.feasible import CLOSING

#: Distance of a statement at its threshold: beyond it the statement fails.
EDGE = float(np.log(CLEARLY) / THRESHOLD)
#: Relative tolerance of runs inside a chain; it moves no distance by more than about .001.
RTOL = 1e-5
#: Least error of a surface of natural experiments, so that a chain does not stop short of an edge.
_SURE = 0.005
#: Standard deviations beyond which surfaces tell no distances apart: there the loss is flat.
FAR = 15.0
#: Share of the runs that surfaces are fitted to, and how many at most.
LIKELY, MOST = 0.75, 2000
#: Points that one worker is given at a time.
_CHUNK = 16


@cache
def chosen() -> tuple[Prior, ...]:
    """Return what the coordinates of a point stand for: the priors, stage by stage."""
    return tuple(prior for stage in STAGES for prior in of_stage(stage))


# Distances, for many points at once.


def placed(observed: Sequence[Observation], values: np.ndarray) -> np.ndarray:
    """Return where predictions lie, in standard deviations from what was published.

    Parameters
    ----------
    observed : sequence of Observation, m of them
    values : ndarray, shape (k, m)
        Predictions [unit of each].

    Returns
    -------
    ndarray, shape (k, m)
        Signed and bounded; NaN where there is no prediction.
    """
    found = np.full(values.shape, np.nan)
    for k, one in enumerate(observed):
        scale, column = scale_of(one), values[:, k]
        there = np.isfinite(column)
        low, high = _ends(scale)
        places = np.array([scale.of(float(v)) for v in column[there]])
        # Beyond these bounds no distance changes, and surfaces need finite numbers.
        least = -2 * LARGEST
        most = 2 * LARGEST + (high if np.isfinite(high) else 0.0)
        found[there, k] = np.clip((places - _origin(scale)) / scale.width, least, most)
    return found


def _origin(scale: Scale) -> float:
    """Return the published value on its scale, or the limit of a one-sided statement."""
    return scale.low if np.isfinite(scale.low) else scale.high


def _ends(scale: Scale) -> tuple[float, float]:
    """Return the ends between which there is no misfit, in standard deviations from the origin."""
    origin = _origin(scale)
    return (scale.low - origin) / scale.width, (scale.high - origin) / scale.width


def distances(observed: Sequence[Observation], places: np.ndarray) -> np.ndarray:
    """Return the distances of `corrin.evidence.misfit`, shape (k, m), from `placed`."""
    low, high = np.array([_ends(scale_of(one)) for one in observed]).T
    away = np.clip(places - np.clip(places, low, high), -LARGEST, LARGEST)
    return np.where(np.isfinite(places), away, FAILED)


def _near(observed: Sequence[Observation], places: np.ndarray) -> np.ndarray:
    """Return `placed` no farther off than matters, so that no outlier bends a surface."""
    high = np.array([_ends(scale_of(one))[1] for one in observed])
    return np.asarray(np.clip(places, -FAR, FAR + np.where(np.isfinite(high), high, 0.0)))


def unmet(judged: Sequence[Margin], values: np.ndarray) -> np.ndarray:
    """Return `Margin.distance` of statements, shape (k, m), whose values are given."""
    sign = np.where([m.above for m in judged], 1.0, -1.0)
    beyond = sign * np.log(np.maximum(values, 1e-6) / np.array([m.threshold for m in judged]))
    away = np.clip((np.log(CLEARLY) - beyond) / THRESHOLD, 0.0, FARTHEST)
    return np.where(np.isfinite(values), away, NO_RUN)


# What the model gives at points.


def feasible_at(points: np.ndarray) -> np.ndarray:
    """Return which points describe a body whose balances close, shape (k,)."""
    names: dict[str, Any] = dict(_closing().plain)
    for prior, column in zip(chosen(), np.asarray(points).T, strict=True):
        step = prior.width * column
        if prior.scale == "log":
            value = prior.value * np.exp(step)
        elif prior.scale == "logit":
            value = 1 / (1 + np.exp(-(np.log(prior.value / (1 - prior.value)) + step)))
        else:
            value = prior.value + step
        names |= dict.fromkeys(parameters_of([0.0], [prior]), value)
    given = set(names) - set(_closing().plain) | _fitted_ids()
    scope = {"__builtins__": {}, **_VECTOR}
    for name, code in _closing().order:
        if name not in given:
            names[name] = eval(code, scope, names)  # noqa: S307 - the model's own formulas
    closing = np.array([np.broadcast_to(names[name], len(points)) for name in CLOSING])
    return np.asarray((closing > 0).all(axis=0))


def _piecewise(*parts: Any) -> Any:
    found = parts[-1]
    for value, condition in reversed(list(zip(parts[0::2], parts[1::2], strict=False))):
        found = np.where(condition, value, found)
    return found


_VECTOR = {
    "piecewise": _piecewise, "pow": np.power, "sqrt": np.sqrt, "exp": np.exp, "ln": np.log,
}  # fmt: skip


@cache
def _fitted_ids() -> frozenset[str]:
    return frozenset(parameters_of(np.zeros(len(chosen())), chosen()))


@cache
def _closing() -> InitialState:
    """Return the formulas of the initial state, as far as the closing fluxes read them."""
    whole = read_initial_state(load_model().sbml)
    needed, kept = set(CLOSING), []
    for name, code in reversed(whole.order):
        if name in needed:
            needed |= set(code.co_names)
            kept.append((name, code))
    return InitialState(
        whole.plain, tuple(reversed(kept)), whole.amounts, whole.compartment, whole.assigned
    )


@cache
def statements() -> tuple[Margin, ...]:
    """Return the statements of the natural experiments, with the values of the shipped model."""
    return tuple(margins(Bench()))


@cache
def _asked() -> tuple[str, ...]:
    return asked_for([margins])


def experiments_at(points: np.ndarray) -> np.ndarray:
    """Return the values that natural experiments are judged on, shape (k, statements)."""
    sets = [parameters_of(point, chosen()) for point in points]
    found = read_many(sets, [margins], outputs=_asked(), rtol=RTOL)
    return np.array([[m.value for m in row[0]] for row in found])


def body_at(points: np.ndarray, rtol: float = RTOL) -> np.ndarray:
    """Return `placed` of the observations up to blood, shape (k, observations)."""
    observed = fitted("body")
    sets = [parameters_of(point, chosen()) for point in points]
    found = read_many(sets, [partial(predict, one) for one in observed], rtol=rtol)
    return placed(observed, np.array(found))


def nerve_at(points: np.ndarray) -> np.ndarray:
    """Return `placed` of the observations of the nerve, shape (k, observations)."""
    observed, found = fitted("nerve"), []
    for point in points:
        bench = Bench(parameters_of(point, chosen()))
        found.append([predict(one, bench) for one in observed])
    return placed(observed, np.array(found))


def at_points(
    what: Any, points: np.ndarray, workers: Executor, chunk: int = _CHUNK
) -> Iterator[np.ndarray]:
    """Yield what a function gives at points, in the order of the points, chunk by chunk."""
    parts = [points[i : i + chunk] for i in range(0, len(points), chunk)]
    yield from workers.map(what, parts)


def _evenly(what: Any, points: np.ndarray, workers: Executor) -> np.ndarray:
    """Return what a function gives at points, in as many and as large jobs for every core."""
    cores = os.cpu_count() or 1
    rounds = -(-len(points) // (_CHUNK * cores))
    size = -(-len(points) // (cores * rounds))
    return np.concatenate(list(at_points(what, points, workers, size)))


# The density.


@dataclass(frozen=True)
class Seen:
    """What the model gave at points.

    Attributes
    ----------
    points : ndarray, shape (k, n)
    values : ndarray, shape (k, m)
    """

    points: np.ndarray
    values: np.ndarray

    def joined(self, other: Seen) -> Seen:
        """Return both together."""
        return Seen(
            np.concatenate([self.points, other.points]),
            np.concatenate([self.values, other.values]),
        )

    def least(self, misfit: np.ndarray) -> Seen:
        """Return the part whose misfit, of shape (k,), is least: to that surfaces are fitted.

        Far off, where balances hardly close, levels are beyond all measure and bend every surface.
        """
        kept = np.argsort(misfit, kind="stable")[: min(round(LIKELY * len(misfit)), MOST)]
        return Seen(self.points[kept], self.values[kept])


@dataclass(frozen=True)
class Runs:
    """Runs of the model, food for surfaces: observations up to blood, of the nerve, experiments."""

    body: Seen
    nerve: Seen
    experiments: Seen

    def joined(self, other: Runs) -> Runs:
        """Return both together."""
        return Runs(
            self.body.joined(other.body),
            self.nerve.joined(other.nerve),
            self.experiments.joined(other.experiments),
        )


def runs_at(points: np.ndarray, body: int, nerve: int, workers: Executor) -> Runs:
    """Run the model at points: natural experiments at all, body and nerve at the first so many."""
    found = [
        Seen(points[:count], np.concatenate(list(at_points(what, points[:count], workers, chunk))))
        for what, count, chunk in (
            (body_at, body, _CHUNK),
            (nerve_at, nerve, 1),
            (experiments_at, len(points), _CHUNK),
        )
    ]
    return Runs(*found)


def _scale_for(column: np.ndarray) -> str:
    """Return the scale on which values can be anything."""
    there = column[np.isfinite(column)]
    if there.size and (there > 0).all():
        return "logit" if (there < 1).all() else "log"
    return "linear"


def _on(scales: Sequence[str], values: np.ndarray) -> np.ndarray:
    """Return values of shape (k, m) on their scales."""
    found = np.array(values, float)
    for k, scale in enumerate(scales):
        if scale != "linear":
            found[:, k] = np.log(found[:, k])
        if scale == "logit":
            found[:, k] -= np.log1p(-values[:, k])
    return found


def _off(scales: Sequence[str], places: np.ndarray) -> np.ndarray:
    """Return values of shape (k, m) from their scales."""
    found = np.array(places, float)
    for k, scale in enumerate(scales):
        if scale != "linear":
            found[:, k] = np.exp(np.clip(found[:, k], -50, 50))
        if scale == "logit":
            found[:, k] /= 1 + found[:, k]
    return found


@dataclass(frozen=True)
class Target:
    """The posterior, with surfaces for its parts.

    Attributes
    ----------
    surface : Surface
        Observations of the body, of the nerve, and values of the natural experiments.
    scales : tuple of str
        For each statement the scale on which its surface is: ``logit``, ``log`` or ``linear``.
    readable : Surface
        For each observation of the body whether it can be read at all (1) or not (0): a course
        that never comes to the level at which patients were seen has no reading.
    """

    surface: Surface
    scales: tuple[str, ...]
    readable: Surface

    @classmethod
    def of(cls, runs: Runs) -> Target:
        """Return the posterior with surfaces fitted to the likeliest runs."""
        away = distances(fitted("body"), runs.body.values)
        body = runs.body.least(-likelihood(away) - prior(runs.body.points))
        unlike = np.sum(unmet(statements(), runs.experiments.values) ** 2, axis=1)
        seen = runs.experiments.least(unlike)
        scales = tuple(_scale_for(column) for column in seen.values.T)
        return cls(
            joined(
                [
                    fit_surface(body.points, _near(fitted("body"), body.values)),
                    fit_surface(runs.nerve.points, _near(fitted("nerve"), runs.nerve.values)),
                    fit_surface(seen.points, _on(scales, seen.values)),
                ]
            ),
            scales,
            fit_surface(runs.body.points, np.isfinite(runs.body.values).astype(float)),
        )

    def _parts(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the surfaces say of body, nerve and, on their scales, experiments."""
        ends = np.cumsum([len(fitted("body")), len(fitted("nerve"))])
        body, nerve, seen = np.split(self.surface(points), ends, axis=1)
        return body, nerve, seen

    @property
    def _trust(self) -> np.ndarray:
        """What distances of the nerve count: less where its surface is off, nothing without one."""
        n = len(fitted("body"))
        error = self.surface.error[n : n + len(fitted("nerve"))]
        return np.asarray(1 / np.sqrt(1 + error**2))

    def nerve(self, places: np.ndarray) -> np.ndarray:
        """Return the logarithm of the likelihood of the nerve, widened by the surface's error."""
        return likelihood(distances(fitted("nerve"), places) * self._trust)

    def cheap(self, points: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density by surfaces alone."""
        body, nerve, seen = self._parts(points)
        found = prior(points) + self._body(points, body) + self.nerve(nerve)
        found -= 0.5 * np.sum(unmet(statements(), _off(self.scales, seen)) ** 2, axis=1)
        found += self._held(seen)
        return np.where(feasible_at(points), found, -np.inf)

    def _body(self, points: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Return the logarithm of the likelihood of the body by surfaces."""
        error = np.where(self.readable.error > 0, np.maximum(self.readable.error, _SURE), _SURE)
        chance = ndtr((self.readable(points) - 0.5) / error)
        fit = np.exp(-0.5 * soft(distances(fitted("body"), places)) ** 2)
        failed = float(np.exp(-0.5 * soft(np.array([FAILED]))[0] ** 2))
        return np.asarray(np.sum(np.log(chance * fit + (1 - chance) * failed), axis=1))

    def _held(self, seen: np.ndarray) -> np.ndarray:
        """Return the logarithm of the chance that all statements hold where the surfaces say so."""
        judged = statements()
        sign = np.where([m.above for m in judged], 1.0, -1.0)
        threshold = _on(self.scales, np.array([[m.threshold for m in judged]]))
        error = np.maximum(self.surface.error[-len(judged) :], _SURE)
        return np.asarray(np.sum(log_ndtr(sign * (seen - threshold) / error), axis=1))

    def slopes(self, point: np.ndarray) -> np.ndarray:
        """Return the derivatives of all distances at a point of shape (n,), shape (n, m)."""
        found = self.surface.slopes(point)
        n = len(fitted("body"))
        last = n + len(fitted("nerve"))
        found[:, n:last] *= self._trust
        seen = self._parts(point[None])[2]
        values, step = _off(self.scales, seen), 1e-4
        ahead = np.maximum(_off(self.scales, seen + step), 1e-6)
        found[:, last:] *= (np.log(ahead / np.maximum(values, 1e-6)) / step / THRESHOLD)[0]
        return found

    def weights(self, points: np.ndarray) -> np.ndarray:
        """Return how much each distance pulls at points, from 0 to 1, shape (k, m)."""
        body, nerve, seen = self._parts(points)
        near = distances(fitted("body"), body), distances(fitted("nerve"), nerve) * self._trust
        pull = [np.where(d == 0, 0.0, soft_slope(d)) for d in near]
        return np.hstack([*pull, unmet(statements(), _off(self.scales, seen)) > 0])

    def off(self, runs: Runs) -> tuple[float, float]:
        """Return how far surfaces are off at runs that they do not know.

        Returns
        -------
        tuple of float
            Standard deviation of the error in the log-likelihood of the body, and the share of the
            points at which all statements hold.
        """
        body, _, _ = self._parts(runs.body.points)
        true = likelihood(distances(fitted("body"), runs.body.values))
        told = self._body(runs.body.points, body)
        held = (unmet(statements(), runs.experiments.values) <= EDGE).all(axis=1)
        return float(np.std(true - told)), float(held.mean())

    def errors(self) -> dict[str, float]:
        """Return the error of every surface by what it tells [standard deviations]."""
        names = [o.id for stage in STAGES for o in fitted(stage)]
        known = zip(names, map(float, self.surface.error), strict=False)
        return {name: error for name, error in known if np.isfinite(error)}

    def dear(self, points: np.ndarray, workers: Executor) -> np.ndarray:
        """Return the logarithm of the density, body and natural experiments computed."""
        found = np.full(len(points), -np.inf)
        able = np.flatnonzero(feasible_at(points))
        if len(able):
            seen = _evenly(experiments_at, points[able], workers)
            away = unmet(statements(), seen)
            held = (away <= EDGE).all(axis=1)
            able, wall = able[held], -0.5 * np.sum(away[held] ** 2, axis=1)
        if len(able):
            inside = points[able]
            body = _evenly(body_at, inside, workers)
            found[able] = (
                prior(inside)
                + likelihood(distances(fitted("body"), body))
                + self.nerve(self._parts(inside)[1])
                + wall
            )
        return found


def prior(points: np.ndarray) -> np.ndarray:
    """Return the logarithm of the prior density, shape (k,)."""
    return np.asarray(-0.5 * np.sum(points**2, axis=1))


def likelihood(away: np.ndarray) -> np.ndarray:
    """Return the logarithm of the likelihood of distances of shape (k, m), shape (k,)."""
    return np.asarray(-0.5 * np.sum(soft(away) ** 2, axis=1))


def held_at(points: np.ndarray) -> np.ndarray:
    """Return at which points every statement holds, as anyone would run the experiments."""
    sets = [parameters_of(point, chosen()) for point in points]
    found = read_many(sets, [margins], few=0)
    held = np.array([all(m.distance <= EDGE for m in row[0]) for row in found])
    return np.asarray(held & feasible_at(points))
