"""Expressions to cheaper equal ones, and powers to ones that survive a small overshoot.

Whole powers become products; a quotient that moves becomes a product with a reciprocal, which
other quotients share, or which is computed once where the denominator holds still. A stage of the
method may carry a state below zero by less than the tolerance: powers with a base that depends on
states read such a base as 0, and the driver checks apart that no base is negative beyond the
tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence

from corrin.engine.program import Graph, Node

#: Whole exponents up to this size are written as products.
LARGEST_PRODUCT = 12


def simplify(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """Return `roots` with cheaper operations."""
    new: dict[Node, Node] = {}
    for node in graph.reachable(roots):
        op, args = graph.ops[node], graph.args[node]
        if op in ("time", "state", "slot", "given", "const"):
            new[node] = node
            continue
        inner = [new[a] for a in args]
        if op == "pow":
            new[node] = power(graph, inner[0], inner[1])
        elif op == "sqrt" and "state" in graph.support(inner[0]):
            new[node] = graph.apply("root", inner[0])
        elif op == "div" and graph.support(node) & {"state", "time"}:
            # one reciprocal serves every quotient with this denominator, and their slopes
            one = graph.constant(1.0)
            new[node] = graph.apply("mul", inner[0], graph.apply("div", one, inner[1]))
        else:
            new[node] = graph.apply(op, *inner)
    return [new[r] for r in roots]


def power(graph: Graph, base: Node, exponent: Node) -> Node:
    """Return base to the exponent in its cheapest form."""
    if graph.ops[exponent] == "const":
        value = graph.values[exponent]
        if value == int(value) and 0 < abs(value) <= LARGEST_PRODUCT:
            product = _product(graph, base, int(abs(value)))
            return product if value > 0 else graph.apply("div", graph.constant(1.0), product)
        if value == 0:
            return graph.constant(1.0)
        if value in (0.5, -0.5):
            kind = "root" if "state" in graph.support(base) else "sqrt"
            root = graph.apply(kind, base)
            return root if value > 0 else graph.apply("div", graph.constant(1.0), root)
    if "state" in graph.support(base):
        return graph.apply("power", base, exponent)
    return graph.apply("pow", base, exponent)


def _product(graph: Graph, base: Node, exponent: int) -> Node:
    if exponent == 1:
        return base
    half = _product(graph, base, exponent // 2)
    square = graph.apply("mul", half, half)
    return graph.apply("mul", square, base) if exponent % 2 else square


def guarded_bases(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """Return truth values that say where a power would need a negative base to be a number."""
    zero = graph.constant(0.0)
    found = []
    for node in graph.reachable(roots):
        if graph.ops[node] == "root":
            found.append(graph.apply("lt", graph.args[node][0], zero))
        elif graph.ops[node] == "power":
            base, exponent = graph.args[node]
            broken = graph.apply("ne", exponent, graph.apply("floor", exponent))
            if graph.ops[broken] == "const":
                if graph.values[broken] != 0:
                    found.append(graph.apply("lt", base, zero))
            else:
                found.append(graph.apply("and", graph.apply("lt", base, zero), broken))
    return list(dict.fromkeys(found))
