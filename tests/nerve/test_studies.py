"""The laboratory: what it finds in health and in damage."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from corrin.errors import InputError
from corrin.nerve import Subject, examine, run_nerve
from corrin.nerve.studies import TRACTS, limits


def everywhere(**state: float) -> dict[str, dict[str, float]]:
    return {tract: dict(state) for tract in TRACTS}


@pytest.fixture(scope="module")
def healthy():
    return examine()


def flags(examination) -> dict[str, str]:
    return {f.limit.quantity: f.flag for f in examination.findings}


def test_the_average_person_is_normal(healthy):
    assert set(flags(healthy).values()) <= {"normal", ""}


def test_every_norm_has_a_source():
    for limit in limits().values():
        assert limit.source
        assert limit.grade in ("measured", "assumed")


def test_tibial_goes_before_median():
    """The same damage of the dorsal columns, over a path four times as long."""
    found = flags(examine({"dorsal_columns": {"myelin": 0.7}}))
    assert found["n22_p40"] == "abnormal"
    assert {found["n20"], found["n13_n20"]} == {"normal"}
    late = examine({"dorsal_columns": {"myelin": 0.05}})
    assert flags(late)["p40"] == "absent"
    assert flags(late)["n9"] == "normal"


def test_slowing_is_early_and_loss_late(healthy):
    before = [healthy.value(name) for name in ("tibial_velocity", "tibial_amplitude")]
    mild = examine({"motor_leg": {"myelin": 0.6}})
    severe = examine({"motor_leg": {"myelin": 0.1}})
    assert mild.value("tibial_velocity") < 0.92 * before[0]
    assert mild.value("tibial_amplitude") > 0.95 * before[1]
    assert severe.value("tibial_amplitude") < 0.7 * before[1]


def test_lost_axons_take_amplitude_not_velocity(healthy):
    found = examine({"sensory_foot": {"axons_large": 0.5}})
    ratio = found.value("sural_amplitude") / healthy.value("sural_amplitude")
    assert ratio == pytest.approx(0.5, rel=0.02)
    assert found.value("sural_velocity") == pytest.approx(healthy.value("sural_velocity"))


def test_each_tract_speaks_in_its_own_studies(healthy):
    for tract, changed, same in (
        ("optic", "p100_men", "p40"),
        ("corticospinal", "cmct_leg", "n20"),
        ("sensory_hand", "n9", "sural_velocity"),
        ("sensory_foot", "n22", "n9"),
        ("white_matter", "p100_men", "cmct_leg"),
        ("white_matter", "p40", "n22"),
    ):
        found = examine({tract: {"myelin": 0.4}})
        assert found.value(changed) != pytest.approx(healthy.value(changed), rel=0.005)
        assert found.value(same) == healthy.value(same)


def test_swelling_slows_the_cord_and_leaves_nerves_alone(healthy):
    """Oedema between lamellae does not slow nerves: Maxwell and Le Quesne 1979."""
    found = examine(everywhere(swelling=0.5))
    assert found.value("p40") > healthy.value("p40") + 0.5
    for name in ("sural_velocity", "tibial_velocity", "sural_amplitude"):
        assert found.value(name) == healthy.value(name)


def test_remade_columns_stay_late_while_their_volley_is_whole(healthy):
    """Tibial potentials stay abnormal, median ones become normal: Hemmer 1998, evidence N063."""
    found = examine({"dorsal_columns": {"remade": 0.6}})
    flags = {f.limit.quantity: f.flag for f in found.findings}
    assert flags["n22_p40"] == "abnormal" and flags["n20"] == "normal"
    assert found.value("p40_amplitude") > 0.85 * healthy.value("p40_amplitude")
    assert found.value("sural_velocity") == healthy.value("sural_velocity")


def test_height_skin_and_age_act_as_published(healthy):
    tall = examine(person=Subject(height=181.0))
    change = tall.value("tibial_velocity") - healthy.value("tibial_velocity")
    assert -3.0 <= change <= -1.5  # Norwegian guideline, evidence N185: -2 to -3 m/s per 10 cm
    cold = examine(person=Subject(skin_temperature=28.0))
    slope = (healthy.value("median_motor_velocity") - cold.value("median_motor_velocity")) / 5
    assert 0.1 < slope < 2.0  # Wu 1993, evidence N182: 0.1 to 1.8 m/s per degC; ulnar to 2.0
    late = (cold.value("tibial_distal_latency") - healthy.value("tibial_distal_latency")) / 5
    assert 0.13 < late < 0.3  # Kim 2006, evidence N183: 0.2 ms per degC
    old = examine(person=Subject(age=80.0))
    assert old.value("sural_amplitude") < 0.75 * healthy.value("sural_amplitude")


def test_a_seed_is_a_person_and_an_occasion_is_noise(healthy):
    first, again, later, other = (
        examine(seed=s, occasion=o) for s, o in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    values = [e.value("n20") for e in (first, again, later, other)]
    assert values[0] == values[1]
    assert abs(values[2] - values[0]) < 0.06 * values[0]
    assert len(set(values)) == 3


def test_table_and_json(healthy):
    frame = healthy.frame()
    assert {"quantity", "value", "unit", "low", "high", "flag", "source"} <= set(frame.columns)
    whole = json.loads(json.dumps(examine({"dorsal_columns": {"myelin": 0.05}}).to_dict()))
    absent = next(f for f in whole["findings"] if f["quantity"] == "p40")
    assert absent["value"] is None
    assert absent["flag"] == "absent"


@pytest.mark.parametrize(
    ("tracts", "text"),
    [
        ({"dorsal_colums": {}}, "did you mean 'dorsal_columns'"),
        ({"optic": {"mielin": 1.0}}, "did you mean 'myelin'"),
        ({"optic": {"myelin": 3.0}}, "tract myelin"),
    ],
)
def test_what_is_not_known_is_refused(tracts, text):
    with pytest.raises(InputError, match=text):
        examine(tracts)
    with pytest.raises(InputError, match="height"):
        Subject(height=17.0)


def test_a_run_is_examined_at_its_times():
    class Run:
        dataset = SimpleNamespace(data_vars=["myelin_dorsal_columns", "axons_dorsal_columns"])
        scenario = SimpleNamespace(person=SimpleNamespace(age=50.0, height=170.0, sex="female"))

        def at(self, time, name):
            return 1 - time / 1000 if name.startswith("myelin") else 1.0

    before, after = run_nerve(Run(), [0.0, 700.0])
    assert after.value("p40") > before.value("p40")
    assert after.value("p100_women") == pytest.approx(before.value("p100_women"))
    with pytest.raises(InputError, match="times"):
        run_nerve(Run(), [])


@pytest.mark.slow
def test_healthy_people_fall_on_the_norms():
    """Mean within half a published SD, spread within 0.7 to 1.4 of it, of 120 random people."""
    rng, found = np.random.default_rng(0), {}
    for seed in range(120):
        sex, height = (("female", 165.0), ("male", 177.0))[seed % 2]
        person = Subject(
            float(rng.uniform(20, 60)),
            float(rng.normal(height, 6.5)),
            sex,
            float(rng.normal(33, 0.7)),
        )
        for finding in examine(person=person, seed=seed).findings:
            found.setdefault(finding.limit.quantity, []).append(finding.value)
    for name, values in found.items():
        limit, spread = limits()[name], np.array(values)
        if np.isnan(limit.mean):
            continue
        logarithmic = limit.scale == "log"
        seen, mean = (np.log(spread), np.log(limit.mean)) if logarithmic else (spread, limit.mean)
        assert abs(seen.mean() - mean) < 0.5 * limit.spread, name
        if name != "tibial_f_latency":  # its norm is for one height
            assert 0.7 < seen.std(ddof=1) / limit.spread < 1.4, name


@pytest.mark.slow
def test_length_decides_in_a_group():
    """Of 60 people with the same damage of the columns, tibial potentials fail in more."""
    rng, tibial, median = np.random.default_rng(3), [], []
    for seed in range(60):
        state = {"dorsal_columns": {"myelin": float(rng.uniform(0.5, 0.95))}}
        found = flags(examine(state, Subject(height=float(rng.normal(171, 8))), seed))
        tibial.append(found["n22_p40"] != "normal" or found["p40"] != "normal")
        median.append(found["n13_n20"] != "normal" or found["n20"] != "normal")
    only_tibial = sum(a and not b for a, b in zip(tibial, median, strict=True))
    only_median = sum(b and not a for a, b in zip(tibial, median, strict=True))
    assert binomtest(only_tibial, only_tibial + only_median, alternative="greater").pvalue < 0.001
