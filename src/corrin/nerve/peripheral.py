"""Conduction studies of limb nerves: sensory and motor responses, F waves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from corrin.nerve.axon import Array
from corrin.nerve.fibres import Body, constants
from corrin.nerve.pathway import Arrivals, Stretch, Tract, arrivals
from corrin.nerve.table import at_temperature
from corrin.nerve.waves import (
    STEP,
    Trace,
    clock,
    density,
    motor_unit,
    onset,
    sensory_unit,
    spread_out,
)

#: Share of the peak at which the upstroke of a sensory response begins.
_UPSTROKE = 0.1
#: Power of the diameter with which the potential of a fibre at the skin grows.
_SIZE = 2.0


@dataclass(frozen=True)
class Reading:
    """What a study found: values by quantity, nan where there is no response, and recordings."""

    values: dict[str, float]
    traces: list[Trace]


def sensory(body: Body, name: str, tract: Tract) -> Reading:
    """Return velocity and amplitude of a sensory nerve stimulated and recorded at the skin.

    Parameters
    ----------
    body : Body
        Who is examined.
    name : str
        ``sural`` or ``median_sensory``.
    tract : Tract
        State of its fibres.

    Returns
    -------
    Reading
        ``<name>_velocity`` [m/s] and ``<name>_amplitude`` [uV], with the recording.
    """
    known = constants()
    leg = name == "sural"
    diameter, weight = body.bundle(name, "sural" if leg else "nerve", "leg" if leg else "arm")
    length, lag = known[f"{name}.length"], known[f"{name}.activation"]
    fibres = known[f"{name}.fibres"] * body.large_fibres() * tract.axons_large
    path = [Stretch(length, body.subject.skin_temperature, tract.lesion())]
    spikes = arrivals(diameter, weight * fibres, path).later(lag)
    scale = known[f"{name}.unit"] * body.factor(f"{name} volume", "volume_sensory")
    time = clock(20.0)
    value = sensory_potential(spikes, time, scale)
    latency, height = onset(time, value, _UPSTROKE), float(value.max())
    there = height > known["noise.floor_sensory"]
    trace = Trace(name, "uV", time, value, {"onset": latency} if there else {})
    return Reading(
        {
            f"{name}_velocity": length / latency if there else np.nan,
            f"{name}_amplitude": height if there else 0.0,
        },
        [trace],
    )


def sensory_potential(spikes: Arrivals, time: Array, scale: float) -> Array:
    """Return the potential of passing spikes; `scale` is that of one fibre of 10 um."""
    sized = replace(spikes, weight=spikes.weight * (spikes.diameter / 10) ** _SIZE)
    unit, centre = sensory_unit()
    # The potential begins before the spike has come, so the clock is run that much longer.
    ahead = round(centre / STEP)
    longer = np.concatenate([time, time[-1] + STEP * np.arange(1, ahead + 1)])
    return np.asarray(scale * spread_out(density(sized, longer), unit)[ahead:])


@dataclass(frozen=True)
class Motor:
    """A motor nerve of one person, ready to be stimulated.

    Parameters
    ----------
    body : Body
        Whose.
    name : str
        ``tibial``, ``peroneal`` or ``median_motor``.
    tract : Tract
        State of its fibres.
    """

    body: Body
    name: str
    tract: Tract

    def spikes(self, *parts: str) -> Arrivals:
        """Return arrivals at the muscle over parts of the path, counted in motor units."""
        known, body = constants(), self.body
        spread = {"peroneal": "peroneal", "median_motor": "median_motor"}.get(self.name, "nerve")
        part = "arm" if self.name == "median_motor" else "leg"
        diameter, weight = body.bundle(self.name, spread, part)
        units = known[f"{self.name}.units"] * self.tract.axons_large
        path = [
            Stretch(
                known[f"{self.name}.{piece}"] * body.tallness,
                body.warmth(part) if piece == "proximal" else body.subject.skin_temperature,
                self.tract.lesion(),
            )
            for piece in parts
        ]
        return arrivals(diameter, weight * units, path)

    def response(self, spikes: Arrivals, time: Array) -> Array:
        """Return the potential of the muscle [mV] for spikes at the nerve's end."""
        return self.muscle(density(spikes.later(self.terminal()), time))

    def muscle(self, rate: Array) -> Array:
        """Return the potential of the muscle [mV] for units that fire per ms."""
        spread = f"volume_{self.name}"
        scale = constants()[f"{self.name}.unit"] * self.body.factor(f"{self.name} volume", spread)
        return scale * spread_out(rate, motor_unit())

    def terminal(self) -> float:
        """Return the delay in terminal branches and end plates [ms]; it warms as the nerve does."""
        known, usual = constants(), np.array([constants()[f"{self.name}.diameter"]])
        velocity = [
            float(at_temperature("peripheral", usual, warmth)[0][0])
            for warmth in (known["skin.limb"], self.body.subject.skin_temperature)
        ]
        delay = known[f"{self.name}.terminal"] * velocity[0] / velocity[1]
        return delay * self.body.factor(self.name, "terminal")

    def one_way(self) -> float:
        """Return the time of the quickest units from the wrist or ankle to the cord [ms]."""
        spikes = self.spikes("segment", "proximal")
        order = np.argsort(spikes.time)
        reached = np.cumsum(spikes.weight[order]) / constants()[f"{self.name}.units"]
        quick = np.flatnonzero(reached >= constants()["motor.onset"])
        return float(spikes.time[order][quick[0]]) if len(quick) else np.nan


def motor(body: Body, name: str, tract: Tract) -> Reading:
    """Return velocity, amplitude, distal latency and F latency of a motor nerve.

    Parameters
    ----------
    body : Body
        Who is examined.
    name : str
        ``tibial``, ``peroneal`` or ``median_motor``.
    tract : Tract
        State of its fibres.

    Returns
    -------
    Reading
        Values and the recordings from the far and the near point of stimulation.
    """
    known, nerve, time = constants(), Motor(body, name, tract), clock(50.0)
    far = nerve.response(nerve.spikes("distal"), time)
    near = nerve.response(nerve.spikes("distal", "segment"), time)
    floor, share = known["noise.floor_motor"], known["motor.onset"]
    there, conducts = far.max() > floor, near.max() > floor
    first, second = onset(time, far, share), onset(time, near, share)
    segment = known[f"{name}.segment"] * body.tallness
    short = name.removesuffix("_motor")
    values = {
        f"{name}_velocity": segment / (second - first) if there and conducts else np.nan,
        f"{name}_amplitude": float(far.max()) if there else 0.0,
        f"{name}_distal_latency": first if there else np.nan,
        f"{name}_proximal_amplitude": float(near.max()) if conducts else 0.0,
        f"{short}_f_latency": f_latency(nerve, first) if there else np.nan,
    }
    return Reading(
        values,
        [
            Trace(f"{name} distal", "mV", time, far, {"onset": first} if there else {}),
            Trace(f"{name} proximal", "mV", time, near, {"onset": second} if conducts else {}),
        ],
    )


def f_latency(nerve: Motor, distal: float) -> float:
    """Return the minimal F latency [ms]: to the cord, back, and out to the muscle."""
    return distal + 2 * nerve.one_way() + constants()["f_wave.turnaround"]
