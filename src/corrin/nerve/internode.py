"""Internodes: the exact passive two-port between two nodes.

The periaxonal potential is zero at a node, so an internode sees only the voltages of the two
nodes beside it. Twenty coupled states split by the mirror symmetry into ten even and ten odd
ones; along their own modes each is a conductance in series with a capacitance. A step with
voltages that run straight in time is exact, and costs one multiplication a mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corrin.nerve.axon import Array, Fibre

#: Resistivity of axoplasm and periaxonal fluid [Ohm um].
_RESISTIVITY = 0.7e6
#: Capacitance of the axon membrane and of one membrane of a lamella [nF/um2].
_AXOLEMMA, _LAMELLA_CAPACITY = 2e-5, 0.1e-5
#: Conductance of paranodal, of other internodal membrane, of one membrane of a lamella [uS/um2].
_PARANODE, _INTERNODE, _LAMELLA_CONDUCTANCE = 0.001e-2, 0.0001e-2, 0.001e-2
#: Width of the periaxonal space under the paranodal loops and elsewhere [um].
_NARROW, _WIDE = 0.002, 0.004


@dataclass(frozen=True)
class Modes:
    """Even and odd modes of some internodes.

    Parameters
    ----------
    direct : numpy.ndarray, shape (n, 2)
        Conductance that remains for a steady voltage [uS].
    conductance : numpy.ndarray, shape (n, 2, modes)
        Conductance of each mode [uS].
    rate : numpy.ndarray, shape (n, 2, modes)
        Rate at which it is charged [1/ms].
    capacity : numpy.ndarray, shape (n, 2)
        Capacitance that stands for modes too quick to follow [nF].
    """

    direct: Array
    conductance: Array
    rate: Array
    capacity: Array


def modes(fibres: Sequence[Fibre]) -> Modes:
    """Return all modes of the internodes of some fibres.

    Parameters
    ----------
    fibres : sequence of Fibre
        One internode of each.

    Returns
    -------
    Modes
        Ten even and ten odd modes each, slow to quick.
    """
    build = np.array(
        [
            [f.diameter, f.axon, f.node, f.internode, f.flut, f.lamellae, f.node_length, f.mysa]
            + [f.gap]
            for f in fibres
        ]
    ).T
    outer, axon, node, distance, flut, lamellae, node_length, mysa, gap = build
    stin = (distance - node_length - 2 * mysa - 2 * flut) / 6
    # One half of the internode, from the node inwards: MYSA, FLUT and three pieces of STIN.
    length = np.stack([mysa, flut, stin, stin, stin], axis=1)
    width = np.stack([node, axon, axon, axon, axon], axis=1)
    space = np.stack([_NARROW * gap] + 4 * [np.full_like(gap, _WIDE)], axis=1)
    inside = 1e6 * np.pi * width**2 / (4 * _RESISTIVITY)
    outside = 1e6 * np.pi * ((width / 2 + space) ** 2 - (width / 2) ** 2) / _RESISTIVITY
    area, sheath = np.pi * width * length, np.pi * outer[:, None] * length
    membranes = 2 * lamellae[:, None]
    leak = np.array([_PARANODE] + 4 * [_INTERNODE]) * area
    capacities = np.concatenate([_AXOLEMMA * area, _LAMELLA_CAPACITY * sheath / membranes], axis=1)

    # Half a node lies between its centre and the first piece, inside and outside the axon.
    inner_end = _series(1e6 * np.pi * node**2 / (4 * _RESISTIVITY), node_length, inside, length)
    annulus = 1e6 * np.pi * ((node / 2 + _NARROW) ** 2 - (node / 2) ** 2) / _RESISTIVITY
    outer_end = _series(annulus, node_length, outside, length)
    count = len(fibres)
    matrix = np.zeros((count, 2, 10, 10))
    sites = np.arange(5)
    matrix[:, :, sites, sites] = leak[:, None]
    matrix[:, :, 5 + sites, 5 + sites] = (_LAMELLA_CONDUCTANCE * sheath / membranes)[:, None]
    for j in range(5):
        # States are membrane voltage (0-4) and periaxonal voltage (5-9); their sum is inside.
        for ends, current in ((inner_end, (j, 5 + j)), (outer_end, (5 + j,))):
            here = np.zeros(10)
            here[list(current)] = 1
            if j == 0:
                matrix += ends[:, 0, None, None, None] * np.outer(here, here)
            if j < 4:
                step = here - np.roll(here, 1)
                matrix += ends[:, j + 1, None, None, None] * np.outer(step, step)
            else:  # the middle of the internode stays at zero in odd modes, carries nothing in even
                matrix[:, 1] += 2 * ends[:, 5, None, None] * np.outer(here, here)
    root = 1 / np.sqrt(capacities)
    rate, vectors = np.linalg.eigh(matrix * root[:, None, :, None] * root[:, None, None, :])
    drive = np.zeros((count, 10))
    drive[:, [0, 5]] = inner_end[:, :1] * root[:, [0, 5]]
    weight = np.einsum("ni,npik->npk", drive, vectors)
    conductance = weight**2 / rate
    direct = inner_end[:, :1] - conductance.sum(axis=2)
    return Modes(direct, conductance, rate, np.zeros((count, 2)))


def _series(first: Array, first_length: Array, per_length: Array, length: Array) -> Array:
    """Return conductances between neighbours of one half, from the node to the mirror [uS]."""
    halves = np.concatenate([(first_length / 2 / first)[:, None], length / 2 / per_length], axis=1)
    links = 1 / (halves[:, :-1] + halves[:, 1:])
    return np.concatenate([links, (per_length / length)[:, -1:]], axis=1)


#: Third slowest even mode [1/ms] above which the slowest modes matter one by one.
_LIVELY = 5.0


def reduced(full: Modes) -> Modes:
    """Return the modes that a signal can tell apart, four on each side.

    The three slowest, which a spike hardly charges, become one that starts like them all; three
    are kept; the four quickest follow any spike and act as capacitances. In the thinnest fibres
    (below 1 um) the slow modes are no longer slow: there only the second and third are merged,
    and one more is a capacitance.

    Parameters
    ----------
    full : Modes
        All modes.

    Returns
    -------
    Modes
        Four modes on each side.
    """
    ordinary, thin = _grouped(full, 0, 3, 6), _grouped(full, 1, 3, 5)
    lively = full.rate[:, 0, 2] > _LIVELY
    return Modes(
        *(
            np.where(lively.reshape(-1, *[1] * (a.ndim - 1)), a, b)
            for a, b in zip(vars(thin).values(), vars(ordinary).values(), strict=True)
        )
    )


def _grouped(full: Modes, first: int, last: int, quick: int) -> Modes:
    """Merge the modes from `first` to before `last`; those from `quick` on are capacitances."""
    part = full.conductance[..., first:last]
    merged = part.sum(axis=2, keepdims=True)
    start = (part * full.rate[..., first:last]).sum(axis=2, keepdims=True) / merged
    stored = (full.conductance[..., quick:] / full.rate[..., quick:]).sum(axis=2)

    def kept(values: Array, middle: Array) -> Array:
        return np.concatenate([values[..., :first], middle, values[..., last:quick]], axis=2)

    return Modes(
        full.direct, kept(full.conductance, merged), kept(full.rate, start), full.capacity + stored
    )
