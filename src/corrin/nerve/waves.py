"""Waves: from spikes that arrive to the potential a laboratory records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import next_fast_len
from scipy.special import ndtr

from corrin.nerve.axon import Array
from corrin.nerve.fibres import constants
from corrin.nerve.pathway import DEGREES, Arrivals

#: Time step of recordings [ms].
STEP = 0.05
#: Scatter within a bin of diameters, as a share of the distance between bins.
_WITHIN = 0.6


@dataclass(frozen=True)
class Trace:
    """A recording.

    Parameters
    ----------
    name, unit : str
        What was recorded, and the unit of its values.
    time, value : numpy.ndarray, shape (n,)
        Time [ms] and value; upward is what the laboratory calls the response.
    marks : dict of str to float
        Named moments on it [ms].
    """

    name: str
    unit: str
    time: Array
    value: Array
    marks: dict[str, float]


def clock(until: float) -> Array:
    """Return the times of a recording, from 0 in steps of `STEP` [ms]."""
    return np.arange(0.0, until, STEP)


def density(spikes: Arrivals, time: Array) -> Array:
    """Return how many spikes arrive per ms, shape of `time`."""
    live = spikes.weight > 1e-6
    rate = np.zeros(len(time))
    if not live.any():
        return rate
    # A diameter stands for those half way to its neighbours, which arrive a little apart.
    grid = spikes.time.reshape(-1, DEGREES)
    between = _between(grid).ravel() if len(grid) > 1 else 0.0
    scatter = np.sqrt(spikes.scatter**2 + (_WITHIN * between) ** 2)
    when, weight = spikes.time[live, None], spikes.weight[live, None]
    spread = np.maximum(scatter[live, None], STEP)
    first = max(int(((when - 5 * spread).min() - time[0]) / STEP), 0)
    last = int(((when + 5 * spread).max() - time[0]) / STEP) + 2
    bell = time[first:last] - when
    bell /= spread
    bell *= bell
    bell *= -0.5
    np.exp(bell, out=bell)
    rate[first:last] = (weight / spread).ravel() @ bell / np.sqrt(2 * np.pi)
    return rate


def _between(grid: Array) -> Array:
    """Return how far apart neighbours are, half way to both sides, along the first axis."""
    found = np.empty_like(grid)
    found[0], found[-1] = grid[1] - grid[0], grid[-1] - grid[-2]
    found[1:-1] = (grid[2:] - grid[:-2]) / 2
    return np.abs(found, out=found)


def spread_out(rate: Array, shape: Array) -> Array:
    """Return a rate convolved with the response to one spike that starts at its first value."""
    size = next_fast_len(len(rate) + len(shape) - 1, real=True)
    both = np.fft.rfft(rate, size) * np.fft.rfft(shape, size)
    return np.asarray(np.fft.irfft(both, size)[: len(rate)] * STEP)


def sensory_unit() -> tuple[Array, float]:
    """Return a fibre's potential at the skin, triphasic, and the time of its peak [ms]."""
    t = np.arange(-1.5, 1.5, STEP)
    # The second derivative of a bell: a travelling source seen from the side.
    z = t / 0.28
    return (1 - z**2) * np.exp(-(z**2) / 2), 1.5


def motor_unit() -> Array:
    """Return a motor unit's potential, a negative phase of about 6 ms and a shallow tail."""
    t = np.arange(0.0, 16.0, STEP)
    return np.asarray(t / 2.2 * np.exp(1 - t / 2.2) * np.cos(np.pi * t / 12.0))


def excitatory(rise: float) -> Array:
    """Return an excitatory potential, an alpha function with peak 1 at `rise` [ms]."""
    t = np.arange(0.0, 12 * rise, STEP)
    return np.asarray(t / rise * np.exp(1 - t / rise))


def relay(rate: Array, full: float | None, rise: float) -> tuple[Array, float]:
    """Return when relay cells fire that sum the spikes which arrive.

    Each cell fires once, when its potential first crosses its own threshold (``relay.*`` of
    ``studies.csv``). A weak or scattered volley therefore fires fewer cells, later.

    Parameters
    ----------
    rate : numpy.ndarray, shape (n,)
        Spikes that arrive per ms.
    full : float or None
        Peak of the potential in the healthy average person; None makes this the one.
    rise : float
        Time constant of the excitatory potential [ms].

    Returns
    -------
    tuple of numpy.ndarray and float
        Cells that fire per ms, all of them being 1, and the peak of the potential.
    """
    known = constants()
    threshold, spread = known["relay.threshold"], known["relay.spread"]
    potential = np.maximum.accumulate(spread_out(rate, excitatory(rise)))
    top = float(potential[-1])
    fired = ndtr((potential / (top if full is None else full) - threshold) / spread)
    silent = ndtr(-threshold / spread)
    cells = np.maximum(fired - silent, 0.0) / (1 - silent)
    return np.asarray(np.diff(cells, prepend=0.0) / STEP), top


def delayed(value: Array, delay: float) -> Array:
    """Return a recording later by a `delay` [ms], rounded to the step."""
    steps = round(delay / STEP)
    return np.concatenate([np.zeros(steps), value[: len(value) - steps]])


def peak(time: Array, value: Array) -> tuple[float, float]:
    """Return time [ms] and height of the highest point, by a parabola through three values."""
    i = int(np.clip(np.argmax(value), 1, len(value) - 2))
    left, top, right = value[i - 1 : i + 2]
    bend = left - 2 * top + right
    shift = 0.5 * (left - right) / bend if bend else 0.0
    return float(time[i] + shift * STEP), float(top - 0.25 * (left - right) * shift)


def onset(time: Array, value: Array, share: float) -> float:
    """Return when a response first reaches a share of its peak [ms]."""
    top = int(np.argmax(value))
    level = share * value[top]
    below = np.flatnonzero(value[: top + 1] < level)
    if not len(below):
        return float(time[0])
    i = int(below[-1])
    return float(time[i] + STEP * (level - value[i]) / (value[i + 1] - value[i]))
