"""Targets of the whole chain: what is published, what the model gives, in one table.

`use` says how a target may be used: ``calibrate`` rows are fitted by `corrin.evidence.calibrate`,
``validate`` rows are only compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench

if TYPE_CHECKING:
    import pandas as pd

GASTRITIS = "timeline: [{at: 0 d, cause: autoimmune gastritis}]"
ZERO = "timeline: [{at: 0 d, diet: zero b12}]"
GASTRITIS_ZERO = "timeline: [{at: 0 d, cause: autoimmune gastritis}, {at: 0 d, diet: zero b12}]"
HEALTH = "timeline: []"
#: The usual patient of a treatment trial: old, with the kidneys of that age (assumed eGFR).
OLD_GASTRITIS = "person: {age: 71, egfr: 65}\n" + GASTRITIS


@dataclass(frozen=True)
class Target:
    """One published quantity and how to read it off the model.

    Attributes
    ----------
    name : str
        What it is, in words.
    theme : str
        kinetics, biomarkers, blood, inborn, nitrous oxide, treatment or nerve.
    unit : str
        Unit of all numbers of the row.
    low, high : float
        Published range, or the range that counts as agreement; one may be infinite.
    trial : float or None
        What the trial model of the design phase reached.
    use : str
        ``calibrate`` or ``validate``.
    source : str
        Rows of the evidence tables and their study.
    predict : callable
        Reads the value off a bench.
    note : str
        Why a miss is left, or how the comparison is made.
    """

    name: str
    theme: str
    unit: str
    low: float
    high: float
    trial: float | None
    use: str
    source: str
    predict: Callable[[Bench], float]
    note: str = ""


def _steady(diet: str, weight: float, name: str = "serum_b12") -> Callable[[Bench], float]:
    text = f"person: {{weight: {weight} kg, diet: {diet}}}\ntimeline: []"
    return lambda bench: bench.at(text, 1.0, name)


def _fall(text: str, time: float, name: str = "serum_b12") -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        first, last = bench.course(text, [0.0, time], [name])[0]
        return float(100 * (last / first - 1))

    return predict


def _urine(product: str, ug: float, days: float) -> Callable[[Bench], float]:
    treated = f"timeline: [{{at: 0 d, treat: {product} {ug} ug im once}}]"

    def predict(bench: Bench) -> float:
        with_dose = bench.at(treated, days, "urinary_cobalamin")
        without = bench.at(HEALTH, days, "urinary_cobalamin")
        return 100 * (with_dose - without) * 1.3554 / ug

    return predict


def _ratio(days: float) -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        levels = [
            bench.at(f"timeline: [{{at: 0 d, treat: {p} 1 mg im once}}]", days, "serum_b12")
            for p in ("hydroxocobalamin", "cyanocobalamin")
        ]
        return levels[0] / levels[1]

    return predict


def _months(text: str, name: str, level: float, rising: bool, years: float = 12) -> Callable[[Bench], float]:
    return lambda bench: (
        bench.crossing(text, name, level, until=years * YEAR, rising=rising) / MONTH
    )


def _at_level(name: str, level: float, output: str) -> Callable[[Bench], float]:
    """Value of an output in gastritis when `name` has fallen to `level`."""
    return lambda bench: bench.when(
        GASTRITIS_ZERO, name, level, until=12 * YEAR, of=[output]
    )[0]


def _at(text: str, time: float, name: str) -> Callable[[Bench], float]:
    return lambda bench: bench.at(text, time, name)


def _peak_ratio(text: str, name: str, until: float) -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        values = bench.course(text, np.arange(0, until, 0.25), [name])[0]
        return float(values.max() / values[0])

    return predict


def _treated(base: str, start: float, line: str) -> str:
    return f"{base[:-1]}, {{at: {start:g} d, treat: {line}}}]"


def _kuzminski(line: str, days: float, name: str) -> Callable[[Bench], float]:
    """Gastritis, treated when serum B12 has fallen to the trial's baseline of 70 pmol/L."""

    def predict(bench: Bench) -> float:
        start = bench.crossing(OLD_GASTRITIS, "serum_b12", 70, until=15 * YEAR, rising=False)
        if not np.isfinite(start):
            return float("nan")
        return bench.at(_treated(OLD_GASTRITIS, start, line), start + days, name)

    return predict


