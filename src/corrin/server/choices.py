"""Plain choices into the scenario that a user could have written, and back where that is possible.

::

    {"age": 58, "sex": "female", "diet": "omnivore",
     "causes": [{"name": "autoimmune gastritis", "start": 0}],
     "drugs": [{"name": "metformin", "amount": 2000, "start": 1, "until": 4}],
     "treatment": [{"product": "hydroxocobalamin neurology", "start": 6}],
     "until": 8}

All times are years after the start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from corrin.clinic.tables import rows as clinic_rows
from corrin.errors import InputError, unknown
from corrin.study.causes import Cause
from corrin.study.regimen import Regimen
from corrin.study.scenario import Scenario
from corrin.study.tables import default, fold, lookup, rows
from corrin.study.timeline import running
from corrin.units import YEAR, format_number, format_time

#: Causes of this group of the table are drugs that a person takes.
DRUGS = "drug"
#: What a choice of events may hold.
MOST = 20

_BODY = {"height": " cm", "weight": " kg", "egfr": ""}


@dataclass(frozen=True)
class Choices:
    """What a person picked.

    Attributes
    ----------
    age : float
        Age at the start [year].
    sex : str
        ``female`` or ``male``.
    until : float
        End of the run [year].
    diet : str
        What is eaten from the start on.
    diet_before : str or None
        What was eaten before; the reference diet if None.
    height, weight, egfr : float or None
        Height [cm], weight [kg] and filtration [mL/min/1.73m2]; the default of the model if None.
    causes, drugs, treatment : tuple of mapping
        Each with ``start`` and perhaps ``until`` [year]; a cause or drug with ``name`` and perhaps
        ``level`` or ``amount``, a treatment with ``product``, a name of the library or a line.
    name : str
        Title.
    """

    age: float
    sex: str
    until: float
    diet: str = "omnivore"
    diet_before: str | None = None
    height: float | None = None
    weight: float | None = None
    egfr: float | None = None
    causes: tuple[Mapping[str, Any], ...] = ()
    drugs: tuple[Mapping[str, Any], ...] = ()
    treatment: tuple[Mapping[str, Any], ...] = ()
    name: str = ""


def to_yaml(chosen: Choices) -> str:
    """Return the scenario as YAML text that a user could have written."""
    person: dict[str, Any] = {"age": _plain(chosen.age, "age"), "sex": chosen.sex}
    for key, unit in _BODY.items():
        value = getattr(chosen, key)
        if value is not None:
            number = _plain(value, key)
            person[key] = f"{format_number(number)}{unit}" if unit else number
    if chosen.diet_before is not None:
        person["diet"] = chosen.diet_before
    timeline: list[dict[str, Any]] = [{"at": "0 y", "diet": chosen.diet}]
    for kind, items in (("causes", chosen.causes), ("drugs", chosen.drugs)):
        timeline += [_event("cause", _cause(one, kind), one, kind) for one in items]
    timeline += [
        _event("treat", _treatment(one["product"]), one, "treatment") for one in chosen.treatment
    ]
    data = {
        "name": chosen.name or _title(chosen),
        "person": person,
        "timeline": timeline,
        "until": _time(chosen.until, "until"),
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)


def _event(key: str, text: str, one: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return one item of a timeline."""
    item = {"at": _time(one.get("start") or 0.0, f"{where}, start"), key: text}
    if one.get("until") is not None:
        item["until"] = _time(one["until"], f"{where}, until")
    return item


def _cause(one: Mapping[str, Any], where: str) -> str:
    """Return a cause in words, as `Cause` reads them."""
    name = str(one["name"])
    level, amount = one.get("level"), one.get("amount")
    if not level and amount is None:
        return Cause.parse(name, where).text
    row = next(r for r in rows("causes") if r["cause"] == lookup("cause", name, "causes", "cause",
                                                                where))  # fmt: skip
    if level:
        return Cause.parse(f"{name} {level}", where).text
    number = format_number(_plain(amount, f"{where}, amount"))
    written = " ".join(p for p in (name, row["argument"], number, row["unit"]) if p)
    return Cause.parse(written, where).text


def _treatment(written: str) -> str:
    """Return a treatment with names of the library written out."""
    known = {
        fold(spelling): row["treatment"]
        for row in clinic_rows("regimens")
        for spelling in (row["name"], *row["aliases"].split(";"))
        if spelling and row["treatment"] != "none"
    }
    text = known.get(fold(written), written)
    if text is written and not any(c.isdigit() for c in text):
        names = [r["name"] for r in clinic_rows("regimens") if r["treatment"] != "none"]
        raise unknown("treatment", written, names, "treatment")
    return Regimen.parse(text, "treatment").text


