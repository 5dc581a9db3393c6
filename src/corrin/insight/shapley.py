"""Shares of an effect among those who make it together: exact sums over all coalitions.

Coalitions are numbered by bits: bit i of the number is 1 where player i acts.
"""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np

#: Added to the deficit and to what is left before the logarithm, so that none is infinite.
FLOOR = 0.01
#: Smallest deficit that is shared; below it there is too little to explain.
LEAST = 0.03


def worth(fraction: np.ndarray) -> np.ndarray:
    """Return the value of a coalition: the log odds of a deficit, with a floor.

    Parameters
    ----------
    fraction : ndarray
        Deficit, from 0 (health) to 1 (all is lost).
    """
    bounded = np.clip(fraction, 0.0, 1.0)
    return np.asarray(np.log((bounded + FLOOR) / (1 - bounded + FLOOR)))


def shapley(values: np.ndarray) -> np.ndarray:
    """Return the Shapley values of a game.

    Parameters
    ----------
    values : ndarray, shape (..., 2**n)
        Value of every coalition.

    Returns
    -------
    ndarray, shape (..., n)
        What each player adds on average over all orders of joining. They add up to the value of
        all less that of none.
    """
    players = _players(values.shape[-1])
    found = np.empty((*values.shape[:-1], players))
    for i in range(players):
        before, weights = _joining(players, i)
        # Differences first: what a player without effect adds is then 0 to the last bit.
        found[..., i] = (values[..., before | 1 << i] - values[..., before]) @ weights
    return found


def _players(size: int) -> int:
    players = size.bit_length() - 1
    if size != 2**players:
        raise ValueError(f"{size} is not a number of coalitions")
    return players


@cache
def _joining(players: int, player: int) -> tuple[np.ndarray, np.ndarray]:
    """Coalitions that a player can join, and how often in all orders it joins each."""
    masks = [m for m in range(2**players) if not m >> player & 1]
    weights = [1 / (players * comb(players - 1, m.bit_count())) for m in masks]
    return np.array(masks), np.array(weights)


def alone(values: np.ndarray) -> np.ndarray:
    """Return the value where each player acts alone, shape (..., n)."""
    return np.asarray(values[..., [1 << i for i in range(_players(values.shape[-1]))]])


def without(values: np.ndarray) -> np.ndarray:
    """Return the value where only this player is cut, shape (..., n)."""
    size = values.shape[-1]
    return np.asarray(values[..., [size - 1 - (1 << i) for i in range(_players(size))]])


def owen(values: np.ndarray, player: int) -> np.ndarray:
    """Return the Owen values of one player's channels.

    A player reaches the outcome through several channels. Whole players join in any order, and
    within a player its channels in any order; so the shares of its channels add up to the Shapley
    value of the player.

    Parameters
    ----------
    values : ndarray, shape (..., 2**n, 2**c)
        Value where some players act (first of the two) and this one through some channels
        (second); whether it is among the first does not matter.
    player : int
        Which of the n players it is.

    Returns
    -------
    ndarray, shape (..., c)
    """
    others, outer = _joining(_players(values.shape[-2]), player)
    averaged = np.einsum("...oc,o->...c", values[..., others, :], outer)
    return shapley(averaged)
