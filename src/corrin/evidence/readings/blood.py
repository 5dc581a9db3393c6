"""Readings of the theme blood: blood."""

from __future__ import annotations

from corrin.evidence.readings.common import (
    CORD,
    FOLATE_LACK,
    GASTRITIS,
    HCT,
    MCV,
    MMA,
    ZERO,
    Reading,
    at,
    at_b12,
    years,
)

#: Readings by the id of their row in ``data/observations/blood.csv``.
READINGS: dict[str, Reading] = {
    "hematocrit-at-serum-b12-27": at_b12(27, HCT),
    "mean-cell-volume-at-serum-b12-27": at_b12(27, MCV),
    "hematocrit-at-serum-b12-75": at_b12(75, HCT),
    "mean-cell-volume-at-serum-b12-92": at_b12(92, MCV),
    "gastritis-to-mma-over-0-27": years(GASTRITIS, MMA, 0.27, rising=True),
    "gastritis-to-mean-cell-volume-over-100": years(GASTRITIS, MCV, 100, rising=True),
    "gastritis-to-hematocrit-under-36": years(GASTRITIS, HCT, 36, rising=False),
    "gastritis-to-dorsal-column-deficit-over-0-2": years(GASTRITIS, CORD, 0.2, rising=True),
    "zero-b12-diet-to-mma-over-0-27": years(ZERO, MMA, 0.27, rising=True),
    "zero-b12-diet-to-dorsal-column-deficit-over-0-2": years(ZERO, CORD, 0.2, rising=True),
    "folate-lack-8-months-hematocrit": at(FOLATE_LACK, 240, HCT),
    "folate-lack-8-months-dorsal-columns": at(FOLATE_LACK, 240, CORD),
}
