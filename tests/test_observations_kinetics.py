"""Observations of kinetics: the label follows the flows of the model, and readings mean what they
say."""

from __future__ import annotations

import csv
from math import isfinite
from pathlib import Path

import numpy as np
import pytest

from corrin.evidence.bench import Bench
from corrin.evidence.observations import observations, predict
from corrin.evidence.readings import tracer
from corrin.evidence.readings.common import HEALTH
from corrin.evidence.readings.kinetics import READINGS, eaten, in_serum, serving
from corrin.evidence.sources import fact

EVIDENCE = Path(__file__).parents[2] / "shared" / "evidence"
KINETICS = [o for o in observations() if o.theme == "kinetics"]


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_there_is_enough_and_every_reading_gives_a_number(bench: Bench) -> None:
    assert len(KINETICS) >= 55
    assert len({o.id for o in KINETICS}) == len(READINGS)
    values = {o.id: predict(o, bench) for o in KINETICS}
    assert [name for name, value in values.items() if not isfinite(value)] == []


def test_use_and_value_are_those_of_the_evidence() -> None:
    if not EVIDENCE.exists():
        pytest.skip("the evidence tables are not beside this checkout")
    table = {}
    for file in EVIDENCE.glob("*.csv"):
        with file.open(encoding="utf-8") as handle:
            table |= {row["id"]: row for row in csv.DictReader(handle)}
    for o in KINETICS:
        # What was found by lookup stands in the tables of the package only.
        uses = {table[row]["use"] if row in table else fact(row).use for row in o.rows}
        assert o.use == ("validate" if "validate" in uses else "calibrate"), o.id


def test_no_number_of_the_evidence_is_counted_twice() -> None:
    """One study, one quantity, one value: the same triple must not come back under another id."""
    seen = [(o.rows, o.quantity, o.value) for o in KINETICS]
    assert len(seen) == len(set(seen))


def test_a_label_is_kept_until_it_leaves(bench: Bench) -> None:
    """What the body holds falls at the pace at which urine and stool take it."""
    start, day, step = "holotranscobalamin_amount", 100.0, 0.01
    first, last = tracer.label(bench, start, [day - step, day + step]).sum(axis=0)
    leaving = tracer.leaving(bench, day, (*tracer.STOOL, *tracer.URINE)) / 100
    assert -np.log(last / first) / (2 * step) == pytest.approx(leaving, rel=1e-4)
    assert tracer.label(bench, start, [0.0]).sum() == pytest.approx(1.0)


def test_flows_of_the_label_are_all_flows_of_health(bench: Bench) -> None:
    """Every pool gains what it loses: no flow of the model is missing from the table of flows."""
    flows = bench.course(HEALTH, [0.0], [*tracer.FLOWS, "cobalamin_absorption"])[:, 0]
    gain = dict.fromkeys(tracer.POOLS, 0.0)
    gain["enterocyte_cobalamin"] = flows[-1]
    for (source, target), flow in zip(tracer.FLOWS.values(), flows, strict=False):
        gain[source] -= flow
        if target:
            gain[target] += flow
    assert gain == pytest.approx(dict.fromkeys(tracer.POOLS, 0.0), abs=1e-9)


def test_a_serving_is_the_meal_it_names(bench: Bench) -> None:
    """2 ug of egg at each of three meals is a diet of 6 ug with the digestibility of egg."""
    by_amount = eaten("{b12: 6 ug daily, digestibility: 0.65}")
    assert serving("eggs", 2.0)(bench) == pytest.approx(by_amount(bench), rel=1e-6)


def test_a_ratio_over_days_is_the_mean_of_its_days(bench: Bench) -> None:
    days = (1.0, 3.0)
    one_by_one = [in_serum(1000, day)(bench) for day in days]
    assert in_serum(1000, *days)(bench) == pytest.approx(np.mean(one_by_one), rel=1e-3)
