"""Why, treatment, results and model: what they say against what the server says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import Server

Visit = Callable[..., Any]

SCENARIO = "treated-late"
STATE = f"scenario={SCENARIO}&t=5.5&symptom=numbness_feet"
LONG = 120_000  # ms that an answer may take on a busy machine


def plain(text: str) -> str:
    """Text with one kind of blank."""
    return re.sub(r"[\s\u00a0\u2009]+", " ", text).strip()


def texts(found: Any) -> list[str]:
    return [plain(text) for text in found.all_inner_texts()]


def percent(share: float) -> str:
    from corrin.faces import wording

    return plain(f"−{wording.percent(-share)}" if share <= -0.005 else wording.percent(share))


# Why.


@pytest.fixture
def why(visit: Visit) -> Any:
    page = visit(f"{STATE}&view=why")
    page.wait_for_selector("#why .share", timeout=LONG)
    return page


def test_why_shows_the_shares_that_the_server_gives(why: Any, server: Server) -> None:
    answer = server.post("why", {"scenario": SCENARIO, "at": 5.5, "symptom": "numbness_feet"})
    shown = [m for m in answer["mechanisms"] if abs(m["part"]) >= 0.005]
    assert texts(why.locator("#why .share-part")) == [percent(m["part"]) for m in shown]
    ranges = texts(why.locator("#why .share-range"))
    told = ["no range" if m["part_low"] is None else percent(m["part_low"]) for m in shown]
    assert all(one.startswith(start) for one, start in zip(ranges, told, strict=True))
    assert len(why.locator("#why .spread-dot").all()) == len(shown)
    bars = sum(m["part_low"] is not None for m in shown)
    assert len(why.locator("#why .spread-bar").all()) == bars
    assert plain(why.locator("#why-title").inner_text()) == "Why are her feet numb?"


@pytest.mark.parametrize(("button", "level"), [("Plain", "plain"), ("Clinical", "specialist")])
def test_why_speaks_the_sentences_of_the_command(
    why: Any, server: Server, button: str, level: str
) -> None:
    answer = server.post("why", {"scenario": SCENARIO, "at": 5.5, "symptom": "numbness_feet"})
    why.get_by_role("radio", name=button).click()
    told = [plain(one["text"]) for one in answer["sentences"] if one["level"] == level]
    lead = plain(why.locator("#why .answer").inner_text())
    assert lead == " ".join(told[:2])
    why.locator("#why .why-words summary").click()
    page = plain(why.locator("#why .why-words").inner_text())
    assert all(sentence in page for sentence in told)
    had = [one["text"] for one in answer["sentences"] if one["text"].startswith("Had ")]
    assert had and all(plain(one) in page for one in had)
    assert plain(why.locator("#why .last-time").inner_text()) in [
        plain(s["text"]) for s in answer["sentences"] if "chance" in s["values"]
    ]


def test_the_path_leads_from_the_cause_to_the_symptom(why: Any, server: Server) -> None:
    answer = server.post("why", {"scenario": SCENARIO, "at": 5.5, "symptom": "numbness_feet"})
    steps = texts(why.locator("#why .chain li"))
    assert steps[0] == "Autoimmune gastritis"
    assert steps[-1].startswith("Numb feet ")
    labels = {node["label"]: node["id"] for node in answer["pathway"]["nodes"]}
    ids = [next(i for label, i in labels.items() if step.startswith(label)) for step in steps[1:]]
    edges = {(e["source"], e["target"]) for e in answer["pathway"]["edges"]}
    assert all(pair in edges for pair in zip(ids, ids[1:], strict=False))


def test_symptoms_are_chosen_with_arrows(why: Any) -> None:
    why.locator("#why").get_by_role("radio", name="Feet").focus()
    why.keyboard.press("ArrowRight")
    assert why.evaluate("document.activeElement.textContent") == "Hands"
    assert "hands" in why.locator("#why-title").inner_text()
    why.keyboard.press("End")
    assert "eyes" in why.locator("#why-title").inner_text()
    why.wait_for_timeout(400)
    assert "symptom=vision" in why.url


def test_of_quick_changes_the_last_is_answered(why: Any, server: Server) -> None:
    group = why.locator("#why")
    for name in ("Hands", "Legs", "Mood"):
        group.get_by_role("radio", name=name).click()
    answer = server.post("why", {"scenario": SCENARIO, "at": 5.5, "symptom": "mood"})
    lead = " ".join([s["text"] for s in answer["sentences"] if s["level"] == "plain"][:2])
    group.get_by_text(lead).wait_for(timeout=LONG)


def test_a_measure_of_the_blood_can_be_asked_about(why: Any) -> None:
    why.locator("#why .other").select_option("hemoglobin")
    why.locator("#why .answer", has_text="Hemoglobin").wait_for(timeout=LONG)
    assert why.locator("#why-title").inner_text().startswith("Hemoglobin")
    assert why.locator("#why .chips [aria-checked=true]").count() == 0


def test_nothing_is_shared_where_there_is_nothing_to_explain(visit: Visit) -> None:
    page = visit(f"scenario={SCENARIO}&t=0.3&symptom=mood&view=why")
    page.locator("#why .answer", has_text="too little to explain").wait_for(timeout=LONG)
    assert page.locator("#why .share").count() == 0
    assert "What would trouble her mood?" in page.locator("#why-title").inner_text()


def test_each_link_shows_its_grade_and_leads_to_its_findings(why: Any, server: Server) -> None:
    answer = server.post("why", {"scenario": SCENARIO, "at": 5.5, "symptom": "numbness_feet"})
    links = [edge for edge in answer["pathway"]["edges"] if edge["gain"]]
    why.locator("#why .why-evidence summary").click()
    rows = why.locator("#why .why-evidence tbody tr")
    assert rows.count() == len(links)
    row = links[0]["rows"][0]
    why.locator("#why .row-link", has_text=row).first.click()
    why.locator("#model .found", has_text="finding").first.wait_for(timeout=LONG)
    assert why.locator("#model-search").input_value() == row
    assert why.evaluate("document.activeElement.id") == "model-search"


def test_natural_experiments_are_those_of_the_server(why: Any, server: Server) -> None:
    rows = server.get("experiments")["rows"]
    why.locator("#why .nature").first.wait_for(timeout=LONG)
    why.locator("#why .why-nature summary").click()
    shown = {
        name: loss for name, loss in zip(
            texts(why.locator("#why .nature-head b:first-child")),
            texts(why.locator("#why .nature-head .n")), strict=True,
        )
    }  # fmt: skip
    assert shown == {
        r["experiment"][:1].upper() + r["experiment"][1:]: percent(r["nerve"]) for r in rows
    }


# Treatment.


@pytest.fixture
def treatment(visit: Visit) -> Any:
    page = visit(f"{STATE}&view=treatment")
    page.locator("#treatment").scroll_into_view_if_needed()
    page.wait_for_selector("#treatment .last-safe li", timeout=LONG)
    return page


def test_plans_stand_side_by_side_as_the_server_compares_them(
    treatment: Any, server: Server
) -> None:
    page = treatment
    assert texts(page.locator("#treatment .plan-head b")) == [
        "Plan A",
        "Plan B",
        "Plan C",
        "Plan D",
    ]
    line = "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months"
    plans = [line, "cyanocobalamin oral 1 mg", "folic acid 5 mg oral daily"]
    body = {"scenario": SCENARIO, "plans": plans, "start": 6, "until": 10}
    answer = server.post("compare", body)
    nothing, *others = answer["courses"]
    chances = texts(
        page.locator("#treatment .treat-numbers table").first.locator("td:nth-child(2)")
    )
    told = [percent(c["probability"]["numbness_feet"][-1]) for c in (*others, nothing)]
    assert [one.split(",")[0].strip() for one in (chances[0], *chances[2:])] == told
    asked = page.locator("#treatment .treat-numbers table").nth(1)
    assert texts(asked.locator("td:nth-child(2)"))[0] == str(
        answer["plans"][1]["burden"]["injections"]
    )
    said = plain(page.locator("#treatment .last-safe").inner_text())
    for one in answer["last_times"][1:]:
        assert plain(one["words"]) in said
    curves = page.locator("#treatment .treat-chart").first.locator(".curve")
    assert curves.count() == 5
    told = page.locator("#treatment .treat-chart svg").first.get_attribute("aria-label")
    assert told.startswith("Chance of numb feet over the years")


def test_a_plan_is_changed_by_keyboard_and_kept_in_the_link(treatment: Any) -> None:
    page = treatment
    before = page.locator("#treatment .treat-numbers").inner_text()
    page.locator("#plan-a-start").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.locator("#treatment small", has_text="from year 2").wait_for(timeout=LONG)
    assert page.locator("#treatment .treat-numbers").inner_text() != before
    page.wait_for_timeout(400)
    kept = [json.loads(plan) for plan in parse_qs(urlsplit(page.url).fragment)["plan"]]
    assert len(kept) == 4 and kept[0]["start"] == 2


def test_product_route_and_schedule_are_picked(treatment: Any) -> None:
    page = treatment
    page.locator("#plan-c-what").select_option("other")
    page.locator("#plan-c-drug").select_option("methylcobalamin")
    page.locator("#plan-c-route").select_option("sublingual")
    page.locator("#plan-c-schedule").select_option("weekly")
    page.wait_for_timeout(400)
    kept = [json.loads(plan) for plan in parse_qs(urlsplit(page.url).fragment)["plan"]]
    assert kept[2]["text"] == "methylcobalamin 1 mg sublingual weekly"


def test_plans_are_removed_and_added_up_to_four(treatment: Any) -> None:
    page = treatment
    assert page.locator("#plan-add").count() == 0
    page.get_by_role("button", name="Remove plan D").click()
    assert page.locator("#treatment .plan").count() == 3
    page.locator("#plan-add").click()
    assert page.locator("#treatment .plan").count() == 4
    assert page.evaluate("document.activeElement.id") == "plan-d-what"


def test_a_wrong_line_is_answered_with_the_message_of_corrin(treatment: Any, visit: Visit) -> None:
    page = treatment
    page.locator("#plan-b-what").select_option("line")
    page.locator("#plan-b-line").fill("cyanocobalamin 1 mg orally dayly")
    page.keyboard.press("Enter")
    page.locator("#treatment [role=alert]").wait_for(timeout=LONG)
    assert "dayly" in page.locator("#treatment [role=alert]").inner_text()
    logged = visit.seen.errors  # type: ignore[attr-defined]
    assert all("422" in one for one in logged)  # browsers log every refusal themselves
    logged.clear()
    page.locator("#plan-b-line").fill("cyanocobalamin 1 mg oral daily")
    page.keyboard.press("Enter")
    page.wait_for_selector("#treatment .treat-numbers table", timeout=LONG)


# Results in.


@pytest.fixture
def results(reference_people: None, visit: Visit) -> Any:
    page = visit(f"{STATE}&view=results")
    page.locator("#results").scroll_into_view_if_needed()
    return page


def test_typed_results_are_read_and_kept_nowhere(results: Any, server: Server) -> None:
    page = results
    page.locator("#result-b12").fill("118")
    page.locator("#result-mma").fill("0.38")
    page.locator("#result-hcy").fill("19")
    page.locator("#result-age").fill("58")
    page.locator("#result-sex").select_option("female")
    page.locator("#result-sex").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results .tale", timeout=LONG)
    values = {"b12": "118 pmol/L", "mma": "0.38 umol/L", "hcy": "19 umol/L"}
    answer = server.post("interpret", {"values": values, "age": 58, "sex": "female"})
    told = [c for c in answer["causes"] if c["posterior"] >= 0.02]
    assert texts(page.locator("#results .tale-share")) == [percent(c["posterior"]) for c in told]
    text = plain(page.locator("#results").inner_text())
    lines = {s["title"]: s["lines"] for s in answer["sections"]}
    for title in ("Do the results fit together?", "Which test would tell most", "Known traps"):
        assert all(plain(line) in text for line in lines[title])
    page.wait_for_timeout(400)
    assert "118" not in page.url
    kept = page.evaluate("[Object.keys(localStorage), sessionStorage.length, document.cookie]")
    assert kept == [["corrin-tour"], 0, ""]


def test_units_of_both_worlds_mean_the_same(results: Any) -> None:
    page = results
    page.get_by_role("radio", name="pg/mL, g/dL").click()
    assert page.locator("[name=b12-unit]").input_value() == "pg/mL"
    page.locator("#result-b12").fill("160")
    page.locator("#result-hb").fill("13.4")
    page.get_by_role("radio", name="pmol/L, g/L").click()
    assert page.locator("[name=b12-unit]").input_value() == "pg/mL"  # a typed value keeps its unit
    page.locator("#result-hb").press("Enter")
    page.wait_for_selector("#results .tale", timeout=LONG)
    read = plain(page.locator("#results .read").inner_text())
    assert "Serum vitamin B12 118 pmol/L (reported as 160 pg/mL)" in read
    assert "Hemoglobin 134 g/L (reported as 13.4 g/dL)" in read


BUNDLE = {
    "resourceType": "Bundle",
    "entry": [
        {"resource": {"resourceType": "Patient", "gender": "female", "birthDate": "1958-06-15"}},
        *(
            {
                "resource": {
                    "resourceType": "Observation", "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                    "effectiveDateTime": "2026-03-01T08:00:00Z",
                    "valueQuantity": {
                        "value": value, "unit": unit, "code": unit,
                        "system": "http://unitsofmeasure.org",
                    },
                }
            }
            for code, value, unit in (("2132-9", 160, "pg/mL"), ("13964-2", 520, "nmol/L"))
        ),
    ],
}  # fmt: skip
TABLE = "test;value;unit\nage;67;\nsex;female;\nb12;160;pg/mL\nmma;0,52;umol/L\n"


@pytest.mark.parametrize(
    ("name", "text"), [("results.json", json.dumps(BUNDLE)), ("results.csv", TABLE)]
)
@pytest.mark.parametrize("way", ["pick", "drop"])
def test_a_file_is_read_and_shown_in_the_fields(
    results: Any, tmp_path: Path, name: str, text: str, way: str
) -> None:
    page = results
    if way == "pick":
        file = tmp_path / name
        file.write_text(text)
        page.locator("#result-file").set_input_files(file)
    else:
        page.evaluate(
            """([name, text]) => {
              const data = new DataTransfer();
              data.items.add(new File([text], name));
              const drop = (kind) => document.querySelector(".drop").dispatchEvent(
                new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
              drop("dragover");
              drop("drop");
            }""",
            [name, text],
        )
    page.wait_for_selector("#results .tale", timeout=LONG)
    assert page.locator("#result-b12").input_value() == "118"
    assert page.locator("#result-mma").input_value() == "0.52"
    assert page.locator("#result-age").input_value() == "67"
    assert page.locator("#result-sex").input_value() == "female"
    assert f"from {name}" in page.locator("#results .status").inner_text()


def test_clearing_forgets(results: Any) -> None:
    page = results
    page.locator("#result-b12").fill("118")
    page.locator("#result-b12").press("Enter")
    page.wait_for_selector("#results .tale", timeout=LONG)
    page.get_by_role("button", name="Clear").click()
    assert page.locator("#results .tale").count() == 0
    assert page.locator("#result-b12").input_value() == ""


def test_nothing_typed_is_told_without_asking(results: Any) -> None:
    results.get_by_role("button", name="Read these results").click()
    assert "at least one result" in results.locator("#results .status").inner_text()
    assert results.evaluate("document.activeElement.id") == "result-b12"


def test_the_trace_names_rule_source_and_check(results: Any) -> None:
    page = results
    page.locator("#result-b12").fill("118")
    page.locator("#result-b12").press("Enter")
    page.wait_for_selector("#results .decision", timeout=LONG)
    decision = page.locator("#results .decision").first
    told = decision.inner_text()
    assert "Source: " in told and re.search(r"restate|guideline's page|from memory", told)
    decision.locator("summary").click()
    assert re.search(r"holds|does not hold|open", decision.locator("li").first.inner_text())


# Model.


@pytest.fixture
def model(visit: Visit) -> Any:
    page = visit(f"{STATE}&view=model")
    page.locator("#model-search").scroll_into_view_if_needed()
    page.wait_for_selector("#model .found", timeout=LONG)
    return page


@pytest.mark.parametrize("words", ["intrinsic factor", "MET233", "Allen 1990"])
def test_search_finds_what_the_server_finds(model: Any, server: Server, words: str) -> None:
    model.locator("#model-search").fill(words)
    counts = [
        server.get(f"model/{topic}?q={words.replace(' ', '%20')}")["count"]
        for topic in ("parameters", "edges", "sources")
    ]
    label = model.locator("#model").get_by_role("radio", name=re.compile(f"Links {counts[1]} of"))
    label.wait_for(timeout=LONG)
    shown = texts(model.locator("#model .chips [role=radio]"))
    assert [int(re.findall(r"\d+", one)[0]) for one in shown] == counts
    if any(counts):
        assert model.locator("#model mark").count() > 0


def test_a_search_without_result_says_so(model: Any) -> None:
    model.locator("#model-search").fill("nothing of this name")
    model.locator("#model .status", has_text="Nothing found").wait_for(timeout=LONG)


def test_limits_are_those_of_the_documents(model: Any, server: Server) -> None:
    model.locator("#model .limits-list li").first.wait_for(timeout=LONG)
    shown = " ".join(texts(model.locator("#model .limits-list li")))
    for row in server.get("model/limits")["rows"]:
        assert plain(re.sub(r"\*\*|`", "", row["text"])) in shown


@pytest.mark.slow
def test_validation_is_drawn_by_plotly_only_where_it_is_looked_at(visit: Visit) -> None:
    page = visit(STATE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(500)
    assert not any("plotly" in url for url in asked)
    page.locator("#model .validation").scroll_into_view_if_needed()
    page.wait_for_selector("#model .plot .points", timeout=1_800_000)
    assert any(url.endswith("/plotly.min.js") for url in asked)
    rows = page.locator("#model .validation table").first.locator("tbody tr")
    assert texts(rows.locator("th")) == [
        "Not fitted, not in view", "Not fitted, in view", "Fitted, not in view", "Fitted, in view",
    ]  # fmt: skip
