"""A described population: who its people are, what they eat and what has befallen them.

::

    name: Older adults
    age: {from: 65, to: 95, mean: 74, sd: 7}
    female: 0.55
    height: {female: 160 cm, male: 174 cm, sd: 6.5 cm}
    weight: {female: 70 kg, male: 82 kg, spread: 0.17}
    egfr: {at 50: 90, per year: -0.8, sd: 14}
    diet:
      - {share: 0.95, diet: older western adult, spread: 0.37}
      - {share: 0.05, diet: vegetarian, spread: 0.5, since: 2 y to 20 y}
    folate: 0.3
    genotype: {MTHFR: {677CT: 0.43, 677TT: 0.11}}
    events:
      - {share: 0.02, cause: autoimmune gastritis, since: 0 y to 6 y}
      - {share: 0.10, cause: metformin 2000 mg daily, at: 0 y, ages: 50 to 80}
    assay: {serum_b12: {factor: 1.1}, methylmalonic_acid: {within: 0.2}}
    until: 10 y

Every key but the name may be left out; then all people are as the reference person in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any

from corrin.errors import InputError, unknown
from corrin.study import text as source
from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.person import Person
from corrin.study.regimen import Regimen
from corrin.study.tables import rows
from corrin.units import YEAR, parse_number, parse_quantity, parse_time

_KEYS = (
    "name", "description", "reference", "age", "female", "height", "weight", "egfr", "diet",
    "folate", "genotype", "events", "correlations", "assay", "until",
)  # fmt: skip
_KINDS = ("cause", "treat")


@dataclass(frozen=True)
class Normal:
    """A normal distribution cut off at two limits; uniform between them without an `sd`.

    Attributes
    ----------
    low, high : float
        Limits.
    mean : float
        Mean before it is cut off.
    sd : float
        Standard deviation before it is cut off; infinite for a uniform distribution.
    """

    low: float
    high: float
    mean: float = 0.0
    sd: float = inf


@dataclass(frozen=True)
class BySex:
    """Middle for each sex, and spread: a standard deviation, or that of the logarithm."""

    female: float
    male: float
    spread: float


@dataclass(frozen=True)
class Kidney:
    """Filtration that falls with age: mean at 50 y, slope per year and standard deviation."""

    at_50: float
    per_year: float
    sd: float


@dataclass(frozen=True)
class Eaten:
    """A diet and the share of people who eat it.

    Attributes
    ----------
    share : float
        Share of the people.
    diet : Diet
        What they eat in the middle.
    spread : float
        Log-normal spread of its B12.
    since : tuple of float or None
        Shortest and longest time before time 0 [day]; uniform in between, with the reference
        diet before. None for people who always ate so.
    """

    share: float
    diet: Diet
    spread: float
    since: tuple[float, float] | None = None


@dataclass(frozen=True)
class Befallen:
    """A cause or a treatment that a share of the people have.

    Attributes
    ----------
    share : float
        Share of those of the right age.
    what : Cause or Regimen
        What they have.
    first, last : float
        Earliest and latest begin [day], negative before time 0; uniform in between.
    ages : tuple of float
        Youngest and oldest whom it can befall [year].
    """

    share: float
    what: Cause | Regimen
    first: float
    last: float
    ages: tuple[float, float] = (0.0, inf)


@dataclass(frozen=True)
class Laboratory:
    """How the laboratory of a group and its people differ from those of `assays`.

    Attributes
    ----------
    factor : float
        How much higher than others this laboratory reads.
    within : float or None
        Coefficient of variation of a person from week to week, where it is not that of the healthy.
    """

    factor: float = 1.0
    within: float | None = None


@dataclass(frozen=True)
class Group:
    """A described population.

    Attributes
    ----------
    name, description : str
        Title, and who they are.
    reference : tuple of str
        Where its numbers come from.
    age : Normal
        Age at time 0 [year].
    female : float
        Share of women.
    height : BySex
        Body height [cm], normal.
    weight : BySex
        Body weight [kg], log-normal.
    egfr : Kidney
        Filtration [mL/min/1.73m2], normal around a line over age.
    diets : tuple of Eaten
        Diets; their shares add up to 1.
    folate : float
        Log-normal spread of the intake of folate.
    genotype : mapping of str to mapping of str to float
        Share of each allele that is not the reference, by gene.
    events : tuple of Befallen
        Causes and treatments.
    correlations : tuple of (str, str, float)
        Correlations between standard normals of traits and parameters, by their names.
    assay : mapping of str to Laboratory
        What the laboratory of the group measures otherwise, by quantity.
    until : float
        End of follow-up [day].
    text : str
        The YAML text it was read from.
    """

    name: str
    description: str = ""
    reference: tuple[str, ...] = ()
    age: Normal = Normal(50.0, 50.0)
    female: float = 0.0
    height: BySex = BySex(170.0, 170.0, 0.0)
    weight: BySex = BySex(70.0, 70.0, 0.0)
    egfr: Kidney = Kidney(90.0, 0.0, 0.0)
    diets: tuple[Eaten, ...] = ()
    folate: float = 0.0
    genotype: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    events: tuple[Befallen, ...] = ()
    correlations: tuple[tuple[str, str, float], ...] = ()
    assay: Mapping[str, Laboratory] = field(default_factory=dict)
    until: float = 10 * YEAR
    text: str = field(default="", repr=False, compare=False)

    @property
    def history(self) -> float:
        """How long before time 0 the simulation has to begin [day]."""
        diets = [one.since[1] for one in self.diets if one.since is not None]
        return max([0.0, *diets, *(-event.first for event in self.events)])

    @classmethod
    def load(cls, name_or_path: str | Path) -> Group:
        """Return a group that is shipped, by name, or one in a YAML file, by path."""
        path, name = Path(name_or_path), str(name_or_path)
        key = name.replace("_", "-").replace(" ", "-")
        if key in groups():
            resource = files("corrin.study").joinpath("data", "groups", f"{key}.yaml")
            return cls.from_text(resource.read_text(encoding="utf-8"), f"{key}.yaml")
        if path.suffix in (".yaml", ".yml") or len(path.parts) > 1 or path.exists():
            return cls.from_text(source.read_file(path), str(path))
        raise unknown("group", name, groups())

    @classmethod
    def from_text(cls, text: str, where: str = "group") -> Group:
        """Return the group in a YAML text; `where` names its origin for errors."""
        data = source.read_yaml(text, where)
        if not isinstance(data, Mapping):
            raise InputError("is not a group", where=where, hint="write keys such as name and age")
        for key in data:
            if key not in _KEYS:
                raise unknown("key of a group", str(key), _KEYS, source.line(data, key, where))
        if "name" not in data:
            raise InputError("the key 'name' is missing", where=where)

        def at(key: str) -> str:
            return f"{source.line(data, key, where)}, {key}"

        known: dict[str, Any] = {"name": str(data["name"]), "text": text}
        if "description" in data:
            known["description"] = " ".join(str(data["description"]).split())
        if "reference" in data:
            lines = _items(data["reference"], at("reference"))
            known["reference"] = tuple(str(line) for line in lines)
        if "female" in data:
            known["female"] = _share(data["female"], at("female"))
        if "folate" in data:
            known["folate"] = _positive(data["folate"], at("folate"))
        for key, read in _READERS.items():
            if key in data:
                known[key] = read(data[key], at(key))
        if "diet" in data:
            known["diets"] = _diets(data["diet"], at("diet"))
        if "until" in data:
            known["until"] = parse_time(data["until"], at("until"))
        if known.get("until", 1.0) <= 0:
            raise InputError("is not after the start", where=at("until"), hint="write it as 10 y")
        return cls(**known)


@cache
def groups() -> tuple[str, ...]:
    """Return the names of the groups that come with corrin, in alphabetical order."""
    folder = files("corrin.study").joinpath("data", "groups")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml")))


def _fields(
    written: object, where: str, needed: Sequence[str], allowed: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return a mapping of which every key is known and every needed one there."""
    example = ", ".join(f"{key}: ..." for key in needed)
    if not isinstance(written, Mapping):
        raise InputError(f"{written!r} is not understood", where=where, hint=f"write {{{example}}}")
    for key in written:
        if key not in (*needed, *allowed):
            raise unknown("key", str(key), (*needed, *allowed), where)
    for key in needed:
        if key not in written:
            raise InputError(
                f"the key {key!r} is missing", where=where, hint=f"write {{{example}}}"
            )
    return written


