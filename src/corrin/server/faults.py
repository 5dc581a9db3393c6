"""An error as the JSON that every answer with an error holds."""

from __future__ import annotations

import json


def failure(message: str, hint: str | None = None) -> bytes:
    """Return an error as JSON text."""
    return json.dumps({"error": {"message": message, "hint": hint or ""}}).encode()
