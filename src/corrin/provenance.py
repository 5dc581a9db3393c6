"""What a result needs in order to be run again, and files that are whole or absent."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corrin import __version__
from corrin.errors import InputError


def manifest(
    *,
    scenario: str,
    model_hash: str,
    parameters: str,
    engine: str,
    engine_version: str,
    overrides: Mapping[str, float],
) -> dict[str, Any]:
    """Return the manifest of one run.

    Parameters
    ----------
    scenario : str
        The scenario as YAML text.
    model_hash : str
        Hash of the model with all its numbers.
    parameters : str
        Name of the parameter set.
    engine, engine_version : str
        What solved it.
    overrides : mapping of str to float
        Parameters that were set apart from those of the set.

    Returns
    -------
    dict
        Plain values that JSON can hold.
    """
    return {
        "corrin": __version__,
        "model": model_hash,
        "parameters": parameters,
        "overrides": dict(overrides),
        "engine": engine,
        "engine_version": engine_version,
        "scenario": scenario,
        "python": platform.python_version(),
        "seed": None,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well.

    Parameters
    ----------
    path : Path
        Where the file is to be.

    Yields
    ------
    Path
        Where to write it; it has the same suffix as `path`.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        # Temporary files are private; the finished one gets the permissions of a new file.
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        part.unlink(missing_ok=True)
