"""Common random numbers: what is drawn for a person depends on seed, name and person alone.

Each name (of a trait, a parameter, a measurement) has a stream of its own from a counter-based
generator keyed by seed and name. The same seed therefore gives a person the same standard normal
for a name whatever else the tables hold, however many people are drawn, and in whatever order.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def normals(seed: int, name: str, count: int, attempt: int = 0) -> np.ndarray:
    """Return standard normals for `name`, one for each of `count` people.

    Parameters
    ----------
    seed : int
        Seed of the whole sample.
    name : str
        What is drawn.
    count : int
        People; the first ones get the same numbers whatever the count.
    attempt : int
        0 for the first draw, 1 for the second of those whom the first described badly, ...

    Returns
    -------
    ndarray, shape (count,)
    """
    digest = blake2b(f"{seed}|{name}|{attempt}".encode(), digest_size=16).digest()
    key = np.frombuffer(digest, np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(count)


def uniforms(seed: int, name: str, count: int) -> np.ndarray:
    """Return numbers between 0 and 1 for `name`, one for each of `count` people."""
    from scipy.special import ndtr

    found: np.ndarray = ndtr(normals(seed, name, count))
    return found
