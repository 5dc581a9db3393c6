"""A plan to LLVM IR: straight-line functions over interleaved arrays, for any number of lanes.

Functions of one model, each with the arrays it reads and writes:

=========  =========================================================================
initial    given → starts of slots and states
prepare    slots → hoisted terms
begin      time, 1/(γh), state → rates, their time derivative, factors of I/(γh) - J
solve      factors, right side → solution
stage      time, factors, state, addition → solution for rates + addition
observe    time, state → outputs
triggers   time, state → truth of each trigger
discrete   time, state → what events need
upcoming   time → next stops
guarded    time, state → truth of each power without a value
=========  =========================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

from corrin.engine.lower import Signature
from corrin.engine.operations import Target
from corrin.engine.outcome import UnsupportedSBML
from corrin.engine.plan import Plan
from corrin.engine.program import LIBM, Graph, Node

#: Arguments of each function, by name, with their types of the subset.
KERNELS: dict[str, tuple[tuple[str, str], ...]] = {
    "initial": (("given", "Array"), ("out", "Array")),
    "prepare": (("slots", "Array"), ("hoisted", "Array")),
    "begin": (
        ("time", "Lanes"),
        ("diagonal", "Lanes"),
        ("states", "Array"),
        ("slots", "Array"),
        ("hoisted", "Array"),
        ("rates", "Array"),
        ("slopes", "Array"),
        ("factors", "Array"),
    ),
    "solve": (("factors", "Array"), ("right", "Array"), ("solution", "Array")),
    "stage": (
        ("time", "Lanes"),
        ("factors", "Array"),
        ("states", "Array"),
        ("addition", "Array"),
        ("slots", "Array"),
        ("hoisted", "Array"),
        ("solution", "Array"),
    ),
    **{
        name: (
            ("time", "Lanes"),
            ("states", "Array"),
            ("slots", "Array"),
            ("hoisted", "Array"),
            ("out", "Array"),
        )
        for name in ("observe", "triggers", "discrete", "upcoming", "guarded")
    },
}
SIGNATURES = {
    name: Signature(tuple(type_ for _, type_ in arguments)) for name, arguments in KERNELS.items()
}
ATTRIBUTES = "attributes #0 = { nounwind }\n"

_BINARY = {"add": "fadd contract", "sub": "fsub contract", "mul": "fmul contract", "div": "fdiv"}
_RELATION = {"lt": "olt", "le": "ole", "eq": "oeq", "ne": "une"}
_LOGIC = {"and": "and", "or": "or", "xor": "xor"}
_INTRINSIC = {"abs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil"}
_VECTOR = {"exp": "lanes_exp", "log": "lanes_log", "pow": "lanes_pow", "power": "lanes_power"}
_ARRAY_OF = {"state": "states", "slot": "slots", "given": "given"}


class Writer:
    """Instructions of one function."""

    def __init__(self, name: str, graph: Graph, target: Target, hoisted: dict[Node, int]) -> None:
        self.name = name
        self.graph = graph
        self.target = target
        self.hoisted = hoisted
        self.vector = target.type("Lanes")
        self.mask = target.type("Mask")
        self.lines: list[str] = []
        self.done: dict[Node, str] = {}
        self.loaded: dict[tuple[str, int], str] = {}
        self.together: dict[Node, tuple[Node, ...]] = {}
        self.count = 0

    def value(self, line: str) -> str:
        """Append an instruction and return the name of its result."""
        self.count += 1
        self.lines.append(f"  %v{self.count} = {line}")
        return f"%v{self.count}"

    def address(self, array: str, index: int) -> str:
        """Return the address of an element."""
        place = str(index)
        if self.target.strided:
            place = self.value(f"mul i64 {index}, %stride")
        return self.value(f"getelementptr {self.vector}, ptr %{array}, i64 {place}")

    def load(self, array: str, index: int) -> str:
        """Load an element."""
        address = self.address(array, index)
        return self.value(f"load {self.vector}, ptr {address}, align 8")

    def once(self, array: str, index: int) -> str:
        """Load an element that this function does not change."""
        key = (array, index)
        if key not in self.loaded:
            self.loaded[key] = self.load(array, index)
        return self.loaded[key]

    def store(self, array: str, index: int, text: str) -> None:
        """Store an element."""
        address = self.address(array, index)
        self.lines.append(f"  store {self.vector} {text}, ptr {address}, align 8")

    def binary(self, op: str, a: str, b: str) -> str:
        """Append an arithmetic instruction."""
        return self.value(f"{_BINARY[op]} {self.vector} {a}, {b}")

    def minus_product(self, total: str, a: str, b: str) -> str:
        """Return total - a·b."""
        return self.binary("sub", total, self.binary("mul", a, b))

    def node(self, root: Node) -> str:
        """Return the text of a node's value, computing what it needs first."""
        graph, done = self.graph, self.done
        stack = [root]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            op = graph.ops[node]
            if node in self.hoisted and self.name != "prepare":
                done[node] = self.once("hoisted", self.hoisted[node])
            elif op == "const":
                done[node] = self.target.literal(graph.values[node])
            elif op == "time":
                done[node] = "%time"
            elif op in _ARRAY_OF:
                done[node] = self.once(_ARRAY_OF[op], graph.args[node][0])
            else:
                together = self.together.get(node, (node,))
                missing = [a for n in together for a in graph.args[n] if a not in done]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                if len(together) > 1:
                    self.at_once(op, together)
                else:
                    done[node] = self.operation(op, [done[a] for a in graph.args[node]])
            stack.pop()
        return done[root]

    def gather(self, roots: Sequence[Node]) -> None:
        """Group the powers, exponentials and logarithms that `roots` need and can share a call."""
        graph = self.graph
        needed: set[Node] = set()
        stack = [r for r in roots if r not in self.hoisted or self.name == "prepare"]
        while stack:
            node = stack.pop()
            if node in needed:
                continue
            needed.add(node)
            if graph.ops[node] in _ARRAY_OF or graph.ops[node] in ("time", "const"):
                continue
            for a in graph.args[node]:
                if a not in self.hoisted or self.name == "prepare":
                    stack.append(a)
        depth: dict[Node, int] = {}
        levels: dict[tuple[str, int], list[Node]] = {}
        for node in sorted(needed):
            op = graph.ops[node]
            inputs = () if op in _ARRAY_OF or op == "time" else graph.args[node]
            depth[node] = max((depth.get(a, 0) for a in inputs), default=0)
            if op in _VECTOR:
                levels.setdefault((op, depth[node]), []).append(node)
                depth[node] += 1
        size = self.target.group
        for nodes in levels.values():
            for start in range(0, len(nodes) if size > 1 else 0, size):
                together = tuple(nodes[start : start + size])
                self.together.update(dict.fromkeys(together, together))

    def at_once(self, op: str, nodes: tuple[Node, ...]) -> None:
        """Work out a group of nodes by one call on a wide vector."""
        count = len(self.graph.args[nodes[0]])
        filled = [*nodes, *[nodes[-1]] * (self.target.group - len(nodes))]
        wide = self.target.wide.type("Lanes")
        given = ", ".join(
            f"{wide} {self.join([self.done[self.graph.args[n][i]] for n in filled])}"
            for i in range(count)
        )
        result = self.value(f"call {wide} @{_VECTOR[op]}_wide({given})")
        for place, node in enumerate(nodes):
            self.done[node] = self.part(result, place)

    def join(self, parts: list[str]) -> str:
        """Return the vector of all lanes of `parts`, one after the other."""
        if self.target.lanes == 1:
            result = "poison"
            wide = self.target.wide.type("Lanes")
            for i, part in enumerate(parts):
                result = self.value(f"insertelement {wide} {result}, double {part}, i64 {i}")
            return result
        width = self.target.lanes
        while len(parts) > 1:
            vector = f"<{width} x double>"
            width *= 2
            mask = ", ".join(f"i32 {i}" for i in range(width))
            parts = [
                self.value(f"shufflevector {vector} {a}, {vector} {b}, <{width} x i32> <{mask}>")
                for a, b in zip(parts[::2], parts[1::2], strict=True)
            ]
        return parts[0]

    def part(self, joined: str, place: int) -> str:
        """Return the lanes of one member of a group."""
        wide = self.target.wide.type("Lanes")
        lanes = self.target.lanes
        if lanes == 1:
            return self.value(f"extractelement {wide} {joined}, i64 {place}")
        mask = ", ".join(f"i32 {i}" for i in range(place * lanes, (place + 1) * lanes))
        return self.value(f"shufflevector {wide} {joined}, {wide} poison, <{lanes} x i32> <{mask}>")

    def number(self, root: Node) -> str:
        """Return the text of a node as a number: 1 where a truth value holds."""
        return self.node(self.graph.number(root))

    def operation(self, op: str, args: list[str]) -> str:
        """Append the instructions of one operation."""
        v, m = self.vector, self.mask
        if op in _BINARY:
            return self.binary(op, *args)
        if op in _RELATION:
            return self.value(f"fcmp {_RELATION[op]} {v} {args[0]}, {args[1]}")
        if op in _LOGIC:
            return self.value(f"{_LOGIC[op]} {m} {args[0]}, {args[1]}")
        if op == "not":
            true = "splat (i1 true)" if self.target.lanes > 1 else "true"
            return self.value(f"xor {m} {args[0]}, {true}")
        if op == "select":
            return self.value(f"select {m} {args[0]}, {v} {args[1]}, {v} {args[2]}")
        if op == "neg":
            return self.value(f"fneg {v} {args[0]}")
        if op in ("min", "max"):
            smaller = self.value(f"fcmp {'olt' if op == 'min' else 'ogt'} {v} {args[1]}, {args[0]}")
            return self.value(f"select {m} {smaller}, {v} {args[1]}, {v} {args[0]}")
        if op in _INTRINSIC:
            return self.intrinsic(_INTRINSIC[op], args[0])
        if op == "root":
            zero = self.target.literal(0.0)
            below = self.value(f"fcmp olt {v} {args[0]}, {zero}")
            kept = self.value(f"select {m} {below}, {v} {zero}, {v} {args[0]}")
            return self.intrinsic("sqrt", kept)
        if op in _VECTOR:
            stride = "i64 %stride, " if self.target.strided else ""
            given = ", ".join(f"{v} {a}" for a in args)
            return self.value(f"call {v} @{_VECTOR[op]}({stride}{given})")
        return self.library(LIBM[op], args[0])

    def intrinsic(self, name: str, x: str) -> str:
        """Call an intrinsic of LLVM on all lanes."""
        return self.value(
            f"call {self.vector} @llvm.{name}.{self.target.suffix}({self.vector} {x})"
        )

    def library(self, name: str, x: str) -> str:
        """Call a function of the C library, lane by lane."""
        if self.target.strided:
            raise UnsupportedSBML(
                f"the function {name} is not there on the graphics processor",
                hint="solve this model on the processor",
            )
        if self.target.lanes == 1:
            return self.value(f"call double @{name}(double {x})")
        result = "poison"
        for lane in range(self.target.lanes):
            one = self.value(f"extractelement {self.vector} {x}, i64 {lane}")
            there = self.value(f"call double @{name}(double {one})")
            result = self.value(f"insertelement {self.vector} {result}, double {there}, i64 {lane}")
        return result

    def text(self) -> str:
        """Return the whole function."""
        head = ["i64 %stride"] if self.target.strided else []
        for name, type_ in KERNELS[self.name]:
            noalias = "noalias " if type_ == "Array" else ""
            head.append(f"{self.target.type(type_)} {noalias}%{name}")
        body = "\n".join(self.lines)
        return (
            f"define void @{self.name}({', '.join(head)}) #0 {{\nentry:\n{body}\n  ret void\n}}\n"
        )


