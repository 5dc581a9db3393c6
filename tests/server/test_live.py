"""A running explorer over HTTP: the same statements as the command line, many users, cancelling."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from typer.testing import CliRunner

httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from corrin.faces.cli import app  # noqa: E402

from .conftest import started  # noqa: E402

pytestmark = pytest.mark.api

#: What tells when and where an answer was made, not what it says.
STAMPS = {"manifest", "created"}
#: A run of some thousand injections: long enough to be cancelled.
LONG = {
    "yaml": "name: long\nuntil: 60 y\ntimeline:\n"
    "  - {at: 0 y, treat: hydroxocobalamin 1 mg im every 5 days}\n"
}


def command_line(*arguments: str) -> Any:
    """Return what a command prints with --json."""
    found = CliRunner().invoke(app, [*arguments, "--json"], prog_name="corrin")
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


def post(explorer: str, path: str, body: Any, **headers: str) -> Any:
    """Return the response to a question."""
    return httpx.post(f"{explorer}api/{path}", json=body, headers=headers, timeout=300)


def same(shown: Any, printed: Any, where: str = "") -> None:
    """Check that all that was printed is shown, numbers to nine digits, words to the letter."""
    if isinstance(printed, dict):
        for key, value in printed.items():
            if key not in STAMPS:
                assert key in shown, f"{where}.{key}"
                same(shown[key], value, f"{where}.{key}")
    elif isinstance(printed, list):
        assert len(shown) == len(printed), where
        for i, (one, other) in enumerate(zip(shown, printed, strict=True)):
            same(one, other, f"{where}[{i}]")
    elif isinstance(printed, float):
        assert shown == pytest.approx(printed, rel=1e-9, abs=1e-12, nan_ok=True), where
    else:
        assert shown == printed, where


@pytest.mark.parametrize("name", ["autoimmune-gastritis", "treated-late", "vegan"])
def test_the_run_and_its_story_are_those_of_the_command_line(explorer: str, name: str) -> None:
    shown = post(explorer, "run", {"scenario": name}).json()
    printed = command_line("run", name)
    assert shown["headline"] == printed["headline"]
    assert shown["below"] == printed["below"]
    words = ("sentence_plain", "sentence_clinical", "reason_plain", "reason_clinical")
    assert [[p[w] for w in words] for p in shown["story"]] == [
        [p[w] for w in words] for p in printed["story"]
    ]
    printed_times, shown_times = np.array(printed["times"]), np.array(shown["time"]) * 365.25
    away = np.abs(printed_times[:, None] - shown_times)
    common, places = away.min(axis=0) < 1e-4, away.argmin(axis=0)
    # What is told beside the usual times is told around doses.
    assert common.all() if not shown["doses"]["count"] else common.sum() > 20
    places = places[common]
    for key, curve in printed["variables"].items():
        found = np.array(shown["curves"][key]["values"], float)[common]
        np.testing.assert_allclose(
            found, np.array(curve["values"], float)[places], rtol=1e-4, atol=1e-9, err_msg=key
        )
    assert shown["manifest"]["model"] == printed["manifest"]["model"]


def test_why_is_that_of_the_command_line(explorer: str) -> None:
    body = {"scenario": "autoimmune-gastritis", "symptom": "numbness_feet", "at": "4y"}
    shown = post(explorer, "why", body).json()
    printed = command_line(
        "why", "numbness_feet", "autoimmune-gastritis", "--at", "4y", "--central"
    )
    same(shown, printed)
    assert shown["words"]["plain"] == [
        s["text"] for s in printed["sentences"] if s["level"] == "plain"
    ]


def test_the_nerve_laboratory_is_that_of_the_command_line(explorer: str) -> None:
    shown = post(explorer, "nerve", {"scenario": "autoimmune-gastritis", "at": 4}).json()
    printed = command_line("nerve", "autoimmune-gastritis", "--at", "4y")["examinations"][0]
    for one, other in zip(shown["examination"]["findings"], printed["findings"], strict=True):
        assert one["flag"] == other["flag"]
        assert one["value"] == pytest.approx(other["value"], rel=1e-6)


def test_plans_are_those_of_the_command_line(explorer: str) -> None:
    plans = ["cyanocobalamin 1 mg oral daily", "folic acid 5 mg oral daily"]
    body = {"scenario": "autoimmune-gastritis", "plans": plans, "start": 4, "until": 6}
    shown = post(explorer, "compare", body).json()
    treat = [part for plan in plans for part in ("--treat", plan)]
    printed = command_line(
        "compare", "autoimmune-gastritis", *treat, "--start", "4y", "--until", "6y",
        "--members", "0", "--last-time",
    )  # fmt: skip
    same(shown, printed)


def test_results_are_read_as_on_the_command_line(explorer: str) -> None:
    from corrin.clinic import reference

    if not reference.available():
        pytest.skip("the reference population of this model is not made on this machine")
    body = {"values": {"b12": "210 ng/L", "mma": "0.52 umol/L"}, "age": 67, "sex": "female"}
    shown = post(explorer, "interpret", body).json()
    printed = command_line(
        "interpret", "--b12", "210 ng/L", "--mma", "0.52 umol/L", "--age", "67", "--sex",
        "female", "--no-courses",
    )  # fmt: skip
    same(shown, printed)
    assert shown["command"].startswith("corrin interpret --b12 '210 ng/L'")


def test_natural_experiments_are_those_of_the_command_line(explorer: str) -> None:
    shown = httpx.get(f"{explorer}api/experiments", timeout=120).json()
    same(shown["rows"], command_line("experiments")["rows"])


def test_twenty_users_at_once_get_each_their_own(explorer: str) -> None:
    def ask(user: int) -> tuple[int, Any]:
        choices = {
            "age": 30 + user, "sex": "female", "until": 2, "diet": "vegan",
            "name": f"secret of user {user}",
        }  # fmt: skip
        return user, post(explorer, "run", {"choices": choices})

    began = time.monotonic()
    with ThreadPoolExecutor(20) as many:
        found = list(many.map(ask, range(20)))
    took = time.monotonic() - began
    for user, response in found:
        assert response.status_code == 200
        assert response.json()["title"] == f"secret of user {user}"
        assert response.json()["person"]["age"] == 30 + user
        for other in range(20):
            assert other == user or f'secret of user {other}"' not in response.text
    assert took < 60
    for path in ("health", "scenarios", "choices"):
        assert "secret of user" not in httpx.get(f"{explorer}api/{path}", timeout=60).text


def test_errors_do_not_tell_what_another_user_asked(explorer: str) -> None:
    post(explorer, "run", {"yaml": "name: my secret name\nuntil: never"})
    for body in ({"scenario": "x"}, {"yaml": "name: y"}, {}):
        assert "my secret name" not in post(explorer, "run", body).text


def test_a_long_computation_can_be_cancelled(explorer: str) -> None:
    job = str(uuid4())
    answers: list[Any] = []
    thread = threading.Thread(
        target=lambda: answers.append(post(explorer, "run", LONG, **{"x-corrin-job": job}))
    )
    thread.start()
    time.sleep(1.0)
    twice = post(explorer, "run", LONG, **{"x-corrin-job": job})
    assert twice.status_code == 409
    began = time.monotonic()
    told = httpx.post(f"{explorer}api/jobs/{job}/cancel", timeout=30).json()
    assert told == {"cancelled": True}
    thread.join(timeout=20)
    assert time.monotonic() - began < 5
    assert answers[0].status_code == 499
    assert answers[0].json()["error"]["message"] == "cancelled"
    again = httpx.post(f"{explorer}api/jobs/{job}/cancel", timeout=30).json()
    assert again == {"cancelled": False}
    assert post(explorer, "run", {"scenario": "healthy"}).status_code == 200


def test_who_goes_away_frees_the_worker(explorer: str) -> None:
    def leave(_: int) -> None:
        with pytest.raises(httpx.TimeoutException):
            httpx.post(f"{explorer}api/run", json=LONG, timeout=1.0)

    with ThreadPoolExecutor(4) as many:
        list(many.map(leave, range(4)))
    began = time.monotonic()
    assert post(explorer, "run", {"scenario": "healthy"}).status_code == 200
    assert time.monotonic() - began < 20


def test_cancelling_while_waiting_in_line(explorer: str) -> None:
    jobs = [str(uuid4()) for _ in range(5)]
    with ThreadPoolExecutor(5) as many:
        asked = [many.submit(post, explorer, "run", LONG, **{"x-corrin-job": job}) for job in jobs]
        time.sleep(1.5)
        for job in reversed(jobs):
            httpx.post(f"{explorer}api/jobs/{job}/cancel", timeout=30)
        assert [one.result(timeout=60).status_code for one in asked] == [499] * 5
    assert post(explorer, "run", {"scenario": "healthy"}).status_code == 200


def test_a_port_in_use_is_one_line_that_says_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "corrin", "serve", "--no-open", "--port", port]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1 and "--port 0" in found.stderr
    assert found.stdout == ""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_while_questions_are_open(how: signal.Signals) -> None:
    process, address = started("--workers", "1")
    host, port = address.split("/")[2].split(":")
    half = socket.create_connection((host, int(port)), timeout=30)  # says half of its question
    body = json.dumps(LONG).encode()
    half.sendall(
        b"POST /api/run HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        + f"content-length: {len(body)}\r\n\r\n".encode()
        + body[:20]
    )
    try:
        with httpx.Client(timeout=120) as client, ThreadPoolExecutor(3) as many:
            for _ in range(600):
                with contextlib.suppress(httpx.HTTPError):
                    if client.get(f"{address}api/health", timeout=5).json()["ready"]:
                        break
                time.sleep(0.2)
            asked = [many.submit(client.post, f"{address}api/run", json=LONG) for _ in range(3)]
            while client.get(f"{address}api/health").json()["waiting"] < 2:
                time.sleep(0.05)
            process.send_signal(how)
            began = time.monotonic()
            process.wait(timeout=30)
            took = time.monotonic() - began
            assert [one.result().status_code for one in asked] == [499] * 3
    finally:
        half.close()
        process.kill()
    assert process.stderr is not None
    told = process.stderr.read()
    assert "Traceback" not in told and "ERROR" not in told, told
    assert told.count("\n") == 1, told  # how to end it, said at the start
    assert took < 10


def test_any_other_address_asks_for_a_token() -> None:
    process, address = started("--host", "0.0.0.0", "--workers", "1")
    try:
        base, _, token = address.partition("?token=")
        assert len(token) >= 24
        base = base.replace("0.0.0.0", "127.0.0.1")
        for _ in range(100):
            try:
                assert httpx.get(f"{base}api/health", timeout=5).status_code == 401
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        assert httpx.get(f"{base}api/health?token={token}", timeout=30).status_code == 200
    finally:
        process.terminate()
        process.wait(timeout=20)
