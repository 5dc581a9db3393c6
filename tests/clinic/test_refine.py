"""More virtual people where few fit: who is added makes the answer sharper and shifts nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from corrin.clinic import reference
from corrin.clinic.case import Case, make_case
from corrin.clinic.interpret import interpret
from corrin.clinic.posterior import FLOOR, Posterior, supply, weigh
from corrin.clinic.quantity import read_finding
from corrin.clinic.reference import (
    ADDED,
    CHUNK,
    LOOKS,
    Added,
    Population,
    chunk_stratum,
    simulate_courses,
)
from corrin.clinic.refine import added, refine
from corrin.clinic.strata import strata
from corrin.clinic.tests import named_test
from corrin.faces.cli import app
from corrin.units import YEAR


def case(age: float | None, sex: str | None, causes: tuple[str, ...] = (), **results: str) -> Case:
    found = [read_finding(named_test(n), text, f"--{n}") for n, text in results.items()]
    return make_case(found, age=age, sex=sex, causes=causes)


RARE = case(30, "male", b12="40 ng/L", mma="20 umol/L", hcy="70 umol/L", hb="70 g/L")


@pytest.fixture(scope="module")
def grown(people: Population) -> Population:
    return refine(RARE, people, most=500)


def bodies(
    count: int, seed: int, added: tuple[Added, ...] = (), *, told: bool = True
) -> Population:
    """People as the generator draws them, with traits only; `told` whether who was added is."""
    draw = np.random.default_rng(seed)
    kinds = [(i, *one.ages, 0.5, round(count * one.draws)) for i, one in enumerate(strata())]
    kinds += [(more.stratum, *more.ages, more.female, more.chunks * CHUNK) for more in added]
    parts: dict[str, list[np.ndarray]] = {n: [] for n in ("stratum", "age", "female", "since")}
    for index, low, high, female, number in kinds:
        since = strata()[index].longest * draw.random(number)
        parts["stratum"].append(np.full(number, float(index)))
        parts["age"].append(low + (high - low) * draw.random(number) + since / YEAR)
        parts["female"].append((draw.random(number) < female).astype(float))
        parts["since"].append(since)
    columns = {name: np.concatenate(found) for name, found in parts.items()}
    return Population(columns, count, None, added if told else ())


@pytest.mark.parametrize("age", [30.0, 67.0, None])
def test_the_prior_stays_what_it_was(age: float | None) -> None:
    gastritis = next(i for i, one in enumerate(strata()) if one.name == "autoimmune gastritis")
    more = (Added(gastritis, (30.0, 62.0), 1.0, 1000), Added(0, (25.0, 70.0), 0.0, 400))

    def shape(people: Population) -> np.ndarray:
        weights = people.prior(age)
        rows = people["stratum"] == gastritis
        ill = weights[rows] / weights[rows].sum()
        whole = [weights[people["stratum"] == i].sum() for i in (0, gastritis)]
        return np.array(
            [
                np.log(whole[1] / whole[0]),
                ill @ people["female"][rows],
                ill @ people["age"][rows] / 50,
                ill @ people["since"][rows] / strata()[gastritis].longest,
            ]
        )

    large = shape(bodies(1_500_000, 1))
    assert np.allclose(shape(bodies(60_000, 2, more)), large, atol=0.03)
    # Counted as if drawn from all, those who were added do shift it.
    assert not np.allclose(shape(bodies(60_000, 2, more, told=False)), large, atol=0.03)


def test_people_are_added_where_few_fit(people: Population, grown: Population) -> None:
    before, after = weigh(RARE, people), weigh(RARE, grown)
    assert added(people) == 0 and 0 < added(grown) <= 500
    assert after.exponent > before.exponent or after.alike < before.alike
    new = grown["course"] >= ADDED * CHUNK
    assert np.all(grown["female"][new] == 0)
    assert len(grown) == len(people) + new.sum() and new.sum() >= 0.98 * added(grown) * LOOKS
    assert np.array_equal(grown["serum_b12"][~new], people["serum_b12"].astype(np.float32))
    names = {strata()[one.stratum].name for one in grown.added}
    assert "autoimmune gastritis" in names


def test_nobody_is_added_where_enough_fit(people: Population) -> None:
    healthy = case(60, None, b12="420 ng/L")
    assert weigh(healthy, people).effective > FLOOR
    told: list[int] = []
    same = refine(healthy, people, progress=lambda done, most: told.append(done))
    assert same is people and not told


def test_the_same_people_are_added_again(people: Population, grown: Population) -> None:
    told: list[tuple[int, int]] = []
    again = refine(
        RARE, people, most=500, progress=lambda done, most: told.append((done, most)), threads=1
    )
    assert again.added == grown.added
    for name in ("course", "age", "since", "serum_b12"):
        assert np.array_equal(again[name], grown[name])
    assert told[0] == (0, 500) and told[-1] == (added(grown), 500)


def test_those_who_were_added_can_be_followed_and_are_told(grown: Population) -> None:
    found = interpret(RARE, grown, plans=("none", "cyanocobalamin 1 mg oral daily"), sets=())
    assert found.outlooks[0].people >= 20
    assert any(f"{added(grown)} more were simulated" in note for note in found.notes())
    assert found.to_dict()["reference_population"]["added"] == added(grown)
    course = int(grown["course"][grown["course"] >= ADDED * CHUNK][0])
    row = np.flatnonzero(grown["course"] == course)[0]
    person = grown.member(course).scenario.person
    assert person.age + grown["since"][row] / YEAR == pytest.approx(grown["age"][row], rel=1e-5)


def test_the_command_adds_people_unless_told_not_to(
    people: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "load", lambda: people)
    monkeypatch.setattr(reference, "available", lambda: people.courses)
    monkeypatch.setattr("corrin.clinic.refine.MOST", 100)
    rare = ["--b12", "40 ng/L", "--mma", "20 umol/L", "--hb", "70 g/L", "--age", "30"]
    said = []
    for more in ([], ["--no-refine"]):
        done = CliRunner().invoke(
            app, ["interpret", *rare, "--no-courses", "--guideline", "none", "--json", *more]
        )
        assert done.exit_code == 0, done.output
        said.append((json.loads(done.stdout)["reference_population"]["added"], done.stderr))
    assert said[0][0] == 100 and "up to 100 more are simulated" in said[0][1]
    assert said[1][0] == 0 and "simulated" not in said[1][1]


@pytest.mark.slow
def test_refined_answers_are_those_of_a_much_larger_population(people: Population) -> None:
    """Gastritis only: 300 courses and those that are added against 10,000."""
    ill = {i for i, one in enumerate(strata()) if one.label == "autoimmune gastritis"}
    chunks = [c for c in range(1000) if chunk_stratum(c)[0] in ill]
    large = simulate_courses(chunks)
    known = ("autoimmune gastritis",)
    asked = [
        case(30, "male", known, b12="60 ng/L", mma="6 umol/L", hb="85 g/L"),
        case(45, "female", known, b12="110 ng/L", mma="1.2 umol/L", hcy="30 umol/L"),
        case(55, "male", known, b12="80 ng/L", hcy="60 umol/L", mcv="112 fL"),
        case(67, "female", known, b12="150 ng/L", mma="0.7 umol/L", hb="120 g/L"),
        case(80, None, known, mma="3 umol/L", hcy="40 umol/L", hb="110 g/L"),
        case(None, None, known, b12="50 ng/L", mma="15 umol/L", hb="75 g/L"),
    ]
    far = []
    for one in asked:
        refined = refine(one, people, floor=150.0, most=1500)
        assert added(refined) > 0
        pair = [_plain(one, who) for who in (refined, large)]
        for name, read in READ.items():
            means, errors = zip(*(_mean(post, read(post.population)) for post in pair), strict=True)
            far.append((means[0] - means[1]) / np.hypot(*errors))
            assert abs(far[-1]) < 3.5, (name, one, means, errors)
    assert np.sqrt(np.mean(np.square(far))) < 1.5


READ = {
    "supply": supply,
    "stores": lambda who: np.log(who["body_b12"]),
    "since": lambda who: who["since"],
    "cord": lambda who: who["deficit_dorsal_columns"],
    "age": lambda who: who["age"],
}


def _plain(one: Case, who: Population) -> Posterior:
    """Return the posterior among people of nearly the age and the same sex, nothing tempered."""
    from corrin.clinic.posterior import effective, log_fit, prior_weights

    prior = prior_weights(one, who)
    fit = log_fit(one, who, prior)
    weights = prior * np.exp(fit - fit.max())
    weights /= weights.sum()
    return Posterior(who, prior, weights, effective(weights, who), 1.0)


def _mean(post: Posterior, values: np.ndarray) -> tuple[float, float]:
    """Return a weighted mean and its Monte-Carlo error; looks at one course go together."""
    mean = float(post.weights @ values)
    course = np.unique(post.population["course"], return_inverse=True)[1]
    return mean, float(np.sqrt(np.sum(np.bincount(course, post.weights * (values - mean)) ** 2)))
