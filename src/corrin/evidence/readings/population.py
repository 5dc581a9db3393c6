"""Readings of the theme population: distributions over people.

Each reading looks at a group of ``study/data/groups``, simulated once per bench and measured as a
laboratory would. Shares are in per cent, times in days.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import YEAR, Bench
from corrin.evidence.readings.common import B12, HCT, HCY, MCV, MMA, Reading
from corrin.study.population.draws import normals

if TYPE_CHECKING:
    import xarray

HOLOTC, FOLATE, HB = "holotranscobalamin", "serum_folate", "hemoglobin"
SYMPTOMS = (
    "numbness_feet", "numbness_hands", "leg_weakness", "balance", "cognition", "mood", "vision",
)  # fmt: skip
#: People per group; more where a rare band or a small share is read.
FEW, SOME, MANY = 300, 600, 1500
_SIZES = {
    "adults-usa": MANY, "older-adults": SOME, "healthy-adults": SOME, "healthy-older-adults": SOME,
    "swiss-seniors": SOME, "diabetes-prevention-placebo": SOME, "crohn-disease": SOME,
    "diabetes-prevention-metformin": SOME, "acid-suppressing-drugs": MANY, "metformin-trial": SOME,
    "type-2-diabetes-usa": MANY, "oxfordshire-elderly": SOME, "irish-older-adults": SOME,
    "danes-tested-for-b12": SOME,
    "autoimmune-gastritis": 150,
}  # fmt: skip
#: Median time from the first complaint to the examination [day], its logarithm with a standard
#: deviation of 1, and step between the times of the group [day].
DELAY, STEP = 4 * YEAR / 12, 61.0
#: When groups are looked at [day], where not at time 0 alone.
_TIMES = {
    "total-gastrectomy": (0.0, 182.6, YEAR, 2 * YEAR, 3 * YEAR, 4 * YEAR),
    "distal-gastrectomy": (4 * YEAR,),
    "diabetes-prevention-placebo": (5 * YEAR, 13 * YEAR),
    "diabetes-prevention-metformin": (5 * YEAR, 13 * YEAR),
    "metformin-trial": (4.3 * YEAR,),
    "danish-pregnancy": (126.0, 273.0, 336.0),
    "autoimmune-gastritis": tuple(STEP * k for k in range(61)),
}
Chosen = Callable[["xarray.Dataset"], np.ndarray]


def people(bench: Bench, name: str, *, measured: bool = True) -> xarray.Dataset:
    """Return a group at the times at which it is looked at."""
    times = _TIMES.get(name, (0.0,))
    return bench.group(name, n=_SIZES.get(name, FEW), times=times, measured=measured)


def everyone(data: xarray.Dataset) -> np.ndarray:
    """Choose all people."""
    return np.ones(data.sizes["person"], bool)


def aged(young: float, old: float = 200.0) -> Chosen:
    """Choose people from one age up to another."""
    return lambda data: (data["age"].values >= young) & (data["age"].values < old)


def between(name: str, low: float, high: float) -> Chosen:
    """Choose people in whom `name` was measured from `low` up to `high`."""

    def choose(data: xarray.Dataset) -> np.ndarray:
        values = data[name].values[:, 0]
        return (values >= low) & (values < high)

    return choose


def having(cause: str) -> Chosen:
    """Choose people with a cause."""
    return lambda data: np.array([cause in text for text in data["causes"].values])


def women(data: xarray.Dataset) -> np.ndarray:
    """Choose women."""
    return np.asarray(data["sex"].values == "female")


def both(*choices: Chosen) -> Chosen:
    """Choose people whom all of `choices` choose."""
    return lambda data: np.logical_and.reduce([choose(data) for choose in choices])


def without(choose: Chosen) -> Chosen:
    """Choose people whom `choose` does not."""
    return lambda data: ~choose(data)


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


def columns(data: xarray.Dataset, *names: str, time: int = 0) -> list[np.ndarray]:
    """Return quantities of all people at one of the times."""
    return [data[name].values[:, time] for name in names]


def statistic(
    group: str,
    name: str,
    how: Callable[[np.ndarray], float],
    choose: Chosen = everyone,
    time: int = 0,
    scale: float = 1.0,
) -> Reading:
    """Apply `how` to the values of `name` in the chosen people of a group."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        return float(how(data[name].values[choose(data), time])) * scale

    return read


def percentile(group: str, name: str, at: float, choose: Chosen = everyone) -> Reading:
    """Percentile of `name`."""
    return statistic(group, name, lambda values: float(np.percentile(values, at)), choose)


def median(group: str, name: str, choose: Chosen = everyone, scale: float = 1.0) -> Reading:
    """Median of `name`."""
    return statistic(group, name, lambda values: float(np.median(values)), choose, 0, scale)


def mean(group: str, name: str, choose: Chosen = everyone, scale: float = 1.0) -> Reading:
    """Mean of `name`."""
    return statistic(group, name, lambda values: float(np.mean(values)), choose, 0, scale)