def _plain(value: object, where: str) -> float:
    """Return a finite number, whole ones without a point."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{value!r} is not a number", where=where)
    return int(value) if value == int(value) else float(value)


def _time(years: object, where: str) -> str:
    """Return a time [year] as a scenario writes it."""
    return format_time(round(_plain(years, where), 6) * YEAR)


def _title(chosen: Choices) -> str:
    """Return what the scenario is about."""
    names = [str(one["name"]) for one in (*chosen.causes, *chosen.drugs)]
    what = " and ".join(names[:2]) or f"Diet: {chosen.diet}"
    treated = ", treated" if chosen.treatment else ""
    return f"{what[:1].upper()}{what[1:]}{treated}"[:200]


def from_scenario(scenario: Scenario) -> dict[str, Any] | None:
    """Return the choices that give a scenario; None where plain controls cannot say it.

    The answer is checked: the scenario made from it does the same to the model.
    """
    person = scenario.person
    before = None if person.diet is None else person.diet.spec
    if person.genotype or person.iron_status != default("iron_status"):
        return None
    if not isinstance(before, str | None):
        return None
    found: dict[str, Any] = {
        "name": scenario.name, "age": _plain(person.age, "age"), "sex": person.sex,
        "diet": before or "omnivore", "diet_before": before, "until": _years(scenario.until),
        "causes": [], "drugs": [], "treatment": [],
    }  # fmt: skip
    for key in _BODY:
        if getattr(person, key) != default(key):
            found[key] = _plain(getattr(person, key), key)
    for event, stop in running(scenario.timeline):
        when: dict[str, Any] = {"start": _years(event.at)}
        if math.isfinite(stop) and stop < scenario.until and _ends(event, stop):
            when["until"] = _years(stop)
        if event.kind == "diet":
            spec = getattr(event.what, "spec", None)
            if event.at != 0 or not isinstance(spec, str):
                return None
            found["diet"] = spec
        elif isinstance(event.what, Cause):
            cause = event.what
            kind = "drugs" if cause.row["group"] == DRUGS else "causes"
            given: dict[str, Any] = {"level": cause.level} if cause.level else {}
            if cause.amount is not None:
                given = {"amount": _plain(cause.amount, "amount")}
            found[kind].append({"name": cause.name, **given, **when})
        else:
            found["treatment"].append({"product": event.text, **when})
    return found if _same(found, scenario) else None


def _ends(event: Any, stop: float) -> bool:
    """Tell whether an event is stopped before it ends by itself."""
    return bool(stop < event.at + getattr(event.what, "duration", math.inf) - 1e-9)


def _years(days: float) -> float:
    return _plain(round(days / YEAR, 6), "time")


def _same(found: Mapping[str, Any], scenario: Scenario) -> bool:
    """Tell whether choices do the same to the model as a scenario."""
    try:
        made = Scenario.from_text(to_yaml(read(found)), "choices").protocol()
    except InputError:
        return False
    own = scenario.protocol()
    return _numbers(made) == _numbers(own)


def _numbers(protocol: Any) -> tuple[object, ...]:
    """Return what a protocol does, in one order and without the last digits."""
    return (
        {k: round(v, 9) for k, v in protocol.parameters.items()},
        protocol.settle,
        sorted((round(c.time, 3), c.name, round(c.value, 9)) for c in protocol.changes),
        sorted((round(d.time, 3), d.name, round(d.amount, 9)) for d in protocol.doses),
    )


def read(data: Mapping[str, Any]) -> Choices:
    """Return choices from plain values; unknown keys are refused."""
    for key in data:
        if key not in Choices.__dataclass_fields__:
            raise unknown("choice", str(key), Choices.__dataclass_fields__, "choices")
    for key in ("age", "sex", "until"):
        if data.get(key) is None:
            raise InputError(f"the choice {key!r} is missing", where="choices")
    lists = {key: _items(data.get(key) or (), key) for key in ("causes", "drugs", "treatment")}
    rest = {key: value for key, value in data.items() if key not in lists and value is not None}
    return Choices(**{**rest, **lists})


def _items(items: Iterable[Mapping[str, Any]], where: str) -> tuple[Mapping[str, Any], ...]:
    found = tuple(items)
    if len(found) > MOST:
        raise InputError(f"more than {MOST} of them", where=where, hint="leave some out")
    return found
