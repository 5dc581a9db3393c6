"""The reference population: virtual people, untreated, at every time since the begin of a cause.

Each *course* is one person from the day on which the cause begins; it is looked at several times,
and each look is a row. Rare causes are drawn far more often than they occur (`data/strata.csv`)
and carry a weight that puts this right. Variation that touches one output only is not drawn but
integrated over where results are read (`corrin.clinic.likelihood`).

People are made in chunks that depend on their number alone: a larger population begins with the
same people, an interrupted build goes on where it stopped, and any person can be made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from corrin.cache import cache_folder
from corrin.clinic.strata import EATEN, PEOPLE, strata
from corrin.clinic.tables import rows
from corrin.clinic.tests import tests
from corrin.errors import InputError, ModelError
from corrin.files import write_whole
from corrin.study.causes import Cause
from corrin.study.population import Group, Member, sample
from corrin.study.population.draws import uniforms
from corrin.study.population.group import Normal
from corrin.units import YEAR

#: Courses in a chunk, looks at each course, and chunks in a part that is kept on disk.
CHUNK, LOOKS, PART = 50, 3, 20
#: Courses that are looked at at the same times.
TOGETHER = 10
#: Courses of a first build.
USUAL = 100_000
SEED = 20260101
#: Older people are compared with people of this age [year].
OLDEST = 90.0
#: Number of the first chunk of people who are added, and most such chunks of one stratum.
ADDED, MOST_ADDED = 100_000, 1000

TRACTS = (
    "sensory_foot", "sensory_hand", "motor_leg", "dorsal_columns", "corticospinal", "optic",
    "white_matter",
)  # fmt: skip
SYMPTOMS = (
    "numbness_feet", "numbness_hands", "leg_weakness", "balance", "cognition", "mood", "vision"
)  # fmt: skip
#: Outputs of the model that a row holds.
OUTPUTS = (
    *(t for t in (
        "serum_b12", "holotranscobalamin", "methylmalonic_acid", "total_homocysteine",
        "serum_folate", "hemoglobin", "mean_cell_volume", "reticulocytes", "platelets",
        "neutrophil_lobes", "body_b12", "mutase_cofactor_saturation",
        "methionine_synthase_activity_nerve", "disability_score",
    )),
    *(f"deficit_{t}" for t in TRACTS),
    *(f"{s}_probability" for s in SYMPTOMS),
)  # fmt: skip
_GOLDEN = (5**0.5 - 1) / 2
_TRAITS = ("course", "stratum", "age", "female", "egfr", "since")


@dataclass(frozen=True)
class Added:
    """People of one stratum who were drawn besides, for one person's results.

    Attributes
    ----------
    stratum : int
        Whose people.
    ages : tuple of float
        Youngest and oldest at the begin [year]; even in between.
    female : float
        Share of women: 0.5, or 0 or 1 where one sex was drawn only.
    chunks : int
        Chunks of them, of `CHUNK` courses each.
    """

    stratum: int
    ages: tuple[float, float]
    female: float
    chunks: int

    @property
    def group(self) -> Group:
        """These people as a group."""
        whole = strata()[self.stratum].group
        return replace(whole, age=Normal(*self.ages), female=self.female)

    def density(self, begin: np.ndarray, female: np.ndarray) -> np.ndarray:
        """Return courses for each year of age at the begin, times the share of the own sex."""
        low, high = self.ages
        inside = (begin >= low) & (begin <= high)
        own = np.where(female > 0, self.female, 1 - self.female)
        return np.asarray(self.chunks * CHUNK / (high - low) * inside * own)


@dataclass(frozen=True)
class Population:
    """A reference population: one row for each look at each course.

    Attributes
    ----------
    columns : mapping of str to ndarray
        Traits and outputs by name.
    courses : int
        Courses that were drawn from all strata.
    rows : ndarray or None
        Which rows of the columns belong to it; None for all.
    added : tuple of Added
        Those that were drawn besides, at most one for each stratum.
    """

    columns: Mapping[str, np.ndarray]
    courses: int
    rows: np.ndarray | None = None
    added: tuple[Added, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.columns["age"] if self.rows is None else self.rows)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column."""
        column = self.columns[name]
        return np.asarray(column if self.rows is None else column[self.rows], dtype=float)

    def labels(self) -> np.ndarray:
        """Return the cause of each row, as people name it."""
        names = np.array([one.label for one in strata()])
        return np.asarray(names[self["stratum"].astype(int)])

    def prior(self, age: float | None = None, width: float = 8.0) -> np.ndarray:
        """Return weights that make the rows adults as they occur; their sum is 1.

        Parameters
        ----------
        age : float, optional
            Age of the person to compare with [year]. Causes are as common as at this age, and
            people of nearly this age count. Without it, adults of all ages: normal around 50
            years with a standard deviation of 18.
        width : float
            How far apart ages may be: standard deviation [year].
        """
        index, own = self["stratum"].astype(int), self["age"]
        at = own if age is None else np.full(len(self), age)
        share = np.empty(len(self))
        begin = own - self["since"] / YEAR if self.added else own
        female = self["female"] if self.added else own
        for i, one in enumerate(strata()):
            chosen = index == i
            # How densely courses were drawn here, by age at the begin and sex: all who were drawn,
            # whichever way, count with one weight (the balance heuristic of several samples).
            low, high = one.ages
            drawn = np.full(chosen.sum(), self.courses * one.draws / (high - low) * 0.5)
            for more in self.added:
                if more.stratum == i:
                    drawn += more.density(begin[chosen], female[chosen])
            share[chosen] = np.where(at[chosen] < 60, one.young, one.old) / drawn
        middle, spread = (50.0, 18.0) if age is None else (min(age, OLDEST), width)
        weights = share * np.exp(-0.5 * ((own - middle) / spread) ** 2)
        return np.asarray(weights / weights.sum())

    def member(self, course: int) -> Member:
        """Return the person of a course, whether drawn from all strata or added."""
        chunk, number = divmod(course, CHUNK)
        if chunk < ADDED:
            group = strata()[chunk_stratum(chunk)[0]].group
        else:
            stratum = (chunk - ADDED) // MOST_ADDED
            group = next(m for m in self.added if m.stratum == stratum).group
        return _drawn(group, chunk, number)[0]

    def subset(self, keep: np.ndarray) -> Population:
        """Return the rows that are kept, by mask or index; columns are cut when they are read."""
        every = np.arange(len(self.columns["age"])) if self.rows is None else self.rows
        return Population(self.columns, self.courses, every[keep], self.added)


