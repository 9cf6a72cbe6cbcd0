"""Frames between the web process, the keeper and the query workers, over private socket pairs.

A frame is one byte for its kind, four for its length, then its bytes: data, or an object as JSON.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_HEAD = struct.Struct("!cI")
JOB, HEAD, DATA, END, ERROR = b"J", b"H", b"D", b"Z", b"E"
READY, SPAWN, WRITE, COMMIT, DISCARD, DONE, SETTLE = b"R", b"S", b"W", b"C", b"X", b"O", b"T"

_PIECE = 262_144
"""Bytes that are read at a time."""


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
        self._to_come = 0

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

    def send_data(self, frames: Sequence[bytes], parts: Sequence[bytes]) -> None:
        """Send packed frames and, after them, one of DATA, whose parts are not copied together.

        Raises:
            OSError: as `send`.
        """
        size = sum(map(len, parts))
        pieces = [*frames, _HEAD.pack(DATA, size), *parts]
        sent = self.socket.sendmsg(pieces)
        for piece in pieces:
            if sent < len(piece):
                self.socket.sendall(memoryview(piece)[sent:] if sent else piece)
            sent = max(sent - len(piece), 0)

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

    def receive_piece(self) -> Frame | None:
        """As `receive`, but what has arrived of a frame of DATA is given at once as one of its own."""
        while True:
            if self._to_come:
                data = self._more(self._to_come)
                self._to_come -= len(data)
                return Frame(DATA, data) if data else None
            if len(self._buffer) >= _HEAD.size:
                kind, length = _HEAD.unpack_from(self._buffer)
                here = len(self._buffer) - _HEAD.size
                if here >= length:
                    return Frame(kind, self._from_buffer(length))
                if kind == DATA:
                    self._to_come = length - here
                    return Frame(DATA, self._from_buffer(here))
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

    def _more(self, most: int = _PIECE) -> bytes:
        try:
            return self.socket.recv(min(most, _PIECE))
        except (ConnectionError, BrokenPipeError):
            return b""