def _items(written: object, where: str) -> list[Any]:
    """Return one item or a list of them as a list."""
    return list(written) if isinstance(written, list | tuple) else [written]


def _share(written: object, where: str) -> float:
    value = parse_number(written, where)
    if not 0 <= value <= 1:
        raise InputError(f"{value:g} is not between 0 and 1", where=where)
    return value


def _positive(written: object, where: str, highest: float = inf) -> float:
    value = parse_number(written, where)
    if not 0 <= value <= highest:
        raise InputError(f"{value:g} is not between 0 and {highest:g}", where=where)
    return value


def _age(written: object, where: str) -> Normal:
    if not isinstance(written, Mapping):
        value = _positive(written, where, 110)
        return Normal(value, value)
    data = _fields(written, where, ("from", "to"), ("mean", "sd"))
    low, high = (parse_number(data[key], f"{where}, {key}") for key in ("from", "to"))
    if not 18 <= low <= high <= 110:
        raise InputError(f"{low:g} to {high:g} is not within 18 to 110 years", where=where)
    if ("mean" in data) != ("sd" in data):
        raise InputError("mean and sd go together", where=where)
    if "mean" not in data:
        return Normal(low, high)
    mean, sd = parse_number(data["mean"], where), parse_number(data["sd"], where)
    if sd <= 0 or not low <= mean <= high:
        raise InputError("the mean lies outside, or sd is not more than 0", where=where)
    return Normal(low, high, mean, sd)


