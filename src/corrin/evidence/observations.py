"""Observations: what was published, and what the model gives for it.

`use` says how an observation may be read: ``calibrate`` ones may be fitted, ``validate`` ones are
only compared with; this is the use that the evidence tables give their rows, and a test holds
the two together. `known` tells whether the value was in view when structure or numbers of the
model were chosen by hand: agreement with a known observation is weaker proof than with one that
was not, whatever its use.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf, isfinite, sqrt

from corrin.errors import ModelError, NoBodyError, SolverError, unknown
from corrin.evidence.bench import Bench
from corrin.evidence.readings import BY_THEME
from corrin.evidence.readings.common import Reading

THEMES = tuple(BY_THEME)
USES = ("calibrate", "validate")
#: Where no spread is published, a prediction within this factor agrees.
FOLD = 1.5
#: Published ranges that say how well a value is known.
PRECISIONS = ("ci95", "ci90", "se")
#: Statistics that are effects: there the confidence interval is what was published.
EFFECTS = ("ratio", "slope", "correlation", "pattern")
COUNTED = ("share", "count")


@dataclass(frozen=True)
class Observation:
    """One published quantity and how to read it off the model.

    Attributes
    ----------
    id : str
        Short name, unique.
    theme : str
        One of `THEMES`.
    quantity : str
        What was measured or counted, in words.
    statistic : str
        mean, median, share, time, change, ratio, ...
    value : float
        Published value; the middle of the range where only a range is published.
    low, high : float or None
        Published spread; None where none is published.
    spread : str
        What `low` and `high` are: sd, iqr, ci95, se, range, reference interval, cohorts, limit.
    n : int or None
        People behind the value.
    unit : str
        Unit of all numbers.
    population : str
        Who was observed.
    rows : tuple of str
        Rows of the evidence tables that it comes from.
    use : str
        ``calibrate`` or ``validate``.
    known : bool
        Whether the value was in view when the model was built.
    note : str
        How the comparison is made.
    read : callable
        Reads the value off a bench.
    """

    id: str
    theme: str
    quantity: str
    statistic: str
    value: float
    low: float | None
    high: float | None
    spread: str
    n: int | None
    unit: str
    population: str
    rows: tuple[str, ...]
    use: str
    known: bool
    note: str
    read: Reading

    @property
    def printed(self) -> tuple[float, float]:
        """Published range whatever it is, or 1.5-fold of the value."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        ends = sorted((self.value / FOLD, self.value * FOLD))
        return ends[0], ends[1]

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that agrees.

        The published spread of people, cohorts or methods; 1.5-fold of the value where none is
        published. A confidence interval tells how well a mean is known and not how far people
        spread: it only widens the 1.5-fold range, unless the value is an effect by itself (a ratio,
        slope or correlation). Of counted people the 95 % interval of the count does the same.
        """
        low, high = self.printed
        if self.spread in PRECISIONS and self.statistic not in EFFECTS:
            ends = sorted((self.value / FOLD, self.value * FOLD))
            return min(low, ends[0]), max(high, ends[1])
        if self.low is None and self.statistic in COUNTED and self.unit == "%" and self.n:
            bottom, top = _wilson(self.value / 100, self.n)
            return min(low, 100 * bottom), max(high, 100 * top)
        return low, high

    def agrees(self, predicted: float) -> bool:
        """Return whether a prediction lies within `limits`."""
        low, high = self.limits
        return low <= predicted <= high


@cache
def observations() -> tuple[Observation, ...]:
    """Return all observations, theme by theme along the chain.

    Raises
    ------
    ModelError
        When an observation has no reading, a reading no observation, or a row is malformed.
    """
    found: list[Observation] = []
    for theme, readings in BY_THEME.items():
        source = files("corrin.evidence") / "data" / "observations" / f"{theme}.csv"
        with source.open(encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        odd = {row["id"] for row in rows} ^ readings.keys()
        if odd:
            raise ModelError(f"observation or reading missing: {sorted(odd)}", where=f"{theme}.csv")
        found.extend(_observation(theme, row, readings[row["id"]]) for row in rows)
    ids = [o.id for o in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ModelError(f"observations with one id: {twice}", where="data/observations")
    return tuple(found)


def observation(name: str) -> Observation:
    """Return one observation by its id."""
    known = {o.id: o for o in observations()}
    if name not in known:
        raise unknown("observation", name, known)
    return known[name]


def predict(observed: Observation, bench: Bench) -> float:
    """Return what the model gives; not a number where it cannot be solved or nobody can exist."""
    try:
        return observed.read(bench)
    except (SolverError, NoBodyError):
        return float("nan")


def _observation(theme: str, row: dict[str, str], read: Reading) -> Observation:
    where = f"{theme}.csv, {row['id']}"

    def number(text: str) -> float | None:
        return float(text) if text.strip() else None

    value, low, high = number(row["value"]), number(row["low"]), number(row["high"])
    if (low is None) != (high is None) or (value is None and low is None):
        raise ModelError("give a value, a range, or both", where=where)
    if low is not None and high is not None and low > high:
        raise ModelError(f"low {low} is above high {high}", where=where)
    if row["use"] not in USES or row["known"] not in ("yes", "no"):
        raise ModelError(f"use {row['use']!r} or known {row['known']!r} unknown", where=where)
    if value is None:
        value = _middle(low or 0.0, high if high is not None else inf)
    return Observation(
        row["id"], theme, row["quantity"], row["statistic"], value, low, high, row["spread"],
        int(row["n"]) if row["n"] else None, row["unit"], row["population"],
        tuple(row["rows"].split()), row["use"], row["known"] == "yes", row["note"], read,
    )  # fmt: skip


def _middle(low: float, high: float) -> float:
    """Middle of a range, on a log scale where it spans more than a factor of two."""
    if not isfinite(high):
        return low
    return sqrt(low * high) if low > 0 and high / low > 2 else (low + high) / 2


def _wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share that was counted in `n` people (Wilson's score)."""
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half
