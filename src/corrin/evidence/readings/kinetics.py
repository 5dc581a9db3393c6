"""Readings of the theme kinetics: intake, absorption, stores, carriers and injections."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench
from corrin.evidence.readings.common import (
    B12,
    GASTRITIS,
    HEALTH,
    PREGNANCY,
    ZERO,
    Reading,
    absorbed,
    at,
    cause,
    change,
    daily_loss,
    steady,
    treated,
    urine,
    years,
)
from corrin.evidence.readings.tracer import PLASMA, STOOL, URINE, held, leaving, residence
from corrin.study.tables import rows
from corrin.units import B12_UG_PER_NMOL

HOLOTC = "holotranscobalamin"
SHARE = "absorbed_share_of_intake"
#: Just after time 0: a meal is absorbed by the body as it stands.
NOW = 0.01
#: Lowest normal Schilling test (evidence K131) over the mean of controls (K127).
SCHILLING_LIMIT = 10 / 17.6


def eaten(diet: str, causes: str = "", day: float = NOW) -> Reading:
    """Share of the B12 of a diet that is absorbed, in per cent."""
    return at(f"timeline: [{causes}{{at: 0 d, diet: {diet}}}]", day, SHARE, 100.0)


def serving(food: str, ug: float | None = None) -> Reading:
    """Share absorbed of one food eaten alone at each meal, as `ug` of B12 or as 100 g."""
    table = {row["food"]: float(row["b12_ug_per_100g"]) for row in rows("foods")}
    grams = 100.0 if ug is None else 100 * ug / table[food]
    # Three meals a day, as in the model.
    return eaten(f"{{foods: {{{food}: {3 * grams:.6g} g daily}}}}")


def over(above: Reading, below: Reading, scale: float = 1.0) -> Reading:
    """One reading relative to another."""
    return lambda bench: scale * above(bench) / below(bench)


def drop(text: str, before: float, after: float, name: str = B12) -> Reading:
    """Change of `name` from one day to another, in per cent."""
    return lambda bench: 100 * (bench.at(text, after, name) / bench.at(text, before, name) - 1)


def meal_slope(low: float, high: float) -> Reading:
    """Slope of the logarithm of the amount absorbed on that of the amount in the meal [ug]."""

    def read(bench: Bench) -> float:
        first, last = (ug * eaten(f"{{b12: {3 * ug:g} ug daily}}")(bench) for ug in (low, high))
        return log(last / first) / log(high / low)

    return read


def protein_bound(drug: str, day: float = 14) -> Reading:
    """Absorption of a protein-bound test dose, relative to health.

    The cobalamin of the test is bound to egg or serum protein, and taken to come free by acid and
    pepsin only; food of the diet frees a part without them.
    """
    text = f"timeline: [{{at: 0 d, cause: {drug}}}]"
    return over(
        lambda b: float(np.prod(b.course(text, [day], ["acid_pepsin", "active_uptake"]))),
        lambda b: float(np.prod(b.course(HEALTH, [day], ["acid_pepsin", "active_uptake"]))),
    )


def one_ug(text: str, day: float) -> Reading:
    """Share absorbed of 1 ug of crystalline B12 on `day` of a situation, over health."""
    return over(
        at(treated(text, day - 1, "cyanocobalamin 1 ug oral daily"), day, "tablet_efficiency"),
        at(treated(HEALTH, 0, "cyanocobalamin 1 ug oral daily"), 1, "tablet_efficiency"),
    )


def shed(text: str) -> Reading:
    """Loss with bile, urine and shed cells [ug/day]."""

    def read(bench: Bench) -> float:
        flows = bench.course(text, [NOW], [*STOOL, *URINE])[:, 0]
        return float(flows.sum() * B12_UG_PER_NMOL)

    return read


def bile(bench: Bench) -> float:
    """Secretion with bile [ug/day]: what returns and what is lost."""
    flows = bench.course(HEALTH, [0.0], ["bile_return", "bile_loss"])[:, 0]
    return float(flows.sum() * B12_UG_PER_NMOL)


def fills(product: str, ug: float, days: Sequence[float] | np.ndarray) -> Reading:
    """Day of the highest serum B12 after one injection."""
    text = treated(HEALTH, 0, f"{product} {ug:g} ug im once")
    return lambda bench: float(days[int(np.argmax(bench.course(text, list(days), [B12])[0]))])


def in_serum(ug: float, *days: float) -> Reading:
    """Ratio of serum B12 after hydroxo- and after cyanocobalamin, mean over some days."""

    def read(bench: Bench) -> float:
        hydroxo, cyano = (
            bench.course(treated(HEALTH, 0, f"{p} {ug:g} ug im once"), days, [B12])[0]
            for p in ("hydroxocobalamin", "cyanocobalamin")
        )
        return float(np.mean(hydroxo / cyano))

    return read


def half_life_after(product: str, ug: float, first: float, last: float) -> Reading:
    """Half-life of serum B12 above its level before, between two days after an injection [day]."""
    text = treated(HEALTH, 0, f"{product} {ug:g} ug im once")

    def read(bench: Bench) -> float:
        before = bench.at(HEALTH, 0.0, B12)
        early, late = bench.course(text, [first, last], [B12])[0] - before
        return float((last - first) * log(2) / log(early / late))

    return read


def left_at_site(product: str, ug: float, depot: str, day: float) -> Reading:
    """Share of an injection that is still in the muscle."""
    return at(treated(HEALTH, 0, f"{product} {ug:g} ug im once"), day, depot, B12_UG_PER_NMOL / ug)


def nasal(what: str) -> Reading:
    """Height above the level before [pmol/L] or hour of the peak after 500 ug by the nose."""
    text = treated(HEALTH, 0, "cyanocobalamin 500 ug nasal once")
    days = np.linspace(0, 1, 97)

    def read(bench: Bench) -> float:
        values = bench.course(text, list(days), [B12])[0]
        peak = int(np.argmax(values))
        return float(values[peak] - values[0] if what == "height" else 24 * days[peak])

    return read


def tracer_peak(pool: str, start: str, days: np.ndarray) -> Reading:
    """Day on which most of a label is in a pool."""
    pools = PLASMA if pool == "plasma" else (pool,)
    return lambda bench: float(days[int(np.argmax(held(bench, start, days, pools)))])


def hours_to_appear(bench: Bench) -> float:
    """Hours until a label from the gut stands at a fifth of its peak in plasma."""
    days = np.linspace(0, 2, 481)
    course = held(bench, "enterocyte_cobalamin", days, PLASMA)
    return float(24 * days[np.argmax(course > 0.2 * course.max())])


def plasma_half_time(first: float, last: float) -> Reading:
    """Half-time of a label in plasma between two days after it was given [day]."""

    def read(bench: Bench) -> float:
        early, late = held(bench, "holotranscobalamin_amount", [first, last], PLASMA)
        return float((last - first) * log(2) / log(early / late))

    return read


def urine_fold(bench: Bench) -> float:
    """Urinary B12 of the day of a swallowed 1.5 mg over that of a day before."""
    text = treated(HEALTH, 0, "cyanocobalamin 1500 ug oral once")
    return bench.at(text, 1.0, "urinary_cobalamin") / bench.at(HEALTH, 1.0, "urinary_cobalamin")


def crohn_on_tablets(bench: Bench) -> float:
    """Serum B12 after a year of 1200 ug a day that began when resection had made it low."""
    text = cause("ileal resection 100 cm")
    start = bench.crossing(text, B12, 148, until=15 * YEAR, rising=False)
    if not np.isfinite(start):
        return float("nan")
    line = treated(text, start, "cyanocobalamin 1200 ug oral daily")
    return bench.at(line, start + YEAR, B12)


def transfer(bench: Bench) -> float:
    """Mean rate at which a fetus gains B12 over a whole pregnancy [ug/day]."""
    return bench.at(PREGNANCY, 280, "fetal_cobalamin") * B12_UG_PER_NMOL / 280


GENOTYPE = "person: {sex: female, age: 25, genotype: {TCN2: %s}}\n" + HEALTH
GG_OVER_CC = over(at(GENOTYPE % "776GG", NOW, HOLOTC), at(GENOTYPE % "776CC", NOW, HOLOTC))
BYPASS, WORM = cause("gastric bypass"), cause("fish tapeworm")
HOURS = np.linspace(0, 3, 289)
OLD_MAN, OLD_WOMAN = (
    f"person: {{age: 73, sex: {sex}, weight: {kg} kg, diet: {{b12: {ug} ug daily}}}}\n" + HEALTH
    for sex, kg, ug in (("male", 80, 4.18), ("female", 70, 3.47))
)
PUNE = "person: {sex: female, weight: 50 kg, diet: low animal food}\n"
LACTO_OVO = "person: {diet: vegetarian}\n"
VEGAN = "timeline: [{at: 0 d, diet: vegan without fortified food}]"
NORWEGIAN = "person: {age: 72}\n" + HEALTH

#: Readings by the id of their row in ``data/observations/kinetics.csv``.
READINGS: dict[str, Reading] = {
    # Intake and status.
    "vogiatzoglou2013-b12-at-71-74": at(NORWEGIAN, 0, B12),
    "omnivore-men-of-epic-oxford": steady("epic omnivore", 76.5),
    "vegetarian-men-of-epic-oxford": steady("vegetarian", 73),
    "vegan-men-of-epic-oxford": steady("vegan", 71),
    "brouwer-brolsma2015-b12-men": at(OLD_MAN, 1.0, B12),
    "brouwer-brolsma2015-b12-women": at(OLD_WOMAN, 1.0, B12),
    "samuel2013-b12-early-pregnancy": at(PUNE + cause("pregnancy"), 84, B12),
    "dullemeijer2013-b12-per-doubling": over(
        lambda b: steady("{b12: 8 ug daily}", 70)(b) - steady("{b12: 4 ug daily}", 70)(b),
        steady("{b12: 4 ug daily}", 70),
        100,
    ),
    "lederer2019-vegan-4-weeks": change(VEGAN, 28),
    "crane1994-vegan-2-months": change(LACTO_OVO + VEGAN, 61),
    # Absorption of crystalline B12.
    **{f"adams1971-share-of-{u:g}-ug": absorbed(u) for u in (1, 5, 25)},
    **{
        f"compilation-share-of-{u:g}-ug": absorbed(u)
        for u in (0.1, 0.25, 0.5, 1, 2, 5, 10, 50, 500, 1000)
    },
    "kurpad2023-share-of-2.5-ug": absorbed(2.5),
    "garrod2018-bread-in-stool": lambda b: (
        100 - eaten("{b12: 0 ug daily, fortified: 2.4 ug daily}")(b)
    ),
    "berlin1968-share-without-factor": at(
        treated(GASTRITIS, 2 * YEAR, "cyanocobalamin 1000 ug oral daily"),
        2 * YEAR + 1, "tablet_efficiency", 100.0,
    ),
    "berlin1968-share-with-food": eaten(
        "{b12: 0 ug daily, fortified: 500 ug daily}",
        "{at: 0 d, cause: autoimmune gastritis}, ", 2 * YEAR,
    ),
    "waife1963-absorbed-of-300-ug": at(
        treated(GASTRITIS, 2 * YEAR, "cyanocobalamin 300 ug oral daily"),
        2 * YEAR + 1, "tablet_efficiency", 300.0,
    ),
    "iom1998-hours-in-enterocyte": hours_to_appear,
    "doscherholmen1957-plasma-peak": lambda b: 24 * tracer_peak(
        "plasma", "enterocyte_cobalamin", np.linspace(0, 3, 145)
    )(b),
    "hvas2007-holotc-rise": drop(
        treated(HEALTH, 0, "cyanocobalamin 9 ug oral 3 times daily for 2 days"), 0, 2, HOLOTC
    ),
    # Absorption from food.
    "doets2013-absorbed-of-5-ug": lambda b: 0.05 * eaten("{b12: 15 ug daily}")(b),
    "doets2013-slope": meal_slope(1, 38),
    "heyssel1966-mutton-3-ug": serving("beef", 3.0),
    "heyssel1966-liver-paste-38-ug": over(serving("beef liver", 38), lambda b: 100 / 38),
    "doets2013-liver-38-ug": serving("beef liver", 38),
    "watanabe2007-fish": serving("trout"),
    "watanabe2007-chicken": serving("chicken"),
    "watanabe2007-egg": serving("eggs"),
    "garrod2019-egg": serving("eggs", 2.0),
    "garrod2019-egg-large-over-small": over(serving("eggs", 2.6), serving("eggs", 1.4)),
    "king1979-hypochlorhydria": protein_bound("atrophic gastritis severe"),
    "marcuard1994-omeprazole-20": protein_bound("proton pump inhibitor 20 mg daily"),
    "marcuard1994-omeprazole-40": protein_bound("proton pump inhibitor 40 mg daily"),
    "schenk1996-omeprazole-20": protein_bound("proton pump inhibitor 20 mg daily"),
    "schenk1996-omeprazole-40": protein_bound("proton pump inhibitor 40 mg daily"),
    # Causes of malabsorption.
    "schenk1996-b12-after-56-months": change(cause("proton pump inhibitor"), 56 * MONTH),
    "dejager2010-metformin-4.3-years": change(cause("metformin 2550 mg daily"), 4.3 * YEAR),
    "chapman2016-metformin-9-weeks": lambda b: (
        b.at(cause("metformin 2000 mg daily"), 63, B12) - b.at(HEALTH, 63, B12)
    ),
    "hu2013-total-gastrectomy": years(
        cause("total gastrectomy"), B12, 148, rising=False, unit=MONTH
    ),
    "jcrm2018-total-gastrectomy": years(
        cause("total gastrectomy"), B12, 148, rising=False, unit=MONTH
    ),
    "jkss2003-total-gastrectomy": years(
        cause("total gastrectomy"), B12, 221, rising=False, unit=MONTH
    ),
    **{
        f"ko1998-after-{months}-months": over(
            at(cause("total gastrectomy"), months * MONTH, B12), at(HEALTH, 0, B12)
        )
        for months in (6, 12, 24, 36)
    },
    "hu2013-distal-gastrectomy": at(cause("partial gastrectomy"), 4 * YEAR, B12),
    "kornerup2019-bypass-holotc-first": over(drop(BYPASS, 0, 61, HOLOTC), drop(BYPASS, 0, 61)),
    "duerksen2006-resection-20-cm": one_ug(cause("ileal resection 20 cm"), 365),
    "thompson-resection-60-cm": one_ug(cause("ileal resection 60 cm"), 365),
    "pancreatic-insufficiency-schilling": one_ug(cause("pancreatic insufficiency"), 365),
    "crohn-on-1200-ug": crohn_on_tablets,
    "nyberg1961-fish-tapeworm": over(at(WORM, 5 * YEAR, B12), at(HEALTH, 5 * YEAR, B12)),
    # Stores and losses.
    "body-store": at(HEALTH, 0, "body_b12", 1e-3),
    "liver-concentration": at(HEALTH, 0, "liver_b12", 1 / 1500),
    "brain-concentration": at(HEALTH, 0, "nerve_cobalamin", 1e3 * B12_UG_PER_NMOL / 1350),
    "zhang2016-cortex-old-over-young": over(
        at("person: {age: 70}\n" + HEALTH, 0, "nerve_cobalamin"),
        at("person: {age: 40}\n" + HEALTH, 0, "nerve_cobalamin"),
    ),
    "elkholty1991-bile": bile,
    "doets2013-daily-loss": daily_loss(HEALTH, 0.0),
    "boddy1972-daily-loss-without-reabsorption": daily_loss(GASTRITIS, 120.0),
    "hall1964-daily-loss": shed(HEALTH),
    "hall1964-plasma-half-time": plasma_half_time(70, 365),
    "hall1964-label-in-urine": lambda b: leaving(b, 100, URINE),
    "hall1964-label-in-stool": lambda b: leaving(b, 100, STOOL),
    "kurpad2023-daily-loss": shed("person: {weight: 60 kg, diet: low animal food}\n" + HEALTH),
    "smpc-urine-of-a-day": at(HEALTH, 1.0, "urinary_cobalamin", B12_UG_PER_NMOL),
    "fukuwatari2009-urine-after-1.5-mg": urine_fold,
    "iom1998-store-to-a-tenth-without-intake": lambda b: years(
        ZERO, "body_b12", 0.1 * b.at(HEALTH, 0, "body_b12"), rising=False
    )(b),
    "iom1998-store-to-a-tenth-in-gastritis": lambda b: years(
        GASTRITIS, "body_b12", 0.1 * b.at(HEALTH, 0, "body_b12"), rising=False
    )(b),
    "smpc-years-of-supply": years(ZERO, "body_b12", 300, rising=False),
    # Carriers.
    "refsum2006-holotc": at(HEALTH, 0, HOLOTC),
    "loikas2003-holotc": at(HEALTH, 0, HOLOTC),
    "nexo2011-holotc-share": over(at(HEALTH, 0, HOLOTC), at(HEALTH, 0, B12), 100),
    "gimsing1989-free-transcobalamin": at(HEALTH, 0, "free_transcobalamin", 1e6),
    "gimsing1989-free-haptocorrin": at(HEALTH, 0, "free_haptocorrin", 1e6),
    "holotc-half-life": lambda b: (
        24 * 60 * log(2) * residence(b, "holotranscobalamin_amount")
    ),
    "hom1969-holohaptocorrin-half-life": lambda b: (
        log(2) * residence(b, "holohaptocorrin_amount")
    ),
    "von-castel-dunwoody2005-776gg": GG_OVER_CC,
    "oussalah2017-776gg": lambda b: (GG_OVER_CC(b) - 1) / 0.4,
    # Injections and the nose.
    "glass1955-gone-from-muscle": lambda b: 100 - 100 * left_at_site(
        "cyanocobalamin", 7, "depot_cyanocobalamin", 3.5 / 24
    )(b),
    "glass1955-liver-peak": tracer_peak(
        "liver_cobalamin", "holotranscobalamin_amount", np.arange(0, 1000, 0.5)
    ),
    "us-label-hydroxo-left-after-2.5-h": lambda b: 100 * left_at_site(
        "hydroxocobalamin", 1000, "depot_hydroxocobalamin", 2.5 / 24
    )(b),
    **{f"glass1961-urine-hydroxo-{u}-ug": urine("hydroxocobalamin", u, 3) for u in (500, 1000)},
    **{f"glass1961-urine-cyano-{u}-ug": urine("cyanocobalamin", u, 3) for u in (500, 1000)},
    **{
        f"glass1961-ratio-{u}-ug-{words}": in_serum(u, day)
        for u in (500, 1000)
        for words, day in (("5-h", 5 / 24), ("24-h", 1), ("72-h", 3), ("3-weeks", 21))
    },
    "hertz1964-urine-cyano-1-mg": urine("cyanocobalamin", 1000, 1),
    "hertz1964-urine-hydroxo-1-mg": urine("hydroxocobalamin", 1000, 1),
    "hertz1964-ratio-1-h": in_serum(1000, 1 / 24),
    "hertz1964-ratio-to-48-h": in_serum(1000, *np.arange(6, 49, 6) / 24),
    **{f"smpc-urine-cyano-{u}-ug": urine("cyanocobalamin", u, 1) for u in (25, 100, 1000)},
    "us-label-urine-cyano-48-h": urine("cyanocobalamin", 316, 2),
    "us-label-urine-hydroxo-72-h": urine("hydroxocobalamin", 707, 3),
    "smpc-cyano-peak": lambda b: 24 * fills("cyanocobalamin", 1000, HOURS)(b),
    "smpc-hydroxo-peak": lambda b: 24 * fills("hydroxocobalamin", 1000, HOURS)(b),
    "smpc-hydroxo-half-life": half_life_after("hydroxocobalamin", 1000, 3, 10),
    "nascobal-peak": nasal("height"),
    "nascobal-time-of-peak": nasal("hour"),
    # Pregnancy.
    "milman2006-week-18": at(PREGNANCY, 126, B12),
    "milman2006-week-32": at(PREGNANCY, 224, B12),
    "milman2006-week-39": at(PREGNANCY, 273, B12),
    "milman2006-8-weeks-after-birth": at(PREGNANCY, 336, B12),
    "greibe2011-holotc": over(at(PREGNANCY, 252, HOLOTC), at(PREGNANCY, 91, HOLOTC)),
    "iom1998-fetal-gain": transfer,
}  # fmt: skip
