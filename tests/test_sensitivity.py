"""Sensitivity and identifiability: designs against closed forms, then the model and the command."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray
from rich.console import Console
from typer.testing import CliRunner

from corrin.errors import InputError, ModelError
from corrin.evidence import identifiability as told
from corrin.evidence import sensitivity
from corrin.evidence.priors import priors
from corrin.evidence.screening import (
    INFEASIBLE,
    SOLVED,
    STEP,
    Answers,
    Screening,
    elementary_effects,
    screen,
    total_effects,
)
from corrin.faces.cli import app
from corrin.faces.cli_sensitivity import _table
from corrin.faces.sensitivity_plot import plot_effects, plot_told
from corrin.model.ensemble import Ensemble
from corrin.study import Scenario, simulate

YEAR = 365.25


def answering(
    function: Callable[[np.ndarray], np.ndarray],
    possible: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Callable[[np.ndarray], Answers]:
    """Return a function of the unit cube that has an answer only where it is possible."""

    def evaluate(points: np.ndarray) -> Answers:
        able = np.full(len(points), True) if possible is None else possible(points)
        values = np.where(able, function(points), np.nan)
        return Answers(values[:, None], np.where(able, SOLVED, INFEASIBLE))

    return evaluate


# Elementary effects.


def test_effects_of_a_linear_function_are_its_slopes() -> None:
    found = screen(answering(lambda x: 3 * x[:, 0] - 2 * x[:, 1] + 5), 3, 7, 1, None)
    effects = elementary_effects(found, 1)
    assert effects["mu"][0] == pytest.approx([3, -2, 0])
    assert effects["mu_star"][0] == pytest.approx([3, 2, 0])
    assert effects["sigma"][0] == pytest.approx([0, 0, 0], abs=1e-12)
    assert effects["mu_star_conf"][0] == pytest.approx([0, 0, 0], abs=1e-12)
    assert effects["mu_star"][0, 2] == 0.0


def test_effects_of_a_product_vary_as_the_other_factor_does() -> None:
    # The effect of one factor is the other, which lies on 0, 1/3, 2/3 and 1 alike often.
    found = screen(answering(lambda x: x[:, 0] * x[:, 1]), 2, 3000, 1, None)
    effects = elementary_effects(found, 1)
    assert effects["mu"][0] == pytest.approx([0.5, 0.5], abs=0.03)
    assert effects["sigma"][0] == pytest.approx([np.sqrt(5) / 6] * 2, abs=0.02)
    # The standard error of a mean, times 1.96.
    assert effects["mu_star_conf"][0] == pytest.approx(
        1.96 * effects["sigma"][0] / np.sqrt(3000), rel=0.25
    )


def test_effects_are_those_of_salib() -> None:
    from SALib.analyze import morris

    steps = np.random.default_rng(3).normal(size=(12, 2, 1))
    effects = elementary_effects(Screening((steps,), {}), 1)
    problem = {"num_vars": 1, "names": ["x"], "bounds": [[0, 1]]}
    points = np.tile([[0.0], [STEP]], (12, 1))
    theirs = morris.analyze(problem, points, steps.ravel(), num_levels=4, seed=1)
    for name in ("mu", "mu_star", "sigma"):
        assert effects[name][0, 0] == pytest.approx(float(theirs[name][0]), rel=1e-12)
    conf = float(theirs["mu_star_conf"][0])
    assert effects["mu_star_conf"][0, 0] == pytest.approx(conf, rel=0.3)


def test_steps_out_of_what_is_possible_are_taken_again_and_counted() -> None:
    def possible(x: np.ndarray) -> np.ndarray:
        return np.asarray(x[:, 0] + x[:, 1] <= 1.001)

    found = screen(answering(lambda x: 3 * x[:, 0] - 2 * x[:, 1], possible), 3, 20, 1, None)
    assert [len(steps) for steps in found.steps] == [20, 20, 20]
    assert found.counts["starts_infeasible"] > 0
    assert found.counts["steps_infeasible"] > 0
    assert found.counts["steps_tried"] == 60 + found.counts["steps_infeasible"]
    assert elementary_effects(found, 1)["mu"][0] == pytest.approx([3, -2, 0])


def test_where_nothing_is_possible_the_error_says_so() -> None:
    def nowhere(x: np.ndarray) -> np.ndarray:
        return np.full(len(x), False)

    with pytest.raises(ModelError, match="describe a body"):
        screen(answering(lambda x: x[:, 0], nowhere), 2, 2, 1, None)


def test_a_step_that_never_has_an_answer_is_not_known() -> None:
    def possible(x: np.ndarray) -> np.ndarray:
        return np.asarray(x[:, 1] < 0.1)

    found = screen(answering(lambda x: x[:, 0], possible), 2, 3, 1, None)
    effects = elementary_effects(found, 1)
    assert effects["mu"][0, 0] == pytest.approx(1)
    assert np.isnan(effects["mu"][0, 1])


# Total effects.


def test_total_effects_of_the_ishigami_function() -> None:
    # Closed forms for a = 7, b = 0.1 (Ishigami & Homma 1990).
    def ishigami(x: np.ndarray) -> np.ndarray:
        a, b, c = (np.pi * (2 * x - 1)).T
        return np.asarray(np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))

    third = np.pi**8 * 0.01 * 8 / 225
    second = 7**2 / 8
    first = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
    variance = first + second + third
    exact = np.array([first + third, second, third]) / variance
    found = total_effects(answering(ishigami), 3, 2048, 1, None)
    assert found["total"] == pytest.approx(exact, abs=0.05)
    assert (np.abs(found["total"] - exact) < 2 * found["total_conf"]).all()
    assert found["pairs"].tolist() == [2048] * 3


def test_total_effects_where_only_a_triangle_is_possible() -> None:
    # For x + y below x + y = 1: variance 1/18, of which 1/24 is left when the other is known.
    found = total_effects(
        answering(lambda x: x.sum(axis=1), lambda x: x.sum(axis=1) < 1), 2, 2048, 1, None
    )
    assert found["total"] == pytest.approx([0.75, 0.75], abs=0.05)


def test_what_does_not_matter_has_no_total_effect() -> None:
    found = total_effects(answering(lambda x: x[:, 0]), 2, 128, 0, None)
    assert found["total"][1] == 0.0
    still = total_effects(answering(lambda x: np.ones(len(x))), 2, 8, 0, None)
    assert still["total"].tolist() == [0.0, 0.0]


# The model.


@pytest.fixture(scope="module")
def effects() -> xarray.Dataset:
    outputs = ["serum_b12", "hematocrit", "numbness_feet"]
    return sensitivity.morris("autoimmune-gastritis", 4 * YEAR, outputs, 2, 5)


def test_the_centre_of_the_cube_is_the_model_that_ships() -> None:
    scenario = Scenario.load("autoimmune-gastritis")
    names = ["serum_b12", "numbness_feet"]
    asked = sensitivity.situation(scenario, 2 * YEAR, names)
    answer = asked.evaluate(np.full((1, len(priors())), 0.5))
    run = simulate(scenario, times=[2 * YEAR], until=2 * YEAR)
    expected = [float(run.dataset[name].values[-1]) for name in names]
    assert answer.status.tolist() == [SOLVED]
    assert np.exp(answer.values[0, 0]) == pytest.approx(expected[0], rel=1e-4)
    assert answer.values[0, 1] == pytest.approx(expected[1], abs=1e-4)


def test_parameters_of_no_body_have_no_answer() -> None:
    points = np.random.default_rng(0).integers(4, size=(240, len(priors()))) / 3
    answers = sensitivity.situation("vegan", 30.0, ["serum_b12"]).evaluate(points)
    solved = answers.status == SOLVED
    assert 0 < solved.sum() < 240
    assert np.isfinite(answers.values[solved]).all()
    assert np.isnan(answers.values[~solved]).all()


def test_the_effects_are_labelled(effects: xarray.Dataset) -> None:
    assert effects.sizes == {"output": 3, "parameter": len(priors())}
    serum = effects.sel(output="serum_b12")
    assert (serum["unit"].item(), serum["scale"].item()) == ("pmol/L", "log")
    assert serum["long_name"].item() == "Serum vitamin B12"
    assert effects.sel(output="numbness_feet")["scale"].item() == "raw"
    assert (effects["low"] < effects["high"]).all()
    assert effects["mu_star"].attrs["units"]
    assert effects.sel(parameter="red_cell_life")["parameter_unit"].item() == "day"
    manifest = json.loads(effects.attrs["manifest"])
    assert (manifest["seed"], manifest["trajectories"]) == (5, 2)


def test_what_cannot_matter_has_no_effect_at_all(effects: xarray.Dataset) -> None:
    for name in ("nasal_bioavailability", "stroke_exponent"):
        one = effects.sel(parameter=name)
        assert one["steps"] == 2
        assert (one["mu_star"] == 0).all()
    # Nothing of the nerve acts back on the blood.
    assert effects["mu_star"].sel(output="hematocrit", parameter="grade_half") == 0
    assert effects["mu_star"].sel(output="numbness_feet", parameter="grade_half") > 0


def test_more_carrier_in_health_is_more_in_serum(effects: xarray.Dataset) -> None:
    one = effects.sel(output="serum_b12", parameter="holotranscobalamin_reference")
    assert sensitivity.direction(one["mu"].item(), one["mu_star"].item()) == "raises"
    assert "holotranscobalamin_reference" in sensitivity.strongest(effects, "serum_b12", 60)


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, again, other = (
        sensitivity.morris("vegan", 30.0, ["serum_b12"], 2, seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first["mu_star"], again["mu_star"])
    assert np.array_equal(first["mu_star_conf"], again["mu_star_conf"])
    assert not np.array_equal(first["mu_star"], other["mu_star"])


def test_total_effects_of_the_model(effects: xarray.Dataset) -> None:
    one = effects.sel(output=["numbness_feet"])
    found = sensitivity.sobol("autoimmune-gastritis", one, samples=8)
    assert found["parameter"].tolist() == sensitivity.strongest(effects, "numbness_feet")
    assert (found["total"] >= 0).all()
    assert found["total"].max() > 0
    joined = sensitivity.table(one, found)
    shown = io.StringIO()
    Console(file=shown, width=110).print(_table(joined))
    assert shown.getvalue().count(" % ") >= len(found)
    assert "…" not in shown.getvalue()
    assert joined["total"].notna().sum() == len(found)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"outputs": ["serum_b21"]}, "serum_b12"),
        ({"outputs": []}, "no outputs"),
        ({"at": 1e9}, "120"),
        ({"trajectories": 1}, "2 or more"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        sensitivity.morris("vegan", **arguments)


# What the data say.

ROW = {"prior": 1.0, "width": 0.3, "scale": "log", "value": 1.1, "coordinate": 0.3,
       "low": 0.9, "high": 1.3}  # fmt: skip
FIT = {
    "stages": [
        {"stage": "body", "parameters": [
            {**ROW, "name": "uptake_capacity", "told_by_data": 0.4},
            {**ROW, "name": "passive_share", "told_by_data": 0.95},
        ]},
        {"stage": "nerve", "parameters": [{**ROW, "name": "axon_loss", "told_by_data": 0.02}]},
    ]
}  # fmt: skip
NAMES = ("uptake_capacity", "passive_share", "axon_loss", "synergy")


def members(count: int = 400) -> Ensemble:
    """Return an ensemble: two parameters tied by 0.8, half as wide as their priors, and two not."""
    rng = np.random.default_rng(1)
    covariance = np.eye(4)
    covariance[0, 1] = covariance[1, 0] = 0.8
    drawn = rng.multivariate_normal(np.zeros(4), covariance, count) * [0.5, 0.5, 1.0, 1.0]
    known = {prior.name: prior for prior in priors()}
    values = [[known[n].at(float(x)) for n, x in zip(NAMES, row, strict=True)] for row in drawn]
    return Ensemble(NAMES, {name: (name,) for name in NAMES}, np.array(values), {})


def test_what_the_data_say_comes_first() -> None:
    found = told.identifiability(FIT)
    assert found["parameter"].tolist() == ["passive_share", "uptake_capacity", "axon_loss"]
    assert found["stage"].tolist() == ["body", "body", "nerve"]
    assert found["told_by_data"].tolist() == [0.95, 0.4, 0.02]


def test_the_ensemble_says_how_much_narrower_a_parameter_became() -> None:
    found = told.identifiability(FIT, members()).set_index("parameter")["told_by_members"]
    assert found["uptake_capacity"] == pytest.approx(1 - 0.25, abs=0.05)
    assert found["axon_loss"] == pytest.approx(0, abs=0.2)


def test_correlations_name_the_pair_that_is_tied_and_no_other() -> None:
    found = told.correlations(members())
    assert found[["first", "second"]].to_numpy().tolist() == [["uptake_capacity", "passive_share"]]
    row = found.iloc[0]
    assert row["low"] < row["correlation"] < row["high"]
    assert row["correlation"] == pytest.approx(0.8, abs=0.05)
    assert row["low"] < 0.8 < row["high"]


def test_chance_ties_nothing() -> None:
    assert told.correlations(members(4)).empty


def test_a_fit_that_does_not_say_is_refused() -> None:
    with pytest.raises(ModelError, match="told"):
        told.identifiability({"stages": {"first": 1}})
    with pytest.raises(ModelError, match="told"):
        told.identifiability({"priors": {}})


# Figures.


def test_the_figure_shows_each_output(effects: xarray.Dataset, tmp_path: Path) -> None:
    figure = plot_effects(effects, tmp_path / "effects.svg")
    drawn = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title("left") for axes in drawn] == effects["long_name"].values.tolist()
    labels = [text.get_text() for text in drawn[0].get_yticklabels()]
    top = sensitivity.strongest(effects, "serum_b12")
    assert labels == [sensitivity.words(name) for name in top]
    text = (tmp_path / "effects.svg").read_text()
    assert json.loads(effects.attrs["manifest"])["model"] in text
    assert "Serum vitamin B12" in text
    assert sensitivity.words(top[0]) in text


def test_the_figure_of_the_fit_shows_each_parameter() -> None:
    figure = plot_told(told.identifiability(FIT))
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [0.95, 0.4, 0.02]


# The command.


@pytest.fixture
def computed(effects: xarray.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find effects at once."""
    monkeypatch.setattr(sensitivity, "morris", lambda *_, **__: effects)


