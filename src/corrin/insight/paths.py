"""Along which path: from a mechanism through a tract, or what acts at once, to a symptom.

A mechanism reaches a symptom through several channels. Tracts do not act on one another, so the
symptom for any mixture of tracts follows from the runs already made, by the formulas of the
model. The shares are Owen values: those of one mechanism's channels add up to its share.
"""

from __future__ import annotations

import numpy as np

from corrin.insight import members as many
from corrin.insight.algebra import algebra
from corrin.insight.answer import Path_
from corrin.insight.game import Game
from corrin.insight.members import Members
from corrin.insight.runs import CHANNELS, QUANTITIES, Table
from corrin.insight.shapley import owen, worth
from corrin.insight.targets import fraction

#: Most channels of one symptom whose paths are followed.
MOST_CHANNELS = 4
#: Smallest part of the total that a path must carry to be told.
_LEAST = 1e-9


def channels_of(name: str) -> tuple[str, ...]:
    """Return the channels that an output is computed from."""
    leaves = algebra().leaves(name, QUANTITIES)
    return tuple(channel for channel, parts in CHANNELS.items() if leaves & set(parts))


def path_values(name: str, whole: Table, chosen: Members) -> np.ndarray:
    """Return Owen values on the log-odds scale, shape (members, players, channels)."""
    channels = channels_of(name)
    players, size = len(whole.players), 2 ** len(channels)
    rules, columns = algebra(), chosen.columns
    healthy = np.zeros((len(chosen), 1))
    found = np.zeros((len(chosen), players, len(channels)))
    # Rows: coalitions of whole players; columns: the channels through which this one acts too.
    others, joined = (grid.ravel() for grid in np.mgrid[: 2**players, :size])
    for player in range(players):
        bit = 1 << player
        given = dict(columns)
        for i, channel in enumerate(channels):
            seen = np.where(joined >> i & 1, others | bit, others & ~bit)
            given |= {part: whole.values[part][:, seen] for part in CHANNELS[channel]}
        lost = fraction(name, rules.evaluate(name, given), healthy)
        found[:, player] = owen(worth(lost).reshape(len(chosen), 2**players, size), player)
    return found


def paths(
    name: str, person: Table, twin: Table, game: Game, chosen: Members, weights: np.ndarray
) -> tuple[Path_, ...]:
    """Return the paths of one output, the largest first; none where it has one channel or many."""
    channels = channels_of(name)
    if not 2 <= len(channels) <= MOST_CHANNELS:
        return ()
    raw = path_values(name, person, chosen)
    if twin.players:
        raw = raw - path_values(name, twin, chosen)
    size = np.where(game.enough, raw.sum(axis=(1, 2)), 1.0)
    parts = np.where(game.enough[:, None, None], raw / size[:, None, None], 0.0)
    shares = parts * game.total[:, None, None]
    kept = weights > 0
    found = []
    for i, player in enumerate(person.players):
        for j, channel in enumerate(channels):
            if abs(float(many.mean(parts[:, i, j], weights))) < _LEAST:
                continue
            span = many.interval(shares[kept, i, j], weights[kept]) or (None, None)
            mean = float(many.mean(shares[:, i, j], weights))
            found.append(Path_(player.name, channel, mean, *span))
    return tuple(sorted(found, key=lambda path: -abs(path.share)))
