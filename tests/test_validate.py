"""Validation: arithmetic of agreement on observations made by hand, its command and its page."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from math import hypot, inf, isfinite, isnan, log, nan
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from corrin.errors import InputError, SolverError
from corrin.evidence import misfit, predictive, replayed, validate
from corrin.evidence.bench import Bench
from corrin.evidence.observations import THEMES, Observation, observations, predict
from corrin.evidence.sources import fact
from corrin.faces import validation_plot
from corrin.faces.cli import app
from corrin.faces.cli_validate import print_validation, reason
from corrin.faces.validation_page import published_spread, validation_page
from corrin.provenance import PURPOSE, versions

PLAIN = Observation(
    id="plain", theme="kinetics", quantity="Serum B12 <of some>", statistic="mean", value=300.0,
    low=None, high=None, spread="", n=None, unit="pmol/L", population="adults", rows=("K054",),
    use="validate", known=False, note="Nobody knows. The model has no such people.",
    read=lambda bench: 330.0,
)  # fmt: skip
SPREAD = replace(PLAIN, id="spread", low=270.0, high=320.0, spread="sd", n=40)
KNOWN = replace(PLAIN, id="known", known=True, rows=("K055", "MET135"))
FITTED = replace(PLAIN, id="fitted", theme="blood", use="calibrate", rows=(), note="")
DROP = replace(PLAIN, id="drop", value=-20.0, unit="%", statistic="change")
HAND_MADE = (PLAIN, SPREAD, KNOWN, FITTED, DROP)


def members_only(observed, members):
    """Nine tenths of the members, without noise: for counting by hand."""
    solved = [m for m in members if isfinite(m)]
    return tuple(np.quantile(solved, [0.05, 0.95])) if solved else (nan, nan)


@pytest.fixture(autouse=True)
def no_noise(monkeypatch):
    monkeypatch.setattr(validate, "interval", members_only)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(validate, "observations", lambda: HAND_MADE)
    members = pd.DataFrame([[200.0 + i for i in range(101)], [nan] * 101], ["plain", "spread"])
    return validate.validation(object(), predictions=members).set_index("id", drop=False)


def _studies(*rows):
    """Return the sources of some evidence rows, each once."""
    return {key for row in rows for key in fact(row).sources}


# Arithmetic.


@pytest.mark.parametrize(
    ("observed", "predicted", "agrees"),
    [
        (PLAIN, 200.0, True),  # 1.5-fold, where no spread is published
        (PLAIN, 199.0, False),
        (PLAIN, 450.0, True),
        (PLAIN, 451.0, False),
        (SPREAD, 270.0, True),
        (SPREAD, 320.1, False),  # within 1.5-fold, but outside what was published
        (DROP, -30.0, True),
        (DROP, -13.0, False),
        (DROP, 20.0, False),
        (replace(PLAIN, low=250.0, high=inf), 1e9, True),
        (PLAIN, nan, False),
    ],
)
def test_what_agrees(observed, predicted, agrees):
    row = validate.compare(observed, predicted, [])
    assert row["agrees"] is agrees
    assert row["limit_low"] <= observed.value <= row["limit_high"]


@pytest.mark.parametrize(
    ("published", "predicted", "fold"),
    [(300, 330, 1.1), (-20, -30, 1.5), (2, 0, 0), (0, 2, nan), (-20, 5, nan), (2, nan, nan)],
)
def test_fold(published, predicted, fold):
    found = validate.fold(published, predicted)
    assert isnan(found) if isnan(fold) else found == pytest.approx(fold)


def test_the_interval_holds_members_and_noise():
    """A published value scatters about the members by its own error and by what models lack."""
    members = [*np.linspace(250, 350, 101), nan, inf]
    low, high = predictive.interval(PLAIN, members)
    assert low < 255 and high > 345
    narrow = predictive.interval(PLAIN, [300.0] * 50)
    noise = hypot(misfit.scale_of(PLAIN).width, predictive.discrepancy()[PLAIN.theme])
    # A hundred points stand for the normal distribution.
    assert log(narrow[1] / 300) == pytest.approx(1.645 * noise, rel=0.05)
    assert all(isnan(end) for end in predictive.interval(PLAIN, [nan]))


@pytest.mark.parametrize(("model_error", "expected"), [(0.0, 0.0), (0.3, 0.3), (1.0, 1.0)])
def test_what_data_error_leaves_unexplained(model_error, expected):
    """Of residuals that hold a known error of the model, that error is found again."""
    rng = np.random.default_rng(1)
    width = rng.uniform(0.05, 0.3, 4000)
    away = rng.normal(0, np.hypot(width, model_error))
    found = predictive._unexplained(list(zip(away, width, strict=True)))
    assert found == pytest.approx(expected, abs=0.05)


def test_nine_of_ten_residuals_lie_within_the_interval():
    """Whatever their distribution: the next one does so with that probability."""
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(300):
        away, width = rng.standard_t(2, 41), rng.uniform(0.1, 0.3, 41)
        extra = predictive._unexplained(list(zip(away[:40], width[:40], strict=True)))
        inside.append(abs(away[40]) <= 1.645 * hypot(width[40], extra))
    assert 0.86 < np.mean(inside) < 0.97


def test_rows_carry_interval_coverage_and_source(table):
    plain, spread = table.loc["plain"], table.loc["spread"]
    assert (plain["interval_low"], plain["interval_high"]) == (205, 295)
    assert not plain["covered"] and plain["difference"] == 30
    assert isnan(spread["interval_low"]) and pd.isna(spread["covered"])
    assert spread["n"] == 40 and pd.isna(plain["n"])
    assert plain["studies"] == " ".join(fact("K054").sources) and plain["source"]
    assert table.loc["known", "grade"] == "memory" == fact("MET135").grade
    assert plain["grade"] == fact("K054").grade == "seen"
    assert table.loc["fitted", "source"] == table.loc["fitted", "grade"] == ""


def test_summary_counts_uses_and_views_apart(table):
    counts = validate.summary(table).set_index(["use", "theme", "known"])
    new = counts.loc[("validate", "all", False)]
    # 330 agrees with 300, not with 270 to 320, and has not the sign of -20.
    assert (new["observations"], new["agree"], new["studies"]) == (3, 1, len(_studies("K054")))
    assert new["share"] == pytest.approx(1 / 3) and new["fold"] == pytest.approx(1.1)
    assert new["coverage"] == 0
    assert counts.loc[("validate", "kinetics", True), "agree"] == 1
    assert counts.loc[("validate", "kinetics", True), "studies"] == len(_studies("K055", "MET135"))
    assert isnan(counts.loc[("calibrate", "blood", False), "coverage"])
    assert len(counts) == 6
    assert validate.misses(table, "validate")["id"].tolist() == ["spread", "drop"]
    assert validate.misses(table, "calibrate").empty


def test_a_fold_counts_alike_upwards_and_downwards(table):
    table["fold"] = [0.5, 2.0, 1.0, 1.0, 0.0]
    counts = validate.summary(table).set_index(["use", "theme", "known"])
    assert counts.loc[("validate", "all", False), "fold"] == 2


def test_what_cannot_be_solved_is_a_miss(monkeypatch):
    def fail(bench):
        raise SolverError("the step became too small")

    monkeypatch.setattr(validate, "observations", lambda: (replace(PLAIN, read=fail),))
    row = validate.validation(object()).iloc[0]
    assert isnan(row["predicted"]) and not row["agrees"] and isnan(row["fold"])


def test_one_theme_and_progress(monkeypatch):
    monkeypatch.setattr(validate, "observations", lambda: HAND_MADE)
    seen = []
    found = validate.validation(object(), "blood", each=lambda i, n, o: seen.append((i, n, o.id)))
    assert found["id"].tolist() == ["fitted"] and seen == [(1, 1, "fitted")]
    assert validate.summary(found)["theme"].tolist() == ["blood"]
    with pytest.raises(InputError, match="'blood'"):
        validate.validation(theme="blod")


def test_no_observation_is_an_empty_table(monkeypatch):
    monkeypatch.setattr(validate, "observations", tuple)
    found = validate.validation(object())
    assert found.empty and list(found.columns) == list(validate.COLUMNS)
    assert validate.summary(found).empty
    assert "</html>" in validation_page(found, versions())


# Words.


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("Man of 73. The model has no gut. Means of 1.5 to 2.", "The model has no gut."),
        ("Man of 73 years. Read off at 5.5 h.", "Read off at 5.5 h."),
        ("Remodelling counts.", "Remodelling counts."),
        ("", ""),
    ],
)
def test_the_sentence_that_tells_why(note, sentence):
    assert reason(note) == sentence


def test_published_spread_in_words(table):
    assert published_spread(table.loc["spread"].to_dict()) == "sd 270 to 320, n = 40"
    assert published_spread(table.loc["plain"].to_dict()) == ""
    limit = MappingProxyType({"low": 3.0, "high": inf, "spread": "limit", "n": pd.NA})
    assert published_spread(limit) == "limit 3 or more"


def test_the_text_lists_misses_before_everything_else(table):
    console = Console(width=110)
    with console.capture() as capture:
        print_validation(table, console)
    text = capture.get()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines[0] == "Validation: what the model misses"
    assert lines[1].startswith("kinetics: Serum B12 <of some>: published 300 pmol/L (sd 270 to")
    assert lines[2] == "The model has no such people."
    assert text.index("Kinetics, validation") < text.index("Blood, calibration")
    assert "1 of 3" in text and "in view" in text


# The page.


class _Page(HTMLParser):
    """Collects tags, and whether each is closed in its turn."""

    VOID = {"meta", "path", "rect", "br", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text, self.outside = [], [], "", []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href") and not v.startswith("#")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_every_observation_and_needs_nothing_from_outside(table):
    page = _Page()
    stamp = {**versions(), "model": "0123abcd", "use": PURPOSE}
    page.feed(validation_page(table, stamp))
    assert page.open == [] and page.outside == [] and "script" not in page.tags
    for words in ("1 of 3 observations agree", "Serum B12 <of some>", PURPOSE, "0123abcd",
                  "The model has no such people.", "sd 270 to 320, n = 40", "205 to 295",
                  "recalled, not read", "Coverage"):  # fmt: skip
        assert words in page.text, words
    assert "nan" not in page.text.lower().replace("finance", "")


def test_dots_lie_where_their_numbers_are():
    rows = pd.DataFrame([validate.compare(PLAIN, 30.0, [10.0, 1000.0])])
    assert validation_plot.ends(rows) == (10, 1000)
    drawn = validation_plot.scatter(rows, (10.0, 1000.0), "told")
    # 300 is 0.7386 of the way from 10 to 1000 across, 30 is 0.2386 of the way up.
    assert 'class="mark" d="M738.6 380.7h.01"' in drawn
    assert 'class="hole"' in drawn  # a tenth of the value is a miss
    strip = validation_plot.forest(rows.iloc[0].to_dict())
    assert 'class="mark" d="M0.0 50.0h.01"' in strip  # beyond 8-fold, at the edge
    assert 'class="band" x="403"' in strip  # log(8/1.5) / log(64) = 0.4025
    assert validation_plot.forest(validate.compare(DROP, 5.0, [])) == ""


# The command.


def invoke(*args):
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(arg) for arg in args], prog_name="corrin")


def test_the_command_gives_strict_json_a_table_and_a_page(monkeypatch, tmp_path):
    monkeypatch.setattr(validate, "observations", lambda: HAND_MADE)
    members = pd.DataFrame([[250.0, 350.0]], ["plain"])
    monkeypatch.setattr("corrin.faces.cli_validate.ensemble_predictions", lambda: members)
    out, page = tmp_path / "table.csv", tmp_path / "page.html"
    answer = invoke("validate", "--json", "--out", out, "--report", page)
    assert answer.exit_code == 0, answer.stderr

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    found = json.loads(answer.stdout, parse_constant=refuse)
    assert [row["id"] for row in found["rows"]] == [o.id for o in HAND_MADE]
    assert found["rows"][0]["low"] is None and found["rows"][1]["n"] == 40
    assert found["rows"][0]["known"] is False
    assert found["rows"][0]["interval_low"] == 255 and found["rows"][0]["covered"] is True
    assert found["rows"][1]["interval_low"] is None and found["rows"][1]["covered"] is None
    assert found["summary"][0]["observations"] == 3
    assert found["manifest"]["use"] == PURPOSE and found["manifest"]["model"]
    assert pd.read_csv(out)["predicted"].tolist() == [330.0] * 5
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert invoke("validate").exit_code == 0


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--theme", "kinetic"], "'kinetics'"),
        (["--out", "table.xlsx"], ".csv"),
        (["--report", "page.pdf"], ".html"),
        (["--write", "--theme", "blood"], "--theme"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_runs(args, word, monkeypatch):
    monkeypatch.setattr(validate, "validation", lambda **_: pytest.fail("compared"))
    answer = invoke("validate", *args)
    assert answer.exit_code == 2 and answer.stdout == ""
    assert answer.stderr.count("\n") == 1 and word in answer.stderr


# What ships.

STALE = "run 'corrin validate --write': model, tables or readings are not those of the replay"


@pytest.mark.slow
def test_what_ships_is_what_a_replay_gives():
    known = replayed.shipped()
    assert known is not None, STALE
    bench = Bench()
    for theme in THEMES:
        own = [o for o in observations() if o.theme == theme]
        for observed in own[:: max(1, len(own) // 3)][:3]:
            found = predict(observed, bench)
            assert known[observed.id] == pytest.approx(found, rel=1e-6, nan_ok=True), observed.id


def test_what_ships_holds_every_observation_once():
    known = replayed.shipped()
    assert known is not None, STALE
    assert list(known) == [o.id for o in observations()]
    table = validate.validation(central=known, each=lambda *_: pytest.fail("replayed"))
    assert table["predicted"].tolist() == pytest.approx(list(known.values()), nan_ok=True)


def test_what_is_not_known_is_replayed(monkeypatch):
    monkeypatch.setattr(validate, "observations", lambda: HAND_MADE)
    seen = []
    known = {"plain": 310.0, "spread": nan, "of another table": 1.0}
    found = validate.validation(
        object(), central=known, each=lambda i, n, o: seen.append(o.id)
    ).set_index("id")
    assert seen == ["known", "fitted", "drop"]
    assert found.loc["plain", "predicted"] == 310 and found.loc["known", "predicted"] == 330
    assert isnan(found.loc["spread", "predicted"]) and not found.loc["spread", "agrees"]


@pytest.mark.parametrize("key", ["model", "observations"])
def test_a_replay_of_another_model_or_table_is_not_shown(key, monkeypatch, tmp_path):
    path = tmp_path / "validation.json"
    monkeypatch.setattr(replayed, "_path", lambda: path)
    monkeypatch.setattr(replayed, "observations", lambda: HAND_MADE)
    assert replayed.shipped() is None
    rows = [{"id": o.id, "predicted": nan if o is DROP else 2.5} for o in HAND_MADE]
    assert replayed.write(rows, 1.0) == path
    known = replayed.shipped()
    assert known is not None and known["plain"] == 2.5 and isnan(known["drop"])
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["predicted"]["drop"] is None
    path.write_text(json.dumps({**kept, key: "another"}), encoding="utf-8")
    assert replayed.shipped() is None
    with pytest.raises(ValueError, match="not all"):
        replayed.write(rows[:2], 1.0)


def test_the_command_replays_what_is_asked_again(monkeypatch):
    calls = []
    monkeypatch.setattr(validate, "observations", lambda: HAND_MADE)
    monkeypatch.setattr(replayed, "shipped", lambda: {o.id: 1.0 for o in HAND_MADE})
    monkeypatch.setattr(replayed, "write", lambda rows, seconds: calls.append(list(rows)))
    monkeypatch.setattr("corrin.faces.cli_validate.ensemble_predictions", lambda: None)

    def predicted(*args):
        found = invoke("validate", "--json", *args)
        assert found.exit_code == 0, found.stderr
        return [row["predicted"] for row in json.loads(found.stdout)["rows"]]

    assert predicted() == [1.0] * 5 and calls == []
    assert predicted("--replay") == [330.0] * 5 and calls == []
    assert predicted("--write") == [330.0] * 5
    assert [row["predicted"] for row in calls[0]] == [330.0] * 5
