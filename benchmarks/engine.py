"""Speed and error of the solvers, side by side in one run: ``python -m benchmarks.engine``.

People are solved one solver after the other in turns, on processor time, so that a machine busy
with other work hits all alike. Error is the largest over times and outputs of
|difference| / (|reference| + 0.01 mean |reference|), against this engine at rtol 1e-10.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.others import LSODA, SUNDIALS, RoadRunner, Solver
from corrin.engine import Change, Dose, Protocol
from corrin.engine.compiled import CompiledEngine

YEAR = 365.25


@dataclass(frozen=True)
class Task:
    """What every solver is given.

    Attributes
    ----------
    sbml : str
        The model.
    people : list of Protocol
        Who is solved.
    times : ndarray
        Output times [time unit of the model].
    outputs : list of str
        Ids.
    """

    sbml: str
    people: list[Protocol]
    times: np.ndarray
    outputs: list[str]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    solver: str
    rtol: float
    threads: int
    people_per_second: float
    error_median: float
    error_max: float
    ratio: float


def shipped_task(count: int) -> Task:
    """Return people with autoimmune gastritis who are treated late, each with a body of its own."""
    from corrin.model import load_model
    from corrin.variables import catalogue

    model = load_model()
    rng = np.random.default_rng(20)
    people = []
    for _ in range(count):
        start = float(rng.uniform(5, 8)) * YEAR
        doses = tuple(
            Dose(start + 60.875 * i, "depot_hydroxocobalamin", 738.0)
            for i in range(int((15 * YEAR - start) / 60.875))
        )
        people.append(
            Protocol(
                {
                    "weight": float(rng.uniform(50, 95)),
                    "height": float(rng.uniform(150, 190)),
                    "egfr": float(rng.uniform(50, 110)),
                    "food_b12": float(rng.uniform(3, 6)),
                    "mthfr_activity": float(rng.uniform(0.4, 1.0)),
                },
                settle=20 * YEAR,
                changes=(Change(YEAR, "autoimmune_attack", float(rng.uniform(0.001, 0.01))),),
                doses=doses,
            )
        )
    return Task(model.sbml, people, np.linspace(0, 15 * YEAR, 181), list(catalogue()))


def file_task(path: Path, count: int, end: float) -> Task:
    """Return people whose parameters differ by about a tenth, for any SBML file."""
    text = path.read_text(encoding="utf-8")
    from corrin.engine.sbml import parse_sbml

    model = parse_sbml(text, str(path))
    outputs = [s for s in model.species if s not in model.assigned]
    rng = np.random.default_rng(20)
    fixed = [
        p
        for p, q in model.parameters.items()
        if q.value > 0 and p not in model.assigned and p not in model.rates and q.kind != "local"
    ]
    people = [
        Protocol({p: model.parameters[p].value * float(np.exp(rng.normal(0, 0.1))) for p in fixed})
        for _ in range(count)
    ]
    return Task(text, people, np.linspace(0, end, 101), outputs)


def errors(got: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the error of each person, from arrays of shape (people, outputs, times)."""
    size = np.abs(reference) + 0.01 * np.abs(reference).mean(axis=2, keepdims=True)
    with np.errstate(invalid="ignore"):
        share = np.abs(got - reference) / np.where(size > 0, size, 1.0)
    return share.max(axis=(1, 2))


class Corrin(Solver):
    """Corrin's engine with some threads."""

    def __init__(self, task: Task, rtol: float, threads: int, engine: CompiledEngine) -> None:
        self.name, self.rtol, self.threads = "corrin", rtol, threads
        self.task, self.engine = task, engine

    def solve(self, people: Sequence[Protocol]) -> np.ndarray:
        """Return values of shape (people, outputs, times)."""
        task = self.task
        outcomes = self.engine.solve_many(
            people, task.times, task.outputs, rtol=self.rtol, threads=self.threads
        )
        return np.array([[o.unwrap().values[n] for n in task.outputs] for o in outcomes])