ORAL = "cyanocobalamin 2 mg oral daily"
IM = "'cyanocobalamin 1 mg im on days 1, 3, 7, 10, 14, 21, 30, 60, 90'"


def _inborn(cause: str) -> str:
    return f"timeline: [{{at: 0 d, cause: {cause}}}]"


def _kinetics() -> list[Target]:
    t = "kinetics"
    return [
        Target("serum B12, healthy adult", t, "pmol/L", 300, 350, 320, "calibrate", "K186, K193", _at(HEALTH, 0, "serum_b12")),
        Target("holotranscobalamin, healthy adult", t, "pmol/L", 50, 90, 70, "calibrate", "K172, MET028 (Refsum 2006; Risch 2015)", _at(HEALTH, 0, "holotranscobalamin")),
        Target("body store", t, "mg", 2.0, 3.0, 2.2, "calibrate", "K142 (IOM 1998)", lambda b: b.at(HEALTH, 0, "body_b12") / 1000),
        Target("liver store", t, "mg", 1.0, 1.5, 1.2, "calibrate", "K145 (Kato 1959; Stahlberg)", lambda b: b.at(HEALTH, 0, "liver_b12") / 1000),
        Target("daily loss of the body store, healthy", t, "%/d", 0.1, 0.2, 0.15, "calibrate", "K151, K154 (Amin 1969; Doets 2013)", _daily_loss(HEALTH, 0.0)),
        Target("daily loss of the body store, no reabsorption", t, "%/d", 0.13, 0.25, None, "calibrate", "K152 (Boddy & Adams 1972)", _daily_loss(GASTRITIS, 120.0)),
        Target("omnivore men of EPIC-Oxford", t, "pmol/L", 270, 292, 345, "calibrate", "C021 (Gilsing 2010)", _steady("epic omnivore", 76.5)),
        Target("vegetarian men of EPIC-Oxford", t, "pmol/L", 175, 189, 251, "calibrate", "C022 (Gilsing 2010)", _steady("vegetarian", 73)),
        Target("vegan men of EPIC-Oxford", t, "pmol/L", 117, 127, 115, "calibrate", "C023 (Gilsing 2010)", _steady("vegan", 71)),
        Target("older Dutch adults", t, "pmol/L", 171, 403, None, "calibrate", "K016-K017 (Brouwer-Brolsma 2015)", _steady("older western adult", 76)),
        Target("diet without B12, 4 weeks", t, "%", -30, -8, -20, "validate", "K268 (Lederer 2019)", _fall(ZERO, 28)),
        Target("diet without B12, 2 months", t, "%", -45, -20, -29, "validate", "K269 (Crane 1994)", _fall(ZERO, 61)),
        Target("total gastrectomy to serum B12 < 148", t, "months", 9, 40, None, "calibrate", "C067-C072, K117, K119 (three cohorts)", _months("timeline: [{at: 0 d, cause: total gastrectomy}]", "serum_b12", 148, False)),
        Target("gastritis to serum B12 < 148", t, "months", 9, 15, 13, "validate", "K117, K119 (Hu 2013)", _months(GASTRITIS, "serum_b12", 148, False)),
        Target("metformin 2550 mg, 4.3 years", t, "%", -24, -14, None, "calibrate", "C047 (de Jager 2010)", _fall("timeline: [{at: 0 d, cause: metformin 2550 mg daily}]", 4.3 * YEAR)),
        Target("omeprazole, 56 months", t, "%", -25, 0, None, "validate", "K102 (Schenk 1996)", _fall("timeline: [{at: 0 d, cause: proton pump inhibitor}]", 56 * MONTH)),
        Target("1 ug oral, share absorbed", t, "%", 45, 60, None, "calibrate", "K054, K060 (Adams 1971)", _absorbed(1)),
        Target("5 ug oral, share absorbed", t, "%", 17, 28, None, "calibrate", "K055 (Adams 1971)", _absorbed(5)),
        Target("25 ug oral, share absorbed", t, "%", 4, 8.5, None, "calibrate", "K056 (Adams 1971)", _absorbed(25)),
        Target("1 mg oral, share absorbed", t, "%", 0.9, 1.5, None, "calibrate", "K066 (compilation)", _absorbed(1000)),
        Target("urine of 25 ug cyanocobalamin im", t, "%", 2.5, 10, 26, "validate", "K214 (Swiss SmPC)", _urine("cyanocobalamin", 25, 1)),
        Target("urine of 100 ug cyanocobalamin im", t, "%", 31, 60, None, "validate", "K215 (Swiss SmPC)", _urine("cyanocobalamin", 100, 1)),
        Target("urine of 500 ug cyanocobalamin im, 72 h", t, "%", 48, 72, None, "validate", "K204 (Glass 1961)", _urine("cyanocobalamin", 500, 3)),
        Target("urine of 1 mg cyanocobalamin im, 72 h", t, "%", 69, 85, 69, "validate", "K206, K216 (Glass 1961)", _urine("cyanocobalamin", 1000, 3)),
        Target("urine of 500 ug hydroxocobalamin im, 72 h", t, "%", 12, 22, None, "validate", "K203 (Glass 1961)", _urine("hydroxocobalamin", 500, 3)),
        Target("urine of 1 mg hydroxocobalamin im, 72 h", t, "%", 20, 33, 23, "validate", "K205 (Glass 1961)", _urine("hydroxocobalamin", 1000, 3)),
        Target("hydroxo- to cyanocobalamin in serum, 5 h", t, "ratio", 1.8, 6, None, "validate", "K207, K213 (Glass 1961; Hertz 1964)", _ratio(5 / 24)),
        Target("hydroxo- to cyanocobalamin in serum, 24 h", t, "ratio", 4.6, 12.8, None, "validate", "K208 (Glass 1961)", _ratio(1)),
        Target("hydroxo- to cyanocobalamin in serum, 72 h", t, "ratio", 2.4, 5.2, None, "validate", "K209 (Glass 1961)", _ratio(3)),
        Target("hydroxo- to cyanocobalamin in serum, 3 weeks", t, "ratio", 1.4, 2.6, None, "validate", "K210 (Glass 1961)", _ratio(21)),
        Target("pregnancy, week 18", t, "pmol/L", 180, 280, None, "validate", "K285 (Milman 2006)", _at(PREGNANCY, 126, "serum_b12")),
        Target("pregnancy, week 39", t, "pmol/L", 125, 205, None, "validate", "K287 (Milman 2006)", _at(PREGNANCY, 273, "serum_b12")),
        Target("nasal 500 ug, peak above baseline", t, "pmol/L", 700, 1600, None, "validate", "K265 (label)", _nasal_peak),
        Target("Kuzminski oral arm, B12 at 4 months", t, "pmol/L", 500, 1100, 839, "calibrate", "C144 (Kuzminski 1998)", _kuzminski(ORAL, 120, "serum_b12")),
        Target("Kuzminski injection arm, B12 at 4 months", t, "pmol/L", 160, 360, 240, "calibrate", "C147 (Kuzminski 1998)", _kuzminski(IM, 120, "serum_b12")),
        Target("gastritis to serum B12 < 60", t, "years", 2, 8, None, "calibrate", "K165, K162 (derived)", lambda b: b.crossing(GASTRITIS, "serum_b12", 60, until=15 * YEAR, rising=False) / YEAR),
    ]


