"""The stepping loop, the same for every model, written in the subset of `lower`.

Every lane has a person, a time, a step, outputs and actions of its own; a lane whose person is
done takes the next one from the queue. Nothing one lane decides reads another lane's numbers, so
that a person's result does not depend on who is solved beside. Discontinuities in time (changes,
doses, conditions on time, the end) are exact stops: within a step the rates are evaluated
strictly between its ends.
"""

from __future__ import annotations

from corrin.engine.layout import (
    ACCEPT,
    ADD_SLOT,
    ARRIVED,
    ATTENTION,
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
    BEFORE,
    BLOW_UP,
    DAMPING,
    EMPTY,
    END,
    ERROR,
    EXPONENT,
    FIRST,
    GIVEN,
    FIRST_WEIGHT,
    FLIPPED,
    GAMMA,
    GUARDS,
    HIGH,
    HIT,
    HOSTED,
    HOST_STOP,
    IDLE,
    LOADING,
    LOW,
    MAX_STEP,
    MAX_STEPS,
    MEMORY,
    N,
    NEGATIVE_BASE,
    NEXT,
    NEXT_ACTION,
    NEXT_OUT,
    NOT_FINITE,
    OUTPUTS,
    PEOPLE,
    PERSON,
    REJECTS,
    RETRIED,
    RTOL,
    RUNNING,
    SAFETY,
    SET_SLOT,
    SLOTS,
    SPAN,
    STAGES,
    STATUS,
    STEP,
    STEPS,
    STEP_COLLAPSE,
    STOP,
    STOPS,
    SUCCESS,
    THETA,
    TIME,
    TIMED,
    TIMES,
    TOO_MANY,
    TRIGGERS,
    WANT,
)
from corrin.engine.subset import (
    LANES,
    Array,
    Floats,
    Ints,
    Lanes,
    arguments,
    at,
    begin,
    continuous,
    discrete,
    fabs,
    guarded,
    initial,
    lanes_exp,
    lanes_log,
    maximum,
    minimum,
    observe,
    peek,
    place,
    prepare,
    real,
    select,
    solve,
    stage,
    take,
    triggers,
    upcoming,
)

#: Points within a step at which triggers are looked at, the end included.
LOOKS = 8
HALVINGS = 52
LARGEST_GROWTH = 8.0
LARGEST = 1e200


def fill(
    sizes: Ints, given: Floats, starts: Floats, first_action: Ints, times: Floats, queue: Ints,
    lanes: Ints, rows: Array, lane_given: Array,
) -> int:
    """Give each idle lane the next person; return how many lanes were filled."""
    count = sizes[GIVEN]
    filled = 0
    for lane in range(LANES):
        if lanes[STATUS * LANES + lane] == IDLE:
            person = take(queue)
            if person >= sizes[PEOPLE]:
                lanes[STATUS * LANES + lane] = EMPTY
            else:
                filled = filled + 1
                lanes[STATUS * LANES + lane] = LOADING
                lanes[PERSON * LANES + lane] = person
                lanes[NEXT_OUT * LANES + lane] = 0
                lanes[NEXT_ACTION * LANES + lane] = first_action[person]
                lanes[STEPS * LANES + lane] = 0
                lanes[REJECTS * LANES + lane] = 0
                rows[TIME, lane] = starts[person]
                rows[STEP, lane] = 1.0
                rows[NEXT, lane] = 0.0
                rows[BEFORE, lane] = 1.0
                rows[HOST_STOP, lane] = 1e300
                rows[SPAN, lane] = times[sizes[TIMES] - 1] - starts[person]
                for i in range(count):
                    lane_given[i, lane] = given[person * count + i]
    return filled


def settle_in(sizes: Ints, lanes: Ints, slots: Array, states: Array, scale: Array, start: Array):
    """Copy the starts of the lanes just filled into place."""
    n_slots = sizes[SLOTS]
    for lane in range(LANES):
        if lanes[STATUS * LANES + lane] == LOADING:
            for i in range(n_slots):
                slots[i, lane] = start[i, lane]
            for i in range(sizes[N]):
                value = start[n_slots + i, lane]
                states[i, lane] = value
                scale[i, lane] = fabs(value)
            if sizes[HOSTED] != 0:
                lanes[STATUS * LANES + lane] = ATTENTION
            else:
                lanes[STATUS * LANES + lane] = RUNNING
                lanes[ARRIVED * LANES + lane] = 1


