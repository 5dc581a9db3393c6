"""Order of the methods and of their dense output, by the order conditions and by experiment."""

from __future__ import annotations

import numpy as np
import pytest

from corrin.engine.rodas import METHODS, RODAS3, RODAS5P, Method

BOTH = pytest.mark.parametrize("method", [RODAS3, RODAS5P], ids=lambda m: m.name)


def square(rows: tuple[tuple[float, ...], ...], size: int) -> np.ndarray:
    full = np.zeros((size, size))
    for i, row in enumerate(rows):
        full[i, : len(row)] = row
    return full


def classical(method: Method) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return alpha, gamma and b of the untransformed method."""
    s = method.stages
    inverse = np.eye(s) / method.gamma - square(method.c, s)
    gamma = np.linalg.inv(inverse)
    a = square(method.a, s)
    weights = a[-1].copy()
    weights[-1] = 1.0
    return a @ gamma, gamma, weights @ gamma


@BOTH
def test_nodes_follow_from_the_coefficients(method: Method) -> None:
    alpha, gamma, _ = classical(method)
    np.testing.assert_allclose(alpha.sum(1), method.alpha, atol=5e-14)
    np.testing.assert_allclose(gamma.sum(1), method.time, atol=5e-14)


@BOTH
def test_order_conditions(method: Method) -> None:
    alpha, gamma, b = classical(method)
    beta, node = alpha + gamma, alpha.sum(1)
    chain = beta.sum(1)
    conditions = [
        (1, b.sum(), 1),
        (2, b @ chain, 1 / 2),
        (3, b @ node**2, 1 / 3),
        (3, b @ beta @ chain, 1 / 6),
        (4, b @ node**3, 1 / 4),
        (4, b @ (node * (alpha @ chain)), 1 / 8),
        (4, b @ beta @ node**2, 1 / 12),
        (4, b @ beta @ beta @ chain, 1 / 24),
        (5, b @ node**4, 1 / 5),
        (5, b @ beta @ beta @ beta @ chain, 1 / 120),
    ]
    for order, left, right in conditions:
        if order <= method.order:
            assert left == pytest.approx(right, abs=2e-13), order
    assert (
        any(
            order == method.order + 1 and abs(left - right) > 1e-6
            for order, left, right in conditions
        )
        or method.order == 5
    )


def step(
    method: Method, t: float, y: np.ndarray, h: float
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Take one step on y' = f(t, y) below, in the transformed form; return y, error, stages."""
    size = len(y)
    jac = np.array([[-3.0 * y[1], -3.0 * y[0] + np.cos(t)], [2 * y[0], -1.0]])
    slope = np.array([-y[1] * np.sin(t), 2.0 * t])
    matrix = np.eye(size) / (method.gamma * h) - jac
    k: list[np.ndarray] = []
    for s in range(method.stages):
        u = y + sum((method.a[s][j] * k[j] for j in range(s)), np.zeros(size))
        right = rate(t + method.alpha[s] * h, u) + h * method.time[s] * slope
        right = right + sum((method.c[s][j] / h * k[j] for j in range(s)), np.zeros(size))
        k.append(np.linalg.solve(matrix, right))
    return u + k[-1], k[-1], k


def rate(t: float, y: np.ndarray) -> np.ndarray:
    return np.array([-3 * y[0] * y[1] + y[1] * np.cos(t), y[0] ** 2 - y[1] + t**2])


def truth(t: float) -> np.ndarray:
    from scipy.integrate import solve_ivp

    return solve_ivp(rate, (0, t), [1.0, 0.5], method="DOP853", rtol=1e-13, atol=1e-14).y[:, -1]


@BOTH
def test_observed_order(method: Method) -> None:
    exact = truth(1.0)
    errors = []
    for count in (8, 16, 32):
        y = np.array([1.0, 0.5])
        for i in range(count):
            y = step(method, i / count, y, 1 / count)[0]
        errors.append(np.abs(y - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] > method.order - 0.4, (orders, errors)


@BOTH
def test_order_of_dense_output_and_of_the_error_estimate(method: Method) -> None:
    y = np.array([1.0, 0.5])
    inside, estimates = [], []
    for h in (0.2, 0.1, 0.05):
        new, error, k = step(method, 0.0, y, h)
        d = [sum(w * s for w, s in zip(row, k, strict=True)) for row in method.dense]
        theta = 0.4
        dense = (1 - theta) * y + theta * (
            new + (1 - theta) * (d[0] + theta * (d[1] + theta * d[2]))
        )
        inside.append(np.abs(dense - truth(theta * h)).max())
        estimates.append(np.abs(error).max())
    local = 5 if method is RODAS5P else 3
    assert np.log2(inside[-2] / inside[-1]) > local - 0.5
    assert np.log2(estimates[-2] / estimates[-1]) > method.order - 0.5


def test_methods_are_known_by_name() -> None:
    assert METHODS["rodas5p"] is RODAS5P
    assert METHODS["rodas3"] is RODAS3
