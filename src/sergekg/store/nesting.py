"""Refuses JSON that is nested without end, for which the engine's parser would use up its thread's stack."""

from __future__ import annotations

MOST = 256
"""Objects within objects: a triple term within triple terms takes two for each."""


class Nesting:
    """How deep the objects of a document are nested, seen piece by piece."""

    def __init__(self) -> None:
        self._depth = 0
        self._is_quoted = False
        self._escape = b""

    def see(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            ValueError: it is nested too deep.
        """
        marks = self._unquoted(data)
        opened = marks.count(b"{")
        if self._depth + opened <= MOST:
            self._depth += opened - marks.count(b"}")
            return
        for mark in marks:
            self._depth += (mark == ord("{")) - (mark == ord("}"))
            if self._depth > MOST:
                raise ValueError(f"its objects are nested more than {MOST} deep")

    def _unquoted(self, data: bytes) -> bytes:
        """What stands outside of strings."""
        data = self._escape + data
        backslashes = len(data) - len(data.rstrip(b"\\"))
        self._escape = b"\\" if backslashes % 2 else b""
        data = data[: len(data) - len(self._escape)]
        parts = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b"".join(parts[self._is_quoted :: 2])
        self._is_quoted ^= len(parts) % 2 == 0
        return outside
