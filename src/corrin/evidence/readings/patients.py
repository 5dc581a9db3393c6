"""Virtual patients: people with a cause who come to a doctor some time after they fall ill.

Shares over patients ("potentials delayed in 35 %") cannot be read off one person. A series is sixty
people of a fixed seed. They differ in age, height and sex, in every number of the tracts and of
nerve and marrow for which the tables give a spread between people, and in how long they wait after
their first complaint. Those who never fall ill within the horizon are no patients.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np

from corrin.engine import Protocol, default_engine
from corrin.errors import SolverError
from corrin.evidence.bench import MONTH, OUTPUTS, YEAR, Bench
from corrin.evidence.readings.common import GASTRITIS, LOADING, cause, diet, treated
from corrin.model import load_model
from corrin.nerve import Examination, Subject, examine
from corrin.nerve.pathway import Tract
from corrin.nerve.studies import CENTRAL, STUDIES, TRACTS

if TYPE_CHECKING:
    from corrin.engine import CompiledEngine

#: People drawn for a series.
PEOPLE = 60
#: Grade of a complaint from which on a person is ill: half of those with it report it.
COMPLAINS = 1.0
#: Loss of function of a tract that an examiner finds: it makes that grade.
SIGN = 0.25
#: Swelling of a tract from which on it is bright on a T2 image (assumed; no series measured it).
BRIGHT = 0.3
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
#: How far apart the untreated course is looked at [day], and when the treated one is [day].
_STEP = 14.0
#: People solved side by side where each has times of their own: one for each lane of the engine.
_TOGETHER = 4
FOLLOWED = (0.0, 14.0, 30.0, 60.0, 91.0, 122.0, 183.0, 274.0, 365.0)


@dataclass(frozen=True)
class Series:
    """Who the patients of a series are, and when they come.

    Attributes
    ----------
    name : str
        Which series.
    text : str
        What happens to them; ``AMOUNT`` stands for the amount.
    age, age_spread : float
        Mean and standard deviation of age [year], from 18 to 85.
    delay, delay_spread : float
        Median time from the first complaint to the examination [month], and the standard deviation
        of its logarithm.
    horizon : float
        How long they are followed without treatment [year].
    amount, amount_spread : float
        Median of the amount and the standard deviation of its logarithm.
    ends : bool
        Whether the cause ends as treatment begins.
    """

    name: str
    text: str
    age: float
    age_spread: float
    delay: float
    delay_spread: float
    horizon: float
    amount: float = 1.0
    amount_spread: float = 0.0
    ends: bool = False


_GAS = "nitrous oxide AMOUNT kg weekly"
SERIES = {
    s.name: s
    for s in (
        # Median of 4 months (Healton 1991, N002, memory); 1.5 to 108 months in 21 people (Shou
        # 2007, N078) is a log-SD of about 1. Age of Gao Han 2021 (N125).
        Series("gastritis", GASTRITIS, 62, 13, 4.0, 1.0, 15),
        # Series of combined degeneration saw people later: 1.5 to 108 months, of which 12.7 is the
        # geometric middle.
        Series("combined", GASTRITIS, 62, 13, 12.7, 1.0, 15),
        # Mean delay of 10.3 months (Aaron 2005, N044, memory) is a median of 6.2 at a log-SD of 1.
        Series("vegetarian", diet("vegan without fortified food"), 46, 13, 6.2, 1.0, 30),
        # Amount of Swart 2021 (N117): 148 canisters of 8 g a day; spread and delay assumed.
        Series("nitrous", cause(_GAS), 25, 5, 1.0, 1.0, 3, 8.3, 0.7, ends=True),
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
    texts : tuple of str
        Scenario of each from the day of examination on.
    bench : Bench
        Parameters that they share.
    """

    subjects: tuple[Subject, ...]
    seeds: np.ndarray
    onset: np.ndarray
    seen: np.ndarray
    weeks: np.ndarray
    untreated: Mapping[str, np.ndarray]
    present: Mapping[str, np.ndarray]
    texts: tuple[str, ...]
    bench: Bench

    def __len__(self) -> int:
        return len(self.subjects)

    @cached_property
    def treated(self) -> Mapping[str, np.ndarray]:
        """Outputs at `FOLLOWED` days after treatment began, each of shape (n, len(FOLLOWED))."""
        times = self.seen[:, None] + np.array(FOLLOWED[1:])
        cured = [
            _person(self.bench, text, last, int(k))
            for text, last, k in zip(self.texts, times[:, -1], self.seeds, strict=True)
        ]
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
    series, bench = SERIES[name], Bench(dict(parameters))
    weeks = np.arange(0.0, series.horizon * YEAR, _STEP)
    texts, people, subjects = [], [], []
    for k in range(PEOPLE):
        subject = _subject(series, k)
        amount = series.amount * np.exp(series.amount_spread * _draw("amount")[k])
        texts.append(_text(subject, series.text.replace("AMOUNT", f"{amount:.3g}")))
        people.append(_person(bench, texts[-1], weeks[-1], k))
        subjects.append(subject)
    untreated = _solved(people, weeks, _COURSES)
    ill = np.max([untreated[n] for n in SYMPTOMS], axis=0) >= COMPLAINS
    wait = series.delay * MONTH * np.exp(series.delay_spread * _draw("delay"))
    onset = np.where(ill.any(axis=1), weeks[ill.argmax(axis=1)], np.inf)
    kept = np.flatnonzero(np.isfinite(onset))
    if not len(kept):
        raise SolverError(f"nobody of the series {name!r} falls ill")
    seen = np.round(np.minimum(onset + wait, weeks[-1]))
    ends = ", {at: DAY d, stop: nitrous oxide}]" if series.ends else "]"
    present = _in_turn([people[k] for k in kept], seen[kept, None])
    return Patients(
        tuple(replace(subjects[k], age=subjects[k].age + seen[k] / YEAR) for k in kept),
        kept,
        onset[kept],
        seen[kept],
        weeks,
        {n: v[kept] for n, v in untreated.items()},
        {n: v[:, 0] for n, v in present.items()},
        tuple(
            treated(texts[k], seen[k], LOADING)[:-1] + ends.replace("DAY", f"{seen[k]:g}")
            for k in kept
        ),
        bench,
    )


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


