"""The SBML Test Suite through the engine: ``python -m benchmarks.conformance FOLDER``.

A case passes where every value lies within its tolerance; it is refused where the engine says so
by name; anything else is wrong.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corrin.engine import UnsupportedSBML, load_sbml
from corrin.errors import CorrinError


@dataclass(frozen=True)
class Verdict:
    """What became of one case.

    Attributes
    ----------
    case : str
        Number of the case.
    outcome : str
        ``pass``, ``refused`` or ``wrong``.
    detail : str
        The refusal, or the first value that is wrong.
    tags : tuple of str
        Component and test tags of the case.
    """

    case: str
    outcome: str
    detail: str
    tags: tuple[str, ...]


def cases(folder: Path) -> list[Path]:
    """Return the folders of the cases."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and p.name.isdigit())


def run_case(folder: Path, rtol: float = 1e-6) -> Verdict:
    """Solve one case and compare."""
    name = folder.name
    tags = _tags(folder / f"{name}-model.m")
    try:
        model = load_sbml(next(folder.glob(f"{name}-sbml-*.xml")))
    except UnsupportedSBML as refusal:
        return Verdict(name, "refused", refusal.what, tags)
    except CorrinError as error:
        return Verdict(name, "wrong", str(error), tags)
    settings = _settings(folder / f"{name}-settings.txt")
    if not settings["start"]:
        return Verdict(name, "wrong", "not a time course, yet not refused", tags)
    start, duration = float(settings["start"]), float(settings["duration"])
    times = np.linspace(start, start + duration, int(settings["steps"]) + 1)
    amounts = _names(settings["amount"])
    try:
        tables = {kind: model.simulate(times, rtol=rtol, amounts=kind) for kind in (False, True)}
    except CorrinError as error:
        return Verdict(name, "wrong", str(error), tags)
    absolute, relative = float(settings["absolute"]), float(settings["relative"])
    for column, expected in _results(folder / f"{name}-results.csv"):
        table = tables[column in amounts]
        if column not in table:
            return Verdict(name, "wrong", f"no column {column}", tags)
        got = table[column].to_numpy()
        with np.errstate(invalid="ignore"):
            close = np.abs(got - expected) <= absolute + relative * np.abs(expected)
        close |= (got == expected) | (np.isnan(got) & np.isnan(expected))
        if not close.all():
            place = int(np.argmin(close))
            detail = f"{column} at {times[place]:g}: {got[place]:g}, not {expected[place]:g}"
            return Verdict(name, "wrong", detail, tags)
    return Verdict(name, "pass", "", tags)


def _settings(path: Path) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _names(text: str) -> set[str]:
    return {name.strip() for name in text.split(",") if name.strip()}


def _results(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    with path.open(newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    values = np.array(rows[1:], float)
    for place, name in enumerate(rows[0][1:], start=1):
        yield name.strip(), values[:, place]


def _tags(path: Path) -> tuple[str, ...]:
    text = path.read_text(errors="replace")
    found: list[str] = []
    for key in ("componentTags", "testTags"):
        match = re.search(rf"^{key}:(.*)$", text, flags=re.M)
        found += sorted(_names(match.group(1))) if match else []
    return tuple(found)


def tag_table(verdicts: list[Verdict]) -> str:
    """Return a Markdown table of cases passed, refused and wrong by feature tag."""
    counts: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        for tag in ("all cases", *verdict.tags):
            counts.setdefault(tag, Counter())[verdict.outcome] += 1
    lines = ["| tag | cases | passed | refused | wrong |", "|---|---:|---:|---:|---:|"]
    for tag in sorted(counts, key=lambda t: (t != "all cases", t)):
        c = counts[tag]
        share = 100 * c["pass"] / c.total()
        lines.append(
            f"| {tag} | {c.total()} | {c['pass']} ({share:.0f}%) | {c['refused']} | {c['wrong']} |"
        )
    return "\n".join(lines) + "\n"


def reason_table(verdicts: list[Verdict]) -> str:
    """Return a Markdown table of the reasons for refusals."""
    reasons = Counter(
        re.sub(r"\s*\(.*\)", "", v.detail) for v in verdicts if v.outcome == "refused"
    )
    lines = ["| refused because | cases |", "|---|---:|"]
    lines += [f"| {reason} | {count} |" for reason, count in reasons.most_common()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the suite and print, or write, the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", type=Path, help="Markdown file to be written")
    arguments = parser.parse_args()
    verdicts = [run_case(case) for case in cases(arguments.folder)]
    for verdict in verdicts:
        if verdict.outcome == "wrong":
            print(f"{verdict.case}: {verdict.detail}")
    text = f"{tag_table(verdicts)}\n{reason_table(verdicts)}"
    if arguments.table:
        arguments.table.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
