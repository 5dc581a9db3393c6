"""Initial state of an SBML model under parameter overrides.

Derived parameters and initial amounts follow their initial assignments, so that an override of a
parameter carries through to everything computed from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType

from corrin.errors import ModelError


def _piecewise(*parts: float) -> float:
    """SBML's piecewise: value, condition, value, condition, ..., otherwise."""
    for value, condition in zip(parts[0::2], parts[1::2], strict=False):
        if condition:
            return value
    return parts[-1]


_FUNCTIONS = {
    "piecewise": _piecewise,
    "pow": pow,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
}


@dataclass(frozen=True)
class InitialState:
    """Values of all symbols at time 0 of an SBML model.

    Attributes
    ----------
    plain : mapping of str to float
        Numbers that the document gives: parameters, compartments, species
        (concentration, or amount where the species has only substance units).
    order : tuple of (str, code)
        Initial assignments and assignment rules in order of evaluation.
    amounts : frozenset of str
        Species that are given as amounts.
    compartment : mapping of str to str
        Compartment of each species.
    assigned : frozenset of str
        Symbols that an assignment rule sets at all times; they cannot be set.
    """

    plain: Mapping[str, float]
    order: tuple[tuple[str, CodeType], ...]
    amounts: frozenset[str]
    compartment: Mapping[str, str]
    assigned: frozenset[str]

    def values(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """Return the value of every symbol at time 0 under `overrides`."""
        names: dict[str, float] = dict(self.plain) | dict(overrides)
        scope = {"__builtins__": {}, **_FUNCTIONS}
        for name, code in self.order:
            if name not in overrides:
                names[name] = float(eval(code, scope, names))  # noqa: S307 - own compiled formulas
        return names


def read_initial_state(sbml: str) -> InitialState:
    """Compile the initial values of an SBML document; see `InitialState`."""
    import libsbml

    model = libsbml.readSBMLFromString(sbml).getModel()
    plain: dict[str, float] = {}
    amounts, compartment = set(), {}
    for item in model.getListOfCompartments():
        plain[item.getId()] = item.getSize()
    for item in model.getListOfParameters():
        plain[item.getId()] = item.getValue()
    for item in model.getListOfSpecies():
        compartment[item.getId()] = item.getCompartment()
        if item.getHasOnlySubstanceUnits():
            amounts.add(item.getId())
            plain[item.getId()] = item.getInitialAmount()
        else:
            plain[item.getId()] = item.getInitialConcentration()
    formulas: dict[str, str] = {}
    assigned = set()
    for rule in model.getListOfRules():
        if rule.isAssignment():
            formulas[rule.getVariable()] = libsbml.formulaToL3String(rule.getMath())
            assigned.add(rule.getVariable())
    for item in model.getListOfInitialAssignments():
        formulas[item.getSymbol()] = libsbml.formulaToL3String(item.getMath())
    plain["time"] = 0.0
    return InitialState(
        plain, tuple(_sorted(formulas)), frozenset(amounts), compartment, frozenset(assigned)
    )


def _sorted(formulas: Mapping[str, str]) -> list[tuple[str, CodeType]]:
    """Order formulas so that each comes after those it reads."""
    texts = {
        name: re.sub(r"\bdimensionless\b", "", text).replace("^", "**")
        for name, text in formulas.items()
    }
    needs = {
        name: set(re.findall(r"[A-Za-z_]\w*", text)) & texts.keys() for name, text in texts.items()
    }
    order: list[tuple[str, CodeType]] = []
    done: set[str] = set()
    open_: set[str] = set()

    def visit(name: str) -> None:
        if name in done:
            return
        if name in open_:
            raise ModelError(f"initial values run in a circle at {name}")
        open_.add(name)
        for other in sorted(needs[name]):
            visit(other)
        done.add(name)
        order.append((name, compile(texts[name], name, "eval")))

    for name in texts:
        visit(name)
    return order
