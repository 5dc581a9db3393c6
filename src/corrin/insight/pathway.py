"""The pathway from B12 to symptoms as a graph, derived from the model.

Nodes have a place by hand (``data/nodes.csv``). Edges with a gain come from the model's table of
edges; from the mechanisms on, edges are read from the model's formulas. A few links of the chain
have no gain of their own (``data/links.csv``); tests check each against the model.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from corrin.evidence.sources import GRADES, facts
from corrin.insight import members as many
from corrin.insight.algebra import algebra
from corrin.insight.players import Player, cut
from corrin.insight.runs import CHANNELS, table
from corrin.model.loader import load_model, read_edges

if TYPE_CHECKING:
    from corrin.insight.answer import Attribution
    from corrin.insight.why import Explanation

#: Mechanism of the table of edges, and the node that stands for its edge on nerve or vessels.
_NODES = {
    "gain_methylation": "methylation",
    "gain_homocysteine": "homocysteine",
    "gain_dna_synthesis": "dna_synthesis",
    "gain_propionate": "propionate",
    "gain_trophic": "trophic",
    "gain_energy": "energy",
    "gain_anaemia": "anaemia",
    "gain_transmitters": "transmitters",
    "gain_vessels": "vessels",
}


@dataclass(frozen=True)
class Node:
    """One node of the pathway.

    Attributes
    ----------
    id, label, kind : str
        Name, words, and what it is: intake, store, enzyme, metabolite, blood, mechanism, tract or
        symptom.
    symbol : str
        Quantity of the model that it shows.
    feeds : str
        Quantity of the model through which it acts; several with blanks between.
    x, y : float
        Place of its middle in the picture.
    """

    id: str
    label: str
    symbol: str
    feeds: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True)
class Link:
    """One edge of the pathway.

    Attributes
    ----------
    source, target : str
        Ids of nodes.
    gain : str
        Gain in the model that cuts it; empty where it has none.
    words : str
        What happens along it.
    mechanism, layer : str
        As in the table of edges; layer ``path`` from the mechanisms on, ``chain`` without a gain.
    rows : tuple of str
        Rows of evidence that bear on it.
    grade : str
        Best grade of these rows; of the parameter that sets its strength on the paths.
    effect : float or None
        What it does to the symptom here and now, as a part of the total; None if not asked.
    effect_kind : str
        ``share`` (adds up over a layer) or ``cut`` (what cutting it alone would take away).
    """

    source: str
    target: str
    gain: str
    words: str
    mechanism: str
    layer: str
    rows: tuple[str, ...] = ()
    grade: str = ""
    effect: float | None = None
    effect_kind: str = ""


@dataclass(frozen=True)
class Pathway:
    """The graph; `symptom` is what the effects are on, empty where none were asked for."""

    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    symptom: str = ""
    title: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "symptom": self.symptom,
            "title": self.title,
            "nodes": [vars(node) for node in self.nodes.values()],
            "edges": [{**vars(link), "rows": list(link.rows)} for link in self.links],
        }

    def to_graphml(self) -> str:
        """Return the graph as GraphML, which programs for networks read."""
        kinds = {str: "string", float: "double"}
        root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
        node_keys = ("label", "kind", "symbol", "x", "y")
        link_keys = ("gain", "words", "mechanism", "layer", "evidence", "grade", "effect",
                     "effect_kind")  # fmt: skip
        for where, keys in (("node", node_keys), ("edge", link_keys)):
            for key in keys:
                kind = kinds[float if key in ("x", "y", "effect") else str]
                ElementTree.SubElement(
                    root, "key", {"id": f"{where}-{key}", "for": where, "attr.name": key,
                                  "attr.type": kind}
                )  # fmt: skip
        graph = ElementTree.SubElement(root, "graph", id="pathway", edgedefault="directed")

        def data(parent: ElementTree.Element, where: str, key: str, value: object) -> None:
            if value is not None and value != "":
                ElementTree.SubElement(parent, "data", key=f"{where}-{key}").text = str(value)

        for node in self.nodes.values():
            item = ElementTree.SubElement(graph, "node", id=node.id)
            for key in node_keys:
                data(item, "node", key, getattr(node, key))
        for link in self.links:
            item = ElementTree.SubElement(graph, "edge", source=link.source, target=link.target)
            for key in link_keys:
                value = " ".join(link.rows) if key == "evidence" else getattr(link, key)
                data(item, "edge", key, value)
        ElementTree.indent(root)
        return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


@cache
def nodes() -> Mapping[str, Node]:
    """Return the nodes by id."""
    found = {}
    for row in _read("nodes.csv"):
        feeds = row["feeds"] or row["symbol"]
        found[row["id"]] = Node(
            row["id"], row["label"], row["symbol"], feeds, row["kind"], float(row["x"]),
            float(row["y"]),
        )  # fmt: skip
    return MappingProxyType(found)


def _read(name: str) -> list[dict[str, str]]:
    path = files("corrin.insight") / "data" / name
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@cache
def pathway() -> Pathway:
    """Return the pathway of the model, without effects."""
    links = []
    for edge in read_edges().values():
        target = _NODES.get(edge.name, edge.target)
        known = [facts()[row].grade for row in edge.rows]
        grade = min(known, key=GRADES.index) if known else ""
        links.append(
            Link(edge.source, target, edge.name, edge.long_name, edge.mechanism, edge.layer,
                 edge.rows, grade)
        )  # fmt: skip
    links += [
        Link(row["source"], row["target"], "", row["note"], "", "chain")
        for row in _read("links.csv")
    ]
    return Pathway(nodes(), (*links, *_paths()))


def _paths() -> list[Link]:
    """Return the edges from mechanisms to tracts and symptoms, read from the formulas."""
    known = nodes()
    ends = [n for n in known.values() if n.kind in ("mechanism", "tract", "symptom")]
    late = {part: n for n in ends for part in _parts(n)}
    grades = {row.name: row.grade for row in load_model().rows}
    found = []
    for node in ends:
        reached = [late[name] for part in _parts(node) for name in _next(part, frozenset(late))]
        for target in {n.id: n for n in reached}.values():
            if target is node or target.kind == "mechanism":
                continue
            weight = f"{target.id}_weight_{node.id}"
            grade = grades.get(weight, "")
            words = f"{node.label} on {target.label.lower()}"
            mechanism = ""
            if node.kind == "mechanism":
                mechanism = next(
                    e.mechanism for g, e in read_edges().items() if _NODES.get(g) == node.id
                )
            found.append(Link(node.id, target.id, "", words, mechanism, "path", (), grade))
    return found


def _parts(node: Node) -> tuple[str, ...]:
    """Return the quantities of a node: a tract has what it lost and fibres that fire."""
    return CHANNELS.get(node.feeds, (node.feeds,))


def _next(symbol: str, stops: frozenset[str]) -> list[str]:
    """Return the quantities among `stops` that a symbol reaches without passing another."""
    feeds = algebra().feeds
    found: list[str] = []
    seen, new = {symbol}, [symbol]
    while new:
        for target in sorted(feeds.get(new.pop(), ())):
            if target in seen:
                continue
            seen.add(target)
            (found if target in stops else new).append(target)
    return found


def effects(explanation: Explanation, answer: Attribution) -> Pathway:
    """Return the pathway with what each edge does to one symptom of one person at one time.

    Edges of the sum of mechanisms carry its shares; edges above them what cutting each alone would
    take away (these do not add up, because edges in series share credit).
    """
    plain = pathway()
    title = f"{answer.label}, {explanation.scenario.name}"
    if not answer.explained or answer.layer != "mechanism":
        return replace(plain, symptom=answer.symptom, title=title)
    total = answer.total
    by_channel: dict[tuple[str, str], float] = {}
    for path in answer.paths:
        by_channel[path.mechanism, path.channel] = path.share / total
    shares = {m.name: m.share / total for m in answer.mechanisms}
    single = _only_channel(answer.symptom)
    above = _upstream(explanation, answer.symptom)
    known = plain.nodes

    def through(mechanism: str, channel: str) -> float:
        if single is not None:
            return shares[mechanism] if channel == single else 0.0
        return by_channel.get((mechanism, channel), 0.0)

    def effect(link: Link) -> tuple[float | None, str]:
        if link.layer == "upstream":
            return above[link.gain], "cut"
        if link.layer == "chain":
            return None, ""
        source, target = known[link.source], known[link.target]
        if link.layer == "injury":
            return _injury(link), "share"
        if target.kind == "symptom":
            if target.id != answer.symptom:
                return 0.0, "share"
            channel = _channel(source)
            mechanisms = [link.mechanism] if link.mechanism else list(shares)
            return sum(through(m, channel) for m in mechanisms), "share"
        return through(link.mechanism, _channel(target)), "share"

    def _injury(link: Link) -> float:
        if link.mechanism != "homocysteine":
            return shares[link.mechanism]
        vessels = through("homocysteine", "vessel_injury")
        if answer.symptom == "stroke_relative_risk":
            vessels = shares["homocysteine"]
        return vessels if link.gain == "gain_vessels" else shares["homocysteine"] - vessels

    links = []
    for link in plain.links:
        size, kind = effect(link)
        links.append(replace(link, effect=size, effect_kind=kind))
    return Pathway(plain.nodes, tuple(links), answer.symptom, title)


def _channel(node: Node) -> str:
    return "vessel_injury" if node.id == "vessels" else node.feeds


def _only_channel(symptom: str) -> str | None:
    """Return the one channel of an output that has only one."""
    from corrin.insight.paths import channels_of

    found = channels_of(symptom)
    return found[0] if len(found) == 1 else None


def _upstream(explanation: Explanation, symptom: str) -> dict[str, float]:
    """Return, for each edge above the mechanisms, what cutting it alone would take away."""
    gains = [e.name for e in read_edges().values() if e.layer == "upstream"]
    protocol = explanation.scenario.protocol(explanation.time)
    runs = [cut(protocol, [Player(gain, (gain,))]) for gain in gains]
    chosen = explanation.chosen
    values = table(runs, (), explanation.time, chosen).values[symptom]
    full = explanation.person.values[symptom][:, -1]
    twin = explanation.twin.values[symptom][:, -1]
    weights = explanation.weights(symptom)
    total = float(many.mean(full - twin, weights))
    spared = np.asarray(many.mean(full[:, None] - values, weights)) / total
    return {gain: float(part) for gain, part in zip(gains, spared, strict=True)}
