"""Make an ensemble of parameter sets that all fit: draws from the posterior of the calibration.

Draws are made by randomised maximum likelihood: for each, prior and data are perturbed by their
own uncertainty and the fit is repeated from the calibrated point, here by Gauss-Newton steps with
the slope of the misfit at that point. What the fit of the nerve says of its parameters enters as
their prior, in linear form, because its observations over groups of patients are too costly to
repeat for each draw. A draw that does not fit, or in which a natural experiment fails, is dropped
and counted. How mechanisms are weighted in periphery, cord and brain, and how they join, is part
of every draw: the ensemble holds the structures that the natural experiments leave open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import ModelError
from corrin.evidence.calibrate import STEP, Progress, pool, soft, soft_slope
from corrin.evidence.misfit import fitted, residuals
from corrin.evidence.misfit import predictions as predict_all
from corrin.evidence.natural import CLEARLY, THRESHOLD
from corrin.evidence.observations import observation, observations
from corrin.evidence.priors import STAGES, Prior, ids_of, of_stage, parameters_of
from corrin.model import load_model
from corrin.model.ensemble import Ensemble, write_ensemble

if TYPE_CHECKING:
    import pandas as pd

#: Draws that are tried, and steps made for each.
DRAWS, STEPS = 260, 2
SEED = 2026
#: Weight of the natural experiments: in a draw they shall hold and not only be likely.
PATTERN = 3.0
#: Themes whose observations are read off groups of people; members that those and the others are
#: read for.
GROUPS = ("nerve", "population")
GROUP_MEMBERS, SINGLE_MEMBERS = 8, 100
_PREDICTIONS = "predictions2026.parquet"


@cache
def predictions() -> pd.DataFrame:
    """Return what members of the ensemble give for every observation.

    Returns
    -------
    DataFrame
        One row for each observation, by its id; one column for each of the first members.
        Observations over groups of people are costly and known for fewer; the rest is missing.
    """
    import pandas as pd

    return pd.read_parquet(_path(_PREDICTIONS))


def _path(name: str) -> Path:
    return Path(str(files("corrin.evidence"))) / "fits" / name


@dataclass(frozen=True)
class Belief:
    """What is believed before a draw: a normal distribution on standardised coordinates."""

    mean: np.ndarray
    precision: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return draws, shape (count, n)."""
        spread = np.linalg.inv(np.linalg.cholesky(self.precision)).T
        return np.asarray(self.mean + rng.standard_normal((count, len(self.mean))) @ spread.T)

    def distance(self, point: np.ndarray, centre: np.ndarray) -> float:
        """Return the squared distance of a point from `centre`."""
        away = point - centre
        return float(away @ self.precision @ away)


def belief(body: int, nerve_mean: np.ndarray, nerve_covariance: np.ndarray) -> Belief:
    """Return the belief before the draws.

    Parameters
    ----------
    body : int
        Number of parameters of the stage ``body``, which keep their prior.
    nerve_mean : ndarray, shape (k,)
        Calibrated point of the stage ``nerve``.
    nerve_covariance : ndarray, shape (k, k)
        What that stage left uncertain.
    """
    k = len(nerve_mean)
    precision = np.eye(body + k)
    precision[body:, body:] = np.linalg.inv(nerve_covariance)
    precision = (precision + precision.T) / 2
    return Belief(np.concatenate([np.zeros(body), nerve_mean]), precision)


def distances(chosen: Sequence[Prior], point: np.ndarray) -> np.ndarray:
    """Return the misfit of a draw: observations up to blood, and the natural experiments."""
    found = residuals(parameters_of(point, chosen), "body", all_patterns=True)
    found[len(fitted("body")) :] *= PATTERN
    return found


def slope_at(
    chosen: Sequence[Prior], point: np.ndarray, base: np.ndarray, workers: Executor
) -> np.ndarray:
    """Return the slope of `distances`, shape (m, n)."""
    shifted = [point + STEP["body"] * row for row in np.eye(len(point))]
    columns = list(workers.map(partial(distances, chosen), shifted, chunksize=4))
    return np.asarray((np.array(columns).T - base[:, None]) / STEP["body"])


