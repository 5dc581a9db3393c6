"""Is this installation fit to work? Each check does the thing itself and says what it found."""

from __future__ import annotations

import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata

import corrin
from corrin.cache import cache_folder
from corrin.errors import ModelError


@dataclass(frozen=True)
class Check:
    """Outcome of one check, in words for a reader."""

    name: str
    ok: bool
    detail: str


def examine() -> list[Check]:
    """Run every check; one that fails never keeps the others from running.

    Returns
    -------
    list of Check
        In the order in which one would mend what is wrong.
    """
    work: dict[str, Callable[[], str]] = {
        "model": _model,
        "SBML consistency": _sbml,
        "a healthy year": _healthy_year,
        "cache": _cache,
    }
    checks = [Check("corrin", True, corrin.__version__), _python(), *_dependencies()]
    return checks + [_attempt(name, check) for name, check in work.items()]


def _python() -> Check:
    version = platform.python_version()
    fit = sys.version_info >= (3, 11)
    return Check("Python", fit, version if fit else f"{version} is too old; install 3.11 or newer")


def _dependencies() -> Iterator[Check]:
    """Yield one check for each library that the installed package requires."""
    try:
        required = metadata.requires("corrin") or []
    except metadata.PackageNotFoundError:
        yield Check(
            "libraries", False, "corrin is not installed here; run pip install in its folder"
        )
        return
    for line in required:
        if "extra ==" in line:
            continue
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        try:
            yield Check(name, True, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Check(name, False, "missing; run pip install again")


def _attempt(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except Exception as error:  # whatever is broken here is what a doctor has to report
        return Check(name, False, f"{type(error).__name__}: {' '.join(str(error).split())}")


def _model() -> str:
    from corrin.model import load_model

    model = load_model()
    return f"{len(model.parameters)} parameters, {len(model.edges)} edges, hash {model.hash[:12]}"


def _sbml() -> str:
    from corrin.formats.sbml import consistency
    from corrin.model import load_model

    found = consistency(load_model().sbml)
    counts = f"{len(found.errors)} errors, {len(found.warnings)} warnings"
    if found.errors or found.warnings:
        raise ModelError(f"{counts}; first: {(found.errors + found.warnings)[0]}")
    return counts


def _healthy_year() -> str:
    from corrin.study import Scenario, simulate

    start = time.perf_counter()
    result = simulate(Scenario.load("healthy"), until=365.25, outputs=["serum_b12"])
    level = result.dataset["serum_b12"].to_numpy()
    seconds = time.perf_counter() - start
    engine = f"{result.manifest['engine']} {result.manifest['engine_version']}"
    drift = abs(level[-1] / level[0] - 1)
    words = f"serum B12 {level[-1]:.0f} pmol/L, drift {drift:.1e}, {engine}, {seconds:.1f} s"
    if drift > 0.005:
        raise ModelError(f"health does not hold: {words}")
    return words


def _cache() -> str:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return f"{folder} can be written"