def record(sizes: Ints, lanes: Ints, out: Floats, values: Array):
    """Write the outputs of the lanes that want them and move on to their next output."""
    m = sizes[OUTPUTS]
    for lane in range(LANES):
        if lanes[WANT * LANES + lane] != 0:
            person = lanes[PERSON * LANES + lane]
            row = (person * sizes[TIMES] + lanes[NEXT_OUT * LANES + lane]) * m
            for j in range(m):
                out[row + j] = values[j, lane]
            lanes[NEXT_OUT * LANES + lane] = lanes[NEXT_OUT * LANES + lane] + 1


def act(
    sizes: Ints, first_action: Ints, action_time: Floats, action_kind: Ints, action_index: Ints,
    action_value: Floats, lanes: Ints, rows: Array, slots: Array, states: Array, scale: Array,
):
    """Apply the actions that are due in the lanes that have arrived at a stop."""
    for lane in range(LANES):
        if lanes[ARRIVED * LANES + lane] != 0 and lanes[STATUS * LANES + lane] == RUNNING:
            person = lanes[PERSON * LANES + lane]
            a = lanes[NEXT_ACTION * LANES + lane]
            end = first_action[person + 1]
            while a < end and action_time[a] <= rows[TIME, lane]:
                index = action_index[a]
                if action_kind[a] == SET_SLOT:
                    slots[index, lane] = action_value[a]
                elif action_kind[a] == ADD_SLOT:
                    slots[index, lane] = slots[index, lane] + action_value[a]
                else:
                    states[index, lane] = states[index, lane] + action_value[a]
                    scale[index, lane] = maximum(scale[index, lane], fabs(states[index, lane]))
                a = a + 1
            lanes[NEXT_ACTION * LANES + lane] = a


def set_stops(
    sizes: Ints, first_action: Ints, action_time: Floats, times: Floats,
    lanes: Ints, rows: Array, candidates: Array,
):
    """Find the next exact stop of the lanes that have arrived at one."""
    for lane in range(LANES):
        if lanes[ARRIVED * LANES + lane] != 0 and lanes[STATUS * LANES + lane] == RUNNING:
            person = lanes[PERSON * LANES + lane]
            now = rows[TIME, lane]
            stop = minimum(times[sizes[TIMES] - 1], rows[HOST_STOP, lane])
            a = lanes[NEXT_ACTION * LANES + lane]
            if a < first_action[person + 1]:
                stop = minimum(stop, action_time[a])
            after = now + 3.0 * small_time(now, rows[SPAN, lane])
            for j in range(sizes[STOPS]):
                candidate = candidates[j, lane]
                if candidate > after and candidate < stop:
                    stop = candidate
            rows[STOP, lane] = stop


def small_time(now: float, span: float) -> float:
    """Return a time that does not matter beside `now` and `span`."""
    return 1e-14 * maximum(fabs(now), 1e-3 * span)


def first_step(
    sizes: Ints, tuning: Floats, floors: Floats, lanes: Ints, rows: Array, states: Array,
    rates: Array, scale: Array,
):
    """Choose the first step after a stop from how fast the states move, tolerances in mind."""
    for lane in range(LANES):
        if lanes[ARRIVED * LANES + lane] != 0 and lanes[STATUS * LANES + lane] == RUNNING:
            fastest = 0.0
            for i in range(sizes[N]):
                size = maximum(fabs(states[i, lane]), tuning[MEMORY] * scale[i, lane])
                speed = fabs(rates[i, lane]) / (size + floors[i] / tuning[RTOL])
                if speed > fastest:
                    fastest = speed
            ahead = minimum(rows[STOP, lane] - rows[TIME, lane], tuning[MAX_STEP])
            step = ahead
            if fastest * ahead > tuning[FIRST]:
                step = tuning[FIRST] / fastest
            rows[NEXT, lane] = step
            rows[BEFORE, lane] = 1.0
            lanes[RETRIED * LANES + lane] = 0


