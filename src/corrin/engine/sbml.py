"""SBML text to plain tables of a model; whatever the engine cannot solve is refused by name.

Only this file and `mathml` know libSBML. Levels 1 and 2 are lifted to Level 3 Version 2 first,
so that there is one language to understand.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import libsbml

from corrin.engine.mathml import Formula, Functions, formula
from corrin.engine.outcome import UnsupportedSBML
from corrin.errors import InputError

#: Packages that change no value of a time course, and the mathematics that `mathml` reads.
_HARMLESS = ("layout", "render", "groups", "l3v2extendedmath")

_ADVICE = {
    "comp": "flatten the hierarchical model first",
    "fbc": "flux balance has no time course: give the reactions rate laws",
}


@dataclass(frozen=True)
class Quantity:
    """A parameter, a compartment or the stoichiometry of a species reference."""

    id: str
    kind: str
    value: float
    constant: bool = True
    dimensions: float = 3.0


@dataclass(frozen=True)
class Species:
    """A species as declared; `amount` or `concentration` is NaN where not given."""

    id: str
    compartment: str
    amount: float
    concentration: float
    substance_only: bool
    boundary: bool
    constant: bool
    conversion_factor: str


@dataclass(frozen=True)
class Part:
    """One species reference of a reaction; `stoichiometry` is signed, `symbol` may name it."""

    species: str
    sign: float
    stoichiometry: float
    symbol: str


@dataclass(frozen=True)
class Reaction:
    """A reaction with its rate [substance/time]."""

    id: str
    parts: tuple[Part, ...]
    rate: Formula


@dataclass(frozen=True)
class Event:
    """An event; a formula that is not there is None."""

    id: str
    trigger: Formula
    initial: bool
    persistent: bool
    delay: Formula | None
    priority: Formula | None
    at_trigger: bool
    assignments: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True)
class SBMLModel:
    """Everything of an SBML model that bears on a time course."""

    id: str
    compartments: dict[str, Quantity]
    species: dict[str, Species]
    parameters: dict[str, Quantity]
    stoichiometries: dict[str, Quantity]
    reactions: dict[str, Reaction]
    initial: dict[str, Formula]
    assigned: dict[str, Formula]
    rates: dict[str, Formula]
    events: tuple[Event, ...]


def parse_sbml(text: str, where: str = "SBML") -> SBMLModel:
    """Return the tables of the SBML model in `text`.

    Parameters
    ----------
    text : str
        SBML of any level.
    where : str
        Name of the source, for messages.

    Returns
    -------
    SBMLModel
        The model.

    Raises
    ------
    InputError
        If the text is not SBML.
    UnsupportedSBML
        If the model uses an element that the engine refuses.
    """
    document = libsbml.readSBMLFromString(text)
    _fail_on_errors(document, where)
    _refuse_packages(text, where)
    _refuse_fast(document.getModel(), where)
    if document.getLevel() < 3 or document.getVersion() < 2:
        _lift(document, where)
    model = document.getModel()
    if model is None:
        raise InputError("there is no model", where=where, hint="give an SBML file with a model")
    return _Reader(model, where).read()


def _fail_on_errors(document: Any, where: str) -> None:
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            message = " ".join(error.getMessage().split())
            raise InputError(
                f"line {error.getLine()}: {message}"[:400],
                where=where,
                hint="check the file with an SBML validator",
            )


def _refuse_packages(text: str, where: str) -> None:
    """Refuse by the root's attributes, which name packages that libSBML does not know too."""
    _, root = next(ElementTree.iterparse(io.BytesIO(text.encode()), ["start"]))
    for attribute, value in root.attrib.items():
        space, _, name = attribute.removeprefix("{").rpartition("}")
        if name != "required" or not space:
            continue
        known = re.search(r"/level3/version\d+/(\w+)/version", space)
        package = known.group(1) if known else space
        if package in _ADVICE or (package not in _HARMLESS and value in ("true", "1")):
            raise UnsupportedSBML(
                f"the model uses the SBML package {package!r}",
                where=where,
                hint=_ADVICE.get(package, "express it in SBML core"),
            )


def _refuse_fast(model: Any, where: str) -> None:
    for reaction in model.getListOfReactions() if model is not None else ():
        if reaction.isSetFast() and reaction.getFast():
            raise UnsupportedSBML(
                "fast reactions are not solved here",
                where=f"{where}: reaction {reaction.getId()}",
                hint="give the reaction a large rate constant instead of fast='true'",
            )


