"""MathML of libSBML to plain formulas: nested tuples that need libSBML no more.

A formula is ``("number", x)``, ``("symbol", id)``, ``("time",)``, ``("rate", id)`` or
``(operation, *formulas)`` with an operation of `corrin.engine.program`. Calls of function
definitions are replaced by their bodies here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import libsbml

from corrin.engine.outcome import UnsupportedSBML

Formula = tuple[Any, ...]

#: Avogadro's number as SBML Level 3 fixes it [1/mol].
AVOGADRO = 6.02214179e23

_PLAIN = {
    libsbml.AST_FUNCTION_ABS: "abs",
    libsbml.AST_FUNCTION_ARCCOS: "acos",
    libsbml.AST_FUNCTION_ARCCOSH: "acosh",
    libsbml.AST_FUNCTION_ARCSIN: "asin",
    libsbml.AST_FUNCTION_ARCSINH: "asinh",
    libsbml.AST_FUNCTION_ARCTAN: "atan",
    libsbml.AST_FUNCTION_ARCTANH: "atanh",
    libsbml.AST_FUNCTION_CEILING: "ceil",
    libsbml.AST_FUNCTION_COS: "cos",
    libsbml.AST_FUNCTION_COSH: "cosh",
    libsbml.AST_FUNCTION_EXP: "exp",
    libsbml.AST_FUNCTION_FLOOR: "floor",
    libsbml.AST_FUNCTION_LN: "log",
    libsbml.AST_FUNCTION_SIN: "sin",
    libsbml.AST_FUNCTION_SINH: "sinh",
    libsbml.AST_FUNCTION_TAN: "tan",
    libsbml.AST_FUNCTION_TANH: "tanh",
    libsbml.AST_LOGICAL_NOT: "not",
}
_RECIPROCAL = {
    libsbml.AST_FUNCTION_SEC: "cos",
    libsbml.AST_FUNCTION_CSC: "sin",
    libsbml.AST_FUNCTION_COT: "tan",
    libsbml.AST_FUNCTION_SECH: "cosh",
    libsbml.AST_FUNCTION_CSCH: "sinh",
    libsbml.AST_FUNCTION_COTH: "tanh",
}
_OF_RECIPROCAL = {
    libsbml.AST_FUNCTION_ARCSEC: "acos",
    libsbml.AST_FUNCTION_ARCCSC: "asin",
    libsbml.AST_FUNCTION_ARCSECH: "acosh",
    libsbml.AST_FUNCTION_ARCCSCH: "asinh",
    libsbml.AST_FUNCTION_ARCCOTH: "atanh",
}
_FOLDED = {
    libsbml.AST_PLUS: ("add", 0.0),
    libsbml.AST_TIMES: ("mul", 1.0),
    libsbml.AST_LOGICAL_AND: ("and", 1.0),
    libsbml.AST_LOGICAL_OR: ("or", 0.0),
    libsbml.AST_LOGICAL_XOR: ("xor", 0.0),
    libsbml.AST_FUNCTION_MAX: ("max", None),
    libsbml.AST_FUNCTION_MIN: ("min", None),
}
_CHAINED = {
    libsbml.AST_RELATIONAL_LT: ("lt", False),
    libsbml.AST_RELATIONAL_GT: ("lt", True),
    libsbml.AST_RELATIONAL_LEQ: ("le", False),
    libsbml.AST_RELATIONAL_GEQ: ("le", True),
    libsbml.AST_RELATIONAL_EQ: ("eq", False),
    libsbml.AST_RELATIONAL_NEQ: ("ne", False),
}
_NUMBERS = (
    libsbml.AST_INTEGER,
    libsbml.AST_REAL,
    libsbml.AST_REAL_E,
    libsbml.AST_RATIONAL,
)

Functions = Mapping[str, tuple[Sequence[str], Any]]


def number(value: float) -> Formula:
    """Return the formula of a number."""
    return ("number", float(value))


def formula(node: Any, functions: Functions, where: str) -> Formula:
    """Return the formula of a libSBML `node`.

    Parameters
    ----------
    node : libsbml.ASTNode
        Root of the MathML.
    functions : mapping
        Arguments and body of every function definition of the model.
    where : str
        Element that holds the MathML, for messages.

    Returns
    -------
    tuple
        The formula, free of calls to function definitions.
    """
    return _Reader(functions, where).read(node, {})


class _Reader:
    """One walk through one MathML tree."""

    def __init__(self, functions: Functions, where: str) -> None:
        self.functions = functions
        self.where = where
        self.open: list[str] = []

    def read(self, node: Any, bound: Mapping[str, Formula]) -> Formula:
        kind = node.getType()
        if kind in _NUMBERS:
            return number(node.getValue())
        if kind == libsbml.AST_NAME:
            name = node.getName()
            return bound.get(name, ("symbol", name))
        if kind == libsbml.AST_NAME_TIME:
            return ("time",)
        if kind == libsbml.AST_NAME_AVOGADRO:
            return number(AVOGADRO)
        if kind == libsbml.AST_CONSTANT_PI:
            return number(math.pi)
        if kind == libsbml.AST_CONSTANT_E:
            return number(math.e)
        if kind in (libsbml.AST_CONSTANT_TRUE, libsbml.AST_CONSTANT_FALSE):
            return ("ne", number(float(kind == libsbml.AST_CONSTANT_TRUE)), number(0.0))
        if kind == libsbml.AST_FUNCTION:
            return self.call(node, bound)
        arguments = [self.read(node.getChild(i), bound) for i in range(node.getNumChildren())]
        return self.combine(node, kind, arguments)

    def call(self, node: Any, bound: Mapping[str, Formula]) -> Formula:
        name = node.getName()
        if name not in self.functions:
            raise UnsupportedSBML(
                f"function {name!r} has no definition", where=self.where, hint="define it"
            )
        if name in self.open:
            raise UnsupportedSBML(
                f"function definition {name!r} calls itself", where=self.where, hint="unroll it"
            )
        names, body = self.functions[name]
        if node.getNumChildren() != len(names):
            raise UnsupportedSBML(
                f"function {name!r} takes {len(names)} arguments, not {node.getNumChildren()}",
                where=self.where,
                hint="correct the call",
            )
        given = {n: self.read(node.getChild(i), bound) for i, n in enumerate(names)}
        if body is None:
            return number(math.nan)
        self.open.append(name)
        result = self.read(body, given)
        self.open.pop()
        return result

    def combine(self, node: Any, kind: int, args: list[Formula]) -> Formula:
        if kind in _PLAIN:
            return (_PLAIN[kind], *args)
        if kind in _RECIPROCAL:
            return ("div", number(1.0), (_RECIPROCAL[kind], *args))
        if kind in _OF_RECIPROCAL:
            return (_OF_RECIPROCAL[kind], ("div", number(1.0), *args))
        if kind in _FOLDED:
            return self.folded(*_FOLDED[kind], args)
        if kind in _CHAINED:
            return self.chained(*_CHAINED[kind], args)
        if kind == libsbml.AST_MINUS:
            return ("neg", *args) if len(args) == 1 else ("sub", *args)
        if kind == libsbml.AST_DIVIDE:
            return ("div", *args)
        if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
            return ("pow", *args)
        if kind == libsbml.AST_FUNCTION_ARCCOT:
            return _arccot(args[0])
        if kind == libsbml.AST_FUNCTION_ROOT:
            return _root(args)
        if kind == libsbml.AST_FUNCTION_LOG:
            base = args[0] if len(args) == 2 else number(10.0)
            return ("div", ("log", args[-1]), ("log", base))
        if kind == libsbml.AST_FUNCTION_FACTORIAL:
            return ("gamma", ("add", args[0], number(1.0)))
        if kind == libsbml.AST_FUNCTION_QUOTIENT:
            return _truncated(("div", *args))
        if kind == libsbml.AST_FUNCTION_REM:
            whole = ("mul", args[1], _truncated(("div", *args)))
            return ("sub", args[0], whole)
        if kind == libsbml.AST_LOGICAL_IMPLIES:
            return ("or", ("not", args[0]), args[1])
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return _piecewise(args)
        if kind == libsbml.AST_FUNCTION_RATE_OF and args and args[0][0] == "symbol":
            return ("rate", args[0][1])
        if kind == libsbml.AST_FUNCTION_DELAY:
            raise UnsupportedSBML(
                "the delay csymbol makes a delay differential equation, which is not solved here",
                where=self.where,
                hint="replace the delay by a chain of intermediate species",
            )
        text = libsbml.formulaToL3String(node) or f"MathML type {kind}"
        raise UnsupportedSBML(
            f"the formula {text} has no meaning here",
            where=self.where,
            hint="write it with MathML of SBML Level 3 Version 2 core",
        )

    def folded(self, op: str, neutral: float | None, args: list[Formula]) -> Formula:
        if not args:
            if neutral is None:
                raise UnsupportedSBML(f"{op} of nothing", where=self.where, hint="give arguments")
            empty = number(neutral)
            return ("ne", empty, number(0.0)) if op in ("and", "or", "xor") else empty
        result = args[0]
        for argument in args[1:]:
            result = (op, result, argument)
        if len(args) == 1 and op in ("and", "or", "xor"):
            return (op, result, ("ne", number(neutral or 0.0), number(0.0)))
        return result

    def chained(self, op: str, turned: bool, args: list[Formula]) -> Formula:
        if len(args) < 2:
            return ("ne", number(1.0), number(0.0))
        pairs = [(op, b, a) if turned else (op, a, b) for a, b in zip(args, args[1:], strict=False)]
        result: Formula = pairs[0]
        for pair in pairs[1:]:
            result = ("and", result, pair)
        return result


def _truncated(x: Formula) -> Formula:
    return ("select", ("lt", x, number(0.0)), ("ceil", x), ("floor", x))


def _arccot(x: Formula) -> Formula:
    inverse = ("atan", ("div", number(1.0), x))
    return ("select", ("eq", x, number(0.0)), number(math.pi / 2), inverse)


def _root(args: list[Formula]) -> Formula:
    if len(args) == 1 or args[0] == number(2.0):
        return ("sqrt", args[-1])
    return ("pow", args[1], ("div", number(1.0), args[0]))


def _piecewise(args: list[Formula]) -> Formula:
    result = args[-1] if len(args) % 2 else number(math.nan)
    pairs = [(args[i], args[i + 1]) for i in range(0, len(args) - 1, 2)]
    for value, condition in reversed(pairs):
        result = ("select", condition, value, result)
    return result
