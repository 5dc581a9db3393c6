"""Fit the uncertain parameters jointly to every observation that may be fitted.

The fit is the maximum of the posterior: least squares on standardised parameters, with a normal
prior and a robust loss, over the observations marked ``calibrate`` and the natural experiments.
``corrin calibrate`` repeats it from the priors, whatever the tables hold; ``--write`` carries the
values into the tables beside the modules. Spreads between people are fitted after it
(`corrin.evidence.spread`), the ensemble around it (`corrin.evidence.ensemble`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from corrin.evidence.bench import Bench
from corrin.evidence.misfit import CLOSED, fitted, predictions, residuals, scale_of
from corrin.evidence.natural import margins
from corrin.evidence.priors import STAGES, Prior, of_stage, parameters_of, priors
from corrin.evidence.saved import Saved
from corrin.files import write_whole
from corrin.model import load_model
from corrin.model.feasible import CLOSING

#: Step of the slope in prior widths, by stage: well above the noise of the solver, and where
#: people are counted large enough that some change sides.
STEP = {"body": 0.1, "nerve": 0.3}
#: Standard deviations beyond which an observation pulls less and less: studies contradict each
#: other.
SOFT = 2.0

#: Weight of the natural experiments where they shall hold and not only be likely.
PATTERN = 5.0

#: A parameter counts as fitted when the data removed this share of its prior variance.
TOLD = 0.05

#: Largest number of steps that are tried in a part of the fit; later ones gain next to nothing, and
#: where people are counted the misfit is a staircase.
ROUNDS = {"body": 9, "nerve": 8}
#: Points that one worker is given at a time: a few fill the lanes of the engine.
TOGETHER = {"body": 16, "nerve": 4}

Progress = Callable[[str, float], None]


@contextmanager
def pool(workers: int | None = None) -> Iterator[Executor]:
    """Worker processes, one for each core if not said otherwise."""
    with ProcessPoolExecutor(workers or os.cpu_count()) as executor:
        yield executor


@dataclass(frozen=True)
class Problem:
    """One part of the fit: its priors, and the values that other parts have found.

    Attributes
    ----------
    stage : str
        ``body`` or ``nerve``.
    given : mapping of str to float
        Overrides of the model that stay as they are.
    quick : bool
        Whether only the natural experiments are asked for.
    """

    stage: str
    given: Mapping[str, float]
    quick: bool = False

    @property
    def priors(self) -> tuple[Prior, ...]:
        """What is fitted."""
        return of_stage(self.stage)

    def parameters(self, point: np.ndarray) -> dict[str, float]:
        """Return the overrides of the model at a point."""
        return {**self.given, **parameters_of(point, self.priors)}

    def distances(self, point: np.ndarray) -> np.ndarray:
        """Return the misfit at a point; see `corrin.evidence.misfit.residuals`."""
        return np.asarray(self.distances_at(point[None])[0])

    def distances_at(self, points: np.ndarray) -> np.ndarray:
        """Return the misfit at several points, shape (points, m)."""
        return residuals(list(map(self.parameters, points)), self.stage, quick=self.quick)

    def jacobian(self, point: np.ndarray, base: np.ndarray, workers: Executor) -> np.ndarray:
        """Return the derivatives of the misfit by every coordinate at a point.

        Parameters
        ----------
        point : ndarray, shape (n,)
            Standardised coordinates.
        base : ndarray, shape (m,)
            Misfit at `point`.
        workers : Executor
            Where the runs are made.

        Returns
        -------
        ndarray, shape (m, n)
        """
        step = STEP[self.stage]
        shifted = point + step * np.eye(len(point))
        size = TOGETHER[self.stage]
        parts = [shifted[i : i + size] for i in range(0, len(shifted), size)]
        columns = np.concatenate(list(workers.map(self.distances_at, parts)))
        return np.asarray((columns.T - base[:, None]) / step)

    @property
    def observed(self) -> int:
        """How many of the distances belong to observations; natural experiments follow."""
        return 0 if self.quick else len(fitted(self.stage))

    def loss(self, distance: np.ndarray) -> np.ndarray:
        """Return distances of which observations pull softly; natural experiments must hold."""
        n = self.observed
        return np.concatenate([soft(distance[:n]), distance[n:]])

    def loss_slope(self, distance: np.ndarray) -> np.ndarray:
        """Return the derivative of `loss`."""
        slope = np.ones_like(distance)
        slope[: self.observed] = soft_slope(distance[: self.observed])
        return slope

    def cost(self, distance: np.ndarray, point: np.ndarray) -> float:
        """Return half the sum of squares, of misfit and prior."""
        return float(0.5 * (np.sum(self.loss(distance) ** 2) + np.sum(point**2)))

    def fit(
        self,
        workers: Executor,
        start: np.ndarray | None = None,
        rounds: int | None = None,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """Return the point of the highest posterior density.

        Parameters
        ----------
        workers : Executor
            Where the runs are made.
        start : ndarray, optional
            Where to begin; the prior if not given.
        rounds : int, optional
            Largest number of steps; that of `ROUNDS` if not given.
        progress : callable, optional
            Told what is done and the cost so far.

        Returns
        -------
        ndarray, shape (n,)
            Standardised coordinates.
        """
        from scipy.optimize import least_squares

        seen: dict[bytes, np.ndarray] = {}

        def misfit(point: np.ndarray) -> np.ndarray:
            key = point.tobytes()
            if key not in seen:
                seen[key] = self.distances(point)
                if progress is not None:
                    progress(f"{self.stage}: step", self.cost(seen[key], point))
            return np.concatenate([self.loss(seen[key]), point])

        def slope(point: np.ndarray) -> np.ndarray:
            misfit(point)
            raw = seen[point.tobytes()]
            found = self.jacobian(point, raw, workers)
            if progress is not None:
                progress(f"{self.stage}: slope", self.cost(raw, point))
            return np.vstack([self.loss_slope(raw)[:, None] * found, np.eye(len(point))])

        begin = np.zeros(len(self.priors)) if start is None else start
        solution = least_squares(
            misfit, begin, jac=slope, max_nfev=rounds or ROUNDS[self.stage], xtol=1e-2, ftol=1e-2
        )
        return np.asarray(solution.x)

    def settle(self, point: np.ndarray, workers: Executor) -> np.ndarray:
        """Move a point the least that makes the natural experiments hold clearly.

        Parameters
        ----------
        point : ndarray, shape (n,)
            Where a fit ended; a quick problem judges it.
        workers : Executor
            Where the runs are made.

        Returns
        -------
        ndarray, shape (n,)
        """
        moved = point.copy()
        for _ in range(2):
            base = self.distances(moved)
            away = PATTERN * _unmet(base)
            slope = PATTERN * self.jacobian(moved, base, workers)
            slope[away == 0] = 0
            normal = slope.T @ slope + np.eye(len(point))
            moved = moved - np.linalg.solve(normal, slope.T @ away + moved - point)
        return moved


def _unmet(distance: np.ndarray) -> np.ndarray:
    """Return by how much statements do not hold, and balances do not close."""
    found = distance.copy()
    found[-len(CLOSING) :] = np.maximum(found[-len(CLOSING) :] - CLOSED, 0)
    return found


def soft(distance: np.ndarray) -> np.ndarray:
    """Return distances after the Cauchy loss: studies that contradict all others hardly pull."""
    return np.asarray(np.sign(distance) * SOFT * np.sqrt(np.log1p((distance / SOFT) ** 2)))


def soft_slope(distance: np.ndarray) -> np.ndarray:
    """Return the derivative of `soft`."""
    square = (distance / SOFT) ** 2
    root = np.sqrt(np.log1p(square) / np.maximum(square, 1e-12))
    return np.asarray(1 / ((1 + square) * np.where(square > 1e-12, root, 1.0)))


def calibrate(workers: int | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """Fit from the priors and return everything that one must know of the fit.

    Each stage is kept when it is done: after an interruption the work goes on from there.

    Returns
    -------
    dict
        ``stages`` with ``parameters`` (prior, value and what the data say of each),
        ``observations`` (value, prediction before and after, distance), ``natural_experiments``,
        ``covariance`` of the standardised parameters and ``cost``; ``seconds`` and ``command``.
    """
    saved = Saved.of("calibrate")
    # Everything starts at its prior, whatever the tables hold.
    given = parameters_of(np.zeros(len(priors())))
    found = []
    with pool(workers) as executor:
        for stage in STAGES:
            problem, done = Problem(stage, given), saved.get(stage)
            if done is None:
                point = _best(problem, executor, progress)
                done = point, _report(problem, point, executor)
                saved.keep(stage, done)
            point, report = done
            found.append(report)
            given = problem.parameters(point)
    seconds = saved.seconds
    saved.forget()
    return {
        "command": "corrin calibrate",
        "made": "one run of the command",
        "model": load_model().hash,
        "method": "scipy.optimize.least_squares, Cauchy loss, normal prior on standardised "
        "parameters; deterministic, no seed",
        "seconds": seconds,
        "stages": found,
    }


def _best(problem: Problem, workers: Executor, progress: Progress | None) -> np.ndarray:
    """Return where one part of the fit ends, from the priors."""
    # Begin where the natural experiments hold: they are cheap, and from far off, where all weights
    # are alike, patients tell nothing about them.
    quick = replace(problem, quick=True)
    start = quick.fit(workers, rounds=12, progress=progress)
    return quick.settle(problem.fit(workers, start, progress=progress), workers)


def _report(problem: Problem, point: np.ndarray, workers: Executor) -> dict[str, Any]:
    """Return what one must know of one part of the fit."""
    start, after = np.zeros(len(point)), problem.distances(point)
    slope = problem.loss_slope(after)[:, None] * problem.jacobian(point, after, workers)
    known = covariance(slope)
    spread = np.sqrt(np.diag(known))
    return {
        "stage": problem.stage,
        "cost": {
            "before": problem.cost(problem.distances(start), start),
            "after": problem.cost(after, point),
        },
        "parameters": [
            {
                "name": prior.name, "prior": prior.value, "width": prior.width,
                "scale": prior.scale, "value": prior.at(float(x)), "coordinate": float(x),
                # 1: the data say all; 0: the prior says all.
                "told_by_data": float(1 - sd**2),
                "low": prior.at(float(x - 1.645 * sd)), "high": prior.at(float(x + 1.645 * sd)),
            }
            for prior, x, sd in zip(problem.priors, point, spread, strict=True)
        ],
        "observations": _residuals(problem, point, start),
        "natural_experiments": [
            {"name": m.name, "value": m.value, "threshold": m.threshold, "distance": m.distance}
            for m in margins(Bench(problem.parameters(point)))
        ],
        "covariance": [[float(f"{value:.4g}") for value in row] for row in known],
    }  # fmt: skip


def covariance(slope: np.ndarray) -> np.ndarray:
    """Return the covariance of standardised parameters, by the slope of the misfit."""
    return np.asarray(np.linalg.inv(slope.T @ slope + np.eye(slope.shape[1])))


def _residuals(problem: Problem, point: np.ndarray, start: np.ndarray) -> list[dict[str, Any]]:
    chosen = fitted(problem.stage)
    before, after = (predictions(problem.parameters(p), chosen) for p in (start, point))
    return [
        {
            "id": o.id, "unit": o.unit, "value": o.value, "before": b, "after": a,
            "distance": scale_of(o).distance(a), "agrees": o.agrees(a),
        }
        for o, b, a in zip(chosen, before, after, strict=True)
    ]  # fmt: skip


def found_values(result: Mapping[str, Any]) -> dict[str, float]:
    """Return the fitted value of every row of the tables that the fit sets."""
    found = {row["name"]: row["value"] for s in result["stages"] for row in s["parameters"]}
    return {row: found[prior.name] for prior in priors() for row in prior.rows}


def untold(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the rows of the tables of which the data say next to nothing, with their grade."""
    told = {r["name"]: r["told_by_data"] for s in result["stages"] for r in s["parameters"]}
    return {row: p.grade for p in priors() if told[p.name] < TOLD for row in p.rows}


def main(
    out: str | Path | None = None, *, write: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Run the calibration; save the result to `out` and, if asked, into the model's tables."""
    from corrin.evidence.tables import write_values

    result = calibrate(progress=progress)
    if out is not None:
        write_whole(Path(out), (json.dumps(result, indent=1) + "\n").encode())
    if write:
        write_values(found_values(result), untold=untold(result))
        write_whole(_path(), (json.dumps(result, indent=1) + "\n").encode())
    return result


def _path() -> Path:
    return Path(str(files("corrin.evidence") / "fits" / "corrin2026.json"))


def written() -> dict[str, Any]:
    """Return the fit that ships with the package."""
    found: dict[str, Any] = json.loads(_path().read_text(encoding="utf-8"))
    return found
