"""People drawn from a group: for each a scenario and the values of their own parameters.

Every parameter of the model whose row has a `spread` is log-normal over people: the shipped value
is the median, the spread the standard deviation of the logarithm. A level and its clearance are
two sides of one flux: where a level is drawn, its clearance goes the other way
(``study/data/couplings.csv``). Values under which the balances of a body cannot close
(`corrin.model.feasible`) are drawn again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import isinf

import numpy as np

from corrin.engine.initial import InitialState, read_initial_state
from corrin.engine.protocol import Protocol
from corrin.errors import InputError, NoBodyError, unknown
from corrin.model import load_model
from corrin.model.compose import read_table
from corrin.model.feasible import CLOSING, feasible
from corrin.model.loader import MODULES, shared
from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.person import SETTLE, Person
from corrin.study.population.draws import normals, uniforms
from corrin.study.population.group import LIMITS, Eaten, Group, Normal, reference_diet
from corrin.study.scenario import Scenario
from corrin.study.tables import rows
from corrin.study.timeline import Event
from corrin.units import YEAR, b12_ug

#: Draws of one person before it is given up to find a body that can exist.
ATTEMPTS = 200
#: Traits that are drawn from standard normals and can be correlated, beside parameters.
TRAITS = ("height", "weight", "egfr", "intake", "folate intake")
#: Nobody is simulated from an earlier age on [year].
YOUNGEST = 18.0


@dataclass(frozen=True)
class Spread:
    """How a parameter differs among people.

    Attributes
    ----------
    name : str
        Name in the tables of the model.
    ids : tuple of str
        Ids in the composed model; a person has one factor for all of them.
    values : tuple of float
        Median of each id [its unit].
    sd : float
        Standard deviation of the logarithm.
    """

    name: str
    ids: tuple[str, ...]
    values: tuple[float, ...]
    sd: float


@dataclass(frozen=True)
class Member:
    """One drawn person.

    Attributes
    ----------
    number : int
        Place in the sample, from 0 on.
    scenario : Scenario
        The person and what befalls them; its time 0 lies `history` before that of the group.
    parameters : mapping of str to float
        Own values of parameters of the model, by id.
    traits : mapping of str to float or str
        What sets the person apart, for tables.
    """

    number: int
    scenario: Scenario
    parameters: Mapping[str, float]
    traits: Mapping[str, float | str]

    def protocol(self) -> Protocol:
        """Return what an engine has to do, with time to settle."""
        own = self.scenario.protocol()
        return replace(own, parameters={**own.parameters, **self.parameters}, settle=SETTLE)


@cache
def spreads() -> tuple[Spread, ...]:
    """Return the parameters that differ among people, in the order of the tables."""
    return tuple(
        Spread(row.name, ids, (row.value,) * len(ids), row.spread)
        for module in MODULES
        for row in read_table(module)
        if row.spread
        for ids in [shared(module, row.name)]
    )


@cache
def couplings() -> tuple[tuple[str, float, str, float], ...]:
    """Return parameters that follow another: id, median, name of the leader, power."""
    medians = {row.name: row.value for module in MODULES for row in read_table(module)}
    return tuple(
        (row["parameter"], medians[row["parameter"]], row["follows"], float(row["power"]))
        for row in rows("couplings")
    )


@cache
def correlations() -> tuple[tuple[str, str, float], ...]:
    """Return what goes together in people of every group: two names and their correlation."""
    return tuple((row["one"], row["other"], float(row["r"])) for row in rows("correlations"))


def sample(
    group: Group,
    n: int,
    seed: int = 1,
    *,
    until: float | None = None,
    parameters: Mapping[str, float] | None = None,
    spread: Mapping[str, float] | None = None,
    only: Collection[int] | None = None,
) -> tuple[Member, ...]:
    """Draw people from a group.

    Parameters
    ----------
    group : Group
        Who they are.
    n : int
        How many; the first ones are the same whatever the number.
    seed : int
        Seed; the same seed gives the same people.
    until : float, optional
        End of follow-up [day]; that of the group if not given.
    parameters : mapping of str to float, optional
        Values to override: medians where people differ, else the same for all.
    spread : mapping of str to float, optional
        Standard deviations of logarithms to override, by the name in the tables.
    only : collection of int, optional
        Numbers, below `n`, of the people to return; all if not given.

    Returns
    -------
    tuple of Member
    """
    if n < 1:
        raise InputError(f"{n} people", where="n", hint="give at least 1")
    chosen = sorted(set(range(n) if only is None else only))
    if chosen and not 0 <= chosen[0] <= chosen[-1] < n:
        raise InputError(f"person {chosen[-1]} of {n}", where="only", hint=f"give 0 to {n - 1}")
    end = (group.until if until is None else until) + group.history
    drawn = _standard_normals(group, n, seed)
    traits = _traits(group, n, seed, drawn)
    values = _parameters(group, chosen, seed, parameters or {}, spread or {})
    scenarios = _scenarios(group, n, chosen, seed, traits, drawn, max(end, 1.0))
    columns = {name: column.tolist() for name, column in traits.items()}
    return tuple(
        Member(
            i,
            scenarios[i][0],
            values[i],
            {**{name: column[i] for name, column in columns.items()}, **scenarios[i][1]},
        )
        for i in chosen
    )


def _standard_normals(group: Group, n: int, seed: int, attempt: int = 0) -> dict[str, np.ndarray]:
    """Return the standard normals of traits and of correlated parameters, by name."""
    known = {*TRAITS, *(one.name for one in spreads())}
    # What a group says of a pair goes before what holds for all.
    pairs = {frozenset((a, b)): (a, b, r) for a, b, r in (*correlations(), *group.correlations)}
    named = dict.fromkeys(name for a, b, _ in pairs.values() for name in (a, b))
    for name in named:
        if name not in known:
            raise unknown("trait or parameter", name, known, "correlations")
    found = {name: normals(seed, name, n, attempt) for name in (*TRAITS, *named)}
    if named:
        order = list(named)
        matrix = np.eye(len(order))
        for a, b, r in pairs.values():
            i, j = order.index(a), order.index(b)
            matrix[i, j] = matrix[j, i] = r
        try:
            lower = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            raise InputError(
                "cannot hold together", where="correlations", hint="make them weaker"
            ) from None
        mixed = lower @ np.array([found[name] for name in order])
        found |= dict(zip(order, mixed, strict=True))
    return found


def _traits(
    group: Group, n: int, seed: int, drawn: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return age, sex (as share of a woman), height, weight and filtration."""
    age = _cut_off(group.age, uniforms(seed, "age", n))
    female = uniforms(seed, "sex", n) < group.female
    tall = np.where(female, group.height.female, group.height.male)
    heavy = np.where(female, group.weight.female, group.weight.male)
    kidney = group.egfr
    found = {
        "height": tall + group.height.spread * drawn["height"],
        "weight": heavy * np.exp(group.weight.spread * drawn["weight"]),
        "egfr": kidney.at_50 + kidney.per_year * (age - 50) + kidney.sd * drawn["egfr"],
    }
    kept = {name: np.clip(column, *LIMITS[name]) for name, column in found.items()}
    return {"age": age, "sex": np.where(female, "female", "male"), **kept}


