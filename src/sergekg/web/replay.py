"""Gives a whole answer again to the same request, before the application is asked (RFC 9111, in one process).

Most requests to a release are for what somebody asked for a moment ago, and a release does not change. The
key is everything that an answer may depend on: scheme, address, and every header of the request but those
that none depends on. Only answers that their view allows are kept, and only for seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from sergekg.byte_cache import ByteCache

SECONDS = 30.0
"""How long an answer is given again: pages name releases that others may publish meanwhile."""
_ALLOWED, _WHOLE = "sergekg.replay", "sergekg.whole"
_STATUSES = ("200", "303", "304")
_NOISE = (
    *("HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_CONNECTION", "HTTP_PRIORITY", "HTTP_SEC_", "HTTP_DNT"),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID"),
)
_ENVIRON = (
    *("wsgi.url_scheme", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("sergekg.no_host", "sergekg.forwarded", "sergekg.headers_too_large"),
)
_ENTRY = 1024
"""Bytes that keeping an answer takes beside its body and the request."""

Headers = list[tuple[str, str]]
Start = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    status: str
    headers: Headers
    body: bytes
    state: str
    until: float


class Replay:
    """WSGI middleware (PEP 3333) around an application that calls `allow` and `register`.

    Args:
        state: names the data that is served, and changes with it; None where that cannot be told, and
            nothing is kept.
        most: bytes in all, as in `ByteCache`; 0 for none.
        replayed: called when an answer is given again.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        state: Callable[[], str | None],
        most: int,
        replayed: Callable[[], None],
    ) -> None:
        self._app, self._state, self._most, self._replayed = app, state, most, replayed
        self._kept: ByteCache[_Kept] = ByteCache(most)

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start_response)
        key = _key(environ) if self._most else None
        if key is not None and (kept := self._find(key)) is not None:
            self._replayed()
            start_response(kept.status, list(kept.headers))
            return [kept.body]
        state = self._state()
        began: list[Any] = []

        def start(status: str, headers: Headers, *error: Any) -> Any:
            began[:] = status, headers
            return start_response(status, headers, *error)

        pieces = self._app(environ, start)
        if _WHOLE not in environ:
            return pieces
        try:
            body = b"".join(pieces)
        finally:
            if (close := getattr(pieces, "close", None)) is not None:
                close()
        if key is not None and _ALLOWED in environ:
            status, headers = began
            names = {name.lower() for name, _ in headers}
            if state is not None and status[:3] in _STATUSES and "set-cookie" not in names:
                kept = _Kept(status, list(headers), body, state, time.monotonic() + SECONDS)
                self._kept.put(key, kept, len(body) + _ENTRY + _length(key))
        return [body]

    def _find(self, key: Hashable) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is not None and (kept.until < time.monotonic() or kept.state != self._state()):
            self._kept.drop(key)
            return None
        return kept


def allow() -> None:
    """The answer to the current request depends on nothing but the request and the data that is served."""
    request.environ[_ALLOWED] = True


def register(app: Flask, state: Callable[[], str | None], most: int, replayed: Callable[[], None]) -> None:
    """Put the middleware in front of an application; before anything else that runs after requests."""
    app.wsgi_app = Replay(app.wsgi_app, state, most, replayed)  # type: ignore[method-assign]
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    if not response.is_streamed and not response.direct_passthrough:
        request.environ[_WHOLE] = True
    return response


def _key(environ: dict[str, Any]) -> tuple[Any, ...]:
    headers = frozenset(
        (name, value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and not name.startswith(_NOISE)
    )
    return (*(environ.get(name) for name in _ENVIRON), headers)


def _length(key: tuple[Any, ...]) -> int:
    *parts, headers = key
    return sum(len(str(part)) for part in parts) + sum(len(name) + len(value) for name, value in headers)
