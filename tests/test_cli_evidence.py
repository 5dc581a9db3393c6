"""The command line: `why`, and tables of evidence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from cli_use import invoke, loads, refused
from corrin.faces.cli import PURPOSE

# Answers.


@pytest.mark.slow
def test_why_as_json() -> None:
    result = invoke(
        "why", "numbness_feet", "autoimmune-gastritis", "--at", "9y", "--central", "--json"
    )
    assert result.exit_code == 0, result.stderr
    answer = loads(result.stdout)
    assert set(answer) >= {"symptom", "time", "total", "mechanisms", "manifest"}
    assert answer["symptom"] == "numbness_feet"
    assert answer["time"] == pytest.approx(9 * 365.25)
    assert answer["total"] > 0
    assert answer["mechanisms"]
    assert all(set(row) >= {"name", "share", "low", "high"} for row in answer["mechanisms"])
    assert answer["manifest"]["use"] == PURPOSE


@pytest.mark.slow
def test_why_in_words_answers_for_every_symptom() -> None:
    result = invoke("why", "autoimmune-gastritis", "--at", "4y", "--central", "--json")
    assert result.exit_code == 0, result.stderr
    answer = loads(result.stdout)
    asked = {row["symptom"] for row in answer["symptoms"]}
    assert asked == {
        "numbness_feet", "numbness_hands", "leg_weakness", "balance", "cognition", "mood",
        "vision",
    }  # fmt: skip
    assert answer["manifest"]["use"] == PURPOSE


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["validate", "--theme", "kinetics"], ["experiments"]], ids=lambda c: c[0]
)
def test_tables_of_evidence(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    result = invoke(*command, "--json", "--out", path)
    assert result.exit_code == 0, result.stderr
    rows = loads(result.stdout)["rows"]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(rows) > 5
    assert lines[0].split(",") == list(rows[0])


def test_calibrate_passes_on_what_was_fitted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {"name": "uptake_half", "value": 2.5, "low": 2.0, "high": 3.0, "told_by_data": 0.8}

    def fit(out: Path | None, *, write: bool, progress: Any) -> dict[str, Any]:
        progress("body: step", 1.5)
        stage = {
            "stage": "body", "cost": {"before": 2.0, "after": 1.0}, "parameters": [row],
            "observations": [{"agrees": True}, {"agrees": False}],
        }  # fmt: skip
        return {"out": str(out), "write": write, "stages": [stage], "seconds": 3.0}

    monkeypatch.setattr("corrin.evidence.calibrate.main", fit)
    path = tmp_path / "fit.json"
    answer = loads(invoke("calibrate", "--out", path, "--json").stdout)
    assert (answer["out"], answer["write"]) == (str(path), False)
    assert answer["stages"][0]["parameters"] == [row]
    printed = invoke("calibrate").stdout
    assert "uptake_half = 2.5 (2 to 3), told by data 80 %" in printed
    assert "1 of 2 observations agree" in printed
    refused(["calibrate", "--out", tmp_path / "fit.csv"], ".json")
    refused(["calibrate", "--ensemble", "--write"], "--ensemble")


def test_tables_are_printed_under_their_themes() -> None:
    import pandas as pd
    from rich.console import Console

    from corrin.faces.cli_tables import evidence

    rows = pd.DataFrame(
        {
            "theme": ["blood", "blood", "nerve"],
            "target": ["a [mg]", "b", "c"],
            "model": [1.25, math.nan, math.inf],
            "within": [True, False, True],
            "note": ["long", "", ""],
        }
    )
    console = Console(width=80)
    with console.capture() as capture:
        console.print(evidence("Title", rows))
    lines = [line.split() for line in capture.get().splitlines() if line.strip()]
    assert lines == [
        ["Title"], ["target", "model", "within"],
        ["blood"], ["a", "[mg]", "1.25", "yes"], ["b", "-", "NO"],
        ["nerve"], ["c", "-", "yes"],
    ]  # fmt: skip
