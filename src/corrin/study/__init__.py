"""Study: a person, a timeline and a run; the only door to a simulation."""

from corrin.study.causes import Cause
from corrin.study.diet import Diet
from corrin.study.person import Person
from corrin.study.regimen import Regimen
from corrin.study.result import Result
from corrin.study.scenario import Scenario, shipped
from corrin.study.simulate import simulate
from corrin.study.timeline import Event

__all__ = [
    "Cause", "Diet", "Event", "Person", "Regimen", "Result", "Scenario", "shipped", "simulate",
]  # fmt: skip
