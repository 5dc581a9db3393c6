"""Make an ensemble of parameter sets that all fit: draws from the posterior of the calibration.

Markov chains (`corrin.evidence.chain`) follow the posterior (`corrin.evidence.chain_target`) in all
parameters of body and nerve at once. Surfaces stand in for the model where many moves are tried;
they are fitted to runs near the calibrated point and then, in rounds, to runs where the chains
went. Body and natural experiments are computed in every step that counts. Last, every member is run
as anyone would run it: it must show every natural experiment, and fit as well as a draw of the
posterior should. How mechanisms are weighted in periphery, cord and brain, and how they join, is
part of every draw: the ensemble holds the structures that data and natural experiments leave open.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from corrin.engine.compiled import RTOL as EXACT
from corrin.errors import ModelError, NoBodyError
from corrin.evidence import chain
from corrin.evidence.calibrate import Progress, pool, soft
from corrin.evidence.chain import Course, Density, Normal, Walkers
from corrin.evidence.chain import Path as Chains
from corrin.evidence.chain_target import (
    Runs,
    Target,
    at_points,
    body_at,
    chosen,
    distances,
    feasible_at,
    held_at,
    nerve_at,
    runs_at,
)
from corrin.evidence.member_predictions import write_predictions
from corrin.evidence.misfit import fitted
from corrin.evidence.priors import ids_of
from corrin.evidence.saved import Saved
from corrin.files import write_whole
from corrin.model import load_model
from corrin.model.ensemble import Ensemble, write_ensemble

SEED = 2026
#: Members that are tried: the last check drops a part of them.
MEMBERS = 640
#: Share of the draws of a normal posterior that a member may not be worse than.
ACCEPTABLE = 0.99


@dataclass(frozen=True)
class Effort:
    """How much work is put into an ensemble.

    Attributes
    ----------
    design : tuple of int
        Runs for the first surfaces: of natural experiments, of the body, and of patients.
    rounds : int
        Times that chains follow the surfaces and these are fitted anew.
    more : tuple of int
        Runs that each round adds, of the same kinds.
    starts, walkers : int
        Points at which chains begin, and chains side by side, as many from each.
    learning, between : int
        Moves under a surface in which their length is learnt, and at first in each step that
        counts.
    burn, steps : int
        Steps under the dear density that are thrown away, and that count.
    """

    design: tuple[int, int, int] = (512, 384, 32)
    rounds: int = 5
    more: tuple[int, int, int] = (384, 96, 40)
    starts: int = 8
    walkers: int = 128
    learning: int = 1500
    between: int = 60
    burn: int = 15
    steps: int = 80


def _path() -> Path:
    return Path(str(files("corrin.evidence"))) / "fits" / "ensemble2026.json"


def around(fit: Mapping[str, Any]) -> Normal:
    """Return the normal distribution about a calibration that its slopes give."""
    stages = fit["stages"]
    found = {row["name"]: row["coordinate"] for s in stages for row in s["parameters"]}
    centre = np.array([found[prior.name] for prior in chosen()])
    covariance = np.zeros((len(centre), len(centre)))
    start = 0
    for stage in stages:
        end = start + len(stage["parameters"])
        covariance[start:end, start:end] = stage["covariance"]
        start = end
    return Normal.of(centre, covariance)


def told(fit: Mapping[str, Any]) -> float:
    """Return how many parameters' worth the data say of the parameters."""
    return float(sum(row["told_by_data"] for s in fit["stages"] for row in s["parameters"]))


def bodies(about: Normal, rng: np.random.Generator, count: int) -> np.ndarray:
    """Return draws of a normal distribution that describe bodies, shape (count, n)."""
    found = np.empty((0, len(about.mean)))
    for _ in range(100):
        drawn = about.draw(rng, count)
        found = np.concatenate([found, drawn[feasible_at(drawn)]])
        if len(found) >= count:
            return found[:count]
    raise NoBodyError("no body can exist near the calibrated point", where="ensemble")


