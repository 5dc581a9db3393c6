"""How each published quantity is read off the model: situation, time and variable.

A reading takes a `Bench` and returns one number in the unit of its observation. One module per
theme; the observations themselves stand in ``evidence/data/observations``.
"""

from corrin.evidence.readings import (
    biomarkers,
    blood,
    inborn,
    kinetics,
    nerve,
    population,
    treatment,
)
from corrin.evidence.readings.common import Reading

#: Readings by theme and by id of the observation, in the order of the chain.
BY_THEME: dict[str, dict[str, Reading]] = {
    "kinetics": kinetics.READINGS,
    "biomarkers": biomarkers.READINGS,
    "blood": blood.READINGS,
    "inborn": inborn.READINGS,
    "nerve": nerve.READINGS,
    "treatment": treatment.READINGS,
    "population": population.READINGS,
}
