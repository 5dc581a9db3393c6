"""The examined person: fibre diameters, distances and temperatures, and how people differ."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import numpy as np

from corrin.errors import InputError
from corrin.nerve.axon import Array

#: Diameters into which a bundle is divided, in standard deviations from its mean.
_BINS = np.linspace(-2.6, 2.6, 27)


@lru_cache(maxsize=1)
def constants() -> dict[str, float]:
    """Return the numbers of ``data/studies.csv`` by name."""
    text = files("corrin.nerve").joinpath("data/studies.csv").read_text("utf-8")
    return {row["name"]: float(row["value"]) for row in csv.DictReader(text.splitlines())}


@dataclass(frozen=True)
class Subject:
    """Who is examined.

    Parameters
    ----------
    age : float
        Age [year].
    height : float
        Body height [cm].
    sex : str
        ``female`` or ``male``.
    skin_temperature : float
        Temperature of the skin of the limbs [degC].
    """

    age: float = field(default_factory=lambda: constants()["reference.age"])
    height: float = field(default_factory=lambda: constants()["reference.height"])
    sex: str = "male"
    skin_temperature: float = field(default_factory=lambda: constants()["skin.limb"])

    def __post_init__(self) -> None:
        for name, low, high, unit in (
            ("age", 18, 110, "year"),
            ("height", 120, 220, "cm"),
            ("skin_temperature", 22, 40, "degC"),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(
                    f"{value:g} {unit} is outside the model",
                    where=f"person {name}",
                    hint=f"give a value from {low} to {high} {unit}",
                )
        if self.sex not in ("female", "male"):
            raise InputError(f"unknown sex {self.sex!r}", where="person sex", hint="female or male")


@dataclass(frozen=True)
class Body:
    """A subject with what a seed decides: how this one differs from the average person.

    Parameters
    ----------
    subject : Subject
        Who.
    seed : int or None
        None is the average person of that age, height and sex.
    """

    subject: Subject
    seed: int | None = None

    def draw(self, name: str, spread: str) -> float:
        """Return a standard normal number for `name`, times a spread of ``person.*``."""
        if self.seed is None:
            return 0.0
        return constants()[f"person.{spread}"] * normal(self.seed, name)

    def factor(self, name: str, spread: str) -> float:
        """Return what multiplies `name` in this person, around 1 and log-normal."""
        return float(np.exp(self.draw(name, spread)))

    @property
    def tallness(self) -> float:
        """Height relative to the reference."""
        return self.subject.height / constants()["reference.height"]

    def bundle(self, name: str, spread: str, limb: str | None = None) -> tuple[Array, Array]:
        """Return diameters [um] and shares of the fibres of a bundle of ``studies.csv``.

        Parameters
        ----------
        name : str
            Prefix in the table, ``<name>.diameter`` and ``<name>.spread``.
        spread : str
            How much people differ in it, ``person.<spread>``.
        limb : str, optional
            ``leg`` or ``arm``, where tall people have thinner fibres; None in the centre.

        Returns
        -------
        tuple of numpy.ndarray
            Diameters and shares that sum to 1.
        """
        known = constants()
        scale = self.factor("all nerves", "diameter") * self.factor(name, spread)
        if limb is not None:
            tall = self.subject.height - known["reference.height"]
            scale *= 1 + known[f"height.{limb}"] * tall
        diameter = (known[f"{name}.diameter"] + known[f"{name}.spread"] * _BINS) * scale
        return np.clip(diameter, 2, 20), _weights()

    def narrow(self, name: str, spread: str) -> tuple[Array, Array]:
        """Return diameters and shares of a log-normal bundle of thin central fibres."""
        known = constants()
        scale = self.factor("all nerves", "diameter") * self.factor(name, spread)
        median = known[f"{name}_diameter"] * scale
        diameter = median * np.exp(known[f"{name}_log_spread"] * _BINS)
        return np.clip(diameter, 0.5, 16), _weights()

    def large_fibres(self) -> float:
        """Return the share of large peripheral fibres at this age, 1 at the reference age."""
        known = constants()

        def left(age: float) -> float:
            return 1 - known["age.large_fibres"] * max(age - known["age.start"], 0.0)

        return left(self.subject.age) / left(known["reference.age"])

    def warmth(self, part: str) -> float:
        """Return the mean temperature of ``leg`` or ``arm`` up to the cord [degC]."""
        known = constants()
        base = known["skin.leg" if part == "leg" else "skin.proximal"]
        shift = known[f"skin.{part}_share"] * (self.subject.skin_temperature - known["skin.limb"])
        return float(min(base + shift, 40.0))


@lru_cache(maxsize=65536)
def normal(seed: int, *names: str) -> float:
    """Return a standard normal number that depends on the seed and the names only."""
    code = [byte for name in names for byte in name.encode()]
    return float(np.random.default_rng([seed, *code]).standard_normal())


def _weights() -> Array:
    weight = np.exp(-(_BINS**2) / 2)
    return np.asarray(weight / weight.sum())
