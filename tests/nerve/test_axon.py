"""Membrane, build of a fibre, and the passive two-port of an internode."""

from __future__ import annotations

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.nerve.axon import CHANNELS, POTASSIUM, REST, SODIUM, fibre, rates, spacing
from corrin.nerve.internode import modes, reduced


def test_published_fibres_are_built_as_published():
    # ModelDB 3810.
    ten, sixteen = fibre(10.0), fibre(16.0)
    assert (ten.axon, ten.node, ten.internode, ten.lamellae) == (6.9, 3.3, 1150.0, 120.0)
    assert (sixteen.axon, sixteen.node, sixteen.internode, sixteen.flut) == (12.7, 5.5, 1500, 60)


def test_other_diameters_lie_between_their_neighbours():
    between = fibre(9.35)
    assert between.axon == pytest.approx((5.8 + 6.9) / 2)
    assert between.internode == pytest.approx(1075.0)


@pytest.mark.parametrize("kind", ["peripheral", "central"])
def test_fibres_grow_with_their_diameter(kind):
    builds = [fibre(d, kind) for d in np.linspace(2, 16, 60)]
    for name in ("axon", "node", "internode", "lamellae"):
        assert (np.diff([getattr(b, name) for b in builds]) > 0).all()
    assert all(b.node < b.axon < b.diameter for b in builds)
    assert all(b.internode > 2 * (b.mysa + b.flut) + b.node_length for b in builds)


@pytest.mark.parametrize("kind", ["peripheral", "central"])
def test_spacing_is_that_of_the_fibres(kind):
    diameter = np.linspace(2.0, 16.0, 57)
    expected = [fibre(d, kind).internode for d in diameter]
    assert spacing(diameter, kind) == pytest.approx(np.array(expected))
    assert spacing(np.array([19.0])) == pytest.approx(fibre(19.0).internode)


def test_an_impossible_fibre_is_one_clear_line():
    with pytest.raises(InputError, match="fibre_diameter: .*60 um.*2 to 20 um"):
        fibre(60.0)
    with pytest.raises(InputError, match="did you mean 'central'"):
        fibre(2.0, "centrall")


def test_node_rests_near_the_published_resting_voltage():
    v = np.linspace(-85, -75, 2001)
    alpha, beta = rates(v, 37.0)
    m, h, p, s = alpha / (alpha + beta)
    current = (CHANNELS[0] * m**3 * h + CHANNELS[1] * p**3) * (v - SODIUM) + (
        CHANNELS[2] * s + CHANNELS[3]
    ) * (v - POTASSIUM)
    rest = v[np.argmin(np.abs(current))]
    assert abs(rest - REST) < 1.5


def test_rates_have_no_gap_where_their_formula_is_zero_over_zero():
    for at in (-21.4, -114.0, -27.0, -25.7, -34.0):
        alpha, beta = rates(np.array([at - 1e-3, at, at + 1e-3]), 37.0)
        for values in (*alpha, *beta):
            assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-5)


def test_internode_passes_a_steady_current_as_its_resistors_do():
    """Direct conductance of the odd mode is the axon's resistance and leak, solved as a ladder."""
    build = fibre(10.0)
    direct = modes([build]).direct[0]
    rho = 0.7e6
    lengths = [build.mysa, build.flut, *[(1150 - 1 - 6 - 92) / 6] * 6, build.flut, build.mysa]
    widths = [build.node, *[build.axon] * 8, build.node]
    axial = rho * (
        sum(le / (np.pi * w**2 / 4) for le, w in zip(lengths, widths, strict=True))
        + build.node_length / (np.pi * build.node**2 / 4)
    )
    # An odd drive of u sends the current 2 u / R through the axon; leak adds a few per cent.
    assert direct[1] == pytest.approx(2e6 / axial, rel=0.05)
    assert 0 < direct[0] < 0.05 * direct[1]


def test_reduced_modes_keep_the_response_to_slow_and_quick_signals():
    full = modes([fibre(10.0), fibre(1.0, "central")])
    few = reduced(full)
    assert few.rate.shape == (2, 2, 4)

    def admittance(found, frequency):
        s = 2j * np.pi * frequency
        branch = found.conductance * s / (s + found.rate)
        return found.direct + branch.sum(axis=2) + found.capacity * s

    for frequency in (2.0, 5.0, 10.0, 50.0):  # kHz, where spikes are
        assert admittance(few, frequency) == pytest.approx(admittance(full, frequency), rel=0.01)
    for frequency in (0.01, 0.1, 1.0):
        slow = admittance(few, frequency)[0]
        assert slow == pytest.approx(admittance(full, frequency)[0], rel=0.005)
