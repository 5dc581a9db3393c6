"""What this installation has beside the model: an ensemble, and a reference population."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from importlib.resources import files
from multiprocessing.process import BaseProcess
from typing import Literal

State = Literal["ready", "making", "missing", "unknown"]

#: File of the ensemble, as `corrin.model.ensemble` names it; that module is slow to import.
ENSEMBLE = "ensemble2026.parquet"


def ensemble_shipped() -> bool:
    """Tell whether an ensemble of parameter sets is shipped."""
    return (files("corrin.model") / ENSEMBLE).is_file()


class Shelf:
    """The reference population that results are read against; made once per installation."""

    def __init__(self) -> None:
        self.maker: BaseProcess | None = None
        self.there: bool | None = None

    @property
    def state(self) -> State:
        """Whether the population is ready, being made or missing; unknown before a worker is."""
        if self.maker is not None and self.maker.is_alive():
            return "making"
        if self.maker is not None and self.maker.exitcode == 0:
            return "ready"
        return "unknown" if self.there is None else "ready" if self.there else "missing"

    def make(self) -> None:
        """Start to make it, in a process that gives way to all others."""
        if self.state == "missing":
            self.maker = multiprocessing.get_context("spawn").Process(target=_make, daemon=True)
            self.maker.start()

    def close(self) -> None:
        """Stop making; what is ready stays on disk, and it goes on from there."""
        if self.maker is not None and self.maker.is_alive():
            self.maker.kill()


def _make() -> None:
    """Make the population on one core."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    from corrin.clinic import reference

    reference.build(threads=1)
