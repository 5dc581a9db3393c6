"""The table of the solver: velocity, block and delay of a fibre without running it.

Made by ``python -m corrin.nerve.make_table``. Velocity is stored along ``u``, which runs from 0
at block to 1 in health, ``u**2 = (f - f_block) / (1 - f_block)`` with the lamella fraction f:
near block velocity is a root of f, hence straight in u. Thin cold fibres do not block even with
the thinnest sheath; there f_block is continued to negative values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike

from corrin.errors import InputError, unknown
from corrin.nerve.axon import DIAMETERS, Array, Kind

#: Lengths of runs of thinned internodes whose block is tabulated.
RUNS = (1, 2, 3, 4, 6, 10)
#: Thinnest sheath that conducts, as a lamella fraction.
THINNEST = 0.01


@dataclass(frozen=True)
class Table:
    """What the solver found for one kind of fibre.

    Parameters
    ----------
    diameter : numpy.ndarray, shape (d,)
        Outer diameters [um].
    temperature : numpy.ndarray, shape (t,)
        Temperatures [degC].
    u : numpy.ndarray, shape (u,)
        Way from block (0) to health (1).
    log_velocity : numpy.ndarray, shape (d, t, u)
        Logarithm of the velocity [m/s].
    block : numpy.ndarray, shape (d, t)
        Lamella fraction at which an evenly thinned fibre blocks.
    coarse_diameter, coarse_temperature : numpy.ndarray
        Grid of what follows [um], [degC].
    log_delay : numpy.ndarray, shape (cd, ct)
        Logarithm of the delay that one thinned internode adds, per ``z = 1 / f - 1`` and per
        healthy delay.
    log_run : numpy.ndarray, shape (cd, ct, runs)
        Logarithm of ``1 / lamella fraction`` at which a run of `RUNS` internodes blocks.
    bound : numpy.ndarray, shape (4,)
        Largest relative error of velocity against the solver at random points, the same for
        sheaths at least a fifth thicker than at block, largest error of the lamella fraction at
        block, number of points.
    """

    diameter: Array
    temperature: Array
    u: Array
    log_velocity: Array
    block: Array
    coarse_diameter: Array
    coarse_temperature: Array
    log_delay: Array
    log_run: Array
    bound: Array

    def velocity(
        self, diameter: ArrayLike, temperature: ArrayLike, fraction: ArrayLike = 1.0
    ) -> Array:
        """Return the velocity of evenly thinned fibres [m/s], nan where they block.

        A sheath of less than 1 % of its lamellae counts as none, and blocks.
        """
        d, t, f = _together(diameter, temperature, fraction)
        block = self.block_fraction(d, t)
        u = np.sqrt(np.clip((f - block) / (1 - block), 0.0, 1.0))
        grid = (np.log(self.diameter), self.temperature, self.u)
        conducts = (f > block) & (f >= THINNEST)
        return np.where(
            conducts, np.exp(_linear(grid, self.log_velocity, (np.log(d), t, u))), np.nan
        )

    def block_fraction(self, diameter: ArrayLike, temperature: ArrayLike) -> Array:
        """Return the lamella fraction at which an evenly thinned fibre blocks; negative: never."""
        d, t, _ = _together(diameter, temperature, 1.0)
        return _linear((np.log(self.diameter), self.temperature), self.block, (np.log(d), t))

    def delay(self, diameter: ArrayLike, temperature: ArrayLike) -> Array:
        """Return what one thinned internode adds, per ``z`` and per healthy internode delay."""
        d, t, _ = _together(diameter, temperature, 1.0)
        grid = (np.log(self.coarse_diameter), self.coarse_temperature)
        return np.asarray(np.exp(_linear(grid, self.log_delay, (np.log(d), t))))

    def run_block(self, diameter: ArrayLike, temperature: ArrayLike) -> Array:
        """Return ``1 / fraction`` at which runs of `RUNS` internodes block, shape (..., runs)."""
        d, t, _ = _together(diameter, temperature, 1.0)
        grid = (np.log(self.coarse_diameter), self.coarse_temperature)
        return np.asarray(np.exp(_linear(grid, self.log_run, (np.log(d), t))))


@lru_cache(maxsize=1)
def _stored() -> dict[str, Array]:
    """Return the arrays of the file."""
    place = files("corrin.nerve").joinpath("data/table.npz")
    with place.open("rb") as file, np.load(file) as arrays:
        return {name: arrays[name].astype(float) for name in arrays.files}


@lru_cache(maxsize=4)
def load_table(kind: Kind = "peripheral") -> Table:
    """Return the table of one kind of fibre.

    Parameters
    ----------
    kind : {"peripheral", "central"}
        Build of the fibres.

    Returns
    -------
    Table
        Its velocities, blocks and delays.
    """
    if kind not in DIAMETERS:
        raise unknown("kind of fibre", str(kind), DIAMETERS, "kind")
    stored = _stored()
    head = f"{kind}."
    return Table(**{k[len(head) :]: v for k, v in stored.items() if k.startswith(head)})


def at_temperature(kind: Kind, diameter: Array, temperature: float) -> tuple[Array, Array, Array]:
    """Return healthy velocity, delay and run of block of fibres of one temperature.

    The numbers of `Table`, quicker: what depends on temperature is read off once.
    """
    known = load_table(kind)
    low, high = known.diameter[[0, -1]]
    if not ((diameter >= low - 1e-9) & (diameter <= high + 1e-9)).all():
        raise _outside("fibre_diameter")
    velocity, delay, runs = _logs(kind, float(temperature))
    d, coarse = np.log(diameter), np.log(known.coarse_diameter)
    return (
        np.exp(np.interp(d, np.log(known.diameter), velocity)),
        np.exp(np.interp(d, coarse, delay)),
        np.exp(np.stack([np.interp(d, coarse, run) for run in runs.T], axis=-1)),
    )


@lru_cache(maxsize=256)
def _logs(kind: Kind, temperature: float) -> tuple[Array, Array, Array]:
    """Return logarithms of those at the diameters of the table."""
    known = load_table(kind)
    return (
        np.log(known.velocity(known.diameter, temperature)),
        np.log(known.delay(known.coarse_diameter, temperature)),
        np.log(known.run_block(known.coarse_diameter, temperature)),
    )


def _together(diameter: ArrayLike, temperature: ArrayLike, fraction: ArrayLike) -> list[Array]:
    """Return the arguments in one shape; refuse fractions that no fibre has."""
    d, t, f = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (diameter, temperature, fraction))
    )
    if not ((f > 0) & (f <= 1)).all():
        raise InputError(
            "the share of lamellae left is above 0 and at most 1", where="lamella_fraction"
        )
    return [d, t, f]


def _outside(name: str) -> InputError:
    return InputError(
        "outside the table",
        where=name,
        hint="it holds fibres of 2 to 20 um (central ones 0.5 to 16 um) at 20 to 42 degC",
    )


def _linear(grid: tuple[Array, ...], values: Array, at: tuple[Array, ...]) -> Array:
    """Interpolate on a grid, linearly along each axis; refuse what lies outside of it."""
    names = ("fibre_diameter", "temperature", "u")
    corner: list[np.ndarray] = []
    share: list[Array] = []
    for name, axis, point in zip(names, grid, at, strict=False):
        if not ((point >= axis[0] - 1e-9) & (point <= axis[-1] + 1e-9)).all():
            raise _outside(name)
        left = np.clip(np.searchsorted(axis, point, side="right") - 1, 0, len(axis) - 2)
        corner.append(left)
        share.append((point - axis[left]) / (axis[left + 1] - axis[left]))
    total: Array | float = 0.0
    for bits in np.ndindex(*[2] * len(grid)):
        weight: Array = np.ones_like(share[0])
        for bit, part in zip(bits, share, strict=True):
            weight = weight * (part if bit else 1 - part)
        found = values[tuple(left + bit for left, bit in zip(corner, bits, strict=True))]
        total = total + weight.reshape(weight.shape + (1,) * (found.ndim - weight.ndim)) * found
    return np.asarray(total)
