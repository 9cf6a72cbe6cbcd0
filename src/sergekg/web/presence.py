"""Tells whether the client of a request is still there, which the server does not tell an application.

Once a client has gone the server closes its socket, and then this process holds it no more. Which socket a
request came through the server does not tell either, only the address of the peer. But Linux tells when a
connection last received and last sent data (TCP_INFO, tcp(7)). That of a request received it before the
request was handed over, sent nothing afterwards, and sends nothing until the answer begins (HTTP/1.1, RFC
9112, 9.3.2). Where several fit, the client counts as there as long as one of them is left.

Where anything is in doubt the client is there: elsewhere than on Linux, on a Unix socket, over HTTP/2, under
another server, and where no connection fits but some are held.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sergekg.store.answers import always

_KEY = "sergekg.client"
_DESCRIPTORS = Path("/proc/self/fd")
_TICK = 0.05
"""Seconds by which times that the system tells are off: it counts in ticks of up to 10 ms."""
_TIMES = struct.Struct("@44xI4xI")
"""`tcpi_last_data_sent` and `tcpi_last_data_recv` of `struct tcp_info` (linux/tcp.h): milliseconds ago."""
_FRESH = 0.25
"""Seconds for which one look serves: it takes 30 µs a connection."""
_LENGTH = 104
"""Bytes that are read of that structure: what every Linux of today gives."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that this process holds.

    Attributes:
        inode: names its socket.
        sent, received: when data last were, by the monotonic clock; when it was made, if none ever were.
    """

    inode: int
    sent: float
    received: float


class NoteClients:
    """WSGI middleware that notes who a request is from; before any that rewrites the address of the peer.

    Args:
        connections: those of an address since a time; see `Connections.of`.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        connections: Callable[[str, float], Sequence[Connection] | None] | None = None,
    ) -> None:
        self._app = app
        self.connections = connections or Connections().of
        self.has_found_one = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[_KEY] = self, environ.get("REMOTE_ADDR")
        return self._app(environ, start_response)


def client_of(environ: dict[str, Any]) -> Callable[[], bool]:
    """Whether the client is still there, to be asked until the answer begins; the body was read before."""
    noted = environ.get(_KEY)
    if noted is None or environ.get("SERVER_SOFTWARE") != "Granian":
        return always
    notes, address = noted
    if not address or not environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1"):
        return always
    return Client(notes, address).is_there


class Client:
    """Who waits for the answer to one request."""

    def __init__(self, notes: NoteClients, address: str) -> None:
        self._notes, self._address = notes, address
        self._ready = time.monotonic()
        self._candidates: set[int] | None = None

    def is_there(self) -> bool:
        """Whether a connection is left that the request may have come through; asked first, it finds them."""
        held = self._notes.connections(self._address, self._ready)
        if held is None:
            return True
        silent = [one for one in held if one.sent <= self._ready + _TICK]
        if self._candidates is not None:
            self._candidates &= {one.inode for one in silent}
            return bool(self._candidates)
        found = {one.inode for one in silent if one.sent <= one.received <= self._ready + _TICK}
        if found:
            self._candidates = found
            self._notes.has_found_one = True  # so the system tells what is needed
            return True
        # an answer before this one may still be on its way
        return bool(held) or not self._notes.has_found_one


class Connections:
    """The TCP connections that this process holds; many who ask at once share one look at them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._held: dict[bytes, list[Connection]] | None = None

    def of(self, address: str, since: float) -> Sequence[Connection] | None:
        """Those with an address as they were after `since`, lately; None where the system does not tell."""
        peer = _packed(address)
        if peer is None:
            return None
        with self._lock:
            now = time.monotonic()
            if self._at <= since or now - self._at > _FRESH:
                self._at, self._held = now, held_connections()
            return None if self._held is None else self._held.get(peer, ())


def held_connections() -> dict[bytes, list[Connection]] | None:
    """All by the packed address of their peers; None where the system does not tell."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    found = defaultdict(list)
    try:
        for one in _sockets():
            if one.family not in (socket.AF_INET, socket.AF_INET6) or one.type != socket.SOCK_STREAM:
                continue
            with suppress(OSError):  # it listens, or was reset
                peer = _packed(one.getpeername()[0])
                now = time.monotonic()
                sent, received = _TIMES.unpack_from(one.getsockopt(socket.IPPROTO_TCP, option, _LENGTH))
                inode = os.fstat(one.fileno()).st_ino
                if peer is not None:
                    found[peer].append(Connection(inode, now - sent / 1000, now - received / 1000))
    except OSError:
        return None
    return found


def _sockets() -> Iterator[socket.socket]:
    """Copies of the sockets of this process, each closed after its turn."""
    for path in list(_DESCRIPTORS.iterdir()):
        descriptor = int(path.name)
        try:
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            copy = os.dup(descriptor)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            continue  # closed meanwhile
        with socket.socket(fileno=copy) as one:
            yield one


def _packed(address: str) -> bytes | None:
    """An IP address as bytes, without zone, IPv4 in IPv6 (RFC 4291, 2.5.5.2) as IPv4; None if it is none."""
    bare = address.partition("%")[0]
    try:
        packed = socket.inet_pton(socket.AF_INET6 if ":" in bare else socket.AF_INET, bare)
    except OSError:
        return None
    return packed[12:] if packed.startswith(bytes(10) + b"\xff\xff") and len(packed) == 16 else packed
