"""The command that opens the explorer."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import sys
import threading
import webbrowser
from typing import Annotated

import typer

from corrin.errors import InputError
from corrin.provenance import PURPOSE

_LOCAL_NAME = "localhost"
_TOKEN_LENGTH = 16  # shortest token that is taken


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; this machine only unless "
                          "another is given.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port; 0 for any that is free.")
    ] = 8732,
    token: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Token to ask for; made if another address "
                                 "than this machine's is given.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that compute; else one a core.")
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
) -> None:  # fmt: skip
    """Open the explorer: a page in the browser, computed on this machine."""
    local = is_local(host)
    if token is not None and len(token) < _TOKEN_LENGTH:
        raise InputError(
            f"a token of {len(token)} characters", where="--token",
            hint=f"take at least {_TOKEN_LENGTH}, or leave it out and one is made",
        )  # fmt: skip
    asked = token or ("" if local else secrets.token_urlsafe(24))
    listener = listening(host, port)
    address = page_address(host, listener.getsockname()[1], asked)
    sys.stderr.write(f"corrin explorer: {address}\nEnd it with Ctrl-C. {PURPOSE}\n")
    sys.stderr.flush()
    if open_page:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    from corrin.server.desk import prepare

    prepare()  # the engine gets ready while the rest is read
    from corrin.server.listen import listen

    listen(listener, token=asked, local=local, workers=workers)


def is_local(host: str) -> bool:
    """Tell whether an address is this machine's own and nobody else can reach it."""
    if host == _LOCAL_NAME:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, or raise `InputError` with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there the option would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"cannot listen on port {port}: {reason}", where=host,
            hint="another program may use it: take --port 0 for any that is free",
        ) from error  # fmt: skip
    except OverflowError as error:
        listener.close()
        raise InputError(f"{port} is not a port", where="--port") from error
    listener.setblocking(False)
    return listener


def page_address(host: str, port: int, token: str) -> str:
    """Return the address of the page."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")