def choose_steps(tuning: Floats, lanes: Ints, rows: Array):
    """Fit each running lane's step to its next stop."""
    for lane in range(LANES):
        lanes[HIT * LANES + lane] = 0
        if lanes[STATUS * LANES + lane] == RUNNING:
            ahead = rows[STOP, lane] - rows[TIME, lane]
            step = minimum(rows[NEXT, lane], tuning[MAX_STEP])
            if step >= 0.99 * ahead:
                step = ahead
                lanes[HIT * LANES + lane] = 1
            elif step > 0.5 * ahead:
                step = 0.5 * ahead
            rows[STEP, lane] = step


def attempt(
    sizes: Ints, tuning: Floats, floors: Floats, rows: Array, states: Array, new: Array,
    scale: Array, rates: Array, slopes: Array, factors: Array, k: Array, u: Array, add: Array,
    slots: Array, hoisted: Array,
):
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


def judge(sizes: Ints, tuning: Floats, floors: Floats, lanes: Ints, rows: Array, result: Ints,
          reached: Floats, states: Array, new: Array, scale: Array, k: Array):
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
                    fail(sizes, tuning, floors, lanes, lane, rows, result, reached, TOO_MANY,
                         states, new, scale, k)
            else:
                lanes[REJECTS * LANES + lane] = lanes[REJECTS * LANES + lane] + 1
                lanes[RETRIED * LANES + lane] = 1
                if size > 1.0:
                    rows[NEXT, lane] = h * maximum(minimum(grow, 0.9), 0.1)
                else:
                    rows[NEXT, lane] = h * 0.2
                least = 1e-15 * maximum(fabs(rows[TIME, lane]), 1e-3 * rows[SPAN, lane])
                if rows[NEXT, lane] < least:
                    fail(sizes, tuning, floors, lanes, lane, rows, result, reached, STEP_COLLAPSE,
                         states, new, scale, k)


def fail(sizes: Ints, tuning: Floats, floors: Floats, lanes: Ints, lane: int, rows: Array,
         result: Ints, reached: Floats, code: int, states: Array, new: Array, scale: Array,
         k: Array):
    """End a lane's run with a code, naming the state at fault."""
    n = sizes[N]
    last = (sizes[STAGES] - 1) * n
    worst = 0.0 - 1.0
    culprit = 0 - 1
    verdict = code
    for i in range(n):
        value = new[i, lane]
        if verdict != NOT_FINITE:
            size = maximum(fabs(states[i, lane]), tuning[MEMORY] * scale[i, lane])
            share = fabs(k[last + i, lane]) / (tuning[RTOL] * size + floors[i])
            if share > worst:
                worst = share
                culprit = i
            if not (value - value == 0.0):
                if code == STEP_COLLAPSE:
                    verdict = NOT_FINITE
                    culprit = i
    if code == STEP_COLLAPSE:
        largest = 0.0
        for i in range(n):
            if fabs(states[i, lane]) > maximum(1e9 * (1.0 + floors[i]), largest):
                largest = fabs(states[i, lane])
                verdict = BLOW_UP
                culprit = i
    finish(sizes, lanes, lane, rows, result, reached, verdict, culprit)


def finish(sizes: Ints, lanes: Ints, lane: int, rows: Array, result: Ints, reached: Floats,
           code: int, culprit: int):
    """Write the end of a lane's run and free the lane."""
    person = lanes[PERSON * LANES + lane]
    result[4 * person] = code
    result[4 * person + 1] = culprit
    result[4 * person + 2] = lanes[STEPS * LANES + lane]
    result[4 * person + 3] = lanes[REJECTS * LANES + lane]
    reached[person] = rows[TIME, lane]
    lanes[STATUS * LANES + lane] = IDLE
    lanes[ARRIVED * LANES + lane] = 0
    rows[ACCEPT, lane] = 0.0


def interpolate(n: int, theta: Lanes, states: Array, new: Array, dense: Array, u: Array):
    """Evaluate the continuous solution of the step just made at its fraction `theta`."""
    rest = 1.0 - theta
    for i in range(n):
        inner = dense[i] + theta * (dense[n + i] + theta * dense[2 * n + i])
        u[i] = rest * states[i] + theta * (new[i] + rest * inner)


