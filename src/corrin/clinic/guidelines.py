"""Guideline logic as data: rules in tables, an evaluator that answers with its reasons.

Each rule carries how far it was checked: ``page`` (read on the guideline's own page), ``restated``
(another source restates it) or ``memory``. A rule from memory is always shown as such, and never
as the guideline's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from corrin.clinic.facts import Facts, fact_named, vocabulary
from corrin.clinic.quantity import Finding, read_finding
from corrin.clinic.tests import ANTIBODY, limits, named_test, tests
from corrin.errors import InputError, unknown
from corrin.study import text as source

#: How far a rule was checked, and how that is said.
CHECKED = {
    "page": "read on the guideline's page",
    "restated": "as other sources restate it",
    "memory": "from memory, not checked against the guideline",
}


@dataclass(frozen=True)
class Condition:
    """A node of a condition: ``all``, ``any``, ``not``, ``fact``, ``test`` or ``missing``.

    Attributes
    ----------
    kind : str
        What kind of node.
    parts : tuple of Condition
        Nodes below.
    name : str
        Fact or test.
    low, high : float or None
        Range of a test [its unit]; a value counts from `low` to `high`.
    strict : bool
        Whether the limits themselves are left out.
    outside : str
        ``high`` or ``low`` for beyond the laboratory's own limit.
    written : str
        The range as written.
    """

    kind: str
    parts: tuple[Condition, ...] = ()
    name: str = ""
    low: float | None = None
    high: float | None = None
    strict: bool = False
    outside: str = ""
    written: str = ""

    @property
    def text(self) -> str:
        """The condition in words."""
        if self.kind == "fact":
            return vocabulary()[self.name]["long_name"] if self.name != "always" else "always"
        if self.kind == "test":
            return f"{tests()[self.name].long_name} {self.written}"
        if self.kind == "missing":
            return f"{tests()[self.name].long_name} not measured"
        if self.kind == "not":
            return f"not ({self.parts[0].text})"
        word = " and " if self.kind == "all" else " or "
        return "(" + word.join(part.text for part in self.parts) + ")"

    def leaves(self) -> list[Condition]:
        """Return the leaves, each once."""
        if not self.parts:
            return [self]
        return list(dict.fromkeys(leaf for part in self.parts for leaf in part.leaves()))


@dataclass(frozen=True)
class Rule:
    """One rule: when it holds, what follows, how far it was checked, and the source."""

    id: str
    when: Condition
    then: str
    checked: str
    source: str
    number: str = ""

    @property
    def mark(self) -> str:
        """How far it was checked, in words."""
        return CHECKED[self.checked]


@dataclass(frozen=True)
class Stage:
    """One question and the rules that answer it, in order: the first that holds decides."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Guideline:
    """A set of rules."""

    name: str
    title: str
    note: str
    stages: tuple[Stage, ...]

    @classmethod
    def load(cls, name: str) -> Guideline:
        """Return a set of rules that is shipped, by name."""
        if name not in guidelines():
            raise unknown("guideline", name, guidelines())
        return _load(name)


@dataclass(frozen=True)
class Step:
    """One rule of a stage as it was evaluated: holds, does not, or open for want of facts."""

    rule: Rule
    holds: bool | None
    inputs: tuple[tuple[str, bool | None], ...]


@dataclass(frozen=True)
class Change:
    """One input that, alone, would change the decision: what would have to be so, and then what."""

    condition: str
    then: str
    rule: Rule


@dataclass(frozen=True)
class Decision:
    """The answer of one stage.

    Attributes
    ----------
    stage : str
        The question.
    rule : Rule or None
        The rule that decided; None where none holds.
    steps : tuple of Step
        Every rule that was looked at, in order.
    changes : tuple of Change
        What it would take to change the answer.
    """

    stage: str
    rule: Rule | None
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]


@cache
def guidelines() -> tuple[str, ...]:
    """Return the names of the sets of rules that come with corrin."""
    folder = files("corrin.clinic") / "data" / "rules"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml")))


def decide(guideline: Guideline, facts: Facts) -> tuple[Decision, ...]:
    """Return the decision of every stage with its trace.

    Parameters
    ----------
    guideline : Guideline
        The set of rules.
    facts : Facts
        What is known of the person.
    """
    found = []
    for stage in guideline.stages:
        steps: list[Step] = []
        chosen = None
        for rule in stage.rules:
            inputs = tuple((leaf.text, _leaf(leaf, facts, {})) for leaf in rule.when.leaves())
            steps.append(Step(rule, holds(rule.when, facts), inputs))
            if steps[-1].holds:
                chosen = rule
                break
        found.append(Decision(stage.name, chosen, tuple(steps), _changes(stage, facts, chosen)))
    return tuple(found)


def holds(
    condition: Condition, facts: Facts, supposed: Mapping[Condition, bool] | None = None
) -> bool | None:
    """Tell whether a condition holds; None where that depends on what is not known.

    Parameters
    ----------
    condition : Condition
        What to evaluate.
    facts : Facts
        What is known.
    supposed : mapping of Condition to bool, optional
        Leaves that are taken to be otherwise than they are.
    """
    if not condition.parts:
        return _leaf(condition, facts, supposed or {})
    answers = [holds(part, facts, supposed) for part in condition.parts]
    if condition.kind == "not":
        return None if answers[0] is None else not answers[0]
    if condition.kind == "all":
        return False if False in answers else (None if None in answers else True)
    return True if True in answers else (None if None in answers else False)


