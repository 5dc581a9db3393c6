"""Within a step: its continuous solution, changes of triggers, and powers without a value.

Written in the subset of `lower`, as is `stepper`, which calls these functions.
"""

from __future__ import annotations

from corrin.engine.lanes import (
    any_true,
    finish,
    small_time,
)
from corrin.engine.layout import (
    ACCEPT,
    END,
    FLIPPED,
    GUARDS,
    HIGH,
    LOW,
    MEMORY,
    NEGATIVE_BASE,
    RTOL,
    SPAN,
    STEP,
    TIME,
    TRIGGERS,
    N,
)
from corrin.engine.subset import (
    LANES,
    Array,
    Floats,
    Ints,
    Lanes,
    fabs,
    guarded,
    maximum,
    minimum,
    real,
    triggers,
)

#: Points within a step at which triggers are looked at, the end included.
LOOKS = 8
HALVINGS = 52


def interpolate(n: int, theta: Lanes, states: Array, new: Array, dense: Array, u: Array) -> None:
    """Evaluate the continuous solution of the step just made at its fraction `theta`."""
    rest = 1.0 - theta
    for i in range(n):
        inner = dense[i] + theta * (dense[n + i] + theta * dense[2 * n + i])
        u[i] = rest * states[i] + theta * (new[i] + rest * inner)


def find_flips(
    sizes: Ints,
    lanes: Ints,
    rows: Array,
    states: Array,
    new: Array,
    dense: Array,
    u: Array,
    slots: Array,
    hoisted: Array,
    now: Array,
    before: Array,
) -> None:
    """Find the first change of a trigger within the accepted steps, to the last bit of time."""
    n = sizes[N]
    found = 0
    for lane in range(LANES):
        rows[LOW, lane] = 0.0
    for look in range(1, LOOKS + 1):
        theta = 0.0 * rows[TIME] + real(look) / real(LOOKS)
        interpolate(n, theta, states, new, dense, u)
        triggers(rows[TIME] + theta * rows[STEP], u, slots, hoisted, now)
        for lane in range(LANES):
            if rows[ACCEPT, lane] != 0.0 and lanes[FLIPPED * LANES + lane] == 0:
                if differs(sizes[TRIGGERS], lane, now, before) != 0:
                    lanes[FLIPPED * LANES + lane] = 1
                    rows[HIGH, lane] = real(look) / real(LOOKS)
                    found = found + 1
                else:
                    rows[LOW, lane] = real(look) / real(LOOKS)
    if found > 0:
        for _ in range(HALVINGS):
            theta = 0.5 * (rows[LOW] + rows[HIGH])
            interpolate(n, theta, states, new, dense, u)
            triggers(rows[TIME] + theta * rows[STEP], u, slots, hoisted, now)
            for lane in range(LANES):
                if lanes[FLIPPED * LANES + lane] != 0:
                    middle = 0.5 * (rows[LOW, lane] + rows[HIGH, lane])
                    if differs(sizes[TRIGGERS], lane, now, before) != 0:
                        rows[HIGH, lane] = middle
                    else:
                        rows[LOW, lane] = middle
        for lane in range(LANES):
            if lanes[FLIPPED * LANES + lane] != 0 and rows[HIGH, lane] < 1.0:
                # time has to move on, if only by its last bit
                least = 0.03 * small_time(rows[TIME, lane], rows[SPAN, lane]) / rows[STEP, lane]
                rows[HIGH, lane] = minimum(maximum(rows[HIGH, lane], least), 1.0)
                if rows[HIGH, lane] < 1.0:
                    rows[END, lane] = rows[TIME, lane] + rows[HIGH, lane] * rows[STEP, lane]


def differs(count: int, lane: int, now: Array, before: Array) -> int:
    """Tell whether any trigger of a lane has changed."""
    for j in range(count):
        if now[j, lane] != before[j, lane]:
            return 1
    return 0


def trim(
    sizes: Ints, lanes: Ints, rows: Array, states: Array, new: Array, dense: Array, u: Array
) -> None:
    """Put the states of the lanes with a changed trigger at the time of the change."""
    n = sizes[N]
    interpolate(n, rows[HIGH], states, new, dense, u)
    for lane in range(LANES):
        if lanes[FLIPPED * LANES + lane] != 0 and rows[HIGH, lane] < 1.0:
            for i in range(n):
                new[i, lane] = u[i, lane]


def shifted(
    sizes: Ints, tuning: Floats, floors: Floats, sign: float, states: Array, scale: Array, u: Array
) -> None:
    """Shift all states by ten times their tolerance."""
    for i in range(sizes[N]):
        size = maximum(fabs(states[i]), tuning[MEMORY] * scale[i])
        u[i] = states[i] + sign * 10.0 * (tuning[RTOL] * size + floors[i])


def check_bases(
    sizes: Ints,
    tuning: Floats,
    floors: Floats,
    lanes: Ints,
    rows: Array,
    result: Ints,
    reached: Floats,
    states: Array,
    new: Array,
    scale: Array,
    k: Array,
    u: Array,
    slots: Array,
    hoisted: Array,
    here: Array,
    up: Array,
    down: Array,
) -> None:
    """End the runs in which a power has no value even within the tolerance of the states."""
    count = sizes[GUARDS]
    guarded(rows[TIME], states, slots, hoisted, here)
    if any_true(count, here) == 0:
        return
    shifted(sizes, tuning, floors, 1.0, states, scale, u)
    guarded(rows[TIME], u, slots, hoisted, up)
    shifted(sizes, tuning, floors, -1.0, states, scale, u)
    guarded(rows[TIME], u, slots, hoisted, down)
    for lane in range(LANES):
        if rows[ACCEPT, lane] != 0.0:
            broken = 0
            for j in range(count):
                if here[j, lane] * up[j, lane] * down[j, lane] != 0.0:
                    broken = 1
            if broken != 0:
                lowest = 0.0
                culprit = 0 - 1
                for i in range(sizes[N]):
                    if states[i, lane] < lowest:
                        lowest = states[i, lane]
                        culprit = i
                finish(sizes, lanes, lane, rows, result, reached, NEGATIVE_BASE, culprit)