def run(*args: str) -> Any:
    return CliRunner().invoke(app, ["sensitivity", *args], prog_name="corrin")


@pytest.mark.usefixtures("computed")
def test_the_command_names_what_matters(effects: xarray.Dataset, tmp_path: Path) -> None:
    out, figure = tmp_path / "effects.csv", tmp_path / "effects.png"
    result = run("autoimmune-gastritis", "--at", "4y", "--out", str(out), "--figure", str(figure))
    assert result.exit_code == 0, result.stderr
    for output in effects["output"].values:
        for name in sensitivity.strongest(effects, str(output)):
            assert sensitivity.words(name) in result.stdout
    assert "not medical advice" in result.stdout
    rows = pd.read_csv(out)
    assert len(rows) == 3 * len(priors())
    first = rows[rows["output"] == "serum_b12"].iloc[0]
    assert first["parameter"] == sensitivity.strongest(effects, "serum_b12")[0]
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("computed")
def test_the_command_gives_json() -> None:
    answer = json.loads(run("autoimmune-gastritis", "--json").stdout)
    assert answer["counts"]["steps_tried"] >= 2 * len(priors())
    assert answer["manifest"]["seed"] == 5
    assert "not medical advice" in answer["manifest"]["use"]
    assert {"output", "parameter", "mu_star", "direction"} <= answer["rows"][0].keys()


