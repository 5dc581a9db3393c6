"""Expressions of a model as one hash-consed graph: equal expressions are one node.

A node is a number. Its arguments have smaller numbers, so that the order of the numbers is an
order of evaluation. Common subexpressions cost nothing, and every later stage (derivatives,
hoisting, machine code) is a walk over the same graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

Node = int

#: Functions of numbers whose value is a number, besides arithmetic.
UNARY: Mapping[str, Callable[[float], float]] = {
    "neg": lambda x: -x,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "root": lambda x: math.sqrt(max(x, 0.0)),
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "gamma": math.gamma,
}
#: Functions of the C library, called lane by lane.
LIBM = {
    "gamma": "tgamma",
    **{
        name: name
        for name in (
            *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
            *("asinh", "acosh", "atanh"),
        )
    },
}
ARITHMETIC = ("add", "sub", "mul", "div", "pow", "min", "max")
#: ``power`` and ``root`` read a base below 0 as 0 (see `rewrite`).
RELATIONS = ("lt", "le", "eq", "ne")
LOGIC = ("and", "or", "not", "xor")
INPUTS = ("time", "state", "slot", "given")


class Graph:
    """A growing set of expression nodes.

    Attributes
    ----------
    ops : list of str
        Operation of each node: ``const``, one of the inputs, or a function.
    args : list of tuple of int
        Arguments of each node; for an input the index in its array.
    values : list of float
        Value of a constant; 0 for any other node.
    """

    def __init__(self) -> None:
        self.ops: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.values: list[float] = []
        self._known: dict[tuple[object, ...], Node] = {}
        self._support: list[frozenset[str]] = []
        self._states: list[int] = []

    def __len__(self) -> int:
        return len(self.ops)

    def _add(self, op: str, args: tuple[int, ...], value: float = 0.0) -> Node:
        key: tuple[object, ...] = (op, args, value, math.copysign(1.0, value))
        if value != value:
            key = (op, args, "nan")
        found = self._known.get(key)
        if found is not None:
            return found
        node = len(self.ops)
        self.ops.append(op)
        self.args.append(args)
        self.values.append(value)
        self._known[key] = node
        if op == "const":
            self._support.append(frozenset())
            self._states.append(0)
        elif op in INPUTS:
            self._support.append(frozenset((op,)))
            self._states.append(1 << args[0] if op == "state" else 0)
        else:
            self._support.append(frozenset().union(*(self._support[a] for a in args)))
            bits = 0
            for a in args:
                bits |= self._states[a]
            self._states.append(bits)
        return node

    def constant(self, value: float) -> Node:
        """Return the node of a number."""
        return self._add("const", (), float(value))

    def input(self, kind: str, index: int = 0) -> Node:
        """Return the node of an input: ``time``, ``state``, ``slot`` or ``given``."""
        return self._add(kind, (index,))

    def support(self, node: Node) -> frozenset[str]:
        """Return the kinds of input that `node` depends on."""
        return self._support[node]

    def is_boolean(self, node: Node) -> bool:
        """Tell whether the value of `node` is true or false rather than a number."""
        return self.ops[node] in RELATIONS or self.ops[node] in LOGIC

    def number(self, node: Node) -> Node:
        """Return `node` as a number: true is 1."""
        if self.is_boolean(node):
            return self._apply("select", node, self.constant(1.0), self.constant(0.0))
        return node

    def truth(self, node: Node) -> Node:
        """Return `node` as a truth value: any number but 0 is true."""
        return node if self.is_boolean(node) else self._apply("ne", node, self.constant(0.0))

    def apply(self, op: str, *args: Node) -> Node:
        """Return the node of `op` applied to `args`, converting truth values where needed."""
        if op in LOGIC:
            return self._apply(op, *(self.truth(a) for a in args))
        if op == "select":
            condition, yes, no = args
            return self._apply(op, self.truth(condition), self.number(yes), self.number(no))
        return self._apply(op, *(self.number(a) for a in args))

    def sum(self, terms: Sequence[Node]) -> Node:
        """Return the sum of `terms`, 0 when there are none."""
        total = self.constant(0.0)
        for term in terms:
            total = self.apply("add", total, term)
        return total

    def _apply(self, op: str, *args: Node) -> Node:
        simple = self._simplify(op, args)
        if simple is not None:
            return simple
        if op in ("add", "mul", "min", "max", "eq", "ne", "and", "or", "xor"):
            args = tuple(sorted(args))
        return self._add(op, args)

    def _constant_value(self, node: Node) -> float | None:
        return self.values[node] if self.ops[node] == "const" else None

    def _simplify(self, op: str, args: tuple[Node, ...]) -> Node | None:
        constants = [self._constant_value(a) for a in args]
        if op not in RELATIONS and op not in LOGIC and op != "select":
            numbers = [c for c in constants if c is not None]
            if len(numbers) == len(args):
                value = fold(op, numbers)
                return None if value is None else self.constant(value)
        first = constants[0]
        second = constants[1] if len(args) > 1 else None
        if op == "add":
            if first == 0.0 or second == 0.0:
                return args[1] if first == 0.0 else args[0]
            for one, other in (args, args[::-1]):
                if self.ops[other] == "neg":
                    return self._apply("sub", one, self.args[other][0])
            return None
        if op == "sub":
            if second == 0.0:
                return args[0]
            if self.ops[args[1]] == "neg":
                return self._apply("add", args[0], self.args[args[1]][0])
            return self._apply("neg", args[1]) if first == 0.0 else None
        if op == "mul":
            return self._simplify_product(args, first, second)
        if op in ("div", "pow") and second == 1.0:
            return args[0]
        if op == "neg" and self.ops[args[0]] == "neg":
            return self.args[args[0]][0]
        if op == "select" and args[1] == args[2]:
            return args[1]
        if op == "not" and self.ops[args[0]] == "not":
            return self.args[args[0]][0]
        return None

    def _simplify_product(
        self, args: tuple[Node, ...], first: float | None, second: float | None
    ) -> Node | None:
        if first == 1.0 or second == 1.0:
            return args[1] if first == 1.0 else args[0]
        if first == -1.0 or second == -1.0:
            return self._apply("neg", args[1] if first == -1.0 else args[0])
        for one, other in (args, args[::-1]):
            if self.ops[other] == "neg":
                return self._apply("neg", self._apply("mul", one, self.args[other][0]))
        return None

    def reachable(self, roots: Iterable[Node]) -> list[Node]:
        """Return every node that `roots` need, in an order of evaluation."""
        needed: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in needed:
                needed.add(node)
                if self.ops[node] not in INPUTS:
                    stack.extend(self.args[node])
        return sorted(needed)

    def states_of(self, node: Node) -> list[int]:
        """Return the indices of the states that `node` depends on, ascending."""
        bits, found = self._states[node], []
        while bits:
            lowest = bits & -bits
            found.append(lowest.bit_length() - 1)
            bits ^= lowest
        return found

    def substitute(
        self, roots: Sequence[Node], change: Callable[[Node], Node | None]
    ) -> list[Node]:
        """Return `roots` rebuilt with every node for which `change` gives another one."""
        new: dict[Node, Node] = {}
        for node in self.reachable(roots):
            replaced = change(node)
            if replaced is not None:
                new[node] = replaced
            elif self.ops[node] in INPUTS or self.ops[node] == "const":
                new[node] = node
            else:
                new[node] = self._apply(self.ops[node], *(new[a] for a in self.args[node]))
        return [new[r] for r in roots]


def fold(op: str, values: Sequence[float]) -> float | None:
    """Return the value of `op` on numbers, or None where it has to be left to run time."""
    try:
        result = calculate(op, values)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def calculate(op: str, values: Sequence[float]) -> float:
    """Return the value of a function of numbers (truth values are 0 and 1)."""
    if op in UNARY:
        return float(UNARY[op](values[0]))
    a = values[0]
    b = values[1] if len(values) > 1 else 0.0
    match op:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "div":
            return a / b
        case "pow":
            return math.pow(a, b)
        case "power":
            return 0.0 if a < 0 and b != math.floor(b) else math.pow(a, b)
        case "min":
            return min(a, b)
        case "max":
            return max(a, b)
        case "lt":
            return float(a < b)
        case "le":
            return float(a <= b)
        case "eq":
            return float(a == b)
        case "ne":
            return float(a != b)
        case "and":
            return float(a != 0 and b != 0)
        case "or":
            return float(a != 0 or b != 0)
        case "xor":
            return float((a != 0) != (b != 0))
        case "not":
            return float(a == 0)
        case "select":
            return b if a != 0 else values[2]
    raise ValueError(f"no operation {op!r}")


def evaluate(
    graph: Graph,
    roots: Sequence[Node],
    inputs: Mapping[str, Sequence[float]],
) -> list[float]:
    """Return the values of `roots` by plain interpretation (slow; tests and set-up use it).

    Parameters
    ----------
    graph : Graph
        Where the nodes live.
    roots : sequence of int
        Nodes asked for.
    inputs : mapping of str to sequence of float
        Array of each kind of input: ``time`` (one entry), ``state``, ``slot``, ``given``.

    Returns
    -------
    list of float
        One value for each root; NaN where a function is undefined.
    """
    values: dict[Node, float] = {}
    for node in graph.reachable(roots):
        op = graph.ops[node]
        if op == "const":
            values[node] = graph.values[node]
        elif op in INPUTS:
            values[node] = float(inputs[op][graph.args[node][0]])
        else:
            arguments = [values[a] for a in graph.args[node]]
            try:
                values[node] = calculate(op, arguments)
            except ZeroDivisionError:
                values[node] = math.copysign(math.inf, arguments[0]) if arguments[0] else math.nan
            except OverflowError:
                values[node] = math.inf
            except ValueError:
                values[node] = math.nan
    return [values[r] for r in roots]
