"""Functions in a small subset of Python to LLVM IR, for any number of lanes.

Types are those of `corrin.engine.subset`; every variable is a local of one type. There are
``if``, ``while``, ``for … in range``, ``break``, ``continue``, ``return``, arithmetic,
comparisons and calls of other such functions, of kernels and of a few built-in operations.
With one lane `Lanes` is a plain double, and array elements may lie `stride` apart, which is how
threads of a graphics processor interleave their arrays.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from corrin.engine.operations import LoweringError, Operations, Target, Value

_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("add", "fadd"),
    ast.Sub: ("sub", "fsub"),
    ast.Mult: ("mul", "fmul"),
    ast.Div: ("", "fdiv"),
    ast.FloorDiv: ("sdiv", ""),
    ast.Mod: ("srem", ""),
}
_POINTERS = ("Array", "Floats", "Ints")


@dataclass(frozen=True)
class Signature:
    """Parameters and result of a function, as names of types of the subset."""

    parameters: tuple[str, ...]
    result: str = "None"


@dataclass
class _Loop:
    onward: str
    end: str


@dataclass
class Lowering:
    """Functions to be lowered together, and what they may call."""

    target: Target
    functions: Mapping[str, Callable[..., Any]]
    external: Mapping[str, Signature] = field(default_factory=dict)
    known: Mapping[str, Signature] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    source: str = ""
    suffix: str = ""
    contract: bool = True

    def text(self) -> str:
        """Return the IR of all functions and the declarations they need."""
        trees = {name: _tree(f) for name, f in self.functions.items()}
        for tree in ast.parse(self.source).body:
            if isinstance(tree, ast.FunctionDef):
                trees[tree.name] = tree
        signatures = {**self.known, **self.external}
        signatures.update({n: _signature(t) for n, t in trees.items()})
        parts, intrinsics = [], set()
        for name, tree in trees.items():
            names = self.functions[name].__globals__ if name in self.functions else {}
            body = _Body(self.target, signatures, names, self.contract)
            body.renamed = {name: name + self.suffix for name in trees}
            parts.append(body.function(tree, name in self.exported))
            intrinsics |= body.intrinsics
        for name, signature in self.external.items():
            types = [self.target.type(t) for t in signature.parameters]
            if self.target.strided:
                types.insert(0, "i64")
            parts.append(
                f"declare {self.target.type(signature.result)} @{name}({', '.join(types)})"
            )
        parts += sorted(intrinsics)
        return "\n".join(parts) + "\n"


def _tree(function: Callable[..., Any]) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise LoweringError(f"{function!r} is not a function")
    return tree


def _signature(tree: ast.FunctionDef) -> Signature:
    types = []
    for argument in tree.args.args:
        if not isinstance(argument.annotation, ast.Name):
            raise LoweringError(f"{tree.name}: argument {argument.arg} needs a type")
        types.append(argument.annotation.id)
    returns = tree.returns
    result = returns.id if isinstance(returns, ast.Name) else "None"
    return Signature(tuple(types), result)


class _Body(Operations):
    """Lowering of one function."""

    def __init__(
        self,
        target: Target,
        signatures: Mapping[str, Signature],
        names: Mapping[str, Any],
        contract: bool,
    ) -> None:
        super().__init__(target, contract)
        self.signatures = signatures
        self.renamed: Mapping[str, str] = {}
        self.names = names
        self.allocas: list[str] = []
        self.locals: dict[str, str] = {}
        self.loops: list[_Loop] = []

    # Text --------------------------------------------------------------------------------

    def label(self) -> str:
        self.count += 1
        return f"b{self.count}"

    def open(self, label: str) -> None:
        self.branch(label)
        self.lines.append(f"{label}:")
        self.closed = False

    def branch(self, label: str) -> None:
        self.emit(f"br label %{label}")
        self.closed = True

    def fork(self, condition: Value, yes: str, no: str) -> None:
        self.emit(f"br i1 {condition.text}, label %{yes}, label %{no}")
        self.closed = True

    def function(self, tree: ast.FunctionDef, exported: bool) -> str:
        signature = _signature(tree)
        self.result = signature.result
        head = ["i64 %stride"] if self.target.strided else []
        for argument, type_ in zip(tree.args.args, signature.parameters, strict=True):
            noalias = "noalias " if type_ in _POINTERS else ""
            head.append(f"{self.target.type(type_)} {noalias}%a.{argument.arg}")
            self.store(argument.arg, Value(f"%a.{argument.arg}", type_))
        for statement in tree.body:
            self.statement(statement)
        if not self.closed:
            if self.result != "None":
                raise LoweringError(f"{tree.name}: a path without return")
            self.emit("ret void")
        link = "" if exported else "internal "
        name = self.renamed.get(tree.name, tree.name)
        return (
            f"define {link}{self.target.type(self.result)} @{name}({', '.join(head)}) #0 {{\n"
            "entry:\n" + "\n".join([*self.allocas, *self.lines]) + "\n}\n"
        )

    # Statements --------------------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        if self.closed:
            return
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return
            case ast.Expr():
                self.expression(node.value)
            case ast.AnnAssign(target=target, value=ast.expr() as given):
                self.assign(target, self.expression(given))
            case ast.Assign(targets=[target]):
                self.assign(target, self.expression(node.value))
            case ast.AugAssign():
                read = ast.copy_location(
                    ast.BinOp(_as_load(node.target), node.op, node.value), node
                )
                self.assign(node.target, self.expression(read))
            case ast.If():
                self.choice(node)
            case ast.While():
                self.repeat(node)
            case ast.For():
                self.count_up(node)
            case ast.Break():
                self.branch(self.loops[-1].end)
            case ast.Continue():
                self.branch(self.loops[-1].onward)
            case ast.Return(value=None):
                self.emit("ret void")
                self.closed = True
            case ast.Return(value=ast.expr() as given):
                value = self.convert(self.expression(given), self.result)
                self.emit(f"ret {self.target.type(self.result)} {value.text}")
                self.closed = True
            case _:
                raise LoweringError(f"statement {ast.unparse(node)}")

    def assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.store(target.id, value)
            return
        if not isinstance(target, ast.Subscript):
            raise LoweringError(f"cannot assign to {ast.unparse(target)}")
        address, type_ = self.address(target)
        value = self.convert(value, type_)
        self.emit(f"store {self.target.type(type_)} {value.text}, ptr {address}, align 8")

    def store(self, name: str, value: Value) -> None:
        if name not in self.locals:
            self.locals[name] = value.type
            self.allocas.append(f"  %l.{name} = alloca {self.target.type(value.type)}")
        value = self.convert(value, self.locals[name])
        self.emit(f"store {self.target.type(value.type)} {value.text}, ptr %l.{name}")

    def choice(self, node: ast.If) -> None:
        yes, no, end = self.label(), self.label(), self.label()
        self.condition(node.test, yes, no)
        self.lines.append(f"{yes}:")
        self.closed = False
        for statement in node.body:
            self.statement(statement)
        self.branch(end)
        self.lines.append(f"{no}:")
        self.closed = False
        for statement in node.orelse:
            self.statement(statement)
        self.open(end)

    def repeat(self, node: ast.While) -> None:
        top, body, end = self.label(), self.label(), self.label()
        self.open(top)
        self.condition(node.test, body, end)
        self.lines.append(f"{body}:")
        self.closed = False
        self.loops.append(_Loop(top, end))
        for statement in node.body:
            self.statement(statement)
        self.loops.pop()
        self.branch(top)
        self.lines.append(f"{end}:")
        self.closed = False

    def count_up(self, node: ast.For) -> None:
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(node.target, ast.Name)):
            raise LoweringError("for needs a name and a range")
        bounds = [self.convert(self.expression(a), "int") for a in call.args]
        first = bounds[0] if len(bounds) == 2 else Value("0", "int")
        top, body, onward, end = (self.label() for _ in range(4))
        name = node.target.id
        self.store(name, first)
        self.open(top)
        inside = self.value("bool", f"icmp slt i64 {self.load(name).text}, {bounds[-1].text}")
        self.fork(inside, body, end)
        self.lines.append(f"{body}:")
        self.closed = False
        self.loops.append(_Loop(onward, end))
        for statement in node.body:
            self.statement(statement)
        self.loops.pop()
        self.open(onward)
        self.store(name, self.value("int", f"add i64 {self.load(name).text}, 1"))
        self.branch(top)
        self.lines.append(f"{end}:")
        self.closed = False

    def condition(self, node: ast.expr, yes: str, no: str) -> None:
        """Branch on a scalar condition; ``and`` and ``or`` stop early."""
        if isinstance(node, ast.BoolOp):
            for part in node.values[:-1]:
                onward = self.label()
                if isinstance(node.op, ast.And):
                    self.condition(part, onward, no)
                else:
                    self.condition(part, yes, onward)
                self.lines.append(f"{onward}:")
                self.closed = False
            self.condition(node.values[-1], yes, no)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.condition(node.operand, no, yes)
        else:
            self.fork(self.convert(self.expression(node), "bool"), yes, no)

    # Expressions -------------------------------------------------------------------------

    def expression(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool()):
                return Value("true" if node.value else "false", "bool")
            case ast.Constant(value=int()):
                return Value(str(node.value), "int")
            case ast.Constant(value=float() as number):
                return Value(self.target.literal(number, "float"), "float")
            case ast.Name():
                return self.name(node.id)
            case ast.Subscript():
                address, type_ = self.address(node)
                return self.value(type_, f"load {self.target.type(type_)}, ptr {address}, align 8")
            case ast.UnaryOp(op=ast.USub()):
                return self.negative(self.expression(node.operand))
            case ast.BinOp():
                return self.binary(node)
            case ast.Compare(ops=[op], comparators=[right]):
                return self.compare(op, self.expression(node.left), self.expression(right))
            case ast.Call(func=ast.Name(id=name)):
                return self.call(name, node.args)
        raise LoweringError(f"expression {ast.unparse(node)}")

    def name(self, name: str) -> Value:
        if name in self.locals:
            return self.load(name)
        if name == "LANES":
            return Value(str(self.target.lanes), "int")
        value = self.names.get(name)
        if isinstance(value, int):
            return Value(str(value), "int")
        if isinstance(value, float):
            return Value(self.target.literal(value, "float"), "float")
        raise LoweringError(f"unknown name {name}")

    def load(self, name: str) -> Value:
        type_ = self.locals[name]
        return self.value(type_, f"load {self.target.type(type_)}, ptr %l.{name}")

    def binary(self, node: ast.BinOp) -> Value:
        left, right = self.expression(node.left), self.expression(node.right)
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            op = "and" if isinstance(node.op, ast.BitAnd) else "or"
            return self.value(
                left.type, f"{op} {self.target.type(left.type)} {left.text}, {right.text}"
            )
        type_ = self.common(left, right)
        if isinstance(node.op, ast.Div) and type_ == "int":
            type_ = "float"
        whole, real = _ARITHMETIC[type(node.op)]
        op = whole if type_ == "int" else real
        if self.contract and op in ("fadd", "fsub", "fmul"):
            op += " contract"
        left, right = self.convert(left, type_), self.convert(right, type_)
        return self.value(type_, f"{op} {self.target.type(type_)} {left.text}, {right.text}")

    def address(self, node: ast.Subscript) -> tuple[str, str]:
        base = self.expression(node.value)
        if base.type not in _POINTERS:
            raise LoweringError(f"{ast.unparse(node)}: not an array")
        if base.type != "Array":
            index = self.convert(self.expression(node.slice), "int")
            kind = "float" if base.type == "Floats" else "int"
            text = f"getelementptr {self.target.type(kind)}, ptr {base.text}, i64 {index.text}"
            return self.value("ptr", text).text, kind
        if isinstance(node.slice, ast.Tuple):
            index, lane = (self.convert(self.expression(e), "int") for e in node.slice.elts)
            first = self.element(base, index)
            text = f"getelementptr double, ptr {first}, i64 {lane.text}"
            return self.value("ptr", text).text, "float"
        index = self.convert(self.expression(node.slice), "int")
        return self.element(base, index), "Lanes"

    # Calls -------------------------------------------------------------------------------

    def call(self, name: str, nodes: list[ast.expr]) -> Value:
        args = [self.expression(a) for a in nodes]
        if name in self.signatures:
            return self.call_function(name, args)
        builtin = getattr(self, f"do_{name}", None)
        if builtin is None:
            raise LoweringError(f"unknown function {name}")
        result: Value = builtin(*args)
        return result

    def call_function(self, name: str, args: list[Value]) -> Value:
        signature = self.signatures[name]
        given = ["i64 %stride"] if self.target.strided else []
        for argument, type_ in zip(args, signature.parameters, strict=True):
            value = self.convert(argument, type_)
            given.append(f"{self.target.type(type_)} {value.text}")
        name = self.renamed.get(name, name)
        text = f"call {self.target.type(signature.result)} @{name}({', '.join(given)})"
        if signature.result == "None":
            self.emit(text)
            return Value("", "None")
        return self.value(signature.result, text)


def _as_load(node: ast.expr) -> ast.expr:
    clone = ast.parse(ast.unparse(node), mode="eval").body
    return ast.copy_location(clone, node)
