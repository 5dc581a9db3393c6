"""What a worker can be asked for: plain values in, JSON text out.

Every task is a pure function of its question; a worker keeps nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from corrin.errors import CorrinError, InputError, unknown
from corrin.server import command, limits
from corrin.server.faults import failure
from corrin.study.scenario import Scenario, shipped
from corrin.units import YEAR, parse_time

Question = Mapping[str, Any]


def subject(question: Question) -> tuple[Scenario, str, Any]:
    """Return the scenario of a question, what a command calls it, and its choices if it has some.

    A name is one of the shipped scenarios and never a path.
    """
    from corrin.server import choices

    given = [key for key in ("scenario", "yaml", "choices") if question.get(key) is not None]
    if len(given) != 1:
        raise InputError(
            f"{'more than one' if given else 'none'} of scenario, yaml and choices",
            where="scenario", hint="send exactly one of them",
        )  # fmt: skip
    if given == ["scenario"]:
        name = question["scenario"]
        if name not in shipped():
            raise unknown("scenario", name[:100], shipped(), "scenario")
        found = Scenario.load(name)
        return limits.check(found), name, choices.from_scenario(found)
    if given == ["yaml"]:
        found = Scenario.from_text(question["yaml"], "scenario")
        return limits.check(found), command.FILE, None
    chosen = choices.read(question["choices"])
    found = Scenario.from_text(choices.to_yaml(chosen), "choices")
    return limits.check(found), command.FILE, dict(question["choices"])


def time_of(value: float | str | None, where: str) -> float | None:
    """Return a time [day] from years or from a text such as ``5y``."""
    if value is None:
        return None
    return parse_time(value, where) if isinstance(value, str) else float(value) * YEAR


def run(question: Question) -> Any:
    """Simulate."""
    from corrin.server.courses import answer

    scenario, name, chosen = subject(question)
    return {**answer(scenario), "scenario": name, "choices": chosen, "command": command.run(name)}


def why(question: Question) -> Any:
    """Share a symptom among mechanisms."""
    from corrin.server.answers import why as explain

    scenario, name, _ = subject(question)
    members = question.get("members") or 0
    at = _within(time_of(question.get("at"), "at"), scenario)
    found = explain(scenario, question.get("symptom"), at, members)
    told = command.why(name, found["symptom"], found["time"], members)
    return {**found, "command": told}


def nerve(question: Question) -> Any:
    """Examine the nerves."""
    from corrin.server.answers import nerve as examine

    scenario, name, _ = subject(question)
    at = time_of(question.get("at"), "at")
    found = examine(scenario, at, question.get("tract") or "dorsal_columns")
    return {**found, "command": command.nerve(name, found["time"])}


def compare(question: Question) -> Any:
    """Show plans side by side."""
    from corrin.clinic.plans import Plan
    from corrin.server.answers import compare as side_by_side

    scenario, name, _ = subject(question)
    plans = list(question["plans"])
    members = question.get("members") or 0
    start, until = time_of(question.get("start"), "start"), time_of(question.get("until"), "until")
    last = question.get("last", True)
    for text in plans:
        plan = Plan.parse(text, "plans")
        begin = 0.0 if last else (scenario.until if start is None else start)
        end = max(scenario.until, until or 0.0, start or 0.0) + 5 * YEAR
        if end > 120 * YEAR:
            end = 120 * YEAR
        if begin < end:
            _check_doses(plan, scenario, begin, end)
    found = side_by_side(scenario, plans, start, until, members, last)
    told = command.compare(name, plans, found["start"], found["until"], members)
    return {**found, "command": told}


def _check_doses(plan: Any, scenario: Scenario, begin: float, end: float) -> None:
    """Refuse a plan that gives too many doses."""
    count = len(plan.applied(scenario, begin, end).protocol(end).doses)
    if count > limits.DOSES:
        raise InputError(
            f"{plan.text!r} gives {count} doses, more than {limits.DOSES}", where="plans",
            hint="give fewer doses or end them earlier",
        )  # fmt: skip


def interpret(question: Question) -> Any:
    """Read results."""
    from corrin.server.answers import interpret as read

    fhir = question.get("fhir")
    text = json.dumps(fhir) if isinstance(fhir, Mapping) else fhir
    values = dict(question.get("values") or {})
    age, sex = question.get("age"), question.get("sex")
    lists = {
        key: list(question.get(key) or ())
        for key in ("present", "absent", "causes", "without", "treat", "guidelines")
    }
    courses = bool(question.get("courses"))
    laboratory = question.get("laboratory") or "default"
    found = read(
        values, fhir=text, csv=question.get("csv"), age=age, sex=sex, laboratory=laboratory,
        courses=courses, **lists,
    )  # fmt: skip
    names = {"causes": "cause", "without": "not-cause", "guidelines": "guideline"}
    file = "results.json" if text is not None else "results.csv" if question.get("csv") else None
    told = command.interpret(
        values, file,
        {"age": age, "sex": sex, "laboratory": None if laboratory == "default" else laboratory},
        {names.get(key, key): many for key, many in lists.items()},
    )  # fmt: skip
    return {**found, "command": told if courses else f"{told} --no-courses"}


def scenarios(_: Question) -> Any:
    """List the shipped scenarios."""
    from corrin.server.menu import scenarios as found

    return found()


def choices(_: Question) -> Any:
    """List the options of every picker."""
    from corrin.server.menu import choices as found

    return found()


def experiments(_: Question) -> Any:
    """Repeat the natural experiments."""
    from corrin.server.answers import natural_experiments

    return natural_experiments()


def search(question: Question) -> Any:
    """Search what the model is made of."""
    from corrin.server.reference import search as found

    return found(question["topic"], question.get("q") or "")


TASKS: Mapping[str, Callable[[Question], Any]] = {
    "run": run,
    "why": why,
    "nerve": nerve,
    "compare": compare,
    "interpret": interpret,
    "scenarios": scenarios,
    "choices": choices,
    "experiments": experiments,
    "search": search,
}


def done(name: str, question: Question) -> tuple[int, bytes]:
    """Do a task and return status and JSON text; whatever goes wrong is one line.

    Parameters
    ----------
    name : str
        One of `TASKS`.
    question : mapping
        Plain values.
    """
    try:
        return 200, dumped(TASKS[name](question))
    except InputError as error:
        return 422, failure(_said(error), error.hint)
    except CorrinError as error:
        return 409, failure(_said(error), error.hint)
    except RecursionError:
        return 422, failure("nested too deeply", "send it flatter")
    except Exception:  # a fault of corrin: told on the server's own screen, not to the browser
        import traceback

        traceback.print_exc()
        return 422, failure("corrin has a fault and cannot answer this", "please report it")


def _said(error: CorrinError) -> str:
    """Return an error without its hint, in one line."""
    text = f"{error.where}: {error.what}" if error.where else error.what
    return " ".join(text.split())[:500]


def dumped(value: Any) -> bytes:
    """Return plain values as JSON text; what is not finite is null."""
    from corrin.faces.cli_files import strict

    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError):
        text = json.dumps(strict(value), allow_nan=False, separators=(",", ":"))
    return text.encode()


def _within(at: float | None, scenario: Scenario) -> float | None:
    """Refuse a time [day] outside of a run."""
    if at is not None and not 0 < at <= scenario.until:
        raise InputError(
            f"{at / YEAR:g} y is not within the run", where="at",
            hint=f"it goes from 0 to {scenario.until / YEAR:g} y",
        )  # fmt: skip
    return at
