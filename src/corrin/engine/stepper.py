"""The stepping loop, the same for every model, written in the subset of `lower`.

Every lane has a person, a time, a step, outputs and actions of its own; a lane whose person is
done takes the next one from the queue. Nothing one lane decides reads another lane's numbers, so
that a person's result does not depend on who is solved beside. Discontinuities in time (changes,
doses, conditions on time, the end) are exact stops: within a step the rates are evaluated
strictly between its ends.

The file is long because a subset of Python without attributes names every place in memory by a
constant of its own: a fifth of it is imports.
"""

from __future__ import annotations

from corrin.engine.lanes import (
    act,
    choose_steps,
    count_status,
    due_on_arrival,
    end_steps,
    fail,
    fill,
    finish,
    first_step,
    outputs_due,
    record,
    set_stops,
    settle_in,
)
from corrin.engine.layout import (
    ACCEPT,
    ARRIVED,
    AT_ADDITION,
    AT_ARGUMENT,
    AT_BEFORE,
    AT_DENSE,
    AT_FACTORS,
    AT_GIVEN,
    AT_GUARDS,
    AT_GUARDS_DOWN,
    AT_GUARDS_UP,
    AT_HOISTED,
    AT_NEW,
    AT_OUT,
    AT_RATES,
    AT_SCALE,
    AT_SLOPES,
    AT_SLOTS,
    AT_STAGES,
    AT_START,
    AT_STATES,
    AT_STOPS,
    AT_TRIGGERS,
    ATTENTION,
    BEFORE,
    DAMPING,
    END,
    ERROR,
    EXPONENT,
    FIRST_WEIGHT,
    FLIPPED,
    FOR_HOST,
    FOR_RATES,
    GAMMA,
    GUARDS,
    HIGH,
    HIT,
    HOST_STOP,
    IDLE,
    MAX_STEPS,
    MEMORY,
    NEXT,
    NEXT_OUT,
    REJECTS,
    RETRIED,
    RTOL,
    RUNNING,
    SAFETY,
    SPAN,
    STAGES,
    STATUS,
    STEP,
    STEP_COLLAPSE,
    STEPS,
    STOPS,
    SUCCESS,
    THETA,
    TIME,
    TIMED,
    TIMES,
    TOO_MANY,
    TRIGGERS,
    WATCHED,
    N,
)
from corrin.engine.roots import (
    check_bases,
    find_flips,
    interpolate,
    note_watched,
    search_all,
    search_rates,
    trim,
)
from corrin.engine.subset import (
    LANES,
    Array,
    Floats,
    Ints,
    arguments,
    at,
    begin,
    continuous,
    discrete,
    fabs,
    initial,
    lanes_exp,
    lanes_log,
    maximum,
    minimum,
    observe,
    peek,
    place,
    prepare,
    select,
    solve,
    stage,
    triggers,
    upcoming,
)

LARGEST_GROWTH = 8.0


def attempt(
    sizes: Ints,
    tuning: Floats,
    floors: Floats,
    rows: Array,
    states: Array,
    new: Array,
    scale: Array,
    rates: Array,
    slopes: Array,
    factors: Array,
    k: Array,
    u: Array,
    add: Array,
    slots: Array,
    hoisted: Array,
) -> None:
    """Try one step in all lanes; leave the new states and the error relative to tolerance."""
    n = sizes[N]
    h = rows[STEP]
    start = rows[TIME]
    end = start + h
    nudge = minimum(0.01 * h, 4e-15 * maximum(fabs(start), fabs(end)))
    early = start + nudge
    late = end - nudge
    begin(early, 1.0 / (tuning[GAMMA] * h), states, slots, hoisted, rates, slopes, factors)
    if sizes[TIMED] != 0:
        weight = tuning[FIRST_WEIGHT] * h
        for i in range(n):
            rates[i] = rates[i] + weight * slopes[i]
    solve(factors, rates, k)
    for s in range(1, sizes[STAGES]):
        arguments(s, n, sizes[TIMED], h, states, k, slopes, u, add)
        time = minimum(maximum(start + place(s) * h, early), late)
        stage(time, factors, u, add, slots, hoisted, at(k, s * n))
    last = at(k, (sizes[STAGES] - 1) * n)
    worst = 0.0 * h
    probe = 0.0 * h
    for i in range(n):
        value = u[i] + last[i]
        new[i] = value
        size = maximum(maximum(fabs(states[i]), fabs(value)), tuning[MEMORY] * scale[i])
        worst = maximum(worst, fabs(last[i]) / (tuning[RTOL] * size + floors[i]))
        probe = probe + 0.0 * value
    rows[ERROR] = worst + probe


