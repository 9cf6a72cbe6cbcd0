"""A store on any SPARQL 1.1 server, asked through SPARQLWrapper.

What is different on each is dealt with here (docs/stores.md): results are read by the engine's parsers, so
that a server which lies about their type or breaks off is found out; a server that cuts results silently is
asked for the rest; the default graph is named in every request, because servers do not agree on theirs.
"""

from __future__ import annotations

import io
import json
import re
import time
import urllib.error
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from SPARQLWrapper import POST, URLENCODED, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from sergekg.errors import QueryError, QueryRefused, QueryTimeout, QueryTooLarge, StoreError, StoreUnavailable
from sergekg.rdf.terms import from_oxigraph
from sergekg.store.analysis import Dataset, Query
from sergekg.store.answers import Answer, Limits, Outcome, Request
from sergekg.store.base import Row, Term
from sergekg.store.evaluate import GRAPHS, SOLUTIONS, Outlet, TooLarge, row_mark
from sergekg.store.places import Places, PoolSettings
from sergekg.store.pooled import read, to_term
from sergekg.store.rendering import Rendering
from sergekg.store.streaming import pull

SILENT_CAP = 1_048_576
"""Rows after which Virtuoso ends a result as if it were whole; it is asked for the rest."""
_RESULTS = {"application/sparql-results+json": "json", "application/sparql-results+xml": "xml"}
_RDF = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_ACCEPT_RESULTS = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
_ACCEPT_RDF = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
_AGENT = "sergekg (SPARQLWrapper)"


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a remote store is and how it is reached.

    Attributes:
        query: the address of its query endpoint.
        seconds: that one request may take.
        dataset: the graphs of a request that names none; empty for the server's own.
    """

    query: str
    seconds: float = 30.0
    dataset: Dataset = Dataset()  # noqa: RUF009 - it is frozen


class RemoteStore:
    """A `Store` that also answers free queries (`answers.Answering`), over a SPARQL 1.1 endpoint."""

    def __init__(self, remote: Remote, settings: PoolSettings | None = None) -> None:
        self.remote = remote
        self._places = Places(settings or PoolSettings())

    def select(self, query: str) -> Sequence[Row]:
        document = json.loads(b"".join(self._pages(read(query), ("SELECT",), "json")))
        return [
            {name: to_term(term) for name, term in row.items()} for row in document["results"]["bindings"]
        ]

    def ask(self, query: str) -> bool:
        return bool(json.loads(b"".join(self._pages(read(query), ("ASK",), "json")))["boolean"])

    def construct(self, query: str) -> Sequence[tuple[Term, Term, Term]]:
        data = b"".join(self._pages(read(query), ("CONSTRUCT", "DESCRIBE"), "ntriples"))
        triples = dict.fromkeys(
            (q.subject, q.predicate, q.object) for q in ox.parse(data, ox.RdfFormat.N_TRIPLES)
        )
        return [(from_oxigraph(s), from_oxigraph(p), from_oxigraph(o)) for s, p, o in triples]

    def answer(self, request: Request) -> Answer:
        """See `answers.Answering`; SERVICE is refused, because nobody here could check where it leads."""
        if request.query.services:
            raise QueryRefused("SERVICE is not allowed here", remedy="ask the other endpoint itself")
        self._places.take(request.client)
        answer = _RemoteAnswer(self, request)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        return answer

    def close(self) -> None:
        """Nothing is kept open between requests."""

    def release(self, client: str) -> None:
        """Give a place back."""
        self._places.give_back(client)

    def _pages(self, query: Query, forms: Sequence[str], format: str) -> Iterator[bytes]:
        if query.form not in forms:
            raise QueryError(f"not a {' or '.join(forms)} query")
        limits = Limits(seconds=self.remote.seconds)
        return iter(results(self.remote, Request(query, limits, solutions=format, graph=format)))

    def check(self) -> None:
        """Ask the server something small.

        Raises:
            StoreUnavailable: it does not answer, or not with SPARQL.
        """
        self.ask("ASK { ?s ?p ?o }")


def results(remote: Remote, request: Request) -> Iterator[bytes]:
    """The result of a query in the format that the request asks for, piece by piece.

    Raises:
        StoreError: the server is down, slow, refuses, or does not send what it says.
    """
    query = request.query
    if query.form in ("CONSTRUCT", "DESCRIBE"):
        yield from pull(lambda writer: _write_graph(remote, request, writer))
    elif query.form == "ASK":
        found = send(remote, query.rendering, request.graphs, request.limits.seconds)
        yield from pull(lambda writer: found.parsed.serialize(writer, SOLUTIONS[request.solutions]))
    else:
        yield from pull(lambda writer: _write_solutions(remote, request, writer))


@dataclass(frozen=True, slots=True)
class Sent:
    """What a server sent: the engine's parser over it, and the cap on rows that it owns up to."""

    parsed: Any
    cap: int | None = None


