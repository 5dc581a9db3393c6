"""Quantities as people write them, read strictly: a number, a unit and, for rates, how often.

``1.2 ug daily``, ``2550 mg daily``, ``165 cm``, ``4 kg weekly``, ``18 mo``, ``10y``. A unit that
is missing, misspelt or of the wrong kind is an error that names the nearest valid one. `Words`
is the reader that everything written in words (regimens, causes, foods) is taken apart with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches

from corrin.errors import InputError, unknown

#: Days in a year and in a month, as everywhere in corrin.
YEAR = 365.25
MONTH = 30.4375

#: Weight of one nmol of cobalamin [ug/nmol]: that of cyanocobalamin, customary for all forms.
B12_UG_PER_NMOL = 1.3554

_FACTORS: dict[str, dict[str, float]] = {
    "time": {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "week": 7.0, "mo": MONTH, "y": YEAR},
    "mass": {"ng": 1e-3, "ug": 1.0, "mg": 1e3, "g": 1e6, "kg": 1e9},
    "length": {"mm": 0.1, "cm": 1.0, "m": 100.0},
    "volume": {"mL": 1.0, "dL": 100.0, "L": 1000.0},
    "share": {"%": 0.01},
    "filtration": {"mL/min/1.73m2": 1.0},
}
_SPELLINGS = {
    "minute": "min", "minutes": "min",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h",
    "day": "d", "days": "d",
    "w": "week", "wk": "week", "weeks": "week",
    "month": "mo", "months": "mo",
    "yr": "y", "year": "y", "years": "y",
    "mcg": "ug", "µg": "ug", "μg": "ug", "microgram": "ug", "micrograms": "ug",
    "milligram": "mg", "milligrams": "mg", "gram": "g", "grams": "g", "kilogram": "kg",
    "kilograms": "kg",
    "ml": "mL", "dl": "dL", "l": "L", "litre": "L", "litres": "L", "liter": "L", "liters": "L",
    "percent": "%",
    "mL/min": "mL/min/1.73m2", "ml/min": "mL/min/1.73m2",
}  # fmt: skip
_KINDS = {unit: kind for kind, units in _FACTORS.items() for unit in units}
_EXAMPLES = {
    "time": "18 mo", "mass": "1 mg", "length": "165 cm", "volume": "300 mL", "share": "5 %",
    "filtration": "25 mL/min/1.73m2",
}  # fmt: skip

_PERIODS = {"daily": 1.0, "weekly": 7.0, "fortnightly": 14.0, "monthly": MONTH, "yearly": YEAR}
_COUNTS = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
_TOKEN = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|,|[^\s,]+)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass
class Words:
    """Reader of a short text, word by word.

    Attributes
    ----------
    text : str
        What was written.
    where : str or None
        Where it was written, for errors.
    """

    text: str
    where: str | None = None

    def __post_init__(self) -> None:
        # ``ug/d`` taken apart reads like ``ug a day``.
        self.words = [part for word in _TOKEN.findall(self.text) for part in _apart(word)]
        self.index = 0

    @property
    def word(self) -> str:
        """The word that is next, in lower case; empty at the end."""
        return self.words[self.index].casefold() if self.index < len(self.words) else ""

    @property
    def rest(self) -> str:
        """What has not been read yet."""
        return " ".join(self.words[self.index :])

    def accept(self, *phrase: str) -> bool:
        """Step over `phrase` if it is next."""
        ahead = [w.casefold() for w in self.words[self.index : self.index + len(phrase)]]
        if ahead != list(phrase):
            return False
        self.index += len(phrase)
        return True

    def is_number(self) -> bool:
        """Tell whether a number is next."""
        return _NUMBER.fullmatch(self.word) is not None

    def number(self) -> float:
        """Read a number.

        Returns
        -------
        float
            The number, finite.
        """
        if not self.is_number():
            found = f"{self.words[self.index]!r}" if self.word else "the end"
            raise self.error(f"a number is missing before {found}")
        value = float(self.word)
        if not math.isfinite(value):
            raise self.error(f"{self.word} is too large a number")
        self.index += 1
        return value

    def unit(self, kind: str) -> float:
        """Read a unit of some `kind` (``time``, ``mass``, ...).

        Returns
        -------
        float
            Size of the unit in the base unit of its kind (day, ug, cm, mL, 1).
        """
        if not self.word:
            example = _EXAMPLES[kind]
            raise self.error(f"{self.text!r} lacks a unit", f"write for example '{example}'")
        if self.word == ",":
            hint = "write decimals with a point and thousands without a mark"
            raise self.error(f"{self.text!r} has a comma in a number", hint)
        written = self.words[self.index]
        factor = _factor(written, kind, self.where)
        self.index += 1
        return factor

    def frequency(self) -> float | None:
        """Read how often something happens, if that is next.

        Understood are ``daily``, ``weekly``, ``fortnightly``, ``monthly``, ``yearly``,
        ``twice daily``, ``3 times a week``, ``per day``, ``/day``, ``every day``,
        ``every other day`` and ``every 2 months``.

        Returns
        -------
        float or None
            Times per day; None, with nothing read, if something else is next.
        """
        start, count = self.index, 1.0
        if self.word in _COUNTS:
            count = _COUNTS[self.word]
            self.index += 1
        elif self.is_number():
            count = self.number()
            if not self.accept("times"):
                self.index = start
                return None
            if count <= 0:
                raise self.error("must happen more than 0 times")
        period = self._period()
        if period is None:
            self.index = start
            return None
        return count / period

    def _period(self) -> float | None:
        """Read a period [day] such as ``daily``, ``a week`` or ``every 2 months``."""
        if self.word in _PERIODS:
            self.index += 1
            return _PERIODS[self.words[self.index - 1].casefold()]
        if self.accept("every", "other"):
            return 2 * self.unit("time")
        if self.accept("every"):
            count = self.number() if self.is_number() else 1.0
            period = count * self.unit("time")
            if not 1e-6 < period < 1e6:
                raise self.error(f"'every {count:g}' is not a possible interval")
            return period
        if any(self.accept(word) for word in ("a", "per", "each", "/")):
            return self.unit("time")
        return None

    def finish(self) -> None:
        """Refuse what is left over."""
        if self.word:
            raise self.error(f"{self.rest!r} is not understood")

    def error(self, what: str, hint: str | None = None) -> InputError:
        """Return an error about this text."""
        return InputError(what, where=self.where, hint=hint or f"in {self.text!r}")


def _factor(written: str, kind: str, where: str | None) -> float:
    """Return the size of a unit in the base unit of its `kind`."""
    unit = _SPELLINGS.get(written, written)
    if unit in _FACTORS[kind]:
        return _FACTORS[kind][unit]
    if unit in _KINDS:
        raise InputError(
            f"{written!r} is a unit of {_KINDS[unit]}, not of {kind}",
            where=where,
            hint=f"write for example '{_EXAMPLES[kind]}'",
        )
    # A word that is nearly ``years`` is told so; for anything else the short names are enough.
    words = [word for word, unit in _SPELLINGS.items() if unit in _FACTORS[kind]]
    near = get_close_matches(written.casefold(), words, cutoff=0.7)
    raise unknown(f"unit of {kind}", written, near or _FACTORS[kind], where)


def _words(text: object, where: str | None, example: str) -> Words:
    """Return the reader of a quantity; anything but a text with a number first is refused."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise InputError(f"{text} has no unit", where=where, hint=f"write for example '{example}'")
    words = Words(text if isinstance(text, str) else "", where)
    if not words.is_number():
        raise InputError(
            f"{text!r} is not a quantity", where=where, hint=f"write for example '{example}'"
        )
    return words


