"""A running explorer, as a user starts it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("api") and "api" not in item.config.option.markexpr:
        pytest.skip("a suite by name: python -m pytest -m api")


def started(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start `corrin serve` on a free port; return the process and the address of the page."""
    command = [sys.executable, "-m", "corrin", "serve", "--no-open", "--port", "0", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    assert found is not None, line + process.stderr.read()
    return process, found[0]


@pytest.fixture(scope="session")
def explorer() -> Iterator[str]:
    """Start the explorer and wait until it is ready; give its address."""
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    process, address = started("--workers", "2")
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{address}api/health", timeout=5).json()["ready"]:
                    break
            except httpx.HTTPError:
                assert process.poll() is None, "the explorer ended"
            time.sleep(0.2)
        else:
            pytest.fail("the explorer did not get ready")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
