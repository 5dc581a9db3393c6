"""Where the command line speaks: results to stdout, progress to stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """Return the console for results: as wide as the terminal, 110 characters in a pipe."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 110)


def progress(text: str) -> Any:
    """Return a context that shows `text` on stderr while work goes on, in a terminal only."""
    from contextlib import nullcontext

    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(text)
