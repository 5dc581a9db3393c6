"""The report: one self-contained page that says what the arrays say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.faces import chart, findings, report, timeline
from corrin.faces.bodymap import REGIONS, bodymap
from corrin.faces.curves import curves, first_crossing
from corrin.faces.report import report_html, write_report
from corrin.faces.timeline import Span
from corrin.faces.wording import GRADES, Clock, grade_text, level, number, percent
from corrin.study import Scenario, simulate
from corrin.units import YEAR
from corrin.variables import catalogue
from synthetic_result import course, healthy, make, many_injections, treated_late

_VOID = {"meta", "br", "hr", "img", "link", "input"}
_EVIL = "<script>alert(\"x\")</script> & 'quoted'"


class Page(HTMLParser):
    """Reads a page and refuses tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module", params=[healthy, treated_late, many_injections])
def page(request):
    text = report_html(request.param())
    return text, Page(text)


@pytest.fixture(scope="module")
def late():
    result = treated_late()
    text = report_html(result)
    return result, text, Page(text)


def test_page_is_self_contained_and_small(page):
    text, parsed = page
    assert len(text.encode()) < 2_500_000
    assert {"script", "link", "iframe", "img", "object"}.isdisjoint(t for t, _ in parsed.tags)
    for _, attrs in parsed.tags:
        for key, value in attrs.items():
            assert not re.match(r"\s*(https?:)?//", value or "") or key.startswith("xmlns")
            assert not key.startswith("on")
    assert "@import" not in text and not re.search(r"url\((?!#)", text)


def test_ids_are_unique_and_references_lead_somewhere(page):
    _, parsed = page
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in parsed.tags:
        for reference in (attrs.get("aria-labelledby") or "").split():
            assert reference in ids
        for reference in re.findall(r"url\(#([^)]+)\)", " ".join(str(v) for v in attrs.values())):
            assert reference in ids


