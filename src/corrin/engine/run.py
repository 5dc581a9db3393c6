"""A batch of people through a kernel: arrays for the stepping loop, threads, and the calls."""

from __future__ import annotations

import ctypes
import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from corrin.engine import layout
from corrin.engine.kernel import Kernel
from corrin.engine.rodas import Method
from corrin.engine.stepper import advance

#: Arguments of the stepping loop, by name.
ADVANCE = advance.__code__.co_varnames[: advance.__code__.co_argcount]
Host = Callable[["Lane"], bool]

#: Bytes to which the workspace is aligned.
ALIGNMENT = 64


@dataclass(frozen=True)
class Tolerance:
    """Error control.

    Attributes
    ----------
    rtol : float
        Error allowed in a step relative to the size of a state.
    memory : float
        Share of the largest size so far that counts as the size of a state that has shrunk.
    floor : ndarray or float
        Error always allowed [unit of the state].
    """

    rtol: float = 1e-6
    memory: float = 1e-3
    floor: np.ndarray | float = 0.0


@dataclass(frozen=True)
class Batch:
    """People to be solved, as arrays.

    Attributes
    ----------
    given : ndarray, shape (people, slots + states)
        Starts; NaN where the model's formula gives one.
    starts : ndarray, shape (people,)
        Time at which each run begins.
    first : ndarray of int, shape (people + 1,)
        Where each person's actions begin in the arrays below.
    when, kinds, places, amounts : ndarray
        Time, kind, place and value of each action, in order of time for each person.
    times : ndarray, shape (times,)
        Output times, ascending.
    """

    given: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    when: np.ndarray
    kinds: np.ndarray
    places: np.ndarray
    amounts: np.ndarray
    times: np.ndarray

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.starts)


@dataclass
class Solution:
    """What the stepping loop leaves.

    Attributes
    ----------
    values : ndarray, shape (people, times, outputs)
        Outputs; NaN from where a run failed on.
    result : ndarray of int, shape (people, 4)
        Result code (-1 when there is none), state at fault (-1 when none), steps accepted and
        rejected.
    reached : ndarray, shape (people,)
        Time reached.
    errors : dict of int to Exception
        What went wrong outside the stepping loop, by person; -1 stands for a whole thread.
    """

    values: np.ndarray
    result: np.ndarray
    reached: np.ndarray
    errors: dict[int, Exception] = field(default_factory=dict)


class Lane:
    """One lane that waits for its host: the arrays of the person in it, to be read and set."""

    def __init__(self, worker: Worker, lane: int) -> None:
        self.worker, self.lane = worker, lane
        self.person = int(worker.whole[layout.PERSON, lane])

    @property
    def time(self) -> float:
        """Time of the lane."""
        return float(self.worker.ws[layout.TIME, self.lane])

    def column(self, place: int, length: int) -> np.ndarray:
        """Return a part of the workspace in this lane, as a view."""
        start = self.worker.sizes[place]
        return self.worker.ws[start : start + length, self.lane]

    def stop_at(self, time: float) -> None:
        """Ask for a stop at `time`."""
        self.worker.ws[layout.HOST_STOP, self.lane] = time


