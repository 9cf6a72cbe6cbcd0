"""Frames between the web process, the keeper and the query workers, over private socket pairs.

A frame is one byte for its kind, four for its length, then its bytes: data, or an object as JSON. A result
itself goes through memory that both sides share (`region`); frames say where its pieces lie.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

_HEAD = struct.Struct("!cI")
_PLACE = struct.Struct("!II")
JOB, HEAD, DATA, END, ERROR = b"J", b"H", b"D", b"Z", b"E"
READY, SPAWN, WRITE, COMMIT, DONE, SETTLE = b"R", b"S", b"W", b"C", b"O", b"T"
PIECE, FULL, TAKEN = b"P", b"F", b"K"
"""A piece of a result is in the region; the region is full; all that was in it has been read."""

_AT_A_TIME = 262_144
"""Bytes that are read at a time."""


class Frame(NamedTuple):
    """One frame; `body` is JSON except in DATA and PIECE."""

    kind: bytes
    body: bytes

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def place(self) -> slice:
        """Where in the region a piece lies."""
        begin, end = _PLACE.unpack(self.body)
        return slice(begin, end)


def pack(kind: bytes, body: bytes | Mapping[str, Any] = b"") -> bytes:
    """The bytes of a frame."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return _HEAD.pack(kind, len(data)) + data


def pack_place(begin: int, end: int) -> bytes:
    """The bytes of a frame that says where a piece lies."""
    return pack(PIECE, _PLACE.pack(begin, end))


class Channel:
    """Reads and writes frames; one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = bytearray()

    @property
    def holds_more(self) -> bool:
        """Whether more than the last frame has been read already."""
        return bool(self._buffer)

    def send(self, *frames: bytes) -> None:
        """Send packed frames together.

        Raises:
            OSError: the other side is gone, or takes nothing for longer than the socket's time-out.
        """
        self.socket.sendall(b"".join(frames))

    def receive(self) -> Frame | None:
        """The next frame; None when the other side is gone.

        Raises:
            TimeoutError: the socket's time-out is over; what has arrived is kept for the next call.
        """
        while True:
            if len(self._buffer) >= _HEAD.size:
                kind, length = _HEAD.unpack_from(self._buffer)
                if len(self._buffer) >= _HEAD.size + length:
                    return Frame(kind, self._from_buffer(length))
            data = self._more()
            if not data:
                return None
            self._buffer += data

    def close(self) -> None:
        self.socket.close()

    def _from_buffer(self, length: int) -> bytes:
        body = bytes(memoryview(self._buffer)[_HEAD.size : _HEAD.size + length])
        del self._buffer[: _HEAD.size + length]
        return body

    def _more(self) -> bytes:
        try:
            return self.socket.recv(_AT_A_TIME)
        except (ConnectionError, BrokenPipeError):
            return b""
