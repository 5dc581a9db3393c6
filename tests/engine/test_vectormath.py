"""Vector mathematics against extended precision, in units in the last place."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from corrin.engine import build
from corrin.engine.emit import ATTRIBUTES
from corrin.engine.lower import Lowering, Signature
from corrin.engine.operations import Target
from corrin.engine.subset import Array
from corrin.engine.vectormath import lanes_exp, lanes_log, lanes_pow, lanes_power, vectormath_ir

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="no extended precision here to compare with"
)


def apply(which: int, count: int, x: Array, y: Array, out: Array) -> None:
    """Apply one function to whole arrays."""
    for i in range(count):
        if which == 0:
            out[i] = lanes_exp(x[i])
        elif which == 1:
            out[i] = lanes_log(x[i])
        elif which == 2:
            out[i] = lanes_pow(x[i], y[i])
        else:
            out[i] = lanes_power(x[i], y[i])


def library(target: Target) -> tuple[object, build.Code]:
    known = {
        "lanes_exp": Signature(("Lanes",), "Lanes"),
        "lanes_log": Signature(("Lanes",), "Lanes"),
        "lanes_pow": Signature(("Lanes", "Lanes"), "Lanes"),
        "lanes_power": Signature(("Lanes", "Lanes"), "Lanes"),
    }
    loop = Lowering(target, {"apply": apply}, known=known, exported=frozenset({"apply"}))
    code = build.Code(
        [build.compile_object(vectormath_ir(target) + loop.text() + ATTRIBUTES, optimise=True)]
    )
    types = [ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p] * 3]
    return ctypes.CFUNCTYPE(None, *types)(code.address("apply")), code


@pytest.fixture(scope="module", params=[(4, True), (1, True), (8, True), (4, False)])
def call(request: pytest.FixtureRequest) -> object:
    lanes, fused = request.param
    here = build.target(lanes)
    function, code = library(Target(lanes, fused=fused and here.fused))

    def run(which: int, x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
        x = np.ascontiguousarray(np.resize(x, -(-len(x) // lanes) * lanes), float)
        y = np.zeros_like(x) if y is None else np.ascontiguousarray(np.resize(y, len(x)), float)
        out = np.zeros_like(x)
        function(which, len(x) // lanes, x.ctypes.data, y.ctypes.data, out.ctypes.data)
        return out

    run.code = code
    return run


def worst(got: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest error in units in the last place."""
    unit = np.spacing(np.abs(exact).astype(float))
    return float(np.max(np.abs(got.astype(np.longdouble) - exact) / unit))


RNG = np.random.default_rng(5)


def test_exponential(call: object) -> None:
    x = np.concatenate([RNG.uniform(-700, 700, 40000), RNG.uniform(-1, 1, 40000)])
    assert worst(call(0, x), np.exp(x.astype(np.longdouble))) < 1.5


def test_logarithm(call: object) -> None:
    x = np.concatenate([10 ** RNG.uniform(-300, 300, 40000), RNG.uniform(0.5, 2, 40000)])
    assert worst(call(1, x), np.log(x.astype(np.longdouble))) < 1.5


def test_power(call: object) -> None:
    x, y = 10 ** RNG.uniform(-6, 6, 80000), RNG.uniform(-12, 12, 80000)
    exact = x.astype(np.longdouble) ** y.astype(np.longdouble)
    assert worst(call(2, x, y), exact) < 2.0


def test_power_for_rates(call: object) -> None:
    x, y = 10 ** RNG.uniform(-6, 6, 80000), RNG.uniform(-12, 12, 80000)
    exact = x.astype(np.longdouble) ** y.astype(np.longdouble)
    size = 3 + np.abs(y * np.log(x))
    error = np.abs(call(3, x, y).astype(np.longdouble) - exact) / np.spacing(exact.astype(float))
    assert float(np.max(error / size)) < 2.0


def test_special_values(call: object) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([0.0, -0.0, inf, -inf, nan, 800.0, -800.0, -745.0])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(call(0, x)[:8], np.exp(x), rtol=1e-15)
    x = np.array([0.0, 1.0, inf, -1.0, nan, 5e-324, 1e-310, 2.0])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(call(1, x)[:8], np.log(x), rtol=1e-15)
    cases = [
        *((0.0, 2.0), (0.0, -2.0), (0.0, 0.0), (-2.0, 3.0), (-2.0, 4.0), (-2.0, 0.5)),
        *((-8.0, -3.0), (1.0, inf), (2.0, inf), (0.5, inf), (2.0, -inf), (nan, 0.0)),
        *((nan, 1.0), (3.0, nan), (inf, 2.0), (inf, -2.0), (1e200, 2.0), (1e-200, 2.0)),
        *((1e-310, 0.5), (5.0, 1.0), (1.0, nan)),
    ]
    x, y = (np.array(c) for c in zip(*cases, strict=True))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(call(2, x, y)[: len(x)], np.power(x, y), rtol=1e-15)


def test_power_for_rates_reads_negative_bases_as_zero(call: object) -> None:
    x = np.array([-1e-9, -2.0, -2.0, -2.0, 0.0, 0.0, 3.0, -1.0])
    y = np.array([0.5, 3.0, 4.0, 1.5, 0.7, 0.0, 0.0, -0.5])
    expected = np.array([0.0, -8.0, 16.0, 0.0, 0.0, 1.0, 1.0, np.inf])
    np.testing.assert_allclose(call(3, x, y)[:8], expected, rtol=1e-14)


def test_wide_and_narrow_functions_agree_to_the_last_bit() -> None:
    x, y = 10 ** RNG.uniform(-6, 6, 64), RNG.uniform(-12, 12, 64)
    results = []
    for lanes in (1, 4, 8):
        function, _code = library(build.target(lanes))
        out = np.zeros(64)
        function(3, 64 // lanes, x.ctypes.data, y.ctypes.data, out.ctypes.data)
        results.append(out)
    assert all(np.array_equal(results[0], r) for r in results[1:])
