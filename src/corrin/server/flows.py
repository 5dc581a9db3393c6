"""What flows along the pathway now, against the healthy twin: each flow is a quantity of the model.

``relative`` is the quantity over that of the twin (empty where nothing flows), ``pile`` the same of
a product that piles up, ``complement`` one less the quantity, ``loss`` the quantity itself, 0 in
health and 1 when all is lost.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from corrin.insight.pathway import Link, pathway

KINDS = ("relative", "pile", "complement", "loss")
_LEAST = 1e-12


@dataclass(frozen=True)
class Flow:
    """One flow.

    Attributes
    ----------
    name : str
        The gain of its edge; ``source>target`` where it has none; a word for flows of the figure.
    source, target : str
        Ids of nodes.
    quantity : str
        Id in the model, or sums of products of ids.
    against : str
        What it is set against in the twin; the same quantity if empty.
    kind : str
        One of `KINDS`.
    words : str
        What flows.
    """

    name: str
    source: str
    target: str
    quantity: str
    against: str
    kind: str
    words: str

    @property
    def symbols(self) -> tuple[str, ...]:
        """Ids in the model that it is computed from."""
        both = f"{self.quantity}+{self.against}" if self.against else self.quantity
        return tuple(symbol for term in both.split("+") for symbol in term.split("*"))


def edge_name(link: Link) -> str:
    """Return the name of an edge of the pathway: its gain, or its ends."""
    return link.gain if link.gain and link.layer != "path" else f"{link.source}>{link.target}"


@cache
def flows() -> tuple[Flow, ...]:
    """Return all flows: those of the table, and what tracts pass on to symptoms."""
    words = {edge_name(link): link.words for link in pathway().links}
    with (files("corrin.server") / "data" / "flows.csv").open(encoding="utf-8") as handle:
        found = [
            Flow(r["flow"], r["source"], r["target"], r["quantity"], r["against"], r["kind"],
                 r["words"] or words.get(r["flow"], ""))
            for r in csv.DictReader(handle)
        ]  # fmt: skip
    return (*found, *_paths())


def _paths() -> list[Flow]:
    """Return the flows from mechanisms to tracts and symptoms, and from tracts to symptoms."""
    known = pathway().nodes
    found = []
    for link in pathway().links:
        if link.layer != "path":
            continue
        source, target = known[link.source], known[link.target]
        # On a tract each mechanism has a burden of its own; on symptoms the loss itself acts.
        own = f"{target.id}_burden_{source.id}" if target.kind == "tract" else source.symbol
        found.append(Flow(edge_name(link), source.id, target.id, own, "", "loss", link.words))
    return found


@cache
def symbols() -> tuple[str, ...]:
    """Return the ids that a run has to give for all flows and nodes."""
    wanted = [s for flow in flows() for s in flow.symbols]
    wanted += [node.symbol for node in pathway().nodes.values()]
    return tuple(dict.fromkeys(wanted))


def along(
    flow: Flow, person: Mapping[str, np.ndarray], twin: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return one flow over the times of a run.

    Parameters
    ----------
    flow : Flow
        Which.
    person, twin : mapping of str to ndarray, shape (n,)
        Quantities of the model in the person and in the healthy twin.

    Returns
    -------
    ndarray, shape (n,)
        1 is health for ``relative`` and ``pile``, 0 for the others.
    """
    own, healthy = _value(flow.quantity, person), _value(flow.against or flow.quantity, twin)
    if flow.kind == "complement":
        return np.asarray(np.clip(1 - own, 0.0, 1.0))
    if flow.kind == "loss":
        return np.asarray(np.maximum(own - healthy, 0.0))
    return np.asarray(np.where(healthy > _LEAST, own / np.maximum(healthy, _LEAST), 1.0))


def _value(quantity: str, run: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return a sum of products of quantities of a run."""
    terms = [np.prod([run[s] for s in term.split("*")], axis=0) for term in quantity.split("+")]
    return np.asarray(np.sum(terms, axis=0))
