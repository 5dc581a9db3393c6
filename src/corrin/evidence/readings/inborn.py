"""Readings of the theme inborn: inborn errors, and nitrous oxide in the operating room and outside.

An inborn error is read two years after it begins in an adult: the model has no childhood.
Patterns are 1 where they show and 0 where they do not.
"""

from __future__ import annotations

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench
from corrin.evidence.readings.common import (
    B12,
    CORD,
    GASTRITIS,
    HCY,
    HEALTH,
    HORIZON,
    MCV,
    MMA,
    NITROUS,
    NITROUS_METHIONINE,
    Reading,
    at,
    cause,
    treated,
)

HB, MET, DNA = "hemoglobin", "plasma_methionine", "dna_synthesis_marrow"
SYNTHASE, MUTASE = "methionine_synthase_activity_liver", "mutase_cofactor_saturation"
#: Exposure per kg a week, relative to breathing 70 % without a break (``study/data/effects.csv``).
PER_KG = 0.0117
#: What counts as anaemia in men [g/L], large cells [fL], and a damaged tract [loss of function].
ANAEMIA, LARGE_CELLS, DAMAGED = 130.0, 100.0, 0.1
#: Upper limit of fasting plasma methionine [umol/L].
HIGH_METHIONINE = 40.0


def breathing(share: float, hours: float) -> str:
    """Scenario in which `share` per cent nitrous oxide is breathed for some hours."""
    if share == 70:
        return f"timeline: [{{at: 0 d, cause: nitrous oxide anaesthetic {hours:g} h}}]"
    kg = share / 70 / PER_KG
    return f"timeline: [{{at: 0 d, cause: nitrous oxide {kg:.6g} kg weekly, until: {hours:g} h}}]"


def gas(share: float, hours: float, after: float, name: str) -> Reading:
    """`name` so many hours after the gas began, relative to before."""

    def read(bench: Bench) -> float:
        first, last = bench.course(breathing(share, hours), [0.0, after / 24], [name])[0]
        return float(last / first)

    return read


def in_rats(share: float, days: float, name: str) -> Reading:
    """`name` in a person after what is as long as `days` in a rat, relative to before.

    Stores turn over with the fourth root of weight: 70 kg against 0.25 kg.
    """
    hours = days * 24 * (70 / 0.25) ** 0.25
    return gas(share, hours, hours, name)


def highest(share: float, hours: float, name: str) -> Reading:
    """Highest value of `name` within three days of the beginning, relative to before."""

    def read(bench: Bench) -> float:
        values = bench.course(breathing(share, hours), np.linspace(0, 3, 73), [name])[0]
        return float(values.max() / values[0])

    return read


def half_time(bench: Bench) -> float:
    """Minutes until half of the synthase is inactivated at 70 %."""
    times = np.arange(0.0, 361.0)
    intact = bench.course(breathing(70, 10), times / 1440, ["synthase_intact"])[0]
    return float(np.interp(-0.5, -intact, times))


def recovery(bench: Bench) -> float:
    """Days from the end of six hours at 70 % until nine tenths of the synthase are active."""
    days = np.linspace(0, 14, 15 * 24)
    intact = bench.course(breathing(70, 6), 0.25 + days, ["synthase_intact"])[0]
    return float(np.interp(0.9, intact, days))


def marrow_arrest(bench: Bench) -> float:
    """1 where a day at 50 % arrests DNA synthesis as much as gastritis does at 90 g/L."""
    values = bench.course(breathing(50, 24), np.linspace(0, 2, 49), [DNA])[0]
    megaloblastic = bench.when(GASTRITIS, HB, 90, until=HORIZON, of=[DNA])[0]
    return float(values.min() <= megaloblastic)


def born(error: str, name: str) -> Reading:
    """`name` two years into an inborn error."""
    return at(cause(error), 2 * YEAR, name)


def anaemic(error: str, *, large: bool = True) -> Reading:
    """1 where an inborn error makes a person anaemic with large cells."""

    def read(bench: Bench) -> float:
        hemoglobin, volume = bench.course(cause(error), [2 * YEAR], [HB, MCV])[:, 0]
        return float(hemoglobin < ANAEMIA and (volume > LARGE_CELLS or not large))

    return read


def damaged(text: str, day: float) -> Reading:
    """1 where the dorsal columns are damaged."""
    return lambda bench: float(bench.at(text, day, CORD) > DAMAGED)


def without(reading: Reading) -> Reading:
    """1 where a pattern stays away; what is lost of a share."""
    return lambda bench: 1 - reading(bench)


def methionine_saves(bench: Bench) -> float:
    """1 where nitrous oxide damages the cord and methionine keeps it whole."""
    harmed, spared = (bench.at(t, 270, CORD) for t in (NITROUS, NITROUS_METHIONINE))
    return float(harmed > DAMAGED >= spared)


def blood_of_users(bench: Bench) -> float:
    """1 where heavy use makes a person anaemic or the cells large."""
    hemoglobin, volume = bench.course(NITROUS, [270.0], [HB, MCV])[:, 0]
    return float(hemoglobin < ANAEMIA or volume > LARGE_CELLS)


def raised_methionine(bench: Bench) -> float:
    """1 where CBS deficiency raises plasma methionine above the usual limit."""
    return float(born("CBS deficiency", MET)(bench) > HIGH_METHIONINE)


