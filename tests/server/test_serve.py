"""The command that starts the explorer, and the commands that the page shows."""

from __future__ import annotations

import shlex
import socket

import pytest

from corrin.errors import InputError
from corrin.faces.cli_serve import is_local, listening, page_address
from corrin.server import command


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("localhost", True), ("::1", True),
     ("0.0.0.0", False), ("192.168.1.4", False), ("example.org", False), ("::", False)],
)  # fmt: skip
def test_only_loopback_needs_no_token(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_the_address_carries_the_token_and_brackets() -> None:
    assert page_address("127.0.0.1", 8732, "") == "http://127.0.0.1:8732/"
    assert page_address("::1", 1, "abc") == "http://[::1]:1/?token=abc"


def test_a_free_port_is_found_and_a_taken_one_is_told() -> None:
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert port > 0
        with pytest.raises(InputError, match=f"cannot listen on port {port}.*--port 0"):
            listening("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises((InputError, socket.gaierror)):
        listening("203.0.113.7", 0)


def test_commands_survive_a_shell() -> None:
    line = command.compare(
        "scenario.yaml", ["x'; rm -rf /; echo '", "$(reboot)"], 0.0, 365.25 * 5.5, 0
    )
    assert shlex.split(line) == [
        "corrin", "compare", "scenario.yaml", "--treat", "x'; rm -rf /; echo '", "--treat",
        "$(reboot)", "--start", "0y", "--until", "5.5y", "--members", "0",
    ]  # fmt: skip
    assert command.why("vegan", "mood", 365.25, 0) == "corrin why mood vegan --at 1y --central"
    assert command.why("vegan", "mood", 365.25, 40).endswith("--members 40")
    assert command.nerve("vegan", 365.25 / 2) == "corrin nerve vegan --at 0.5y"
    told = command.interpret(
        {"if_antibody": "positive"}, "results.csv", {"age": 60.0, "sex": None}, {"present": ["a b"]}
    )
    assert told == "corrin interpret results.csv --if-antibody positive --age 60 --present 'a b'"
