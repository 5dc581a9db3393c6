"""Treatments as one line each, what they ask of a person, and what they cost.

A plan is one or several parts joined by ``+``::

    cyanocobalamin 1 mg oral daily
    stop metformin + cyanocobalamin 1 mg oral daily taken 70 %
    diet omnivore
    hydroxocobalamin neurology                (a name of the library)
    none
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from corrin.clinic.tables import rows
from corrin.errors import InputError, unknown
from corrin.study import Scenario
from corrin.study import text as source
from corrin.study.diet import Diet
from corrin.study.regimen import Phase, Regimen
from corrin.study.tables import fold
from corrin.study.timeline import Event, running
from corrin.units import MONTH, YEAR, parse_number

#: When a treated person is seen again [day]: after 3 months, then every year (assumed).
FIRST_REVIEW, REVIEW_EVERY = 3 * MONTH, YEAR

_ITEMS = ("injection visit", "injection", "tablet", "nasal dose", "review visit")
_TAKEN = re.compile(r"\s+taken\s+(\S+)\s*%\s*$")


@dataclass(frozen=True)
class Plan:
    """One treatment to compare.

    Attributes
    ----------
    text : str
        As it was written.
    meaning : str
        The same with names of the library written out.
    regimens : tuple of Regimen
        What is given.
    diet : Diet or None
        What is eaten from then on.
    stops : tuple of str
        Causes and treatments that end.
    """

    text: str
    meaning: str = ""
    regimens: tuple[Regimen, ...] = ()
    diet: Diet | None = None
    stops: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The plan as written, and what it means where that differs."""
        same = not self.meaning or self.meaning == self.text
        return self.text if same else f"{self.text}: {self.meaning}"

    @property
    def empty(self) -> bool:
        """Whether nothing is given, changed or stopped."""
        return not (self.regimens or self.diet or self.stops)

    def applied(self, scenario: Scenario, start: float, until: float) -> Scenario:
        """Return the scenario with this plan from `start` until `until` [day].

        Treatments of the scenario that begin at `start` or later are left out.
        """
        events = [e for e in scenario.timeline if not (e.kind == "treat" and e.at >= start)]
        events = [e for e in events if e.at < until]
        here = f"--treat {self.text!r}"
        added = [Event(start, name, where=here) for name in self.stops]
        if self.diet is not None:
            added.append(Event(start, self.diet, where=here))
        added += [Event(start, one, where=here) for one in self.regimens]
        return replace(scenario, timeline=(*events, *added), until=until)

    @classmethod
    def parse(cls, written: str, where: str = "--treat") -> Plan:
        """Return the plan that was written.

        Parameters
        ----------
        written : str
            Parts joined by ``+``: a name of the library, a regimen, ``diet ...``, ``stop ...``
            or ``none``.
        where : str
            Where it was written, for errors.
        """
        regimens: list[Regimen] = []
        stops: list[str] = []
        meant: list[str] = []
        diet = None
        library = _library()
        for part in re.split(r"\s\+\s", written):
            text = library.get(fold(part), part.strip())
            meant.append(text)
            head, _, rest = text.partition(" ")
            if not text:
                raise InputError("a treatment is missing", where=where, hint="write none for none")
            if fold(text) == "none":
                continue
            if head == "diet":
                diet = Diet.parse(rest, where)
            elif head == "stop":
                stops.append(rest)
            else:
                regimens.append(_regimen(text, where, library))
        whole = " + ".join(meant)
        return cls(" ".join(written.split()), whole, tuple(regimens), diet, tuple(stops))


@dataclass(frozen=True)
class Burden:
    """What a plan asks of a person from its start to the end of the comparison."""

    injections: int
    tablets: int
    nasal_doses: int
    visits: int

    def cost(self, prices: Mapping[str, float]) -> float:
        """Return what it costs.

        Parameters
        ----------
        prices : mapping of str to float
            Price of each item of the table of costs.
        """
        reviews = self.visits - self.injections
        return (
            self.injections * (prices["injection visit"] + prices["injection"])
            + self.tablets * prices["tablet"]
            + self.nasal_doses * prices["nasal dose"]
            + reviews * prices["review visit"]
        )


