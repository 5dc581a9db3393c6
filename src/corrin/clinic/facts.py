"""What is known of a person for a guideline: results, and what is present or absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from corrin.clinic.quantity import Finding
from corrin.clinic.tables import Row, rows
from corrin.errors import unknown

_IRREVERSIBLE = ("autoimmune gastritis", "total gastrectomy", "complete ileal resection")
_MALABSORPTION = (
    *_IRREVERSIBLE, "partial gastrectomy", "gastric bypass", "coeliac disease", "crohn disease"
)  # fmt: skip


@cache
def vocabulary() -> Mapping[str, Row]:
    """Return every fact that a guideline may ask for, by name."""
    return MappingProxyType({row["fact"]: row for row in rows("facts")})


def fact_named(written: str, where: str | None = None) -> str:
    """Return the name of a fact as in the table, from its name or an alias."""
    known = {
        name: row["fact"]
        for row in rows("facts")
        for name in (row["fact"], *row["aliases"].split(";"))
        if name
    }
    key = " ".join(written.casefold().replace("-", " ").replace("_", " ").split())
    if key not in known:
        raise unknown("fact", written, vocabulary(), where)
    return known[key]


@dataclass(frozen=True)
class Facts:
    """What is known: results by test, and facts that are present or absent.

    What is neither present nor absent is not known, and rules that need it stay open.
    """

    findings: Mapping[str, Finding] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    age: float | None = None
    sex: str | None = None
    laboratory: str = "default"

    def has(self, fact: str) -> bool | None:
        """Tell whether a fact is present; None where that is not known."""
        if fact == "always":
            return True
        if fact in self.present:
            return True
        parts = _parts(fact)
        if parts:
            answers = [self.has(part) for part in parts]
            return True if True in answers else (None if None in answers else False)
        if fact == "age over 75" and self.age is not None:
            return self.age > 75
        return False if fact in self.absent else None


def gather(
    findings: Iterable[Finding] = (),
    present: Iterable[str] = (),
    absent: Iterable[str] = (),
    *,
    age: float | None = None,
    sex: str | None = None,
    laboratory: str = "default",
) -> Facts:
    """Return facts from results and words; words are checked against the vocabulary."""
    return Facts(
        {one.test: one for one in findings},
        frozenset(fact_named(word) for word in present),
        frozenset(fact_named(word) for word in absent),
        age,
        sex,
        laboratory,
    )


@cache
def _parts(fact: str) -> tuple[str, ...]:
    """Return the facts that a derived one stands for."""
    groups = {
        "symptom": ("symptom", "neurology"),
        "neurology": ("neurology",),
        "risk": ("risk", "cause"),
    }
    if fact in groups:
        found = tuple(n for n, r in vocabulary().items() if r["group"] in groups[fact])
        return tuple(name for name in found if name != "unknown cause")
    named = {"irreversible cause": _IRREVERSIBLE, "malabsorption": _MALABSORPTION}
    return named.get(fact, ())
