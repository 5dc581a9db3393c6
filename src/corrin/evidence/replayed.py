"""What the central parameter set gives for every observation, as it ships.

Replaying all observations takes minutes. ``corrin validate --write`` keeps what came out; it is
read only where model, tables and readings are the same as then. Intervals are not kept: they are
made at each reading from what the members of the ensemble give.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from math import isfinite, nan
from pathlib import Path
from typing import Any

from corrin.evidence.observations import observations
from corrin.files import write_whole
from corrin.model import load_model

FILE = "validation2026.json"
#: Files that say what is replayed: published values, readings, people and what befalls them.
_READ = (
    ("evidence/data/observations", "*.csv"),
    ("evidence/readings", "*.py"),
    ("evidence", "bench.py"),
    ("study/data", "**/*.csv"),
    ("study/data", "**/*.yaml"),
)


@cache
def fingerprint() -> str:
    """Return the hash of all that a replay depends on beside the model and the code of engines."""
    digest = hashlib.sha256()
    root = Path(str(files("corrin")))
    for folder, pattern in _READ:
        for path in sorted((root / folder).glob(pattern)):
            digest.update(f"\n{path.relative_to(root).as_posix()}\n".encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    # Spreads between people are no part of the model's own hash.
    digest.update(repr([(row.name, row.spread) for row in load_model().rows]).encode())
    return digest.hexdigest()[:16]


def shipped() -> dict[str, float] | None:
    """Return by id what the central set gives; None where it was replayed with something else.

    What could not be solved is not a number.
    """
    try:
        found: dict[str, Any] = json.loads(_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if (found["model"], found["observations"]) != (load_model().hash, fingerprint()):
        return None
    return numbers(found["predicted"])


def write(rows: Iterable[Mapping[str, Any]], seconds: float) -> Path:
    """Write what a replay of all observations gave as the file that ships (a source checkout only).

    Parameters
    ----------
    rows : iterable of mapping
        Rows of `corrin.evidence.validate.validation`, each with its ``id`` and ``predicted``.
    seconds : float
        How long it took [s].
    """
    predicted = plain({row["id"]: row["predicted"] for row in rows})
    if predicted.keys() != {observed.id for observed in observations()}:
        raise ValueError("not all observations were replayed")
    made = {
        "command": "corrin validate --write",
        "model": load_model().hash,
        "observations": fingerprint(),
        "seconds": round(seconds),
        "predicted": predicted,
    }
    write_whole(_path(), (json.dumps(made, indent=0) + "\n").encode())
    return _path()


def plain(predicted: Mapping[str, float]) -> dict[str, float | None]:
    """Return predictions as JSON can hold them: None for what is not a number."""
    return {name: float(value) if isfinite(value) else None for name, value in predicted.items()}


def numbers(predicted: Mapping[str, float | None]) -> dict[str, float]:
    """Return predictions from what `plain` made of them."""
    return {name: nan if value is None else value for name, value in predicted.items()}


def _path() -> Path:
    return Path(str(files("corrin.evidence"))) / "fits" / FILE
