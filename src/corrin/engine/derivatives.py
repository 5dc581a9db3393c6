"""Derivatives by reverse mode, term by term, and the sparse Jacobian they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corrin.engine.program import Graph, Node
from corrin.engine.system import Term

#: A base this small or smaller counts as this in the slope of a power [unit of the base].
SMALLEST_BASE = 1e-30

Gradient = dict[Node, Node]
_MOVING = {"state", "time"}


def gradient(graph: Graph, root: Node, known: dict[Node, Gradient] | None = None) -> Gradient:
    """Return the derivatives of `root` for each input ``state`` and ``time`` that moves it.

    Steps (floor, conditions) have slope 0 and are dealt with as discontinuities elsewhere. The
    branches of a choice are differentiated apart, so that a branch not taken does no harm where
    its slope is infinite. `known` holds the gradients found so far.
    """
    known = {} if known is None else known
    if root in known:
        return known[root]
    adjoint: dict[Node, Node] = {root: graph.constant(1.0)}
    result: Gradient = {}
    for node in reversed(graph.reachable([root])):
        outer = adjoint.pop(node, None)
        if outer is None or not graph.support(node) & _MOVING:
            continue
        op, args = graph.ops[node], graph.args[node]
        if op in _MOVING:
            _accumulate(graph, result, node, outer)
        elif op in ("select", "min", "max"):
            for source, slope in _choice(graph, op, args, known).items():
                _accumulate(graph, result, source, graph.apply("mul", outer, slope))
        else:
            for place, argument in enumerate(args):
                if not graph.support(argument) & _MOVING or graph.is_boolean(argument):
                    continue
                slope_node = _slope(graph, node, place)
                if slope_node is not None:
                    inner = graph.apply("mul", outer, slope_node)
                    _accumulate(graph, adjoint, argument, inner)
    known[root] = result
    return result


def _accumulate(graph: Graph, sums: dict[Node, Node], place: Node, value: Node) -> None:
    before = sums.get(place)
    sums[place] = value if before is None else graph.apply("add", before, value)


def _choice(graph: Graph, op: str, args: tuple[Node, ...], known: dict[Node, Gradient]) -> Gradient:
    if op == "select":
        condition, yes, no = args
    else:
        yes, no = args
        condition = graph.apply("lt", *((yes, no) if op == "min" else (no, yes)))
    first, second = gradient(graph, yes, known), gradient(graph, no, known)
    zero = graph.constant(0.0)
    return {
        source: graph.apply("select", condition, first.get(source, zero), second.get(source, zero))
        for source in dict.fromkeys((*first, *second))
    }


def _slope(g: Graph, node: Node, place: int) -> Node | None:
    """Return the derivative of `node` for one of its arguments, None where it is 0."""
    op, args = g.ops[node], g.args[node]
    x = args[0]
    y = args[1] if len(args) > 1 else x
    one = g.constant(1.0)
    match op:
        case "add":
            return one
        case "sub":
            return one if place == 0 else g.constant(-1.0)
        case "neg":
            return g.constant(-1.0)
        case "mul":
            return y if place == 0 else x
        case "div":
            inverse = g.apply("div", one, y)
            return inverse if place == 0 else g.apply("neg", g.apply("mul", node, inverse))
        case "exp":
            return node
        case "log":
            return g.apply("div", one, x)
        case "sqrt":
            return g.apply("div", g.constant(0.5), node)
        case "root":
            floor = g.constant(SMALLEST_BASE)
            return g.apply("div", g.constant(0.5), g.apply("max", node, floor))
        case "pow" | "power":
            return _power_slope(g, node, place)
        case "abs":
            below = g.apply("lt", x, g.constant(0.0))
            return g.apply("select", below, g.constant(-1.0), one)
    return _transcendental_slope(g, op, x, node)


def _power_slope(g: Graph, node: Node, place: int) -> Node:
    base, exponent = g.args[node]
    if place == 0:
        small = g.apply("lt", g.apply("abs", base), g.constant(SMALLEST_BASE))
        safe = g.apply("select", small, g.constant(SMALLEST_BASE), base)
        return g.apply("mul", exponent, g.apply("mul", node, g.apply("div", g.constant(1.0), safe)))
    positive = g.apply("lt", g.constant(0.0), base)
    safe = g.apply("select", positive, base, g.constant(1.0))
    return g.apply("mul", node, g.apply("log", safe))


def _transcendental_slope(g: Graph, op: str, x: Node, node: Node) -> Node | None:
    one = g.constant(1.0)
    square = g.apply("mul", x, x)
    match op:
        case "sin":
            return g.apply("cos", x)
        case "cos":
            return g.apply("neg", g.apply("sin", x))
        case "tan":
            return g.apply("add", one, g.apply("mul", node, node))
        case "asin":
            return g.apply("div", one, g.apply("sqrt", g.apply("sub", one, square)))
        case "acos":
            return g.apply("div", g.constant(-1.0), g.apply("sqrt", g.apply("sub", one, square)))
        case "atan":
            return g.apply("div", one, g.apply("add", one, square))
        case "sinh":
            return g.apply("cosh", x)
        case "cosh":
            return g.apply("sinh", x)
        case "tanh":
            return g.apply("sub", one, g.apply("mul", node, node))
        case "asinh":
            return g.apply("div", one, g.apply("sqrt", g.apply("add", square, one)))
        case "acosh":
            return g.apply("div", one, g.apply("sqrt", g.apply("sub", square, one)))
        case "atanh":
            return g.apply("div", one, g.apply("sub", one, square))
    return None


@dataclass(frozen=True)
class Jacobian:
    """Sparse derivatives of the rates of change.

    Attributes
    ----------
    entries : dict of (int, int) to int
        Node of the derivative of the rate of the row's state for the column's state.
    time : list of int or None
        Node of the explicit time derivative of each state's rate; None where it is 0.
    """

    entries: dict[tuple[int, int], Node]
    time: list[Node | None]


def jacobian(graph: Graph, rates: Sequence[Sequence[Term]]) -> Jacobian:
    """Return the Jacobian of `rates`, one sum of coefficient times term for each state."""
    known: dict[Node, Gradient] = {}
    entries: dict[tuple[int, int], Node] = {}
    time: list[Node | None] = []
    for row, terms in enumerate(rates):
        slope: Node | None = None
        for coefficient, term in terms:
            for source, derivative in gradient(graph, term, known).items():
                part = graph.apply("mul", coefficient, derivative)
                if graph.ops[source] == "time":
                    slope = part if slope is None else graph.apply("add", slope, part)
                else:
                    place = (row, graph.args[source][0])
                    before = entries.get(place)
                    entries[place] = part if before is None else graph.apply("add", before, part)
        time.append(slope)
    return Jacobian(entries, time)
