"""What one simulated person is subjected to, and what comes back: the engine's common currency.

Nothing here knows of B12. A `Protocol` names parameters and species of a model by their
SBML ids; an engine turns it into a `Trajectory`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol as Interface

import numpy as np


@dataclass(frozen=True)
class Change:
    """From `time` [day] on, the model parameter `name` has `value` [unit of the parameter]."""

    time: float
    name: str
    value: float


@dataclass(frozen=True)
class Dose:
    """At `time` [day], `amount` [substance unit of the model] is added to the species `name`."""

    time: float
    name: str
    amount: float


@dataclass(frozen=True)
class Protocol:
    """All that sets one run apart from the reference run of a model.

    Attributes
    ----------
    parameters : mapping of str to float
        Overrides that hold for the whole run, settling included.
    settle : float
        Time [day] the model runs under `parameters` alone before time 0; 0 when the
        overrides leave the model's initial state a steady one.
    changes : tuple of Change
        Steps of parameters from time 0 on, in any order.
    doses : tuple of Dose
        Additions to species, in any order.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    settle: float = 0.0
    changes: tuple[Change, ...] = ()
    doses: tuple[Dose, ...] = ()


@dataclass(frozen=True)
class Trajectory:
    """Solution of one run.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Output times [day].
    values : mapping of str to ndarray, shape (n,)
        One column per requested output, in the unit the model declares. A value at the
        time of a change or a dose is the value just before it takes effect.
    statistics : mapping of str to float
        What the solver reports of its work.
    """

    times: np.ndarray
    values: Mapping[str, np.ndarray]
    statistics: Mapping[str, float] = field(default_factory=dict)


class Engine(Interface):
    """Solver of one model for one person at a time."""

    name: str
    version: str

    def solve(
        self,
        protocol: Protocol,
        times: Sequence[float] | np.ndarray,
        outputs: Sequence[str],
        *,
        rtol: float = 1e-6,
    ) -> Trajectory:
        """Solve `protocol` and return `outputs` (ids of species, parameters, rules) at `times`."""
        ...
