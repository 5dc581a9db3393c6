"""Known traps: circumstances in which a result does not mean what it seems to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from corrin.clinic.quantity import Finding
from corrin.clinic.tables import rows
from corrin.clinic.tests import ANTIBODY, limits
from corrin.errors import unknown

#: Filtration below which it is named as a trap [mL/min/1.73m2].
KIDNEY = 60.0


@dataclass(frozen=True)
class Trap:
    """One circumstance: which tests it bends, which way, and the source."""

    name: str
    tests: tuple[str, ...]
    direction: str
    text: str
    grade: str
    source: str


@cache
def traps() -> Mapping[str, Trap]:
    """Return every trap by name."""
    return MappingProxyType(
        {
            row["trap"]: Trap(
                row["trap"],
                tuple(row["tests"].split(";")),
                row["direction"],
                row["text"],
                row["grade"],
                row["source"],
            )
            for row in rows("traps")
        }
    )


def circumstance(written: str, where: str | None = None) -> str:
    """Return the name of a circumstance as in the table, from its name or an alias."""
    known = {
        _fold(name): row["trap"]
        for row in rows("traps")
        for name in (row["trap"], *row["aliases"].split(";"))
        if name
    }
    if _fold(written) not in known:
        raise unknown("circumstance", written, traps(), where)
    return known[_fold(written)]


def sprung(
    findings: Sequence[Finding],
    circumstances: Collection[str] = (),
    *,
    egfr: float | None = None,
    age: float | None = None,
) -> list[Trap]:
    """Return the traps that bear on the results at hand.

    Parameters
    ----------
    findings : sequence of Finding
        The results.
    circumstances : collection of str
        What is known of the person, by the names of the table.
    egfr : float, optional
        Filtration [mL/min/1.73m2].
    age : float, optional
        Age [year].
    """
    present = set(circumstances)
    by_test = {one.test: one for one in findings}
    if egfr is not None and egfr < KIDNEY:
        present.add("kidney")
    folate, antibody = by_test.get("folate"), by_test.get(ANTIBODY)
    known = limits("folate", age=age)
    if folate is not None and known is not None and known.low is not None:
        low = folate.value < known.low
        present |= {"low folate"} if low and folate.comparator != ">" else set()
    if antibody is not None and antibody.value:
        present.add("if antibody")
    measured = set(by_test)
    return [one for one in traps().values() if one.name in present and measured & {*one.tests}]


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())