def model_ir(plan: Plan, target: Target) -> str:
    """Return the IR of all functions of a plan."""
    hoisted = {node: i for i, node in enumerate(plan.hoisted)}

    def writer(name: str) -> Writer:
        return Writer(name, plan.graph, target, hoisted)

    def table(name: str, array: str, roots: Sequence[Node]) -> str:
        w = writer(name)
        w.gather([plan.graph.number(r) for r in roots])
        for index, root in enumerate(roots):
            w.store(array, index, w.number(root))
        return w.text()

    functions = [
        table("initial", "out", plan.initial),
        table("prepare", "hoisted", plan.hoisted),
        _begin(plan, writer("begin")),
        _solve(plan, writer("solve")),
        _stage(plan, writer("stage")),
        table("observe", "out", plan.observed),
        table("triggers", "out", plan.triggers),
        table("discrete", "out", plan.discrete),
        table("upcoming", "out", plan.stops),
        table("guarded", "out", plan.guarded),
    ]
    return "".join([*functions, _declarations(target), ATTRIBUTES])


def _rate(plan: Plan, state: int) -> Node:
    g = plan.graph
    return g.sum([g.apply("mul", c, t) for c, t in plan.rates[state]])


def _places(plan: Plan) -> tuple[list[dict[int, int]], int]:
    """Return, for each step of elimination, the place of each entry of its row."""
    places, count = [], 0
    for step, (lower, upper) in enumerate(zip(plan.factors.lower, plan.factors.upper, strict=True)):
        row = {}
        for column in (*lower, step, *upper):
            row[column] = count
            count += 1
        places.append(row)
    return places, count


