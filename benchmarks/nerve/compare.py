"""Velocities per second: corrin beside NEURON on the same fibres at the same accuracy.

Run in a directory where ``nrnivmodl`` has compiled ``node.mod``, on one core:
``python benchmarks/nerve/compare.py``. Prints one line for each fibre, then the rates.
"""

from __future__ import annotations

import time

import numpy as np
from neuron_fibre import velocity as in_neuron

from corrin.nerve.axon import fibre
from corrin.nerve.velocity import conduction_velocity

DIAMETERS = (5.7, 7.3, 8.7, 10.0, 11.5, 12.8, 14.0, 15.0, 16.0)
ROUNDS = 200


def main() -> None:
    """Time both on the nine published fibres, in processor seconds."""
    fibres = [fibre(d) for d in DIAMETERS]
    start = time.process_time()
    theirs = np.array([in_neuron(f) for f in fibres])
    slow = len(fibres) / (time.process_time() - start)
    conduction_velocity(np.array(DIAMETERS))  # compile first
    many = np.tile(DIAMETERS, ROUNDS)
    start = time.process_time()
    ours = conduction_velocity(many)[: len(DIAMETERS)]
    quick = len(many) / (time.process_time() - start)
    for d, a, b in zip(DIAMETERS, theirs, ours, strict=True):
        print(f"{d:5.1f} um  NEURON {a:7.3f} m/s  corrin {b:7.3f} m/s  {100 * (b / a - 1):+.3f} %")
    print(f"NEURON {slow:.2f}/s, corrin {quick:.0f}/s: {quick / slow:.0f} times")


if __name__ == "__main__":
    main()