PREGNANCY = "person: {sex: female}\ntimeline: [{at: 0 d, cause: pregnancy}]"


def _daily_loss(text: str, time: float) -> Callable[[Bench], float]:
    """Loss of body cobalamin in per cent a day: what leaves by gut and kidney, over the store."""

    def predict(bench: Bench) -> float:
        out = bench.course(text, [time, time + 10], ["excreted_cobalamin", "urinary_cobalamin", "ingested_cobalamin", "body_b12"])
        stored = out[3] / 1.3554
        absorbed = bench.course(text, [time, time + 10], ["cobalamin_absorption"])[0].mean()
        change = (stored[1] - stored[0]) / 10
        return float(100 * (absorbed - change) / stored[0])

    return predict


def _absorbed(ug: float) -> Callable[[Bench], float]:
    text = f"timeline: [{{at: 0 d, treat: cyanocobalamin {ug} ug oral daily}}]"
    return lambda bench: 100 * bench.at(text, 1.0, "tablet_efficiency")


def _nasal_peak(bench: Bench) -> float:
    times = np.arange(0, 0.5, 0.01)
    values = bench.course("timeline: [{at: 0 d, treat: cyanocobalamin 500 ug nasal once}]", times, ["serum_b12"])[0]
    return float(values.max() - values[0])


