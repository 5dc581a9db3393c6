"""Listening until it is ended: by Ctrl-C or SIGTERM, cleanly even while questions are open."""

from __future__ import annotations

import contextlib
import logging
import socket

import uvicorn

from corrin.server.app import create
from corrin.server.desk import Desk

#: How long those who are slow to take their answer are waited for at the end [s].
FAREWELL = 2


def listen(listener: socket.socket, *, token: str, local: bool, workers: int | None) -> None:
    """Serve the explorer on a socket until the process is asked to end.

    Parameters
    ----------
    listener : socket
        Where to listen.
    token, local, workers
        See `corrin.server.app.create`.
    """
    desk = Desk(workers)
    config = uvicorn.Config(
        create(token=token, local=local, desk=desk), log_level="warning", access_log=False,
        server_header=False, timeout_keep_alive=30, timeout_graceful_shutdown=FAREWELL,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, desk).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that answers all open questions when it is asked to end."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self.desk = desk

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let everybody who waits know, then end as ever."""
        self.desk.dismiss()
        # What is cut off from now on is cut off on purpose.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)
