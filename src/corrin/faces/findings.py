"""What stands out in a result: worst moment, key dates, losses, the headline. Numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from corrin.faces.bodymap import REGIONS
from corrin.faces.curves import Curve, first_crossing
from corrin.faces.wording import GRADES, PRESENT, Clock, level, listing, percent

#: Tracts from foot to brain: name, what it does, whether it runs in the central nervous system.
TRACTS: Mapping[str, tuple[str, str, bool]] = {
    "dorsal_columns": ("Dorsal columns", "position sense", True),
    "sensory_foot": ("Long sensory nerves", "feeling in the feet", False),
    "sensory_hand": ("Short sensory nerves", "feeling in the hands", False),
    "corticospinal": ("Corticospinal tract", "leg control", True),
    "motor_leg": ("Long motor nerves", "leg strength", False),
    "white_matter": ("White matter", "memory", True),
    "optic": ("Optic nerve", "sight", True),
}

#: What each symptom does to a person, after the possessive.
TOLD = {
    "cognition": "memory and concentration suffer",
    "mood": "mood changes",
    "vision": "sight blurs",
    "balance": "balance and walking suffer",
    "numbness_hands": "hands go numb",
    "leg_weakness": "legs grow weak or stiff",
    "numbness_feet": "feet go numb",
}

# Laboratory events of the table of key dates.
#: Times [day] and sums of grades that do not tell two moments apart.
_DAYS, _ALIKE = 7.0, 0.05
_EVENTS = {
    "serum_b12": ("Serum B12 low", "low"),
    "methylmalonic_acid": ("Methylmalonic acid high", "high"),
    "total_homocysteine": ("Homocysteine high", "high"),
    "mean_cell_volume": ("Red cells large", "high"),
    "hemoglobin": ("Anaemia", "low"),
}


@dataclass(frozen=True)
class Worst:
    """The moment [day] that the report looks at, and why that one."""

    time: float
    reason: str


@dataclass(frozen=True)
class KeyDate:
    """When something first passes its limit.

    Attributes
    ----------
    event : str
        What happens.
    curve : Curve
        The output looked at.
    limit : float
        Its limit [unit of the curve].
    side : str
        ``low`` when it falls below the limit, ``high`` when it rises above.
    first : float or None
        When it first does [day].
    over : float or None
        When it is back for the rest of the run [day].
    extreme : float
        Its lowest or highest value [unit of the curve].
    extreme_at : float
        When [day].
    """

    event: str
    curve: Curve
    limit: float
    side: str
    first: float | None
    over: float | None
    extreme: float
    extreme_at: float


@dataclass(frozen=True)
class Loss:
    """What one tract has lost over a run.

    Attributes
    ----------
    tract : str
        Name of the tract.
    times : ndarray, shape (n,)
        Times [day].
    total : ndarray, shape (n,)
        Share of its function lost.
    permanent : ndarray, shape (n,)
        The part of it that cannot come back: axons lost in the central nervous system.
    """

    tract: str
    times: np.ndarray
    total: np.ndarray
    permanent: np.ndarray


def grades(curves: Mapping[str, Curve], time: float) -> dict[str, float]:
    """Return the grade 0 to 4 of every symptom computed, at `time` [day]."""
    return {name: curves[name].at(time) for name in REGIONS if name in curves}


def chances(curves: Mapping[str, Curve], time: float) -> dict[str, float]:
    """Return the probability of every symptom of being reported, at `time` [day]."""
    named = {name: f"{name}_probability" for name in REGIONS}
    return {name: curves[key].at(time) for name, key in named.items() if key in curves}


def worst(curves: Mapping[str, Curve]) -> Worst | None:
    """Return the worst moment of a run.

    Parameters
    ----------
    curves : mapping of str to Curve
        Outputs of the run.

    Returns
    -------
    Worst or None
        When the symptoms add up to most; without symptoms, when a laboratory value is
        farthest outside its reference range; None when nothing is outside.
    """
    felt = [curves[name] for name in REGIONS if name in curves]
    if felt:
        total = np.sum([np.nan_to_num(curve.values) for curve in felt], axis=0)
        index = int(np.argmax(total))
        # Damage still grows for days when its cause has ended: show the moment with the cause.
        times = felt[0].times
        alike = (times >= times[index] - _DAYS) & (total >= total[index] - _ALIKE)
        index = int(np.argmax(alike))
        if any(level(curve.values[index]) > 0 for curve in felt):
            return Worst(float(times[index]), "symptoms at their worst")
    farthest, best = 0.0, None
    for curve in curves.values():
        if curve.group != "laboratory" or not curve.harmed(curve.values).any():
            continue
        known = np.where(curve.values > 0, curve.values, np.nan)
        below = np.log(curve.low / known) if curve.low else np.full(known.shape, -np.inf)
        above = np.log(known / curve.high) if curve.high else np.full(known.shape, -np.inf)
        far = np.where(curve.harmed(curve.values), np.fmax(below, above), -np.inf)
        index = int(np.nanargmax(far))
        if far[index] > farthest:
            farthest = float(far[index])
            best = Worst(
                float(curve.times[index]),
                f"{lower(curve.long_name)} farthest outside its range",
            )
    return best


def moments(
    curves: Mapping[str, Curve], moment: Worst | None, clock: Clock
) -> list[tuple[str, float]]:
    """Return heading and time [day] of start, worst moment and end, each moment once."""
    times = next(iter(curves.values())).times
    start, end = float(times[0]), float(times[-1])
    shown = [("Start", start)]
    last = "End"
    if moment is not None and start < moment.time < end:
        shown.append((f"Worst, {clock.text(moment.time)}", moment.time))
    elif moment is not None and moment.time == end:
        last = "Worst and end"
    return [*shown, (f"{last}, {clock.text(end)}", end)]


def key_dates(curves: Mapping[str, Curve]) -> list[KeyDate]:
    """Return when laboratory values leave their range and symptoms reach grade 1.

    Parameters
    ----------
    curves : mapping of str to Curve
        Outputs of the run.

    Returns
    -------
    list of KeyDate
        In order of their first time; what never happens comes last.
    """
    found = []
    for name, (event, side) in _EVENTS.items():
        curve = curves.get(name)
        limit = None if curve is None else curve.low if side == "low" else curve.high
        if curve is not None and limit is not None:
            found.append(_key_date(event, curve, limit, side))
    for name, region in REGIONS.items():
        if name in curves:
            found.append(_key_date(f"{region.word}: symptom", curves[name], PRESENT, "high"))
    return sorted(found, key=lambda date: np.inf if date.first is None else date.first)


def _key_date(event: str, curve: Curve, limit: float, side: str) -> KeyDate:
    """Return the key date of one curve and one limit."""
    first = first_crossing(curve, limit, side)
    beyond = curve.values < limit if side == "low" else curve.values > limit
    if side == "high" and limit == PRESENT and curve.group == "symptom":
        beyond = curve.values >= limit
        reached = np.flatnonzero(beyond)
        if first is None and reached.size:
            first = float(curve.times[reached[0]])
    over = None
    if first is not None and not beyond[-1]:
        over = float(curve.times[np.flatnonzero(beyond)[-1] + 1])
    index = int(np.nanargmin(curve.values) if side == "low" else np.nanargmax(curve.values))
    return KeyDate(
        event,
        curve,
        limit,
        side,
        first,
        over,
        float(curve.values[index]),
        float(curve.times[index]),
    )


def losses(curves: Mapping[str, Curve]) -> list[Loss]:
    """Return what each tract loses, the largest permanent or total loss first."""
    found = []
    for tract, (_, _, central) in TRACTS.items():
        axons, myelin = curves.get(f"axons_{tract}"), curves.get(f"myelin_{tract}")
        deficit = curves.get(f"deficit_{tract}")
        given = [curve for curve in (deficit, axons, myelin) if curve is not None]
        if not given:
            continue
        none = np.zeros_like(given[0].values)
        gone = none if axons is None else 1 - axons.values
        if deficit is not None:
            total = deficit.values
        else:
            total = 1 - (1 - gone) * (np.ones_like(none) if myelin is None else myelin.values)
        total = np.clip(np.maximum(total, gone), 0, 1)
        permanent = np.clip(gone, 0, total) if central else none
        found.append(Loss(tract, given[0].times, total, permanent))
    return sorted(found, key=lambda loss: -float(loss.total.max()))


def headline(
    curves: Mapping[str, Curve], moment: Worst | None, owner: str, clock: Clock
) -> tuple[str, str]:
    """Return the sentence that answers first, and the sentences below it.

    Parameters
    ----------
    curves : mapping of str to Curve
        Outputs of the run.
    moment : Worst or None
        Its worst moment.
    owner : str
        Possessive of the person: ``her``, ``his`` or ``their``.
    clock : Clock
        Unit of time.

    Returns
    -------
    tuple of str
        Headline and explanation, plain text.
    """
    if not curves:
        return "Nothing was computed.", ""
    end = float(next(iter(curves.values())).times[-1])
    felt = grades(curves, end if moment is None else moment.time)
    present = [name for name in felt if level(felt[name]) > 0]
    out = [
        date
        for date in key_dates(curves)
        if date.first is not None and date.curve.group == "laboratory"
    ]
    until = clock.text(end)
    if moment is None or not present:
        first = f"No symptom up to {until}." if felt else "Symptoms were not computed."
        if not out:
            listed = [name for name in _EVENTS if name in curves]
            rest = "Every laboratory value with a limit stays within it, in this model."
            return first, rest if listed else ""
        told = [f"{lower(d.event)} from {clock.text(d.first or 0.0)}" for d in out]
        return first, f"Only the blood tells, in this model: {listing(told)}."
    worst_name = max(present, key=lambda name: felt[name])
    word = GRADES[level(felt[worst_name])]
    first = f"{owner.capitalize()} {TOLD[worst_name]}: {word} at {clock.text(moment.time)}."
    return first, _aftermath(curves, felt, worst_name, moment.time, end, clock)


def _aftermath(
    curves: Mapping[str, Curve],
    felt: Mapping[str, float],
    worst_name: str,
    time: float,
    end: float,
    clock: Clock,
) -> str:
    """Return what else is felt at the worst moment [day] and what is left at the end [day]."""
    others = [REGIONS[n].word.lower() for n in felt if n != worst_name and level(felt[n]) > 0]
    said = [f"Affected too: {listing(others)}." if others else "No other symptom."]
    if end > time:
        left = curves[worst_name].at(end)
        word = GRADES[level(left)]
        fate = "it is gone" if level(left) == 0 else f"it is {word}"
        said.append(f"At the end, {clock.text(end)}, {fate}.")
    gone = [(float(loss.permanent[-1]), loss.tract) for loss in losses(curves)]
    share, tract = max(gone, default=(0.0, ""))
    if share >= 0.005:
        name = lower(TRACTS[tract][0])
        said.append(f"In this model {percent(share)} of the axons of the {name} are lost for good.")
    return " ".join(said)


def lower(text: str) -> str:
    """Return `text` with a small first letter, unless it starts with an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
