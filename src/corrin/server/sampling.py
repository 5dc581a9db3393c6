"""Which times of a curve are kept: no more than it needs."""

from __future__ import annotations

import heapq

import numpy as np


def thinned(times: np.ndarray, columns: np.ndarray, most: int, tolerance: float) -> np.ndarray:
    """Return which times to keep so that lines between them stay close to every column.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Times in ascending order.
    columns : ndarray, shape (n, k)
        What is drawn over them.
    most : int
        Largest number of times to keep.
    tolerance : float
        Largest miss that is left, as a share of the range of a column.

    Returns
    -------
    ndarray of int
        Places of the times to keep, ascending, with the first and the last.
    """
    count = len(times)
    span = np.nanmax(columns, axis=0) - np.nanmin(columns, axis=0)
    moving = span > 1e-9 * np.maximum(np.nanmax(np.abs(columns), axis=0), 1e-300)
    scaled = np.nan_to_num(columns[:, moving] / span[moving])
    kept = {0, count - 1}
    heap: list[tuple[float, int, int, int]] = []

    def look(begin: int, stop: int) -> None:
        """Put the worst miss between two kept times on the heap."""
        if stop - begin < 2 or not scaled.shape[1]:
            return
        inside = slice(begin + 1, stop)
        share = (times[inside] - times[begin]) / (times[stop] - times[begin])
        line = scaled[begin] + share[:, None] * (scaled[stop] - scaled[begin])
        miss = np.abs(scaled[inside] - line).max(axis=1)
        worst = int(np.argmax(miss))
        if miss[worst] > tolerance:
            heapq.heappush(heap, (-float(miss[worst]), begin + 1 + worst, begin, stop))

    look(0, count - 1)
    while heap and len(kept) < most:
        _, place, begin, stop = heapq.heappop(heap)
        kept.add(place)
        look(begin, place)
        look(place, stop)
    return np.array(sorted(kept))
