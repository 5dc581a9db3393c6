"""Readings of the theme treatment: treatment and its trials.

The people of a trial enter it at the published value of the marker by which the trial chose them,
on the way down from health through the cause that the trial names (or the assumed one that the
note of the observation names); from that day on they take what the trial gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, inf, isfinite, log, sqrt

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench
from corrin.evidence.readings.common import (
    B12,
    CORD,
    GASTRITIS,
    HCT,
    HCY,
    HEALTH,
    HORIZON,
    IM,
    LOADING,
    MMA,
    ORAL,
    Reading,
    cause,
    change,
    eater,
    kuzminski,
    masking,
    treated,
)
from corrin.units import B12_UG_PER_NMOL

HB, MCV, HOLO = "hemoglobin", "mean_cell_volume", "holotranscobalamin"
RETICULOCYTES = "reticulocytes"
#: Serum B12 of 1 pg/mL [pmol/L].
PMOL_PER_PG = 1 / B12_UG_PER_NMOL
#: Lower limit of normal serum B12 in the trial OB12, 211 pg/mL [pmol/L].
OB12_LIMIT = 211 * PMOL_PER_PG
#: Spread of the logarithm of serum B12 among people on one treatment: the interquartile range 297
#: to 485 pmol/L after a month of 1 mg by mouth (evidence C189).
SPREAD_B12 = log(485 / 297) / 1.349
DAILY_MG = "cyanocobalamin 1 mg oral daily"


@dataclass(frozen=True)
class Trial:
    """People of a trial: how they came to it, and where it took them in.

    Attributes
    ----------
    base : str
        Scenario without treatment.
    level : float
        Value of `marker` at entry [its unit].
    marker : str
        By which the trial chose its people.
    rising : bool
        Whether the marker rises to that value.
    """

    base: str
    level: float
    marker: str = B12
    rising: bool = False

    def course(self, bench: Bench, days: list[float], name: str, *lines: str) -> np.ndarray:
        """Return `name` on `days` after entry.

        Where the marker never gets to the level of the trial, entry is where it is nearest to it.
        """
        start = bench.nearest(self.base, self.marker, self.level, until=HORIZON, rising=self.rising)
        text = self.base
        for line in lines:
            text = treated(text, start, line)
        found: np.ndarray = bench.course(text, [start + day for day in days], [name])[0]
        return found

    def after(self, day: float, name: str, *lines: str) -> Reading:
        """Value of `name` on day `day` of the treatments."""
        return lambda bench: float(self.course(bench, [day], name, *lines)[0])

    def gain(self, day: float, name: str, *lines: str) -> Reading:
        """Change of `name` from entry to day `day`."""

        def read(bench: Bench) -> float:
            first, last = self.course(bench, [0.0, day], name, *lines)
            return float(last - first)

        return read

    def percent(self, day: float, name: str, *lines: str) -> Reading:
        """Change of `name` from entry to day `day`, in per cent of its value at entry."""

        def read(bench: Bench) -> float:
            first, last = self.course(bench, [0.0, day], name, *lines)
            return float(100 * (last / first - 1))

        return read

    def share_above(self, day: float, limit: float, line: str) -> Reading:
        """Share of people whose serum B12 is above `limit` on day `day`, in per cent.

        The simulated person is the median; the others spread around as `SPREAD_B12`.
        """

        def read(bench: Bench) -> float:
            typical = self.after(day, B12, line)(bench)
            return 50 * (1 + erf(log(typical / limit) / SPREAD_B12 / sqrt(2)))

        return read

    def days_until(self, line: str, **limits: tuple[float, float]) -> Reading:
        """Days from the first dose until all quantities are within their limits."""

        def read(bench: Bench) -> float:
            days = [float(day) for day in range(181)]
            within = np.full(len(days), True)
            for name, (low, high) in limits.items():
                values = self.course(bench, days, name, line)
                within &= (values >= low) & (values <= high)
            return days[int(np.argmax(within))] if within.any() else float("inf")

        return read


# --- People ----------------------------------------------------------------------------------


def older(age: int, egfr: int, what: str = "atrophic gastritis severe") -> str:
    """Scenario of an older person who releases little cobalamin from food."""
    person = f"person: {{age: {age}, egfr: {egfr}, diet: older western adult}}"
    return f"{person}\n{cause(what)}"


OVERT = Trial(GASTRITIS, 27)
#: Hemoglobin of a relapse of pernicious anaemia [g/L] (assumed).
RELAPSE = Trial(GASTRITIS, 70, HB)
OB12 = Trial(older(75, 65), OB12_LIMIT)
OB12_ORAL = f"{DAILY_MG} for 8 weeks then weekly"
OB12_IM = "cyanocobalamin 1 mg im every 2 days for 2 weeks then weekly for 6 weeks then monthly"
SAW_TOOTH = "daily for 10 days then weekly for 4 weeks then monthly"
SHARABI_SUBLINGUAL = Trial(GASTRITIS, 94)
SHARABI_ORAL = Trial(GASTRITIS, 108)
ANDRES = Trial(older(78, 62), 200 * PMOL_PER_PG)
#: Middle of the range of inclusion, 100 to 300 pmol/L (C174); MMA is above 0.26 there.
EUSSEN_2005 = Trial(older(80, 60), 173)
EUSSEN_2006 = Trial(older(80, 60), 150)
FAVRAT = Trial(older(70, 70), 160)
DANGOUR = Trial(older(80, 60), 231)
SEAL = Trial(older(81, 60), 135)
RAJAN = Trial("person: {age: 75, egfr: 65}\n" + GASTRITIS, 0.45, MMA, rising=True)
RAJAN_STEPS = (
    "cyanocobalamin 25 ug oral daily for 6 weeks then 100 ug daily for 6 weeks then 1 mg daily"
)
DIDANGELOS = Trial(older(63, 80, "metformin 2000 mg daily"), 232)
GAY = Trial("person: {age: 60, egfr: 80}\n" + GASTRITIS, 148)
GASTRECTOMY = Trial("person: {age: 60}\n" + cause("total gastrectomy"), 58.3 * PMOL_PER_PG)
MECOBALAMIN = "methylcobalamin 2 mg oral daily"
#: Serum B12 of families of rural Pune, who have always eaten little animal food [pmol/L], and the
#: folic acid that half of every arm took beside B12.
PUNE_B12, PUNE_FOLIC = 150.0, "folic acid 0.2 mg oral daily"
BREAD = (
    "person: {age: 62, egfr: 85, diet: older western adult}\ntimeline: "
    "[{at: 0 d, diet: {b12: 3.8 ug daily, fortified: 9.6 ug daily}}, "
    "{at: 0 d, treat: folic acid 0.138 mg oral daily}]"
)


# --- What is read off ------------------------------------------------------------------------


def bread_b12(bench: Bench) -> float:
    """Rise of serum B12 after 12 weeks of fortified bread [pmol/L]."""
    first, last = bench.course(BREAD, [0.0, 84.0], [B12])[0]
    return float(last - first)


def pune(*lines: str) -> Reading:
    """Change of homocysteine in a year [umol/L]: mean of those with and without folic acid."""

    def read(bench: Bench) -> float:
        base = eater(bench, "", b12=PUNE_B12) + HEALTH
        changes = []
        for arm in ((), (PUNE_FOLIC,)):
            text = base
            for line in (*lines, *arm):
                text = treated(text, 0, line)
            first, last = bench.course(text, [0.0, YEAR], [HCY])[0]
            changes.append(last - first)
        return float(np.mean(changes))

    return read


def daily_over_weekly(bench: Bench) -> float:
    """Serum B12 of vegans after 90 days of 50 ug daily over that of 2 mg weekly."""
    vegan = f"person: {{diet: vegan}}\n{HEALTH}"
    lines = ("cyanocobalamin 50 ug sublingual daily", "cyanocobalamin 2 mg sublingual weekly")
    daily, weekly = (bench.at(treated(vegan, 0, line), 90, B12) for line in lines)
    return daily / weekly


def reticulocyte_peak(red_cells: float) -> Reading:
    """Highest reticulocytes after B12 when red cells had fallen to `red_cells` [10^12/L]."""

    def read(bench: Bench) -> float:
        weeks = np.arange(0.0, HORIZON, 7.0)
        hematocrit, volume = bench.course(GASTRITIS, weeks, [HCT, MCV])
        below = 10 * hematocrit / volume <= red_cells
        if not below.any():
            return float("nan")
        start = float(weeks[np.argmax(below)])
        days = [start + day / 2 for day in range(60)]
        return float(bench.course(treated(GASTRITIS, start, LOADING), days, [RETICULOCYTES]).max())

    return read


def reticulocyte_peak_day(bench: Bench) -> float:
    """Day on which reticulocytes are highest after B12 in overt deficiency."""
    days = [day / 4 for day in range(120)]
    return days[int(np.argmax(OVERT.course(bench, days, RETICULOCYTES, LOADING)))]


def reticulocyte_onset(bench: Bench) -> float:
    """Days until reticulocytes have risen by a fifth, about the error of a count by eye."""
    days = [day / 8 for day in range(160)]
    values = OVERT.course(bench, days, RETICULOCYTES, LOADING)
    risen = values > 1.2 * values[0]
    return days[int(np.argmax(risen))] if risen.any() else float("inf")


def hemoglobin_rise(bench: Bench) -> float:
    """Rise of hemoglobin a week over weeks 2 to 4 of treatment [g/L]."""
    first, last = OVERT.course(bench, [7.0, 28.0], HB, LOADING)
    return float((last - first) / 3)


def effective_production(bench: Bench) -> float:
    """Highest delivery of red cells to blood in the response, relative to health.

    From the hemoglobin of a relapse, as the other measurements of the same study are read.
    """
    days = [float(day) for day in range(29)]
    return float(RELAPSE.course(bench, days, "effective_production", LOADING).max())


def relapse(name: str, level: float, *, rising: bool) -> Reading:
    """Months from the end of two years of injections until `name` crosses `level`."""

    def read(bench: Bench) -> float:
        start = bench.crossing(GASTRITIS, B12, OVERT.level, until=HORIZON, rising=False)
        if not isfinite(start):
            return float("nan")
        stop = start + 2 * YEAR
        line = "cyanocobalamin 1 mg im daily for 7 days then weekly for 4 weeks then monthly"
        text = f"{GASTRITIS[:-1]}, {{at: {start} d, treat: {line}, until: {stop} d}}]"
        days = np.arange(0.0, 10 * YEAR, 14.0)
        values = bench.course(text, stop + days, [name])[0]
        beyond = values > level if rising else values < level
        return float(days[np.argmax(beyond)]) / MONTH if beyond.any() else float("inf")

    return read


#: Readings by the id of their row in ``data/observations/treatment.csv``.
READINGS: dict[str, Reading] = {
    # By mouth against injections
    "kuzminski1998-oral-b12": kuzminski(ORAL, B12),
    "kuzminski1998-oral-mma": kuzminski(ORAL, MMA),
    "kuzminski1998-oral-homocysteine": kuzminski(ORAL, HCY),
    "kuzminski1998-im-b12": kuzminski(IM, B12),
    "kuzminski1998-im-mma": kuzminski(IM, MMA),
    "kuzminski1998-im-homocysteine": kuzminski(IM, HCY),
    "sanzcuesta2020-oral-week-8": OB12.share_above(56, OB12_LIMIT, OB12_ORAL),
    "sanzcuesta2020-im-week-8": OB12.share_above(56, OB12_LIMIT, OB12_IM),
    "sanzcuesta2020-oral-week-52": OB12.share_above(364, OB12_LIMIT, OB12_ORAL),
    "sanzcuesta2020-im-week-52": OB12.share_above(364, OB12_LIMIT, OB12_IM),
    "bolaman2003-oral-b12": Trial(GASTRITIS, 73 * PMOL_PER_PG).after(
        89, B12, f"cyanocobalamin 1 mg oral {SAW_TOOTH}"
    ),
    "bolaman2003-im-b12": Trial(GASTRITIS, 70 * PMOL_PER_PG).after(
        89, B12, f"cyanocobalamin 1 mg im {SAW_TOOTH}"
    ),
    "sharabi2003-sublingual-b12": SHARABI_SUBLINGUAL.after(
        28, B12, "cyanocobalamin 500 ug sublingual daily"
    ),
    "sharabi2003-oral-b12": SHARABI_ORAL.after(28, B12, "cyanocobalamin 500 ug oral daily"),
    # By mouth in loss of intrinsic factor
    "oral-pa-cohort-b12-1-month": GAY.after(30, B12, DAILY_MG),
    "oral-pa-cohort-homocysteine-1-month": GAY.after(30, HCY, DAILY_MG),
    "oral-pa-cohort-mma-1-month": GAY.after(30, MMA, DAILY_MG),
    "wonkwang2004-b12-1-month": GASTRECTOMY.after(MONTH, B12, MECOBALAMIN),
    "wonkwang2004-b12-6-months": GASTRECTOMY.after(6 * MONTH, B12, MECOBALAMIN),
    "wonkwang2004-hemoglobin-1-month": GASTRECTOMY.after(MONTH, HB, MECOBALAMIN),
    "wonkwang2004-hemoglobin-2-months": GASTRECTOMY.after(2 * MONTH, HB, MECOBALAMIN),
    "wonkwang2004-hemoglobin-6-months": GASTRECTOMY.after(6 * MONTH, HB, MECOBALAMIN),
    "wonkwang2004-homocysteine-1-month": GASTRECTOMY.after(MONTH, HCY, MECOBALAMIN),
    # Doses by mouth in older people
    "eussen2005-mma-2.5-ug": EUSSEN_2005.percent(112, MMA, "cyanocobalamin 2.5 ug oral daily"),
    "eussen2005-mma-100-ug": EUSSEN_2005.percent(112, MMA, "cyanocobalamin 100 ug oral daily"),
    "eussen2005-mma-250-ug": EUSSEN_2005.percent(112, MMA, "cyanocobalamin 250 ug oral daily"),
    "eussen2005-mma-500-ug": EUSSEN_2005.percent(112, MMA, "cyanocobalamin 500 ug oral daily"),
    "eussen2005-mma-1000-ug": EUSSEN_2005.percent(112, MMA, DAILY_MG),
    "eussen2006-homocysteine": EUSSEN_2006.percent(
        168, HCY, DAILY_MG, "folic acid 0.4 mg oral daily"
    ),
    "favrat2011-mma": FAVRAT.gain(28, MMA, DAILY_MG),
    "rajan2002-mma-25-ug": RAJAN.after(42, MMA, RAJAN_STEPS),
    "rajan2002-mma-100-ug": RAJAN.after(84, MMA, RAJAN_STEPS),
    "rajan2002-mma-1000-ug": RAJAN.after(126, MMA, RAJAN_STEPS),
    "seal2002-b12-10-ug": SEAL.percent(30, B12, "cyanocobalamin 10 ug oral daily"),
    "seal2002-b12-50-ug": SEAL.percent(30, B12, "cyanocobalamin 50 ug oral daily"),
    "andres2006-b12": ANDRES.gain(30, B12, "cyanocobalamin 500 ug oral daily"),
    "andres2003-hemoglobin": ANDRES.gain(30, HB, "cyanocobalamin 500 ug oral daily"),
    "andres2003-mean-cell-volume": ANDRES.gain(30, MCV, "cyanocobalamin 500 ug oral daily"),
    "dangour2015-b12": DANGOUR.after(YEAR, B12, DAILY_MG),
    "dangour2015-holotranscobalamin": DANGOUR.after(YEAR, HOLO, DAILY_MG),
    "dangour2015-homocysteine": DANGOUR.percent(YEAR, HCY, DAILY_MG),
    "didangelos2021-b12": DIDANGELOS.after(YEAR, B12, "methylcobalamin 1 mg oral daily"),
    # Physiological doses and fortified food
    "deshmukh2010-homocysteine-0-ug": pune(),
    "deshmukh2010-homocysteine-2-ug": pune("cyanocobalamin 2 ug oral daily"),
    "deshmukh2010-homocysteine-10-ug": pune("cyanocobalamin 10 ug oral daily"),
    "delbo2019-b12-daily-over-weekly": daily_over_weekly,
    "winkels2008-b12": bread_b12,
    "winkels2008-holotranscobalamin": change(BREAD, 84, HOLO),
    "winkels2008-homocysteine": change(BREAD, 84, HCY),
    "winkels2008-mma": change(BREAD, 84, MMA),
    # Folic acid in lack of B12
    "folic-acid-5-mg-in-b12-lack-hematocrit-after-a-year": masking(
        "folic acid 5 mg oral daily", HCT
    ),
    "folic-acid-0.4-mg-in-b12-lack-hematocrit-after-a-year": masking(
        "folic acid 0.4 mg oral daily", HCT
    ),
    "folic-acid-5-mg-in-b12-lack-growth-of-the-nerve-deficit": masking(
        "folic acid 5 mg oral daily", CORD, growth=True
    ),
    # Time course of recovery
    "mma-normal-after": OVERT.days_until(LOADING, methylmalonic_acid=(0, 0.271)),
    "homocysteine-normal-after": OVERT.days_until(LOADING, total_homocysteine=(0, 13.9)),
    "guerrashinohara2007-sah-after-injections": OVERT.after(30, "serum_sah", LOADING),
    "reticulocyte-rise-first-seen": reticulocyte_onset,
    "reticulocyte-peak-day": reticulocyte_peak_day,
    "reticulocyte-peak-at-2-million-red-cells": reticulocyte_peak(2.0),
    "reticulocyte-peak-at-3-million-red-cells": reticulocyte_peak(3.0),
    "finch1956-effective-production": effective_production,
    "hemoglobin-rise": hemoglobin_rise,
    "platelets-normal-after": OVERT.days_until(LOADING, platelets=(150, 400)),
    "blood-count-normal-after": OVERT.days_until(
        LOADING, hemoglobin=(130, inf), mean_cell_volume=(80, 100), platelets=(150, 400)
    ),
    "mean-cell-volume-normal-after": OVERT.days_until(LOADING, mean_cell_volume=(80, 100)),
    # Relapse after stopping
    "savage1983-macrocytosis-after-stopping": relapse(MCV, 100, rising=True),
    "savage1983-anaemia-after-stopping": relapse(HB, 130, rising=False),
}
