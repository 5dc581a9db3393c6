"""Response surfaces: what a model gives as a quadratic function of its parameters.

A surface is fitted by least squares to runs at scattered points. Of many parameters few matter for
one output, and which is not known before; so some are chosen by ridge regression, their slopes are
shrunk towards 0, the less the larger they turned out to be (reweighted ridge), and the products of
those that matter most are added. How far a surface is off is measured on points that were left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Parameters on which one output depends, at most.
SLOPES = 48
#: Parameters of one output of which products are taken, at most; and points for each product.
PAIRED, POINTS_PER_PRODUCT = 14, 6
#: Rounds in which slopes are shrunk anew by their size, and parts of which each is left out once.
ROUNDS, FOLDS = 3, 5
#: Strengths of shrinkage that are tried.
_STRENGTHS = 10.0 ** np.arange(-4, 4.1, 0.5)
#: Least number of points for a surface.
_LEAST = 12


@dataclass(frozen=True)
class Surface:
    """Quadratic functions of many parameters, one for each output.

    Attributes
    ----------
    centre : ndarray, shape (n,)
        Point about which they are written.
    level : ndarray, shape (m,)
        Values there.
    slope : ndarray, shape (n, m)
    paired : ndarray of int, shape (m, q)
        For each output the parameters that matter most.
    bend : ndarray, shape (m, q, q)
        Second-order coefficients of those.
    error : ndarray, shape (m,)
        Root mean square error on points that were left out.
    """

    centre: np.ndarray
    level: np.ndarray
    slope: np.ndarray
    paired: np.ndarray
    bend: np.ndarray
    error: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the outputs at points of shape (k, n), shape (k, m)."""
        away = points - self.centre
        near = away[:, self.paired]  # (k, m, q)
        curved = np.einsum("kmi,mij,kmj->km", near, self.bend, near, optimize=True)
        return np.asarray(self.level + away @ self.slope + curved)

    def slopes(self, point: np.ndarray) -> np.ndarray:
        """Return the derivatives of the outputs at a point of shape (n,), shape (n, m)."""
        found = self.slope.copy()
        near = (point - self.centre)[self.paired]
        turned = np.einsum("mij,mj->mi", self.bend + self.bend.transpose(0, 2, 1), near)
        for k, which in enumerate(self.paired):
            np.add.at(found[:, k], which, turned[k])
        return found


def fit_surface(points: np.ndarray, values: np.ndarray) -> Surface:
    """Fit surfaces to values at points.

    Parameters
    ----------
    points : ndarray, shape (k, n)
        Standardised parameters.
    values : ndarray, shape (k, m)
        Outputs; what is not finite is left out.

    Returns
    -------
    Surface
        Outputs with next to no finite value have an infinite error.
    """
    centre = points.mean(axis=0)
    away, there = points - centre, np.isfinite(values)
    n, m = points.shape[1], values.shape[1]
    q = _paired_for(len(points), n)
    part = np.random.default_rng(0).permutation(len(points)) % FOLDS
    # Which parameters matter is found without the points that are left out.
    matter = [_matter(away[rows], values[rows]) for rows in (part != f for f in range(FOLDS))]
    whole = _matter(away, values)
    level, error = np.zeros(m), np.full(m, np.inf)
    slope, paired, bend = np.zeros((n, m)), np.zeros((m, q), int), np.zeros((m, q, q))
    for k in range(m):
        x, y, fold = away[there[:, k]], values[there[:, k], k], part[there[:, k]]
        if len(y) < _LEAST:
            continue
        level[k], slope[:, k], paired[k], bend[k] = _fit(x, y, whole[k], q)
        left = [
            y[fold == f] - _at(x[fold == f], *_fit(x[fold != f], y[fold != f], matter[f][k], q))
            for f in range(FOLDS)
        ]
        error[k] = np.sqrt(np.mean(np.concatenate(left) ** 2))
    return Surface(centre, level, slope, paired, bend, error)


