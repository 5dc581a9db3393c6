"""Solvers of a model: a `Protocol` in, a `Trajectory` out."""

from __future__ import annotations

from typing import Protocol as Interface

from corrin.engine.protocol import Change, Dose, Engine, Protocol, Trajectory

__all__ = ["Change", "Dose", "Engine", "Protocol", "Trajectory", "default_engine"]


class Document(Interface):
    """Anything that carries a model as SBML text."""

    @property
    def sbml(self) -> str:
        """The model as SBML."""
        ...


def default_engine(model: Document) -> Engine:
    """Return the engine for a model; compiled once per process."""
    from corrin.engine.reference import roadrunner_engine

    return roadrunner_engine(model.sbml)
