"""The answer to why: what does how much, how sure that is, and through what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corrin.units import format_time
from corrin.variables import catalogue

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Width of an interval [share of the total] beyond which only ranks are told.
WIDE = 0.5
#: Correlation of two shares below which the data cannot tell the two apart.
APART = -0.4
#: Mean share that both must have to be worth telling apart.
PRESENT = 0.05
#: Part of the versions in which a mechanism must lead before it is said to lead.
SETTLED = 0.8
#: Part of the versions in which there must be enough to explain.
MOSTLY = 0.5


@dataclass(frozen=True)
class Mechanism:
    """One player and what it does, in the unit of what is explained.

    Attributes
    ----------
    name : str
        What it is.
    share : float
        Its part of the total; shares add up to the total.
    low, high : float or None
        Between them lie 90 % of the versions of the model; None where fewer than 300 stand
        behind it.
    part, part_low, part_high : float or None
        The same as a part of the total, from 0 to 1.
    first : float
        In what part of the versions it is the largest.
    without, alone : float or None
        The value when only this is cut, and when all others are cut.
    without_low, without_high : float or None
        Interval of `without`.
    """

    name: str
    share: float
    low: float | None
    high: float | None
    part: float
    part_low: float | None
    part_high: float | None
    median: float
    first: float
    without: float | None = None
    alone: float | None = None
    without_low: float | None = None
    without_high: float | None = None

    def __iter__(self) -> Iterator[object]:
        """Unpack as name and share."""
        return iter((self.name, self.share))

    @property
    def ranks_only(self) -> bool:
        """Whether the interval is too wide to tell more than a rank."""
        if self.part_low is None or self.part_high is None:
            return False
        return self.part_high - self.part_low > WIDE

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**vars(self), "ranks_only": self.ranks_only}


@dataclass(frozen=True)
class Pair:
    """Two mechanisms and the correlation of their shares over the versions."""

    one: str
    other: str
    correlation: float


@dataclass(frozen=True)
class Path_:
    """What one mechanism does through one channel.

    Attributes
    ----------
    mechanism, channel : str
        Player, and id in the model of what it acts through.
    share : float
        Part of the mechanism's share.
    low, high : float or None
        Interval, as for a mechanism.
    """

    mechanism: str
    channel: str
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Attribution:
    """The answer to "why this symptom, in this person, at this time?".

    Attributes
    ----------
    symptom : str
        Public name of what is explained.
    scenario : str
        Name of the scenario.
    time : float
        When [day].
    value, twin : float
        Of this person, and of the same person without causes and treatment: means over the
        versions in which there is enough to explain, or over all where these are too few.
    total, total_low, total_high : float
        `value` less `twin`, with its interval.
    mechanisms : tuple of Mechanism
        Largest share first.
    layer : str
        ``mechanism`` or, for blood, ``DNA synthesis``.
    enzymes, events : tuple of Mechanism
        Two further sums of the same total: where cobalamin acts, and what happened.
    paths : tuple of Path_
        From mechanism to tract (or what acts at once); adds up to the mechanisms.
    apart : tuple of Pair
        Mechanisms that the data cannot tell apart.
    together : float
        What the effects of single cuts add up to, as a part of the total.
    members, effective : float
        Versions asked, and effective number of those in which there is enough to explain.
    part_explained : float
        In what part of the versions there is enough to explain.
    source, reason : str
        ``ensemble`` or ``central``, and why only the central set.
    """

    symptom: str
    scenario: str
    time: float
    value: float
    twin: float
    total: float
    total_low: float | None
    total_high: float | None
    mechanisms: tuple[Mechanism, ...]
    layer: str
    enzymes: tuple[Mechanism, ...] = ()
    events: tuple[Mechanism, ...] = ()
    paths: tuple[Path_, ...] = ()
    apart: tuple[Pair, ...] = ()
    together: float = float("nan")
    members: int = 1
    effective: float = 1.0
    part_explained: float = 1.0
    source: str = "central"
    reason: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def explained(self) -> bool:
        """Whether there is enough to be shared in most versions of the model."""
        return self.part_explained >= MOSTLY

    @property
    def label(self) -> str:
        """Name of what is explained, to print."""
        return catalogue()[self.symptom].long_name

    @property
    def leader(self) -> Mechanism | None:
        """The mechanism that is largest in at least four fifths of the versions."""
        if not self.explained:
            return None
        best = max(self.mechanisms, key=lambda m: m.first)
        return best if best.first >= SETTLED else None

    def mechanism(self, name: str) -> Mechanism:
        """Return one mechanism."""
        return next(m for m in self.mechanisms if m.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        return {
            "symptom": self.symptom,
            "time": self.time,
            "value": self.value,
            "twin": self.twin,
            "total": self.total,
            "low": self.total_low,
            "high": self.total_high,
            "explained": self.explained,
            "layer": self.layer,
            "mechanisms": [m.to_dict() for m in self.mechanisms],
            "enzymes": [m.to_dict() for m in self.enzymes],
            "events": [m.to_dict() for m in self.events],
            "paths": [vars(p) for p in self.paths],
            "not_told_apart": [vars(p) for p in self.apart],
            "single_cuts_add_up_to": self.together,
            "versions": {
                "source": self.source,
                "reason": self.reason,
                "asked": self.members,
                "effective": self.effective,
                "part_explained": self.part_explained,
            },
        }

    def text(self) -> str:
        """Return the answer as lines for a terminal."""
        head = f"{self.label} at {format_time(self.time)}: {self.value:.2f}"
        if self.explained and self.total_low is not None:
            head += f"  (more than without the cause: {self.total:.2f}, "
            head += f"{self.total_low:.2f} to {self.total_high:.2f})"
        if not self.explained:
            most = "" if self.central else f" in {1 - self.part_explained:.0%} of the versions"
            return f"{head}\n  too little to explain{most}"
        lines = [head, f"  {self.layer:<36}{'share':>7}{'90 % of versions':>20}"
                       f"{'leads in':>10}{'cut alone':>11}{'alone':>8}"]  # fmt: skip
        return "\n".join([*lines, *(_line(m) for m in self.mechanisms), *self._remarks()])

    def _remarks(self) -> list[str]:
        found = [
            f"  The data cannot tell {p.one} and {p.other} apart (r {p.correlation:.2f})."
            for p in self.apart
        ]
        if self.part_explained < 1 and not self.central:
            found.append(
                f"  In {1 - self.part_explained:.0%} of the versions there is too little to "
                "explain; they do not count."
            )
        if not self.central and self.leader is None:
            found.append("  Experiments do not settle which of them leads.")
        return found

    @property
    def central(self) -> bool:
        """Whether it is the answer of the central parameter set alone."""
        return self.source == "central"

    def plot(self, path: str | Path | None = None) -> Figure:
        """Draw the shares with their intervals."""
        from importlib import import_module

        return import_module("corrin.faces.why_plot").plot_shares([self], path)  # type: ignore[no-any-return]


def _line(m: Mechanism) -> str:
    """Return one line of the table of mechanisms."""
    if m.ranks_only:
        share, between = "", "rank only"
    else:
        share = f"{m.share:.2f}"
        between = "" if m.low is None else f"{m.low:.2f} to {m.high:.2f}"
    cut = "" if m.without is None else f"{m.without:.2f}"
    only = "" if m.alone is None else f"{m.alone:.2f}"
    first = f"{100 * m.first:.0f} %"
    return f"  {m.name:<36}{share:>7}{between:>20}{first:>10}{cut:>11}{only:>8}"
