"""What an examiner finds at the bedside, and on a scan of the cord, from the state of the tracts.

The probability of a sign is that of the tracts and of what age brings without disease:
``1 - (1 - tracts)(1 - background)``. All sizes are assumed (``data/examination.csv``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from corrin.clinic.tables import rows
from corrin.errors import unknown
from corrin.study import Result
from corrin.study.population.draws import uniforms
from corrin.units import YEAR, parse_time

#: Function that gives the lost function of a tract, 0 to 1.
Deficits = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class Sign:
    """One sign: tracts with their weights, the loss at which half show it, its background."""

    name: str
    long_name: str
    tracts: Mapping[str, float]
    half: float
    steepness: float
    background: float
    background_80: float

    def probability(self, deficits: Deficits, age: np.ndarray | float) -> np.ndarray:
        """Return the probability of the sign.

        Parameters
        ----------
        deficits : callable
            Lost function of a tract by its name, 0 to 1.
        age : ndarray or float
            Age [year].
        """
        kept = np.prod(
            np.array([1 - weight * np.asarray(deficits(t)) for t, weight in self.tracts.items()]),
            axis=0,
        )
        drive = np.clip(1 - kept, 0.0, 1.0) ** self.steepness
        tracts = drive / (drive + self.half**self.steepness)
        # Older people show it without disease: linear from 40 to 80 years and beyond.
        grown = np.clip((np.asarray(age) - 40) / 40, 0.0, 1.5)
        background = self.background + (self.background_80 - self.background) * grown
        found: np.ndarray = 1 - (1 - tracts) * (1 - np.clip(background, 0.0, 0.9))
        return found


@cache
def signs() -> Mapping[str, Sign]:
    """Return every sign by name."""
    table = rows("examination")
    found = {}
    for row in table:
        tracts = {r["tract"]: float(r["weight"]) for r in table if r["sign"] == row["sign"]}
        found[row["sign"]] = Sign(
            row["sign"],
            row["long_name"],
            MappingProxyType(tracts),
            *(float(row[k]) for k in ("half", "steepness", "background", "background_80")),
        )
    return MappingProxyType(found)


def sign_named(written: str, where: str | None = None) -> str:
    """Return the name of a sign as in the table."""
    key = written.strip().casefold().replace("-", "_").replace(" ", "_")
    if key not in signs():
        raise unknown("sign", written, signs(), where)
    return key


@dataclass(frozen=True)
class Found:
    """One sign in one person: whether it was found, and how likely that was."""

    sign: Sign
    present: bool
    probability: float


def examine(result: Result, time: float | str, *, seed: int = 1) -> tuple[Found, ...]:
    """Return what an examiner finds in a simulated person.

    Parameters
    ----------
    result : Result
        A simulated person with the outputs ``deficit_...``.
    time : float or str
        When [day], or a text such as ``5 y``.
    seed : int
        Seed; the same seed gives the same examination.
    """
    day = parse_time(time) if isinstance(time, str) else float(time)
    age = result.scenario.person.age + day / YEAR
    found = []
    for name, sign in signs().items():
        chance = float(sign.probability(lambda t: np.asarray(result.at(day, f"deficit_{t}")), age))
        drawn = float(uniforms(seed, f"sign {name} on day {day:.6g}", 1)[0])
        found.append(Found(sign, drawn < chance, chance))
    return tuple(found)
