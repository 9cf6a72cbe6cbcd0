"""What a write changes: quads and graphs that come and go, as bytes for the journal and the keeper.

    {"add": 211, "remove": 0, "create": [], "drop": [], "stated": 0}
    <http://example.org/s> <http://example.org/p> "1.50"^^<…decimal> <http://example.org/g> .
    ...

A line of JSON that counts the bytes of the lines after it; then N-Quads, each quad as it was sent: those that
come, those that go, those that were there and were said again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox

_STRING = ox.NamedNode("http://www.w3.org/2001/XMLSchema#string")
_LAST_IRI = re.compile(r' <([^<>" ]*)> \.$')
_MOST_SHOWN = 200
"""Characters of what cannot be kept that are shown."""


class Unreadable(ValueError):
    """A delta holds what nobody could read again; the message shows it."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Quads to add and to remove, as N-Quads lines with their line ends; graphs to create and to drop.

    Attributes:
        stated: quads that the store has already and that a write states all the same, so that they stay where
            the next release has them no more.
    """

    add: bytes = b""
    remove: bytes = b""
    create: tuple[str, ...] = field(default=())
    drop: tuple[str, ...] = field(default=())
    stated: bytes = b""

    @property
    def is_empty(self) -> bool:
        return not (self.is_change or self.stated)

    @property
    def is_change(self) -> bool:
        """Whether the store that it is of is another after it."""
        return bool(self.add or self.remove or self.create or self.drop)

    @property
    def is_placed(self) -> bool:
        """Whether all that it adds stands in a graph."""
        return all(graph_of(line) for line in (self.add + self.stated).decode().split("\n") if line)

    def to_bytes(self) -> bytes:
        head = {
            "add": len(self.add),
            "remove": len(self.remove),
            "create": self.create,
            "drop": self.drop,
            "stated": len(self.stated),
        }
        return json.dumps(head).encode() + b"\n" + self.add + self.remove + self.stated

    @classmethod
    def from_bytes(cls, data: bytes) -> Delta:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: it is something else, or not whole.
        """
        line, _, lines = data.partition(b"\n")
        head = json.loads(line)
        added = head["add"]
        gone = added + head["remove"]
        if len(lines) != gone + head.get("stated", 0):  # which journals of before have not
            raise ValueError("the lines of a delta are not whole")
        return cls(lines[:added], lines[added:gone], tuple(head["create"]), tuple(head["drop"]), lines[gone:])

    def check(self) -> None:
        """Read everything, as whoever applies it will.

        Raises:
            Unreadable: something cannot be read, which no journal may hold.
        """
        for lines in (self.add, self.remove, self.stated):
            try:
                for _ in parse(lines):
                    pass
            except SyntaxError as error:
                number = error.lineno or 1
                line = lines.split(b"\n", number)[number - 1].decode(errors="replace")
                reason = str(error.msg).rpartition(": ")[2]
                raise Unreadable(f"{reason}; this cannot be kept: {line[:_MOST_SHOWN]}") from error
        for iri in (*self.create, *self.drop):
            try:
                ox.NamedNode(iri)
            except ValueError as error:
                raise Unreadable(
                    f"{error}; this cannot be the name of a graph: {iri[:_MOST_SHOWN]}"
                ) from error

    def apply(self, store: ox.Store, *, union: bool) -> None:
        """Change a store: what goes, then what comes, so that to replay it changes nothing more.

        Args:
            union: keep the default graph a copy of every triple of the named graphs.

        Raises:
            ValueError: it adds a triple without a graph to a union, which would be no union any more.
        """
        added = [*parse(self.add), *parse(self.stated)]
        if union and any(isinstance(quad.graph_name, ox.DefaultGraph) for quad in added):
            raise ValueError("a triple without a graph cannot be added to a union of graphs")
        for quad in parse(self.remove):
            remove(store, quad, union=union)
        for iri in self.drop:
            graph = ox.NamedNode(iri)
            if union:  # another release than that which was written to may have more in it
                for quad in list(store.quads_for_pattern(None, None, None, graph)):
                    remove(store, quad, union=True)
            store.remove_graph(graph)
        for iri in self.create:
            store.add_graph(ox.NamedNode(iri))
        if added:
            store.extend(added)
            if union:
                store.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in added)


