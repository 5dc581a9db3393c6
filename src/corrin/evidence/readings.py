"""How each published quantity is read off the model: situation, time and variable.

A reading takes a `Bench` and returns one number in the unit of its row in ``targets.csv``.
"""

from __future__ import annotations

from collections.abc import Callable

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
GASTRITIS_ZERO = "timeline: [{at: 0 d, cause: autoimmune gastritis}, {at: 0 d, diet: zero b12}]"
#: The usual patient of a treatment trial: old, with the kidneys of that age (assumed eGFR).
OLD_GASTRITIS = "person: {age: 71, egfr: 65}\n" + GASTRITIS
PREGNANCY = "person: {sex: female}\n" + cause("pregnancy")
FOLATE_LACK = diet("folate poor")
NITROUS = cause("nitrous oxide 8 kg weekly")
NITROUS_METHIONINE = treated(NITROUS, 0, "methionine 3 g oral daily")
ANAESTHETIC = cause("nitrous oxide anaesthetic 6 h")
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


def at_b12(level: float, name: str) -> Reading:
    """Value of `name` when serum B12 has fallen to `level` in gastritis without dietary B12."""
    return lambda bench: bench.when(GASTRITIS_ZERO, B12, level, until=HORIZON, of=[name])[0]


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


def hydroxo_over_cyano(days: float) -> Reading:
    """Ratio of serum B12 after 1 mg of hydroxo- and of cyanocobalamin."""

    def read(bench: Bench) -> float:
        products = ("hydroxocobalamin", "cyanocobalamin")
        texts = [treated(HEALTH, 0, f"{p} 1 mg im once") for p in products]
        hydroxo, cyano = (bench.at(text, days, B12) for text in texts)
        return hydroxo / cyano

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


def response(bench: Bench, days: np.ndarray, name: str) -> np.ndarray:
    """Course of `name` after injections begin in overt deficiency (serum B12 27 pmol/L)."""
    start = bench.crossing(GASTRITIS_ZERO, B12, 27, until=HORIZON, rising=False)
    if not np.isfinite(start):
        return np.full(len(days), np.nan)
    text = treated(GASTRITIS_ZERO, start, LOADING)
    found: np.ndarray = bench.course(text, list(start + days), [name])[0]
    return found


def normal_after(name: str, level: float, *, rising: bool, unit: float = 1.0) -> Reading:
    """Time from the first injection in overt deficiency until `name` has crossed `level`."""

    def read(bench: Bench) -> float:
        days = np.arange(0.0, 140.0)
        values = response(bench, days, name)
        hit = values > level if rising else values < level
        return float(days[np.argmax(hit)]) / unit if hit.any() else float("inf")

    return read


def reticulocytes(what: str) -> Reading:
    """Day or height of the reticulocyte peak after injections begin in overt deficiency."""

    def read(bench: Bench) -> float:
        days = np.arange(0.0, 30.0, 0.5)
        values = response(bench, days, "reticulocytes")
        return float(days[np.argmax(values)] if what == "day" else values.max())

    return read


def hemoglobin_rise(bench: Bench) -> float:
    """Rise of hemoglobin a week, over weeks 2 to 4 of treatment [g/L]."""
    first, last = response(bench, np.array([7.0, 28.0]), "hemoglobin")
    return float((last - first) / 3)


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


def _above(text: str, name: str) -> Reading:
    return lambda bench: bench.at(text, 1.0, name) - bench.at(HEALTH, 0.0, name)


def _fold(text: str, name: str) -> Reading:
    return lambda bench: bench.at(text, 1.0, name) / bench.at(HEALTH, 0.0, name)


def _spared(bench: Bench) -> float:
    return bench.at(NITROUS_METHIONINE, 270, CORD) / bench.at(NITROUS, 270, CORD)


