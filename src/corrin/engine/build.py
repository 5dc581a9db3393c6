"""LLVM IR to machine code in this process, kept on disk by content and processor."""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from corrin.cache import cache_folder
from corrin.engine.operations import Target
from corrin.files import write_whole

#: Raised whenever the meaning of cached objects changes.
FORMAT = "3"
#: Length of the checksum before the content of a cached file [byte].
SEAL = 32


@dataclass(frozen=True)
class Processor:
    """The processor that the code is made for."""

    triple: str
    name: str
    features: str

    @property
    def fused(self) -> bool:
        """Whether it multiplies and adds in one operation."""
        x86 = self.triple.startswith(("x86_64", "i686", "i386"))
        return "+fma" in self.features.split(",") if x86 else True

    @property
    def key(self) -> str:
        """Text that tells processors apart."""
        return f"{self.triple} {self.name} {self.features}"


@cache
def _llvm() -> Any:
    import llvmlite.binding as llvm  # type: ignore[import-untyped, unused-ignore]

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    _offer_library(llvm)
    return llvm


def _offer_library(llvm: Any) -> None:
    """Make the C library's functions known to the code, wherever the process keeps them."""
    from corrin.engine.program import LIBM

    name = ctypes.util.find_library("m") if os.name != "nt" else "ucrtbase"
    library = ctypes.CDLL(name)
    for function in LIBM.values():
        address = ctypes.cast(getattr(library, function), ctypes.c_void_p).value
        llvm.add_symbol(function, address)


@cache
def processor() -> Processor:
    """Return this machine's processor."""
    llvm = _llvm()
    return Processor(
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
    )


def target(lanes: int) -> Target:
    """Return the target of code for this processor with a number of lanes."""
    return Target(lanes=lanes, fused=processor().fused)


def key_of(*parts: str) -> str:
    """Return the name under which what depends on `parts` is kept."""
    digest = hashlib.sha256()
    for part in (FORMAT, *parts):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:40]


def read_cached(name: str) -> bytes | None:
    """Return a file of the cache, None when it is not there or damaged."""
    try:
        content = (cache_folder() / name).read_bytes()
    except OSError:
        return None
    seal, body = content[:SEAL], content[SEAL:]
    return body if seal == hashlib.sha256(body).digest() else None


def write_cached(name: str, content: bytes) -> None:
    """Put a file into the cache, whole or not at all; without a cache it only takes longer."""
    folder = cache_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, hashlib.sha256(content).digest() + content)


def _machine(level: int) -> Any:
    llvm = _llvm()
    here = processor()
    made = llvm.Target.from_triple(here.triple)
    return made.create_target_machine(
        cpu=here.name, features=here.features, opt=level, reloc="pic", codemodel="small"
    )


def compile_object(ir: str, *, optimise: bool, level: int = 2) -> bytes:
    """Return the object code of `ir` for this processor.

    Parameters
    ----------
    ir : str
        LLVM IR.
    optimise : bool
        Whether to optimise the IR first: for loops, not for straight-line code already free of
        common subexpressions.
    level : int
        Effort of the code generator, 0 to 3.
    """
    llvm = _llvm()
    machine = _machine(level)
    module = llvm.parse_assembly(ir)
    module.triple = processor().triple
    module.data_layout = str(machine.target_data)
    module.verify()
    if optimise:
        optimise_module(module, machine)
    return bytes(machine.emit_object(module))


def optimise_module(module: Any, machine: Any) -> None:
    """Optimise IR with loops and calls; the vectors in it are there already."""
    llvm = _llvm()
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)


def cached_object(ir_key: str, make: Callable[[], str], *, optimise: bool, level: int = 2) -> bytes:
    """Return the object code known by `ir_key`, making and keeping it when it is new."""
    name = f"{key_of(ir_key, processor().key, str(optimise), str(level))}.o"
    found = read_cached(name)
    if found is None:
        found = compile_object(make(), optimise=optimise, level=level)
        write_cached(name, found)
    return found


class Code:
    """Object code loaded into the process; it lives as long as this object."""

    def __init__(self, objects: list[bytes]) -> None:
        llvm = _llvm()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(2))
        for content in objects:
            self._engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(content))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Return the address of a function."""
        found: int = self._engine.get_function_address(name)
        return found
