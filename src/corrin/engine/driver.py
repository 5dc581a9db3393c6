"""The stepping loop and vector mathematics as one library, the same for every model."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from corrin.engine.operations import Target
from corrin.engine.rodas import Method

#: Files of this folder that decide what the library is.
_SOURCES = (
    "stepper",
    "lanes",
    "roots",
    "layout",
    "vectormath",
    "lower",
    "operations",
    "rodas",
    "driver",
    "emit",
)


def library_ir(target: Target, method: Method) -> str:
    """Return the IR of the stepping loop with `method` for `target`."""
    import inspect

    from corrin.engine import lanes, roots, stepper
    from corrin.engine.emit import ATTRIBUTES, SIGNATURES
    from corrin.engine.lower import Lowering, Signature
    from corrin.engine.rodas import combination_source
    from corrin.engine.vectormath import vectormath_ir

    functions = {
        name: f
        for module in (lanes, roots, stepper)
        for name, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__
    }
    vectors = {name: Signature(("Lanes",), "Lanes") for name in ("lanes_exp", "lanes_log")}
    loop = Lowering(
        target,
        functions,
        external=SIGNATURES,
        exported=frozenset({"advance", "call_rates", "call_triggers", "call_discrete"}),
        source=combination_source(method),
        known=vectors,
    )
    lines = (vectormath_ir(target) + loop.text()).splitlines()
    declared = dict.fromkeys(line for line in lines if line.startswith("declare "))
    body = [line for line in lines if not line.startswith("declare ")]
    return "\n".join([*body, *declared, ATTRIBUTES])


@cache
def library_key(target: Target, method: Method) -> str:
    """Return a text that changes whenever `library_ir` would."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((folder / f"{name}.py").read_bytes())
    return f"{digest.hexdigest()} {method.name} {target!r}"
