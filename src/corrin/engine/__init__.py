"""Solvers of a model: a `Protocol` in, a `Trajectory` out; any SBML file in, a table out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

from corrin.engine.protocol import Change, Dose, Engine, Protocol, Trajectory

if TYPE_CHECKING:
    from corrin.engine.compiled import CompiledEngine
    from corrin.engine.outcome import Code, Outcome, UnsupportedSBML
    from corrin.engine.solve import SBMLProgram, load_sbml

__all__ = [
    "Change",
    "Code",
    "CompiledEngine",
    "Dose",
    "Engine",
    "Outcome",
    "Protocol",
    "SBMLProgram",
    "Trajectory",
    "UnsupportedSBML",
    "default_engine",
    "load_sbml",
]

_HOMES = {
    "Code": "outcome",
    "CompiledEngine": "compiled",
    "Outcome": "outcome",
    "SBMLProgram": "solve",
    "UnsupportedSBML": "outcome",
    "load_sbml": "solve",
}


def __getattr__(name: str) -> Any:
    """Load the solvers only when they are asked for."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


class Document(Interface):
    """Anything that carries a model as SBML text."""

    @property
    def sbml(self) -> str:
        """The model as SBML."""
        ...


def default_engine(model: Document) -> Engine:
    """Return the engine for a model; one per process and model."""
    return _compiled(model.sbml)


@lru_cache(maxsize=4)
def _compiled(sbml: str) -> Engine:
    from corrin.engine.compiled import CompiledEngine

    return CompiledEngine(sbml)