def betaine_helps(bench: Bench) -> float:
    """1 where betaine lowers homocysteine and raises methionine in MTHFR deficiency."""
    text = treated(cause("MTHFR deficiency"), YEAR, "betaine 6 g oral daily")
    before, after = bench.course(text, [YEAR, 2 * YEAR], [HCY, MET]).T
    return float(after[0] < 0.8 * before[0] and after[1] > 1.2 * before[1])


def low_methionine(bench: Bench) -> float:
    """1 where cblE raises homocysteine with low methionine and normal MMA."""
    homocysteine, methionine, mma = (born("cblE", name)(bench) for name in (HCY, MET, MMA))
    return float(
        homocysteine > 15 and methionine < bench.at(HEALTH, 0, MET) and mma < 0.271,
    )


#: A woman without transcobalamin, injected from the start; the injections end after a year.
_TREATED = (
    "person: {sex: female, age: 20}\n"
    "timeline: [{at: 0 d, cause: transcobalamin deficiency}, "
    "{at: 0 d, treat: hydroxocobalamin 1 mg im %s, until: 1 y}]"
)


def relapse(bench: Bench) -> float:
    """Months from the last injection until hemoglobin is below 110 g/L."""
    days = np.arange(0.0, YEAR, 3.0)
    values = bench.course(_TREATED % "twice weekly", YEAR + days, [HB])[0]
    low = values < 110
    return float(days[np.argmax(low)]) / MONTH if low.any() else float("inf")


def well(bench: Bench) -> float:
    """1 where a weekly injection keeps blood and cord normal without transcobalamin."""
    hemoglobin, cord = bench.course(_TREATED % "weekly", [YEAR - 1], [HB, CORD])[:, 0]
    return float(hemoglobin >= 120 and cord <= DAMAGED)


#: Readings by the id of their row in ``data/observations/inborn.csv``.
READINGS: dict[str, Reading] = {
    "royston1988-synthase-half-time": half_time,
    "synthase-recovery-in-people": recovery,
    "kondo1981-synthase-2-percent": without(gas(2, 15, 15, SYNTHASE)),
    "kondo1981-synthase-48-h": gas(50, 48, 48, SYNTHASE),
    "kondo1981-synthase-72-h-after": gas(50, 48, 120, SYNTHASE),
    "kondo1981-synthase-33-d": gas(50, 33 * 24, 33 * 24, SYNTHASE),
    "kondo1981-mutase-33-d": gas(50, 33 * 24, 33 * 24, MUTASE),
    "kondo1981-liver-b12-33-d": in_rats(50, 33, "liver_b12"),
    "badner1998-homocysteine": gas(60, 5, 5.5, HCY),
    "badner2000-homocysteine-recovery-room": gas(60, 2.5, 3, HCY),
    "badner2000-homocysteine-48-h": gas(60, 2.5, 48, HCY),
    "myles2008-homocysteine": gas(70, 3.3, 24, HCY),
    "ermens1991-homocysteine-highest": highest(70, 12, HCY),
    "ermens1991-folate-highest": highest(70, 12, "serum_folate"),
    "nitrous-oxide-marrow-24-h": marrow_arrest,
    "swart2021-homocysteine": at(NITROUS, 270, HCY),
    "swart2021-serum-b12": at(NITROUS, 270, B12),
    "swart2021-cord": damaged(NITROUS, 270),
    "oussalah2019-serum-b12": at(NITROUS, 270, B12),
    "oussalah2019-mma": at(NITROUS, 270, MMA),
    "oussalah2019-blood": blood_of_users,
    "scott1981-methionine-protects": methionine_saves,
    "mthfr-deficiency-homocysteine": born("MTHFR deficiency", HCY),
    "mthfr-deficiency-methionine": born("MTHFR deficiency", MET),
    "mthfr-deficiency-no-megaloblastic-anaemia": without(anaemic("MTHFR deficiency")),
    "mthfr-deficiency-cord": damaged(cause("MTHFR deficiency"), 2 * YEAR),
    "mthfr-deficiency-betaine": betaine_helps,
    "mut-deficiency-mma": born("MUT deficiency", MMA),
    "mut-deficiency-homocysteine": born("MUT deficiency", HCY),
    "mut-deficiency-no-megaloblastic-anaemia": without(anaemic("MUT deficiency")),
    "mut-deficiency-no-combined-degeneration": without(damaged(cause("MUT deficiency"), 2 * YEAR)),
    "cblg-homocysteine": born("cblG", HCY),
    "cblg-mma": born("cblG", MMA),
    "cblg-megaloblastic-anaemia": anaemic("cblG"),
    "cblg-cord": damaged(cause("cblG"), 2 * YEAR),
    "cble-pattern": low_methionine,
    "cblc-homocysteine": born("cblC", HCY),
    "cblc-mma": born("cblC", MMA),
    "cblc-methionine": born("cblC", MET),
    "cblc-anaemia": anaemic("cblC", large=False),
    "cbs-deficiency-homocysteine": born("CBS deficiency", HCY),
    "cbs-deficiency-methionine": raised_methionine,
    "cbs-deficiency-no-combined-degeneration": without(damaged(cause("CBS deficiency"), 2 * YEAR)),
    "transcobalamin-deficiency-serum-b12": born("transcobalamin deficiency", B12),
    "transcobalamin-deficiency-megaloblastic-anaemia": anaemic("transcobalamin deficiency"),
    "transcobalamin-deficiency-relapse": relapse,
    "transcobalamin-deficiency-weekly-injection": well,
}
