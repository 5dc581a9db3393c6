"""Long work goes on where it was."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from corrin.evidence import calibrate, ensemble
from corrin.evidence.calibrate import written
from corrin.evidence.saved import Saved


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CORRIN_CACHE", str(tmp_path))


def test_parts_come_back_for_the_same_work_only():
    saved = Saved.of("work", 1, "a")
    assert saved.get("part") is None
    saved.keep("part", {"x": np.arange(3)})
    assert (Saved.of("work", 1, "a").get("part")["x"] == np.arange(3)).all()
    assert Saved.of("work", 2, "a").get("part") is None
    assert Saved.of("other", 1, "a").get("part") is None
    saved.forget()
    assert Saved.of("work", 1, "a").get("part") is None


def test_time_goes_on_too():
    saved = Saved.of("work")
    earlier = Saved(saved.folder, saved.begun - 100)
    earlier.keep("part", 0)
    assert Saved.of("work").seconds == pytest.approx(100, abs=5)


def test_a_broken_file_is_no_part():
    saved = Saved.of("work")
    saved.keep("part", 0)
    (saved.folder / "part").write_bytes(b"")
    assert saved.get("part") is None


def test_calibration_that_was_interrupted_goes_on(monkeypatch):
    begun = []

    def best(problem, workers, progress):
        begun.append(problem.stage)
        if problem.stage == "nerve" and begun.count("nerve") == 1:
            raise KeyboardInterrupt
        return np.zeros(len(problem.priors))

    monkeypatch.setattr(calibrate, "_best", best)
    monkeypatch.setattr(calibrate, "_report", lambda problem, point, workers: problem.stage)
    with pytest.raises(KeyboardInterrupt):
        calibrate.calibrate(1)
    assert calibrate.calibrate(1)["stages"] == ["body", "nerve"]
    assert begun == ["body", "nerve", "nerve"]
    calibrate.calibrate(1)
    assert begun == ["body", "nerve", "nerve", "body", "nerve"], "what is done is not kept"


class Prior:
    """A posterior that is the prior; runs are counted."""

    runs = 0

    @staticmethod
    def of(runs):
        return Prior()

    def cheap(self, points):
        return -0.5 * np.sum(points**2, axis=1)

    def dear(self, points, workers):
        Prior.runs += len(points)
        return self.cheap(points)

    def slopes(self, point):
        return np.zeros((len(point), 1))

    def weights(self, points):
        return np.ones((len(points), 1))

    def off(self, runs):
        return 1.0, 1.0

    def errors(self):
        return {}


class Nothing:
    """Runs of which nobody asks what they gave."""

    def joined(self, other):
        return self


@pytest.mark.parametrize("where", ["surfaces, round 2", "chain, step 0", "chain, step 9", "check"])
def test_an_ensemble_that_was_interrupted_is_the_same(where, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(ensemble, "pool", ThreadPoolExecutor)
    monkeypatch.setattr(ensemble, "Target", Prior)
    monkeypatch.setattr(ensemble, "runs_at", lambda *_: Nothing())
    monkeypatch.setattr(ensemble, "checked", lambda points: np.full((len(points), 3), 1.0))
    monkeypatch.setattr(ensemble, "_path", lambda: tmp_path / "ensemble2026.json")
    monkeypatch.setattr(ensemble, "write_ensemble", made.append)
    monkeypatch.setattr(ensemble, "write_predictions", lambda *_: None)
    effort = ensemble.Effort(
        design=(64, 1, 1), rounds=3, more=(8, 1, 1), walkers=16, learning=40, between=2, burn=2,
        steps=14,
    )  # fmt: skip

    def progress(what, value):
        if what.startswith(where) and not stopped:
            stopped.append(what)
            raise KeyboardInterrupt

    def make():
        Prior.runs = 0
        ensemble.main(written(), count=12, effort=effort, workers=1, progress=progress)
        return Prior.runs

    stopped = ["no"]
    whole = make()
    stopped = []
    with pytest.raises(KeyboardInterrupt):
        make()
    assert make() < whole or where.startswith("surfaces")
    assert (made[0].values == made[1].values).all()
    assert not list(tmp_path.glob("ensemble-*")), "what is done is not kept"
