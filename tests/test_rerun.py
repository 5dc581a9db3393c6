"""Running a saved result again: the same numbers, or what differs and why."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import corrin
from corrin.errors import InputError
from corrin.faces.cli import app
from corrin.provenance import PURPOSE
from corrin.study import Scenario, simulate
from corrin.study.scenario import Event
from corrin.study.stored import read_stored
from corrin.units import format_time, parse_time

DOSED = """name: Gastritis, treated at odd times
person: {age: 61.5, sex: female, height: 165.3 cm, weight: 61.7 kg, egfr: 47.3}
timeline:
  - {at: 0.1 y, cause: autoimmune gastritis}
  - {at: 2.3333 y, treat: hydroxocobalamin 1 mg im every 3 days for 2 weeks then every 2 months}
  - {at: 2.5 y, treat: cyanocobalamin 137 ug oral daily}
until: 3 y
"""


def invoke(*args):
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(arg) for arg in args], prog_name="corrin")


@pytest.fixture(scope="module")
def dosed():
    return simulate(Scenario.from_text(DOSED))


@pytest.fixture
def saved(dosed, tmp_path):
    path = tmp_path / "dosed.json"
    dosed.save(path)
    return path


def tampered(path, change):
    """Save a result whose JSON was changed by hand."""
    data = json.loads(path.read_text())
    change(data)
    other = path.with_name("tampered.json")
    other.write_text(json.dumps(data))
    return other


# The same numbers.


@pytest.mark.parametrize("ending", ["json", "nc", "parquet"])
def test_a_dosed_run_is_identical_from_every_format(dosed, ending, tmp_path):
    path = tmp_path / f"result.{ending}"
    dosed.save(path)
    again = corrin.rerun(path)
    assert again.identical and again.changed == ()
    for name, column in dosed.dataset.data_vars.items():
        assert np.array_equal(column.values, again.result.dataset[name].values), name
    assert len(again.result.dataset.data_vars) == len(dosed.dataset.data_vars)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("healthy", {"until": "37 d"}),
        ("nitrous-oxide-methionine", {"until": "1 y"}),
        ("cblc", {"until": 200.0, "parameters": {"uptake_half": 1.9, "gain_methylation": 0.5}}),
        ("vegan", {"outputs": ["serum_b12", "hemoglobin"], "times": [0.0, 1 / 3, 400.7]}),
        ("treated-early", {"until": "2 y", "times": np.geomspace(0.5, 2000, 20)}),
    ],
)
def test_runs_of_every_kind_are_identical(name, options, tmp_path):
    result = simulate(Scenario.load(name), **options)
    path = tmp_path / "result.parquet"
    result.save(path)
    again = corrin.rerun(path)
    assert again.identical, again.text()
    assert again.result.dataset["time"].values.tolist() == result.dataset["time"].values.tolist()
    assert again.result.manifest | {"created": ""} == result.manifest | {"created": ""}


def test_an_override_is_part_of_what_is_run_again():
    scenario = Scenario.load("vegan")
    plain = simulate(scenario, until="1 y", outputs=["serum_b12"])
    other = simulate(scenario, until="1 y", outputs=["serum_b12"], parameters={"uptake_half": 2.5})
    again = corrin.rerun(other)
    assert again.identical
    found = again.result.at(365.25, "serum_b12")
    assert found == other.at(365.25, "serum_b12") != plain.at(365.25, "serum_b12")


def test_another_process_gives_the_same_numbers(saved):
    command = [sys.executable, "-m", "corrin", "rerun", str(saved), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["identical"] is True


def test_what_run_prints_as_json_can_be_run_again(tmp_path):
    path = tmp_path / "printed.json"
    path.write_text(invoke("run", "folate-deficiency", "--until", "90d", "--json").stdout)
    assert corrin.rerun(path).identical


@given(st.floats(0.0, 40_000.0))
def test_every_time_of_a_scenario_reads_back_alike(day):
    assert parse_time(format_time(day)) == day


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(0.0, 900.0), st.floats(901.0, 3000.0))
def test_a_scenario_reads_back_alike(start, until):
    scenario = Scenario(
        "odd times", timeline=(Event(start, Scenario.from_text(DOSED).timeline[1].what),),
        until=until,
    )  # fmt: skip
    assert Scenario.from_text(scenario.to_yaml()) == scenario


# The manifest.


def test_the_manifest_names_what_numbers_depend_on(dosed):
    manifest = dosed.manifest
    assert manifest["model"] == corrin.load_model().hash
    assert manifest["corrin"] == corrin.__version__
    assert manifest["numpy"] == np.__version__
    for key in ("llvmlite", "python", "machine", "engine", "engine_version", "parameters"):
        assert manifest[key]
    assert manifest["member"] is None and manifest["seed"] is None
    assert manifest["until"] == 3 * 365.25
    assert manifest["outputs"] is None and manifest["times"] is None
    json.dumps(manifest, allow_nan=False)


# Not the same.


def test_one_changed_bit_is_noticed(saved):
    def change(data):
        values = data["variables"]["hemoglobin"]["values"]
        values[7] = float(np.nextafter(values[7], 0))

    again = corrin.rerun(tampered(saved, change))
    assert [d.output for d in again.differences] == ["hemoglobin"]
    difference = again.differences[0]
    assert difference.count == 1 and 0 < difference.relative < 1e-15
    assert difference.time == again.result.dataset["time"].values[7]
    assert "hemoglobin: 1 value" in again.text() and "altered" in again.text()


def test_differences_are_told_by_how_much_and_when(saved):
    def change(data):
        data["variables"]["serum_b12"]["values"][10] += 50.0
        data["variables"]["serum_b12"]["values"][11] += 10.0
        data["variables"]["hemoglobin"]["values"][3] = None

    path = tampered(saved, change)
    again = corrin.rerun(path)
    serum, hemoglobin = again.differences
    assert (serum.output, serum.count, serum.unit) == ("serum_b12", 2, "pmol/L")
    assert serum.largest == pytest.approx(50) and serum.time == 70
    assert hemoglobin.count == 1 and np.isnan(hemoglobin.largest)
    answer = invoke("rerun", path)
    assert answer.exit_code == 1 and answer.stderr == ""
    assert "different: 2 of" in answer.stdout and "by up to 50 pmol/L" in answer.stdout


def test_missing_outputs_and_times_are_noticed(saved):
    def drop(data):
        del data["variables"]["mood"]

    def add(data):
        data["variables"]["bilirubin"] = data["variables"]["mood"]

    def shorten(data):
        data["times"].pop()
        for variable in data["variables"].values():
            variable["values"].pop()

    def shift(data):
        data["times"][1] += 1e-9

    dropped, added = corrin.rerun(tampered(saved, drop)), corrin.rerun(tampered(saved, add))
    assert [str(d) for d in dropped.differences] == ["mood: computed but not stored"]
    assert [str(d) for d in added.differences] == ["bilirubin: stored but not computed"]
    for change in (shorten, shift):
        assert [d.output for d in corrin.rerun(tampered(saved, change)).differences] == ["time"]


def test_a_changed_scenario_gives_other_numbers(saved):
    def change(data):
        manifest = data["manifest"]
        manifest["scenario"] = manifest["scenario"].replace("137 ug", "138 ug")

    again = corrin.rerun(tampered(saved, change))
    assert "serum_b12" in {d.output for d in again.differences}


def test_another_model_is_named_and_runs_all_the_same(saved):
    def other_model(data):
        data["manifest"] |= {"model": "0123456789abcdef", "engine_version": "0.0.1"}

    path = tampered(saved, other_model)
    again = corrin.rerun(path)
    assert again.identical
    assert [name for name, *_ in again.changed] == ["model", "engine version"]
    answer = invoke("rerun", path)
    assert answer.exit_code == 0
    assert "identical" in answer.stdout and "0123456789abcdef" in answer.stdout

    def and_other_numbers(data):
        other_model(data)
        data["variables"]["mood"]["values"][5] += 0.1

    answer = invoke("rerun", tampered(saved, and_other_numbers))
    assert answer.exit_code == 1 and "which may be why: model was 0123456789abcdef" in answer.stdout


# The command.


def test_the_command_writes_the_new_result_and_strict_json(saved, tmp_path):
    out = tmp_path / "again.nc"
    answer = invoke("rerun", saved, "--out", out, "--json")
    assert answer.exit_code == 0, answer.stderr

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    found = json.loads(answer.stdout, parse_constant=refuse)
    assert found["identical"] is True and found["differences"] == [] == found["changed"]
    assert found["manifest"]["use"] == PURPOSE
    assert corrin.rerun(out).identical

    def change(data):
        data["variables"]["mood"]["values"][5] = None

    answer = invoke("rerun", tampered(saved, change), "--json")
    assert answer.exit_code == 1
    found = json.loads(answer.stdout, parse_constant=refuse)
    assert found["differences"][0]["output"] == "mood"
    assert found["differences"][0]["largest"] is None


# Files that are no results.

MANIFEST_FAULTS = {
    "no scenario": (lambda m: m.pop("scenario"), "'scenario'"),
    "no end": (lambda m: m.pop("until"), "'until'"),
    "scenario is a list": (lambda m: m.update(scenario=["a"]), "'scenario'"),
    "scenario is not YAML": (lambda m: m.update(scenario="[" * 300), "YAML"),
    "a scenario with an alias": (lambda m: m.update(scenario="name: &a x\nuntil: *a"), "aliases"),
    "end too far": (lambda m: m.update(until=1e9), "120"),
    "end is a text": (lambda m: m.update(until="soon"), "'until'"),
    "end without end": (lambda m: m.update(until=10**400), "'until'"),
    "unknown engine": (lambda m: m.update(engine="../corin"), "corrin"),
    "engine is a number": (lambda m: m.update(engine=3), "'engine'"),
    "overrides are a list": (lambda m: m.update(overrides=[1]), "'overrides'"),
    "override is a text": (lambda m: m.update(overrides={"uptake_half": "2"}), "'uptake_half'"),
    "unknown override": (lambda m: m.update(overrides={"uptake_haf": 2}), "'uptake_half'"),
    "outputs are a text": (lambda m: m.update(outputs="mood"), "'outputs'"),
    "unknown output": (lambda m: m.update(outputs=["moood"]), "'mood'"),
    "times fall": (lambda m: m.update(times=[3, 2, 1]), "rise"),
    "times are texts": (lambda m: m.update(times=["1"]), "'times'"),
    "member is a list": (lambda m: m.update(member=[1]), "member"),
}


@pytest.mark.parametrize("case", MANIFEST_FAULTS)
def test_a_hostile_manifest_is_refused_in_one_line(case, saved):
    change, word = MANIFEST_FAULTS[case]
    answer = invoke("rerun", tampered(saved, lambda data: change(data["manifest"])))
    assert answer.exit_code == 2 and answer.stdout == ""
    assert answer.stderr.startswith("error: ") and answer.stderr.count("\n") == 1
    assert "tampered.json" in answer.stderr or "times" in answer.stderr or word in answer.stderr
    assert word in answer.stderr


CONTENT_FAULTS = {
    "empty": b"",
    "no JSON": b"{",
    "no table": b"[1, 2]",
    "no manifest": b'{"times": [0], "variables": {"mood": {"values": [0]}}}',
    "manifest is a text": b'{"times": [0], "variables": {"mood": {"values": [0]}}, "manifest": ""}',
    "no outputs": b'{"times": [0], "variables": {}, "manifest": {}}',
    "no times": b'{"times": [], "variables": {"mood": {"values": []}}, "manifest": {}}',
    "lengths differ": b'{"times": [0], "variables": {"mood": {"values": []}}, "manifest": {}}',
    "values are words": b'{"times": [0], "variables": {"mood": {"values": ["x"]}}, "manifest": {}}',
    "values are tables": b'{"times": [0], "variables": {"mood": {"values": [{}]}}, "manifest": {}}',
    "nested too deeply": b"[" * 200_000,
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("case", CONTENT_FAULTS)
def test_a_file_that_is_no_result_is_refused_in_one_line(case, tmp_path):
    path = tmp_path / "hostile.json"
    path.write_bytes(CONTENT_FAULTS[case])
    answer = invoke("rerun", path)
    assert answer.exit_code == 2 and answer.stdout == ""
    assert answer.stderr.count("\n") == 1 and "hostile.json" in answer.stderr


@pytest.mark.parametrize("ending", ["json", "nc", "parquet"])
def test_truncated_and_garbled_files_are_refused_or_read(dosed, ending, tmp_path):
    """Whatever is done to the bytes: one line, or numbers; never another error."""
    path = tmp_path / f"result.{ending}"
    dosed.save(path)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for length in (0, 3, 100, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=f"result.{ending}") as error:
            read_stored(path)
        assert "\n" not in str(error.value)
    for _ in range(40):
        garbled = bytearray(whole)
        for place in random.integers(0, min(len(whole), 4000), 8):
            garbled[place] = random.integers(256)
        path.write_bytes(bytes(garbled))
        try:
            read_stored(path)
        except InputError as error:
            assert "\n" not in str(error)


def test_parquet_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "bomb.parquet"
    monkeypatch.setattr("corrin.study.stored.MOST_NUMBERS", 3_000_000)
    zeros = pa.array(np.zeros(2_000_000))
    schema = pa.schema([("time", pa.float64()), ("mood", pa.float64())], {"manifest": "{}"})
    parquet.write_table(pa.table([zeros, zeros], schema), path, compression="zstd")
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="million numbers"):
        read_stored(path)


@pytest.mark.parametrize(
    ("name", "word"), [("a.csv", "no manifest"), ("a.xls", "'.xls'"), ("none.json", "no such file")]
)
def test_files_of_other_kinds_are_refused(name, word, tmp_path):
    if name != "none.json":
        (tmp_path / name).write_text("time [day]\n0\n")
    with pytest.raises(InputError, match=word):
        corrin.rerun(tmp_path / name)
