"""A person as a doctor meets them: results, age and sex, what they feel, what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from corrin.clinic.examination import sign_named
from corrin.clinic.facts import fact_named, vocabulary
from corrin.clinic.kidney import egfr
from corrin.clinic.quantity import Finding
from corrin.clinic.strata import strata
from corrin.clinic.tables import Row, rows
from corrin.clinic.tests import laboratories
from corrin.clinic.traps import circumstance, traps
from corrin.errors import CorrinError, InputError, unknown

#: Kinds of words about a person: what is there or not, and causes that are known or ruled out.
WORDS = ("present", "absent", "cause", "not cause")

_AGES = (18.0, 110.0)


@dataclass(frozen=True)
class Case:
    """All that is known of a person.

    Attributes
    ----------
    findings : tuple of Finding
        Results, one for each test.
    age : float or None
        Age [year].
    sex : str or None
        ``female`` or ``male``.
    symptoms, signs : mapping of str to bool
        Symptoms and bedside signs that are present or absent.
    facts, not_facts : frozenset of str
        Words for the guidelines that hold, or do not.
    circumstances : frozenset of str
        Names of the table of traps.
    causes : frozenset of int
        Strata of the reference population that are possible; empty for all.
    laboratory : str
        Whose reference limits.
    notes : tuple of str
        What the reader of the input has to say.
    words : mapping of str to tuple of str
        The words of which all this was made, by kind (`WORDS`).
    """

    findings: tuple[Finding, ...] = ()
    age: float | None = None
    sex: str | None = None
    symptoms: Mapping[str, bool] = field(default_factory=dict)
    signs: Mapping[str, bool] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    not_facts: frozenset[str] = frozenset()
    circumstances: frozenset[str] = frozenset()
    causes: frozenset[int] = frozenset()
    laboratory: str = "default"
    notes: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def filtration(self) -> float | None:
        """Return the filtration that was reported or follows from creatinine, age and sex."""
        found = {one.test: one.value for one in self.findings}
        if "egfr" in found:
            return found["egfr"]
        if "creatinine" in found and self.age is not None and self.sex is not None:
            return egfr(found["creatinine"], self.age, self.sex)
        return None


def make_case(
    findings: Iterable[Finding] = (),
    *,
    age: float | None = None,
    sex: str | None = None,
    present: Iterable[str] = (),
    absent: Iterable[str] = (),
    causes: Iterable[str] = (),
    without: Iterable[str] = (),
    laboratory: str = "default",
    notes: Iterable[str] = (),
) -> Case:
    """Return a case, with every word checked.

    Parameters
    ----------
    findings : iterable of Finding
        Results, at most one for each test.
    age : float, optional
        Age [year].
    sex : str, optional
        ``female`` or ``male``.
    present, absent : iterable of str
        Symptoms, bedside signs, facts and circumstances that are there, or are not.
    causes, without : iterable of str
        Causes that are known, one of which is at work, and causes that are ruled out.
    laboratory : str
        Whose reference limits.
    notes : iterable of str
        What the reader of the input has to say.
    """
    if age is not None and not _AGES[0] <= age <= _AGES[1]:
        raise InputError(
            f"{age:g} is not between {_AGES[0]:g} and {_AGES[1]:g} years", where="age",
            hint="the model knows adults only",
        )  # fmt: skip
    if sex is not None and sex not in ("female", "male"):
        raise unknown("sex", sex, ("female", "male"), "sex")
    if laboratory not in laboratories():
        raise unknown("laboratory", laboratory, laboratories(), "--laboratory")
    results = tuple(findings)
    kept = {
        kind: tuple(dict.fromkeys(found))
        for kind, found in zip(WORDS, (present, absent, causes, without), strict=True)
    }
    names = [one.test for one in results]
    for one in results:
        if names.count(one.test) > 1:
            raise InputError(f"{one.test} is given twice", where=one.where)
    symptoms: dict[str, bool] = {}
    signs: dict[str, bool] = {}
    facts: dict[bool, set[str]] = {True: set(), False: set()}
    around: set[str] = set()
    said = list(notes)
    for value, words in ((True, kept["present"]), (False, kept["absent"])):
        for word in words:
            where = "--present" if value else "--absent"
            kinds = _kinds(word, where)
            if "symptom" in kinds:
                symptoms[kinds["symptom"]] = value
            if "sign" in kinds:
                signs[kinds["sign"]] = value
            if "fact" in kinds:
                facts[value].add(kinds["fact"])
            if "circumstance" in kinds and value:
                around.add(kinds["circumstance"])
            if value and not kept["cause"] and _is_cause(word):
                said.append(
                    f"{word} is used for guidelines and traps only; --cause compares with people "
                    "in whom it is the cause."
                )
    known = frozenset(i for name in kept["cause"] for i in _strata(name, "--cause"))
    ruled = {i for name in kept["not cause"] for i in _strata(name, "--not-cause")}
    possible = (known or frozenset(range(len(strata())))) - ruled
    if not possible:
        raise InputError("no cause is left", where="--not-cause")
    facts[True] |= {fact for name in kept["cause"] if (fact := _fact(name))}
    if any("nitrous oxide" in name for name in kept["cause"]):
        around.add("nitrous oxide")
    return Case(
        results, age, sex, symptoms, signs, frozenset(facts[True]), frozenset(facts[False]),
        frozenset(around), possible if len(possible) < len(strata()) else frozenset(), laboratory,
        tuple(said), kept,
    )  # fmt: skip


@cache
def symptom_table() -> Mapping[str, Row]:
    """Return the symptoms that the model knows, by name."""
    return MappingProxyType({row["symptom"]: row for row in rows("symptoms")})


def cause_names() -> tuple[str, ...]:
    """Return the names by which a known cause can be given."""
    found = [name for one in strata() for name in (one.label, one.name)]
    return tuple(dict.fromkeys(found))


def _kinds(word: str, where: str) -> dict[str, str]:
    """Return what a word stands for: symptom of the model, sign, fact, circumstance."""
    found: dict[str, str] = {}
    key = " ".join(word.casefold().replace("-", " ").replace("_", " ").split())
    for name, row in symptom_table().items():
        if key == name.replace("_", " ") or key in row["aliases"].split(";"):
            found |= {"symptom": name, "fact": row["fact"]}
    for kind, read in (("sign", sign_named), ("fact", fact_named), ("circumstance", circumstance)):
        try:
            found.setdefault(kind, read(word))
        except CorrinError:
            continue
    if not found:
        names = (*symptom_table(), *vocabulary(), *traps())
        raise unknown("symptom, sign or circumstance", word, names, where)
    return found


def _strata(name: str, where: str) -> set[int]:
    """Return the strata that a cause stands for."""
    key = " ".join(name.casefold().replace("-", " ").replace("_", " ").split())
    found = {
        i
        for i, one in enumerate(strata())
        if key in (one.name, one.label)
        or any(part == key or part.startswith(f"{key} ") for part in one.causes)
    }
    if not found:
        raise unknown("cause", name, cause_names(), where)
    return found


def _is_cause(word: str) -> bool:
    """Tell whether a word names a cause of the reference population."""
    try:
        return bool(_strata(word, ""))
    except CorrinError:
        return False


def _fact(name: str) -> str:
    """Return the fact of the guidelines that a cause is; empty if there is none."""
    try:
        return fact_named(name)
    except CorrinError:
        return ""