def draw(
    chosen: Sequence[Prior],
    centre: np.ndarray,
    before: Belief,
    workers: Executor,
    *,
    count: int = DRAWS,
    steps: int = STEPS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return draws from the posterior, good and bad, with their misfit to the unperturbed data.

    Parameters
    ----------
    chosen : sequence of Prior
        What the coordinates stand for.
    centre : ndarray, shape (n,)
        The calibrated point.
    before : Belief
        What is believed before the data of `distances`.
    workers : Executor
        Where the runs are made.
    count, steps : int
        Draws, and runs of the model for each.
    seed : int
        Of the perturbations.
    progress : callable, optional
        Told what is done and the median cost so far.

    Returns
    -------
    points : ndarray, shape (count, n)
    misfits : ndarray, shape (count, m)
    """
    rng = np.random.default_rng(seed)
    base = distances(chosen, centre)
    slope = slope_at(chosen, centre, base, workers)
    observed = len(fitted("body"))
    wanted = before.draw(rng, count)
    noise = rng.standard_normal((count, len(base)))
    noise[:, observed:] = 0.0  # natural experiments hold or do not
    noise *= slope.any(axis=1)  # what no parameter moves tells nothing
    best, misfit = np.tile(centre, (count, 1)), np.tile(base, (count, 1))
    cheapest = np.array(
        [
            float(np.sum(_loss(base + e, observed) ** 2)) + before.distance(centre, z)
            for e, z in zip(noise, wanted, strict=True)
        ]
    )
    stride = np.ones(count)
    for step in range(steps):
        tried = best + stride[:, None] * np.array(
            [
                _step(x, d + e, _weight(d, observed), slope, z, before.precision) - x
                for x, d, e, z in zip(best, misfit, noise, wanted, strict=True)
            ]
        )
        seen = np.array(list(workers.map(partial(distances, chosen), tried, chunksize=4)))
        price = np.array(
            [
                float(np.sum(_loss(d + e, observed) ** 2)) + before.distance(x, z)
                for d, e, x, z in zip(seen, noise, tried, wanted, strict=True)
            ]
        )
        better = price < cheapest
        best[better], misfit[better], cheapest[better] = tried[better], seen[better], price[better]
        stride[~better] /= 3
        if progress is not None:
            progress(f"draws, step {step + 1} of {steps}", float(np.median(cheapest)))
    return best, misfit


def _loss(distance: np.ndarray, observed: int) -> np.ndarray:
    """Return distances of which observations pull softly; natural experiments must hold."""
    return np.concatenate([soft(distance[:observed]), distance[observed:]])


def _weight(distance: np.ndarray, observed: int) -> np.ndarray:
    """Return the derivative of `_loss`."""
    slope = np.ones_like(distance)
    slope[:observed] = soft_slope(distance[:observed])
    return slope


def _step(
    point: np.ndarray,
    misfit: np.ndarray,
    weight: np.ndarray,
    slope: np.ndarray,
    wanted: np.ndarray,
    precision: np.ndarray,
) -> np.ndarray:
    """Return the Gauss-Newton minimum of the perturbed misfit, linear around `point`."""
    scaled = slope * weight[:, None]
    normal = scaled.T @ scaled + precision
    right = precision @ wanted - scaled.T @ (weight * misfit - scaled @ point)
    return np.asarray(np.linalg.solve(normal, right))


def acceptable(prices: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return which draws fit.

    Parameters
    ----------
    prices : ndarray, shape (count,)
        Misfit of each draw to the unperturbed observations, after the loss.
    held : ndarray of bool, shape (count,)
        Whether every statement of the natural experiments holds.

    Returns
    -------
    ndarray of bool, shape (count,)
        Those that hold, and whose misfit is at most half above the median of all draws.
    """
    return np.asarray(held & (prices <= 1.5 * np.median(prices)))


def main(
    fit: Mapping[str, Any], *, count: int = DRAWS, progress: Progress | None = None
) -> dict[str, Any]:
    """Make the ensemble around a calibration and write it beside the model.

    Parameters
    ----------
    fit : mapping
        What `corrin.evidence.calibrate.calibrate` returned.
    count : int
        Draws that are tried.
    progress : callable, optional
        Told what is done.

    Returns
    -------
    dict
        Manifest of the ensemble.
    """
    chosen = [prior for stage in STAGES for prior in of_stage(stage)]
    stages = {stage["stage"]: stage for stage in fit["stages"]}
    found = {row["name"]: row["coordinate"] for s in stages.values() for row in s["parameters"]}
    centre = np.array([found[prior.name] for prior in chosen])
    body = len(of_stage("body"))
    before = belief(body, centre[body:], np.array(stages["nerve"]["covariance"]))
    observed = len(fitted("body"))
    with pool() as workers:
        points, misfits = draw(chosen, centre, before, workers, count=count, progress=progress)
        edge = PATTERN * np.log(CLEARLY) / THRESHOLD
        held = (misfits[:, observed:] <= edge).all(axis=1)
        held &= (points != centre).any(axis=1)  # a draw that never found a body of its own
        prices = np.sum(soft(misfits[:, :observed]) ** 2, axis=1)
        kept = points[acceptable(prices, held)]
        if len(kept) == 0:
            raise ModelError("no draw fits", where="ensemble")
        made = Ensemble(
            tuple(prior.name for prior in chosen),
            {prior.name: ids_of(prior) for prior in chosen},
            np.array([[p.at(float(x)) for p, x in zip(chosen, k, strict=True)] for k in kept]),
            {
                "command": "corrin calibrate --ensemble", "model": load_model().hash,
                "seed": SEED, "tried": count, "held": int(held.sum()), "kept": len(kept),
                "steps": STEPS,
            },
        )  # fmt: skip
        write_ensemble(made)
        write_predictions(made, workers, progress)
    return dict(made.manifest)


def write_predictions(made: Ensemble, workers: Executor, progress: Progress | None = None) -> None:
    """Read every observation off the members and write what came out."""
    import pandas as pd

    single = [o for o in observations() if o.theme not in GROUPS]
    groups = [o for o in observations() if o.theme in GROUPS]
    frames = []
    for chosen, most in ((single, SINGLE_MEMBERS), (groups, GROUP_MEMBERS)):
        members = min(most, len(made))
        # Readings cannot be sent to a process, their names can.
        jobs = partial(_predict, tuple(o.id for o in chosen))
        # Single precision is what the file keeps of the members.
        sets = [
            Ensemble(made.names, made.ids, made.values.astype(np.float32).astype(float), {}).member(
                i
            )
            for i in range(members)
        ]
        rows = list(workers.map(jobs, sets, chunksize=1))
        frames.append(pd.DataFrame(np.array(rows, dtype=np.float32).T, [o.id for o in chosen]))
        if progress is not None:
            progress(f"predictions of {len(chosen)} observations", float(members))
    frame = pd.concat(frames)
    frame.columns = frame.columns.map(str)
    frame.to_parquet(_path(_PREDICTIONS))


def _predict(ids: Sequence[str], parameters: dict[str, float]) -> list[float]:
    return predict_all(parameters, [observation(name) for name in ids])
