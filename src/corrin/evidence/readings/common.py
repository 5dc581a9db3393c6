"""Building blocks of readings: situations, and what is read off them and when."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench
from corrin.units import B12_UG_PER_NMOL

Reading = Callable[[Bench], float]

#: How far ahead a threshold is looked for [day].
HORIZON = 15 * YEAR


def cause(text: str) -> str:
    """Scenario in which one cause begins at time 0."""
    return f"timeline: [{{at: 0 d, cause: {text}}}]"


def diet(text: str) -> str:
    """Scenario in which one diet begins at time 0."""
    return f"timeline: [{{at: 0 d, diet: {text}}}]"


def treated(base: str, start: float, line: str) -> str:
    """Scenario `base` with a treatment from day `start` on."""
    joint = "" if base.endswith("[]") else ", "
    return f"{base[:-1]}{joint}{{at: {start:g} d, treat: {line}}}]"


HEALTH = "timeline: []"
GASTRITIS = cause("autoimmune gastritis")
ZERO = diet("zero b12")
#: The usual patient of a treatment trial: old, with the kidneys of that age (assumed eGFR).
OLD_GASTRITIS = "person: {age: 71, egfr: 65}\n" + GASTRITIS
PREGNANCY = "person: {sex: female}\n" + cause("pregnancy")
FOLATE_LACK = diet("folate poor")
NITROUS = cause("nitrous oxide 8 kg weekly")
NITROUS_METHIONINE = treated(NITROUS, 0, "methionine 3 g oral daily")
ORAL = "cyanocobalamin 2 mg oral daily"
IM = "'cyanocobalamin 1 mg im on days 1, 3, 7, 10, 14, 21, 30, 60, 90'"
LOADING = "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months"
B12, MMA, HCY = "serum_b12", "methylmalonic_acid", "total_homocysteine"
HCT, MCV, CORD = "hematocrit", "mean_cell_volume", "deficit_dorsal_columns"


def at(text: str, time: float, name: str, scale: float = 1.0) -> Reading:
    """Value of `name` on day `time`."""
    return lambda bench: bench.at(text, time, name) * scale


def steady(eats: str, weight: float) -> Reading:
    """Serum B12 of a person who has always eaten so."""
    return at(f"person: {{weight: {weight} kg, diet: {eats}}}\n{HEALTH}", 1.0, B12)


def change(text: str, time: float, name: str = B12) -> Reading:
    """Change of `name` from day 0 to day `time`, in per cent."""

    def read(bench: Bench) -> float:
        first, last = bench.course(text, [0.0, time], [name])[0]
        return float(100 * (last / first - 1))

    return read


def years(text: str, name: str, level: float, *, rising: bool, unit: float = YEAR) -> Reading:
    """Time until `name` crosses `level`, in years (or another unit, in days)."""

    def read(bench: Bench) -> float:
        return bench.crossing(text, name, level, until=2 * HORIZON, rising=rising) / unit

    return read


def daily_loss(text: str, time: float) -> Reading:
    """Loss of body cobalamin in per cent a day over ten days from day `time`."""

    def read(bench: Bench) -> float:
        names = ["stored_cobalamin", "cobalamin_absorption"]
        stored, absorbed = bench.course(text, [time, time + 10], names)
        return float(100 * (absorbed.mean() - (stored[1] - stored[0]) / 10) / stored[0])

    return read


def absorbed(ug: float) -> Reading:
    """Share of one swallowed dose that is absorbed in health, in per cent."""
    text = f"timeline: [{{at: 0 d, treat: cyanocobalamin {ug} ug oral daily}}]"
    return at(text, 1.0, "tablet_efficiency", 100.0)


def urine(product: str, ug: float, days: float) -> Reading:
    """Share of an injection that is in the urine after so many days, in per cent."""
    text = treated(HEALTH, 0, f"{product} {ug} ug im once")

    def read(bench: Bench) -> float:
        extra = bench.at(text, days, "urinary_cobalamin") - bench.at(
            HEALTH, days, "urinary_cobalamin"
        )
        return 100 * extra * B12_UG_PER_NMOL / ug

    return read


def extreme(text: str, name: str, until: float, how: str) -> Reading:
    """Highest over first value, lowest value, or highest rise of `name` up to day `until`."""

    def read(bench: Bench) -> float:
        values = bench.course(text, list(np.linspace(0, until, 65)), [name])[0]
        found = {
            "fold": values.max() / values[0],
            "lowest": values.min(),
            "rise": values.max() - values[0],
        }
        return float(found[how])

    return read


def kuzminski(line: str, name: str) -> Reading:
    """`name` four months into a treatment that began at the trial's serum B12 of 70 pmol/L."""

    def read(bench: Bench) -> float:
        start = bench.crossing(OLD_GASTRITIS, B12, 70, until=HORIZON, rising=False)
        if not np.isfinite(start):
            return float("nan")
        return bench.at(treated(OLD_GASTRITIS, start, line), start + 120, name)

    return read


