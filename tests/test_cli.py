"""The command line: what it prints, where, in which form, and with which exit code."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import corrin
from corrin.errors import SolverError
from corrin.faces import doctor
from corrin.faces.cli import PURPOSE, app
from corrin.faces.cli_files import strict
from corrin.variables import catalogue

SHIPPED = {
    "healthy", "vegan", "vegetarian", "autoimmune-gastritis", "total-gastrectomy",
    "ileal-resection", "metformin", "acid-suppression", "nitrous-oxide",
    "nitrous-oxide-methionine", "folic-acid-masking", "folate-deficiency", "mthfr-deficiency",
    "mut-deficiency", "cblc", "cblg", "treated-early", "treated-late",
}  # fmt: skip
COMMANDS = (
    "scenarios",
    "run",
    "why",
    "nerve",
    "export",
    "solve",
    "validate",
    "rerun",
    "cite",
    "compare",
    "interpret",
    "population",
    "sensitivity",
    "experiments",
    "calibrate",
    "doctor",
    "serve",
)


def invoke(*args: str | Path) -> Any:
    """Run the command line in this process; the result has exit_code, stdout and stderr."""
    return CliRunner().invoke(app, [str(arg) for arg in args], prog_name="corrin")


def shell(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "corrin", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def loads(text: str) -> Any:
    """Parse strict JSON: NaN and Infinity are refused."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    return json.loads(text, parse_constant=refuse)


def refused(args: Sequence[str | Path], *words: str) -> None:
    """Assert that the command line refuses `args` with one line that holds `words`."""
    result = invoke(*args)
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture
def no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail as soon as anything is simulated."""

    def simulate(*_: object, **__: object) -> None:
        pytest.fail("simulated before everything was checked")

    monkeypatch.setattr("corrin.study.simulate", simulate)


# Help and usage.


@pytest.mark.parametrize("args", [[], ["--help"]])
def test_help_names_every_command(args: list[str]) -> None:
    result = invoke(*args)
    assert result.exit_code == 0
    assert all(name in result.stdout for name in COMMANDS)
    assert PURPOSE in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert "--help" in result.stdout


def test_version() -> None:
    result = shell("--version")
    assert (result.returncode, result.stdout) == (0, f"corrin {corrin.__version__}\n")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["rnu", "healthy"], ["rnu", "'run'"]),
        (["expotr"], ["'export'"]),
        (["run"], ["SCENARIO"]),
        (["run", "healthy", "--untl", "1y"], ["--untl", "--until"]),
        (["run", "helthy"], ["helthy", "'healthy'"]),
        (["run", "no-such-file.yaml"], ["no-such-file.yaml"]),
        (["run", "healthy", "--until", "10 yaers"], ["--until", "yaers"]),
        (["run", "healthy", "--until", "10"], ["--until", "unit"]),
        (["run", "healthy", "--until", "0 y"], ["--until"]),
        (["run", "healthy", "--until", "-1 y"], ["--until"]),
        (["why", "numbnes_feet", "healthy"], ["numbnes_feet", "'numbness_feet'"]),
        (["why", "serum_b12", "healthy"], ["serum_b12"]),
        (["why", "helthy"], ["'healthy'"]),
        (["why", "balance", "healthy", "--at", "5 parsec"], ["--at", "parsec"]),
        (["export", "--format", "smbl", "model.xml"], ["smbl", "'sbml'"]),
        (["export", "model.xlm"], [".xlm", "'.xml'"]),
        (["export"], ["FILE"]),
        (["validate", "--out", "table.xlsx"], ["--out", ".xlsx", ".csv"]),
        (["rerun", "no-such-file.json"], ["no-such-file.json", "no such file"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    args: list[str], words: list[str], no_simulation: None
) -> None:
    refused(args, *words)


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_files_are_checked_before_anything_is_simulated(
    option: str, tmp_path: Path, no_simulation: None
) -> None:
    ending = {"--out": ".csv", "--report": ".html"}[option]
    (tmp_path / f"folder{ending}").mkdir()
    (tmp_path / "file").touch()
    refused(["run", "healthy", option, tmp_path / "result.docx"], option, ".docx")
    refused(["run", "healthy", option, tmp_path / "result"], option, "result")
    refused(["run", "healthy", option, tmp_path / "nowhere" / f"a{ending}"], option, "nowhere")
    refused(["run", "healthy", option, tmp_path / "file" / f"a{ending}"], option, "no folder")
    refused(["run", "healthy", option, tmp_path / f"folder{ending}"], option, "folder")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("timeline: [", "YAML"),
        ("- 1\n- 2\n", ""),
        ("name: x\nuntil: 1 y\ntimelin: []\n", "timelin"),
        ("name: x\nuntil: 1 y\ntimeline: [{at: 0 y, cause: autoimune gastritis}]\n", "autoimmune"),
        ("name: x\nuntil: 1 y\ntimeline: [{at: 0 y, treat: cyanocobalamin -1 mg im weekly}]\n", ""),
    ],
)
def test_a_faulty_file_is_refused_in_one_line(text: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "person.yaml"
    path.write_text(text)
    refused(["run", path], "person.yaml", word)


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


def test_scenarios_lists_what_is_shipped() -> None:
    result = invoke("scenarios", "--json")
    assert result.exit_code == 0, result.stderr
    rows = loads(result.stdout)["scenarios"]
    assert {row["name"] for row in rows} >= SHIPPED
    assert all(row["title"] and row["description"] and row["until"] > 0 for row in rows)
    table = invoke("scenarios").stdout
    assert all(row["name"] in table for row in rows)


# The model.


def test_export_writes_consistent_sbml(tmp_path: Path) -> None:
    from corrin.formats.sbml import consistency

    path = tmp_path / "model.xml"
    result = invoke("export", "--format", "sbml", path)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    text = path.read_text(encoding="utf-8")
    assert text == corrin.load_model().sbml
    found = consistency(text)
    assert (found.errors, found.warnings) == ((), ())


def test_export_writes_antimony_that_reads_back(tmp_path: Path) -> None:
    import antimony

    path = tmp_path / "model.ant"
    assert invoke("export", "--format", "antimony", path).exit_code == 0
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyFile(str(path)) >= 0, antimony.getLastError()


def test_inconsistent_sbml_is_seen() -> None:
    from corrin.formats.sbml import consistency

    text = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
    <model><listOfSpecies><species id="s" compartment="nowhere" hasOnlySubstanceUnits="true"
    boundaryCondition="false" constant="false"/></listOfSpecies></model></sbml>"""
    assert any("nowhere" in line for line in consistency(text).errors)


