"""Why: cut and restore each mechanism in the same person and see what remains of a symptom.

Players are the mechanisms whose edges end on nerve, brain or vessels (layer ``injury`` of the
model's edges). Each is cut alone (all others act) and restored alone (all others are cut). The
share of a mechanism is the mean of the two effects, scaled so that the shares add up to the
total: the symptom of this person less that of the same person without causes and treatment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corrin.errors import unknown
from corrin.model import load_model
from corrin.study.scenario import Scenario
from corrin.study.simulate import simulate
from corrin.units import format_time
from corrin.variables import catalogue

#: Below this total [grade] there is too little of a symptom to share it among mechanisms.
FLOOR = 0.05


@dataclass(frozen=True)
class Mechanism:
    """One mechanism and what it does to a symptom, all in the unit of the symptom.

    Attributes
    ----------
    name : str
        As in the table of edges.
    share : float
        Its part of the total.
    without : float
        The symptom when only this mechanism is cut.
    alone : float
        The symptom when all mechanisms but this one are cut.
    """

    name: str
    share: float
    without: float
    alone: float

    def __iter__(self):  # type: ignore[no-untyped-def]
        """Unpack as name and share."""
        return iter((self.name, self.share))


@dataclass(frozen=True)
class Attribution:
    """The answer to "why this symptom, in this person, at this time?".

    Attributes
    ----------
    symptom : str
        Public name of what is explained.
    time : float
        When [day].
    value, twin : float
        The symptom of this person, and of the same person without causes and treatment.
    total : float
        `value` less `twin`: what there is to explain.
    mechanisms : tuple of Mechanism
        Largest share first.
    """

    symptom: str
    time: float
    value: float
    twin: float
    total: float
    mechanisms: tuple[Mechanism, ...]

    @property
    def explained(self) -> bool:
        """Whether there is enough of the symptom to be shared."""
        return abs(self.total) >= FLOOR

    def text(self) -> str:
        """Return the answer as lines for a terminal."""
        label = catalogue()[self.symptom].long_name
        head = f"{label} at {format_time(self.time)}: {self.value:.2f}"
        if not self.explained:
            return f"{head}\n  too little to explain"
        lines = [head, "  mechanism                          share   cut alone   acting alone"]
        lines += [
            f"  {m.name:<34} {m.share:5.2f} {m.without:11.2f} {m.alone:14.2f}"
            for m in self.mechanisms
        ]
        return "\n".join(lines)


def mechanisms() -> dict[str, tuple[str, ...]]:
    """Return the players: mechanism to the gains that cut it."""
    players: dict[str, tuple[str, ...]] = {}
    for edge in load_model().edges.values():
        if edge.layer == "injury":
            players[edge.mechanism] = (*players.get(edge.mechanism, ()), edge.name)
    return players


def explainable() -> list[str]:
    """Return the outputs that can be explained: symptoms, the disability score and tracts."""
    return [
        name
        for name, variable in catalogue().items()
        if variable.group in ("symptom", "nerve") and not name.endswith("_probability")
    ]


def why_all(
    symptoms: Sequence[str], scenario: Scenario | str, at: float | None = None
) -> list[Attribution]:
    """Explain several symptoms of one person at one time by the same set of simulations.

    Parameters
    ----------
    symptoms : sequence of str
        Public names; see `explainable`.
    scenario : Scenario or str
        The person, or the name or path of a scenario.
    at : float, optional
        Time [day]; when the symptoms asked for are worst in all, if not given.

    Returns
    -------
    list of Attribution
        One per symptom, in the order asked.

    Raises
    ------
    InputError
        For a name that is no symptom.
    """
    known = explainable()
    for name in symptoms:
        if name not in known:
            raise unknown("symptom", name, known)
    subject = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    time = _worst(symptoms, subject) if at is None else at
    players = mechanisms()
    gains = [gain for cut in players.values() for gain in cut]

    def run(person: Scenario, cut: Sequence[str]) -> dict[str, float]:
        result = simulate(
            person,
            until=time,
            times=[time],
            outputs=list(symptoms),
            parameters=dict.fromkeys(cut, 0.0),
        )
        return {name: float(result.dataset[name][-1]) for name in symptoms}

    full = run(subject, ())
    twin = run(subject.without_timeline(), ())
    none = run(subject, gains)
    without = {name: run(subject, cut) for name, cut in players.items()}
    alone = {
        name: run(subject, [g for g in gains if g not in cut]) for name, cut in players.items()
    }
    return [
        _attribution(s, time, full[s], twin[s], none[s],
                     {m: (without[m][s], alone[m][s]) for m in players})
        for s in symptoms
    ]  # fmt: skip


def _worst(symptoms: Sequence[str], subject: Scenario) -> float:
    """Time [day] at which the symptoms add up to most; the end where there are none."""
    found = simulate(subject, outputs=list(symptoms)).dataset
    total = sum(found[name].values for name in symptoms)
    times = found["time"].values
    return float(times[np.argmax(total)] if np.max(total) > 0 else times[-1])


def _attribution(
    symptom: str,
    time: float,
    full: float,
    twin: float,
    none: float,
    effects: dict[str, tuple[float, float]],
) -> Attribution:
    total = full - twin
    raw = {m: ((full - cut) + (only - none)) / 2 for m, (cut, only) in effects.items()}
    size = sum(raw.values())
    scale = total / size if abs(size) > 1e-12 else 0.0
    found = [
        Mechanism(m, raw[m] * scale if abs(total) >= FLOOR else 0.0, *effects[m]) for m in effects
    ]
    found.sort(key=lambda mechanism: -abs(mechanism.share))
    return Attribution(symptom, time, full, twin, total, tuple(found))


def why(symptom: str, scenario: Scenario | str, at: float | None = None) -> Attribution:
    """Explain one symptom of one person; see `why_all`."""
    return why_all([symptom], scenario, at)[0]
