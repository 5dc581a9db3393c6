"""Data flows one way: a file imports only from its own room or from one above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import corrin

SOURCE = Path(corrin.__file__).parent
ORDER = (
    ("errors", "units", "files", "provenance", "variables", "cache", "weighted"),
    ("model",),
    ("engine",),
    ("nerve",),
    ("study",),
    ("clinic", "insight", "evidence", "formats"),
    ("faces",),
    ("server",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
# Doors that open upwards: Result.plot() hands the result to the figure, and the command line
# starts the explorer.
DOORS = {("study/result.py", "faces.plot"), ("faces/cli_serve.py", "server")}
FILES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
# The package's own face: public names looked up on first use, and the start of the command line.
FRONT = {"__init__.py", "__main__.py"}


def imported(text: str, package: tuple[str, ...]) -> Iterator[str]:
    """Yield what a file imports from corrin, as dotted paths below corrin."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # A relative import starts at the file's package, one dot for each step up.
            kept = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*kept, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (n.removeprefix("corrin.") for n in names if n.startswith("corrin."))


def wrong(file: str, text: str) -> list[str]:
    """Return the imports of a file that point down the order."""
    room = file.split("/")[0].removesuffix(".py")
    package = ("corrin", *Path(file).parts[:-1])
    found = []
    for name in imported(text, package):
        target = name.split(".")[0]
        if target == "__version__" or any(
            file == door and (name + ".").startswith(opened + ".") for door, opened in DOORS
        ):
            continue
        # What is not a room is a public name of the package: it may come from any room.
        if LEVEL.get(target, len(ORDER)) > LEVEL[room]:
            found.append(name)
    return found


@pytest.mark.parametrize("file", FILES)
def test_imports_point_one_way(file: str) -> None:
    if file in FRONT:
        return
    assert file.split("/")[0].removesuffix(".py") in LEVEL, "a room that the order does not name"
    assert wrong(file, (SOURCE / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("units.py", "from corrin.model import load_model"),
        ("engine/solve.py", "import corrin.study.scenario"),
        ("study/simulate.py", "def f():\n    from corrin.faces import plot"),
        ("model/compose.py", "from corrin import simulate"),
        ("model/compose.py", "from ..study import Scenario"),
        ("study/simulate.py", "from .. import faces"),
    ],
)
def test_a_wrong_import_is_seen(file: str, text: str) -> None:
    assert wrong(file, text) != []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("faces/cli.py", "from corrin.study import simulate"),
        ("study/result.py", "from .simulate import simulate\nfrom ..errors import InputError"),
        ("study/result.py", "from corrin.faces.plot import plot_result"),
        ("provenance.py", "from corrin import __version__"),
        ("errors.py", "import json, os.path"),
    ],
)
def test_a_right_import_is_left_alone(file: str, text: str) -> None:
    assert wrong(file, text) == []


def test_rooms_on_one_line_do_not_lean_on_each_other() -> None:
    edges = set()
    for file in FILES:
        room = file.split("/")[0].removesuffix(".py")
        package = ("corrin", *Path(file).parts[:-1])
        for name in imported((SOURCE / file).read_text(encoding="utf-8"), package):
            edges.add((room, name.split(".")[0]))
    both = {(a, b) for a, b in edges if a < b and (b, a) in edges}
    assert both - {("faces", "study"), ("faces", "server")} == set()
