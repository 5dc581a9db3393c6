"""Markov chains through a posterior of many dimensions, and how well they have mixed.

Moves are those of the preconditioned Crank-Nicolson algorithm about a normal distribution near the
target (Cotter, Roberts, Stuart & White 2013; generalised by Rudolf & Sprungk 2018): where the
target is that normal distribution every move is accepted, in any number of dimensions. The stretch
move of ensemble samplers is not used because it fails in more than some fifty dimensions (Huijser,
Goodman & Brewer 2017). Where the density is dear, a chain makes many moves under a cheap stand-in
and accepts where they lead by the dear one (surrogate transition, Liu 2001); the stand-in changes
how fast it mixes and not what it converges to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import ndtri
from scipy.stats import rankdata

#: Logarithm of a density, up to a constant: points of shape (k, n) in, shape (k,) out.
Density = Callable[[np.ndarray], np.ndarray]
Progress = Callable[[str, float], None]

#: Share of moves that shall be accepted.
WANTED = 0.3
#: Length of a move at the start, and its bounds; 1 would be a fresh draw of the normal.
STRIDE, SHORTEST, LONGEST = 0.3, 0.01, 0.99
#: Steps under a dear density after which what was reached is kept.
BLOCK = 5


@dataclass(frozen=True)
class Normal:
    """A normal distribution.

    Attributes
    ----------
    mean : ndarray, shape (n,)
    root : ndarray, shape (n, n)
        Lower triangle whose product with its transpose is the covariance.
    """

    mean: np.ndarray
    root: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, covariance: np.ndarray) -> Normal:
        """Return the normal distribution of a mean and a covariance."""
        return cls(mean, np.linalg.cholesky(covariance))

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return draws, shape (count, n)."""
        return np.asarray(self.mean + rng.standard_normal((count, len(self.mean))) @ self.root.T)

    def log(self, points: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density up to a constant, shape (k,)."""
        away = solve_triangular(self.root, (points - self.mean).T, lower=True)
        return np.asarray(-0.5 * np.sum(away**2, axis=0))

    def near(self, points: np.ndarray, stride: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return points nearby that leave the distribution as it is.

        Parameters
        ----------
        points : ndarray, shape (k, n)
        stride : ndarray, shape (k,)
            Length of each move, from 0 (none) to 1 (a fresh draw).
        rng : Generator
        """
        kept = np.sqrt(1 - stride**2)[:, None]
        fresh = self.draw(rng, len(points)) - self.mean
        return np.asarray(self.mean + kept * (points - self.mean) + stride[:, None] * fresh)


@dataclass
class Walkers:
    """Chains side by side, with what they need to go on.

    Attributes
    ----------
    points : ndarray, shape (k, n)
        Where they are.
    log : ndarray, shape (k,)
        Logarithm of the density there.
    stride : float
        Typical length of a move; it is learnt in `adapt`.
    """

    points: np.ndarray
    log: np.ndarray
    stride: float = STRIDE

    @classmethod
    def at(cls, points: np.ndarray, density: Density) -> Walkers:
        """Return walkers that begin at some points."""
        return cls(points.copy(), density(points))

    def move(self, density: Density, about: Normal, rng: np.random.Generator) -> np.ndarray:
        """Try one move of every walker; return which were accepted."""
        # Moves of mixed length: what is too long here may be right elsewhere.
        stride = np.clip(
            self.stride * np.exp(0.5 * rng.standard_normal(len(self.points))), SHORTEST, LONGEST
        )
        tried = about.near(self.points, stride, rng)
        found = density(tried)
        gain = found - self.log - (about.log(tried) - about.log(self.points))
        taken: np.ndarray = np.log(rng.random(len(gain))) < gain
        self.points[taken], self.log[taken] = tried[taken], found[taken]
        return taken

    def adapt(self, density: Density, about: Normal, rng: np.random.Generator, moves: int) -> None:
        """Make moves that are thrown away, and learn how long they may be."""
        for i in range(moves):
            share = float(self.move(density, about, rng).mean())
            grown = self.stride * np.exp((share - WANTED) / np.sqrt(1 + i / 10))
            self.stride = float(np.clip(grown, SHORTEST, LONGEST))


@dataclass(frozen=True)
class Path:
    """Where chains have been.

    Attributes
    ----------
    points : ndarray, shape (steps, k, n)
    log : ndarray, shape (steps, k)
        Logarithm of the density there.
    accepted : float
        Share of the steps (of the dear density where there are two) that were accepted.
    """

    points: np.ndarray
    log: np.ndarray
    accepted: float = field(default=0.0)


def walk(
    walkers: Walkers, density: Density, about: Normal, rng: np.random.Generator, steps: int,
    thin: int = 1,
) -> Path:  # fmt: skip
    """Follow chains under one density.

    Parameters
    ----------
    walkers : Walkers
        Where to begin; they are moved.
    density : callable
        The target.
    about : Normal
        A normal distribution near the target.
    rng : Generator
    steps, thin : int
        Steps that are kept, and moves in each.

    Returns
    -------
    Path
    """
    points, logs, share = [], [], []
    for _ in range(steps):
        share += [walkers.move(density, about, rng).mean() for _ in range(thin)]
        points.append(walkers.points.copy())
        logs.append(walkers.log.copy())
    return Path(np.array(points), np.array(logs), float(np.mean(share)))


@dataclass
class Course:
    """Chains under a dear density, on their way: all that they need to go on.

    Attributes
    ----------
    walkers : Walkers
        Where they are, under the cheap density.
    dear : ndarray, shape (k,)
        Logarithm of the dear density there.
    inner : int
        Moves under the cheap density in each step.
    rng : Generator
    step : int
        Steps done; negative while they are thrown away.
    points, logs, shares : list
        By step that counts: where the chains were, `dear` there, and the share that moved.
    """

    walkers: Walkers
    dear: np.ndarray
    inner: int
    rng: np.random.Generator
    step: int = 0
    points: list[np.ndarray] = field(default_factory=list)
    logs: list[np.ndarray] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def go_on(self, cheap: Density, dear: Density, about: Normal) -> float:
        """Make one step; return the share of the chains that moved."""
        walkers, here, rng = self.walkers, self.dear, self.rng
        before, cheap_before = walkers.points.copy(), walkers.log.copy()
        for _ in range(self.inner):
            walkers.move(cheap, about, rng)
        moved = (walkers.points != before).any(axis=1)
        there = here.copy()
        if moved.any():
            there[moved] = dear(walkers.points[moved])
        gain = (there - here) - (walkers.log - cheap_before)
        taken = moved & (np.log(rng.random(len(gain))) < gain)
        walkers.points[~taken], walkers.log[~taken] = before[~taken], cheap_before[~taken]
        self.dear = np.where(taken, there, here)
        moving = float(taken.mean())
        if self.step < 0:
            grown = self.inner * np.exp(2 * (moving - WANTED))
            self.inner = int(np.clip(grown, 1, 4 * self.inner))
        else:
            self.points.append(walkers.points.copy())
            self.logs.append(self.dear.copy())
            self.shares.append(moving)
        self.step += 1
        return moving


def walk_by_surrogate(
    start: np.ndarray | Course,
    cheap: Density,
    dear: Density,
    about: Normal,
    rng: np.random.Generator,
    steps: int,
    inner: int,
    *,
    burn: int = 0,
    stride: float = STRIDE,
    progress: Progress | None = None,
    keep: Callable[[Course], None] | None = None,
) -> Path:
    """Follow chains under a dear density, with many moves under a cheap one in each step.

    Parameters
    ----------
    start : ndarray, shape (k, n), or Course
        Where to begin; the dear density must not be 0 there. Or where to go on.
    cheap, dear : callable
        A stand-in, and the target.
    about : Normal
        A normal distribution near the target.
    rng : Generator
        A course goes on with its own.
    steps, inner : int
        Steps that are kept, and moves under `cheap` in each, at first.
    burn : int
        Steps that are thrown away, in which `inner` is learnt: the farther off the stand-in is,
        the fewer moves can be made at a time.
    stride : float
        Typical length of a move, as learnt on `cheap`; it stays as it is.
    progress : callable, optional
        Told the step and the share of the walkers that moved.
    keep : callable, optional
        Given the course after every `BLOCK` steps.

    Returns
    -------
    Path
        Its `log` is that of the dear density.
    """
    if isinstance(start, Course):
        course = start
    else:
        walkers = Walkers(start.copy(), cheap(start), stride)
        course = Course(walkers, dear(start), inner, rng, -burn)
    while course.step < steps:
        tried = course.inner
        moving = course.go_on(cheap, dear, about)
        if keep is not None and (course.step % BLOCK == 0 or course.step == steps):
            keep(course)
        if progress is not None:
            what = f"chain, step {course.step} of {steps}, {tried} moves: share that moved"
            progress(what, moving)
    return Path(np.array(course.points), np.array(course.logs), float(np.mean(course.shares)))


# How well chains have mixed (Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021).


def split_r_hat(chains: np.ndarray) -> float:
    """Return the rank-normalised split R-hat, the larger of bulk and tails.

    Parameters
    ----------
    chains : ndarray, shape (steps, k)
        One quantity.
    """
    halves = _halves(chains)
    if np.ptp(halves) == 0:
        return float("nan")
    folded = np.abs(halves - np.median(halves))
    return max(_r_hat(_normalised(halves)), _r_hat(_normalised(folded)))


def nested_r_hat(chains: np.ndarray, starts: int) -> float:
    """Return the rank-normalised R-hat of many short chains from a few starts.

    Chains that began at one point are taken together, so that a mean is known well although each
    chain is short, and what they still remember of their start shows (Margossian and others 2024).

    Parameters
    ----------
    chains : ndarray, shape (steps, k)
        One quantity; chains from one start lie side by side.
    starts : int
        Number of starts; each has as many chains.
    """
    if np.ptp(chains) == 0:
        return float("nan")
    ranked = _normalised(chains)
    groups = ranked.reshape(len(ranked), starts, -1)
    between = float(groups.mean(axis=(0, 2)).var(ddof=1))
    among = groups.mean(axis=0).var(axis=1, ddof=1)
    within = float((among + groups.var(axis=0, ddof=1).mean(axis=1)).mean())
    return float(np.sqrt(1 + between / within))


def effective_size(chains: np.ndarray) -> float:
    """Return the effective number of independent draws in chains, for the bulk.

    Parameters
    ----------
    chains : ndarray, shape (steps, k)
        One quantity.
    """
    halves = _halves(chains)
    if np.ptp(halves) == 0:
        return float("nan")
    return _effective(_normalised(halves))


def autocorrelation_time(chains: np.ndarray) -> float:
    """Return the number of steps that are worth one independent draw."""
    return float(chains.size / effective_size(chains))


def _halves(chains: np.ndarray) -> np.ndarray:
    half = len(chains) // 2
    return np.concatenate([chains[:half], chains[-half:]], axis=1)


def _normalised(chains: np.ndarray) -> np.ndarray:
    ranks = rankdata(chains).reshape(chains.shape)
    return np.asarray(ndtri((ranks - 0.375) / (chains.size + 0.25)))


def _r_hat(chains: np.ndarray) -> float:
    steps = len(chains)
    within = float(chains.var(axis=0, ddof=1).mean())
    between = float(chains.mean(axis=0).var(ddof=1))
    if within == 0:
        return float("inf")
    return float(np.sqrt((steps - 1) / steps + between / within))


def _effective(chains: np.ndarray) -> float:
    steps, count = chains.shape
    away = chains - chains.mean(axis=0)
    power = np.abs(np.fft.rfft(away, n=2 * steps, axis=0)) ** 2
    lagged = np.fft.irfft(power, axis=0)[:steps].mean(axis=1) / steps
    within = lagged[0] * steps / (steps - 1)
    total = within * (steps - 1) / steps + float(chains.mean(axis=0).var(ddof=1))
    rho = 1 - (within - lagged * steps / (steps - 1)) / total
    rho[0] = 1.0
    # Sums of pairs are positive and fall (Geyer 1992); the rest is noise.
    pairs = rho[: 2 * (steps // 2)].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: ends[0]] if len(ends) else pairs)
    time = max(2 * float(pairs.sum()) - 1, 1 / np.log10(max(steps * count, 10)))
    return float(steps * count / time)