def _leaf(leaf: Condition, facts: Facts, supposed: Mapping[Condition, bool]) -> bool | None:
    """Evaluate a leaf."""
    if leaf in supposed:
        return supposed[leaf]
    if leaf.kind == "fact":
        return facts.has(leaf.name)
    finding = facts.findings.get(leaf.name)
    if leaf.kind == "missing":
        return finding is None
    if finding is None:
        return None
    if leaf.outside:
        known = limits(leaf.name, facts.laboratory, facts.age, facts.sex)
        limit = None if known is None else getattr(known, leaf.outside)
        if limit is None:
            return None
        low, high = (limit, None) if leaf.outside == "high" else (None, limit)
        return _within(finding, replace(leaf, low=low, high=high, strict=True))
    return _within(finding, leaf)


def _within(finding: Finding, leaf: Condition) -> bool | None:
    """Tell whether a result lies in a range; None where its comparator leaves that open."""
    value, sign = finding.value, finding.comparator
    above = leaf.low is None or (value > leaf.low if leaf.strict else value >= leaf.low)
    below = leaf.high is None or (value < leaf.high if leaf.strict else value <= leaf.high)
    if sign == "<":  # anywhere below the value
        if leaf.low is not None and value <= leaf.low:
            return False
        above = leaf.low is None
        certain = above and (leaf.high is None or value <= leaf.high)
        return True if certain else None
    if sign == ">":
        if leaf.high is not None and value >= leaf.high:
            return False
        certain = leaf.high is None and (leaf.low is None or value >= leaf.low)
        return True if certain else None
    return above and below


def _changes(stage: Stage, facts: Facts, chosen: Rule | None) -> tuple[Change, ...]:
    """Return the single inputs that would change the decision of a stage."""
    found: dict[tuple[str, str], Change] = {}
    leaves = dict.fromkeys(leaf for rule in stage.rules for leaf in rule.when.leaves())
    for leaf in leaves:
        if leaf.name == "always":
            continue
        now = _leaf(leaf, facts, {})
        supposed = _supposed(leaf, list(leaves), not now)
        other = next((r for r in stage.rules if holds(r.when, facts, supposed)), None)
        if other is not None and other is not chosen:
            words = leaf.text if not now else f"not ({leaf.text})"
            found.setdefault((words, other.id), Change(words, other.then, other))
    return tuple(found.values())


def _supposed(leaf: Condition, leaves: Sequence[Condition], value: bool) -> dict[Condition, bool]:
    """Return a leaf taken to be otherwise, and with it ranges that cannot hold at once."""
    found = {leaf: value}
    if leaf.kind == "test" and value and not leaf.outside:
        for other in leaves:
            if other.kind == "test" and other.name == leaf.name and other is not leaf:
                found[other] = bool(other.outside) and other.outside == leaf.outside
    if leaf.kind == "test" and value:
        for other in leaves:
            if other.kind == "missing" and other.name == leaf.name:
                found[other] = False
    return found


@cache
def _load(name: str) -> Guideline:
    where = f"{name}.yaml"
    path = files("corrin.clinic") / "data" / "rules" / where
    data = source.read_yaml(path.read_text(encoding="utf-8"), where)
    stages = tuple(
        Stage(one["stage"], tuple(_rule(rule, where) for rule in one["rules"]))
        for one in data["stages"]
    )
    return Guideline(data["name"], data["title"], data["note"], stages)


def _rule(data: Mapping[str, Any], where: str) -> Rule:
    """Read one rule."""
    here = f"{where}, {data['id']}"
    if data["checked"] not in CHECKED:
        raise unknown("mark", data["checked"], CHECKED, here)
    return Rule(
        data["id"],
        _condition(data["when"], here),
        data["then"],
        data["checked"],
        data["source"],
        # A number from memory would lend the rule an authority that it lacks.
        data.get("number", "") if data["checked"] != "memory" else "",
    )


def _condition(data: object, where: str) -> Condition:
    """Read one condition."""
    if isinstance(data, str):
        return Condition("fact", name=data if data == "always" else fact_named(data, where))
    if not isinstance(data, Mapping) or not data:
        raise InputError(f"{data!r} is not a condition", where=where)
    for kind in ("all", "any"):
        if kind in data:
            return Condition(kind, tuple(_condition(part, where) for part in data[kind]))
    if "not" in data:
        return Condition("not", (_condition(data["not"], where),))
    if "missing" in data:
        return Condition("missing", name=named_test(data["missing"], where).name)
    test = named_test(data["test"], where)
    if "is" in data:
        value = read_finding(tests()[ANTIBODY], data["is"], where).value
        return Condition("test", name=test.name, low=value, high=value, written=data["is"])
    if "outside" in data:
        word = {"high": "above", "low": "below"}[data["outside"]]
        written = f"{word} the laboratory's limit"
        return Condition("test", name=test.name, outside=data["outside"], written=written)

    def value_of(key: str) -> float | None:
        return read_finding(test, data[key], where).value if key in data else None

    if "below" in data or "above" in data:
        word = "below" if "below" in data else "above"
        return Condition(
            "test",
            name=test.name,
            low=value_of("above"),
            high=value_of("below"),
            strict=True,
            written=f"{word} {data[word]}",
        )
    return Condition(
        "test",
        name=test.name,
        low=value_of("from"),
        high=value_of("to"),
        written=f"{data['from']} to {data['to']}" if "to" in data else f"from {data['from']} on",
    )