def chunk_stratum(chunk: int) -> tuple[int, int]:
    """Return the stratum of a chunk, and how many chunks of it came before."""
    found = _plan(chunk + 1)
    index = found[chunk]
    return index, found[:chunk].count(index)


@cache
def _plan(count: int) -> tuple[int, ...]:
    """Return the stratum of the first chunks: always the one furthest behind its share."""
    shares = np.array([one.draws for one in strata()])
    done = np.zeros(len(shares))
    found = []
    for number in range(1, count + 1):
        index = int(np.argmax(shares * number - done))
        done[index] += 1
        found.append(index)
    return tuple(found)


def members(chunk: int) -> tuple[Member, ...]:
    """Return the people of a chunk."""
    return _drawn(strata()[chunk_stratum(chunk)[0]].group, chunk)


def _drawn(group: Group, chunk: int, number: int | None = None) -> tuple[Member, ...]:
    """Return the people of a group who make a chunk, or one of them."""
    flat = {one.output_only: 0.0 for one in tests().values() if one.output_only}
    flat["hematocrit_male"] = 0.0
    only = None if number is None else (number,)
    return sample(group, CHUNK, SEED + chunk, spread=flat, only=only)


def _solve(chunk: int, index: int, people: Sequence[Member], threads: int | None
           ) -> dict[str, np.ndarray]:  # fmt: skip
    """Return the rows of a chunk: people of one stratum."""
    from corrin.engine import default_engine
    from corrin.engine.compiled import CompiledEngine
    from corrin.model import load_model

    engine = cast("CompiledEngine", default_engine(load_model()))
    when = _looks(chunk, index)
    outcomes = [
        outcome
        for part, times in enumerate(when)
        for outcome in engine.solve_many(
            [one.protocol() for one in people[part * TOGETHER : (part + 1) * TOGETHER]],
            times, OUTPUTS, threads=threads,
        )
    ]  # fmt: skip
    gap = np.full(LOOKS, np.nan)
    found = {
        name: np.concatenate([gap if o.trajectory is None else o.trajectory.values[name]
                              for o in outcomes])
        for name in OUTPUTS
    }  # fmt: skip
    person = [one.scenario.person for one in people]
    fixed = {
        "course": [float(chunk * CHUNK + i) for i in range(CHUNK)],
        "stratum": [float(index)] * CHUNK,
        "age": [p.age for p in person],
        "female": [float(p.sex == "female") for p in person],
        "egfr": [_filtration(one) for one in people],
        "since": [0.0] * CHUNK,
    }
    found |= {name: np.repeat(np.array(values), LOOKS) for name, values in fixed.items()}
    since = np.repeat(when, TOGETHER, axis=0).ravel()
    return {**found, "since": since, "age": found["age"] + since / YEAR}


