"""Statistics of values that have weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def quantiles(values: np.ndarray, weights: np.ndarray, at: Sequence[float]) -> tuple[float, ...]:
    """Return weighted quantiles of one-dimensional values.

    Parameters
    ----------
    values, weights : ndarray
        Of the same length; weights need not add up to 1.
    at : sequence of float
        Which quantiles, from 0 to 1.

    Returns
    -------
    tuple of float
        In the unit of the values, interpolated between the middles of their weights; not numbers
        where there is no weight.
    """
    total = weights.sum()
    if total <= 0:
        return (float("nan"),) * len(at)
    order = np.argsort(values)
    middles = np.cumsum(weights[order]) - 0.5 * weights[order]
    return tuple(float(q) for q in np.interp(np.array(at) * total, middles, values[order]))
