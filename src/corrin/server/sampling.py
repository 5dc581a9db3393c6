"""At which times a curve is told: peaks and troughs between doses, and no more than it needs."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

#: Most doses whose peak is shown; of more, so many spread evenly over them.
PEAKS = 60
#: How long before a dose its trough is read, and after it where the peak is looked for [day]. An
#: injection peaks within hours; steps of a half find the height to a hundredth.
_BEFORE, _AFTER = 0.01, (0.04, 0.06, 0.09, 0.14, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0)


def between_doses(doses: Sequence[float], usual: np.ndarray) -> np.ndarray:
    """Return times that show the swing between doses: usual ones, each trough, and each peak.

    A usual time falls anywhere between two doses, and tells a peak once and a trough another time.
    Of many doses only some peaks are shown; usual times among them move to the next trough, so that
    slow changes stay.

    Parameters
    ----------
    doses : sequence of float
        Times of single doses in any order [day].
    usual : ndarray, shape (n,)
        Times that are shown without doses, ascending [day].

    Returns
    -------
    ndarray
        Ascending [day], with the first and the last of `usual`.
    """
    end = float(usual[-1])
    given = np.unique([time for time in doses if time < end])
    if not given.size:
        return usual
    chosen = np.unique(np.linspace(0, given.size - 1, PEAKS).round().astype(int))
    following = np.append(given[1:], end)
    after = given[chosen, None] + np.array(_AFTER)
    peaks = after[after < following[chosen, None] - _BEFORE]
    troughs = np.concatenate([given[chosen], following[chosen]]) - _BEFORE
    if chosen.size < given.size:
        among = (usual > given[0]) & (usual < given[-1])
        following_dose = given[np.searchsorted(given, usual[among])]
        usual = np.concatenate([usual[~among], following_dose - _BEFORE])
    found = np.concatenate([usual, peaks, troughs])
    return np.unique(found[(found >= 0) & (found <= end)])


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