def _cut_off(one: Normal, at: np.ndarray) -> np.ndarray:
    """Return the quantiles `at` of a distribution that is cut off at two limits."""
    from scipy.special import ndtr, ndtri

    if isinf(one.sd):
        return one.low + (one.high - one.low) * at
    low, high = (ndtr((limit - one.mean) / one.sd) for limit in (one.low, one.high))
    found: np.ndarray = one.mean + one.sd * ndtri(low + (high - low) * at)
    return found


def _parameters(
    group: Group,
    chosen: Sequence[int],
    seed: int,
    overrides: Mapping[str, float],
    widths: Mapping[str, float],
) -> dict[int, dict[str, float]]:
    """Return each person's values, by number; those of a body that cannot exist are drawn again."""
    own = spreads()
    for name, width in widths.items():
        # Without a spread in the tables all people are alike, which a width of 0 says too.
        if width and name not in {one.name for one in own}:
            raise unknown("parameter with a spread", name, [one.name for one in own], "spread")
    initial = _initial_state()
    found: dict[int, dict[str, float]] = {}
    open_ = list(chosen)
    for attempt in range(ATTEMPTS):
        if not open_:
            return found
        count = open_[-1] + 1
        drawn = _standard_normals(group, count, seed, attempt)
        factors = [
            np.exp(
                widths.get(one.name, one.sd)
                * (
                    drawn[one.name]
                    if one.name in drawn
                    else normals(seed, one.name, count, attempt)
                )
            )
            for one in own
        ]
        by_name = dict(zip((one.name for one in own), factors, strict=True))
        by_id = {
            name: (overrides.get(name, median), by_name[one.name])
            for one in own
            for name, median in zip(one.ids, one.values, strict=True)
        }
        for name, median, leader, power in couplings():
            value, factor = by_id.get(name, (overrides.get(name, median), np.ones(count)))
            by_id[name] = (value, factor * by_name[leader] ** power)
        still = []
        for i in open_:
            values = dict(overrides)
            values |= {name: median * float(factor[i]) for name, (median, factor) in by_id.items()}
            if feasible(initial.values(values)):
                found[i] = values
            else:
                still.append(i)
        open_ = still
    raise NoBodyError(
        f"no body can exist for {len(open_)} of {len(chosen)} people after {ATTEMPTS} draws; "
        "the spreads or the overrides are too wide",
        where="population",
    )


