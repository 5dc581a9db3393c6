"""The command line: `export` and `solve`."""

from __future__ import annotations

from pathlib import Path

import pytest

import corrin
from cli_use import invoke, refused

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