def _lift(document: Any, where: str) -> None:
    level, version = document.getLevel(), document.getVersion()
    if not document.setLevelAndVersion(3, 2, False):
        raise UnsupportedSBML(
            f"SBML Level {level} Version {version} cannot be converted to Level 3 Version 2",
            where=where,
            hint="convert the model to Level 3 with the tool that wrote it",
        )


def _given(is_set: bool, value: float) -> float:
    return float(value) if is_set else math.nan


class _Reader:
    """One pass over one libSBML model."""

    def __init__(self, model: Any, where: str) -> None:
        self.model = model
        self.where = where
        self.functions: Functions = dict(self.read_functions())
        self.taken: dict[str, str] = {}
        self.local: dict[str, Quantity] = {}
        self.stoichiometries: dict[str, Quantity] = {}

    def place(self, element: Any) -> str:
        name = element.getElementName()
        label = element.getId() or element.getMetaId()
        return f"{self.where}: {name} {label}" if label else f"{self.where}: {name}"

    def refuse(self, what: str, element: Any, hint: str) -> UnsupportedSBML:
        return UnsupportedSBML(what, where=self.place(element), hint=hint)

    def claim(self, name: str, element: Any) -> str:
        if not name:
            raise InputError(
                f"a {element.getElementName()} has no id", where=self.where, hint="give it one"
            )
        if name in self.taken:
            raise InputError(
                f"the id {name!r} is used twice ({self.taken[name]} and "
                f"{element.getElementName()})",
                where=self.where,
                hint="rename one of them",
            )
        self.taken[name] = element.getElementName()
        return name

    def math(self, element: Any, where: str | None = None) -> Formula | None:
        if element is None or not element.isSetMath():
            return None
        return formula(element.getMath(), self.functions, where or self.place(element))

    def read_functions(self) -> Iterator[tuple[str, tuple[list[str], Any]]]:
        for definition in self.model.getListOfFunctionDefinitions():
            names = [
                definition.getArgument(i).getName() for i in range(definition.getNumArguments())
            ]
            yield definition.getId(), (names, definition.getBody())

    def read(self) -> SBMLModel:
        model = self.model
        compartments = {
            self.claim(c.getId(), c): Quantity(
                c.getId(),
                "compartment",
                _given(c.isSetSize(), c.getSize()),
                c.getConstant(),
                c.getSpatialDimensionsAsDouble() if c.isSetSpatialDimensions() else 3.0,
            )
            for c in model.getListOfCompartments()
        }
        parameters = {
            self.claim(p.getId(), p): Quantity(
                p.getId(), "parameter", _given(p.isSetValue(), p.getValue()), p.getConstant()
            )
            for p in model.getListOfParameters()
        }
        species = {self.claim(s.getId(), s): self.species(s) for s in model.getListOfSpecies()}
        reactions = {r.getId(): self.reaction(r) for r in model.getListOfReactions()}
        initial = {}
        for element in model.getListOfInitialAssignments():
            found = self.math(element, f"{self.where}: initialAssignment of {element.getSymbol()}")
            if found is not None:
                initial[element.getSymbol()] = found
        assigned, rates = self.rules()
        events = tuple(self.event(e, i) for i, e in enumerate(model.getListOfEvents()))
        tables = SBMLModel(
            model.getId(),
            compartments,
            species,
            {**parameters, **self.local},
            self.stoichiometries,
            reactions,
            initial,
            assigned,
            rates,
            events,
        )
        self.check(tables)
        return tables

    def species(self, s: Any) -> Species:
        factor = s.getConversionFactor() or self.model.getConversionFactor()
        return Species(
            s.getId(),
            s.getCompartment(),
            _given(s.isSetInitialAmount(), s.getInitialAmount()),
            _given(s.isSetInitialConcentration(), s.getInitialConcentration()),
            s.getHasOnlySubstanceUnits(),
            s.getBoundaryCondition(),
            s.getConstant(),
            factor,
        )

    def reaction(self, r: Any) -> Reaction:
        self.claim(r.getId(), r)
        parts = []
        for sign, references in ((-1.0, r.getListOfReactants()), (1.0, r.getListOfProducts())):
            for ref in references:
                value = _given(ref.isSetStoichiometry(), ref.getStoichiometry())
                if ref.getId():
                    self.claim(ref.getId(), ref)
                    self.stoichiometries[ref.getId()] = Quantity(
                        ref.getId(), "stoichiometry", value, ref.getConstant()
                    )
                parts.append(Part(ref.getSpecies(), sign, value, ref.getId()))
        return Reaction(r.getId(), tuple(parts), self.rate(r))

    def rate(self, r: Any) -> Formula:
        law = r.getKineticLaw() if r.isSetKineticLaw() else None
        found = self.math(law, f"{self.where}: kineticLaw of {r.getId()}")
        if law is None or found is None:
            return ("number", math.nan)
        local = {}
        for p in law.getListOfLocalParameters():
            name = f"{r.getId()}.{p.getId()}"
            self.local[name] = Quantity(name, "local", _given(p.isSetValue(), p.getValue()))
            local[p.getId()] = name
        return _renamed(found, local) if local else found

    def rules(self) -> tuple[dict[str, Formula], dict[str, Formula]]:
        assigned: dict[str, Formula] = {}
        rates: dict[str, Formula] = {}
        for rule in self.model.getListOfRules():
            if rule.isAlgebraic():
                if not rule.isSetMath():
                    continue
                raise self.refuse(
                    f"algebraic rules are not solved here (0 = {rule.getFormula()})",
                    rule,
                    "solve it for one variable and write an assignment rule",
                )
            name = rule.getVariable()
            found = self.math(rule, f"{self.where}: {rule.getElementName()} of {name}")
            if found is None:
                continue
            if name in assigned or name in rates:
                raise InputError(
                    f"{name!r} has two rules", where=self.where, hint="remove one of them"
                )
            (rates if rule.isRate() else assigned)[name] = found
        return assigned, rates

    def event(self, e: Any, place: int) -> Event:
        label = e.getId() or f"event number {place + 1}"
        where = f"{self.where}: event {label}"
        trigger = e.getTrigger() if e.isSetTrigger() else None
        condition = self.math(trigger, f"{where}, trigger")
        assignments = []
        for a in e.getListOfEventAssignments():
            found = self.math(a, f"{where}, assignment to {a.getVariable()}")
            if found is not None:
                assignments.append((a.getVariable(), found))
        return Event(
            label,
            condition or ("ne", ("number", 0.0), ("number", 0.0)),
            bool(trigger.getInitialValue()) if trigger is not None else True,
            bool(trigger.getPersistent()) if trigger is not None else True,
            self.math(e.getDelay(), f"{where}, delay") if e.isSetDelay() else None,
            self.math(e.getPriority(), f"{where}, priority") if e.isSetPriority() else None,
            e.getUseValuesFromTriggerTime(),
            tuple(assignments),
        )

    def check(self, model: SBMLModel) -> None:
        known = {**model.compartments, **model.species, **model.parameters}
        changeable = {**known, **model.stoichiometries}
        for what, names in (
            ("a rule", (*model.assigned, *model.rates)),
            ("an initial assignment", model.initial),
            ("an event", [name for e in model.events for name, _ in e.assignments]),
        ):
            for name in names:
                if name not in changeable:
                    raise InputError(
                        f"{what} sets {name!r}, which is not declared",
                        where=self.where,
                        hint="declare it or remove the assignment",
                    )
        for name in model.assigned:
            if name in model.initial:
                raise InputError(
                    f"{name!r} has an assignment rule and an initial assignment",
                    where=self.where,
                    hint="remove one of them",
                )
        for s in model.species.values():
            if s.compartment not in model.compartments:
                raise InputError(
                    f"species {s.id!r} lies in the unknown compartment {s.compartment!r}",
                    where=self.where,
                    hint="declare the compartment",
                )
        for r in model.reactions.values():
            for part in r.parts:
                self.check_part(model, r, part)

    def check_part(self, model: SBMLModel, r: Reaction, part: Part) -> None:
        s = model.species.get(part.species)
        if s is None:
            raise InputError(
                f"reaction {r.id!r} refers to the unknown species {part.species!r}",
                where=self.where,
                hint="declare the species",
            )
        if s.boundary:
            return
        if s.id in model.assigned or s.id in model.rates:
            raise InputError(
                f"species {s.id!r} is changed by a rule and by reaction {r.id!r}",
                where=self.where,
                hint="set boundaryCondition='true' on it, or remove the rule",
            )
        if s.constant:
            raise InputError(
                f"the constant species {s.id!r} is changed by reaction {r.id!r}",
                where=self.where,
                hint="set boundaryCondition='true' on it",
            )


def _renamed(found: Formula, names: dict[str, str]) -> Formula:
    if found[0] in ("symbol", "rate"):
        return (found[0], names.get(found[1], found[1]))
    return tuple(_renamed(x, names) if isinstance(x, tuple) else x for x in found)