class Worker:
    """One thread's workspace."""

    def __init__(
        self,
        kernel: Kernel,
        batch: Batch,
        tolerance: Tolerance,
        solution: Solution,
        queue: np.ndarray,
        max_steps: int,
        max_step: float,
    ) -> None:
        self.kernel, self.batch, self.solution = kernel, batch, solution
        self.queue = queue
        lanes, method = kernel.lanes, kernel.method
        self.sizes = sizes_of(kernel, batch, max_steps)
        self.tuning = tuning_of(method, tolerance, max_step)
        self.floors = np.broadcast_to(
            np.asarray(tolerance.floor, float), (len(kernel.shape.states),)
        ).copy()
        self.whole = np.zeros((layout.LANE_ROWS, lanes), np.int64)
        memory = np.zeros(kernel.rows * lanes + ALIGNMENT // 8)
        skip = (-memory.ctypes.data // 8) % (ALIGNMENT // 8)
        self.ws = memory[skip : skip + kernel.rows * lanes].reshape(kernel.rows, lanes)
        self.ws[layout.STEP] = 1.0
        arrays = {
            "sizes": self.sizes,
            "tuning": self.tuning,
            "floors": self.floors,
            "given": batch.given,
            "starts": batch.starts,
            "first_action": batch.first,
            "action_time": batch.when,
            "action_kind": batch.kinds,
            "action_index": batch.places,
            "action_value": batch.amounts,
            "times": batch.times,
            "out": solution.values,
            "result": solution.result,
            "reached": solution.reached,
            "queue": queue,
            "lanes": self.whole,
            "ws": self.ws,
        }
        self._arrays = arrays
        self._arguments = [arrays[name].ctypes.data for name in ADVANCE]
        self._call = ctypes.CFUNCTYPE(None, *([ctypes.c_void_p] * len(ADVANCE)))(kernel.address)

    def run(self, host: Host | None) -> None:
        """Solve until the queue is empty; `host` serves the lanes that ask for it.

        The host returns whether the lane's run goes on.
        """
        while True:
            self._call(*self._arguments)
            waiting = np.flatnonzero(self.whole[layout.STATUS] == layout.ATTENTION)
            if len(waiting) == 0 or host is None or self.queue[1]:
                return
            for lane in waiting:
                if self.serve(host, Lane(self, int(lane))):
                    self.whole[layout.STATUS, lane] = layout.RUNNING
                    self.whole[layout.ARRIVED, lane] = 1
                else:
                    self.whole[layout.STATUS, lane] = layout.IDLE

    def serve(self, host: Host, lane: Lane) -> bool:
        """Let the host serve a lane; its failure ends that person's run alone."""
        try:
            return host(lane)
        except Exception as error:
            self.solution.errors[lane.person] = error
            return False


def sizes_of(kernel: Kernel, batch: Batch, max_steps: int) -> np.ndarray:
    """Return the array `sizes` of the stepping loop."""
    sizes = np.array(kernel.sizes, np.int64)
    sizes[layout.PEOPLE], sizes[layout.TIMES] = batch.people, len(batch.times)
    sizes[layout.MAX_STEPS] = max_steps
    return sizes


def tuning_of(method: Method, tolerance: Tolerance, max_step: float) -> np.ndarray:
    """Return the array `tuning` of the stepping loop."""
    tuning = np.zeros(layout.TUNING)
    tuning[layout.RTOL], tuning[layout.MEMORY] = tolerance.rtol, tolerance.memory
    tuning[layout.MAX_STEP] = max_step
    tuning[layout.FIRST] = 0.5 * tolerance.rtol ** (1.0 / (method.order + 1))
    tuning[layout.SAFETY] = 0.9
    tuning[layout.EXPONENT] = 1.0 / method.order
    tuning[layout.DAMPING] = 0.0
    tuning[layout.GAMMA], tuning[layout.FIRST_WEIGHT] = method.gamma, method.time[0]
    return tuning


def default_threads() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_batch(
    kernel: Kernel,
    batch: Batch,
    tolerance: Tolerance,
    *,
    threads: int | None = None,
    host: Callable[[Worker], Host] | None = None,
    max_steps: int = 1_000_000,
    max_step: float = math.inf,
) -> Solution:
    """Solve a batch.

    Parameters
    ----------
    kernel : Kernel
        Compiled model.
    batch : Batch
        People.
    tolerance : Tolerance
        Error control.
    threads : int, optional
        Threads at work; by default as many as there are cores and groups of lanes.
    host : callable, optional
        Makes, for each worker, the function that serves lanes with events.
    max_steps : int
        Steps after which a run is given up.
    max_step : float
        Longest step [time unit of the model].
    """
    people = batch.people
    shape = (people, len(batch.times), len(kernel.shape.outputs))
    solution = Solution(
        np.full(shape, np.nan), np.full((people, 4), -1, np.int64), np.full(people, np.nan)
    )
    queue = np.zeros(8, np.int64)
    groups = max(1, -(-people // kernel.lanes))
    count = min(threads or default_threads(), groups)

    def work() -> None:
        try:
            worker = Worker(kernel, batch, tolerance, solution, queue, max_steps, max_step)
            worker.run(host(worker) if host is not None else None)
        except Exception as error:
            solution.errors[-1] = error

    if groups == 1:
        work()
        return solution
    # this thread only waits, so that an interrupt reaches it
    others = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in others:
        thread.start()
    try:
        for thread in others:
            while thread.is_alive():
                thread.join(0.2)
    except KeyboardInterrupt:
        queue[1] = 1
        for thread in others:
            thread.join()
        raise
    return solution
