"""A person's results as they were written, read: what `corrin interpret` and the explorer share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corrin.errors import InputError

if TYPE_CHECKING:
    from corrin.clinic.case import Case
    from corrin.clinic.interpret import Interpretation
    from corrin.clinic.quantity import Finding
    from corrin.clinic.records import Read
    from corrin.clinic.reference import Population


def read_given(given: Mapping[str, str | None]) -> list[Finding]:
    """Return the results that were given one by one, by name of the test."""
    from corrin.clinic.quantity import read_finding
    from corrin.clinic.tests import named_test

    return [
        read_finding(named_test(name), written, f"--{name.replace('_', '-')}")
        for name, written in given.items()
        if written is not None
    ]


def case_of(
    read: Read | None,
    findings: Sequence[Finding],
    *,
    age: float | None = None,
    sex: str | None = None,
    present: Sequence[str] = (),
    absent: Sequence[str] = (),
    causes: Sequence[str] = (),
    without: Sequence[str] = (),
    laboratory: str = "default",
) -> Case:
    """Return the case that a file and single results make; see `corrin.clinic.case.make_case`."""
    from corrin.clinic.case import make_case

    return make_case(
        _joined(read, findings),
        age=age if age is not None or read is None else read.age,
        sex=sex if sex is not None or read is None else read.sex,
        present=[*present, *(read.words.get(True, ()) if read else ())],
        absent=[*absent, *(read.words.get(False, ()) if read else ())],
        causes=[*causes, *(read.causes.get(True, ()) if read else ())],
        without=[*without, *(read.causes.get(False, ()) if read else ())],
        laboratory=laboratory,
        notes=read.notes if read else (),
    )


def interpretation(
    case: Case,
    people: Population,
    *,
    courses: bool = True,
    treat: Sequence[str] = (),
    guidelines: Sequence[str] = (),
) -> Interpretation:
    """Return what the results of a case mean.

    Parameters
    ----------
    case : Case
        The person.
    people : Population
        The reference population.
    courses : bool
        Whether to show what may come.
    treat : sequence of str
        Treatments of which the course is shown; the usual ones if empty.
    guidelines : sequence of str
        Guidelines to ask, ``none`` for none; all if empty.
    """
    from corrin.clinic.interpret import interpret

    plans = plans_shown(courses, treat)
    sets = None if not guidelines else [name for name in guidelines if name != "none"]
    return interpret(case, people, plans=plans, sets=sets)


def plans_shown(courses: bool, treat: Sequence[str]) -> list[str]:
    """Return the treatments of which the course is shown, each checked and once."""
    from corrin.clinic.outlook import USUAL
    from corrin.clinic.plans import Plan

    plans = [] if not courses else (list(USUAL) if not treat else ["none", *treat])
    plans = list(dict.fromkeys(plans))
    for plan in plans:
        Plan.parse(plan)  # a slip is told before the work starts
    return plans


def _joined(read: Read | None, findings: Sequence[Finding]) -> list[Finding]:
    """Return results of file and options; one test in both is refused."""
    own = list(read.findings) if read is not None else []
    for one in findings:
        if one.test in {f.test for f in own}:
            raise InputError("is in the file as well", where=one.where, hint="give it once")
    return own + list(findings)
