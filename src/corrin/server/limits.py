"""How much one request may ask for; stated in the manual and by ``/api/health``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from corrin.errors import InputError
from corrin.units import YEAR, format_time

if TYPE_CHECKING:
    from corrin.study import Scenario

#: Largest body of a request, and longest text of a scenario [byte].
BODY, YAML = 1_000_000, 100_000
#: Longest run [year].
HORIZON = 100
#: Most single doses in a run.
DOSES = 5000
#: Most plans side by side, events of a timeline, and versions of the ensemble.
PLANS, EVENTS, MEMBERS = 4, 200, 1000
#: Most requests that wait for a worker.
WAITING = 64
#: Longest time that a request waits for a worker [s].
PATIENCE = 120.0
#: Longest computation by task [s]; a version of the ensemble costs more than the central set.
SECONDS = {
    "run": 60.0,
    "why": 60.0,
    "nerve": 30.0,
    "compare": 120.0,
    "interpret": 120.0,
    "search": 60.0,
    "validation": 1800.0,
    "experiments": 120.0,
    "scenarios": 60.0,
    "choices": 60.0,
}
#: The same where versions of the ensemble are asked [s].
SECONDS_MEMBERS = 600.0


def seconds(name: str, question: Mapping[str, Any]) -> float:
    """Return how long a question of a task may be at work [s]."""
    if question.get("members"):
        return SECONDS_MEMBERS
    return SECONDS["validation" if question.get("topic") == "validation" else name]


def plain() -> dict[str, object]:
    """Return the limits as plain values."""
    return {
        "body_bytes": BODY,
        "yaml_characters": YAML,
        "horizon_years": HORIZON,
        "doses": DOSES,
        "plans": PLANS,
        "events": EVENTS,
        "members": MEMBERS,
        "waiting_requests": WAITING,
        "waiting_seconds": PATIENCE,
        "seconds": dict(SECONDS),
        "seconds_with_members": SECONDS_MEMBERS,
    }


def check(scenario: Scenario) -> Scenario:
    """Return a scenario that is not too large to be computed for anybody.

    Raises
    ------
    InputError
        For a run that is too long, or has too many events or doses.
    """
    if scenario.until > HORIZON * YEAR:
        raise InputError(
            f"{format_time(scenario.until)} is longer than {HORIZON} years", where="until",
            hint="use the command line for longer runs",
        )  # fmt: skip
    if len(scenario.timeline) > EVENTS:
        raise InputError(
            f"{len(scenario.timeline)} events are more than {EVENTS}", where="timeline",
            hint="use the command line for more",
        )  # fmt: skip
    count = len(scenario.protocol().doses)
    if count > DOSES:
        raise InputError(
            f"{count} doses are more than {DOSES}", where="timeline",
            hint="give fewer doses, end them earlier, or use the command line",
        )  # fmt: skip
    return scenario
