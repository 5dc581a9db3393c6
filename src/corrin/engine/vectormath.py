"""Exponential, logarithm and power for all lanes at once, to about one unit in the last place.

Written in the subset of `lower`; no library of the machine is called. The power goes through a
logarithm in double-double, so that a large exponent does not magnify its rounding error.
"""

from __future__ import annotations

from corrin.engine.operations import Target
from corrin.engine.subset import (
    Lanes,
    exponent,
    fabs,
    floor,
    mantissa,
    muladd,
    pow2,
    product_low,
    select,
)

INF = float("inf")
NAN = float("nan")
LOG2_E = 1.4426950408889634
#: Natural logarithm of 2, the first part with 21 trailing zero bits.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
SQRT2 = 1.4142135623730951
TWO52 = 4503599627370496.0
ROUND = 6755399441055744.0
SMALLEST_NORMAL = 2.2250738585072014e-308
TWO54 = 18014398509481984.0

E2 = 1.0 / 2
E3 = 1.0 / 6
E4 = 1.0 / 24
E5 = 1.0 / 120
E6 = 1.0 / 720
E7 = 1.0 / 5040
E8 = 1.0 / 40320
E9 = 1.0 / 362880
E10 = 1.0 / 3628800
E11 = 1.0 / 39916800
E12 = 1.0 / 479001600
E13 = 1.0 / 6227020800

L3 = 2.0 / 3
L5 = 2.0 / 5
L7 = 2.0 / 7
L9 = 2.0 / 9
L11 = 2.0 / 11
L13 = 2.0 / 13
L15 = 2.0 / 15
L17 = 2.0 / 17
L19 = 2.0 / 19
L21 = 2.0 / 21


def lanes_expm(r: Lanes) -> Lanes:
    """Return exp(r) - 1 for |r| below ln(2)/2, by its series."""
    r2 = r * r
    r4 = r2 * r2
    a = muladd(r, E3, E2)
    b = muladd(r, E5, E4)
    c = muladd(r, E7, E6)
    d = muladd(r, E9, E8)
    e = muladd(r, E11, E10)
    f = muladd(r, E13, E12)
    low = muladd(r2, b, a)
    middle = muladd(r2, d, c)
    high = muladd(r2, f, e)
    tail = muladd(r4, muladd(r4, high, middle), low)
    return muladd(r2, tail, r)


def lanes_scale(x: Lanes, n: Lanes) -> Lanes:
    """Return x·2ⁿ for whole n between -1100 and 1100, also where the result is not normal."""
    half = floor(n * 0.5)
    return x * pow2(half) * pow2(n - half)


def lanes_exp(x: Lanes) -> Lanes:
    """Return the exponential of x."""
    low = select(x < -746.0, -746.0, x)
    y = select(low > 710.0, 710.0, low)
    n = (muladd(y, LOG2_E, ROUND)) - ROUND
    r = muladd(n, -LN2_LOW, muladd(n, -LN2_HIGH, y))
    result = lanes_scale(1.0 + lanes_expm(r), n)
    return select(x == x, result, x)


def lanes_log(x: Lanes) -> Lanes:
    """Return the natural logarithm of x: -infinity at 0, not a number below."""
    small = x < SMALLEST_NORMAL
    y = select(small, x * TWO54, x)
    m0 = mantissa(y)
    high = m0 > SQRT2
    m = select(high, m0 * 0.5, m0)
    n = exponent(y) + select(high, 1.0, 0.0) - select(small, 54.0, 0.0)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = muladd(w, muladd(w, muladd(w, muladd(w, L21, L17), L13), L9), L5)
    even = muladd(w, muladd(w, muladd(w, muladd(w, L19, L15), L11), L7), L3)
    series = z * muladd(z, odd, even)
    half = 0.5 * f * f
    rest = muladd(n, LN2_LOW, s * (half + series))
    result = muladd(n, LN2_HIGH, f - (half - rest))
    result = select(x < INF, result, x)
    result = select(x == 0.0, -INF, result)
    return select(x < 0.0, NAN, result)