def _looks(chunk: int, index: int) -> np.ndarray:
    """Return when the courses of a chunk are looked at [day], shape (CHUNK / TOGETHER, LOOKS).

    Looks are spread over the course, one in each share of it. Where in that share goes on by the
    golden ratio from one ten of a stratum to the next: few people see all times evenly, which
    random times do not, and the few who are added for one person's results depend on it.
    """
    many = CHUNK // TOGETHER
    rank = chunk - ADDED - index * MOST_ADDED if chunk >= ADDED else chunk_stratum(chunk)[1]
    first = uniforms(SEED, f"looks of stratum {index}, {chunk >= ADDED}", LOOKS)
    turns = (rank * many + np.arange(many))[:, None] * _GOLDEN
    return np.asarray(strata()[index].longest * (np.arange(LOOKS) + (first + turns) % 1.0) / LOOKS)


def _filtration(one: Member) -> float:
    """Return the filtration of a person once the cause has begun [mL/min/1.73m2]."""
    causes = [event.what for event in one.scenario.timeline if isinstance(event.what, Cause)]
    own = [c.amount for c in causes if c.name == "kidney disease" and c.amount is not None]
    return own[0] if own else one.scenario.person.egfr


def _solved(chunks: Sequence[int], threads: int | None) -> dict[str, np.ndarray]:
    """Return the rows of several chunks, those without a solution left out."""
    return _whole(
        [_solve(chunk, chunk_stratum(chunk)[0], members(chunk), threads) for chunk in chunks]
    )


