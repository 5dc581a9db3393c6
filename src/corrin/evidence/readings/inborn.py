"""Readings of the theme inborn: inborn errors and nitrous oxide."""

from __future__ import annotations

from corrin.evidence.bench import YEAR
from corrin.evidence.readings.common import (
    ANAESTHETIC,
    B12,
    CORD,
    HCT,
    HCY,
    MMA,
    NITROUS,
    Reading,
    at,
    cause,
    extreme,
    spared,
)

#: Readings by the id of their row in ``data/observations/inborn.csv``.
READINGS: dict[str, Reading] = {
    "anaesthetic-of-6-h-homocysteine-peak": extreme(ANAESTHETIC, HCY, 8, "fold"),
    "anaesthetic-of-6-h-dna-synthesis-at-its-lowest": extreme(
        ANAESTHETIC, "dna_synthesis_marrow", 5, "lowest"
    ),
    "8-kg-a-week-for-9-months-homocysteine": at(NITROUS, 270, HCY),
    "8-kg-a-week-for-9-months-serum-b12": at(NITROUS, 270, B12),
    "8-kg-a-week-for-9-months-mma": at(NITROUS, 270, MMA),
    "8-kg-a-week-for-9-months-dorsal-columns": at(NITROUS, 270, CORD),
    "the-same-with-methionine-share-of-the-deficit-left": spared,
    "mthfr-deficiency-total-homocysteine": at(cause("MTHFR deficiency"), 2 * YEAR, HCY),
    "mthfr-deficiency-hematocrit": at(cause("MTHFR deficiency"), 2 * YEAR, HCT),
    "mthfr-deficiency-deficit-dorsal-columns": at(cause("MTHFR deficiency"), 2 * YEAR, CORD),
    "mut-deficiency-total-homocysteine": at(cause("MUT deficiency"), 2 * YEAR, HCY),
    "mut-deficiency-methylmalonic-acid": at(cause("MUT deficiency"), 2 * YEAR, MMA),
    "mut-deficiency-hematocrit": at(cause("MUT deficiency"), 2 * YEAR, HCT),
    "mut-deficiency-deficit-dorsal-columns": at(cause("MUT deficiency"), 2 * YEAR, CORD),
    "cblg-total-homocysteine": at(cause("cblG"), 2 * YEAR, HCY),
    "cblg-methylmalonic-acid": at(cause("cblG"), 2 * YEAR, MMA),
    "cblg-hematocrit": at(cause("cblG"), 2 * YEAR, HCT),
    "cblg-deficit-dorsal-columns": at(cause("cblG"), 2 * YEAR, CORD),
    "cblc-total-homocysteine": at(cause("cblC"), 2 * YEAR, HCY),
    "cblc-methylmalonic-acid": at(cause("cblC"), 2 * YEAR, MMA),
    "cblc-hematocrit": at(cause("cblC"), 2 * YEAR, HCT),
    "cbs-deficiency-total-homocysteine": at(cause("CBS deficiency"), 2 * YEAR, HCY),
    "cbs-deficiency-deficit-dorsal-columns": at(cause("CBS deficiency"), 2 * YEAR, CORD),
    "transcobalamin-deficiency-methylmalonic-acid": at(
        cause("transcobalamin deficiency"), 2 * YEAR, MMA
    ),
    "transcobalamin-deficiency-serum-b12": at(cause("transcobalamin deficiency"), 2 * YEAR, B12),
}
