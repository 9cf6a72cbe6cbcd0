"""Frames between the web process, the keeper and the query workers, over private socket pairs.

A frame is one byte for its kind, four for its length, then its bytes: data, or an object as JSON.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

_HEAD = struct.Struct("!cI")
JOB, HEAD, DATA, END, ERROR = b"J", b"H", b"D", b"Z", b"E"
READY, SPAWN, WRITE, COMMIT, DISCARD, DONE = b"R", b"S", b"W", b"C", b"X", b"O"


class Frame(NamedTuple):
    """One frame; `body` is JSON except in DATA."""

    kind: bytes
    body: bytes

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def pack(kind: bytes, body: bytes | Mapping[str, Any] = b"") -> bytes:
    """The bytes of a frame."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return _HEAD.pack(kind, len(data)) + data


class Channel:
    """Reads and writes frames; one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = bytearray()

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
                end = _HEAD.size + length
                if len(self._buffer) >= end:
                    body = bytes(self._buffer[_HEAD.size : end])
                    del self._buffer[:end]
                    return Frame(kind, body)
            try:
                data = self.socket.recv(262_144)
            except (ConnectionError, BrokenPipeError):
                return None
            if not data:
                return None
            self._buffer += data

    def close(self) -> None:
        self.socket.close()
