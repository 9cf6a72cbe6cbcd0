"""HTTP within one deadline: connecting, all that is read, and no other address than the one that was given.

The system finds the addresses of a name, for as long as its resolver is set to wait; that time counts too.

The time-out of a socket holds for each read anew, so a server that sends a byte now and then is waited for
without end: status line, header fields and the sizes of chunks are read byte by byte.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import math
import socket
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from functools import partial
from typing import Any

_LEAST = 0.05
"""Seconds that a socket waits at least, as 0 would mean something else."""


@dataclass(slots=True)
class Deadline:
    """When an answer has to be there, over however many requests.

    Attributes:
        seconds: the time that it had from the beginning.
        end: on the monotonic clock; who waits for a slow reader may put it off.
    """

    seconds: float
    end: float
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _socket: socket.socket | None = field(init=False, default=None)

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(seconds, time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds that a socket may wait.

        Raises:
            TimeoutError: there are none.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"{self.seconds:g} s are over")
        return max(left, _LEAST)

    def give_up(self) -> None:
        """Have nobody wait any longer, from any thread: the other side finds the connection closed."""
        self.end = -math.inf
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:  # not the method of TLS, which would leave its reader in the clear
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def hold(self, sock: socket.socket | None) -> None:
        """Remember what is waited for now; None before it is closed, when its number may become another's."""
        with self._lock:
            self._socket = sock


def open_within(request: urllib.request.Request, deadline: Deadline) -> Any:
    """The response to a request, whatever its status; each read of it raises TimeoutError past the deadline.

    Raises:
        TimeoutError: the header of the response is not there in time.
        OSError, http.client.HTTPException: the server does not answer, or not in HTTP.
    """
    opener = urllib.request.build_opener(_Handler(deadline), _AsItIs())
    return opener.open(request, timeout=deadline.left)


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Gives every response as it came: no redirect is followed, and no status raises."""

    def http_response(self, request: Any, response: Any) -> Any:  # noqa: ARG002
        return response

    https_response = http_response


class _Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: Any) -> Any:
        return self.do_open(partial(_Connection, self._deadline), request)

    def https_open(self, request: Any) -> Any:
        return self.do_open(partial(_TlsConnection, self._deadline), request)


class _Within:
    """What a connection does within a deadline."""

    def __init__(self, deadline: Deadline, host: str, **options: Any) -> None:
        super().__init__(host, **options)  # type: ignore[call-arg]
        self._deadline = deadline
        self._create_connection = partial(_connect, deadline)

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._deadline.hold(self.sock)
        self.sock: Any = _Socket(self.sock, self._deadline)


class _Connection(_Within, http.client.HTTPConnection): ...


class _TlsConnection(_Within, http.client.HTTPSConnection): ...


def _connect(deadline: Deadline, address: tuple[str, int], *_rest: object) -> Any:
    """A connection to the first address of a host that takes one, within the deadline over all of them."""
    failure: OSError = OSError(f"{address[0]} has no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        sock: Any = socket.socket(family, kind, protocol)
        try:
            deadline.hold(sock)
            sock.settimeout(deadline.left)
            sock.connect(place)
        except OSError as error:
            deadline.hold(None)
            sock.close()
            failure = error
        else:
            return sock
    raise failure


class _Socket:
    """What `http.client` needs of a socket; each read waits only as long as is left."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._deadline.left)
        self._sock.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self._sock, self._deadline))

    def close(self) -> None:
        """What reads from it may stay open, and keeps it so."""
        self._sock.close()


class _Raw(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._deadline.hold(None)
        self._file.close()
        super().close()
