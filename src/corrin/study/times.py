"""When a run is looked at: evenly, and at peaks and troughs between doses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corrin.units import MONTH, YEAR

_WEEKLY_UNTIL = 15 * YEAR
_SHORT_RUNS = ((60.0, 0.25), (YEAR, 1.0))  # longest run and output step [day]
#: Most doses whose peak is shown; of more, so many spread evenly over them.
PEAKS = 60
#: How long before a dose its trough is read, and after it where the peak is looked for [day]. An
#: injection peaks within hours; steps of a half find the height to a hundredth.
_BEFORE, _AFTER = 0.01, (0.04, 0.06, 0.09, 0.14, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0)


def output_times(until: float, doses: Sequence[float] = ()) -> np.ndarray:
    """Return the usual output times of a run.

    Parameters
    ----------
    until : float
        End of the run [day].
    doses : sequence of float
        Times of single doses in any order [day]; see `between_doses`.

    Returns
    -------
    ndarray, shape (n,)
        Every 7 d for 15 years, every month from then on, and the end itself [day]. Runs of
        at most a year show every day, and of at most 60 d every 6 hours.
    """
    step = next((step for longest, step in _SHORT_RUNS if until <= longest), 7.0)
    first = np.arange(0.0, min(until, _WEEKLY_UNTIL), step)
    monthly = np.arange(_WEEKLY_UNTIL, until, MONTH)
    return between_doses(doses, np.append(np.concatenate([first, monthly]), until))


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