def judge(
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
) -> None:
    """Accept or reject the step of each running lane and propose the next."""
    error = minimum(maximum(rows[ERROR], 1e-8), 1e8)
    before = rows[BEFORE]
    factor = tuning[SAFETY] * lanes_exp(
        tuning[DAMPING] * lanes_log(before) - tuning[EXPONENT] * lanes_log(error)
    )
    rows[THETA] = factor
    for lane in range(LANES):
        rows[ACCEPT, lane] = 0.0
        if lanes[STATUS * LANES + lane] == RUNNING:
            h = rows[STEP, lane]
            grow = rows[THETA, lane]
            size = rows[ERROR, lane]
            if size <= 1.0:
                rows[ACCEPT, lane] = 1.0
                rows[BEFORE, lane] = maximum(size, 1e-3)
                lanes[STEPS * LANES + lane] = lanes[STEPS * LANES + lane] + 1
                grow = minimum(grow, LARGEST_GROWTH)
                if lanes[RETRIED * LANES + lane] != 0:
                    grow = minimum(grow, 1.0)
                lanes[RETRIED * LANES + lane] = 0
                proposal = h * maximum(grow, 0.2)
                if lanes[HIT * LANES + lane] == 0 or proposal > rows[NEXT, lane]:
                    rows[NEXT, lane] = proposal
                if lanes[STEPS * LANES + lane] >= sizes[MAX_STEPS]:
                    fail(
                        sizes,
                        tuning,
                        floors,
                        lanes,
                        lane,
                        rows,
                        result,
                        reached,
                        TOO_MANY,
                        states,
                        new,
                        scale,
                        k,
                    )
            else:
                lanes[REJECTS * LANES + lane] = lanes[REJECTS * LANES + lane] + 1
                lanes[RETRIED * LANES + lane] = 1
                if size > 1.0:
                    rows[NEXT, lane] = h * maximum(minimum(grow, 0.9), 0.1)
                else:
                    rows[NEXT, lane] = h * 0.2
                least = 1e-15 * maximum(fabs(rows[TIME, lane]), 1e-3 * rows[SPAN, lane])
                if rows[NEXT, lane] < least:
                    fail(
                        sizes,
                        tuning,
                        floors,
                        lanes,
                        lane,
                        rows,
                        result,
                        reached,
                        STEP_COLLAPSE,
                        states,
                        new,
                        scale,
                        k,
                    )


def commit(sizes: Ints, lanes: Ints, rows: Array, states: Array, new: Array, scale: Array) -> None:
    """Move the lanes whose step was accepted to the end of it."""
    for i in range(sizes[N]):
        value = select(rows[ACCEPT] > 0.5, new[i], states[i])
        states[i] = value
        scale[i] = maximum(scale[i], fabs(value))
    for lane in range(LANES):
        if rows[ACCEPT, lane] != 0.0:
            rows[TIME, lane] = rows[END, lane]
            if lanes[FLIPPED * LANES + lane] != 0:
                lanes[STATUS * LANES + lane] = ATTENTION
            elif lanes[HIT * LANES + lane] != 0:
                if rows[TIME, lane] >= rows[HOST_STOP, lane]:
                    lanes[STATUS * LANES + lane] = ATTENTION
                else:
                    lanes[ARRIVED * LANES + lane] = 1


