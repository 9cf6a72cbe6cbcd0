"""Joins the documents of a result that came in several pages into one document."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sergekg.store.rows import END, Rows


class Joined:
    """Joins documents of solutions into one: the head of the first, the rows of all, one end.

    Attributes:
        rows: solutions so far.
    """

    def __init__(self, writer: Any, format: str) -> None:
        self.rows = 0
        self._writer = writer
        self._begin, self._between = _FRAMES[format]
        self._end = END[format]
        self._format = format
        self._is_first = True
        self._head = b""
        self._in_head = True
        self._counter = Rows(format)
        self._held = b""
        self._is_parted = True

    def write(self, data: bytes) -> int:
        self._counter.see(data)
        size = len(data)
        if self._in_head:
            self._head += data
            place = self._head.find(self._begin)
            if place < 0:
                return size
            place += len(self._begin)
            self._in_head = False
            if self._is_first:
                self._writer.write(self._head[:place])
            data, self._head = self._head[place:], b""
        data = self._held + data
        # what may be the end of the document is held back until more comes, or the page is over
        sure = max(len(data) - len(self._end), 0)
        self._held = data[sure:]
        self._emit(data[:sure])
        return size

    def flush(self) -> None:
        """Nothing is gathered here."""

    def end_page(self) -> None:
        """One document is over; the next begins."""
        if self._held != self._end:
            self._emit(self._held)
        self.rows += self._counter.count
        self._is_parted = self.rows == 0
        self._counter = Rows(self._format)
        self._held, self._head, self._in_head, self._is_first = b"", b"", True, False

    def close(self) -> None:
        """All documents are over."""
        self._writer.write(self._end)

    def _emit(self, data: bytes) -> None:
        if data:
            if not self._is_parted:
                self._writer.write(self._between)
                self._is_parted = True
            self._writer.write(data)


_FRAMES = {
    "json": (b'"bindings":[', b","),
    "xml": (b"<results>", b""),
    "csv": (b"\n", b""),
    "tsv": (b"\n", b""),
}
"""For each format what ends the head of a document, and what parts two rows."""


def replaced(pieces: Generator[bytes, None, None], old: bytes, new: bytes) -> Generator[bytes, None, None]:
    """The pieces with one stretch of bytes for another, also where it lies across two pieces."""
    rest = b""
    try:
        for piece in pieces:
            data = (rest + piece).replace(old, new)
            keep = next(
                (n for n in range(min(len(old) - 1, len(data)), 0, -1) if old.startswith(data[-n:])), 0
            )
            rest = data[len(data) - keep :]
            if data := data[: len(data) - keep]:
                yield data
        if rest:
            yield rest
    finally:
        pieces.close()
