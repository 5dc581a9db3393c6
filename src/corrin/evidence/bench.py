"""A bench on which published situations are replayed: scenario texts in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from corrin.engine import Engine, Protocol, default_engine
from corrin.model import load_model
from corrin.study.scenario import Scenario
from corrin.variables import catalogue

YEAR = 365.25
MONTH = YEAR / 12

#: Everything that readings ask for: the public outputs and what kinetic studies measure.
OUTPUTS = (
    *catalogue(),
    "stored_cobalamin",
    "cobalamin_absorption",
    "tablet_efficiency",
    "urinary_cobalamin",
)


@dataclass
class Bench:
    """Runs scenarios under one set of parameter values and remembers what it ran.

    Attributes
    ----------
    parameters : mapping of str to float
        Overrides of the shipped parameter set.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    _runs: dict[tuple[str, tuple[float, ...]], dict[str, np.ndarray]] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def engine(self) -> Engine:
        """Engine of the whole model, shared by all benches of the process."""
        return default_engine(load_model())

    def protocol(self, text: str, until: float) -> Protocol:
        """Return the protocol of a scenario text with this bench's parameters."""
        protocol = Scenario.from_text(
            f"name: bench\n{text}\nuntil: {until} d\n", "bench"
        ).protocol()
        return replace(protocol, parameters={**protocol.parameters, **self.parameters})

    def course(
        self, text: str, times: Sequence[float] | np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Return the values of `names` at `times` [day], shape (len(names), len(times))."""
        key = (text, tuple(float(t) for t in times))
        run = self._runs.setdefault(key, {})
        missing = [n for n in names if n not in run]
        if missing:
            protocol = self.protocol(text, key[1][-1] + 1.0)
            # One set of outputs for all: an engine prepares itself anew for each set.
            outputs = [*OUTPUTS, *(n for n in missing if n not in OUTPUTS)]
            run |= dict(self.engine.solve(protocol, key[1], outputs).values)
        return np.array([run[n] for n in names])

    def at(self, text: str, time: float, name: str) -> float:
        """Return one value at one time [day]."""
        return float(self.course(text, [time], [name])[0, 0])

    def crossing(
        self, text: str, name: str, level: float, *, until: float, rising: bool = True
    ) -> float:
        """Return the first time [day] at which `name` crosses `level`; infinity if never."""
        times = np.arange(0.0, until, 7.0)
        values = self.course(text, times, [name])[0]
        beyond = values > level if rising else values < level
        return float(times[np.argmax(beyond)]) if beyond.any() else float("inf")

    def when(
        self, text: str, name: str, level: float, *, until: float, of: Sequence[str]
    ) -> list[float]:
        """Return the values of `of` at the first time `name` has fallen to `level`."""
        times = np.arange(0.0, until, 7.0)
        rows = self.course(text, times, [name, *of])
        below = rows[0] <= level
        if not below.any():
            return [float("nan")] * len(of)
        return [float(v) for v in rows[1:, np.argmax(below)]]