def _biomarkers() -> list[Target]:
    t = "biomarkers"
    mma = "methylmalonic_acid"
    hcy = "total_homocysteine"
    rows = [
        Target("MMA, healthy", t, "umol/L", 0.1, 0.2, 0.13, "calibrate", "MET010-MET016 (Ganji 2018)", _at(HEALTH, 0, mma)),
        Target("homocysteine, healthy", t, "umol/L", 7, 11, 9.5, "calibrate", "MET029, MET040 (Bailey 2013)", _at(HEALTH, 0, hcy)),
    ]
    for b12, low, high in ((200, 0.1, 0.35), (150, 0.11, 0.45), (100, 0.15, 1.2), (50, 0.35, 5.0)):
        rows.append(Target(f"MMA at serum B12 {b12}", t, "umol/L", low, high, None, "calibrate", "MET048-MET054 (derived guide)", _at_level("serum_b12", b12, mma)))
    rows += [
        Target("MMA at serum B12 27", t, "umol/L", 1.0, 10, 2.8, "calibrate", "MET096 (Guerra-Shinohara 2007)", _at_level("serum_b12", 27, mma)),
        Target("homocysteine at serum B12 27", t, "umol/L", 40, 95, 64, "calibrate", "MET097 (Guerra-Shinohara 2007)", _at_level("serum_b12", 27, hcy)),
        Target("homocysteine at serum B12 110", t, "umol/L", 10.9, 17, None, "calibrate", "MET036-MET037 (Bailey 2013)", _at_level("serum_b12", 110, hcy)),
        Target("serum SAM at serum B12 27", t, "nmol/L", 71, 168, 88, "validate", "MET099 (Guerra-Shinohara 2007)", _at_level("serum_b12", 27, "serum_sam")),
        Target("serum SAH at serum B12 27", t, "nmol/L", 30, 60, 41, "validate", "MET098 (Guerra-Shinohara 2007)", _at_level("serum_b12", 27, "serum_sah")),
        Target("folic acid 0.4 mg, homocysteine", t, "%", -22, -13, None, "calibrate", "MET125 (HLTC 2005)", _fall("timeline: [{at: 0 d, treat: folic acid 0.4 mg oral daily}]", 90, hcy)),
        Target("folic acid 5 mg, homocysteine", t, "%", -28, -18, None, "calibrate", "MET128 (HLTC 2005)", _fall("timeline: [{at: 0 d, treat: folic acid 5 mg oral daily}]", 90, hcy)),
        Target("MTHFR 677TT, homocysteine above CC", t, "umol/L", 0.8, 3.1, None, "calibrate", "MET130-MET131, K315 (Wald 2011)", lambda b: b.at("person: {genotype: {MTHFR: 677TT}}\ntimeline: []", 1, hcy) - b.at(HEALTH, 0, hcy)),
        Target("folate lack, 8 months, homocysteine", t, "umol/L", 17, 185, 15, "validate", "MET105 (Stabler 1988)", _at(FOLATE_LACK, 240, hcy)),
        Target("eGFR 30, MMA multiple", t, "fold", 1.7, 4, None, "calibrate", "MET135", lambda b: b.at("person: {egfr: 30}\ntimeline: []", 1, mma) / b.at(HEALTH, 0, mma)),
    ]
    return rows


