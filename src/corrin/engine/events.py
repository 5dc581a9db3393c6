"""SBML events: triggers, delays, priorities and persistence, served between two steps.

The stepping loop stops a lane at the very time a trigger changes; here the event queue of the
person in that lane is worked off, and the lane goes on.
"""

from __future__ import annotations

import ctypes
import math
import random
from dataclasses import dataclass, field

import numpy as np

from corrin.engine import layout
from corrin.engine.kernel import EventShape
from corrin.engine.outcome import Code
from corrin.engine.run import Lane, Worker

#: Executions at one and the same time after which events are said to set each other off.
STORM = 10_000


@dataclass
class _Pending:
    """An execution to come: `values` are there when they were taken at the trigger's time."""

    event: int
    time: float
    values: np.ndarray | None


@dataclass
class _Queue:
    pending: list[_Pending] = field(default_factory=list)
    started: bool = False
    last: float = -math.inf
    count: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(0))


class EventHost:
    """Serves the lanes of one worker."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.shape = worker.kernel.shape
        self.queues: dict[int, _Queue] = {}
        arguments = [ctypes.c_void_p] * 5
        self.functions = {
            name: ctypes.CFUNCTYPE(None, *arguments)(worker.kernel.function(f"call_{name}"))
            for name in ("triggers", "discrete")
        }

    def __call__(self, lane: Lane) -> bool:
        """Work off what is due in a lane; return whether its run goes on."""
        queue = self.queues.setdefault(lane.person, _Queue())
        now = lane.time
        before = lane.column(layout.AT_BEFORE, self.shape.triggers)
        if not queue.started:
            queue.started = True
            before[: len(self.shape.events)] = [float(e.initial) for e in self.shape.events]
        if now > queue.last:
            queue.last, queue.count = now, 0
        while True:
            self.look(lane, queue, before)
            due = [p for p in queue.pending if p.time <= now]
            if not due:
                break
            queue.count += 1
            if queue.count > STORM:
                self.give_up(lane)
                return False
            chosen = self.choose(lane, queue, due)
            queue.pending.remove(chosen)
            self.execute(lane, chosen)
        lane.stop_at(min((p.time for p in queue.pending), default=1e300))
        return True

    def look(self, lane: Lane, queue: _Queue, before: np.ndarray) -> None:
        """Queue the events whose trigger has become true; drop those that did not persist."""
        now = self.values(lane, "triggers", self.shape.triggers)
        fired = [i for i, e in enumerate(self.shape.events) if now[i] and not before[i]]
        ended = [i for i, e in enumerate(self.shape.events) if before[i] and not now[i]]
        for i in ended:
            if not self.shape.events[i].persistent:
                queue.pending = [p for p in queue.pending if p.event != i]
        before[:] = now
        if not fired:
            return
        table = self.values(lane, "discrete", self.shape.discrete)
        for i in fired:
            event = self.shape.events[i]
            delay = table[event.delay] if event.delay >= 0 else 0.0
            values = self.assigned(event, table) if event.at_trigger else None
            queue.pending.append(_Pending(i, lane.time + max(float(delay), 0.0), values))

    def assigned(self, event: EventShape, table: np.ndarray) -> np.ndarray:
        """Return the values that an event assigns."""
        return np.array([table[value] for _, _, value, _ in event.assignments])

    def choose(self, lane: Lane, queue: _Queue, due: list[_Pending]) -> _Pending:
        """Return the execution of highest priority, one by chance among equals."""
        if len(due) == 1:
            return due[0]
        table = self.values(lane, "discrete", self.shape.discrete)

        def rank(p: _Pending) -> float:
            place = self.shape.events[p.event].priority
            return float(table[place]) if place >= 0 else -math.inf

        ranks = [rank(p) for p in due]
        best = [p for p, r in zip(due, ranks, strict=True) if r == max(ranks)]
        return queue.chance.choice(best)

    def execute(self, lane: Lane, pending: _Pending) -> None:
        """Carry out the assignments of one execution."""
        event = self.shape.events[pending.event]
        shape = self.shape
        table = self.values(lane, "discrete", shape.discrete)
        values = self.assigned(event, table) if pending.values is None else pending.values
        states = lane.column(layout.AT_STATES, len(shape.states))
        slots = lane.column(layout.AT_SLOTS, len(shape.slots))
        scale = lane.column(layout.AT_SCALE, len(shape.states))
        volumes = [table[v] for _, v in shape.rescaled]
        arrays = {"state": states, "slot": slots}
        for (array, place, _, volume), value in zip(event.assignments, values, strict=True):
            arrays[array][place] = value * table[volume] if volume >= 0 else value
        if shape.rescaled:
            table = self.values(lane, "discrete", shape.discrete)
        for (state, volume), old in zip(shape.rescaled, volumes, strict=True):
            if table[volume] != old:
                states[state] *= old / table[volume]
        np.maximum(scale, np.abs(states), out=scale)

    def values(self, lane: Lane, name: str, count: int) -> np.ndarray:
        """Return what ``triggers`` or ``discrete`` gives for a lane, now."""
        ws, sizes = self.worker.ws, self.worker.sizes
        out = layout.AT_OUT if name == "discrete" else layout.AT_TRIGGERS
        rows = (0, *(sizes[p] for p in (layout.AT_STATES, layout.AT_SLOTS, layout.AT_HOISTED, out)))
        self.functions[name](*(int(ws.ctypes.data + row * ws.strides[0]) for row in rows))
        return lane.column(out, count).copy()

    def give_up(self, lane: Lane) -> None:
        """End the run of the person in a lane."""
        self.worker.solution.result[lane.person, :2] = (int(Code.EVENT_STORM), -1)
        self.worker.solution.reached[lane.person] = lane.time
