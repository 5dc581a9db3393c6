"""A label in a person in health: where a trace of marked cobalamin goes.

A trace does not disturb the body it is given to: it leaves each pool in proportion to its share
of the pool. The flows and pools of health, read off the model, therefore say all about it. The
answer to a small dose would say something else, because the carriers of stores saturate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corrin.evidence.bench import FLOWS, Bench

HEALTH = "timeline: []"
POOLS = tuple(dict.fromkeys(source for source, _ in FLOWS.values()))
#: Blood: what a serum sample holds.
PLASMA = ("holotranscobalamin_amount", "holohaptocorrin_amount")
STOOL = ("bile_loss", "shedding")
URINE = ("renal_loss",)


def rates(bench: Bench) -> tuple[np.ndarray, dict[str, float]]:
    """Return the exchange among `POOLS` and the share of its pool that each flow moves [1/day]."""
    found = bench.course(HEALTH, [0.0], [*POOLS, *FLOWS])[:, 0]
    amounts, flows = found[: len(POOLS)], found[len(POOLS) :]
    exchange = np.zeros((len(POOLS), len(POOLS)))
    shares: dict[str, float] = {}
    for (name, (source, target)), flow in zip(FLOWS.items(), flows, strict=True):
        column = POOLS.index(source)
        shares[name] = share = float(flow / amounts[column])
        exchange[column, column] -= share
        if target:
            exchange[POOLS.index(target), column] += share
    return exchange, shares


def label(bench: Bench, start: str, times: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the share of a label in each of `POOLS` at `times` [day] after it was in `start`."""
    exchange, _ = rates(bench)
    values, vectors = np.linalg.eig(exchange)
    first = np.linalg.solve(vectors, np.eye(len(POOLS))[POOLS.index(start)])
    courses = vectors @ (first[:, None] * np.exp(np.outer(values, times)))
    return np.asarray(courses.real)


def held(
    bench: Bench, start: str, times: Sequence[float] | np.ndarray, pools: Sequence[str]
) -> np.ndarray:
    """Return the share of a label that some pools together hold at `times` [day]."""
    places = [POOLS.index(pool) for pool in pools]
    return np.asarray(label(bench, start, times)[places].sum(axis=0))


def residence(bench: Bench, pool: str) -> float:
    """Return the mean time that cobalamin spends in a pool at one stay [day]."""
    exchange, _ = rates(bench)
    place = POOLS.index(pool)
    return float(-1 / exchange[place, place])


def leaving(bench: Bench, day: float, exits: Sequence[str]) -> float:
    """Return the part of the retained label that leaves by some exits on one day [%/day]."""
    _, share = rates(bench)
    held = label(bench, "holotranscobalamin_amount", [day])[:, 0]
    lost = sum(share[name] * held[POOLS.index(FLOWS[name][0])] for name in exits)
    return float(100 * lost / held.sum())