def send(remote: Remote, rendering: Rendering, graphs: Dataset, seconds: float, *, rdf: bool = False) -> Sent:
    """What a server answers, as the engine's parser gives it: lazily, and only if it is what it says.

    Raises:
        QueryError: the server does not read the query.
        QueryTimeout: it takes longer than it may.
        StoreUnavailable: it is down, refuses, or answers with something else than SPARQL results or RDF.
    """
    wrapper = SPARQLWrapper(remote.query, agent=_AGENT)
    wrapper.setQuery(rendering.text)
    wrapper.setMethod(POST)
    wrapper.setRequestMethod(URLENCODED)  # Virtuoso does not answer a query that is the body itself
    wrapper.setTimeout(max(1, round(seconds)))
    wrapper.addCustomHttpHeader("Accept", _ACCEPT_RDF if rdf else _ACCEPT_RESULTS)
    dataset = graphs if graphs.is_given else remote.dataset
    for iri in dataset.default or ():
        wrapper.addParameter("default-graph-uri", iri)
    for iri in dataset.named or ():
        wrapper.addParameter("named-graph-uri", iri)
    response = _open(wrapper, remote, seconds)
    kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    body: Any = _Body(response, remote, seconds)
    try:
        if rdf and kind in _RDF:
            return Sent(ox.parse(body, _RDF[kind]))
        if not rdf and kind in _RESULTS:
            cap = response.headers.get("X-SPARQL-MaxRows") or ""
            parsed = ox.parse_query_results(body, SOLUTIONS[_RESULTS[kind]])
            return Sent(parsed, int(cap) if cap.isdecimal() else None)
    except (SyntaxError, ValueError) as cause:
        raise _nonsense(remote, cause) from cause
    raise StoreUnavailable(
        f"{remote.query} answered with {kind or 'no media type'} where SPARQL results were asked for",
        remedy="check the address of the store",
    )


def _write_solutions(remote: Remote, request: Request, writer: Any) -> None:
    """All solutions as one document; a server that ends a result at a cap is asked for the rest."""
    query, most = request.query, request.limits.rows
    joined = Joined(writer, request.solutions)
    wanted = most if query.limit is None else min(query.limit, most)
    rows = 0
    while True:
        rendering = query.limited(most) if rows == 0 else render_page(query, rows, wanted - rows)
        found = send(remote, rendering, request.graphs, request.limits.seconds)
        try:
            found.parsed.serialize(joined, SOLUTIONS[request.solutions])
        except (SyntaxError, ValueError) as cause:
            raise _nonsense(remote, cause) from cause
        joined.end_page()
        page, rows = joined.rows - rows, joined.rows
        if page == 0 or rows >= wanted or page not in (found.cap, SILENT_CAP):
            joined.close()
            return


def render_page(query: Query, skip: int, most: int) -> Rendering:
    """The query for the solutions after the first `skip`."""
    return read(query.page(skip)).limited(most)


class Joined:
    """Joins documents of solutions into one: the head of the first, the rows of all, one end.

    Attributes:
        rows: solutions so far.
    """

    def __init__(self, writer: Any, format: str) -> None:
        self.rows = 0
        self._writer = writer
        self._begin, self._end, self._between = _FRAMES[format]
        self._mark = row_mark(format)
        self._is_tabular = format in ("csv", "tsv")
        self._is_first = True
        self._head = b""
        self._in_head = True
        self._counter = _counter(self._mark, 1 << 62)
        self._held = b""
        self._before = 0

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
            if data.strip() not in (b"", self._end) and not self._is_first and self._before:
                self._writer.write(self._between)
        data = self._held + data
        # what may be the end of the document is held back until more comes, or the page is over
        keep = len(self._end)
        self._held = data[len(data) - keep :] if keep else b""
        if out := data[: len(data) - keep]:
            self._writer.write(out)
        return size

    def flush(self) -> None:
        """Nothing is gathered here."""

    def end_page(self) -> None:
        """One document is over; the next begins."""
        name = "csv" if self._is_tabular else "json"
        self.rows += self._counter.rows(name)
        self._before = self.rows
        if self._held != self._end:
            self._writer.write(self._held)
        self._counter = _counter(self._mark, 1 << 62)
        self._held, self._head, self._in_head, self._is_first = b"", b"", True, False

    def close(self) -> None:
        """All documents are over."""
        self._writer.write(self._end)


def _counter(mark: re.Pattern[bytes] | None, most: int) -> Outlet:
    """An outlet that only counts."""
    return Outlet(lambda _: None, most, mark, piece=1)


_FRAMES = {
    "json": (b'"bindings":[', b"]}}", b","),
    "xml": (b"<results>", b"</results></sparql>", b""),
    "csv": (b"\n", b"", b""),
    "tsv": (b"\n", b"", b""),
}
"""For each format what ends the head of a document, what ends the document, and what parts two rows."""