def test_semantics(page):
    _, parsed = page
    assert [len(parsed.all(tag)) for tag in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    assert parsed.all("html") == [{"lang": "en"}]
    assert all(attrs.get("scope") for attrs in parsed.all("th"))
    for attrs in parsed.all("svg"):
        named = attrs.get("aria-label") or attrs.get("aria-labelledby")
        assert attrs.get("aria-hidden") == "true" or (attrs.get("role") == "img" and named)
    assert parsed.all("figure") and len(parsed.all("figure")) == len(parsed.all("figcaption"))
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_output_is_shown_with_long_name_and_unit(late):
    result, _, parsed = late
    for name, known in catalogue().items():
        assert name in result.dataset
        assert known.long_name in parsed.text, name
    for unit in ("pmol/L", "µmol/L", "g/L", "fL", "10⁹/L", "µg", "% per year"):
        assert unit in parsed.text


def test_purpose_and_rerun_are_stated(late):
    result, _, parsed = late
    assert "not a medical device" in parsed.text
    assert "corrin run scenario.yaml --report report.html" in parsed.text
    assert result.manifest["model"] in parsed.text
    assert " ".join(result.scenario.to_yaml().split()) in parsed.text
    for sentence in result.scenario.assumptions():
        assert " ".join(sentence.split()) in parsed.text


def test_a_run_cut_short_is_rerun_cut_short():
    scenario = Scenario.from_text("name: Short\nuntil: 10 y")
    times = np.linspace(0, 4 * YEAR, 50)
    assert "--until 4y --report" in report_html(make(scenario, 0 * times, times))


def test_what_users_write_is_inert():
    text = report_html(treated_late(_EVIL))
    parsed = Page(text)
    assert parsed.all("script") == []
    assert "<script" not in text.lower()
    assert _EVIL in parsed.text


def test_timeline_entries_are_escaped(monkeypatch):
    # No scenario that parses has markup in an entry today; the page must not rely on that.
    evil = [Span("cause", _EVIL, 0.0, YEAR, False)]
    for module in (report, timeline):
        monkeypatch.setattr(module, "spans", lambda scenario, end: evil)
    text = report_html(healthy())
    assert "<script" not in text and Page(text).text.count(_EVIL) == 2


def test_headline_tells_worst_symptom_grade_and_time(late):
    result, _, parsed = late
    drawn = curves(result)
    worst = max(REGIONS, key=lambda name: result.dataset[name].values.max())
    assert worst == "balance"
    grade = GRADES[level(drawn[worst].values.max())]
    head = parsed.text.split("What happened")[0]
    assert f"Her balance and walking suffer: {grade} at year 4." in head
    assert "a simulated woman of 58" in head


def test_healthy_person_has_no_symptom_and_no_orange_curve():
    text = report_html(healthy())
    assert "No symptom up to year 10." in text
    assert "line harm" not in text and 'class="warn"' not in text and "dot harm" not in text
    assert "Never in this run" in text


def test_laboratory_alone_leads_when_nothing_is_felt():
    scenario = Scenario.from_text("name: Early\nperson: {sex: female}\nuntil: 4 y")
    times = np.linspace(0, 4 * YEAR, 200)
    result = make(scenario, 0.36 * times / times[-1], times, names=[
        "serum_b12", "methylmalonic_acid", "balance",
    ])  # fmt: skip
    result.dataset["balance"].values[:] = 0.0
    moment = findings.worst(curves(result))
    assert moment is not None and moment.time == pytest.approx(4 * YEAR)
    assert "methylmalonic" in moment.reason
    text = report_html(result)
    assert "No symptom up to year 4." in text and "No symptom in this run." in text
    maps = re.findall(r"<figcaption>([^<]+)</figcaption>", text)
    assert maps == ["Start", "End, year 4"]
    assert "methylmalonic acid high from year" in text


@pytest.mark.parametrize(("rise", "told"), [(0.02, 500.0), (0.5, 502.0)])
def test_the_worst_moment_has_its_cause_where_complaints_hardly_grow_after(rise, told):
    """A cause ends at day 500 and complaints peak two days later."""
    times = np.arange(0.0, 601.0)
    scenario = Scenario.from_text("name: Ended\nperson: {sex: female}\nuntil: 600 d")
    result = make(scenario, 0 * times, times, names=["balance"])
    result.dataset["balance"].values[:] = np.interp(
        times, [0, 400, 500, 502, 520, 600], [0, 0, 2, 2 + rise, 1, 0]
    )
    moment = findings.worst(curves(result))
    assert moment is not None
    assert moment.time <= told and moment.time > told - 4


def test_only_some_outputs_still_make_a_page():
    scenario = Scenario.from_text("name: Few\nuntil: 3 y")
    times = np.linspace(0, 3 * YEAR, 60)
    parsed = Page(report_html(make(scenario, 0 * times, times, names=["serum_b12"])))
    assert "Serum vitamin B12" in parsed.text and "Where it is felt" not in parsed.text


def test_key_dates_of_a_ramp_are_exact():
    scenario = Scenario.from_text("name: Ramp\nperson: {sex: female}\nuntil: 10 y")
    times = np.linspace(0, 3652.5, 37)
    result = make(scenario, 0 * times, times)
    ramp = {
        "serum_b12": (300, 100), "methylmalonic_acid": (0.1, 0.5), "total_homocysteine": (10, 30),
        "mean_cell_volume": (90, 110), "hemoglobin": (140, 90), "numbness_feet": (0, 4),
    }  # fmt: skip
    for name, (first, last) in ramp.items():
        result.dataset[name].values[:] = np.linspace(first, last, times.size)
    limits = {
        "serum_b12": 148, "methylmalonic_acid": 0.271, "total_homocysteine": 15,
        "mean_cell_volume": 100, "hemoglobin": 120, "numbness_feet": 1,
    }  # fmt: skip
    dates = {date.curve.name: date for date in findings.key_dates(curves(result))}
    for name, limit in limits.items():
        first, last = ramp[name]
        assert dates[name].first == pytest.approx(3652.5 * (limit - first) / (last - first))
        assert dates[name].over is None
        assert dates[name].extreme == pytest.approx(last)
    assert dates["numbness_hands"].first is None


def test_key_date_is_over_when_the_value_is_back_for_good():
    scenario = Scenario.from_text("name: Dip\nuntil: 10 y")
    times = np.linspace(0, 3652.5, 101)
    result = make(scenario, 0 * times, times, names=["serum_b12"])
    result.dataset["serum_b12"].values[:] = 300 - 200 * np.exp(-(((times - 1500) / 300) ** 2))
    (date,) = findings.key_dates(curves(result))
    half = 300 * np.sqrt(np.log(200 / 152))
    assert date.first == pytest.approx(1500 - half, abs=5)
    assert date.over == pytest.approx(1500 + half, abs=40)
    assert first_crossing(date.curve, 50, "low") is None


def test_permanent_loss_is_axons_of_the_centre_only(late):
    result, _, _ = late
    lost = {loss.tract: loss for loss in findings.losses(curves(result))}
    assert set(lost) == set(findings.TRACTS)
    for tract, loss in lost.items():
        central = findings.TRACTS[tract][2]
        gone = 1 - result.dataset[f"axons_{tract}"].values
        expected = gone if central else 0 * gone
        assert loss.permanent == pytest.approx(expected)
        assert np.all(loss.total >= loss.permanent - 1e-12)


def test_body_map_has_word_and_number_for_every_region():
    grades = {name: 0.6 * i for i, name in enumerate(REGIONS)}
    drawn = bodymap(grades, {name: 0.4 for name in REGIONS}, caption="Year 4 <b>")
    parsed = Page(drawn)
    for name, region in REGIONS.items():
        assert region.word in parsed.text
        assert f"{region.word} {grade_text(grades[name])} chance 40 %" in parsed.text
        expected = f"var(--severity-{level(grades[name])},"
        assert expected in drawn
    assert parsed.all("title") and parsed.all("desc")
    assert "Year 4 <b>" in parsed.text and parsed.all("b") == []


def test_body_map_says_what_was_not_computed_and_refuses_unknown_symptoms():
    assert "not computed" in bodymap({"balance": 1.0}, caption="Some")
    with pytest.raises(InputError, match="balance"):
        bodymap({"balanse": 1.0}, caption="Wrong")


def test_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    result = healthy()
    target = tmp_path / "report.html"
    write_report(result, target)
    assert target.read_text(encoding="utf-8") == report_html(result)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(InputError, match=r"\.html"):
        write_report(result, tmp_path / "report.pdf")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(result, tmp_path / "missing" / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_reduced_curve_keeps_every_peak():
    times = np.arange(20_000.0)
    values = np.sin(times / 7)
    values[12_345] = 9.0
    kept_times, kept = chart.reduced(times, values)
    assert kept.size < 700 and kept.max() == 9.0 and kept_times[np.argmax(kept)] == 12_345
    assert kept_times[[0, -1]].tolist() == [0, 19_999]


def test_drawn_path_stays_on_the_curve():
    times = np.linspace(0, 1000, 500)
    frame = chart.Frame(0, 1000, 0, 1)
    values = course(times, 500, None) * 0.9 + 0.05
    d = re.search(r'd="M([^"]+)"', chart.line(frame, times, values)).group(1)
    points = np.array(d.split(), dtype=float).reshape(-1, 2)
    drawn = np.interp(times, points[:, 0], points[:, 1])
    assert np.abs(drawn - frame.y(values)).max() < 2
    assert len(points) < 100


def test_a_real_run_is_reported_as_computed():
    result = simulate(Scenario.load("autoimmune-gastritis"), until="5 y")
    parsed = Page(report_html(result))
    times, b12 = result.dataset["time"].values, result.dataset["serum_b12"].values
    below = times[np.argmax(b12 < 148)]
    (date,) = [d for d in findings.key_dates(curves(result)) if d.curve.name == "serum_b12"]
    assert b12.min() < 148 and below - 7 <= date.first <= below
    when = Clock.spanning(5 * YEAR).text(date.first)
    assert f"Serum B12 low below 148 pmol/L {when}" in parsed.text
    assert "autoimmune gastritis from" in parsed.text


def test_a_step_before_saw_teeth_stays_a_step():
    times = np.arange(0.0, 1000.0)
    values = np.where(times < 400, 0.5 - times / 1000, 0.8 + 0.1 * ((times - 400) % 20) / 20)
    frame = chart.Frame(0, 1000, 0, 1)
    shown = chart.outline(frame, times, values)
    at = np.interp([399, 405, 700], shown.times, shown.edge)
    assert at == pytest.approx([0.1, 0.8, 0.8], abs=0.03)
    assert np.interp(700, shown.times, shown.other) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(("low", "high", "expected"), [
    (0, 1, [0, 0.5, 1]), (80, 110, [80, 90, 100, 110]), (0, 16, [0, 10]), (5, 5, [5]),
])  # fmt: skip
def test_ticks(low, high, expected):
    assert chart.ticks(low, high) == pytest.approx(expected)


def test_log_ticks_lie_inside():
    assert chart.log_ticks(0.06, 4) == pytest.approx([0.1, 0.3, 1, 3])
    assert chart.log_ticks(3, 3e5) == pytest.approx([10, 100, 1000, 1e4, 1e5][::2])


def test_words_of_numbers():
    assert [number(v) for v in (0, 0.271, 15.0, 1234.4, 3.04e-6, float("nan"))] == [
        "0", "0.271", "15", "1\u2009234", "3.04\u2009×\u200910⁻⁶", "not known",
    ]  # fmt: skip
    assert [percent(v) for v in (0, 0.001, 0.42, 0.999, 1)] == [
        "0 %",
        "<1 %",
        "42 %",
        ">99 %",
        "100 %",
    ]
    assert grade_text(2.6) == "marked, 2.6 of 4" and grade_text(0.46) == "faint, 0.5 of 4"
    assert Clock.spanning(8 * YEAR).text(3.8 * YEAR) == "year 3.8"
    assert Clock.spanning(0.5 * YEAR).name == "month" and Clock.spanning(30).name == "day"
