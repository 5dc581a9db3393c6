"""What happens to a person and when; put together into the protocol of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from corrin.engine.protocol import Dose, Protocol
from corrin.errors import InputError, nearest
from corrin.model.loader import read_inputs
from corrin.study.causes import Cause
from corrin.study.combine import Influence, changes
from corrin.study.diet import Diet
from corrin.study.person import SETTLE, Person
from corrin.study.regimen import MOST_DOSES, Product, Regimen
from corrin.study.tables import fold, spellings
from corrin.units import format_time

#: What an event can be.
KINDS = ("diet", "cause", "treat", "stop")

_SLOTS = ("tablet", "second_tablet")


@dataclass(frozen=True)
class Event:
    """One item of a timeline.

    Attributes
    ----------
    at : float
        When it begins [day].
    what : Diet, Cause, Regimen or str
        What begins; a text names what stops.
    until : float or None
        When it ends [day], None if nothing was said.
    where : str or None
        Where it was written, for errors.
    """

    at: float
    what: Diet | Cause | Regimen | str
    until: float | None = None
    where: str | None = field(default=None, compare=False)

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        kinds = {Diet: "diet", Cause: "cause", Regimen: "treat"}
        return kinds.get(type(self.what), "stop")

    @property
    def text(self) -> str:
        """What happens, in words."""
        return self.what if isinstance(self.what, str) else self.what.text


def protocol(person: Person, events: Sequence[Event], until: float) -> Protocol:
    """Return what an engine has to do in order to simulate a person.

    Parameters
    ----------
    person : Person
        Body, genotype and life before time 0.
    events : sequence of Event
        The timeline, in any order.
    until : float
        End of the run [day].

    Returns
    -------
    Protocol
        Traits as parameters (with time to settle if they change a steady state), the rest as
        steps and doses.
    """
    traits = person.traits()
    base = {name: one.value for name, one in read_inputs().items()} | traits
    influences: list[Influence] = []
    products: list[tuple[Product, str | None]] = []
    doses: list[Dose] = []
    for event, stop in running(_with_defects(person, events)):
        end = min(stop, until)
        if isinstance(event.what, Diet):
            influences += [Influence(event.at, inf, n, v) for n, v in event.what.values.items()]
        elif isinstance(event.what, Cause):
            influences += event.what.influences(event.at, stop)
        elif isinstance(event.what, Regimen):
            influences += event.what.influences(event.at, end)
            products += [(one, event.where) for one in event.what.products(event.at, end)]
            doses += event.what.doses(event.at, end, event.where)
            if len(doses) > MOST_DOSES:
                raise InputError(
                    f"more than {MOST_DOSES} doses in all",
                    where=event.where,
                    hint="give fewer doses or end treatments earlier",
                )
    influences += _in_slots(products)
    return Protocol(
        parameters=person.parameters(),
        settle=SETTLE if traits else 0.0,
        changes=changes(influences, base, until),
        doses=tuple(sorted(doses, key=lambda dose: dose.time)),
    )


def running(events: Sequence[Event]) -> list[tuple[Event, float]]:
    """Return each event that is not a stop with the time at which it ends [day].

    A cause ends where the same cause is given again, a lasting treatment where a lasting
    treatment with the same drug by the same route begins; either ends at its own ``until`` or
    where it is stopped.

    Raises
    ------
    InputError
        For a stop of what is not running, and for what cannot be or be undone.
    """
    ordered = sorted(events, key=lambda event: event.at)
    ends = [_own_end(event) for event in ordered]
    for index, event in enumerate(ordered):
        if event.kind in ("cause", "treat"):
            for earlier in range(index):
                if ends[earlier] > event.at and _replaces(event, ordered[earlier]):
                    if ordered[earlier].at == event.at:
                        raise InputError(
                            f"{event.text!r} and {ordered[earlier].text!r} begin at the same time",
                            where=event.where,
                        )
                    ends[earlier] = event.at
        if event.kind == "stop":
            named = fold(event.text)
            at_work = [i for i, e in enumerate(ordered[:index]) if e.at < event.at < ends[i]]
            stopped = [i for i in at_work if named in _names(ordered[i])]
            if not stopped:
                names = {_short_name(ordered[i]) for i in at_work} - {""}
                raise InputError(
                    f"{event.text!r} is not running at {format_time(event.at)}",
                    where=event.where,
                    hint=nearest(event.text, names) if names else "nothing is running then",
                )
            for i in stopped:
                _check_end(ordered[i], event.where)
                ends[i] = event.at
    return [(e, end) for e, end in zip(ordered, ends, strict=True) if e.kind != "stop"]


def _with_defects(person: Person, events: Sequence[Event]) -> list[Event]:
    """Return the events with the inborn defects of a person put first."""
    given = {event.what.name for event in events if isinstance(event.what, Cause)}
    return [Event(0.0, defect) for defect in person.defects() if defect.name not in given] + [
        *events
    ]


def _own_end(event: Event) -> float:
    """Return when an event ends by itself or by its ``until`` [day]."""
    if event.until is not None:
        _check_end(event, event.where)
    duration = event.what.duration if isinstance(event.what, Cause | Regimen) else inf
    return min(event.at + duration, inf if event.until is None else event.until)


def _check_end(event: Event, where: str | None) -> None:
    """Refuse to end what cannot end."""
    if isinstance(event.what, Cause) and event.what.lasting:
        raise InputError(f"{event.what.name!r} cannot end once it is there", where=where)


def _replaces(later: Event, earlier: Event) -> bool:
    """Tell whether an event takes the place of one that began before."""
    if isinstance(later.what, Cause) and isinstance(earlier.what, Cause):
        return later.what.name == earlier.what.name
    if isinstance(later.what, Regimen) and isinstance(earlier.what, Regimen):
        same = (later.what.drug, later.what.route) == (earlier.what.drug, earlier.what.route)
        return same and later.what.lasting and earlier.what.lasting
    return False


def _short_name(event: Event) -> str:
    """Return the name by which an event is stopped; empty for a diet."""
    if isinstance(event.what, Cause):
        return event.what.name
    return event.what.drug if isinstance(event.what, Regimen) else ""


def _names(event: Event) -> set[str]:
    """Return every folded name by which an event can be stopped."""
    name = _short_name(event)
    if not name:
        return set()
    table, column = ("causes", "cause") if event.kind == "cause" else ("drugs", "drug")
    found = {spelling for spelling, known in spellings(table, column).items() if known == name}
    if isinstance(event.what, Regimen):
        found.add(fold(f"{name} {event.what.route}"))
    return found | {fold(event.text)}


def _in_slots(products: Sequence[tuple[Product, str | None]]) -> Iterator[Influence]:
    """Yield the influences of oral B12 products, each in a slot of the model that is free."""
    free = dict.fromkeys(_SLOTS, -inf)
    for product, where in sorted(products, key=lambda one: one[0].start):
        slot = next((name for name, end in free.items() if end <= product.start), None)
        if slot is None:
            raise InputError(
                f"more than {len(_SLOTS)} B12 products by mouth at {format_time(product.start)}",
                where=where,
                hint="stop one of them or put their doses together",
            )
        free[slot] = product.stop
        for name, value in (("dose", product.dose), ("frequency", product.frequency)):
            yield Influence(product.start, product.stop, f"{slot}_{name}", value)
