"""Lesions along a fibre, and what is left of an action potential that runs through them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from corrin.errors import InputError
from corrin.nerve.axon import Array, Fibre
from corrin.nerve.cable import Cable, run
from corrin.nerve.internode import Modes, modes, reduced
from corrin.nerve.velocity import lasts, stimulus, waits

#: Healthy nodes before and after a path, so that a spike enters and leaves as in a long fibre.
BEFORE, AFTER = 12, 8
#: Lamella fractions are rounded to steps of this size in their logarithm.
_GRAIN = 0.01
#: Thinnest sheath that a path can have, as a fraction of its lamellae.
_BARE = 0.002


@dataclass(frozen=True)
class Lesion:
    """What has happened to the internodes and nodes of a fibre.

    Parameters
    ----------
    share : float
        Share of internodes that lost lamellae.
    fraction : float
        Median share of lamellae left in those.
    spread : float
        Standard deviation of the logarithm of ``1 / fraction - 1`` between them.
    remyelinated : float
        Share of internodes that were lost and made anew, short and thin.
    new_fraction, new_internodes : float, int
        Lamellae of those relative to health, and how many stand where one was.
    widened : float
        Membrane of a node beside a damaged internode relative to health; its channels spread.
    channels : float
        Sodium and potassium channels of every node relative to health.
    swelling : float
        Width of the periaxonal space under the paranodal loops relative to health.
    """

    share: float = 0.0
    fraction: float = 0.2
    spread: float = 0.3
    remyelinated: float = 0.0
    new_fraction: float = 0.3
    new_internodes: int = 3
    widened: float = 1.0
    channels: float = 1.0
    swelling: float = 1.0

    def __post_init__(self) -> None:
        for name in ("share", "remyelinated"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError("a share lies between 0 and 1", where=f"lesion {name}")
        if self.share + self.remyelinated > 1:
            raise InputError("more internodes are damaged than there are", where="lesion share")
        for name in ("fraction", "new_fraction"):
            if not _BARE <= getattr(self, name) <= 1:
                raise InputError(
                    f"a lamella fraction lies between {_BARE:g} and 1", where=f"lesion {name}"
                )
        if self.spread < 0 or self.new_internodes < 1:
            raise InputError("a spread is not negative, a count at least 1", where="lesion")
        for name in ("widened", "channels", "swelling"):
            if getattr(self, name) <= 0:
                raise InputError("a factor is above 0", where=f"lesion {name}")


@dataclass(frozen=True)
class Path:
    """A fibre from end to end, padded with healthy nodes.

    Parameters
    ----------
    fibre : Fibre
        The healthy fibre.
    cable : Cable
        Its nodes and internodes, lesions included.
    position : numpy.ndarray, shape (nodes,)
        Place of each node; 0 where the path proper begins [mm].
    internodes : int
        Internodes of the path proper.
    """

    fibre: Fibre
    cable: Cable
    position: Array
    internodes: int


@dataclass(frozen=True)
class Travel:
    """How an action potential went along a path.

    Parameters
    ----------
    time : float
        Time from the first to the last node of the path proper [ms], nan if blocked.
    reached : float
        How far it came [mm].
    crossed : numpy.ndarray, shape (nodes,)
        Time at every node, padding included [ms], nan where it never came.
    """

    time: float
    reached: float
    crossed: Array

    @property
    def blocked(self) -> bool:
        """Whether it died out on the way."""
        return bool(np.isnan(self.time))


def lay(fibre: Fibre, length: float, lesion: Lesion, seed: int | np.random.Generator) -> Path:
    """Lay a fibre with lesions at random places.

    The same seed gives the same places, whatever the fraction of lamellae left: compare lesions
    with a common seed.

    Parameters
    ----------
    fibre : Fibre
        The healthy fibre.
    length : float
        Length of the path [mm].
    lesion : Lesion
        What happened to it.
    seed : int or numpy.random.Generator
        Where the places come from.

    Returns
    -------
    Path
        The fibre from end to end.
    """
    count = max(1, round(length * 1000 / fibre.internode))
    rng = np.random.default_rng(seed)
    place, size = rng.random(count), rng.standard_normal(count)
    thin = place < lesion.share
    anew = place > 1 - lesion.remyelinated
    thinness = (1 / lesion.fraction - 1) * np.exp(-lesion.spread * size)
    fraction = np.maximum(1 / (1 + thinness), _BARE)
    grains = np.where(thin, np.minimum(np.round(np.log(fraction) / _GRAIN), -1), 0).astype(int)
    return path(fibre, grains, anew, lesion)


def path(fibre: Fibre, grains: np.ndarray, anew: np.ndarray, lesion: Lesion) -> Path:
    """Join given internodes to a padded path.

    Parameters
    ----------
    fibre : Fibre
        The healthy fibre.
    grains : numpy.ndarray of int, shape (internodes,)
        Logarithm of the lamella fraction of each, in hundredths.
    anew : numpy.ndarray of bool, shape (internodes,)
        Which internodes were made anew, short and thin.
    lesion : Lesion
        Build of those, and what befell the nodes.

    Returns
    -------
    Path
        The fibre from end to end.
    """
    pieces = lesion.new_internodes
    codes = np.repeat(np.where(anew, 1, grains), np.where(anew, pieces, 1))
    codes = np.concatenate([np.zeros(BEFORE, int), codes, np.zeros(AFTER, int)])
    known, kinds = np.unique(codes, return_inverse=True)
    parts, lengths = _parts(
        fibre, tuple(known.tolist()), lesion.swelling, pieces, lesion.new_fraction
    )
    hurt = codes != 0
    beside = np.concatenate([hurt, [False]]) | np.concatenate([[False], hurt])
    channels = np.full(len(codes) + 1, np.pi * fibre.node * fibre.node_length)
    membrane = np.where(beside, lesion.widened, 1.0) * channels
    channels[BEFORE : len(channels) - AFTER] *= lesion.channels
    position = np.concatenate([[0.0], np.cumsum(lengths[kinds])]) / 1000.0
    return Path(fibre, Cable(parts, kinds, membrane, channels), position - position[BEFORE],
                len(codes) - BEFORE - AFTER)  # fmt: skip


def travel(path: Path, temperature: float = 37.0, step: float = 0.005) -> Travel:
    """Send an action potential along a path.

    Parameters
    ----------
    path : Path
        The fibre from end to end.
    temperature : float
        Temperature [degC].
    step : float
        Time step [ms]; what it costs a healthy internode is taken off, which leaves less than
        0.1 %.

    Returns
    -------
    Travel
        When it arrived, or how far it came.
    """
    nodes = len(path.cable.membrane)
    crossed = run(
        path.cable, temperature, step,
        until=1e9, patience=float(waits(np.array(temperature))),
        current=float(stimulus([path.fibre])[0]), duration=float(lasts(np.array(temperature))),
        last=nodes - 1 - AFTER,
    )  # fmt: skip
    proper = slice(BEFORE, nodes - AFTER)
    came = np.isfinite(crossed[proper])
    reached = float(path.position[proper][came][-1]) if came.any() else 0.0
    time = crossed[nodes - 1 - AFTER] - crossed[BEFORE]
    return Travel(
        float(time - path.internodes * excess(path.fibre, temperature, step)), reached, crossed
    )


@lru_cache(maxsize=1024)
def excess(fibre: Fibre, temperature: float, step: float) -> float:
    """Return how much too long a step makes the delay of a healthy internode [ms]."""
    kept = reduced(modes([fibre]))
    nodes = 29
    area = np.full(nodes, np.pi * fibre.node * fibre.node_length)
    cable = Cable(kept, np.zeros(nodes - 1, int), area, area)
    delays = []
    for size in (step, step / 2):
        crossed = run(
            cable, temperature, size, until=1e9, patience=50.0,
            current=float(stimulus([fibre])[0]), duration=float(lasts(np.array(temperature))),
            last=21,
        )  # fmt: skip
        delays.append((crossed[21] - crossed[11]) / 10)
    return float(4 / 3 * (delays[0] - delays[1]))


@lru_cache(maxsize=256)
def _parts(
    fibre: Fibre, codes: tuple[int, ...], swelling: float, pieces: int, new_fraction: float
) -> tuple[Modes, Array]:
    """Return modes and lengths [um] of the internodes that the codes stand for."""
    kinds = []
    for code in codes:
        if code > 0:
            short = fibre.internode / pieces
            flut = min(fibre.flut, short / 6)
            kinds.append(replace(fibre, internode=short, flut=flut).thinned(new_fraction))
        else:
            kinds.append(fibre.thinned(float(np.exp(_GRAIN * code))))
        if code != 0:
            kinds[-1] = replace(kinds[-1], gap=swelling)
    return reduced(modes(kinds)), np.array([kind.internode for kind in kinds])
