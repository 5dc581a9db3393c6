"""Readings of the theme kinetics: intake, absorption, stores, carriers and injections."""

from __future__ import annotations

from corrin.evidence.bench import MONTH, YEAR
from corrin.evidence.readings.common import (
    B12,
    GASTRITIS,
    HEALTH,
    IM,
    ORAL,
    PREGNANCY,
    ZERO,
    Reading,
    absorbed,
    at,
    cause,
    change,
    daily_loss,
    extreme,
    hydroxo_over_cyano,
    kuzminski,
    steady,
    treated,
    urine,
    years,
)

#: Readings by the id of their row in ``data/observations/kinetics.csv``.
READINGS: dict[str, Reading] = {
    "serum-b12-healthy-adult": at(HEALTH, 0, B12),
    "holotranscobalamin-healthy-adult": at(HEALTH, 0, "holotranscobalamin"),
    "body-store": at(HEALTH, 0, "body_b12", 1e-3),
    "liver-store": at(HEALTH, 0, "liver_b12", 1e-3),
    "daily-loss-of-the-body-store-healthy": daily_loss(HEALTH, 0.0),
    "daily-loss-of-the-body-store-no-reabsorption": daily_loss(GASTRITIS, 120.0),
    "omnivore-men-of-epic-oxford": steady("epic omnivore", 76.5),
    "vegetarian-men-of-epic-oxford": steady("vegetarian", 73),
    "vegan-men-of-epic-oxford": steady("vegan", 71),
    "older-dutch-adults": steady("older western adult", 76),
    "diet-without-b12-4-weeks": change(ZERO, 28),
    "diet-without-b12-2-months": change(ZERO, 61),
    "total-gastrectomy-to-serum-b12-under-148": years(
        cause("total gastrectomy"), B12, 148, rising=False, unit=MONTH
    ),
    "gastritis-to-serum-b12-under-148": years(GASTRITIS, B12, 148, rising=False, unit=MONTH),
    "metformin-2550-mg-4-3-years": change(cause("metformin 2550 mg daily"), 4.3 * YEAR),
    "omeprazole-56-months": change(cause("proton pump inhibitor"), 56 * MONTH),
    "1-ug-oral-share-absorbed": absorbed(1),
    "5-ug-oral-share-absorbed": absorbed(5),
    "25-ug-oral-share-absorbed": absorbed(25),
    "1-mg-oral-share-absorbed": absorbed(1000),
    "urine-of-25-ug-cyanocobalamin-im": urine("cyanocobalamin", 25, 1),
    "urine-of-100-ug-cyanocobalamin-im": urine("cyanocobalamin", 100, 1),
    "urine-of-500-ug-cyanocobalamin-im-72-h": urine("cyanocobalamin", 500, 3),
    "urine-of-1-mg-cyanocobalamin-im-72-h": urine("cyanocobalamin", 1000, 3),
    "urine-of-500-ug-hydroxocobalamin-im-72-h": urine("hydroxocobalamin", 500, 3),
    "urine-of-1-mg-hydroxocobalamin-im-72-h": urine("hydroxocobalamin", 1000, 3),
    "hydroxo-to-cyanocobalamin-in-serum-5-h": hydroxo_over_cyano(5 / 24),
    "hydroxo-to-cyanocobalamin-in-serum-24-h": hydroxo_over_cyano(1),
    "hydroxo-to-cyanocobalamin-in-serum-72-h": hydroxo_over_cyano(3),
    "hydroxo-to-cyanocobalamin-in-serum-3-weeks": hydroxo_over_cyano(21),
    "pregnancy-week-18": at(PREGNANCY, 126, B12),
    "pregnancy-week-39": at(PREGNANCY, 273, B12),
    "nasal-500-ug-peak-above-baseline": extreme(
        treated(HEALTH, 0, "cyanocobalamin 500 ug nasal once"), B12, 0.5, "rise"
    ),
    "kuzminski-oral-arm-b12-at-4-months": kuzminski(ORAL, B12),
    "kuzminski-injection-arm-b12-at-4-months": kuzminski(IM, B12),
    "gastritis-to-serum-b12-under-60": years(GASTRITIS, B12, 60, rising=False),
}
