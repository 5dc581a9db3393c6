"""The desk: questions wait in line for a few worker processes; each can be timed out or cancelled.

A worker that works on a question nobody waits for any more is ended, and another takes its place.
Nothing of a question is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from corrin.server.limits import PATIENCE, WAITING

#: What a browser that has gone away would have been told; the number is customary.
CANCELLED = 499
#: Workers that fail to start, one after the other, before none is started any more.
MOST_FAILURES = 6
_TICK = 0.05  # how often a thread looks whether its question is still wanted [s]


class Refused(Exception):
    """A question that is not answered: status, message and hint."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        self.status, self.message, self.hint = status, message, hint
        super().__init__(message)


@dataclass(eq=False)
class Worker:
    """A process that answers questions, and its end of the pipe."""

    process: BaseProcess
    pipe: Connection


@dataclass(eq=False)
class Ticket:
    """A question in line or at work; `gone` is set when nobody waits for it any more."""

    gone: threading.Event = field(default_factory=threading.Event)
    place: asyncio.Future[Worker] | None = None


def context() -> Any:
    """Return how worker processes are started: from one prepared process where that is possible."""
    methods = multiprocessing.get_all_start_methods()
    found = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        found.set_forkserver_preload(["corrin.server.warm"])
    return found


def prepare() -> None:
    """Start the prepared process early; it gets ready on its own."""
    context()
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        with deaf():
            forkserver.ensure_running()


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Let processes that are started here not hear Ctrl-C: whoever started them ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Desk:
    """Worker processes and the line before them.

    Parameters
    ----------
    count : int, optional
        Workers; one for each core, two at least and six at most, if not given.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or min(6, max(2, os.cpu_count() or 2))
        self._context = context()
        self._threads = ThreadPoolExecutor(self.count + 2, thread_name_prefix="desk")
        self._free: deque[Worker] = deque()
        self._line: deque[Ticket] = deque()
        self._jobs: dict[str, Ticket] = {}
        self._tickets: set[Ticket] = set()
        self._alive: set[Worker] = set()
        self.model = ""
        self.population: bool | None = None
        self.closed = False
        self.failures = 0

    @property
    def ready(self) -> bool:
        """Whether a worker has answered."""
        return bool(self.model)

    @property
    def waiting(self) -> int:
        """Number of questions in line."""
        return len(self._line)

    def open(self) -> None:
        """Start the workers in the background; returns at once."""
        for _ in range(self.count):
            self._start()

    def dismiss(self) -> None:
        """Answer everybody who waits that the server ends, and take no question any more."""
        self.closed = True
        for ticket in self._tickets:
            self._give_up(ticket)

    async def close(self) -> None:
        """End all workers."""
        self.dismiss()
        for worker in list(self._alive):
            _end(worker)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        """Start a worker; it stands free once it has said that it is ready."""
        task = asyncio.get_running_loop().create_task(self._started())
        task.add_done_callback(lambda t: t.cancelled() or t.exception())

    async def _started(self) -> None:
        loop = asyncio.get_running_loop()
        worker, told = await loop.run_in_executor(self._threads, self._made)
        if self.closed:
            _end(worker)
            return
        if not told:  # it failed: try again, but not in a hurry and not for ever
            _end(worker)
            self.failures += 1
            if self.failures < MOST_FAILURES:
                await asyncio.sleep(1.0)
                self._start()
            return
        self.failures = 0
        self.model, self.population = str(told["model"]), bool(told["population"])
        self._alive.add(worker)
        self._give(worker)

    def _made(self) -> tuple[Worker, dict[str, Any]]:
        """Start a process and wait until it is ready; runs in a thread."""
        from corrin.server.work import main

        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=main, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        worker = Worker(process, ours)
        try:
            return worker, dict(ours.recv())
        except (EOFError, OSError):
            return worker, {}

    def _give(self, worker: Worker) -> None:
        """Give a worker to the next in line, or let it stand free."""
        while self._line:
            ticket = self._line.popleft()
            if ticket.place is not None and not ticket.place.done():
                ticket.place.set_result(worker)
                return
        self._free.append(worker)

    async def ask(
        self, name: str, question: Mapping[str, Any], seconds: float, job: str | None = None
    ) -> tuple[int, bytes]:
        """Return status and JSON text for a question.

        Parameters
        ----------
        name : str
            Task; see `corrin.server.tasks`.
        question : mapping
            Plain values.
        seconds : float
            Longest time at work.
        job : str, optional
            Name by which it can be cancelled.

        Raises
        ------
        Refused
            When it is cancelled, takes too long, or too many wait.
        """
        if self.closed:
            raise Refused(409, "the server ends", "start it again: corrin serve")
        if job is not None and job in self._jobs:
            raise Refused(409, "a job of this name is at work", "send another X-Corrin-Job")
        ticket = Ticket()
        self._tickets.add(ticket)
        if job is not None:
            self._jobs[job] = ticket
        try:
            worker = await self._worker(ticket)
            return await self._asked(worker, ticket, name, dict(question), seconds)
        except asyncio.CancelledError:
            ticket.gone.set()
            raise
        finally:
            self._tickets.discard(ticket)
            if job is not None:
                self._jobs.pop(job, None)

    async def _worker(self, ticket: Ticket) -> Worker:
        """Return a free worker, waiting in line for it."""
        if self.failures >= MOST_FAILURES:
            raise Refused(
                409, "the engine cannot be started", "see what the server wrote, or corrin doctor"
            )
        if ticket.gone.is_set():
            raise Refused(CANCELLED, "cancelled")
        while self._free:
            worker = self._free.popleft()
            if worker.process.is_alive():
                return worker
            self._lost(worker)
        if len(self._line) >= WAITING:
            raise Refused(429, "too many questions at once", "ask again in a moment")
        ticket.place = asyncio.get_running_loop().create_future()
        self._line.append(ticket)
        try:
            async with asyncio.timeout(PATIENCE):
                return await ticket.place
        except TimeoutError:
            with contextlib.suppress(ValueError):
                self._line.remove(ticket)
            raise Refused(429, "all workers are busy", "ask again in a moment") from None
        except asyncio.CancelledError:
            if ticket.place.done() and not ticket.place.cancelled():
                self._give(ticket.place.result())
            elif ticket in self._line:
                self._line.remove(ticket)
            if ticket.gone.is_set():
                raise Refused(CANCELLED, "cancelled") from None
            raise

    async def _asked(
        self, worker: Worker, ticket: Ticket, name: str, question: dict[str, Any], seconds: float
    ) -> tuple[int, bytes]:
        """Let a worker answer; a thread waits for it."""
        if ticket.gone.is_set():
            self._give(worker)
            raise Refused(CANCELLED, "cancelled")
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(
            self._threads, _exchange, worker, ticket.gone, name, question, seconds
        )
        # The worker is given back when the thread is done with it, whoever still waits.
        job.add_done_callback(lambda done: self._returned(worker, done))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            ticket.gone.set()
            raise

    def _returned(self, worker: Worker, done: asyncio.Future[tuple[int, bytes]]) -> None:
        """Put a worker back, or another in its place if it was ended."""
        if self.closed or done.cancelled():
            return
        if done.exception() is None:
            self._give(worker)
        else:
            self._lost(worker)

    def _lost(self, worker: Worker) -> None:
        """Replace a worker."""
        self._alive.discard(worker)
        _end(worker)
        if not self.closed:
            self._start()

    def cancel(self, job: str) -> bool:
        """Cancel a question by its name; tell whether there was one."""
        ticket = self._jobs.get(job)
        if ticket is None:
            return False
        self._give_up(ticket)
        return True

    def _give_up(self, ticket: Ticket) -> None:
        """Let a question be answered as cancelled, in line or at work."""
        ticket.gone.set()
        if ticket.place is not None and not ticket.place.done():
            ticket.place.cancel()


def _exchange(
    worker: Worker, gone: threading.Event, name: str, question: dict[str, Any], seconds: float
) -> tuple[int, bytes]:
    """Ask a worker and wait for its answer; runs in a thread."""
    try:
        worker.pipe.send((name, question))
        waited = 0.0
        while not worker.pipe.poll(_TICK):
            waited += _TICK
            if gone.is_set():
                raise Refused(CANCELLED, "cancelled")
            if waited >= seconds:
                raise Refused(
                    422, f"the computation took longer than {seconds:g} s", "ask for less"
                )
        answer = worker.pipe.recv_bytes()
    except (EOFError, OSError):
        raise Refused(422, "the computation was ended", "ask for less, or again") from None
    return int.from_bytes(answer[:2], "big"), answer[2:]


def _end(worker: Worker) -> None:
    """End a worker at once: it keeps nothing that could be lost."""
    with contextlib.suppress(OSError, ValueError):
        worker.process.kill()
    with contextlib.suppress(OSError):
        worker.pipe.close()
