"""A scenario: one person, what happens to them, and for how long; as YAML that people can read.

::

    name: Autoimmune gastritis, treated late
    person: {age: 58, sex: female, height: 165 cm}
    timeline:
      - {at: 0 y, diet: omnivore}
      - {at: 1 y, cause: autoimmune gastritis}
      - {at: 6 y, treat: hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months}
    until: 8 y
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from corrin.engine.protocol import Protocol
from corrin.errors import InputError, unknown
from corrin.study import text as source
from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.person import Person
from corrin.study.regimen import Regimen
from corrin.study.timeline import KINDS, Event, protocol
from corrin.units import YEAR, format_time, parse_time

#: Longest run [day].
LONGEST = 120 * YEAR

_KEYS = ("name", "description", "reference", "person", "timeline", "until")
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Scenario:
    """One person, what happens to them, and for how long.

    Attributes
    ----------
    name : str
        Title to print.
    person : Person
        Body, genotype and life before time 0.
    timeline : tuple of Event
        Diets, causes, treatments and stops, in the order written.
    until : float
        End of the run [day].
    description : str
        What it shows, in a sentence or two.
    reference : tuple of str
        Where it comes from.
    """

    name: str
    person: Person = field(default_factory=Person)
    timeline: tuple[Event, ...] = ()
    until: float = 10 * YEAR
    description: str = ""
    reference: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_horizon(self.until, "until")
        for event in self.timeline:
            _check_event(event, self)
        self.protocol()  # whatever cannot be put together is refused here, not at the run

    def protocol(self, until: float | None = None) -> Protocol:
        """Return what an engine has to do.

        Parameters
        ----------
        until : float, optional
            End of the run [day]; that of the scenario if not given.
        """
        return protocol(self.person, self.timeline, self.until if until is None else until)

    def without_timeline(self) -> Scenario:
        """Return the twin: the same person without diets, causes and treatments from time 0 on."""
        return replace(self, timeline=())

    def assumptions(self) -> list[str]:
        """Return, in sentences, what is taken for granted in this scenario."""
        found = [
            "Before time 0: "
            + (
                f"the diet {self.person.diet.text}, for 60 years."
                if self.person.diet
                else "the reference omnivore diet, in health."
            ),
            "Amounts of every form of B12 are counted with the weight of cyanocobalamin "
            "(1 nmol = 1.3554 ug).",
            *self.person.assumptions(),
            *(sentence for cause in self.person.defects() for sentence in cause.assumptions()),
        ]
        if self.person.diet is not None:
            found += self.person.diet.assumptions()
        for event in self.timeline:
            if isinstance(event.what, Diet | Cause):
                found += event.what.assumptions()
            elif isinstance(event.what, Regimen) and event.what.kind == "product":
                found.append(
                    "Forms of B12 by mouth are absorbed alike, and a sublingual tablet like a "
                    "swallowed one (Sharabi 2003: 288 against 286 pmol/L after 4 weeks)."
                )
        return list(dict.fromkeys(found))

    @classmethod
    def load(cls, name_or_path: str | Path) -> Scenario:
        """Return a scenario that is shipped, by name, or one in a YAML file, by path."""
        path = Path(name_or_path)
        name = str(name_or_path)
        key = name.replace("_", "-")
        if key in shipped():
            resource = files("corrin.study").joinpath("scenarios", f"{key}.yaml")
            return cls.from_text(resource.read_text(encoding="utf-8"), f"{key}.yaml")
        looks_like_path = path.suffix in (".yaml", ".yml") or len(path.parts) > 1
        if looks_like_path or path.exists():
            return cls.from_text(source.read_file(path), str(path))
        raise unknown("scenario", name, shipped())

    @classmethod
    def from_text(cls, text: str, where: str = "scenario") -> Scenario:
        """Return the scenario in a YAML text.

        Parameters
        ----------
        text : str
            One YAML document.
        where : str
            File or other origin, for errors.
        """
        return cls.from_mapping(source.read_yaml(text, where), where)

    @classmethod
    def from_mapping(cls, data: object, where: str = "scenario") -> Scenario:
        """Return the scenario in a mapping of the same shape as the YAML text."""
        if not isinstance(data, Mapping):
            raise InputError(
                "is not a scenario", where=where, hint="write keys such as name, timeline and until"
            )
        for key in data:
            if key not in _KEYS:
                raise unknown("key", str(key), _KEYS, source.line(data, key, where))
        for key in ("name", "until"):
            if key not in data:
                raise InputError(f"the key {key!r} is missing", where=where)

        def at(key: str) -> str:
            return f"{source.line(data, key, where)}, {key}"

        until = parse_time(data["until"], at("until"))
        check_horizon(until, at("until"))
        items = data.get("timeline", ())
        if not isinstance(items, Sequence) or isinstance(items, str):
            raise InputError(
                "is not a list", where=at("timeline"), hint="write '- {at: 0 y, diet: vegan}'"
            )
        return cls(
            name=_line(data["name"], at("name")),
            person=Person.parse(data["person"], at("person")) if "person" in data else Person(),
            timeline=tuple(
                _event(item, where, number) for number, item in enumerate(items, start=1)
            ),
            until=until,
            description=_line(data.get("description", " "), at("description"), 2000),
            reference=_lines(data.get("reference", ()), at("reference")),
        )

    def to_yaml(self) -> str:
        """Return the scenario as YAML that reads back as the same scenario."""
        import yaml

        data: dict[str, Any] = {"name": self.name}
        if self.description:
            data["description"] = self.description
        if self.reference:
            data["reference"] = list(self.reference)
        data["person"] = self.person.plain()
        data["timeline"] = [
            {
                "at": format_time(event.at),
                event.kind: event.what.plain() if isinstance(event.what, Diet) else event.text,
                **({} if event.until is None else {"until": format_time(event.until)}),
            }
            for event in self.timeline
        ]
        data["until"] = format_time(self.until)
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)


@cache
def shipped() -> tuple[str, ...]:
    """Return the names of the scenarios that come with corrin, in alphabetical order."""
    folder = files("corrin.study").joinpath("scenarios")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def check_horizon(until: float, where: str | None) -> None:
    """Refuse an end of the run [day] that is not after the start or too far away."""
    if not 0 < until <= LONGEST:
        raise InputError(
            f"{format_time(until)} is not between 0 and {LONGEST / YEAR:g} y", where=where
        )


def _check_event(event: Event, scenario: Scenario) -> None:
    """Refuse an event that cannot happen in a scenario."""
    if event.at < 0:
        raise InputError(
            f"{event.text!r} begins before time 0",
            where=event.where,
            hint="what was so before time 0 belongs to the person",
        )
    if event.at >= scenario.until:
        raise InputError(
            f"{event.text!r} at {format_time(event.at)} is not before the end at "
            f"{format_time(scenario.until)}",
            where=event.where,
        )
    if event.until is not None and event.kind in ("diet", "stop"):
        raise InputError(
            f"a {event.kind} takes no 'until'",
            where=event.where,
            hint="write what comes next as an item of its own",
        )
    if event.until is not None and event.until <= event.at:
        raise InputError("'until' is not after 'at'", where=event.where)
    is_pregnancy = isinstance(event.what, Cause) and event.what.name == "pregnancy"
    if is_pregnancy and scenario.person.sex != "female":
        raise InputError(
            f"pregnancy of a person of sex {scenario.person.sex!r}",
            where=event.where,
            hint="write person: {sex: female}",
        )


def _event(item: object, where: str, number: int) -> Event:
    """Return one item of a timeline."""
    if not isinstance(item, Mapping):
        raise InputError(
            f"{item!r} is not an item of a timeline",
            where=f"{where}, timeline item {number}",
            hint="write {at: 1 y, cause: autoimmune gastritis}",
        )
    first = next(iter(item), "")
    here = f"{source.line(item, str(first), where)}, timeline item {number}"
    for key in item:
        if key not in ("at", "until", *KINDS):
            if str(key).isdigit():  # a list of days, cut at its commas by the braces around it
                hint = "put a line with commas in quotes"
                raise InputError(f"unknown key {key!r}", where=here, hint=hint)
            raise unknown("key", str(key), ("at", "until", *KINDS), here)
    kinds = [key for key in KINDS if key in item]
    if "at" not in item:
        raise InputError("the key 'at' is missing", where=here, hint="write for example at: 1 y")
    if len(kinds) != 1:
        raise InputError(
            f"{'more than one' if kinds else 'none'} of {', '.join(KINDS)}",
            where=here,
            hint="write exactly one of them",
        )
    at = parse_time(item["at"], f"{here}, at")
    until = parse_time(item["until"], f"{here}, until") if "until" in item else None
    kind, written = kinds[0], item[kinds[0]]
    what: Diet | Cause | Regimen | str
    if kind == "diet":
        what = Diet.parse(written, here)
    elif kind == "cause":
        what = Cause.parse(written, here)
    elif kind == "treat":
        what = Regimen.parse(written, here)
    else:
        what = _line(written, here)
    return Event(at, what, until, here)


def _line(written: object, where: str, longest: int = _LONGEST_NAME) -> str:
    """Return a text as one line."""
    if not isinstance(written, str) or not written:
        raise InputError(f"{written!r} is not a text", where=where)
    line = " ".join(written.split())
    if len(line) > longest:
        raise InputError(f"is longer than {longest} characters", where=where)
    if re.search(r"[\x00-\x1f\x7f]", line):
        raise InputError("has a control character", where=where)
    return line


def _lines(written: object, where: str) -> tuple[str, ...]:
    """Return one text or a list of them."""
    items = [written] if isinstance(written, str) else written
    if not isinstance(items, Sequence):
        raise InputError(f"{written!r} is not a list of texts", where=where)
    return tuple(_line(item, where, 500) for item in items)
