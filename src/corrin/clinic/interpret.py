"""A person's results read: what they mean, what is going on underneath, what would tell more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from corrin.clinic.case import Case
from corrin.clinic.combined import CAUTION, Combined, combined
from corrin.clinic.consistency import Fit, consistency
from corrin.clinic.facts import Facts
from corrin.clinic.fhir import read_bundle
from corrin.clinic.guidelines import Decision, Guideline, decide, guidelines
from corrin.clinic.next_test import ENOUGH, Worth, next_tests
from corrin.clinic.outlook import MOMENTS, USUAL, Outlook, outlooks
from corrin.clinic.posterior import (
    ALIKE,
    FLOOR,
    Answer,
    Posterior,
    answer,
    supply_limits,
    weigh,
)
from corrin.clinic.records import Read
from corrin.clinic.reference import Population, digest
from corrin.clinic.refine import added
from corrin.clinic.spreadsheet import read_csv
from corrin.clinic.tests import limits, tests
from corrin.clinic.traps import Trap, sprung
from corrin.errors import InputError, unknown
from corrin.provenance import PURPOSE, now, versions
from corrin.study import text as source

#: File endings that are read.
SUFFIXES = (".json", ".csv", ".tsv")


@dataclass(frozen=True)
class Interpretation:
    """All that is said about a person's results.

    Attributes
    ----------
    case : Case
        What was read.
    answer : Answer
        What the results say.
    posterior : Posterior
        Virtual people with their weights.
    fits : tuple of Fit
        Whether the results fit together.
    traps : tuple of Trap
        Circumstances in which a result does not mean what it seems to.
    combined : Combined or None
        The combined indicator, where all four markers are there.
    next_tests : mapping of str to list of Worth
        Which test tells most about each question.
    outlooks : list of Outlook
        What may come, untreated and treated.
    decisions : mapping of str to tuple of Decision
        What each guideline says.
    """

    case: Case
    answer: Answer
    posterior: Posterior
    fits: tuple[Fit, ...]
    traps: tuple[Trap, ...]
    combined: Combined | None
    next_tests: dict[str, list[Worth]]
    outlooks: list[Outlook]
    decisions: dict[str, tuple[Decision, ...]]

    def notes(self) -> list[str]:
        """Return what has to be said about how far the answer can be trusted."""
        found = list(self.case.notes)
        if self.case.age is None:
            found.append("The age is not known; adults of all ages are compared.")
        post = self.posterior
        if post.population.added:
            found.append(
                f"Few virtual people are like this: {added(post.population)} more were simulated, "
                "of the causes and ages that carry the answer; weights keep the probabilities "
                "before the results as they were."
            )
        if post.alike:
            width, same_sex = ALIKE[post.alike]
            found.append(
                f"Few people of this age fit: people within about {width:g} years"
                f"{'' if same_sex else ' and of both sexes'} were compared."
            )
        if post.exponent < 1:
            found.append(
                f"Few virtual people are like this: the results were given {post.exponent:.0%} of "
                f"their weight so that {FLOOR:g} people carry the answer; intervals are wider."
            )
        if post.effective < ENOUGH:
            found.append(
                f"Only about {post.effective:.0f} virtual people carry the answer: no next test is "
                "proposed."
            )
        if self.combined is not None:
            found.append(CAUTION)
        found.append(
            "Probabilities are of this model and its reference population; shares of most causes "
            "in it are assumed."
        )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the interpretation as plain values that JSON can hold."""
        one, post = self.answer, self.posterior
        return {
            "read": {
                "results": [
                    {
                        "test": f.test, "value": f.value, "unit": tests()[f.test].unit,
                        "comparator": f.comparator, "date": f.date, "written": f.written,
                        "where": f.where, "flag": flag(self.case, f.test),
                    }
                    for f in self.case.findings
                ],
                "age": self.case.age,
                "sex": self.case.sex,
                "symptoms": dict(self.case.symptoms),
                "signs": dict(self.case.signs),
                "circumstances": sorted(self.case.circumstances),
                "laboratory": self.case.laboratory,
            },
            "deficiency": {
                name: {"prior": before, "posterior": after, "supply_below": limit}
                for (name, limit), (before, after) in zip(
                    supply_limits().items(), (one.low, one.probable, one.definite), strict=True
                )
            },
            "stores_ug": asdict(one.stores),
            "causes": [{"cause": c, "prior": p, "posterior": q} for c, p, q in one.causes],
            "time_since_onset_day": None if one.since is None else asdict(one.since),
            "tracts": {name: asdict(span) for name, span in one.tracts.items()},
            "damage_probability": one.damage,
            "symptom_probability": {name: asdict(span) for name, span in one.symptoms.items()},
            "disability_score": asdict(one.disability),
            "combined_indicator": None if self.combined is None else {
                "value": self.combined.value, "class": self.combined.label, "caution": CAUTION,
            },
            "consistency": [
                {
                    "test": f.finding.test, "p_given_others": f.given_others, "p_of_all": f.of_all,
                    "expected": list(f.expected), "odd": f.odd, "would_fit_in": list(f.units),
                }
                for f in self.fits
            ],
            "traps": [
                {"name": t.name, "tests": list(t.tests), "direction": t.direction, "text": t.text,
                 "grade": t.grade, "source": t.source}
                for t in self.traps
            ],
            "next_test": {
                question: [asdict(worth) for worth in worths]
                for question, worths in self.next_tests.items()
            },
            "outlook": [
                {
                    "treatment": o.plan.text, "meaning": o.plan.meaning, "people": o.people,
                    "days": list(MOMENTS),
                    "values": {n: [asdict(s) for s in spans] for n, spans in o.spans.items()},
                }
                for o in self.outlooks
            ],
            "guidelines": {
                name: [_decision(d) for d in decisions]
                for name, decisions in self.decisions.items()
            },
            "reference_population": {
                "courses": post.population.courses, "added": added(post.population),
                "rows": len(post.population),
                "effective": post.effective, "exponent": post.exponent, "digest": digest(),
            },
            "notes": self.notes(),
            "manifest": {**versions(), "created": now(), "use": PURPOSE},
        }  # fmt: skip


