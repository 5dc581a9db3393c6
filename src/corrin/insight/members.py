"""Versions of the model that fit what is published, and what can be said over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corrin.errors import InputError, ModelError
from corrin.weighted import quantiles

#: Smallest effective number of versions behind an interval that is shown.
ENOUGH = 300
#: Ends of the intervals: 90 % of the versions lie within.
ENDS = (0.05, 0.95)


@dataclass(frozen=True)
class Members:
    """Versions of the model and how much each counts.

    Attributes
    ----------
    sets : tuple of mapping
        Overrides of the model that make each version.
    weights : ndarray, shape (members,)
        How much each counts; they add up to 1.
    source : str
        ``ensemble`` or ``central``: what they are.
    reason : str
        Why it is the central set alone; empty for an ensemble.
    """

    sets: tuple[Mapping[str, float], ...]
    weights: np.ndarray
    source: str
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse versions that do not override the same parameters."""
        if any(one.keys() != self.sets[0].keys() for one in self.sets):
            raise ModelError("versions of the model override different parameters")

    def __len__(self) -> int:
        """Return the number of versions."""
        return len(self.sets)

    @property
    def central(self) -> bool:
        """Whether it is the central parameter set alone."""
        return self.source == "central"

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """Overridden values by parameter, shape (members, 1) each."""
        names = self.sets[0] if self.sets else {}
        return {n: np.array([[one[n]] for one in self.sets]) for n in names}


def one_set(reason: str) -> Members:
    """Return the central parameter set alone."""
    return Members(({},), np.ones(1), "central", reason)


def members(count: int | None = None) -> Members:
    """Return the shipped ensemble, or the central set where none is shipped.

    Parameters
    ----------
    count : int, optional
        Take only the first so many; all if not given.
    """
    from corrin.model.ensemble import ensemble

    try:
        found = ensemble()
    except ModelError:
        return one_set("no ensemble is installed")
    if count is not None and count < 1:
        raise InputError(f"{count} members", where="--members", hint="ask for at least 1")
    size = len(found) if count is None else min(count, len(found))
    sets = tuple(found.member(i) for i in range(size))
    return Members(sets, np.full(size, 1 / size), "ensemble")


def effective(weights: np.ndarray) -> float:
    """Return the effective number of versions behind weights that need not add up to 1."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total > 0 else 0.0


def interval(values: np.ndarray, weights: np.ndarray) -> tuple[float, float] | None:
    """Return the interval in which 90 % of the versions lie; None where too few stand behind it."""
    if effective(weights) < ENOUGH:
        return None
    low, high = quantiles(values, weights, ENDS)
    return low, high


def mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean over the first axis; versions that do not count may be NaN."""
    kept = weights > 0
    return np.asarray(np.tensordot(weights[kept] / weights.sum(), values[kept], axes=(0, 0)))


def correlation(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted correlation of columns; 0 for a column that does not vary."""
    values, weights = values[weights > 0], weights[weights > 0]
    away = values - mean(values, weights)
    covariance = (away * weights[:, None]).T @ away / weights.sum()
    scale = np.sqrt(np.diag(covariance))
    size = np.outer(scale, scale)
    return np.asarray(np.divide(covariance, size, out=np.zeros_like(size), where=size > 1e-12))


def first_places(shares: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return in what part of the versions each column is largest; ties are split evenly."""
    # Shares of versions that do not count may be NaN.
    shares, weights = shares[weights > 0], weights[weights > 0]
    top = shares >= shares.max(axis=1, keepdims=True) - 1e-12
    return mean(top / top.sum(axis=1, keepdims=True), weights)