FOLATE_LACK = "timeline: [{at: 0 d, diet: folate poor}]"


def _inborn_targets() -> list[Target]:
    t = "inborn"
    year = 2 * YEAR
    inf = float("inf")
    hcy, mma, hct, nerve = "total_homocysteine", "methylmalonic_acid", "hematocrit", "deficit_dorsal_columns"
    def row(cause: str, name: str, unit: str, low: float, high: float, trial: float | None, source: str) -> Target:
        return Target(f"{cause}, {name}", t, unit, low, high, trial, "validate", source, _at(_inborn(cause), year, name))

    return [
        row("MTHFR deficiency", hcy, "umol/L", 60, 320, 120, "MET347"),
        row("MTHFR deficiency", hct, "%", 38, 50, 44, "MET347 (no megaloblastic anaemia)"),
        row("MTHFR deficiency", nerve, "1", 0.15, 1, 0.29, "MET347-MET349"),
        row("MUT deficiency", mma, "umol/L", 100, 5000, 87, "MET352"),
        row("MUT deficiency", hcy, "umol/L", 7, 11, None, "MET352"),
        row("MUT deficiency", hct, "%", 40, 50, 44, "MET352"),
        row("MUT deficiency", nerve, "1", 0, 0.03, 0.01, "MET353 (no combined degeneration)"),
        row("cblG", hcy, "umol/L", 50, 250, 109, "MET350"),
        row("cblG", mma, "umol/L", 0.07, 0.27, None, "MET350"),
        row("cblG", hct, "%", 10, 33, 1.2, "MET350 (megaloblastic anaemia in most)"),
        row("cblG", nerve, "1", 0.15, 1, None, "MET350"),
        row("cblC", hcy, "umol/L", 80, 300, 79, "MET351"),
        row("cblC", mma, "umol/L", 10, 300, 5.5, "MET351"),
        row("cblC", hct, "%", 10, 36, None, "MET351"),
        row("CBS deficiency", hcy, "umol/L", 100, 300, 34, "modelling notes"),
        row("CBS deficiency", nerve, "1", 0, 0.1, None, "no combined degeneration"),
        row("transcobalamin deficiency", "serum_b12", "pmol/L", 148, inf, None, "MET355 (serum B12 usually normal)"),
        row("transcobalamin deficiency", mma, "umol/L", 1, inf, None, "MET355"),
    ]


NITROUS = "timeline: [{at: 0 d, cause: nitrous oxide 8 kg weekly}]"
NITROUS_METHIONINE = (
    "timeline: [{at: 0 d, cause: nitrous oxide 8 kg weekly}, "
    "{at: 0 d, treat: methionine 3 g oral daily}]"
)
ANAESTHETIC = "timeline: [{at: 0 d, cause: nitrous oxide anaesthetic 6 h}]"


