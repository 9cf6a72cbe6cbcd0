"""Counts solutions in the bytes of a document that the engine wrote, however it is cut into pieces.

Imports nothing, so that a worker starts in milliseconds.
"""

from __future__ import annotations

_MARKS = {"json": b"},{", "xml": b"</result>", "csv": b"\r", "tsv": b"\n"}
"""What stands between two solutions of JSON, ends one of XML, and in CSV and TSV the names too."""
_SHORTEST = {"json": len("{},"), "xml": len("<result></result>"), "csv": len("\r\n"), "tsv": len("\n")}
"""Bytes of a solution that binds nothing."""
_NONE = b"[]}}"
"""The end of JSON without solutions."""


class Rows:
    """Counts the solutions of a document by what stands between them.

    Literals cannot hold the marks of XML and TSV. For JSON and CSV no bytes stand between all solutions and
    in no literal, so the count is never too low, and may be too high.
    """

    def __init__(self, format: str) -> None:
        self._format, self._mark = format, _MARKS[format]
        self._marks = 0
        self._tail = b""

    def see(self, data: bytes) -> None:
        """The next bytes of the document."""
        rest = len(self._mark) - 1  # too short for a mark, so that none counts twice
        self._marks += (self._tail[len(self._tail) - rest :] + data).count(self._mark)
        self._tail = (self._tail + data[-16:])[-16:]

    @property
    def count(self) -> int:
        """Solutions, after the last byte of the document."""
        if self._format == "json":
            return self._marks + (not self._tail.endswith(_NONE)) if self._tail else 0
        return max(self._marks - 1, 0) if self._format in ("csv", "tsv") else self._marks


class ExactRows(Rows):
    """The same whatever the literals hold: in JSON and CSV a mark counts outside of quotes only."""

    def __init__(self, format: str) -> None:
        super().__init__(format)
        self._is_quoted = False
        self._escape = b""

    def see(self, data: bytes) -> None:
        super().see(self.outside(data) if self._format in ("json", "csv") else data)

    def outside(self, data: bytes) -> bytes:
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


def least_bytes(rows: int, format: str) -> int:
    """Bytes that so many solutions take at least, without what stands around them."""
    return rows * _SHORTEST[format]
