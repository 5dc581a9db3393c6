"""Readings of the theme nerve: symptoms, tracts and nerve studies."""

from __future__ import annotations

from corrin.evidence.readings.common import Reading

#: Readings by the id of their row in ``data/observations/nerve.csv``.
READINGS: dict[str, Reading] = {}
