"""What each lane does on its own between steps: people, outputs, actions, stops, ends.

Written in the subset of `lower`, as is `stepper`, which calls these functions.
"""

from __future__ import annotations

from corrin.engine.layout import (
    ACCEPT,
    ADD_SLOT,
    ARRIVED,
    ATTENTION,
    BEFORE,
    BLOW_UP,
    EMPTY,
    END,
    FIRST,
    FLIPPED,
    GIVEN,
    HIGH,
    HIT,
    HOST_STOP,
    HOSTED,
    IDLE,
    LOADING,
    MAX_STEP,
    MEMORY,
    NEXT,
    NEXT_ACTION,
    NEXT_OUT,
    NOT_FINITE,
    OUTPUTS,
    PATIENCE,
    PEOPLE,
    PERSON,
    REJECTS,
    RETRIED,
    RTOL,
    RUNNING,
    SET_SLOT,
    SLOTS,
    SPAN,
    STAGES,
    STATUS,
    STEP,
    STEP_COLLAPSE,
    STEPS,
    STOP,
    STOPS,
    THETA,
    TIME,
    TIMES,
    TRIGGERS,
    WANT,
    WATCHED,
    N,
)
from corrin.engine.subset import (
    LANES,
    Array,
    Floats,
    Ints,
    fabs,
    maximum,
    minimum,
    take,
)


def fill(
    sizes: Ints,
    given: Floats,
    starts: Floats,
    first_action: Ints,
    times: Floats,
    queue: Ints,
    lanes: Ints,
    rows: Array,
    lane_given: Array,
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
                lanes[PATIENCE * LANES + lane] = 0
                rows[TIME, lane] = starts[person]
                rows[STEP, lane] = 1.0
                rows[NEXT, lane] = 0.0
                rows[BEFORE, lane] = 1.0
                rows[HOST_STOP, lane] = 1e300
                rows[SPAN, lane] = times[sizes[TIMES] - 1] - starts[person]
                for i in range(count):
                    lane_given[i, lane] = given[person * count + i]
    return filled


def settle_in(
    sizes: Ints,
    lanes: Ints,
    slots: Array,
    states: Array,
    scale: Array,
    start: Array,
    before: Array,
) -> None:
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
            for i in range(sizes[TRIGGERS] + sizes[WATCHED]):
                before[i, lane] = 0.0
            if sizes[HOSTED] != 0:
                lanes[STATUS * LANES + lane] = ATTENTION
            else:
                lanes[STATUS * LANES + lane] = RUNNING
                lanes[ARRIVED * LANES + lane] = 1


def record(sizes: Ints, lanes: Ints, out: Floats, values: Array) -> None:
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
    sizes: Ints,
    first_action: Ints,
    action_time: Floats,
    action_kind: Ints,
    action_index: Ints,
    action_value: Floats,
    lanes: Ints,
    rows: Array,
    slots: Array,
    states: Array,
    scale: Array,
) -> None:
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
    sizes: Ints,
    first_action: Ints,
    action_time: Floats,
    times: Floats,
    lanes: Ints,
    rows: Array,
    candidates: Array,
) -> None:
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
    small: float = 1e-14 * maximum(fabs(now), 1e-3 * span)
    return small


def first_step(
    sizes: Ints,
    tuning: Floats,
    floors: Floats,
    lanes: Ints,
    rows: Array,
    states: Array,
    rates: Array,
    scale: Array,
) -> None:
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
                # a state that starts from nothing would ask for no step at all
                least = maximum(
                    1e-7 * ahead, 100.0 * small_time(rows[TIME, lane], rows[SPAN, lane])
                )
                step = minimum(maximum(tuning[FIRST] / fastest, least), ahead)
            rows[NEXT, lane] = step
            rows[BEFORE, lane] = 1.0
            lanes[RETRIED * LANES + lane] = 0


def choose_steps(tuning: Floats, lanes: Ints, rows: Array) -> None:
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


def fail(
    sizes: Ints,
    tuning: Floats,
    floors: Floats,
    lanes: Ints,
    lane: int,
    rows: Array,
    result: Ints,
    reached: Floats,
    code: int,
    states: Array,
    new: Array,
    scale: Array,
    k: Array,
) -> None:
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
            if value - value != 0.0 and code == STEP_COLLAPSE:
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


def finish(
    sizes: Ints,
    lanes: Ints,
    lane: int,
    rows: Array,
    result: Ints,
    reached: Floats,
    code: int,
    culprit: int,
) -> None:
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


def end_steps(lanes: Ints, rows: Array) -> None:
    """Note the time at which each lane's step ends, exactly at a stop that it hits."""
    for lane in range(LANES):
        lanes[FLIPPED * LANES + lane] = 0
        rows[HIGH, lane] = 1.0
        rows[END, lane] = rows[TIME, lane] + rows[STEP, lane]
        if lanes[HIT * LANES + lane] != 0:
            rows[END, lane] = rows[STOP, lane]


def due_on_arrival(sizes: Ints, times: Floats, lanes: Ints, rows: Array) -> int:
    """Mark the lanes at a stop that have an output at this very time."""
    due = 0
    for lane in range(LANES):
        lanes[WANT * LANES + lane] = 0
        if lanes[ARRIVED * LANES + lane] != 0 and lanes[NEXT_OUT * LANES + lane] < sizes[TIMES]:
            moment = times[lanes[NEXT_OUT * LANES + lane]]
            if moment <= rows[TIME, lane]:
                lanes[WANT * LANES + lane] = 1
                due = due + 1
    return due


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


def any_true(count: int, values: Array) -> int:
    """Tell whether any truth value of any lane holds."""
    for j in range(count):
        for lane in range(LANES):
            if values[j, lane] != 0.0:
                return 1
    return 0


def count_status(lanes: Ints, row: int, value: int) -> int:
    """Count the lanes whose entry in a row of `lanes` has a value."""
    count = 0
    for lane in range(LANES):
        if lanes[row * LANES + lane] == value:
            count = count + 1
    return count
