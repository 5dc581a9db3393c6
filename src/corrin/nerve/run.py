"""Examine the person of a run at some of its times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from corrin.errors import InputError
from corrin.nerve.fibres import Subject
from corrin.nerve.studies import TRACTS, Examination, examine

_YEAR = 365.25
#: Output of a run that gives each number of a tract; the first that there is counts.
_OUTPUTS = {
    "myelin": ("myelin_{}",),
    "axons_large": ("axons_large_{}", "axons_{}"),
    "axons_small": ("axons_small_{}", "axons_{}"),
    "swelling": ("swelling_{}",),
    "remade": ("remade_{}",),
}


class ResultLike(Protocol):
    """What is needed of a run: its data set, who it was, and values between output times."""

    @property
    def dataset(self) -> Any:
        """Outputs by name over the time in days."""
        ...

    @property
    def scenario(self) -> Any:
        """What was simulated; ``scenario.person`` has age, height and sex."""
        ...

    def at(self, time: float, name: str) -> float:
        """Return one output at one time [day]."""
        ...


def run_nerve(
    result: ResultLike, times: Sequence[float], seed: int | None = None
) -> list[Examination]:
    """Examine the person of a run.

    Parameters
    ----------
    result : ResultLike
        A run with outputs ``myelin_<tract>`` and ``axons_<tract>`` (or ``axons_large_`` and
        ``axons_small_``), and ``swelling_<tract>`` and ``remade_<tract>`` where it has them.
    times : sequence of float
        When to examine [day].
    seed : int, optional
        Which person of that age, height and sex, and noise of measurement; None is the average
        person without noise.

    Returns
    -------
    list of Examination
        One for each time.
    """
    if len(times) == 0:
        raise InputError("no time to examine at", where="times", hint="give at least one, in days")
    person = result.scenario.person
    found = []
    for occasion, time in enumerate(times):
        subject = Subject(person.age + float(time) / _YEAR, person.height, person.sex)
        found.append(examine(tract_numbers(result, float(time)), subject, seed, occasion))
    return found


def tract_numbers(result: ResultLike, time: float) -> dict[str, dict[str, float]]:
    """Return what a run tells of each tract at a time [day], by name of `Tract`.

    Tracts of which it tells nothing are left out.
    """
    known = set(result.dataset.data_vars)
    found = {tract: dict(_numbers(result, tract, time, known)) for tract in TRACTS}
    return {tract: numbers for tract, numbers in found.items() if numbers}


def _numbers(
    result: ResultLike, tract: str, time: float, known: set[str]
) -> Iterable[tuple[str, float]]:
    """Yield the numbers of a tract that the run tells of."""
    for name, outputs in _OUTPUTS.items():
        for output in (pattern.format(tract) for pattern in outputs):
            if output in known:
                # Solvers leave the range by their tolerance.
                yield name, min(max(float(result.at(time, output)), 0.0), 1.0)
                break
