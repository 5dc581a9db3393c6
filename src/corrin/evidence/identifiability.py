"""What the data say of each parameter: from the fit, and from the ensemble around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import ModelError
from corrin.evidence.calibrate import written
from corrin.evidence.priors import priors

if TYPE_CHECKING:
    import pandas as pd

    from corrin.model.ensemble import Ensemble

#: Chance that any pair of unrelated parameters is shown as correlated.
CHANCE = 0.05


def identifiability(
    fit: Mapping[str, Any] | None = None, members: Ensemble | None = None
) -> pd.DataFrame:
    """Return how much the data say of each parameter, most first.

    Parameters
    ----------
    fit : mapping, optional
        What `corrin.evidence.calibrate.calibrate` returned; the shipped fit if not given.
    members : Ensemble, optional
        Parameter sets around that fit.

    Returns
    -------
    DataFrame
        ``parameter``, ``stage``, ``prior``, ``value``, ``low``, ``high`` (90 % interval) and
        ``told_by_data``, the share of the prior variance that the data removed, from the slope of
        the fit; ``told_by_members`` is the same share from the spread of the ensemble, below 0
        where it is wider than the prior.

    Raises
    ------
    ModelError
        Where the fit does not say what the data told.
    """
    import pandas as pd

    found = written() if fit is None else fit
    columns = ("prior", "value", "low", "high", "told_by_data")
    try:
        rows = [
            {"parameter": row["name"], "stage": stage["stage"], **{c: row[c] for c in columns}}
            for stage in found["stages"]
            for row in stage["parameters"]
        ]
    except (KeyError, TypeError):
        raise ModelError(
            "the fit does not say what the data told of each parameter",
            where="corrin2026.json",
            hint="run corrin calibrate --out and put the new fit in its place",
        ) from None
    frame = pd.DataFrame(rows)
    if members is not None:
        names, spread = coordinates(members)
        told = dict(zip(names, 1 - spread.var(axis=0, ddof=1), strict=True))
        frame["told_by_members"] = frame["parameter"].map(told).astype(float)
    return frame.sort_values("told_by_data", ascending=False, kind="stable", ignore_index=True)


def coordinates(members: Ensemble) -> tuple[tuple[str, ...], np.ndarray]:
    """Return what varies in an ensemble, and its standardised coordinates.

    Returns
    -------
    names : tuple of str, length n
        Priors that the ensemble holds.
    coordinates : ndarray, shape (members, n)
    """
    known = {prior.name: prior for prior in priors()}
    held = [(i, known[name]) for i, name in enumerate(members.names) if name in known]
    columns = [[prior.coordinate(float(v)) for v in members.values[:, i]] for i, prior in held]
    return tuple(prior.name for _, prior in held), np.array(columns).T


def correlations(members: Ensemble) -> pd.DataFrame:
    """Return the pairs of parameters that the data tie together, the strongest first.

    Parameters
    ----------
    members : Ensemble
        Parameter sets that all fit.

    Returns
    -------
    DataFrame
        ``first``, ``second``, ``correlation`` of their standardised coordinates with its 95 %
        interval (``low``, ``high``); only pairs beyond what the number of members and of pairs
        lets chance produce in one ensemble of 20.
    """
    import pandas as pd
    from scipy.stats import norm

    names, values = coordinates(members)
    count, n = values.shape
    columns = ["first", "second", "correlation", "low", "high"]
    if count < 5 or n < 2:
        return pd.DataFrame(columns=columns)
    moving = np.flatnonzero(values.std(axis=0) > 0)
    matrix = np.atleast_2d(np.corrcoef(values[:, moving].T))
    left, right = np.triu_indices(len(moving), 1)
    found = matrix[left, right]
    error = 1 / np.sqrt(count - 3)  # of Fisher's z
    far = norm.isf(0.025) * error
    least = np.tanh(norm.isf(CHANCE / 2 / max(len(found), 1)) * error)
    kept = [k for k in np.argsort(-np.abs(found), kind="stable") if abs(found[k]) > least]
    # Fisher's z of each pair, with its interval.
    place = np.arctanh(np.clip(found[kept], -1 + 1e-12, 1 - 1e-12))
    rows = [
        (names[moving[i]], names[moving[j]], found[k], np.tanh(z - far), np.tanh(z + far))
        for k, i, j, z in zip(kept, left[kept], right[kept], place, strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)
