"""Targets of the whole chain: what is published, what the model gives, in one table.

`use` says how a target may be used: ``calibrate`` rows are fitted by `corrin.evidence.calibrate`,
``validate`` rows are only compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.bench import MONTH, YEAR, Bench

if TYPE_CHECKING:
    import pandas as pd

GASTRITIS = "timeline: [{at: 0 d, cause: autoimmune gastritis}]"
ZERO = "timeline: [{at: 0 d, diet: zero b12}]"
GASTRITIS_ZERO = "timeline: [{at: 0 d, cause: autoimmune gastritis}, {at: 0 d, diet: zero b12}]"
HEALTH = "timeline: []"


@dataclass(frozen=True)
class Target:
    """One published quantity and how to read it off the model.

    Attributes
    ----------
    name : str
        What it is, in words.
    theme : str
        kinetics, biomarkers, blood, inborn, nitrous oxide, treatment or nerve.
    unit : str
        Unit of all numbers of the row.
    low, high : float
        Published range, or the range that counts as agreement; one may be infinite.
    trial : float or None
        What the trial model of the design phase reached.
    use : str
        ``calibrate`` or ``validate``.
    source : str
        Rows of the evidence tables and their study.
    predict : callable
        Reads the value off a bench.
    note : str
        Why a miss is left, or how the comparison is made.
    """

    name: str
    theme: str
    unit: str
    low: float
    high: float
    trial: float | None
    use: str
    source: str
    predict: Callable[[Bench], float]
    note: str = ""


def _steady(diet: str, weight: float, name: str = "serum_b12") -> Callable[[Bench], float]:
    text = f"person: {{weight: {weight} kg, diet: {diet}}}\ntimeline: []"
    return lambda bench: bench.at(text, 1.0, name)


def _fall(text: str, time: float, name: str = "serum_b12") -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        first, last = bench.course(text, [0.0, time], [name])[0]
        return float(100 * (last / first - 1))

    return predict


def _urine(product: str, ug: float, days: float) -> Callable[[Bench], float]:
    treated = f"timeline: [{{at: 0 d, treat: {product} {ug} ug im once}}]"

    def predict(bench: Bench) -> float:
        with_dose = bench.at(treated, days, "urinary_cobalamin")
        without = bench.at(HEALTH, days, "urinary_cobalamin")
        return 100 * (with_dose - without) * 1.3554 / ug

    return predict


def _ratio(days: float) -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        levels = [
            bench.at(f"timeline: [{{at: 0 d, treat: {p} 1 mg im once}}]", days, "serum_b12")
            for p in ("hydroxocobalamin", "cyanocobalamin")
        ]
        return levels[0] / levels[1]

    return predict


def _months(text: str, name: str, level: float, rising: bool, years: float = 12) -> Callable[[Bench], float]:
    return lambda bench: (
        bench.crossing(text, name, level, until=years * YEAR, rising=rising) / MONTH
    )


def _at_level(name: str, level: float, output: str) -> Callable[[Bench], float]:
    """Value of an output in gastritis when `name` has fallen to `level`."""
    return lambda bench: bench.when(
        GASTRITIS_ZERO, name, level, until=12 * YEAR, of=[output]
    )[0]


def _at(text: str, time: float, name: str) -> Callable[[Bench], float]:
    return lambda bench: bench.at(text, time, name)


def _peak_ratio(text: str, name: str, until: float) -> Callable[[Bench], float]:
    def predict(bench: Bench) -> float:
        values = bench.course(text, np.arange(0, until, 0.25), [name])[0]
        return float(values.max() / values[0])

    return predict


#: Overt deficiency: gastritis and no B12 in the diet, treated when serum B12 has reached 70 pmol/L.
KUZMINSKI_START = 4.0 * YEAR


def _kuzminski(line: str, days: float, name: str) -> Callable[[Bench], float]:
    text = (
        "timeline: [{at: 0 d, cause: autoimmune gastritis}, "
        f"{{at: {KUZMINSKI_START} d, treat: {line}}}]"
    )
    return lambda bench: bench.at(text, KUZMINSKI_START + days, name)


ORAL = "cyanocobalamin 2 mg oral daily"
IM = "'cyanocobalamin 1 mg im on days 1, 3, 7, 10, 14, 21, 30, 60, 90'"


def _inborn(cause: str) -> str:
    return f"timeline: [{{at: 0 d, cause: {cause}}}]"
