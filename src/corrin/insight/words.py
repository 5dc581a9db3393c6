"""An explanation in words, made from numbers: each sentence names the values that it rests on.

A sentence is a template with the keys of values in braces. Nothing else may carry a number, so that
no sentence says what was not computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType

from corrin.insight.answer import Attribution
from corrin.insight.counterfactual import Counterfactual, LastChance
from corrin.insight.members import ENDS, ENOUGH
from corrin.insight.pathway import nodes
from corrin.insight.shapley import LEAST
from corrin.insight.targets import GRADE, TOP
from corrin.units import format_time
from corrin.variables import catalogue

#: For whom: a reader without training, and a specialist.
LEVELS = ("plain", "specialist")

#: Mechanisms in everyday words.
PLAIN = MappingProxyType(
    {
        "methylation": "methylation (methyl groups that build and keep up myelin)",
        "homocysteine": "homocysteine (a waste product that harms nerves and vessels)",
        "DNA synthesis": "DNA synthesis (building blocks for new cells)",
        "propionate and abnormal fatty acids": "abnormal fatty acids built into myelin",
        "trophic and cytokine": "growth factors and inflammation in the nervous system",
        "energy": "energy supply of nerve cells",
        "anaemia": "anaemia (too little oxygen)",
        "neurotransmitters": "neurotransmitters (messenger substances of the brain)",
    }
)
#: Names of mechanisms as they stand inside a sentence.
SPOKEN = MappingProxyType(
    {
        "trophic and cytokine": "growth factors with cytokines",
        "propionate and abnormal fatty acids": "abnormal fatty acids",
    }
)
#: Single blocks that together exceed the total by this factor act jointly.
_JOINT = 1.1
#: A single block that takes away less than this part of the total does not change much.
_LITTLE = 0.2
#: Smallest part of the total at which an enzyme or an event is told.
_TOLD = 0.02


@dataclass(frozen=True)
class Value:
    """One computed value and how it is printed."""

    number: float
    text: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of an explanation.

    Attributes
    ----------
    level : str
        ``plain`` or ``specialist``.
    template : str
        Text with keys in braces.
    keys : tuple of str
        Values that it rests on; at least one.
    text : str
        What is printed.
    """

    level: str
    template: str
    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Words:
    """An explanation in words with the values behind it."""

    symptom: str
    values: dict[str, Value]
    sentences: tuple[Sentence, ...]

    def of(self, level: str) -> list[str]:
        """Return the sentences for one kind of reader."""
        return [s.text for s in self.sentences if s.level == level]


def words(
    answer: Attribution,
    others: Sequence[Counterfactual] = (),
    chance: LastChance | None = None,
) -> Words:
    """Return the explanation of one output in words.

    Parameters
    ----------
    answer : Attribution
        Shares.
    others : sequence of Counterfactual
        What would have been.
    chance : LastChance, optional
        The last time at which treatment would have prevented a lasting deficit.
    """
    values = dict(_values(answer, others, chance))
    told = [*_opening(answer), *_shares(answer), *_more(answer)]
    told += [*_what_if(answer, others), *_last(answer, chance), *_limits(answer)]
    return Words(answer.symptom, values, tuple(_sentence(*one, values) for one in told))


def _sentence(
    level: str, template: str, rests_on: tuple[str, ...], values: dict[str, Value]
) -> Sentence:
    """Fill in a template; what it names in braces counts among what it rests on."""
    fields = [field for _, field, _, _ in Formatter().parse(template) if field]
    keys = tuple(dict.fromkeys([*fields, *rests_on]))
    missing = [key for key in keys if key not in values]
    if missing or not keys:
        raise ValueError(f"{template!r} rests on nothing: {missing}")
    pieces = []
    for text, field, _, _ in Formatter().parse(template):
        pieces.append(text + (values[field].text if field else ""))
    return Sentence(level, template, keys, "".join(pieces))


Told = Iterator[tuple[str, str, tuple[str, ...]]]