def burden(plan: Plan, scenario: Scenario, start: float, until: float) -> Burden:
    """Return what a plan asks of a person.

    Every injection is a visit; a treated person is seen again after 3 months and every year.

    Parameters
    ----------
    plan : Plan
        The treatment.
    scenario : Scenario
        The scenario with the plan applied.
    start, until : float
        First and last day.
    """
    injections = nasal = 0
    tablets = 0.0
    for event, end in running(scenario.timeline):
        if not isinstance(event.what, Regimen) or end <= start:
            continue
        last = min(end, until)
        given = [d for d in event.what.doses(event.at, last) if d.time >= start]
        if event.what.route == "im":
            injections += len(given)
        elif event.what.kind == "dose":
            nasal += len(given)
        else:
            for one in event.what.products(event.at, last):
                tablets += max(0.0, min(one.stop, last) - max(one.start, start)) * one.frequency
            if event.what.kind == "rate":
                tablets += sum(
                    max(0.0, min(stop, last) - max(begin, start)) / phase.interval
                    for begin, stop, phase in _spans(event, last)
                )
    reviews = 0
    if not plan.empty and until - start >= FIRST_REVIEW:
        reviews = 1 + int((until - start - FIRST_REVIEW) // REVIEW_EVERY)
    return Burden(injections, round(tablets), nasal, injections + reviews)


@dataclass(frozen=True)
class Prices:
    """Prices by item, their currency and where they come from."""

    items: Mapping[str, float]
    currency: str
    origin: str


def prices(path: str | Path | None = None) -> Prices:
    """Return the prices of a table: that of the user, or the one that is shipped.

    Parameters
    ----------
    path : str or Path, optional
        CSV with the columns item, cost and currency, and every item of the shipped table.
    """
    table: list[Mapping[str, str]] = list(rows("costs"))
    where, origin = "costs.csv", "the shipped table, from memory and not verified"
    if path is not None:
        where = origin = str(path)
        text = source.read_file(Path(path)).removeprefix("\ufeff")
        table = list(csv.DictReader(text.splitlines()))
    found: dict[str, float] = {}
    currency = ""
    for line, row in enumerate(table, start=2):
        here = f"{where}, line {line}"
        for key in ("item", "cost", "currency"):
            if not (row.get(key) or "").strip():
                hint = "write the columns item, cost and currency"
                raise InputError(f"the column {key!r} is missing or empty", where=here, hint=hint)
        item = row["item"].strip()
        if item not in _ITEMS:
            raise unknown("item", item, _ITEMS, here)
        found[item] = parse_number(row["cost"].strip(), f"{here}, {item}")
        if found[item] < 0:
            raise InputError(f"{item} costs less than nothing", where=here)
        if currency and row["currency"].strip() != currency:
            raise InputError("two currencies in one table", where=here, hint="use one")
        currency = row["currency"].strip()
    missing = [item for item in _ITEMS if item not in found]
    if missing:
        raise InputError(f"no cost for {missing[0]!r}", where=where, hint="add a line for it")
    return Prices(found, currency, origin)


def _library() -> dict[str, str]:
    """Return the treatments of the library by folded name and alias."""
    return {
        fold(name): row["treatment"]
        for row in rows("regimens")
        for name in (row["name"], *row["aliases"].split(";"))
        if name
    }


def _regimen(text: str, where: str, library: Mapping[str, str]) -> Regimen:
    """Read a regimen and what share of it is taken."""
    match = _TAKEN.search(text)
    share = 1.0
    if match:
        share = parse_number(match[1], where) / 100
        if not 0 < share <= 1:
            raise InputError(f"{match[1]} % is not between 0 and 100 %", where=where)
        named = text[: match.start()]
        text = library.get(fold(named), named)
    try:
        regimen = Regimen.parse(text, where)
    except InputError as error:
        if text and not any(c.isdigit() for c in text):
            raise unknown("treatment", text, [r["name"] for r in rows("regimens")], where) from None
        raise error
    if share == 1.0:
        return regimen
    # Missed doses are spread evenly: the same number of doses over a longer time.
    phases = tuple(p if p.days else replace(p, interval=p.interval / share) for p in regimen.phases)
    return replace(regimen, phases=phases, text=f"{regimen.text} taken {100 * share:g} %")


def _spans(event: Event, last: float) -> list[tuple[float, float, Phase]]:
    """Return begin, end [day] and phase of what is given as a daily rate."""
    found = []
    begin = event.at
    assert isinstance(event.what, Regimen)
    for phase in event.what.phases:
        stop = last if phase.length == inf else min(last, begin + phase.length)
        if stop > begin:
            found.append((begin, stop, phase))
        begin = stop
    return found
