"""Treatment as one readable line.

Grammar (words in any case; ``[...]`` may be left out; ``{...}`` repeats)::

    line      = DRUG dose [route] schedule [length] {then [dose] [route] schedule [length]}
    dose      = NUMBER unit                         1 mg, 500 ug
    route     = im | oral | sublingual | nasal      left out where a drug has only one
    schedule  = daily | weekly | monthly | twice daily | 3 times a week
              | every 2 days | every other day | every 2 months
              | 6 times over 2 weeks | on days 1, 3, 7 | once
    length    = for 2 weeks | for 10 doses

The first dose is given at the start; day 1 is the first day. After ``then`` the next dose comes
one interval after the last one, but not before the phase that is over had run its length. A
length is needed before ``then``; without one the last phase goes on until something stops it.
``doses`` and ``injections`` mean the same as ``times``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf

from corrin.engine.protocol import Dose
from corrin.errors import InputError, nearest, unknown
from corrin.study.combine import Influence
from corrin.study.tables import Row, rows, spellings
from corrin.units import Words

#: More doses than this in one scenario are a slip of the pen, not a treatment.
MOST_DOSES = 20_000

_MOST_LISTED = 1000  # days that one line may list
_SHORTEST = 1 / 48  # time between doses [day]
_SCHEDULES = (
    "daily", "weekly", "fortnightly", "monthly", "yearly", "twice daily", "3 times a week",
    "every 2 days", "6 times over 2 weeks", "on days 1, 3, 7", "once",
)  # fmt: skip
_ROUTES = {
    "im": "im", "intramuscular": "im", "intramuscularly": "im",
    "oral": "oral", "orally": "oral", "po": "oral",
    "sublingual": "sublingual", "sublingually": "sublingual",
    "nasal": "nasal", "nasally": "nasal", "intranasal": "nasal",
}  # fmt: skip
_EVENTS = ("times", "doses", "injections")


@dataclass(frozen=True)
class Phase:
    """One stretch of a regimen.

    Attributes
    ----------
    amount : float
        One dose [nmol].
    interval : float
        Time between doses [day]; 1 for listed days.
    length : float
        How long it goes on [day]; infinite for the last phase of a lasting regimen.
    days : tuple of float
        Times of the doses after the start of the phase [day]; empty for a regular schedule.
    """

    amount: float
    interval: float
    length: float
    days: tuple[float, ...] = ()

    @property
    def count(self) -> float:
        """Number of doses, infinite if it does not end."""
        if self.days:
            return len(self.days)
        return inf if self.length == inf else ceil(self.length / self.interval - 1e-9)

    def time(self, index: int) -> float:
        """Return the time of a dose after the start of the phase [day], the first being 0."""
        return self.days[index] if self.days else index * self.interval


@dataclass(frozen=True)
class Product:
    """An oral product of `dose` [nmol], `frequency` [1/day], from `start` until `stop` [day]."""

    start: float
    stop: float
    dose: float
    frequency: float


@dataclass(frozen=True)
class Regimen:
    """A treatment: drug, route and its phases; `text` is the line as written."""

    text: str
    drug: str
    route: str
    phases: tuple[Phase, ...]

    @property
    def kind(self) -> str:
        """``dose`` for single doses, ``product`` for tablets of B12, ``rate`` for the others."""
        return self._row["kind"]

    @property
    def lasting(self) -> bool:
        """Whether it goes on until something stops it."""
        return self.phases[-1].length == inf

    @property
    def duration(self) -> float:
        """How long it lasts by itself [day]."""
        spans = list(self._spans())
        return spans[-1][0] + spans[-1][1].length

    @property
    def _row(self) -> Row:
        return next(
            r for r in rows("routes") if r["drug"] == self.drug and r["route"] == self.route
        )

    def _spans(self) -> Iterator[tuple[float, Phase]]:
        """Yield each phase with its begin after the start of the regimen [day]."""
        begin, last = 0.0, -inf
        for phase in self.phases:
            if self.kind == "dose":
                begin = max(begin, last + phase.interval)
            yield begin, phase
            if phase.length < inf:
                last = begin + phase.time(int(phase.count) - 1)
                begin += phase.length

    def doses(self, start: float, stop: float, where: str | None = None) -> list[Dose]:
        """Return the single doses from `start` until `stop` [day]; none by mouth.

        Parameters
        ----------
        start, stop : float
            When the treatment begins, and when it ends at the latest [day].
        where : str, optional
            Where it was written, for errors.

        Raises
        ------
        InputError
            If there are more than `MOST_DOSES`.
        """
        found: list[Dose] = []
        if self.kind != "dose":
            return found
        for begin, phase in self._spans():
            index = 0
            while index < phase.count and (time := start + begin + phase.time(index)) < stop:
                if len(found) == MOST_DOSES:
                    raise InputError(
                        f"{self.text!r} gives more than {MOST_DOSES} doses",
                        where=where,
                        hint="give fewer doses or end it earlier",
                    )
                found.append(Dose(time, self._row["target"], phase.amount))
                index += 1
        return found

    def products(self, start: float, stop: float) -> list[Product]:
        """Return the oral products of B12 in use from `start` until `stop` [day]."""
        if self.kind != "product":
            return []
        return [Product(b, e, phase.amount, f) for b, e, f, phase in self._steady(start, stop)]

    def influences(self, start: float, stop: float) -> list[Influence]:
        """Return what a drug given as a rate does to the inputs of the model."""
        if self.kind != "rate":
            return []
        target = self._row["target"]
        return [
            Influence(b, e, target, phase.amount * f)
            for b, e, f, phase in self._steady(start, stop)
        ]

    def _steady(self, start: float, stop: float) -> Iterator[tuple[float, float, float, Phase]]:
        """Yield begin and end [day], doses per day and phase of all that is taken by mouth.

        A listed day is one day of one dose.
        """
        for begin, phase in self._spans():
            edges = (
                [(begin + day, begin + day + 1) for day in phase.days]
                if phase.days
                else [(begin, begin + phase.length)]
            )
            for first, last in edges:
                if start + first < stop and last > first:
                    yield start + first, min(stop, start + last), 1 / phase.interval, phase

    @classmethod
    def parse(cls, text: object, where: str | None = None) -> Regimen:
        """Return the regimen that was written.

        Parameters
        ----------
        text : str
            One line in the grammar of this module.
        where : str, optional
            Where it was written, for errors.
        """
        if not isinstance(text, str) or not text.strip():
            raise InputError(
                f"{text!r} is not a treatment",
                where=where,
                hint="write for example 'cyanocobalamin 1000 ug oral daily'",
            )
        words = Words(" ".join(text.split()), where)
        drug = _drug(words)
        route, amount = "", 0.0
        phases: list[Phase] = []
        while not phases or words.accept("then"):
            if phases and phases[-1].length == inf:
                raise words.error(
                    "a length is missing before 'then'", "write for example 'for 2 weeks then'"
                )
            route, amount, phase = _phase(words, drug, route, amount)
            phases.append(phase)
        words.finish()
        return cls(words.text, drug, route, tuple(phases))


def _drug(words: Words) -> str:
    """Read the name of the drug."""
    known = spellings("drugs", "drug")
    longest = max(len(name.split()) for name in known)
    for count in range(longest, 0, -1):
        name = known.get(" ".join(words.words[:count]).casefold())
        if name is not None:
            words.index = count
            return name
    written = []
    while words.word and not words.is_number():
        written.append(words.words[words.index])
        words.index += 1
    names = {row["drug"] for row in rows("drugs")}
    raise unknown("drug", " ".join(written) or words.word, names, words.where)


def _phase(words: Words, drug: str, route: str, amount: float) -> tuple[str, float, Phase]:
    """Read one phase; route and dose are those of the phase before unless written."""
    if _dose_ahead(words):
        amount = _dose(words, drug)
    elif not amount:
        raise words.error("the dose is missing after the drug", "write for example '1 mg'")
    chosen = _route(words, drug)
    if chosen and route and chosen != route:
        raise words.error(
            f"the route changes from {route} to {chosen}",
            "write the second as a treatment of its own",
        )
    route = chosen or route or _only_route(words, drug)
    return route, amount, _schedule(words, amount)


def _dose_ahead(words: Words) -> bool:
    """Tell a dose (``1 mg``) from a schedule that begins with a number (``3 times a week``)."""
    follower = words.words[words.index + 1 : words.index + 2]
    return words.is_number() and not (follower and follower[0].casefold() in _EVENTS)


def _dose(words: Words, drug: str) -> float:
    """Read one dose [nmol]."""
    row = next(row for row in rows("drugs") if row["drug"] == drug)
    written = " ".join(words.words[words.index : words.index + 2])
    micrograms = words.number() * words.unit("mass")
    if micrograms <= 0:
        raise words.error(f"the dose {written!r} is not more than 0")
    if micrograms > 1000 * float(row["highest_mg"]):
        raise words.error(
            f"the dose {written!r} is more than {row['highest_mg']} mg",
            f"check its unit in {words.text!r}",
        )
    return micrograms / float(row["ug_per_nmol"])


def _route(words: Words, drug: str) -> str:
    """Read the route, if one is next."""
    routes = [row["route"] for row in rows("routes") if row["drug"] == drug]
    if words.accept("by", "mouth"):
        route = "oral"
    elif words.word in _ROUTES:
        route = _ROUTES[words.word]
        words.index += 1
    else:
        return ""
    if route not in routes:
        raise words.error(
            f"{drug} cannot be given {route}", "choose one of: " + ", ".join(sorted(routes))
        )
    return route


def _only_route(words: Words, drug: str) -> str:
    """Return the route of a drug that has only one; otherwise it had to be written."""
    routes = [row["route"] for row in rows("routes") if row["drug"] == drug]
    if len(routes) == 1:
        return routes[0]
    starts = {"on", "every", "once", "twice", *(s.split()[0] for s in _SCHEDULES)}
    if words.word and words.word not in starts and not words.is_number():
        raise unknown("route", words.words[words.index], routes, words.where)
    raise words.error("the route is missing", "choose one of: " + ", ".join(sorted(routes)))


def _schedule(words: Words, amount: float) -> Phase:
    """Read a schedule and the length of the phase."""
    start = words.index
    if words.accept("on", "days") or words.accept("on", "day"):
        days = _days(words)
        return Phase(amount, 1.0, days[-1] + 1, days)
    frequency = words.frequency()
    if frequency is not None:
        interval = 1 / frequency
        if interval < _SHORTEST:
            raise words.error("doses less than half an hour apart are not understood")
        return Phase(amount, interval, _length(words, interval))
    if words.accept("once") or words.accept("single", "dose"):
        return Phase(amount, 1.0, 1.0, (0.0,))
    if words.is_number():
        count = words.number()
        if any(words.accept(event, "over") for event in _EVENTS):
            length = words.number() * words.unit("time")
            if count != int(count) or count < 1 or length <= 0:
                raise words.error("a whole number of doses over some time is needed")
            if length / count < _SHORTEST:
                raise words.error("doses less than half an hour apart are not understood")
            return Phase(amount, length / count, length)
        words.index = start
    written = words.words[words.index] if words.word else ""
    if not written:
        raise words.error("how often is missing", f"write for example 'daily' after {words.text!r}")
    raise words.error(f"{words.rest!r} is not a schedule", nearest(words.rest, _SCHEDULES))


def _days(words: Words) -> tuple[float, ...]:
    """Read a list of days, the first being 1, as times after the start [day]."""
    days = [words.number()]
    while words.accept(",") or words.accept("and"):
        words.accept("and")
        days.append(words.number())
    if any(day < 1 for day in days) or any(b <= a for a, b in zip(days, days[1:], strict=False)):
        raise words.error("days must rise from 1 on")
    if len(days) > _MOST_LISTED:
        raise InputError(f"more than {_MOST_LISTED} days are listed", where=words.where)
    return tuple(day - 1 for day in days)


def _length(words: Words, interval: float) -> float:
    """Read how long a phase goes on [day]; infinite if nothing is said."""
    if not words.accept("for"):
        return inf
    count = words.number()
    length = count * (interval if words.word in _EVENTS else words.unit("time"))
    if words.word in _EVENTS:
        words.index += 1
    if length <= 0:
        raise words.error("the length must be more than 0")
    return length