def arrive(
    sizes: Ints,
    tuning: Floats,
    floors: Floats,
    first_action: Ints,
    action_time: Floats,
    action_kind: Ints,
    action_index: Ints,
    action_value: Floats,
    times: Floats,
    out: Floats,
    result: Ints,
    reached: Floats,
    lanes: Ints,
    ws: Array,
    rows: Array,
    states: Array,
    scale: Array,
    rates: Array,
    slots: Array,
    hoisted: Array,
    values: Array,
) -> None:
    """Serve the lanes at a stop: outputs before its actions, the actions, the next stop."""
    prepare(slots, hoisted)
    while due_on_arrival(sizes, times, lanes, rows) > 0:
        observe(rows[TIME], states, slots, hoisted, values)
        record(sizes, lanes, out, values)
    for lane in range(LANES):
        done = lanes[NEXT_OUT * LANES + lane] - sizes[TIMES]
        if lanes[ARRIVED * LANES + lane] != 0 and done >= 0:
            finish(sizes, lanes, lane, rows, result, reached, SUCCESS, -1)
    act(
        sizes,
        first_action,
        action_time,
        action_kind,
        action_index,
        action_value,
        lanes,
        rows,
        slots,
        states,
        scale,
    )
    prepare(slots, hoisted)
    if sizes[WATCHED] > 0:
        now = at(ws, sizes[AT_TRIGGERS])
        note_watched(0, sizes, lanes, rows, states, slots, hoisted, now, at(ws, sizes[AT_BEFORE]))
    candidates = at(ws, sizes[AT_STOPS])
    if sizes[STOPS] > 0:
        nudge = 1e-14 * maximum(fabs(rows[TIME]), 1e-3 * rows[SPAN])
        upcoming(rows[TIME] + nudge, states, slots, hoisted, candidates)
    set_stops(sizes, first_action, action_time, times, lanes, rows, candidates)
    slopes = at(ws, sizes[AT_SLOPES])
    late = rows[TIME] + 4e-15 * fabs(rows[TIME])
    begin(
        late,
        1.0 + 0.0 * rows[STEP],
        states,
        slots,
        hoisted,
        rates,
        slopes,
        at(ws, sizes[AT_FACTORS]),
    )
    first_step(sizes, tuning, floors, lanes, rows, states, rates, scale)
    for lane in range(LANES):
        lanes[ARRIVED * LANES + lane] = 0


def call_triggers(rows: Array, states: Array, slots: Array, hoisted: Array, out: Array) -> None:
    """Evaluate all triggers for the host."""
    prepare(slots, hoisted)
    triggers(rows[TIME], states, slots, hoisted, out)


def call_rates(
    rows: Array,
    states: Array,
    slots: Array,
    hoisted: Array,
    rates: Array,
    slopes: Array,
    factors: Array,
) -> None:
    """Evaluate the rates of change for other solvers."""
    begin(rows[TIME], 1.0 + 0.0 * rows[TIME], states, slots, hoisted, rates, slopes, factors)


def call_discrete(rows: Array, states: Array, slots: Array, hoisted: Array, out: Array) -> None:
    """Evaluate what events need for the host."""
    prepare(slots, hoisted)
    discrete(rows[TIME], states, slots, hoisted, out)


