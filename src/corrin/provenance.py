"""What a result needs in order to be run again."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from corrin import __version__

#: What every output that could be taken for advice says.
PURPOSE = "For research and teaching; not a medical device and not medical advice."

# Libraries that numbers pass through; another version may round otherwise.
_LIBRARIES = ("numpy", "llvmlite")


def versions() -> dict[str, str]:
    """Return the versions of corrin and of what its numbers depend on in this installation."""
    return {
        "corrin": __version__,
        **{name: _version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def manifest(
    *,
    scenario: str,
    model_hash: str,
    parameters: str,
    engine: str,
    engine_version: str,
    overrides: Mapping[str, float],
    until: float,
    outputs: Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    member: int | str | None = None,
    seed: int | None = None,
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
    until : float
        End of the run [day].
    outputs : sequence of str, optional
        Outputs that were asked for; None for all.
    times : sequence of float, optional
        Output times that were asked for [day]; None for the usual ones.
    member : int or str, optional
        Member of the ensemble; None for the central parameter set.
    seed : int, optional
        Seed of whatever was drawn; None where nothing was.

    Returns
    -------
    dict
        Plain values that JSON can hold.
    """
    return {
        **versions(),
        "model": model_hash,
        "parameters": parameters,
        "member": member,
        "overrides": {name: float(value) for name, value in overrides.items()},
        "engine": engine,
        "engine_version": engine_version,
        "scenario": scenario,
        "until": float(until),
        "outputs": None if outputs is None else list(outputs),
        "times": None if times is None else [float(time) for time in times],
        "seed": seed,
        "created": now(),
    }


def _version(library: str) -> str:
    """Return the version of an installed library."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "not known"
