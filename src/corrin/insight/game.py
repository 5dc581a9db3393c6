"""The game of one output: what coalitions of mechanisms are worth, and the shares that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from corrin.insight import members as many
from corrin.insight.answer import APART, PRESENT, Mechanism, Pair
from corrin.insight.runs import Table
from corrin.insight.shapley import LEAST, alone, shapley, without, worth
from corrin.insight.targets import fraction
from corrin.weighted import quantiles

#: What is left where cutting all players does not leave the twin.
REST = "none of these"


@dataclass(frozen=True)
class Game:
    """Values of the coalitions for one output, and what follows from them in each version.

    Attributes
    ----------
    names : tuple of str
        Players, and the rest where cutting all does not leave the twin.
    values : ndarray, shape (members, coalitions)
        Output in the person [its unit].
    twin, total : ndarray, shape (members,)
        Output in the twin, and what the person has more.
    enough : ndarray of bool, shape (members,)
        Whether there is enough to explain.
    parts : ndarray, shape (members, names)
        Shares as a part of the total; they add up to 1 where there is enough.
    """

    names: tuple[str, ...]
    values: np.ndarray
    twin: np.ndarray
    total: np.ndarray
    enough: np.ndarray
    parts: np.ndarray

    @classmethod
    def of(cls, name: str, source: Table, twin: Table, same_players: bool) -> Game:
        """Return the game of an output.

        `same_players` tells that a twin who is not healthy was cut in the same way: its own
        shares are then taken off.
        """
        values, others = source.values[name], twin.values[name]
        healthy = others[:, -1]
        lost = fraction(name, values, healthy[:, None])
        twin_lost = fraction(name, others, healthy[:, None])
        raw = shapley(worth(lost))
        effect = worth(lost[:, -1]) - worth(twin_lost[:, -1])
        if same_players and others.shape == values.shape:
            raw = raw - shapley(worth(twin_lost))
        names = tuple(p.name for p in source.players)
        rest = effect - raw.sum(axis=1)
        if not same_players:
            raw, names = np.concatenate([raw, rest[:, None]], axis=1), (*names, REST)
        gain = lost[:, -1] - twin_lost[:, -1]
        enough = gain >= LEAST
        size = np.where(enough, raw.sum(axis=1), 1.0)
        parts = np.where(enough[:, None], raw / size[:, None], 0.0)
        return cls(names, values, healthy, values[:, -1] - healthy, enough, parts)

    @property
    def shares(self) -> np.ndarray:
        """Shares in the unit of the output, shape (members, names)."""
        return np.asarray(self.parts * self.total[:, None])

    def rows(self, weights: np.ndarray) -> list[Mechanism]:
        """Return the players with their intervals over the versions that count."""
        shares, kept = self.shares, weights > 0
        first = many.first_places(self.parts, weights)
        lone, cut_one = alone(self.values), without(self.values)
        rows = []
        for i, name in enumerate(self.names):
            low, high = many.interval(shares[kept, i], weights[kept]) or (None, None)
            part_low, part_high = many.interval(self.parts[kept, i], weights[kept]) or (None, None)
            row = Mechanism(
                name,
                share=float(many.mean(shares[:, i], weights)),
                low=low,
                high=high,
                part=float(many.mean(self.parts[:, i], weights)),
                part_low=part_low,
                part_high=part_high,
                median=quantiles(self.parts[kept, i], weights[kept], (0.5,))[0],
                first=float(first[i]),
            )
            if i < lone.shape[1]:
                spared = many.interval(cut_one[kept, i], weights[kept]) or (None, None)
                row = replace(
                    row,
                    without=float(many.mean(cut_one[:, i], weights)),
                    alone=float(many.mean(lone[:, i], weights)),
                    without_low=spared[0],
                    without_high=spared[1],
                )
            rows.append(row)
        return [row for row in rows if row.name != REST or abs(row.part) > 1e-3]


def apart(game: Game, weights: np.ndarray) -> tuple[Pair, ...]:
    """Return the pairs of mechanisms whose shares trade off over the versions."""
    found = many.correlation(game.parts, weights)
    size = many.mean(game.parts, weights)
    pairs = [
        Pair(game.names[i], game.names[j], float(found[i, j]))
        for i in range(len(game.names))
        for j in range(i + 1, len(game.names))
        if found[i, j] <= APART and min(size[i], size[j]) >= PRESENT
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.correlation))
