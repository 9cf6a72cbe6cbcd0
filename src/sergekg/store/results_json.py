"""Writes solutions as JSON; where all terms are IRIs, from TSV, which the engine writes in half the time.

TSV says every term whole, in the syntax of Turtle (SPARQL 1.1 Query Results CSV and TSV Formats, 4), and
escapes what JSON escapes in the same way, but for control characters. Of IRIs alone only the marks between
them have to be put in place of others, for hundreds of solutions at once. The first solutions decide; terms
of other kinds that come later are turned one by one. What is written is, byte for byte, what the engine's
own writer of JSON writes.
"""

from __future__ import annotations

import itertools
import time
from typing import Any, NamedTuple

import pyoxigraph as ox

from sergekg.store.evaluate import SOLUTIONS, write_result
from sergekg.store.rows import END, AtMost

_LOOKED_AT = 16
"""Solutions."""
_PIECE, _DELAY = 1 << 16, 0.01
"""Bytes of lines that are turned at once, and seconds after which fewer are."""
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r"))
"""What a literal of TSV has as it is, and one of JSON has not."""
_BETWEEN = bytes.maketrans(b"\n", b"\t")
_IRI = b'{"type":"uri","value":"%b"}'
_BARE = b'{"type":"literal","value":"%b","datatype":"http://www.w3.org/2001/XMLSchema#%b"}'
"""What stands without quotation marks in Turtle."""


def write_json(solutions: ox.QuerySolutions, writer: Any, most: int | None) -> AtMost:
    """Write SPARQL 1.1 Query Results JSON.

    Args:
        writer: has `write`.
        most: solutions that may be written, as `AtMost` takes it.

    Returns:
        What has counted the solutions.
    """
    begin = _look(solutions)
    if begin.are_iris and not begin.is_all:
        turned = _FromTsv(writer)
        counted = AtMost(turned, "tsv", most)
        counted.write(begin.lines)
        write_result(solutions, "tsv", _Rest(counted, begin.lines.index(b"\n") + 1))
        counted.close()
        turned.close()
        return counted
    counted = AtMost(writer, "json", most)
    document = _by_engine(begin.lines)
    if begin.is_all:
        counted.write(document)
    else:
        counted.write(document[: -len(END["json"])])
        write_result(solutions, "json", _Rest(counted, _head(document), b","))
    counted.close()
    return counted


class _Begin(NamedTuple):
    """The first solutions.

    Attributes:
        lines: of TSV, with the one of variables.
        are_iris: whether every variable of each is bound to an IRI.
        is_all: whether there are no others.
    """

    lines: bytes
    are_iris: bool
    is_all: bool


def _look(solutions: ox.QuerySolutions) -> _Begin:
    """Take the first solutions, as far as they are IRIs, and one more."""
    lines = ["\t".join([f"?{variable.value}" for variable in solutions.variables])]
    are_iris = bool(lines[0])
    for solution in itertools.islice(solutions, _LOOKED_AT):
        terms = list(solution)
        lines.append("\t".join(map(_to_tsv, terms)))
        are_iris = are_iris and all(isinstance(term, ox.NamedNode) for term in terms)
        if not are_iris:
            break
    is_all = are_iris and len(lines) <= _LOOKED_AT
    return _Begin("".join([f"{line}\n" for line in lines]).encode(), are_iris, is_all)


def _to_tsv(term: object) -> str:
    if term is None:
        return ""
    return f"<<( {term} )>>" if isinstance(term, ox.Triple) else str(term)


def _by_engine(lines: bytes) -> bytes:
    """The document of JSON of one of TSV."""
    solutions = ox.parse_query_results(lines, SOLUTIONS["tsv"])
    return solutions.serialize(format=SOLUTIONS["json"]) or b""


def _head(document: bytes) -> int:
    """Bytes before the first solution."""
    return document.index(b"[", document.index(b"]")) + 1


