"""What the natural experiments tell: each against the model, and each as a limit on the shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import Bench
from corrin.evidence.calibrate import pool
from corrin.evidence.natural import EXPERIMENTS, Experiment, margins
from corrin.evidence.natural import table as natural_table
from corrin.evidence.priors import Prior, of_stage, parameters_of
from corrin.insight import members as many
from corrin.insight.members import Members
from corrin.insight.runs import Progress
from corrin.weighted import quantiles

if TYPE_CHECKING:
    import pandas as pd

#: Draws of how mechanisms weigh on the nervous system, and their seed.
DRAWS, SEED = 3000, 2026
#: What is asked of every draw: the cord in gastritis.
QUESTION = ("deficit_dorsal_columns", "autoimmune-gastritis", "4 y")
_WORDS = {True: "raised", False: "normal", None: "any"}
_DAMAGE = {True: "damaged", False: "spared", None: "any"}
_CELLS = {True: "large", False: "normal", None: "any"}


def observed_against_model(chosen: Members, progress: Progress | None = None) -> pd.DataFrame:
    """Return the natural experiments: what is observed, what the model gives, and how surely.

    Returns
    -------
    DataFrame
        Columns experiment, broken, what is observed (homocysteine, mma, cells, nerve), what the
        central set gives [umol/L, umol/L, fL, deficit], and ``held``: the part of the versions in
        which the whole pattern holds.
    """
    import pandas as pd

    central = natural_table()
    held = np.zeros(len(central))
    with pool() as workers:
        for done, found in enumerate(workers.map(_held, chosen.sets, chunksize=4), 1):
            held += chosen.weights[done - 1] * np.array(found)
            if progress is not None:
                progress(done / len(chosen))
    patterns = {e.name: e for e in EXPERIMENTS}
    rows = []
    for row, part in zip(central.to_dict("records"), held, strict=True):
        e = patterns.get(row["experiment"])
        rows.append(
            {
                "experiment": row["experiment"],
                "broken": row["broken"],
                "observed": observed(row["experiment"], e),
                "homocysteine": row["homocysteine"],
                "mma": row["mma"],
                "mean_cell_volume": row["mean_cell_volume"],
                "nerve": row["nerve"],
                "holds": bool(row["holds"]),
                "held": float(part / chosen.weights.sum()),
            }
        )
    return pd.DataFrame(rows)


def observed(name: str, experiment: Experiment | None) -> str:
    """Return in words what a natural experiment shows.

    Parameters
    ----------
    name : str
        Its name.
    experiment : Experiment or None
        Its pattern; None where it is told by courses under a treatment.
    """
    if experiment is not None:
        return (
            f"Hcy {_WORDS[experiment.homocysteine]}, MMA {_WORDS[experiment.mma]}, "
            f"cells {_CELLS[experiment.megaloblastic]}, nerve {_DAMAGE[experiment.nerve]}"
        )
    return "blood mends, nerve worsens" if name.startswith("folic") else "nerve protected"


def _held(parameters: Mapping[str, float]) -> list[bool]:
    return [bool(x) for x in natural_table(Bench(parameters))["holds"]]


@dataclass(frozen=True)
class Draws:
    """Draws of how mechanisms weigh on the nervous system, before any natural experiment.

    Attributes
    ----------
    names : tuple of str
        Mechanisms.
    parts : ndarray, shape (draws, n)
        Shares of the deficit asked about; NaN where there is too little to explain.
    misfit : mapping of str to ndarray, shape (draws,)
        For each natural experiment, the squared standard deviations by which its pattern fails.
    """

    names: tuple[str, ...]
    parts: np.ndarray
    misfit: Mapping[str, np.ndarray]


def weights_of_mechanisms() -> tuple[Prior, ...]:
    """Return the priors of how mechanisms weigh on periphery, cord and brain, and how they join."""
    return tuple(p for p in of_stage("nerve") if ".weight_" in p.name or p.name == "synergy")


def draws(
    chosen: Members, count: int = DRAWS, seed: int = SEED, progress: Progress | None = None
) -> Draws:
    """Draw weights of mechanisms from their prior and see what each natural experiment says.

    The body up to the tracts is that of a version of the ensemble, so that what is learned is what
    the experiments say of the weights.
    """
    from corrin.insight.game import Game
    from corrin.insight.why import explain

    priors = weights_of_mechanisms()
    points = np.random.default_rng(seed).standard_normal((count, len(priors)))
    sets = tuple(
        {**chosen.sets[i % len(chosen)], **parameters_of(point, priors)}
        for i, point in enumerate(points)
    )
    misfit: dict[str, np.ndarray] = {}
    with pool() as workers:
        for i, found in enumerate(workers.map(_misfit, sets, chunksize=8)):
            for name, distance in found.items():
                misfit.setdefault(name, np.full(count, np.nan))[i] = distance
            if progress is not None and i % 20 == 0:
                progress(0.6 * (i + 1) / count)
    drawn = Members(sets, np.full(count, 1 / count), "draws")
    output, scenario, time = QUESTION
    told = None if progress is None else lambda _, done: progress(0.6 + 0.4 * done)
    found_here = explain([output], scenario, time, chosen=drawn, progress=told)
    game = Game.of(output, found_here.person, found_here.twin, True)
    parts = np.where(game.enough[:, None], game.parts, np.nan)
    return Draws(game.names, parts, misfit)


def _misfit(parameters: Mapping[str, float]) -> dict[str, float]:
    """Return the squared distance by which each natural experiment fails."""
    found: dict[str, float] = {}
    for margin in margins(Bench(parameters)):
        name = _experiment(margin.name)
        found[name] = found.get(name, 0.0) + margin.distance**2
    return found


def _experiment(statement: str) -> str:
    """Return the experiment that a statement belongs to."""
    name = statement.split(",")[0]
    if name == "gastritis":
        return "order and time of signs in gastritis"
    return "treatment in time and too late" if name.startswith("treated") else name


def by_experiments(drawn: Draws) -> pd.DataFrame:
    """Return shares by sets of experiments: none, each alone, all but each, all.

    Returns
    -------
    DataFrame
        Columns set, effective (number of draws behind it), and for each mechanism its median; low
        and high where at least 300 draws stand behind them.
    """
    import pandas as pd

    names = list(drawn.misfit)
    sets = [("none", []), *((f"only {n}", [n]) for n in names)]
    sets += [(f"all but {n}", [m for m in names if m != n]) for n in names]
    sets.append(("all", names))
    return pd.DataFrame([_row(drawn, title, kept) for title, kept in sets])


def _row(drawn: Draws, title: str, kept: Sequence[str]) -> dict[str, object]:
    weights = likelihood(drawn, kept)
    row: dict[str, object] = {"set": title, "effective": many.effective(weights)}
    shown = weights > 0
    for i, name in enumerate(drawn.names):
        values, counted = drawn.parts[shown, i], weights[shown]
        row[name] = quantiles(values, counted, (0.5,))[0] if shown.any() else float("nan")
        span = many.interval(values, counted)
        row[f"{name} low"], row[f"{name} high"] = span or (float("nan"), float("nan"))
    return row


def likelihood(drawn: Draws, kept: Iterable[str]) -> np.ndarray:
    """Return the weights of the draws under some experiments; 0 where nothing is to explain."""
    distance = sum((drawn.misfit[name] for name in kept), np.zeros(len(drawn.parts)))
    distance = np.where(np.isfinite(distance), distance, np.inf)
    weights = np.exp(-0.5 * (distance - distance.min()))
    return np.asarray(np.where(np.isnan(drawn.parts).any(axis=1), 0.0, weights))
