"""Diets: by name, by foods, or by amount.

``vegan`` · ``{foods: {beef: 120 g daily, milk: 300 mL daily, eggs: 3 weekly}}`` ·
``{b12: 1.2 ug daily, fortified: 2.4 ug daily, folate: 0.5, digestibility: 0.6}``

Digestibility is the share of food-bound cobalamin that a healthy digestion sets free; how much
of that is absorbed is then limited by the uptake of the model. What a diet does not mention is
as in the reference omnivore diet, but without fortified food.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corrin.errors import InputError, unknown
from corrin.study.tables import Row, default, lookup, rows
from corrin.units import Words, b12_nmol, b12_ug, format_number, parse_number, parse_rate

#: Inputs of the model that a diet sets.
INPUTS = ("food_b12", "food_digestibility", "fortified_b12", "folate_intake")

_KEYS = ("b12", "foods", "fortified", "folate", "digestibility")
_HIGHEST = {"folate": 10.0, "digestibility": 1.0}
_HIGHEST_B12 = 500.0  # ug/day, six helpings of liver a day: more is a slip of the unit.


@dataclass(frozen=True)
class Diet:
    """What a person eats, day by day.

    Attributes
    ----------
    spec : str or mapping
        The diet as written; reads back as the same diet.
    values : mapping of str to float
        One value for each of `INPUTS` [unit of the input].
    """

    spec: str | Mapping[str, Any]
    values: Mapping[str, float]

    @property
    def text(self) -> str:
        """The diet in words."""
        if isinstance(self.spec, str):
            return self.spec
        eaten = b12_ug(self.values["food_b12"] + self.values["fortified_b12"])
        parts = [f"{eaten:.3g} ug of B12 daily"]
        if "foods" in self.spec:
            parts += [f"{food} {amount}" for food, amount in self.spec["foods"].items()]
        if self.values["folate_intake"] != 1:
            parts.append(f"folate {self.values['folate_intake']:g} of the reference")
        return ", ".join(parts)

    def assumptions(self) -> list[str]:
        """Return one sentence for each number of this diet that is assumed."""
        if not isinstance(self.spec, str):
            share = f"{self.values['food_digestibility']:.2g}"
            if "digestibility" in self.spec:
                return []
            if "foods" in self.spec:
                return [f"Diet of foods: digestibility {share}, from the assumed one of each food."]
            return [f"Diet by amount: digestibility {share}, as in the reference diet."]
        name = lookup("diet", self.spec, "diets", "diet", None)
        return [
            f"Diet {name}: {row['input']} {row['value']} {row['unit']} ({row['note']})."
            for row in rows("diets")
            if row["diet"] == name and row["grade"] == "assumed"
        ]

    @classmethod
    def parse(cls, spec: object, where: str | None = None) -> Diet:
        """Return the diet that was written.

        Parameters
        ----------
        spec : str or mapping
            Name of a diet, or its foods or amounts.
        where : str, optional
            Where it was written, for errors.
        """
        if isinstance(spec, str):
            name = lookup("diet", spec, "diets", "diet", where)
            return cls(name, _by_name(name))
        if not isinstance(spec, Mapping) or not spec:
            raise InputError(
                f"{spec!r} is not a diet",
                where=where,
                hint="write a name such as vegan, or {b12: 1.2 ug daily}",
            )
        for key in spec:
            if key not in _KEYS:
                raise unknown("key of a diet", str(key), _KEYS, where)
        plain = {key: _spec(key, value, where) for key, value in spec.items()}
        return cls(plain, _by_amount(plain, where))

    def plain(self) -> str | dict[str, Any]:
        """Return the diet as it is written in a scenario."""
        return self.spec if isinstance(self.spec, str) else dict(self.spec)


def _by_name(name: str) -> dict[str, float]:
    """Return the inputs of a diet of the table."""
    values = {key: default(key) for key in INPUTS}
    for row in rows("diets"):
        if row["diet"] == name and row["input"]:
            amount = float(row["value"])
            values[row["input"]] = b12_nmol(amount) if row["unit"] == "ug daily" else amount
    return values


def _by_amount(spec: Mapping[str, Any], where: str | None) -> dict[str, float]:
    """Return the inputs of a diet given by foods or amounts."""
    if ("b12" in spec) == ("foods" in spec):
        raise InputError(
            "a diet names either b12 or foods", where=where, hint="write {b12: 1.2 ug daily}"
        )
    fortified = _b12(spec["fortified"], where, "fortified") if "fortified" in spec else 0.0
    digestibility = default("food_digestibility")
    if "foods" in spec:
        bound, crystalline, digestibility = _by_foods(spec["foods"], where)
        fortified += crystalline
    else:
        bound = _b12(spec["b12"], where, "b12")
    if "digestibility" in spec:
        digestibility = spec["digestibility"]
    return {
        "food_b12": b12_nmol(bound),
        "food_digestibility": digestibility,
        "fortified_b12": b12_nmol(fortified),
        "folate_intake": spec.get("folate", 1.0),
    }


def _by_foods(foods: object, where: str | None) -> tuple[float, float, float]:
    """Return food-bound and crystalline B12 [ug/day] and the digestibility of some foods."""
    if not isinstance(foods, Mapping) or not foods:
        raise InputError(
            f"{foods!r} is not a list of foods",
            where=where,
            hint="write {milk: 300 mL daily, eggs: 3 weekly}",
        )
    shares = {row["group"]: float(row["digestibility"]) for row in rows("food_groups")}
    table = {row["food"]: row for row in rows("foods")}
    bound = crystalline = freed = 0.0
    for written, amount in foods.items():
        row = table[lookup("food", str(written), "foods", "food", where)]
        b12 = _grams(amount, row, where) / 100 * float(row["b12_ug_per_100g"])
        if row["form"] == "crystalline":
            crystalline += b12
        else:
            bound += b12
            freed += b12 * shares[row["group"]]
    _check_b12(bound + crystalline, where, "foods")
    return bound, crystalline, freed / bound if bound > 0 else default("food_digestibility")


def _grams(amount: object, row: Row, where: str | None) -> float:
    """Return how much of one food is eaten [g/day]."""
    here = f"{where}, {row['food']}" if where else row["food"]
    words = Words(amount if isinstance(amount, str) else "", here)
    kind = words.words[1].casefold() if len(words.words) > 1 else ""
    if row["g_per_piece"] and words.is_number() and kind not in ("g", "kg", "mg", "ml", "l", "dl"):
        pieces = words.number()
        frequency = words.frequency()
        if frequency is None:
            raise words.error(f"{amount!r} does not say how often", "write for example '3 weekly'")
        words.finish()
        grams = pieces * frequency * float(row["g_per_piece"])
    elif row["g_per_mL"] and kind in ("ml", "l", "dl"):
        grams = parse_rate(amount, "mL daily", here) * float(row["g_per_mL"])
    else:
        grams = parse_rate(amount, "g daily", here)
    if grams < 0:
        raise InputError(f"{amount!r} is negative", where=here)
    return grams


def _b12(amount: object, where: str | None, key: str) -> float:
    """Return an amount of B12 [ug/day] that is neither negative nor absurd."""
    here = f"{where}, {key}" if where else key
    value = parse_rate(amount, "ug daily", here)
    if value < 0:
        raise InputError(f"{amount!r} is negative", where=here)
    _check_b12(value, where, key)
    return value


def _check_b12(value: float, where: str | None, key: str) -> None:
    """Refuse more B12 [ug/day] than anyone eats."""
    if value > _HIGHEST_B12:
        raise InputError(
            f"{value:g} ug of B12 daily is more than any diet has",
            where=f"{where}, {key}" if where else key,
            hint="give tablets as a treatment: {treat: cyanocobalamin 1000 ug oral daily}",
        )


def _spec(key: str, written: object, where: str | None) -> object:
    """Return one entry of a diet in the form in which it is kept: plain numbers as such."""
    if isinstance(written, Mapping):
        return dict(written)
    if key not in _HIGHEST:
        return written
    here = f"{where}, {key}" if where else key
    value = parse_number(written, here)
    if not 0 <= value <= _HIGHEST[key]:
        raise InputError(
            f"{format_number(value)} is not between 0 and {_HIGHEST[key]:g}", where=here
        )
    return value
