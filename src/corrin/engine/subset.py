"""Types of the subset of Python that `lower` turns into LLVM IR.

The stepping loop and the vector mathematics are written once, as functions over these types.
`Lanes` is one number for each person solved side by side; indexing an `Array` by a number gives
`Lanes`, by a number and a lane a single float.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Lanes: TypeAlias = Any
Mask: TypeAlias = Any
Array: TypeAlias = Any
Floats: TypeAlias = Any
Ints: TypeAlias = Any

#: Number of lanes; a constant wherever the code is lowered.
LANES: int = 4


def _lowered(*_: Any) -> Any:
    raise RuntimeError("this function exists only in lowered code")


# Built-in operations
select = fabs = sqrt = floor = muladd = minimum = maximum = _lowered
pow2 = exponent = mantissa = product_low = real = whole = _lowered
take = peek = at = _lowered

# Functions of the model, of the method and of the vector mathematics
initial = prepare = begin = solve = stage = _lowered
observe = triggers = discrete = upcoming = guarded = _lowered
arguments = place = continuous = _lowered
lanes_exp = lanes_log = _lowered
