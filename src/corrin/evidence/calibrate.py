"""Fit parameters, stage by stage along the chain, to the targets that may be fitted.

``corrin calibrate`` repeats the fit and writes parameters, residuals and the command to a file;
``--write`` carries the values into the tables beside the modules.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from corrin.errors import ModelError, SolverError
from corrin.evidence.bench import Bench
from corrin.evidence.targets import Target, targets
from corrin.files import write_whole
from corrin.model import load_model
from corrin.model.compose import read_table
from corrin.model.loader import MODULES, shared

#: Laboratories differ by at least this share of a value: no mean is taken as known more closely.
LABORATORY = 0.1
#: A value at the edge of its published range lies this many standard deviations from the middle.
EDGE = 2.0


@dataclass(frozen=True)
class Prior:
    """What is known of a parameter before the fit: log-normal around `value`, of `width`."""

    value: float
    width: float
    source: str


@cache
def priors() -> dict[str, Prior]:
    """Read the priors; the fit starts from them, so that it can be repeated from any tables."""
    with (files("corrin.evidence") / "priors.csv").open(encoding="utf-8") as handle:
        return {
            row["parameter"]: Prior(float(row["value"]), float(row["width"]), row["source"])
            for row in csv.DictReader(handle)
        }


@dataclass(frozen=True)
class Stage:
    """One part of the chain: what is fitted and to which targets."""

    name: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]


STAGES = (
    Stage(
        "absorption and stores",
        (
            "uptake_capacity", "uptake_half", "passive_share", "bile_reference", "export_half",
            "recent_share", "liver_share", "metformin_half",
        ),
        (
            "1 ug oral, share absorbed", "5 ug oral, share absorbed",
            "25 ug oral, share absorbed", "1 mg oral, share absorbed",
            "daily loss of the body store, healthy",
            "daily loss of the body store, no reabsorption",
            "omnivore men of EPIC-Oxford", "vegetarian men of EPIC-Oxford",
            "vegan men of EPIC-Oxford", "older Dutch adults",
            "total gastrectomy to serum B12 < 148", "gastritis to serum B12 < 60",
            "metformin 2550 mg, 4.3 years",
            "Kuzminski oral arm, B12 at 4 months", "Kuzminski injection arm, B12 at 4 months",
        ),
    ),
    Stage(
        "metabolites",
        (
            "half_periphery", "hepatic_half", "ms_folate_half", "folate_import_half",
            "half_mutase", "mutase_half",
        ),
        (
            "MMA at serum B12 200", "MMA at serum B12 150", "MMA at serum B12 100",
            "MMA at serum B12 50", "MMA at serum B12 27", "homocysteine at serum B12 27",
            "homocysteine at serum B12 110", "folic acid 0.4 mg, homocysteine",
            "folic acid 5 mg, homocysteine", "MTHFR 677TT, homocysteine above CC",
        ),
    ),
)  # fmt: skip


def residual(target: Target, value: float) -> float:
    """Return the distance of a prediction from the middle of the published range, in half ranges.

    Positive ranges that span more than a factor of two are compared on a log scale.
    """
    if not np.isfinite(value):
        return 10.0
    low, high = target.low, target.high
    if low > 0 and high / low > 2:
        if value <= 0:
            return 10.0
        low, high, value = np.log(low), np.log(high), np.log(value)
        half = (high - low) / 2
    else:
        half = max((high - low) / 2, LABORATORY * abs(high + low) / 2)
    return float(np.clip((value - (low + high) / 2) / half, -10, 10))


def fit(stage: Stage, start: dict[str, float], *, rounds: int = 12) -> dict[str, Any]:
    """Fit one stage by least squares on log parameters with a normal prior.

    Parameters
    ----------
    stage : Stage
        What to fit to what.
    start : dict of str to float
        Values found by earlier stages.
    rounds : int
        Largest number of Jacobians.

    Returns
    -------
    dict
        ``parameters``, ``targets`` (low, high, before, after), ``cost`` before and after.
    """
    from scipy.optimize import least_squares

    chosen = [t for t in targets() if t.name in stage.targets]
    if len(chosen) != len(stage.targets):
        missing = set(stage.targets) - {t.name for t in chosen}
        raise ModelError(f"no target {sorted(missing)}", where=stage.name)
    if any(t.use != "calibrate" for t in chosen):
        raise ModelError("a validation target cannot be fitted", where=stage.name)
    ids = {p: _ids(p) for p in stage.parameters}
    known = [priors()[p] for p in stage.parameters]
    origin = np.array([prior.value for prior in known])
    widths = np.array([prior.width for prior in known])

    def predict(logs: np.ndarray) -> list[float]:
        found = zip(stage.parameters, origin * np.exp(logs), strict=True)
        values = {name: float(value) for p, value in found for name in ids[p]}
        bench = Bench({**start, **values})
        return [_predict(t, bench) for t in chosen]

    def cost(logs: np.ndarray) -> np.ndarray:
        found = predict(logs)
        misfit = [EDGE * residual(t, v) for t, v in zip(chosen, found, strict=True)]
        return np.array([*misfit, *(logs / widths)])

    zero = np.zeros(len(origin))
    before = predict(zero)
    # Around one, not zero: the step of the Jacobian is relative, and must exceed solver noise.
    solution = least_squares(
        lambda x: cost(x - 1.0), zero + 1.0, diff_step=0.03, max_nfev=rounds, bounds=(-0.5, 2.5),
        loss="soft_l1",
    )  # fmt: skip
    logs = solution.x - 1.0
    after = predict(logs)
    return {
        "stage": stage.name,
        "parameters": {
            p: float(v) for p, v in zip(stage.parameters, origin * np.exp(logs), strict=True)
        },
        "cost": [float(0.5 * np.sum(cost(zero) ** 2)), float(solution.cost)],
        "targets": [
            {
                "name": t.name, "unit": t.unit, "low": t.low, "high": t.high,
                "before": b, "after": a, "residual": residual(t, a), "source": t.source,
            }
            for t, b, a in zip(chosen, before, after, strict=True)
        ],
    }  # fmt: skip


def _predict(target: Target, bench: Bench) -> float:
    """Read a target; a set of values under which the model cannot be solved counts as a miss."""
    try:
        return target.predict(bench)
    except SolverError:
        return float("nan")


def _ids(parameter: str) -> tuple[str, ...]:
    """Ids in the model of a parameter as the tables name it (``nerve.ms_flux``, ``mt_half``)."""
    for module in MODULES:
        if any(row.name == parameter for row in read_table(module)):
            return shared(module, parameter)
    raise ModelError(f"no parameter {parameter!r} in the tables")


def calibrate(stages: tuple[Stage, ...] = STAGES) -> dict[str, Any]:
    """Fit all stages in order; later stages keep what earlier ones found."""
    values: dict[str, float] = {}
    found = []
    for stage in stages:
        result = fit(stage, values)
        values |= {name: v for p, v in result["parameters"].items() for name in _ids(p)}
        found.append(result)
    return {
        "command": "corrin calibrate",
        "model": load_model().hash,
        "priors": {name: vars(prior) for name, prior in priors().items()},
        "method": "scipy.optimize.least_squares, soft_l1, deterministic (no seed)",
        "stages": found,
    }


def main(out: str | Path | None = None, *, write: bool = False) -> dict[str, Any]:
    """Run the calibration; save the result to `out` and, if asked, into the model's tables."""
    result = calibrate()
    if out is not None:
        write_whole(Path(out), (json.dumps(result, indent=1) + "\n").encode())
    if write:
        values = {k: v for s in result["stages"] for k, v in s["parameters"].items()}
        write_values(values)
    return result


def write_values(values: dict[str, float]) -> None:
    """Carry fitted values into the tables beside the modules (a source checkout only)."""
    folder = Path(str(files("corrin.model") / "modules"))
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        changed = False
        for row in rows[1:]:
            name = row[0]
            if path.name != "units.csv" and name in values:
                row[1], row[4], changed = f"{values[name]:.5g}", "fitted", True
        if changed:
            lines = [",".join(_quoted(cell) for cell in row) + "\n" for row in rows]
            write_whole(path, "".join(lines).encode())


def _quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell
