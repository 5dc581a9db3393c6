"""This engine against libRoadRunner, an independent implementation of SBML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corrin.engine import Change, Dose, Protocol, load_sbml
from corrin.engine.compiled import CompiledEngine

from .conftest import DOSING, SHARED, sbml

roadrunner = pytest.importorskip("roadrunner")
pytestmark = pytest.mark.cross_engine

MODELS = sorted((SHARED / "reference-models").glob("*.xml"))
#: Length of a run of each published model [its time unit].
SPANS = {"0018": 50.0, "0213": 50.0, "0268": 100.0, "0698": 400.0}


@pytest.mark.skipif(not MODELS, reason="the reference models are not beside the repository")
@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_published_models_agree(path: Path) -> None:
    span = next((s for key, s in SPANS.items() if key in path.stem), 100.0)
    times = np.linspace(0, span, 101)
    ours = load_sbml(path).simulate(times, rtol=1e-9)
    runner = roadrunner.RoadRunner(str(path))
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-14
    species = list(runner.model.getFloatingSpeciesIds())
    theirs = np.array(runner.simulate(0, span, 101, [f"[{s}]" for s in species]))
    assert species
    for j, name in enumerate(species):
        size = np.abs(theirs[:, j]).max()
        np.testing.assert_allclose(
            ours[name], theirs[:, j], rtol=2e-6, atol=1e-8 * size, err_msg=name
        )


def test_dosing_agrees() -> None:
    from corrin.engine.reference import RoadRunnerEngine

    text = sbml(DOSING)
    rng = np.random.default_rng(3)
    grid = np.linspace(0, 60, 61)
    outputs = ["plasma", "tissue", "store", "ratio", "total"]
    ours, theirs = CompiledEngine(text), RoadRunnerEngine(text)
    protocols = [
        Protocol(
            {"kd": float(rng.uniform(1, 6)), "hill": float(rng.uniform(1, 3))},
            float(rng.choice([0.0, 30.0])),
            (Change(float(rng.uniform(0, 60)), "intake", float(rng.uniform(0, 3))),),
            tuple(
                Dose(float(t), "depot", float(rng.uniform(1, 900))) for t in rng.uniform(0, 60, 4)
            ),
        )
        for _ in range(12)
    ]
    for protocol, outcome in zip(
        protocols, ours.solve_many(protocols, grid, outputs, rtol=1e-7), strict=True
    ):
        reference = theirs.solve(protocol, grid, outputs, rtol=1e-11)
        for name in outputs:
            np.testing.assert_allclose(
                outcome.unwrap().values[name], reference.values[name], rtol=1e-5, err_msg=name
            )
