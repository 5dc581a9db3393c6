"""The nerve laboratory on the command line and in the report."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.faces import cli_nerve
from corrin.faces.cli import PURPOSE, app
from corrin.faces.nerve_section import CHOSEN, limit_text
from corrin.faces.report import report_html
from corrin.nerve import run_nerve
from corrin.nerve.run import tract_numbers
from corrin.study import Scenario
from corrin.units import YEAR
from synthetic_result import healthy, make, treated_late
from test_report import Page


def invoke(*args: str | Path) -> Any:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["nerve", *map(str, args)], prog_name="corrin")


def loads(text: str) -> Any:
    """Parse strict JSON: NaN and Infinity are refused."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every scenario be simulated at once, with the shapes of late treatment."""
    monkeypatch.setattr("corrin.study.simulate", lambda scenario: treated_late())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["helthy"], ["helthy", "'healthy'"]),
        (["healthy", "--at", "3"], ["--at", "unit"]),
        (["healthy", "--at", "3 yaers"], ["--at", "yaers"]),
        (["healthy", "--at", "0y,,3y"], ["--at"]),
        (["healthy", "--at", "0y,900y"], ["--at", "'900y'", "within the run"]),
        (["healthy", "--at", "-1y"], ["--at", "within the run"]),
        (["healthy", "--at", "1y,12mo"], ["--at", "twice"]),
        (["healthy", "--seed", "-1"], ["--seed"]),
        (["healthy", "--report", "nerve.pdf"], ["--report", ".pdf"]),
        (["healthy", "--out", "nerve.txt"], ["--out", ".txt"]),
        (["healthy", "--at", "0y,1y,2y,3y,4y,5y", "--report", "n.html"], ["--at", "at most 5"]),
    ],
)
def test_what_is_wrong_is_one_line_before_anything_is_simulated(
    args: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def simulate(*_: object) -> None:
        pytest.fail("simulated before everything was checked")

    monkeypatch.setattr("corrin.study.simulate", simulate)
    result = invoke(*args)
    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert all(word in result.stderr for word in words), result.stderr


@pytest.mark.usefixtures("made_up")
def test_the_table_shows_start_worst_and_end_by_default() -> None:
    result = invoke("healthy")
    assert (result.exit_code, result.stderr) == (0, "")
    head = next(line for line in result.stdout.splitlines() if line.startswith("Study"))
    assert re.search(r"normal +Start +Worst, year \d.* +End, year \d", head)
    sural = next(line for line in result.stdout.splitlines() if "Sural sensory amplitude" in line)
    start, worst, end = (float(x) for x in re.findall(r"\d+(?:\.\d+)?", sural)[-3:])
    assert start > end > worst
    assert "4 or more" in sural
    assert PURPOSE in result.stdout
    assert "Motor hand: taken as healthy." in result.stdout


@pytest.mark.usefixtures("made_up")
def test_json_holds_findings_recordings_and_manifest() -> None:
    result = invoke("healthy", "--at", "0y, 18 mo", "--seed", "4", "--json")
    answer = loads(result.stdout)
    assert [e["time"] for e in answer["examinations"]] == [0.0, 1.5 * YEAR]
    assert (answer["manifest"]["seed"], answer["manifest"]["use"]) == (4, PURPOSE)
    for examination in answer["examinations"]:
        assert len(examination["findings"]) == 25
        assert {"quantity", "unit", "low", "high", "value", "flag"} <= set(
            examination["findings"][0]
        )
        p40 = next(t for t in examination["traces"] if t["name"] == "P40")
        assert len(p40["time"]) == len(p40["value"]) > 1000


@pytest.mark.usefixtures("made_up")
def test_files_hold_what_is_printed(tmp_path: Path) -> None:
    table, page = tmp_path / "nerve.csv", tmp_path / "nerve.html"
    result = invoke("healthy", "--at", "0y,4y", "--out", table, "--report", page)
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 50
    assert {float(row["time"]) for row in rows} == {0.0, 4 * YEAR}
    text = page.read_text(encoding="utf-8")
    parsed = Page(text)
    assert len(text.encode()) < 500_000
    assert "http" not in text and {"script", "link", "img"}.isdisjoint(t for t, _ in parsed.tags)
    assert PURPOSE in parsed.text and "Motor hand: taken as healthy." in parsed.text
    assert "Healthy fibre" in parsed.text and "m/s" in parsed.text
    assert len([a for a in parsed.all("svg") if a.get("role") == "img"]) == 12
    late = [row for row in rows if float(row["time"]) > 0 and row["flag"] == "abnormal"]
    assert late and text.count("▼ low") + text.count("▲ high") == len(late)


def test_a_seed_is_one_person_who_keeps_to_it() -> None:
    result = treated_late()
    one, again, other = (run_nerve(result, [0.0], seed)[0] for seed in (1, 1, 2))
    assert one.value("sural_velocity") == again.value("sural_velocity")
    assert one.value("sural_velocity") != other.value("sural_velocity")


def test_the_laboratory_sees_swelling_and_large_fibres_of_the_run() -> None:
    result = treated_late()
    time = 4 * YEAR
    numbers = tract_numbers(result, time)["sensory_foot"]
    assert set(numbers) == {"myelin", "axons_large", "axons_small", "swelling", "remade"}
    for name, value in numbers.items():
        assert value == pytest.approx(result.at(time, f"{name}_sensory_foot"))
    assert numbers["axons_large"] < numbers["axons_small"]


def test_the_report_holds_table_and_chosen_recordings() -> None:
    text = report_html(treated_late())
    parsed = Page(text)
    assert "What the nerve laboratory would find" in parsed.text
    assert "Tibial SEP P40" in parsed.text and "P40, tibial nerve to cortex" in parsed.text
    assert "P100, eye to cortex" in parsed.text and "N9, median" not in parsed.text
    drawn = re.findall(r'id="nerve".*?</section>', text, re.S)[0].count("<figure")
    assert drawn == len(CHOSEN)


def test_a_report_without_tracts_has_no_nerve_section() -> None:
    full = healthy()
    times = np.asarray(full.dataset["time"].values)
    bare = make(full.scenario, np.zeros_like(times), times, names=["serum_b12"])
    assert 'id="nerve"' not in report_html(bare)
    assert 'id="nerve"' in report_html(full)


def test_a_person_older_than_the_norms_is_reported_without_examination() -> None:
    text = "name: Old\nperson: {age: 106}\ntimeline: [{at: 0 y, diet: omnivore}]\nuntil: 10 y"
    times = np.linspace(0, 10 * YEAR, 21)
    parsed = Page(report_html(make(Scenario.from_text(text), np.zeros(21), times)))
    assert "Not examined: person age: 116 year" in parsed.text
    assert "Tibial SEP P40" not in parsed.text


def test_limits_are_told_in_words() -> None:
    limits = {f.limit.quantity: f.limit for f in run_nerve(healthy(), [0.0])[0].findings}
    assert limit_text(limits["sural_velocity"]) == "39.9 or more"
    assert limit_text(limits["p40"]) == "up to 47.2"
    assert limit_text(limits["tibial_velocity"]) == "42.2 to 59.3"
    assert limit_text(limits["median_sensory_amplitude"]) == ""


def test_times_are_read_with_their_units() -> None:
    assert cli_nerve._times("0, 18mo,3 y", 10 * YEAR) == [0.0, 1.5 * YEAR, 3 * YEAR]


@pytest.mark.slow
def test_late_treatment_is_found_and_partly_recovers() -> None:
    answer = loads(invoke("treated-late", "--json").stdout)
    start, worst, end = ({f["quantity"]: f for f in e["findings"]} for e in answer["examinations"])
    assert all(f["flag"] in ("normal", "") for f in start.values())
    assert worst["p40"]["flag"] in ("abnormal", "absent")
    assert start["p40"]["value"] < end["p40"]["value"] < 47.2
    assert start["p40_amplitude"]["value"] > end["p40_amplitude"]["value"] > 0
