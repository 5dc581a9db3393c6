"""The same program on an NVIDIA graphics processor: one thread a person, arrays interleaved.

The stepping loop, the method and the model are the very code of the processor's engine, lowered
for one lane with elements of arrays as far apart as there are threads, so that neighbouring
threads read neighbouring numbers. Only the driver's library is needed, no toolkit.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from corrin.engine import build, layout
from corrin.engine.compiled import CompiledEngine
from corrin.engine.driver import library_ir, library_key
from corrin.engine.kernel import Kernel
from corrin.engine.model import translate_sbml
from corrin.engine.operations import Target
from corrin.engine.outcome import UnsupportedSBML
from corrin.engine.rodas import METHODS, Method
from corrin.engine.run import ADVANCE, Batch, Solution, Tolerance, sizes_of, tuning_of
from corrin.engine.solve import default_floor, longest_step
from corrin.errors import InputError, SolverError

#: One person a thread, elements a stride apart.
DEVICE = Target(lanes=1, strided=True, fused=True)
#: Architecture that PTX is written for where no device is asked.
ARCHITECTURE = "sm_80"
#: Threads of a block.
BLOCK = 64
#: Most threads in flight: more people wait in the queue.
MOST_THREADS = 1 << 17
#: Share of the device's free memory that workspaces may take.
MEMORY_SHARE = 0.8


def entry_ir() -> str:
    """Return the IR of the kernel's entry: each thread runs the stepping loop on its own lane."""
    types = {"lanes": "ptr %lanes_all", "ws": "ptr %ws_all"}
    head = ", ".join(["i64 %threads", *(types.get(a, f"ptr %{a}") for a in ADVANCE)])
    call = ", ".join(["i64 %threads", *(f"ptr %{a}" for a in ADVANCE)])
    sregs = ("ctaid", "ntid", "tid")
    return (
        f"define ptx_kernel void @solve_people({head}) {{\nentry:\n"
        + "".join(
            f"  %{r} = call i32 @llvm.nvvm.read.ptx.sreg.{r}.x()\n  %{r}.l = zext i32 %{r} to i64\n"
            for r in sregs
        )
        + "  %first = mul i64 %ctaid.l, %ntid.l\n"
        "  %thread = add i64 %first, %tid.l\n"
        "  %inside = icmp slt i64 %thread, %threads\n"
        "  br i1 %inside, label %work, label %done\n"
        "work:\n"
        f"  %lane_start = mul i64 %thread, {layout.LANE_ROWS}\n"
        "  %lanes = getelementptr i64, ptr %lanes_all, i64 %lane_start\n"
        "  %ws = getelementptr double, ptr %ws_all, i64 %thread\n"
        f"  call void @advance({call})\n"
        "  br label %done\n"
        "done:\n  ret void\n}\n"
        + "".join(f"declare i32 @llvm.nvvm.read.ptx.sreg.{r}.x()\n" for r in sregs)
    )


def ptx(model: str, method: Method, architecture: str = ARCHITECTURE) -> str:
    """Return the PTX of the stepping loop with a model's functions.

    Parameters
    ----------
    model : str
        LLVM IR of the model for `DEVICE`.
    method : Method
        Method of integration.
    architecture : str
        Such as ``sm_90``.
    """
    import llvmlite.binding as llvm  # type: ignore[import-untyped, unused-ignore]

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    made = llvm.Target.from_triple("nvptx64-nvidia-cuda")
    machine = made.create_target_machine(cpu=architecture, opt=1)
    loop = llvm.parse_assembly(library_ir(DEVICE, method) + entry_ir())
    straight = llvm.parse_assembly(model)
    for module in (loop, straight):
        module.triple = "nvptx64-nvidia-cuda"
        module.data_layout = str(machine.target_data)
        module.verify()
    build.optimise_module(loop, machine)
    loop.link_in(straight)
    return str(machine.emit_assembly(loop))


def available() -> str:
    """Return an empty text where a graphics processor can be used, else why not."""
    try:
        _driver().check("cuInit", 0)
        count = ctypes.c_int()
        _driver().check("cuDeviceGetCount", ctypes.byref(count))
    except SolverError as error:
        return str(error)
    return "" if count.value else "there is no NVIDIA graphics processor"


class _Driver:
    """Calls into the CUDA driver; a failure becomes `SolverError`."""

    def __init__(self) -> None:
        name = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"
        try:
            self.library = ctypes.CDLL(name)
        except OSError:
            raise SolverError(
                f"the CUDA driver ({name}) is not installed", hint="solve on the processor instead"
            ) from None

    def check(self, function: str, *arguments: Any) -> None:
        """Call a function of the driver."""
        code = getattr(self.library, function)(*arguments)
        if code != 0:
            text = ctypes.c_char_p()
            self.library.cuGetErrorString(code, ctypes.byref(text))
            reason = text.value.decode() if text.value else "unknown error"
            raise SolverError(f"CUDA: {function} failed ({code}: {reason})")


_loaded: list[_Driver] = []


def _driver() -> _Driver:
    if not _loaded:
        _loaded.append(_Driver())
    return _loaded[0]


