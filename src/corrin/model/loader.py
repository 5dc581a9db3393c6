"""Load the composed model with its inputs, parameters and edges; keep the composition on disk."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from corrin.cache import cached_text
from corrin.errors import ModelError
from corrin.model.compose import (
    PROCESSES,
    REPEATED,
    Row,
    antimony_text,
    instances,
    read_module,
    read_table,
)
from corrin.variables import catalogue

if TYPE_CHECKING:
    import pandas as pd

#: Units of inputs as people write them, and their names in the model.
_UNIT_IDS = {"1": "fraction", "nmol/day": "nmol_per_day", "1/day": "per_day"}
_UNIT_IDS |= {"mg/day": "mg_per_day", "mL/min/1.73m2": "mL_min"}

#: Every process of the model, in the order of the chain.
MODULES = (*PROCESSES, *REPEATED, "main")

#: Name of the parameter set that the tables hold.
PARAMETER_SET = "corrin2026"


@dataclass(frozen=True)
class Input:
    """A parameter that a scenario may set or change in time."""

    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    long_name: str


@dataclass(frozen=True)
class Edge:
    """A causal edge that can be cut: `name` is its gain in the model, 1 as in life, 0 cut.

    Edges of the layer ``injury`` all end on nerve, brain or vessel: none lies behind another, so
    that an effect can be shared among them. `rows` are the evidence rows that bear on an edge.
    """

    name: str
    mechanism: str
    layer: str
    source: str
    target: str
    long_name: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """A composed model, ready for an engine.

    Attributes
    ----------
    name : str
        ``corrin``, the whole person.
    antimony, sbml : str
        The model as Antimony text and as SBML L3V2.
    inputs : mapping of str to Input
        Parameters that a scenario may set or change in time.
    edges : mapping of str to Edge
        Gains of the causal edges by parameter name.
    rows : tuple of Row
        All other parameters.
    """

    name: str
    antimony: str
    sbml: str
    inputs: Mapping[str, Input]
    edges: Mapping[str, Edge]
    rows: tuple[Row, ...] = field(repr=False)

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the SBML text."""
        return hashlib.sha256(self.sbml.encode()).hexdigest()[:16]

    @property
    def parameters(self) -> pd.DataFrame:
        """Parameters as a table: module, name, value, unit, spread, grade, source, note."""
        import pandas as pd

        columns = ("module", "name", "value", "unit", "spread", "grade", "source", "note")
        return pd.DataFrame([[getattr(r, c) for c in columns] for r in self.rows], columns=columns)


@cache
def read_inputs() -> Mapping[str, Input]:
    """Read the inputs of the model from ``inputs.csv``."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    with (files("corrin.model") / "inputs.csv").open(encoding="utf-8") as handle:
        found = {
            row["name"]: Input(
                row["name"],
                float(row["value"]),
                row["unit"],
                number(row["low"]),
                number(row["high"]),
                row["long_name"],
            )
            for row in csv.DictReader(handle)
        }
    return MappingProxyType(found)


@cache
def read_edges() -> Mapping[str, Edge]:
    """Read the causal edges of the model from ``edges.csv``."""
    with (files("corrin.model") / "edges.csv").open(encoding="utf-8") as handle:
        found = {
            row["name"]: Edge(rows=tuple(row.pop("rows").split()), **row)
            for row in csv.DictReader(handle)
        }
    return MappingProxyType(found)


@cache
def load_model() -> Model:
    """Return the model of the whole person, composed on first use and cached on disk."""
    inputs, edges = read_inputs(), read_edges()
    triples = [(i.name, i.value, _UNIT_IDS.get(i.unit, i.unit)) for i in inputs.values()]
    source = antimony_text(triples)
    names = {i.name: i.long_name for i in inputs.values()}
    names |= {e.name: e.long_name for e in edges.values()}
    names |= {v.name: v.long_name for v in catalogue().values()}

    def translate() -> str:
        from corrin.model.sbml import to_sbml

        return to_sbml(source, [*inputs, *edges], instances(), names)

    sbml = cached_text("model", source + repr(names), translate)
    rows = tuple(row for module in MODULES for row in _per_instance(module))
    return Model("corrin", source, sbml, inputs, edges, rows)


def shared(module: str, name: str) -> tuple[str, ...]:
    """Return the ids that a row of a table sets in the composed model.

    A row without an instance's name in a repeated process holds for all instances that have no
    row of their own.
    """
    if module not in REPEATED:
        return (name,)
    if "." in name:
        return (name.replace(".", "_"),)
    own = {row.name for row in read_table(module)}
    places = [i for i, process in instances().items() if process == module]
    return tuple(f"{i}_{name}" for i in places if f"{i}.{name}" not in own)


def _per_instance(module: str) -> list[Row]:
    """Rows of a table under the ids they have in the composed model."""
    return [
        replace(row, name=symbol)
        for row in read_table(module)
        for symbol in shared(module, row.name)
    ]


def check_tables() -> None:
    """Raise ModelError where tables and modules disagree.

    Every gain in the modules must have an edge, every edge a gain, and every grade be known.
    """
    import re

    text = "\n".join(read_module(m).body for m in MODULES)
    gains = set(re.findall(r"\bgain_\w+", text))
    if gains != read_edges().keys():
        odd = sorted(gains ^ read_edges().keys())
        raise ModelError(f"gains and edges differ: {odd}", where="edges.csv")
    for module in MODULES:
        for row in read_table(module):
            if row.grade not in ("measured", "fitted", "assumed"):
                raise ModelError(
                    f"unknown grade {row.grade!r} of {row.name}", where=f"{module}.csv"
                )
