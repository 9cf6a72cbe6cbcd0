"""Runs a query on Oxigraph and writes its result within limits; what the workers do all day.

Imports nothing but the engine, so that a worker starts in milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyoxigraph as ox

from sergekg.store.rows import Rows

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
_MOST_PUT_OFF = 4 << 20
"""Bytes that are held until it is known whether their solutions need to be counted."""


class Result(Protocol):
    """What an engine answers: `serialize` writes it."""

    def serialize(self, output: Any, format: Any) -> object: ...


class TooLarge(Exception):
    """The result has more bytes than it may."""


class Outlet:
    """A file-like object that an engine serialises into: counts, gathers pieces, hands them on.

    Pieces are handed on when they are large or when the last ones went some time ago, so that the first
    byte is early and later ones cost few calls.

    Args:
        send: takes the parts of a piece.
        most: bytes that may be written.
        counter: counts the solutions; None for a graph, which has none.
        uncounted: bytes up to which the solutions of a result in several pieces need not be counted, as it
            costs a tenth of writing them; None if they need never be.

    Attributes:
        bytes: written so far.
    """

    def __init__(
        self,
        send: Callable[[Sequence[bytes]], None],
        most: int,
        counter: Rows | None = None,
        piece: int = 196_608,
        delay: float = 0.02,
        *,
        uncounted: int | None = 0,
    ) -> None:
        self.bytes = 0
        self._send, self._most, self._counter = send, most, counter
        self._piece, self._delay = piece, delay
        self._uncounted = None if uncounted is None else min(uncounted, _MOST_PUT_OFF)
        self._parts: list[bytes] = []
        self._held = 0
        self._to_count: list[bytes] = []
        self._has_counted, self._is_one_piece = True, True
        self._last = time.monotonic()

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        if self.bytes > self._most:
            raise TooLarge
        self._parts.append(data)
        self._held += len(data)
        now = time.monotonic()
        if self._held >= self._piece or now - self._last > self._delay:
            self._is_one_piece = False
            parts = self._parts
            self._see(parts)
            self._parts, self._held = [], 0
            self._send(parts)
            self._last = time.monotonic()
        return len(data)

    def flush(self) -> None:
        """What the engine calls at the end; the rest is taken with `take`."""

    def take(self) -> bytes:
        """What was not handed on yet, at the end."""
        self._see(self._parts)
        data = b"".join(self._parts)
        self._parts, self._held = [], 0
        return data

    @property
    def rows(self) -> int | None:
        """Solutions of the whole result; None where they did not need to be counted."""
        if self._counter is None:
            return 0
        return self._counter.count if self._has_counted else None

    def _see(self, parts: list[bytes]) -> None:
        """Count the solutions of a piece, or put it off until it is known whether that is needed."""
        if self._counter is None:
            return
        is_needed = self._uncounted is not None and self.bytes > self._uncounted
        if is_needed or self._is_one_piece:
            self._counter.see(b"".join([*self._to_count, *parts]))
            self._to_count.clear()
        elif self._uncounted is not None:
            self._to_count += parts
        self._has_counted = is_needed or self._is_one_piece


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

    def read_through(self) -> Iterator[None]:
        """Read the default graph, in steps of about a millisecond.

        The engine counts references in what it reads, so a process that shares a store with the one that it
        was forked from gets its own copy of each page by reading it.
        """
        for number, _ in enumerate(self.store.quads_for_pattern(None, None, None, ox.DefaultGraph())):
            if number % 1000 == 999:
                yield

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
