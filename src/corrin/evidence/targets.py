"""Targets of the whole chain: what is published, what the model gives, in one table.

`use` says how a row may be read: ``calibrate`` rows are fitted by `corrin.evidence.calibrate`;
``tuned`` rows were looked at while parameters that they depend on were set by hand, so that their
agreement is no proof; ``validate`` rows had no such part. Rows that the evidence tables keep for
validation are never fitted by the script.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from corrin.errors import ModelError
from corrin.evidence.bench import Bench
from corrin.evidence.readings import READINGS, Reading

if TYPE_CHECKING:
    import pandas as pd

USES = ("calibrate", "tuned", "validate")


@dataclass(frozen=True)
class Target:
    """One published quantity and how to read it off the model.

    Attributes
    ----------
    name : str
        What it is, in words.
    theme : str
        kinetics, biomarkers, blood, inborn, nitrous oxide or treatment.
    unit : str
        Unit of all numbers of the row.
    low, high : float
        Published range, or the range that counts as agreement; `high` may be infinite.
    trial : float or None
        What the trial model of the design phase reached.
    use : str
        ``calibrate``, ``tuned`` or ``validate``.
    source : str
        Rows of the evidence tables and their study.
    note : str
        Why a miss is left, or how the comparison is made.
    predict : callable
        Reads the value off a bench.
    """

    name: str
    theme: str
    unit: str
    low: float
    high: float
    trial: float | None
    use: str
    source: str
    note: str
    predict: Reading


@cache
def targets() -> tuple[Target, ...]:
    """Return all targets, in the order of the chain.

    Raises
    ------
    ModelError
        When a row has no reading, or an unknown use.
    """
    with (files("corrin.evidence") / "targets.csv").open(encoding="utf-8") as handle:
        return tuple(_target(row) for row in csv.DictReader(handle))


def _target(row: dict[str, str]) -> Target:
    name = row["name"]
    if name not in READINGS or row["use"] not in USES:
        raise ModelError(f"no reading, or an unknown use, for {name!r}", where="targets.csv")
    return Target(
        name,
        row["theme"],
        row["unit"],
        float(row["low"]),
        float(row["high"]),
        float(row["trial"]) if row["trial"] else None,
        row["use"],
        row["source"],
        row["note"],
        READINGS[name],
    )


def table(bench: Bench | None = None, theme: str | None = None) -> pd.DataFrame:
    """Return the table of targets against what the model gives.

    Parameters
    ----------
    bench : Bench, optional
        Where the cases run; the shipped parameter set if not given.
    theme : str, optional
        Only the rows of this theme.

    Returns
    -------
    DataFrame
        Columns theme, target, unit, low, high, trial, model, within, use, source, note.
    """
    import pandas as pd

    bench = bench or Bench()
    rows = []
    for target in targets():
        if theme in (None, target.theme):
            value = target.predict(bench)
            rows.append(
                {
                    "theme": target.theme,
                    "target": target.name,
                    "unit": target.unit,
                    "low": target.low,
                    "high": target.high,
                    "trial": target.trial,
                    "model": value,
                    "within": target.low <= value <= target.high,
                    "use": target.use,
                    "source": target.source,
                    "note": target.note,
                }
            )
    return pd.DataFrame(rows)
