"""Axons: the membrane of a node of Ranvier and the build of a myelinated fibre.

The double-cable axon of McIntyre, Richardson and Grill (J Neurophysiol 2002;87:995-1006): a node
with fast and persistent sodium, slow potassium and leak currents; between nodes a passive axon
under a periaxonal space and a sheath of lamellae, in ten pieces MYSA-FLUT-6 STIN-FLUT-MYSA.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corrin.errors import InputError, unknown

Array = NDArray[np.float64]
Kind = Literal["peripheral", "central"]

#: Voltage at which the axon starts, and reversal of the internodal membrane [mV].
REST = -80.0
#: Reversal of sodium, and of potassium and leak [mV].
SODIUM, POTASSIUM = 50.0, -90.0
#: Densities of fast sodium, persistent sodium, slow potassium and leak [S/cm2].
CHANNELS = (3.0, 0.01, 0.08, 0.007)
#: Temperatures that the rate constants are used for [degC].
TEMPERATURES = (15.0, 45.0)

#: The nine fibres of the published table, columns as in `Fibre` [um, lamellae without unit].
_PUBLISHED = np.array(
    [
        # fibre axon node internode flut lamellae
        [5.7, 3.4, 1.9, 500.0, 35.0, 80.0],
        [7.3, 4.6, 2.4, 750.0, 38.0, 100.0],
        [8.7, 5.8, 2.8, 1000.0, 40.0, 110.0],
        [10.0, 6.9, 3.3, 1150.0, 46.0, 120.0],
        [11.5, 8.1, 3.7, 1250.0, 50.0, 130.0],
        [12.8, 9.2, 4.2, 1350.0, 54.0, 135.0],
        [14.0, 10.4, 4.7, 1400.0, 56.0, 140.0],
        [15.0, 11.5, 5.0, 1450.0, 58.0, 145.0],
        [16.0, 12.7, 5.5, 1500.0, 60.0, 150.0],
    ]
)
#: Central sheath: axon to fibre diameter (Chomiak and Hu 2009), internode to fibre diameter,
#: node to axon diameter, thickness of a lamella [um], share of the internode that is FLUT.
_CENTRAL_G, _CENTRAL_INTERNODE, _CENTRAL_NODE, _LAMELLA, _FLUT = 0.77, 100.0, 0.6, 0.0129, 0.05
#: Diameters that each kind of fibre can be built for [um].
DIAMETERS: dict[str, tuple[float, float]] = {"peripheral": (2.0, 20.0), "central": (0.4, 16.0)}


@dataclass(frozen=True)
class Fibre:
    """A myelinated fibre, the same all along.

    Parameters
    ----------
    diameter : float
        Outer diameter of the healthy fibre [um].
    axon : float
        Diameter of the axon between nodes [um].
    node : float
        Diameter of the node and of the axon under the paranodal loops [um].
    internode : float
        Distance between nodes [um].
    flut : float
        Length of the juxtaparanodal piece [um].
    lamellae : float
        Number of lamellae of the sheath; fractions are meant.
    node_length : float
        Length of the node [um].
    mysa : float
        Length of the paranodal piece [um].
    gap : float
        Width of the periaxonal space under the paranodal loops, relative to health (2 nm);
        swelling between sheath and axon widens it.
    """

    diameter: float
    axon: float
    node: float
    internode: float
    flut: float
    lamellae: float
    node_length: float = 1.0
    mysa: float = 3.0
    gap: float = 1.0

    def thinned(self, fraction: float) -> Fibre:
        """Return the fibre with a `fraction` of its lamellae left; the axon stays as it is."""
        return replace(self, lamellae=self.lamellae * fraction)


def fibre(diameter: float, kind: Kind = "peripheral") -> Fibre:
    """Return the healthy fibre of some outer diameter.

    Peripheral fibres between 5.7 and 16 um interpolate the published table linearly; wider ones
    continue its last step and thinner ones are the thinnest one scaled down.

    Parameters
    ----------
    diameter : float
        Outer diameter [um], 2 to 20 for peripheral and 0.4 to 16 for central fibres.
    kind : {"peripheral", "central"}
        Built as in a nerve, or as in the brain and spinal cord (g-ratio 0.77, internode 100
        diameters, 12.9 nm a lamella).

    Returns
    -------
    Fibre
        Its build.
    """
    if kind not in DIAMETERS:
        raise unknown("kind of fibre", str(kind), DIAMETERS, "kind")
    low, high = DIAMETERS[kind]
    if not low <= diameter <= high:
        raise InputError(
            f"a {kind} fibre of {diameter:g} um cannot be built",
            where="fibre_diameter",
            hint=f"give a diameter from {low:g} to {high:g} um",
        )
    if kind == "central":
        axon = _CENTRAL_G * diameter
        internode = _CENTRAL_INTERNODE * diameter
        return Fibre(
            diameter=diameter,
            axon=axon,
            node=_CENTRAL_NODE * axon,
            internode=internode,
            flut=_FLUT * internode,
            lamellae=(diameter - axon) / (2 * _LAMELLA),
            mysa=min(3.0, 0.03 * internode),
        )
    known = _PUBLISHED[:, 0]
    if diameter < known[0]:
        row = _PUBLISHED[0] * diameter / known[0]
    else:
        left = min(int(np.searchsorted(known, diameter, side="right")) - 1, len(known) - 2)
        share = (diameter - known[left]) / (known[left + 1] - known[left])
        row = (1 - share) * _PUBLISHED[left] + share * _PUBLISHED[left + 1]
    _, axon, node, internode, flut, lamellae = (float(value) for value in row)
    return Fibre(diameter, axon, node, internode, flut, lamellae)


def spacing(diameter: Array, kind: Kind = "peripheral") -> Array:
    """Return the distance between nodes of many healthy fibres, as `fibre` builds them.

    Parameters
    ----------
    diameter : numpy.ndarray
        Outer diameters [um].
    kind : {"peripheral", "central"}
        Build of the fibres.

    Returns
    -------
    numpy.ndarray
        Internode of each [um].
    """
    if kind == "central":
        return _CENTRAL_INTERNODE * diameter
    known, distance = _PUBLISHED[:, 0], _PUBLISHED[:, 3]
    last = (distance[-1] - distance[-2]) / (known[-1] - known[-2])
    within = np.interp(diameter, known, distance)
    beyond = last * np.maximum(diameter - known[-1], 0.0)
    return np.asarray(within * np.minimum(diameter / known[0], 1.0) + beyond)


def rates(voltage: Array, temperature: float) -> tuple[Array, Array]:
    """Return opening and closing rates of the four gates of the node.

    Parameters
    ----------
    voltage : numpy.ndarray, shape (n,)
        Membrane voltage [mV].
    temperature : float
        Temperature [degC]; each gate has the Q10 of the published model (2.2, 2.9, 3.0).

    Returns
    -------
    tuple of numpy.ndarray, each shape (4, n)
        Rates alpha and beta [1/ms] of m and h of fast sodium, p of persistent sodium, s of
        slow potassium.
    """
    v = np.asarray(voltage, dtype=float)
    fast, slow, potassium = (
        2.2 ** ((temperature - 20) / 10),
        2.9 ** ((temperature - 20) / 10),
        3.0 ** ((temperature - 36) / 10),
    )
    alpha = np.stack(
        [
            fast * 1.86 * _linoid(v + 21.4, 10.3),
            slow * 0.062 * _linoid(-(v + 114.0), 11.0),
            fast * 0.01 * _linoid(v + 27.0, 10.2),
            potassium * 0.3 / (1 + np.exp((v + 53.0) / -5.0)),
        ]
    )
    beta = np.stack(
        [
            fast * 0.086 * _linoid(-(v + 25.7), 9.16),
            slow * 2.3 / (1 + np.exp(-(v + 31.8) / 13.4)),
            fast * 0.00025 * _linoid(-(v + 34.0), 10.0),
            potassium * 0.03 / (1 + np.exp((v + 90.0) / -1.0)),
        ]
    )
    return alpha, beta


def _linoid(x: Array, width: float) -> Array:
    """Return x / (1 - exp(-x / width)), which tends to `width` at zero."""
    near = np.abs(x / width) < 1e-6
    safe = np.where(near, 1.0, x)
    return np.where(near, width + x / 2, safe / -np.expm1(-safe / width))