def advance(
    sizes: Ints,
    tuning: Floats,
    floors: Floats,
    given: Floats,
    starts: Floats,
    first_action: Ints,
    action_time: Floats,
    action_kind: Ints,
    action_index: Ints,
    action_value: Floats,
    times: Floats,
    out: Floats,
    result: Ints,
    reached: Floats,
    queue: Ints,
    lanes: Ints,
    ws: Array,
) -> None:
    """Solve people until the queue is empty and every lane is done or needs the host."""
    rows = at(ws, 0)
    states = at(ws, sizes[AT_STATES])
    new = at(ws, sizes[AT_NEW])
    scale = at(ws, sizes[AT_SCALE])
    rates = at(ws, sizes[AT_RATES])
    slopes = at(ws, sizes[AT_SLOPES])
    factors = at(ws, sizes[AT_FACTORS])
    k = at(ws, sizes[AT_STAGES])
    u = at(ws, sizes[AT_ARGUMENT])
    add = at(ws, sizes[AT_ADDITION])
    dense = at(ws, sizes[AT_DENSE])
    slots = at(ws, sizes[AT_SLOTS])
    hoisted = at(ws, sizes[AT_HOISTED])
    lane_given = at(ws, sizes[AT_GIVEN])
    start = at(ws, sizes[AT_START])
    values = at(ws, sizes[AT_OUT])
    now = at(ws, sizes[AT_TRIGGERS])
    before = at(ws, sizes[AT_BEFORE])
    conditions = sizes[TRIGGERS]
    n = sizes[N]
    while peek(queue, 1) == 0:
        if fill(sizes, given, starts, first_action, times, queue, lanes, rows, lane_given) > 0:
            initial(lane_given, start)
            settle_in(sizes, lanes, slots, states, scale, start, before)
        if count_status(lanes, ARRIVED, 1) > 0:
            arrive(
                sizes,
                tuning,
                floors,
                first_action,
                action_time,
                action_kind,
                action_index,
                action_value,
                times,
                out,
                result,
                reached,
                lanes,
                ws,
                rows,
                states,
                scale,
                rates,
                slots,
                hoisted,
                values,
            )
        if count_status(lanes, STATUS, RUNNING) == 0:
            if count_status(lanes, STATUS, IDLE) == 0:
                return
            continue
        choose_steps(tuning, lanes, rows)
        attempt(
            sizes,
            tuning,
            floors,
            rows,
            states,
            new,
            scale,
            rates,
            slopes,
            factors,
            k,
            u,
            add,
            slots,
            hoisted,
        )
        judge(sizes, tuning, floors, lanes, rows, result, reached, states, new, scale, k)
        end_steps(lanes, rows)
        dense_ready = 0
        fresh = 0
        if conditions > 0:
            continuous(n, k, dense)
            dense_ready = 1
            search_all(lanes, rows)
            find_flips(
                FOR_HOST,
                0,
                conditions,
                n,
                lanes,
                rows,
                states,
                new,
                dense,
                u,
                slots,
                hoisted,
                now,
                before,
            )
        if sizes[WATCHED] > 0:
            fresh = 1
            ends = new
            if count_status(lanes, FLIPPED, 1) > 0:
                interpolate(n, rows[HIGH], states, new, dense, u)
                ends = u
            if search_rates(sizes, lanes, rows, ends, slots, hoisted, now, before) > 0:
                continuous(n, k, dense)
                dense_ready = 1
                fresh = 0
                find_flips(
                    FOR_RATES,
                    conditions,
                    conditions + sizes[WATCHED],
                    n,
                    lanes,
                    rows,
                    states,
                    new,
                    dense,
                    u,
                    slots,
                    hoisted,
                    now,
                    before,
                )
        while outputs_due(sizes, times, lanes, rows) > 0:
            if dense_ready == 0:
                continuous(sizes[N], k, dense)
                dense_ready = 1
            interpolate(sizes[N], rows[THETA], states, new, dense, u)
            observe(rows[TIME] + rows[THETA] * rows[STEP], u, slots, hoisted, values)
            record(sizes, lanes, out, values)
        if count_status(lanes, FLIPPED, 0) < LANES:
            fresh = 0
            trim(sizes, lanes, rows, states, new, dense, u)
        commit(sizes, lanes, rows, states, new, scale)
        if sizes[WATCHED] > 0:
            note_watched(fresh, sizes, lanes, rows, states, slots, hoisted, now, before)
        if sizes[GUARDS] > 0:
            check_bases(
                sizes,
                tuning,
                floors,
                lanes,
                rows,
                result,
                reached,
                states,
                new,
                scale,
                k,
                u,
                slots,
                hoisted,
                at(ws, sizes[AT_GUARDS]),
                at(ws, sizes[AT_GUARDS_UP]),
                at(ws, sizes[AT_GUARDS_DOWN]),
            )
