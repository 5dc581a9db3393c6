"""The package as a newcomer meets it: README, a quick import, data in the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import corrin

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HEAVY = ("numpy", "pandas", "xarray", "matplotlib", "roadrunner", "antimony", "libsbml", "typer")


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_readme_opens_with_the_two_commands() -> None:
    screen = README[: README.index("\n## ")]
    commands = re.findall(r"```sh\n(.+)\n```", screen)
    assert len(commands) == 2
    assert all(c.startswith("python3 -m venv .venv && .venv/bin/pip install -q ") for c in commands)
    main, test = commands
    assert main.endswith(".venv/bin/corrin run autoimmune-gastritis --report report.html")
    assert test.endswith("-e '.[test]' && .venv/bin/python -m pytest")
    assert screen.count("\n") < 30


def test_readme_says_what_it_is_not() -> None:
    assert "not a medical device" in README


def test_import_is_light() -> None:
    code = f"import sys, corrin; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert python(code).stdout.strip() == "[]"


def test_help_needs_no_heavy_library() -> None:
    heavy = tuple(name for name in HEAVY if name != "typer")
    code = (
        "import sys\nfrom corrin.faces.cli import main\nsys.argv = ['corrin', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n"
        f"    print(end.code, [m for m in {heavy!r} if m in sys.modules])"
    )
    assert python(code).stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("name", [n for n in corrin.__all__ if n != "__version__"])
def test_public_names_are_found_on_first_use(name: str) -> None:
    code = f"import corrin; assert {name!r} in dir(corrin); print(corrin.{name}.__name__)"
    assert python(code).stdout.strip() == name


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="simulat"):
        corrin.simulat  # noqa: B018


def test_version_is_told_once() -> None:
    assert metadata.version("corrin") == corrin.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {corrin.__version__}\n" in citation
    assert f"## {corrin.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_continuous_check_runs_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "README.md" in script.read_text(encoding="utf-8")
