"""A simulated group in a few numbers: middle, spread and shares beyond the reference limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corrin.variables import Variable, catalogue

if TYPE_CHECKING:
    import pandas as pd
    import xarray

#: Groups of outputs that are summed up.
GROUPS = ("laboratory", "stores", "symptom")


def summarise(dataset: xarray.Dataset) -> pd.DataFrame:
    """Return median, 5th and 95th percentile and shares beyond the reference limits.

    Parameters
    ----------
    dataset : xarray.Dataset
        A simulated group.

    Returns
    -------
    pandas.DataFrame
        One row for each quantity and time: quantity, long_name, unit, time [day], median, p5,
        p95, below and above [% of people]; a share is missing where there is no limit.
    """
    import pandas as pd

    found = []
    for name, known in catalogue().items():
        if name not in dataset or known.group not in GROUPS or name.endswith("_probability"):
            continue
        for k, time in enumerate(dataset["time"].values):
            values = dataset[name].values[:, k]
            values = values[np.isfinite(values)]
            low, middle, high = np.percentile(values, [5, 50, 95])
            found.append(
                {
                    "quantity": name,
                    "long_name": known.long_name,
                    "unit": known.unit,
                    "time": float(time),
                    "median": float(middle),
                    "p5": float(low),
                    "p95": float(high),
                    "below": _share(values < known.low) if known.low else None,
                    "above": _share(values > _upper(known)) if known.high is not None else None,
                }
            )
    return pd.DataFrame(found)


def _share(beyond: np.ndarray) -> float:
    """Return the share of people of whom something is true [%]."""
    return 100 * float(np.mean(beyond))


def _upper(known: Variable) -> float:
    """Return the upper limit; whole-number ratings of the bedside are beyond 0 from 0.5 on."""
    high = known.high if known.high is not None else 0.0
    return max(high, 0.5) if known.group == "symptom" else high
