"""Runs a query on Oxigraph and writes its result within limits; what the workers do all day.

Imports next to nothing but the engine, so that a worker starts in milliseconds.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import pyoxigraph as ox

from sergekg.xml import WellFormed, refusing_terms

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
Functions = Mapping[str, Callable[..., Any]]


class TooLarge(Exception):
    """The result has more bytes than it may."""


class Outlet:
    """A file-like object that an engine serialises into: writes to a region, hands pieces on.

    A piece is handed on when it is large, or when the last one went some time ago, so that the first byte is
    early and later ones cost little.

    Args:
        region: where the result is written, from its beginning, and again once it is full.
        send: takes where a piece begins and ends.
        wait: returns when all that was sent has been read.
        most: bytes that may be written.
        first, piece: bytes of the first piece and of later ones.
        delay: seconds after which a smaller piece goes.
    """

    def __init__(
        self,
        region: mmap.mmap,
        send: Callable[[int, int], None],
        wait: Callable[[], None],
        most: int,
        first: int = 1 << 20,
        piece: int = 196_608,
        delay: float = 0.02,
    ) -> None:
        self._region, self._send, self._wait, self._most = region, send, wait, most
        self._piece, self._delay = piece, delay
        self._add, self._now = region.write, time.monotonic
        self._handed = 0  # bytes, in all
        self._begin, self._end = 0, 0  # of what is in the region
        region.seek(0)
        self._enough = min(first, most + 1)
        self._due = self._now() + delay

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._handed + self._end - self._begin

    def write(self, data: bytes) -> int:
        try:
            self._end += self._add(data)  # the engine calls this for every 8 KiB: the rest can wait
        except ValueError:
            self._write_in_parts(data)
        if self._end - self._begin >= self._enough or self._now() > self._due:
            self._hand_on()
        return len(data)

    def flush(self) -> None:
        """What the engine calls at the end; where the rest lies is told by `last`."""

    def last(self) -> tuple[int, int]:
        """Where what was not handed on yet begins and ends, when all is written."""
        return self._begin, self._end

    def _write_in_parts(self, data: bytes) -> None:
        """Fill the region, and begin it again, as often as it takes."""
        rest = memoryview(data)
        while True:
            part = rest[: len(self._region) - self._end]
            self._end += self._add(part)
            rest = rest[len(part) :]
            if not rest:
                return
            self._hand_on()
            self._wait()
            self._region.seek(0)
            self._begin = self._end = 0

    def _hand_on(self) -> None:
        if self.size > self._most:
            raise TooLarge
        self._send(self._begin, self._end)
        self._handed += self._end - self._begin
        self._begin = self._end
        self._enough = min(self._piece, self._most - self._handed + 1)
        self._due = self._now() + self._delay


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

    def as_written(self, triples: Any, graph: str) -> Any:
        """The result that copies a graph, with its literals as they were written.

        That of a union stays as it is: its graphs may have the same literal in different forms.

        Args:
            graph: its IRI; empty for the default graph.
        """
        if not self.originals or not (graph or not self._union):
            return triples
        return _AsWritten(triples, self.originals, f" <{graph}> .\n" if graph else " .\n")

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


class _AsWritten:
    """A result that is a graph; see `Oxigraph.as_written`."""

    kind = "graph"

    def __init__(self, triples: Iterable[ox.Triple], originals: Mapping[bytes, bytes], end: str) -> None:
        self._triples, self._originals, self._end = triples, originals, end

    def serialize(self, output: Any, format: ox.RdfFormat) -> None:
        """As the engine's results do."""
        ox.serialize(map(self._restore, self._triples), output, format)

    def _restore(self, triple: ox.Triple) -> ox.Triple:
        if isinstance(triple.object, ox.NamedNode | ox.BlankNode):
            return triple
        written = self._originals.get(f"{triple}{self._end}".encode())
        return triple if written is None else next(iter(ox.parse(written, ox.RdfFormat.N_QUADS))).triple


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


def write_result(result: Any, format: str, output: Any) -> None:
    """Serialise a result into what has `write`; `format` is a key of `SOLUTIONS` or `GRAPHS`.

    Raises:
        NotWritable: the format cannot hold it.
    """
    is_graph = kind_of(result) == "graph"
    if format in ("xml", "rdfxml"):
        output = WellFormed(output, has_names=is_graph)
    with refusing_terms():
        result.serialize(output, GRAPHS[format] if is_graph else SOLUTIONS[format])
