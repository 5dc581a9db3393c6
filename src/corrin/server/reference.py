"""What the model is made of, to search: parameters, edges, sources, validation, limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from corrin.errors import unknown
from corrin.units import format_number

#: Most rows of one answer, and longest text that is searched for.
MOST, LONGEST = 2000, 200


def search(topic: str, text: str = "") -> dict[str, Any]:
    """Return the rows of a topic in which every word of a text occurs.

    Parameters
    ----------
    topic : str
        One of `TOPICS`.
    text : str
        Words, in any case; empty for all rows.
    """
    if topic not in TOPICS:
        raise unknown("topic", topic, TOPICS)
    whole = TOPICS[topic]()
    words = text.casefold()[:LONGEST].split()
    found = [row for row in whole["rows"] if _holds(row, words)]
    return {**whole, "count": len(found), "of": len(whole["rows"]), "rows": found[:MOST]}


def _holds(row: Mapping[str, Any], words: list[str]) -> bool:
    """Tell whether all words occur in a row."""
    text = " ".join(str(value) for value in row.values()).casefold()
    return all(word in text for word in words)


@cache
def parameters() -> dict[str, Any]:
    """Return every parameter of the model with value, unit, grade and source."""
    from corrin.model import load_model

    rows = [
        {
            "name": r.name, "module": r.module, "value": r.value, "unit": r.unit,
            "spread": r.spread, "grade": r.grade, "source": r.source, "note": r.note,
            "text": f"{format_number(float(r.value))} {r.unit}".removesuffix(" fraction"),
        }
        for r in load_model().rows
    ]  # fmt: skip
    inputs = [
        {
            "name": i.name, "module": "inputs", "value": i.value, "unit": i.unit, "spread": "",
            "grade": "input", "source": "", "note": i.long_name,
            "text": f"{format_number(i.value)} {i.unit}",
        }
        for i in load_model().inputs.values()
    ]  # fmt: skip
    return {"topic": "parameters", "rows": [*rows, *inputs], "model": load_model().hash}


@cache
def edges() -> dict[str, Any]:
    """Return every edge of the pathway with its evidence."""
    from corrin.evidence.sources import facts
    from corrin.insight.pathway import pathway
    from corrin.server.flows import edge_name

    drawn = pathway()
    rows = [
        {
            "name": edge_name(link), "source": drawn.nodes[link.source].label,
            "target": drawn.nodes[link.target].label, "gain": link.gain, "words": link.words,
            "mechanism": link.mechanism, "layer": link.layer, "grade": link.grade,
            "evidence": [
                {"id": i, "quantity": facts()[i].quantity, "value": facts()[i].value,
                 "low": facts()[i].low, "high": facts()[i].high, "unit": facts()[i].unit,
                 "population": facts()[i].population, "sources": list(facts()[i].sources),
                 "grade": facts()[i].grade, "use": facts()[i].use, "note": facts()[i].note}
                for i in link.rows
            ],
        }
        for link in drawn.links
    ]  # fmt: skip
    return {"topic": "edges", "rows": rows}


@cache
def sources() -> dict[str, Any]:
    """Return every source of the evidence tables, with the rows that cite it."""
    from corrin.evidence.sources import facts
    from corrin.evidence.sources import sources as known

    cited: dict[str, list[str]] = {}
    for fact in facts().values():
        for key in fact.sources:
            cited.setdefault(key, []).append(fact.id)
    rows = [
        {**{k: _plain(v) for k, v in vars(source).items()}, "rows": cited.get(key, [])}
        for key, source in known().items()
    ]
    return {"topic": "sources", "rows": rows}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@cache
def validation() -> dict[str, Any]:
    """Return every observation beside what the model gives, and how often they agree."""
    import json

    from corrin.evidence.validate import records, summary
    from corrin.evidence.validate import validation as compared
    from corrin.faces.cli_files import strict
    from corrin.faces.cli_validate import ensemble_predictions, reason

    table = compared(predictions=ensemble_predictions(), central=_predicted())
    rows = [dict(row) for row in records(table.astype(object).where(table.notna(), None))]
    for row in rows:
        row["reason"] = "" if row["agrees"] or not row["note"] else reason(row["note"])
    counts = summary(table)
    counted = records(counts.astype(object).where(counts.notna(), None))
    answer = {"topic": "validation", "rows": rows, "summary": [dict(row) for row in counted]}
    text = json.dumps(strict(answer), allow_nan=False, ensure_ascii=False, default=_number)
    found: dict[str, Any] = json.loads(text)
    return found


def _predicted() -> dict[str, float]:
    """Return what the central set gives: as it ships, else replayed once for this model."""
    import json

    from corrin.cache import cached_text
    from corrin.evidence import replayed
    from corrin.model import load_model

    found = replayed.shipped()
    if found is None:
        key = load_model().hash + replayed.fingerprint()
        found = replayed.numbers(json.loads(cached_text("predicted", key, _replay)))
    return found


def _replay() -> str:
    """Replay all observations, which takes minutes."""
    import json

    from corrin.evidence.bench import Bench
    from corrin.evidence.observations import observations, predict
    from corrin.evidence.replayed import plain

    bench = Bench()
    return json.dumps(plain({one.id: predict(one, bench) for one in observations()}))


def _number(value: Any) -> Any:
    """Return a number of numpy, or a tuple, as JSON knows it."""
    return value.item() if hasattr(value, "item") else list(value)


@cache
def limits() -> dict[str, Any]:
    """Return what the model leaves out and where it is wrong: the page ``limits`` of the manual."""
    rows: list[dict[str, Any]] = []
    heading, part = "", list[str]()
    for line in [*_manual("limits.md").splitlines(), "#"]:
        if line.startswith("#") or not line.strip() or line.startswith(("- ", "* ")):
            text = " ".join(part).strip()
            if text:
                rows.append({"heading": heading, "text": text})
            part = []
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
        else:
            part.append(line.strip().removeprefix("- ").removeprefix("* "))
    return {"topic": "limits", "rows": rows}


def _manual(name: str) -> str:
    """Return a page of the manual: beside the code once installed, else of the checkout."""
    here = files("corrin.server") / "data" / name
    if here.is_file():
        return here.read_text(encoding="utf-8")
    from pathlib import Path

    return (Path(__file__).parents[3] / "docs" / name).read_text(encoding="utf-8")


TOPICS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "parameters": parameters,
    "edges": edges,
    "sources": sources,
    "validation": validation,
    "limits": limits,
}
