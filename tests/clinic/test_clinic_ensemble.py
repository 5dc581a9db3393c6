"""Plans and readings with an ensemble of parameter sets, here a small artificial one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.clinic.case import make_case
from corrin.clinic.compare import compare
from corrin.clinic.interpret import interpret
from corrin.clinic.quantity import read_finding
from corrin.clinic.reference import Population
from corrin.clinic.tests import named_test
from corrin.faces.cli import app
from corrin.model import ensemble as shipped
from corrin.model import load_model
from corrin.model.ensemble import Ensemble, write_ensemble
from corrin.study import Scenario
from corrin.units import YEAR

ORAL = "cyanocobalamin 1 mg oral daily"
VARIED = ("platelets_reference", "methylmalonic_acid_reference")


@pytest.fixture
def no_ensemble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(shipped, "_path", lambda: tmp_path / shipped.FILE)
    shipped.ensemble.cache_clear()
    yield
    shipped.ensemble.cache_clear()


@pytest.fixture
def five_sets(no_ensemble: None) -> Ensemble:
    """Five sets around the central one, the level of methylmalonic acid from 0.8 to 1.2 of it."""
    default = {row.name: row.value for row in load_model().rows}
    middle = np.array([default[name] for name in VARIED])
    values = middle * np.column_stack([np.ones(5), np.linspace(0.8, 1.2, 5)])
    made = Ensemble(VARIED, {name: (name,) for name in VARIED}, values, {"seed": 1})
    write_ensemble(made)
    return made


def plans(**more: int) -> tuple[int, str, list[tuple[float, float, float]]]:
    """Members, notes and methylmalonic acid of each course after a year."""
    scenario = Scenario.load("autoimmune-gastritis")
    found = compare(scenario, [ORAL], start=4 * YEAR, until=5 * YEAR, **more)
    acid = [found.at(course, "methylmalonic_acid", 5 * YEAR) for course in found.courses]
    return found.members, " ".join(found.notes), acid


@pytest.mark.usefixtures("no_ensemble")
def test_plans_without_an_ensemble_have_no_intervals() -> None:
    members, notes, acid = plans()
    assert members == 0 and "No ensemble" in notes
    assert all(np.isnan(low) and np.isnan(high) for _, low, high in acid)


@pytest.mark.usefixtures("five_sets")
def test_plans_with_an_ensemble_have_intervals() -> None:
    _, why, bare = plans(members=0)
    assert "No member was asked for" in why
    members, notes, acid = plans()
    assert members == 5 and "central set only" not in notes
    for (value, low, high), (alone, *_) in zip(acid, bare, strict=True):
        assert value == pytest.approx(alone, rel=1e-9)
        # The 5th and 95th percentile of five values in even steps from 0.8 to 1.2.
        assert (low / value, high / value) == pytest.approx((0.82, 1.18), abs=0.02)
    assert plans(members=3)[0] == 3


@pytest.mark.usefixtures("five_sets")
def test_the_command_shows_the_intervals() -> None:
    told = CliRunner().invoke(
        app, ["compare", "autoimmune-gastritis", "--treat", ORAL, "--start", "4y", "--until", "5y",
              "--json"],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert answer["ensemble_members"] == 5
    acid = [row for row in answer["table"] if row["output"] == "methylmalonic_acid"]
    assert all(row["p5"] < row["value"] < row["p95"] for row in acid)


def test_a_reading_rests_on_the_central_set(
    people: Population, five_sets: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case([read_finding(named_test("b12"), "120 ng/L", "")], age=67)
    with_sets = interpret(case, people, plans=("none", ORAL), sets=())
    monkeypatch.setattr(shipped, "_path", lambda: Path("nowhere"))
    shipped.ensemble.cache_clear()
    without = interpret(case, people, plans=("none", ORAL), sets=())
    assert len(five_sets) == 5
    assert with_sets.outlooks[1].spans == without.outlooks[1].spans
    span = with_sets.outlooks[0].spans["serum_b12"][0]
    assert span.low < span.middle < span.high  # people differ, with or without an ensemble
