"""The command line: `run` and what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

import corrin
from cli_use import invoke, loads, refused
from corrin.errors import SolverError
from corrin.faces.cli import PURPOSE
from corrin.variables import catalogue

# Results.


def test_run_sums_up_in_words() -> None:
    result = invoke("run", "healthy", "--until", "60 d")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    for words in ("Serum vitamin B12", "148 to 664", "Dorsal columns", "none, 0 of 4", PURPOSE):
        assert words in result.stdout


def test_run_tells_when_limits_are_crossed() -> None:
    result = invoke("run", "autoimmune-gastritis", "--until", "5 y")
    assert result.exit_code == 0, result.stderr
    key_date = next(line for line in result.stdout.splitlines() if "Serum B12 low" in line)
    assert "below 148 pmol/L" in key_date
    level = next(line for line in result.stdout.splitlines() if "Serum vitamin B12" in line)
    assert level.rstrip().endswith(" L")


def test_run_as_json_is_strict_and_complete() -> None:
    result = invoke("run", "healthy", "--until", "30d", "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    answer = loads(result.stdout)
    assert set(answer) >= {"scenario", "times", "variables", "headline", "story", "manifest"}
    assert answer["times"][0] == 0
    assert answer["times"][-1] == 30
    assert set(answer["variables"]) == set(catalogue())
    for name, variable in answer["variables"].items():
        assert variable["unit"] == catalogue()[name].unit
        assert variable["long_name"] == catalogue()[name].long_name
        assert len(variable["values"]) == len(answer["times"])
    assert 300 < answer["variables"]["serum_b12"]["values"][-1] < 350
    assert answer["manifest"]["use"] == PURPOSE
    assert answer["manifest"]["corrin"] == corrin.__version__


@pytest.mark.parametrize("ending", [".nc", ".parquet", ".csv", ".json"])
def test_run_writes_the_result(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"result{ending}"
    result = invoke("run", "healthy", "--until", "30d", "--out", path)
    assert result.exit_code == 0, result.stderr
    assert str(path) in result.stdout
    assert path.stat().st_size > 0
    assert list(tmp_path.iterdir()) == [path]


def test_run_writes_the_report(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    result = invoke("run", "healthy", "--until", "60d", "--report", path)
    assert result.exit_code == 0, result.stderr
    text = path.read_text(encoding="utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert "not a medical device" in text.lower()


def test_run_takes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "person.yaml"
    path.write_text("name: A <name> of [my] own\nuntil: 30 d\ntimeline: [{at: 0 y, diet: vegan}]\n")
    result = invoke("run", path)
    assert result.exit_code == 0, result.stderr
    assert "A <name> of [my] own" in result.stdout


def test_failures_of_the_solver_are_one_line_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def simulate(*_: object, **__: object) -> None:
        raise SolverError("the step became too small", where="day 12")

    monkeypatch.setattr("corrin.study.simulate", simulate)
    result = invoke("run", "healthy")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "error: day 12: the step became too small\n"


def test_a_full_disk_is_one_line_and_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def simulate(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "result.nc")

    monkeypatch.setattr("corrin.study.simulate", simulate)
    result = invoke("run", "healthy")
    assert result.exit_code == 3
    assert result.stderr == "error: result.nc: No space left on device\n"


def test_engines_are_chosen_by_name() -> None:
    refused(["run", "healthy", "--engine", "compild"], "'compiled'")
    result = invoke("run", "healthy", "--until", "1y", "--engine", "cuda", "--json")
    if result.exit_code == 0:
        assert loads(result.stdout)["manifest"]["engine"]["name"] == "corrin-cuda"
    else:
        assert result.exit_code == 2
        assert "--engine cuda" in result.stderr