def _begin(plan: Plan, w: Writer) -> str:
    order = plan.factors.order
    places, _ = _places(plan)
    slopes = [t for t in plan.jacobian.time if t is not None]
    rates = [_rate(plan, state) for state in order]
    w.gather([*rates, *plan.jacobian.entries.values(), *slopes])
    for step, state in enumerate(order):
        w.store("rates", state, w.node(_rate(plan, state)))
        slope = plan.jacobian.time[state]
        if slopes:
            w.store("slopes", state, w.target.literal(0.0) if slope is None else w.node(slope))
        row: dict[int, str] = {}
        for column in places[step]:
            entry = plan.jacobian.entries.get((state, order[column]))
            if column == step:
                row[column] = (
                    "%diagonal" if entry is None else w.binary("sub", "%diagonal", w.node(entry))
                )
            elif entry is not None:
                row[column] = w.value(f"fneg {w.vector} {w.node(entry)}")
        for k in plan.factors.lower[step]:
            factor = w.binary("mul", row[k], w.load("factors", places[k][k]))
            row[k] = factor
            for column in plan.factors.upper[k]:
                entry_above = w.load("factors", places[k][column])
                product = w.binary("mul", factor, entry_above)
                before = row.get(column)
                row[column] = (
                    w.value(f"fneg {w.vector} {product}")
                    if before is None
                    else w.binary("sub", before, product)
                )
        row[step] = w.binary("div", w.target.literal(1.0), row[step])
        for column, place in places[step].items():
            w.store("factors", place, row[column])
    return w.text()


