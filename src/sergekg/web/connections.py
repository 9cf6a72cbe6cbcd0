"""Has the system close connections whose client takes nothing of an answer: each of them holds a thread.

The server offers no such limit, but Linux does, and connections inherit it from the socket that listens
(TCP_USER_TIMEOUT, tcp(7), RFC 5482). That socket is made by the server after the application, so it is looked
for when the first request is here. Elsewhere than on Linux stalled connections stay.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

SECONDS = 30
"""How long a client may take nothing of what was sent to it."""


class CloseStalled:
    """WSGI middleware that sets the limit once, before the first request is answered."""

    def __init__(self, app: Callable[..., Iterable[bytes]], seconds: float = SECONDS) -> None:
        self._app, self._seconds = app, seconds
        self._is_set = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not self._is_set:
            self._is_set = True
            limit_stalling(self._seconds)
        return self._app(environ, start_response)


def limit_stalling(seconds: float) -> None:
    """Limit it for the connections that all listening sockets of this process take from now on."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    descriptors = Path("/proc/self/fd")
    if option is None or not descriptors.is_dir():
        return
    for path in list(descriptors.iterdir()):
        with contextlib.suppress(OSError):
            if str(path.readlink()).startswith("socket:"):
                _limit(int(path.name), option, int(seconds * 1000))


def _limit(descriptor: int, option: int, milliseconds: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as one:
        is_tcp = one.family in (socket.AF_INET, socket.AF_INET6)
        if is_tcp and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            one.setsockopt(socket.IPPROTO_TCP, option, milliseconds)
