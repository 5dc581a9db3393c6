"""Built-in operations of lowered code: the `do_` methods are the functions of `subset`."""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass

_COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("slt", "olt"),
    ast.LtE: ("sle", "ole"),
    ast.Gt: ("sgt", "ogt"),
    ast.GtE: ("sge", "oge"),
    ast.Eq: ("eq", "oeq"),
    ast.NotEq: ("ne", "une"),
}


@dataclass(frozen=True)
class Target:
    """For what the code is made.

    Attributes
    ----------
    lanes : int
        People solved side by side by one thread of execution.
    strided : bool
        Whether elements of an `Array` lie a run-time stride apart (one lane only).
    fused : bool
        Whether the processor multiplies and adds in one operation.
    """

    lanes: int
    strided: bool = False
    fused: bool = True

    @property
    def group(self) -> int:
        """How many powers or exponentials are worked out at once, to fill the pipelines."""
        return 1 if self.strided else 2 if self.lanes >= 8 else 4

    @property
    def wide(self) -> Target:
        """Return the target of functions that work on a group at once."""
        return Target(self.lanes * self.group, False, self.fused)

    def type(self, name: str) -> str:
        """Return the LLVM type of a type of the subset."""
        wide = self.lanes > 1
        match name:
            case "Lanes":
                return f"<{self.lanes} x double>" if wide else "double"
            case "Mask":
                return f"<{self.lanes} x i1>" if wide else "i1"
            case "Bits":
                return f"<{self.lanes} x i64>" if wide else "i64"
            case "float":
                return "double"
            case "int":
                return "i64"
            case "bool":
                return "i1"
            case "None":
                return "void"
        return "ptr"

    @property
    def suffix(self) -> str:
        """Return the suffix of overloaded intrinsics on `Lanes`."""
        return f"v{self.lanes}f64" if self.lanes > 1 else "f64"

    def literal(self, value: float, kind: str = "Lanes") -> str:
        """Return a floating-point constant as IR text."""
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        text = f"0x{bits:016X}"
        return f"splat (double {text})" if kind == "Lanes" and self.lanes > 1 else text

    def bits(self, value: int) -> str:
        """Return an integer constant for every lane as IR text."""
        return f"splat (i64 {value})" if self.lanes > 1 else str(value)


@dataclass
class Value:
    """A value: its text in IR and its type of the subset."""

    text: str
    type: str


class LoweringError(Exception):
    """A function is not within the subset: a mistake of the programmer."""


