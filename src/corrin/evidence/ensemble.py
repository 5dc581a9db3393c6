"""An ensemble of parameter sets that all fit: draws from the posterior of the calibration.

Draws are made by randomised maximum likelihood (Kitanidis 1995; Oliver, He and Reynolds 1996):
for each, prior and data are perturbed by their own uncertainty and the fit is repeated from the
calibrated point, here by Gauss-Newton steps with the slope of the misfit at that point. A draw
whose cost stays far above that of its fellows, or in which a natural experiment fails, is dropped
and counted. How mechanisms are weighted in cord, periphery and brain, and how they join, is part
of every draw: the ensemble holds the structures that the natural experiments leave open.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import InputError, ModelError
from corrin.evidence.calibrate import (
    Progress,
    distances,
    jacobian,
    pool,
    soft,
    soft_slope,
)
from corrin.evidence.misfit import predictions as predict_all
from corrin.evidence.observations import observations
from corrin.evidence.priors import parameters_of, priors

if TYPE_CHECKING:
    import pandas as pd

#: Draws that are tried, and steps made for each.
DRAWS, STEPS = 480, 3
SEED = 2026
_FOLDER = "fits"
_FILE, _PREDICTIONS = "ensemble2026.parquet", "predictions2026.parquet"


@dataclass(frozen=True)
class Ensemble:
    """Parameter sets that all fit.

    Attributes
    ----------
    name : str
        Name of the parameter set.
    names : tuple of str
        Ids of the parameters in the model.
    values : ndarray, shape (members, parameters)
        Their values, in the units of the model.
    manifest : mapping
        Seed, draws tried and dropped, hash of the model that they were made with.
    """

    name: str
    names: tuple[str, ...]
    values: np.ndarray
    manifest: Mapping[str, Any]

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.values)

    def member(self, index: int) -> dict[str, float]:
        """Return the overrides of the model that make one member.

        Raises
        ------
        InputError
            When there is no such member.
        """
        if not 0 <= index < len(self):
            raise InputError(
                f"no member {index} in the ensemble", hint=f"it has 0 to {len(self) - 1}"
            )
        return dict(zip(self.names, map(float, self.values[index]), strict=True))


@cache
def ensemble() -> Ensemble:
    """Return the shipped ensemble."""
    import json

    from pyarrow import parquet  # type: ignore[import-untyped]

    table = parquet.read_table(_path(_FILE))
    manifest = json.loads(table.schema.metadata[b"manifest"])
    points = np.column_stack([column.to_numpy() for column in table.columns])
    if table.column_names != [prior.name for prior in priors()]:
        raise ModelError("the ensemble and the priors differ; remake it", where=_FILE)
    sets = [parameters_of(point) for point in points.astype(float)]
    names = tuple(sets[0])
    values = np.array([[found[name] for name in names] for found in sets])
    return Ensemble("corrin2026", names, values, manifest)


@cache
def predictions() -> pd.DataFrame:
    """Return what each member of the ensemble gives for every observation.

    Returns
    -------
    DataFrame
        One row for each observation, by its id; one column for each member.
    """
    import pandas as pd

    return pd.read_parquet(_path(_PREDICTIONS))


def points() -> pd.DataFrame:
    """Return the members on the standardised scale of the priors: 0 prior median, 1 one width."""
    import pandas as pd

    return pd.read_parquet(_path(_FILE))


def _path(name: str) -> Path:
    return Path(str(files("corrin.evidence"))) / _FOLDER / name


@dataclass(frozen=True)
class Draw:
    """One perturbed fit: where it ended and how well it fits the unperturbed data."""

    point: np.ndarray
    distances: np.ndarray


def draw(
    centre: np.ndarray,
    workers: Executor,
    *,
    count: int = DRAWS,
    steps: int = STEPS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> list[Draw]:
    """Return draws from the posterior, good and bad, in an order that the seed decides.

    Parameters
    ----------
    centre : ndarray, shape (n,)
        The calibrated point, standardised.
    workers : Executor
        Where the runs are made.
    count, steps : int
        Draws, and runs of the model for each.
    seed : int
        Of the perturbations.
    progress : callable, optional
        Told what is done and the median misfit so far.
    """
    rng = np.random.default_rng(seed)
    base = distances(centre)
    slope = jacobian(centre, base, workers)
    wanted = rng.standard_normal((count, len(centre)))
    noise = rng.standard_normal((count, len(base)))
    noise *= slope.any(axis=1)  # what no parameter moves tells nothing
    best = np.tile(centre, (count, 1))
    misfit = np.tile(base, (count, 1))
    cheapest = np.array([_price(base + e, centre - z) for e, z in zip(noise, wanted, strict=True)])
    stride = np.ones(count)
    for step in range(steps):
        tried = best + stride[:, None] * np.array(
            [
                _step(x, d + e, soft_slope(d), slope, z) - x
                for x, d, e, z in zip(best, misfit, noise, wanted, strict=True)
            ]
        )
        seen = np.array(list(workers.map(distances, tried, chunksize=4)))
        price = np.array(
            [_price(d + e, x - z) for d, e, x, z in zip(seen, noise, tried, wanted, strict=True)]
        )
        better = price < cheapest
        best[better], misfit[better], cheapest[better] = tried[better], seen[better], price[better]
        stride[~better] /= 3
        if progress is not None:
            progress(f"draws, step {step + 1}", float(np.median(cheapest)))
    return [Draw(point, misfit) for point, misfit in zip(best, misfit, strict=True)]


def _price(perturbed: np.ndarray, moved: np.ndarray) -> float:
    return float(np.sum(soft(perturbed) ** 2) + np.sum(moved**2))


def _step(
    point: np.ndarray, misfit: np.ndarray, weight: np.ndarray, slope: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Return the Gauss-Newton minimum of the perturbed misfit, linear around `point`."""
    scaled = slope * weight[:, None]
    normal = scaled.T @ scaled + np.eye(len(point))
    right = wanted - scaled.T @ (weight * misfit - scaled @ point)
    return np.asarray(np.linalg.solve(normal, right))


