"""One model's machine code with the names and sizes needed to run it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from corrin.engine import build, layout
from corrin.engine.driver import library_ir, library_key
from corrin.engine.operations import Target
from corrin.engine.rodas import METHODS, Method

Progress = Callable[[str], None]


@dataclass(frozen=True)
class EventShape:
    """Places, among the values of ``discrete`` and the stored arrays, that one event uses.

    A place is -1 where the event has no such formula. `assignments` hold the array (``state``
    or ``slot``), the place in it, the place of the value and the place of the volume by which a
    concentration becomes an amount.
    """

    name: str
    initial: bool
    persistent: bool
    at_trigger: bool
    delay: int
    priority: int
    assignments: tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Shape:
    """Names and sizes of a compiled model.

    Attributes
    ----------
    states, slots, outputs : tuple of str
        Names, in the order of the arrays.
    given : tuple of float
        Declared starts of all slots, then of all the model's states, solved or not; NaN where
        a formula gives one.
    reference : tuple of float
        Size of each solved state at the model's own start, for tolerances.
    triggers, watched : int
        Conditions whose change the host has to know (the triggers of the events first), and
        conditions on states in the rates.
    hoisted, factors, stops, guards, discrete : int
        Lengths of the arrays of that name.
    timed : bool
        Whether the rates depend on time itself.
    wandering : bool
        Whether a condition depends on time other than along a straight line.
    doses : dict of str to (int, int)
        Kind of action and place for each species that can be dosed.
    events : tuple of EventShape
        Events.
    rescaled : tuple of (int, int)
        States kept as concentrations, each with the place of its volume in ``discrete``.
    """

    states: tuple[str, ...]
    slots: tuple[str, ...]
    outputs: tuple[str, ...]
    given: tuple[float, ...]
    reference: tuple[float, ...]
    triggers: int
    watched: int
    hoisted: int
    factors: int
    stops: int
    guards: int
    discrete: int
    timed: bool
    wandering: bool
    doses: dict[str, tuple[int, int]]
    events: tuple[EventShape, ...]
    rescaled: tuple[tuple[int, int], ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Place of each slot, by name."""
        return {name: i for i, name in enumerate(self.slots)}

    def to_json(self) -> str:
        """Return the shape as text."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Shape:
        """Return the shape that `to_json` wrote."""
        d: dict[str, Any] = json.loads(text)
        events = tuple(
            EventShape(**{**e, "assignments": tuple(tuple(a) for a in e["assignments"])})
            for e in d.pop("events")
        )
        doses = {k: (v[0], v[1]) for k, v in d.pop("doses").items()}
        rescaled = tuple((a, b) for a, b in d.pop("rescaled"))
        lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in d.items()}
        return Shape(**lists, events=events, doses=doses, rescaled=rescaled)


class Kernel:
    """Machine code of one model and method, ready to be called.

    Attributes
    ----------
    shape : Shape
        Names and sizes.
    method : Method
        Method of integration.
    lanes : int
        People solved side by side by one thread.
    sizes : list of int
        Fixed entries of the array `sizes` of the stepping loop.
    rows : int
        Rows of the workspace.
    """

    def __init__(self, shape: Shape, method: Method, lanes: int, model_object: bytes) -> None:
        self.shape, self.method, self.lanes = shape, method, lanes
        self._code = build.Code([_library(lanes, method), model_object])
        self.address = self._code.address("advance")
        self.sizes, self.rows = workspace(shape, method)

    def function(self, name: str) -> int:
        """Return the address of one of the model's functions."""
        return self._code.address(name)


def _library(lanes: int, method: Method) -> bytes:
    target = build.target(lanes)
    key = library_key(target, method)
    return build.cached_object(key, lambda: library_ir(target, method), optimise=True)


def _prime(lanes: int, method: Method) -> None:
    """Put the library into the cache; what goes wrong shows when it is loaded."""
    with suppress(Exception):
        _library(lanes, method)