def test_the_command_says_what_the_data_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "written", lambda: FIT)
    monkeypatch.setattr("corrin.faces.cli_sensitivity._members", members)
    result = run("--identifiability")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[1].startswith("passive share")
    assert "95 %" in lines[1]
    assert any("uptake capacity" in line and "+0.8" in line for line in lines)
    answer = json.loads(run("--identifiability", "--json").stdout)
    assert len(answer["rows"]) == 3
    assert len(answer["correlations"]) == 1


def test_without_an_ensemble_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "written", lambda: FIT)
    monkeypatch.setattr("corrin.faces.cli_sensitivity._members", lambda: None)
    assert "No ensemble is shipped" in run("--identifiability").stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], ["SCENARIO", "vegan"]),
        (["vegann"], ["vegann", "'vegan'"]),
        (["vegan", "--at", "4 yaers"], ["--at", "yaers"]),
        (["vegan", "--at", "0 y"], ["--at"]),
        (["vegan", "--output", "serum_b21"], ["--output", "'serum_b12'"]),
        (["vegan", "--trajectories", "1"], ["--trajectories", "2"]),
        (["vegan", "--seed", "-1"], ["--seed"]),
        (["vegan", "--out", "table.xlsx"], ["--out", ".csv"]),
        (["vegan", "--figure", "figure.gif"], ["--figure", ".png"]),
        (["vegan", "--identifiability"], ["--identifiability", "no scenario"]),
    ],
)
def test_bad_input_is_one_line(args: list[str], words: list[str]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert all(word in result.stderr for word in words)