def _whole(solved: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the rows of chunks together, those without a solution left out."""
    whole = {name: np.concatenate([s[name] for s in solved]) for name in (*_TRAITS, *OUTPUTS)}
    known = np.isfinite(np.array([whole[name] for name in OUTPUTS])).all(axis=0)
    return {name: column[known] for name, column in whole.items()}


def simulate_courses(chunks: Sequence[int], *, threads: int | None = None) -> Population:
    """Return the people of some chunks without keeping anything on disk.

    Parameters
    ----------
    chunks : sequence of int
        Numbers of chunks, of `CHUNK` courses each.
    threads : int, optional
        Threads at work; as many as there are cores if not given.
    """
    return _population(_solved(chunks, threads), len(chunks) * CHUNK)


def simulate_added(more: Added, first: int, *, threads: int | None = None) -> dict[str, np.ndarray]:
    """Return the columns of people who are added, from their chunk number `first` on."""
    group, start = more.group, ADDED + more.stratum * MOST_ADDED
    chunks = range(start + first, start + more.chunks)
    return _whole([_solve(c, more.stratum, _drawn(group, c), threads) for c in chunks])


def digest() -> str:
    """Return what a population depends on, in short: model, people, causes."""
    from corrin.model import load_model

    # How common a stratum is does not change its people.
    own = [
        {k: r[k] for k in ("diet", "events", "ages", "longest", "draws")} for r in rows("strata")
    ]
    parts = [load_model().hash, json.dumps(own), PEOPLE, EATEN]
    parts += [str(v) for v in (CHUNK, LOOKS, TOGETHER, SEED)] + list(OUTPUTS)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def folder() -> Path:
    """Return the folder of this population on disk."""
    return cache_folder() / f"reference-{digest()}"


def available() -> int:
    """Return how many courses are ready on disk."""
    found = [int(p.stem.removeprefix("courses-")) for p in folder().glob("courses-*.parquet")]
    return max(found, default=0)


def build(
    courses: int = USUAL,
    *,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> Population:
    """Make a reference population, keeping what is ready on disk after every part.

    Where as many courses or more are ready, they are returned; else the missing ones are made.

    Parameters
    ----------
    courses : int
        How many courses; rounded up to whole parts.
    progress : callable, optional
        Called with the number of courses made and of all.
    threads : int, optional
        Threads at work; as many as there are cores if not given.
    """
    step = CHUNK * PART
    if not step <= courses <= 1_000_000:
        raise InputError(
            f"{courses} courses", where="--build", hint=f"give {step} to 1000000, such as {USUAL}"
        )
    parts, ready = -(-courses // step), available() // step
    if ready >= parts:
        return load()
    if progress is not None:
        progress(ready * step, parts * step)
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    made = [place / f"part-{part:04d}.parquet" for part in range(ready, parts)]
    for part, path in enumerate(made, start=ready):
        if not path.exists():
            _write(_solved(range(part * PART, (part + 1) * PART), threads), path)
        if progress is not None:
            progress((part + 1) * step, parts * step)
    if available() // step >= parts:  # another process was faster
        return load()
    begun = [place / f"courses-{ready * step}.parquet"] if ready else []
    pieces = [_read(path) for path in (*begun, *made)]
    whole = {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}
    _write(whole, place / f"courses-{parts * step}.parquet")
    for path in made:
        path.unlink(missing_ok=True)
    return load()


def load() -> Population:
    """Return the largest reference population that is ready on disk.

    Raises
    ------
    ModelError
        Where there is none.
    """
    courses = available()
    if not courses:
        raise ModelError(
            "no reference population is ready", hint="run corrin interpret --build 100000"
        )
    return _population(_read(folder() / f"courses-{courses}.parquet"), courses)


def load_or_build(
    progress: Callable[[int, int], None] | None = None, threads: int | None = None
) -> Population:
    """Return the reference population, made on first use."""
    return load() if available() else build(progress=progress, threads=threads)


def _population(columns: Mapping[str, np.ndarray], courses: int) -> Population:
    return Population(dict(columns), courses)


def _write(columns: Mapping[str, np.ndarray], path: Path) -> None:
    """Write columns compressed: traits in single precision, outputs to a relative error of 1e-4."""
    import io

    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow import parquet

    coarse = {n: _coarse(v) if n in OUTPUTS else v.astype(np.float32) for n, v in columns.items()}
    table = pa.table({name: pa.array(column) for name, column in coarse.items()})
    few = ["stratum", "female"]
    memory = io.BytesIO()
    parquet.write_table(
        table, memory, compression="zstd", use_dictionary=few,
        use_byte_stream_split=[name for name in coarse if name not in few],
    )  # fmt: skip
    write_whole(path, memory.getvalue())


def _coarse(values: np.ndarray) -> np.ndarray:
    """Return values in single precision, rounded to 12 bits behind the first."""
    bits = values.astype(np.float32).view(np.uint32)
    rest = np.uint32(1 << 11)
    return ((bits + (rest >> np.uint32(1))) & ~(rest - np.uint32(1))).view(np.float32)


def _read(path: Path) -> dict[str, np.ndarray]:
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read()  # read_table loads all that data sets need
    # By DLPack: what pyarrow itself makes arrays with loads pandas, which nothing here needs.
    return {
        name: np.concatenate([np.from_dlpack(chunk) for chunk in table[name].chunks])
        for name in table.column_names
    }


def describe() -> list[dict[str, Any]]:
    """Return the strata with their shares, for a reader."""
    return [
        {"stratum": s.name, "cause": s.label, "share_under_60": s.young, "share_over_60": s.old}
        for s in strata()
    ]
