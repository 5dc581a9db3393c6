"""Readings of many parameter sets at once, at a fraction of the price of one after the other.

A reading asks its bench for runs, one by one, and some depend on what others showed. Here it is
interrupted where a run is missing; the missing runs of all parameter sets are solved side by side
in the lanes of the engine; then it is read again from the start, now with these runs at hand.
Readings and natural experiments are the very same functions as on a plain bench.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np

from corrin.engine import CompiledEngine, default_engine
from corrin.engine.compiled import RTOL, actions_of, make_batch
from corrin.engine.kernel import Shape
from corrin.errors import SolverError
from corrin.evidence.bench import OUTPUTS, Bench, plain_protocol
from corrin.model import load_model

Read = TypeVar("Read")
#: A run: scenario text and output times [day].
Key = tuple[str, tuple[float, ...]]

#: Parameter sets read together: as many as fill the lanes often and memory never.
TOGETHER = 16
#: Runs looked at no more often than this are solved at the times of one another.
FEW = 3
#: Rounds after which a reading that still lacks a run is given up.
ROUNDS = 400


class _Lacks(Exception):
    """A reading needs a run that was not made yet."""

    def __init__(self, key: Key) -> None:
        self.key = key


@dataclass
class SharedBench(Bench):
    """A bench that makes no run of its own: it lacks those that were not given to it.

    Attributes
    ----------
    outputs : tuple of str
        What is kept of every run.
    failed : set
        Runs that the engine could not finish.
    """

    outputs: tuple[str, ...] = OUTPUTS
    failed: set[Key] = field(default_factory=set)

    def course(
        self, text: str, times: Sequence[float] | np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Return the values of `names` at `times` [day], shape (len(names), len(times))."""
        key = (text, tuple(np.asarray(times, float).tolist()))
        if key in self.failed:
            raise SolverError("the run failed", where="bench")
        run = self._runs.get(key)
        if run is None:
            raise _Lacks(key)
        if any(name not in run for name in names):  # beyond what all benches keep: its own run
            return super().course(text, times, names)
        return np.array([run[name] for name in names])

    def take(self, key: Key, values: np.ndarray | None) -> None:
        """Keep a run, shape (times, outputs), or None where it failed."""
        if values is None:
            self.failed.add(key)
        else:
            self._runs[key] = dict(zip(self.outputs, values.T, strict=True))


def read_many(
    parameters: Sequence[Mapping[str, float]],
    reads: Sequence[Callable[[Bench], Read]],
    *,
    outputs: tuple[str, ...] = OUTPUTS,
    rtol: float = RTOL,
    threads: int = 1,
    few: int = FEW,
) -> list[list[Read]]:
    """Return what readings give under many parameter sets.

    Parameters
    ----------
    parameters : sequence of mapping
        Overrides of the shipped parameter set; the same names in each.
    reads : sequence of callable
        Each takes a bench. They may ask it for courses of single people; groups are not shared.
    outputs : tuple of str
        What is kept of every run; see `asked_for`. A reading that asks for more makes its own run.
    rtol : float
        Relative tolerance of the engine.
    threads : int
        Threads of the engine.
    few : int
        Runs looked at no more often are solved at the times of one another; with 0 every number is
        what a plain bench gives, to the last bit.

    Returns
    -------
    list of list
        For each parameter set, what each reading returned.
    """
    found: list[list[Read]] = []
    for start in range(0, len(parameters), TOGETHER):
        some = parameters[start : start + TOGETHER]
        benches = [SharedBench(dict(one), outputs=outputs) for one in some]
        rows: list[dict[int, Read]] = [{} for _ in benches]
        open_ = [(b, r) for b in range(len(benches)) for r in range(len(reads))]
        for _ in range(ROUNDS):
            lacking: dict[Key, set[int]] = {}
            still = []
            for b, r in open_:
                try:
                    rows[b][r] = reads[r](benches[b])
                except _Lacks as lacks:
                    lacking.setdefault(lacks.key, set()).add(b)
                    still.append((b, r))
            open_ = still
            if not open_:
                break
            _make(benches, lacking, rtol, threads, few)
        else:
            raise SolverError(f"a reading lacks runs after {ROUNDS} rounds", where="read_many")
        found += [[row[r] for r in range(len(reads))] for row in rows]
    return found


def asked_for(reads: Sequence[Callable[[Bench], object]]) -> tuple[str, ...]:
    """Return the outputs that readings ask a bench for, under the shipped parameter set."""
    bench = _Noting()
    for read in reads:
        read(bench)
    return tuple(dict.fromkeys(bench.names))


@dataclass
class _Noting(Bench):
    """A plain bench that notes what it is asked for."""

    names: list[str] = field(default_factory=list)

    def course(
        self, text: str, times: Sequence[float] | np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        self.names += names
        return super().course(text, times, names)


def _make(
    benches: Sequence[SharedBench],
    lacking: Mapping[Key, set[int]],
    rtol: float,
    threads: int,
    few: int,
) -> None:
    """Make runs for the benches that lack them, side by side where they can be.

    All runs of a batch have the times of all its runs; so those that are looked at often share a
    batch only with runs at the very same times, and the few times of the others are joined.
    """
    batches: dict[tuple[float, ...], list[tuple[Key, int]]] = {}
    for key, wanted in lacking.items():
        alike = key[1] if len(key[1]) > few else ()
        batches.setdefault(alike, []).extend((key, b) for b in sorted(wanted))
    for jobs in batches.values():
        times = tuple(sorted({time for (_, own), _ in jobs for time in own}))
        solved = _solve(benches, jobs, times, rtol, threads)
        for (key, b), values in zip(jobs, solved, strict=True):
            own = values[np.searchsorted(times, key[1])]
            benches[b].take(key, own if np.isfinite(own).all() else None)


def _solve(
    benches: Sequence[SharedBench],
    jobs: Sequence[tuple[Key, int]],
    times: tuple[float, ...],
    rtol: float,
    threads: int,
) -> np.ndarray:
    """Return the runs of some benches, shape (jobs, times, outputs); NaN from a failure on."""
    engine = cast("CompiledEngine", default_engine(load_model()))
    kernel = engine.kernel(benches[0].outputs)
    places = _places(kernel.shape, tuple(benches[0].parameters))
    given, actions, settles = [], [], []
    for (text, own_times), b in jobs:
        protocol = plain_protocol(text, own_times[-1] + 1.0)
        row, own = actions_of(protocol, kernel.shape, "bench")
        row[places] = list(benches[b].parameters.values())
        given.append(row)
        actions.append(own)
        settles.append(protocol.settle)
    batch = make_batch(given, actions, settles, np.array(times))
    solution = engine.run(kernel, batch, rtol, threads, 1_000_000)
    return solution.values


def _places(shape: Shape, names: tuple[str, ...]) -> np.ndarray:
    return np.array([shape.places[name] for name in names], int)