def _subject(series: Series, k: int) -> Subject:
    age = float(np.clip(series.age + series.age_spread * _draw("age")[k], 18, 85))
    sex, mean = (("female", 163.0), ("male", 175.0))[k % 2]
    return Subject(age, mean + 6.5 * float(_draw("height")[k]), sex)


def _text(subject: Subject, timeline: str) -> str:
    who = f"age: {subject.age:.1f}, sex: {subject.sex}, height: {subject.height:.1f} cm"
    return f"person: {{{who}}}\n{timeline}"


def _person(bench: Bench, text: str, until: float, k: int) -> Protocol:
    """Return the protocol of one person, as vulnerable as drawn."""
    protocol = bench.protocol(text, until)
    own = {
        name: bench.parameters.get(name, value) * np.exp(log_spread * _draw(drawn)[k])
        for name, drawn, value, log_spread in _traits()
    }
    return replace(protocol, parameters={**protocol.parameters, **own})


@lru_cache(maxsize=1)
def _traits() -> tuple[tuple[str, str, float, float], ...]:
    """Return the parameters in which people differ: name, name of the draw, value, log-SD.

    Of tracts, nerve and marrow only: they leave health as it is, whatever their value. What is the
    same for all tracts is one trait of a person.
    """
    table = load_model().parameters
    others = (
        "nerve_sensitivity",
        "periphery_sensitivity",
        "brain_sensitivity",
        "transmitters_half",
        "balance_reserve",
        "half_nerve",
        "half_marrow",
        "methylation_half",
        "survival_half",
        "marrow_reserve",
        "macrocytosis",
        "mean_cell_volume_reference",
        "hematocrit_male",
        "hematocrit_female",
    )
    rows = table[((table["module"] == "tract") | table["name"].isin(others))]
    rows = rows[rows["spread"].notna()]
    found = []
    for name, value, spread in zip(rows["name"], rows["value"], rows["spread"], strict=True):
        ends = [t for t in ("myelin_turnover", "axon_loss") if str(name).endswith(t)]
        log_spread = float(np.sqrt(np.log1p(float(spread) ** 2)))
        found.append((str(name), ends[0] if ends else str(name), float(value), log_spread))
    return tuple(found)


@lru_cache(maxsize=64)
def _draw(name: str) -> np.ndarray:
    """Return standard normal numbers of all people that depend on a name only."""
    return np.random.default_rng(zlib.crc32(name.encode())).standard_normal(PEOPLE)


def _in_turn(people: list[Protocol], times: np.ndarray) -> dict[str, np.ndarray]:
    """Return outputs of all people at their own `times`, of shape (people, times) as these.

    Those who come at about the same time are solved together, at the times of all of them.
    """
    found = {name: np.empty(times.shape) for name in OUTPUTS}
    order = np.argsort(times[:, 0], kind="stable")
    for some in np.split(order, range(_TOGETHER, len(order), _TOGETHER)):
        common = np.unique(times[some])
        own = np.searchsorted(common, times[some])
        for name, values in _solved([people[k] for k in some], common, OUTPUTS).items():
            found[name][some] = np.take_along_axis(values, own, axis=1)
    return found


def _solved(
    people: list[Protocol], times: np.ndarray, names: Collection[str]
) -> dict[str, np.ndarray]:
    """Return outputs of all people, each of shape (people, times)."""
    engine = cast("CompiledEngine", default_engine(load_model()))
    runs = [o.unwrap() for o in engine.solve_many(people, times, OUTPUTS, threads=1)]
    return {name: np.array([run.values[name] for run in runs]) for name in names}
