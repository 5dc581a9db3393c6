"""A laboratory report: what a laboratory would write about a simulated person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from corrin.clinic import kidney
from corrin.clinic.combined import Combined, combined
from corrin.clinic.kidney import creatinine
from corrin.clinic.quantity import Finding
from corrin.clinic.tables import rows
from corrin.clinic.tests import ANTIBODY, Limits, Test, limits, named_test, tests
from corrin.clinic.traps import Trap, circumstance, sprung
from corrin.errors import unknown
from corrin.study import Result
from corrin.study.causes import Cause
from corrin.study.population.draws import normals, uniforms
from corrin.study.timeline import running
from corrin.units import YEAR, parse_time

#: Tests of a usual report.
USUAL = (
    "b12", "holotc", "mma", "hcy", "folate", "hb", "mcv", "reticulocytes", "platelets", "lobes",
    "creatinine", "egfr", ANTIBODY,
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One line of a report.

    Attributes
    ----------
    test : Test
        What was measured.
    value : float
        What the laboratory reports [unit of the test]; 1 and 0 for positive and negative.
    true : float
        What the model holds.
    limits : Limits or None
        Reference limits of the laboratory.
    """

    test: Test
    value: float
    true: float
    limits: Limits | None

    @property
    def flag(self) -> str:
        """``low``, ``high``, ``positive`` or nothing."""
        if self.test.name == ANTIBODY:
            return "positive" if self.value else ""
        if self.limits is None:
            return ""
        if self.limits.low is not None and self.value < self.limits.low:
            return "low"
        high = self.limits.high
        return "high" if high is not None and self.value > high else ""

    def in_unit(self, unit: str) -> float:
        """Return the value in another unit of the test."""
        if unit not in self.test.units:
            raise unknown(f"unit of {self.test.long_name}", unit, self.test.units)
        return self.value / self.test.units[unit]


@dataclass(frozen=True)
class Report:
    """A laboratory report with its combined indicator and the traps that bear on it."""

    time: float
    laboratory: str
    readings: tuple[Reading, ...]
    combined: Combined | None
    traps: tuple[Trap, ...]


def report(
    result: Result,
    time: float | str,
    chosen: Sequence[str] = USUAL,
    *,
    laboratory: str = "default",
    seed: int = 1,
    noise: bool = True,
    circumstances: Sequence[str] = (),
) -> Report:
    """Return what a laboratory would report.

    Parameters
    ----------
    result : Result
        A simulated person, with the outputs that the tests read.
    time : float or str
        Day of the sample [day], or a text such as ``5 y``.
    chosen : sequence of str
        Names of the tests.
    laboratory : str
        Whose reference limits.
    seed : int
        Seed of the noise; the same seed gives the same report.
    noise : bool
        Whether the error of the method and the variation of a person are added.
    circumstances : sequence of str
        What else is known, by the names of the table of traps.
    """
    day = parse_time(time) if isinstance(time, str) else float(time)
    person = result.scenario.person
    age = person.age + day / YEAR
    causes = [
        (event.what, event.at)
        for event, end in running(result.scenario.timeline)
        if isinstance(event.what, Cause) and event.at <= day < end
    ]
    egfr = person.egfr
    for cause, _ in causes:
        if cause.name == "kidney disease" and cause.amount is not None:
            egfr = cause.amount
    found = []
    for test in dict.fromkeys(named_test(name).name for name in chosen):
        one = tests()[test]
        if test == ANTIBODY:
            share = antibody_positive([cause.name for cause, _ in causes])
            positive = float(uniforms(seed, f"{test} on day {day:.6g}", 1)[0] < share)
            found.append(Reading(one, positive if noise else float(share >= 0.5), share, None))
            continue
        # Filtration is never measured: it is worked out from the creatinine of the same sample.
        source = tests()["creatinine"] if test == "egfr" else one
        level = creatinine(egfr, age, person.sex)
        true = level if source.name == "creatinine" else result.at(day, one.variable)
        drawn = float(normals(seed, f"reading of {source.name} on day {day:.6g}", 1)[0])
        value = true * exp(source.width * drawn) if noise else true
        if test == "egfr":
            true, value = (kidney.egfr(x, age, person.sex) for x in (true, value))
        found.append(Reading(one, value, true, limits(test, laboratory, age, person.sex)))
    by_name = {reading.test.name: reading.value for reading in found}
    markers = [by_name.get(name) for name in ("holotc", "b12", "mma", "hcy")]
    together = None
    if all(markers):
        holotc, b12, mma, hcy = (float(value or 0.0) for value in markers)
        together = combined(holotc, b12, mma, hcy, age)
    known = {circumstance(name) for name in circumstances} | _implied(causes)
    results = [Finding(reading.test.name, reading.value) for reading in found]
    bent = sprung(results, known, egfr=by_name.get("egfr", egfr), age=age)
    return Report(day, laboratory, tuple(found), together, tuple(bent))


def antibody_positive(causes: Sequence[str]) -> float:
    """Return the probability of a positive anti-intrinsic-factor antibody."""
    table = {row["cause"]: float(row["positive"]) for row in rows("antibody")}
    return max([table[""], *(table.get(cause, 0.0) for cause in causes)])


def _implied(causes: Sequence[tuple[Cause, float]]) -> set[str]:
    """Return the circumstances that the causes of a scenario imply."""
    names = {cause.name for cause, _ in causes}
    found = set()
    if names & {"nitrous oxide", "nitrous oxide anaesthetic"}:
        found.add("nitrous oxide")
    if "pregnancy" in names:
        found.add("pregnancy")
    return found
