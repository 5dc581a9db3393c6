"""The person to whom everything happens: body, genotype, and life before time 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from corrin.errors import InputError, unknown
from corrin.model.loader import read_inputs
from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.tables import Row, default, rows
from corrin.units import YEAR, Words, format_number, parse_number, parse_quantity

#: How long a trait is lived with before time 0 [day], so that the body is steady with it.
SETTLE = 60 * YEAR

_SEXES = ("female", "male")
_RANGES = {"age": (18.0, 110.0), "height": (120.0, 220.0), "weight": (30.0, 250.0)}
_OPTIONAL_UNITS = {"age": "y", "egfr": "mL/min/1.73m2"}
_ELSEWHERE = {
    "pregnancy": "write it on the timeline: {at: 0 y, cause: pregnancy}",
    "pregnant": "write it on the timeline: {at: 0 y, cause: pregnancy}",
}


@dataclass(frozen=True)
class Person:
    """An adult.

    Attributes
    ----------
    age : float
        Age at time 0 [year].
    sex : str
        ``female`` or ``male``.
    height, weight : float
        Body height [cm] and weight [kg].
    egfr : float
        Estimated glomerular filtration rate [mL/min/1.73m2].
    iron_status : float
        Iron supply of the marrow relative to need, at most 1.
    genotype : mapping of str to str
        Allele of each gene that is not the reference, such as ``{"MTHFR": "677TT"}``.
    diet : Diet or None
        What was eaten before time 0; None for the reference omnivore diet.
    """

    age: float = field(default_factory=lambda: default("age"))
    sex: str = "male"
    height: float = field(default_factory=lambda: default("height"))
    weight: float = field(default_factory=lambda: default("weight"))
    egfr: float = field(default_factory=lambda: default("egfr"))
    iron_status: float = field(default_factory=lambda: default("iron_status"))
    genotype: Mapping[str, str] = field(default_factory=dict)
    diet: Diet | None = None

    def traits(self) -> dict[str, float]:
        """Return the inputs in which the person has always differed from the model's default."""
        own = {"weight": self.weight, "egfr": self.egfr, "iron_status": self.iron_status}
        own |= {row["input"]: float(row["value"]) for row in self._alleles() if row["input"]}
        own |= self.diet.values if self.diet is not None else {}
        return {name: value for name, value in own.items() if value != default(name)}

    def parameters(self) -> dict[str, float]:
        """Return every parameter of the model that the person sets for the whole run."""
        return {
            "age": self.age,
            "female": float(self.sex == "female"),
            **({"height": self.height} if self.height != default("height") else {}),
            **self.traits(),
        }

    def defects(self) -> list[Cause]:
        """Return the inborn defects of the genotype, which the model starts at time 0."""
        return [Cause(row["cause"]) for row in self._alleles() if row["cause"]]

    def assumptions(self) -> list[str]:
        """Return one sentence for each number of the person that is assumed."""
        return [
            f"Genotype {row['gene']} {row['allele']}: {row['input']} {row['value']} "
            f"({row['note']})."
            for row in self._alleles()
            if row["grade"] == "assumed"
        ]

    def _alleles(self) -> list[Row]:
        return [r for r in rows("genotypes") if self.genotype.get(r["gene"]) == r["allele"]]

    @classmethod
    def parse(cls, written: object, where: str | None = None) -> Person:
        """Return the person that was written, e.g. ``{age: 58, sex: female, height: 165 cm}``.

        Parameters
        ----------
        written : mapping
            Any of age, sex, height, weight, egfr, iron_status, genotype and diet.
        where : str, optional
            Where it was written, for errors.
        """
        if not isinstance(written, Mapping):
            raise InputError(
                f"{written!r} is not a person", where=where, hint="write {age: 58, sex: female}"
            )
        known: dict[str, Any] = {}
        for key, value in written.items():
            if key not in cls.__dataclass_fields__:
                if key in _ELSEWHERE:
                    raise InputError(
                        f"unknown key {key!r} of a person", where=where, hint=_ELSEWHERE[key]
                    )
                raise unknown("key of a person", str(key), cls.__dataclass_fields__, where)
            known[key] = _read(key, value, f"{where}, {key}" if where else key)
        return cls(**known)

    def plain(self) -> dict[str, Any]:
        """Return the person as written in a scenario."""
        written: dict[str, Any] = {"age": _short(self.age), "sex": self.sex}
        for name, unit in (("height", " cm"), ("weight", " kg"), ("egfr", ""), ("iron_status", "")):
            if getattr(self, name) != default(name):
                value = format_number(getattr(self, name))
                written[name] = value + unit if unit else _short(getattr(self, name))
        if self.genotype:
            written["genotype"] = dict(self.genotype)
        if self.diet is not None:
            written["diet"] = self.diet.plain()
        return written


def _short(value: float) -> float | int:
    """Return whole numbers as such."""
    return int(value) if value == int(value) else value


def _read(key: str, value: object, where: str) -> object:
    """Return one field of a person from what was written."""
    if key == "sex":
        if value not in _SEXES:
            raise unknown("sex", str(value), _SEXES, where)
        return value
    if key == "genotype":
        return _genotype(value, where)
    if key == "diet":
        return Diet.parse(value, where)
    if key == "height":
        number = parse_quantity(value, "cm", where)
    elif key == "weight":
        number = parse_quantity(value, "kg", where)
    elif key in _OPTIONAL_UNITS and isinstance(value, str) and len(Words(value).words) > 1:
        number = parse_quantity(value, _OPTIONAL_UNITS[key], where)
    else:
        number = parse_number(value, where)
    low, high = _RANGES.get(key) or _limits(key)
    if not low <= number <= high:
        raise InputError(f"{number:g} is not between {low:g} and {high:g}", where=where)
    return number


def _limits(key: str) -> tuple[float, float]:
    """Return the limits of an input of the model."""
    own = read_inputs()[key]
    return own.low or 0.0, inf if own.high is None else own.high


def _genotype(value: object, where: str) -> Mapping[str, str]:
    """Return the alleles that differ from the reference."""
    if not isinstance(value, Mapping):
        raise InputError(f"{value!r} is not a genotype", where=where, hint="write {MTHFR: 677TT}")
    genes = {name: r["gene"] for r in rows("genotypes") for name in (r["gene"], r["aliases"])}
    found: dict[str, str] = {}
    for gene, allele in value.items():
        if not gene or gene not in genes:
            raise unknown("gene", str(gene), set(genes.values()), where)
        alleles = [row["allele"] for row in rows("genotypes") if row["gene"] == genes[gene]]
        written = "null" if allele is None else str(allele).replace(" ", "")
        # ``TT`` is short for ``677TT``.
        short = {name.casefold(): a for a in alleles for name in (a, a.lstrip("0123456789"))}
        if written.casefold() not in short:
            raise unknown(f"allele of {genes[gene]}", written, alleles, where)
        if genes[gene] in found:
            raise InputError(f"{genes[gene]} is given twice", where=where)
        found[genes[gene]] = short[written.casefold()]
    return found
