"""A store on any SPARQL 1.1 server, asked through SPARQLWrapper.

What is different on each is dealt with here (docs/stores.md): results are read by the engine's parsers, so
that a server which lies about their type or breaks off is found out; a server that cuts results silently is
asked for the rest; the graphs are named in every request, because servers do not agree on their default.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyoxigraph as ox

from sergekg.errors import QueryError, QueryFailed, QueryRefused, QueryTooLarge
from sergekg.rdf.terms import from_oxigraph
from sergekg.store.analysis import Dataset
from sergekg.store.answers import Answer, Limits, Outcome, Request
from sergekg.store.base import Row, Term
from sergekg.store.evaluate import GRAPHS, SOLUTIONS, TooLarge, row_mark
from sergekg.store.joined import Joined, counter_of, replaced
from sergekg.store.places import Places, PoolSettings
from sergekg.store.pooled import PooledStore, read, to_term
from sergekg.store.requests import Remote, send
from sergekg.store.streaming import pull

SILENT_CAP = 1_048_576
"""Rows after which Virtuoso ends a result as if it were whole; it is asked for the rest."""
DURATION, KEPT_DURATION = b"http://www.w3.org/2001/XMLSchema#duration", b"urn:x-sergekg:duration"
"""Virtuoso stores P5Y as the number 60; durations are kept there under a datatype that it leaves alone."""
_PROBE = 10_000
"""Rows that a Virtuoso of unknown settings gives at least, once a probe has come back whole."""
_WHOLE = 1 << 20
"""Bytes that are gathered before an answer is given as a stream."""
_NO_GRAPHS = Dataset((), ())
_VIRTUOSO_ASK = "__ASK_RETVAL"
"""The variable of the one row by which Virtuoso says yes to an ASK in JSON; no row says no."""
_FORMS = {"ASK": "boolean", "SELECT": "solutions"}


class RemoteStore:
    """A `Store` that also answers free queries (`answers.Answering`), over a SPARQL 1.1 endpoint.

    Args:
        grammar: a store of ours without data; free queries run there first, so that what no SPARQL 1.1
            server should see never leaves, and mistakes have their line and column whoever the server is.
    """

    def __init__(
        self, remote: Remote, settings: PoolSettings | None = None, grammar: PooledStore | None = None
    ) -> None:
        self.remote = remote
        self._places = Places(settings or PoolSettings())
        self._grammar = grammar

    def select(self, query: str) -> Sequence[Row]:
        document = json.loads(self._whole(query, ("SELECT",), "json"))
        return [
            {name: to_term(term) for name, term in row.items()} for row in document["results"]["bindings"]
        ]

    def ask(self, query: str) -> bool:
        return bool(json.loads(self._whole(query, ("ASK",), "json"))["boolean"])

    def construct(self, query: str) -> Sequence[tuple[Term, Term, Term]]:
        data = self._whole(query, ("CONSTRUCT", "DESCRIBE"), "ntriples")
        triples = dict.fromkeys(
            (q.subject, q.predicate, q.object) for q in ox.parse(data, ox.RdfFormat.N_TRIPLES)
        )
        return [(from_oxigraph(s), from_oxigraph(p), from_oxigraph(o)) for s, p, o in triples]

    def answer(self, request: Request) -> Answer:
        """See `answers.Answering`; SERVICE is refused, because nobody here could check where it leads."""
        if request.query.services:
            raise QueryRefused("SERVICE is not allowed here", remedy="ask the other endpoint itself")
        if self._grammar is not None:
            self._read(request, self._grammar)
        self._places.take(request.client)
        answer = RemoteAnswer(self, request)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        return answer

    def release(self, client: str) -> None:
        """Give a place back."""
        self._places.give_back(client)

    def close(self) -> None:
        """Nothing is kept open between requests."""
        if self._grammar is not None:
            self._grammar.close()

    def _read(self, request: Request, grammar: PooledStore) -> None:
        limits = Limits(seconds=min(request.limits.seconds, 2.0), rows=1, bytes=1 << 20)
        trial = replace(request, limits=limits, dataset=_NO_GRAPHS)
        try:
            grammar.answer(trial).close()
        except QueryFailed:
            return  # a function that only the server knows

    def _whole(self, text: str, forms: Sequence[str], format: str) -> bytes:
        query = read(text)
        if query.form not in forms:
            raise QueryError(f"not a {' or '.join(forms)} query")
        if query.services:
            raise QueryRefused("a page asks no other endpoint")
        limits = Limits(seconds=self.remote.seconds)
        return b"".join(results(self.remote, Request(query, limits, solutions=format, graph=format)))


def results(remote: Remote, request: Request) -> Iterator[bytes]:
    """The result of a query in the format that the request asks for, piece by piece.

    Raises:
        StoreError: the server is down, slow, refuses, or does not send what it says.
    """
    write = _WRITERS.get(request.query.form, _write_graph)
    pieces = pull(lambda writer: write(remote, request, writer))
    return replaced(pieces, KEPT_DURATION, DURATION) if about(remote).is_virtuoso else pieces


def _write_boolean(remote: Remote, request: Request, writer: Any) -> None:
    found = send(remote, request.query.rendering, request.graphs, request.limits.seconds)
    try:
        answer = found.parsed
        if not isinstance(answer, ox.QueryBoolean):
            if [variable.value for variable in answer.variables] != [_VIRTUOSO_ASK]:
                raise found.body.failure(ValueError("solutions where a boolean was asked for"))
            said = b"true" if list(answer) else b"false"
            document = b'{"head":{},"boolean":%s}' % said
            answer = ox.parse_query_results(document, ox.QueryResultsFormat.JSON)
        answer.serialize(writer, SOLUTIONS[request.solutions])
    except (SyntaxError, OSError) as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()


def _write_solutions(remote: Remote, request: Request, writer: Any) -> None:
    """All solutions as one document; a server that ends a result at a cap is asked for the rest."""
    query, most = request.query, request.limits.rows
    joined: Any = Joined(writer, request.solutions)
    wanted = most if query.limit is None else min(query.limit, most)
    rendering = query.limited(most)
    if query.limit is None and "ORDER" in query.words and about(remote).is_virtuoso:
        rendering = query.rendering  # it refuses to sort for a LIMIT above ten thousand
    rows = 0
    while True:
        found = send(remote, rendering, request.graphs, request.limits.seconds)
        try:
            if not isinstance(found.parsed, ox.QuerySolutions):
                raise found.body.failure(ValueError("a boolean where solutions were asked for"))
            found.parsed.serialize(joined, SOLUTIONS[request.solutions])
        except (SyntaxError, OSError) as cause:
            raise found.body.failure(cause) from cause
        finally:
            found.body.close()
        joined.end_page()
        page, rows = joined.rows - rows, joined.rows
        if rows > wanted:
            raise QueryTooLarge(f"the result has more than {most:,} rows", remedy="add a LIMIT")
        if page == 0 or rows == wanted or page not in (found.cap, SILENT_CAP):
            joined.close()
            return
        rendering = read(query.page(rows)).limited(min(wanted - rows, page))


def _write_graph(remote: Remote, request: Request, writer: Any) -> None:
    ox.serialize(_triples(remote, request), writer, GRAPHS[request.graph])


def _triples(remote: Remote, request: Request) -> Iterator[ox.Triple]:
    """All triples, over as many requests as the cap of a server makes necessary.

    Virtuoso cuts a CONSTRUCT after so many solutions and does not say so. As nobody can tell how many
    solutions some triples come from, what may be cut is asked for page by page until nothing comes.
    """
    query, skip = request.query, 0
    cap = about(remote).cap if query.form == "CONSTRUCT" else None
    rendering = query.rendering
    while True:
        found = send(remote, rendering, request.graphs, request.limits.seconds, rdf=True)
        count = 0
        try:
            for quad in found.parsed:
                count += 1
                yield quad.triple
        except (SyntaxError, OSError) as cause:
            raise found.body.failure(cause) from cause
        finally:
            found.body.close()
        skip += cap or 0
        is_first = rendering is query.rendering
        if (
            cap is None
            or count < (cap if is_first else 1)
            or (query.limit is not None and skip >= query.limit)
        ):
            return
        rendering = read(query.page(skip)).limited(cap)


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of the software of a remote store, and the rows after which it may cut a result."""

    is_virtuoso: bool
    cap: int | None