def _matter(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return for each output the parameters that matter most to it, shape (m, SLOPES)."""
    there = np.isfinite(values)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, values, 0.0).sum(axis=0) / count
    y = np.where(there, values - mean, 0.0)
    middle, size = x.mean(axis=0), x.std(axis=0)
    z = (x - middle) / np.where(size > 0, size, 1.0)
    length, axes = np.linalg.eigh(z.T @ z)
    length = np.maximum(length, 0.0)
    along = axes.T @ (z.T @ y)
    strength = _STRENGTHS[:, None, None] * len(x)
    kept = length[:, None] / (length[:, None] + strength)
    slope = along / (length[:, None] + strength)
    left = (y**2).sum(axis=0) - (2 * slope * along - length[:, None] * slope**2).sum(axis=1)
    free = kept.sum(axis=1)
    score = np.where(free < 0.9 * len(x), left / np.maximum(len(x) - 1 - free, 1e-9) ** 2, np.inf)
    best = slope[score.argmin(axis=0), :, np.arange(y.shape[1])]  # (m, axes)
    return np.argsort(-np.abs(best @ axes.T), axis=1, kind="stable")[:, :SLOPES]


def _paired_for(count: int, n: int) -> int:
    """Return of how many parameters products are taken, with so many points."""
    most = int((np.sqrt(1 + 8 * count / POINTS_PER_PRODUCT) - 1) / 2)
    return max(1, min(PAIRED, SLOPES, most, n))


_Quadratic = tuple[float, np.ndarray, np.ndarray, np.ndarray]


def _fit(x: np.ndarray, y: np.ndarray, matter: np.ndarray, q: int) -> _Quadratic:
    """Return level, slope, paired parameters and their second-order coefficients."""
    near = x[:, matter]
    _, first_slope = _shrunk(near, y)
    order = np.argsort(-np.abs(first_slope) * near.std(axis=0), kind="stable")[:q]
    first, second = np.triu_indices(q)
    products = near[:, order][:, first] * near[:, order][:, second]
    level, both = _shrunk(np.hstack([near, products]), y)
    slope, bend = np.zeros(x.shape[1]), np.zeros((q, q))
    slope[matter] = both[: len(matter)]
    bend[first, second] = both[len(matter) :]
    return level, slope, matter[order], bend


def _at(
    x: np.ndarray, level: float, slope: np.ndarray, paired: np.ndarray, bend: np.ndarray
) -> np.ndarray:
    near = x[:, paired]
    return np.asarray(level + x @ slope + np.einsum("ki,ij,kj->k", near, bend, near))


def _shrunk(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return level and slopes by reweighted ridge, its strength by generalised cross-validation."""
    middle, mean = x.mean(axis=0), float(y.mean())
    size = x.std(axis=0)
    size[size == 0] = 1.0
    z, away = (x - middle) / size, y - mean
    gram, cross, total = z.T @ z, z.T @ away, float(away @ away)
    weight, slope = np.ones(x.shape[1]), np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        slope = weight * _ridge(gram * np.outer(weight, weight), cross * weight, total, len(y))
        # An estimate of the prior standard deviation of each slope: its own size.
        weight = np.sqrt(slope**2 + 1e-6 * float(slope @ slope) + 1e-300)
        weight /= weight.max()
    slope = slope / size
    return mean - float(middle @ slope), slope


def _ridge(gram: np.ndarray, cross: np.ndarray, total: float, count: int) -> np.ndarray:
    """Return slopes by ridge regression of `count` points; strength by cross-validation.

    Parameters
    ----------
    gram, cross, total : ndarray, ndarray, float
        Sums of the products of inputs, of inputs with the output, and of the output with itself.
    """
    size, axes = np.linalg.eigh(gram)
    size = np.maximum(size, 0.0)
    along = axes.T @ cross
    best, chosen = np.inf, np.zeros(len(cross))
    for strength in _STRENGTHS * count:
        kept = size / (size + strength)
        slope = along / (size + strength)
        left = total - 2 * float(slope @ along) + float(size @ slope**2)
        score = left / max(count - 1 - kept.sum(), 1e-9) ** 2
        if score < best and kept.sum() < 0.9 * count:
            best, chosen = score, axes @ slope
    return chosen


def joined(parts: Sequence[Surface]) -> Surface:
    """Return one surface with the outputs of several about one centre."""
    q = max(part.paired.shape[1] for part in parts)
    centre = parts[0].centre
    grown = [_about(part, centre, q) for part in parts]
    return Surface(
        centre,
        np.concatenate([g.level for g in grown]),
        np.hstack([g.slope for g in grown]),
        np.vstack([g.paired for g in grown]),
        np.concatenate([g.bend for g in grown]),
        np.concatenate([g.error for g in grown]),
    )


def _about(surface: Surface, centre: np.ndarray, q: int) -> Surface:
    """Return the same surface written about another centre, with `q` paired parameters."""
    m, own = surface.paired.shape
    slope = surface.slopes(centre)
    paired, bend = np.zeros((m, q), int), np.zeros((m, q, q))
    paired[:, :own], bend[:, :own, :own] = surface.paired, surface.bend
    return Surface(centre, surface(centre[None])[0], slope, paired, bend, surface.error)
