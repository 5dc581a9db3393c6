"""Many damaged fibres over a path: who conducts, how late, how scattered.

The solver runs one fibre at a time. For whole nerves the table stands for it, with formulas for
lesions at random places that were fitted to runs of the solver: delay and scatter by moments,
block as a hazard per internode. `corrin.nerve.lesions` is the full calculation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from corrin.errors import InputError
from corrin.nerve.axon import Array, Kind, spacing
from corrin.nerve.lesions import Lesion
from corrin.nerve.table import RUNS, THINNEST, at_temperature

#: Second and third order of the delay of thinned neighbours, and of its scatter.
_ORDERS, _SCATTER = (0.07, 0.033), (0.14, 0.1)
#: Delay that swelling adds to an internode, per healthy delay: factor and power of log2(gap).
_SWELLING = (0.204, 0.8)
#: Fibres of one nerve differ in how hard they are hit: nodes and weights of a normal variable.
_HIT, _HIT_WEIGHT = np.polynomial.hermite_e.hermegauss(5)
DEGREES = len(_HIT)
_LENGTHS = np.array(RUNS, float)
_ROOTS = np.sqrt(_LENGTHS)
#: Standard deviation of the logarithm of that, as a share of the spread between internodes.
_BETWEEN = 0.7
#: What an internode made anew as three short thin ones adds per healthy delay where few are, and
#: how much less where all are: transitions from long to short cost most. Solver, within 4 %.
_REMADE = (0.98, 0.26)
#: Lamellae left where a sheath of brain or cord is destroyed: about the thinnest that conducts, as
#: channels do not spread here. Bare central axons do conduct (Felts 1997).
_DESTROYED = 0.1


@dataclass(frozen=True)
class Tract:
    """State of one tract, as plain numbers.

    Parameters
    ----------
    myelin : float
        Mean share of myelin left, above 0 to 1.
    spread : float
        Standard deviation of the logarithm of ``1 / fraction - 1`` of damaged internodes.
    axons_large, axons_small : float
        Share of large and of small axons left.
    swelling : float
        Swelling of the sheath, 0 to 1; in brain and cord the paranodal gap is five times as wide
        at 1, in nerve it changes nothing.
    remade : float
        Share of sheaths that were lost and made anew: short and thin, they conduct for sure but
        slowly.
    central : bool
        Whether the tract lies in brain or cord.
    """

    myelin: float = 1.0
    spread: float = 0.5
    axons_large: float = 1.0
    axons_small: float = 1.0
    swelling: float = 0.0
    remade: float = 0.0
    central: bool = False

    def __post_init__(self) -> None:
        for name in ("myelin", "axons_large", "axons_small", "swelling", "remade"):
            value = getattr(self, name)
            if not -1e-6 <= value <= 1 + 1e-6:
                raise InputError(f"{value:g} is not a share from 0 to 1", where=f"tract {name}")
        if not 0 <= self.spread <= 2:
            raise InputError("a spread lies between 0 and 2", where="tract spread")

    def lesion(self) -> Lesion:
        """Return the lesion that leaves this much myelin.

        In brain and cord single sheaths split, swell and are destroyed (Agamanolis 1978): myelin
        lost is the share of internodes hit, each down to a tenth of its lamellae. In nerve, where
        sheaths are mended all the time, loss is shared evenly between how many internodes are hit
        and how much each loses; oedema between lamellae leaves nodes and velocity as they were
        (Maxwell and Le Quesne 1979). Sheaths made anew are among those that are not hit.
        """
        lost = float(np.clip(1 - self.myelin, 0.0, 1.0))
        if not self.central:
            part = float(np.sqrt(lost))
            return Lesion(
                share=part,
                fraction=max(1 - part, THINNEST),
                spread=self.spread,
                remyelinated=self._anew(part),
            )
        share = min(lost / (1 - _DESTROYED), 1.0)
        return Lesion(
            share=share,
            fraction=_DESTROYED if share < 1 else max(1 - lost, THINNEST),
            spread=self.spread,
            remyelinated=self._anew(share),
            swelling=1 + 4 * float(np.clip(self.swelling, 0.0, 1.0)),
        )

    def _anew(self, share: float) -> float:
        """Return the share of internodes made anew where a `share` is thin."""
        return float(np.clip(self.remade, 0.0, 1.0 - share))


@dataclass(frozen=True)
class Stretch:
    """A piece of a path in one tract.

    Parameters
    ----------
    length : float
        Length [mm].
    temperature : float
        Temperature [degC].
    lesion : Lesion
        What happened to its internodes.
    kind : {"peripheral", "central"}
        Build of its fibres.
    """

    length: float
    temperature: float
    lesion: Lesion = Lesion()
    kind: Kind = "peripheral"


@dataclass(frozen=True)
class Arrivals:
    """Spikes of a bundle at the end of a path, as groups of like fibres.

    Parameters
    ----------
    time : numpy.ndarray, shape (groups,)
        Mean time of arrival of each group [ms].
    scatter : numpy.ndarray, shape (groups,)
        Standard deviation within the group [ms].
    weight : numpy.ndarray, shape (groups,)
        Fibres that arrive; the intact bundle has 1 in all.
    diameter : numpy.ndarray, shape (groups,)
        Outer diameter of the fibres [um].
    """

    time: Array
    scatter: Array
    weight: Array
    diameter: Array

    def later(self, delay: float) -> Arrivals:
        """Return the same spikes, all later by a `delay` [ms]."""
        return replace(self, time=self.time + delay)


def arrivals(
    diameter: Array, weight: Array, path: Sequence[Stretch], before: Arrivals | None = None
) -> Arrivals:
    """Return when and how many fibres of a bundle arrive at the end of a path.

    Parameters
    ----------
    diameter, weight : numpy.ndarray, shape (n,)
        Outer diameters [um] and number of fibres of each, relative to the intact bundle.
    path : sequence of Stretch
        Pieces of the path, one after the other.
    before : Arrivals, optional
        Arrivals of the same fibres, of other diameters, at the beginning of this path; their
        weights count instead of `weight`.

    Returns
    -------
    Arrivals
        Groups: each diameter at five degrees of damage.
    """
    shape = (len(diameter), len(_HIT))
    time, variance = np.zeros(shape), np.zeros(shape)
    survival = np.ones(shape)
    for piece in path:
        count, healthy = internodes(diameter, piece)
        mean, scatter, hazard = _hurt(piece.kind, _key(diameter), piece.temperature, piece.lesion)
        count, healthy = count[:, None], healthy[:, None]
        time += count * healthy * (1 + mean)
        variance += count * (healthy * scatter) ** 2
        survival *= np.exp(-count * hazard)
    started = weight[:, None] * _HIT_WEIGHT / _HIT_WEIGHT.sum()
    if before is not None:
        time += before.time.reshape(shape)
        variance += before.scatter.reshape(shape) ** 2
        started = before.weight.reshape(shape)
    return Arrivals(
        time.ravel(),
        np.sqrt(variance).ravel(),
        (started * survival).ravel(),
        np.repeat(diameter, len(_HIT)),
    )


def internodes(diameter: Array, piece: Stretch) -> tuple[Array, Array]:
    """Return number of internodes of a stretch and healthy delay of one [ms], each shape (n,)."""
    distance, delay, _, _ = _fibres(piece.kind, _key(diameter), piece.temperature)
    return piece.length / distance, delay


def _key(diameter: Array) -> tuple[float, ...]:
    return tuple(np.ravel(diameter).tolist())


@lru_cache(maxsize=256)
def _hurt(
    kind: Kind, diameter: tuple[float, ...], temperature: float, lesion: Lesion
) -> tuple[Array, Array, Array]:
    """Return `per_internode` of fibres at five degrees of damage: the length does not matter."""
    piece = Stretch(0.0, temperature, lesion, kind)
    return per_internode(np.array(diameter)[:, None], piece, _HIT[None, :])


@lru_cache(maxsize=8192)
def _fibres(
    kind: Kind, diameter: tuple[float, ...], temperature: float
) -> tuple[Array, Array, Array, Array]:
    """Return what the table knows of some fibres.

    Distance of nodes [mm], healthy delay of an internode [ms], what a thinned one adds, logarithm
    of ``1 / fraction - 1`` at which runs of them block.
    """
    d = np.array(diameter)
    distance = spacing(d, kind) / 1000
    velocity, delay, runs = at_temperature(kind, d, temperature)
    return distance, distance / velocity, delay, np.log(runs - 1)


def per_internode(
    diameter: Array, piece: Stretch, hit: Array | float = 0.0
) -> tuple[Array, Array, Array]:
    """Return mean extra delay, its scatter and the hazard of block, per internode.

    Parameters
    ----------
    diameter : numpy.ndarray
        Outer diameter [um].
    piece : Stretch
        Where, and with what lesion.
    hit : numpy.ndarray or float
        How hard the fibre is hit, in standard deviations between fibres.

    Returns
    -------
    tuple of numpy.ndarray
        Extra delay and its standard deviation in units of the healthy delay, and the probability
        that a spike dies in an internode.
    """
    lesion, shape = piece.lesion, np.shape(diameter)
    _, _, delay, limits = _fibres(piece.kind, _key(diameter), piece.temperature)
    delay, limits = delay.reshape(shape), limits.reshape(*shape, -1)
    sigma = lesion.spread
    with np.errstate(divide="ignore"):
        log_z = np.log(1 / lesion.fraction - 1) - _BETWEEN * sigma * np.asarray(hit, dtype=float)
    mean_z, square_z = np.exp(log_z + sigma**2 / 2), np.exp(2 * log_z + 2 * sigma**2)
    p = lesion.share
    e = delay * p * mean_z
    variance = delay**2 * np.maximum(p * square_z - (p * mean_z) ** 2, 0.0)
    anew = lesion.remyelinated
    added = _REMADE[0] - _REMADE[1] * anew
    variance = variance + added**2 * anew * (1 - anew)
    mean = added * anew + e + _ORDERS[0] * e**2 + _ORDERS[1] * e**3
    scatter = np.sqrt(variance) * (1 + _SCATTER[0] * e + _SCATTER[1] * e**2)
    mean = mean + _SWELLING[0] * np.log2(lesion.swelling) ** _SWELLING[1]
    hazard: Array = np.zeros(np.shape(e))
    if p > 0:
        margin = (limits - log_z[..., None]) / max(sigma, 1e-3)
        hazard = ndtr(-margin * _ROOTS) @ p**_LENGTHS
    return mean, scatter, hazard


@dataclass(frozen=True)
class Transmission:
    """What a tract still passes on.

    Parameters
    ----------
    velocity : float
        Mean velocity of the fibres that conduct [m/s], nan if none does.
    scatter : float
        Standard deviation of their times of arrival [ms].
    conducting : float
        Share of the healthy number of fibres whose spikes arrive.
    """

    velocity: float
    scatter: float
    conducting: float


def transmission(
    tract: Tract,
    length: float,
    diameter: float = 10.0,
    temperature: float = 37.0,
    kind: Kind = "peripheral",
) -> Transmission:
    """Return what a tract of like fibres passes on; quick enough for every time of a run.

    Parameters
    ----------
    tract : Tract
        State of the tract.
    length : float
        Length of the path [mm].
    diameter : float
        Outer diameter of its large fibres [um].
    temperature : float
        Temperature [degC].
    kind : {"peripheral", "central"}
        Build of its fibres.

    Returns
    -------
    Transmission
        Velocity, scatter and share of fibres that conduct.
    """
    piece = Stretch(length, temperature, tract.lesion(), kind)
    spikes = arrivals(np.array([diameter]), np.array([tract.axons_large]), [piece])
    share = float(spikes.weight.sum())
    if share < 1e-6:
        return Transmission(np.nan, np.nan, 0.0)
    part = spikes.weight / share
    mean = float((part * spikes.time).sum())
    variance = float((part * (spikes.scatter**2 + (spikes.time - mean) ** 2)).sum())
    return Transmission(length / mean, float(np.sqrt(variance)), share)