def approximation(target: Target, points: np.ndarray) -> Normal:
    """Return a normal distribution near the posterior, from points that chains visited.

    Its precision is that of the prior and of the slopes of the surfaces at the mean, weighted as
    the Cauchy loss does; sampled covariances of so many dimensions would be noise.
    """
    mean = points.mean(axis=0)
    slope = target.slopes(mean)
    weight = np.sqrt(np.mean(target.weights(points) ** 2, axis=0))
    scaled = slope * weight
    return Normal.of(mean, np.linalg.inv(scaled @ scaled.T + np.eye(len(mean))))


@dataclass(frozen=True)
class Explored:
    """A target with surfaces that hold where chains go, and where these are.

    Attributes
    ----------
    target : Target
    about : Normal
        A normal distribution near it.
    walkers : Walkers
        Chains under the surfaces.
    runs : Runs
        What the surfaces were fitted to.
    missed : list of tuple of float
        By round, how far surfaces were off at points that they had not seen; see `Target.off`.
    """

    target: Target
    about: Normal
    walkers: Walkers
    runs: Runs
    missed: list[tuple[float, float]]


def explore(
    about: Normal,
    effort: Effort,
    rng: np.random.Generator,
    workers: Executor,
    progress: Progress | None = None,
    keep: Callable[[Explored], None] | None = None,
    known: Explored | None = None,
) -> Explored:
    """Fit surfaces where the posterior is, by following it.

    Parameters
    ----------
    about : Normal
        Where the posterior may be.
    effort : Effort
    rng : Generator
    workers : Executor
        Where the runs are made.
    progress : callable, optional
        Told what is done and how far surfaces are off.
    keep : callable, optional
        Given what is known after each round.
    known : Explored, optional
        What an earlier start had kept, to go on from.

    Returns
    -------
    Explored
    """
    found = known or _first(about, effort, rng, workers)
    while True:
        target, walkers, about = found.target, found.walkers, found.about
        for _ in range(2):  # the first time, to find the normal distribution
            walkers.adapt(target.cheap, about, rng, effort.learning)
            path = chain.walk(walkers, target.cheap, about, rng, 20, effort.learning // 40)
            flat = path.points.reshape(-1, path.points.shape[-1])
            about = approximation(target, flat)
        if len(found.missed) == effort.rounds:
            return replace(found, about=about)
        new = flat[rng.choice(len(flat), effort.more[0], replace=False)]
        more = runs_at(new, *effort.more[1:], workers)
        off, held = target.off(more)
        runs = found.runs.joined(more)
        target = Target.of(runs)
        walkers = Walkers.at(walkers.points, target.cheap)
        found = Explored(target, about, walkers, runs, [*found.missed, (off, held)])
        if keep is not None:
            keep(found)
        if progress is not None:
            number = f"{len(found.missed)} of {effort.rounds}"
            progress(f"surfaces, round {number}, {held:.0%} held: body off by", off)


def _first(about: Normal, effort: Effort, rng: np.random.Generator, workers: Executor) -> Explored:
    """Return the first surfaces, and chains at likely points."""
    points = bodies(about, rng, effort.design[0])
    runs = runs_at(points, *effort.design[1:], workers)
    target = Target.of(runs)
    walkers = Walkers.at(_best(target, points, effort), target.cheap)
    return Explored(target, about, walkers, runs, [])


def _best(target: Target, points: np.ndarray, effort: Effort) -> np.ndarray:
    """Return some likely points to begin at, each repeated for all chains that begin there."""
    likely = np.argsort(-target.cheap(points))[: max(effort.starts, len(points) // 5)]
    apart = likely[np.linspace(0, len(likely) - 1, effort.starts).round().astype(int)]
    return np.repeat(points[apart], effort.walkers // effort.starts, axis=0)


def follow(
    found: Explored,
    effort: Effort,
    rng: np.random.Generator,
    workers: Executor,
    progress: Progress | None = None,
    keep: Callable[[Course], None] | None = None,
    course: Course | None = None,
) -> Chains:
    """Return chains under the posterior itself.

    Parameters
    ----------
    found : Explored
        Surfaces, and where chains under them are.
    effort : Effort
    rng : Generator
    workers : Executor
        Where the runs are made.
    progress : callable, optional
        Told the step, and the share of the chains that moved.
    keep : callable, optional
        Given the course now and then.
    course : Course, optional
        What an earlier start had kept, to go on from.

    Returns
    -------
    Path
    """
    dear = partial(found.target.dear, workers=workers)
    return chain.walk_by_surrogate(
        _starts(found, effort, rng, dear) if course is None else course,
        found.target.cheap,
        dear,
        found.about,
        rng,
        effort.steps,
        effort.between,
        burn=effort.burn,
        stride=found.walkers.stride,
        progress=progress,
        keep=keep,
    )


def _starts(found: Explored, effort: Effort, rng: np.random.Generator, dear: Density) -> np.ndarray:
    """Return where chains are, where the dear density is not 0."""
    start = found.walkers.points.copy()
    there = np.isfinite(dear(start))
    if not there.any():
        raise ModelError("no chain shows all natural experiments", where="ensemble")
    # Chains that are nowhere go on from another, of the same start if there is one.
    for group in np.split(np.arange(len(start)), effort.starts):
        alive = group[there[group]]
        lost = group[~there[group]]
        start[lost] = start[rng.choice(alive if len(alive) else np.flatnonzero(there), len(lost))]
    return start


def spread_out(path: Chains, count: int) -> np.ndarray:
    """Return different points of chains, from steps as far apart as can be, shape (count, n)."""
    steps, walkers, n = path.points.shape
    times = min(steps, -(-count // walkers) + 1)
    places = np.unique(np.linspace(steps - 1, 0, times).round().astype(int))[::-1]
    flat = path.points[places].reshape(-1, n)
    _, first = np.unique(flat, axis=0, return_index=True)
    return np.asarray(flat[np.sort(first)][:count])


def as_kept(points: np.ndarray) -> np.ndarray:
    """Return the points that are left of some when their values are kept in single precision."""
    values = np.array([[p.at(float(x)) for p, x in zip(chosen(), k, strict=True)] for k in points])
    kept = values.astype(np.float32).astype(float)
    return np.array(
        [[p.coordinate(float(v)) for p, v in zip(chosen(), row, strict=True)] for row in kept]
    )


def checked(points: np.ndarray) -> np.ndarray:
    """Return of each point whether every statement holds, and the misfit of body and nerve.

    Patients are simulated only where every statement holds; elsewhere that misfit is infinite.
    """
    body = np.sum(soft(distances(fitted("body"), body_at(points, EXACT))) ** 2, axis=1)
    held = held_at(points)
    nerve = np.full(len(points), np.inf)
    if held.any():
        nerve[held] = np.sum(soft(distances(fitted("nerve"), nerve_at(points[held]))) ** 2, axis=1)
    return np.column_stack([held, body, nerve])


def acceptable(misfit: np.ndarray, fit: Mapping[str, Any]) -> np.ndarray:
    """Return which misfits a draw of the posterior may have.

    Around the least misfit, that of a normal posterior grows by the sum of as many squares as
    parameters are told by the data.

    Parameters
    ----------
    misfit : ndarray, shape (k,)
        Sum of the squared losses of all fitted observations.
    fit : mapping
        The calibration.

    Returns
    -------
    ndarray of bool, shape (k,)
    """
    return np.asarray(misfit <= limit(fit))


def limit(fit: Mapping[str, Any]) -> float:
    """Return the largest misfit that is acceptable; see `acceptable`."""
    from scipy.stats import chi2

    least = sum(
        float(np.sum(soft(np.array([row["distance"] for row in s["observations"]])) ** 2))
        for s in fit["stages"]
    )
    return least + float(chi2.ppf(ACCEPTABLE, told(fit)))


def mixing(path: Chains, starts: int) -> list[dict[str, Any]]:
    """Return for each parameter what the chains know of it, and how well they have mixed."""
    found = []
    for i, prior in enumerate(chosen()):
        one = path.points[:, :, i]
        found.append(
            {
                "name": prior.name,
                "mean": float(one.mean()), "sd": float(one.std()),
                "low": prior.at(float(np.quantile(one, 0.05))),
                "median": prior.at(float(np.median(one))),
                "high": prior.at(float(np.quantile(one, 0.95))),
                "r_hat": chain.nested_r_hat(one, starts),
                "split_r_hat": chain.split_r_hat(one),
                "effective": chain.effective_size(one),
                "autocorrelation_time": chain.autocorrelation_time(one),
            }
        )  # fmt: skip
    return found


def main(
    fit: Mapping[str, Any],
    *,
    count: int = MEMBERS,
    effort: Effort | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Make the ensemble around a calibration and write it beside the model.

    Parameters
    ----------
    fit : mapping
        What `corrin.evidence.calibrate.calibrate` returned.
    count : int
        Members that are tried.
    effort : Effort, optional
        How much work is put into it.
    workers : int, optional
        Processes; one for each core if not given.
    progress : callable, optional
        Told what is done.

    Returns
    -------
    dict
        Manifest of the ensemble.
    """
    effort = effort or Effort()
    saved = Saved.of("ensemble", json.dumps(fit, sort_keys=True), effort, count, SEED)
    with pool(workers) as executor:
        explored, rng = _explored(fit, effort, saved, executor, progress)
        keep = partial(saved.keep, "course")
        path = follow(explored, effort, rng, executor, progress, keep, saved.get("course"))
        tried = as_kept(spread_out(path, count))
        seen = _checked(tried, saved, executor, progress)
        held, misfit = seen[:, 0] > 0, seen[:, 1] + seen[:, 2]
        kept = held & acceptable(misfit, fit)
        if not kept.any():
            raise ModelError("no draw fits", where="ensemble")
        known = mixing(path, effort.starts)
        manifest = {
            "command": "corrin calibrate --ensemble", "model": load_model().hash, "seed": SEED,
            "tried": len(tried), "held": int(held.sum()), "kept": int(kept.sum()),
            "effective": min(float(kept.sum()), min(row["effective"] for row in known)),
            "r_hat": max(row["r_hat"] for row in known),
        }  # fmt: skip
        points = tried[kept]
        made = Ensemble(
            tuple(prior.name for prior in chosen()),
            {prior.name: ids_of(prior) for prior in chosen()},
            np.array([[p.at(float(x)) for p, x in zip(chosen(), k, strict=True)] for k in points]),
            manifest,
        )
        write_ensemble(made)
        report = {
            **manifest,
            "seconds": saved.seconds,
            "effort": vars(effort),
            "accepted": path.accepted,
            "misfit": {
                "limit": limit(fit),
                "body": np.quantile(seen[kept, 1], [0.05, 0.5, 0.95]).tolist(),
                "nerve": np.quantile(seen[kept, 2], [0.05, 0.5, 0.95]).tolist(),
            },
            "surfaces": {"off": explored.missed, "errors": explored.target.errors()},
            "parameters": known,
        }
        write_whole(_path(), (json.dumps(report, indent=1) + "\n").encode())
        write_predictions(made, executor, progress)
    saved.forget()
    return manifest


def _explored(
    fit: Mapping[str, Any],
    effort: Effort,
    saved: Saved,
    workers: Executor,
    progress: Progress | None,
) -> tuple[Explored, np.random.Generator]:
    """Return the result of `explore`, and the generator after it; what is kept is not repeated."""
    done: tuple[Explored, np.random.Generator] | None = saved.get("explored")
    if done is not None:
        return done
    known, rng = saved.get("round") or (None, np.random.default_rng(SEED))

    def keep(found: Explored) -> None:
        saved.keep("round", (found, rng))

    found = explore(around(fit), effort, rng, workers, progress, keep, known)
    saved.keep("explored", (found, rng))
    return found, rng


def _checked(
    tried: np.ndarray, saved: Saved, workers: Executor, progress: Progress | None
) -> np.ndarray:
    """Return what `checked` says of points; what is kept is not repeated."""
    kept = saved.get("checked")
    parts: list[np.ndarray] = [] if kept is None else [kept]
    for part in at_points(checked, tried[0 if kept is None else len(kept) :], workers, 4):
        parts = [np.concatenate([*parts, part])]
        saved.keep("checked", parts[0])
        if progress is not None:
            misfit = parts[0][:, 1:].sum(axis=1)
            done = f"check, {len(misfit)} of {len(tried)}: median misfit"
            progress(done, float(np.median(misfit)))
    return parts[0]
