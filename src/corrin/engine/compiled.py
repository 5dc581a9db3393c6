"""Many people through a compiled model: the default engine."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from corrin.engine.events import EventHost
from corrin.engine.kernel import Kernel, Progress, Shape
from corrin.engine.layout import SET_SLOT
from corrin.engine.model import compile_model
from corrin.engine.outcome import Code, Outcome, describe
from corrin.engine.protocol import Protocol, Trajectory
from corrin.engine.run import Batch, Solution, Tolerance, run_batch
from corrin.engine.solve import check_tolerances, checked_times, default_floor, longest_step
from corrin.errors import CorrinError, InputError, SolverError, unknown

#: Default relative tolerance: keeps all outputs of corrin's model within 1e-5.
RTOL = 3e-7

_Action = tuple[float, int, int, int, float]


class CompiledEngine:
    """Solver of one SBML model for any number of people.

    Parameters
    ----------
    sbml : str
        The model.
    where : str
        Name of the model, for messages.
    lanes : int
        People solved side by side by one thread: 1, 2, 4 or 8.
    method : str
        ``rodas5p``, or ``rodas3`` for loose tolerances.
    progress : callable, optional
        Called with a line of text when something takes time.
    """

    name = "corrin"

    def __init__(
        self,
        sbml: str,
        *,
        where: str = "model",
        lanes: int = 4,
        method: str = "rodas5p",
        progress: Progress | None = None,
    ) -> None:
        from corrin import __version__

        self.version: str = __version__
        self.sbml, self.where = sbml, where
        self.lanes, self.method, self.progress = lanes, method, progress
        self._kernels: dict[tuple[str, ...], Kernel] = {}
        self._lock = threading.Lock()

    def kernel(self, outputs: Sequence[str]) -> Kernel:
        """Return the machine code for some outputs, made once per process and cached on disk."""
        key = tuple(outputs)
        with self._lock:
            if key not in self._kernels:
                self._kernels[key] = compile_model(
                    self.sbml,
                    outputs,
                    reading="values",
                    where=self.where,
                    lanes=self.lanes,
                    method=self.method,
                    progress=self.progress,
                )
            return self._kernels[key]

    def solve(
        self,
        protocol: Protocol,
        times: Sequence[float] | np.ndarray,
        outputs: Sequence[str],
        *,
        rtol: float = RTOL,
    ) -> Trajectory:
        """Solve one person; see `corrin.engine.protocol.Engine`.

        Parameters
        ----------
        protocol : Protocol
            Overrides, settling, changes and doses.
        times : sequence of float, shape (n,)
            Output times [day], ascending, not negative.
        outputs : sequence of str
            Ids of species, parameters and rules, each in the unit the model declares.
        rtol : float
            Relative tolerance.

        Raises
        ------
        InputError
            If a name or a number of the protocol cannot be used.
        SolverError
            If the run cannot be finished; names the simulated day and the state.
        """
        kernel = self.kernel(outputs)
        actions_of(protocol, kernel.shape, self.where)
        return self.solve_many([protocol], times, outputs, rtol=rtol, threads=1)[0].unwrap()

    def solve_many(
        self,
        protocols: Sequence[Protocol],
        times: Sequence[float] | np.ndarray,
        outputs: Sequence[str],
        *,
        rtol: float = RTOL,
        threads: int | None = None,
        max_steps: int = 1_000_000,
    ) -> list[Outcome]:
        """Solve a batch of people; one person's failure leaves the others alone.

        A person's numbers are the same to the last bit whatever the size and order of the batch
        and the number of threads.

        Parameters
        ----------
        protocols : sequence of Protocol
            People.
        times : sequence of float, shape (n,)
            Output times [day], the same for all.
        outputs : sequence of str
            Ids of species, parameters and rules.
        rtol : float
            Relative tolerance.
        threads : int, optional
            Threads at work; as many as there are cores if not given.
        max_steps : int
            Steps after which a run is given up.

        Returns
        -------
        list of Outcome
            One for each protocol, in their order.
        """
        grid = checked_times(times)
        check_tolerances(rtol, None)
        if not outputs:
            raise InputError("no outputs", where="outputs", hint="name at least one")
        kernel = self.kernel(outputs)
        shape = kernel.shape
        ready: list[tuple[int, np.ndarray, list[_Action]]] = []
        outcomes: dict[int, Outcome] = {}
        for person, protocol in enumerate(protocols):
            try:
                given, actions = actions_of(protocol, shape, self.where)
            except CorrinError as error:
                text = describe(Code.BAD_INPUT, person, -protocol.settle, "", str(error))
                outcomes[person] = Outcome(Code.BAD_INPUT, text, None, person, -protocol.settle)
            else:
                ready.append((person, given, actions))
        if ready:
            settles = [protocols[person].settle for person, _, _ in ready]
            batch = make_batch([g for _, g, _ in ready], [a for _, _, a in ready], settles, grid)
            solution = self.run(kernel, batch, rtol, threads, max_steps)
            for row, (person, _, _) in enumerate(ready):
                outcomes[person] = outcome_of(solution, row, person, shape, grid)
        return [outcomes[person] for person in range(len(protocols))]

    def run(
        self, kernel: Kernel, batch: Batch, rtol: float, threads: int | None, max_steps: int
    ) -> Solution:
        """Solve a batch of arrays."""
        shape = kernel.shape
        return run_batch(
            kernel,
            batch,
            Tolerance(rtol, floor=default_floor(shape, rtol)),
            threads=threads,
            host=EventHost if shape.events else None,
            max_steps=max_steps,
            max_step=longest_step(shape, float(batch.times[-1])),
        )


def actions_of(protocol: Protocol, shape: Shape, where: str) -> tuple[np.ndarray, list[_Action]]:
    """Return the starts and the timed actions of a protocol, or raise `InputError`."""
    slots = shape.places
    given = np.array(shape.given, float)
    for name, value in protocol.parameters.items():
        given[_place(name, value, slots, where)] = value
    if not 0 <= protocol.settle < math.inf:
        raise InputError(f"settle is {protocol.settle}", where=where, hint="give 0 or more days")
    actions: list[_Action] = []
    for change in protocol.changes:
        place = _place(change.name, change.value, slots, where)
        _check_time(change.time, f"change of {change.name}", where)
        actions.append((change.time, 0, SET_SLOT, place, change.value))
    for dose in protocol.doses:
        if dose.name not in shape.doses:
            raise unknown("species to dose", dose.name, shape.doses, where)
        if not math.isfinite(dose.amount):
            raise InputError(f"the dose of {dose.name} is {dose.amount}", where=where)
        _check_time(dose.time, f"dose of {dose.name}", where)
        kind, place = shape.doses[dose.name]
        if place >= 0:
            actions.append((dose.time, 1, kind, place, dose.amount))
    return given, sorted(actions, key=lambda a: a[:2])


def _place(name: str, value: float, slots: Mapping[str, int], where: str) -> int:
    if name not in slots:
        raise unknown("parameter", name, slots, where)
    if not math.isfinite(value):
        raise InputError(f"parameter {name} is {value}", where=where, hint="give a finite number")
    return slots[name]


def _check_time(time: float, what: str, where: str) -> None:
    if not 0 <= time < math.inf:
        raise InputError(f"{what} at day {time}", where=where, hint="give 0 or a later day")


def make_batch(
    given: Sequence[np.ndarray],
    actions: Sequence[Sequence[_Action]],
    settles: Sequence[float],
    times: np.ndarray,
) -> Batch:
    """Return people as arrays for the stepping loop."""
    flat = [a for person in actions for a in person]
    return Batch(
        given=np.ascontiguousarray(given, float),
        starts=-np.array(settles, float),
        first=np.cumsum([0, *map(len, actions)], dtype=np.int64),
        when=np.array([a[0] for a in flat], float),
        kinds=np.array([a[2] for a in flat], np.int64),
        places=np.array([a[3] for a in flat], np.int64),
        amounts=np.array([a[4] for a in flat], float),
        times=times,
    )


def outcome_of(
    solution: Solution, row: int, person: int, shape: Shape, times: np.ndarray
) -> Outcome:
    """Return the outcome of one row of a solution."""
    number, place, steps, rejects = (int(x) for x in solution.result[row])
    detail = ""
    if number < 0:
        code = Code.WORKER_FAILED
        error = solution.errors.get(row, solution.errors.get(-1))
        detail = f"the thread that solved it failed ({error!r})" if error else ""
    else:
        code = Code(number)
    state = shape.states[place] if place >= 0 else ""
    time = float(solution.reached[row])
    trajectory = None
    if code is Code.SUCCESS:
        values = {name: solution.values[row, :, j] for j, name in enumerate(shape.outputs)}
        bad = [name for name, column in values.items() if not np.isfinite(column).all()]
        if bad:
            code, state = Code.NOT_FINITE, bad[0]
            time = float(times[int(np.argmin(np.isfinite(values[bad[0]])))])
            detail = f"the output {bad[0]} is not a number"
        else:
            work = {"steps": float(steps), "rejected": float(rejects)}
            trajectory = Trajectory(times, values, work)
    return Outcome(
        code, describe(code, person, time, state, detail), trajectory, person, time, state
    )


def check_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Raise `SolverError` with the first failure and the number of failures, if there are any."""
    failed = [o for o in outcomes if not o.ok]
    if failed:
        raise SolverError(f"{len(failed)} of {len(outcomes)} runs failed; first: {failed[0].text}")
