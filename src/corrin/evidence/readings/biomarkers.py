"""Readings of the theme biomarkers: metabolites by kidney, B12 and folate, and vessels.

A published group stands for one typical person: its age, the kidneys of that age, and the B12 or
folate of the group, reached by what the person has always eaten.
"""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np

from corrin.evidence.bench import YEAR, Bench
from corrin.evidence.readings.common import (
    B12,
    FOLATE_LACK,
    GASTRITIS,
    HCY,
    HEALTH,
    HORIZON,
    MMA,
    OLD_GASTRITIS,
    Reading,
    at,
    eater,
    treated,
)

FOLATE = "serum_folate"
STROKE, HEART, ATROPHY = "stroke_relative_risk", "heart_disease_relative_risk", "brain_atrophy_rate"

#: Mean eGFR by age, NHANES III (Coresh 2003).
KIDNEYS = {45: 99, 55: 93, 65: 85, 75: 75}
#: Folic acid that fortified flour adds in the United States, a day (assumed: about 0.2 mg).
FORTIFIED = "folic acid 0.2 mg oral daily"
#: Median serum B12 of US adults [pmol/L]: of a log-normal distribution with 1 % below 126 and 34 %
#: below 287 (evidence K189, K190).
MEDIAN_US = 343.0


def aged(years: int) -> str:
    """Age and the kidneys of that age, as a person is written."""
    return f"age: {years}, egfr: {KIDNEYS[years]}"


def american(name: str, age: int, b12: float) -> Reading:
    """`name` of an adult of the United States, where flour carries folic acid."""

    def read(bench: Bench) -> float:
        text = eater(bench, aged(age), b12=b12) + HEALTH
        return bench.at(treated(text, 0, FORTIFIED), 2 * YEAR, name)

    return read


def falling(text: str, level: float, name: str) -> Reading:
    """`name` when serum B12 has fallen to `level`."""
    return lambda bench: bench.when(text, B12, level, until=HORIZON, of=[name])[0]


def mean_of_patients(reading: Reading, low: float, high: float) -> Reading:
    """Mean over patients of what `reading` gives for the typical one.

    Patients spread log-normally, so that the mean lies above the median.

    Parameters
    ----------
    reading : Reading
        Value of the typical patient.
    low, high : float
        Quartiles of the same marker in newly found pernicious anaemia.
    """
    spread = log(high / low) / 1.349
    return lambda bench: reading(bench) * exp(spread**2 / 2)


def kidneys(low: float, high: float, name: str = MMA) -> Reading:
    """`name` at eGFR `low` over that at `high`."""

    def read(bench: Bench) -> float:
        poor, good = (
            bench.at(f"person: {{egfr: {egfr:g}}}\n{HEALTH}", 0, name) for egfr in (low, high)
        )
        return poor / good

    return read


def hcy_trial(*lines: str) -> Reading:
    """Change of homocysteine in 12 weeks, in per cent, from a serum folate of 12 nmol/L."""

    def read(bench: Bench) -> float:
        text = eater(bench, "", folate=12.0) + HEALTH
        for line in lines:
            text = treated(text, 0, line)
        first, last = bench.course(text, [0.0, 84.0], [HCY])[0]
        return float(100 * (last / first - 1))

    return read


def b12_on_top(bench: Bench) -> float:
    """Further fall of homocysteine, in per cent, by B12 beside folic acid."""
    folic = "folic acid 0.8 mg oral daily"
    alone = hcy_trial(folic)(bench)
    both = hcy_trial(folic, "cyanocobalamin 0.4 mg oral daily")(bench)
    return 100 * ((1 + both / 100) / (1 + alone / 100) - 1)


def genotypes(name: str, *, folate: float | None = None, extra: str | None = None) -> Reading:
    """Values of `name` in MTHFR 677TT and CC as (TT, CC); TT minus CC of homocysteine.

    People of both genotypes eat alike: what gives CC a serum folate of `folate` [nmol/L].
    """
    return lambda bench: _pair(bench, name, folate, extra, ratio=False)


def genotype_ratio(name: str, *, folate: float | None = None) -> Reading:
    """`name` in MTHFR 677TT over CC."""
    return lambda bench: _pair(bench, name, folate, None, ratio=True)


def _pair(bench: Bench, name: str, folate: float | None, extra: str | None, ratio: bool) -> float:
    person = eater(bench, "", folate=folate)
    variant = person.replace("person: {", "person: {genotype: {MTHFR: 677TT}, ")
    texts = [p + HEALTH for p in (variant, person)]
    if extra:
        texts = [treated(text, 0, extra) for text in texts]
    tt, cc = (bench.at(text, 2 * YEAR if extra else 0, name) for text in texts)
    return tt / cc if ratio else tt - cc


