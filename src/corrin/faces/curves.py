"""Curves of a result with their meaning: reference range, direction of harm, scale.

The figure (`plot`) and the report draw the same `Curve`, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.faces.wording import unit_text

if TYPE_CHECKING:
    from corrin.study import Result

#: Side of the reference range on which a value tells of harm; both sides when not listed.
#: High B12 after a dose and the burst of young red cells after it are not harm.
HARM = {
    "serum_b12": "low",
    "holotranscobalamin": "low",
    "body_b12": "low",
    "reticulocytes": "low",
    "serum_sam": "low",
    "methylmalonic_acid": "high",
    "total_homocysteine": "high",
    "serum_sah": "high",
}

#: Hemoglobin [g/L] below which a person counts as anaemic.
ANAEMIA = {"female": 120.0, "male": 130.0}

#: Largest ratio of values that a linear axis still shows.
LINEAR_SPAN = 20.0


@dataclass(frozen=True)
class Curve:
    """One output of one run.

    Attributes
    ----------
    name, long_name, unit, group : str
        Public name, words, unit and group of the output.
    times : ndarray, shape (n,)
        Times [day].
    values : ndarray, shape (n,)
        Values [unit].
    low, high : float or None
        Limits of the reference range [unit].
    """

    name: str
    long_name: str
    unit: str
    group: str
    times: np.ndarray
    values: np.ndarray
    low: float | None = None
    high: float | None = None

    def at(self, time: float) -> float:
        """Return the value [unit] at `time` [day]."""
        return float(np.interp(time, self.times, self.values))

    def side(self, value: float) -> str:
        """Return ``low`` or ``high`` where `value` [unit] tells of harm, else an empty string."""
        harm = HARM.get(self.name, "both")
        if self.low is not None and value < self.low and harm != "high":
            return "low"
        if self.high is not None and value > self.high and harm != "low":
            return "high"
        return ""

    def harmed(self, values: np.ndarray) -> np.ndarray:
        """Return where `values` [unit], shape (m,), tell of harm: bool, shape (m,)."""
        mask = np.zeros(values.shape, dtype=bool)
        harm = HARM.get(self.name, "both")
        if self.low is not None and harm != "high":
            mask |= values < self.low
        if self.high is not None and harm != "low":
            mask |= values > self.high
        return mask

    @property
    def edge(self) -> str:
        """Edge of a band of saw-teeth that matters: ``high`` where high values harm."""
        return "high" if HARM.get(self.name) == "high" else "low"

    @property
    def logarithmic(self) -> bool:
        """Whether the values span more than a linear axis shows."""
        known = self.values[np.isfinite(self.values)]
        if not known.size or known.min() <= 0:
            return False
        return bool(known.max() / known.min() > LINEAR_SPAN)

    @property
    def title(self) -> str:
        """Long name without the scale that an axis tells anyway."""
        return self.long_name.partition(" (0 to ")[0]

    @property
    def label(self) -> str:
        """Unit for an axis, saying so when the axis is logarithmic."""
        unit = unit_text(self.unit) or ("probability" if self.is_probability else "relative")
        if self.group == "symptom" and not self.is_probability:
            unit = "grade 0 to 4" if self.name != "disability_score" else "points 0 to 16"
        return f"{unit}, log" if self.logarithmic else unit

    @property
    def is_probability(self) -> bool:
        """Whether this is the probability that a symptom is reported."""
        return self.name.endswith("_probability")

    def limits(self) -> tuple[float, float]:
        """Return the lower and upper end [unit] of an axis that holds values and range."""
        if self.is_probability:
            return 0.0, 1.0
        if self.group == "symptom":
            return 0.0, 16.0 if self.name == "disability_score" else 4.0
        known = self.values[np.isfinite(self.values)]
        ends = [*(e for e in (self.low, self.high) if e is not None)]
        low = float(min([*known, *ends], default=0.0))
        high = float(max([*known, *ends], default=1.0))
        if self.logarithmic:
            return low / 1.15, high * 1.15
        if self.unit == "1":  # relative quantities: an axis from 0 keeps small changes small
            return min(low, 0.0), max(high, 1.0) * 1.05
        margin = max(0.06 * (high - low), 0.02 * abs(high), 1e-9)
        floor = 0.0 if low >= 0 else low - margin
        return max(floor, low - margin), high + margin


def curves(result: Result) -> dict[str, Curve]:
    """Return every output of `result` as a `Curve`, by name, in the order of the dataset."""
    from corrin.variables import catalogue

    known = catalogue()
    dataset = result.dataset
    times = np.asarray(dataset["time"].values, dtype=float)
    drawn = {}
    for name in map(str, dataset.data_vars):
        values, attrs = dataset[name].values, dataset[name].attrs
        low, high = _limit(attrs, "reference_low"), _limit(attrs, "reference_high")
        if low == high:  # a scale whose healthy value is a point has no range to draw
            low = high = None
        if name == "hemoglobin" and low is None:
            low = ANAEMIA[result.scenario.person.sex]
        drawn[name] = Curve(
            name=name,
            long_name=str(attrs.get("long_name", name)),
            unit=str(attrs.get("units", "1")),
            group=known[name].group if name in known else "other",
            times=times,
            values=np.asarray(values, dtype=float),
            low=low,
            high=high,
        )
    return drawn


def _limit(attrs: Mapping[str, Any], key: str) -> float | None:
    """Return a reference limit of a variable, None where it has none."""
    value = attrs.get(key)
    return None if value is None or not np.isfinite(value) else float(value)


def first_crossing(curve: Curve, limit: float, side: str) -> float | None:
    """Return the first time [day] at which `curve` lies beyond `limit`, None if it never does.

    Parameters
    ----------
    curve : Curve
        What is looked at.
    limit : float
        Limit [unit of the curve].
    side : str
        ``low`` for below the limit, ``high`` for above.

    Returns
    -------
    float or None
        Time [day], interpolated between outputs.
    """
    excess = limit - curve.values if side == "low" else curve.values - limit
    beyond = np.flatnonzero(excess > 0)
    if not beyond.size:
        return None
    index = int(beyond[0])
    if index == 0:
        return float(curve.times[0])
    before, after = excess[index - 1], excess[index]
    if not np.isfinite(before):
        return float(curve.times[index])
    share = -before / (after - before)
    return float(curve.times[index - 1] + share * (curve.times[index] - curve.times[index - 1]))
