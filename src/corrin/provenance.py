"""What a result needs in order to be run again, and files that are whole or absent."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from corrin import __version__

#: What every output that could be taken for advice says.
PURPOSE = "For research and teaching; not a medical device and not medical advice."


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