class Device:
    """The first graphics processor, with the code of one model loaded."""

    def __init__(self) -> None:
        self.cuda = _driver()
        check = self.cuda.check
        check("cuInit", 0)
        device = ctypes.c_int()
        check("cuDeviceGet", ctypes.byref(device), 0)
        major, minor = ctypes.c_int(), ctypes.c_int()
        check("cuDeviceGetAttribute", ctypes.byref(major), 75, device)
        check("cuDeviceGetAttribute", ctypes.byref(minor), 76, device)
        self.architecture = f"sm_{major.value}{minor.value}"
        self.context = ctypes.c_void_p()
        check("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), device)
        check("cuCtxSetCurrent", self.context)

    def load(self, text: str) -> ctypes.c_void_p:
        """Return the kernel in a PTX text."""
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        self.cuda.check("cuModuleLoadData", ctypes.byref(module), text.encode() + b"\0")
        self.cuda.check("cuModuleGetFunction", ctypes.byref(function), module, b"solve_people")
        return function

    def free_memory(self) -> int:
        """Return the device's free memory [byte]."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self.cuda.check("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value

    def run(self, function: ctypes.c_void_p, threads: int, arrays: Sequence[np.ndarray]) -> None:
        """Run the kernel on copies of `arrays` and copy all of them back but the last."""
        check = self.cuda.check
        check("cuCtxSetCurrent", self.context)
        there: list[ctypes.c_void_p] = []
        try:
            for array in arrays:
                pointer = ctypes.c_void_p()
                size = ctypes.c_size_t(max(array.nbytes, 8))
                check("cuMemAlloc_v2", ctypes.byref(pointer), size)
                there.append(pointer)
                if array.nbytes:
                    source = ctypes.c_void_p(array.ctypes.data)
                    check("cuMemcpyHtoD_v2", pointer, source, ctypes.c_size_t(array.nbytes))
            values = [ctypes.c_int64(threads), *there]
            pointers = (ctypes.c_void_p * len(values))(
                *(ctypes.cast(ctypes.byref(v), ctypes.c_void_p) for v in values)
            )
            blocks = -(-threads // BLOCK)
            check("cuLaunchKernel", function, blocks, 1, 1, BLOCK, 1, 1, 0, None, pointers, None)
            check("cuCtxSynchronize")
            for array, pointer in zip(arrays[:-1], there, strict=False):
                if array.nbytes:
                    target = ctypes.c_void_p(array.ctypes.data)
                    check("cuMemcpyDtoH_v2", target, pointer, ctypes.c_size_t(array.nbytes))
        finally:
            for pointer in there:
                self.cuda.library.cuMemFree_v2(pointer)


class CudaEngine(CompiledEngine):
    """Solver of one SBML model on a graphics processor; the interface of `CompiledEngine`.

    Models with events, and with functions that only the C library has, are refused by name.
    """

    name = "corrin-cuda"

    def __init__(self, sbml: str, *, where: str = "model", method: str = "rodas5p") -> None:
        reason = available()
        if reason:
            raise InputError(reason, where="--engine cuda", hint="leave the engine out")
        super().__init__(sbml, where=where, lanes=1, method=method)
        self.device = Device()
        self._functions: dict[tuple[str, ...], ctypes.c_void_p] = {}

    def function(self, kernel: Kernel) -> ctypes.c_void_p:
        """Return the device's kernel for some outputs."""
        outputs = kernel.shape.outputs
        if outputs not in self._functions:
            method = METHODS[self.method]
            parts = [library_key(DEVICE, method), self.sbml, *outputs, self.device.architecture]
            name = f"{build.key_of(*parts)}.ptx"
            text = build.read_cached(name)
            if text is None:
                _, emit = translate_sbml(self.sbml, outputs, reading="values", where=self.where)
                text = ptx(emit(DEVICE), method, self.device.architecture).encode()
                build.write_cached(name, text)
            self._functions[outputs] = self.device.load(text.decode())
        return self._functions[outputs]

    def run(
        self, kernel: Kernel, batch: Batch, rtol: float, threads: int | None, max_steps: int
    ) -> Solution:
        """Solve a batch of arrays on the device; `threads` is of no use here."""
        shape = kernel.shape
        if shape.events:
            raise UnsupportedSBML(
                f"event {shape.events[0].name} cannot be served on the graphics processor",
                where=self.where,
                hint="solve this model on the processor",
            )
        function = self.function(kernel)
        each = 8 * (kernel.rows + layout.LANE_ROWS)
        room = int(MEMORY_SHARE * self.device.free_memory()) // each
        lanes = max(1, min(batch.people, MOST_THREADS, room))
        values = np.full((batch.people, len(batch.times), len(shape.outputs)), np.nan)
        solution = Solution(
            values, np.full((batch.people, 4), -1, np.int64), np.full(batch.people, np.nan)
        )
        arrays = device_arrays(kernel, batch, rtol, max_steps, solution, lanes)
        self.device.run(function, lanes, [arrays[name] for name in ADVANCE])
        return solution


def device_arrays(
    kernel: Kernel, batch: Batch, rtol: float, max_steps: int, solution: Solution, threads: int
) -> dict[str, np.ndarray]:
    """Return the arguments of the stepping loop for threads whose arrays are interleaved."""
    shape = kernel.shape
    ws = np.zeros((kernel.rows, threads))
    ws[layout.STEP] = 1.0
    floor = default_floor(shape, rtol)
    tolerance = Tolerance(rtol, floor=floor)
    return {
        "sizes": sizes_of(kernel, batch, max_steps),
        "tuning": tuning_of(kernel.method, tolerance, longest_step(shape, float(batch.times[-1]))),
        "floors": np.ascontiguousarray(floor),
        "given": batch.given,
        "starts": batch.starts,
        "first_action": batch.first,
        "action_time": batch.when,
        "action_kind": batch.kinds,
        "action_index": batch.places,
        "action_value": batch.amounts,
        "times": batch.times,
        "out": solution.values,
        "result": solution.result,
        "reached": solution.reached,
        "queue": np.zeros(8, np.int64),
        "lanes": np.zeros((threads, layout.LANE_ROWS), np.int64),
        "ws": ws,
    }