@lru_cache(64)
def about(remote: Remote) -> Server:
    """Ask a store, once, for more rows than Virtuoso gives as Debian sets it up."""
    found = send(
        remote, read(f"SELECT ?p {{ ?s ?p ?o }} LIMIT {_PROBE + 1}").rendering, Dataset(), remote.seconds
    )
    try:
        for _ in found.parsed:
            pass
    except (SyntaxError, OSError) as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()
    return Server(found.is_virtuoso, (found.cap or _PROBE) if found.is_virtuoso else None)


_WRITERS = {"ASK": _write_boolean, "SELECT": _write_solutions}


class RemoteAnswer:
    """An `Answer` from a remote store."""

    def __init__(self, store: RemoteStore, request: Request) -> None:
        self.kind = _FORMS.get(request.query.form, "graph")
        self.body: bytes | None = None
        self.outcome: Outcome | None = None
        self._store, self._request = store, request
        self._parts: list[bytes] = []
        self._is_open = True
        self._pieces = results(store.remote, request)
        self._counted = self._count()

    def begin(self) -> None:
        """Gather the first pieces; see `worker_answer.WorkerAnswer`."""
        held = 0
        for piece in self._counted:
            self._parts.append(piece)
            held += len(piece)
            if held >= _WHOLE:
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

    def _count(self) -> Iterator[bytes]:
        began = time.monotonic()
        format = self._request.graph if self.kind == "graph" else self._request.solutions
        counter = counter_of(row_mark(format), self._request.limits.bytes)
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
        is_cut = self._request.is_bounded and (rows or 0) >= self._request.limits.rows
        self.outcome = Outcome(rows, counter.bytes, time.monotonic() - began, is_cut)
