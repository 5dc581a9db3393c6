"""Why: share what a person has more than their twin among the mechanisms that make it.

The value of a coalition of mechanisms is the log odds of the deficit of the person in whom only
these act, less the same for the twin (the same person without causes and treatment). Its Shapley
values, scaled to the unit of the symptom, are the shares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corrin.engine.protocol import Protocol
from corrin.insight import members as many
from corrin.insight.answer import MOSTLY, Attribution, Mechanism
from corrin.insight.game import Game, apart
from corrin.insight.members import Members
from corrin.insight.paths import paths
from corrin.insight.players import (
    BLOOD,
    MOST,
    Player,
    coalitions,
    cut,
    enzymes,
    event_names,
    mechanisms,
    without_events,
)
from corrin.insight.runs import Table, cut_table, mechanism_table, table
from corrin.insight.shapley import without
from corrin.insight.targets import BLOOD as BLOOD_VALUES
from corrin.insight.targets import check, explainable, fraction, symptoms
from corrin.study.scenario import Scenario
from corrin.study.simulate import simulate
from corrin.units import parse_time

__all__ = ["Explanation", "explainable", "why", "why_all"]

#: Told what is being done, and how much of it from 0 to 1.
Told = Callable[[str, float], None]

#: Below this the twin's own mechanisms do nothing [unit of the output].
_HARMLESS = 1e-7


@dataclass(frozen=True)
class Explanation:
    """Everything that was simulated to explain one person at one time.

    Attributes
    ----------
    scenario : Scenario
        The person.
    time : float
        When [day].
    chosen : Members
        Versions of the model.
    answers : tuple of Attribution
        One per output asked for.
    person, twin : Table
        Coalitions of mechanisms in the person; the twin, with one coalition if it is healthy.
    """

    scenario: Scenario
    time: float
    chosen: Members
    answers: tuple[Attribution, ...]
    person: Table
    twin: Table

    def weights(self, name: str) -> np.ndarray:
        """Return how much each version counts for one output: 0 where too little is lost."""
        game = Game.of(name, self.person, self.twin, True)
        counted = self.chosen.weights * game.enough
        spare = self.chosen.weights * np.isfinite(game.total)
        return np.asarray(counted if counted.any() else spare)


def why(
    symptom: str,
    scenario: Scenario | str,
    at: float | str | None = None,
    *,
    members: int | None = None,
    central: bool = False,
) -> Attribution:
    """Explain one symptom of one person.

    Parameters
    ----------
    symptom : str
        Public name of a symptom, a tract's loss, a vessel risk or a blood value.
    scenario : Scenario or str
        The person, or the name or path of a scenario.
    at : float or str, optional
        Time [day], or a text such as ``5 y``; when it is worst if not given.
    members : int, optional
        How many versions of the ensemble; all if not given.
    central : bool
        The central parameter set alone, without intervals.

    Returns
    -------
    Attribution
        Shares, intervals and paths.

    Raises
    ------
    InputError
        For a name that cannot be explained.
    """
    return explain([symptom], scenario, at, members=members, central=central).answers[0]


def why_all(
    names: Sequence[str],
    scenario: Scenario | str,
    at: float | str | None = None,
    *,
    members: int | None = None,
    central: bool = False,
) -> list[Attribution]:
    """Explain several outputs of one person at one time; see `why`."""
    return list(explain(names, scenario, at, members=members, central=central).answers)


def explain(
    names: Sequence[str] | None,
    scenario: Scenario | str,
    at: float | str | None = None,
    *,
    members: int | None = None,
    central: bool = False,
    chosen: Members | None = None,
    progress: Told | None = None,
) -> Explanation:
    """Explain outputs of one person and keep what was simulated for it; see `why`.

    Parameters
    ----------
    names : sequence of str or None
        Outputs; all symptoms if None.
    chosen : Members, optional
        Versions of the model, instead of `members` and `central`.
    progress : callable, optional
        Told what is being done.
    """
    asked = [check(name) for name in (symptoms() if names is None else names)]
    subject = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    time = parse_time(at, "at") if isinstance(at, str) else at
    time = _worst(asked, subject) if time is None else float(time)
    if chosen is None:
        chosen = many.one_set("asked for") if central else many.members(members)

    def told(what: str) -> Callable[[float], None] | None:
        return None if progress is None else lambda done: progress(what, done)

    protocol = subject.protocol(time)
    twin_protocol = subject.without_timeline().protocol(time)
    twin = _twin(twin_protocol, time, chosen)
    person = mechanism_table(protocol, time, chosen, told("Cutting mechanisms"))
    layers = {
        "enzymes": cut_table(protocol, enzymes(protocol), time, chosen, told("Cutting enzymes")),
        "events": _events(subject, time, chosen),
    }
    blood = None
    if any(name in BLOOD_VALUES for name in asked):
        blood = cut_table(protocol, BLOOD, time, chosen, told("Cutting DNA synthesis"))
    case = _Case(subject, time, chosen, person, twin, layers, blood)
    return Explanation(subject, time, chosen, tuple(case.answer(n) for n in asked), person, twin)


def _twin(protocol: Protocol, time: float, chosen: Members) -> Table:
    """Return the twin: whole alone if its own mechanisms do nothing, else all its coalitions."""
    ends = [protocol, cut(protocol, mechanisms().values())]
    pair = table(ends, (), time, chosen)
    if all(np.nanmax(np.abs(v[:, 0] - v[:, 1])) < _HARMLESS for v in pair.values.values()):
        return Table((), {name: v[:, :1] for name, v in pair.values.items()})
    return mechanism_table(protocol, time, chosen)


def _events(subject: Scenario, time: float, chosen: Members) -> Table | None:
    """Return the coalitions of what happens; None where there is one event, or too many."""
    names = event_names(subject)
    if not 2 <= len(names) <= MOST // 2:
        return None
    players = tuple(Player(name) for name in names)
    variants = [
        without_events(subject, [p.name for p in gone]).protocol(time)
        for gone in coalitions(players)
    ]
    return table(variants, players, time, chosen)


def _worst(names: Sequence[str], subject: Scenario) -> float:
    """Time [day] at which what is asked about is worst in all; the end where nothing is."""
    found = simulate(subject).dataset  # all outputs: an engine prepares itself for each set
    times = found["time"].values
    lost = sum(
        fraction(name, found[name].values, found[name].values[:1]) for name in names
    )  # fmt: skip
    return float(times[np.argmax(lost)] if np.max(lost) > 1e-6 else times[-1])


@dataclass(frozen=True)
class _Case:
    """Tables of one person, from which each output is explained."""

    subject: Scenario
    time: float
    chosen: Members
    person: Table
    twin: Table
    layers: dict[str, Table | None]
    blood: Table | None

    def answer(self, name: str) -> Attribution:
        """Return the explanation of one output."""
        is_blood = name in BLOOD_VALUES
        source = self.blood if is_blood and self.blood is not None else self.person
        game = self.game(name, source)
        weights = self.chosen.weights * game.enough
        part = float(weights.sum() / self.chosen.weights.sum())
        ran = self.chosen.weights * np.isfinite(game.total)
        shown = weights if part >= MOSTLY else ran
        value = float(many.mean(game.values[:, -1], shown))
        twin = float(many.mean(game.twin, shown))
        total = float(many.mean(game.total, shown))
        span = many.interval(game.total, weights)
        base = Attribution(
            symptom=name,
            scenario=self.subject.name,
            time=self.time,
            value=value,
            twin=twin,
            total=total,
            total_low=None if span is None else span[0],
            total_high=None if span is None else span[1],
            mechanisms=(),
            layer="DNA synthesis" if is_blood else "mechanism",
            members=len(self.chosen),
            effective=many.effective(weights),
            part_explained=part,
            source=self.chosen.source,
            reason=self.chosen.reason,
        )
        if not base.explained:
            nothing = tuple(
                Mechanism(n, 0.0, None, None, 0.0, None, None, 0.0, 0.0) for n in game.names
            )
            return replace(base, mechanisms=nothing)
        rows = game.rows(weights)
        single = (game.total - (without(game.values) - game.twin[:, None]).T).T
        ratio = single.sum(axis=1) / np.where(game.enough, game.total, 1.0)
        return replace(
            base,
            mechanisms=tuple(sorted(rows, key=lambda m: -abs(m.share))),
            enzymes=self.layer(name, "enzymes", weights),
            events=self.events(name, weights, base),
            paths=() if is_blood else paths(name, self.person, self.twin, game, self.chosen,
                                            weights),
            apart=() if self.chosen.central else apart(game, weights),
            together=float(many.mean(ratio, weights)),
        )  # fmt: skip

    def game(self, name: str, source: Table) -> Game:
        """Return the game of one output on one table."""
        return Game.of(name, source, self.twin, source is self.person)

    def layer(self, name: str, which: str, weights: np.ndarray) -> tuple[Mechanism, ...]:
        """Return another sum of the same total."""
        found = self.layers[which]
        if found is None:
            return ()
        rows = self.game(name, found).rows(weights)
        return tuple(sorted(rows, key=lambda m: -abs(m.share)))

    def events(self, name: str, weights: np.ndarray, base: Attribution) -> tuple[Mechanism, ...]:
        """Return the share of each event; a single one has it all."""
        names = event_names(self.subject)
        if len(names) == 1:
            span = (base.total_low, base.total_high)
            return (Mechanism(names[0], base.total, *span, 1.0, 1.0, 1.0, 1.0, 1.0),)
        return self.layer(name, "events", weights)