def acceptable(draws: list[Draw], margins: int) -> list[Draw]:
    """Return the draws that fit.

    Parameters
    ----------
    draws : list of Draw
        What was tried.
    margins : int
        How many of the last distances belong to natural experiments.

    Returns
    -------
    list of Draw
        Those in which every statement of the natural experiments holds at least at its
        threshold, and whose misfit is not above what noise of the data explains: the number of
        fitted observations, plus three standard deviations of that chi-square.
    """
    from corrin.evidence.natural import CLEARLY, THRESHOLD

    edge = np.log(CLEARLY) / THRESHOLD
    number = len(draws[0].distances) - margins
    limit = number + 3 * np.sqrt(2 * number)
    return [
        d
        for d in draws
        if (d.distances[number:] <= edge).all()
        and float(np.sum(soft(d.distances[:number]) ** 2)) <= limit
    ]


def main(*, count: int = DRAWS, progress: Progress | None = None) -> dict[str, Any]:
    """Make the ensemble around the calibrated point and write it beside this module."""
    import json

    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    from corrin.evidence.bench import Bench
    from corrin.evidence.natural import margins
    from corrin.model import load_model

    fit = json.loads(_path("corrin2026.json").read_text(encoding="utf-8"))
    centre = np.array([row["coordinate"] for row in fit["parameters"]])
    with pool() as workers:
        tried = draw(centre, workers, count=count, progress=progress)
        kept = acceptable(tried, len(margins(Bench(parameters_of(centre)))))
        if not kept:
            raise ModelError("no draw fits", where="ensemble")
        table = np.array([d.point for d in kept], dtype=np.float32)
        members = [parameters_of(point) for point in table.astype(float)]
        rows = list(workers.map(_predict, members, chunksize=2))
    manifest = {
        "command": "corrin calibrate --ensemble", "model": load_model().hash, "seed": SEED,
        "tried": len(tried), "kept": len(kept), "steps": STEPS,
    }  # fmt: skip
    schema = {"manifest": json.dumps(manifest)}
    columns = [pa.array(column) for column in table.T]
    names = [prior.name for prior in priors()]
    parquet.write_table(
        pa.table(columns, names=names).replace_schema_metadata(schema), _path(_FILE)
    )
    frame = pd.DataFrame(np.array(rows, dtype=np.float32).T, index=[o.id for o in observations()])
    frame.columns = frame.columns.map(str)
    frame.to_parquet(_path(_PREDICTIONS))
    return manifest


def _predict(parameters: dict[str, float]) -> list[float]:
    return predict_all(parameters, observations())
