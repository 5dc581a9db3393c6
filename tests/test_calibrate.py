"""The fit: priors, distances, the loss, and that tables, fit and ensemble belong together."""

from importlib.resources import files
from math import log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corrin import Scenario, simulate
from corrin.errors import InputError
from corrin.evidence import calibrate, member_predictions, misfit, natural, tables
from corrin.evidence.bench import Bench
from corrin.evidence.observations import observations, predict
from corrin.evidence.priors import STAGES, Prior, ids_of, of_stage, parameters_of, priors
from corrin.evidence.sources import fact
from corrin.model import load_model
from corrin.model.compose import read_table
from corrin.model.ensemble import ensemble as shipped
from corrin.model.loader import MODULES
from corrin.nerve.signal import NAMES, WAYS

ROWS = {row.name: row for module in MODULES for row in read_table(module)}


# Priors.


@given(
    st.sampled_from(["log", "logit", "linear"]),
    st.floats(0.01, 0.99),
    st.floats(0.05, 2),
    st.floats(-3, 3),
)
def test_coordinates_come_back(scale, value, width, coordinate):
    prior = Prior("p", ("p",), value, width, scale, "body", "assumed", "")
    assert prior.at(0) == pytest.approx(value)
    assert prior.coordinate(prior.at(coordinate)) == pytest.approx(coordinate, abs=1e-6)


def test_every_prior_sets_parameters_of_the_model():
    known = set(load_model().parameters["name"])
    seen = [name for prior in priors() for name in ids_of(prior)]
    assert set(seen) <= known
    assert len(seen) == len(set(seen)), "two priors set one parameter"
    assert {prior.stage for prior in priors()} == set(STAGES)
    assert all(prior.source for prior in priors())


def test_mechanisms_have_one_prior():
    """No mechanism is favoured before the experiments speak, but for one that was measured."""
    weights = [prior for prior in priors() if ".weight_" in prior.name]
    assert len(weights) == 21
    # Oligodendrocytes of man hardly renew themselves.
    known = {"cord.weight_dna_synthesis", "brain.weight_dna_synthesis"}
    assert all("N225" in prior.source for prior in weights if prior.name in known)
    rest = [prior for prior in weights if prior.name not in known]
    assert len({(p.value, p.width, p.scale) for p in rest}) == 1


# Distances.


def test_only_what_may_be_fitted_is_fitted():
    for stage in STAGES:
        for observed in misfit.fitted(stage):
            assert observed.use == "calibrate"
            assert all(fact(row).use == "calibrate" for row in observed.rows), observed.id


@pytest.mark.parametrize("observed", observations(), ids=lambda o: o.id)
def test_a_published_value_has_no_distance_to_itself(observed):
    """A limit has half a standard deviation: the model shall end inside and not on the edge."""
    scale = misfit.scale_of(observed)
    assert scale.width > 0
    allowed = 0.5 if scale.low < scale.high else 0.0
    assert abs(scale.distance(observed.value)) <= allowed + 1e-9
    assert scale.distance(nan) == misfit.FAILED


def test_a_mean_is_known_no_better_than_laboratories_agree():
    widths = [misfit.scale_of(o) for o in observations()]
    assert min(w.width for w in widths if w.logarithmic) >= misfit.LABORATORY


@given(st.floats(-30, 30))
def test_loss(distance):
    """Quadratic near 0, linear far out; its slope is the derivative."""
    step = 1e-5
    ends = calibrate.soft(np.array([distance - step, distance, distance + step]))
    slope = calibrate.soft_slope(np.array([distance]))[0]
    assert slope == pytest.approx((ends[2] - ends[0]) / (2 * step), rel=1e-4, abs=1e-6)
    assert abs(ends[1]) <= abs(distance) + 1e-12
    if abs(distance) < 0.1:
        assert ends[1] == pytest.approx(distance, rel=1e-2)


@pytest.mark.parametrize(
    ("value", "above", "held"),
    [(1.2, True, True), (1.0, True, False), (0.8, True, False), (0.8, False, True)],
)
def test_margins_tell_how_clearly_a_statement_holds(value, above, held):
    margin = natural.Margin("x, nerve", value, 1.0, above)
    assert (margin.distance == 0) is held
    edge = log(natural.CLEARLY) / natural.THRESHOLD
    assert natural.Margin("x", 1.0, 1.0, above).distance == pytest.approx(edge)
    assert natural.Margin("x", nan, 1.0, above).distance == natural.FAILED


# What ships.


def test_tables_hold_what_was_fitted():
    fit = calibrate.written()
    found = calibrate.found_values(fit)
    solver = {f"{tract}.{name}" for tract in WAYS for name in NAMES}  # corrin.evidence.conduction
    fitted = {name for name, row in ROWS.items() if row.grade == "fitted"} - solver
    untold = calibrate.untold(fit)
    assert fitted == set(found) - set(untold)
    assert {name: ROWS[name].grade for name in untold} == untold
    for name, value in found.items():
        assert ROWS[name].value == pytest.approx(value, rel=1e-4), name


def test_a_fit_is_written_with_its_values(tmp_path, monkeypatch):
    fit, taken = calibrate.written(), []
    monkeypatch.setattr(calibrate, "calibrate", lambda progress=None: fit)
    monkeypatch.setattr(calibrate, "_path", lambda: tmp_path / "fit.json")
    monkeypatch.setattr("corrin.evidence.tables.write_values", lambda v, **_: taken.append(v))
    assert calibrate.main(write=True) is fit
    assert calibrate.written() == fit and taken == [calibrate.found_values(fit)]


