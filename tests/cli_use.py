"""How tests use the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from corrin.faces.cli import app


def invoke(*args: str | Path) -> Any:
    """Run the command line in this process; the result has exit_code, stdout and stderr."""
    return CliRunner().invoke(app, [str(arg) for arg in args], prog_name="corrin")


def shell(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "corrin", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def loads(text: str) -> Any:
    """Parse strict JSON: NaN and Infinity are refused."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    return json.loads(text, parse_constant=refuse)


def refused(args: Sequence[str | Path], *words: str) -> None:
    """Assert that the command line refuses `args` with one line that holds `words`."""
    result = invoke(*args)
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
