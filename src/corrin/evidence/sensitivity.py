"""Which uncertain parameters matter to which output of a scenario.

Every prior is moved over its range around the shipped parameter set while all others move as
well: `morris` ranks all of them by elementary effects, `sobol` weighs the few that matter most by
total-order indices. Parameter sets that describe no body (`corrin.model.feasible`) are left out
and counted; see `corrin.evidence.screening` for how.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np

from corrin.engine import Protocol, default_engine
from corrin.errors import InputError, unknown
from corrin.evidence.priors import Prior, ids_of, parameters_of, priors
from corrin.evidence.screening import (
    INFEASIBLE,
    SOLVED,
    UNSOLVED,
    Answers,
    Progress,
    elementary_effects,
    screen,
    total_effects,
)
from corrin.model import load_model
from corrin.model.feasible import CLOSING, feasible
from corrin.model.loader import PARAMETER_SET
from corrin.provenance import manifest
from corrin.study.scenario import Scenario, check_horizon
from corrin.variables import catalogue

if TYPE_CHECKING:
    import pandas as pd
    import xarray

    from corrin.engine import CompiledEngine

#: Outputs that are looked at when none is named.
MAIN = (
    "serum_b12", "holotranscobalamin", "methylmalonic_acid", "total_homocysteine", "hematocrit",
    "mean_cell_volume", "numbness_feet", "deficit_dorsal_columns", "cognition", "disability_score",
)  # fmt: skip
#: Half of the range of a parameter, in prior widths: from the 5th to the 95th percentile.
REACH = 1.645
#: Parameters that are weighed by total-order indices, and points drawn for them.
TOP, SAMPLES = 10, 256

_PER_RANGE = "unit of the output, or of its logarithm, over the range of the parameter"
_LONG = {
    "mu": "mean effect",
    "mu_star": "mean size of the effect",
    "sigma": "standard deviation of the effect",
    "mu_star_conf": "half width of the 95 % interval of mu_star",
    "steps": "steps made",
}


@dataclass(frozen=True)
class Situation:
    """A scenario at a time, as a function of the uncertain parameters.

    Attributes
    ----------
    protocol : Protocol
        The person and what happens, with the shipped parameters.
    time : float
        When outputs are read [day].
    outputs : tuple of str
        Public names.
    chosen : tuple of Prior
        What may move.
    centre : ndarray, shape (priors,)
        Standardised coordinates of the shipped parameter set.
    """

    protocol: Protocol
    time: float
    outputs: tuple[str, ...]
    chosen: tuple[Prior, ...]
    centre: np.ndarray

    def values_at(self, points: np.ndarray) -> list[dict[str, float]]:
        """Return the overrides of the model at points of the unit cube."""
        return [
            parameters_of(self.centre + REACH * (2 * point - 1), self.chosen) for point in points
        ]

    def evaluate(self, points: np.ndarray) -> Answers:
        """Return the outputs on their scales at points of the unit cube; see `logarithmic`."""
        engine = cast("CompiledEngine", default_engine(load_model()))
        # One set of outputs for every question: an engine prepares itself anew for each.
        names = (*catalogue(), *CLOSING)
        sets = self.values_at(points)
        status = np.full(len(points), INFEASIBLE)
        values = np.full((len(points), len(self.outputs)), np.nan)
        health = engine.solve_many([Protocol(one) for one in sets], [0.0], names)
        able = [
            i
            for i, outcome in enumerate(health)
            if outcome.trajectory is not None
            and feasible({name: float(outcome.trajectory.values[name][0]) for name in CLOSING})
        ]
        # Health is a steady state of any parameter set; what the scenario says of the person wins.
        runs = [
            replace(self.protocol, parameters={**sets[i], **self.protocol.parameters}) for i in able
        ]
        outcomes = engine.solve_many(runs, [self.time], names) if runs else []
        for i, outcome in zip(able, outcomes, strict=True):
            row = (
                [float(outcome.trajectory.values[name][0]) for name in self.outputs]
                if outcome.trajectory is not None
                else []
            )
            on_scale = [
                _log(value) if logarithmic(name) else value
                for name, value in zip(self.outputs, row, strict=False)
            ]
            if on_scale and np.isfinite(on_scale).all():
                values[i], status[i] = on_scale, SOLVED
            else:
                status[i] = UNSOLVED
        return Answers(values, status)


def logarithmic(output: str) -> bool:
    """Return whether an output is compared by its logarithm: laboratory values and amounts are."""
    variable = catalogue()[output]
    return variable.unit != "1" or variable.group == "laboratory"


def _log(value: float) -> float:
    return float(np.log(value)) if value > 0 else float("nan")


def centre() -> np.ndarray:
    """Return the standardised coordinates of the shipped parameter set, in the order of priors."""
    shipped = {row.name: row.value for row in load_model().rows}
    return np.array([prior.coordinate(shipped[ids_of(prior)[0]]) for prior in priors()])


def situation(
    scenario: Scenario | str, at: float | None = None, outputs: Sequence[str] | None = None
) -> Situation:
    """Return a scenario as a function of the uncertain parameters.

    Parameters
    ----------
    scenario : Scenario or str
        The person, or the name or path of a scenario.
    at : float, optional
        When outputs are read [day]; at the end of the scenario if not given.
    outputs : sequence of str, optional
        Public names; `MAIN` if not given.
    """
    subject = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    time = subject.until if at is None else float(at)
    check_horizon(time, "at")
    names = tuple(dict.fromkeys(MAIN if outputs is None else outputs))
    if not names:
        raise InputError("no outputs", where="outputs", hint="name at least one")
    for name in names:
        if name not in catalogue():
            raise unknown("output", name, catalogue())
    return Situation(subject.protocol(time), time, names, priors(), centre())


def morris(
    scenario: Scenario | str,
    at: float | None = None,
    outputs: Sequence[str] | None = None,
    trajectories: int = 20,
    seed: int = 1,
    *,
    progress: Progress | None = None,
) -> xarray.Dataset:
    """Rank all uncertain parameters by how much they change outputs of a scenario.

    Parameters
    ----------
    scenario : Scenario or str
        The person, or the name or path of a scenario.
    at : float, optional
        When outputs are read [day]; at the end of the scenario if not given.
    outputs : sequence of str, optional
        Public names; `MAIN` if not given.
    trajectories : int
        Steps in each parameter, at least 2.
    seed : int
        The same seed gives the same numbers.
    progress : callable, optional
        Told how many steps were made, and how many are wanted.

    Returns
    -------
    xarray.Dataset
        ``mu``, ``mu_star``, ``sigma`` and ``mu_star_conf`` over ``output`` and ``parameter``,
        ``steps`` over ``parameter``; units, long names and the scale of each output and the ends
        of each parameter's range as coordinates. Counts of what was left out and the manifest
        are attributes.
    """
    import xarray

    if trajectories < 2:
        raise InputError(
            f"{trajectories} trajectories", where="trajectories", hint="give 2 or more"
        )
    subject = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    asked = situation(subject, at, outputs)
    screening = screen(asked.evaluate, len(asked.chosen), trajectories, seed, progress)
    known = [catalogue()[name] for name in asked.outputs]
    ends = np.array(
        [[p.at(c - REACH), p.at(c + REACH)] for p, c in zip(priors(), asked.centre, strict=True)]
    )
    dims = ("output", "parameter")
    steps = [len(one) for one in screening.steps]
    model = load_model()
    units = {row.name: row.unit for row in model.rows}
    stamp = manifest(
        scenario=subject.to_yaml(),
        model_hash=model.hash,
        parameters=PARAMETER_SET,
        engine=default_engine(model).name,
        engine_version=default_engine(model).version,
        overrides={},
        until=asked.time,
        outputs=asked.outputs,
        times=[asked.time],
        seed=seed,
    )
    return xarray.Dataset(
        {
            **{
                key: (dims, values, {"units": _PER_RANGE, "long_name": _LONG[key]})
                for key, values in elementary_effects(screening, seed).items()
            },
            "steps": ("parameter", steps, {"units": "1", "long_name": _LONG["steps"]}),
        },
        coords={
            "output": list(asked.outputs),
            "long_name": ("output", [one.long_name for one in known]),
            "unit": ("output", [one.unit for one in known]),
            "scale": ("output", ["log" if logarithmic(one.name) else "raw" for one in known]),
            "parameter": [prior.name for prior in asked.chosen],
            "words": ("parameter", [words(prior.name) for prior in asked.chosen]),
            "parameter_unit": ("parameter", [units[ids_of(p)[0]] for p in asked.chosen]),
            "low": ("parameter", ends[:, 0]),
            "high": ("parameter", ends[:, 1]),
        },
        attrs={
            "title": subject.name,
            "time": asked.time,
            "trajectories": trajectories,
            **screening.counts,
            "manifest": json.dumps({**stamp, "reach": REACH, "trajectories": trajectories}),
        },
    )  # fmt: skip


def sobol(
    scenario: Scenario | str,
    effects: xarray.Dataset,
    *,
    samples: int = SAMPLES,
    seed: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Weigh, for each output, the parameters that matter most, all others held.

    Parameters
    ----------
    scenario : Scenario or str
        The scenario that `effects` are of.
    effects : Dataset
        What `morris` returned.
    samples : int
        Points drawn for each output, each with a partner for each parameter; at least 2.
    seed : int
        The same seed gives the same numbers.
    progress : callable, optional
        Told how many pairs were made, and how many are wanted.

    Returns
    -------
    DataFrame
        ``output``, ``parameter``, ``total``, ``total_conf`` (half width of the 95 % interval) and
        ``pairs``, the number of pairs of runs behind them.
    """
    import pandas as pd

    if samples < 2:
        raise InputError(f"{samples} samples", where="samples", hint="give 2 or more")
    outputs = [str(name) for name in effects["output"].values]
    place = {prior.name: i for i, prior in enumerate(priors())}
    tables = []
    for number, output in enumerate(outputs):
        one = situation(scenario, float(effects.attrs["time"]), [output])
        chosen = strongest(effects, output)
        moved = [place[name] for name in chosen]
        if not moved:
            continue
        told = partial(_part, progress, number, len(outputs)) if progress is not None else None
        found = total_effects(partial(_moving, one, moved), len(moved), samples, seed, told)
        tables.append(pd.DataFrame({"output": output, "parameter": chosen, **found}))
    columns = ["output", "parameter", "total", "total_conf", "pairs"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _moving(one: Situation, moved: Sequence[int], points: np.ndarray) -> Answers:
    """Return the answers where some parameters move and all others stay at the centre."""
    whole = np.full((len(points), len(one.chosen)), 0.5)
    whole[:, list(moved)] = points
    return one.evaluate(whole)


def _part(progress: Progress, number: int, parts: int, done: int, total: int) -> None:
    progress(number * total + done, parts * total)


def strongest(effects: xarray.Dataset, output: str, count: int = TOP) -> list[str]:
    """Return the parameters with the largest effects on an output, the largest first."""
    sizes = effects["mu_star"].sel(output=output).values
    names = [str(name) for name in effects["parameter"].values]
    order = sorted(range(len(names)), key=lambda i: (-np.nan_to_num(sizes[i]), i))
    return [names[i] for i in order[:count] if sizes[i] > 0]


def direction(mu: float, mu_star: float) -> str:
    """Return whether more of a parameter raises an output, lowers it, or now this, now that."""
    if not mu_star > 0:
        return "none"
    share = mu / mu_star
    return "raises" if share > 0.8 else "lowers" if share < -0.8 else "either"


def words(name: str) -> str:
    """Return the name of a prior in words: ``weight methylation (periphery)``."""
    place, _, base = name.rpartition(".")
    text = base.replace("_", " ")
    return f"{text} ({place.replace('_', ' ')})" if place else text


def table(effects: xarray.Dataset, indices: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return all effects as a table, the largest of each output first.

    Parameters
    ----------
    effects : Dataset
        What `morris` returned.
    indices : DataFrame, optional
        What `sobol` returned; joined where given.
    """
    frame = effects.to_dataframe().reset_index()
    frame["direction"] = [
        direction(mu, size) for mu, size in zip(frame["mu"], frame["mu_star"], strict=True)
    ]
    order = {str(name): i for i, name in enumerate(effects["output"].values)}
    frame["place"] = frame["output"].map(order)
    frame = frame.sort_values(["place", "mu_star"], ascending=[True, False], kind="stable")
    columns = [
        "output", "long_name", "unit", "scale", "parameter", "parameter_unit", "low", "high",
        "mu_star", "mu_star_conf", "mu", "sigma", "direction", "steps",
    ]  # fmt: skip
    frame = frame[columns].reset_index(drop=True)
    if indices is not None:
        frame = frame.merge(indices, how="left", on=["output", "parameter"])
    return frame
