"""Sampled people, this engine against libRoadRunner at tight tolerance.

``python -m benchmarks.agreement [--people 1000]`` draws people whose parameters spread as the
tables say, each with a cause of deficiency, and prints the largest difference over all public
outputs and times, relative to the value plus a hundredth of its mean over the run, or of one where
the output is a share or a grade (a deficit of a millionth need not be known to ten digits).
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from corrin.engine import Change, Dose, Protocol
from corrin.engine.compiled import CompiledEngine
from corrin.engine.initial import read_initial_state
from corrin.engine.reference import roadrunner_engine
from corrin.errors import SolverError
from corrin.model import load_model
from corrin.model.feasible import feasible
from corrin.variables import catalogue

YEAR = 365.25
#: What befalls a person: input and the value it takes from a random day on.
CAUSES = (
    ("autoimmune_attack", 0.1),
    ("food_b12", 0.2),
    ("stomach_resected", 1.0),
    ("metformin", 2000.0),
    ("acid_suppression", 0.9),
    ("ileum_resected", 60.0),
    ("nitrous_oxide", 0.05),
    ("folate_intake", 0.2),
    ("mutase_activity", 0.1),
    ("mthfr_activity", 0.35),
)


def sample(count: int, seed: int = 7) -> list[Protocol]:
    """Draw people: log-normal parameters by their spread, one cause each, half of them treated."""
    rng = np.random.default_rng(seed)
    model = load_model()
    spread = [row for row in model.rows if row.spread]
    initial = read_initial_state(model.sbml)
    people: list[Protocol] = []
    while len(people) < count:
        values = {
            row.name: row.value * float(np.exp(row.spread * rng.standard_normal()))
            for row in spread
            if row.spread is not None and "share" not in row.name
        }
        derived = initial.values(values)
        if not feasible(derived):
            continue
        name, value = CAUSES[rng.integers(len(CAUSES))]
        changes = (Change(float(rng.uniform(0, 400)), name, value),)
        doses: tuple[Dose, ...] = ()
        if rng.random() < 0.5:
            days = 3 * YEAR + 60.875 * np.arange(6)
            doses = tuple(Dose(float(d), "depot_hydroxocobalamin", 738.0) for d in days)
        people.append(Protocol(values, 10 * YEAR, changes, doses))
    return people


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--years", type=float, default=6.0)
    arguments = parser.parse_args()
    sbml = load_model().sbml
    engine, oracle = CompiledEngine(sbml), roadrunner_engine(sbml)
    units = {name: variable.unit for name, variable in catalogue().items()}
    outputs = list(units)
    times = np.linspace(0, arguments.years * YEAR, 25)
    people = sample(arguments.people)
    start = time.process_time()
    ours = engine.solve_many(people, times, outputs)
    spent = time.process_time() - start
    worst: list[tuple[float, str, int]] = []
    failed = other = 0
    start = time.process_time()
    for index, (person, outcome) in enumerate(zip(people, ours, strict=True)):
        try:
            found = outcome.unwrap().values
        except SolverError as error:
            failed += 1
            print(f"person {index}: {error}")
            continue
        try:
            reference = oracle.solve(person, times, outputs, rtol=1e-10).values
        except SolverError as error:
            other += 1
            print(f"person {index}, libRoadRunner: {error}")
            continue
        largest = (0.0, "")
        for name in outputs:
            size = np.abs(reference[name])
            scale = size + 0.01 * max(float(np.mean(size)), 1.0 if units[name] == "1" else 0.0)
            difference = float(np.max(np.abs(found[name] - reference[name]) / scale))
            largest = max(largest, (difference, name))
        worst.append((*largest, index))
    reference_time = time.process_time() - start
    differences = np.array([w[0] for w in worst])
    print(f"people {len(worst)}, failed here {failed}, failed in libRoadRunner {other}")
    print(f"largest difference {max(worst)}")
    print(
        f"median of largest {np.median(differences):.2g}, 99 % {np.quantile(differences, 0.99):.2g}"
    )
    print(f"above 1e-5: {np.sum(differences > 1e-5)}")
    print(f"processor time: here {spent:.1f} s, libRoadRunner {reference_time:.1f} s")


if __name__ == "__main__":
    main()