def _height(written: object, where: str) -> BySex:
    data = _fields(written, where, ("female", "male", "sd"))
    female, male, sd = (parse_quantity(data[k], "cm", where) for k in ("female", "male", "sd"))
    return BySex(female, male, sd)


def _weight(written: object, where: str) -> BySex:
    data = _fields(written, where, ("female", "male", "spread"))
    female, male = (parse_quantity(data[k], "kg", where) for k in ("female", "male"))
    return BySex(female, male, _positive(data["spread"], where, 1.0))


def _egfr(written: object, where: str) -> Kidney:
    if not isinstance(written, Mapping):
        return Kidney(parse_number(written, where), 0.0, 0.0)
    keys = ("at 50", "per year", "sd")
    data = _fields(written, where, keys)
    return Kidney(*(parse_number(data[key], f"{where}, {key}") for key in keys))


def _diets(written: object, where: str) -> tuple[Eaten, ...]:
    found = []
    for item in _items(written, where):
        if isinstance(item, str):
            item = {"diet": item}
        data = _fields(item, where, ("diet",), ("share", "spread", "since"))
        since = None
        if "since" in data:
            here = f"{where}, since"
            short, long = (parse_time(part, here) for part in _range(data["since"], here))
            since = (short, long)
        found.append(
            Eaten(
                _share(data.get("share", "1"), f"{where}, share"),
                Diet.parse(data["diet"], where),
                _positive(data.get("spread", "0"), f"{where}, spread", 2.0),
                since,
            )
        )
    total = sum(one.share for one in found)
    if abs(total - 1) > 1e-6:
        raise InputError(f"shares add up to {total:g}", where=where, hint="they must add up to 1")
    return tuple(found)


