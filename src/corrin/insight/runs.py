"""Simulations behind an explanation: every coalition of cut edges in every version of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from corrin.engine.protocol import Protocol
from corrin.insight.algebra import algebra
from corrin.insight.members import Members
from corrin.insight.players import Player, coalitions, cut, mechanisms
from corrin.insight.targets import TRACTS, explainable

#: Told how much of the work is done, from 0 to 1.
Progress = Callable[[float], None]

#: Relative tolerance of these runs; a share moves by less than .001 against one of 1e-7.
RTOL = 1e-5
#: A run that fails is tried once more with this one.
STRICT = 1e-8
_BATCH = 2048

#: Through these alone an injury reaches what is felt: tracts, by what they lose and by fibres that
#: fire on their own, and what acts at once. Each channel with the quantities that it consists of.
CHANNELS = {
    **{f"{tract}_deficit": (f"{tract}_deficit", f"{tract}_ectopic") for tract in TRACTS},
    **{name: (name,) for name in ("loss_transmitters", "loss_anaemia", "vessel_injury")},
}
QUANTITIES = tuple(name for parts in CHANNELS.values() for name in parts)


@cache
def outputs() -> tuple[str, ...]:
    """Return what every run of an explanation gives: the same for all, so that one engine does."""
    return (*QUANTITIES, *explainable())


@dataclass(frozen=True)
class Table:
    """Outcomes of every coalition in every version of the model at one time.

    Attributes
    ----------
    players : tuple of Player
        Bit i of the number of a coalition: player i acts.
    values : mapping of str to ndarray, shape (members, coalitions)
        By output [unit of the output].
    """

    players: tuple[Player, ...]
    values: Mapping[str, np.ndarray]


def solve(
    protocols: Sequence[Protocol], time: float, progress: Progress | None = None
) -> np.ndarray:
    """Return `outputs` at one time [day] of many runs, shape (runs, outputs).

    A run that fails is tried again more closely; one that fails again is NaN.
    """
    found = np.full((len(protocols), len(outputs())), np.nan)
    for start in range(0, len(protocols), _BATCH):
        part = range(start, min(start + _BATCH, len(protocols)))
        failed = _solve(protocols, part, time, RTOL, found)
        _solve(protocols, failed, time, STRICT, found)
        if progress is not None:
            progress((part[-1] + 1) / len(protocols))
    return found


def _solve(
    protocols: Sequence[Protocol], which: Sequence[int], time: float, rtol: float, found: np.ndarray
) -> list[int]:
    """Run some protocols, put their outputs into `found` and return those that failed."""
    from corrin.engine import default_engine
    from corrin.engine.compiled import CompiledEngine
    from corrin.model import load_model

    engine = default_engine(load_model())
    assert isinstance(engine, CompiledEngine)
    names, failed = outputs(), []
    if which:
        runs = [protocols[i] for i in which]
        for i, outcome in zip(
            which, engine.solve_many(runs, [time], names, rtol=rtol), strict=True
        ):
            if outcome.trajectory is None:
                failed.append(i)
            else:
                found[i] = [outcome.trajectory.values[name][0] for name in names]
    return failed


def grid(
    variants: Sequence[Protocol], time: float, chosen: Members, progress: Progress | None = None
) -> np.ndarray:
    """Return `outputs` at one time of all variants in all versions, (members, variants, outputs).

    The same as `solve` on every pair, but each variant is read only once: what a version
    overrides is put in its place in the arrays of the engine.
    """
    from corrin.engine import default_engine
    from corrin.engine.compiled import CompiledEngine, actions_of, make_batch
    from corrin.engine.outcome import Code
    from corrin.model import load_model

    engine = default_engine(load_model())
    assert isinstance(engine, CompiledEngine)
    kernel = engine.kernel(outputs())
    slots = {name: i for i, name in enumerate(kernel.shape.slots)}
    read = [actions_of(variant, kernel.shape, "why") for variant in variants]
    free = [
        [name for name in chosen.columns if name not in variant.parameters] for variant in variants
    ]
    places = [np.array([slots[name] for name in names], int) for names in free]
    values = [
        np.hstack([chosen.columns[n] for n in names]) if names else np.empty((len(chosen), 0))
        for names in free
    ]
    found = np.full((len(chosen), len(variants), len(outputs())), np.nan)
    step = max(1, _BATCH // len(variants))
    for start in range(0, len(chosen), step):
        part = range(start, min(start + step, len(chosen)))
        given = []
        for member in part:
            for (base, _), where, value in zip(read, places, values, strict=True):
                row = base.copy()
                row[where] = value[member]
                given.append(row)
        actions = [own for _ in part for _, own in read]
        settles = [variant.settle for _ in part for variant in variants]
        batch = make_batch(given, actions, settles, np.array([time]))
        solution = engine.run(kernel, batch, RTOL, None, 1_000_000)
        done = (solution.result[:, 0] == Code.SUCCESS) & np.isfinite(solution.values[:, 0]).all(1)
        block = np.where(done[:, None], solution.values[:, 0], np.nan)
        found[part.start : part.stop] = block.reshape(len(part), len(variants), -1)
        if progress is not None:
            progress(part.stop / len(chosen))
    for member, variant in np.argwhere(~np.isfinite(found[:, :, 0])):
        protocol = in_member(variants[variant], chosen.sets[member])
        _solve([protocol], [0], time, STRICT, found[member, variant][None])
    return found


def in_member(protocol: Protocol, overrides: Mapping[str, float]) -> Protocol:
    """Return a protocol under one version of the model; what the person or a cut sets wins."""
    if not overrides:
        return protocol
    return replace(protocol, parameters={**overrides, **protocol.parameters})


def table(
    variants: Sequence[Protocol],
    players: Sequence[Player],
    time: float,
    chosen: Members,
    progress: Progress | None = None,
) -> Table:
    """Return the outcomes of some variants of a protocol, one per coalition, in all versions."""
    cube = grid(variants, time, chosen, progress)
    return Table(tuple(players), {n: cube[:, :, i] for i, n in enumerate(outputs())})


def cut_table(
    protocol: Protocol,
    players: Sequence[Player],
    time: float,
    chosen: Members,
    progress: Progress | None = None,
) -> Table:
    """Return the outcomes of all coalitions of cut players, each simulated."""
    variants = [cut(protocol, gone) for gone in coalitions(players)]
    return table(variants, players, time, chosen, progress)


@cache
def lasting_and_instant() -> tuple[tuple[Player, ...], tuple[Player, ...]]:
    """Return the mechanisms that act on states, and those that act on symptoms at once."""
    rules = algebra()
    instant = [
        p for p in mechanisms().values()
        if not any(rules.reached(gain) & rules.states for gain in p.gains)
    ]  # fmt: skip
    return tuple(p for p in mechanisms().values() if p not in instant), tuple(instant)


def mechanism_table(
    protocol: Protocol, time: float, chosen: Members, progress: Progress | None = None
) -> Table:
    """Return the outcomes of all coalitions of mechanisms.

    A mechanism that acts at once and on no state needs no run of its own: what it sends is left
    out where it is cut, and the symptoms are computed again by the formulas of the model. No
    mechanism feeds back on another (a test forbids it), so that this is the same as a run.
    """
    lasting, instant = lasting_and_instant()
    plain = cut_table(protocol, lasting, time, chosen, progress)
    return with_instant(plain, instant, chosen)


def with_instant(plain: Table, instant: Sequence[Player], chosen: Members) -> Table:
    """Return a table with the coalitions in which players that act at once are cut as well."""
    rules = algebra()
    masks = range(2 ** len(instant))
    own = [
        {name for gain in p.gains for name in (*rules.reached(gain), gain)} for p in instant
    ]  # fmt: skip
    touched = set().union(*own)
    values: dict[str, np.ndarray] = {}
    channels = [
        {
            name: plain.values[name]
            * all(mask >> i & 1 or name not in own[i] for i in range(len(instant)))
            for name in QUANTITIES
        }
        for mask in masks
    ]
    for name, whole in plain.values.items():
        if name in QUANTITIES:
            parts = [channels[mask][name] for mask in masks]
        elif name in touched:
            given = chosen.columns
            parts = [
                np.broadcast_to(rules.evaluate(name, {**given, **channels[mask]}), whole.shape)
                for mask in masks
            ]
        else:
            parts = [whole] * len(masks)
        values[name] = np.concatenate(parts, axis=1)
    return Table((*plain.players, *instant), values)
