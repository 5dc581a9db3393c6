"""From SBML text to a kernel: the translation in one place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from corrin.engine.kernel import EventShape, Kernel, Progress, Shape, load_kernel
from corrin.engine.layout import ADD_SLOT, ADD_STATE
from corrin.engine.program import Node, evaluate
from corrin.errors import unknown

if TYPE_CHECKING:
    from corrin.engine.operations import Target
    from corrin.engine.plan import Plan
    from corrin.engine.system import System


def compile_model(
    text: str,
    outputs: Sequence[str] | None,
    *,
    reading: str = "concentrations",
    where: str = "SBML",
    lanes: int = 4,
    method: str = "rodas5p",
    progress: Progress | None = None,
) -> Kernel:
    """Return the kernel of an SBML model for some outputs.

    Parameters
    ----------
    text : str
        SBML.
    outputs : sequence of str or None
        Ids asked for; None asks for every species, parameter and compartment.
    reading : str
        How species are given: ``concentrations``, ``amounts`` or ``values``, which is as the
        model's own formulas read them.
    where : str
        Name of the source, for messages.
    lanes, method, progress
        As in `corrin.engine.kernel.load_kernel`.
    """
    asked = ["*"] if outputs is None else list(outputs)

    def translate() -> tuple[Shape, Callable[[Target], str]]:
        return translate_sbml(text, outputs, reading=reading, where=where)

    return load_kernel(
        text,
        [reading, *asked],
        translate,
        lanes=lanes,
        method=method,
        progress=progress,
    )


def translate_sbml(
    text: str,
    outputs: Sequence[str] | None,
    *,
    reading: str = "concentrations",
    where: str = "SBML",
) -> tuple[Shape, Callable[[Target], str]]:
    """Return the shape of a model and the function that writes its LLVM IR."""
    # these load libSBML, which a kernel from the cache does not need
    from corrin.engine.emit import model_ir
    from corrin.engine.sbml import parse_sbml
    from corrin.engine.system import build_system

    system = build_system(parse_sbml(text, where), where)
    names, nodes = _observables(system, outputs, reading, where)
    plan, shape = plan_and_shape(system, names, nodes)
    return shape, lambda target: model_ir(plan, target)


def plan_and_shape(
    system: System, names: Sequence[str], nodes: Sequence[Node]
) -> tuple[Plan, Shape]:
    """Return what is to be computed for the outputs `nodes`, and its names and sizes."""
    from corrin.engine.plan import make_plan
    from corrin.engine.stops import wandering_conditions

    discrete, tables, rescaled = _discrete(system)
    plan = make_plan(system, nodes, discrete)
    place = {state: i for i, state in enumerate(plan.states)}
    states = tuple(system.states[i] for i in plan.states)
    doses: dict[str, tuple[int, int]] = {}
    kept = {system.graph.input("state", i): i for i in plan.states}
    for name, amount in system.amounts.items():
        if amount in kept:
            doses[name] = (ADD_STATE, place[kept[amount]])
        elif system.graph.ops[amount] == "slot":
            doses[name] = (ADD_SLOT, system.graph.args[amount][0])
    events = tuple(
        EventShape(
            e.name,
            e.initial,
            e.persistent,
            e.at_trigger,
            delay,
            priority,
            tuple(
                (t.array, place[t.index] if t.array == "state" else t.index, value, volume)
                for (t, _), (value, volume) in zip(e.assignments, values, strict=True)
            ),
        )
        for e, (delay, priority, values) in zip(system.events, tables, strict=True)
    )
    slots = len(system.slots)
    timed = [n for row in plan.rates for pair in row for n in pair] + plan.triggers[: plan.count]
    shape = Shape(
        states=states,
        slots=tuple(system.slots),
        outputs=tuple(names),
        given=tuple(system.given),
        reference=_reference(plan, system.given, slots),
        triggers=plan.count,
        watched=len(plan.triggers) - plan.count,
        hoisted=len(plan.hoisted),
        factors=plan.factors.size,
        stops=len(plan.stops),
        guards=len(plan.guarded),
        discrete=len(plan.discrete),
        timed=any(t is not None for t in plan.jacobian.time),
        wandering=wandering_conditions(plan.graph, timed),
        doses=doses,
        events=events,
        rescaled=tuple((place[s], v) for s, v in rescaled if s in place),
    )
    return plan, shape


def _observables(
    system: System, outputs: Sequence[str] | None, reading: str, where: str
) -> tuple[list[str], list[Node]]:
    species = {"amounts": system.amounts, "concentrations": system.concentrations}
    table = {**system.values, **species.get(reading, {})}
    if outputs is None:
        outputs = [name for name in table if "." not in name]
    for name in outputs:
        if name not in table:
            raise unknown("output", name, table, where)
    return list(outputs), [table[name] for name in outputs]


def _reference(plan: Plan, given: Sequence[float], slots: int) -> tuple[float, ...]:
    starts = evaluate(plan.graph, plan.initial[slots:], {"given": given})
    return tuple(abs(x) if math.isfinite(x) else 0.0 for x in starts)


_Table = tuple[int, int, list[tuple[int, int]]]


def _discrete(system: System) -> tuple[list[Node], list[_Table], list[tuple[int, int]]]:
    """Return the nodes that events need, their places for each event, and the volumes."""
    nodes: list[Node] = []

    def add(node: Node | None) -> int:
        if node is None:
            return -1
        nodes.append(node)
        return len(nodes) - 1

    tables: list[_Table] = []
    for e in system.events:
        delay, priority = add(e.delay), add(e.priority)
        values = [(add(node), add(t.volume)) for t, node in e.assignments]
        tables.append((delay, priority, values))
    rescaled = [(state, add(volume)) for state, volume in system.rescaled if system.events]
    return nodes, tables, rescaled
