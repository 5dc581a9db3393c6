"""The composed model: units, tables, balances, health, progression."""

import re
from dataclasses import replace

import numpy as np
import pytest

from corrin.engine import Protocol, default_engine
from corrin.evidence.bench import Bench
from corrin.model import load_model
from corrin.model.compose import PROCESSES, REPEATED, read_module, read_table
from corrin.model.loader import check_tables
from corrin.model.sbml import consistency
from corrin.study import Scenario, shipped
from corrin.variables import catalogue

YEAR = 365.25


@pytest.fixture(scope="module")
def engine():
    return default_engine(load_model())


def course(engine, name, outputs, until=None):
    scenario = Scenario.load(name)
    end = scenario.until if until is None else until
    times = np.linspace(0.0, end, 41)
    return engine.solve(scenario.protocol(end), times, outputs).values


def test_sbml_is_consistent_with_all_units_checked():
    findings = consistency(load_model().sbml)
    assert findings == []


def test_consistency_check_sees_a_broken_unit():
    unit = re.compile(r'(id="holotranscobalamin_reference" value="[^"]+" units=)"uM"')
    broken = unit.sub(r'\1"day"', load_model().sbml)
    assert broken != load_model().sbml
    assert consistency(broken)


def test_tables_and_modules_agree():
    check_tables()


@pytest.mark.parametrize("module", [*PROCESSES, *REPEATED, "main"])
def test_every_parameter_says_where_it_comes_from(module):
    for row in read_table(module):
        assert row.grade in ("measured", "fitted", "assumed"), row
        assert row.unit, row
        assert row.source or row.note, row
        if row.grade == "measured":
            assert row.source or row.note == "definition" or "molar" in row.note, row


@pytest.mark.parametrize("module", [*PROCESSES, *REPEATED, "main"])
def test_no_parameter_stands_unused(module):
    text = "\n".join(read_module(m).body for m in (*PROCESSES, *REPEATED, "main"))
    for row in read_table(module):
        assert row.name.split(".")[-1] in text, row.name


def test_public_outputs_are_symbols_of_the_model_in_the_same_unit():
    import libsbml

    model = libsbml.readSBMLFromString(load_model().sbml).getModel()
    units = {"fraction": "1", "pM": "pmol/L", "nM": "nmol/L", "uM": "umol/L", "ug": "ug",
             "percent": "%", "fL": "fL", "g_per_L": "g/L", "giga_per_L": "10^9/L",
             "percent_per_year": "%/year"}  # fmt: skip
    for name, variable in catalogue().items():
        parameter = model.getParameter(name)
        if parameter is None:
            assert model.getSpecies(name) is not None, name
            assert variable.unit == "umol/L"
        else:
            assert units[parameter.getUnits()] == variable.unit, name


def test_health_is_steady_for_fifty_years(engine):
    names = list(catalogue())
    values = engine.solve(Protocol(), np.linspace(0, 50 * YEAR, 26), names).values
    for name in names:
        start = values[name][0]
        assert np.all(np.abs(values[name] - start) <= 0.005 * abs(start) + 1e-6), name
    assert 300 <= values["serum_b12"][0] <= 350
    assert 50 <= values["holotranscobalamin"][0] <= 90
    assert 0.10 <= values["methylmalonic_acid"][0] <= 0.20
    assert 7 <= values["total_homocysteine"][0] <= 11
    assert 2000 <= values["body_b12"][0] <= 3000
    symptoms = [n for n, v in catalogue().items() if v.group == "symptom"]
    assert max(np.abs(values[n]).max() for n in symptoms) < 1e-6


@pytest.mark.parametrize("name", shipped())
def test_balances_close(engine, name):
    """Cobalamin, folate and methionine: what is there, less what came, plus what went."""
    scenario = Scenario.load(name)
    protocol = scenario.protocol()
    times = np.linspace(0.0, scenario.until, 9)
    outputs = ["cobalamin_balance", "folate_balance", "methionine_balance"]
    turnover = ["ingested_cobalamin", "ingested_folate", "ingested_methionine"]
    values = engine.solve(protocol, times, outputs + turnover, rtol=1e-10).values
    doses = np.array([sum(d.amount for d in protocol.doses if d.time < t) for t in times])
    for balance, through in zip(outputs, turnover, strict=True):
        expected = values[balance][0] + (doses if balance == "cobalamin_balance" else 0.0)
        scale = np.abs(values[balance]) + values[through]
        assert np.all(np.abs(values[balance] - expected) <= 1e-8 * scale), (name, balance)


