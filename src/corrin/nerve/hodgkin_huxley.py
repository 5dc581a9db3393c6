"""Unmyelinated fibres: the cable of Hodgkin and Huxley (J Physiol 1952;117:500-544).

Velocity of such a cable grows exactly with the root of its diameter, so one run serves all. The
membrane is that of the squid warmed to the body; it is slower than what is usually given for C
fibres of people, and close to its heat block.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np

from corrin.errors import InputError
from corrin.nerve.axon import Array
from corrin.nerve.velocity import Conduction

#: Temperature at which the membrane was measured [degC], Q10 of its rates and (assumed; without
#: it heat blocks at 34 degC) of its conductances.
_MEASURED, _Q10, _CONDUCTANCE_Q10 = 6.3, 3.0, 1.5
#: Resistivity of axoplasm [Ohm cm], capacitance [uF/cm2].
_RESISTIVITY, _CAPACITY = 100.0, 1.0
#: Voltage whose crossing tells that an action potential has come; low, as warm ones are small [mV].
_CROSSING = -40.0
#: Pieces of the cable, its piece for a fibre of 1 um [cm], time step [ms].
_PIECES, _PIECE, _STEP = 400, 5e-4, 1e-3


def unmyelinated(diameter: float, temperature: float = 37.0) -> Conduction:
    """Return the conduction of an unmyelinated fibre.

    Parameters
    ----------
    diameter : float
        Diameter [um], 0.1 to 3.
    temperature : float
        Temperature [degC], 5 to 40.

    Returns
    -------
    Conduction
        Velocity, or heat block.
    """
    if not 0.1 <= diameter <= 3:
        raise InputError(
            f"an unmyelinated fibre of {diameter:g} um is outside the model",
            where="diameter",
            hint="give a diameter from 0.1 to 3 um",
        )
    if not 5 <= temperature <= 40:
        raise InputError(
            f"{temperature:g} degC is outside the model",
            where="temperature",
            hint="give a temperature from 5 to 40 degC",
        )
    velocity = _velocity(float(temperature)) * float(np.sqrt(diameter))
    if np.isnan(velocity):
        reason = (
            f"heat block: at {temperature:g} degC the sodium channels close before the membrane "
            "ahead is brought to threshold"
        )
        return Conduction(np.nan, True, reason)
    return Conduction(velocity, False, "")


@lru_cache(maxsize=256)
def _velocity(temperature: float) -> float:
    """Return the velocity at 1 um [m/s], extrapolated from two steps."""
    found = []
    for factor in (2.0, 1.0):
        times = _spread(temperature, _PIECE * factor, _STEP * factor, round(_PIECES / factor))
        a, b = round(0.4 * len(times)), round(0.7 * len(times))
        found.append((b - a) * _PIECE * factor / (times[b] - times[a]) * 10)
    return float((4 * found[1] - found[0]) / 3)


@numba.njit(cache=True, error_model="numpy")
def _spread(temperature: float, piece: float, step: float, pieces: int) -> Array:
    """Return when an action potential comes to each piece of a cable of 1 um [ms], or nan."""
    speed = _Q10 ** ((temperature - _MEASURED) / 10)
    open_more = _CONDUCTANCE_Q10 ** ((temperature - _MEASURED) / 10)
    # Coupling of neighbours, mS/cm2: d / (4 R dx^2).
    link = 1e-4 / (4 * _RESISTIVITY * piece * piece) * 1e3
    v = np.full(pieces, -65.0)
    m, h, n = np.full(pieces, 0.0529325), np.full(pieces, 0.5961207), np.full(pieces, 0.3176769)
    upper, right = np.empty(pieces), np.empty(pieces)
    crossed = np.full(pieces, np.nan)
    time, half = 0.0, step / 2
    while time < 25.0 and np.isnan(crossed[pieces - 1]):
        for j in range(pieces):
            x = v[j]
            am = 0.1 * _linoid(x + 40.0, 10.0)
            bm = 4.0 * np.exp(-(x + 65.0) / 18.0)
            ah = 0.07 * np.exp(-(x + 65.0) / 20.0)
            bh = 1.0 / (1.0 + np.exp(-(x + 35.0) / 10.0))
            an = 0.01 * _linoid(x + 55.0, 10.0)
            bn = 0.125 * np.exp(-(x + 65.0) / 80.0)
            m[j] = am / (am + bm) + (m[j] - am / (am + bm)) * np.exp(-step * speed * (am + bm))
            h[j] = ah / (ah + bh) + (h[j] - ah / (ah + bh)) * np.exp(-step * speed * (ah + bh))
            n[j] = an / (an + bn) + (n[j] - an / (an + bn)) * np.exp(-step * speed * (an + bn))
            sodium = open_more * 120.0 * m[j] ** 3 * h[j]
            potassium, leak = open_more * 36.0 * n[j] ** 4, open_more * 0.3
            total = sodium + potassium + leak
            ends = (j > 0) + (j < pieces - 1)
            near = (v[j - 1] if j > 0 else 0.0) + (v[j + 1] if j < pieces - 1 else 0.0)
            drive = sodium * 50.0 - potassium * 77.0 - leak * 54.387 + link * (near - ends * x)
            if j < pieces // 8 and time < 0.1:
                drive += 1000.0
            upper[j] = _CAPACITY + half * (total + link * ends)
            right[j] = step * (drive - total * x)
        across = -half * link
        for j in range(1, pieces):
            f = across / upper[j - 1]
            upper[j] -= f * across
            right[j] -= f * right[j - 1]
        change = 0.0
        for j in range(pieces - 1, -1, -1):
            change = (right[j] - (across * change if j < pieces - 1 else 0.0)) / upper[j]
            if v[j] < _CROSSING <= v[j] + change and np.isnan(crossed[j]):
                crossed[j] = time + step * (_CROSSING - v[j]) / change
            v[j] += change
        time += step
    return crossed


@numba.njit(cache=True)
def _linoid(x: float, width: float) -> float:
    """Return x / (1 - exp(-x / width))."""
    if abs(x) < 1e-6 * width:
        return width + x / 2
    return x / (1.0 - np.exp(-x / width))
