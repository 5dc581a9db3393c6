"""Groups of people: the reader, the draws, the simulation, and what comes out of it."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.engine.initial import read_initial_state
from corrin.errors import InputError, ModelError
from corrin.evidence.bench import Bench
from corrin.evidence.observations import observations
from corrin.faces.cli import app
from corrin.model import load_model
from corrin.model.compose import read_table
from corrin.model.feasible import CLOSING, feasible
from corrin.study import Scenario, simulate
from corrin.study.population import Group, groups, sample, save_group, simulate_group, spreads
from corrin.study.population.assay import assays, measure
from corrin.study.population.draws import normals, uniforms
from corrin.study.population.people import couplings
from corrin.study.population.summary import summarise
from corrin.units import YEAR, b12_ug

SMALL = """
name: Test
age: {from: 60, to: 80, mean: 70, sd: 5}
female: 0.5
height: {female: 160 cm, male: 175 cm, sd: 6 cm}
weight: {female: 65 kg, male: 80 kg, spread: 0.15}
egfr: {at 50: 95, per year: -1, sd: 10}
diet:
  - {share: 0.8, diet: omnivore, spread: 0.3}
  - {share: 0.2, diet: vegan, spread: 0.5, since: 1 y to 4 y}
folate: 0.2
genotype: {MTHFR: {677TT: 0.1, 677CT: 0.4}}
events:
  - {share: 0.3, cause: autoimmune gastritis, since: 1 y to 3 y}
  - {share: 0.5, cause: metformin 2000 mg daily, at: 1 y, ages: 60 to 70}
