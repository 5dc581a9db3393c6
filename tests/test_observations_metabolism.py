"""Observations of biomarkers, blood and inborn errors: copied right, and read off the model."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from itertools import permutations
from math import exp, isfinite, sqrt

import pytest

from corrin.evidence.bench import Bench
from corrin.evidence.observations import Observation, observations, predict
from corrin.evidence.readings import biomarkers, blood, inborn
from corrin.evidence.readings.common import B12, HEALTH, eater

THEMES = {"biomarkers": biomarkers, "blood": blood, "inborn": inborn}
MINE = [o for o in observations() if o.theme in THEMES]
#: Observations of which a value is published, and not only a range.
VALUES = {
    row["id"]
    for theme in THEMES
    for row in csv.DictReader(
        (files("corrin.evidence") / "data" / "observations" / f"{theme}.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    if row["value"]
}
#: Units of the evidence over those of the observations: nmol and umol, per cent and parts, g/dL
#: and g/L.
SCALES = (1.0, 1e-3, 1e-2, 10.0)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def evidence() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for file in (files("corrin.evidence") / "data" / "rows").iterdir():
        with file.open(encoding="utf-8") as handle:
            table |= {row["id"]: row for row in csv.DictReader(handle)}
    return table


def printed(row: dict[str, str]) -> list[float]:
    """Every number that a row prints."""
    text = " ".join(row[c] for c in ("quantity", "value", "low", "high", "unit", "note"))
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


def test_there_are_enough_from_enough_studies_and_each_gives_a_number(bench: Bench) -> None:
    assert len(MINE) >= 100
    assert len({o.id.split("-")[0] for o in MINE if o.rows}) >= 25
    values = {o.id: predict(o, bench) for o in MINE}
    assert [name for name, value in values.items() if not isfinite(value)] == []


#: Numbers that are worked out of the rows in another way, which the note of the observation tells.
def middle(low: float, high: float) -> tuple[float, ...]:
    """Return the middle of an interval on a log scale, each limit known to a tenth."""
    value, error = sqrt(low * high), 0.1 / sqrt(2)
    return value, value * exp(-error), value * exp(error)


WORKED_OUT = {
    "abildgaard2022-b12-middle": middle(200, 600),
    "abildgaard2022-mma-middle": middle(0.1, 0.4),
    "abildgaard2022-mma-65-middle": middle(0.12, 0.46),
    "kuzminski1998-mma-at-entry": ((18 * 3.85 + 15 * 3.63) / 33,),
    "kuzminski1998-homocysteine-at-entry": ((18 * 37.2 + 15 * 40.0) / 33,),
    "savage1994-folate-lack-mma": (0.376,),
}


@pytest.mark.parametrize("observed", [o for o in MINE if o.rows], ids=lambda o: o.id)
def test_numbers_are_those_of_the_evidence(
    observed: Observation, evidence: dict[str, dict[str, str]]
) -> None:
    """What was copied stands in the rows; ratios and differences are those of two numbers there."""
    plain = [n for row in observed.rows for n in printed(evidence[row])]
    known = [s * n for n in plain for s in SCALES]
    pairs = list(permutations(plain, 2))
    if observed.statistic == "ratio":
        known += [a / b for a, b in pairs if b > 0]
    if observed.statistic == "difference":
        known += [a - b for a, b in pairs]
    if observed.id in WORKED_OUT:
        known.extend(WORKED_OUT[observed.id])
    shows = observed.statistic == "pattern" and observed.low is None  # 1 stands for "it shows"
    ends = [observed.low, observed.high]
    copied = ends if shows or observed.id not in VALUES else [observed.value, *ends]
    for number in copied:
        if number and isfinite(number) and not shows:
            near = 0.006 * abs(number)
            assert any(abs(abs(number) - abs(k)) <= near for k in known), number


def test_a_person_eats_to_the_markers_that_were_asked_for(bench: Bench) -> None:
    text = eater(bench, "age: 75, egfr: 75", b12=229.0, folate=12.0) + HEALTH
    found = bench.course(text, [0.0], [B12, "serum_folate"])[:, 0]
    assert found == pytest.approx([229.0, 12.0], rel=0.01)


def test_half_time_of_the_synthase_is_that_of_the_liver_where_none_is_protected() -> None:
    """Royston 1988: 46 minutes; what the model protects is what makes its own longer."""
    bare = inborn.half_time(Bench({"synthase_protected": 0.0}))
    assert bare == pytest.approx(46, rel=0.25)
    assert inborn.half_time(Bench({"synthase_protected": 0.3})) > bare


@pytest.mark.parametrize(
    ("cut", "name", "untouched"),
    [
        ("methylmalonic_renal_exponent", "egfr-below-30-mma", 1.0),
        ("gain_vessels", "bennett2023-mthfr-stroke", 1.0),
        ("gain_vessels", "lee2010-stroke-folic-acid", 1.0),
        ("gain_nitrous_oxide", "badner1998-homocysteine", 1.0),
        ("gain_nitrous_oxide gain_cobalamin_oxidation", "scott1981-methionine-protects", 0.0),
    ],
)
def test_readings_follow_the_edge_that_they_are_about(
    cut: str, name: str, untouched: float
) -> None:
    reading = {k: r for m in THEMES.values() for k, r in m.READINGS.items()}[name]
    assert reading(Bench(dict.fromkeys(cut.split(), 0.0))) == pytest.approx(untouched, abs=0.01)


def test_homocysteine_of_a_trial_without_treatment_stays(bench: Bench) -> None:
    assert biomarkers.hcy_trial()(bench) == pytest.approx(0.0, abs=0.05)


def test_a_month_of_a_rat_is_four_of_a_person() -> None:
    class Asked:
        def course(self, text: str, times: list[float], names: list[str]) -> list[list[float]]:
            return [[1.0, times[-1]]]

    assert inborn.in_rats(50, 33, "liver_b12")(Asked()) == pytest.approx(33 * 280**0.25)  # type: ignore[arg-type]


def test_mean_of_patients_lies_above_the_typical_one() -> None:
    """Quartiles of a log-normal distribution tell its mean over its median."""
    low, high = exp(-0.6745 * 0.8), exp(0.6745 * 0.8)
    mean = biomarkers.mean_of_patients(lambda _: 2.0, low, high)(Bench())
    assert mean == pytest.approx(2 * exp(0.8**2 / 2), rel=1e-3)
