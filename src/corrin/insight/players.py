"""Players: what an effect is shared among, and how each is cut.

Three sums are kept apart, because what lies in series shares credit: *mechanisms* (edges that end
on nerve, brain or vessels), *enzymes* (where cobalamin acts in the cell) and *events* (what happens
to the person).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from corrin.engine.protocol import Protocol
from corrin.model.loader import read_edges
from corrin.study.scenario import Scenario

#: Most players of one sum: every further one doubles the number of simulations.
MOST = 10


@dataclass(frozen=True)
class Player:
    """One thing that can be cut.

    Attributes
    ----------
    name : str
        What it is called.
    gains : tuple of str
        Edges of the model that are set to 0 where it is cut.
    inputs : tuple of str
        Inputs of the model that stay as they are in the person without causes.
    """

    name: str
    gains: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


#: Where cobalamin acts in a cell. What a cause does to an enzyme belongs to that enzyme.
ENZYMES = (
    Player(
        "methionine synthase",
        ("gain_methylcobalamin", "gain_nitrous_oxide"),
        ("synthase_activity",),
    ),
    Player("methylmalonyl-CoA mutase", ("gain_adenosylcobalamin",), ("mutase_activity",)),
    Player("methylenetetrahydrofolate reductase", (), ("mthfr_activity",)),
    Player("cystathionine beta-synthase", (), ("cbs_activity",)),
    Player("cobalamin itself, through growth factors and cytokines", ("gain_trophic",)),
)

#: What makes blood cells fail: the two products of the folate ring that DNA needs.
BLOOD = (
    Player("thymidylate for DNA", ("gain_thymidylate",)),
    Player("purines for DNA", ("gain_purine",)),
)


@cache
def mechanisms() -> Mapping[str, Player]:
    """Return the mechanisms whose edges end on nerve, brain or vessels, by name."""
    gains: dict[str, tuple[str, ...]] = {}
    for edge in read_edges().values():
        if edge.layer == "injury":
            gains[edge.mechanism] = (*gains.get(edge.mechanism, ()), edge.name)
    return MappingProxyType({name: Player(name, cut) for name, cut in gains.items()})


def enzymes(protocol: Protocol) -> tuple[Player, ...]:
    """Return the enzymes that can matter under a protocol: by an edge, or by what a cause does."""
    changed = {change.name for change in protocol.changes}
    return tuple(e for e in ENZYMES if e.gains or changed.intersection(e.inputs))


def cut(protocol: Protocol, players: Iterable[Player]) -> Protocol:
    """Return a protocol in which some players are cut."""
    chosen = tuple(players)
    gains = {gain: 0.0 for player in chosen for gain in player.gains}
    held = {name for player in chosen for name in player.inputs}
    return replace(
        protocol,
        parameters={**protocol.parameters, **gains},
        changes=tuple(c for c in protocol.changes if c.name not in held) if held
        else protocol.changes,
    )  # fmt: skip


def coalitions(players: Sequence[Player]) -> list[tuple[Player, ...]]:
    """Return the players that are cut in each coalition; bit i of its place: player i acts."""
    count = 2 ** len(players)
    return [tuple(p for i, p in enumerate(players) if not mask >> i & 1) for mask in range(count)]


def event_names(scenario: Scenario) -> list[str]:
    """Return what the events of a timeline are called, each text once, stops left out."""
    kinds = {"diet": "diet: ", "treat": "treatment: "}
    names = (
        kinds.get(e.kind, "") + e.text for e in scenario.timeline if e.kind != "stop"
    )  # fmt: skip
    return list(dict.fromkeys(names))


def without_events(scenario: Scenario, names: Iterable[str]) -> Scenario:
    """Return the scenario without the events of these names (see `event_names`)."""
    gone = set(names)
    kinds = {"diet": "diet: ", "treat": "treatment: "}
    kept = [
        e for e in scenario.timeline
        if e.kind == "stop" or kinds.get(e.kind, "") + e.text not in gone
    ]  # fmt: skip
    running = {e.text for e in kept if e.kind != "stop"}
    # A stop of what never began would be refused.
    kept = [e for e in kept if e.kind != "stop" or _stops(e.text, running)]
    return replace(scenario, timeline=tuple(kept))


def _stops(text: str, running: Iterable[str]) -> bool:
    return any(text.lower() in one.lower() or one.lower() in text.lower() for one in running)
