"""The model against what is published: natural experiments and the table of observations."""

from math import isfinite

import numpy as np
import pytest

from corrin.evidence import natural
from corrin.evidence.bench import Bench
from corrin.evidence.observations import observations
from corrin.evidence.sources import fact
from corrin.evidence.validate import validation


@pytest.fixture(scope="module")
def bench():
    return Bench()


@pytest.mark.parametrize("experiment", natural.EXPERIMENTS, ids=lambda e: e.name)
def test_natural_experiment_comes_out_of_the_structure(bench, experiment):
    seen = natural.observe(bench, experiment.text, experiment.time)
    if experiment.homocysteine is not None:
        assert (seen["total_homocysteine"] > natural.RAISED_HOMOCYSTEINE) == experiment.homocysteine
    if experiment.mma is not None:
        assert (seen["methylmalonic_acid"] > natural.RAISED_MMA) == experiment.mma
    if experiment.megaloblastic is not None:
        assert (seen["mean_cell_volume"] > natural.LARGE_CELLS) == experiment.megaloblastic
    if experiment.nerve is not None:
        assert (seen["nerve"] > natural.DAMAGED) == experiment.nerve


def test_table_of_natural_experiments_holds(bench):
    rows = natural.table(bench)
    assert rows["holds"].all(), rows[~rows["holds"]]["experiment"].tolist()
    assert {"folic acid in B12 lack", "methionine under nitrous oxide"} <= set(rows["experiment"])


def test_cutting_methionine_synthase_alone_gives_homocysteine_without_mma(bench):
    healthy = natural.observe(bench, "timeline: []", 1.0)
    cut = natural.observe(bench, "timeline: [{at: 0 d, cause: cblG}]", 700.0)
    assert cut["total_homocysteine"] > 4 * healthy["total_homocysteine"]
    assert cut["methylmalonic_acid"] == pytest.approx(healthy["methylmalonic_acid"], rel=0.02)


def test_observations_are_used_as_their_evidence_rows_say():
    """A row kept for validation must not be fitted to by way of an observation."""
    wrong = [
        o.id
        for o in observations()
        if o.use == "calibrate" and any(fact(row).use == "validate" for row in o.rows)
    ]
    assert wrong == []


def test_observations_say_what_was_published():
    for o in observations():
        assert isfinite(o.value), o.id
        assert o.quantity and o.unit and o.population and o.statistic, o.id
        assert (o.low is None) == (o.spread == ""), f"{o.id}: a spread has limits and a name"
        assert o.n is None or o.n > 0, o.id
        assert "OLD SOURCE" not in o.note, o.id


@pytest.mark.slow
def test_every_observation_is_predicted_and_every_miss_explained(bench):
    rows = validation(bench)
    unsolved = rows[~np.isfinite(rows["predicted"])]
    assert unsolved.empty, unsolved["id"].tolist()
    silent = rows[~rows["agrees"] & (rows["note"] == "")]
    assert silent.empty, silent[["id", "value", "predicted"]].to_string()
    again = validation(Bench(), "nerve")  # nothing is drawn anew
    assert again["predicted"].tolist() == rows[rows["theme"] == "nerve"]["predicted"].tolist()
