"""Long work goes on where it was."""

import numpy as np
import pytest

from corrin.evidence import calibrate
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