def _genotype(written: object, where: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for gene, alleles in _fields(written, where, (), tuple(_genes())).items():
        inside = f"{where}, {gene}"
        shares = {
            Person.parse({"genotype": {gene: allele}}, inside).genotype[gene]: _share(s, inside)
            for allele, s in _fields(alleles, inside, (), _genes()[gene]).items()
        }
        if sum(shares.values()) > 1 + 1e-9:
            raise InputError("shares add up to more than 1", where=inside)
        found[gene] = shares
    return found


def _genes() -> dict[str, tuple[str, ...]]:
    table = rows("genotypes")
    return {r["gene"]: tuple(a["allele"] for a in table if a["gene"] == r["gene"]) for r in table}


def _events(written: object, where: str) -> tuple[Befallen, ...]:
    return tuple(_event(item, f"{where} {i}") for i, item in enumerate(_items(written, where), 1))


def _event(item: object, where: str) -> Befallen:
    data = _fields(item, where, (), ("share", "since", "at", "ages", *_KINDS))
    kinds = [kind for kind in _KINDS if kind in data]
    if len(kinds) != 1 or ("since" in data) == ("at" in data):
        raise InputError(
            "needs one of cause and treat, and one of since and at",
            where=where,
            hint="write {share: 0.02, cause: autoimmune gastritis, since: 0 y to 6 y}",
        )
    what: Cause | Regimen
    if kinds[0] == "cause":
        what = Cause.parse(data["cause"], where)
    else:
        what = Regimen.parse(data["treat"], where)
    key = "since" if "since" in data else "at"
    ends = [parse_time(part, f"{where}, {key}") for part in _range(data[key], f"{where}, {key}")]
    first, last = (-ends[1], -ends[0]) if key == "since" else (ends[0], ends[1])
    ages = (0.0, inf)
    if "ages" in data:
        young, old = (parse_number(p, f"{where}, ages") for p in _range(data["ages"], where))
        ages = (young, old)
    return Befallen(
        _share(data.get("share", "1"), f"{where}, share"), what, first, last, ages
    )  # fmt: skip


def _range(written: object, where: str) -> tuple[str, str]:
    """Return both ends of ``0 y to 6 y``, or the one that was written as both."""
    parts = [part.strip() for part in str(written).split(" to ")]
    if len(parts) > 2 or not all(parts):
        raise InputError(f"{written!r} is not a range", where=where, hint="write 0 y to 6 y")
    return parts[0], parts[-1]


def _correlations(written: object, where: str) -> tuple[tuple[str, str, float], ...]:
    found = []
    for item in _items(written, where):
        data = _fields(item, where, ("between", "r"))
        names = [str(name) for name in _items(data["between"], where)]
        r = parse_number(data["r"], f"{where}, r")
        if len(names) != 2 or names[0] == names[1] or not -1 < r < 1:
            raise InputError(
                "needs two names and r between -1 and 1",
                where=where,
                hint="write {between: [weight, height], r: 0.4}",
            )
        found.append((names[0], names[1], r))
    return tuple(found)


def _assay(written: object, where: str) -> dict[str, Laboratory]:
    known = [row["variable"] for row in rows("assays")]
    found = {}
    for name, item in _fields(written, where, (), known).items():
        data = _fields(item, f"{where}, {name}", (), ("factor", "within"))
        factor = parse_number(data.get("factor", 1.0), f"{where}, {name}, factor")
        if not 0.2 <= factor <= 5:
            raise InputError(f"{factor:g} is not between 0.2 and 5", where=f"{where}, {name}")
        within = _positive(data["within"], f"{where}, {name}", 2.0) if "within" in data else None
        found[name] = Laboratory(factor, within)
    return found


_READERS: dict[str, Any] = {
    "age": _age,
    "height": _height,
    "weight": _weight,
    "egfr": _egfr,
    "genotype": _genotype,
    "events": _events,
    "correlations": _correlations,
    "assay": _assay,
}

#: Limits between which drawn traits stay: those that a scenario accepts.
LIMITS = {"height": (120.0, 220.0), "weight": (30.0, 250.0), "egfr": (10.0, 150.0)}


def reference_diet() -> Eaten:
    """Return the reference diet, which everyone eats in a group without diets."""
    return Eaten(1.0, Diet.parse("omnivore"), 0.0)
