"""A store on any SPARQL 1.1 server, asked through SPARQLWrapper.

What is different on each is dealt with here (docs/stores.md): results are read by the engine's parsers, so
that a server which lies about their type or breaks off is found out; a server that cuts results silently is
asked for the rest; the graphs are named in every request, because servers do not agree on their default.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import Any

import pyoxigraph as ox

from sergekg.errors import (
    ClientGone,
    QueryError,
    QueryFailed,
    QueryRefused,
    QueryTooLarge,
    StoreUnavailable,
)
from sergekg.rdf.terms import from_triples
from sergekg.store.answers import Answer, Limits, Outcome, Request
from sergekg.store.base import Row, Term
from sergekg.store.calls import called, projected
from sergekg.store.counting import count
from sergekg.store.deadline import Deadline
from sergekg.store.evaluate import write_result
from sergekg.store.joined import Joined, replaced
from sergekg.store.paging import sorted_page, templated
from sergekg.store.places import PAGES, Places, PoolSettings
from sergekg.store.pooled import PooledStore, read, to_rows, too_many_rows
from sergekg.store.rendering import Rendering
from sergekg.store.requests import UNREADABLE, Remote, send
from sergekg.store.rows import AtMost
from sergekg.store.servers import about
from sergekg.store.stalled import Watch
from sergekg.store.streaming import pull
from sergekg.store.trial import try_reading
from sergekg.vocab import PREFIXES

SILENT_CAP = 1_048_576
"""Rows after which Virtuoso ends a result as if it were whole; it is asked for the rest."""
DURATION, KEPT_DURATION = b"http://www.w3.org/2001/XMLSchema#duration", b"urn:x-sergekg:duration"
"""Virtuoso stores P5Y as the number 60; durations are kept there under a datatype that it leaves alone."""
_WHOLE = 1 << 20
"""Bytes that are gathered before an answer is given as a stream."""
_VIRTUOSO_ASK = "__ASK_RETVAL"
"""The variable of the one row by which Virtuoso says yes to an ASK in JSON; no row says no."""
_FUNCTIONS = ("http://www.w3.org/2001/XMLSchema#", PREFIXES["skg"])
"""What the functions that a free query may call begin with."""
_WHOLE_PAGE = 128 << 20
"""Bytes of a result that a page of ours may take."""
_FORMS = {"ASK": "boolean", "SELECT": "solutions"}


class RemoteStore:
    """A `Store` that also answers free queries (`answers.Answering`), over a SPARQL 1.1 endpoint.

    Args:
        grammar: a store of ours without data; free queries run there first, so that what no SPARQL 1.1
            server should see never leaves, and mistakes have their line and column whoever the server is.

    Attributes:
        check: called before each query; raises a StoreError where the store is not to be asked now.
    """

    def __init__(
        self, remote: Remote, settings: PoolSettings | None = None, grammar: PooledStore | None = None
    ) -> None:
        self.remote = remote
        self._places = Places(settings or PoolSettings())
        self._grammar = grammar
        self.watch = Watch()
        self.check: Callable[[], None] = lambda: None

    @property
    def running(self) -> int:
        """Queries that run now."""
        return self._places.taken

    def select(self, query: str) -> Sequence[Row]:
        return to_rows(self._whole(query, ("SELECT",), "json"))

    def ask(self, query: str) -> bool:
        return bool(json.loads(self._whole(query, ("ASK",), "json"))["boolean"])

    def construct(self, query: str) -> Sequence[tuple[Term, Term, Term]]:
        data = self._whole(query, ("CONSTRUCT", "DESCRIBE"), "ntriples")
        return from_triples(dict.fromkeys(ox.parse(data, ox.RdfFormat.N_TRIPLES)))  # pages may have the same

    def answer(self, request: Request) -> Answer:
        """See `answers.Answering`; what would have the server do more than query its data is refused.

        Nobody here could check where SERVICE leads, nor what a function of the server's own does: those of
        Virtuoso fetch any address, read files and run SQL.
        """
        if request.query.services:
            raise QueryRefused("SERVICE is not allowed here", remedy="ask the other endpoint itself")
        for iri in called(request.query):
            if not iri.startswith(_FUNCTIONS):
                raise QueryRefused(
                    f"the function <{iri}> is not allowed here",
                    remedy="use the functions of SPARQL, casts to xsd: datatypes and those of skg:",
                )
        self.check()
        self._places.take(request.client, request.is_wanted)
        answer = RemoteAnswer(self, request)
        try:
            if self._grammar is not None:
                try_reading(self._grammar, request)
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

    def _whole(self, text: str, forms: Sequence[str], format: str) -> bytes:
        query = read(text)
        if query.form not in forms:
            raise QueryError(f"not a {' or '.join(forms)} query")
        if query.services:
            raise QueryRefused("a page asks no other endpoint")
        self.check()
        limits = Limits(seconds=self.remote.seconds)
        rows: list[int] = []
        pieces = results(self.remote, Request(query, limits, solutions=format, graph=format), rows.append)
        found = bytearray()
        with self._places.one(PAGES), closing(pieces):
            for piece in pieces:
                found += piece
                if len(found) > _WHOLE_PAGE:
                    raise StoreUnavailable(
                        f"{self.remote.address} gave more than {_WHOLE_PAGE:,} bytes for a page",
                        remedy="check the store",
                    )
        if rows and rows[0] > limits.rows:
            raise too_many_rows(limits)
        return bytes(found)


def results(
    remote: Remote,
    request: Request,
    note_rows: Callable[[int], object] = lambda _: None,
    stopped: threading.Event | None = None,
    look: Callable[[], object] = lambda: None,
    deadline: Deadline | None = None,
) -> Generator[bytes, None, None]:
    """The result of a query in the format that the request asks for, piece by piece.

    Nothing is asked before the first piece is; who leaves before the last closes the connection.

    Args:
        note_rows: is told, before the end, how many solutions there are.
        stopped: set to have it end, and let go of the server, wherever it is.
        look: see `pull`.
        deadline: of all requests; None for that of the limits from now on.

    Raises:
        StoreError: the server is down, slow, refuses, or does not send what it says.
        NotWritable: the format cannot hold the result.
    """
    deadline = deadline or Deadline.after(request.limits.seconds)
    is_virtuoso = about(remote, deadline).is_virtuoso

    def write(writer: Any) -> None:
        writer = _Unhurried(writer, deadline)
        if request.query.form == "ASK":
            _write_boolean(remote, request, deadline, writer)
        elif request.query.form == "SELECT":
            note_rows(_write_solutions(remote, request, deadline, writer))
        else:
            write_result(_Graph(_triples(remote, request, deadline)), request.graph, writer)

    pieces = pull(write, stopped, look)
    try:
        yield from replaced(pieces, KEPT_DURATION, DURATION) if is_virtuoso else pieces
    finally:
        deadline.give_up()


class _Graph:
    """Triples as a result that `write_result` can write."""

    kind = "graph"

    def __init__(self, triples: Iterator[ox.Triple]) -> None:
        self._triples = triples

    def serialize(self, output: Any, format: ox.RdfFormat) -> None:
        ox.serialize(self._triples, output, format)


class _Unhurried:
    """A writer whose waiting for a slow reader is not counted (`answers.Limits`)."""

    def __init__(self, writer: Any, deadline: Deadline) -> None:
        self._writer, self._deadline = writer, deadline

    def write(self, data: bytes) -> int:
        began = time.monotonic()
        size: int = self._writer.write(data)
        self._deadline.end += time.monotonic() - began
        return size

    def flush(self) -> None:
        """Nothing is held back."""


def _write_boolean(remote: Remote, request: Request, deadline: Deadline, writer: Any) -> None:
    found = send(remote, request.query.rendering, request.graphs, deadline)
    try:
        answer = found.parsed
        if not isinstance(answer, ox.QueryBoolean):
            if [variable.value for variable in answer.variables] != [_VIRTUOSO_ASK]:
                raise found.body.failure(ValueError("solutions where a boolean was asked for"))
            said = b"true" if list(answer) else b"false"
            document = b'{"head":{},"boolean":%s}' % said
            answer = ox.parse_query_results(document, ox.QueryResultsFormat.JSON)
        write_result(answer, request.solutions, writer)
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()


def _write_solutions(remote: Remote, request: Request, deadline: Deadline, writer: Any) -> int:
    """All solutions as one document; a server that ends a result at a cap is asked for the rest.

    Virtuoso says so beforehand and has no order of its own: it is asked again for the first, in sorted pages.

    Returns how many it has: one more than were written, and than there may be, where there are more.
    """
    query, most = request.query, request.limits.rows
    written = AtMost(writer, request.solutions, most)
    joined: Any = Joined(written, request.solutions)
    wanted = most + 1 if query.limit is None else min(query.limit, most + 1)
    rendering = query.limited(most + 1)
    is_virtuoso = about(remote, deadline).is_virtuoso
    if query.limit is None and "ORDER" in query.words and is_virtuoso:
        rendering = query.rendering  # it refuses to sort for a LIMIT above ten thousand
    asked = projected(query)
    cap = SILENT_CAP
    rows: int = 0
    in_order: list[str] = []
    while True:
        found = send(remote, rendering, request.graphs, deadline)
        try:
            if not isinstance(found.parsed, ox.QuerySolutions):
                raise found.body.failure(ValueError("a boolean where solutions were asked for"))
            names = [variable.value for variable in found.parsed.variables]
            if asked is not None and names and asked != set(names):  # some name none where there are no rows
                raise found.body.failure(ValueError("other variables than were asked for"))
            if is_virtuoso and found.cap is not None and found.cap < wanted and not in_order:
                if not query.is_repeatable:
                    raise _too_many(found.cap)
                cap, in_order = found.cap, names
                rendering = sorted_page(query, in_order, 0, min(wanted, cap))
                continue
            write_result(found.parsed, request.solutions, joined)
        except UNREADABLE as cause:
            raise found.body.failure(cause) from cause
        finally:
            found.body.close()
        joined.end_page()
        page, rows = joined.rows - rows, joined.rows
        if rows > wanted:
            raise QueryTooLarge(f"the result has more than {most:,} rows", remedy="add a LIMIT")
        cap = min(found.cap or cap, cap)
        is_whole = page == 0 or rows == wanted or page < cap
        is_part = rows > page > 0 or (found.cap is not None and not is_whole)
        if not in_order and ((is_part and not query.has_pages) or (is_virtuoso and not is_whole)):
            raise _too_many(cap)
        if is_whole:
            joined.close()
            written.close()
            return rows
        left = min(wanted - rows, page)
        rendering = sorted_page(query, in_order, rows, left) if in_order else query.part(rows, left)


def _too_many(cap: int) -> QueryTooLarge:
    return QueryTooLarge(
        f"the store gives {cap:,} rows at once, and these need not come in the same order again",
        remedy="add a LIMIT",
    )


def _triples(remote: Remote, request: Request, deadline: Deadline) -> Iterator[ox.Triple]:
    """All triples, over as many requests as the cap of a server makes necessary.

    Virtuoso cuts a CONSTRUCT after so many solutions and does not say so, and the triples do not tell how
    many solutions they come from. So where there may be more than the cap they are counted first.
    """
    query, cap = request.query, about(remote, deadline).cap
    if cap is None or (query.limit is not None and query.limit <= cap):
        yield from _page(remote, request, deadline, query.rendering)
        return
    solutions = _count(remote, request, deadline)
    if solutions is not None and solutions <= cap:
        yield from _page(remote, request, deadline, query.rendering)
        return
    if not (query.is_repeatable and (variables := templated(query))):
        raise _too_many(cap)
    skip = 0
    while query.limit is None or skip < query.limit:
        is_empty = True
        for triple in _page(remote, request, deadline, sorted_page(query, variables, skip, cap)):
            is_empty = False
            yield triple
        skip += cap
        if is_empty if solutions is None else skip >= solutions:
            return


def _page(remote: Remote, request: Request, deadline: Deadline, rendering: Rendering) -> Iterator[ox.Triple]:
    found = send(remote, rendering, request.graphs, deadline, rdf=True)
    try:
        for quad in found.parsed:
            yield quad.triple
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()


def _count(remote: Remote, request: Request, deadline: Deadline) -> int | None:
    """How many solutions the triples come from; None where the server cannot count them."""
    rendering = count(request.query)
    if rendering is None:
        return 1
    try:
        found = send(remote, rendering, request.graphs, deadline)
    except (QueryError, QueryFailed, StoreUnavailable):
        return None  # Virtuoso calls it an error of its own where VALUES ends a sub-query
    try:
        rows = list(found.parsed)
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()
    try:
        (row,) = rows
        return int(row["n"].value)
    except (ValueError, TypeError, KeyError):
        return None


class RemoteAnswer:
    """An `Answer` from a remote store."""

    def __init__(self, store: RemoteStore, request: Request) -> None:
        self.kind = _FORMS.get(request.query.form, "graph")
        self.body: bytes | None = None
        self.outcome: Outcome | None = None
        self._store, self._request = store, request
        self._parts: list[bytes] = []
        self._ending = threading.Lock()
        self._is_open = True
        self._rows = 0
        self._stopped = threading.Event()
        self._is_dropped = self._is_given = False
        self.given = 0
        self.waited = 0.0
        self.waiting_since: float | None = None
        self._deadline = Deadline.after(request.limits.seconds)
        self._pieces = results(
            store.remote, request, self._note_rows, self._stopped, self._look, self._deadline
        )
        self._counted = self._count()

    def begin(self) -> None:
        """Gather the first pieces; see `worker_answer.WorkerAnswer`."""
        held = 0
        for piece in self._counted:
            self._parts.append(piece)
            held += len(piece)
            if held >= _WHOLE:
                self._is_given = True
                return
        self.body = b"".join(self._parts)

    def __iter__(self) -> Iterator[bytes]:
        return self._store.watch.follow(self, chain(self._parts, self._counted))

    def drop(self) -> None:
        """Stop the query, whose client takes too little; who reads it finds out when it goes on."""
        self._is_dropped = True
        self._stopped.set()
        self._deadline.give_up()
        self._give_place_back()

    def close(self) -> None:
        """Let go of the connection, so that the other server can notice."""
        self._pieces.close()
        self._give_place_back()

    def _give_place_back(self) -> None:
        with self._ending:
            if not self._is_open:
                return
            self._is_open = False
        self._store.release(self._request.client)

    def _look(self) -> None:
        if not self._is_given and not self._request.is_wanted():
            raise ClientGone

    def _note_rows(self, rows: int) -> None:
        self._rows = rows

    def _count(self) -> Iterator[bytes]:
        began = time.monotonic()
        most, size = self._request.limits.bytes, 0
        try:
            for piece in self._pieces:
                size += len(piece)
                if size > most:
                    raise QueryTooLarge(
                        f"the result has more than {most:,} bytes", remedy="add a LIMIT and an OFFSET"
                    )
                yield piece
            if self._is_dropped:
                raise QueryFailed("the result was taken too slowly")
        finally:
            self.close()
        rows = min(self._rows, self._request.limits.rows)
        self.outcome = Outcome(rows, size, time.monotonic() - began, is_cut=self._rows > rows)
