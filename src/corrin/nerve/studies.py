"""The laboratory: all conduction studies and evoked potentials of one person.

For research and teaching; not a medical device.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import unknown
from corrin.nerve.evoked import motor_evoked, somatosensory, visual
from corrin.nerve.fibres import Body, Subject, constants, normal
from corrin.nerve.pathway import Tract
from corrin.nerve.peripheral import Reading, motor, sensory
from corrin.nerve.waves import Trace

if TYPE_CHECKING:
    import pandas

#: Tracts whose state decides what the studies find; those not given are healthy.
TRACTS = (
    "sensory_foot",
    "sensory_hand",
    "motor_leg",
    "motor_hand",
    "dorsal_columns",
    "corticospinal",
    "optic",
    "white_matter",
)
#: Those of brain and cord.
CENTRAL = ("dorsal_columns", "corticospinal", "optic", "white_matter")
#: What may be examined: sensory and motor conduction, evoked potentials.
STUDIES = (
    "sural",
    "median_sensory",
    "tibial",
    "peroneal",
    "median_motor",
    "sep_arm",
    "sep_leg",
    "visual",
    "mep_arm",
    "mep_leg",
)


@dataclass(frozen=True)
class Limit:
    """What is normal.

    Parameters
    ----------
    quantity, long_name, unit : str
        What is measured.
    mean, spread : float
        Mean and standard deviation in health; of the logarithm, around the geometric mean, where
        `scale` is ``log``; nan where not known.
    scale : str
        ``normal`` or ``log``.
    low, high : float
        Limits of normal, nan where there is none.
    harm : str
        Side that tells of disease, ``low`` or ``high``.
    grade, source, evidence : str
        How good the numbers are, where they come from, and their row in the evidence tables.
    """

    quantity: str
    long_name: str
    unit: str
    mean: float
    spread: float
    scale: str
    low: float
    high: float
    harm: str
    grade: str
    source: str
    evidence: str


@dataclass(frozen=True)
class Finding:
    """One line of the laboratory's table.

    Parameters
    ----------
    limit : Limit
        What was measured and what is normal.
    value : float
        What was found, nan where there is no response to time.
    flag : str
        ``normal``, ``abnormal``, ``absent`` or, without limits, empty.
    """

    limit: Limit
    value: float
    flag: str


@dataclass(frozen=True)
class Examination:
    """All studies of one person on one day.

    Parameters
    ----------
    subject : Subject
        Who was examined.
    findings : tuple of Finding
        The laboratory's table.
    traces : tuple of Trace
        The recordings.
    seed : int or None
        Seed of the person and of the noise.
    assumptions : tuple of str
        What was taken for granted.
    """

    subject: Subject
    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...]
    seed: int | None
    assumptions: tuple[str, ...]

    def value(self, quantity: str) -> float:
        """Return one value by the name of its quantity."""
        for finding in self.findings:
            if finding.limit.quantity == quantity:
                return finding.value
        raise unknown(
            "quantity", quantity, [f.limit.quantity for f in self.findings], "examination"
        )

    def frame(self) -> pandas.DataFrame:
        """Return the table: quantity, value, unit, limits, flag and source."""
        import pandas

        return pandas.DataFrame([_row(finding) for finding in self.findings])

    def to_dict(self) -> dict[str, Any]:
        """Return table and recordings as plain values, None where there is no response."""
        return {
            "findings": [_plain(_row(finding)) for finding in self.findings],
            "traces": [
                {
                    "name": t.name,
                    "unit": t.unit,
                    "time_unit": "ms",
                    "time": t.time.tolist(),
                    "value": t.value.tolist(),
                    "marks": t.marks,
                }
                for t in self.traces
            ],
            "seed": self.seed,
            "assumptions": list(self.assumptions),
        }


@lru_cache(maxsize=1)
def limits() -> dict[str, Limit]:
    """Return the normal limits of ``data/limits.csv`` by quantity."""
    text = files("corrin.nerve").joinpath("data/limits.csv").read_text("utf-8")
    numbers = ("mean", "spread", "low", "high")
    return {
        row["quantity"]: Limit(
            **{k: float(v or "nan") if k in numbers else v for k, v in row.items()}  # type: ignore[arg-type]
        )
        for row in csv.DictReader(text.splitlines())
    }


def examine(
    tracts: Mapping[str, Mapping[str, float] | Tract] | None = None,
    person: Subject | None = None,
    seed: int | None = None,
    occasion: int = 0,
    only: Collection[str] = STUDIES,
) -> Examination:
    """Examine a person.

    Parameters
    ----------
    tracts : mapping, optional
        State of each of `TRACTS`: numbers of `Tract` by name (myelin, spread, axons_large,
        axons_small, swelling, remade); what is not given is healthy.
    person : Subject, optional
        Age [year], height [cm], sex and skin temperature [degC].
    seed : int, optional
        Which person of that age, height and sex, and noise of measurement; None is the average
        person without noise.
    occasion : int
        Which of several examinations of the same person: noise is drawn anew.
    only : collection of str, optional
        Which of `STUDIES` to do; all if not given.

    Returns
    -------
    Examination
        Table with normal limits and flags, and recordings.

    Examples
    --------
    >>> found = examine({"dorsal_columns": {"myelin": 0.4}})
    >>> found.value("p40") > examine().value("p40")
    True
    """
    state = states(tracts or {})
    subject = Subject() if person is None else person
    body = Body(subject, seed)
    for name in only:
        if name not in STUDIES:
            raise unknown("study", name, STUDIES, "only")
    readings = [_study(name, body, state) for name in STUDIES if name in only]
    return Examination(
        subject,
        tuple(_findings(readings, body, occasion)),
        tuple(trace for reading in readings for trace in reading.traces),
        seed,
        tuple(f"{name}: taken as healthy" for name in TRACTS if name not in (tracts or {})),
    )


def _study(name: str, body: Body, state: Mapping[str, Tract]) -> Reading:
    """Do one of `STUDIES`."""
    foot, hand, leg = (state[k] for k in ("sensory_foot", "sensory_hand", "motor_leg"))
    columns, tract, arm = (state[k] for k in ("dorsal_columns", "corticospinal", "motor_hand"))
    brain = state["white_matter"]
    done: dict[str, Callable[[], Reading]] = {
        "sural": lambda: sensory(body, "sural", foot),
        "median_sensory": lambda: sensory(body, "median_sensory", hand),
        "tibial": lambda: motor(body, "tibial", leg),
        "peroneal": lambda: motor(body, "peroneal", leg),
        "median_motor": lambda: motor(body, "median_motor", arm),
        "sep_arm": lambda: somatosensory(body, "arm", hand, columns, brain),
        "sep_leg": lambda: somatosensory(body, "leg", foot, columns, brain),
        "visual": lambda: visual(body, state["optic"], brain),
        "mep_arm": lambda: motor_evoked(body, "arm", tract, arm),
        "mep_leg": lambda: motor_evoked(body, "leg", tract, leg),
    }
    return done[name]()


def states(given: Mapping[str, Mapping[str, float] | Tract]) -> dict[str, Tract]:
    """Return the state of every tract; those not given are healthy, unknown ones refused."""
    for name in given:
        if name not in TRACTS:
            raise unknown("tract", name, TRACTS, "tracts")
    made = {}
    for name in TRACTS:
        state = given.get(name, {})
        if isinstance(state, Tract):
            made[name] = state
            continue
        numbers = [key for key in Tract.__dataclass_fields__ if key != "central"]
        for key in state:
            if key not in numbers:
                raise unknown("number", key, numbers, f"tracts {name}")
        given_numbers = {key: float(value) for key, value in state.items()}
        made[name] = Tract(**given_numbers, central=name in CENTRAL)
    return made


def _findings(readings: list[Reading], body: Body, occasion: int) -> list[Finding]:
    """Return the table; with a seed, as read off by a person with a ruler."""
    found = []
    for name, exact in ((k, v) for reading in readings for k, v in reading.values.items()):
        key = name
        if name == "p100":
            key = "p100_women" if body.subject.sex == "female" else "p100_men"
        limit = limits().get(key)
        if limit is None:
            continue
        value = exact
        if body.seed is not None:
            value = exact * float(np.exp(_noise(name) * normal(body.seed, f"{name} {occasion}")))
        found.append(Finding(limit, value, flag(limit, value)))
    return found


def _noise(quantity: str) -> float:
    """Return the noise of a reading, as a share of it."""
    known = constants()
    if quantity.endswith("_amplitude"):
        return known["noise.amplitude"]
    if quantity.endswith("_velocity"):
        return known["noise.distance"]
    return known["noise.latency"]


def flag(limit: Limit, value: float) -> str:
    """Return ``absent``, ``abnormal`` or ``normal``; empty where no limit is known."""
    amplitude = limit.quantity.endswith("_amplitude")
    if np.isnan(value) or (amplitude and value == 0):
        return "absent"
    edge = limit.low if limit.harm == "low" else limit.high
    if np.isnan(edge):
        return ""
    harmed = value < edge if limit.harm == "low" else value > edge
    return "abnormal" if harmed else "normal"


def _row(finding: Finding) -> dict[str, Any]:
    limit = finding.limit
    return {
        "quantity": limit.quantity,
        "long_name": limit.long_name,
        "value": finding.value,
        "unit": limit.unit,
        "low": limit.low,
        "high": limit.high,
        "flag": finding.flag,
        "grade": limit.grade,
        "source": limit.source,
        "evidence": limit.evidence,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
