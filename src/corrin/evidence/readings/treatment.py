"""Readings of the theme treatment: treatment and its trials."""

from __future__ import annotations

from corrin.evidence.readings.common import (
    CORD,
    HCT,
    HCY,
    IM,
    MMA,
    ORAL,
    Reading,
    delayed,
    hemoglobin_rise,
    kuzminski,
    masking,
    normal_after,
    reticulocytes,
)

#: Readings by the id of their row in ``data/observations/treatment.csv``.
READINGS: dict[str, Reading] = {
    "reticulocyte-peak-day": reticulocytes("day"),
    "reticulocyte-peak-height": reticulocytes("height"),
    "hemoglobin-rise": hemoglobin_rise,
    "mma-normal-after": normal_after(MMA, 0.3, rising=False),
    "homocysteine-normal-after": normal_after(HCY, 15, rising=False),
    "hematocrit-normal-over-41-after": normal_after(HCT, 41, rising=True, unit=7.0),
    "kuzminski-oral-arm-mma-at-4-months": kuzminski(ORAL, MMA),
    "kuzminski-oral-arm-homocysteine-at-4-months": kuzminski(ORAL, HCY),
    "kuzminski-injection-arm-mma-at-4-months": kuzminski(IM, MMA),
    "kuzminski-injection-arm-homocysteine-at-4-months": kuzminski(IM, HCY),
    "disability-at-4-months-of-symptoms": delayed(4, 0),
    "the-same-2-years-after-treatment-began": delayed(4, 2),
    "disability-at-12-months-of-symptoms": delayed(12, 0),
    "the-same-2-years-after-treatment-began-late": delayed(12, 2),
    "disability-at-24-months-of-symptoms": delayed(24, 0),
    "the-same-2-years-after-treatment-began-very-late": delayed(24, 2),
    "folic-acid-5-mg-in-b12-lack-hematocrit-after-a-year": masking(
        "folic acid 5 mg oral daily", HCT
    ),
    "folic-acid-5-mg-in-b12-lack-growth-of-the-nerve-deficit": masking(
        "folic acid 5 mg oral daily", CORD, growth=True
    ),
    "folic-acid-0-4-mg-in-b12-lack-hematocrit-after-a-year": masking(
        "folic acid 0.4 mg oral daily", HCT
    ),
}
