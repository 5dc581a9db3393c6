"""Fit how much people differ to the spread of published measurements.

``python -m corrin.evidence.spread [--write]`` repeats the fit and writes spreads, residuals and
the command to ``fits/spread2026.json``; ``--write`` carries the spreads into the tables beside
the modules. The same people (common random numbers) are drawn under every trial, so that the fit
is deterministic. Only observations whose use is ``calibrate`` are fitted.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from corrin.errors import ModelError, SolverError
from corrin.evidence.bench import Bench
from corrin.evidence.observations import Observation, observation, predict
from corrin.files import write_whole
from corrin.model import load_model

#: Spreads that are fitted, with what was taken for them before: the fit starts from these values
#: and not from the tables it writes. Folate eaten and MTHFR alone make serum folate vary by a
#: third, so that little is left for the level itself.
PRIORS: dict[str, float] = {
    "holotranscobalamin_reference": 0.3,
    "holohaptocorrin_reference": 0.35,
    "liver_cobalamin_reference": 0.35,
    "export_half": 0.3,
    "plasma_homocysteine_reference": 0.25,
    "plasma_folate_reference": 0.15,
    "folate_catabolism": 0.2,
    "half_periphery": 0.3,
    "methylmalonic_acid_reference": 0.25,
    "half_mutase": 0.3,
    "survival_half": 0.3,
    "macrocytosis": 0.3,
    "methylation_half": 0.3,
    "half_nerve": 0.4,
}
#: Spreads that the balances of a body leave little or no room for: fluxes that nearly cancel
#: (their sum closes a balance) cannot differ independently. They are set, not fitted: so that
#: about one draw in six is rejected and no median moves by more than 3 %.
CLOSED: dict[str, float] = {
    "liver.mat_flux": 0.0,
    "periphery.mat_flux": 0.0,
    "periphery.ms_flux": 0.0,
    "transcobalamin_uptake": 0.0,
    "bile_reference": 0.05,
    "uptake_capacity": 0.15,
    "uptake_half": 0.15,
}
#: What is fitted to what, in this order; a later stage keeps what an earlier one found.
#: Observations that depend first of all on the middle of a group (medians, the course after
#: gastrectomy, what metformin does) say little about how much people differ and are left out. Of
#: two shares of one group, such as those of a placebo arm, the ratio tells of the spread.
STAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chemistry": (
        (
            "holotranscobalamin_reference", "holohaptocorrin_reference",
            "liver_cobalamin_reference", "export_half", "plasma_homocysteine_reference",
            "plasma_folate_reference", "folate_catabolism", "half_periphery",
            "methylmalonic_acid_reference", "half_mutase",
        ),
        (
            "abildgaard2022-b12-p2.5", "abildgaard2022-b12-p97.5",
            "abildgaard2022-mma-p2.5", "abildgaard2022-mma-p97.5",
            "abildgaard2022-mma-65-p2.5", "abildgaard2022-mma-65-p97.5",
            "refsum2006-holotc-p2.5", "refsum2006-holotc-p97.5",
            "loikas2003-holotc-p2.5", "loikas2003-holotc-p97.5",
            "loikas2003-holotc-b12", "loikas2003-holotc-mma",
            "ozkanay2023-b12-between", "cokluk2021-b12-between",
            "sjcli2019-mma-between", "sjcli2019-hcy-between",
            "ozkanay2023-folate-between", "cokluk2021-folate-between",
            "clarke2007-mma-above-0.75", "clarke2007-mma-above-0.45",
            "gilsing2010-vegan-below-118", "gilsing2010-vegetarian-below-118",
            "gilsing2010-omnivore-below-118",
            "clarke2004-75",
            "aroda2016-placebo-150-5-years", "aroda2016-placebo-220-5-years",
        ),
    ),
    "marrow and nerve": (
        ("survival_half", "macrocytosis", "methylation_half", "half_nerve"),
        ("savage1994-hematocrit-normal", "savage1994-volume-normal"),
    ),
}  # fmt: skip
#: Width of the priors: standard deviation of the logarithm of a spread.
WIDTH = 0.5
#: Largest number of Jacobians.
ROUNDS = 4

_EDGE = 2.0  # a value at the edge of its range lies this many standard deviations from the middle
_FLOOR = 0.5  # added to shares [%], so that none of 300 people is not infinitely wrong
_FILE = "spread2026.json"


def residual(observed: Observation, predicted: float) -> float:
    """Return how far a prediction lies from the published value, in half widths of its range.

    Positive values are compared on a log scale, shares with half a per cent added.
    """
    if not math.isfinite(predicted):
        return 10.0
    low, high = observed.printed
    extra = _FLOOR if observed.unit == "%" else 0.0
    value, found = observed.value + extra, predicted + extra
    if min(value, found, low + extra) > 0 and observed.statistic != "correlation":
        half = math.log((high + extra) / (low + extra)) / 2
        return float(np.clip(math.log(found / value) / half, -10, 10))
    return float(np.clip((found - value) / ((high - low) / 2), -10, 10))


def fit(parameters: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Fit the spreads, stage by stage.

    Parameters
    ----------
    parameters : mapping of str to float, optional
        Overrides of the shipped parameter set under which people are drawn.

    Returns
    -------
    dict
        ``spread``, ``closed`` and, for each stage, ``cost`` before and after and
        ``observations`` with prediction and residual before and after.
    """
    spread = {**CLOSED, **PRIORS}
    stages = []
    for name, (fitted, seen) in STAGES.items():
        chosen = [observation(one) for one in seen]
        found, values = _fit_stage(fitted, chosen, spread, parameters or {})
        spread |= values
        stages.append({"stage": name, "parameters": values, **found})
    return {
        "command": "python -m corrin.evidence.spread",
        "model": load_model().hash,
        "method": "scipy.optimize.least_squares, soft_l1, common random numbers (seed 1)",
        "priors": {**PRIORS, "width": WIDTH},
        "spread": {name: spread[name] for name in PRIORS},
        "closed": dict(CLOSED),
        "stages": stages,
    }