class Operations:
    """Instructions of one function under way.

    Parameters
    ----------
    target : Target
        For what the code is made.
    contract : bool
        Whether a product and a sum may be rounded once together.
    """

    def __init__(self, target: Target, contract: bool) -> None:
        self.target = target
        self.contract = contract
        self.lines: list[str] = []
        self.count = 0
        self.closed = False
        self.intrinsics: set[str] = set()

    def fresh(self) -> str:
        """Return a new name of a value."""
        self.count += 1
        return f"%v{self.count}"

    def emit(self, line: str) -> None:
        """Append an instruction."""
        if not self.closed:
            self.lines.append("  " + line)

    def value(self, type_: str, line: str) -> Value:
        """Append an instruction and return its result."""
        name = self.fresh()
        self.emit(f"{name} = {line}")
        return Value(name, type_)

    def negative(self, x: Value) -> Value:
        """Return -x."""
        if x.type == "int":
            return self.value("int", f"sub i64 0, {x.text}")
        return self.value(x.type, f"fneg {self.target.type(x.type)} {x.text}")

    def compare(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        """Return the truth of a comparison."""
        type_ = self.common(left, right)
        left, right = self.convert(left, type_), self.convert(right, type_)
        whole, real = _COMPARE[type(op)]
        if type_ == "int":
            return self.value("bool", f"icmp {whole} i64 {left.text}, {right.text}")
        result = "Mask" if type_ == "Lanes" else "bool"
        return self.value(
            result, f"fcmp {real} {self.target.type(type_)} {left.text}, {right.text}"
        )

    def common(self, left: Value, right: Value) -> str:
        """Return the wider of two types."""
        for type_ in ("Lanes", "float", "int"):
            if type_ in (left.type, right.type):
                return type_
        return left.type

    def convert(self, x: Value, type_: str) -> Value:
        """Return a value as another type."""
        if x.type == type_:
            return x
        if x.type == "int" and type_ in ("float", "Lanes"):
            text = x.text
            if text.lstrip("-").isdigit():
                return Value(self.target.literal(float(text), type_), type_)
            return self.convert(self.value("float", f"sitofp i64 {text} to double"), type_)
        if x.type == "float" and type_ == "Lanes":
            return self.splat(x)
        if x.type == "Mask" and type_ == "bool" and self.target.lanes == 1:
            return Value(x.text, "bool")
        raise LoweringError(f"cannot turn {x.type} {x.text} into {type_}")

    def splat(self, x: Value) -> Value:
        """Return a number for all lanes."""
        n = self.target.lanes
        if n == 1:
            return Value(x.text, "Lanes")
        if x.text.startswith("0x"):
            return Value(f"splat (double {x.text})", "Lanes")
        first = self.value("Lanes", f"insertelement <{n} x double> poison, double {x.text}, i64 0")
        return self.value(
            "Lanes",
            f"shufflevector <{n} x double> {first.text}, <{n} x double> poison, "
            f"<{n} x i32> zeroinitializer",
        )

    def element(self, base: Value, index: Value) -> str:
        """Return the address of all lanes of an element."""
        place = index.text
        if self.target.strided:
            place = self.value("int", f"mul i64 {place}, %stride").text
        type_ = self.target.type("Lanes")
        return self.value("ptr", f"getelementptr {type_}, ptr {base.text}, i64 {place}").text

    def intrinsic(self, name: str, *args: Value) -> Value:
        """Call an intrinsic of LLVM."""
        type_ = "Lanes" if any(a.type == "Lanes" for a in args) else "float"
        args = tuple(self.convert(a, type_) for a in args)
        llvm = self.target.type(type_)
        suffix = self.target.suffix if type_ == "Lanes" else "f64"
        full = f"@llvm.{name}.{suffix}"
        self.intrinsics.add(f"declare {llvm} {full}({', '.join([llvm] * len(args))})")
        given = ", ".join(f"{llvm} {a.text}" for a in args)
        return self.value(type_, f"call {llvm} {full}({given})")

    def do_fabs(self, x: Value) -> Value:
        """Absolute value."""
        return self.intrinsic("fabs", x)

    def do_sqrt(self, x: Value) -> Value:
        """Square root."""
        return self.intrinsic("sqrt", x)

    def do_muladd(self, x: Value, y: Value, z: Value) -> Value:
        """x·y + z, rounded once where the processor can."""
        return self.intrinsic("fmuladd", x, y, z)

    def do_floor(self, x: Value) -> Value:
        """Largest whole number not above x."""
        return self.intrinsic("floor", x)

    def do_select(self, condition: Value, yes: Value, no: Value) -> Value:
        """One or the other."""
        type_ = self.common(yes, no)
        if condition.type == "Mask":
            type_ = "Lanes"
        yes, no = self.convert(yes, type_), self.convert(no, type_)
        llvm = self.target.type(type_)
        kind = self.target.type(condition.type)
        return self.value(
            type_, f"select {kind} {condition.text}, {llvm} {yes.text}, {llvm} {no.text}"
        )

    def do_minimum(self, x: Value, y: Value) -> Value:
        """Return the smaller; x where y is not a number."""
        return self.do_select(self.compare(ast.Lt(), y, x), y, x)

    def do_maximum(self, x: Value, y: Value) -> Value:
        """Return the larger; x where y is not a number."""
        return self.do_select(self.compare(ast.Gt(), y, x), y, x)

    def do_real(self, x: Value) -> Value:
        """Return a whole number as a float."""
        return self.convert(x, "float")

    def do_whole(self, x: Value) -> Value:
        """Return a float cut to a whole number."""
        return self.value("int", f"fptosi double {x.text} to i64")

    def do_at(self, base: Value, index: Value) -> Value:
        """Return the array from an element on."""
        if base.type == "Array":
            return Value(self.element(base, index), "Array")
        kind = self.target.type("float" if base.type == "Floats" else "int")
        text = f"getelementptr {kind}, ptr {base.text}, i64 {index.text}"
        return self.value(base.type, text)

    def do_take(self, counter: Value) -> Value:
        """Add 1 to a counter that threads share; its value before."""
        return self.value("int", f"atomicrmw add ptr {counter.text}, i64 1 monotonic")

    def do_peek(self, array: Value, index: Value) -> Value:
        """Read an element that other threads may change."""
        address = self.do_at(array, index)
        return self.value("int", f"load volatile i64, ptr {address.text}")

    def bits(self, x: Value) -> str:
        """Return the bits of a number."""
        llvm, whole = self.target.type("Lanes"), self.target.type("Bits")
        return self.value("Bits", f"bitcast {llvm} {x.text} to {whole}").text

    def from_bits(self, text: str) -> Value:
        """Return the number with these bits."""
        llvm, whole = self.target.type("Lanes"), self.target.type("Bits")
        return self.value("Lanes", f"bitcast {whole} {text} to {llvm}")

    def whole_op(self, op: str, x: str, constant: int) -> str:
        """Return a bit operation with a constant."""
        whole = self.target.type("Bits")
        return self.value("Bits", f"{op} {whole} {x}, {self.target.bits(constant)}").text

    def do_pow2(self, n: Value) -> Value:
        """2 to a whole number between -1022 and 1023."""
        shift = Value(self.target.literal(2.0**52 + 1023), "Lanes")
        llvm = self.target.type("Lanes")
        raised = self.value("Lanes", f"fadd {llvm} {n.text}, {shift.text}")
        return self.from_bits(self.whole_op("shl", self.bits(raised), 52))

    def do_exponent(self, x: Value) -> Value:
        """Exponent of a positive normal number, as a whole number."""
        raised = self.whole_op("lshr", self.bits(x), 52)
        number = self.from_bits(self.whole_op("or", raised, 0x4330000000000000))
        shift = self.target.literal(2.0**52 + 1023)
        llvm = self.target.type("Lanes")
        return self.value("Lanes", f"fsub {llvm} {number.text}, {shift}")

    def do_mantissa(self, x: Value) -> Value:
        """Mantissa of a positive normal number, from 1 to below 2."""
        low = self.whole_op("and", self.bits(x), 0x000FFFFFFFFFFFFF)
        return self.from_bits(self.whole_op("or", low, 0x3FF0000000000000))

    def do_product_low(self, x: Value, y: Value, product: Value) -> Value:
        """Return what rounding took from the product x·y."""
        if self.target.fused:
            negative = self.negative(product)
            return self.intrinsic("fma", x, y, negative)
        xh, xl = self.halves(x)
        yh, yl = self.halves(y)
        llvm = self.target.type("Lanes")

        def op(name: str, a: Value, b: Value) -> Value:
            return self.value("Lanes", f"{name} {llvm} {a.text}, {b.text}")

        rest = op("fsub", op("fmul", xh, yh), product)
        rest = op("fadd", op("fadd", rest, op("fmul", xh, yl)), op("fmul", xl, yh))
        return op("fadd", rest, op("fmul", xl, yl))

    def halves(self, x: Value) -> tuple[Value, Value]:
        """Return x as a sum of two numbers of half its digits."""
        high = self.from_bits(self.whole_op("and", self.bits(x), -(1 << 27)))
        llvm = self.target.type("Lanes")
        return high, self.value("Lanes", f"fsub {llvm} {x.text}, {high.text}")
