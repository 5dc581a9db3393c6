"""Readings of the theme population: shares, medians and odds in surveys and trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import Bench
from corrin.evidence.readings.common import B12, HCY, MCV, MMA, Reading
from corrin.evidence.readings.groups import (
    FOLATE,
    HB,
    HOLOTC,
    Chosen,
    above,
    aged,
    below,
    between,
    both,
    columns,
    correlation,
    discrimination,
    everyone,
    having,
    mean,
    median,
    odds_ratio,
    people,
    percentile,
    share,
    variation,
    without,
    women,
)
from corrin.evidence.readings.presentation import (
    deficient,
    either_normal,
    found_share,
    nervous,
    normal_blood,
)

if TYPE_CHECKING:
    import xarray


def odds_of_mood(deficient: Chosen, base: float, choose: Chosen = everyone) -> Reading:
    """Odds ratio of depression between the deficient and the rest of a survey of older adults.

    `base` is its share where the model adds nothing; the deficient are at any time of their lack.
    """

    def read(bench: Bench) -> float:
        data = people(bench, "older-adults")
        added, low = data["mood_probability"].values[:, 0], deficient(data)
        odds = []
        for group in (low, ~low):
            share = base + (1 - base) * float(added[group & choose(data)].mean())
            odds.append(share / (1 - share))
        return odds[0] / odds[1]

    return read


def numb_on_metformin(bench: Bench) -> float:
    """Neuropathy of diabetics on metformin less that of others [points of %]; 31.8 % have it."""
    data = people(bench, "type-2-diabetes-usa")
    numb, treated = data["numbness_feet_probability"].values[:, 0], having("metformin")(data)
    return (100 - 31.8) * float(numb[treated].mean() - numb[~treated].mean())


def cb12_below(level: float) -> Chosen:
    """Tell in whom the combined indicator of four markers is below a level (Fedosov 2015)."""

    def choose(data: xarray.Dataset) -> np.ndarray:
        b12, holo, mma, hcy = columns(data, B12, HOLOTC, MMA, HCY)
        age = 3.79 / (1 + (data["age"].values / 230) ** 2.6)
        found: np.ndarray = np.log10(holo * b12 / (mma * hcy)) - age < level
        return found

    return choose


def anaemic(data: xarray.Dataset) -> np.ndarray:
    """Tell who is anaemic by the limits of the World Health Organization."""
    limit = np.where(data["sex"].values == "female", 120, 130)
    found: np.ndarray = columns(data, HB)[0] < limit
    return found


def low_status(data: xarray.Dataset) -> np.ndarray:
    """Tell who has low B12 as Morris 2007 defined it."""
    b12, mma = columns(data, B12, MMA)
    found: np.ndarray = (b12 < 148) | (mma > 0.21)
    return found


def filtering(data: xarray.Dataset) -> np.ndarray:
    """Choose people whose kidneys filter well (60 mL/min/1.73m2 or more)."""
    return np.asarray(data["egfr"].values >= 60)


def significant(data: xarray.Dataset) -> np.ndarray:
    """Tell who has low or metabolically significant B12 as Clarke 2004 defined it."""
    b12, hcy = columns(data, B12, HCY)
    found: np.ndarray = (b12 < 150) | ((b12 < 200) & (hcy > 20))
    return found


def risk_ratio_gastritis(bench: Bench) -> float:
    """Share below 148 pmol/L with marked atrophy of the stomach over that without."""
    data = people(bench, "older-adults")
    low = below(B12, 148)(data)
    ill = having("gastritis severe")(data) | having("autoimmune gastritis")(data)
    return float(np.mean(low[ill])) / max(float(np.mean(low[~ill])), 1e-3)


def metformin_excess(bench: Bench) -> float:
    """Percentage points more below 150 pmol/L on metformin after 4.3 years."""
    data = people(bench, "metformin-trial")
    low, given = below(B12, 150)(data), having("metformin")(data)
    return float(100 * (np.mean(low[given]) - np.mean(low[~given])))


USA, OLD, YOUNG = "adults-usa", "older-adults", "healthy-adults"
HALE, SWISS, DRUGS = "healthy-older-adults", "swiss-seniors", "acid-suppressing-drugs"
OXFORD, IRISH = "oxfordshire-elderly", "irish-older-adults"
ON, OFF, T2D = "diabetes-prevention-metformin", "diabetes-prevention-placebo", "type-2-diabetes-usa"
BANDS = {
    "low": between(B12, 0, 126), "middle": between(B12, 126, 287), "high": between(B12, 287, 1e9),
}  # fmt: skip
DECADES = {"60s": aged(60, 70), "70s": aged(70, 80), "80s": aged(80)}
NEITHER = without(lambda d: having("pump")(d) | having("h2")(d))


#: Readings by the id of their row in ``data/observations/population.csv``.
READINGS: dict[str, Reading] = {
    "abildgaard2022-b12-p2.5": percentile(YOUNG, B12, 2.5),
    "abildgaard2022-b12-p97.5": percentile(YOUNG, B12, 97.5),
    "abildgaard2022-mma-p2.5": percentile(YOUNG, MMA, 2.5),
    "abildgaard2022-mma-p97.5": percentile(YOUNG, MMA, 97.5),
    "abildgaard2022-mma-65-p2.5": percentile(HALE, MMA, 2.5),
    "abildgaard2022-mma-65-p97.5": percentile(HALE, MMA, 97.5),
    "refsum2006-holotc-p2.5": percentile(YOUNG, HOLOTC, 2.5),
    "refsum2006-holotc-p97.5": percentile(YOUNG, HOLOTC, 97.5),
    "loikas2003-holotc-p2.5": percentile(YOUNG, HOLOTC, 2.5),
    "loikas2003-holotc-p97.5": percentile(YOUNG, HOLOTC, 97.5),
    "loikas2003-holotc-b12": correlation(YOUNG, HOLOTC, B12),
    "loikas2003-holotc-mma": correlation(YOUNG, HOLOTC, MMA),
    "ozkanay2023-b12-between": variation(YOUNG, B12),
    "cokluk2021-b12-between": variation(YOUNG, B12),
    "sjcli2019-mma-between": variation(YOUNG, MMA, both(women, aged(18, 50))),
    "sjcli2019-hcy-between": variation(YOUNG, HCY, both(women, aged(18, 50))),
    "ozkanay2023-folate-between": variation(YOUNG, FOLATE),
    "cokluk2021-folate-between": variation(YOUNG, FOLATE),
    "adults2025-hcy-p2.5": percentile(YOUNG, HCY, 2.5),
    "adults2025-hcy-p97.5": percentile(YOUNG, HCY, 97.5),
    "adults2025-holotc-p2.5": percentile(YOUNG, HOLOTC, 2.5),
    "adults2025-holotc-p97.5": percentile(YOUNG, HOLOTC, 97.5),
    "adults2025-b12-p2.5": percentile(YOUNG, B12, 2.5),
    "adults2025-b12-p97.5": percentile(YOUNG, B12, 97.5),
    **{f"bailey2013-mma-mean-{b}": mean(USA, MMA, c, 1000) for b, c in BANDS.items()},
    **{f"bailey2013-hcy-mean-{b}": mean(USA, HCY, c) for b, c in BANDS.items()},
    "nhanes-b12-below-126": share(USA, below(B12, 126)),
    "nhanes-b12-above-287": share(USA, above(B12, 287)),
    "qi2014-low-without-anaemia": share(USA, lambda d: below(B12, 148)(d) & ~anaemic(d), aged(50)),
    "qi2014-low-without-macrocytosis": share(
        USA, lambda d: below(B12, 148)(d) & ~above(MCV, 100)(d), aged(50)
    ),
    "morris2007-anaemia": odds_ratio(
        USA,
        anaemic,
        both(low_status, aged(60), filtering),
        both(without(low_status), aged(60), filtering),
    ),
    "clarke2004-65-74": share(OLD, significant, aged(65, 75)),
    "clarke2004-75": share(OLD, significant, aged(75)),
    "clarke2007-mma-above-0.75": share(OXFORD, above(MMA, 0.75)),
    "clarke2007-mma-above-0.45": share(OXFORD, above(MMA, 0.45)),
    "clarke2007-auc-holotc": discrimination(OXFORD, HOLOTC, MMA, 0.75),
    "clarke2007-auc-b12": discrimination(OXFORD, B12, MMA, 0.75),
    "heil2012-missed": share(OLD, without(below(HOLOTC, 32)), above(MMA, 0.45)),
    "heil2012-false-alarms": share(OLD, below(HOLOTC, 32), without(above(MMA, 0.45))),
    "porter2021-gastritis": share(IRISH, cb12_below(-0.5), having("atrophic gastritis")),
    "porter2021-neither": share(
        IRISH, cb12_below(-0.5), without(lambda d: having("gastritis")(d) | having("pump")(d))
    ),
    "green2005-below-148": share(OLD, below(B12, 148)),
    "green2005-gastritis-risk": risk_ratio_gastritis,
    "hvas2001-b12-mma": correlation("danes-tested-for-b12", B12, MMA, above(MMA, 0.28)),
    **{f"risch2015-b12-{d}": median(SWISS, B12, c) for d, c in DECADES.items()},
    "gilsing2010-vegan-below-118": share("epic-vegan-men", below(B12, 118)),
    "gilsing2010-vegetarian-below-118": share("epic-vegetarian-men", below(B12, 118)),
    "gilsing2010-omnivore-below-118": share("epic-omnivore-men", below(B12, 118)),
    "crane1994-vegan-below-normal": share("epic-vegan-men", below(B12, 148)),
    "samuel2013-b12-below-150": share("urban-south-india", below(B12, 150)),
    "samuel2013-mma-above-0.26": share("urban-south-india", above(MMA, 0.26)),
    "milman2006-below-150-week-18": share("danish-pregnancy", below(B12, 150, 0)),
    "milman2006-below-150-week-39": share("danish-pregnancy", below(B12, 150, 1)),
    "milman2006-below-150-after": share("danish-pregnancy", below(B12, 150, 2)),
    **{
        f"jkss2003-deficient-{years}": share("total-gastrectomy", below(B12, 221, k + 1))
        for k, years in enumerate(("6-months", "1-year", "2-years", "3-years", "4-years"))
    },
    "hu2013-total-spared-4-years": share("total-gastrectomy", without(below(B12, 148, 5))),
    "hu2013-distal-share-4-years": share("distal-gastrectomy", below(B12, 148, 0)),
    "aroda2016-metformin-150-5-years": share(ON, below(B12, 150, 0)),
    "aroda2016-placebo-150-5-years": share(OFF, below(B12, 150, 0)),
    "aroda2016-metformin-220-5-years": share(ON, below(B12, 220, 0)),
    "aroda2016-placebo-220-5-years": share(OFF, below(B12, 220, 0)),
    "aroda2016-metformin-150-13-years": share(ON, below(B12, 150, 1)),
    "aroda2016-metformin-220-13-years": share(ON, below(B12, 220, 1)),
    "dejager2010-metformin-excess": metformin_excess,
    "reinstatler2012-metformin-share": share(T2D, below(B12, 148), having("metformin")),
    "reinstatler2012-metformin-odds": odds_ratio(
        T2D, below(B12, 148), having("metformin"), without(having("metformin"))
    ),
    "lam2013-pump-inhibitor-odds": odds_ratio(
        DRUGS, below(B12, 148), both(having("pump"), without(having("h2"))), NEITHER
    ),
    "lam2013-h2-antagonist-odds": odds_ratio(
        DRUGS, below(B12, 148), both(having("h2"), without(having("pump"))), NEITHER
    ),
    "headstrom2008-crohn-share": share("crohn-disease", below(B12, 148)),
    "headstrom2008-resection-odds": odds_ratio(
        "crohn-disease", below(B12, 148), having("ileal"), without(having("ileal"))
    ),
    "dahele2001-coeliac-share": share("untreated-coeliac-disease", below(B12, 162)),
    "lindenbaum1988-either-normal": found_share(either_normal, nervous=True, low=True),
    "lindenbaum1988-both-normal": found_share(normal_blood(True, True), nervous=True, low=True),
    "lindenbaum1988-hematocrit-normal": found_share(
        normal_blood(True, False), nervous=True, low=True
    ),
    "lindenbaum1988-volume-normal": found_share(normal_blood(False, True), nervous=True, low=True),
    "savage1994-hematocrit-normal": found_share(normal_blood(True, False), low=True),
    "savage1994-volume-normal": found_share(normal_blood(False, True), low=True),
    "savage1994-mma-normal": found_share(without(above(MMA, 0.376)), low=True),
    "savage1994-hcy-normal": found_share(without(above(HCY, 21.3)), low=True),
    "savage1995-neuropsychiatric": found_share(nervous),
    "healton1991-neurologic": found_share(nervous),
    "bsh2014-b12-sensitivity": found_share(below(B12, 148)),
    "andres2006-anaemia": deficient(
        lambda data, here: 100 * float(np.mean(data[HB].values[here] < 120))
    ),
    "andres2006-macrocytosis": deficient(
        lambda data, here: 100 * float(np.mean(data[MCV].values[here] > 100))
    ),
}