def risk_by_homocysteine(name: str, low: float, high: float) -> Reading:
    """Risk at a lifelong homocysteine of `high` over that at `low` [umol/L]."""

    def read(bench: Bench) -> float:
        people = [eater(bench, "", homocysteine=level) + HEALTH for level in (high, low)]
        above, below = (bench.at(text, 0, name) for text in people)
        return above / below

    return read


def fewer(name: str) -> Reading:
    """Risk that a quarter less homocysteine (9 instead of 12 umol/L) takes away, in per cent."""
    return lambda bench: 100 * (1 - 1 / risk_by_homocysteine(name, 9.0, 12.0)(bench))


def risk_trial(
    years: float, *lines: str, b12: float | None = None, folate: float | None = None
) -> Reading:
    """Mean risk of stroke over a trial with treatment, over that without."""

    def read(bench: Bench) -> float:
        placebo = eater(bench, aged(65), b12=b12, folate=folate) + HEALTH
        active = placebo
        for line in lines:
            active = treated(active, 0, line)
        times = np.linspace(0, years * YEAR, 25)
        risks = [bench.course(text, times, [STROKE])[0].mean() for text in (active, placebo)]
        return float(risks[0] / risks[1])

    return read


def atrophy(homocysteine: float, *, treat: bool) -> Reading:
    """Mean rate of brain atrophy over two years from age 75 [%/year]."""

    def read(bench: Bench) -> float:
        text = eater(bench, aged(75), homocysteine=homocysteine) + HEALTH
        for line in ("folic acid 0.8 mg oral daily", "cyanocobalamin 0.5 mg oral daily"):
            text = treated(text, 0, line) if treat else text
        return float(bench.course(text, np.linspace(0, 2 * YEAR, 25), [ATROPHY])[0].mean())

    return read


def atrophy_slowed(bench: Bench) -> float:
    """Atrophy that B vitamins take away at a homocysteine of 15 umol/L, in per cent."""
    return 100 * (1 - atrophy(15.0, treat=True)(bench) / atrophy(15.0, treat=False)(bench))


#: A Danish mother; her kidneys are those of her age, as the cause does not change them.
MOTHER = (
    "person: {sex: female, age: 30, egfr: 107}\n"
    "timeline: [{at: 0 d, cause: pregnancy, until: 40 weeks}]"
)


def more_folate(bench: Bench) -> float:
    """Change of serum folate with a tenth more folate eaten, in per cent."""
    more, usual = (
        bench.at(f"person: {{diet: {{b12: 6 ug daily, folate: {eaten}}}}}\n{HEALTH}", 0, FOLATE)
        for eaten in (1.1, 1.0)
    )
    return 100 * (more / usual - 1)


def per_doubling(bench: Bench) -> float:
    """Change of MMA for each doubling of B12 eaten, from 3 to 12 ug a day, in per cent."""
    few, many = (
        bench.at(f"person: {{diet: {{b12: {ug} ug daily}}}}\n{HEALTH}", 0, MMA) for ug in (3, 12)
    )
    return 100 * (sqrt(many / few) - 1)


def on_metformin(name: str) -> Reading:
    """`name` after five years of metformin over that without."""
    base = f"person: {{{aged(55)}}}\n"
    text = base + "timeline: [{at: 0 d, cause: metformin 2000 mg daily}]"
    return lambda bench: bench.at(text, 5 * YEAR, name) / bench.at(base + HEALTH, 0, name)


#: Quartiles of MMA and homocysteine [umol/L] in newly found pernicious anaemia (C192, C190).
PA_MMA, PA_HCY = (0.28, 1.09), (13.7, 46.8)
#: New pernicious anaemia of a treatment trial of people of about 60.
PA_60 = f"person: {{{aged(65)}}}\n{GASTRITIS}"