def share(
    group: str, low: Callable[[xarray.Dataset], np.ndarray], choose: Chosen = everyone
) -> Reading:
    """Share of the chosen people for whom `low` is true [%]."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        return 100 * float(np.mean(low(data)[choose(data)]))

    return read


def below(name: str, level: float, time: int = 0) -> Chosen:
    """Tell in whom `name` is below a level."""
    return lambda data: columns(data, name, time=time)[0] < level


def above(name: str, level: float) -> Chosen:
    """Tell in whom `name` is above a level."""
    return lambda data: columns(data, name)[0] > level


def odds_ratio(group: str, hit: Chosen, exposed: Chosen, unexposed: Chosen) -> Reading:
    """Odds of `hit` in the exposed over those in the unexposed; half a person added to each."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        sick = hit(data)
        counts = [(sick[g(data)].sum(), (~sick[g(data)]).sum()) for g in (exposed, unexposed)]
        (a, b), (c, d) = counts
        return float((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))

    return read


def variation(group: str, name: str, choose: Chosen = everyone) -> Reading:
    """Coefficient of variation between people, without the noise of the laboratory [%]."""

    def read(bench: Bench) -> float:
        data = people(bench, group, measured=False)
        values = data[name].values[choose(data), 0]
        return 100 * float(np.std(values) / np.mean(values))

    return read


def correlation(group: str, one: str, other: str, choose: Chosen = everyone) -> Reading:
    """Correlation of the logarithms of two quantities."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        chosen = choose(data)
        a, b = (np.log(values[chosen]) for values in columns(data, one, other))
        return float(np.corrcoef(a, b)[0, 1])

    return read


def discrimination(group: str, marker: str, truth: str, level: float) -> Reading:
    """Area above the curve (1 less AUC) of a low `marker` for a `truth` above a level."""

    def read(bench: Bench) -> float:
        data = people(bench, group)
        values, state = columns(data, marker, truth)
        sick, well = values[state > level], np.sort(values[state <= level])
        if not len(sick) or not len(well):
            return float("nan")
        over = len(well) - np.searchsorted(well, sick, "right")
        ties = np.searchsorted(well, sick, "right") - np.searchsorted(well, sick, "left")
        return float(1 - np.mean((over + ties / 2) / len(well)))

    return read


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


# Presentation: untreated autoimmune gastritis until somebody is found.


def _first(state: np.ndarray) -> np.ndarray:
    """Return the first time at which a state is true, the number of times if never."""
    found: np.ndarray = np.where(state.any(axis=1), np.argmax(state, axis=1), state.shape[1])
    return found


def presentation(data: xarray.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return when a symptom (grade 1) and anaemia (below 100 g/L) begin."""
    grades = np.max([data[name].values for name in SYMPTOMS], axis=0)
    return _first(grades >= 1.0), _first(data[HB].values < 100.0)


def examination(data: xarray.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return when people are examined, and whether a complaint of nerve or mind led there.

    They wait after the first complaint as patients of the theme nerve do (Healton 1991, N002).
    """
    by_nerve, by_blood = presentation(data)
    wait = DELAY * np.exp(normals(1, "delay", len(by_nerve)))
    return np.minimum(by_nerve, by_blood) + np.round(wait / STEP).astype(int), by_nerve <= by_blood


def found_share(what: Chosen, *, nervous: bool = False, low: bool = False) -> Reading:
    """Share, of those found, in whom `what` holds then [%].

    `what` sees the people as they were when they were examined. With `nervous` only those whom a
    symptom of nerve or mind led there count, with `low` only those with serum B12 below 148 pmol/L,
    as in studies of people in whom lack of B12 was sure.
    """

    def read(bench: Bench) -> float:
        data = people(bench, "autoimmune-gastritis")
        when, led_by_nerve = examination(data)
        here = when < data.sizes["time"]
        if nervous:
            here &= led_by_nerve
        if low:
            last = np.minimum(when, data.sizes["time"] - 1)
            here &= data[B12].values[np.arange(len(when)), last] < 148
        chosen, times = np.flatnonzero(here), when[here]
        snapshot = data.isel(person=chosen)
        values = {
            str(name): (("person", "time"), column.values[np.arange(len(chosen)), times][:, None])
            for name, column in snapshot.data_vars.items()
        }
        return 100 * float(np.mean(what(snapshot.isel(time=[0]).assign(values))))

    return read


def normal_blood(hematocrit: bool, volume: bool) -> Chosen:
    """Tell who has a normal hematocrit (41 % in men, 36 % in women), volume (100 fL), or both."""

    def choose(data: xarray.Dataset) -> np.ndarray:
        hct, mcv = columns(data, HCT, MCV)
        fine = hct >= np.where(data["sex"].values == "female", 36.0, 41.0)
        small = mcv <= 100.0
        if hematocrit and volume:
            return np.asarray(fine & small)
        return np.asarray(fine if hematocrit else small)

    return choose


def either_normal(data: xarray.Dataset) -> np.ndarray:
    """Tell who has a normal hematocrit or a normal volume of red cells."""
    return normal_blood(True, False)(data) | normal_blood(False, True)(data)


def nervous(data: xarray.Dataset) -> np.ndarray:
    """Tell who has a symptom of nerve or mind."""
    found: np.ndarray = np.max(columns(data, *SYMPTOMS), axis=0) >= 1.0
    return found


def deficient(how: Callable[[xarray.Dataset, np.ndarray], float]) -> Reading:
    """Apply `how` to untreated gastritis from low serum B12 on until somebody is found.

    Every time between counts alike, as if people were tested at a random one of them.
    """

    def read(bench: Bench) -> float:
        data = people(bench, "autoimmune-gastritis")
        end = np.minimum(*presentation(data))
        times = np.arange(data.sizes["time"])
        here = (data[B12].values < 148) & (times[None, :] <= end[:, None])
        return float(how(data, here))

    return read


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
