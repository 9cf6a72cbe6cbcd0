"""Runs a query on Oxigraph and writes its result within limits; what the workers do all day.

Imports nothing but the engine, so that a worker starts in milliseconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pyoxigraph as ox

SOLUTIONS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
MERGED = "urn:x-sergekg:merged"
"""Stands for the RDF merge of several USING graphs of an update, which the engine would count apart."""
Functions = Mapping[str, Callable[..., Any]]
_ROW_MARKS = {
    "json": re.compile(rb'\{(?:"[^"]+":\{"type":"|\})'),  # no quote within a JSON string stands bare
    "xml": re.compile(rb"</result>"),
    "csv": re.compile(rb"\r\n"),
    "tsv": re.compile(rb"\n"),
}
"""What each solution has once in its bytes; CSV and TSV have it once more, after the names."""
_OVERLAP = 300
"""Bytes of a piece that are looked at again with the next one, for marks that lie across."""


class Result(Protocol):
    """What an engine answers: `serialize` writes it."""

    def serialize(self, output: Any, format: Any) -> object: ...


class TooLarge(Exception):
    """The result has more bytes than it may."""


class Outlet:
    """A file-like object that an engine serialises into: counts, gathers pieces, hands them on.

    Pieces are handed on when they are large or when the last ones went some time ago, so that the first
    byte is early and later ones cost few calls.

    Attributes:
        bytes: written so far.
        rows: solutions seen so far; never too low, and too high only where a literal looks like the
            mark of a row.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        most: int,
        mark: re.Pattern[bytes] | None = None,
        piece: int = 65_536,
        delay: float = 0.02,
    ) -> None:
        self.bytes = 0
        self._marks = 0
        self._send, self._most, self._mark = send, most, mark
        self._piece, self._delay = piece, delay
        self._parts: list[bytes] = []
        self._held = 0
        self._tail = b""
        self._last = time.monotonic()

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        if self.bytes > self._most:
            raise TooLarge
        if self._mark is not None:
            self._count(data)
        self._parts.append(data)
        self._held += len(data)
        now = time.monotonic()
        if self._held >= self._piece or now - self._last > self._delay:
            self._send(self.take())
            self._last = time.monotonic()
        return len(data)

    def flush(self) -> None:
        """What the engine calls at the end; the rest is taken with `take`."""

    def take(self) -> bytes:
        """What was not handed on yet."""
        data = b"".join(self._parts)
        self._parts.clear()
        self._held = 0
        return data

    def rows(self, format: str) -> int:
        """Solutions written so far."""
        return max(self._marks - 1, 0) if format in ("csv", "tsv") else self._marks

    def _count(self, data: bytes) -> None:
        assert self._mark is not None
        seen = self._tail + data
        end = 0
        for match in self._mark.finditer(seen):
            self._marks += 1
            end = match.end()
        # matches end at or before the cut, so the next piece cannot find them again
        self._tail = seen[max(end, len(seen) - _OVERLAP) :]


def terms(iris: list[str] | None) -> list[ox.NamedNode] | None:
    """IRIs as the engine's terms."""
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]


class Engine(Protocol):
    """What answers the jobs of a worker."""

    def query(
        self, text: str, default: list[str] | None, named: list[str] | None, functions: Functions | None
    ) -> Any:
        """The result over a dataset, which `write_result` can write."""
        ...


class Oxigraph:
    """One Oxigraph store that answers jobs.

    Args:
        union: the default graph holds every triple of the named graphs, each once.
        originals: lines of N-Quads as they were written, by the lines that the store gives for them; those
            that the store leaves as they are need not be there.
    """

    def __init__(self, store: ox.Store, *, union: bool, originals: dict[bytes, bytes] | None = None) -> None:
        self.store = store
        self.originals = {} if originals is None else originals
        self._union = union
        self._merged: dict[tuple[frozenset[str], tuple[str, ...]], ox.Store] = {}

    def query(
        self, text: str, default: list[str] | None, named: list[str] | None, functions: Functions | None
    ) -> Any:
        """The engine's result over a dataset (`analysis.Dataset`), lazily.

        Several default graphs are merged as RDF: a triple that stands in two of them counts once, which the
        engine itself does not do (oxigraph issue 1919).
        """
        custom = {ox.NamedNode(iri): function for iri, function in functions.items()} if functions else None
        if default is not None and len(default) > 1:
            if self._union and set(default) >= {graph.value for graph in self.store.named_graphs()}:
                graphs: Any = ox.DefaultGraph()
                return self.store.query(
                    text, default_graph=graphs, named_graphs=list(terms(named) or []), custom_functions=custom
                )
            merged = self._merge(frozenset(default), tuple(sorted(named or ())))
            return merged.query(text, named_graphs=list(terms(named) or []), custom_functions=custom)
        return self.store.query(
            text,
            default_graph=None if default is None else list(terms(default) or []),
            named_graphs=None if named is None else list(terms(named) or []),
            custom_functions=custom,
        )

    def _merge(self, default: frozenset[str], named: tuple[str, ...]) -> ox.Store:
        key = (default, named)
        if key not in self._merged:
            if len(self._merged) > 1:
                self._merged.clear()
            store = ox.Store()
            for iri in sorted(default):
                copy_graph(self.store, ox.NamedNode(iri), store, ox.DefaultGraph())
            for iri in named:
                copy_graph(self.store, ox.NamedNode(iri), store, ox.NamedNode(iri))
            self._merged[key] = store
        return self._merged[key]


def copy_graph(
    source: ox.Store,
    graph: ox.NamedNode | ox.DefaultGraph,
    target: ox.Store,
    name: ox.NamedNode | ox.DefaultGraph,
) -> None:
    """Copy one graph to another store; its blank nodes stay the same nodes."""
    data = source.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph) or b""
    if b"_:" in data:  # loading would rename them
        target.extend(
            ox.Quad(q.subject, q.predicate, q.object, name) for q in ox.parse(data, ox.RdfFormat.N_TRIPLES)
        )
    elif data:
        target.bulk_load(data, ox.RdfFormat.N_TRIPLES, to_graph=name)


def kind_of(result: object) -> str:
    """`solutions`, `boolean` or `graph`."""
    kind = getattr(result, "kind", None)  # of another engine's results
    if kind is not None:
        return str(kind)
    if isinstance(result, ox.QueryBoolean):
        return "boolean"
    return "solutions" if isinstance(result, ox.QuerySolutions) else "graph"


def write_result(result: Any, format: str, outlet: Outlet) -> None:
    """Serialise a result into an outlet; `format` is a key of `SOLUTIONS` or `GRAPHS`."""
    if kind_of(result) == "graph":
        result.serialize(outlet, GRAPHS[format])
    else:
        result.serialize(outlet, SOLUTIONS[format])


def row_mark(format: str) -> re.Pattern[bytes] | None:
    """What each solution has once in the bytes of a format."""
    return _ROW_MARKS.get(format)