#: Readings by the id of their row in ``data/observations/biomarkers.csv``.
READINGS: dict[str, Reading] = {
    "abildgaard2022-b12-middle": at(f"person: {{{aged(45)}}}\n{HEALTH}", 1.0, B12),
    "abildgaard2022-mma-middle": at(f"person: {{{aged(45)}}}\n{HEALTH}", 1.0, MMA),
    "abildgaard2022-mma-65-middle": at(f"person: {{{aged(75)}}}\n{HEALTH}", 1.0, MMA),
    "ganji2018-mma-white": american(MMA, 45, MEDIAN_US),
    "egfr-below-30-mma": kidneys(22, 105),
    "guerrashinohara2007-mma": falling(GASTRITIS, 27, MMA),
    "guerrashinohara2007-homocysteine": falling(GASTRITIS, 27, HCY),
    "guerrashinohara2007-sam": falling(GASTRITIS, 27, "serum_sam"),
    "guerrashinohara2007-sah": falling(GASTRITIS, 27, "serum_sah"),
    "kuzminski1998-mma-at-entry": mean_of_patients(falling(OLD_GASTRITIS, 69, MMA), *PA_MMA),
    "kuzminski1998-homocysteine-at-entry": mean_of_patients(
        falling(OLD_GASTRITIS, 69, HCY), *PA_HCY
    ),
    "oral-pa-cohort-mma-at-entry": falling(PA_60, 148, MMA),
    "oral-pa-cohort-homocysteine-at-entry": falling(PA_60, 148, HCY),
    "red-cell-folate-in-pernicious-anaemia": lambda bench: (
        100 * falling(GASTRITIS, 27, "marrow_folate_relative")(bench)
    ),
    "hltc2005-folic-acid-0.2-mg": hcy_trial("folic acid 0.2 mg oral daily"),
    "hltc2005-folic-acid-0.4-mg": hcy_trial("folic acid 0.4 mg oral daily"),
    "hltc2005-folic-acid-0.8-mg": hcy_trial("folic acid 0.8 mg oral daily"),
    "hltc2005-folic-acid-2-mg": hcy_trial("folic acid 2 mg oral daily"),
    "hltc2005-folic-acid-5-mg": hcy_trial("folic acid 5 mg oral daily"),
    "hltc2005-b12-on-top": b12_on_top,
    "wald2011-mthfr-homocysteine": genotypes(HCY),
    "holmes2011-mthfr-low-folate": genotypes(HCY, folate=18.0),
    "holmes2011-mthfr-fortified": genotypes(HCY, extra=FORTIFIED),
    "pietruszka2014-mthfr-homocysteine": genotypes(HCY, folate=16.0),
    "pietruszka2014-mthfr-folate": genotype_ratio(FOLATE, folate=16.0),
    "wald2011-mthfr-heart": genotype_ratio(HEART),
    "bennett2023-mthfr-stroke": genotype_ratio(STROKE, folate=18.0),
    "wald2002-heart-prospective": risk_by_homocysteine(HEART, 12.0, 17.0),
    "wald2002-heart-genetic": risk_by_homocysteine(HEART, 12.0, 17.0),
    "wald2002-stroke-prospective": risk_by_homocysteine(STROKE, 12.0, 17.0),
    "wald2002-stroke-genetic": risk_by_homocysteine(STROKE, 12.0, 17.0),
    "hsc2002-heart-quarter-less": fewer(HEART),
    "hsc2002-stroke-quarter-less": fewer(STROKE),
    "huo2015-stroke-folic-acid": risk_trial(
        4.5, "folic acid 0.8 mg oral daily", b12=280, folate=18.0
    ),
    "qin2020-stroke-folic-acid-low-vitamins": risk_trial(
        4.5, "folic acid 0.8 mg oral daily", b12=220, folate=14.0
    ),
    "lee2010-stroke-folic-acid": risk_trial(3.0, "folic acid 2 mg oral daily"),
    "lee2010-stroke-folic-acid-with-b12": risk_trial(
        3.0, "folic acid 2 mg oral daily", "cyanocobalamin 0.5 mg oral daily"
    ),
    "smith2010-atrophy-placebo": atrophy(11.0, treat=False),
    "smith2010-atrophy-b-vitamins": atrophy(11.0, treat=True),
    "smith2010-atrophy-slowed-homocysteine-over-13": atrophy_slowed,
    "stabler1988-folate-lack-homocysteine": at(FOLATE_LACK, 240, HCY),
    "savage1994-folate-lack-mma": at(FOLATE_LACK, 240, MMA),
    "milman2006-mma-week-18": at(MOTHER, 18 * 7, MMA),
    "milman2006-mma-week-32": at(MOTHER, 32 * 7, MMA),
    "milman2006-mma-week-39": at(MOTHER, 39 * 7, MMA),
    "milman2006-mma-after-birth": at(MOTHER, 48 * 7, MMA),
    "dullemeijer2013-mma-per-doubling": per_doubling,
    "hashem2021-metformin-homocysteine": on_metformin(HCY),
    "hashem2021-metformin-mma": on_metformin(MMA),
    "cohen2019-homocysteine-kidney": kidneys(50, 88, HCY),
    "marchetta2015-serum-folate": more_folate,
}
