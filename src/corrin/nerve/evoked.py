"""Evoked potentials: somatosensory, visual, motor, with central conduction times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from corrin.nerve.axon import Array
from corrin.nerve.fibres import Body, Subject, constants
from corrin.nerve.pathway import Arrivals, Stretch, Tract, arrivals
from corrin.nerve.peripheral import Motor, Reading, f_latency, sensory_potential
from corrin.nerve.waves import (
    Trace,
    clock,
    delayed,
    density,
    excitatory,
    onset,
    peak,
    relay,
    spread_out,
)

#: Smallest response, relative to health, whose peak can still be read.
_SEEN = 0.05
_HEALTHY = Tract()


@dataclass(frozen=True)
class _Ascent:
    """Potentials on the way to the cortex, that of the nerve at the arm only; what relays got."""

    nerve: Array
    cord: Array
    cortex: Array
    received: tuple[float, ...]


def somatosensory(body: Body, limb: str, nerve: Tract, columns: Tract, brain: Tract) -> Reading:
    """Return the potentials that a stimulated limb nerve evokes on the way to the cortex.

    Parameters
    ----------
    body : Body
        Who is examined.
    limb : str
        ``arm`` (median nerve: N9, N13, N20) or ``leg`` (tibial nerve: N22, P40).
    nerve, columns, brain : Tract
        State of the limb's sensory fibres, of the dorsal columns and of the white matter of the
        brain, through which thalamic fibres run.

    Returns
    -------
    Reading
        Latencies [ms], central conduction time and cortical amplitude, with recordings.
    """
    known, full = constants(), _healthy_ascent(limb)
    here = _ascend(body, limb, nerve, columns, brain, full.received)
    time = clock(110.0)
    values: dict[str, float] = {}
    traces = []

    def read(name: str, value: Array, whole: Array, scale: float, floor: float, unit: str) -> float:
        sized = value / whole.max() * scale
        at, height = peak(time, sized)
        seen = height > floor
        values[name] = at if seen else np.nan
        traces.append(Trace(name.upper(), unit, time, sized, {name: at} if seen else {}))
        return height if seen else 0.0

    if limb == "arm":
        read("n9", here.nerve, full.nerve, 1.0, _SEEN, "1")
        read("n13", here.cord, full.cord, 1.0, _SEEN, "1")
        read("n20", here.cortex, full.cortex, 1.0, _SEEN, "1")
        values["n13_n20"] = values["n20"] - values["n13"]
    else:
        read("n22", here.cord, full.cord, 1.0, _SEEN, "1")
        scale = known["cortex.p40_amplitude"] * body.factor("p40 volume", "volume_cortex")
        floor = known["noise.floor_cortex"]
        height = read("p40", here.cortex, full.cortex, scale, floor, "uV")
        values["n22_p40"] = values["p40"] - values["n22"]
        values["p40_amplitude"] = height
    return Reading(values, traces)


@lru_cache(maxsize=2)
def _healthy_ascent(limb: str) -> _Ascent:
    """Return the potentials of the healthy average person."""
    return _ascend(Body(Subject()), limb, _HEALTHY, _HEALTHY, _HEALTHY, (None, None))


def _ascend(
    body: Body,
    limb: str,
    nerve: Tract,
    columns: Tract,
    brain: Tract,
    full: tuple[float | None, ...],
) -> _Ascent:
    """Send the volley of a limb nerve through cord, cuneate or gracile nucleus and thalamus."""
    known, time, name = constants(), clock(110.0), f"sep_{limb}"
    core, tall, late = known["skin.core"], body.tallness, body.factor("synapses", "synapse")
    synapse = known["relay.synapse"] * late
    diameter, weight = body.bundle(name, "central", limb)
    share = weight * nerve.axons_large

    def limb_spikes(end: str) -> Arrivals:
        length = known[f"{name}.{end}"] * tall
        return arrivals(diameter, share, [Stretch(length, body.warmth(limb), nerve.lesion())])

    passing = limb_spikes("to_n9" if limb == "arm" else "to_n22")
    entry = limb_spikes("to_n13") if limb == "arm" else passing
    # The same fibres go on in the dorsal columns, thicker and warmer.
    central, _ = body.bundle("columns", "brain")
    column = Stretch(known[f"columns.{limb}"] * tall, core, columns.lesion())
    arrived = arrivals(central, share, [column], before=entry)
    # Both branches belong to the same neurons, and those hit hardest lose both.
    left = min(nerve.axons_large, columns.axons_large) / max(nerve.axons_large, 1e-9)
    arrived = replace(arrived, weight=arrived.weight * left).later(synapse)
    rate = density(arrived, time)
    received = []
    to_cortex = Stretch(known[f"thalamocortical.{limb}"], core, brain.lesion(), "central")
    for part, way, kept, whole in (
        ("lemniscus", Stretch(known["lemniscus.length"], core), 1.0, full[0]),
        ("thalamocortical", to_cortex, brain.axons_large, full[1]),
    ):
        rate, top = relay(rate, whole, known["relay.rise"])
        received.append(top)
        thick, parts = body.bundle(part, "brain")
        rate = spread_out(rate, density(arrivals(thick, parts * kept, [way]).later(synapse), time))
    delay = known["cortex.n20" if limb == "arm" else "cortex.p40"] * late
    cortex = delayed(spread_out(rate, excitatory(known["relay.rise"])), delay)
    cord = spread_out(density(entry, time), excitatory(known["relay.rise"]))
    passed = sensory_potential(passing, time, 1.0) if limb == "arm" else np.zeros_like(time)
    return _Ascent(passed, cord, cortex, tuple(received))


def visual(body: Body, optic: Tract, brain: Tract) -> Reading:
    """Return the latency [ms] and amplitude [uV] of the P100 to a checkerboard.

    Parameters
    ----------
    body : Body
        Who is examined.
    optic, brain : Tract
        State of the optic nerve and of the white matter of the brain, through which the optic
        radiation runs; its lesions delay visual potentials too (PubMed 24833744).

    Returns
    -------
    Reading
        ``p100`` and ``p100_amplitude``, with the recording.
    """
    known, time = constants(), clock(220.0)
    whole, received = _healthy_visual()
    value, _ = _see(body, optic, brain, received)
    scale = known["visual.amplitude"] * body.factor("p100 volume", "volume_cortex")
    at, height = peak(time, value / whole.max() * scale)
    there = height > known["noise.floor_cortex"]
    trace = Trace("P100", "uV", time, value / whole.max() * scale, {"p100": at} if there else {})
    return Reading(
        {"p100": at if there else np.nan, "p100_amplitude": height if there else 0.0}, [trace]
    )


@lru_cache(maxsize=1)
def _healthy_visual() -> tuple[Array, float]:
    return _see(Body(Subject()), _HEALTHY, _HEALTHY, None)


def _see(body: Body, optic: Tract, brain: Tract, full: float | None) -> tuple[Array, float]:
    """Send a volley from the retina to the visual cortex."""
    known, time, core = constants(), clock(220.0), constants()["skin.core"]
    late = body.factor("synapses", "synapse")
    diameter, weight = body.narrow("visual.nerve", "brain")
    left = _left_by_size(optic, len(diameter))
    nerve = Stretch(known["visual.nerve_length"], core, optic.lesion(), "central")
    start = known["visual.retina"] * body.factor("retina", "retina")
    if body.subject.sex == "female":
        start += known["visual.women"]
    rate = density(arrivals(diameter, weight * left, [nerve]).later(start), time)
    rate, top = relay(rate, full, known["visual.rise"])
    thick, parts = body.narrow("visual.radiation", "brain")
    parts = parts * _left_by_size(brain, len(thick))
    path = [Stretch(known["visual.radiation_length"], core, brain.lesion(), "central")]
    rate = spread_out(rate, density(arrivals(thick, parts, path), time))
    shape = excitatory(known["visual.rise"])
    return delayed(spread_out(rate, shape), known["visual.cortex"] * late), top


def _left_by_size(tract: Tract, bins: int) -> Array:
    """Return axons left of a tract by bin of diameter: thin ones in the lower half."""
    return np.where(np.arange(bins) >= bins // 2, tract.axons_large, tract.axons_small)


def motor_evoked(body: Body, limb: str, tract: Tract, nerve: Tract) -> Reading:
    """Return the central motor conduction time [ms] after a stimulus over the motor cortex.

    Parameters
    ----------
    body : Body
        Who is examined.
    limb : str
        ``arm`` (median nerve) or ``leg`` (peroneal nerve).
    tract, nerve : Tract
        State of the corticospinal tract and of the motor fibres.

    Returns
    -------
    Reading
        ``cmct_<limb>``, with the response of the muscle; central time is the latency of the
        response less ``(F + M - 1) / 2``.
    """
    known, time = constants(), clock(110.0)
    muscle = Motor(body, "median_motor" if limb == "arm" else "peroneal", nerve)
    rate, _ = _descend(body, limb, tract, _healthy_descent(limb))
    down = muscle.spikes("distal", "segment", "proximal").later(muscle.terminal())
    value = muscle.muscle(spread_out(rate, density(down, time)))
    far = muscle.response(muscle.spikes("distal"), time)
    floor, share = known["noise.floor_motor"], known["motor.onset"]
    name, central = f"cmct_{limb}", np.nan
    there = value.max() > floor and far.max() > floor
    if there:
        latency, distal = onset(time, value, share), onset(time, far, share)
        back = (f_latency(muscle, distal) + distal - known["f_wave.turnaround"]) / 2
        central = latency - back
    marks = {"onset": onset(time, value, share)} if there else {}
    return Reading({name: central}, [Trace(f"MEP {limb}", "mV", time, value, marks)])


@lru_cache(maxsize=2)
def _healthy_descent(limb: str) -> float:
    return _descend(Body(Subject()), limb, _HEALTHY, None)[1]


def _descend(body: Body, limb: str, tract: Tract, full: float | None) -> tuple[Array, float]:
    """Return when motor neurons fire after a stimulus over the cortex."""
    known, time = constants(), clock(110.0)
    late = body.factor("synapses", "synapse")
    diameter, weight = body.bundle("pyramidal", "brain")
    length = known[f"pyramidal.{limb}"] * body.tallness
    path = [Stretch(length, known["skin.core"], tract.lesion())]
    spikes = arrivals(diameter, weight * tract.axons_large, path)
    start = known["pyramidal.cortex"] * late + known["relay.synapse"] * late
    return relay(density(spikes.later(start), time), full, known["pyramidal.rise"])
