"""Which experiment would tell: how much less uncertain shares would be once its result is known.

Each version of the model predicts the result of a candidate experiment. Taking each version in
turn as the truth, its result with noise of measurement is given to all other versions; what is
left of the variance of the shares, on average, is what that experiment would leave open.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from corrin.errors import InputError
from corrin.insight import members as many
from corrin.insight.members import Members
from corrin.insight.players import Player, cut
from corrin.insight.runs import Progress, grid, outputs
from corrin.study.regimen import Regimen
from corrin.study.scenario import Scenario
from corrin.study.timeline import Event
from corrin.units import parse_time

SEED = 2026
#: Results drawn for each version that is taken as the truth.
NOISES = 4
#: Fewest versions from which an expectation is made, and that must stand behind a typical result.
FEWEST, BEHIND = 20, 10.0


@dataclass(frozen=True)
class Candidate:
    """An experiment that could be made.

    Attributes
    ----------
    id, words : str
        Short name, and what is done.
    scenario, treat, cut : str
        Person, treatment given in addition, and edges that it cuts.
    at, begin : float
        When it is read, and when treatment begins [day].
    outputs : tuple of str
        What is read; with a treatment, the difference to the same person without it.
    noise : float
        Standard deviation of a result [unit of the output].
    """

    id: str
    words: str
    scenario: str
    treat: str
    cut: tuple[str, ...]
    at: float
    begin: float
    outputs: tuple[str, ...]
    noise: float


@dataclass(frozen=True)
class Expected:
    """What one experiment is expected to tell.

    Attributes
    ----------
    candidate : Candidate
        The experiment.
    reduction : float
        Part of the variance of all shares that would go.
    by_mechanism : mapping
        The same for each mechanism.
    spread : tuple of float
        Standard deviation over the versions of each predicted result.
    behind : float
        Median effective number of versions that agree with a result.
    """

    candidate: Candidate
    reduction: float
    by_mechanism: dict[str, float]
    spread: tuple[float, ...]
    behind: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "id": self.candidate.id,
            "experiment": self.candidate.words,
            "reduction": self.reduction,
            "by_mechanism": self.by_mechanism,
            "outputs": list(self.candidate.outputs),
            "spread": list(self.spread),
            "behind": self.behind,
        }


@cache
def candidates() -> tuple[Candidate, ...]:
    """Return the experiments of ``data/candidates.csv``."""
    with (files("corrin.insight") / "data" / "candidates.csv").open(encoding="utf-8") as handle:
        return tuple(
            Candidate(
                row["id"], row["words"], row["scenario"], row["treat"],
                tuple(row["cut"].split()), parse_time(row["at"]),
                parse_time(row["from"]) if row["from"] else 0.0,
                tuple(row["outputs"].split()), float(row["noise"]),
            )
            for row in csv.DictReader(handle)
        )  # fmt: skip


def predicted(candidate: Candidate, chosen: Members) -> np.ndarray:
    """Return the result of an experiment in each version, shape (members, results).

    An experiment that both treats and cuts has two arms, one for each.
    """
    base = Scenario.load(candidate.scenario)
    base = replace(base, until=max(base.until, candidate.at + 1.0))
    plain = base.protocol(candidate.at)
    arms = []
    if candidate.treat:
        given = Event(candidate.begin, Regimen.parse(candidate.treat, candidate.id))
        arms.append(replace(base, timeline=(*base.timeline, given)).protocol(candidate.at))
    if candidate.cut:
        arms.append(cut(plain, [Player(candidate.id, candidate.cut)]))
    variants = [plain, *arms]
    columns = [outputs().index(name) for name in candidate.outputs]
    cube = grid(variants, candidate.at, chosen)[:, :, columns]
    if not arms:
        return np.asarray(cube[:, 0])
    return np.concatenate([cube[:, i] - cube[:, 0] for i in range(1, len(variants))], axis=1)


def expected_left(
    shares: np.ndarray, results: np.ndarray, noise: float, weights: np.ndarray, seed: int = SEED
) -> tuple[np.ndarray, float]:
    """Return what is left of the variance of each share once a result is known.

    Parameters
    ----------
    shares : ndarray, shape (members, n)
        What is uncertain.
    results : ndarray, shape (members, k)
        What each version predicts.
    noise : float
        Standard deviation of each result.
    weights : ndarray, shape (members,)
        How much each version counts.

    Returns
    -------
    left : ndarray, shape (n,)
        Expected part of the variance that is left, at most 1.
    behind : float
        Median effective number of versions that agree with a result.
    """
    rng = np.random.default_rng(seed)
    before = many.mean((shares - many.mean(shares, weights)) ** 2, weights)
    after, behind, counted = np.zeros(shares.shape[1]), [], 0.0
    for truth in np.flatnonzero(weights > 0):
        for _ in range(NOISES):
            seen = results[truth] + noise * rng.standard_normal(results.shape[1])
            distance = np.sum(((results - seen) / noise) ** 2, axis=1)
            likely = weights * np.exp(-0.5 * (distance - distance[weights > 0].min()))
            likely[truth] = 0.0  # it must not tell about itself
            size = many.effective(likely)
            if size < 1.5:
                continue
            likely = likely / likely.sum()
            spread = likely @ (shares - likely @ shares) ** 2 / (1 - np.sum(likely**2))
            after += weights[truth] * spread
            counted += weights[truth]
            behind.append(size)
    if counted == 0:
        return np.full(shares.shape[1], np.nan), 0.0
    left = np.divide(after / counted, before, out=np.ones_like(before), where=before > 1e-12)
    return np.minimum(left, 1.0), float(np.median(behind))


def ranking(
    names: Sequence[str],
    parts: np.ndarray,
    weights: np.ndarray,
    chosen: Members,
    asked: Sequence[Candidate] | None = None,
    progress: Progress | None = None,
) -> list[Expected]:
    """Return what each candidate experiment would tell about some shares, the most telling first.

    Parameters
    ----------
    names : sequence of str
        Mechanisms.
    parts : ndarray, shape (members, n)
        Their shares in each version.
    weights : ndarray, shape (members,)
        How much each version counts.
    chosen : Members
        The versions.
    """
    if int((weights > 0).sum()) < FEWEST:
        raise InputError(
            f"fewer than {FEWEST} versions of the model",
            where="experiments that would tell",
            hint="ask for more members, or make the ensemble",
        )
    total = many.mean((parts - many.mean(parts, weights)) ** 2, weights)
    found = []
    listed = candidates() if asked is None else asked
    for done, candidate in enumerate(listed, 1):
        results = predicted(candidate, chosen)
        counted = np.where(np.isfinite(results).all(axis=1), weights, 0.0)
        results = np.where(np.isfinite(results), results, 0.0)
        noise = candidate.noise
        left, behind = expected_left(parts, results, noise, counted)
        # Few agreeing versions feign knowledge: blur the result until enough stand behind it.
        while behind < min(BEHIND, int((weights > 0).sum()) / 4) and noise < 10 * candidate.noise:
            noise *= 1.5
            left, behind = expected_left(parts, results, noise, counted)
        spread = np.sqrt(many.mean((results - many.mean(results, counted)) ** 2, counted))
        found.append(
            Expected(
                candidate,
                float(1 - (left @ total) / total.sum()),
                {n: float(1 - part) for n, part in zip(names, left, strict=True)},
                tuple(float(s) for s in spread),
                behind,
            )
        )
        if progress is not None:
            progress(done / len(listed))
    return sorted(found, key=lambda one: -one.reduction)
