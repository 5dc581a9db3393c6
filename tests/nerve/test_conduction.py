"""Velocities and block against published values, and the order of the method."""

from __future__ import annotations

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.nerve import conduction, conduction_velocity, fibre, unmyelinated
from corrin.nerve.cable import Cable, record, run
from corrin.nerve.internode import modes, reduced

# Values for a vanishing step: original files of ModelDB 3810 in NEURON 9.0.2.
PUBLISHED = {5.7: 25.79, 8.7: 47.81, 10.0: 56.25, 12.8: 72.23, 16.0: 94.01}
# The same fibres built by benchmarks/nerve/neuron_fibre.py, NEURON 9.0.2, steps 1 and 0.5 us.
IN_NEURON = [
    ("peripheral", 10.0, 0.5, 37.0, 46.593),
    ("peripheral", 10.0, 0.2, 37.0, 30.765),
    ("peripheral", 10.0, 0.1, 37.0, 18.797),
    ("peripheral", 10.0, 1.0, 30.0, 44.538),
    ("peripheral", 6.5, 1.0, 37.0, 31.347),
    ("peripheral", 13.4, 1.0, 33.0, 66.672),
    ("central", 1.0, 1.0, 37.0, 4.711),
    ("central", 5.0, 0.3, 37.0, 17.963),
]


def uniform(diameter: float, nodes: int = 30) -> Cable:
    build = fibre(diameter)
    area = np.full(nodes, np.pi * build.node * build.node_length)
    return Cable(reduced(modes([build])), np.zeros(nodes - 1, int), area, area)


def test_healthy_velocities_are_the_published_ones():
    found = conduction_velocity(list(PUBLISHED))
    assert found == pytest.approx(np.array(list(PUBLISHED.values())), rel=1e-3)


@pytest.mark.parametrize(("kind", "diameter", "fraction", "temperature", "expected"), IN_NEURON)
def test_other_fibres_agree_with_neuron(kind, diameter, fraction, temperature, expected):
    found = conduction_velocity(diameter, temperature, fraction, kind)
    assert found == pytest.approx(expected, rel=1e-3)


def test_block_where_it_was_published():
    found = conduction(10.0, lamella_fraction=0.05)
    assert found.blocked
    assert np.isnan(found.velocity)
    assert "5 %" in found.reason
    assert "37 degC" in found.reason
    clear = conduction(10.0, lamella_fraction=0.06)
    assert not clear.blocked
    assert clear.reason == ""


def test_warmth_blocks_and_cold_unblocks():
    warm, cool = conduction_velocity(10.0, [40.0, 34.0], 0.058)
    assert np.isnan(warm)
    assert cool > 5


def test_velocity_is_nearly_straight_in_diameter():
    diameter = np.linspace(6.0, 16.0, 21)
    velocity = conduction_velocity(diameter)
    fit = np.polyfit(diameter, velocity, 1)
    assert np.abs(np.polyval(fit, diameter) / velocity - 1).max() < 0.06
    assert 5.5 < fit[0] < 7.5


def test_fewer_lamellae_are_always_slower():
    velocity = conduction_velocity(8.0, 37.0, np.linspace(1.0, 0.06, 15))
    assert (np.diff(velocity) < 0).all()


def test_no_fibres_have_no_velocity():
    assert conduction_velocity([]).shape == (0,)


def test_scalars_give_a_number_and_arrays_an_array():
    assert isinstance(conduction_velocity(10.0), float)
    assert conduction_velocity(np.full((2, 1), 10.0), [30.0, 35.0, 37.0]).shape == (2, 3)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((10.0, 60.0), "temperature: 60 degC"),
        ((10.0, 37.0, 0.0), "lamella_fraction"),
        ((10.0, 37.0, 1.5), "lamella_fraction"),
        ((0.1,), "fibre_diameter"),
    ],
)
def test_what_cannot_be_is_refused(arguments, text):
    with pytest.raises(InputError, match=text):
        conduction_velocity(*arguments)


def test_error_falls_with_the_square_of_the_step():
    cable, delay = uniform(10.0), []
    for step in (0.008, 0.004, 0.002, 0.001):
        crossed = run(cable, 37.0, step, until=5, patience=2, current=2.0, duration=0.1, last=22)
        delay.append(crossed[21] - crossed[11])
    change = np.diff(delay)
    ratio = change[:-1] / change[1:]
    assert ((ratio > 3.2) & (ratio < 4.8)).all()


def test_a_cable_left_alone_rests():
    voltage = record(uniform(10.0, 12), 37.0, 0.005, until=20.0, current=0.0, duration=0.1)
    assert np.abs(voltage - voltage[-1]).max() < 1.0
    assert abs(voltage[-1] + 80.0).max() < 1.0


def test_spike_has_the_height_and_length_of_a_node():
    voltage = record(uniform(10.0), 37.0, 0.005, until=2.5, current=2.0, duration=0.1)
    node = voltage[:, 15]
    assert 10 < node.max() < 50
    above = (node > -40).sum() * 0.005
    assert 0.2 < above < 0.6


def test_stimulus_charge_is_what_a_short_step_says_it_is():
    """Charge put in is found on the cable: before any channel moves, with hardly any leak."""
    cable = uniform(10.0, 3)
    step = 1e-5
    voltage = record(cable, 37.0, step, until=20 * step, current=0.05, duration=1.0)
    full = cable.modes
    # Quick response: node, quick capacitance, and conductance of the modes kept.
    rise = voltage[-1] + 80.0
    node = cable.membrane * 2e-5
    quick = (full.capacity[0, 0] + full.capacity[0, 1]) / 2
    stored = (node[0] + quick) * rise[0]
    assert stored == pytest.approx(0.05 * 20 * step, rel=0.1)


def test_unmyelinated_fibres():
    thin, thick = unmyelinated(0.25), unmyelinated(1.0)
    assert thick.velocity == pytest.approx(2 * thin.velocity)
    assert 0.5 < thick.velocity < 2.0  # C fibres
    assert unmyelinated(1.0, 20.0).velocity < thick.velocity
    with pytest.raises(InputError, match="diameter"):
        unmyelinated(20.0)


@pytest.mark.slow
def test_lamella_series_against_the_published_one():
    # The published series is at a step of 1 us; its error is that of the healthy fibre or less.
    series = {1.0: 55.19, 0.5: 45.85, 0.2: 30.4}
    for fraction, coarse in series.items():
        found = conduction_velocity(10.0, 37.0, fraction)
        assert 1.0 < found / coarse < 1.02


@pytest.mark.slow
@pytest.mark.parametrize(("temperature", "fraction"), [(30.0, 0.037), (37.0, 0.053), (40.0, 0.064)])
def test_block_moves_with_warmth(temperature, fraction):
    below, above = conduction_velocity(10.0, temperature, [fraction - 0.002, fraction + 0.001])
    assert np.isnan(below)
    assert np.isfinite(above)
