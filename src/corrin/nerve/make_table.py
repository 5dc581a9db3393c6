"""Make the table of the solver: ``python -m corrin.nerve.make_table [FILE]``."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from corrin.files import whole_file
from corrin.nerve.axon import Array, Kind, fibre
from corrin.nerve.lesions import Lesion, path, travel
from corrin.nerve.table import RUNS, THINNEST, Table
from corrin.nerve.velocity import conduction_velocity

#: Diameters of the published fibres, between which the build is interpolated [um].
_PUBLISHED = (5.7, 7.3, 8.7, 10.0, 11.5, 12.8, 14.0, 15.0, 16.0)
DIAMETER = {
    "peripheral": np.unique(
        np.concatenate(
            [np.geomspace(2.0, 5.7, 10), np.geomspace(16.0, 20.0, 5)]
            + [np.geomspace(a, b, 6) for a, b in pairwise(_PUBLISHED)]
        ).round(9)
    ),
    "central": np.geomspace(0.5, 16.0, 45),
}
COARSE = {
    "peripheral": np.array([2, 5.7, 8.7, 10, 12.8, 16, 20]),
    "central": np.geomspace(0.5, 16, 7),
}
TEMPERATURE = np.arange(20.0, 42.1, 2.0)
COARSE_TEMPERATURE = np.array([20.0, 28.0, 33.0, 37.0, 42.0])
U = np.concatenate([[0.0, 0.03, 0.05, 0.075, 0.1], np.linspace(0.125, 1.0, 36)])


def make(kind: Kind, points: int = 1000) -> Table:
    """Run the solver on the grid of one kind of fibre.

    Parameters
    ----------
    kind : {"peripheral", "central"}
        Build of the fibres.
    points : int
        Random points at which the finished table is compared with the solver.

    Returns
    -------
    Table
        The table with its error.
    """
    d, t = np.meshgrid(DIAMETER[kind], TEMPERATURE, indexing="ij")
    block = continued(block_fractions(d, t, kind))
    fraction = block[..., None] + (1 - block[..., None]) * U**2
    possible = (fraction > THINNEST / 2) & (U > 0)
    log_velocity = np.full(fraction.shape, np.nan)
    everywhere = np.broadcast_arrays(d[..., None], t[..., None], fraction)
    log_velocity[possible] = np.log(_velocity(kind, *(x[possible] for x in everywhere)))
    for k in range(len(U) - 3, -1, -1):  # where nothing could be run, straight on
        slope = (log_velocity[..., k + 2] - log_velocity[..., k + 1]) / (U[k + 2] - U[k + 1])
        on = log_velocity[..., k + 1] + slope * (U[k] - U[k + 1])
        log_velocity[..., k] = np.where(np.isnan(log_velocity[..., k]), on, log_velocity[..., k])
    delays = np.array([[_single(kind, a, b) for b in COARSE_TEMPERATURE] for a in COARSE[kind]])
    blocks = np.array(
        [
            [[_run_block(kind, a, b, run) for run in RUNS] for b in COARSE_TEMPERATURE]
            for a in COARSE[kind]
        ]
    )
    made = Table(
        DIAMETER[kind], TEMPERATURE, U, log_velocity, block,
        COARSE[kind], COARSE_TEMPERATURE, np.log(delays), np.log(blocks), np.zeros(4),
    )  # fmt: skip
    return Table(**{**vars(made), "bound": compare(made, kind, points)})


def compare(made: Table, kind: Kind, points: int, seed: int = 1) -> Array:
    """Return how far a table is from the solver, as in `Table.bound`."""
    rng = np.random.default_rng(seed)
    low, high = made.diameter[[0, -1]]
    d = np.exp(rng.uniform(np.log(low), np.log(high), points))
    t = rng.uniform(20, 42, points)
    block = block_fractions(d, t, kind)
    lowest = np.fmax(block, THINNEST)
    fraction = np.exp(rng.uniform(np.log(1.02 * lowest), 0.0))
    error = np.abs(made.velocity(d, t, fraction) / conduction_velocity(d, t, fraction, kind) - 1)
    away = fraction > 1.2 * lowest
    shift = np.abs(made.block_fraction(d, t) / block - 1)[block > THINNEST]
    return np.array([np.nanmax(error), np.nanmax(error[away]), shift.max(), float(points)])


def _velocity(kind: Kind, d: Array, t: Array, fraction: Array) -> Array:
    return np.asarray(conduction_velocity(d, t, fraction, kind))


def block_fractions(d: Array, t: Array, kind: Kind) -> Array:
    """Return the lamella fraction at which fibres block, by bisection; nan if they never do."""
    floor = THINNEST / 4
    low, high = np.full(d.shape, floor), np.full(d.shape, 0.2)
    while (high - low).max() > 1e-4:
        middle = (low + high) / 2
        blocked = np.isnan(conduction_velocity(d, t, middle, kind))
        low, high = np.where(blocked, middle, low), np.where(blocked, high, middle)
    return np.where(low > floor, (low + high) / 2, np.nan)


def continued(block: Array) -> Array:
    """Return block fractions continued straight to the cold, where nothing blocks."""
    block = block.copy()
    for k in range(block.shape[1] - 3, -1, -1):
        on = 2 * block[:, k + 1] - block[:, k + 2]
        block[:, k] = np.where(np.isnan(block[:, k]), on, block[:, k])
    return block


def _thinned(kind: Kind, diameter: float, temperature: float, fraction: float, run: int) -> float:
    """Return the time over a healthy path with a run of thinned internodes in it [ms]."""
    grains = np.zeros(12 + run, int)
    grains[6 : 6 + run] = round(100 * np.log(fraction))
    built = path(fibre(diameter, kind), grains, np.zeros(len(grains), bool), Lesion())
    return travel(built, temperature).time


def _single(kind: Kind, diameter: float, temperature: float) -> float:
    """Return what one internode with a fifth of its lamellae adds, per z and healthy delay."""
    healthy = _thinned(kind, diameter, temperature, 1.0, 1)
    extra = _thinned(kind, diameter, temperature, 0.2, 1) - healthy
    return float(extra / (1 / np.exp(-1.61) - 1) / (healthy / 13))


def _run_block(kind: Kind, diameter: float, temperature: float, run: int) -> float:
    """Return 1 / fraction at which a run of thinned internodes blocks, by bisection."""
    low, high = np.log(2.0), np.log(4000.0)
    while high - low > 0.02:
        middle = (low + high) / 2
        blocked = np.isnan(_thinned(kind, diameter, temperature, np.exp(-middle), run))
        low, high = (low, middle) if blocked else (middle, high)
    return float(np.exp((low + high) / 2))


def main(target: Path) -> None:
    """Write the table of both kinds, whole or not at all."""
    arrays = {}
    for kind in DIAMETER:
        made = make(kind)  # type: ignore[arg-type]
        print(kind, "largest error, away from block, of block itself, points:", made.bound)
        for name, values in vars(made).items():
            arrays[f"{kind}.{name}"] = values.astype(np.float32 if values.ndim > 1 else float)
    with whole_file(target) as beside:
        np.savez_compressed(beside, **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data" / "table.npz")
