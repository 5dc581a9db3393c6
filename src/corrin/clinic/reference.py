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
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from corrin.cache import cache_folder
from corrin.clinic.tables import Row, rows
from corrin.clinic.tests import tests
from corrin.errors import InputError, ModelError
from corrin.files import write_whole
from corrin.study.causes import Cause
from corrin.study.population import Group, Member, sample
from corrin.study.population.draws import uniforms
from corrin.units import YEAR, parse_time

#: Courses in a chunk, looks at each course, and chunks in a part that is kept on disk.
CHUNK, LOOKS, PART = 50, 12, 20
#: Courses of a first build.
USUAL = 20_000
SEED = 20260101
#: Older people are compared with people of this age [year].
OLDEST = 90.0

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
_TRAITS = ("course", "stratum", "age", "female", "egfr", "since")

_GROUP = """
name: {name}
age: {{from: {young}, to: {old}}}
female: 0.5
height: {{female: 162 cm, male: 176 cm, sd: 7 cm}}
weight: {{female: 70 kg, male: 82 kg, spread: 0.18}}
egfr: {{at 50: 96, per year: -0.9, sd: 16}}
diet: {{diet: {diet}, spread: 0.45{since}}}
folate: 0.35
genotype: {{MTHFR: {{677CT: 0.43, 677TT: 0.11}}, TCN2: {{776CG: 0.47, 776GG: 0.20}}}}
correlations: [{{between: [height, weight], r: 0.4}}]
{events}until: {until} y
"""
#: What people eat who have no diet of their own: adults of the United States (K013, K014).
_DIET = "{b12: 4.2 ug daily}"


@dataclass(frozen=True)
class Stratum:
    """One cause: who has it, how common it is, and how often it is drawn.

    Attributes
    ----------
    name, label : str
        Name of the stratum, and of the cause that it counts as.
    causes : tuple of str
        Names of diet, causes and drugs, by which a known cause is found.
    text : str
        Its people from the day on which the cause begins, as a group in YAML.
    longest : float
        Longest time since the begin [day].
    ages : tuple of float
        Youngest and oldest at the begin [year].
    young, old : float
        Share of adults under and over 60 who have it.
    draws : float
        Share of the courses that are drawn from it.
    """

    name: str
    label: str
    causes: tuple[str, ...]
    text: str
    longest: float
    ages: tuple[float, float]
    young: float
    old: float
    draws: float

    @property
    def group(self) -> Group:
        """Its people as a group."""
        return _group(self.text, self.name)


@cache
def _group(text: str, name: str) -> Group:
    return Group.from_text(text, name)


@cache
def strata() -> tuple[Stratum, ...]:
    """Return every stratum, in the order of the table."""
    table = rows("strata")
    total = sum(float(row["draws"]) for row in table)
    rest = [1 - sum(float(row[k] or 0) for row in table) for k in ("share_young", "share_old")]
    return tuple(_stratum(row, rest, total) for row in table)


def _stratum(row: Row, rest: Sequence[float], total: float) -> Stratum:
    longest = parse_time(row["longest"])
    young, old = row["ages"].split(" to ")
    listed = [one.strip() for one in row["events"].split(";") if one.strip()]
    lines = "".join(
        f"  - {{{'treat' if one.startswith('cyano') else 'cause'}: {one}, at: 0 y}}\n"
        for one in listed
    )
    # A diet of its own begins with the course: before, people ate as everybody does.
    own = row["diet"]
    text = _GROUP.format(
        name=row["stratum"],
        young=young,
        old=old,
        diet=own or _DIET,
        since=", since: 0 d to 0 d" if own else "",
        events=f"events:\n{lines}" if lines else "",
        until=longest / YEAR,
    )
    shares = [float(row[k]) if row[k] else r for k, r in zip(("share_young", "share_old"), rest,
                                                             strict=True)]  # fmt: skip
    return Stratum(
        row["stratum"],
        row["label"],
        tuple(one for one in (own, *listed) if one),
        text,
        longest,
        (float(young), float(old)),
        shares[0],
        shares[1],
        float(row["draws"]) / total,
    )


