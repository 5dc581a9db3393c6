"""Readings of the theme population: distributions over people."""

from __future__ import annotations

from corrin.evidence.readings.common import Reading

#: Readings by the id of their row in ``data/observations/population.csv``.
READINGS: dict[str, Reading] = {}
