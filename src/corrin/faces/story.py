"""A run told in phases: what is felt and what the blood shows, then one reason.

Every phase is told in plain words and in those of a clinic, with the same numbers. All of them are
values of the run at the begin and at the end of the phase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.faces.bodymap import REGIONS
from corrin.faces.curves import Curve
from corrin.faces.curves import curves as curves_of
from corrin.faces.findings import (
    TOLD,
    TRACTS,
    KeyDate,
    headline,
    key_dates,
    losses,
    lower,
    worst,
)
from corrin.faces.timeline import Span, spans
from corrin.faces.wording import GRADES, Clock, level, listing, number, percent, quantity

if TYPE_CHECKING:
    from corrin.study import Result, Scenario

#: Possessive of a person by sex.
OWNERS: Mapping[str, str] = {"female": "her", "male": "his"}
SUBJECTS: Mapping[str, str] = {"female": "she", "male": "he"}
PEOPLE: Mapping[str, str] = {"female": "woman", "male": "man"}

#: Phases shorter than this share of the run are told with the one before.
SHORTEST = 0.02

# What the reason of a phase looks at: output, plain words, whether it is told in percent.
_CAUSES = (
    ("body_b12", "B12 in the body", False),
    ("methionine_synthase_activity_nerve", "Methionine synthase in the nervous system", True),
    ("mutase_cofactor_saturation", "Cofactor on methylmalonyl-CoA mutase", True),
)
_BLOOD = ("serum_b12", "methylmalonic_acid", "total_homocysteine", "hemoglobin")
_CHANGE = 0.05  # relative change from which a value is told as a way from one to another
_TOLD_LOSS = 0.01  # share of a tract's function from which its loss is told


@dataclass(frozen=True)
class Phase:
    """A stretch of time in which the same can be said.

    Attributes
    ----------
    begin, stop : float
        From when to when [day].
    sentence_plain, sentence_clinical : str
        What is felt, or what the blood shows.
    reason_plain, reason_clinical : str
        Why: supply, enzymes and nerve in numbers.
    """

    begin: float
    stop: float
    sentence_plain: str
    sentence_clinical: str
    reason_plain: str
    reason_clinical: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return dict(vars(self))


def told(result: Result) -> dict[str, Any]:
    """Return headline, what stands below it, worst moment and phases of a run; times in days."""
    drawn = curves_of(result)
    clock = Clock.spanning(result.scenario.until if not drawn else _end(drawn))
    moment = worst(drawn)
    head, below = headline(drawn, moment, OWNERS[result.scenario.person.sex], clock)
    return {
        "headline": head,
        "below": below,
        "worst": None if moment is None else {"at": moment.time, "reason": moment.reason},
        "story": [phase.to_dict() for phase in phases(result.scenario, drawn, clock)],
    }


def _end(drawn: Mapping[str, Curve]) -> float:
    return float(next(iter(drawn.values())).times[-1])


def phases(scenario: Scenario, curves: Mapping[str, Curve], clock: Clock) -> list[Phase]:
    """Return the story of a run.

    Parameters
    ----------
    scenario : Scenario
        The run's scenario.
    curves : mapping of str to Curve
        All its outputs.
    clock : Clock
        Unit of time.

    Returns
    -------
    list of Phase
        One after the other, from the start to the end of the run.
    """
    if not curves:
        return []
    times = next(iter(curves.values())).times
    dates = [d for d in key_dates(curves) if d.curve.group == "laboratory" and d.first is not None]
    given = [s for s in spans(scenario, float(times[-1])) if s.kind == "treat"]
    states = [_state(curves, dates, given, float(t), i) for i, t in enumerate(times)]
    starts = [0] + [i for i in range(1, len(times)) if states[i] != states[i - 1]]
    turns = {t for s in given for t in (s.begin, s.stop) if times[0] < t < times[-1]}
    exact = {t for d in dates for t in (d.first, d.over) if t is not None}
    begins = [_exact(times, i, exact) for i in starts]
    edges = [*_kept(begins, turns, times), float(times[-1])]
    teller = _Teller(curves, dates, given, OWNERS[scenario.person.sex], clock)
    return [
        teller.phase(begin, stop)
        for begin, stop in zip(edges, edges[1:], strict=False)
        if stop > begin
    ]


def _state(
    curves: Mapping[str, Curve],
    dates: Sequence[KeyDate],
    given: Sequence[Span],
    time: float,
    index: int,
) -> tuple[object, ...]:
    """Return what is told of one moment; a phase lasts while it stays the same."""
    felt = {name: level(float(curves[name].values[index])) for name in REGIONS if name in curves}
    top = max(felt.values(), default=0)
    return (
        tuple(d.event for d in dates if _under_way(d, time)) if top == 0 else (),
        top,
        tuple(s.text for s in given if s.begin <= time < s.stop),
    )


def _under_way(date: KeyDate, time: float) -> bool:
    """Tell whether a limit has been passed and not yet passed back for good."""
    return date.first is not None and date.first <= time and (date.over is None or time < date.over)


def _exact(times: np.ndarray, place: int, exact: set[float]) -> float:
    """Return when the state changed [day]: the moment that is known, else that of the output."""
    before = float(times[place - 1]) if place else -np.inf
    return max((t for t in exact if before < t <= times[place]), default=float(times[place]))


def _kept(starts: list[float], turns: set[float], times: np.ndarray) -> list[float]:
    """Return where phases begin [day]: a treatment opens one, those too short are not told."""
    end = float(times[-1])
    least = SHORTEST * (end - float(times[0]))
    kept: list[float] = []
    for begin in sorted({*starts, *turns}):
        while (
            begin in turns and len(kept) > 1 and begin - kept[-1] < least and kept[-1] not in turns
        ):
            kept.pop()
        if not kept or begin in turns or begin - kept[-1] >= least <= end - begin:
            kept.append(begin)
    return kept


@dataclass(frozen=True)
class _Teller:
    """Tells phases of one run."""

    curves: Mapping[str, Curve]
    dates: Sequence[KeyDate]
    given: Sequence[Span]
    owner: str
    clock: Clock

    def phase(self, begin: float, stop: float) -> Phase:
        """Return the phase between two times [day]."""
        felt = {n: self._most(self.curves[n], begin, stop) for n in REGIONS if n in self.curves}
        lead = max(felt, key=lambda n: felt[n], default="")
        if lead and level(felt[lead]) > 0:
            others = [REGIONS[n].word.lower() for n in felt if n != lead and level(felt[n]) > 0]
            plain, clinical = self._felt(lead, felt[lead], others, begin, stop)
        else:
            plain, clinical = self._silent(begin, stop)
        return Phase(begin, stop, plain, clinical, *self._reasons(begin, stop))

    def _most(self, curve: Curve, begin: float, stop: float) -> float:
        """Return the largest value of a curve in a phase."""
        inside = curve.values[(curve.times >= begin) & (curve.times <= stop)]
        return max(_at(curve, begin), _at(curve, stop), float(inside.max(initial=-np.inf)))

    def _felt(
        self, lead: str, most: float, others: list[str], begin: float, stop: float
    ) -> tuple[str, str]:
        """Tell the symptom that is worst."""
        curve = self.curves[lead]
        first, last = _at(curve, begin), _at(curve, stop)
        words = list(dict.fromkeys(GRADES[level(v)] for v in (first, last)))
        if words[0] == GRADES[0] or level(most) > max(level(first), level(last)):
            words = [f"up to {GRADES[level(most)]}"]
        also = f" Affected too: {listing(others)}." if others else ""
        chance = self.curves.get(f"{lead}_probability")
        said = reported = ""
        if chance is not None:
            span = _way(percent(_at(chance, begin)), percent(_at(chance, stop)))
            said = f" Chance of saying so: {span}."
            reported = f"; probability of being reported {span}"
        plain = f"{self.owner.capitalize()} {TOLD[lead]}: {', then '.join(words)}.{said}{also}"
        grades = _way(number(first, 2), number(last, 2))
        return plain, f"{curve.title}: grade {grades} of 4{reported}.{also}"

    def _silent(self, begin: float, stop: float) -> tuple[str, str]:
        """Tell the blood where nothing is felt: all that is beyond its limit in the phase."""
        out = [
            d
            for d in self.dates
            if d.first is not None and d.first < stop and (d.over is None or d.over > begin)
        ]
        if not out:
            seen = [lower(self.curves[n].long_name) for n in _BLOOD if n in self.curves]
            plain = "Nothing is felt, and the blood is within its limits."
            return plain, f"No symptom of grade 1; {listing(seen)} are within their limits."
        told = listing([lower(d.event) for d in out])
        limits = listing(
            [
                f"{lower(d.curve.long_name)} {'below' if d.side == 'low' else 'above'} "
                f"{quantity(d.limit, d.curve.unit)} from {self.clock.text(d.first or 0.0)}"
                for d in out
            ]
        )
        return (
            f"Nothing is felt; only the blood tells: {told}.",
            f"No symptom of grade 1; {limits}.",
        )

    def _reasons(self, begin: float, stop: float) -> tuple[str, str]:
        """Tell supply, enzymes, nerve and treatment in both kinds of words."""
        told = [_course(self.curves[n], w, p, begin, stop)
                for n, w, p in _CAUSES if n in self.curves]  # fmt: skip
        blood = [
            _course(self.curves[n], self.curves[n].long_name, False, begin, stop)
            for n in _BLOOD
            if n in self.curves
        ]
        now = [s for s in self.given if s.begin <= begin and s.stop > begin]
        treated = [f"Treated since {self.clock.text(s.begin)}: {s.text}." for s in now]
        nerve = self._nerve(begin, stop)
        plain = " ".join([*treated, _sentence(told[:2]), *nerve])
        return plain, " ".join([*treated, _sentence(told), _sentence(blood), *nerve])

    def _nerve(self, begin: float, stop: float) -> list[str]:
        """Tell the tract that has lost most."""
        ends = [
            (float(o.total[_place(o.times, begin)]), float(o.total[_place(o.times, stop)]), o)
            for o in losses(self.curves)
        ]
        if not ends:
            return []
        first, last, most = max(ends, key=lambda end: max(end[:2]))
        if max(first, last) < _TOLD_LOSS:
            return []
        gone = float(most.permanent[_place(most.times, stop)])
        lasting = f", {percent(gone)} for good in this model" if gone >= 0.005 else ""
        span = _way(percent(first), percent(last))
        return [f"{TRACTS[most.tract][0]}: {span} of function lost{lasting}."]


def _place(times: np.ndarray, time: float) -> int:
    """Return the place of the last output not after a time [day]: a dose acts after its moment."""
    return max(0, int(np.searchsorted(times, time + 1e-9, side="right")) - 1)


def _at(curve: Curve, time: float) -> float:
    """Return the value of a curve at its last output not after a time [day]."""
    return float(curve.values[_place(curve.times, time)])


def _course(curve: Curve, words: str, share: bool, begin: float, stop: float) -> str:
    """Tell a value from the begin to the end of a phase; one number where it hardly moves."""
    first, last = _at(curve, begin), _at(curve, stop)
    texts = [percent(v) if share else number(v) for v in (first, last)]
    unit = "" if share else quantity(last, curve.unit).removeprefix(number(last))
    if abs(last - first) <= _CHANGE * max(abs(first), 1e-12):
        return f"{lower(words)} {texts[1]}{unit}"
    return f"{lower(words)} {_way(*texts)}{unit}"


def _way(first: str, last: str) -> str:
    """Return a way from one number to another; one number where both are the same."""
    return first if first == last else f"{first} to {last}"


def _sentence(parts: Sequence[str]) -> str:
    """Return parts as one sentence."""
    text = listing(list(parts))
    return f"{text[:1].upper()}{text[1:]}." if text else ""
