"""A store on any SPARQL 1.1 server, asked through SPARQLWrapper.

What is different on each is dealt with here (docs/stores.md): results are read by the engine's parsers, so
that a server which lies about their type or breaks off is found out; what it cuts is made whole
(`remote_results`); the graphs are named in every request, because servers do not agree on their default.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import chain

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
from sergekg.store.calls import called
from sergekg.store.deadline import Deadline
from sergekg.store.places import PAGES, Places, PoolSettings
from sergekg.store.pooled import PooledStore, read, to_rows, too_many_rows
from sergekg.store.remote_results import results
from sergekg.store.requests import Remote
from sergekg.store.solutions import from_rows
from sergekg.store.stalled import Watch
from sergekg.store.trial import try_reading
from sergekg.vocab import PREFIXES

_WHOLE = 1 << 20
"""Bytes that are gathered before an answer is given as a stream."""
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

    def quads(self, query: str) -> Sequence[ox.Quad]:
        return from_rows(self.select(query))

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
