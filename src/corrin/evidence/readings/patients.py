"""Virtual patients: people with a cause who come to a doctor some time after they fall ill.

Shares over patients ("potentials delayed in 35 %") cannot be read off one person. A series is the
first sixty people of a shipped group, drawn as any group is: they differ in body, diet and every
number for which the tables give a spread. Then they differ in how long they wait after their first
complaint. Those who never fall ill within the horizon are no patients.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np

from corrin.engine import Trajectory, default_engine
from corrin.errors import SolverError
from corrin.evidence.bench import MONTH, OUTPUTS, YEAR, Bench
from corrin.evidence.readings.common import LOADING
from corrin.model import load_model
from corrin.nerve import Examination, Subject, examine
from corrin.nerve.pathway import Tract
from corrin.nerve.studies import CENTRAL, STUDIES, TRACTS
from corrin.study.causes import Cause
from corrin.study.population.draws import normals
from corrin.study.population.group import Group
from corrin.study.population.people import Member, sample
from corrin.study.regimen import Regimen
from corrin.study.timeline import Event

if TYPE_CHECKING:
    from corrin.engine import CompiledEngine

#: People drawn for a series, and the seed of the draw.
PEOPLE, SEED = 60, 1
#: Grade of a complaint from which on a person is ill: half of those with it report it.
COMPLAINS = 1.0
#: Loss of function of a tract that an examiner finds: it makes that grade.
SIGN = 0.25
#: Swelling of a tract from which on it is bright on a T2 image (assumed; no series measured it).
BRIGHT = 0.3
_GAS = "nitrous oxide"
#: Complaints that bring a person to a neurologist, by what is noticed; changed mood alone does not.
COMPLAINTS = {
    "feeling": ("numbness_feet", "numbness_hands"),
    "walking": ("balance", "leg_weakness"),
    "mind": ("cognition",),
    "sight": ("vision",),
}
SYMPTOMS = tuple(name for names in COMPLAINTS.values() for name in names)
#: What nerves alone change of the feeling of feet and hands, tingling included.
NERVE_FEELING = ("feet_nerve_drive", "hands_nerve_drive")
#: Tracts of the model that a laboratory examines; motor fibres of the hand are none of them.
_MODELLED = tuple(t for t in TRACTS if t != "motor_hand")
#: What is kept of the untreated course.
_COURSES = (
    "hematocrit",
    *SYMPTOMS,
    *(f"{name}_probability" for name in (*SYMPTOMS, "mood")),
    *(f"deficit_{tract}" for tract in _MODELLED),
    "axons_large_optic",
    "axons_small_optic",
    *NERVE_FEELING,
)
#: When the treated course is looked at [day].
FOLLOWED = (0.0, 14.0, 30.0, 60.0, 91.0, 122.0, 183.0, 274.0, 365.0)
#: Relative tolerance of their runs: shares of sixty people need no more.
RTOL = 1e-5
#: People solved side by side where each has times of their own: one for each lane of the engine.
_TOGETHER = 4


@dataclass(frozen=True)
class Series:
    """Who the patients of a series are, and when they come.

    Attributes
    ----------
    name : str
        Which series.
    group : str
        Shipped group of which they are.
    delay, delay_spread : float
        Median time from the first complaint to the examination [month], and the standard deviation
        of its logarithm.
    horizon : float
        How long they are followed without treatment [year].
    step : float
        How far apart the untreated course is looked at, and examinations are [day].
    cause : str
        What befalls them beside what their group says; ``AMOUNT`` stands for the amount.
    amount, amount_spread : float
        Median of the amount and the standard deviation of its logarithm.
    """

    name: str
    group: str
    delay: float
    delay_spread: float
    horizon: float
    step: float = 14.0
    cause: str = ""
    amount: float = 1.0
    amount_spread: float = 0.0


SERIES = {
    s.name: s
    for s in (
        # Median of 4 months (Healton 1991, N002, memory); 1.5 to 108 months in 21 people (Shou
        # 2007, N078) is a log-SD of about 1.
        Series("gastritis", "autoimmune-gastritis", 4.0, 1.0, 15),
        # Series of combined degeneration saw people later: 1.5 to 108 months, of which 12.7 is the
        # geometric middle.
        Series("combined", "autoimmune-gastritis", 12.7, 1.0, 15),
        # Mean delay of 10.3 months (Aaron 2005, N044, memory) is a median of 6.2 at a log-SD of 1.
        Series("vegetarian", "new-vegans", 6.2, 1.0, 30),
        # Amount of Swart 2021 (N117): 148 canisters of 8 g a day; spread and delay assumed.
        Series(
            "nitrous", "young-adults", 1.0, 1.0, 3, 7.0, "nitrous oxide AMOUNT kg weekly", 8.3, 0.7
        ),
    )
}


@dataclass(frozen=True)
class Patients:
    """Patients of a series.

    Attributes
    ----------
    subjects : tuple of Subject
        Age, height and sex of each when examined.
    seeds : ndarray, shape (n,)
        Which person of that age, height and sex each is.
    onset : ndarray, shape (n,)
        First day with a complaint of grade 1.
    seen : ndarray, shape (n,)
        Day of examination, on which treatment begins.
    weeks : ndarray, shape (times,)
        Times of the untreated course [day].
    untreated : mapping of str to ndarray, shape (n, times)
        Hematocrit, complaints and loss of function of tracts without treatment.
    present : mapping of str to ndarray, shape (n,)
        Outputs at the examination.
    members : tuple of Member
        The people, untreated.
    """

    subjects: tuple[Subject, ...]
    seeds: np.ndarray
    onset: np.ndarray
    seen: np.ndarray
    weeks: np.ndarray
    untreated: Mapping[str, np.ndarray]
    present: Mapping[str, np.ndarray]
    members: tuple[Member, ...]

    def __len__(self) -> int:
        return len(self.subjects)

    @cached_property
    def treated(self) -> Mapping[str, np.ndarray]:
        """Outputs at `FOLLOWED` days after treatment began, each of shape (n, len(FOLLOWED))."""
        times = self.seen[:, None] + np.array(FOLLOWED[1:])
        cured = [_treated(m, day) for m, day in zip(self.members, self.seen, strict=True)]
        later = _in_turn(cured, times)
        return {n: np.column_stack([self.present[n], v]) for n, v in later.items()}

    def now(self, name: str) -> np.ndarray:
        """Return an output at the examination, shape (n,)."""
        return self.present[name]

    def after(self, name: str, days: float) -> np.ndarray:
        """Return an output so many days of treatment later (one of `FOLLOWED`), shape (n,)."""
        return self.treated[name][:, FOLLOWED.index(days)] if days else self.now(name)

    @property
    def duration(self) -> np.ndarray:
        """Time from the first complaint to the examination [month], shape (n,)."""
        return np.asarray((self.seen - self.onset) / MONTH)

    def grade(self, complaint: str) -> np.ndarray:
        """Return the highest grade among the symptoms of a complaint at the examination."""
        return np.asarray(np.max([self.now(name) for name in COMPLAINTS[complaint]], axis=0))

    def first(self) -> list[frozenset[str]]:
        """Return the complaints of each within a month of the first one."""
        column = np.searchsorted(self.weeks, self.onset + MONTH).clip(max=len(self.weeks) - 1)
        person = np.arange(len(self))
        grades = {
            what: np.max([self.untreated[n][person, column] for n in names], axis=0)
            for what, names in COMPLAINTS.items()
        }
        return [frozenset(w for w, g in grades.items() if g[k] >= COMPLAINS) for k in person]


def patients(bench: Bench, name: str) -> Patients:
    """Return the patients of a series under the parameters of a bench."""
    return _patients(name, tuple(sorted(bench.parameters.items())))


def examined(
    bench: Bench,
    name: str,
    only: Collection[str] = STUDIES,
    days: float = 0.0,
    among: np.ndarray | None = None,
) -> tuple[Examination, ...]:
    """Return the nerve studies of patients of a series.

    Parameters
    ----------
    bench : Bench
        Parameters.
    name : str
        Series.
    only : collection of str
        Which studies of `corrin.nerve.studies.STUDIES`.
    days : float
        Days of treatment before (one of `FOLLOWED`).
    among : ndarray of bool, shape (n,), optional
        Who is examined; all if not given.
    """
    key = tuple(sorted(bench.parameters.items()))
    ward = _ward(name, key, days)
    asked = range(len(ward.subjects)) if among is None else np.flatnonzero(among)
    found = []
    for k in map(int, asked):
        parts = [ward.examined(study, k) for study in STUDIES if study in only]
        findings = tuple(f for part in parts for f in part.findings)
        found.append(replace(parts[0], findings=findings))
    return tuple(found)


@dataclass(frozen=True)
class _Ward:
    """Patients of a series some days after treatment began, ready to be examined.

    Attributes
    ----------
    subjects, seeds
        As of `Patients`.
    states : tuple of mapping of str to Tract
        State of the tracts of each.
    days : int
        Which examination.
    done : dict
        Studies that were done, by name and patient: each is asked for several times.
    """

    subjects: tuple[Subject, ...]
    seeds: tuple[int, ...]
    states: tuple[Mapping[str, Tract], ...]
    days: int
    done: dict[tuple[str, int], Examination] = field(default_factory=dict)

    def examined(self, study: str, k: int) -> Examination:
        """Return one study of a patient, without its recordings."""
        if (study, k) not in self.done:
            found = examine(self.states[k], self.subjects[k], self.seeds[k], self.days, (study,))
            self.done[study, k] = replace(found, traces=())
        return self.done[study, k]


@lru_cache(maxsize=6)
def _patients(name: str, parameters: tuple[tuple[str, float], ...]) -> Patients:
    """Draw and follow the patients of a series."""
    series = SERIES[name]
    days = np.arange(0.0, series.horizon * YEAR, series.step)
    members, values = _untreated(replace(series, name="", delay=0.0), parameters)
    ill = np.max([values[n] for n in SYMPTOMS], axis=0) >= COMPLAINS
    first = np.where(ill.any(axis=1), ill.argmax(axis=1), len(days))
    kept = np.flatnonzero(first < len(days))
    if not len(kept):
        raise SolverError(f"nobody of the series {name!r} falls ill")
    numbers = np.array([members[k].number for k in kept])
    wait = series.delay * MONTH * np.exp(series.delay_spread * normals(SEED, "delay", PEOPLE))
    last = first[kept] + np.round(wait[numbers] / series.step).astype(int)
    last = np.minimum(last, len(days) - 1)
    ill_now = tuple(members[k] for k in kept)
    return Patients(
        tuple(_subject(m, days[i]) for m, i in zip(ill_now, last, strict=True)),
        numbers,
        days[first[kept]],
        days[last],
        days,
        {n: values[n][kept] for n in _COURSES},
        {n: v[kept, last] for n, v in values.items()},
        ill_now,
    )


@lru_cache(maxsize=1)  # the outputs of all people at all times are large
def _untreated(
    series: Series, parameters: tuple[tuple[str, float], ...]
) -> tuple[tuple[Member, ...], dict[str, np.ndarray]]:
    """Return the people of a series who can be solved, and their outputs of shape (people, times).

    Two series of the same people share them, whatever their delays.
    """
    end = series.horizon * YEAR
    drawn = sample(
        Group.load(series.group), PEOPLE, SEED, until=end + 2 * YEAR, parameters=dict(parameters)
    )
    amounts = series.amount * np.exp(series.amount_spread * normals(SEED, "amount", PEOPLE))
    people = [_befallen(m, series, amounts[m.number]) for m in drawn]
    runs = _solved(people, np.arange(0.0, end, series.step))
    alive = [(member, run) for member, run in zip(people, runs, strict=True) if run is not None]
    if not alive:
        raise SolverError(f"nobody of {series.group!r} could be solved")
    values = {name: np.array([run.values[name] for _, run in alive]) for name in OUTPUTS}
    return tuple(member for member, _ in alive), values


@lru_cache(maxsize=12)
def _ward(name: str, parameters: tuple[tuple[str, float], ...], days: float) -> _Ward:
    """Return the patients of a series so many days after treatment began."""
    group = _patients(name, parameters)
    numbers = ("myelin", "swelling", "axons_large", "axons_small", "remade")
    values = {
        (n, t): np.clip(group.after(f"{n}_{t}", days), 0, 1).tolist()
        for t in _MODELLED
        for n in numbers
    }
    states = tuple(
        {t: Tract(**{n: values[n, t][k] for n in numbers}, central=t in CENTRAL) for t in _MODELLED}
        for k in range(len(group))
    )
    return _Ward(group.subjects, tuple(map(int, group.seeds)), states, int(days))


def share(series: str, holds: Callable[[Patients], np.ndarray]) -> Callable[[Bench], float]:
    """Return a reading: the share of a series of whom something holds [%]."""
    return lambda bench: 100 * float(np.mean(holds(patients(bench, series))))


def abnormal(found: Examination, *quantities: str) -> bool:
    """Return whether any of these quantities is beyond its limit, or absent."""
    return any(
        f.flag in ("abnormal", "absent") for f in found.findings if f.limit.quantity in quantities
    )


def _subject(member: Member, day: float) -> Subject:
    """Return who is examined on a day."""
    person = member.scenario.person
    return Subject(person.age + day / YEAR, person.height, person.sex)


def _befallen(member: Member, series: Series, amount: float) -> Member:
    """Return a person whom the cause of the series befalls at time 0."""
    if not series.cause:
        return member
    cause = Cause.parse(series.cause.replace("AMOUNT", f"{amount:.3g}"))
    return _with(member, Event(0.0, cause))


def _treated(member: Member, day: float) -> Member:
    """Return a person who is treated from a day on, when gas that is breathed is given up."""
    gas = [e for e in member.scenario.timeline if isinstance(e.what, Cause) and _GAS in e.text]
    stops = [Event(day, _GAS) for _ in gas]
    return _with(member, Event(day, Regimen.parse(LOADING)), *stops)


def _with(member: Member, *events: Event) -> Member:
    scenario = member.scenario
    return replace(member, scenario=replace(scenario, timeline=(*scenario.timeline, *events)))


def _in_turn(people: Sequence[Member], times: np.ndarray) -> dict[str, np.ndarray]:
    """Return outputs of all people at their own `times`, of shape (people, times) as these.

    Those who come at about the same time are solved together, at the times of all of them.
    """
    found = {name: np.empty(times.shape) for name in OUTPUTS}
    order = np.argsort(times[:, 0], kind="stable")
    for some in np.split(order, range(_TOGETHER, len(order), _TOGETHER)):
        common = np.unique(times[some])
        for k, run in zip(some, _solved([people[k] for k in some], common), strict=True):
            if run is None:
                raise SolverError(f"person {people[k].number} could not be solved with treatment")
            own = np.searchsorted(common, times[k])
            for name in OUTPUTS:
                found[name][k] = run.values[name][own]
    return found


def _solved(people: Sequence[Member], times: np.ndarray) -> list[Trajectory | None]:
    """Return the runs of all people; None of those that could not be finished."""
    engine = cast("CompiledEngine", default_engine(load_model()))
    jobs = [member.protocol() for member in people]
    return [o.trajectory for o in engine.solve_many(jobs, times, OUTPUTS, rtol=RTOL, threads=1)]
