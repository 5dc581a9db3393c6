"""The cable: nodes joined by exact internodes, stepped in time.

Second order in the step: the gates live at half steps and relax exactly at the voltage between
them (Rush and Larsen 1978), the nodes take a trapezoidal step on a tridiagonal system, the
internodes are exact for voltages that run straight. Only nodes near the action potential are
stepped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np

from corrin.nerve.axon import CHANNELS, POTASSIUM, REST, SODIUM, Array, rates
from corrin.nerve.internode import Modes
from corrin.nerve.vectors import charge_modes, relax_gates

#: Voltage whose crossing tells that an action potential has come [mV].
CROSSING = -20.0
#: Rows of the table of gates: lowest voltage [mV], rows per mV, number of rows.
_LOWEST, _PER_MV, _ROWS = -180.0, 10.0, 3200
#: Nodes kept behind the front, and voltage above rest that draws the next node in [mV].
_BEHIND, _AWAKE = 8, 0.05
_NOTHING = np.empty((0, 0))


@dataclass(frozen=True)
class Cable:
    """Nodes and the internodes between them.

    Parameters
    ----------
    modes : Modes
        Modes of each kind of internode.
    kinds : numpy.ndarray of int, shape (nodes - 1,)
        Kind of each internode, an index into `modes`.
    membrane : numpy.ndarray, shape (nodes,)
        Membrane of each node [um2], for capacitance and leak.
    channels : numpy.ndarray, shape (nodes,)
        Membrane that carries channels at their full density [um2].
    """

    modes: Modes
    kinds: np.ndarray
    membrane: Array
    channels: Array


@lru_cache(maxsize=64)
def gate_table(temperature: float, step: float) -> Array:
    """Return steady values and decays of the four gates for each voltage, shape (rows, 8)."""
    voltage = _LOWEST + np.arange(_ROWS) / _PER_MV
    alpha, beta = rates(voltage, temperature)
    total = alpha + beta
    table = np.concatenate([alpha / total, np.exp(-step * total)]).T
    return np.ascontiguousarray(table)


def run(
    cable: Cable,
    temperature: float,
    step: float,
    *,
    until: float,
    patience: float,
    current: float,
    duration: float,
    last: int | None = None,
) -> Array:
    """Send one action potential along a cable.

    Parameters
    ----------
    cable : Cable
        Where it runs, from node 0.
    temperature : float
        Temperature [degC].
    step : float
        Time step [ms].
    until, patience : float
        Longest time of all, and longest wait for the next node [ms].
    current, duration : float
        Stimulus at node 0 [nA] and its length [ms].
    last : int, optional
        Node whose crossing ends the run; the last by default.

    Returns
    -------
    numpy.ndarray, shape (nodes,)
        Time at which each node was crossed [ms], nan where it never was.
    """
    final = len(cable.membrane) - 1 if last is None else last
    return _one(cable, temperature, step, until, patience, current, duration, final, _NOTHING, 1)


def record(
    cable: Cable,
    temperature: float,
    step: float,
    *,
    until: float,
    current: float,
    duration: float,
    every: int = 1,
) -> Array:
    """Send one action potential along a cable and keep the voltage of every node.

    Parameters
    ----------
    cable, temperature, step, current, duration
        As in `run`.
    until : float
        Length of the recording [ms].
    every : int
        Steps between two values that are kept.

    Returns
    -------
    numpy.ndarray, shape (times, nodes)
        Voltage [mV] at the times ``every * step``, ``2 * every * step``, ...
    """
    steps = int(np.ceil(until / step))
    trace = np.zeros((steps // every, len(cable.membrane)))
    never = len(cable.membrane)
    _one(cable, temperature, step, steps * step, until, current, duration, never, trace, every)
    return trace + REST


def _one(
    cable: Cable,
    temperature: float,
    step: float,
    until: float,
    patience: float,
    current: float,
    duration: float,
    last: int,
    trace: Array,
    every: int,
) -> Array:
    """Run one cable and return its times of crossing."""
    crossed = spikes(
        gate_table(temperature, step)[None], np.zeros(1, np.int64),
        *coefficients(cable.modes, step), cable.kinds[None], cable.membrane[None],
        cable.channels[None], step, float(until), np.array([patience]), np.array([current]),
        np.array([duration]), last, trace, every,
    )  # fmt: skip
    return np.asarray(crossed[0])


def coefficients(modes: Modes, step: float) -> tuple[Array, Array, Array, Array, Array]:
    """Return what one step of an internode needs.

    Parameters
    ----------
    modes : Modes
        Modes of some internodes.
    step : float
        Time step [ms].

    Returns
    -------
    tuple of numpy.ndarray
        Decay of each mode and its gain [pC/mV], shape (n, 2 * modes), even modes first; charge
        [pC/mV] into a node for a change of its own voltage and of the voltage across, each
        shape (n,); and for a steady even and odd voltage, shape (n, 2).
    """
    count = len(modes.direct)
    rest = -np.expm1(-modes.rate * step)
    mean = rest / (modes.rate * step)
    stored = modes.conductance / modes.rate
    decay = np.exp(-modes.rate * step)
    gain = stored * rest * mean
    quick = (stored * (1 - mean)).sum(axis=2) + modes.capacity
    change = modes.direct * step / 2 + quick
    own = (change[:, 0] + change[:, 1]) / 2
    across = (change[:, 0] - change[:, 1]) / 2
    return (
        decay.reshape(count, -1),
        gain.reshape(count, -1),
        own,
        across,
        modes.direct * step,
    )


@numba.njit(cache=True, fastmath={"contract", "nsz", "arcp"}, error_model="numpy")
def spikes(
    tables, which, decay, gain, own, across, steady, all_kinds, all_membrane, all_channels,
    step, until, patience, current, duration, last, trace, every,
):  # fmt: skip
    """Run cables one after the other; times of crossing, shape (cables, nodes).

    Of each cable only the nodes near the front are stepped, until `last` is crossed or nothing
    moves. With room in `trace` all nodes are stepped and their voltage above rest is kept.
    """
    count, nodes = all_membrane.shape
    crossed = np.full((count, nodes), np.nan)
    rest = int((REST - _LOWEST) * _PER_MV)
    fast, persistent, slow, leak = (
        CHANNELS[0] * 1e-2, CHANNELS[1] * 1e-2, CHANNELS[2] * 1e-2, CHANNELS[3] * 1e-2
    )  # fmt: skip
    sodium, potassium = SODIUM - REST, POTASSIUM - REST
    level = CROSSING - REST
    for i in range(count):
        table = tables[which[i]]
        kinds, membrane, channels = all_kinds[i], all_membrane[i], all_channels[i]
        v = np.zeros(nodes + 1)  # above rest
        before = np.zeros(nodes + 1)  # change in the last step
        change = np.zeros(nodes + 1)
        right = np.zeros(nodes + 1)
        upper = np.zeros(nodes + 1)
        held = np.zeros((nodes, 8))
        charged = np.zeros((nodes, 2))
        gates = np.empty((nodes, 4))
        for j in range(nodes):
            for k in range(4):
                gates[j, k] = table[rest, k]
        low, high, front = 0, min(3, nodes), -1
        recording = len(trace) > 0
        if recording:
            high = nodes
        deadline = patience[i]
        time = 0.0
        steps = 0
        while time < until:
            pushed = min(max(duration[i] - time, 0.0), step) * current[i]
            # Charge per step: diagonal and right side of every awake node.
            for j in range(low, high):
                x = min(max((v[j] + (REST - _LOWEST)) * _PER_MV, 0.0), _ROWS - 2.0)
                row = int(x)
                relax_gates(table, row, x - row, gates, j)
                m, h, p, s = gates[j, 0], gates[j, 1], gates[j, 2], gates[j, 3]
                area = step * channels[j]
                into = area * (fast * m * m * m * h + persistent * p * p * p)
                out = area * slow * s + step * membrane[j] * leak
                total = into + out
                upper[j] = membrane[j] * 2e-5 + 0.5 * total
                right[j] = into * sodium + out * potassium - total * v[j]
            if low == 0:
                right[0] += pushed
            for j in range(max(low - 1, 0), min(high, nodes - 1)):
                kind = kinds[j]
                even, odd = charged[j, 0], charged[j, 1]
                even += steady[kind, 0] * 0.5 * (v[j] + v[j + 1])
                odd += steady[kind, 1] * 0.5 * (v[j] - v[j + 1])
                right[j] -= even + odd
                right[j + 1] -= even - odd
                upper[j] += own[kind]
                upper[j + 1] += own[kind]
            # Elimination from both ends to the middle, two chains that run side by side; nodes
            # outside the window stay as they are.
            half = (high - low) // 2
            middle = low + half
            for k in range(1, half + 1):
                j = low + k
                link = across[kinds[j - 1]]
                f = link / upper[j - 1]
                upper[j] -= f * link
                right[j] -= f * right[j - 1]
                j = high - 1 - k
                if j >= middle:
                    link = across[kinds[j]]
                    f = link / upper[j + 1]
                    upper[j] -= f * link
                    right[j] -= f * right[j + 1]
            change[high] = 0.0
            change[middle] = right[middle] / upper[middle]
            for k in range(1, half + 1):
                j = middle - k
                change[j] = (right[j] - across[kinds[j]] * change[j + 1]) / upper[j]
                j = middle + k
                if j < high:
                    change[j] = (right[j] - across[kinds[j - 1]] * change[j - 1]) / upper[j]
            if low > 0:
                change[low - 1] = 0.0
            for j in range(max(low - 1, 0), min(high, nodes - 1)):
                even = 0.5 * (change[j] + change[j + 1])
                odd = 0.5 * (change[j] - change[j + 1])
                kind = kinds[j]
                charged[j, 0], charged[j, 1] = charge_modes(held, j, decay, gain, kind, even, odd)
            for j in range(low, high):
                old = v[j]
                v[j] = old + change[j]
                if old < level and v[j] >= level and j > front:
                    # Parabola through the last three values.
                    d1, d2 = change[j], change[j] - before[j]
                    x = (level - old) / d1
                    x = (level - old) / (d1 + 0.5 * d2 * (x - 1.0))
                    crossed[i, j] = time + x * step
                    front = j
                    deadline = time + patience[i]
                before[j] = change[j]
            right[high] = 0.0
            upper[high] = 0.0
            time += step
            steps += 1
            if recording and steps % every == 0 and steps // every <= len(trace):
                trace[steps // every - 1] = v[:nodes]
            if front >= last or time > deadline:
                break
            if high < nodes and abs(v[high - 1]) > _AWAKE:
                high += 1
            if not recording:
                low = max(low, front - _BEHIND)
    return crossed
