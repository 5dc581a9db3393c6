"""What the command line writes: targets checked before the work starts, and strict JSON."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from corrin.errors import InputError, nearest


def check_target(path: Path | None, suffixes: Collection[str], option: str) -> None:
    """Refuse a file that could not be written in the end, before anything is computed.

    Parameters
    ----------
    path : Path or None
        Where the result is to go; None asks for nothing.
    suffixes : collection of str
        Endings that name a known format, with their dot.
    option : str
        The command-line option or argument, named in the error.
    """
    if path is None:
        return
    where = f"{option} {path}"
    if path.suffix not in suffixes:
        written = path.suffix or path.name
        raise InputError(
            f"unknown file ending {written!r}", where=where, hint=nearest(written, suffixes)
        )
    if path.is_dir():
        raise InputError("is a folder", where=where, hint="name a file in it")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", where=where, hint="make it first")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError("cannot be written", where=where, hint="choose another place")


def strict(value: Any) -> Any:
    """Return `value` in the types of JSON: numbers that are not finite become null."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [strict(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return strict(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def print_json(value: Any) -> None:
    """Print `value` to stdout as strict JSON."""
    sys.stdout.write(json.dumps(strict(value), allow_nan=False, ensure_ascii=False) + "\n")