def test_doctor_finds_this_installation_fit() -> None:
    result = invoke("doctor", "--json")
    answer = loads(result.stdout)
    assert [c for c in answer["checks"] if not c["ok"]] == []
    assert (result.exit_code, answer["ok"]) == (0, True)
    names = {check["name"] for check in answer["checks"]}
    assert names >= {"Python", "numpy", "antimony", "model", "SBML consistency", "a healthy year"}
    assert "0 errors, 0 warnings" in next(
        c["detail"] for c in answer["checks"] if c["name"] == "SBML consistency"
    )


def test_doctor_reports_what_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(doctor, "cache_folder", lambda: tmp_path / "file" / "corrin")
    monkeypatch.setattr(doctor, "_healthy_year", lambda: 1 / 0)
    result = invoke("doctor", "--json")
    assert result.exit_code == 3
    broken = {check["name"] for check in loads(result.stdout)["checks"] if not check["ok"]}
    assert broken == {"cache", "a healthy year"}


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


# From a shell.


def test_a_shell_sees_one_line_and_the_exit_code() -> None:
    result = shell("run", "autoimune-gastritis")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "'autoimmune-gastritis'" in result.stderr


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = f"{sys.executable} -m corrin scenarios | head -n 1"
    result = subprocess.run(
        ["bash", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.stdout.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert "Exception" not in result.stderr


# Strict JSON.


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (math.nan, None),
        (np.float64("inf"), None),
        (np.array([1.5, np.nan]), [1.5, None]),
        ({1: np.int64(2), "x": (True, None)}, {"1": 2, "x": [True, None]}),
        (np.bool_(True), True),
        (Path("a"), "a"),
    ],
)
def test_strict_json_values(value: object, plain: object) -> None:
    assert strict(value) == plain
    assert json.loads(json.dumps(strict(value), allow_nan=False)) == plain


def test_solve_writes_the_time_course_of_any_sbml_model(tmp_path: Path) -> None:
    model, table = tmp_path / "model.xml", tmp_path / "table.csv"
    assert invoke("export", "--format", "sbml", model).exit_code == 0
    result = invoke("solve", model, "--end", "10", "--steps", "5", "--out", table)
    assert result.exit_code == 0, result.stderr
    lines = table.read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    assert len(lines) == 7
    assert {"time", "total_homocysteine", "serum_b12"} <= set(names)
    last = dict(zip(names, map(float, lines[-1].split(",")), strict=True))
    assert last["time"] == 10.0
    assert last["total_homocysteine"] == pytest.approx(9.0, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--end", "0", "--steps", "5"], ["--end"]),
        (["--end", "1", "--steps", "0"], ["--steps"]),
        (["--end", "1", "--steps", "5", "--rtol", "-1"], ["rtol"]),
    ],
)
def test_solve_refuses_what_cannot_be(
    arguments: list[str], words: list[str], tmp_path: Path
) -> None:
    model = tmp_path / "model.xml"
    invoke("export", "--format", "sbml", model)
    refused(["solve", model, *arguments, "--out", tmp_path / "x.csv"], *words)
    assert not (tmp_path / "x.csv").exists()


def test_solve_refuses_what_is_no_sbml(tmp_path: Path) -> None:
    path = tmp_path / "broken.xml"
    path.write_text("<sbml>", encoding="utf-8")
    arguments = ["--end", "1", "--steps", "5", "--out", tmp_path / "x.csv"]
    refused(["solve", path, *arguments], "broken.xml")
    refused(["solve", tmp_path / "none.xml", *arguments], "none.xml")


def test_engines_are_chosen_by_name() -> None:
    refused(["run", "healthy", "--engine", "compild"], "'compiled'")
    result = invoke("run", "healthy", "--until", "1y", "--engine", "cuda", "--json")
    if result.exit_code == 0:
        assert loads(result.stdout)["manifest"]["engine"]["name"] == "corrin-cuda"
    else:
        assert result.exit_code == 2
        assert "--engine cuda" in result.stderr
