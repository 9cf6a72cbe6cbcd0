"""Counts solutions in the bytes of a document that the engine writes, and cuts those beyond a limit.

Imports next to nothing, so that a worker starts in milliseconds.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_left
from typing import Any

END = {"json": b"]}}", "xml": b"</results></sparql>", "csv": b"", "tsv": b""}
"""What stands behind the last solution."""
_SHORTEST = {"json": len("{},"), "xml": len("<result></result>"), "csv": len("\r\n"), "tsv": len("\n")}
"""Bytes of a solution that binds nothing."""
_SMALL = 1 << 20
"""Bytes of a result whose solutions are counted also where no limit needs it: for the log."""
_MOST_UNSEEN = 4 << 20
"""Bytes that wait to be counted."""
_NEXT = b'},{"'
"""What parts two solutions of JSON, the next of which binds something; then comes a variable's name."""
_PARTED = re.compile(rb'\},\{(?:"[^},]|(?=(\})))')
"""`_NEXT` outside of literals: in one, the quotation mark would end it, and a comma or a brace would follow.
Or what parts a solution from one that binds nothing, if it is no part of a literal: the group tells.
"""
_HELD = len(b",{}]}}")
"""Bytes of JSON before and behind which it is not known whether they belong to another solution."""
_CSV_TEXT = bytes(set(range(256)) - set(b'"\n'))


class Rows:
    """Counts the solutions of a document, whatever their literals hold and however it is cut into pieces."""

    def __init__(self, format: str) -> None:
        self._format = format
        self._rest, self._tail = b"", b""
        self._is_quoted = False
        self._empty, self._chain = 0, 0
        self.marks = 0
        """What was seen that begins a further solution of JSON, ends one of XML, or a line of CSV or TSV."""

    def see(self, data: bytes) -> None:
        """The next bytes of the document."""
        if self._format == "json":
            self._see_json(data)
        elif self._format == "csv":  # a quotation mark that is doubled ends a text and begins the next
            parts = data.translate(None, _CSV_TEXT).split(b'"')
            self.marks += b"".join(parts[self._is_quoted :: 2]).count(b"\n")
            self._is_quoted ^= len(parts) % 2 == 0
        elif self._format == "tsv":
            self.marks += data.count(b"\n")
        else:
            data = self._rest + data
            self.marks += data.count(b"</result>")
            self._rest = data[-len("</result") :]  # too short for a mark, so that none counts twice

    @property
    def count(self) -> int:
        """Solutions, after the last byte of the document."""
        if self._format == "json":
            if not self._tail or self._tail.endswith(b"[]}}"):
                return 0
            return self.marks + 1 + (self._empty if self._tail.endswith(b"{}]}}") else 0)
        return self.marks if self._format == "xml" else max(self.marks - 1, 0)

    def marks_within(self, more: int) -> int:
        """How many marks there may be at most after so many bytes more."""
        return self.marks + self._empty + more // _SHORTEST[self._format] + 1

    def _see_json(self, data: bytes) -> None:
        self._tail = (self._tail + data[-8:])[-8:]
        data = self._rest + data
        found = _PARTED.findall(data)
        end = next((n for n in (4, 3, 2, 1) if data.endswith(_NEXT[:n])), 0)
        self._rest = data[len(data) - end :]
        if self._empty or b"}" in found:
            self._follow(data)
            self._chain -= len(data) - end
        else:
            self.marks += len(found)

    def _follow(self, data: bytes) -> None:
        """Count also solutions that bind nothing.

        What looks like one is one if one that binds something, or the end, comes right behind it, or behind
        others like it: between those and a literal there would be a quotation mark.
        """
        for found in _PARTED.finditer(data):
            if found.start() != self._chain:
                self._empty = 0
            if found[1]:
                self._empty += 1
                self._chain = found.end()
            else:
                self.marks += self._empty + 1
                self._empty = 0


class AtMost:
    """A writer of a document of solutions that keeps from another writer those beyond a limit.

    The engine is asked for one solution more than there may be: if it comes, there are more. Only what may be
    too much is counted, as that costs a tenth of writing it.

    Args:
        most: solutions that the document may have, of which there is at most one more; None for any number.

    Attributes:
        rows: solutions that were written; None where nobody had to count them.
        is_cut: whether there were more.
    """

    def __init__(self, writer: Any, format: str, most: int | None) -> None:
        self.rows: int | None = None
        self.is_cut = False
        self._writer, self._format, self._most = writer, format, most
        self._uncounted = min(_SMALL if most is None else least_bytes(most, format), _MOST_UNSEEN)
        self._unseen: list[bytes] = []
        self._size = 0
        self._counter = Rows(format)
        self._last = 0 if most is None else most + (format in ("csv", "tsv"))
        self._is_counting, self._is_full = False, False
        self._held = b""

    def write(self, data: bytes) -> int:
        """The next bytes of the document."""
        if not self._is_counting:
            self._size += len(data)
            if self._size <= self._uncounted:
                self._unseen.append(data)
            else:
                self._begin_to_count()
        if self._is_counting:
            self._count(data)
        else:
            self._writer.write(data)
        return len(data)

    def flush(self) -> None:
        """What is held back may be too much."""

    def close(self) -> None:
        """The document is over."""
        if not self._is_counting and self._size <= min(self._uncounted, _SMALL):
            self._counter.see(b"".join(self._unseen))
            self._is_counting = True
        if not self._is_counting:
            return
        self.rows = self._counter.count
        if self._most is not None and self.rows > self._most:
            self.rows, self.is_cut = self._most, True
            if not self._is_full:  # what is too much binds nothing
                self._held, self._is_full = self._held[:-_HELD], True
        self._writer.write(self._held + (END[self._format] if self._is_full else b""))

    def _begin_to_count(self) -> None:
        self._is_counting = self._most is not None
        if self._is_counting:
            self._counter.see(b"".join(self._unseen))
        self._unseen.clear()

    def _count(self, data: bytes) -> None:
        if self._is_full:
            self._counter.see(data)
            return
        if self._counter.marks_within(len(data)) < self._last:
            self._counter.see(data)
        else:
            before = copy.copy(self._counter)
            self._counter.see(data)
            if self._counter.marks >= self._last:
                self._cut(data, before)
                return
        if self._format == "json":
            data = self._held + data
            self._held = data[-_HELD:]
            data = data[:-_HELD]
        self._writer.write(data)

    def _cut(self, data: bytes, before: Rows) -> None:
        def marks(length: int) -> int:
            counter = copy.copy(before)
            counter.see(data[:length])
            return counter.marks

        end = bisect_left(range(len(data)), self._last, key=marks)
        if self._format == "json":  # of the next solution a mark and a character are there
            end += len(self._held) - len(_NEXT)
            data = self._held + data
        self._writer.write(data[:end])
        self._held, self._is_full = b"", True


def least_bytes(rows: int, format: str) -> int:
    """Bytes that so many solutions take at least, without what stands around them."""
    return rows * _SHORTEST[format]