def _values(
    answer: Attribution, others: Sequence[Counterfactual], chance: LastChance | None
) -> Iterator[tuple[str, Value]]:
    """Give every number that a sentence may use, by key."""
    yield "time", Value(answer.time, format_time(answer.time))
    yield "value", _number(answer.value)
    yield "twin", _number(answer.twin)
    yield "total", _number(answer.total)
    yield "total range", _range(answer.total_low, answer.total_high, answer.total)
    yield "top", Value(_top(answer.symptom), f"{_top(answer.symptom):g}")
    yield "members", Value(answer.members, f"{answer.members}")
    yield "effective", Value(answer.effective, f"{answer.effective:.0f}")
    yield "enough", Value(ENOUGH, f"{ENOUGH}")
    yield "ninety", _percent(ENDS[1] - ENDS[0])
    yield "least", _percent(LEAST)
    yield "explained", _percent(answer.part_explained)
    yield "together", _percent(answer.together)
    # A user writes what happens: it is a value like any other, not a part of a template.
    events = [(f"event {i}", m) for i, m in enumerate(answer.events)]
    yield from ((f"{key} name", Value(m.share, m.name)) for key, m in events)
    mechanisms = [(m.name, m) for m in answer.mechanisms]
    enzymes = [(f"enzyme {m.name}", m) for m in answer.enzymes]
    for rows in (mechanisms, enzymes, events):
        for key, m in rows:
            yield f"{key} share", _number(m.share)
            yield f"{key} range", _range(m.low, m.high, m.share)
            yield f"{key} part", _percent(m.part)
            yield f"{key} part range", _percents(m.part_low, m.part_high)
            yield f"{key} first", _percent(m.first)
            if m.without is not None and m.alone is not None:
                yield f"{key} without", _number(m.without)
                yield f"{key} without range", _range(m.without_low, m.without_high, m.without)
                yield f"{key} alone", _number(m.alone)
    for path in answer.paths:
        mechanism = answer.mechanism(path.mechanism).share
        key = f"path {path.mechanism} {path.channel}"
        yield key, _percent(path.share / mechanism if abs(mechanism) > 1e-12 else 0.0)
    for pair in answer.apart:
        yield f"pair {pair.one} {pair.other}", Value(pair.correlation, f"{pair.correlation:.2f}")
    for other in others:
        if other.symptom == answer.symptom:
            yield f"if {other.key}", _number(other.value)
            yield f"had {other.key}", Value(other.value, other.words)
            yield f"if {other.key} range", _range(other.low, other.high, other.value)
    if chance is not None and chance.symptom == answer.symptom:
        number = float("nan") if chance.time is None else chance.time
        yield "chance", Value(number, _coarse(number))
        ends = (chance.low, chance.high)
        if None not in ends:
            yield "chance range", Value(number, f"{_coarse(ends[0])} to {_coarse(ends[1])}")


def _coarse(day: float | None) -> str:
    """Return a time [day] no finer than it is known."""
    if day is None or day != day:
        return ""
    return f"{day / 365.25:.1f} years" if day >= 365.25 else f"{day / 30.4375:.0f} months"


def _top(symptom: str) -> float:
    if catalogue()[symptom].group == "symptom":
        return TOP.get(symptom, GRADE)
    return 1.0


def _number(value: float) -> Value:
    text = f"{value:.2f}"
    return Value(value, "0.00" if text == "-0.00" else text)


def _percent(part: float) -> Value:
    text = f"{100 * part:.0f}"
    return Value(part, f"{'0' if text == '-0' else text} %")


def _range(low: float | None, high: float | None, middle: float) -> Value:
    if low is None or high is None:
        return Value(middle, "no range known")
    return Value(middle, f"range {_number(low).text} to {_number(high).text}")


def _percents(low: float | None, high: float | None) -> Value:
    if low is None or high is None:
        return Value(float("nan"), "no range known")
    return Value(high - low, f"range {_percent(low).text} to {_percent(high).text}")


def _opening(answer: Attribution) -> Told:
    """Tell what there is to explain."""
    label = answer.label.removesuffix(" (0 to 4)").removesuffix(" (0 to 16)")
    graded = catalogue()[answer.symptom].group == "symptom"
    scale = ", on a scale up to {top}," if graded else ""
    if not answer.explained:
        yield (
            "plain",
            f"{label}: at {{time}} there is too little to explain ({{value}}{scale} against "
            "{twin} without the cause).",
            (),
        )
        yield (
            "specialist",
            "Shares are undefined where less than {least} of the full scale is lost beyond the "
            "twin; more is lost in {explained} of the versions of the model.",
            (),
        )
        return
    yield (
        "plain",
        f"{label}: at {{time}} it is {{value}}{scale} and would be {{twin}} in the same person "
        "without the cause.",
        (),
    )
    yield (
        "specialist",
        f"{label} at {{time}}: {{total}} more than in the twin ({{total range}}).",
        (),
    )


def _shares(answer: Attribution) -> Told:
    """Tell which mechanism does how much."""
    if not answer.explained:
        return
    ranked = sorted(answer.mechanisms, key=lambda m: -m.first)
    best = ranked[0]
    name = PLAIN.get(best.name, best.name)
    if answer.layer != "mechanism":
        for m in answer.mechanisms:
            yield "plain", f"{_upper(m.name)} accounts for {{{m.name} part}} of it.", ()
    elif answer.central:
        yield (
            "plain",
            f"In this model, {name} does most: its share is {{{best.name} part}}.",
            (f"{best.name} first",),
        )
    elif answer.leader is not None:
        yield (
            "plain",
            f"In this model, {name} does most: it ranks first in {{{best.name} first}} of the "
            "versions of the model that fit what is published.",
            (),
        )
    else:
        second = ranked[1]
        also = PLAIN.get(second.name, second.name)
        yield (
            "plain",
            f"Experiments do not settle which mechanism does most: {name} ranks first in "
            f"{{{best.name} first}} of the versions of the model that fit, {also} in "
            f"{{{second.name} first}}.",
            (),
        )
    if best.without is not None and answer.layer == "mechanism":
        yield (
            "plain",
            f"Blocking only {_spoken(best.name)} would leave {{{best.name} without}} instead of "
            f"{{value}} ({{{best.name} without range}}).",
            (),
        )
    for m in answer.mechanisms:
        if m.part < 0.05 and not m.ranks_only:
            continue
        if m.ranks_only:
            yield (
                "specialist",
                f"{_upper(_spoken(m.name))}: the interval of its share is too wide for a number "
                f"({{{m.name} part range}}); it ranks first in {{{m.name} first}}.",
                (),
            )
        else:
            yield (
                "specialist",
                f"{_upper(_spoken(m.name))}: {{{m.name} share}} ({{{m.name} range}}), "
                f"{{{m.name} part}} of the total.",
                (),
            )


