"""What can be picked: shipped scenarios, diets, causes, drugs, treatments, tests and symptoms."""

from __future__ import annotations

from functools import cache
from typing import Any

from corrin.clinic.case import cause_names, symptom_table
from corrin.clinic.examination import signs
from corrin.clinic.facts import vocabulary
from corrin.clinic.guidelines import Guideline, guidelines
from corrin.clinic.tables import rows as clinic_rows
from corrin.clinic.tests import laboratories, limits, tests
from corrin.clinic.traps import traps
from corrin.insight.targets import BLOOD, explainable, symptoms
from corrin.server.choices import DRUGS, from_scenario
from corrin.server.courses import fixed
from corrin.study import Scenario, shipped
from corrin.study.causes import Cause
from corrin.study.person import Person
from corrin.study.tables import rows
from corrin.variables import catalogue

#: Limits of a person, as `corrin.study.person` has them [years, cm, kg, mL/min/1.73m2].
_PERSON = (("age", 18, 110, "years"), ("height", 120, 220, "cm"), ("weight", 30, 250, "kg"),
           ("egfr", 5, 140, "mL/min/1.73m2"))  # fmt: skip


@cache
def scenarios() -> dict[str, Any]:
    """Return the shipped scenarios with their YAML, and choices where plain controls can say it."""
    found = []
    for name in shipped():
        scenario = Scenario.load(name)
        found.append(
            {
                "name": name,
                "title": scenario.name,
                "description": scenario.description,
                "until": scenario.until,
                "reference": list(scenario.reference),
                "yaml": scenario.to_yaml(),
                "choices": from_scenario(scenario),
            }
        )
    return {"scenarios": found}


@cache
def choices() -> dict[str, Any]:
    """Return the options of every picker, with words."""
    usual = Person()
    person = {
        key: {"low": low, "high": high, "unit": unit, "default": getattr(usual, key)}
        for key, low, high, unit in _PERSON
    }
    listed = [_cause(row["cause"]) for row in rows("causes")]
    return {
        "person": {**person, "sex": {"options": ["female", "male"]}},
        "diets": _diets(),
        "causes": [c for c in listed if c["group"] != DRUGS],
        "drugs": [c for c in listed if c["group"] == DRUGS],
        "regimens": [
            {k: row[k] for k in ("name", "treatment", "grade", "source", "note")}
            for row in clinic_rows("regimens")
        ],
        "products": _products(),
        "schedules": [
            "daily", "twice daily", "weekly", "fortnightly", "monthly", "every 2 months",
            "every 3 months", "every 2 days for 2 weeks then every 2 months", "once",
        ],
        "tests": _tests(),
        "words": _words(),
        "laboratories": list(laboratories()),
        "guidelines": [
            {"name": name, "title": Guideline.load(name).title, "note": Guideline.load(name).note}
            for name in guidelines()
        ],
        "explainable": [
            {
                "name": name,
                "long_name": catalogue()[name].long_name,
                "kind": "symptom" if name in symptoms() else "blood" if name in BLOOD else "other",
            }
            for name in explainable()
        ],
        "pathway": fixed(),
    }  # fmt: skip


def _diets() -> list[dict[str, Any]]:
    """Return the diets with what they set."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows("diets"):
        one = found.setdefault(
            row["diet"],
            {"name": row["diet"], "aliases": row["aliases"].split(";") if row["aliases"] else [],
             "grade": row["grade"], "source": row["source"], "words": [], "sets": {}},
        )  # fmt: skip
        one["words"].append(row["note"])
        if row["input"]:
            one["sets"][row["input"]] = {"value": float(row["value"]), "unit": row["unit"]}
    return list(found.values())


def _cause(name: str) -> dict[str, Any]:
    """Return a cause with its levels or its amount."""
    row = next(r for r in rows("causes") if r["cause"] == name)
    own = [r for r in rows("effects") if r["cause"] == name]
    levels = list(dict.fromkeys(r["level"] for r in own))
    words = [v for v in levels if v and v != "each" and not v[0].isdigit()]
    amounts = sorted(float(v) for v in levels if v[:1].isdigit())
    return {
        "name": name,
        "aliases": row["aliases"].split(";") if row["aliases"] else [],
        "group": row["group"],
        "levels": (["", *words] if "" in levels else words) if words else [],
        "amount": {
            "unit": row["unit"], "word": row["argument"], "highest": float(row["highest"]),
            "known": amounts, "any": "each" in levels, "needed": "" not in levels and not words,
        } if row["unit"] else None,
        "ends": row["lasting"] != "yes",
        "course": row["course"] or "steady",
        "sets": list(dict.fromkeys(r["input"] for r in own)),
        "notes": list(dict.fromkeys(r["note"] for r in own if r["note"])),
        "assumptions": _assumed(name, row["unit"]),
    }  # fmt: skip


def _assumed(name: str, unit: str) -> list[str]:
    """Return what is assumed of the usual case of a cause."""
    return [] if unit else Cause(name).assumptions()


def _products() -> list[dict[str, Any]]:
    """Return the products that can be given: drug, routes, highest dose."""
    return [
        {
            "drug": row["drug"],
            "routes": [r["route"] for r in rows("routes") if r["drug"] == row["drug"]],
            "highest_mg": float(row["highest_mg"]),
            "grade": row["grade"],
            "note": row["note"],
        }
        for row in rows("drugs")
    ]


def _tests() -> list[dict[str, Any]]:
    """Return the laboratory tests with all units they are read in and their reference limits."""
    found = []
    for name, test in tests().items():
        known = limits(name, "default", None, None)
        found.append(
            {
                "name": name,
                "long_name": test.long_name,
                "unit": test.unit,
                "units": list(dict.fromkeys([test.unit, *test.units])),
                "variable": test.variable or None,
                "low": None if known is None else known.low,
                "high": None if known is None else known.high,
            }
        )
    return found


def _words() -> dict[str, list[dict[str, str]]]:
    """Return the words that can be present or absent in a person, and the causes to name."""
    return {
        "symptoms": [
            {"name": name, "words": row["aliases"].split(";")[0] or name.replace("_", " ")}
            for name, row in symptom_table().items()
        ],
        "signs": [{"name": name, "words": sign.long_name} for name, sign in signs().items()],
        "circumstances": [{"name": name, "words": name} for name in traps()],
        "facts": [
            {"name": name, "words": row["long_name"], "group": row["group"]}
            for name, row in vocabulary().items()
            if row["group"] != "derived"
        ],
        "causes": [{"name": name, "words": name} for name in cause_names()],
    }
