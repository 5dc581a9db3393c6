"""What the model computes from its states without delay, read from its SBML, and what feeds what.

Symptoms follow from the tracts at once. Reading their formulas from the model gives the value of a
symptom for any mixture of tracts, so that an effect can be followed along its paths without a
simulation for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from corrin.errors import ModelError

Formula = tuple[Any, ...]


def _power(base: Any, exponent: Any) -> Any:
    """Return a power; of a loss of nothing that rounding made less than nothing, that of 0."""
    rounding = (np.asarray(base) < 0) & (np.asarray(base) > -1e-12)
    return np.power(np.where(rounding, 0.0, base), exponent)


_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": _power,
    "neg": np.negative, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "min": np.minimum, "max": np.maximum, "select": np.where,
    "lt": np.less, "le": np.less_equal, "and": np.logical_and, "or": np.logical_or,
}  # fmt: skip


def symbols(formula: Formula) -> set[str]:
    """Return the symbols that a formula reads."""
    if formula[0] == "symbol":
        return {formula[1]}
    return set().union(*(symbols(part) for part in formula[1:] if isinstance(part, tuple)))


@dataclass(frozen=True)
class Algebra:
    """Formulas of a model.

    Attributes
    ----------
    assigned : mapping of str to formula
        What follows at once from states and parameters.
    feeds : mapping of str to set of str
        For each symbol, those that it enters directly, through a formula or a rate.
    states : frozenset of str
        What has a memory.
    values : mapping of str to float
        Parameters as the model has them.
    """

    assigned: Mapping[str, Formula]
    feeds: Mapping[str, frozenset[str]]
    states: frozenset[str]
    values: Mapping[str, float]

    def reached(self, name: str) -> frozenset[str]:
        """Return everything that a symbol reaches, near or far."""
        found: set[str] = set()
        new = {name}
        while new:
            found |= new
            new = set().union(*(self.feeds.get(n, frozenset()) for n in new)) - found
        return frozenset(found - {name})

    def leaves(self, name: str, stop: Collection[str]) -> frozenset[str]:
        """Return what a quantity is computed from, walking back no farther than `stop`."""
        if name in stop or name not in self.assigned:
            return frozenset({name})
        parts = (self.leaves(s, stop) for s in symbols(self.assigned[name]))
        return frozenset().union(*parts)

    def evaluate(self, name: str, given: Mapping[str, Any]) -> Any:
        """Return a quantity from the values of what it is computed from, element by element.

        Parameters
        ----------
        name : str
            A symbol of the model.
        given : mapping of str to float or ndarray
            Values by symbol; parameters that are missing have the value of the model.
        """
        known: dict[str, Any] = dict(given)

        def value(formula: Formula) -> Any:
            kind = formula[0]
            if kind == "number":
                return formula[1]
            if kind == "symbol":
                return look(formula[1])
            if kind not in _OPERATIONS:
                raise ModelError(f"{kind} cannot be followed along a path", where=name)
            return _OPERATIONS[kind](*(value(part) for part in formula[1:]))

        def look(symbol: str) -> Any:
            if symbol not in known:
                if symbol in self.assigned:
                    known[symbol] = value(self.assigned[symbol])
                elif symbol in self.values and symbol not in self.states:
                    known[symbol] = self.values[symbol]
                else:
                    raise ModelError(f"{symbol} has no value", where=name)
            return known[symbol]

        return look(name)


@cache
def algebra() -> Algebra:
    """Return the formulas of the shipped model."""
    from corrin.engine.sbml import parse_sbml
    from corrin.model import load_model

    model = parse_sbml(load_model().sbml, "model")
    feeds: dict[str, set[str]] = {}

    def fed(target: str, formula: Formula) -> None:
        for symbol in symbols(formula):
            feeds.setdefault(symbol, set()).add(target)

    for name, formula in model.assigned.items():
        fed(name, formula)
    for name, formula in model.rates.items():
        fed(name, formula)
    for reaction in model.reactions.values():
        fed(reaction.id, reaction.rate)
        moved = {p.species for p in reaction.parts if not model.species[p.species].boundary}
        feeds.setdefault(reaction.id, set()).update(moved)
    states = frozenset(model.rates) | frozenset(model.species)
    return Algebra(
        dict(model.assigned),
        {name: frozenset(targets) for name, targets in feeds.items()},
        states,
        {p.id: p.value for p in model.parameters.values()},
    )
