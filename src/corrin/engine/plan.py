"""What has to be computed for the outputs asked for: the system cut down and its derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corrin.engine.derivatives import Jacobian, jacobian
from corrin.engine.ordering import Factors, markowitz
from corrin.engine.program import RELATIONS, Graph, Node
from corrin.engine.rewrite import guarded_bases, simplify
from corrin.engine.stops import upcoming_stops
from corrin.engine.system import System, Term, ancestors

#: Share of what is compared within which a comparison of the rates is too close to tell.
BAND = 1e-9


@dataclass(frozen=True)
class Plan:
    """Nodes to be turned into machine code.

    Attributes
    ----------
    graph : Graph
        Home of the nodes.
    states : tuple of int
        Places, in the system, of the states that are solved.
    rates : list of list of (int, int)
        Rate of change of each solved state.
    jacobian : Jacobian
        Derivatives of the rates, by place among the solved states.
    factors : Factors
        Order of elimination.
    observed : list of int
        One node for each output.
    triggers : list of int
        Truth of each event's trigger and of the conditions in them (`count` in all), then of the
        conditions on states in the rates.
    count : int
        Conditions that events depend on.
    discrete : list of int
        What the host needs at an event: see `corrin.engine.events`.
    stops : list of int
        Next time of each condition on time alone.
    guarded : list of int
        Truth values: a power is asked of a base it has no value for.
    initial : list of int
        Starts of all slots and of the solved states.
    hoisted : list of int
        Nodes computed once for each set of slots.
    """

    graph: Graph
    states: tuple[int, ...]
    rates: list[list[Term]]
    jacobian: Jacobian
    factors: Factors
    observed: list[Node]
    triggers: list[Node]
    count: int
    discrete: list[Node]
    stops: list[Node]
    guarded: list[Node]
    initial: list[Node]
    hoisted: list[Node]


def make_plan(system: System, outputs: Sequence[Node], discrete: Sequence[Node]) -> Plan:
    """Return the plan that solves the ancestors of `outputs`, all events included.

    Parameters
    ----------
    system : System
        The whole model.
    outputs : sequence of int
        Nodes asked for.
    discrete : sequence of int
        Nodes that events need beside their triggers.
    """
    g = system.graph
    inner = conditions(g, [e.trigger for e in system.events])
    triggers = [g.number(n) for n in [*(e.trigger for e in system.events), *inner]]
    event_needs = [*triggers, *discrete]
    event_needs += [
        g.input("state", t.index)
        for e in system.events
        for t, _ in e.assignments
        if t.array == "state"
    ]
    states = ancestors(system, [*outputs, *event_needs])
    terms = [system.rates[i] for i in states]
    count = len(triggers)
    moving = conditions(g, [node for row in terms for pair in row for node in pair])
    watched = [n for n in moving if n not in inner and "state" in g.support(n)]
    triggers += [side(g, n) for n in watched]
    flat = [node for row in terms for pair in row for node in pair]
    slots = len(system.slots)
    initial = [*system.initial[:slots], *(system.initial[slots + i] for i in states)]
    roots = [*flat, *outputs, *triggers, *discrete]
    place = {state: i for i, state in enumerate(states)}
    moved = g.substitute(
        roots,
        lambda n: g.input("state", place[g.args[n][0]]) if g.ops[n] == "state" else None,
    )
    new = simplify(g, moved)
    size = len(flat)
    stops = upcoming_stops(g, [*moved[:size], *moved[size + len(outputs) :]])
    pairs = iter(new[:size])
    rates = [[(next(pairs), next(pairs)) for _ in row] for row in terms]
    observed = new[size : size + len(outputs)]
    rest = new[size + len(outputs) :]
    derivatives = jacobian(g, rates)
    factors = markowitz(len(states), derivatives.entries)
    slopes = [t for t in derivatives.time if t is not None]
    stops = simplify(g, stops)
    hoisted = hoist(
        g,
        [n for row in rates for pair in row for n in pair]
        + [*derivatives.entries.values(), *slopes, *new, *stops],
    )
    return Plan(
        graph=g,
        states=tuple(states),
        rates=rates,
        jacobian=derivatives,
        factors=factors,
        observed=observed,
        triggers=rest[: len(triggers)],
        count=count,
        discrete=rest[len(triggers) :],
        stops=stops,
        guarded=guarded_bases(g, new[: size + len(outputs)]),
        initial=simplify(g, initial),
        hoisted=hoisted,
    )


def conditions(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """Return the comparisons in `roots`; one for equality is told by which side is larger."""
    found = []
    for node in graph.reachable(roots):
        if graph.ops[node] not in RELATIONS or not graph.support(node) & {"state", "time"}:
            continue
        if graph.ops[node] in ("eq", "ne"):
            found.append(graph.apply("lt", *graph.args[node]))
        else:
            found.append(node)
    return list(dict.fromkeys(found))


def side(graph: Graph, comparison: Node) -> Node:
    """Return 1 or -1 for the side on which a comparison lies, 0 where it is too close to tell.

    Too close is a share `BAND` of what is compared: rounding and integration error alone must not
    look like a change.
    """
    left, right = graph.args[comparison]
    gap = graph.apply("sub", left, right)
    size = graph.apply("add", magnitude(graph, left), magnitude(graph, right))
    band = graph.apply("mul", graph.constant(BAND), size)
    below = graph.apply("lt", gap, graph.apply("neg", band))
    one, zero = graph.constant(1.0), graph.constant(0.0)
    above = graph.apply("select", graph.apply("lt", band, gap), one, zero)
    return graph.apply("select", below, graph.constant(-1.0), above)


def magnitude(graph: Graph, node: Node) -> Node:
    """Return the size of what is added up in `node`, whatever cancels."""
    op, args = graph.ops[node], graph.args[node]
    if op in ("add", "sub"):
        return graph.apply("add", *(magnitude(graph, a) for a in args))
    if op == "neg":
        return magnitude(graph, args[0])
    if op == "mul":
        return graph.apply("mul", *(magnitude(graph, a) for a in args))
    if op == "div":
        return graph.apply("div", magnitude(graph, args[0]), graph.apply("abs", args[1]))
    return graph.apply("abs", node)


def hoist(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """Return the largest numeric subexpressions of `roots` that depend on slots alone."""
    found: set[Node] = set()
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        op = graph.ops[node]
        if op in ("const", "slot", "state", "time", "given"):
            continue
        if graph.support(node) == {"slot"} and not graph.is_boolean(node):
            found.add(node)
        else:
            stack.extend(graph.args[node])
    return sorted(found)
