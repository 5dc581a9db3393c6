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
    ARRIVED,
    END,
    FLIPPED,
    FOR_HOST,
    GUARDS,
    HIGH,
    LIMIT,
    LOW,
    MEMORY,
    NEGATIVE_BASE,
    NEXT,
    PATIENCE,
    REJECTS,
    RTOL,
    SEARCH,
    SPAN,
    STEP,
    STEPS,
    TIME,
    TRIGGERS,
    WATCHED,
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
#: A step is made again at most at this share, and not where this little of it is left.
CLOSE = 1e-3


def interpolate(n: int, theta: Lanes, states: Array, new: Array, dense: Array, u: Array) -> None:
    """Evaluate the continuous solution of the step just made at its fraction `theta`."""
    rest = 1.0 - theta
    for i in range(n):
        inner = dense[i] + theta * (dense[n + i] + theta * dense[2 * n + i])
        u[i] = rest * states[i] + theta * (new[i] + rest * inner)


def find_flips(
    why: int,
    first: int,
    last: int,
    n: int,
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
    """Find the first change of a condition within the accepted steps, to the last bit of time.

    The conditions are those from `first` to before `last`; the lanes are those marked.
    """
    found = 0
    for lane in range(LANES):
        rows[LOW, lane] = 0.0
        rows[LIMIT, lane] = rows[HIGH, lane]
    for look in range(1, LOOKS + 1):
        share = real(look) / real(LOOKS)
        theta = share * rows[LIMIT]
        interpolate(n, theta, states, new, dense, u)
        moment = rows[TIME] + theta * rows[STEP]
        if look == LOOKS:
            moment = rows[END]
        triggers(moment, u, slots, hoisted, now)
        for lane in range(LANES):
            if lanes[SEARCH * LANES + lane] == 1:
                if changes(why, first, last, lane, now, before) > 0:
                    lanes[SEARCH * LANES + lane] = 2
                    rows[HIGH, lane] = share * rows[LIMIT, lane]
                    found = found + 1
                else:
                    rows[LOW, lane] = share * rows[LIMIT, lane]
    if found == 0:
        return
    for _ in range(HALVINGS):
        theta = 0.5 * (rows[LOW] + rows[HIGH])
        interpolate(n, theta, states, new, dense, u)
        triggers(rows[TIME] + theta * rows[STEP], u, slots, hoisted, now)
        for lane in range(LANES):
            if lanes[SEARCH * LANES + lane] == 2:
                middle = 0.5 * (rows[LOW, lane] + rows[HIGH, lane])
                if changes(why, first, last, lane, now, before) > 0:
                    rows[HIGH, lane] = middle
                else:
                    rows[LOW, lane] = middle
    for lane in range(LANES):
        if lanes[SEARCH * LANES + lane] == 2:
            if why == FOR_HOST:
                cut_step(lanes, lane, rows)
            else:
                redo_step(lanes, lane, rows)


def cut_step(lanes: Ints, lane: int, rows: Array) -> None:
    """End a lane's step where a condition changed that the host has to know."""
    # time has to move on, if only by its last bit
    least = 0.03 * small_time(rows[TIME, lane], rows[SPAN, lane]) / rows[STEP, lane]
    limit = rows[LIMIT, lane]
    rows[HIGH, lane] = minimum(maximum(rows[HIGH, lane], least), limit)
    if rows[HIGH, lane] < limit:
        rows[END, lane] = rows[TIME, lane] + rows[HIGH, lane] * rows[STEP, lane]
    lanes[FLIPPED * LANES + lane] = 1


def redo_step(lanes: Ints, lane: int, rows: Array) -> None:
    """Have a lane's step made again, to end where a condition of the rates has changed."""
    share = rows[HIGH, lane]
    limit = rows[LIMIT, lane]
    if share < limit * (1.0 - CLOSE):
        rows[NEXT, lane] = maximum(share, CLOSE) * rows[STEP, lane]
        rows[ACCEPT, lane] = 0.0
        lanes[FLIPPED * LANES + lane] = 0
        lanes[PATIENCE * LANES + lane] = 3
        lanes[STEPS * LANES + lane] = lanes[STEPS * LANES + lane] - 1
        lanes[REJECTS * LANES + lane] = lanes[REJECTS * LANES + lane] + 1
    rows[HIGH, lane] = limit


def crossings(first: int, last: int, lane: int, now: Array, before: Array) -> int:
    """Count the conditions of the rates, 1 or -1, that have changed sides."""
    count = 0
    for j in range(first, last):
        if now[j, lane] * before[j, lane] < 0.0:
            count = count + 1
    return count


def changes(why: int, first: int, last: int, lane: int, now: Array, before: Array) -> int:
    """Count the conditions that have changed."""
    if why == FOR_HOST:
        return differences(first, last, lane, now, before)
    return crossings(first, last, lane, now, before)


def search_all(lanes: Ints, rows: Array) -> None:
    """Mark the lanes whose step was accepted as those to be searched."""
    for lane in range(LANES):
        lanes[SEARCH * LANES + lane] = 0
        if rows[ACCEPT, lane] != 0.0:
            lanes[SEARCH * LANES + lane] = 1


def differences(first: int, last: int, lane: int, now: Array, before: Array) -> int:
    """Count the conditions of a lane that have changed."""
    count = 0
    for j in range(first, last):
        if now[j, lane] != before[j, lane]:
            count = count + 1
    return count


def search_rates(
    sizes: Ints,
    lanes: Ints,
    rows: Array,
    u: Array,
    slots: Array,
    hoisted: Array,
    now: Array,
    before: Array,
) -> int:
    """Mark the lanes in whose step a condition of the rates has changed; return how many.

    `u` holds the states at the end of the step.
    """
    first = sizes[TRIGGERS]
    triggers(rows[END], u, slots, hoisted, now)
    count = 0
    for lane in range(LANES):
        lanes[SEARCH * LANES + lane] = 0
        if rows[ACCEPT, lane] != 0.0:
            # after a step made again a few go on without: what flickers must not hold the run up
            patience = lanes[PATIENCE * LANES + lane]
            if patience > 0:
                lanes[PATIENCE * LANES + lane] = patience - 1
            elif crossings(first, first + sizes[WATCHED], lane, now, before) > 0:
                lanes[SEARCH * LANES + lane] = 1
                count = count + 1
    return count


def note_watched(
    fresh: int,
    sizes: Ints,
    lanes: Ints,
    rows: Array,
    states: Array,
    slots: Array,
    hoisted: Array,
    now: Array,
    before: Array,
) -> None:
    """Keep the conditions of the rates as they are now; `fresh` tells that `now` holds them."""
    if fresh == 0:
        triggers(rows[TIME], states, slots, hoisted, now)
    first = sizes[TRIGGERS]
    for lane in range(LANES):
        if rows[ACCEPT, lane] != 0.0 or lanes[ARRIVED * LANES + lane] != 0:
            for j in range(first, first + sizes[WATCHED]):
                if now[j, lane] != 0.0:
                    before[j, lane] = now[j, lane]


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
