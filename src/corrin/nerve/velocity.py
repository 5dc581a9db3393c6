"""Conduction along a healthy or evenly thinned fibre: velocity, or block with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from corrin.errors import InputError
from corrin.nerve.axon import TEMPERATURES, Array, Fibre, Kind, fibre
from corrin.nerve.cable import coefficients, gate_table, spikes
from corrin.nerve.internode import Modes, modes, reduced

#: Steps whose results are extrapolated to zero [ms].
STEPS = (0.005, 0.0025)
#: Nodes of the cable and the three of them that time the action potential: start, middle, stop.
_SHORT, _LONG = (29, 11, 16, 21), (71, 36, 48, 60)
#: Relative change of velocity between the two halves above which the long cable is taken.
_STEADY = 1e-3
#: Fibres run at once; each may need its own table of gates (0.2 MB).
_BATCH = 512


@dataclass(frozen=True)
class Conduction:
    """What becomes of an action potential.

    Parameters
    ----------
    velocity : float
        Velocity [m/s], nan where conduction is blocked.
    blocked : bool
        Whether the action potential dies out.
    reason : str
        Why, in one sentence; empty where it conducts.
    """

    velocity: float
    blocked: bool
    reason: str


def conduction(
    fibre_diameter: float,
    temperature: float = 37.0,
    lamella_fraction: float = 1.0,
    kind: Kind = "peripheral",
) -> Conduction:
    """Return velocity or block of a fibre that is the same all along.

    Parameters
    ----------
    fibre_diameter : float
        Outer diameter of the healthy fibre [um].
    temperature : float
        Temperature [degC].
    lamella_fraction : float
        Share of the lamellae left, above 0 up to 1.
    kind : {"peripheral", "central"}
        Build of the fibre.

    Returns
    -------
    Conduction
        Velocity, whether it is blocked and why.

    Examples
    --------
    >>> round(conduction(10.0).velocity, 1)
    56.2
    >>> conduction(10.0, lamella_fraction=0.05).blocked
    True
    """
    velocity = float(conduction_velocity(fibre_diameter, temperature, lamella_fraction, kind))
    if not np.isnan(velocity):
        return Conduction(velocity, False, "")
    reason = (
        f"with {100 * lamella_fraction:.3g} % of its lamellae a {kind} fibre of "
        f"{fibre_diameter:g} um leaks so much charge between nodes at {temperature:g} degC that "
        "the next node is not brought to threshold"
        if lamella_fraction < 1
        else f"at {temperature:g} degC the sodium current of a {kind} fibre of "
        f"{fibre_diameter:g} um ends before the next node is brought to threshold"
    )
    return Conduction(np.nan, True, reason)


@overload
def conduction_velocity(
    fibre_diameter: float,
    temperature: float = 37.0,
    lamella_fraction: float = 1.0,
    kind: Kind = "peripheral",
) -> float: ...
@overload
def conduction_velocity(
    fibre_diameter: ArrayLike,
    temperature: ArrayLike = 37.0,
    lamella_fraction: ArrayLike = 1.0,
    kind: Kind = "peripheral",
) -> Array | float: ...
def conduction_velocity(
    fibre_diameter: ArrayLike,
    temperature: ArrayLike = 37.0,
    lamella_fraction: ArrayLike = 1.0,
    kind: Kind = "peripheral",
) -> Array | float:
    """Return the velocity of fibres, nan where conduction is blocked (see `conduction` for why).

    Parameters
    ----------
    fibre_diameter : float or array
        Outer diameter of the healthy fibre [um].
    temperature : float or array
        Temperature [degC].
    lamella_fraction : float or array
        Share of the lamellae left, above 0 up to 1.
    kind : {"peripheral", "central"}
        Build of the fibres.

    Returns
    -------
    float or numpy.ndarray
        Velocity [m/s], of the shape that the arguments have together.
    """
    diameter, warmth, fraction = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (fibre_diameter, temperature, lamella_fraction))
    )
    _check(warmth, "temperature", *TEMPERATURES, "degC")
    if not ((fraction > 0) & (fraction <= 1)).all():
        raise InputError(
            "the share of lamellae left is above 0 and at most 1", where="lamella_fraction"
        )
    fibres = [
        fibre(d, kind).thinned(f)
        for d, f in zip(diameter.ravel().tolist(), fraction.ravel().tolist(), strict=True)
    ]
    found = velocities(fibres, warmth.ravel())
    return float(found[0]) if diameter.ndim == 0 else found.reshape(diameter.shape)


def velocities(fibres: Sequence[Fibre], temperature: ArrayLike = 37.0) -> Array:
    """Return the velocity of each fibre, extrapolated to a vanishing time step.

    Parameters
    ----------
    fibres : sequence of Fibre
        Fibres, each the same all along.
    temperature : float or array, shape (n,)
        Temperature of all or of each [degC].

    Returns
    -------
    numpy.ndarray, shape (n,)
        Velocity [m/s], nan where conduction is blocked.
    """
    warmth = np.broadcast_to(np.asarray(temperature, dtype=float), (len(fibres),))
    found = [np.empty(0)]
    for start in range(0, len(fibres), _BATCH):
        some, degrees = fibres[start : start + _BATCH], warmth[start : start + _BATCH]
        found.append(_measured(some, reduced(modes(some)), degrees))
    return np.concatenate(found)


def _measured(fibres: Sequence[Fibre], kept: Modes, warmth: Array) -> Array:
    """Return velocities; near block, where a spike takes long to settle, on a longer cable."""
    delay, wobble = _timed(fibres, kept, warmth, _SHORT)
    again = np.flatnonzero(wobble > _STEADY)
    if len(again):
        some = Modes(*(part[again] for part in vars(kept).values()))
        delay[again], _ = _timed([fibres[i] for i in again.tolist()], some, warmth[again], _LONG)
    return np.array([f.internode for f in fibres]) / delay / 1000.0


def _timed(
    fibres: Sequence[Fibre], kept: Modes, warmth: Array, where: tuple[int, int, int, int]
) -> tuple[Array, Array]:
    """Return the delay of an internode [ms] and how much it still changes along the cable."""
    nodes, start, middle, stop = where
    area = np.array([np.pi * f.node * f.node_length for f in fibres])
    membrane = np.repeat(area[:, None], nodes, axis=1)
    kinds = np.repeat(np.arange(len(fibres))[:, None], nodes - 1, axis=1)
    current = stimulus(fibres)
    degrees, which = np.unique(warmth, return_inverse=True)
    found = []
    for step in STEPS:
        tables = np.stack([gate_table(t, step) for t in degrees.tolist()])
        crossed = spikes(
            tables, which, *coefficients(kept, step), kinds, membrane, membrane, step, 1e9,
            waits(warmth), current, lasts(warmth), stop, np.empty((0, 0)), 1,
        )  # fmt: skip
        found.append(crossed[:, [start, middle, stop]])
    # The error of a step falls with its square.
    halves = np.diff((4 * found[1] - found[0]) / 3, axis=1) / np.diff([start, middle, stop])
    delay = np.where(np.isnan(found[0][:, 2]), np.nan, halves @ np.array([0.5, 0.5]))
    return delay, np.abs(halves[:, 1] / halves[:, 0] - 1)


def stimulus(fibres: Sequence[Fibre]) -> Array:
    """Return a current that starts an action potential [nA], shape (n,)."""
    return np.array([0.2 * f.diameter for f in fibres])


def lasts(temperature: Array) -> Array:
    """Return how long the current has to last for that, longer in slow cold gates [ms]."""
    return np.asarray(0.1 * 3.0 ** (np.maximum(37.0 - temperature, 0.0) / 10.0))


def waits(temperature: Array) -> Array:
    """Return how long to wait for the next node before it is called blocked [ms]."""
    return np.asarray(3.0 * 2.5 ** ((37.0 - temperature) / 10.0))


def _check(values: Array, name: str, low: float, high: float, unit: str) -> None:
    """Refuse values outside of what the membrane was measured for."""
    if not ((values >= low) & (values <= high)).all():
        worst = float(values.ravel()[np.argmax(~((values >= low) & (values <= high)).ravel())])
        raise InputError(
            f"{worst:g} {unit} is outside the model",
            where=name,
            hint=f"give a value from {low:g} to {high:g} {unit}",
        )
