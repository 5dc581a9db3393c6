"""How a run ended: a code, a text that says what to do next, and the errors of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from corrin.engine.protocol import Trajectory
from corrin.errors import InputError, SolverError


class UnsupportedSBML(InputError):
    """An SBML model uses something that the engine would not solve correctly."""


class Code(IntEnum):
    """Result code of one person's run."""

    SUCCESS = 0
    STEP_COLLAPSE = 1
    NOT_FINITE = 2
    BLOW_UP = 3
    TOO_MANY_STEPS = 4
    NEGATIVE_BASE = 5
    EVENT_STORM = 6
    BAD_INPUT = 7
    CANCELLED = 8
    WORKER_FAILED = 9


_WHAT = {
    Code.STEP_COLLAPSE: "the step size fell to nothing",
    Code.NOT_FINITE: "the rate of change is not a number",
    Code.BLOW_UP: "the solution grows without bound",
    Code.TOO_MANY_STEPS: "the limit on the number of steps was reached",
    Code.NEGATIVE_BASE: "a negative number would have to be raised to a power that is not whole",
    Code.EVENT_STORM: "events set each other off without end",
    Code.BAD_INPUT: "the run could not be started",
    Code.CANCELLED: "the run was cancelled",
    Code.WORKER_FAILED: "the thread that solved it failed",
}
_TRY = {
    Code.STEP_COLLAPSE: "look for a jump or a singularity in the rates there, or loosen rtol",
    Code.NOT_FINITE: "look for a division by zero, or the logarithm of a negative number, in the "
    "rates there",
    Code.BLOW_UP: "look for an unchecked positive feedback or a parameter out of its range",
    Code.TOO_MANY_STEPS: "loosen rtol, shorten the run or raise max_steps",
    Code.NEGATIVE_BASE: "check the rate laws and the parameters that let this become negative",
    Code.EVENT_STORM: "give the events a trigger that their own assignments make false",
    Code.BAD_INPUT: "correct the value",
    Code.CANCELLED: "start it again",
    Code.WORKER_FAILED: "solve this person alone to see whether it recurs",
}


@dataclass(frozen=True)
class Outcome:
    """End of one person's run.

    Attributes
    ----------
    code : Code
        `Code.SUCCESS`, or why the run stopped.
    text : str
        One line: who failed, at which simulated day, in which state, and what to try.
    trajectory : Trajectory or None
        The solution; None unless the run succeeded.
    person : int
        Place in the batch.
    time : float
        Simulated time reached [day, or the time unit of the model].
    state : str
        Id of the state at fault; empty on success.
    """

    code: Code
    text: str
    trajectory: Trajectory | None
    person: int
    time: float
    state: str = ""

    @property
    def ok(self) -> bool:
        """Whether the run succeeded."""
        return self.code is Code.SUCCESS

    def unwrap(self) -> Trajectory:
        """Return the trajectory, or raise `SolverError` with the text of the outcome."""
        if self.trajectory is None:
            raise SolverError(self.text)
        return self.trajectory


def describe(
    code: Code, person: int, time: float, state: str, detail: str = "", unit: str = "day"
) -> str:
    """Return the text of an outcome."""
    if code is Code.SUCCESS:
        return "solved"
    where = f" in {state}" if state else ""
    what = detail or _WHAT[code]
    return f"person {person}, {unit} {time + 0.0:.6g}{where}: {what}; {_TRY[code]}"