def _spoken(name: str) -> str:
    return SPOKEN.get(name, name)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _more(answer: Attribution) -> Told:
    """Tell how mechanisms act together, along which paths, through which enzyme and cause."""
    if not answer.explained:
        return
    singles = {m.name: answer.value - m.without for m in answer.mechanisms if m.without is not None}
    if answer.layer == "mechanism" and answer.together > _JOINT:
        yield (
            "plain",
            "Mechanisms do harm together: what single blocks would take away adds up to "
            "{together} of the effect.",
            (),
        )
    if answer.layer == "mechanism" and max(singles.values()) < _LITTLE * answer.total:
        biggest = max(singles, key=lambda name: singles[name])
        yield (
            "plain",
            "No single block changes much; that does not mean that none matters.",
            (f"{biggest} without", "total"),
        )
    for pair in answer.apart:
        key = f"pair {pair.one} {pair.other}"
        both = f"{_spoken(pair.one)} and {_spoken(pair.other)}"
        yield "plain", f"The data cannot tell {both} apart.", (key,)
        yield (
            "specialist",
            f"Shares of {both} trade off over the versions that fit (correlation {{{key}}}).",
            (),
        )
    best = answer.mechanisms[0]
    places = {n.feeds: n.label for n in nodes().values()} | {"vessel_injury": "vessels"}
    for path in [p for p in answer.paths if p.mechanism == best.name and p.share > 0.05][:3]:
        key = f"path {path.mechanism} {path.channel}"
        where = places[path.channel].lower()
        yield (
            "specialist",
            f"Of what {_spoken(best.name)} does, {{{key}}} runs through {where}.",
            (),
        )
    for m in answer.enzymes:
        if abs(m.part) >= _TOLD:
            yield (
                "specialist",
                f"Where cobalamin acts (a separate sum): {m.name} {{enzyme {m.name} part}} "
                f"({{enzyme {m.name} part range}}).",
                (),
            )
    told = [(i, m) for i, m in enumerate(answer.events) if abs(m.part) >= _TOLD]
    for i, _ in told if len(told) > 1 else ():
        yield "plain", f"By event: {{event {i} name}} accounts for {{event {i} part}}.", ()


def _what_if(answer: Attribution, others: Sequence[Counterfactual]) -> Told:
    """Tell what would have been."""
    if not answer.explained:
        return
    for other in others:
        if other.symptom == answer.symptom:
            yield (
                "plain",
                f"Had {{had {other.key}}}, it would be {{if {other.key}}} instead of {{value}} "
                f"({{if {other.key} range}}).",
                (),
            )


def _last(answer: Attribution, chance: LastChance | None) -> Told:
    """Tell when treatment would have come too late."""
    if chance is None or not answer.explained or chance.symptom != answer.symptom:
        return
    where = " in the central parameter set" if chance.central else ""
    if chance.outcome == "open":
        yield (
            "plain",
            f"Treatment that begins at {{time}} would still prevent a lasting deficit{where}.",
            ("chance",),
        )
    elif chance.outcome == "none":
        yield (
            "plain",
            f"Treatment from the very start would not prevent a lasting deficit{where}.",
            ("chance",),
        )
    else:
        span = "" if chance.low is None else " ({chance range})"
        yield (
            "plain",
            f"Treatment begun up to {{chance}} after the start{span} would have prevented a "
            f"lasting deficit{where}.",
            (),
        )


def _limits(answer: Attribution) -> Told:
    """Tell what a share is not, and how many versions stand behind it."""
    if not answer.explained:
        return
    best = answer.mechanisms[0]
    yield (
        "plain",
        "A share is neither a probability, nor how severe a cause is, nor how well it can be "
        "treated.",
        (f"{best.name} part",),
    )
    if answer.central:
        yield (
            "specialist",
            f"Only the central parameter set was asked ({answer.reason}): nothing is said of "
            "uncertainty.",
            ("members",),
        )
    else:
        yield (
            "specialist",
            "Ranges hold {ninety} of {effective} versions of the model with enough to explain, of "
            "{members} asked; no range is given for fewer than {enough}.",
            (),
        )
