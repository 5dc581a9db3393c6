"""Axons, lesions, conduction studies and evoked potentials; this room knows nothing of B12.

>>> from corrin.nerve import conduction_velocity
>>> round(conduction_velocity(10.0), 1)
56.2
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corrin.nerve.axon import fibre
    from corrin.nerve.fibres import Subject
    from corrin.nerve.hodgkin_huxley import unmyelinated
    from corrin.nerve.lesions import Lesion, lay, travel
    from corrin.nerve.pathway import Tract, transmission
    from corrin.nerve.run import run_nerve
    from corrin.nerve.studies import Examination, examine
    from corrin.nerve.table import load_table
    from corrin.nerve.velocity import Conduction, conduction, conduction_velocity

__all__ = [
    "Conduction",
    "Examination",
    "Lesion",
    "Subject",
    "Tract",
    "conduction",
    "conduction_velocity",
    "examine",
    "fibre",
    "lay",
    "load_table",
    "run_nerve",
    "transmission",
    "travel",
    "unmyelinated",
]

# Where each public name lives; looked up on first use, for the compiler is slow to import.
_HOMES = {
    "Conduction": "velocity",
    "Examination": "studies",
    "Lesion": "lesions",
    "Subject": "fibres",
    "Tract": "pathway",
    "conduction": "velocity",
    "conduction_velocity": "velocity",
    "examine": "studies",
    "fibre": "axon",
    "lay": "lesions",
    "run_nerve": "run",
    "load_table": "table",
    "transmission": "pathway",
    "travel": "lesions",
    "unmyelinated": "hodgkin_huxley",
}


def __getattr__(name: str) -> Any:
    """Import the home of a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'corrin.nerve' has no attribute {name!r}")
    value = getattr(import_module(f"corrin.nerve.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)
