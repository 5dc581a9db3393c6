"""All that stands before the answers: shapes, limits, errors, who may ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

pytest.importorskip("httpx", reason="httpx is not installed")

from starlette.testclient import TestClient

from corrin.server import limits
from corrin.server.app import create
from corrin.server.guard import COOKIE
from corrin.server.tasks import TASKS, done, subject, time_of
from corrin.study import shipped

from .inline import InlineDesk

HOST = {"host": "127.0.0.1:8732"}
SHORT = {"choices": {"age": 50, "sex": "male", "until": 0.5}}


@pytest.fixture(scope="module")
def desk() -> InlineDesk:
    return InlineDesk()


@pytest.fixture(scope="module")
def page(desk: InlineDesk) -> Iterator[TestClient]:
    with TestClient(create(desk=desk), base_url="http://127.0.0.1:8732") as client:  # type: ignore[arg-type]
        yield client


def error(response: Any) -> dict[str, str]:
    """Return the one-line error of a response."""
    assert 400 <= response.status_code < 500
    assert response.headers["content-type"] == "application/json"
    found = response.json()["error"]
    assert set(found) == {"message", "hint"}
    assert found["message"] and "\n" not in found["message"]
    assert "Traceback" not in response.text
    return found  # type: ignore[no-any-return]


def test_health_states_the_limits(page: TestClient) -> None:
    found = page.get("/api/health").json()
    assert found["limits"]["doses"] == limits.DOSES == 5000
    assert found["limits"]["horizon_years"] == 100
    assert set(found["limits"]["seconds"]) >= {"run", "why", "nerve", "compare", "interpret"}
    assert found["ready"] is True


def test_a_run_answers_with_curves_story_yaml_and_command(page: TestClient) -> None:
    found = page.post("/api/run", json=SHORT)
    assert found.status_code == 200, found.text
    answer = found.json()
    assert set(answer) >= {
        "time", "curves", "twin", "flows", "tracts", "symptoms", "story", "events", "roots",
        "lanes", "yaml", "command", "manifest", "t0", "headline",
    }  # fmt: skip
    assert answer["command"] == "corrin run scenario.yaml"
    assert set(answer["curves"]) == set(answer["twin"])
    again = page.post("/api/run", json={"yaml": answer["yaml"]}).json()
    assert again["curves"] == answer["curves"]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..\\..\\x", "vegan.yaml",
     "autoimmune_gastritis", "", "x" * 101, "<script>alert(1)</script>"],
)  # fmt: skip
def test_a_scenario_is_a_shipped_name_and_never_a_path(page: TestClient, name: str) -> None:
    found = error(page.post("/api/run", json={"scenario": name}))
    assert "root:" not in str(found)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "none of scenario"),
        ({"scenario": "vegan", "yaml": "name: x\nuntil: 1 y"}, "more than one"),
        ({"yaml": "name: x\nuntil: 119 y"}, "100 years"),
        ({"yaml": "name: x\nuntil: 1e300 y"}, "until"),
        ({"yaml": "a: &a [1]\nb: *a"}, "aliases"),
        ({"yaml": "[" * 2000}, "YAML"),
        ({"yaml": "!!python/object/apply:os.system ['true']"}, "not a scenario"),
        ({"yaml": "name: x\nuntil: 20 y\ntimeline:\n  - {at: 0 y, treat: cyanocobalamin 1 mg im "
                  "daily}"}, "doses"),
        ({"yaml": "x" * 100_001}, "100000"),
        ({"choices": {"age": 5, "sex": "male", "until": 1}}, "between 18 and 110"),
        ({"choices": {"age": 50, "sex": "male", "until": 101}}, "100"),
        ({"choices": {"age": 50, "sex": "male", "until": 1, "until_": 2}}, "until_"),
        ({"scenario": ["vegan"]}, "string"),
        ({"scenario": {"a": {"b": 1}}}, "string"),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_told(page: TestClient, body: Any, told: str) -> None:
    assert told in error(page.post("/api/run", json=body))["message"]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"scenario": NaN}', b"[" * 100_000, b"{}" * 3,
     b'{"choices": {"age": Infinity, "sex": "male", "until": 1}}',
     b'{"choices": {"age": 1e999, "sex": "male", "until": 1}}',
     b'{"scenario": "\\ud800"}', b'{"yaml": "\\ud800\\u0000"}'],
)  # fmt: skip
def test_bodies_that_are_no_question_are_refused(page: TestClient, text: bytes) -> None:
    error(page.post("/api/run", content=text, headers={"content-type": "application/json"}))


def test_a_body_that_is_too_large_is_refused(page: TestClient) -> None:
    large = json.dumps({"yaml": "x" * 10_000_000})
    found = page.post("/api/run", content=large, headers={"content-type": "application/json"})
    assert found.status_code == 413
    error(found)

    def unannounced() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 10_000

    found = page.post("/api/run", content=unannounced())
    assert found.status_code == 413
    error(found)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "no result"),
        ({"values": {"b12": "many"}}, "b12"),
        ({"values": {"sugar": "5 mmol/L"}}, "unknown test"),
        ({"values": {"b12": "1e9 pmol/L"}}, "b12"),
        ({"fhir": {"resourceType": "Patient"}}, "FHIR"),
        ({"fhir": "not json"}, "FHIR"),
        ({"csv": "a,b\n1,2"}, "table"),
        ({"fhir": {}, "csv": ""}, "at once"),
        ({"values": {"b12": "200 pmol/L"}, "age": 3}, "age"),
        ({"values": {"b12": "200 pmol/L"}, "guidelines": ["../../x"]}, "guideline"),
        ({"values": {"b12": "200 pmol/L"}, "laboratory": "/etc/passwd"}, "laboratory"),
    ],
)
def test_results_that_cannot_be_read_are_told(
    page: TestClient, monkeypatch: pytest.MonkeyPatch, body: Any, told: str
) -> None:
    found = error(page.post("/api/interpret", json=body))
    assert told.casefold() in " ".join(found.values()).casefold()


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("why", {"scenario": "vegan", "symptom": "luck"}, "symptom"),
        ("why", {"scenario": "vegan", "at": 90}, "within the run"),
        ("why", {"scenario": "vegan", "at": "yesterday"}, "at"),
        ("nerve", {"scenario": "healthy", "at": 99}, "within the run"),
        ("nerve", {"scenario": "healthy", "at": 1, "tract": "tail"}, "tract"),
        ("compare", {"scenario": "vegan", "plans": []}, "plans"),
        ("compare", {"scenario": "vegan", "plans": ["none"] * 5}, "plans"),
        ("compare", {"scenario": "vegan", "plans": ["sugar daily"]}, "sugar"),
        ("compare", {"scenario": "vegan", "plans": ["cyanocobalamin 1 mg im 3 times a day"]},
         "doses"),
        ("compare", {"scenario": "vegan", "plans": ["none"], "start": 50, "until": 2}, "start"),
    ],
)  # fmt: skip
def test_questions_beyond_the_model_are_told(
    page: TestClient, path: str, body: Any, told: str
) -> None:
    found = error(page.post(f"/api/{path}", json=body))
    assert told.casefold() in " ".join(found.values()).casefold()


def test_words_of_a_user_come_back_as_data_only(page: TestClient) -> None:
    bad = "<script>alert(1)</script>"
    answer = page.post("/api/run", json={"choices": {**SHORT["choices"], "name": bad}})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["title"] == bad


def test_the_page_may_load_nothing_from_elsewhere(page: TestClient) -> None:
    policy = page.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.get("/api/health").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/..%2f..%2fapp.py", "/%2e%2e/app.py", "/js/../../app.py",
                                  "/....//app.py", "/.env", "/app.py"])  # fmt: skip
def test_only_the_page_is_served(page: TestClient, path: str) -> None:
    assert page.get(path).status_code == 404


def test_another_site_cannot_ask(page: TestClient) -> None:
    assert page.get("/api/health", headers={"host": "evil.example"}).status_code == 403
    found = page.post("/api/run", json=SHORT, headers={"origin": "https://evil.example"})
    assert found.status_code == 403
    own = page.post("/api/run", json={}, headers={"origin": "http://127.0.0.1:8732"})
    assert own.status_code == 422


def test_a_token_is_asked_of_everybody_elsewhere() -> None:
    desk: Any = InlineDesk()
    with TestClient(create(token="t" * 20, local=False, desk=desk)) as page:
        for path in ("/", "/api/health", "/api/scenarios", "/js/app.js"):
            assert page.get(path).status_code == 401
        assert page.get("/api/health?token=wrong").status_code == 401
        assert page.get("/api/health?token=é").status_code == 401
        bearer = {"authorization": f"Bearer {'t' * 20}"}
        assert page.get("/api/health", headers=bearer).status_code == 200
        first = page.get(f"/api/health?token={'t' * 20}")
        assert first.status_code == 200
        assert "HttpOnly" in first.headers["set-cookie"]
        assert page.cookies[COOKIE] == "t" * 20
        assert page.get("/api/health").status_code == 200, "the cookie is enough from now on"


def test_jobs_carry_their_name_and_can_be_cancelled(page: TestClient, desk: InlineDesk) -> None:
    name = str(uuid4())
    page.post("/api/run", json={"scenario": "nothing"}, headers={"x-corrin-job": name})
    assert desk.asked[-1][3] == name
    assert page.post(f"/api/jobs/{name}/cancel").json() == {"cancelled": False}
    assert desk.cancelled[-1] == name
    error(page.post("/api/jobs/../cancel"))
    error(page.post("/api/run", json=SHORT, headers={"x-corrin-job": "../x"}))


def test_the_schema_describes_every_route(page: TestClient) -> None:
    schema = page.get("/api/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/health", "/api/scenarios", "/api/choices", "/api/experiments", "/api/model/{topic}",
        "/api/run", "/api/why", "/api/nerve", "/api/compare", "/api/interpret",
        "/api/jobs/{job}/cancel",
    }  # fmt: skip


def test_scenarios_and_choices_are_listed(page: TestClient) -> None:
    found = page.get("/api/scenarios").json()["scenarios"]
    assert [one["name"] for one in found] == list(shipped())
    picked = page.get("/api/choices").json()
    assert {d["name"] for d in picked["drugs"]} >= {"metformin", "nitrous oxide"}
    assert {t["name"] for t in picked["tests"]} >= {"b12", "mma", "hcy"}
    b12 = next(t for t in picked["tests"] if t["name"] == "b12")
    assert {"pmol/L", "ng/L"} <= set(b12["units"])


def test_the_model_can_be_searched(page: TestClient) -> None:
    for topic in ("parameters", "edges", "sources", "limits"):
        found = page.get(f"/api/model/{topic}").json()
        assert found["count"] == found["of"] == len(found["rows"]) > 5
    few = page.get("/api/model/parameters?q=ileal length").json()
    assert 0 < few["count"] < 10
    assert page.get("/api/model/parameters?q=xyzzy").json()["count"] == 0
    error(page.get("/api/model/nothing"))
    error(page.get(f"/api/model/sources?q={'x' * 201}"))


def test_a_fault_of_corrin_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(TASKS, "run", broken)  # type: ignore[arg-type]
    status, text = done("run", {})
    assert status == 422 and b"secret" not in text and b"fault" in text


def test_times_are_years_or_texts() -> None:
    assert time_of(2, "at") == time_of("2 y", "at") == 2 * 365.25
    assert time_of("18mo", "at") == pytest.approx(1.5 * 365.25)
    assert time_of(None, "at") is None


def test_a_subject_keeps_its_name_for_the_command() -> None:
    scenario, name, chosen = subject({"scenario": "vegan"})
    assert (name, chosen["diet"]) == ("vegan", "vegan")
    assert scenario.name == "Vegan diet"


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_can_be_shown(name: str) -> None:
    status, text = done("run", {"scenario": name})
    assert status == 200
    assert json.loads(text)["story"]
    assert len(text) < 1_500_000


def test_the_page_calls_things_as_the_model_does() -> None:
    page = Path(str(files("corrin.server"))) / "page"
    for path in (*page.glob("js/*.js"), page / "index.html"):
        assert "aemoglobin" not in path.read_text(encoding="utf-8"), path.name
