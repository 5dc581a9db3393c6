"""The command that answers why: what it prints and writes, and what it refuses."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.faces import cli_why
from corrin.faces.cli import app
from corrin.insight import members as many
from corrin.insight.members import Members
from test_why import versions


def invoke(*arguments):
    return CliRunner().invoke(app, ["why", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["no scenario"]),
        (["--experiments", "vegan"], ["experiments", "leave the scenario"]),
        (["--natural-experiments", "--report", "x.html"], ["--report"]),
        (["vegan", "--central", "--members", "3"], ["--members and --central"]),
        (["vegan", "--graph", "x.png"], ["--graph", "'.svg'"]),
        (["vegan", "--out", "x.csv"], ["--out"]),
        (["vegan", "--at", "-1y"], ["--at"]),
        (["serum_b12", "vegan", "--central"], ["serum_b12"]),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(arguments, words):
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    said = result.stderr.strip()
    assert said.count("\n") == 0 and "Traceback" not in said
    assert all(word in said for word in words), said


def test_one_symptom_in_words_with_page_and_pathway(tmp_path: Path):
    page, graph = tmp_path / "why.html", tmp_path / "why.svg"
    result = invoke(
        "balance", "autoimmune-gastritis", "--at", "9y", "--central",
        "--report", page, "--graph", graph,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Central parameter set only" in result.stdout
    assert "Blocking only" in result.stdout
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and "http" not in text.replace("http://www.w3.org", "")
    ElementTree.parse(graph)


def test_the_pathway_for_other_programs(tmp_path: Path):
    path = tmp_path / "graph.json"
    result = invoke("mood", "autoimmune-gastritis", "--at", "9y", "--central", "--graph", path)
    assert result.exit_code == 0, result.output
    graph = json.loads(path.read_text(encoding="utf-8"))
    assert graph["symptom"] == "mood" and graph["manifest"]["use"]
    assert len(graph["nodes"]) > 30 and any(edge["effect"] for edge in graph["edges"])


def test_without_an_ensemble_it_says_so(monkeypatch: pytest.MonkeyPatch):
    from corrin.errors import ModelError
    from corrin.model import ensemble as module

    def none() -> object:
        raise ModelError("the ensemble cannot be read")

    monkeypatch.setattr(module, "ensemble", none)
    chosen = many.members()
    assert chosen.central and chosen.reason == "no ensemble is installed"


def test_intervals_over_versions_as_json(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(many, "ENOUGH", 4)
    monkeypatch.setattr(cli_why, "_members", lambda count, central: versions(6))
    result = invoke("balance", "autoimmune-gastritis", "--at", "9y", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["versions"]["asked"] == 6
    rows = answer["mechanisms"]
    assert sum(row["share"] for row in rows) == pytest.approx(answer["total"], abs=1e-9)
    assert all(row["low"] <= row["high"] for row in rows)
    keys = set(answer["values"])
    assert all(set(s["values"]) <= keys and s["values"] for s in answer["sentences"])


def test_the_natural_experiments_as_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    one = Members(({},), np.ones(1), "ensemble")
    monkeypatch.setattr(cli_why, "_members", lambda count, central: one)
    table = tmp_path / "natural.csv"
    result = invoke("--natural-experiments", "--json", "--out", table)
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    assert len(rows) >= 13
    assert all(row["held"] == float(row["holds"]) for row in rows)
    assert {row["experiment"] for row in rows} >= {"MTHFR deficiency", "folic acid in B12 lack"}
    assert table.read_text(encoding="utf-8").count("\n") == len(rows) + 1


@pytest.mark.slow
def test_what_would_tell_as_a_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli_why, "_members", lambda count, central: versions(24))
    result = invoke("--experiments", "--draws", "8", "--json")
    assert result.exit_code == 0, result.output
    ahead, told = json.loads(result.stdout)["tables"].values()
    assert [row["reduction"] for row in ahead] == sorted(
        (row["reduction"] for row in ahead), reverse=True
    )
    assert told[0]["set"] == "none" and told[-1]["set"] == "all"
    assert told[0]["effective"] >= told[-1]["effective"]