def test_balances_weigh_little_until_they_fail(monkeypatch):
    """A body far from the edge has no distance, and every step beyond it costs as much."""

    class Flows:
        def course(self, _text, _times, names):
            wholes = len(names) // 2
            return np.array([[self.part]] * wholes + [[1.0]] * wholes)

    bench, found = Flows(), []
    for bench.part in (0.2, 0.0, -0.1, -0.2):
        found.append(misfit.closing(bench)[0])
    assert found[0] < 1e-4
    assert found[1] == pytest.approx(log(2))
    assert found[3] - found[2] == pytest.approx(0.1 / misfit.BALANCE, rel=0.01)


def test_fit_belongs_to_priors_and_observations():
    for stage in calibrate.written()["stages"]:
        assert [row["name"] for row in stage["parameters"]] == [
            prior.name for prior in of_stage(stage["stage"])
        ]
        assert [row["id"] for row in stage["observations"]] == [
            o.id for o in misfit.fitted(stage["stage"])
        ]


#: The ensemble is made by `corrin calibrate --ensemble`; a checkout may be without.
made = pytest.mark.skipif(
    not (files("corrin.model") / "ensemble2026.parquet").is_file(), reason="no ensemble was made"
)


@made
def test_ensemble_is_large_and_proper():
    members = shipped()
    assert len(members) >= 400
    assert members.manifest["effective"] >= 150
    assert members.manifest["r_hat"] < 1.1
    assert np.isfinite(members.values).all()
    assert set(members.names) == {prior.name for prior in priors()}
    assert len(np.unique(members.values, axis=0)) == len(members)
    # Members differ: a parameter that never moves is not uncertain.
    assert (members.values.std(axis=0) > 0).all()


@made
@pytest.mark.slow
@pytest.mark.parametrize("index", [0, 57, 199])
def test_members_show_the_natural_experiments(index):
    table = natural.table(Bench(shipped().member(index)))
    assert table["holds"].all(), table.loc[~table["holds"], "experiment"].tolist()


@made
@pytest.mark.slow
def test_stored_predictions_are_those_of_the_members():
    stored = member_predictions.predictions()
    assert list(stored.columns) == [str(i) for i in range(member_predictions.SINGLE_MEMBERS)]
    assert set(stored.index) == {o.id for o in observations()}
    chosen = [o for o in observations() if o.theme in ("kinetics", "blood", "inborn")][::9]
    for index in (3, 71):
        bench = Bench(shipped().member(index))
        for observed in chosen:
            now = predict(observed, bench)
            assert stored.loc[observed.id, str(index)] == pytest.approx(
                now, rel=2e-3, abs=1e-4, nan_ok=True
            ), observed.id


@made
def test_a_member_is_a_parameter_set_of_its_own():
    scenario = Scenario.load("vegan")
    central = simulate(scenario, until=400.0, outputs=["serum_b12"], times=[0.0, 400.0])
    other = simulate(scenario, until=400.0, outputs=["serum_b12"], times=[0.0, 400.0], member=7)
    assert other.manifest["member"] == 7
    assert other.at(400.0, "serum_b12") != central.at(400.0, "serum_b12")
    with pytest.raises(InputError, match="no member"):
        simulate(scenario, until=1.0, member=10**6)


@made
def test_health_of_a_member_is_steady():
    text = Scenario.from_text("name: healthy\ntimeline: []\nuntil: 20 y", "test")
    result = simulate(text, member=11, outputs=["serum_b12", "hematocrit"], times=[0.0, 7300.0])
    for name in ("serum_b12", "hematocrit"):
        values = result.dataset[name].values
        assert values[1] == pytest.approx(values[0], rel=2e-3)


def test_fitted_values_get_rows_of_their_own(tmp_path, monkeypatch):
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "tract.csv").write_text(
        "name,value,unit,spread,grade,source,note\nweight,0.3,fraction,,assumed,,\n"
        "optic.path,1,fraction,,assumed,,\n"
    )
    monkeypatch.setattr(tables, "files", lambda _: tmp_path)
    tables.write_values({"weight": 0.5, "optic.weight": 0.7})
    tables.write_values({"optic.weight": 0.75})
    assert (folder / "tract.csv").read_text().splitlines()[1:] == [
        "weight,0.5,fraction,,fitted,,",
        "optic.weight,0.75,fraction,,fitted,,",
        "optic.path,1,fraction,,assumed,,",
    ]


def test_what_the_data_do_not_tell_keeps_the_grade_of_its_prior(tmp_path, monkeypatch):
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "blood.csv").write_text(
        "name,value,unit,spread,grade,source,note\nlife,120,day,,measured,,\n"
    )
    monkeypatch.setattr(tables, "files", lambda _: tmp_path)
    tables.write_values({"life": 118})
    tables.write_values({"life": 121}, untold={"life": "measured"})
    assert (folder / "blood.csv").read_text().splitlines()[1:] == ["life,121,day,,measured,,"]


def test_parameters_of_the_prior_are_the_prior():
    values = parameters_of(np.zeros(len(priors())))
    assert values["bile_reference"] == pytest.approx(
        next(p.value for p in priors() if p.name == "bile_reference")
    )
