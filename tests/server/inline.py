"""A desk that answers at once and in this process, for tests of all that stands before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corrin.server.tasks import done


class InlineDesk:
    """Answers like `corrin.server.desk.Desk`, without worker processes."""

    model, population, ready, waiting, count = "none", True, True, 0, 1

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], float, str | None]] = []
        self.cancelled: list[str] = []

    def open(self) -> None:
        """Start nothing."""

    async def close(self) -> None:
        """End nothing."""

    async def ask(
        self, name: str, question: Mapping[str, Any], seconds: float, job: str | None = None
    ) -> tuple[int, bytes]:
        """Answer in this process."""
        self.asked.append((name, dict(question), seconds, job))
        return done(name, question)

    def cancel(self, job: str) -> bool:
        """Remember what was cancelled."""
        self.cancelled.append(job)
        return False