def _nitrous() -> list[Target]:
    t = "nitrous oxide"
    return [
        Target("anaesthetic of 6 h, homocysteine peak", t, "fold", 1.7, 2.8, 5, "validate", "K277-K282 (Badner 1998; Myles 2008)", _peak_ratio(ANAESTHETIC, "total_homocysteine", 8)),
        Target("anaesthetic of 6 h, DNA synthesis at its lowest", t, "1", 0.4, 0.9, None, "validate", "K283, MET344 (Amess 1978)", lambda b: float(b.course(ANAESTHETIC, np.arange(0, 5, 0.25), ["dna_synthesis_marrow"])[0].min())),
        Target("8 kg a week for 9 months, homocysteine", t, "umol/L", 30, 51, 60, "validate", "N119, N128 (Swart 2021)", _at(NITROUS, 270, "total_homocysteine")),
        Target("8 kg a week for 9 months, serum B12", t, "pmol/L", 100, 320, 320, "validate", "N086, N119 (Oussalah 2019; Swart 2021)", _at(NITROUS, 270, "serum_b12")),
        Target("8 kg a week for 9 months, MMA", t, "umol/L", 0.13, 2, 0.13, "validate", "N088 (Oussalah 2019)", _at(NITROUS, 270, "methylmalonic_acid")),
        Target("8 kg a week for 9 months, dorsal columns", t, "1", 0.15, 1, 0.37, "validate", "N085, N117 (Swart 2021)", _at(NITROUS, 270, "deficit_dorsal_columns")),
        Target("the same with methionine, share of the deficit left", t, "1", 0, 0.4, 0.16, "validate", "N234-N236 (Scott 1981; van der Westhuyzen 1982)", lambda b: b.at(NITROUS_METHIONINE, 270, "deficit_dorsal_columns") / b.at(NITROUS, 270, "deficit_dorsal_columns")),
    ]


def _blood() -> list[Target]:
    t = "blood"
    years = 14.0
    return [
        Target("hematocrit at serum B12 27", t, "%", 16, 26, 22, "calibrate", "MET093 (Guerra-Shinohara 2007)", _at_level("serum_b12", 27, "hematocrit")),
        Target("mean cell volume at serum B12 27", t, "fL", 106, 120, 112, "calibrate", "MET094 (Guerra-Shinohara 2007)", _at_level("serum_b12", 27, "mean_cell_volume")),
        Target("hematocrit at serum B12 75", t, "%", 34, 45, None, "calibrate", "MET245-MET247 (Andres 2006)", _at_level("serum_b12", 75, "hematocrit")),
        Target("mean cell volume at serum B12 92", t, "fL", 92, 104, None, "calibrate", "MET246 (Andres 2006)", _at_level("serum_b12", 92, "mean_cell_volume")),
        Target("gastritis to MMA > 0.27", t, "years", 1, 4, 1.9, "validate", "modelling notes", lambda b: b.crossing(GASTRITIS, "methylmalonic_acid", 0.27, until=years * YEAR) / YEAR),
        Target("gastritis to mean cell volume > 100", t, "years", 1.5, 6, 2.8, "validate", "modelling notes", lambda b: b.crossing(GASTRITIS, "mean_cell_volume", 100, until=years * YEAR) / YEAR),
        Target("gastritis to hematocrit < 36", t, "years", 2, 8, 3.1, "validate", "modelling notes", lambda b: b.crossing(GASTRITIS, "hematocrit", 36, until=years * YEAR, rising=False) / YEAR),
        Target("gastritis to dorsal-column deficit > 0.2", t, "years", 2, 8, 3.1, "validate", "modelling notes", lambda b: b.crossing(GASTRITIS, "deficit_dorsal_columns", 0.2, until=years * YEAR) / YEAR),
        Target("zero-B12 diet to MMA > 0.27", t, "years", 2, 10, 4.8, "validate", "modelling notes (slower than gastritis)", lambda b: b.crossing(ZERO, "methylmalonic_acid", 0.27, until=20 * YEAR) / YEAR),
        Target("zero-B12 diet to dorsal-column deficit > 0.2", t, "years", 5, 20, 10, "validate", "modelling notes (slower than gastritis)", lambda b: b.crossing(ZERO, "deficit_dorsal_columns", 0.2, until=25 * YEAR) / YEAR),
        Target("folate lack, 8 months, hematocrit", t, "%", 20, 40, None, "validate", "pattern of design section 2", _at(FOLATE_LACK, 240, "hematocrit")),
        Target("folate lack, 8 months, dorsal columns", t, "1", 0, 0.05, None, "validate", "pattern of design section 2", _at(FOLATE_LACK, 240, "deficit_dorsal_columns")),
    ]


