"""The examples run, and show what they promise."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def lines(name: str, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return [line.split() for line in capsys.readouterr().out.splitlines()[1:]]


def test_later_treatment_leaves_more(capsys: pytest.CaptureFixture[str]) -> None:
    rows = lines("early_or_late.py", capsys)
    left = [float(row[1]) for row in rows]
    assert left == sorted(left)
    assert left[0] < 0.5 < left[-1]


def test_more_b12_by_mouth_raises_the_level_and_lowers_mma(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = lines("own_dose.py", capsys)
    level = [float(row[1]) for row in rows]
    mma = [float(row[2]) for row in rows]
    assert level == sorted(level)
    assert mma == sorted(mma, reverse=True)