def delayed(months: float, after: float) -> Reading:
    """Disability `after` years of treatment begun `months` after feet were first clearly numb."""

    def read(bench: Bench) -> float:
        onset = bench.crossing(GASTRITIS, "numbness_feet", 1.0, until=HORIZON)
        if not np.isfinite(onset):
            return float("nan")
        start = onset + months * MONTH
        text = treated(GASTRITIS, start, LOADING)
        return bench.at(text, start + after * YEAR, "disability_score")

    return read


def masking(line: str, name: str, *, growth: bool = False) -> Reading:
    """`name` after a year of folic acid that began when gastritis had lowered hematocrit to 33."""

    def read(bench: Bench) -> float:
        start = bench.crossing(GASTRITIS, HCT, 33, until=HORIZON, rising=False)
        if not np.isfinite(start):
            return float("nan")
        text = treated(GASTRITIS, start, line)
        first, last = bench.course(text, [start, start + YEAR], [name])[0]
        return float(last - first if growth else last)

    return read


def above(text: str, name: str) -> Reading:
    """`name` above its value in health."""
    return lambda bench: bench.at(text, 1.0, name) - bench.at(HEALTH, 0.0, name)


def fold(text: str, name: str) -> Reading:
    """`name` relative to its value in health."""
    return lambda bench: bench.at(text, 1.0, name) / bench.at(HEALTH, 0.0, name)


def spared(bench: Bench) -> float:
    """Share of the nitrous-oxide deficit that methionine leaves."""
    return bench.at(NITROUS_METHIONINE, 270, CORD) / bench.at(NITROUS, 270, CORD)


def solve(of: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Return the amount at which a monotone `of` reaches `level`, or the nearer end."""
    from scipy.optimize import brentq

    short, over = abs(of(low) - level), abs(of(high) - level)
    if not min(of(low), of(high)) < level < max(of(low), of(high)):
        return low if short < over else high
    return exp(brentq(lambda x: of(exp(x)) - level, log(low), log(high), xtol=1e-4))


def eater(
    bench: Bench,
    who: str,
    *,
    b12: float | None = None,
    folate: float | None = None,
    homocysteine: float | None = None,
) -> str:
    """Return a person who eats so that serum markers of the steady state are as given.

    Parameters
    ----------
    who : str
        The person but for the diet.
    b12 : float, optional
        Serum B12 [pmol/L]; otherwise the reference intake of 6 ug a day.
    folate, homocysteine : float, optional
        Serum folate [nmol/L] or homocysteine [umol/L], either of which sets the folate eaten;
        otherwise the reference intake.
    """

    def line(eaten: float, share: float) -> str:
        food = f"diet: {{b12: {eaten:.6g} ug daily, folate: {share:.6g}}}"
        return f"person: {{{who}{', ' if who else ''}{food}}}\n"

    eaten, share = 6.0, 1.0
    if b12 is not None:
        eaten = solve(lambda x: bench.at(line(x, 1.0) + HEALTH, 0, B12), b12, 0.05, 450.0)
    name, level = ("serum_folate", folate) if folate is not None else (HCY, homocysteine)
    if level is not None:
        share = solve(lambda x: bench.at(line(eaten, x) + HEALTH, 0, name), level, 0.1, 9.9)
    return line(eaten, share)
