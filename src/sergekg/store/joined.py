"""Joins the documents of a result that came in several pages into one document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Joined:
    """Joins documents of solutions into one: the head of the first, the rows of all, one end.

    Attributes:
        rows: solutions so far.
    """

    def __init__(self, writer: Any, format: str) -> None:
        self.rows = 0
        self._writer = writer
        self._begin, self._end, self._between = _FRAMES[format]
        self._format = format
        self._is_first = True
        self._head = b""
        self._in_head = True
        self._counter = Rows(format)
        self._held = b""
        self._is_parted = True

    def write(self, data: bytes) -> int:
        self._counter.write(data)
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
        keep = len(self._end)
        self._held = data[len(data) - keep :] if keep else b""
        self._emit(data[: len(data) - keep])
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


class Rows:
    """Counts the solutions of a document that the engine wrote, whatever its literals hold.

    In XML and TSV the engine escapes what the marks of rows are made of. In JSON and CSV a mark counts
    outside of quotes only.
    """

    def __init__(self, format: str) -> None:
        self._format = format
        self._mark = _MARKS.get(format, b"")
        self._marks = 0
        self._tail = b""
        self._is_quoted = False
        self._escape = b""

    def write(self, data: bytes) -> None:
        """The next bytes of the document."""
        if not self._mark:
            return
        if self._format in ("json", "csv"):
            data = self._outside(data)
        rest = len(self._mark) - 1  # too short for a mark, so that none counts twice
        self._marks += (self._tail[len(self._tail) - rest :] + data).count(self._mark)
        self._tail = (self._tail + data[-16:])[-16:]

    @property
    def count(self) -> int:
        """Solutions so far, after the last byte of the document."""
        if self._format == "json":
            return self._marks + (not self._tail.endswith(_NO_ROWS)) if self._tail else 0
        return max(self._marks - 1, 0) if self._format in ("csv", "tsv") else self._marks

    def _outside(self, data: bytes) -> bytes:
        """What stands outside of quotes; a quote that CSV doubles ends a text and begins the next."""
        if self._format == "json":
            data = self._escape + data
            backslashes = len(data) - len(data.rstrip(b"\\"))
            self._escape = b"\\" if backslashes % 2 else b""
            data = data[: len(data) - len(self._escape)]
            data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = data.split(b'"')
        outside = b"".join(parts[self._is_quoted :: 2])
        self._is_quoted ^= len(parts) % 2 == 0
        return outside


_NO_ROWS = b"[]}}"
"""The end of JSON without solutions."""
_MARKS = {"json": b"},{", "xml": b"</result>", "csv": b"\r", "tsv": b"\n"}


_FRAMES = {
    "json": (b'"bindings":[', b"]}}", b","),
    "xml": (b"<results>", b"</results></sparql>", b""),
    "csv": (b"\n", b"", b""),
    "tsv": (b"\n", b"", b""),
}
"""For each format what ends the head of a document, what ends the document, and what parts two rows."""


def replaced(pieces: Iterator[bytes], old: bytes, new: bytes) -> Iterator[bytes]:
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
        pieces.close()  # type: ignore[attr-defined]