LOADING = "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months"


def _response(days: np.ndarray, name: str) -> Callable[[Bench], np.ndarray]:
    """Course of `name` after loading injections begin in overt deficiency (serum B12 27)."""

    def run(bench: Bench) -> np.ndarray:
        start = bench.crossing(GASTRITIS_ZERO, "serum_b12", 27, until=14 * YEAR, rising=False)
        if not np.isfinite(start):
            return np.full(len(days), np.nan)
        text = _treated(GASTRITIS_ZERO, start, LOADING)
        return bench.course(text, start + days, [name])[0]

    return run


def _first(days: np.ndarray, name: str, level: float, rising: bool) -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        values = _response(days, name)(bench)
        hit = values > level if rising else values < level
        return float(days[np.argmax(hit)]) if hit.any() else float("inf")

    return predict


def _onset(bench: Bench) -> float:
    """Day on which the first symptom of gastritis reaches grade 1."""
    return bench.crossing(GASTRITIS, "numbness_feet", 1.0, until=15 * YEAR)


def _delay(months: float, after: float, name: str) -> Callable[[Bench], float]:
    """Value `after` years of treatment that began `months` after the first symptom."""

    def predict(bench: Bench) -> float:
        start = _onset(bench) + months * MONTH
        text = _treated(GASTRITIS, start, LOADING)
        return bench.at(text, start + after * YEAR, name)

    return predict


def _treatment() -> list[Target]:
    t = "treatment"
    fine = np.arange(0.0, 30.0, 0.5)
    long = np.arange(0.0, 140.0, 1.0)
    mma, hcy = "methylmalonic_acid", "total_homocysteine"
    hb = _response(np.array([7.0, 28.0]), "hemoglobin")
    retic = _response(fine, "reticulocytes")
    return [
        Target("reticulocyte peak, day", t, "d", 5, 8, 7.5, "validate", "MET275 (IOM 1998)", lambda b: float(fine[np.argmax(retic(b))])),
        Target("reticulocyte peak, height", t, "%", 8, 28, 10, "validate", "MET284-MET286 (formula, memory)", lambda b: float(retic(b).max())),
        Target("hemoglobin rise", t, "g/L/week", 8, 15, 11, "validate", "MET276 (Hoffbrand)", lambda b: float(np.diff(hb(b))[0] / 3)),
        Target("MMA normal after", t, "d", 5, 21, 14, "validate", "MET120 (memory)", _first(long, mma, 0.3, False)),
        Target("homocysteine normal after", t, "d", 3, 21, 14, "validate", "MET120 (memory)", _first(long, hcy, 15, False)),
        Target("hematocrit normal (> 38) after", t, "weeks", 4, 11, 8, "validate", "MET281", lambda b: _first(long, "hematocrit", 38, True)(b) / 7),
        Target("Kuzminski oral arm, MMA at 4 months", t, "umol/L", 0.1, 0.25, 0.10, "validate", "C145 (Kuzminski 1998)", _kuzminski(ORAL, 120, mma)),
        Target("Kuzminski oral arm, homocysteine at 4 months", t, "umol/L", 8, 13.5, 9.4, "validate", "C146 (Kuzminski 1998)", _kuzminski(ORAL, 120, hcy)),
        Target("Kuzminski injection arm, MMA at 4 months", t, "umol/L", 0.13, 0.4, 0.15, "validate", "C148 (Kuzminski 1998)", _kuzminski(IM, 120, mma)),
        Target("Kuzminski injection arm, homocysteine at 4 months", t, "umol/L", 8.5, 15, 10.8, "validate", "C149 (Kuzminski 1998)", _kuzminski(IM, 120, hcy)),
        Target("disability at 4 months of symptoms", t, "points", 2, 6, 3.7, "calibrate", "N124-N126 (Gao Han 2021)", _delay(4, 0, "disability_score")),
        Target("the same, 2 years after treatment began", t, "points", 0, 1, 0.3, "calibrate", "N012-N019 (Healton 1991)", _delay(4, 2, "disability_score")),
        Target("disability at 12 months of symptoms", t, "points", 4, 9, 6.3, "calibrate", "N124-N126", _delay(12, 0, "disability_score")),
        Target("the same, 2 years after treatment began (late)", t, "points", 0.8, 3, 1.5, "calibrate", "N017-N018", _delay(12, 2, "disability_score")),
        Target("disability at 24 months of symptoms", t, "points", 6, 13, 8.3, "calibrate", "N124-N126", _delay(24, 0, "disability_score")),
        Target("the same, 2 years after treatment began (very late)", t, "points", 2, 6, 3.6, "calibrate", "N017-N018, N072", _delay(24, 2, "disability_score")),
    ]