def lanes_pow(x: Lanes, y: Lanes) -> Lanes:
    """Return x to the y, with the conventions of C: a negative base needs a whole exponent."""
    ax = fabs(x)
    small = ax < SMALLEST_NORMAL
    b = select(small, ax * TWO54, ax)
    m0 = mantissa(b)
    high = m0 > SQRT2
    m = select(high, m0 * 0.5, m0)
    n = exponent(b) + select(high, 1.0, 0.0) - select(small, 54.0, 0.0)
    # s = f/d with its rounding error, so that 2s is known to twice the working precision
    f = m - 1.0
    d = 2.0 + f
    s = f / d
    sd = s * d
    d_low = f - (d - 2.0)
    s_low = ((f - sd) - product_low(s, d, sd) - s * d_low) / d
    z = s * s
    w = z * z
    odd = muladd(w, muladd(w, muladd(w, muladd(w, L21, L17), L13), L9), L5)
    even = muladd(w, muladd(w, muladd(w, muladd(w, L19, L15), L11), L7), L3)
    series = s * z * muladd(z, odd, even)
    # logarithm = n·ln 2 + 2s + series, as a sum of two numbers
    whole = n * LN2_HIGH
    twice = 2.0 * s
    a = whole + twice
    a_part = a - whole
    a_low = (whole - (a - a_part)) + (twice - a_part)
    tail = muladd(n, LN2_LOW, 2.0 * s_low) + a_low
    t = a + series
    t_part = t - a
    t_low = (a - (t - t_part)) + (series - t_part) + tail
    log_high = t + t_low
    log_low = t_low - (log_high - t)
    p = log_high * y
    p_low = product_low(log_high, y, p) + log_low * y
    p0 = select(p < -746.0, -746.0, p)
    q = select(p0 > 710.0, 710.0, p0)
    k = muladd(q, LOG2_E, ROUND) - ROUND
    r = muladd(k, -LN2_LOW, muladd(k, -LN2_HIGH, q))
    p_low = select(fabs(p_low) < 1.0, p_low, 0.0)
    grown = 1.0 + lanes_expm(r)
    result = lanes_scale(muladd(grown, p_low, grown), k)
    odd_y = select(floor(y * 0.5) * 2.0 == y, 1.0, -1.0)
    is_whole = floor(y) == y
    result = select(x < 0.0, select(is_whole, result * odd_y, NAN), result)
    at_zero = select(y > 0.0, 0.0, INF)
    result = select(ax == 0.0, at_zero, result)
    at_infinity = select(y > 0.0, INF, 0.0)
    result = select(ax == INF, at_infinity, result)
    grows = select(ax > 1.0, y, -y)
    result = select(fabs(y) == INF, select(grows > 0.0, INF, 0.0), result)
    result = select(x == x, result, x)
    result = select(y == y, result, y)
    result = select(x == 1.0, 1.0, result)
    return select(y == 0.0, 1.0, result)


def lanes_power(x: Lanes, y: Lanes) -> Lanes:
    """Return x to the y for rates of change, to about |y ln x| units in the last place.

    A negative base under a broken exponent counts as 0.
    """
    low = floor(y * 0.5) * 2.0
    sign = select(x < 0.0, select(low == y, 1.0, select(low + 1.0 == y, -1.0, 0.0)), 1.0)
    result = lanes_exp(y * lanes_log(fabs(x))) * sign
    result = select(sign == 0.0, select(y > 0.0, 0.0, INF), result)
    return select(y == 0.0, 1.0, result)


def vectormath_ir(target: Target) -> str:
    """Return the IR of these functions, for the lanes and for groups of lanes."""
    from corrin.engine.lower import Lowering

    functions = (
        lanes_expm,
        lanes_scale,
        lanes_exp,
        lanes_log,
        lanes_pow,
        lanes_power,
    )
    table = {f.__name__: f for f in functions}

    def text(form: Target, suffix: str) -> str:
        exported = frozenset(table)
        return Lowering(form, table, exported=exported, suffix=suffix, contract=False).text()

    narrow = text(target, "")
    return narrow + text(target.wide, "_wide") if target.group > 1 else narrow
