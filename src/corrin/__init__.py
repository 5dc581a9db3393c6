"""corrin: an executable model of vitamin B12 deficiency, from food to symptom.

For research and teaching; not a medical device and not medical advice.

>>> import corrin
>>> result = corrin.simulate(corrin.Scenario.load("autoimmune-gastritis"))
>>> result.at(5 * 365.25, "serum_b12")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corrin.insight.why import why
    from corrin.model import load_model
    from corrin.study.rerun import rerun
    from corrin.study.result import Result
    from corrin.study.scenario import Scenario
    from corrin.study.simulate import simulate

__version__ = "0.1.0"
__all__ = ["Result", "Scenario", "__version__", "load_model", "rerun", "simulate", "why"]

# Where each public name lives; looked up on first use, so that importing corrin stays quick.
_HOMES = {
    "Result": "corrin.study",
    "Scenario": "corrin.study",
    "load_model": "corrin.model",
    "rerun": "corrin.study.rerun",
    "simulate": "corrin.study",
    "why": "corrin.insight.why",
}


def __getattr__(name: str) -> Any:
    """Import the home of a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'corrin' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)
