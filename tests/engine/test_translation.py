"""Expressions, derivatives and elimination, each against a plain way to the same numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corrin.engine.derivatives import gradient
from corrin.engine.ordering import markowitz
from corrin.engine.program import Graph, evaluate
from corrin.engine.rewrite import simplify

UNARY = ("neg", "exp", "sin", "cos", "tanh", "abs", "atan")
BINARY = ("add", "sub", "mul", "div", "min", "max")


@st.composite
def expressions(draw: st.DrawFn) -> tuple[Graph, int]:
    """Build an expression of two states and time."""
    g = Graph()
    nodes = [g.input("state", 0), g.input("state", 1), g.input("time"), g.constant(0.5)]
    nodes.append(g.constant(draw(st.floats(-3, 3))))
    for _ in range(draw(st.integers(1, 12))):
        if draw(st.booleans()):
            nodes.append(g.apply(draw(st.sampled_from(UNARY)), draw(st.sampled_from(nodes))))
        else:
            pair = (draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes)))
            nodes.append(g.apply(draw(st.sampled_from(BINARY)), *pair))
    chosen = g.apply("lt", nodes[-2], nodes[-1])
    return g, g.apply("select", chosen, nodes[-1], g.apply("mul", nodes[-2], nodes[0]))


@settings(max_examples=150, deadline=None)
@given(expressions(), st.floats(0.2, 2), st.floats(0.2, 2), st.floats(0.1, 3))
def test_gradient_agrees_with_differences(
    made: tuple[Graph, int], x: float, y: float, t: float
) -> None:
    g, root = made
    slopes = gradient(g, root)

    def at(point: list[float], nodes: list[int]) -> list[float]:
        return evaluate(g, nodes, {"state": point[:2], "time": point[2:]})

    here = [x, y, t]
    value = at(here, [root])[0]
    if not math.isfinite(value) or abs(value) > 1e6:
        return
    for place, source in enumerate((("state", 0), ("state", 1), ("time", 0))):
        step = 1e-5
        sides = []
        for sign in (-1, 1):
            moved = list(here)
            moved[place] += sign * step
            sides.append(at(moved, [root])[0])
        left, right = (value - sides[0]) / step, (sides[1] - value) / step
        if not math.isfinite(left + right) or abs(left - right) > 1e-3 * (1 + abs(left)):
            continue  # a kink or a jump lies near
        node = slopes.get(g.input(*source))
        slope = at(here, [node])[0] if node is not None else 0.0
        assert slope == pytest.approx((left + right) / 2, rel=2e-3, abs=2e-3)


@settings(max_examples=100, deadline=None)
@given(expressions(), st.floats(0.2, 2), st.floats(0.2, 2))
def test_simplified_expressions_have_the_same_value(
    made: tuple[Graph, int], x: float, y: float
) -> None:
    g, root = made
    inputs = {"state": [x, y], "time": [1.0]}
    before = evaluate(g, [root], inputs)[0]
    after = evaluate(g, simplify(g, [root]), inputs)[0]
    if math.isfinite(before) and abs(before) < 1e8:
        assert after == pytest.approx(before, rel=1e-6, abs=1e-9)


def test_equal_expressions_are_one_node() -> None:
    g = Graph()
    a, b = g.input("state", 0), g.input("state", 1)
    assert g.apply("add", a, b) == g.apply("add", b, a)
    assert g.apply("mul", a, g.constant(1.0)) == a
    assert g.apply("sub", a, g.apply("neg", b)) == g.apply("add", a, b)
    assert g.apply("mul", g.constant(2.0), g.constant(3.0)) == g.constant(6.0)
    assert g.constant(0.0) != g.constant(-0.0)


@pytest.mark.parametrize("base", [-2.0, 0.0, 0.3, 7.0])
@pytest.mark.parametrize("exponent", [-3.0, -0.5, 0.0, 0.5, 2.0, 5.0, 12.0])
def test_whole_powers_become_products(base: float, exponent: float) -> None:
    g = Graph()
    node = g.apply("pow", g.input("time"), g.constant(exponent))
    inputs = {"time": [base]}
    before = evaluate(g, [node], inputs)[0]
    after = evaluate(g, simplify(g, [node]), inputs)[0]
    if math.isfinite(before):
        assert after == pytest.approx(before, rel=1e-14)
    else:
        assert not math.isfinite(after)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 14), st.randoms(use_true_random=False))
def test_elimination_stays_within_the_pattern(size: int, chance: object) -> None:
    entries = {(i, j) for i in range(size) for j in range(size) if chance.random() < 0.25}
    factors = markowitz(size, entries)
    assert sorted(factors.order) == list(range(size))
    rng = np.random.default_rng(chance.randrange(10**6))
    a = np.diag(rng.uniform(4, 5, size) * size)
    for i, j in entries:
        a[i, j] += rng.uniform(-1, 1)
    work = a[np.ix_(factors.order, factors.order)]
    for k in range(size):
        for i in range(k + 1, size):
            if work[i, k] != 0:
                assert k in factors.lower[i]
                work[i, k] /= work[k, k]
                work[i, k + 1 :] -= work[i, k] * work[k, k + 1 :]
        assert {j for j in range(k + 1, size) if work[k, j] != 0} <= set(factors.upper[k])
    lower, upper = np.tril(work, -1) + np.eye(size), np.triu(work)
    np.testing.assert_allclose(lower @ upper, a[np.ix_(factors.order, factors.order)], atol=1e-10)
