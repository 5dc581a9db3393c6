"""A cache of things that are costly to make, by content: made once per installation."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from corrin.files import write_whole


def cache_folder() -> Path:
    """Return the folder for cached files of this user: CORRIN_CACHE, or the platform's own."""
    chosen = os.environ.get("CORRIN_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "corrin"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "corrin"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "corrin"


def cached_text(kind: str, key: str, make: Callable[[], str]) -> str:
    """Return ``make()``, remembered on disk under the content of `key`.

    A cache that cannot be read or written costs time, never the result.
    """
    from corrin import __version__

    digest = hashlib.sha256(f"{__version__}\n{key}".encode()).hexdigest()[:32]
    path = cache_folder() / f"{kind}-{digest}.txt"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8")
    text = make()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8"))
    return text
