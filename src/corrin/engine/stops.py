"""Times at which a condition on time alone changes, so that no step leaps over it.

A condition compares expressions; where their difference is, between the jumps of its own floors
and inner conditions, a straight line in time, its next zero is known beforehand. Such times are
exact stops of the driver. Conditions that depend on states, or on time in another way, are left
to error control and to the search for roots.
"""

from __future__ import annotations

from collections.abc import Sequence

from corrin.engine.program import RELATIONS, Graph, Node

Line = tuple[Node, Node]


def upcoming_stops(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """Return nodes for the next stop after the input ``time``, one for each condition and floor.

    A node may give a time that is not after ``time``: the caller leaves such a one out.
    """
    finder = _Finder(graph)
    reach = graph.reachable(roots)
    stops = []
    for node in reach:
        op = graph.ops[node]
        if graph.support(node) & {"state", "given"} or "time" not in graph.support(node):
            continue
        if op in RELATIONS:
            left, right = (graph.number(a) for a in graph.args[node])
            line = finder.line(graph.apply("sub", left, right))
            if line is not None:
                stops.append(finder.zero(line, graph.constant(0.0)))
        elif op in ("floor", "ceil"):
            stops.extend(finder.next_whole(node))
    return list(dict.fromkeys(stops))


def wandering_conditions(graph: Graph, roots: Sequence[Node]) -> bool:
    """Tell whether a condition depends on time alone, but not along a straight line."""
    finder = _Finder(graph)
    for node in graph.reachable(roots):
        support = graph.support(node)
        if graph.ops[node] in RELATIONS and "time" in support and "state" not in support:
            left, right = (graph.number(a) for a in graph.args[node])
            if finder.line(graph.apply("sub", left, right)) is None:
                return True
    return False


class _Finder:
    """Straight lines in time: value = slope·time + start, slope free of time."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[Node, Line | None] = {}

    def zero(self, line: Line, level: Node) -> Node:
        """Return the time at which `line` reaches `level`."""
        g = self.graph
        slope, start = line
        return g.apply("div", g.apply("sub", level, start), slope)

    def next_whole(self, node: Node) -> list[Node]:
        """Return the times at which the argument of a floor or ceiling next is whole."""
        g = self.graph
        line = self.line(g.args[node][0])
        if line is None:
            return []
        low = g.apply("floor", g.args[node][0])
        one = g.constant(1.0)
        return [
            self.zero(line, g.apply("add", low, one)),
            self.zero(line, low),
            self.zero(line, g.apply("sub", low, one)),
        ]

    def line(self, node: Node) -> Line | None:
        """Return slope and start of `node`, None where it is no straight line."""
        if node not in self.known:
            self.known[node] = self.find(node)
        return self.known[node]

    def find(self, node: Node) -> Line | None:
        g = self.graph
        zero = g.constant(0.0)
        if g.ops[node] == "time":
            return g.constant(1.0), zero
        if g.support(node) & {"state", "given"}:
            return None
        if "time" not in g.support(node):
            return zero, node
        op, args = g.ops[node], g.args[node]
        if op in ("floor", "ceil"):
            return None if self.line(args[0]) is None else (zero, node)
        if op == "select":
            yes, no = self.line(args[1]), self.line(args[2])
            if yes is None or no is None:
                return None
            return (
                g.apply("select", args[0], yes[0], no[0]),
                g.apply("select", args[0], yes[1], no[1]),
            )
        lines = [self.line(a) for a in args]
        if any(x is None for x in lines):
            return None
        known = [x for x in lines if x is not None]
        slope, start = known[0]
        if op == "neg":
            return g.apply("neg", slope), g.apply("neg", start)
        if op in ("add", "sub"):
            return g.apply(op, slope, known[1][0]), g.apply(op, start, known[1][1])
        if op == "div" and known[1][0] == zero:
            return g.apply("div", slope, args[1]), g.apply("div", start, args[1])
        if op == "mul":
            for one, other in ((0, 1), (1, 0)):
                if known[other][0] == zero:
                    slope, start = known[one]
                    return g.apply("mul", slope, args[other]), g.apply("mul", start, args[other])
        return None
