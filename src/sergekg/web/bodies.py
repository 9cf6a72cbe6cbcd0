"""Reads the body of a request within limits of size and time.

The server hands requests over before their bodies have arrived, and nothing ends a read that waits for a
client. So bodies are read by threads of their own, which wait for the next body when they are done; when the
time of one is over the request is answered, which closes the connection and so ends the read.

Every view gets its body so, whether it calls `read_body` or asks the framework for a form, JSON or data:
`GuardedRequest` is the class of every request. A view that takes more than `SMALL` sets
`request.max_content_length` before it reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from queue import SimpleQueue
from typing import IO, Any

from flask import Flask, Request, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from werkzeug.utils import cached_property

from sergekg.web.crowd import Crowd

PATIENCE = 20.0
"""Seconds in which a body has to arrive."""
_MOST, _MOST_OF_CLIENT = 40, 16
"""Bodies that are waited for: with what queries may hold (`store.places`), fewer than the web has threads."""
SMALL = 1 << 16
"""Bytes that a body may have where its view does not say otherwise."""
_PIECE = 65_536
_lock = threading.Lock()
_reading = Crowd(
    _MOST_OF_CLIENT,
    _MOST,
    ("Too many of your requests are still being sent.", "Too many requests are being read; try again."),
    retry_after=5,
)


def read_body(most: int) -> bytes:
    """The whole body.

    Raises:
        RequestEntityTooLarge: it has more than `most` bytes.
        RequestTimeout: it did not arrive in time.
        BadRequest: it broke off.
        UnsupportedMediaType: it has a content coding (RFC 9110, 15.5.16).
        TooManyRequests, ServiceUnavailable: too many bodies are waited for.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    length = request.content_length
    if length is not None and length > most:
        raise RequestEntityTooLarge(f"The body may have {most:,} bytes.")
    if length == 0 or (length is None and not request.headers.get("Transfer-Encoding")):
        return b""
    reading = _Reading(request.environ["wsgi.input"], length, most, request.remote_addr or "")
    if not reading.done.wait(PATIENCE):
        raise RequestTimeout("The body did not arrive in time.")
    if reading.data is None or (length is not None and len(reading.data) < length):
        raise BadRequest("The body broke off.")
    if len(reading.data) > most:
        raise RequestEntityTooLarge(f"The body may have {most:,} bytes.")
    return reading.data


class GuardedRequest(Request):
    """A request whose body is read by `read_body`, when a view first asks for any form of it."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """As RFC 6265 (5.2) has them read, which is without quotes.

        The framework looks for quotes, and for spaces that nothing ends in time that grows with their square.
        """
        pairs = (pair.partition("=") for pair in self.headers.get("Cookie", "").split(";"))
        return ImmutableMultiDict((name.strip(), value.strip()) for name, _, value in pairs)

    @cached_property
    def stream(self) -> IO[bytes]:
        most = self.max_content_length
        return BytesIO(read_body(SMALL if most is None else most))


def register(app: Flask) -> None:
    """Guard the bodies of all requests of an application."""
    app.request_class = GuardedRequest
    app.teardown_request(_let_go)


def _let_go(_error: BaseException | None) -> None:
    """Break the circle of a request and why it was not routed, through the frames of its traceback.

    It would hold a body that nobody reads until the next collection, and the server would neither read on
    nor close the connection.
    """
    request.routing_exception = None


_READY = 8
"""Threads that wait for bodies; starting one for each would cost more than most queries."""
_tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
_waiting = 0


def _hand_over(read: Callable[[], None]) -> None:
    global _waiting
    with _lock:
        has_reader = _waiting > 0
        _waiting -= has_reader
    _tasks.put(read)
    if not has_reader:
        threading.Thread(target=_work, name="body", daemon=True).start()


def _work() -> None:
    global _waiting
    while True:
        _tasks.get()()
        with _lock:
            if _waiting >= _READY:
                return
            _waiting += 1


class _Reading:
    """One body that is being read; counts for its client until the read ends."""

    def __init__(self, stream: Any, length: int | None, most: int, client: str) -> None:
        self.data: bytes | None = None
        self.done = threading.Event()
        self._stream, self._wanted, self._client = stream, most + 1 if length is None else length, client
        _reading.enter(client)
        _hand_over(self._read)

    def _read(self) -> None:
        parts: list[bytes] = []
        got = 0
        try:
            while got < self._wanted:
                part = self._stream.read(min(_PIECE, self._wanted - got))
                if not part:
                    break
                parts.append(bytes(part))
                got += len(part)
            self.data = b"".join(parts)
        finally:
            _reading.leave(self._client)
            self.done.set()