def remove(store: ox.Store, quad: ox.Quad, *, union: bool) -> None:
    """Take a quad away; from the default graph too if that is a union in which no other graph has it."""
    store.remove(quad)
    if union and not _is_in_named_graph(store, quad):
        store.remove(ox.Quad(quad.subject, quad.predicate, quad.object))


def parse(lines: bytes) -> Iterable[ox.Quad]:
    """N-Quads; blank nodes keep their labels, so that they stay the nodes they are."""
    return ox.parse(lines, ox.RdfFormat.N_QUADS) if lines else ()


def graph_of(line: str) -> str:
    """The graph of a line of N-Quads.

    The object of a triple without a graph may be an IRI too: there are three terms then, and a subject and a
    predicate hold no space.
    """
    found = _LAST_IRI.search(line)
    # subject and predicate are the first two words; more before the last IRI is an object
    return found[1] if found and line.count(" ", 0, found.start()) >= 2 else ""


def line_of(quad: ox.Quad) -> bytes:
    """The quad as a line of N-Quads."""
    return f"{quad} .\n".encode()


def lines_of(store: ox.Store) -> set[bytes]:
    """Every quad of a store as a line."""
    data = store.dump(format=ox.RdfFormat.N_QUADS) or b""
    return set(data.splitlines(keepends=True))


def canonical(quad: ox.Quad) -> bytes:
    """The line that a store gives for a quad: with the canonical forms of its literals."""
    return forms(quad)[0]


def forms(quad: ox.Quad) -> tuple[bytes, bytes]:
    """The line that a store gives for a quad, and the line of the quad as it is."""
    written = line_of(quad)
    term = quad.object
    if isinstance(term, ox.NamedNode | ox.BlankNode):
        return written, written
    if isinstance(term, ox.Literal) and (term.language or term.datatype == _STRING):
        return written, written
    given = ox.Quad(quad.subject, quad.predicate, _canonical_term(term), quad.graph_name)
    return line_of(given), written


@lru_cache(65_536)
def _canonical_term(term: ox.Literal | ox.Triple) -> ox.Literal | ox.Triple:
    """A literal, or a triple term with the literals in it, as a store gives it."""
    scratch = ox.Store()
    scratch.add(ox.Quad(_STRING, _STRING, term))
    (quad,) = scratch
    found: ox.Literal | ox.Triple = quad.object
    return found


def read_originals(nquads: Path) -> dict[bytes, bytes]:
    """The lines of a file that a store gives back otherwise, by what it gives."""
    with nquads.open("rb") as file:
        typed = [line for line in file if b'"^^<' in line]
    return {given: written for given, written in _pairs(b"".join(typed)) if given != written}


def note_originals(originals: dict[bytes, bytes], delta: Delta) -> None:
    """Keep up with a write."""
    for line in delta.remove.splitlines(keepends=True):
        originals.pop(line, None)
    for given, written in _pairs(delta.add + delta.stated):
        if given == written:
            originals.pop(given, None)  # of a graph that was dropped with more in it
        else:
            originals[given] = written


def note_stated(stated: set[bytes], delta: Delta) -> None:
    """Keep up with what the journal states, as a store gives it, whatever a release has."""
    stated.difference_update(delta.remove.splitlines(keepends=True))
    stated.update(given for given, _ in _pairs(delta.add + delta.stated))


def _pairs(lines: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The lines that a store gives for quads, with those that were written."""
    return (forms(quad) for quad in parse(lines))


def _is_in_named_graph(store: ox.Store, quad: ox.Quad) -> bool:
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return any(not isinstance(one.graph_name, ox.DefaultGraph) for one in found)
