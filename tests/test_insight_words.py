"""Words, pathway, counterfactuals and experiments: each number computed, each edge in the model."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from corrin.evidence.sources import facts
from corrin.faces.why_page import strongest, why_page
from corrin.faces.why_svg import pathway_svg, shares_svg
from corrin.insight import members as many
from corrin.insight.algebra import algebra
from corrin.insight.counterfactual import (
    LATER,
    STANDARD,
    counterfactuals,
    last_chances,
    treated_at,
)
from corrin.insight.experiments import Draws, by_experiments, likelihood
from corrin.insight.members import one_set
from corrin.insight.pathway import effects, nodes, pathway
from corrin.insight.runs import solve
from corrin.insight.tell import candidates, expected_left, predicted
from corrin.insight.why import explain
from corrin.insight.words import words
from corrin.model.loader import read_edges
from corrin.study import Scenario
from test_why import versions

YEAR = 365.25
NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Names of things that hold a digit and are no values.
NAMES = re.compile(r"\bB12\b")


@pytest.fixture(scope="module")
def found():
    return explain(["balance", "mood", "vision"], "autoimmune-gastritis", "9 y", central=True)


@pytest.fixture(scope="module")
def others(found):
    return counterfactuals(found)


def told(found, others, name):
    answer = next(a for a in found.answers if a.symptom == name)
    chances = last_chances(found.scenario, [name], found.time, one_set("test"))
    return words(answer, others, chances[name])


def check(spoken):
    """Every sentence rests on values, and every number in it is one of them."""
    assert spoken.sentences
    for sentence in spoken.sentences:
        assert sentence.keys, sentence.text
        known = " ".join(spoken.values[key].text for key in sentence.keys)
        # Numbers may stand in the name of what is explained, such as a scale; not in the rest.
        for number in NUMBER.findall(NAMES.sub("", sentence.text)):
            assert number in NUMBER.findall(known), sentence.text


@pytest.mark.parametrize("name", ["balance", "mood"])
def test_no_sentence_without_a_value_and_no_number_of_its_own(found, others, name):
    spoken = told(found, others, name)
    check(spoken)
    assert len(spoken.of("plain")) > 4 and len(spoken.of("specialist")) > 4


def test_words_over_versions_and_with_intervals(monkeypatch):
    monkeypatch.setattr(many, "ENOUGH", 4)
    chosen = versions(6, seed=5)
    found = explain(["balance", "cognition"], "nitrous-oxide-low-stores", "9 mo", chosen=chosen)
    for answer in found.answers:
        check(words(answer, counterfactuals(found)))


def test_nothing_is_said_to_be_explained_in_health():
    found = explain(["balance"], "healthy", "4 y", central=True)
    spoken = words(found.answers[0], counterfactuals(found))
    check(spoken)
    assert "too little to explain" in spoken.of("plain")[0]
    assert len(spoken.sentences) == 2


def test_what_a_user_wrote_stays_out_of_the_template(found, others):
    answer = found.answers[0]
    odd = tuple(replace(m, name="{value} 7: ] <b>") for m in answer.events[:1])
    spoken = words(replace(answer, events=(*odd, answer.events[0])), others)
    check(spoken)
    assert any("{value} 7: ] <b>" in text for text in spoken.of("plain"))


def test_a_sentence_without_a_value_is_refused():
    from corrin.insight.words import _sentence

    with pytest.raises(ValueError):
        _sentence("plain", "This is so.", (), {})
    with pytest.raises(ValueError):
        _sentence("plain", "This is {made up}.", (), {})


# The pathway.


def test_every_edge_of_the_model_is_in_the_pathway():
    gains = [link.gain for link in pathway().links if link.gain]
    assert sorted(gains) == sorted(read_edges())


def test_every_edge_of_the_pathway_is_in_the_model():
    rules, known = algebra(), nodes()
    for link in pathway().links:
        source, target = known[link.source], known[link.target]
        near = set().union(*(rules.reached(symbol) for symbol in source.feeds.split()))
        ends = set(target.feeds.split())
        assert ends & near, link
        if link.gain:
            # What the gain multiplies reaches the target, as the source does.
            assert (ends | {target.symbol}) & rules.reached(link.gain), link


def test_paths_from_mechanisms_on_are_those_of_the_formulas():
    paths = {(p.source, p.target) for p in pathway().links if p.layer == "path"}
    assert {("methylation", "dorsal_columns"), ("dorsal_columns", "balance")} <= paths
    assert {("transmitters", "mood"), ("anaemia", "cognition"), ("optic", "vision")} <= paths
    assert ("optic", "mood") not in paths and ("transmitters", "optic") not in paths
    assert len([p for p in paths if p[0] == "trophic"]) == 7


def test_evidence_of_every_edge_is_there_with_its_best_grade():
    for link in pathway().links:
        if link.gain:
            assert link.rows and all(row in facts() for row in link.rows)
            assert link.grade in {facts()[row].grade for row in link.rows}


def test_boxes_lie_apart_and_inside():
    places = [(n.x, n.y) for n in nodes().values()]
    for i, (x, y) in enumerate(places):
        assert 68 <= x <= 1032 and 30 <= y <= 782
        for x2, y2 in places[i + 1 :]:
            assert abs(x - x2) >= 140 or abs(y - y2) >= 40, (x, y, x2, y2)


def test_effects_add_up_along_the_pathway(found):
    for answer in found.answers[:2]:
        drawn = effects(found, answer)
        injury = sum(link.effect for link in drawn.links if link.layer == "injury")
        into = sum(x.effect for x in drawn.links if x.target == answer.symptom)
        assert (injury, into) == pytest.approx((1, 1), abs=1e-6)


def test_the_pathway_as_svg_json_and_graphml(found):
    drawn = effects(found, found.answers[0])
    picture = ElementTree.fromstring(pathway_svg(drawn))
    assert len(picture.findall(".//{*}rect")) == len(drawn.nodes)
    assert len(picture.findall("{*}path")) == len(drawn.links)
    widths = [float(p.get("style").split(":")[1]) for p in picture.findall("{*}path")]
    assert max(widths) > 4
    graph = ElementTree.fromstring(drawn.to_graphml().encode())
    assert len(graph.findall(".//{*}edge")) == len(drawn.links)
    assert json.loads(json.dumps(drawn.to_dict()))["symptom"] == "balance"


def test_bars_and_page_are_well_formed(found, others):
    for answer in found.answers:
        if answer.explained:
            ElementTree.fromstring(shares_svg(answer, answer.mechanisms))
    spoken = [words(a, others) for a in found.answers]
    drawn = effects(found, strongest(found))
    page = why_page(found, spoken, drawn, [], {"corrin": "0", "model": "x"})
    assert page.count("<section") == page.count("</section")
    assert "balance" in page and "nan" not in page


def test_the_figure_is_drawn(found, tmp_path):
    figure = found.answers[0].plot(tmp_path / "why.png")
    assert (tmp_path / "why.png").stat().st_size > 5000
    assert len(figure.axes) == 1


# What would have been.


def test_had_methylation_held_is_the_cut_of_methylation(found, others):
    for answer in found.answers:
        other = next(
            o for o in others if o.symptom == answer.symptom and o.key == "methylation held"
        )
        assert other.value == pytest.approx(answer.mechanism("methylation").without, abs=1e-9)


def test_without_nitrous_oxide_nothing_happens():
    found = explain(["balance"], "nitrous-oxide", "9 mo", central=True)
    found_keys = {o.key: o.value for o in counterfactuals(found)}
    assert found_keys["nitrous oxide avoided"] == pytest.approx(found.answers[0].twin, abs=1e-6)
    assert "nitrous oxide avoided" not in {
        o.key for o in counterfactuals(explain(["balance"], "vegan", "5 y", central=True))
    }


def test_treatment_before_the_last_chance_leaves_nothing_and_after_it_does(found):
    chance = last_chances(found.scenario, ["balance"], found.time, one_set("test"))["balance"]
    assert chance.outcome == "time" and chance.treatment == STANDARD
    far = found.time + LATER
    left = [
        solve([treated_at(found.scenario, chance.time + shift, far).protocol(far)], far)[0]
        for shift in (-30.0, 30.0)
    ]
    from corrin.insight.runs import outputs

    before, after = (row[outputs().index("balance")] for row in left)
    assert before < 0.5 < after


def test_the_treatment_of_the_scenario_is_the_one_that_is_moved():
    late = Scenario.load("treated-late")
    moved = treated_at(late, 100.0, 3000.0)
    kinds = [e for e in moved.timeline if e.kind == "treat"]
    assert len(kinds) == 1 and kinds[0].at == 100.0


# Which experiment would tell.


def test_an_experiment_that_shows_the_share_takes_its_variance_away():
    rng = np.random.default_rng(3)
    share = rng.normal(size=(300, 1))
    weights = np.full(300, 1 / 300)
    left, behind = expected_left(share, share, 0.2, weights)
    # A normal share of variance 1 seen with noise of .2: what is left is .04/(1 + .04).
    assert left[0] == pytest.approx(0.04 / 1.04, rel=0.2)
    assert behind > 10
    left, _ = expected_left(share, rng.normal(size=(300, 1)), 1.0, weights)
    assert left[0] > 0.93


def test_candidates_can_be_run():
    for candidate in candidates()[:4]:
        results = predicted(candidate, one_set("test"))
        arms = bool(candidate.treat) + bool(candidate.cut)
        assert results.shape == (1, len(candidate.outputs) * max(arms, 1))
        assert np.isfinite(results).all()
    assert len({c.id for c in candidates()}) == len(candidates())


def test_experiments_weigh_draws_by_how_far_they_fail():
    parts = np.array([[0.2, 0.8], [0.6, 0.4], [np.nan, np.nan]])
    drawn = Draws(("a", "b"), parts, {"x": np.array([0.0, 2.0, 0.0]), "y": np.zeros(3)})
    assert likelihood(drawn, []).tolist() == [1, 1, 0]
    assert likelihood(drawn, ["x"]) == pytest.approx([1, np.exp(-1), 0])
    table = by_experiments(drawn)
    assert list(table["set"]) == ["none", "only x", "only y", "all but x", "all but y", "all"]
    assert table["a low"].isna().all()  # far fewer than 300 draws
