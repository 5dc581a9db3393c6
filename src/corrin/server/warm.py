"""A worker process: made ready once, then one question after the other.

Importing this module makes the engine ready, so that a server which starts its workers from one
prepared process hands each of them a warm engine. What is needed less often is made ready by the
worker itself while it is idle.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection

from corrin.server import courses
from corrin.server.tasks import done
from corrin.study import Scenario

#: The first view of the page.
FIRST = "autoimmune-gastritis"
_IDLE = 1.0  # how long nobody asks before a worker makes more ready [s]
_SHORT = 400.0  # a run that is long enough to make everything ready [day]


def _prepare() -> None:
    """Make the engine ready: machine code, tables and the words of a run."""
    from dataclasses import replace

    courses.answer(replace(Scenario.load(FIRST), until=_SHORT))


def later() -> list[Callable[[], object]]:
    """Return what a worker makes ready when it is idle, the most wanted first."""
    from corrin.server import answers

    scenario = Scenario.load(FIRST)
    return [
        lambda: answers.nerve(scenario, _SHORT),
        lambda: answers.why(scenario, "numbness_feet", _SHORT),
        lambda: answers.compare(
            scenario, ["cyanocobalamin 1 mg oral daily"], 0.0, _SHORT, 0, False
        ),
    ]


def serve(pipe: Connection) -> None:
    """Answer questions from a pipe until it closes: (name, question) in, (status, text) out."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError, OSError):
            signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(1)  # the server itself stays awake
    from corrin.clinic import reference
    from corrin.model import load_model

    pipe.send({"model": load_model().hash, "population": bool(reference.available())})
    waiting = later()
    while True:
        try:
            while waiting and not pipe.poll(_IDLE):
                with contextlib.suppress(Exception):
                    waiting.pop(0)()
            name, question = pipe.recv()
            status, text = done(name, question)
            pipe.send_bytes(status.to_bytes(2, "big") + text)
        except (EOFError, OSError):
            sys.exit(0)


_prepare()
