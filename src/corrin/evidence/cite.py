"""What a run stands on: the sources of every number that it really used.

Used is what makes a difference: a parameter counts when one per cent more of it changes some
output of this run by more than a millionth of that output's largest value; a causal edge counts
when cutting it does. The numbers that the scenario itself brings (diets, causes, genotypes,
products) count because it names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from corrin.engine import default_engine
from corrin.evidence.bench import OUTPUTS
from corrin.evidence.sources import Source, cited, evidence_ids, sources_of
from corrin.model import load_model
from corrin.model.compose import Row, read_table
from corrin.model.loader import MODULES, PARAMETER_SET, shared
from corrin.provenance import manifest
from corrin.study import Scenario
from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.person import SETTLE
from corrin.study.regimen import Regimen
from corrin.study.tables import lookup, rows

if TYPE_CHECKING:
    from corrin.engine import Protocol
    from corrin.engine.compiled import CompiledEngine

#: Share by which each parameter is raised.
STEP = 0.01
#: Change of an output, relative to its largest value, from which on a number counts as used.
LEAST = 1e-6

_TIMES = 24
_ESCAPED = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


@dataclass(frozen=True)
class Used:
    """One number or edge that a run used.

    Attributes
    ----------
    kind : str
        ``parameter``, ``edge``, or ``diet``, ``cause``, ``genotype``, ``product``.
    name : str
        As in its table.
    grade : str
        measured, fitted or assumed; ``edge`` for an edge.
    sources : tuple of Source
        What it is drawn from; empty where it is assumed for a reason.
    rows : tuple of str
        Ids of the evidence rows.
    note : str
        How the value follows from the sources, or why it is assumed.
    effect : float or None
        Largest change of an output relative to its largest value; None where not tried.
    """

    kind: str
    name: str
    grade: str
    sources: tuple[Source, ...]
    rows: tuple[str, ...]
    note: str
    effect: float | None = None


@dataclass(frozen=True)
class Citations:
    """The answer to "what does this run stand on?".

    Attributes
    ----------
    scenario : Scenario
        The run.
    used : tuple of Used
        Parameters and edges in the order of the chain, then what the scenario brings.
    tried, cut : int
        Parameters and edges that were tried.
    manifest : dict
        What is needed to ask again.
    """

    scenario: Scenario
    used: tuple[Used, ...]
    tried: int
    cut: int
    manifest: dict[str, Any]

    def of_kind(self, kind: str) -> list[Used]:
        """Return what was used of one kind."""
        return [one for one in self.used if one.kind == kind]

    def by_source(self) -> dict[Source, list[Used]]:
        """Return what stands on each source, the source behind most first."""
        found: dict[Source, list[Used]] = {}
        for one in self.used:
            for source in one.sources:
                found.setdefault(source, []).append(one)
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0].key)))

    def unsourced(self) -> list[Used]:
        """Return the parameters that stand on no source."""
        return [one for one in self.used if one.kind == "parameter" and not one.sources]

    def bibtex(self) -> str:
        """Return the sources as BibTeX; a remark counts those that are no work to cite."""
        found = list(self.by_source())
        works = [entry(source) for source in found if source.citable]
        left = len(found) - len(works)
        head = f"% Without a work to cite: {left} (recalled, or computed from others)\n\n"
        return (head if left else "") + "\n".join(works)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "scenario": self.scenario.name,
            "reference": list(self.scenario.reference),
            "sources": [
                {**vars(source), "link": source.link, "behind": [one.name for one in behind]}
                for source, behind in self.by_source().items()
            ],
            "used": [{**vars(one), "sources": [s.key for s in one.sources]} for one in self.used],
            "parameters": {
                "tried": self.tried,
                "used": len(self.of_kind("parameter")),
                "without_source": len(self.unsourced()),
            },
            "edges": {"tried": self.cut, "used": len(self.of_kind("edge"))},
            "assumptions": self.scenario.assumptions(),
            "manifest": self.manifest,
        }


def cite(scenario: Scenario | str) -> Citations:
    """Find what one run stands on.

    Parameters
    ----------
    scenario : Scenario or str
        The person, or the name or path of a scenario.
    """
    subject = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    model = load_model()
    engine = default_engine(model)
    table = [row for module in MODULES for row in read_table(module)]
    # A value of zero has no hundredth part; edges are cut instead.
    tried = [row for row in table if row.value != 0 and row.name not in model.edges]
    # Everybody settles, so that no difference comes from settling alone.
    protocol = subject.protocol()
    protocol = replace(protocol, settle=max(protocol.settle, SETTLE))
    times = np.linspace(0.0, subject.until, _TIMES + 1)
    changes = [dict.fromkeys(_ids(row), row.value * (1 + STEP)) for row in tried]
    changes += [{name: 0.0} for name in model.edges]
    effects = _effects(protocol, changes, times)
    used = [
        _parameter(row, effect)
        for row, effect in zip(tried, effects, strict=False)
        if effect > LEAST
    ]
    used += [
        Used("edge", edge.name, "edge", sources_of(edge.rows), edge.rows, edge.long_name, effect)
        for edge, effect in zip(model.edges.values(), effects[len(tried) :], strict=True)
        if effect > LEAST
    ]
    stamp = manifest(
        scenario=subject.to_yaml(),
        model_hash=model.hash,
        parameters=PARAMETER_SET,
        engine=engine.name,
        engine_version=engine.version,
        overrides={},
        until=subject.until,
        times=times.tolist(),
    )
    return Citations(
        subject, (*used, *_brought(subject)), len(tried), len(model.edges),
        {**stamp, "step": STEP, "least_effect": LEAST},
    )  # fmt: skip


def entry(source: Source) -> str:
    """Return one source as a BibTeX entry."""
    fields = {
        "author": " and ".join(_name(n.strip()) for n in re.split(r"[;&]", source.authors) if n),
        "title": f"{{{source.title.translate(_ESCAPED)}}}" if source.title else "",
        "journal": source.journal.translate(_ESCAPED),
        "year": source.year,
        "doi": source.doi.translate(_ESCAPED),
        "url": source.link.translate(_ESCAPED),
        "note": _remark(source).translate(_ESCAPED),
    }
    if not source.journal:
        del fields["journal"]
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    kind = "article" if source.journal else "misc"
    return "\n".join([f"@{kind}{{{source.key},", *lines, "}", ""])


def _name(name: str) -> str:
    """Return ``Surname AB`` as BibTeX writes it; any other name whole."""
    match = re.fullmatch(r"(.+)\s([A-Z]{1,4})", name)
    if match is None:
        return f"{{{name.translate(_ESCAPED)}}}"
    return f"{match[1].translate(_ESCAPED)}, {' '.join(f'{c}.' for c in match[2])}"


def _remark(source: Source) -> str:
    """Say how far a source was checked, and its note."""
    said = {
        "looked up": "",
        "evidence table": "not looked up: as in the evidence tables of corrin",
        "secondary": "known from a work that quotes it",
        "derived": "computed by corrin",
        "no": "from memory, not checked",
    }
    return "; ".join(part for part in (said[source.checked], source.note) if part)


def _parameter(row: Row, effect: float) -> Used:
    """Return a parameter of the model as used; a source that is no publication joins the note."""
    found = cited(row.source)
    note = row.note if found else "; ".join(part for part in (row.source, row.note) if part)
    return Used("parameter", row.name, row.grade, found, evidence_ids(row.source), note, effect)


def _ids(row: Row) -> tuple[str, ...]:
    """Return the ids of the composed model that a row of a table sets."""
    return shared(row.module, row.name)


def _effects(
    protocol: Protocol, changes: Sequence[dict[str, float]], times: np.ndarray
) -> list[float]:
    """Return the largest relative change of any output by each change of parameters.

    A change that keeps the model from being solved counts as infinitely large.
    """
    runs = [
        protocol,
        *(replace(protocol, parameters={**protocol.parameters, **change}) for change in changes),
    ]
    engine = cast("CompiledEngine", default_engine(load_model()))
    outcomes = engine.solve_many(runs, times, OUTPUTS)
    base = _values(outcomes[0].unwrap().values)
    size = np.abs(base).max(axis=1, keepdims=True)
    size[size == 0] = 1.0
    return [
        float((np.abs(_values(outcome.trajectory.values) - base) / size).max())
        if outcome.trajectory is not None
        else float("inf")
        for outcome in outcomes[1:]
    ]


def _values(values: Any) -> np.ndarray:
    return np.array([values[name] for name in OUTPUTS])


def _brought(scenario: Scenario) -> list[Used]:
    """Return the numbers that the scenario brings: person, diets, causes and products."""
    person = scenario.person
    found = [
        _used("genotype", f"{row['gene']} {row['allele']}", row)
        for row in rows("genotypes")
        if person.genotype.get(row["gene"]) == row["allele"] and row["input"]
    ]
    diets = [person.diet] if person.diet is not None else []
    causes = person.defects()
    drugs = []
    for event in scenario.timeline:
        if isinstance(event.what, Diet):
            diets.append(event.what)
        elif isinstance(event.what, Cause):
            causes.append(event.what)
        elif isinstance(event.what, Regimen):
            drugs.append(event.what.drug)
    for diet in diets:
        found += _of_diet(diet)
    found += [
        _used("cause", f"{cause.text}: {row['input']} = {value:.3g}", row)
        for cause in causes
        for row, value in cause.effects
    ]
    found += [_used("product", r["drug"], r) for r in rows("drugs") if r["drug"] in drugs]
    return list({(one.kind, one.name): one for one in found}.values())


def _of_diet(diet: Diet) -> list[Used]:
    """Return the numbers of a diet by name or of its foods; one by amount brings its own."""
    if isinstance(diet.spec, str):
        name = lookup("diet", diet.spec, "diets", "diet", None)
        return [
            _used("diet", f"{name}: {r['input'] or 'reference'} {r['value']} {r['unit']}", r)
            for r in rows("diets")
            if r["diet"] == name
        ]
    names = [lookup("food", str(f), "foods", "food", None) for f in diet.spec.get("foods", {})]
    foods = [row for row in rows("foods") if row["food"] in names]
    groups = {row["group"] for row in foods if row["form"] == "food"}
    return [_used("diet", f"{r['food']}: {r['b12_ug_per_100g']} ug/100 g", r) for r in foods] + [
        _used("diet", f"{r['group']}: digestibility {r['digestibility']}", r)
        for r in rows("food_groups")
        if r["group"] in groups
    ]


def _used(kind: str, name: str, row: Any) -> Used:
    """Return a row of a table of the study as used; its note may name sources as well."""
    text = f"{row['source']}; {row['note']}"
    return Used(kind, name.strip(), row["grade"], cited(text), evidence_ids(text), row["note"])
