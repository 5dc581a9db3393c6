"""Shared helpers of the engine's tests: models written in Antimony, a cache of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corrin.engine.compiled import CompiledEngine

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(ROOT))  # the conformance tests share their code with `benchmarks`

#: Two-compartment drug model with a saturable elimination, an oral depot and a slow store.
DOSING = """
model dosing()
  compartment body; body = 1;
  species depot in body, plasma in body, tissue in body, store in body, lost in body;
  depot = 0; plasma = 10; tissue = 5; store = 100; lost = 0;
  substanceOnly species depot, plasma, tissue, store, lost;
  absorb: depot -> plasma; ka*depot;
  spread: plasma -> tissue; kd*plasma;
  back: tissue -> plasma; kr*tissue;
  file: tissue -> store; ks*tissue;
  fetch: store -> tissue; kf*store;
  clear: plasma -> lost; vmax*plasma^hill/(km^hill + plasma^hill);
  feed: -> plasma; intake;
  ka = 24; kd = 3; kr = 1; ks = 0.02; kf = 0.001; vmax = 2; km = 12; hill = 1.5; intake = 1;
  total := depot + plasma + tissue + store + lost;
  ratio := plasma/tissue;
end
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conformance: cases of the SBML Test Suite")
    config.addinivalue_line("markers", "cross_engine: compares two solvers with one another")


def sbml(antimony_text: str) -> str:
    """Return the SBML of a model in Antimony."""
    import antimony

    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(antimony_text) < 0:
        raise ValueError(antimony.getLastError())
    text: str = antimony.getSBMLString(antimony.getMainModuleName())
    return text


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled code of the tests apart from the user's."""
    patch = pytest.MonkeyPatch()
    patch.setenv("CORRIN_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def dosing() -> CompiledEngine:
    """The dosing model, compiled for four lanes."""
    return CompiledEngine(sbml(DOSING), where="dosing")


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], object]:
    """Return a function from Antimony text to a model that can be simulated."""
    from corrin.engine.solve import load_sbml

    def make(text: str) -> object:
        path = tmp_path / "model.xml"
        path.write_text(sbml(text), encoding="utf-8")
        return load_sbml(path)

    return make
