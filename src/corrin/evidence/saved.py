"""What long work has reached: kept in the cache folder, so that an interruption loses little.

The same work, started again, goes on where it was. It is the same only under the very same sources
and tables: with any change it begins anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import shutil
import time
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from corrin.cache import cache_folder
from corrin.files import write_whole

#: Parts of the package on which results depend, and the endings of their files.
_PARTS = ("engine", "evidence", "model", "nerve", "study")
_ENDINGS = (".py", ".csv", ".ant", ".yaml")


@dataclass(frozen=True)
class Saved:
    """Where parts of one piece of work are kept.

    Attributes
    ----------
    folder : Path
        Where they are.
    begun : float
        When the work began, had it never been interrupted (`time.monotonic`) [s].
    """

    folder: Path
    begun: float

    @classmethod
    def of(cls, kind: str, *key: object) -> Saved:
        """Return the place for a kind of work; `key` tells all that it depends on but sources."""
        digest = hashlib.sha256(repr((_sources(), key)).encode()).hexdigest()[:32]
        place = cls(cache_folder() / f"{kind}-{digest}", time.monotonic())
        return cls(place.folder, place.begun - (place.get("seconds") or 0.0))

    @property
    def seconds(self) -> float:
        """How long the work took so far, without the time between its starts [s]."""
        return time.monotonic() - self.begun

    def get(self, name: str) -> Any:
        """Return a part, None if it is not there."""
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            return pickle.loads((self.folder / name).read_bytes())  # noqa: S301 - our own cache
        return None

    def keep(self, name: str, value: object) -> None:
        """Keep a part; where nothing can be written, an interruption costs more, that is all."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / name, pickle.dumps(value))
            write_whole(self.folder / "seconds", pickle.dumps(self.seconds))

    def forget(self) -> None:
        """Remove all parts: the work is done."""
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def _sources() -> str:
    """Return a fingerprint of the sources and tables on which results depend."""
    found = hashlib.sha256()
    root = Path(str(files("corrin")))
    for part in _PARTS:
        for path in sorted((root / part).rglob("*")):
            if path.suffix in _ENDINGS:
                found.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
