"""Where the stepping loop keeps its numbers: places in its arrays, shared with the host."""

from __future__ import annotations

#: Places in `sizes`: counts and flags, then the rows at which the parts of the workspace begin.
(
    N,
    SLOTS,
    GIVEN,
    HOISTED,
    OUTPUTS,
    TRIGGERS,
    WATCHED,
    STOPS,
    GUARDS,
    PEOPLE,
    TIMES,
    TIMED,
    HOSTED,
    MAX_STEPS,
    STAGES,
    AT_STATES,
    AT_NEW,
    AT_SCALE,
    AT_RATES,
    AT_SLOPES,
    AT_FACTORS,
    AT_STAGES,
    AT_ARGUMENT,
    AT_ADDITION,
    AT_DENSE,
    AT_SLOTS,
    AT_HOISTED,
    AT_GIVEN,
    AT_START,
    AT_OUT,
    AT_TRIGGERS,
    AT_BEFORE,
    AT_STOPS,
    AT_GUARDS,
    AT_GUARDS_UP,
    AT_GUARDS_DOWN,
    SIZES,
) = range(37)

#: Places in `tuning`.
(
    RTOL,
    MEMORY,
    MAX_STEP,
    FIRST,
    SAFETY,
    EXPONENT,
    DAMPING,
    GAMMA,
    FIRST_WEIGHT,
    TUNING,
) = range(10)

#: Rows at the start of the workspace, one number for each lane.
(
    TIME,
    STEP,
    NEXT,
    STOP,
    HOST_STOP,
    ERROR,
    BEFORE,
    SPAN,
    THETA,
    LOW,
    HIGH,
    LIMIT,
    END,
    ACCEPT,
    REAL_ROWS,
) = range(15)

#: Rows of `lanes`, whole numbers for each lane.
(
    STATUS,
    PERSON,
    NEXT_OUT,
    NEXT_ACTION,
    STEPS,
    REJECTS,
    ARRIVED,
    HIT,
    FLIPPED,
    RETRIED,
    WANT,
    SEARCH,
    PATIENCE,
    LANE_ROWS,
) = range(14)

#: Whose conditions are searched: those the host has to know, or those of the rates.
FOR_HOST, FOR_RATES = 1, 2

#: Status of a lane.
IDLE, LOADING, RUNNING, ATTENTION, EMPTY = range(5)

#: Kinds of action.
SET_SLOT, ADD_STATE, ADD_SLOT = range(3)

#: Result codes that the loop itself gives (see `corrin.engine.outcome`).
SUCCESS, STEP_COLLAPSE, NOT_FINITE, BLOW_UP, TOO_MANY, NEGATIVE_BASE = range(6)
