"""Rosenbrock methods: coefficients, and the loops that combine stages, written from them.

In the transformed form a step of size h solves, for each stage s,

    (I/(γh) - J) k_s = f(t + α_s h, y + Σ a_sj k_j) + Σ (C_sj/h) k_j + γ_s h ∂f/∂t

Both methods here are stiffly accurate: the last stage k_s is the error estimate and the new state
is the argument of the last stage plus k_s.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A stiffly accurate Rosenbrock method in transformed form.

    Attributes
    ----------
    name : str
        Name of the method.
    order : int
        Order of the solution; the error estimate is one order lower.
    gamma : float
        Diagonal coefficient.
    a, c : tuple of tuple of float
        Strictly lower triangles: weights of earlier stages in the argument and in the right side.
    alpha, time : tuple of float
        Places of the stages in the step and weights of the explicit time derivative.
    dense : tuple of tuple of float
        Weights of the stages in the coefficients of the continuous solution
        y(θ) = (1-θ) y₀ + θ (y₁ + (1-θ) (d₁ + θ (d₂ + θ d₃))).
    """

    name: str
    order: int
    gamma: float
    a: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    alpha: tuple[float, ...]
    time: tuple[float, ...]
    dense: tuple[tuple[float, ...], ...]

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.a)


_LAST = (
    -7.502846399306121,
    2.561846144803919,
    -11.627539656261098,
    -0.18268767659942256,
    0.030198172008377946,
)

#: Fifth order, dense output of order 4: G. Steinebach, BIT Numerical Mathematics 63:27 (2023).
RODAS5P = Method(
    name="Rodas5P",
    order=5,
    gamma=0.21193756319429014,
    a=(
        (),
        (3.0,),
        (2.849394379747939, 0.45842242204463923),
        (-6.954028509809101, 2.489845061869568, -10.358996098473584),
        (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
        _LAST,
        (*_LAST, 1.0),
        (*_LAST, 1.0, 1.0),
    ),
    c=(
        (),
        (-14.155112264123755,),
        (-17.97296035885952, -2.859693295451294),
        (147.12150275711716, -1.41221402718213, 71.68940251302358),
        (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
        (
            24.854864614690072,
            -3.0009227002832186,
            47.4931110020768,
            5.5814197821558125,
            -0.6610691825249471,
        ),
        (
            30.91273214028599,
            -3.1208243349937974,
            77.79954646070892,
            34.28646028294783,
            -19.097331116725623,
            -28.087943162872662,
        ),
        (
            37.80277123390563,
            -3.2571969029072276,
            112.26918849496327,
            66.9347231244047,
            -40.06618937091002,
            -54.66780262877968,
            -9.48861652309627,
        ),
    ),
    alpha=(
        0.0,
        0.6358126895828704,
        0.4095798393397535,
        0.9769306725060716,
        0.4288403609558664,
        1.0,
        1.0,
        1.0,
    ),
    time=(
        0.21193756319429014,
        -0.42387512638858027,
        -0.3384627126235924,
        1.8046452872882734,
        2.325825639765069,
        0.0,
        0.0,
        0.0,
    ),
    dense=(
        (
            25.948786856663858,
            -2.5579724845846235,
            10.433815404888879,
            -2.3679251022685204,
            0.524948541321073,
            1.1241088310450404,
            0.4272876194431874,
            -0.17202221070155493,
        ),
        (
            -9.91568850695171,
            -0.9689944594115154,
            3.0438037242978453,
            -24.495224566215796,
            20.176138334709044,
            15.98066361424651,
            -6.789040303419874,
            -6.710236069923372,
        ),
        (
            11.419903575922262,
            2.8879645146136994,
            72.92137995996029,
            80.12511834622643,
            -52.072871366152654,
            -59.78993625266729,
            -0.15582684282751913,
            4.883087185713722,
        ),
    ),
)

#: Third order, for loose tolerances, dense output of order 2: A. Sandu et al., Atmospheric
#: Environment 31:3459 (1997).
RODAS3 = Method(
    name="Rodas3",
    order=3,
    gamma=0.5,
    a=((), (0.0,), (2.0, 0.0), (2.0, 0.0, 1.0)),
    c=((), (4.0,), (1.0, -1.0), (1.0, -1.0, -8.0 / 3)),
    alpha=(0.0, 0.0, 1.0, 1.0),
    time=(0.5, 1.5, 0.0, 0.0),
    dense=((3.0, -1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)),
)

METHODS = {m.name.lower(): m for m in (RODAS5P, RODAS3)}


def _sum(weights: tuple[float, ...], names: list[str], first: str = "") -> str:
    terms = [first] if first else []
    for weight, name in zip(weights, names, strict=False):
        if weight == 1.0:
            terms.append(name)
        elif weight != 0.0:
            terms.append(f"{weight!r} * {name}")
    return " + ".join(terms) or "0.0"


def combination_source(method: Method) -> str:
    """Return, in the subset of `lower`, the loops over states that `method` needs.

    ``argument_s`` makes the argument of stage s and what is added to the right side;
    ``arguments`` selects by number; ``continuous`` makes the coefficients of dense output.
    """
    parts = []
    for s in range(1, method.stages):
        used = [j for j in range(s) if method.a[s][j] or method.c[s][j]]
        loads = "".join(f"        k{j} = k[i + {j} * n]\n" for j in used)
        names = [f"k{j}" for j in range(s)]
        right = _sum(method.c[s], names)
        parts.append(
            f"def argument_{s}(n: int, timed: int, h: Lanes, y: Array, k: Array, ft: Array, "
            "u: Array, add: Array):\n"
            "    inverse = 1.0 / h\n"
            "    for i in range(n):\n"
            f"{loads}"
            f"        u[i] = {_sum(method.a[s], names, 'y[i]')}\n"
            f"        add[i] = inverse * ({right})\n"
        )
        if method.time[s]:
            parts.append(
                "    if timed != 0:\n"
                f"        weight = {method.time[s]!r} * h\n"
                "        for i in range(n):\n"
                "            add[i] = add[i] + weight * ft[i]\n"
            )
    parts.append(
        "def arguments(s: int, n: int, timed: int, h: Lanes, y: Array, k: Array, ft: Array, "
        "u: Array, add: Array):\n"
    )
    for s in range(1, method.stages):
        parts.append(f"    if s == {s}:\n        argument_{s}(n, timed, h, y, k, ft, u, add)\n")
    parts.append("def place(s: int) -> float:\n")
    for s in range(1, method.stages):
        parts.append(f"    if s == {s}:\n        return {method.alpha[s]!r}\n")
    parts.append("    return 0.0\n")
    names = [f"k[i + {j} * n]" for j in range(method.stages)]
    rows = "".join(
        f"        d[i + {row} * n] = {_sum(weights, names)}\n"
        for row, weights in enumerate(method.dense)
    )
    parts.append(f"def continuous(n: int, k: Array, d: Array):\n    for i in range(n):\n{rows}")
    return "".join(parts)
