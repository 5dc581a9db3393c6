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
from corrin.insight.answer import APART, PRESENT, Attribution, Mechanism, Pair
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
from corrin.insight.shapley import LEAST, alone, shapley, without, worth
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
REST = "none of these"


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
        shown = weights if weights.any() else self.chosen.weights * np.isfinite(game.total)
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
            part_explained=float(weights.sum() / self.chosen.weights.sum()),
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
            apart=() if self.chosen.central else _apart(game, weights),
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


@dataclass(frozen=True)
class Game:
    """Values of the coalitions for one output, and what follows from them in each version.

    Attributes
    ----------
    names : tuple of str
        Players, and the rest where cutting all does not leave the twin.
    values : ndarray, shape (members, coalitions)
        Output in the person [its unit].
    twin, total : ndarray, shape (members,)
        Output in the twin, and what the person has more.
    enough : ndarray of bool, shape (members,)
        Whether there is enough to explain.
    parts : ndarray, shape (members, names)
        Shares as a part of the total; they add up to 1 where there is enough.
    """

    names: tuple[str, ...]
    values: np.ndarray
    twin: np.ndarray
    total: np.ndarray
    enough: np.ndarray
    parts: np.ndarray

    @classmethod
    def of(cls, name: str, source: Table, twin: Table, same_players: bool) -> Game:
        """Return the game of an output.

        `same_players` tells that a twin who is not healthy was cut in the same way: its own
        shares are then taken off.
        """
        values, others = source.values[name], twin.values[name]
        healthy = others[:, -1]
        lost = fraction(name, values, healthy[:, None])
        twin_lost = fraction(name, others, healthy[:, None])
        raw = shapley(worth(lost))
        effect = worth(lost[:, -1]) - worth(twin_lost[:, -1])
        if same_players and others.shape == values.shape:
            raw = raw - shapley(worth(twin_lost))
        names = tuple(p.name for p in source.players)
        rest = effect - raw.sum(axis=1)
        if not same_players:
            raw, names = np.concatenate([raw, rest[:, None]], axis=1), (*names, REST)
        gain = lost[:, -1] - twin_lost[:, -1]
        enough = gain >= LEAST
        size = np.where(enough, raw.sum(axis=1), 1.0)
        parts = np.where(enough[:, None], raw / size[:, None], 0.0)
        return cls(names, values, healthy, values[:, -1] - healthy, enough, parts)

    @property
    def shares(self) -> np.ndarray:
        """Shares in the unit of the output, shape (members, names)."""
        return np.asarray(self.parts * self.total[:, None])

    def rows(self, weights: np.ndarray) -> list[Mechanism]:
        """Return the players with their intervals over the versions that count."""
        shares, kept = self.shares, weights > 0
        first = many.first_places(self.parts, weights)
        lone, cut_one = alone(self.values), without(self.values)
        rows = []
        for i, name in enumerate(self.names):
            low, high = many.interval(shares[kept, i], weights[kept]) or (None, None)
            part_low, part_high = many.interval(self.parts[kept, i], weights[kept]) or (None, None)
            row = Mechanism(
                name,
                share=float(many.mean(shares[:, i], weights)),
                low=low,
                high=high,
                part=float(many.mean(self.parts[:, i], weights)),
                part_low=part_low,
                part_high=part_high,
                median=many.quantiles(self.parts[kept, i], weights[kept], (0.5,))[0],
                first=float(first[i]),
            )
            if i < lone.shape[1]:
                spared = many.interval(cut_one[kept, i], weights[kept]) or (None, None)
                row = replace(
                    row,
                    without=float(many.mean(cut_one[:, i], weights)),
                    alone=float(many.mean(lone[:, i], weights)),
                    without_low=spared[0],
                    without_high=spared[1],
                )
            rows.append(row)
        return [row for row in rows if row.name != REST or abs(row.part) > 1e-3]


def _apart(game: Game, weights: np.ndarray) -> tuple[Pair, ...]:
    """Return the pairs of mechanisms whose shares trade off over the versions."""
    found = many.correlation(game.parts, weights)
    size = many.mean(game.parts, weights)
    pairs = [
        Pair(game.names[i], game.names[j], float(found[i, j]))
        for i in range(len(game.names))
        for j in range(i + 1, len(game.names))
        if found[i, j] <= APART and min(size[i], size[j]) >= PRESENT
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.correlation))