#: Readings by the name of their row in ``targets.csv``.
READINGS: dict[str, Reading] = {
    "serum B12, healthy adult": at(HEALTH, 0, B12),
    "holotranscobalamin, healthy adult": at(HEALTH, 0, "holotranscobalamin"),
    "body store": at(HEALTH, 0, "body_b12", 1e-3),
    "liver store": at(HEALTH, 0, "liver_b12", 1e-3),
    "daily loss of the body store, healthy": daily_loss(HEALTH, 0.0),
    "daily loss of the body store, no reabsorption": daily_loss(GASTRITIS, 120.0),
    "omnivore men of EPIC-Oxford": steady("epic omnivore", 76.5),
    "vegetarian men of EPIC-Oxford": steady("vegetarian", 73),
    "vegan men of EPIC-Oxford": steady("vegan", 71),
    "older Dutch adults": steady("older western adult", 76),
    "diet without B12, 4 weeks": change(ZERO, 28),
    "diet without B12, 2 months": change(ZERO, 61),
    "total gastrectomy to serum B12 < 148": years(
        cause("total gastrectomy"), B12, 148, rising=False, unit=MONTH
    ),
    "gastritis to serum B12 < 148": years(GASTRITIS, B12, 148, rising=False, unit=MONTH),
    "metformin 2550 mg, 4.3 years": change(cause("metformin 2550 mg daily"), 4.3 * YEAR),
    "omeprazole, 56 months": change(cause("proton pump inhibitor"), 56 * MONTH),
    "1 ug oral, share absorbed": absorbed(1),
    "5 ug oral, share absorbed": absorbed(5),
    "25 ug oral, share absorbed": absorbed(25),
    "1 mg oral, share absorbed": absorbed(1000),
    "urine of 25 ug cyanocobalamin im": urine("cyanocobalamin", 25, 1),
    "urine of 100 ug cyanocobalamin im": urine("cyanocobalamin", 100, 1),
    "urine of 500 ug cyanocobalamin im, 72 h": urine("cyanocobalamin", 500, 3),
    "urine of 1 mg cyanocobalamin im, 72 h": urine("cyanocobalamin", 1000, 3),
    "urine of 500 ug hydroxocobalamin im, 72 h": urine("hydroxocobalamin", 500, 3),
    "urine of 1 mg hydroxocobalamin im, 72 h": urine("hydroxocobalamin", 1000, 3),
    "hydroxo- to cyanocobalamin in serum, 5 h": hydroxo_over_cyano(5 / 24),
    "hydroxo- to cyanocobalamin in serum, 24 h": hydroxo_over_cyano(1),
    "hydroxo- to cyanocobalamin in serum, 72 h": hydroxo_over_cyano(3),
    "hydroxo- to cyanocobalamin in serum, 3 weeks": hydroxo_over_cyano(21),
    "pregnancy, week 18": at(PREGNANCY, 126, B12),
    "pregnancy, week 39": at(PREGNANCY, 273, B12),
    "nasal 500 ug, peak above baseline": extreme(
        treated(HEALTH, 0, "cyanocobalamin 500 ug nasal once"), B12, 0.5, "rise"
    ),
    "Kuzminski oral arm, B12 at 4 months": kuzminski(ORAL, B12),
    "Kuzminski injection arm, B12 at 4 months": kuzminski(IM, B12),
    "gastritis to serum B12 < 60": years(GASTRITIS, B12, 60, rising=False),
    "MMA, healthy": at(HEALTH, 0, MMA),
    "homocysteine, healthy": at(HEALTH, 0, HCY),
    **{f"MMA at serum B12 {b12}": at_b12(b12, MMA) for b12 in (200, 150, 100, 50, 27)},
    "homocysteine at serum B12 27": at_b12(27, HCY),
    "homocysteine at serum B12 110": at_b12(110, HCY),
    "serum SAM at serum B12 27": at_b12(27, "serum_sam"),
    "serum SAH at serum B12 27": at_b12(27, "serum_sah"),
    "folic acid 0.4 mg, homocysteine": change(
        treated(HEALTH, 0, "folic acid 0.4 mg oral daily"), 90, HCY
    ),
    "folic acid 5 mg, homocysteine": change(
        treated(HEALTH, 0, "folic acid 5 mg oral daily"), 90, HCY
    ),
    "MTHFR 677TT, homocysteine above CC": _above(
        f"person: {{genotype: {{MTHFR: 677TT}}}}\n{HEALTH}", HCY
    ),
    "folate lack, 8 months, homocysteine": at(FOLATE_LACK, 240, HCY),
    "eGFR 30, MMA multiple": _fold(f"person: {{egfr: 30}}\n{HEALTH}", MMA),
    **{
        f"{defect}, {name}": at(cause(defect), 2 * YEAR, name)
        for defect in (
            "MTHFR deficiency",
            "MUT deficiency",
            "cblG",
            "cblC",
            "CBS deficiency",
            "transcobalamin deficiency",
        )
        for name in (HCY, MMA, HCT, CORD, B12)
    },
    "anaesthetic of 6 h, homocysteine peak": extreme(ANAESTHETIC, HCY, 8, "fold"),
    "anaesthetic of 6 h, DNA synthesis at its lowest": extreme(
        ANAESTHETIC, "dna_synthesis_marrow", 5, "lowest"
    ),
    "8 kg a week for 9 months, homocysteine": at(NITROUS, 270, HCY),
    "8 kg a week for 9 months, serum B12": at(NITROUS, 270, B12),
    "8 kg a week for 9 months, MMA": at(NITROUS, 270, MMA),
    "8 kg a week for 9 months, dorsal columns": at(NITROUS, 270, CORD),
    "the same with methionine, share of the deficit left": _spared,
    "hematocrit at serum B12 27": at_b12(27, HCT),
    "mean cell volume at serum B12 27": at_b12(27, MCV),
    "hematocrit at serum B12 75": at_b12(75, HCT),
    "mean cell volume at serum B12 92": at_b12(92, MCV),
    "gastritis to MMA > 0.27": years(GASTRITIS, MMA, 0.27, rising=True),
    "gastritis to mean cell volume > 100": years(GASTRITIS, MCV, 100, rising=True),
    "gastritis to hematocrit < 36": years(GASTRITIS, HCT, 36, rising=False),
    "gastritis to dorsal-column deficit > 0.2": years(GASTRITIS, CORD, 0.2, rising=True),
    "zero-B12 diet to MMA > 0.27": years(ZERO, MMA, 0.27, rising=True),
    "zero-B12 diet to dorsal-column deficit > 0.2": years(ZERO, CORD, 0.2, rising=True),
    "folate lack, 8 months, hematocrit": at(FOLATE_LACK, 240, HCT),
    "folate lack, 8 months, dorsal columns": at(FOLATE_LACK, 240, CORD),
    "reticulocyte peak, day": reticulocytes("day"),
    "reticulocyte peak, height": reticulocytes("height"),
    "hemoglobin rise": hemoglobin_rise,
    "MMA normal after": normal_after(MMA, 0.3, rising=False),
    "homocysteine normal after": normal_after(HCY, 15, rising=False),
    "hematocrit normal (> 41) after": normal_after(HCT, 41, rising=True, unit=7.0),
    "Kuzminski oral arm, MMA at 4 months": kuzminski(ORAL, MMA),
    "Kuzminski oral arm, homocysteine at 4 months": kuzminski(ORAL, HCY),
    "Kuzminski injection arm, MMA at 4 months": kuzminski(IM, MMA),
    "Kuzminski injection arm, homocysteine at 4 months": kuzminski(IM, HCY),
    "disability at 4 months of symptoms": delayed(4, 0),
    "the same, 2 years after treatment began": delayed(4, 2),
    "disability at 12 months of symptoms": delayed(12, 0),
    "the same, 2 years after treatment began (late)": delayed(12, 2),
    "disability at 24 months of symptoms": delayed(24, 0),
    "the same, 2 years after treatment began (very late)": delayed(24, 2),
    "folic acid 5 mg in B12 lack, hematocrit after a year": masking(
        "folic acid 5 mg oral daily", HCT
    ),
    "folic acid 5 mg in B12 lack, growth of the nerve deficit": masking(
        "folic acid 5 mg oral daily", CORD, growth=True
    ),
    "folic acid 0.4 mg in B12 lack, hematocrit after a year": masking(
        "folic acid 0.4 mg oral daily", HCT
    ),
}
