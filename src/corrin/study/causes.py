"""Causes of deficiency: one line of text each, with every number in the tables.

``autoimmune gastritis`` · ``atrophic gastritis severe`` · ``ileal resection 60 cm`` ·
``metformin 2550 mg daily`` · ``nitrous oxide 4 kg weekly`` · ``nitrous oxide anaesthetic 6 h`` ·
``kidney disease egfr 25`` · ``cblC residual 5 %``

A cause is a name, then nothing, a level (``mild``) or an amount. Inborn defects begin when they
are given: an adult body in which the enzyme is lost, not a child who grew up with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from corrin.errors import InputError, nearest, unknown
from corrin.study.combine import Influence
from corrin.study.tables import Row, fold, rows, spellings
from corrin.units import format_number, parse_number, parse_quantity, parse_rate


@dataclass(frozen=True)
class Cause:
    """One cause of deficiency.

    Attributes
    ----------
    name : str
        Name in the table of causes; a cause given again under this name replaces itself.
    level : str
        Word such as ``mild``; empty for the usual case.
    amount : float or None
        Dose, length, duration or activity [unit of the cause].
    """

    name: str
    level: str = ""
    amount: float | None = None

    @property
    def row(self) -> Row:
        """Row in the table of causes."""
        return next(row for row in rows("causes") if row["cause"] == self.name)

    @property
    def text(self) -> str:
        """The cause as it is written in a scenario."""
        parts = [self.name, self.level]
        if self.amount is not None:
            number = format_number(self.amount)
            parts += [self.row["argument"], number, self.row["unit"]]
        return " ".join(part for part in parts if part)

    @property
    def lasting(self) -> bool:
        """Whether nothing can undo it."""
        return self.row["lasting"] == "yes"

    @property
    def effects(self) -> tuple[tuple[Row, float], ...]:
        """Each row of the table of effects that applies, with the value that it gives."""
        key = self.level or ("" if self.amount is None else format_number(self.amount))
        own = [row for row in rows("effects") if row["cause"] == self.name]
        exact = [(row, float(row["value"])) for row in own if row["level"] == key]
        if exact or self.amount is None:
            return tuple(exact)
        amount = self.amount
        return tuple((r, float(r["value"]) * amount) for r in own if r["level"] == "each")

    def influences(self, start: float, stop: float) -> list[Influence]:
        """Return what the cause does to the inputs of the model.

        Parameters
        ----------
        start, stop : float
            When it begins and when it ends at the latest [day].
        """
        course = self.row["course"]
        found = []
        for row, value in self.effects:
            if course == "pulse":
                found.append(Influence(start, min(stop, start + self.duration), row["input"], 1.0))
            elif course == "ramp":
                length, step = float(self.row["length_d"]), float(self.row["step_d"])
                for index in range(round(length / step)):
                    # The middle of the step, so that the mean over the course is right.
                    reached = value * (index + 0.5) * step / length
                    begin = start + index * step
                    found.append(Influence(begin, min(stop, begin + step), row["input"], reached))
            else:
                found.append(Influence(start, stop, row["input"], value))
        return [one for one in found if one.stop > one.start]

    @property
    def duration(self) -> float:
        """How long it lasts by itself [day]."""
        if self.row["course"] == "pulse":
            return (self.amount or 0.0) / 24
        return float(self.row["length_d"]) if self.row["course"] == "ramp" else inf

    def assumptions(self) -> list[str]:
        """Return one sentence for each number of this cause that is assumed."""
        found = [
            f"Cause {self.text}: {row['input']} {value:.3g}"
            + (f" ({row['note']})." if row["note"] else ".")
            for row, value in self.effects
            if row["grade"] == "assumed"
        ]
        if self.row["group"] == "inherited":
            found.append(
                f"Cause {self.text}: an adult body in which the function is lost from that time "
                "on, not a child who grew up with the defect."
            )
        return found

    @classmethod
    def parse(cls, text: object, where: str | None = None) -> Cause:
        """Return the cause that was written.

        Parameters
        ----------
        text : str
            Name, then nothing, a level or an amount.
        where : str, optional
            Where it was written, for errors.
        """
        if not isinstance(text, str) or not text.strip():
            raise InputError(
                f"{text!r} is not a cause",
                where=where,
                hint="write for example 'metformin 2000 mg daily'",
            )
        name, word, tail = _split(text, where)
        row = next(row for row in rows("causes") if row["cause"] == name)
        levels = {r["level"] for r in rows("effects") if r["cause"] == name}
        words = {level for level in levels - {"", "each"} if not level[0].isdigit()}
        hint = f"write for example '{_example(row, levels)}'"
        if word and word not in words | {row["argument"]} - {""}:
            hint = nearest(word, words) if words else hint
            raise InputError(f"{word!r} is not understood after {name!r}", where=where, hint=hint)
        if tail and (word in words or not row["unit"]):
            raise InputError(f"{name!r} takes no amount {tail!r}", where=where, hint=hint)
        amount = _amount(row, tail, where) if tail else None
        cause = cls(name, word if word in words else "", amount)
        if not cause.effects:
            what = f"{tail!r} is not a known amount of" if tail else "an amount is missing after"
            raise InputError(f"{what} {name!r}", where=where, hint=hint)
        return cause


def _split(text: str, where: str | None) -> tuple[str, str, str]:
    """Return the name of a cause, the word after it and the amount after that, as far as given."""
    match = re.search(r"\s[+-]?\.?\d.*", text.strip(), re.DOTALL)
    head, tail = (text[: match.start() + 1], match[0].strip()) if match else (text, "")
    known, words = spellings("causes", "cause"), fold(head).split()
    for count in range(len(words), 0, -1):
        name = known.get(" ".join(words[:count]))
        if name is not None:
            return name, " ".join(words[count:]), tail
    raise unknown("cause", head.strip(), {row["cause"] for row in rows("causes")}, where)


def _amount(row: Row, tail: str, where: str | None) -> float:
    """Return the amount that follows the name of a cause [unit of the cause]."""
    unit = row["unit"]
    here = f"{where}, {row['cause']}" if where else row["cause"]
    if unit == "mL/min/1.73m2" and " " not in tail:
        value = parse_number(tail, here)
    elif " " in unit:
        value = parse_rate(tail, unit, here)
    else:
        value = parse_quantity(tail, unit, here)
    if value < 0 or (value == 0 and row["group"] != "inherited"):
        raise InputError(f"{tail!r} is not more than 0", where=here)
    if value > float(row["highest"]):
        raise InputError(f"{tail!r} is more than {row['highest']} {unit}", where=here)
    return value


def _example(row: Row, levels: set[str]) -> str:
    """Return a valid way to write a cause."""
    if not row["unit"]:
        return str(row["cause"])
    usual = {"cm": "60", "mg daily": "2000", "kg weekly": "4", "h": "6", "%": "5"}
    exact = sorted(level for level in levels if level[:1].isdigit())
    number = exact[0] if exact else usual.get(row["unit"], "25")
    parts = (row["cause"], row["argument"], number, row["unit"])
    return " ".join(part for part in parts if part)
