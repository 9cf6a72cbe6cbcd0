"""Writes solutions as JSON; where all terms are IRIs, from TSV, which the engine writes in half the time.

TSV says every term whole, in the syntax of Turtle (SPARQL 1.1 Query Results CSV and TSV Formats, 4), and
escapes what JSON escapes in the same way, but for control characters. Of IRIs alone only the marks between
them have to be put in place of others, for hundreds of solutions at once. The first solutions decide; terms
of other kinds that come later are turned one by one. What is written is, byte for byte, what the engine's
own writer of JSON writes.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
from typing import Any

import pyoxigraph as ox

from sergekg.store.evaluate import write_result
from sergekg.store.rows import END, AtMost

_LOOKED_AT, _FAST = 16, 0.001
"""Solutions that are looked at; seconds within which they come where the engine is not what takes time."""
_ENOUGH = 1 << 16
"""Bytes of lines that are turned at once."""
_DELAY = 0.01
"""Seconds after which fewer are."""
_NO_CONTROL = bytes([*range(32, 256), *b"\t\n\r"])
"""All but what a literal of TSV has as it is, and one of JSON has not."""
_BETWEEN = bytes.maketrans(b"\n", b"\t")
_IRI = b'{"type":"uri","value":"%b"}'
_BARE = b'{"type":"literal","value":"%b","datatype":"http://www.w3.org/2001/XMLSchema#%b"}'
"""What stands without quotation marks in Turtle."""
_TRIPLE = b'{"type":"triple","value":{"subject":%b,"predicate":%b,"object":%b}}'


def write_json(solutions: ox.QuerySolutions, writer: Any, most: int | None) -> AtMost:
    """Write SPARQL 1.1 Query Results JSON, and the triple terms and directions of 1.2.

    Args:
        writer: has `write`.
        most: as `AtMost` takes it.

    Returns:
        What has counted the solutions.
    """
    names = [variable.value for variable in solutions.variables]
    quoted = ",".join([f'"{name}"' for name in names])
    head = f'{{"head":{{"vars":[{quoted}]}},"results":{{"bindings":['.encode()
    first, are_iris = _look(solutions)
    if are_iris:
        turned = _FromTsv(writer, head, [name.encode() for name in names])
        counted = AtMost(turned, "tsv", most)
        lines = ["\t".join([f"?{name}" for name in names]), *("\t".join(map(str, terms)) for terms in first)]
        counted.write("".join([f"{line}\n" for line in lines]).encode())
        write_result(solutions, "tsv", _Rest(counted, len(lines[0].encode()) + 1))
        counted.close()
        turned.close()
        return counted
    counted = AtMost(writer, "json", most)
    counted.write(head + b",".join([_to_json(names, terms) for terms in first]))
    write_result(solutions, "json", _Rest(counted, len(head), b"," if first else b""))
    counted.close()
    return counted


def _look(solutions: ox.QuerySolutions) -> tuple[list[list[Any]], bool]:
    """The first solutions, and whether there are many, of IRIs alone, that come fast: others are fewer."""
    first: list[list[Any]] = []
    began = 0.0
    for solution in itertools.islice(solutions, _LOOKED_AT):
        began = began or time.monotonic()
        terms = list(solution)
        first.append(terms)
        if not terms or not all(isinstance(term, ox.NamedNode) for term in terms):
            return first, False
    return first, len(first) == _LOOKED_AT and time.monotonic() - began < _FAST


def _to_json(names: Sequence[str], terms: Sequence[Any]) -> bytes:
    bound = {name: _term(term) for name, term in zip(names, terms, strict=True) if term is not None}
    return json.dumps(bound, ensure_ascii=False, separators=(",", ":")).encode()


def _term(term: Any) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _term(part) for name, part in parts.items()}}
    found = {"type": "literal", "value": term.value}
    if term.language:
        found["xml:lang"] = term.language
        if term.direction:
            found["its:dir"] = str(term.direction)
    elif term.datatype.value != "http://www.w3.org/2001/XMLSchema#string":
        found["datatype"] = term.datatype.value
    return found


class _Rest:
    """A writer that leaves out the head of a document.

    Args:
        head: its bytes.
        mark: what is written before the first solution, if there is one.
    """

    def __init__(self, writer: Any, head: int, mark: bytes = b"") -> None:
        self._writer, self._head, self._mark = writer, head, mark

    def write(self, data: bytes) -> int:
        rest = data
        if self._head:
            rest = data[self._head :]
            self._head = max(self._head - len(data), 0)
        if rest:
            if self._mark:
                rest = rest if rest.startswith(b"]") else self._mark + rest
                self._mark = b""
            self._writer.write(rest)
        return len(data)

    def flush(self) -> None:
        """What the engine calls at the end."""


class _FromTsv:
    """A writer of TSV that writes JSON to another writer.

    Args:
        head: what stands before the first solution.
        names: of the variables.
    """

    def __init__(self, writer: Any, head: bytes, names: Sequence[bytes]) -> None:
        self._writer, self._names = writer, names
        self._mark, self._is_begun = head, False
        self._now = time.monotonic
        self._due = self._now() + _DELAY
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(data)
        self._size += len(data)
        if (self._size >= _ENOUGH or self._now() > self._due) and b"\n" in data:
            self._turn()
        return len(data)

    def close(self) -> None:
        """The document is over."""
        self._turn()
        self._writer.write(END["json"])

    def _turn(self) -> None:
        data = b"".join(self._pieces)
        begin = 0 if self._is_begun else data.find(b"\n") + 1
        end = data.rfind(b"\n") + 1
        self._pieces = [data[end:]]
        self._size = len(data) - end
        lines = data[begin:end]
        del data
        self._is_begun = self._is_begun or bool(end)
        if lines:
            self._writer.write(self._mark + self._solutions(lines))
            self._mark = b","
        self._due = self._now() + _DELAY

    def _solutions(self, lines: bytes) -> bytes:
        if b'"' not in lines and b" " not in lines:  # literals, triple terms
            bare = lines.translate(_BETWEEN, b"<>")
            terms = bare[:-1].split(b"\t")
            if len(lines) - len(bare) == 2 * len(terms):
                return self._bound(_IRI, terms)
        for control in set(lines.translate(None, _NO_CONTROL)):
            lines = lines.replace(bytes([control]), json.dumps(chr(control)).encode()[1:-1])
        terms = lines.translate(_BETWEEN)[:-1].split(b"\t")
        for at, term in enumerate(terms):  # each makes room for the next
            terms[at] = _turned(term)
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
    """The JSON of a term of TSV whose control characters are escaped; nothing of nothing."""
    first = term[:1]
    if first == b"<":
        return _turned_triple(term) if term[1:2] == b"<" else _IRI % term[1:-1]
    if first == b'"':
        end = term.rindex(b'"') + 1
        value, more = term[:end], term[end:]
        if not more:
            return b'{"type":"literal","value":%b}' % value
        if more[:1] == b"^":
            return b'{"type":"literal","value":%b,"datatype":"%b"}' % (value, more[3:-1])
        language, _, direction = more[1:].partition(b"--")
        direction = direction and b',"its:dir":"%b"' % direction
        return b'{"type":"literal","value":%b,"xml:lang":"%b"%b}' % (value, language, direction)
    if first == b"_":
        return b'{"type":"bnode","value":"%b"}' % term[2:]
    return _BARE % (term, _type(term)) if term else b""


def _turned_triple(term: bytes) -> bytes:
    """The JSON of `<<( s p o )>>`; only what stands third may have spaces."""
    parts = term.removeprefix(b"<<( ").removesuffix(b" )>>").split(b" ", 2)
    return _TRIPLE % tuple(map(_turned, parts))


def _type(term: bytes) -> bytes:
    """The local name of the type of a literal without quotation marks (Turtle, 2.5.2 and 2.5.3)."""
    if term in (b"true", b"false"):
        return b"boolean"
    if b"e" in term.lower():
        return b"double"
    return b"decimal" if b"." in term else b"integer"
