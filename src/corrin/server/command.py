"""The command that gives the same on the command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from corrin.units import YEAR, format_number

#: What a scenario that is not shipped is called in a command.
FILE = "scenario.yaml"


def run(scenario: str) -> str:
    """Return the command of a run; `scenario` is a shipped name or a file."""
    return _line("run", scenario)


def why(scenario: str, symptom: str, at: float, members: int) -> str:
    """Return the command of why at a time [day]."""
    versions = ["--central"] if members <= 0 else ["--members", str(members)]
    return _line("why", symptom, scenario, "--at", _time(at), *versions)


def nerve(scenario: str, at: float) -> str:
    """Return the command of the nerve laboratory at a time [day]."""
    return _line("nerve", scenario, "--at", _time(at))


def compare(scenario: str, plans: Sequence[str], start: float, until: float, members: int) -> str:
    """Return the command of treatments side by side; times in days."""
    treat = [part for plan in plans for part in ("--treat", plan)]
    return _line(
        "compare", scenario, *treat, "--start", _time(start), "--until", _time(until),
        "--members", str(members),
    )  # fmt: skip


def interpret(
    values: Mapping[str, str],
    file: str | None,
    options: Mapping[str, object],
    lists: Mapping[str, Sequence[str]],
) -> str:
    """Return the command that reads results.

    Parameters
    ----------
    values : mapping of str to str
        Results by name of the test.
    file : str or None
        What a file of results is called.
    options : mapping of str to object
        Options with one value, None where not given.
    lists : mapping of str to sequence of str
        Options that may be repeated.
    """
    parts = [file] if file else []
    for name, text in values.items():
        parts += [f"--{name.replace('_', '-')}", text]
    for name, value in options.items():
        if value is not None:
            number = format_number(value) if isinstance(value, float) else str(value)
            parts += [f"--{name}", number]
    parts += [part for name, many in lists.items() for one in many for part in (f"--{name}", one)]
    return _line("interpret", *parts)


def _line(*parts: str) -> str:
    return shlex.join(["corrin", *parts])


def _time(days: float) -> str:
    """Return a time as a command writes it, in years to six digits."""
    return f"{format_number(round(days / YEAR, 6))}y"
