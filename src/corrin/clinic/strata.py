"""The causes of the reference population: who has each, how common it is, how often it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from corrin.clinic.tables import Row, rows
from corrin.errors import ModelError
from corrin.study.population import Group
from corrin.units import YEAR, parse_time

#: People of every stratum, as a group in YAML.
PEOPLE = """
name: {name}
age: {{from: {young}, to: {old}}}
female: 0.5
height: {{female: 162 cm, male: 176 cm, sd: 7 cm}}
weight: {{female: 70 kg, male: 82 kg, spread: 0.18}}
egfr: {{at 50: 96, per year: -0.9, sd: 16}}
diet: {{diet: {diet}, spread: 0.45{since}}}
folate: 0.35
genotype: {{MTHFR: {{677CT: 0.43, 677TT: 0.11}}, TCN2: {{776CG: 0.47, 776GG: 0.20}}}}
correlations: [{{between: [height, weight], r: 0.4}}]
{events}until: {until} y
"""
#: What people eat who have no diet of their own: adults of the United States (K013, K014).
EATEN = "{b12: 4.2 ug daily}"


@dataclass(frozen=True)
class Stratum:
    """One cause: who has it, how common it is, and how often it is drawn.

    Attributes
    ----------
    name, label : str
        Name of the stratum, and of the cause that it counts as.
    causes : tuple of str
        Names of diet, causes and drugs, by which a known cause is found.
    text : str
        Its people from the day on which the cause begins, as a group in YAML.
    longest : float
        Longest time since the begin [day].
    ages : tuple of float
        Youngest and oldest at the begin [year].
    young, old : float
        Share of adults under and over 60 who have it.
    draws : float
        Share of the courses that are drawn from it.
    """

    name: str
    label: str
    causes: tuple[str, ...]
    text: str
    longest: float
    ages: tuple[float, float]
    young: float
    old: float
    draws: float

    @property
    def group(self) -> Group:
        """Its people as a group."""
        return _group(self.text, self.name)


@cache
def _group(text: str, name: str) -> Group:
    return Group.from_text(text, name)


@cache
def strata() -> tuple[Stratum, ...]:
    """Return every stratum, in the order of the table."""
    table = rows("strata")
    total = sum(float(row["draws"]) for row in table)
    rest = [1 - sum(float(row[k] or 0) for row in table) for k in ("share_young", "share_old")]
    if min(rest) <= 0:
        raise ModelError("the shares leave nobody without a cause", where="strata.csv")
    return tuple(_stratum(row, rest, total) for row in table)


def _stratum(row: Row, rest: Sequence[float], total: float) -> Stratum:
    longest = parse_time(row["longest"])
    young, old = row["ages"].split(" to ")
    listed = [one.strip() for one in row["events"].split(";") if one.strip()]
    lines = "".join(
        f"  - {{{'treat' if one.startswith('cyano') else 'cause'}: {one}, at: 0 y}}\n"
        for one in listed
    )
    # A diet of its own begins with the course: before, people ate as everybody does.
    own = row["diet"]
    text = PEOPLE.format(
        name=row["stratum"],
        young=young,
        old=old,
        diet=own or EATEN,
        since=", since: 0 d to 0 d" if own else "",
        events=f"events:\n{lines}" if lines else "",
        until=longest / YEAR,
    )
    shares = [float(row[k]) if row[k] else r for k, r in zip(("share_young", "share_old"), rest,
                                                             strict=True)]  # fmt: skip
    return Stratum(
        row["stratum"],
        row["label"],
        tuple(one for one in (own, *listed) if one),
        text,
        longest,
        (float(young), float(old)),
        shares[0],
        shares[1],
        float(row["draws"]) / total,
    )
