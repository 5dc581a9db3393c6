"""A running explorer and a real Chromium; both skip with a reason where they are not there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
#: Set to measure on a machine that is busy with other things.
ALWAYS = "CORRIN_TIMING"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and "browser" not in item.config.option.markexpr:
        pytest.skip("a suite by name: python -m pytest -m browser")


@dataclass
class Server:
    """A running `corrin serve`."""

    url: str
    started: float
    ready: float

    def post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self.url}api/{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}api/{path}", timeout=120) as answer:
            return json.load(answer)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    given = os.environ.get("CORRIN_SERVER")
    if given:
        yield Server(given.rstrip("/") + "/", 0.0, 0.0)
        return
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "corrin", "serve", "--port", "0", "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = None
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                url = found[0].rstrip("/") + "/"
                break
        assert url, "corrin serve said no address"
        started = time.monotonic() - began
        found_server = Server(url, started, 0.0)
        while not found_server.get("health")["ready"]:
            assert time.monotonic() - began < 300, "the engine did not become ready"
            time.sleep(0.5)
        for _ in range(2):  # every worker has answered once
            found_server.post("run", {"scenario": "treated-late"})
        found_server.ready = time.monotonic() - began
        yield found_server
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def reference_people(server: Server) -> None:
    """Wait for the people whom results are compared with: a machine makes them at first use."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        try:
            server.post("interpret", {"values": {"b12": "118 pmol/L"}})
            return
        except urllib.error.HTTPError as refused:
            assert refused.code == 409, refused
            time.sleep(5)
    pytest.skip("the reference population was not ready within ten minutes")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page said and asked for beside being shown."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


@pytest.fixture
def visit(server: Server, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open the explorer; afterwards no error was logged and no other host was asked."""
    contexts = []
    seen = Seen()

    def open_page(
        state: str = "scenario=treated-late&t=5.5", viewport: dict[str, int] | None = None,
        wait: bool = True, **context: Any,
    ) -> Any:  # fmt: skip
        made = chromium.new_context(viewport=viewport or DESKTOP, **context)
        contexts.append(made)
        made.add_init_script("localStorage.setItem('corrin-tour', 'done')")
        page = made.new_page()
        page.on("console", lambda m: m.type == "error" and seen.errors.append(m.text))
        page.on("pageerror", lambda e: seen.errors.append(str(e)))
        page.on("request", lambda r: seen.hosts.add(r.url.split("/")[2]))
        page.goto(f"{server.url}#{state}")
        if wait:
            page.wait_for_selector("#sentence:not(:empty)", timeout=60_000)
        return page

    open_page.seen = seen  # type: ignore[attr-defined]
    yield open_page
    for made in contexts:
        made.close()
    assert seen.errors == []
    own = server.url.split("/")[2]
    assert {host for host in seen.hosts if host} <= {own}


@pytest.fixture
def quiet() -> None:
    """Times are only told where the machine is free to answer."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy > 1.2 and ALWAYS not in os.environ:
        pytest.skip(
            f"the machine is busy (load {busy:.1f} a core); {ALWAYS}=1 measures all the same"
        )