@dataclass(frozen=True)
class Population:
    """A reference population: one row for each look at each course.

    Attributes
    ----------
    columns : mapping of str to ndarray
        Traits and outputs by name.
    courses : int
        Courses.
    rows : ndarray or None
        Which rows of the columns belong to it; None for all.
    """

    columns: Mapping[str, np.ndarray]
    courses: int
    rows: np.ndarray | None = None

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
        for i, one in enumerate(strata()):
            chosen = index == i
            low, high = one.ages
            # From the density of ages at the begin, which is even between its limits.
            drawn = one.draws / (high - low)
            share[chosen] = np.where(at[chosen] < 60, one.young, one.old) / drawn
        middle, spread = (50.0, 18.0) if age is None else (min(age, OLDEST), width)
        weights = share * np.exp(-0.5 * ((own - middle) / spread) ** 2)
        return np.asarray(weights / weights.sum())

    def subset(self, keep: np.ndarray) -> Population:
        """Return the rows that are kept, by mask or index; columns are cut when they are read."""
        every = np.arange(len(self.columns["age"])) if self.rows is None else self.rows
        return Population(self.columns, self.courses, every[keep])


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
    index, _ = chunk_stratum(chunk)
    flat = {one.output_only: 0.0 for one in tests().values() if one.output_only}
    flat["hematocrit_male"] = 0.0
    return sample(strata()[index].group, CHUNK, SEED + chunk, spread=flat)


def _solve(chunk: int, threads: int | None) -> dict[str, np.ndarray]:
    """Return the rows of a chunk."""
    from corrin.engine import default_engine
    from corrin.engine.compiled import CompiledEngine
    from corrin.model import load_model

    index, _ = chunk_stratum(chunk)
    stratum = strata()[index]
    people = members(chunk)
    # Looks are spread over the course, each at random within its share of it.
    shift = uniforms(SEED + chunk, "looks", LOOKS)
    times = stratum.longest * (np.arange(LOOKS) + shift) / LOOKS
    engine = cast("CompiledEngine", default_engine(load_model()))
    outcomes = engine.solve_many([one.protocol() for one in people], times, OUTPUTS,
                                 threads=threads)  # fmt: skip
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
    since = np.tile(times, CHUNK)
    return {**found, "since": since, "age": found["age"] + since / YEAR}


def _filtration(one: Member) -> float:
    """Return the filtration of a person once the cause has begun [mL/min/1.73m2]."""
    causes = [event.what for event in one.scenario.timeline if isinstance(event.what, Cause)]
    own = [c.amount for c in causes if c.name == "kidney disease" and c.amount is not None]
    return own[0] if own else one.scenario.person.egfr


def _solved(chunks: Sequence[int], threads: int | None) -> dict[str, np.ndarray]:
    """Return the rows of several chunks, those without a solution left out."""
    solved = [_solve(chunk, threads) for chunk in chunks]
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


def digest() -> str:
    """Return what a population depends on, in short: model, people, causes."""
    from corrin.model import load_model

    parts = [load_model().hash, json.dumps([dict(r) for r in rows("strata")]), _GROUP, _DIET]
    parts += [str(v) for v in (CHUNK, LOOKS, SEED)] + list(OUTPUTS)
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
    parts = -(-courses // step)
    if progress is not None:
        progress(0, parts * step)
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    for part in range(parts):
        path = place / f"part-{part:04d}.parquet"
        if not path.exists():
            _write(_solved(range(part * PART, (part + 1) * PART), threads), path)
        if progress is not None:
            progress((part + 1) * step, parts * step)
    pieces = [_read(place / f"part-{part:04d}.parquet") for part in range(parts)]
    whole = {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}
    _write(whole, place / f"courses-{parts * step}.parquet")
    return _population(whole, parts * step)


def load() -> Population:
    """Return the largest reference population that is ready on disk.

    Raises
    ------
    ModelError
        Where there is none.
    """
    courses = available()
    if not courses:
        raise ModelError("no reference population is ready", hint="run corrin interpret --build")
    return _population(_read(folder() / f"courses-{courses}.parquet"), courses)


def load_or_build(
    progress: Callable[[int, int], None] | None = None, threads: int | None = None
) -> Population:
    """Return the reference population, made on first use."""
    return load() if available() else build(progress=progress, threads=threads)


def _population(columns: Mapping[str, np.ndarray], courses: int) -> Population:
    return Population(dict(columns), courses)


def _write(columns: Mapping[str, np.ndarray], path: Path) -> None:
    """Write columns as single precision, compressed."""
    import io

    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow import parquet

    table = pa.table({name: pa.array(v.astype(np.float32)) for name, v in columns.items()})
    memory = io.BytesIO()
    parquet.write_table(table, memory, compression="zstd", use_dictionary=["stratum", "female"])
    write_whole(path, memory.getvalue())


def _read(path: Path) -> dict[str, np.ndarray]:
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read()  # read_table loads all that data sets need
    # One chunk at a time: the whole column would load pandas, which nothing here needs.
    return {
        name: np.concatenate([c.to_numpy(zero_copy_only=False) for c in table[name].chunks])
        for name in table.column_names
    }


def describe() -> list[dict[str, Any]]:
    """Return the strata with their shares, for a reader."""
    return [
        {"stratum": s.name, "cause": s.label, "share_under_60": s.young, "share_over_60": s.old}
        for s in strata()
    ]
