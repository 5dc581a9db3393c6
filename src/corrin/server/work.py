"""Where a worker process starts; light, because the server itself imports it too."""

from __future__ import annotations

from multiprocessing.connection import Connection


def main(pipe: Connection) -> None:
    """Make ready and answer questions; see `corrin.server.warm`."""
    from corrin.server.warm import serve

    serve(pipe)