def workspace(shape: Shape, method: Method) -> tuple[list[int], int]:
    """Return the entries of `sizes` and the number of rows of the workspace."""
    n, slots = len(shape.states), len(shape.slots)
    sizes = [0] * layout.SIZES
    sizes[layout.N], sizes[layout.SLOTS] = n, slots
    sizes[layout.GIVEN] = len(shape.given)
    sizes[layout.HOISTED], sizes[layout.OUTPUTS] = shape.hoisted, len(shape.outputs)
    sizes[layout.TRIGGERS], sizes[layout.WATCHED] = shape.triggers, shape.watched
    sizes[layout.STOPS] = shape.stops
    sizes[layout.GUARDS], sizes[layout.STAGES] = shape.guards, method.stages
    sizes[layout.TIMED], sizes[layout.HOSTED] = int(shape.timed), int(bool(shape.events))
    row = layout.REAL_ROWS
    for place, length in (
        (layout.AT_STATES, n),
        (layout.AT_NEW, n),
        (layout.AT_SCALE, n),
        (layout.AT_RATES, n),
        (layout.AT_SLOPES, n),
        (layout.AT_FACTORS, shape.factors),
        (layout.AT_STAGES, n * method.stages),
        (layout.AT_ARGUMENT, n),
        (layout.AT_ADDITION, n),
        (layout.AT_DENSE, 3 * n),
        (layout.AT_SLOTS, slots),
        (layout.AT_HOISTED, shape.hoisted),
        (layout.AT_GIVEN, len(shape.given)),
        (layout.AT_START, n + slots),
        (layout.AT_OUT, max(len(shape.outputs), shape.discrete)),
        (layout.AT_TRIGGERS, shape.triggers + shape.watched),
        (layout.AT_BEFORE, shape.triggers + shape.watched),
        (layout.AT_STOPS, shape.stops),
        (layout.AT_GUARDS, shape.guards),
        (layout.AT_GUARDS_UP, shape.guards),
        (layout.AT_GUARDS_DOWN, shape.guards),
    ):
        sizes[place] = row
        row += length
    return sizes, row


def load_kernel(
    content: str,
    outputs: Sequence[str],
    translate: Callable[[], tuple[Shape, Callable[[Target], str]]],
    *,
    lanes: int = 4,
    method: str = "rodas5p",
    progress: Progress | None = None,
) -> Kernel:
    """Return the kernel for a model and outputs, from the cache or newly made.

    Parameters
    ----------
    content : str
        Text that stands for the model: the same text, the same model.
    outputs : sequence of str
        Names that tell apart what is asked of the model.
    translate : callable
        Returns the shape, and a function from the target to LLVM IR; called only when
        the cache does not know the kernel.
    lanes : int
        People side by side: 1, 2, 4 or 8.
    method : str
        Name of the method.
    progress : callable, optional
        Called with a line of text when something takes time.
    """
    say = progress or (lambda _: None)
    here = build.processor().key
    key = build.key_of(_sources(), content, "\n".join(outputs), here, str(lanes))
    shape_text = build.read_cached(f"{key}.json")
    code = build.read_cached(f"{key}.o")
    chosen = METHODS[method]
    if shape_text is not None and code is not None:
        return Kernel(Shape.from_json(shape_text.decode()), chosen, lanes, code)
    say("translating the model to machine code (once; kept for the next time)")
    beside = threading.Thread(target=_prime, args=(lanes, chosen), daemon=True)
    beside.start()
    shape, emit = translate()
    ir = emit(build.target(lanes))
    say(f"compiling {len(shape.states)} states for {build.processor().name}")
    code = build.compile_object(ir, optimise=False, level=1)
    beside.join()
    build.write_cached(f"{key}.o", code)
    build.write_cached(f"{key}.json", shape.to_json().encode())
    return Kernel(shape, chosen, lanes, code)


def _sources() -> str:
    """Return a text that changes whenever the translation of models does."""
    from pathlib import Path

    folder = Path(__file__).parent
    return "\n".join(f"{p.name} {_stamp(p)}" for p in sorted(folder.glob("*.py")))


def _stamp(path: Any) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
