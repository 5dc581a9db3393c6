"""What a tract still delivers: the share of its volley that arrives together.

A receiver sums what arrives within a short window, so that a tract fails by spikes that die on
the way and by spikes that come too late. `signal` asks the table of the solver
(`corrin.nerve.pathway`); `numbers` puts the answer into four numbers per tract, which the
person-level model reads at every time of a run. ``python -m corrin.evidence.conduction`` makes
them anew and writes them beside the modules; a test compares the stored ones with `signal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.optimize import least_squares

from corrin.errors import unknown
from corrin.nerve.axon import Array, Kind
from corrin.nerve.fibres import Body, Subject, constants
from corrin.nerve.pathway import Arrivals, Stretch, Tract, arrivals

#: Powers of the two steps by which a signal fades with its myelin: late spikes, and lost ones.
LATE, LOST = 3, 6
#: Shares of myelin and degrees of swelling at which solver and stored numbers are compared.
MYELIN = np.concatenate([np.linspace(0.02, 0.2, 19), np.linspace(0.225, 1.0, 32)])
SWELLING = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
#: Rows of ``tract.csv`` that come from the solver.
NAMES = ("late_share", "late_half", "block_half", "swelling_block")


@dataclass(frozen=True)
class Way:
    """The path that stands for a tract.

    Attributes
    ----------
    bundle : str
        Fibres, as ``data/studies.csv`` names them.
    length : tuple of str
        Rows of that table whose sum is its length.
    warmth : str
        Row of that table with its temperature.
    kind : {"peripheral", "central"}
        Build of the fibres; long tracts of the cord are built like thick fibres of nerve.
    central : bool
        Whether its myelin is that of brain and cord.
    """

    bundle: str
    length: tuple[str, ...]
    warmth: str
    kind: Kind
    central: bool


WAYS = {
    "sensory_foot": Way("sep_leg", ("sep_leg.to_n22",), "skin.leg", "peripheral", False),
    "sensory_hand": Way("sep_arm", ("sep_arm.to_n13",), "skin.proximal", "peripheral", False),
    "motor_leg": Way(
        "peroneal", ("peroneal.distal", "peroneal.segment", "peroneal.proximal"), "skin.leg",
        "peripheral", False,
    ),
    "dorsal_columns": Way("columns", ("columns.leg",), "skin.core", "peripheral", True),
    "corticospinal": Way("pyramidal", ("pyramidal.leg",), "skin.core", "peripheral", True),
    "optic": Way("visual.nerve", ("visual.nerve_length",), "skin.core", "central", True),
    "white_matter": Way(
        "visual.radiation", ("visual.radiation_length",), "skin.core", "central", True
    ),
}  # fmt: skip


def signal(tract: str, myelin: float, swelling: float = 0.0, remade: float = 0.0) -> float:
    """Return the volley that a tract with all its axons delivers, relative to health.

    Parameters
    ----------
    tract : str
        One of `WAYS`.
    myelin : float
        Share of myelin left.
    swelling : float
        Swelling of the sheaths, 0 to 1.
    remade : float
        Share of sheaths made anew, which the stored numbers leave out.

    Returns
    -------
    float
        Height of the volley after a receiver has summed it over its window; 1 in health.
    """
    if tract not in WAYS:
        raise unknown("tract", tract, WAYS, "tract")
    state = Tract(myelin=myelin, swelling=swelling, remade=remade, central=WAYS[tract].central)
    return _height(_volley(tract, state)) / _whole(tract)


def _volley(tract: str, state: Tract) -> Arrivals:
    """Return when the fibres of the average person arrive at the end of a tract."""
    way, known, body = WAYS[tract], constants(), Body(Subject())
    narrow = way.bundle.startswith("visual")
    fibres = body.narrow if narrow else body.bundle
    diameter, weight = fibres(way.bundle, "brain")
    length = sum(known[part] for part in way.length)
    return arrivals(
        diameter, weight, [Stretch(length, known[way.warmth], state.lesion(), way.kind)]
    )


@lru_cache(maxsize=len(WAYS))
def _whole(tract: str) -> float:
    return _height(_volley(tract, replace(Tract(), central=WAYS[tract].central)))


def _height(spikes: Arrivals) -> float:
    """Return the highest sum of spikes, each blurred by the window of the receiver."""
    window = constants()["relay.window"]
    alive = spikes.weight > 1e-12
    if not alive.any():
        return 0.0
    at, weight = spikes.time[alive], spikes.weight[alive]
    width = np.hypot(window, spikes.scatter[alive])
    time = np.linspace(at.min() - window, at.max() + window, 400)[:, None]
    each = weight * window / width * np.exp(-0.5 * ((time - at) / width) ** 2)
    return float(each.sum(axis=1).max())


def stored(numbers: Sequence[float] | Array, myelin: Array, swelling: Array | float = 0.0) -> Array:
    """Return the signal as the person-level model computes it from the numbers of a tract.

    Parameters
    ----------
    numbers : sequence of float
        Values of `NAMES`: share of the signal that late spikes can take, myelin at which half of
        that is gone, myelin at which half of the rest is gone, and what full swelling takes.
    myelin, swelling : numpy.ndarray
        State of the tract.
    """
    share, late, block, swollen = numbers
    kept = share * _step(myelin, late, LATE) + (1 - share) * _step(myelin, block, LOST)
    return np.asarray(kept * (1 - swollen * np.asarray(swelling)))


def _step(myelin: Array, half: float, power: int) -> Array:
    return (1 + half**power) * myelin**power / (myelin**power + half**power)


def numbers(tract: str) -> tuple[tuple[float, ...], float]:
    """Fit the numbers of a tract to the solver.

    Parameters
    ----------
    tract : str
        One of `WAYS`.

    Returns
    -------
    tuple
        Values of `NAMES`, and the largest error of the signal at `MYELIN` and `SWELLING`.
    """
    found = np.array([[signal(tract, m, s) for m in MYELIN] for s in SWELLING])
    myelin, swelling = np.meshgrid(MYELIN, SWELLING)

    def error(raw: Array) -> Array:
        inside = 1 / (1 + np.exp(-raw))
        return np.ravel(stored(inside, myelin, swelling) - found)

    start = np.log(np.array([0.5, 0.4, 0.1, 0.1]) / np.array([0.5, 0.6, 0.9, 0.9]))
    solution = least_squares(error, start)
    fitted = tuple(round(float(v), 4) for v in 1 / (1 + np.exp(-solution.x)))
    return fitted, float(np.abs(stored(fitted, myelin, swelling) - found).max())