def start_times(task: Task) -> dict[str, float]:
    """Return the times [s] of a cold start, of a start from the cache and of one person."""
    before = os.environ.get("CORRIN_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CORRIN_CACHE"] = folder
        try:
            cold = _timed(lambda: CompiledEngine(task.sbml).kernel(task.outputs))
            warm = _timed(lambda: CompiledEngine(task.sbml).kernel(task.outputs))
            engine = CompiledEngine(task.sbml)
            engine.kernel(task.outputs)
            ten = np.linspace(0, 10 * YEAR, 121)
            one = min(_timed(lambda: engine.solve(Protocol(), ten, task.outputs)) for _ in range(5))
            treated = Protocol(
                doses=task.people[0].doses, changes=task.people[0].changes, settle=0.0
            )
            dosed = min(_timed(lambda: engine.solve(treated, ten, task.outputs)) for _ in range(3))
        finally:
            if before is None:
                del os.environ["CORRIN_CACHE"]
            else:
                os.environ["CORRIN_CACHE"] = before
    return {"cold_start": cold, "start_from_cache": warm, "one_run": one, "one_dosed_run": dosed}


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure(task: Task, solvers: Sequence[Solver], rounds: int, few: int) -> list[Row]:
    """Return the table: each solver's best of some rounds taken in turns."""
    engine = CompiledEngine(task.sbml)
    exact = Corrin(task, 1e-10, 1, engine).solve(task.people)
    best: dict[int, float] = {}
    wrong: dict[int, np.ndarray] = {}
    for _ in range(rounds):
        for place, solver in enumerate(solvers):
            people = task.people if isinstance(solver, Corrin) else task.people[:few]
            clock = time.perf_counter if solver.threads > 1 else time.process_time
            start = clock()
            values = solver.solve(people)
            each = (clock() - start) / len(people)
            best[place] = min(each, best.get(place, np.inf))
            wrong[place] = errors(values, exact[: len(people)])
    base = next((best[i] for i, s in enumerate(solvers) if s.name == "libRoadRunner"), np.nan)
    return [
        Row(
            solver.name,
            solver.rtol,
            solver.threads,
            1 / best[place],
            float(np.median(wrong[place])),
            float(wrong[place].max()),
            base / best[place],
        )
        for place, solver in enumerate(solvers)
    ]


def table(rows: Sequence[Row], starts: dict[str, float]) -> str:
    """Return the results as Markdown."""
    lines = [
        "| solver | rtol | threads | people/s | median error | largest error | to libRoadRunner |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r.solver} | {r.rtol:.0e} | {r.threads} | {r.people_per_second:.3g} | "
        f"{r.error_median:.1e} | {r.error_max:.1e} | {r.ratio:.1f}x |"
        for r in rows
    ]
    lines += ["", "| start | seconds |", "|---|---:|"]
    lines += [f"| {name.replace('_', ' ')} | {value:.3f} |" for name, value in starts.items()]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--model", type=Path, help="an SBML file instead of corrin's own model")
    parser.add_argument("--end", type=float, default=100.0, help="end of the run of --model")
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--few", type=int, default=2, help="people for the other solvers")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.model:
        task = file_task(arguments.model, arguments.people, arguments.end)
    else:
        task = shipped_task(arguments.people)
    engine = CompiledEngine(task.sbml)
    solvers: list[Solver] = [
        *(Corrin(task, rtol, 1, engine) for rtol in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)),
        Corrin(task, 1e-6, 2, engine),
    ]
    for kind in (RoadRunner, SUNDIALS, LSODA):
        reason = kind.missing()
        if reason:
            if not arguments.json:
                print(f"left out: {kind.__name__} ({reason})")
            continue
        solvers.append(kind(task.sbml, task.times, task.outputs, 1e-6))
    rows = measure(task, solvers, arguments.rounds, arguments.few)
    starts = start_times(task)
    if arguments.json:
        print(json.dumps({"rows": [asdict(r) for r in rows], "starts": starts}, indent=2))
    else:
        print(table(rows, starts))


if __name__ == "__main__":
    main()