def interpret(
    case: Case,
    population: Population,
    *,
    plans: Sequence[str] = USUAL,
    sets: Sequence[str] | None = None,
) -> Interpretation:
    """Return what a person's results mean.

    Parameters
    ----------
    case : Case
        Results and all else that is known.
    population : Population
        The reference population.
    plans : sequence of str
        Treatments of which the course is shown; none for no course.
    sets : sequence of str, optional
        Guidelines; all that are shipped if not given.
    """
    if not case.findings and not case.symptoms and not case.signs:
        raise InputError(
            "no result is given", hint="give a file, or for example --b12 '210 ng/L' --age 67"
        )
    posterior = weigh(case, population)
    facts = Facts(
        {one.test: one for one in case.findings}, case.facts, case.not_facts, case.age, case.sex,
        case.laboratory,
    )  # fmt: skip
    return Interpretation(
        case,
        answer(posterior),
        posterior,
        consistency(case, population),
        tuple(sprung(case.findings, case.circumstances, egfr=case.filtration(), age=case.age)),
        _combined(case),
        {question: next_tests(case, posterior, question) for question in ("deficiency", "cause")},
        outlooks(posterior, plans) if plans else [],
        {n: decide(Guideline.load(n), facts) for n in (guidelines() if sets is None else sets)},
    )


def read_file(path: str | Path) -> Read:
    """Return what a file of results holds: a FHIR Bundle (.json) or a table (.csv, .tsv)."""
    target = Path(path)
    if target.suffix.casefold() not in SUFFIXES:
        raise unknown("file ending", target.suffix or target.name, SUFFIXES, str(target))
    text = source.read_file(target)
    if target.suffix.casefold() == ".json":
        return read_bundle(text, str(target))
    return read_csv(text, str(target))


def flag(case: Case, test: str) -> str:
    """Return whether a result is low or high by the limits of the laboratory."""
    finding = next(one for one in case.findings if one.test == test)
    known = limits(test, case.laboratory, case.age, case.sex)
    if known is None:
        return ""
    if known.low is not None and finding.value < known.low and finding.comparator != ">":
        return "low"
    if known.high is not None and finding.value > known.high and finding.comparator != "<":
        return "high"
    return ""


def _combined(case: Case) -> Combined | None:
    """Return cB12 where all four markers and the age are there."""
    found = {one.test: one.value for one in case.findings if not one.comparator}
    markers = [found.get(name) for name in ("holotc", "b12", "mma", "hcy")]
    if case.age is None or not all(value and isfinite(value) for value in markers):
        return None
    holotc, b12, mma, hcy = (float(value or 0.0) for value in markers)
    return combined(holotc, b12, mma, hcy, case.age)


def _decision(one: Decision) -> dict[str, Any]:
    """Return a decision with its trace as plain values."""
    rule = one.rule
    return {
        "stage": one.stage,
        "decision": None if rule is None else {
            "rule": rule.id, "number": rule.number, "then": rule.then, "checked": rule.checked,
            "mark": rule.mark, "source": rule.source,
        },
        "trace": [
            {
                "rule": step.rule.id, "holds": step.holds, "checked": step.rule.checked,
                "inputs": [{"input": text, "holds": value} for text, value in step.inputs],
            }
            for step in one.steps
        ],
        "changes": [
            {"if": c.condition, "then": c.then, "rule": c.rule.id, "checked": c.rule.checked}
            for c in one.changes
        ],
    }  # fmt: skip