@pytest.mark.parametrize("name", ["autoimmune-gastritis", "kuzminski-im", "cblc", "nitrous-oxide"])
def test_no_amount_is_negative(engine, name):
    import libsbml

    model = libsbml.readSBMLFromString(load_model().sbml).getModel()
    species = [s.getId() for s in model.getListOfSpecies()]
    values = course(engine, name, species)
    for s in species:
        assert values[s].min() >= -1e-7 * max(1.0, values[s].max()), s


def test_damage_is_progressive_and_feet_come_before_hands(engine):
    names = ["numbness_feet", "numbness_hands", "axons_dorsal_columns", "disability_score"]
    found = course(engine, "autoimmune-gastritis", names, until=10 * YEAR)
    assert np.all(np.diff(found["axons_dorsal_columns"]) <= 1e-9)
    assert np.all(np.diff(found["disability_score"]) >= -1e-6)
    feet = np.argmax(found["numbness_feet"] > 1)
    hands = np.argmax(found["numbness_hands"] > 1)
    assert 0 < feet < hands


def test_feet_tingle_before_feeling_is_lost(engine):
    # Damaged fibres fire on their own: the complaint comes while the fibres still work.
    names = ["numbness_feet", "deficit_sensory_foot", "deficit_dorsal_columns"]
    found = course(engine, "autoimmune-gastritis", names, until=10 * YEAR)
    first = np.argmax(found["numbness_feet"] > 0.5)
    assert first > 0
    assert max(found[name][first] for name in names[1:]) < 0.25


def test_all_symptom_groups_respond_in_deficiency(engine):
    names = ["numbness_feet", "numbness_hands", "leg_weakness", "balance", "cognition", "mood",
             "vision"]  # fmt: skip
    found = course(engine, "autoimmune-gastritis", names, until=10 * YEAR)
    for name in names:
        assert found[name][-1] > 1, name


def test_early_treatment_recovers_and_late_treatment_leaves_a_remainder(engine):
    early = course(engine, "treated-early", ["disability_score", "axons_dorsal_columns"])
    late = course(engine, "treated-late", ["disability_score", "axons_dorsal_columns"])
    assert early["disability_score"].max() > 1
    assert early["disability_score"][-1] < 0.25 * early["disability_score"].max()
    assert late["disability_score"][-1] > 1
    assert late["axons_dorsal_columns"][-1] < early["axons_dorsal_columns"][-1] - 0.1


@pytest.fixture(scope="module")
def relapse(engine):
    """A man treated when gastritis has made him anaemic; days since the first injection."""
    days = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0])
    text = "timeline: [{at: 0 d, cause: autoimmune gastritis}%s]"
    bench = Bench()
    start = bench.crossing(text % "", "hemoglobin", 70, until=15 * YEAR, rising=False)
    treated = text % f", {{at: {start} d, treat: hydroxocobalamin 1 mg im every 2 days}}"

    def read(name):
        return bench.course(treated, start + days, [name])[0]

    return read


def test_arrested_marrow_is_full_and_delivers_a_wave(relapse):
    """Cells that wait in S phase ripen all at once: more leave than the marrow takes in."""
    held, taken, delivered = (
        relapse(n) for n in ("stage_three", "marrow_drive", "effective_production")
    )
    assert held[0] > 1.2 * delivered[0]
    assert delivered[0] < 0.5 * taken[0]
    assert delivered[2] < 0.8 * delivered.max()
    assert delivered.max() > taken[np.argmax(delivered)]


def test_cells_made_before_treatment_still_die_early(relapse):
    death = relapse("death_two")
    assert death[5] > 0.5 * death[0] > 0
    assert relapse("young_frailty")[6] < 0.01 * relapse("young_frailty")[0]