@cache
def _initial_state() -> InitialState:
    """Return the initial values of the model, as far as the closing fluxes read them."""
    whole = read_initial_state(load_model().sbml)
    needed = set(CLOSING)
    kept = []
    for name, code in reversed(whole.order):
        if name in needed:
            needed |= set(code.co_names)
            kept.append((name, code))
    return replace(whole, order=tuple(reversed(kept)))


def _scenarios(
    group: Group,
    n: int,
    chosen: Sequence[int],
    seed: int,
    traits: Mapping[str, np.ndarray],
    drawn: Mapping[str, np.ndarray],
    end: float,
) -> dict[int, tuple[Scenario, dict[str, float | str]]]:
    """Return by number of each person the scenario and what else sets them apart."""
    diets = group.diets or (reference_diet(),)
    edges = np.cumsum([one.share for one in diets])
    eaten = np.minimum(np.searchsorted(edges, uniforms(seed, "diet", n), "right"), len(diets) - 1)
    genes = {gene: _alleles(shares, uniforms(seed, gene, n)) for gene, shares in _sorted(group)}
    begins = _begins(group, n, seed, traits["age"])
    length = uniforms(seed, "diet since", n)
    found = {}
    for i in chosen:
        one = diets[eaten[i]]
        diet, more = _diet(one, drawn["intake"][i], group.folate, drawn, i)
        changed: tuple[Event, ...] = ()
        if one.since is not None:
            short, long = one.since
            begin = group.history - short - (long - short) * float(length[i])
            changed = (Event(begin, diet),) if begin < end else ()
        genotype = {gene: alleles[i] for gene, alleles in genes.items() if alleles[i]}
        person = Person(
            age=max(float(traits["age"][i]) - group.history / YEAR, YOUNGEST),
            sex=str(traits["sex"][i]),
            height=float(traits["height"][i]),
            weight=float(traits["weight"][i]),
            egfr=float(traits["egfr"][i]),
            genotype=genotype,
            diet=diet if one.since is None else None,
        )
        events = changed + tuple(
            Event(float(times[i]) + group.history, event.what)
            for event, times in zip(group.events, begins, strict=True)
            if np.isfinite(times[i]) and times[i] + group.history < end
        )
        own = {gene: alleles[i] or "reference" for gene, alleles in genes.items()}
        causes = "; ".join(e.what.text for e in events if isinstance(e.what, Cause))
        name = f"{group.name}, person {i}"
        found[i] = (Scenario(name, person, events, end), {**more, **own, "causes": causes})
    return found


def _sorted(group: Group) -> list[tuple[str, Mapping[str, float]]]:
    return sorted(group.genotype.items())


def _alleles(shares: Mapping[str, float], at: np.ndarray) -> list[str]:
    """Return each person's allele; empty for the reference."""
    names = [*shares, ""]
    edges = np.cumsum(list(shares.values()))
    return [names[k] for k in np.searchsorted(edges, at, "right")]


def _begins(group: Group, n: int, seed: int, age: np.ndarray) -> list[np.ndarray]:
    """Return when each event begins for each person [day]; not a number if it never does."""
    found = []
    for event in group.events:
        # Two lines about the same cause are drawn apart by their window.
        name = f"{event.what.text} {event.first:g} {event.last:g} {event.ages}"
        young, old = event.ages
        hit = (uniforms(seed, name, n) < event.share) & (age >= young) & (age < old)
        when = event.first + (event.last - event.first) * uniforms(seed, f"{name} begins", n)
        found.append(np.where(hit, when, np.nan))
    return found


def _diet(
    one: Eaten, normal: float, folate: float, drawn: Mapping[str, np.ndarray], i: int
) -> tuple[Diet, dict[str, float | str]]:
    """Return what a person eats, and the same in words and numbers."""
    amount = float(np.exp(one.spread * normal))
    leaf = float(np.exp(folate * drawn["folate intake"][i]))
    values, diet = one.diet.values, one.diet
    if amount != 1.0 or leaf != 1.0:
        diet = Diet.parse(
            {
                "b12": f"{amount * b12_ug(values['food_b12']):.6g} ug daily",
                "fortified": f"{amount * b12_ug(values['fortified_b12']):.6g} ug daily",
                "folate": f"{min(leaf * values['folate_intake'], 10.0):.6g}",
                "digestibility": f"{values['food_digestibility']:.6g}",
            }
        )
    intake = amount * b12_ug(values["food_b12"] + values["fortified_b12"])
    return diet, {"diet": one.diet.text, "b12_intake": intake, "folate_intake": leaf}