def _write_graph(remote: Remote, request: Request, writer: Any) -> None:
    found = send(remote, request.query.rendering, request.graphs, request.limits.seconds, rdf=True)
    try:
        ox.serialize((quad.triple for quad in found.parsed), writer, GRAPHS[request.graph])
    except (SyntaxError, ValueError) as cause:
        raise _nonsense(remote, cause) from cause


class _Body(io.RawIOBase):
    """The body of a response, read within the time of the request."""

    def __init__(self, response: Any, remote: Remote, seconds: float) -> None:
        self._response, self._remote, self._seconds = response, remote, seconds
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self._deadline:
            self._response.close()
            raise _overrun(self._remote, self._seconds)
        try:
            data: bytes = self._response.read(size)
        except TimeoutError as cause:
            raise _overrun(self._remote, self._seconds) from cause
        except (OSError, ValueError) as cause:
            raise _gone(self._remote, cause) from cause
        if not data:
            self._response.close()
        return data


def _open(wrapper: SPARQLWrapper, remote: Remote, seconds: float) -> Any:
    try:
        return wrapper.query().response
    except SPARQLWrapperException as cause:
        said = _words(cause)
        if type(cause).__name__ == "QueryBadFormed":
            raise QueryError(f"{remote.query} does not read the query: {said}") from None
        raise StoreUnavailable(f"{remote.query} refused: {said}", remedy="check the store") from None
    except urllib.error.HTTPError as cause:
        cause.close()
        raise StoreUnavailable(
            f"{remote.query} answered {cause.code} {cause.reason}", remedy="check the store"
        ) from None
    except TimeoutError:
        raise _overrun(remote, seconds) from None
    except urllib.error.URLError as cause:
        if isinstance(cause.reason, TimeoutError):
            raise _overrun(remote, seconds) from None
        raise _gone(remote, cause.reason) from None
    except (OSError, ValueError) as cause:
        raise _gone(remote, cause) from cause


def _words(error: SPARQLWrapperException) -> str:
    """The first line of what a server said, as plain text."""
    text = str(error.msg if hasattr(error, "msg") else error)
    found = str(error).partition("Response:")[2] or text
    plain = found.encode().decode("unicode_escape", "replace") if found.startswith("\\nb'") else found
    return " ".join(plain.split())[:200]


def _overrun(remote: Remote, seconds: float) -> QueryTimeout:
    return QueryTimeout(
        f"{remote.query} took longer than {seconds:g} s", seconds=seconds, remedy="narrow the query"
    )


def _gone(remote: Remote, cause: object) -> StoreUnavailable:
    return StoreUnavailable(f"{remote.query} does not answer: {cause}", remedy="check that the store runs")


def _nonsense(remote: Remote, cause: BaseException) -> StoreError:
    if isinstance(cause, StoreError):
        return cause
    return StoreUnavailable(
        f"{remote.query} sent a result that cannot be read: {cause}", remedy="check the store"
    )


class _RemoteAnswer:
    """An `Answer` from a remote store."""

    def __init__(self, store: RemoteStore, request: Request) -> None:
        self.kind = {"ASK": "boolean", "SELECT": "solutions"}.get(request.query.form, "graph")
        self.body: bytes | None = None
        self.outcome: Outcome | None = None
        self._store, self._request = store, request
        self._parts: list[bytes] = []
        self._is_open = True
        self._pieces = results(store.remote, request)

    def begin(self) -> None:
        """Gather the first pieces; see `pool.WorkerAnswer`."""
        began, held = time.monotonic(), 0
        format = self._request.graph if self.kind == "graph" else self._request.solutions
        counter = _counter(row_mark(format), self._request.limits.bytes)
        self._counted = self._count(counter, format, began)
        for piece in self._counted:
            self._parts.append(piece)
            held += len(piece)
            if held >= 1 << 20:
                return
        self.body = b"".join(self._parts)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        self._parts = []
        yield from self._counted

    def close(self) -> None:
        """Let go of the connection."""
        if self._is_open:
            self._is_open = False
            self._pieces.close()  # type: ignore[attr-defined]
            self._store.release(self._request.client)

    def _count(self, counter: Outlet, format: str, began: float) -> Iterator[bytes]:
        try:
            for piece in self._pieces:
                counter.write(piece)
                yield piece
        except TooLarge as cause:
            most = self._request.limits.bytes
            raise QueryTooLarge(
                f"the result has more than {most:,} bytes", remedy="add a LIMIT and an OFFSET"
            ) from cause
        finally:
            self.close()
        rows = counter.rows(format)
        is_cut = self._request.is_bounded and rows >= self._request.limits.rows
        self.outcome = Outcome(rows, counter.bytes, time.monotonic() - began, is_cut)