def test_platelets_wait_for_megakaryocytes(relapse):
    made, counted = relapse("precursor_survival"), relapse("platelets_relative")
    assert made[2] > 0.95
    assert counted[2] - counted[0] < 0.1 * (1 - counted[0])
    assert counted[6] > 0.9


def test_folate_store_holds_serum_up_after_plenty():
    bench = Bench()
    lasted = []
    for eaten in (1.0, 3.0):
        text = f"person: {{diet: {{b12: 6 ug daily, folate: {eaten}}}}}\n"
        text += "timeline: [{at: 0 d, diet: {b12: 6 ug daily, folate: 0.0125}}]"
        lasted.append(bench.crossing(text, "serum_folate", 7, until=900.0, rising=False))
    assert lasted[1] > 3 * lasted[0]


def test_betaine_bounds_remethylation():
    """Where nothing else makes methionine BHMT rises less than homocysteine drives it."""
    text = "timeline: [{at: 0 d, cause: MTHFR deficiency}]"
    names = ["liver_bhmt_drive", "liver_bhmt", "liver_bhmt_flux"]
    drive, rate, health = Bench().course(text, [400.0], names)[:, 0]
    assert drive > 1.3
    assert 1 < rate / health < 0.9 * drive


def test_sheaths_made_anew_outlast_the_recovery_of_function(engine):
    # They conduct, so that function comes back, and stay thin and short.
    names = ["deficit_dorsal_columns", "myelin_dorsal_columns", "remade_dorsal_columns"]
    found = course(engine, "treated-early", names)
    lost, myelin, remade = (found[name] for name in names)
    assert remade[0] == 0
    worst = lost.argmax()
    assert remade[worst:].max() > 1.2 * remade[worst]
    half = worst + int(np.argmax(lost[worst:] < lost[worst] / 2))
    assert remade[half] > 0.5 * remade.max() > 0.04
    assert np.all(remade <= myelin + 1e-6)


def test_axons_of_nerves_can_die_back_while_their_myelin_stays(engine):
    # What feeds an axon is its cell body, not its sheath.
    names = ["myelin_sensory_foot", "axons_large_sensory_foot"]
    protocol = Scenario.load("autoimmune-gastritis").protocol(4 * YEAR)
    least = {}
    for exposure in (1.0, 4.0):
        own = {**protocol.parameters, "sensory_foot_axon_exposure": exposure,
               "sensory_foot_axon_starvation": 0.01}  # fmt: skip
        run = engine.solve(replace(protocol, parameters=own), [0.0, 4 * YEAR], names)
        least[exposure] = [float(run.values[name][-1]) for name in names]
    assert least[4.0][0] == pytest.approx(least[1.0][0], abs=1e-4)
    assert least[4.0][1] < 0.8 * least[1.0][1]
    assert least[4.0][1] < least[4.0][0]


def test_traits_of_a_person_move_their_own_tracts_only(engine):
    names = ["myelin_sensory_foot", "myelin_dorsal_columns", "myelin_white_matter"]
    protocol = Scenario.load("autoimmune-gastritis").protocol(6 * YEAR)

    def lost(**own):
        changed = replace(protocol, parameters={**protocol.parameters, **own})
        return engine.solve(changed, [0.0, 6 * YEAR], names).values

    usual = lost()
    for trait, moved in (("periphery_sensitivity", 0), ("brain_sensitivity", 2)):
        found = lost(**{trait: 1.5})
        for k, name in enumerate(names):
            more = float(usual[name][-1] - found[name][-1])
            assert (more > 0.01) if k == moved else (abs(more) < 1e-4), (trait, name)


def test_age_does_not_spare_the_young(engine):
    # Reserve of fibres goes in old age; a person of 25 is as exposed as one of 45.
    def factor(age):
        text = f"name: age\nperson: {{age: {age}}}\ntimeline: []\nuntil: 10 d\n"
        protocol = Scenario.from_text(text, "test").protocol()
        return float(engine.solve(protocol, [0.0], ["age_factor"]).values["age_factor"][0])

    assert factor(25) == pytest.approx(factor(45), rel=0.01)
    assert factor(85) > 1.05 * factor(45)
