"""The model against what is published: natural experiments and the table of targets."""

import numpy as np
import pytest

from corrin.evidence import natural, targets
from corrin.evidence.bench import Bench


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


@pytest.mark.slow
def test_targets_meet_the_published_ranges(bench):
    rows = targets.table(bench)
    missed = rows[~rows["within"]]
    unexplained = missed[missed["note"] == ""]
    assert unexplained.empty, unexplained[["target", "low", "high", "model"]].to_string()
    assert rows["within"].mean() > 0.9


@pytest.mark.slow
def test_no_target_is_worse_than_in_the_trial(bench):
    rows = targets.table(bench)
    rows = rows[rows["trial"].notna()]

    def distance(value, low, high):
        return np.maximum(0, np.maximum(low - value, value - high))

    ours = distance(rows["model"], rows["low"], rows["high"])
    trial = distance(rows["trial"], rows["low"], rows["high"])
    worse = rows[(ours > trial + 1e-12) & (rows["note"] == "")]
    assert worse.empty, worse[["target", "trial", "model", "low", "high"]].to_string()