def find_flips(sizes: Ints, lanes: Ints, rows: Array, states: Array, new: Array, dense: Array,
               u: Array, slots: Array, hoisted: Array, now: Array, before: Array):
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


def trim(sizes: Ints, lanes: Ints, rows: Array, states: Array, new: Array, dense: Array,
         u: Array):
    """Put the states of the lanes with a changed trigger at the time of the change."""
    n = sizes[N]
    interpolate(n, rows[HIGH], states, new, dense, u)
    for lane in range(LANES):
        if lanes[FLIPPED * LANES + lane] != 0 and rows[HIGH, lane] < 1.0:
            for i in range(n):
                new[i, lane] = u[i, lane]


def end_steps(lanes: Ints, rows: Array):
    """Note the time at which each lane's step ends, exactly at a stop that it hits."""
    for lane in range(LANES):
        lanes[FLIPPED * LANES + lane] = 0
        rows[END, lane] = rows[TIME, lane] + rows[STEP, lane]
        if lanes[HIT * LANES + lane] != 0:
            rows[END, lane] = rows[STOP, lane]


def outputs_due(sizes: Ints, times: Floats, lanes: Ints, rows: Array) -> int:
    """Mark the lanes with an output within the step just made, and where in it."""
    due = 0
    for lane in range(LANES):
        lanes[WANT * LANES + lane] = 0
        rows[THETA, lane] = 1.0
        if rows[ACCEPT, lane] != 0.0 and lanes[NEXT_OUT * LANES + lane] < sizes[TIMES]:
            moment = times[lanes[NEXT_OUT * LANES + lane]]
            if moment < rows[END, lane]:
                lanes[WANT * LANES + lane] = 1
                rows[THETA, lane] = (moment - rows[TIME, lane]) / rows[STEP, lane]
                due = due + 1
    return due


def commit(sizes: Ints, lanes: Ints, rows: Array, states: Array, new: Array, scale: Array):
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


def any_true(count: int, values: Array) -> int:
    """Tell whether any truth value of any lane holds."""
    for j in range(count):
        for lane in range(LANES):
            if values[j, lane] != 0.0:
                return 1
    return 0


def shifted(sizes: Ints, tuning: Floats, floors: Floats, sign: float, states: Array,
            scale: Array, u: Array):
    """Shift all states by ten times their tolerance."""
    for i in range(sizes[N]):
        size = maximum(fabs(states[i]), tuning[MEMORY] * scale[i])
        u[i] = states[i] + sign * 10.0 * (tuning[RTOL] * size + floors[i])


def check_bases(sizes: Ints, tuning: Floats, floors: Floats, lanes: Ints, rows: Array,
                result: Ints, reached: Floats, states: Array, new: Array, scale: Array, k: Array,
                u: Array, slots: Array, hoisted: Array, here: Array, up: Array, down: Array):
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


def arrive(
    sizes: Ints, tuning: Floats, floors: Floats, first_action: Ints, action_time: Floats,
    action_kind: Ints, action_index: Ints, action_value: Floats, times: Floats, out: Floats,
    result: Ints, reached: Floats, lanes: Ints, ws: Array, rows: Array, states: Array,
    scale: Array, rates: Array, slots: Array, hoisted: Array, values: Array,
):
    """Serve the lanes at a stop: outputs before its actions, the actions, the next stop."""
    prepare(slots, hoisted)
    due = 0
    for lane in range(LANES):
        lanes[WANT * LANES + lane] = 0
        if lanes[ARRIVED * LANES + lane] != 0 and lanes[NEXT_OUT * LANES + lane] < sizes[TIMES]:
            if times[lanes[NEXT_OUT * LANES + lane]] <= rows[TIME, lane]:
                lanes[WANT * LANES + lane] = 1
                due = 1
    if due != 0:
        observe(rows[TIME], states, slots, hoisted, values)
        record(sizes, lanes, out, values)
    for lane in range(LANES):
        if lanes[ARRIVED * LANES + lane] != 0 and lanes[STATUS * LANES + lane] == RUNNING:
            if lanes[NEXT_OUT * LANES + lane] >= sizes[TIMES]:
                finish(sizes, lanes, lane, rows, result, reached, SUCCESS, -1)
    act(sizes, first_action, action_time, action_kind, action_index, action_value, lanes, rows,
        slots, states, scale)
    prepare(slots, hoisted)
    candidates = at(ws, sizes[AT_STOPS])
    if sizes[STOPS] > 0:
        nudge = 1e-14 * maximum(fabs(rows[TIME]), 1e-3 * rows[SPAN])
        upcoming(rows[TIME] + nudge, states, slots, hoisted, candidates)
    set_stops(sizes, first_action, action_time, times, lanes, rows, candidates)
    slopes = at(ws, sizes[AT_SLOPES])
    late = rows[TIME] + 4e-15 * fabs(rows[TIME])
    begin(late, 1.0 + 0.0 * rows[STEP], states, slots, hoisted, rates, slopes,
          at(ws, sizes[AT_FACTORS]))
    first_step(sizes, tuning, floors, lanes, rows, states, rates, scale)
    for lane in range(LANES):
        lanes[ARRIVED * LANES + lane] = 0


