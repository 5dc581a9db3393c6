"""The stepping loop and vector mathematics as one library, the same for every model."""

from __future__ import annotations

import inspect
from functools import cache

from corrin.engine import layout, operations, stepper, vectormath
from corrin.engine import lower as lowering
from corrin.engine.emit import ATTRIBUTES, SIGNATURES
from corrin.engine.lower import Lowering, Signature
from corrin.engine.operations import Target
from corrin.engine.rodas import Method, combination_source

#: Arguments of `advance`, by name.
ADVANCE = tuple(inspect.signature(stepper.advance).parameters)


def library_ir(target: Target, method: Method) -> str:
    """Return the IR of the stepping loop with `method` for `target`."""
    functions = {
        name: f
        for name, f in vars(stepper).items()
        if inspect.isfunction(f) and f.__module__ == stepper.__name__
    }
    vectors = {
        name: Signature(("Lanes",), "Lanes") for name in ("lanes_exp", "lanes_log")
    }
    loop = Lowering(
        target,
        functions,
        external=SIGNATURES,
        exported=frozenset({"advance", "call_triggers", "call_discrete"}),
        source=combination_source(method),
        known=vectors,
    )
    lines = (vectormath.vectormath_ir(target) + loop.text()).splitlines()
    declared = dict.fromkeys(line for line in lines if line.startswith("declare "))
    body = [line for line in lines if not line.startswith("declare ")]
    return "\n".join([*body, *declared, ATTRIBUTES])


@cache
def library_key(target: Target, method: Method) -> str:
    """Return a text that changes whenever `library_ir` would."""
    sources = [inspect.getsource(m) for m in (stepper, layout, vectormath, lowering, operations)]
    return "\n".join([*sources, combination_source(method), repr(target)])