def _substitute(plan: Plan, w: Writer, right: list[str]) -> str:
    """Append the solution of L U x = right, given in the order of elimination."""
    places, _ = _places(plan)
    order = plan.factors.order
    x = right
    for step in reversed(range(len(order))):
        total = x[step]
        for column in plan.factors.upper[step]:
            total = w.minus_product(total, w.load("factors", places[step][column]), x[column])
        x[step] = w.binary("mul", total, w.load("factors", places[step][step]))
        w.store("solution", order[step], x[step])
    return w.text()


def _forward(plan: Plan, w: Writer, places: list[dict[int, int]], x: list[str], b: str) -> str:
    for column in plan.factors.lower[len(x)]:
        b = w.minus_product(b, w.load("factors", places[len(x)][column]), x[column])
    return b


def _solve(plan: Plan, w: Writer) -> str:
    places, _ = _places(plan)
    x: list[str] = []
    for state in plan.factors.order:
        x.append(_forward(plan, w, places, x, w.load("right", state)))
    return _substitute(plan, w, x)


def _stage(plan: Plan, w: Writer) -> str:
    places, _ = _places(plan)
    x: list[str] = []
    w.gather([_rate(plan, state) for state in plan.factors.order])
    for state in plan.factors.order:
        b = w.binary("add", w.node(_rate(plan, state)), w.load("addition", state))
        x.append(_forward(plan, w, places, x, b))
    return _substitute(plan, w, x)


def _declarations(target: Target) -> str:
    v = target.type("Lanes")
    stride = "i64, " if target.strided else ""
    lines = [
        *(f"declare {v} @llvm.{i}.{target.suffix}({v})" for i in _INTRINSIC.values()),
        *(f"declare {v} @{_VECTOR[f]}({stride}{v})" for f in ("exp", "log")),
        *(f"declare {v} @{_VECTOR[f]}({stride}{v}, {v})" for f in ("pow", "power")),
        *_wide_declarations(target),
        *(f"declare double @{name}(double)" for name in LIBM.values()),
    ]
    return "\n".join(lines) + "\n"


def _wide_declarations(target: Target) -> list[str]:
    if target.group == 1:
        return []
    wide = target.wide.type("Lanes")
    one = [f"declare {wide} @{_VECTOR[f]}_wide({wide})" for f in ("exp", "log")]
    two = [f"declare {wide} @{_VECTOR[f]}_wide({wide}, {wide})" for f in ("pow", "power")]
    return [*one, *two]
