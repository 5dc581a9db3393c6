"""What stands before every request: who may ask, how much, and what a browser may do with it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from corrin.server.faults import failure
from corrin.server.limits import BODY

Message = dict[str, Any]

COOKIE = "corrin_token"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Nothing but this server; pictures of charts are made in the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class Guard:
    """An ASGI layer around the application.

    Parameters
    ----------
    app : callable
        What it stands before.
    token : str
        Asked of everybody; empty asks nobody, as on loopback.
    local : bool
        Whether the server listens on loopback only: then the name it is called by must be a
        loopback name, so that no page of another site can reach it under a name of its own.
    """

    def __init__(self, app: Any, token: str = "", local: bool = True) -> None:
        self.app, self.token, self.local = app, token, local

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request through, or answer it with an error."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.lower(): v.decode("latin-1") for k, v in scope["headers"]}
        refused = self._refused(scope, headers)
        if refused is not None:
            await _answer(send, *refused)
            return
        cookie = self._cookie(scope, headers)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                added = [pair for pair in _HEADERS if pair[0] not in own]
                if b"cache-control" not in own:
                    added.append((b"cache-control", b"no-store"))
                if cookie:
                    added.append((b"set-cookie", cookie))
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, _Measured(receive, marked), marked)

    def _refused(self, scope: Any, headers: dict[bytes, str]) -> tuple[int, str, str] | None:
        """Return status, message and hint for a request that may not pass."""
        host = _name(headers.get(b"host", ""))
        if self.local and host not in LOOPBACK:
            return 403, "this server answers on this machine only", "open it as 127.0.0.1"
        if self.token and not self._known(scope, headers):
            return 401, "a token is needed", "open the address that 'corrin serve' printed"
        if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            origin = headers.get(b"origin")
            if origin is not None and urlsplit(origin).netloc != headers.get(b"host"):
                return 403, "another site asks", "ask from the page of this server"
        try:
            size = int(headers.get(b"content-length", "0"))
        except ValueError:
            return 400, "the length of the body is not a number", "send a whole number"
        if size > BODY:
            return 413, f"the body has more than {BODY} bytes", "send less"
        return None

    def _known(self, scope: Any, headers: dict[bytes, str]) -> bool:
        """Tell whether a request carries the token: in its address, a header or a cookie."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        given.append(headers.get(b"authorization", "").removeprefix("Bearer "))
        try:
            jar = SimpleCookie(headers.get(b"cookie", ""))
            given += [jar[COOKIE].value] if COOKIE in jar else []
        except CookieError:
            pass
        return _any_same(given, self.token)

    def _cookie(self, scope: Any, headers: dict[bytes, str]) -> bytes:
        """Return the cookie that keeps a token which came in the address."""
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if not self.token or not _any_same(asked, self.token):
            return b""
        return f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/".encode()


class _Measured:
    """A body that breaks off when it grows too long, whatever length was announced."""

    def __init__(self, receive: Any, send: Any) -> None:
        self.receive, self.send, self.size = receive, send, 0

    async def __call__(self) -> Message:
        message: Message = await self.receive()
        self.size += len(message.get("body", b""))
        if self.size > BODY:
            raise TooLarge
        return message


class TooLarge(Exception):
    """A body that is too large."""


def _any_same(given: Iterable[str], token: str) -> bool:
    return any(hmac.compare_digest(one.encode(), token.encode()) for one in given)


def _name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


async def _answer(send: Any, status: int, message: str, hint: str) -> None:
    """Send an error."""
    body = failure(message, hint)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
