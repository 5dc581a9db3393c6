"""The command line: help, refusals, scenarios, doctor, and what a shell sees."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import corrin
from cli_use import invoke, loads, refused, shell
from corrin.faces import doctor
from corrin.faces.cli import PURPOSE
from corrin.faces.cli_files import strict

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


def test_scenarios_lists_what_is_shipped() -> None:
    result = invoke("scenarios", "--json")
    assert result.exit_code == 0, result.stderr
    rows = loads(result.stdout)["scenarios"]
    assert {row["name"] for row in rows} >= SHIPPED
    assert all(row["title"] and row["description"] and row["until"] > 0 for row in rows)
    table = invoke("scenarios").stdout
    assert all(row["name"] in table for row in rows)


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