def _folic() -> list[Target]:
    """Folic acid in gastritis: from the day the hematocrit has fallen below 33."""
    t = "treatment"

    def course(bench: Bench, line: str, name: str) -> tuple[float, float]:
        start = bench.crossing(GASTRITIS, "hematocrit", 33, until=15 * YEAR, rising=False)
        if not np.isfinite(start):
            return float("nan"), float("nan")
        first, last = bench.course(_treated(GASTRITIS, start, line), [start, start + YEAR], [name])[0]
        return float(first), float(last)

    five, little = "folic acid 5 mg oral daily", "folic acid 0.4 mg oral daily"
    return [
        Target("folic acid 5 mg in B12 lack, hematocrit after a year", t, "%", 38, 47, 44, "validate", "MET231-MET232 (IOM 1998; Berry 2019)", lambda b: course(b, five, "hematocrit")[1]),
        Target("folic acid 5 mg in B12 lack, growth of the nerve deficit", t, "1", 0.02, 1, 0.28, "validate", "pattern of design section 2", lambda b: -np.subtract(*course(b, five, "deficit_dorsal_columns"))),
        Target("folic acid 0.4 mg in B12 lack, hematocrit after a year", t, "%", 20, 40, None, "validate", "modelling notes (must not mask much)", lambda b: course(b, little, "hematocrit")[1]),
    ]


def targets() -> list[Target]:
    """Return all targets of the chain, in the order of the chain."""
    return [*_kinetics(), *_biomarkers(), *_inborn_targets(), *_nitrous(), *_blood(), *_treatment(), *_folic()]


def table(bench: Bench | None = None, theme: str | None = None) -> pd.DataFrame:
    """Return the table of targets against what the model gives.

    Parameters
    ----------
    bench : Bench, optional
        Where the cases run; the shipped parameter set if not given.
    theme : str, optional
        Only the rows of this theme.

    Returns
    -------
    DataFrame
        Columns theme, target, unit, low, high, trial, model, within, use, source, note.
    """
    import pandas as pd

    bench = bench or Bench()
    rows = []
    for target in targets():
        if theme in (None, target.theme):
            value = target.predict(bench)
            rows.append(
                {
                    "theme": target.theme,
                    "target": target.name,
                    "unit": target.unit,
                    "low": target.low,
                    "high": target.high,
                    "trial": target.trial,
                    "model": value,
                    "within": bool(target.low <= value <= target.high),
                    "use": target.use,
                    "source": target.source,
                    "note": target.note,
                }
            )
    return pd.DataFrame(rows)
