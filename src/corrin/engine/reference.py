"""libRoadRunner behind the engine's interface."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from corrin.engine.initial import read_initial_state
from corrin.engine.protocol import Protocol, Trajectory
from corrin.errors import ModelError, SolverError, nearest

#: Absolute tolerance of a state over its scale and the relative tolerance.
_FLOOR = 1e-3
#: Steps that one stretch between two changes may take before it counts as failed.
_STEPS = 200_000


class RoadRunnerEngine:
    """One compiled model; solves one protocol at a time, from the model's initial state."""

    name = "libRoadRunner"

    def __init__(self, sbml: str) -> None:
        import roadrunner

        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
        self.version: str = str(roadrunner.__version__)
        self._runner = roadrunner.RoadRunner(sbml)
        self._initial = read_initial_state(sbml)
        model = self._runner.model
        self._species = list(model.getFloatingSpeciesIds())
        self._rate_rules = list(self._runner.getRateRuleIds())
        self._parameters = set(model.getGlobalParameterIds())
        # libRoadRunner reports amounts for a bare species id; SBML means the concentration.
        self._selection = {s: s if s in self._initial.amounts else f"[{s}]" for s in self._species}
        self._scales = self._state_scales()
        self._settable = sorted(self._parameters - self._initial.assigned)

    def _state_scales(self) -> list[float]:
        """Typical size of each state: its initial value, or one where that is zero."""
        values = self._initial.values({})
        sizes = [abs(a) for a in self._start_amounts(values)]
        rates = [abs(values[name]) for name in self._rate_rules]
        return [size or 1.0 for size in (*rates, *sizes)]

    def _start_amounts(self, values: Mapping[str, float]) -> list[float]:
        return [
            values[s]
            if s in self._initial.amounts
            else values[s] * values[self._initial.compartment[s]]
            for s in self._species
        ]

    def solve(
        self,
        protocol: Protocol,
        times: Sequence[float] | np.ndarray,
        outputs: Sequence[str],
        *,
        rtol: float = 1e-7,
    ) -> Trajectory:
        """Solve `protocol`; see `corrin.engine.protocol.Engine`.

        Parameters
        ----------
        protocol : Protocol
            Overrides, changes and doses.
        times : sequence of float, shape (n,)
            Output times [day], increasing, not negative.
        outputs : sequence of str
            Ids of species (as concentration or amount, as the model declares them),
            parameters and rules.
        rtol : float
            Relative tolerance.

        Raises
        ------
        SolverError
            When the integrator fails; names the simulated day.
        ModelError
            When an id is unknown to the model.
        """
        grid = np.asarray(times, dtype=float)
        if grid.ndim != 1 or grid.size == 0 or grid[0] < 0 or np.any(np.diff(grid) <= 0):
            raise ModelError("output times must increase and begin at 0 or later")
        self._check(protocol, outputs)
        self._begin(protocol.parameters)
        self._tolerances(rtol)
        if protocol.settle > 0:
            self._advance(0.0, protocol.settle, None, outputs)
        columns = self._run(protocol, grid, list(outputs))
        return Trajectory(grid, {name: columns[:, i] for i, name in enumerate(outputs)})

    def _begin(self, overrides: Mapping[str, float]) -> None:
        """Set every state and parameter to its initial value under `overrides`.

        libRoadRunner's own reset does not carry an override through initial assignments.
        """
        for name, value in overrides.items():
            if not math.isfinite(value):
                raise SolverError(f"parameter {name} is {value}", hint="give a finite number")
        values = self._initial.values(overrides)
        runner, model = self._runner, self._runner.model
        for name in self._settable:
            runner[name] = values[name]
        amounts = self._start_amounts(values)
        model.setFloatingSpeciesAmounts(list(range(len(amounts))), amounts)

    def _tolerances(self, rtol: float) -> None:
        integrator = self._runner.getIntegrator()
        integrator.relative_tolerance = rtol
        integrator.maximum_num_steps = _STEPS
        # States span nine decades: each has an absolute tolerance from its own scale.
        integrator.absolute_tolerance = [rtol * _FLOOR * scale for scale in self._scales]

    def _run(self, protocol: Protocol, grid: np.ndarray, outputs: list[str]) -> np.ndarray:
        stops = sorted(
            {0.0}
            | {c.time for c in protocol.changes if c.time < grid[-1]}
            | {d.time for d in protocol.doses if d.time < grid[-1]}
        )
        rows: list[np.ndarray] = []
        index = 0
        for number, start in enumerate(stops):
            end = stops[number + 1] if number + 1 < len(stops) else float(grid[-1])
            if start == 0.0 and grid[0] == 0.0:
                rows.append(self._values(outputs))
                index = 1
            for change in protocol.changes:
                if change.time == start:
                    self._runner[change.name] = float(change.value)
            for dose in protocol.doses:
                if dose.time == start:
                    self._add(dose.name, dose.amount)
            last = int(np.searchsorted(grid, end, side="right"))
            inside = grid[index:last]
            rows.extend(self._advance(start, end, inside, outputs))
            index = last
        return np.array(rows)

    def _advance(
        self, start: float, end: float, inside: np.ndarray | None, outputs: Sequence[str]
    ) -> list[np.ndarray]:
        """Integrate from `start` to `end` [day]; return the outputs at the times `inside`."""
        if end <= start:
            return []
        wanted = [] if inside is None else [float(t) - start for t in inside if t > start]
        length = end - start
        times = [0.0, *wanted] if wanted and wanted[-1] >= length else [0.0, *wanted, length]
        # The model does not depend on absolute time: each stretch starts at 0, so that the short
        # steps after a dose are not lost in the digits of a late time.
        self._runner.model.setTime(0.0)
        self._runner.getIntegrator().restart(0.0)
        try:
            table = self._runner.simulate(
                times=times, selections=["time", *(self._selection.get(n, n) for n in outputs)]
            )
        except RuntimeError as error:
            raise SolverError(
                f"the integrator failed between day {start:g} and day {end:g}",
                hint=f"check doses and parameters ({str(error).splitlines()[0][:120]})",
            ) from None
        values = np.array(table)[1 : len(wanted) + 1, 1:]
        if not np.all(np.isfinite(values)):
            raise SolverError(f"a value is not finite between day {start:g} and day {end:g}")
        return list(values)

    def _values(self, outputs: Sequence[str]) -> np.ndarray:
        return np.array([float(self._runner[self._selection.get(name, name)]) for name in outputs])

    def _add(self, species: str, amount: float) -> None:
        model = self._runner.model
        index = self._species.index(species)
        now = float(model.getFloatingSpeciesAmounts()[index])
        model.setFloatingSpeciesAmounts([index], [now + amount])

    def _check(self, protocol: Protocol, outputs: Sequence[str]) -> None:
        known = self._parameters.union(self._species)
        for name in (*protocol.parameters, *(c.name for c in protocol.changes)):
            if name not in self._parameters:
                raise ModelError(f"no parameter {name!r}", hint=nearest(name, self._parameters))
        for dose in protocol.doses:
            if dose.name not in self._species:
                raise ModelError(
                    f"no species {dose.name!r}", hint=nearest(dose.name, self._species)
                )
        for name in outputs:
            if name not in known:
                raise ModelError(f"no variable {name!r}", hint=nearest(name, known))


@lru_cache(maxsize=4)
def roadrunner_engine(sbml: str) -> RoadRunnerEngine:
    """Return the compiled engine of a model; one per process and model."""
    return RoadRunnerEngine(sbml)
