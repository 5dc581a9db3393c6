"""Readings off single people: healthy ones in the laboratory, and one person with a cause."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench
from corrin.evidence.readings.common import (
    B12,
    GASTRITIS,
    Reading,
    cause,
    diet,
    treated,
)
from corrin.evidence.readings.patients import COMPLAINS
from corrin.nerve import Examination, Subject, conduction_velocity, examine, load_table
from corrin.nerve.studies import TRACTS

#: People that studies of healthy or deficient people are read off.
MAN, WOMAN, YOUNG = Subject(), Subject(height=165.0, sex="female"), Subject(age=25.0)
OLD = Subject(age=76.0)


def norm(quantity: str, study: str, person: Subject | None = None) -> Reading:
    """Value of a nerve study in the average healthy person."""
    return lambda _bench: examine(person=person, only=(study,)).value(quantity)


def slope(quantity: str, study: str, one: Subject, other: Subject, per: float) -> Reading:
    """Difference of a nerve study between two healthy people, per unit in which they differ."""

    def read(_bench: Bench) -> float:
        ends = [examine(person=p, only=(study,)).value(quantity) for p in (one, other)]
        return (ends[1] - ends[0]) / per

    return read


def colder_is_steeper(_bench: Bench) -> float:
    """Slope of median motor velocity with skin temperature at 22-27 degC, over that at 29-34."""
    at = [
        examine(person=Subject(skin_temperature=t), only=("median_motor",)).value(
            "median_motor_velocity"
        )
        for t in (22.0, 27.0, 29.0, 34.0)
    ]
    return (at[1] - at[0]) / (at[3] - at[2])


def per_micrometre(diameter: float, temperature: float) -> Reading:
    """Velocity of a fibre over its diameter [m/s/um]."""
    return lambda _bench: float(conduction_velocity(diameter, temperature)) / diameter


def lamellae_at_block(temperature: float) -> Reading:
    """Lamellae left at which an evenly thinned fibre of 10 um blocks, in per cent."""
    return lambda _bench: 100 * float(load_table().block_fraction(10.0, temperature))


# One person with a cause.


def laboratory(
    bench: Bench, timeline: str, who: Subject, day: float, only: Sequence[str]
) -> Examination:
    """Nerve studies of the average person of a scenario on a day."""
    numbers = ("myelin", "swelling", "axons_large", "axons_small", "remade")
    tracts = [t for t in TRACTS if t != "motor_hand"]
    names = [f"{n}_{t}" for t in tracts for n in numbers]
    values = bench.course(_written(who, timeline), [day], names)[:, 0].clip(0.0, 1.0)
    found = dict(zip(names, values, strict=True))
    state = {t: {n: float(found[f"{n}_{t}"]) for n in numbers} for t in tracts}
    return examine(state, who, only=only)


def _written(who: Subject, timeline: str) -> str:
    """Return a scenario; from 70 on with the kidneys and the diet of that age (assumed eGFR)."""
    old = ", egfr: 65, diet: older western adult" if who.age >= 70 else ""
    return f"person: {{age: {who.age:g}, sex: {who.sex}{old}}}\n{timeline}"


def against_health(
    quantity: str,
    study: str,
    timeline: str,
    who: Subject,
    name: str,
    level: float,
    *,
    rising: bool = False,
    relative: bool = False,
    later: float = 0.0,
) -> Reading:
    """Compare a nerve study with health some days after `name` has crossed `level`."""

    def read(bench: Bench) -> float:
        text = _written(who, timeline)
        day = bench.nearest(text, name, level, until=15 * YEAR, rising=rising)
        ill = laboratory(bench, timeline, who, day + later, (study,)).value(quantity)
        well = examine(person=who, only=(study,)).value(quantity)
        return ill / well if relative else ill - well

    return read


def velocity_gained(quantity: str, study: str) -> Reading:
    """Rise of a velocity over 11 months of 2 ug a day, begun at a serum B12 of 100 [%]."""
    who, eats = Subject(age=18.0), diet("vegan without fortified food")

    def read(bench: Bench) -> float:
        start = bench.crossing(_written(who, eats), B12, 100.0, until=15 * YEAR, rising=False)
        if not np.isfinite(start):
            return float("nan")
        line = treated(eats, start, "cyanocobalamin 2 ug oral daily")
        before, after = (
            laboratory(bench, line, who, start + days, (study,)).value(quantity)
            for days in (0.0, 11 * MONTH)
        )
        return 100 * (after / before - 1)

    return read


def column_over_foot(bench: Bench) -> float:
    """Loss of the columns over loss of the foot's sensory fibres at a serum B12 of 148."""
    names = ["deficit_dorsal_columns", "deficit_sensory_foot"]
    columns, foot = bench.when(GASTRITIS, B12, 148.0, until=15 * YEAR, of=names)
    return columns / foot


def myelin_without_synthesis(bench: Bench) -> Callable[[float], float]:
    """Myelin left so many days after a tract lost all capacity to make it."""
    return lambda day: float(_without_synthesis(bench, [day])[0])


def _without_synthesis(bench: Bench, days: Sequence[float] | np.ndarray) -> np.ndarray:
    # So vulnerable a tract has no capacity left within days of losing methionine synthase.
    doomed = Bench({**bench.parameters, "dorsal_columns_vulnerability": 100.0})
    return np.asarray(doomed.course(cause("cblG"), days, ["myelin_dorsal_columns"])[0])


def half_life(bench: Bench) -> float:
    """Time in which a tract that makes no myelin loses half of it [month]."""
    days = np.arange(60.0, 400.0, 20.0)
    return float(np.interp(-0.5, -_without_synthesis(bench, days), days)) / MONTH


def ataxia_when_depleted(bench: Bench) -> float:
    """Time to trouble with walking under nitrous oxide, stores low over stores full."""
    times = []
    for start in (0.0, 4 * YEAR):
        events = "{at: 0 d, diet: vegan without fortified food}, " if start else ""
        gas = f"{{at: {start:g} d, cause: nitrous oxide 8.3 kg weekly}}"
        found = bench.crossing(f"timeline: [{events}{gas}]", "balance", COMPLAINS, until=9 * YEAR)
        times.append(found - start)
    return times[1] / times[0]
