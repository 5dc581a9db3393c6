"""Lowering, the cache, and the graphics processor's code."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from corrin.engine import Dose, Protocol, build
from corrin.engine.compiled import CompiledEngine, actions_of, make_batch
from corrin.engine.cuda import DEVICE, CudaEngine, available, device_arrays, ptx
from corrin.engine.driver import library_ir
from corrin.engine.lower import Lowering
from corrin.engine.model import translate_sbml
from corrin.engine.operations import LoweringError, Target
from corrin.engine.rodas import RODAS3, RODAS5P
from corrin.engine.run import ADVANCE, Solution
from corrin.engine.subset import Floats, Ints
from corrin.errors import InputError

from .conftest import DOSING, sbml

OUTPUTS = ["plasma", "tissue", "total"]


def collatz(n: int) -> int:
    """Count the steps of Collatz's sequence to 1."""
    count = 0
    while n != 1:
        if n % 2 == 0:  # noqa: SIM108
            n = n // 2
        else:
            n = 3 * n + 1
        count += 1
    return count


def first_above(values: Floats, count: int, limit: float) -> int:
    """Return the place of the first value above a limit, -1 when there is none."""
    found = -1
    for i in range(count):
        if values[i] <= limit and not values[i] < 0.0:
            continue
        if values[i] > limit or values[i] == 99.0:
            found = i
            break
    return found


def spread(out: Ints, count: int) -> None:
    """Fill an array with squares."""
    for i in range(count):
        out[i] = i * i


def lowered(*functions: object) -> build.Code:
    table = {f.__name__: f for f in functions}
    lowering = Lowering(build.target(1), table, exported=frozenset(table))
    ir = lowering.text() + "attributes #0 = { nounwind }\n"
    return build.Code([build.compile_object(ir, optimise=True)])


def test_the_subset_means_what_python_means() -> None:
    code = lowered(collatz, first_above, spread)
    call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(code.address("collatz"))
    assert [call(n) for n in range(1, 60)] == [collatz(n) for n in range(1, 60)]
    types = (ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_double)
    above = ctypes.CFUNCTYPE(*types)(code.address("first_above"))
    values = np.array([0.5, 1.0, -2.0, 3.0, 2.0])
    for limit in (0.0, 0.7, 2.5, 5.0):
        assert above(values.ctypes.data, 5, limit) == first_above(values, 5, limit)
    out = np.zeros(6, np.int64)
    fill = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(code.address("spread"))
    fill(out.ctypes.data, 6)
    assert list(out) == [0, 1, 4, 9, 16, 25]


def outside(n: int) -> int:
    """Use what the subset does not have."""
    return len([n])


def test_what_is_outside_the_subset_is_refused() -> None:
    with pytest.raises(LoweringError):
        lowered(outside)


def test_the_cache_is_used_and_survives_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIN_CACHE", str(tmp_path))
    said: list[str] = []
    text = sbml(DOSING)

    def solve() -> np.ndarray:
        engine = CompiledEngine(text, progress=said.append)
        return engine.solve(Protocol(), [0, 5], OUTPUTS).values["plasma"]

    first = solve()
    assert said
    said.clear()
    assert np.array_equal(solve(), first)
    assert not said
    for file in tmp_path.iterdir():
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(bytes(content))
    assert np.array_equal(solve(), first)
    assert said


def test_without_a_cache_it_only_takes_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("CORRIN_CACHE", str(blocked / "cache"))
    engine = CompiledEngine("".join(sbml("model m; x = 1; x' = -x; end")))
    assert engine.solve(Protocol(), [0, 1], ["x"]).values["x"][-1] == pytest.approx(np.exp(-1))


@pytest.mark.parametrize("method", [RODAS5P, RODAS3], ids=lambda m: m.name)
def test_the_model_becomes_ptx(method: object) -> None:
    _, emit = translate_sbml(sbml(DOSING), OUTPUTS, reading="values")
    text = ptx(emit(DEVICE), method)
    assert ".visible .entry solve_people" in text
    assert ".extern" not in text
    assert "fma.rn.f64" in text


def test_interleaved_code_solves_as_the_lanes_do() -> None:
    """The code for the graphics processor, run on this one, thread after thread."""
    text = sbml(DOSING)
    engine = CompiledEngine(text, lanes=1)
    kernel = engine.kernel(OUTPUTS)
    protocols = [
        Protocol({"kd": 1.0 + i}, 2.0, doses=(Dose(3.0, "depot", 10.0 * i),)) for i in range(7)
    ]
    grid = np.linspace(0, 10, 6)
    expected = engine.solve_many(protocols, grid, OUTPUTS)
    target = Target(lanes=1, strided=True, fused=build.processor().fused)
    _, emit = translate_sbml(text, OUTPUTS, reading="values")
    code = build.Code(
        [
            build.compile_object(library_ir(target, kernel.method), optimise=True),
            build.compile_object(emit(target), optimise=False),
        ]
    )
    pairs = [actions_of(p, kernel.shape, "m") for p in protocols]
    batch = make_batch([g for g, _ in pairs], [a for _, a in pairs], [2.0] * 7, grid)
    solution = Solution(
        np.full((7, 6, 3), np.nan), np.full((7, 4), -1, np.int64), np.full(7, np.nan)
    )
    threads = 3
    arrays = device_arrays(kernel, batch, 1e-6, 10**6, solution, threads)
    types = [ctypes.c_int64, *[ctypes.c_void_p] * len(ADVANCE)]
    advance = ctypes.CFUNCTYPE(None, *types)(code.address("advance"))
    for thread in range(threads):
        pointers = {name: a.ctypes.data for name, a in arrays.items()}
        pointers["lanes"] += 8 * thread * arrays["lanes"].shape[1]
        pointers["ws"] += 8 * thread
        advance(threads, *(pointers[name] for name in ADVANCE))
    for person, outcome in enumerate(expected):
        assert solution.result[person, 0] == 0
        for j, name in enumerate(OUTPUTS):
            np.testing.assert_allclose(
                solution.values[person, :, j], outcome.unwrap().values[name], rtol=1e-7, atol=1e-9
            )


def test_the_graphics_processor_where_there_is_one() -> None:
    text = sbml(DOSING)
    if available():
        with pytest.raises(InputError, match="--engine cuda"):
            CudaEngine(text)
        return
    grid = np.linspace(0, 10, 6)
    protocols = [Protocol({"kd": 1.0 + i}) for i in range(100)]
    one = CompiledEngine(text).solve_many(protocols, grid, OUTPUTS)
    two = CudaEngine(text).solve_many(protocols, grid, OUTPUTS)
    for a, b in zip(one, two, strict=True):
        for name in OUTPUTS:
            np.testing.assert_allclose(
                b.unwrap().values[name], a.unwrap().values[name], rtol=1e-6, atol=1e-8
            )
