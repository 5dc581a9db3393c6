"""Results: labels, times, files that are whole or absent; solved by a stand-in engine."""

import csv
import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from corrin.engine.protocol import Trajectory
from corrin.errors import InputError, SolverError
from corrin.study import Scenario, simulate
from corrin.study.person import SETTLE
from corrin.study.times import output_times
from corrin.units import MONTH, YEAR
from corrin.variables import catalogue


class Ramp:
    """An engine whose every output rises by 1 a day; it keeps what it was asked."""

    name, version = "ramp", "0"

    def solve(self, protocol, times, outputs, *, rtol=1e-6):
        self.protocol, self.times = protocol, np.asarray(times)
        return Trajectory(self.times, {name: self.times + 1.0 for name in outputs})


@pytest.fixture(autouse=True)
def model(monkeypatch):
    """Stand in for the model: only its names and its hash are used."""
    names = {"uptake_capacity": 1.0}
    stand_in = SimpleNamespace(
        hash="abc",
        inputs={"metformin": None},
        edges={"gain_methylation": None},
        parameters=pd.DataFrame({"name": list(names)}),
    )
    monkeypatch.setattr("corrin.model.load_model", lambda: stand_in, raising=False)
    return stand_in


@pytest.fixture
def engine():
    return Ramp()


@pytest.fixture
def result(engine):
    return simulate(Scenario.load("treated-late"), until="2 y", engine=engine)


def test_every_output_has_unit_and_name(result):
    assert set(result.dataset.data_vars) == set(catalogue())
    serum = result.dataset["serum_b12"]
    assert serum.dims == ("time",)
    assert serum.attrs["units"] == "pmol/L" and serum.attrs["long_name"] == "Serum vitamin B12"
    assert (serum.attrs["reference_low"], serum.attrs["reference_high"]) == (148, 664)
    assert "reference_low" not in result.dataset["mood_probability"].attrs
    assert result.dataset["time"].attrs["units"] == "day"


def test_manifest_is_enough_to_run_again(result, engine):
    manifest = result.manifest
    assert manifest["model"] == "abc" and manifest["engine"] == "ramp"
    assert manifest["seed"] is None and manifest["python"] and manifest["created"]
    assert Scenario.from_text(manifest["scenario"]) == result.scenario
    json.dumps(manifest)


def test_output_times():
    times = output_times(20 * YEAR)
    assert times[0] == 0 and times[-1] == 20 * YEAR
    steps = np.diff(times)
    assert (steps > 0).all() and steps.max() <= MONTH + 1e-9
    assert np.allclose(steps[times[1:] < 15 * YEAR], 7)
    assert output_times(366.0)[-3:].tolist() == [357, 364, 366]
    assert output_times(100.5)[-3:].tolist() == [99, 100, 100.5]
    assert output_times(1.1).tolist() == [0, 0.25, 0.5, 0.75, 1, 1.1]
    assert output_times(0.1).tolist() == [0, 0.1]


def test_own_times_and_outputs(engine):
    found = simulate(
        Scenario.load("healthy"), times=[0, 1, 5], outputs=["hemoglobin"], engine=engine
    )
    assert found.dataset["hemoglobin"].values.tolist() == [1, 2, 6]
    assert list(found.dataset.data_vars) == ["hemoglobin"]


def test_a_shorter_end_cuts_the_protocol(engine):
    simulate(Scenario.load("treated-late"), until=100, engine=engine)
    assert engine.protocol.doses == () and engine.times[-1] == 100


def test_parameters_are_overridden(engine):
    scenario = Scenario.load("autoimmune-gastritis")
    found = simulate(scenario, until=10, engine=engine, parameters={"gain_methylation": 0.0})
    assert engine.protocol.parameters["gain_methylation"] == 0 and engine.protocol.settle == 0
    assert found.manifest["overrides"] == {"gain_methylation": 0.0}
    simulate(scenario, until=10, engine=engine, parameters={"uptake_capacity": 2.0})
    assert engine.protocol.settle == SETTLE


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"outputs": ["serum_b21"]}, "'serum_b12'"),
        ({"parameters": {"uptake_capazity": 1}}, "'uptake_capacity'"),
        ({"parameters": {"uptake_capacity": math.nan}}, "finite"),
        ({"times": [3, 1]}, "rise"),
        ({"times": []}, "rise"),
        ({"times": [-1, 1]}, "rise"),
        ({"times": [0, math.inf]}, "rise"),
        ({"until": "-1 y"}, "between"),
        ({"until": "200 y"}, "between"),
        ({"until": 0}, "between"),
        ({"until": "10 yeers"}, "'years'"),
    ],
)
def test_wrong_arguments(engine, wrong, says):
    with pytest.raises(InputError, match=says):
        simulate(Scenario.load("healthy"), engine=engine, **wrong)


def test_value_at_a_time(result):
    assert result.at(3.5, "serum_b12") == pytest.approx(4.5)
    assert result.at("1 y", "serum_b12") == pytest.approx(366.25)
    with pytest.raises(InputError, match="within the run"):
        result.at("3 y", "serum_b12")
    with pytest.raises(InputError, match="'serum_b12'"):
        result.at(1.0, "serum_b21")


def test_plain_values(result):
    found = result.to_dict()
    assert set(found) == {"scenario", "times", "variables", "manifest"}
    assert set(found["variables"]["mood"]) == {"unit", "long_name", "values"}
    assert len(found["variables"]["mood"]["values"]) == len(found["times"])
    json.dumps(found, allow_nan=False)


def test_what_is_not_a_number_is_null(result):
    result.dataset["mood"][0] = math.nan
    assert result.to_dict()["variables"]["mood"]["values"][0] is None


def test_files_carry_names_units_and_values(result, tmp_path):
    import xarray
    from pyarrow import parquet

    for suffix in (".nc", ".parquet", ".csv", ".json"):
        result.save(tmp_path / f"run{suffix}")
    netcdf = xarray.load_dataset(tmp_path / "run.nc")
    assert netcdf["hemoglobin"].attrs["units"] == "g/L"
    assert np.array_equal(netcdf["hemoglobin"], result.dataset["hemoglobin"])
    assert json.loads(netcdf.attrs["manifest"])["model"] == "abc"

    table = parquet.read_table(tmp_path / "run.parquet")
    assert table.schema.field("hemoglobin").metadata[b"units"] == b"g/L"
    assert json.loads(table.schema.metadata[b"manifest"])["model"] == "abc"
    assert np.array_equal(table["time"], result.dataset["time"])

    with (tmp_path / "run.csv").open(encoding="utf-8") as file:
        first, second, *_ = csv.reader(file)
    assert first[:2] == ["time [day]", "serum_b12 [pmol/L]"]
    assert float(second[1]) == 1.0

    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert json.loads(text)["variables"]["hemoglobin"]["unit"] == "g/L"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "run.csv", "run.json", "run.nc", "run.parquet",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["run.xlsx", "run", "run.CSVV"])
def test_unknown_ending(result, tmp_path, name):
    with pytest.raises(InputError, match=r"'\.csv'|choose one of"):
        result.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(result, tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    target.write_text("old", encoding="utf-8")

    def fail(self, path):
        path.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(result), "_json", fail)
    with pytest.raises(InputError, match="No space left"):
        result.save(target)
    assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_no_such_folder(result, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        result.save(tmp_path / "missing" / "run.csv")


def test_failures_of_the_engine_are_passed_on():
    class Broken(Ramp):
        def solve(self, *_, **__):
            raise SolverError("stuck at 3 d")

    with pytest.raises(SolverError, match="stuck"):
        simulate(Scenario.load("healthy"), engine=Broken())
