"""The other solvers of the benchmark, each behind one method."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from corrin.engine import Protocol
from corrin.engine.compiled import CompiledEngine, actions_of
from corrin.engine.layout import ADD_SLOT, SET_SLOT
from corrin.engine.solve import default_floor


class Solver(ABC):
    """One row of the benchmark."""

    name: str
    rtol: float
    threads: int = 1

    @abstractmethod
    def solve(self, people: Sequence[Protocol]) -> np.ndarray:
        """Return values of shape (people, outputs, times)."""


class RoadRunner(Solver):
    """libRoadRunner, restarted at each change and dose."""

    name = "libRoadRunner"

    def __init__(self, sbml: str, times: np.ndarray, outputs: list[str], rtol: float) -> None:
        from corrin.engine.reference import RoadRunnerEngine

        self.engine = RoadRunnerEngine(sbml)
        self.times, self.outputs, self.rtol = times, outputs, rtol

    @staticmethod
    def missing() -> str:
        """Return why it cannot be measured, or nothing."""
        return "" if find_spec("roadrunner") else "libroadrunner is not installed"

    def solve(self, people: Sequence[Protocol]) -> np.ndarray:
        """Return values of shape (people, outputs, times)."""
        runs = [
            self.engine.solve(p, self.times, self.outputs, rtol=self.rtol).values for p in people
        ]
        return np.array([[run[name] for name in self.outputs] for run in runs])


class _Stretches(Solver):
    """A solver of stretches between changes and doses, with this engine's compiled rates."""

    def __init__(self, sbml: str, times: np.ndarray, outputs: list[str], rtol: float) -> None:
        engine = CompiledEngine(sbml, lanes=1)
        self.kernel = engine.kernel(outputs)
        self.times, self.outputs, self.rtol = times, outputs, rtol
        shape = self.kernel.shape
        n = len(shape.states)
        self.floor = default_floor(shape, rtol) + 1e-3 * rtol * np.array(shape.reference)
        self.time, self.slots = np.zeros(1), np.zeros(max(len(shape.slots), 1))
        self.hoisted, self.states = np.zeros(max(shape.hoisted, 1)), np.zeros(n)
        self.rates, self.slopes = np.zeros(n), np.zeros(n)
        self.factors, self.seen = np.zeros(shape.factors), np.zeros(len(outputs))
        self._rates = self._function("call_rates", 7)
        self._prepare = self._function("prepare", 2)
        self._initial = self._function("initial", 2)
        self._observe = ctypes.CFUNCTYPE(None, ctypes.c_double, *[ctypes.c_void_p] * 4)(
            self.kernel.function("observe")
        )
        self._where = [
            a.ctypes.data
            for a in (
                *(self.time, self.states, self.slots, self.hoisted),
                *(self.rates, self.slopes, self.factors),
            )
        ]

    def _function(self, name: str, count: int) -> Any:
        return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * count)(self.kernel.function(name))

    def rate(self, time: float, states: np.ndarray) -> np.ndarray:
        """Return the rates of change of all states."""
        self.time[0] = time
        self.states[:] = states
        self._rates(*self._where)
        return self.rates

    @abstractmethod
    def stretch(self, start: float, y: np.ndarray, times: list[float]) -> np.ndarray:
        """Return the states at `times`, of shape (times, states)."""

    def solve(self, people: Sequence[Protocol]) -> np.ndarray:
        """Return values of shape (people, outputs, times)."""
        return np.array([self.one(p) for p in people])

    def one(self, protocol: Protocol) -> np.ndarray:
        """Return values of one person, of shape (outputs, times)."""
        shape = self.kernel.shape
        given, actions = actions_of(protocol, shape, "model")
        start = np.zeros(len(shape.slots) + len(shape.states))
        self._initial(given.ctypes.data, start.ctypes.data)
        self.slots[: len(shape.slots)] = start[: len(shape.slots)]
        y = start[len(shape.slots) :].copy()
        now = -protocol.settle
        out = np.full((len(self.outputs), len(self.times)), np.nan)
        stops = sorted({a[0] for a in actions if a[0] < self.times[-1]} | {float(self.times[-1])})
        place = 0
        for stop in stops:
            self._prepare(self.slots.ctypes.data, self.hoisted.ctypes.data)
            inside = [float(t) for t in self.times[place:] if t <= stop]
            asked = sorted({*inside, stop} - {now})
            solved = dict(zip(asked, self.stretch(now, y, asked), strict=True)) if asked else {}
            for moment in inside:
                self.states[:] = solved.get(moment, y)
                arrays = (self.states, self.slots, self.hoisted, self.seen)
                self._observe(moment, *(a.ctypes.data for a in arrays))
                out[:, place] = self.seen
                place += 1
            y = np.array(solved.get(stop, y))
            now = stop
            for when, _, kind, index, value in actions:
                if when == stop:
                    if kind == SET_SLOT:
                        self.slots[index] = value
                    elif kind == ADD_SLOT:
                        self.slots[index] += value
                    else:
                        y[index] += value
        return out


class LSODA(_Stretches):
    """SciPy's LSODA."""

    name = "scipy LSODA"

    @staticmethod
    def missing() -> str:
        """Return why it cannot be measured, or nothing."""
        return "" if find_spec("scipy") else "scipy is not installed"

    def stretch(self, start: float, y: np.ndarray, times: list[float]) -> np.ndarray:
        """Return the states at `times`, of shape (times, states)."""
        from scipy.integrate import odeint

        return np.asarray(
            odeint(
                self.rate,
                y,
                [start, *times],
                tfirst=True,
                rtol=self.rtol,
                atol=self.floor,
                mxstep=100_000,
            )[1:]
        )


class SUNDIALS(_Stretches):
    """CVODE through scikit-sundae."""

    name = "scikit-sundae CVODE"

    @staticmethod
    def missing() -> str:
        """Return why it cannot be measured, or nothing."""
        return "" if find_spec("sksundae") else "scikit-sundae is not installed"

    def stretch(self, start: float, y: np.ndarray, times: list[float]) -> np.ndarray:
        """Return the states at `times`, of shape (times, states)."""
        from sksundae.cvode import CVODE

        def rate(t: float, states: np.ndarray, rates: np.ndarray) -> None:
            rates[:] = self.rate(t, states)

        solver = CVODE(rate, rtol=self.rtol, atol=self.floor, max_num_steps=100_000)
        solution = solver.solve([start, *times], y)
        return np.asarray(solution.y[1:])