def count_status(lanes: Ints, row: int, value: int) -> int:
    """Count the lanes whose entry in a row of `lanes` has a value."""
    count = 0
    for lane in range(LANES):
        if lanes[row * LANES + lane] == value:
            count = count + 1
    return count


def call_triggers(rows: Array, states: Array, slots: Array, hoisted: Array, out: Array):
    """Evaluate all triggers for the host."""
    prepare(slots, hoisted)
    triggers(rows[TIME], states, slots, hoisted, out)


def call_discrete(rows: Array, states: Array, slots: Array, hoisted: Array, out: Array):
    """Evaluate what events need for the host."""
    prepare(slots, hoisted)
    discrete(rows[TIME], states, slots, hoisted, out)


def advance(
    sizes: Ints, tuning: Floats, floors: Floats, given: Floats, starts: Floats,
    first_action: Ints, action_time: Floats, action_kind: Ints, action_index: Ints,
    action_value: Floats, times: Floats, out: Floats, result: Ints, reached: Floats,
    queue: Ints, lanes: Ints, ws: Array,
):
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
    while peek(queue, 1) == 0:
        if fill(sizes, given, starts, first_action, times, queue, lanes, rows, lane_given) > 0:
            initial(lane_given, start)
            settle_in(sizes, lanes, slots, states, scale, start)
        if count_status(lanes, ARRIVED, 1) > 0:
            arrive(sizes, tuning, floors, first_action, action_time, action_kind, action_index,
                   action_value, times, out, result, reached, lanes, ws, rows, states, scale,
                   rates, slots, hoisted, values)
        if count_status(lanes, STATUS, RUNNING) == 0:
            if count_status(lanes, STATUS, IDLE) == 0:
                return
            continue
        choose_steps(tuning, lanes, rows)
        attempt(sizes, tuning, floors, rows, states, new, scale, rates, slopes, factors, k, u, add,
                slots, hoisted)
        judge(sizes, tuning, floors, lanes, rows, result, reached, states, new, scale, k)
        end_steps(lanes, rows)
        dense_ready = 0
        if sizes[TRIGGERS] > 0:
            continuous(sizes[N], k, dense)
            dense_ready = 1
            find_flips(sizes, lanes, rows, states, new, dense, u, slots, hoisted, now, before)
        while outputs_due(sizes, times, lanes, rows) > 0:
            if dense_ready == 0:
                continuous(sizes[N], k, dense)
                dense_ready = 1
            interpolate(sizes[N], rows[THETA], states, new, dense, u)
            observe(rows[TIME] + rows[THETA] * rows[STEP], u, slots, hoisted, values)
            record(sizes, lanes, out, values)
        if count_status(lanes, FLIPPED, 1) > 0:
            trim(sizes, lanes, rows, states, new, dense, u)
        commit(sizes, lanes, rows, states, new, scale)
        if sizes[GUARDS] > 0:
            check_bases(sizes, tuning, floors, lanes, rows, result, reached, states, new, scale, k,
                        u, slots, hoisted, at(ws, sizes[AT_GUARDS]), at(ws, sizes[AT_GUARDS_UP]),
                        at(ws, sizes[AT_GUARDS_DOWN]))
