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
    "ENGINES",
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
    "choose_engine",
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


#: Engines by the name that a user chooses them by.
ENGINES = ("compiled", "cuda", "roadrunner")


def choose_engine(name: str, model: Document) -> Engine:
    """Return an engine by name: ``compiled``, ``cuda`` (a graphics processor) or ``roadrunner``.

    Raises
    ------
    InputError
        For an unknown name, and where the engine cannot work on this machine.
    """
    from corrin.errors import InputError, unknown

    if name not in ENGINES:
        raise unknown("engine", name, ENGINES, where="--engine")
    if name == "cuda":
        from corrin.engine.cuda import CudaEngine

        return CudaEngine(model.sbml)
    if name == "roadrunner":
        try:
            from corrin.engine.reference import roadrunner_engine

            return roadrunner_engine(model.sbml)
        except ImportError:
            raise InputError(
                "libRoadRunner is not installed",
                where="--engine roadrunner",
                hint="install corrin[reference]",
            ) from None
    return default_engine(model)


def default_engine(model: Document) -> Engine:
    """Return the engine for a model; one per process and model."""
    return _compiled(model.sbml)


@lru_cache(maxsize=4)
def _compiled(sbml: str) -> Engine:
    from corrin.engine.compiled import CompiledEngine

    return CompiledEngine(sbml)