def _apart(word: str) -> list[str]:
    """Return ``ug/d`` as ``ug / d``; a unit that is itself a quotient stays whole."""
    if "/" not in word or word in _KINDS or word in _SPELLINGS:
        return [word]
    return [part for part in re.split(r"(/)", word) if part]


def parse_number(text: object, where: str | None = None) -> float:
    """Return a plain number without a unit, written as such or as text."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        if not math.isfinite(text):
            raise InputError(f"{text} is not a finite number", where=where)
        return float(text)
    words = Words(text if isinstance(text, str) else "", where)
    if not words.is_number() or len(words.words) != 1:
        raise InputError(f"{text!r} is not a plain number", where=where, hint="write for example 1")
    return words.number()


def parse_quantity(text: object, unit: str, where: str | None = None) -> float:
    """Return a quantity such as ``165 cm`` or ``1 mg``.

    Parameters
    ----------
    text : object
        What was written.
    unit : str
        Unit of the answer; the text may use any unit of the same kind.
    where : str, optional
        Where it was written, for errors.

    Returns
    -------
    float
        Value [`unit`].
    """
    kind = _KINDS[unit]
    words = _words(text, where, _EXAMPLES[kind])
    value = words.number() * (words.unit(kind) / _FACTORS[kind][unit])
    words.finish()
    return value


def parse_rate(text: object, unit: str, where: str | None = None) -> float:
    """Return a rate such as ``1.2 ug daily``, ``4 kg weekly`` or ``300 mL/day``.

    Parameters
    ----------
    text : object
        What was written.
    unit : str
        Unit of the answer, a unit and a period such as ``mg daily``.
    where : str, optional
        Where it was written, for errors.

    Returns
    -------
    float
        Value [`unit`].
    """
    base, period = unit.split()
    kind = _KINDS[base]
    example = f"{_EXAMPLES[kind]} {period}"
    words = _words(text, where, example)
    value = words.number() * (words.unit(kind) / _FACTORS[kind][base])
    frequency = words.frequency()
    if frequency is None:
        raise InputError(
            f"{text!r} does not say how often", where=where, hint=f"write for example '{example}'"
        )
    words.finish()
    return value * (frequency * _PERIODS[period])


def parse_time(text: object, where: str | None = None) -> float:
    """Return a time such as ``0 y``, ``18 mo``, ``3 weeks`` or ``10y`` [day].

    Parameters
    ----------
    text : object
        What was written; a bare 0 needs no unit.
    where : str, optional
        Where it was written, for errors.

    Returns
    -------
    float
        Time [day]; 1 y = 365.25 d, 1 mo = 30.4375 d.
    """
    if text in (0, "0"):
        return 0.0
    words = _words(text, where, _EXAMPLES["time"])
    value = words.number() * words.unit("time")
    words.finish()
    return value


def format_time(days: float) -> str:
    """Return `days` [day] in the largest unit that gives a short number which reads back alike."""
    for unit, size in (("y", YEAR), ("mo", MONTH), ("weeks", 7.0), ("d", 1.0)):
        count = round(days / size, 4)
        if count * size == days:
            return f"{format_number(count)} {unit}"
    return f"{days!r} d"


def format_number(value: float) -> str:
    """Return the shortest text that reads back as `value`, whole numbers without a point."""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def b12_nmol(micrograms: float) -> float:
    """Return an amount of cobalamin [nmol] from its weight [ug]."""
    return micrograms / B12_UG_PER_NMOL


def b12_ug(nanomoles: float) -> float:
    """Return a weight of cobalamin [ug] from its amount [nmol]."""
    return nanomoles * B12_UG_PER_NMOL


def b12_pmol_per_l(pg_per_ml: float) -> float:
    """Return a concentration of cobalamin [pmol/L] from pg/mL, the same as ng/L."""
    return pg_per_ml / B12_UG_PER_NMOL
