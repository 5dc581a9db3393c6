"""The same fibres in NEURON: build them there and time an action potential.

Needs the neuron package, a C compiler, and ``nrnivmodl benchmarks/nerve`` run once in the working
directory.
"""

from __future__ import annotations

import numpy as np
from neuron import h

from corrin.nerve.axon import Fibre

h.load_file("stdrun.hoc")
CROSSING, LONGEST = -20.0, 12.0  # mV, ms


def delay(fibre: Fibre, temperature: float, step: float, nodes: int = 41) -> float:
    """Return the time [ms] from node 10 to node 30 at -20 mV, backward Euler; nan if blocked."""
    rho, membranes = 70.0, 2 * fibre.lamellae
    stin = (fibre.internode - 1 - 2 * fibre.mysa - 2 * fibre.flut) / 6
    sections, ranvier = [], []

    def add(kind: str) -> None:
        section = h.Section(name=f"{kind}{len(sections)}")
        width = fibre.node if kind in ("node", "mysa") else fibre.axon
        space = 0.004 if kind in ("flut", "stin") else 0.002
        section.nseg = 1
        section.L = {"node": 1.0, "mysa": fibre.mysa, "flut": fibre.flut, "stin": stin}[kind]
        section.insert("extracellular")
        annulus = np.pi * ((width / 2 + space) ** 2 - (width / 2) ** 2)
        section.xraxial[0] = rho * 1e4 * 0.01 / annulus
        section.xraxial[1] = 1e9
        if kind == "node":
            section.diam, section.Ra, section.cm = width, rho, 2.0
            section.xg[0], section.xc[0] = 1e10, 0.0
            section.insert("node")
            ranvier.append(section)
        else:
            share = width / fibre.diameter
            section.diam, section.Ra, section.cm = fibre.diameter, rho / share**2, 2 * share
            section.insert("pas")
            section.g_pas = (0.001 if kind == "mysa" else 0.0001) * share
            section.e_pas = -80
            section.xg[0], section.xc[0] = 0.001 / membranes, 0.1 / membranes
        if sections:
            section.connect(sections[-1](1))
        sections.append(section)

    for index in range(nodes):
        add("node")
        if index < nodes - 1:
            for kind in ("mysa", "flut", *["stin"] * 6, "flut", "mysa"):
                add(kind)
    clamp = h.IClamp(ranvier[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = 0.0, 0.1, 2.0
    ends = (ranvier[10], ranvier[30])
    volts = [h.Vector().record(section(0.5)._ref_v) for section in ends]
    h.celsius, h.dt, h.secondorder = temperature, step, 0
    h.steps_per_ms = 1 / step
    h.finitialize(-80)
    while h.t < LONGEST and ends[1](0.5).v < CROSSING + 10:
        h.fadvance()
    times = []
    for volt in (np.array(v) for v in volts):
        above = np.flatnonzero(volt >= CROSSING)
        if not len(above):
            return np.nan
        i = above[0]
        times.append(step * (i - (volt[i] - CROSSING) / (volt[i] - volt[i - 1])))
    return times[1] - times[0]


def velocity(
    fibre: Fibre, temperature: float = 37.0, steps: tuple[float, float] = (1e-3, 5e-4)
) -> float:
    """Return the velocity [m/s], extrapolated from two steps (first order), nan if blocked."""
    first, second = (
        20 * fibre.internode / delay(fibre, temperature, step) / 1000 for step in steps
    )
    return 2 * second - first
