"""Readings of the theme blood: anaemia by depth of deficiency, and lack of folate."""

from __future__ import annotations

import numpy as np

from corrin.evidence.bench import MONTH, Bench
from corrin.evidence.readings.common import (
    B12,
    FOLATE_LACK,
    GASTRITIS,
    HCT,
    HORIZON,
    MCV,
    Reading,
    eater,
)

FOLATE, HB = "serum_folate", "hemoglobin"
#: Lower limit of serum folate [nmol/L] and of hemoglobin of men [g/L], upper of cell volume [fL].
LOW_FOLATE, ANAEMIA, LARGE_CELLS = 7.0, 130.0, 100.0


def fallen(text: str, marker: str, level: float, name: str) -> Reading:
    """`name` when `marker` has fallen to `level`."""
    return lambda bench: bench.when(text, marker, level, until=HORIZON, of=[name])[0]


def destruction(bench: Bench) -> float:
    """Output of red cells over their number, relative to health, as hemoglobin falls to 70 g/L."""
    relapse = [fallen(GASTRITIS, HB, 70, name) for name in ("effective_production", "red_cells")]
    output, number = (read(bench) for read in relapse)
    return output / number


def uracil(bench: Bench) -> float:
    """Uracil in DNA relative to health after eight months of little folate."""
    return float(bench.course(FOLATE_LACK, [240.0], ["uracil_in_dna"])[0, 0])


def starved_of_folate(age: int, folate: float, what: str) -> Reading:
    """Months on a diet with 1/80 of the reference folate until blood shows it.

    Parameters
    ----------
    age : int
        Age of the man [year].
    folate : float
        Serum folate at the start [nmol/L].
    what : str
        ``folate`` (serum folate low), ``anaemia``, or ``large`` (anaemia and large cells).
    """

    def read(bench: Bench) -> float:
        person = eater(bench, f"age: {age}", folate=folate)
        text = person + "timeline: [{at: 0 d, diet: {b12: 6 ug daily, folate: 0.0125}}]"
        days = np.arange(0.0, 1500.0, 3.0)
        serum, hemoglobin, volume = bench.course(text, days, [FOLATE, HB, MCV])
        shown = {
            "folate": serum < LOW_FOLATE,
            "anaemia": hemoglobin < ANAEMIA,
            "large": (hemoglobin < ANAEMIA) & (volume > LARGE_CELLS),
        }[what]
        return float(days[np.argmax(shown)]) / MONTH if shown.any() else float("inf")

    return read


#: Readings by the id of their row in ``data/observations/blood.csv``.
READINGS: dict[str, Reading] = {
    "guerrashinohara2007-hematocrit": fallen(GASTRITIS, B12, 27, HCT),
    "guerrashinohara2007-mean-cell-volume": fallen(GASTRITIS, B12, 27, MCV),
    "pancytopenia2016-mean-cell-volume": fallen(GASTRITIS, HB, 58, MCV),
    "pancytopenia2016-platelets": fallen(GASTRITIS, HB, 58, "platelets"),
    "finch1956-total-erythropoiesis": fallen(GASTRITIS, HB, 70, "marrow_drive"),
    "finch1956-effective-erythropoiesis": fallen(GASTRITIS, HB, 70, "effective_production"),
    "finch1956-red-cell-destruction": destruction,
    "blount1997-uracil-in-folate-lack": uracil,
    "herbert1962-serum-folate-low": starved_of_folate(35, 11.0, "folate"),
    "herbert1962-anaemia": starved_of_folate(35, 11.0, "anaemia"),
    "golding2014-serum-folate-low": starved_of_folate(58, 52.0, "folate"),
    "golding2014-macrocytic-anaemia": starved_of_folate(58, 52.0, "large"),
}
