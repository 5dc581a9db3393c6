"""Readings of the theme biomarkers: metabolites and vessels."""

from __future__ import annotations

from corrin.evidence.readings.common import (
    FOLATE_LACK,
    HCY,
    HEALTH,
    MMA,
    Reading,
    above,
    at,
    at_b12,
    change,
    fold,
    treated,
)

#: Readings by the id of their row in ``data/observations/biomarkers.csv``.
READINGS: dict[str, Reading] = {
    "mma-healthy": at(HEALTH, 0, MMA),
    "homocysteine-healthy": at(HEALTH, 0, HCY),
    "homocysteine-at-serum-b12-27": at_b12(27, HCY),
    "homocysteine-at-serum-b12-110": at_b12(110, HCY),
    "serum-sam-at-serum-b12-27": at_b12(27, "serum_sam"),
    "serum-sah-at-serum-b12-27": at_b12(27, "serum_sah"),
    "folic-acid-0-4-mg-homocysteine": change(
        treated(HEALTH, 0, "folic acid 0.4 mg oral daily"), 90, HCY
    ),
    "folic-acid-5-mg-homocysteine": change(
        treated(HEALTH, 0, "folic acid 5 mg oral daily"), 90, HCY
    ),
    "mthfr-677tt-homocysteine-above-cc": above(
        f"person: {{genotype: {{MTHFR: 677TT}}}}\n{HEALTH}", HCY
    ),
    "folate-lack-8-months-homocysteine": at(FOLATE_LACK, 240, HCY),
    "egfr-30-mma-multiple": fold(f"person: {{egfr: 30}}\n{HEALTH}", MMA),
    "mma-at-serum-b12-200": at_b12(200, MMA),
    "mma-at-serum-b12-150": at_b12(150, MMA),
    "mma-at-serum-b12-100": at_b12(100, MMA),
    "mma-at-serum-b12-50": at_b12(50, MMA),
    "mma-at-serum-b12-27": at_b12(27, MMA),
}
