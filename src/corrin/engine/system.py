"""Tables of an SBML model to one system of differential equations over an expression graph.

States are integrated; slots hold still between events and changes. A species that reactions
change is a state in amounts, whatever its compartment does; its concentration is an expression.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from corrin.engine.mathml import Formula
from corrin.engine.outcome import UnsupportedSBML
from corrin.engine.program import Graph, Node
from corrin.engine.sbml import SBMLModel, Species
from corrin.errors import InputError, nearest

Term = tuple[Node, Node]


@dataclass(frozen=True)
class Target:
    """What an event assignment or a protocol may set.

    `array` is ``state`` or ``slot`` and `index` its place there. A species kept as an amount
    but named by its concentration has `volume`, the node of its compartment's size.
    """

    name: str
    array: str
    index: int
    volume: Node | None = None


@dataclass(frozen=True)
class Trigger:
    """An event as nodes of the graph."""

    name: str
    trigger: Node
    initial: bool
    persistent: bool
    delay: Node | None
    priority: Node | None
    at_trigger: bool
    assignments: tuple[tuple[Target, Node], ...]


@dataclass
class System:
    """A model ready for translation.

    Attributes
    ----------
    graph : Graph
        Home of all nodes below.
    states, slots : list of str
        Names of what is integrated and of what holds still.
    given : list of float
        Declared start of every slot, then of every state; NaN where a formula gives it.
    initial : list of int
        Start of every slot, then of every state, over the inputs ``given``.
    rates : list of list of (int, int)
        Rate of change of each state as a sum of coefficient times term.
    values : dict of str to int
        Value of every id as SBML means it in formulas.
    amounts, concentrations : dict of str to int
        Both readings of every species.
    events : list of Trigger
        Events in the order of the model.
    rescaled : list of (int, int)
        States kept as concentrations with the node of their volume: a jump of the volume
        leaves the amount.
    """

    graph: Graph = field(default_factory=Graph)
    states: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    initial: list[Node] = field(default_factory=list)
    rates: list[list[Term]] = field(default_factory=list)
    values: dict[str, Node] = field(default_factory=dict)
    amounts: dict[str, Node] = field(default_factory=dict)
    concentrations: dict[str, Node] = field(default_factory=dict)
    events: list[Trigger] = field(default_factory=list)
    rescaled: list[tuple[int, Node]] = field(default_factory=list)

    def rate(self, state: int) -> Node:
        """Return the rate of change of a state as one node."""
        g = self.graph
        return g.sum([g.apply("mul", c, t) for c, t in self.rates[state]])


def build_system(model: SBMLModel, where: str = "SBML") -> System:
    """Return the system of equations of `model`."""
    return _Builder(model, where).build()


class _Builder:
    def __init__(self, model: SBMLModel, where: str) -> None:
        self.model = model
        self.where = where
        self.system = System()
        self.graph = self.system.graph
        self.quantities = {**model.compartments, **model.parameters, **model.stoichiometries}
        self.moved = self.moved_species()
        self.place: dict[str, tuple[str, int]] = {}
        self.running: dict[str, Node] = {}
        self.starting: dict[str, Node] = {}
        self.open: list[str] = []

    def moved_species(self) -> set[str]:
        parts = (p for r in self.model.reactions.values() for p in r.parts)
        return {p.species for p in parts if not self.model.species[p.species].boundary}

    def build(self) -> System:
        system, model = self.system, self.model
        names = [*model.compartments, *model.parameters, *model.stoichiometries, *model.species]
        stored = [n for n in names if n not in model.assigned]
        moving = [n for n in stored if n in model.rates or n in self.moved]
        system.states.extend(moving)
        system.slots.extend(n for n in stored if n not in set(moving))
        for array, ids in (("state", system.states), ("slot", system.slots)):
            for index, name in enumerate(ids):
                self.place[name] = (array, index)
        system.given.extend(self.declared(n) for n in (*system.slots, *system.states))
        system.initial.extend(self.stored_start(n) for n in (*system.slots, *system.states))
        for name in (*names, *model.reactions):
            system.values[name] = self.value(name, self.running)
        for name, s in model.species.items():
            amount, concentration = self.both(s)
            system.amounts[name], system.concentrations[name] = amount, concentration
        system.rates.extend(self.terms(n) for n in system.states)
        self.build_events()
        for index, name in enumerate(system.states):
            if name in model.species and name in model.rates and self.by_volume(name):
                volume = self.value(model.species[name].compartment, self.running)
                if self.graph.support(volume):
                    system.rescaled.append((index, volume))
        return system

    def by_volume(self, name: str) -> bool:
        """Tell whether the symbol of a species means its concentration."""
        s = self.model.species[name]
        return not s.substance_only and self.model.compartments[s.compartment].dimensions != 0

    def kept_as_amount(self, name: str) -> bool:
        return name in self.model.species and name not in self.model.rates

    def declared(self, name: str) -> float:
        if name in self.model.initial:
            return math.nan
        if name in self.quantities:
            return self.quantities[name].value
        s = self.model.species[name]
        return s.concentration if math.isnan(s.amount) else s.amount

    # Values of symbols -------------------------------------------------------------------

    def value(self, name: str, known: dict[str, Node]) -> Node:
        """Return what `name` means in a formula, now or (in `starting`) at the start."""
        if name in known:
            return known[name]
        if name in self.open:
            loop = " -> ".join([*self.open[self.open.index(name) :], name])
            raise UnsupportedSBML(
                f"the rules form a loop ({loop})",
                where=self.where,
                hint="solve the loop for one of its variables",
            )
        self.open.append(name)
        known[name] = self.find(name, known)
        self.open.pop()
        return known[name]

    def find(self, name: str, known: dict[str, Node]) -> Node:
        model = self.model
        if name in model.assigned:
            return self.graph.number(self.translate(model.assigned[name], known))
        if name in model.reactions:
            return self.graph.number(self.translate(model.reactions[name].rate, known))
        if name not in self.place:
            raise InputError(
                f"the symbol {name!r} is not declared",
                where=self.where,
                hint=nearest(name, [*self.place, *model.assigned, *model.reactions]),
            )
        if known is self.starting:
            return self.symbol_start(name)
        array, index = self.place[name]
        node = self.graph.input(array, index)
        if self.kept_as_amount(name) and self.by_volume(name):
            return self.graph.apply("div", node, self.volume(name, known))
        return node

    def volume(self, name: str, known: dict[str, Node]) -> Node:
        return self.value(self.model.species[name].compartment, known)

    def given_node(self, name: str) -> Node:
        array, index = self.place[name]
        return self.graph.input("given", index + (array == "state") * len(self.system.slots))

    def symbol_start(self, name: str) -> Node:
        given = self.given_node(name)
        if name in self.model.initial:
            found = self.graph.number(self.translate(self.model.initial[name], self.starting))
            same = self.graph.apply("eq", given, given)
            return self.graph.apply("select", same, given, found)
        if name in self.quantities:
            return given
        s = self.model.species[name]
        is_amount = not math.isnan(s.amount)
        if is_amount == (not self.by_volume(name)):
            return given
        volume = self.volume(name, self.starting)
        if self.model.compartments[s.compartment].dimensions == 0:
            return given
        return self.graph.apply("div" if is_amount else "mul", given, volume)

    def stored_start(self, name: str) -> Node:
        """Return the start of what is stored for `name`: amount, concentration or value."""
        if self.kept_as_amount(name) and self.by_volume(name):
            s = self.model.species[name]
            if name not in self.model.initial and not math.isnan(s.amount):
                return self.given_node(name)
            symbol = self.value(name, self.starting)
            return self.graph.apply("mul", symbol, self.volume(name, self.starting))
        return self.value(name, self.starting)

    def both(self, s: Species) -> tuple[Node, Node]:
        symbol = self.value(s.id, self.running)
        if self.model.compartments[s.compartment].dimensions == 0:
            return symbol, symbol
        volume = self.volume(s.id, self.running)
        if self.by_volume(s.id):
            if s.id in self.place and self.kept_as_amount(s.id):
                return self.graph.input(*self.place[s.id]), symbol
            return self.graph.apply("mul", symbol, volume), symbol
        return symbol, self.graph.apply("div", symbol, volume)

    # Formulas ----------------------------------------------------------------------------

    def translate(self, formula: Formula, known: dict[str, Node]) -> Node:
        kind = formula[0]
        if kind == "number":
            return self.graph.constant(formula[1])
        if kind == "symbol":
            return self.value(formula[1], known)
        if kind == "time":
            return self.graph.constant(0.0) if known is self.starting else self.graph.input("time")
        if kind == "rate":
            return self.rate_of(formula[1], known)
        return self.graph.apply(kind, *(self.translate(f, known) for f in formula[1:]))

    def rate_of(self, name: str, known: dict[str, Node]) -> Node:
        g, model = self.graph, self.model
        if name in model.assigned or name in model.reactions:
            raise UnsupportedSBML(
                f"rateOf({name}) asks for the rate of a variable that a rule or a reaction gives",
                where=self.where,
                hint="write out the derivative as a formula",
            )
        self.open.append(f"rateOf({name})")
        if self.open.count(f"rateOf({name})") > 1:
            raise UnsupportedSBML(
                f"rateOf({name}) depends on itself",
                where=self.where,
                hint="solve the rates for one another",
            )
        rate = g.sum([g.apply("mul", c, t) for c, t in self.terms(name, known)])
        if name in model.species and self.kept_as_amount(name) and self.by_volume(name):
            compartment = model.species[name].compartment
            volume = self.value(compartment, known)
            rate = g.apply("div", rate, volume)
            if g.support(volume) and not model.compartments[compartment].constant:
                growth = self.rate_of(compartment, known)
                dilution = g.apply("mul", self.value(name, known), g.apply("div", growth, volume))
                rate = g.apply("sub", rate, dilution)
        self.open.pop()
        return rate

    def terms(self, name: str, known: dict[str, Node] | None = None) -> list[Term]:
        """Return the rate of change of `name` as coefficients and terms."""
        g, model = self.graph, self.model
        known = self.running if known is None else known
        if name in model.rates:
            rate = g.number(self.translate(model.rates[name], known))
            return [(g.constant(1.0), rate)]
        if name not in self.moved:
            return []
        factor = g.constant(1.0)
        if model.species[name].conversion_factor:
            factor = self.value(model.species[name].conversion_factor, known)
        net: dict[str, Node] = {}
        for r in model.reactions.values():
            for part in r.parts:
                if part.species != name:
                    continue
                amount = g.constant(part.stoichiometry)
                if part.symbol:
                    amount = self.value(part.symbol, known)
                before = net.get(r.id, g.constant(0.0))
                net[r.id] = g.apply("sub" if part.sign < 0 else "add", before, amount)
        terms = []
        for reaction, amount in net.items():
            coefficient = g.apply("mul", amount, factor)
            rate = self.value(reaction, known)
            if g.support(coefficient) <= {"slot", "given"}:
                terms.append((coefficient, rate))
            else:
                terms.append((g.constant(1.0), g.apply("mul", coefficient, rate)))
        return terms

    # Events ------------------------------------------------------------------------------

    def target(self, name: str, where: str) -> Target:
        if name not in self.place:
            raise InputError(
                f"{where} sets {name!r}, which an assignment rule gives",
                where=self.where,
                hint="remove the rule or the assignment",
            )
        array, index = self.place[name]
        if self.kept_as_amount(name) and self.by_volume(name):
            return Target(name, array, index, self.volume(name, self.running))
        return Target(name, array, index)

    def build_events(self) -> None:
        g = self.graph

        def maybe(formula: Formula | None) -> Node | None:
            if formula is None:
                return None
            return g.number(self.translate(formula, self.running))

        for e in self.model.events:
            self.system.events.append(
                Trigger(
                    e.id,
                    g.truth(self.translate(e.trigger, self.running)),
                    e.initial,
                    e.persistent,
                    maybe(e.delay),
                    maybe(e.priority),
                    e.at_trigger,
                    tuple(
                        (
                            self.target(name, f"event {e.id}"),
                            g.number(self.translate(f, self.running)),
                        )
                        for name, f in e.assignments
                    ),
                )
            )


def ancestors(system: System, wanted: Iterable[Node]) -> list[int]:
    """Return the indices of the states that the nodes `wanted` depend on, directly or not."""
    g = system.graph
    found: set[int] = set()
    fresh = {i for node in wanted for i in g.states_of(node)}
    while fresh:
        found |= fresh
        fresh = {
            i for s in fresh for pair in system.rates[s] for node in pair for i in g.states_of(node)
        } - found
    return sorted(found)
