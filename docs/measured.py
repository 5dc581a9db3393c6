"""Tables and numbers of the pages that follow from what ships with the package.

A refit changes hundreds of numbers. None of them is typed into a page: the calibration, the
ensemble and the replay of all observations are read from the files that `corrin calibrate` and
`corrin validate --write` made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from statistics import median
from typing import Any

from corrin.clinic.accuracy import OBSERVED
from corrin.clinic.posterior import supply_limits
from corrin.evidence import replayed
from corrin.evidence.calibrate import TOLD, written
from corrin.evidence.member_predictions import predictions
from corrin.evidence.observations import Observation, observation
from corrin.evidence.validate import misses, records, summary, validation


def number(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def is_known(value: Any) -> bool:
    """Return whether a cell of a table holds a value."""
    return value is not None and value == value


def part(agree: int, of: int) -> str:
    """Return how many of how many, with the share."""
    return f"{agree} of {of} ({agree / of:.0%})" if of else "none"


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    titles = list(head)
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def compared() -> list[dict[str, Any]]:
    """Return the shipped comparison with every observation.

    Raises
    ------
    RuntimeError
        Where the shipped replay is of another model or other readings.
    """
    found = replayed.shipped()
    if found is None:
        raise RuntimeError("the shipped replay is stale: run corrin validate --write")
    known = predictions() if made_ensemble() else None
    return records(validation(predictions=known, central=found))


def made_ensemble() -> dict[str, Any] | None:
    """Return how the ensemble was made; None where none ships."""
    path = files("corrin.evidence") / "fits" / "ensemble2026.json"
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
    return found


def agreement(rows: list[dict[str, Any]]) -> str:
    """Return how often the model agrees, by use and theme, in view and not in view apart."""
    import pandas as pd

    counted = summary(pd.DataFrame(rows))
    lines = []
    for use, theme in dict.fromkeys(zip(counted["use"], counted["theme"], strict=True)):
        chosen = counted[(counted["use"] == use) & (counted["theme"] == theme)]
        apart = [
            part(int(one["agree"].sum()), int(one["observations"].sum()))
            for one in (chosen[~chosen["known"]], chosen[chosen["known"]], chosen)
        ]
        inside = [r for r in rows if r["use"] == use and theme in ("all", r["theme"])]
        covered = [bool(r["covered"]) for r in inside if is_known(r["covered"])]
        name = {"calibrate": "calibration", "validate": "validation"}[use]
        words = f"**{name}, all**" if theme == "all" else f"{name}, {theme}"
        cover = f"{sum(covered) / len(covered):.0%}" if covered else "not known"
        lines.append([words, *apart, cover])
    return markdown(["", "not in view", "in view", "all", "90 % interval covers"], lines)


def missed(rows: list[dict[str, Any]], use: str) -> str:
    """Return every observation of one use that the model misses, with how it was read."""
    import pandas as pd

    return markdown(
        ["theme", "quantity", "study", "published", "model", "how it is read, and why it may miss"],
        (
            [
                r["theme"], r["quantity"], str(r["source"]), bounds(observation(r["id"])),
                number(r["predicted"]), str(r["note"]).replace("|", "/"),
            ]
            for r in records(misses(pd.DataFrame(rows), use))
        ),
    )  # fmt: skip


def bounds(one: Observation) -> str:
    """Return a published value with what agrees with it."""
    low, high = (("−∞" if v < 0 else "∞") if abs(v) > 1e9 else number(v) for v in one.limits)
    unit = "" if one.unit == "1" else f" {one.unit}"
    return f"{number(one.value)}{unit} ({low} to {high})"


def beside(rows: list[dict[str, Any]], ids: Iterable[str]) -> str:
    """Return chosen observations beside the model; a star marks those that may be fitted."""
    known = {row["id"]: row for row in rows}
    return markdown(
        ["quantity", "study", "published (agrees)", "model", "inside"],
        (
            [
                r["quantity"], str(r["source"]) + (" \\*" if r["use"] == "calibrate" else ""),
                bounds(observation(name)), number(r["predicted"]),
                "yes" if r["agrees"] else "**no**",
            ]
            for name in ids
            for r in [known[name]]
        ),
    )  # fmt: skip


def parts(fit: Mapping[str, Any]) -> str:
    """Return the parts of the calibration."""
    return markdown(
        [
            "part", "parameters", "told by the data (≥ 5 % of the prior variance)",
            "observations", "agree", "cost at the prior → fit",
        ],
        (
            [
                s["stage"], str(len(s["parameters"])),
                str(sum(row["told_by_data"] >= TOLD for row in s["parameters"])),
                str(len(s["observations"])), str(sum(row["agrees"] for row in s["observations"])),
                f"{s['cost']['before']:.0f} → {s['cost']['after']:.0f}",
            ]
            for s in fit["stages"]
        ),
    )  # fmt: skip


def ensemble() -> str:
    """Return what is known of the ensemble that ships."""
    found = made_ensemble()
    if found is None:
        return (
            "**No ensemble ships with this fit.** The structure of the model changed under the one "
            "before, and it has to be made anew (`corrin calibrate --ensemble`, about an hour). "
            "Until then answers are those of the central parameter set, and say so.\n"
        )
    effective = [row["effective"] for row in found["parameters"]]
    made = found.get("made", "one run of the command")
    return (
        f"**{found['kept']} parameter sets ship** (`corrin run --member N`; `corrin why`, `corrin "
        f"compare` and `corrin validate` give intervals over them). Of {found['tried']} draws that "
        f"were run anew, {found['held']} show every natural experiment and {found['kept']} of "
        "these fit as well as a draw of the posterior should. The effective number of draws is "
        f"{min(effective):.0f} or more for every parameter (median {median(effective):.0f}), the "
        f"nested R-hat at most {found['r_hat']:.3f}, and {found['accepted']:.0%} of the steps were "
        "accepted. Chains are many and short: from each start the next independent draw takes "
        "longer than a chain is, so that what they know comes from their number. Made by: "
        f"{made} ({found['seconds'] / 60:.0f} minutes on two cores).\n"
    )


def substitutions() -> dict[str, str]:
    """Return numbers that stand in the prose of pages, by the name that they have there."""
    fit, rows, found = written(), compared(), made_ensemble()
    values = {
        "fit_minutes": f"{fit['seconds'] / 60:.0f}",
        "fit_made": fit["made"].rstrip("."),
        "parameters": str(sum(len(stage["parameters"]) for stage in fit["stages"])),
        **{stage["stage"]: str(len(stage["parameters"])) for stage in fit["stages"]},
        "members": f"{found['kept']} ship" if found else "none ships yet",
        "observations": str(len(rows)),
        "studies": str(len({key for r in rows for key in r["studies"].split()})),
        **{f"supply_{name}": f"{level:.2f}" for name, level in supply_limits().items()},
    }
    for use in ("calibrate", "validate"):
        chosen = [r for r in rows if r["use"] == use]
        covered = [bool(r["covered"]) for r in chosen if is_known(r["covered"])]
        values[f"{use}_agree"] = part(sum(bool(r["agrees"]) for r in chosen), len(chosen))
        values[f"{use}_covered"] = part(sum(covered), len(covered)) if covered else "not known"
    return values


def tables() -> dict[str, str]:
    """Return the tables that pages include, by the name of their file."""
    rows = compared()
    trials = [r["id"] for r in rows if r["theme"] == "treatment"]
    return {
        "agreement": agreement(rows),
        "calibration": parts(written()),
        "ensemble": ensemble(),
        "misses-validation": missed(rows, "validate"),
        "misses-calibration": missed(rows, "calibrate"),
        "accuracy": beside(rows, OBSERVED),
        "trials": beside(rows, trials),
    }
