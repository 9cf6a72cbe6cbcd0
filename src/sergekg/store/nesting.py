"""Sees to what others sent before the engine's parsers do.

Nesting without end would use up their thread's stack, and XML that ends too soon would pass for whole.
"""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

MOST = 256
"""Objects of JSON or elements of XML within others: a triple term within triple terms takes two for each. And
triple terms that a line of N-Triples, or a document in Turtle, may begin.
"""


class Guard(Protocol):
    """Looks at a document piece by piece."""

    def see(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            ValueError: the parser must not have them.
        """
        ...

    def end(self) -> None:
        """There is no more.

        Raises:
            ValueError: the document is not whole, and the parser might not notice.
        """
        ...


def guard(kind: str) -> Guard:
    """What looks at documents of a media type."""
    if "json" in kind:
        return Nesting()
    if "xml" in kind:
        return Elements()
    return TripleTerms(in_lines=kind != "text/turtle")


class Nesting:
    """How deep the objects of a document in JSON are nested; that it is whole its parser finds out."""

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

    def end(self) -> None:
        """Nothing is left to see to."""

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


class Elements:
    """How deep the elements of a document in XML are nested; it declares no entities, and is whole."""

    def __init__(self) -> None:
        self._depth, self._is_over = 0, False
        self._parser = expat.ParserCreate("utf-8")  # as the engine's, whatever the document says
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._refuse

    def see(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            ValueError: it is nested too deep, declares a document type, or is not well-formed.
        """
        self._parse(data, is_last=False)

    def end(self) -> None:
        """There is no more; the engine asks more than once.

        Raises:
            ValueError: there should be.
        """
        if not self._is_over:
            self._parse(b"", is_last=True)
            self._is_over = True

    def _parse(self, data: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(data, is_last)
        except expat.ExpatError as cause:
            raise ValueError(f"it is not well-formed XML: {cause}") from None

    def _open(self, *_: object) -> None:
        self._depth += 1
        if self._depth > MOST:
            raise ValueError(f"its elements are nested more than {MOST} deep")

    def _close(self, _: str) -> None:
        self._depth -= 1

    def _refuse(self, *_: object) -> None:
        raise ValueError("it declares a document type")


class TripleTerms:
    """How many triple terms may stand within others in N-Triples, where a line ends them all, or in Turtle.

    What looks like one in a literal counts too: where a literal of Turtle ends is not easily told.
    """

    def __init__(self, *, in_lines: bool) -> None:
        self._in_lines = in_lines
        self._seen, self._before = 0, b""

    def see(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            ValueError: there are too many.
        """
        data = self._before + data
        self._before = data[-len(_MARK) + 1 :]  # too short for a mark, so that none counts twice
        if self._in_lines and b"\n" in data:
            first, *lines = data.split(b"\n") if data.count(_MARK) > MOST - self._seen else (b"", data)
            self._count(first)
            for line in lines:
                self._seen = 0
                self._count(line)
        else:
            self._count(data)

    def end(self) -> None:
        """Nothing tells whether there should be more."""

    def _count(self, data: bytes) -> None:
        self._seen += data.count(_MARK)
        if self._seen > MOST:
            raise ValueError(f"it has more than {MOST} triple terms where they may be nested")


_MARK = b"<<("