correlations: [{between: [height, weight], r: 0.5}]
until: 5 y
"""


@pytest.fixture(scope="module")
def group():
    return Group.from_text(SMALL)


# The reader.


def test_reader_understands_every_key(group):
    assert group.age.mean == 70
    assert group.history == pytest.approx(4 * YEAR)
    assert group.events[0].first == pytest.approx(-3 * YEAR)
    assert group.events[1].ages == (60.0, 70.0)
    assert group.diets[1].since == pytest.approx((YEAR, 4 * YEAR))
    assert group.genotype == {"MTHFR": {"677TT": 0.1, "677CT": 0.4}}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("agee: 60", "did you mean 'age'"),
        ("age: {from: 60, too: 80}", "did you mean 'to'"),
        ("age: {from: 10, to: 80}", "not within 18 to 110"),
        ("age: {from: 60, to: 80, mean: 70}", "mean and sd go together"),
        ("female: 1.5", "not between 0 and 1"),
        ("height: {female: 160 kg, male: 170 cm, sd: 5 cm}", "not of length"),
        ("diet: {diet: vegn}", "vegan"),
        ("diet: [{share: 0.5, diet: vegan}, {share: 0.2, diet: omnivore}]", "add up to 0.7"),
        ("genotype: {MTHFR: {677TX: 0.1}}", "677TT"),
        ("genotype: {MTHFR: {677TT: 0.6, 677CT: 0.5}}", "more than 1"),
        ("events: [{share: 0.1, cause: metformn 2 g daily, at: 0 y}]", "metformin"),
        ("events: [{share: 0.1, cause: coeliac disease}]", "one of since and at"),
        ("events: [{cause: coeliac disease, since: 1 y to 2 y to 3 y}]", "not a range"),
        ("correlations: [{between: [height], r: 0.5}]", "two names"),
        ("assay: {serum_b21: {factor: 1.2}}", "serum_b12"),
        ("assay: {serum_b12: {faktor: 1.2}}", "factor"),
        ("assay: {serum_b12: {factor: 12}}", "not between 0.2 and 5"),
        ("assay: {serum_b12: {within: -0.1}}", "not between 0"),
        ("until: 0 y", "not after the start"),
    ],
)
def test_reader_says_what_is_wrong(line, says):
    with pytest.raises(InputError, match="(?s).*") as caught:
        Group.from_text(f"name: Test\n{line}\n", "file.yaml")
    assert says in str(caught.value)
    assert "file.yaml, line 2" in str(caught.value)


def test_unknown_group_names_the_nearest():
    with pytest.raises(InputError, match="healthy-adults"):
        Group.load("healthy-adult")


def test_correlation_with_an_unknown_name_is_refused():
    text = "name: Test\ncorrelations: [{between: [height, wait], r: 0.5}]\n"
    with pytest.raises(InputError, match="weight"):
        sample(Group.from_text(text), 3)


@pytest.mark.parametrize("name", groups())
def test_every_shipped_group_can_be_drawn_and_says_where_it_comes_from(name):
    one = Group.load(name)
    assert one.description and one.reference
    people = sample(one, 4)
    assert len({member.parameters["uptake_capacity"] for member in people}) == 4
    assert all(18 <= member.scenario.person.age <= 110 for member in people)


# The draws.


def test_draws_are_standard_normal_and_do_not_depend_on_the_number():
    many = normals(3, "uptake_capacity", 20_000)
    assert many[:10].tolist() == normals(3, "uptake_capacity", 10).tolist()
    assert many.mean() == pytest.approx(0, abs=0.03)
    assert many.std() == pytest.approx(1, abs=0.03)
    other = normals(3, "uptake_half", 20_000)
    assert np.corrcoef(many, other)[0, 1] == pytest.approx(0, abs=0.03)
    assert np.corrcoef(many, normals(4, "uptake_capacity", 20_000))[0, 1] == pytest.approx(
        0, abs=0.03
    )
    flat = uniforms(3, "age", 20_000)
    assert np.quantile(flat, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.02)


def test_people_are_as_the_group_says(group):
    people = sample(group, 900)
    traits = {name: np.array([m.traits[name] for m in people]) for name in people[0].traits}
    assert traits["age"].min() >= 60 and traits["age"].max() <= 80
    assert traits["age"].mean() == pytest.approx(70, abs=0.5)
    women = traits["sex"] == "female"
    assert women.mean() == pytest.approx(0.5, abs=0.05)
    assert traits["height"][women].mean() == pytest.approx(160, abs=1)
    assert traits["height"][~women].std() == pytest.approx(6, abs=0.6)
    log = np.log(traits["weight"][women])
    assert log.std() == pytest.approx(0.15, abs=0.02)
    assert np.corrcoef(traits["height"][women], log)[0, 1] == pytest.approx(0.5, abs=0.08)
    slope = np.polyfit(traits["age"], traits["egfr"], 1)[0]
    assert slope == pytest.approx(-1, abs=0.2)
    vegan = traits["diet"] == "vegan"
    assert vegan.mean() == pytest.approx(0.2, abs=0.04)
    assert np.median(traits["b12_intake"][vegan]) == pytest.approx(0.45, rel=0.1)
    assert np.log(traits["b12_intake"][~vegan]).std() == pytest.approx(0.3, abs=0.03)
    assert (traits["MTHFR"] == "677TT").mean() == pytest.approx(0.1, abs=0.03)
    ill = np.array(["autoimmune" in text for text in traits["causes"]])
    assert ill.mean() == pytest.approx(0.3, abs=0.05)
    metformin = np.array(["metformin" in text for text in traits["causes"]])
    assert not metformin[traits["age"] >= 70].any()
    assert metformin[traits["age"] < 70].mean() == pytest.approx(0.5, abs=0.06)


def test_history_lies_before_time_0_and_the_diet_is_eaten_from_its_begin(group):
    for member in sample(group, 60):
        for event in member.scenario.timeline:
            if event.text == "autoimmune gastritis":
                assert YEAR <= group.history - event.at <= 3 * YEAR
            if event.text.startswith("metformin"):
                assert event.at == pytest.approx(group.history + YEAR)
        changed = [e for e in member.scenario.timeline if e.kind == "diet"]
        assert bool(changed) == (member.traits["diet"] == "vegan")
        assert member.scenario.person.age == pytest.approx(member.traits["age"] - 4, abs=1e-9)


def test_a_spread_is_log_normal_around_the_shipped_median():
    one = next(s for s in spreads() if s.name == "mean_cell_volume_reference")
    people = sample(Group.from_text("name: Test"), 800)
    logs = np.log([m.parameters[one.ids[0]] for m in people])
    assert np.exp(np.median(logs)) == pytest.approx(one.values[0], rel=0.01)
    assert logs.std() == pytest.approx(one.sd, rel=0.08)


def test_a_row_for_many_tissues_is_one_trait_of_a_person():
    one = next(s for s in spreads() if s.name == "myelin_turnover")
    assert len(one.ids) > 5
    person = sample(Group.from_text("name: Test"), 1)[0]
    factors = [person.parameters[i] / v for i, v in zip(one.ids, one.values, strict=True)]
    assert factors == pytest.approx([factors[0]] * len(factors))


def test_overrides_move_the_median_and_the_spread():
    nobody = {s.name: 0.0 for s in spreads()}
    median = next(row.value for row in read_table("absorption") if row.name == "uptake_capacity")
    more = 1.02 * median  # much more, and the balances of a body could not close
    person = sample(
        Group.from_text("name: Test"), 1, parameters={"uptake_capacity": more}, spread=nobody
    )[0]
    assert person.parameters["uptake_capacity"] == pytest.approx(more)
    assert person.parameters["mean_cell_volume_reference"] == pytest.approx(89)
    with pytest.raises(InputError, match="uptake_capacity"):
        sample(Group.from_text("name: Test"), 1, spread={"uptake_capacit": 0.1})


def test_level_and_clearance_of_a_person_leave_the_flux_as_it_is():
    person = sample(Group.from_text("name: Test"), 1)[0]  # its clearance has no spread of its own
    values = person.parameters
    medians = {r.name: r.value for r in read_table("cobalamin")}
    flux = values["holotranscobalamin_reference"] * values["transcobalamin_uptake"]
    expected = medians["holotranscobalamin_reference"] * medians["transcobalamin_uptake"]
    assert flux == pytest.approx(expected)
    assert {name for name, *_ in couplings()} >= {"transcobalamin_uptake", "haptocorrin_clearance"}


def test_nobody_has_a_balance_that_cannot_close():
    initial = read_initial_state(load_model().sbml)
    people = sample(Group.from_text("name: Test"), 60, spread={"bile_reference": 0.4})
    for member in people:
        assert feasible(initial.values(member.parameters))
    # The first person of some seed had to be drawn again, and the others did not change.
    assert not feasible(dict.fromkeys(CLOSING, 1.0) | {"mutase_flux": -1.0})


def test_spreads_that_leave_no_body_are_an_error():
    with pytest.raises(ModelError, match="no body can exist"):
        sample(Group.from_text("name: Test"), 2, parameters={"bile_reference": 50.0})


# The simulation.


@pytest.fixture(scope="module")
def dataset(group):
    return simulate_group(group, 24, 5, [0.0, YEAR])


def test_dataset_is_labelled(dataset):
    assert dict(dataset.sizes) == {"person": 24, "time": 2}
    assert dataset["serum_b12"].attrs["units"] == "pmol/L"
    assert dataset["serum_b12"].attrs["reference_low"] == 148
    assert {"age", "sex", "diet", "MTHFR", "causes"} <= set(dataset.coords)
    assert dataset.attrs["failed"] == 0
    stamp = json.loads(dataset.attrs["manifest"])
    assert stamp["seed"] == 5 and stamp["people"] == 24 and "autoimmune" in stamp["scenario"]


def test_numbers_do_not_depend_on_batch_and_threads(group, dataset):
    fewer = simulate_group(
        group, 7, 5, [0.0, YEAR]    , threads=1
    )  # fmt: skip
    for name in ("serum_b12", "hematocrit"):
        assert fewer[name].values.tolist() == dataset[name].values[:7].tolist()
    other = simulate_group(group, 7, 6, [0.0, YEAR])
    assert other["serum_b12"].values.tolist() != fewer["serum_b12"].values.tolist()


def test_the_median_person_alone_is_the_person_of_a_scenario():
    text = "name: Test\nage: 50\nevents: [{cause: autoimmune gastritis, at: 0 y}]\nuntil: 4 y\n"
    nobody = {s.name: 0.0 for s in spreads()}
    found = simulate_group(
        Group.from_text(text), 1, 1, [0.0, 3 * YEAR], measured=False, spread=nobody
    )
    alone = simulate(
        Scenario.from_text(
            "name: a\ntimeline: [{at: 0 y, cause: autoimmune gastritis}]\nuntil: 4 y\n"
        ),
        times=[0.0, 3 * YEAR],
    )
    expected = alone.dataset["serum_b12"].values
    assert found["serum_b12"].values[0] == pytest.approx(expected, rel=1e-4)


def test_causes_lower_what_they_should(group):
    data = simulate_group(group, 120, 1, [0.0], measured=False)
    ill = np.array(["autoimmune" in text for text in data["causes"].values])
    values = data["serum_b12"].values[:, 0]
    assert np.median(values[ill]) < 0.7 * np.median(values[~ill])


def test_laboratory_noise_has_its_published_width():
    truth = np.full((4000, 2), 300.0)
    seen = measure("serum_b12", truth, [0.0, 30.0], 1)
    own = assays()["serum_b12"]
    assert np.log(seen).std() == pytest.approx(own.width, rel=0.03)
    assert own.width == pytest.approx(np.hypot(0.075, 0.086), rel=0.01)
    assert np.median(seen) == pytest.approx(300, rel=0.01)
    assert np.corrcoef(seen.T)[0, 1] == pytest.approx(0, abs=0.05)
    assert measure("hematocrit", truth, [0.0, 30.0], 1) is truth
    # A sample at one time does not depend on the others.
    assert measure("serum_b12", truth[:, 1:], [30.0], 1)[:, 0].tolist() == seen[:, 1].tolist()


def test_a_group_has_its_own_laboratory():
    plain = "name: Test\nage: 60\ndiet: {diet: omnivore, spread: 0.3}\n"
    own = "assay:\n  serum_b12: {factor: 1.3}\n  methylmalonic_acid: {within: 0.4}\n"
    usual, other = (
        simulate_group(Group.from_text(text), 40, 2, [0.0], ["serum_b12", "methylmalonic_acid"])
        for text in (plain, plain + own)
    )
    assert other["serum_b12"].values == pytest.approx(1.3 * usual["serum_b12"].values)
    truth = simulate_group(
        Group.from_text(plain + own), 40, 2, [0.0], ["methylmalonic_acid"], measured=False
    )
    noise = [
        np.log(data["methylmalonic_acid"].values / truth["methylmalonic_acid"].values).std()
        for data in (usual, other)
    ]
    assert noise[1] > 3 * noise[0]


def test_groups_are_measured_by_the_laboratory_of_their_study():
    assert Group.load("adults-usa").assay["serum_b12"].factor == pytest.approx(1.2)
    assert Group.load("oxfordshire-elderly").assay["methylmalonic_acid"].within == 0.23
    assert not Group.load("healthy-adults").assay


def test_summary_counts_people_beyond_the_limits(dataset):
    row = summarise(dataset).query("quantity == 'serum_b12' and time == 0").iloc[0]
    values = dataset["serum_b12"].values[:, 0]
    assert row["median"] == pytest.approx(np.median(values))
    assert row["below"] == pytest.approx(100 * np.mean(values < 148))


def test_files_hold_every_person(dataset, tmp_path):
    import pandas as pd
    import xarray

    save_group(dataset, tmp_path / "a.csv")
    save_group(dataset, tmp_path / "a.parquet")
    save_group(dataset, tmp_path / "a.nc")
    table = pd.read_csv(tmp_path / "a.csv")
    assert len(table) == 48 and {"person", "time", "age", "serum_b12"} <= set(table)
    assert len(pd.read_parquet(tmp_path / "a.parquet")) == 48
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        assert back["serum_b12"].values == pytest.approx(dataset["serum_b12"].values)
    with pytest.raises(InputError, match=".csv"):
        save_group(dataset, tmp_path / "a.xls")


def test_bench_runs_a_group_once():
    bench = Bench()
    seen = bench.group("healthy-adults", n=20)
    assert bench.group("healthy-adults", n=20) is seen
    truth = bench.group("healthy-adults", n=20, measured=False)
    assert truth["serum_b12"].values.tolist() != seen["serum_b12"].values.tolist()
    assert truth["hematocrit"].values.tolist() == seen["hematocrit"].values.tolist()


def test_intake_of_a_member_is_that_of_the_scenario(group):
    for member in sample(group, 30):
        if member.traits["diet"] == "omnivore":
            values = member.scenario.person.diet.values
            eaten = b12_ug(values["food_b12"] + values["fortified_b12"])
            assert eaten == pytest.approx(member.traits["b12_intake"], rel=1e-4)


# The command.


def run(*arguments):
    return CliRunner().invoke(app, ["population", *arguments])


def test_command_sums_up_a_group(tmp_path):
    target = tmp_path / "people.csv"
    done = run("healthy-adults", "--n", "20", "--until", "0y", "--out", str(target))
    assert done.exit_code == 0, done.output
    assert "Serum vitamin B12" in done.output
    assert len(target.read_text().splitlines()) == 21


def test_command_speaks_json():
    done = run("healthy-adults", "--n", "10", "--until", "0y", "--json")
    answer = json.loads(done.stdout)
    assert answer["people"] == 10 and answer["failed"] == 0
    assert {row["quantity"] for row in answer["summary"]} >= {"serum_b12", "hematocrit"}


def test_command_lists_groups():
    assert json.loads(run("list", "--json").stdout)["groups"][0]["name"] == groups()[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("healthy-adult",), "healthy-adults"),
        (("healthy-adults", "--n", "0"), "give 1 to"),
        (("healthy-adults", "--out", "a.xls"), "unknown file ending"),
        (("healthy-adults", "--until", "5 parsecs"), "parsecs"),
    ],
)
def test_command_says_what_is_wrong(arguments, says, capsys):
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in done.output + done.stderr


# The observations.


@pytest.mark.slow
def test_every_observation_of_populations_can_be_read():
    bench = Bench()
    for one in observations():
        if one.theme == "population":
            assert np.isfinite(one.read(bench)), one.id


def test_written_spreads_change_nothing_else(monkeypatch, tmp_path):
    import csv
    import shutil
    from importlib.resources import files
    from pathlib import Path

    from corrin.evidence import spread

    here = Path(str(files("corrin.model") / "modules"))
    shutil.copytree(here, tmp_path / "modules")
    monkeypatch.setattr(spread, "files", lambda _: tmp_path)
    spread.write_spreads({"uptake_capacity": 0.123, "bile_reference": 0.0})
    changed = []
    for path in sorted(here.glob("*.csv")):
        old = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        new = list(csv.reader((tmp_path / "modules" / path.name).read_text().splitlines()))
        for before, after in zip(old, new, strict=True):
            if before != after:
                changed.append((before[0], after[3]))
                assert before[:3] + before[4:] == after[:3] + after[4:]
    assert sorted(changed) == [("bile_reference", ""), ("uptake_capacity", "0.123")]


@pytest.mark.slow
def test_healthy_people_differ_as_published():
    # Reference intervals and variation between people that the spreads were fitted to.
    bench = Bench()
    names = {
        "abildgaard2022-b12-p2.5", "abildgaard2022-b12-p97.5", "refsum2006-holotc-p2.5",
        "refsum2006-holotc-p97.5", "ozkanay2023-b12-between", "sjcli2019-mma-between",
        "sjcli2019-hcy-between",
    }  # fmt: skip
    for one in observations():
        if one.id in names:
            assert one.agrees(one.read(bench)), one.id


@pytest.mark.slow
def test_spread_fit_is_deterministic_and_fits_no_validation(monkeypatch):
    from corrin.evidence import spread

    fitted = [name for names, _ in spread.STAGES.values() for name in names]
    assert sorted(fitted) == sorted(spread.PRIORS)
    seen = [name for _, names in spread.STAGES.values() for name in names]
    assert {o.use for o in observations() if o.id in seen} == {"calibrate"}
    stage = {"test": (("methylmalonic_acid_reference",), ("sjcli2019-mma-between",))}
    monkeypatch.setattr(spread, "STAGES", stage)
    monkeypatch.setattr(spread, "PRIORS", {"methylmalonic_acid_reference": 0.4})
    one, two = spread.fit(), spread.fit()
    assert one["spread"] == two["spread"]
    assert one["stages"][0]["cost"][1] < one["stages"][0]["cost"][0]
    assert one["spread"]["methylmalonic_acid_reference"] < 0.4
