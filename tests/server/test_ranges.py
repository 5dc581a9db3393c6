"""Ranges over versions of the model, with an ensemble made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corrin.engine.initial import read_initial_state
from corrin.evidence.priors import ids_of, priors
from corrin.insight import members as many
from corrin.model import ensemble as shipped
from corrin.model import load_model
from corrin.model.ensemble import Ensemble, write_ensemble
from corrin.model.feasible import feasible
from corrin.server import answers
from corrin.server.shelf import ensemble_shipped
from corrin.study import Scenario
from corrin.units import YEAR

COUNT = 24
GASTRITIS = replace(Scenario.load("autoimmune-gastritis"), until=7 * YEAR)


@pytest.fixture
def ensemble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ensemble]:
    """Install versions near the central one in which methylation and propionate trade off."""
    rng = np.random.default_rng(1)
    initial = read_initial_state(load_model().sbml)
    varied = [p for p in priors() if ".weight_" in p.name or p.stage == "body"]
    ids = {p.name: ids_of(p) for p in varied}
    rows: list[list[float]] = []
    while len(rows) < COUNT:
        trade = 1.2 * rng.normal()
        values = []
        for prior in varied:
            here = prior.coordinate(initial.values({})[ids[prior.name][0]])
            shift = {"weight_methylation": trade, "weight_propionate": -trade}
            away = shift.get(prior.name.split(".")[-1], 0.0) + 0.03 * rng.normal()
            values.append(prior.at(here + away))
        drawn = {i: v for p, v in zip(varied, values, strict=True) for i in ids[p.name]}
        if feasible(initial.values(drawn)):
            rows.append(values)
    path = tmp_path / "ensemble.parquet"
    monkeypatch.setattr(shipped, "_path", lambda: path)
    shipped.ensemble.cache_clear()
    made = Ensemble(tuple(ids), ids, np.array(rows), {"command": "by hand"})
    write_ensemble(made)
    yield made
    shipped.ensemble.cache_clear()


@pytest.mark.slow
def test_shares_have_ranges_only_where_enough_versions_stand_behind_them(
    ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = answers.why(GASTRITIS, "numbness_feet", 6.5 * YEAR, 1000)
    assert few["versions"]["source"] == "ensemble" and few["versions"]["asked"] == COUNT
    assert all(m["part_low"] is None for m in few["mechanisms"])
    monkeypatch.setattr(many, "ENOUGH", 8)
    found = answers.why(GASTRITIS, "numbness_feet", 6.5 * YEAR, 1000)
    told = [m for m in found["mechanisms"] if m["part_low"] is not None]
    assert len(told) == len(found["mechanisms"])
    for one in told:
        assert 0 <= one["part_low"] <= one["part_high"] <= 1
    pairs = [{p["one"], p["other"]} for p in found["not_told_apart"]]
    assert {"methylation", "propionate and abnormal fatty acids"} in pairs
    assert any("cannot tell methylation and" in text for text in found["words"]["plain"])


@pytest.mark.slow
def test_plans_have_ranges_for_values_and_chances(ensemble: Ensemble) -> None:
    plans = ["cyanocobalamin 1 mg oral daily"]
    found = answers.compare(GASTRITIS, plans, 4 * YEAR, 6 * YEAR, 6, False)
    assert found["ensemble_members"] == 6
    for course in found["courses"]:
        low, high = (np.array(end, float) for end in course["probability_range"]["mood"])
        assert len(low) == len(found["time"]) and (low <= high).all() and low.min() >= 0
        assert high.max() <= 1 and (low < high).any()
        assert (np.array(course["low"]["serum_b12"]) <= np.array(course["high"]["serum_b12"])).all()
    central = answers.compare(GASTRITIS, plans, 4 * YEAR, 6 * YEAR, 0, False)
    assert all(c["probability_range"] == {} and c["low"] == {} for c in central["courses"])


def test_whether_ranges_can_be_asked_for_is_told() -> None:
    assert ensemble_shipped() is shipped._path().is_file()