def _fit_stage(
    fitted: Sequence[str],
    chosen: Sequence[Observation],
    others: Mapping[str, float],
    parameters: Mapping[str, float],
) -> tuple[dict[str, Any], dict[str, float]]:
    """Fit some spreads by least squares on their logarithms with a normal prior."""
    from scipy.optimize import least_squares

    if any(o.use != "calibrate" for o in chosen):
        raise ModelError("a validation observation cannot be fitted", where="spread")
    origin = np.array([PRIORS[name] for name in fitted])

    def values(logs: np.ndarray) -> dict[str, float]:
        return dict(zip(fitted, (origin * np.exp(logs)).tolist(), strict=True))

    def predicted(logs: np.ndarray) -> list[float]:
        bench = Bench(parameters, {**others, **values(logs)})
        try:
            return [predict(o, bench) for o in chosen]
        except (ModelError, SolverError):  # so wide that no body can exist
            return [math.nan] * len(chosen)

    def cost(logs: np.ndarray) -> np.ndarray:
        misfit = [_EDGE * residual(o, v) for o, v in zip(chosen, predicted(logs), strict=True)]
        return np.array([*misfit, *(logs / WIDTH)])

    zero = np.zeros(len(fitted))
    before = predicted(zero)
    # Around one, not zero: the step of the Jacobian is relative, and must move people in a sample.
    solution = least_squares(
        lambda x: cost(x - 1.0), zero + 1.0, diff_step=0.15, max_nfev=ROUNDS,
        bounds=(-1.5, 2.0), loss="soft_l1",
    )  # fmt: skip
    logs = solution.x - 1.0
    after = predicted(logs)
    found = {
        "cost": [_soft(cost(zero)), float(solution.cost)],
        "observations": [
            {
                "id": o.id, "unit": o.unit, "value": o.value, "limits": list(o.printed),
                "before": b, "after": a, "residual before": residual(o, b),
                "residual": residual(o, a),
            }
            for o, b, a in zip(chosen, before, after, strict=True)
        ],
    }  # fmt: skip
    return found, {name: float(f"{value:.3g}") for name, value in values(logs).items()}


def _soft(misfit: np.ndarray) -> float:
    """Return the cost of a misfit as the fit counts it."""
    return float(np.sum(np.sqrt(1 + misfit**2) - 1))


def write_spreads(values: Mapping[str, float]) -> None:
    """Carry spreads into the tables beside the modules (a source checkout only); 0 leaves none."""
    folder = Path(str(files("corrin.model") / "modules"))
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        if path.name == "units.csv" or not any(row[0] in values for row in rows[1:]):
            continue
        for row in rows[1:]:
            if row[0] in values:
                row[3] = f"{values[row[0]]:.3g}" if values[row[0]] else ""
        lines = [",".join(f'"{c}"' if "," in c else c for c in row) + "\n" for row in rows]
        write_whole(path, "".join(lines).encode())


def main(*, write: bool = False) -> dict[str, Any]:
    """Run the fit, save it and, if asked, carry the spreads into the tables of the model."""
    found = fit()
    target = Path(str(files("corrin.evidence") / "fits")) / _FILE
    write_whole(target, (json.dumps(found, indent=1) + "\n").encode())
    if write:
        write_spreads({**found["spread"], **found["closed"]})
    return found


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description="Fit how much people differ.")
    reader.add_argument("--write", action="store_true", help="carry the spreads into the tables")
    result = main(write=reader.parse_args().write)
    for stage in result["stages"]:
        print("{}: misfit {:.4g} before, {:.4g} after".format(stage["stage"], *stage["cost"]))
        for name, value in stage["parameters"].items():
            print(f"  {name} = {value:g}")