class _Rest:
    """A writer that leaves out the head of a document.

    Args:
        head: its bytes.
        mark: what is written before the first solution, if there is one.
    """

    def __init__(self, writer: Any, head: int, mark: bytes = b"") -> None:
        self._writer, self._head, self._mark = writer, head, mark

    def write(self, data: bytes) -> int:
        rest = data[self._head :] if self._head else data
        if self._head:
            self._head = max(self._head - len(data), 0)
        if rest and self._mark:
            if not rest.startswith(b"]"):
                self._writer.write(self._mark)
            self._mark = b""
        if rest:
            self._writer.write(rest)
        return len(data)

    def flush(self) -> None:
        """What the engine calls at the end."""


class _FromTsv:
    """A writer of TSV that writes JSON to another writer."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._now = time.monotonic
        self._due = self._now() + _DELAY
        self._pieces: list[bytes] = []
        self._size = 0
        self._header = b""
        self._names: list[bytes] = []
        self._mark = b""

    def write(self, data: bytes) -> int:
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _PIECE or self._now() > self._due:
            self._turn()
        return len(data)

    def close(self) -> None:
        """The document is over."""
        self._turn()
        self._writer.write(END["json"])

    def _turn(self) -> None:
        data = b"".join(self._pieces)
        end = data.rfind(b"\n") + 1
        lines = data[:end]
        self._pieces, self._size = [data[end:]], 0
        if not self._header and lines:
            self._header, _, lines = lines.partition(b"\n")
            self._names = [name[1:] for name in self._header.split(b"\t")]
            self._header += b"\n"
            self._writer.write(_by_engine(self._header)[: -len(END["json"])])
        if lines:
            self._writer.write(self._mark + self._solutions(lines))
            self._mark = b","
        self._due = self._now() + _DELAY

    def _solutions(self, lines: bytes) -> bytes:
        if b'"' not in lines and b" " not in lines:  # literals, triple terms
            unmarked = lines.translate(_BETWEEN, b"<>")
            terms = unmarked[:-1].split(b"\t")
            if len(lines) - len(unmarked) == 2 * len(terms):
                return self._bound(_IRI, terms)
        if b"<<" in lines or b"--" in lines or len(lines.translate(None, _CONTROL)) != len(lines):
            document = _by_engine(self._header + lines)  # triple terms, directions
            return document[_head(document) : -len(END["json"])]
        terms = list(map(_turned, lines[:-1].replace(b"\n", b"\t").split(b"\t")))
        return self._partly_bound(terms) if b"" in terms else self._bound(b"%b", terms)

    def _bound(self, template: bytes, terms: list[bytes]) -> bytes:
        members = [b'"%b":%b' % (name, template) for name in self._names]
        solution = b"{%b}," % b",".join(members)
        solutions: bytes = (solution * (len(terms) // len(members)))[:-1] % tuple(terms)
        return solutions

    def _partly_bound(self, terms: list[bytes]) -> bytes:
        keys = itertools.cycle([b'"%b":' % name for name in self._names])
        members = [key + term if term else b"" for key, term in zip(keys, terms, strict=False)]
        rows = zip(*[iter(members)] * len(self._names), strict=True)
        return b"{%b}" % b"},{".join([b",".join(filter(None, row)) for row in rows])


def _turned(term: bytes) -> bytes:
    """The JSON of a term of TSV; nothing of nothing."""
    first = term[:1]
    if first == b"<":
        return _IRI % term[1:-1]
    if first == b'"':
        end = term.rindex(b'"') + 1
        value, more = term[:end], term[end:]
        if not more:
            return b'{"type":"literal","value":%b}' % value
        if more[:1] == b"^":
            return b'{"type":"literal","value":%b,"datatype":"%b"}' % (value, more[3:-1])
        return b'{"type":"literal","value":%b,"xml:lang":"%b"}' % (value, more[1:])
    if first == b"_":
        return b'{"type":"bnode","value":"%b"}' % term[2:]
    return _BARE % (term, _type(term)) if term else b""


def _type(term: bytes) -> bytes:
    """The local name of the type of a literal without quotation marks (Turtle, 2.5.2 and 2.5.3)."""
    if term in (b"true", b"false"):
        return b"boolean"
    if b"e" in term.lower():
        return b"double"
    return b"decimal" if b"." in term else b"integer"
