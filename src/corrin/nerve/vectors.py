"""Two short vector operations of the cable kernel, written as vectors of the processor.

A node has four gates and an internode four even and four odd modes. A compiler leaves loops of
such length scalar; as explicit vectors they cost a few instructions.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_LANES = 8
_DOUBLE = ir.DoubleType()
_EIGHT = ir.VectorType(_DOUBLE, _LANES)
_FAST = ("contract", "nsz")


@intrinsic
def relax_gates(typing: Any, table: Any, row: Any, share: Any, gates: Any, node: Any) -> Any:
    """Relax the four gates of a node towards their steady values.

    ``table`` has steady values and decays in eight columns and is read between ``row`` and
    ``row + 1`` at ``share`` of the way; ``gates`` has shape (nodes, 4).
    """

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        row, share, node = values[1], values[2], values[4]
        source = _pointer(context, builder, signature.args[0], values[0], row, _LANES, _LANES)
        below = builder.load(source, align=8)
        above = builder.load(builder.gep(source, [_index(1)]), align=8)
        slope = builder.fsub(above, below, flags=_FAST)
        row_now = _fma(builder, slope, _splat(builder, share), below)
        steady, decay = _half(builder, row_now, 0), _half(builder, row_now, 1)
        place = _pointer(context, builder, signature.args[3], values[3], node, 4, 4)
        old = builder.load(place, align=8)
        builder.store(_fma(builder, builder.fsub(old, steady), decay, steady), place, align=8)
        return context.get_dummy_value()

    return types.void(table, row, share, gates, node), code


@intrinsic
def charge_modes(
    typing: Any, held: Any, node: Any, decay: Any, gain: Any, kind: Any, even: Any, odd: Any
) -> Any:
    """Charge the modes of an internode; return the sums over its even and its odd ones.

    ``held``, ``decay`` and ``gain`` have eight columns, even modes first; ``even`` and ``odd``
    are half the sum and half the difference of the changes of the two nodes.
    """

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def at(array: int, index: Any) -> Any:
            kind, value = signature.args[array], values[array]
            return _pointer(context, builder, kind, value, index, _LANES, _LANES)

        node, kind = values[1], values[4]
        place = at(0, node)
        drive = builder.shuffle_vector(
            _splat(builder, values[5]), _splat(builder, values[6]), _order(0, 1, 2, 3, 8, 9, 10, 11)
        )
        fresh = builder.fmul(builder.load(at(3, kind), align=8), drive, flags=_FAST)
        now = _fma(builder, builder.load(at(2, kind), align=8), builder.load(place, align=8), fresh)
        builder.store(now, place, align=8)
        # Fold 4 + 4 modes to one sum each: halves, quarters, then the last pair.
        empty = ir.Constant(_EIGHT, ir.Undefined)
        pairs = builder.fadd(
            builder.shuffle_vector(now, empty, _order(0, 1, 4, 5)),
            builder.shuffle_vector(now, empty, _order(2, 3, 6, 7)),
            flags=_FAST,
        )
        blank = ir.Constant(pairs.type, ir.Undefined)
        sums = builder.fadd(
            builder.shuffle_vector(pairs, blank, _order(0, 2)),
            builder.shuffle_vector(pairs, blank, _order(1, 3)),
            flags=_FAST,
        )
        return context.make_tuple(
            builder,
            signature.return_type,
            [builder.extract_element(sums, _index(0)), builder.extract_element(sums, _index(1))],
        )

    result = types.UniTuple(types.float64, 2)
    return result(held, node, decay, gain, kind, even, odd), code


def _pointer(
    context: Any, builder: Any, kind: Any, value: Any, index: Any, columns: int, lanes: int
) -> Any:
    """Return the address of a row of an array as a vector."""
    data = context.make_array(kind)(context, builder, value).data
    first = builder.gep(data, [builder.mul(index, ir.Constant(index.type, columns))])
    return builder.bitcast(first, ir.VectorType(_DOUBLE, lanes).as_pointer())


def _fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, for the processor to fuse."""
    return builder.fadd(builder.fmul(a, b, flags=_FAST), c, flags=_FAST)


def _splat(builder: Any, value: Any) -> Any:
    """Return a vector whose lanes are all `value`."""
    empty = ir.Constant(_EIGHT, ir.Undefined)
    first = builder.insert_element(empty, value, _index(0))
    return builder.shuffle_vector(first, empty, _order(*[0] * _LANES))


def _half(builder: Any, vector: Any, which: int) -> Any:
    """Return the lower or upper four lanes."""
    order = _order(*range(4 * which, 4 * which + 4))
    return builder.shuffle_vector(vector, ir.Constant(_EIGHT, ir.Undefined), order)


def _order(*lanes: int) -> Any:
    """Return the constant that names lanes in a shuffle."""
    return ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))


def _index(value: int) -> Any:
    """Return an integer constant."""
    return ir.Constant(ir.IntType(32), value)
