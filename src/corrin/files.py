"""Files written whole or not at all: beside their place first, then moved into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corrin.errors import InputError


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        # Temporary files are private; the finished one gets the permissions of a new file.
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


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

    Raises
    ------
    InputError
        When the place cannot be written to.
    """
    try:
        with _beside(path) as part:
            yield part
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all; raises OSError."""
    with _beside(path) as part:
        part.write_bytes(data)
