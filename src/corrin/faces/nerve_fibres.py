"""A healthy fibre and one as damaged as a tract of a run, with an action potential on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corrin.errors import unknown
from corrin.faces.nerve_plot import Course, course

if TYPE_CHECKING:
    from corrin.nerve import Tract
    from corrin.study import Result

#: Length of the recording [ms]: a thinned fibre needs longer than a healthy one.
UNTIL = 8.0


def damaged(result: Result, time: float, tract: str = "dorsal_columns") -> Tract:
    """Return the state of a tract of a run at a time [day]."""
    from corrin.nerve import Tract
    from corrin.nerve.run import tract_numbers
    from corrin.nerve.studies import CENTRAL

    known = tract_numbers(result, time)
    if tract not in known:
        raise unknown("tract", tract, known)
    return Tract(**known[tract], central=tract in CENTRAL)


def fibres_of(state: Tract, label: str, tract: str = "dorsal columns") -> tuple[Course, Course]:
    """Return the courses of an action potential in health and in a damaged fibre.

    Parameters
    ----------
    state : Tract
        How the tract is damaged.
    label : str
        When.
    tract : str
        Name of the tract, to print.
    """
    return (
        course("Healthy fibre of 10 µm", until=UNTIL),
        course(f"The same fibre, damaged as the {tract}: {label}", state.lesion(), until=UNTIL),
    )
