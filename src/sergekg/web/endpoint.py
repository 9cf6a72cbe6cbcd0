"""What answers free queries in one application: the store, its limits, the cache, the counts."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import pyoxigraph as ox
from rdflib import Literal

from sergekg.config import Config
from sergekg.errors import QueryError, QueryRefused, SergekgError
from sergekg.rdf.terms import from_oxigraph
from sergekg.store.analysis import Query
from sergekg.store.answers import Answer, Answering, Limits, Outcome, Request, always
from sergekg.store.base import Term
from sergekg.store.live import LiveStore
from sergekg.store.ordering import Suit, as_written
from sergekg.store.policy import check_services
from sergekg.store.pooled import read, to_term
from sergekg.store.textsearch import Pattern, Within, by_function, expand
from sergekg.store.trial import try_reading
from sergekg.web.answer_cache import AnswerCache, Kept
from sergekg.web.counts import Counts
from sergekg.web.crowd import Crowd

_LOG = logging.getLogger("sergekg.queries")
_LONG = 1 << 16
"""Characters of a query whose reading takes long enough to matter to others."""
_reading = Crowd(
    2,
    4,
    ("Too many long queries of yours are being read.", "Too many long queries are being read; try again."),
    retry_after=1,
)
_PAGE = 4 << 20
"""Bytes of a result of which a page shows the first rows: it is read whole in the web process."""


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of an answer, for pages.

    Attributes:
        kind: `solutions`, `boolean` or `graph`.
        rows: one value or None for each variable; of triples subject, predicate and object; of a boolean
            one row with `true` or `false`.
        is_cut: whether there are more.
        is_limited: whether the row limit of the service kept them back.
    """

    kind: str
    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]
    is_cut: bool
    is_limited: bool = False


@dataclass
class Endpoint:
    """Answers queries within the settings of a service.

    Attributes:
        version: names the data, and changes with it.
        epoch: what else answers are kept under; see `opening.Stores`.
        pattern: what stands for the magic property of text search.
        suit: writes a query in the way that suits the store.
        is_steady: whether that is the same each time, so that parts of the solutions make the whole.
    """

    store: Answering
    config: Config
    version: Callable[[], str]
    pattern: Pattern = by_function
    epoch: Callable[[], str] = lambda: ""
    suit: Suit = as_written
    is_steady: Callable[[Query], bool] = lambda _query: True
    cache: AnswerCache = field(init=False)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.cache = AnswerCache(self.config.answer_cache << 20)

    def read(self, text: str, client: str, base: str | None = None) -> Query:
        """Read a query, of long ones a few at once: that takes the web process itself.

        Raises:
            QueryError: it is none.
            TooManyRequests, ServiceUnavailable: too many long ones are being read.
        """
        if len(text) <= _LONG:
            return read(text, base)
        with _reading.joined(client):
            return read(text, base)

    def limits(self, seconds: float | None = None) -> Limits:
        """The limits of the settings; a client may ask for less time, not for more."""
        most = self.config.timeout
        return Limits(
            seconds=most if seconds is None else min(seconds, most),
            rows=self.config.max_rows,
            bytes=self.config.max_bytes,
        )

    def state(self) -> str:
        """What is served, in a word: what is made of it under another word may be out of date."""
        return f"{self.version()}.{self.epoch()}"

    def shown(self) -> str | None:
        """What answers see that begin now, in a word like `state`, another each time while a write comes into
        force; None for a store that others write to, who tell nobody.
        """
        if not isinstance(self.store, LiveStore):
            return None if self.epoch() else self.state()
        shown, version = self.store.moment()
        return f"{self.state()}.{shown}.{secrets.token_hex(8) if shown % 2 else version}"

    def tag(self, asked: Request, format: str) -> str:
        """An entity tag (RFC 9110, 8.8.3): equal for the same question to the same data in one format."""
        parts = [
            self.state(),
            format,
            asked.query.rendering.text,
            repr(asked.graphs),
            str(asked.limits.rows),
        ]
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()

    def answer(self, asked: Request, format: str, tag: str) -> Kept | Answer:
        """Answer from what is kept, or evaluate.

        Raises:
            StoreError: as `answers.Answering.answer`.
        """
        query = asked.query
        began = time.monotonic()
        how = "kept"

        def evaluate(is_wanted: Callable[[], bool]) -> Answer:
            nonlocal how
            how = "done"
            return self._evaluate(replace(asked, is_wanted=is_wanted))

        try:
            check_services(query, self.config.services)
            if query.is_repeatable:
                found = self.cache.fetch(tag, evaluate, asked.limits.seconds, asked.is_wanted, asked.client)
            else:
                found = self._evaluate(asked)
        except SergekgError as error:
            self.note(asked, format, began, type(error).__name__, None)
            raise
        if isinstance(found, Kept):
            self.note(asked, format, began, how, Outcome(found.rows, len(found.body), 0.0))
        elif found.body is not None:
            self.note(asked, format, began, "done", found.outcome)
        return found

    def _evaluate(self, asked: Request) -> Answer:
        """The answer of the store to a query, written as suits it."""
        run = expand(asked.query, self.pattern, asked.dataset)
        if run is asked.query:
            run = self.suit(run, asked.dataset)
        return self.store.answer(asked if run is asked.query else replace(asked, query=run))

    def first_rows(
        self,
        text: str,
        most: int,
        client: str,
        is_wanted: Callable[[], bool] = always,
        base: str | None = None,
    ) -> Table:
        """The first rows of a query that somebody sent, under every rule and limit of the endpoint.

        Args:
            base: as in `read`.

        Raises:
            StoreError: as `answer`.
        """
        query = self.read(text, client, base)
        limits = replace(
            self.limits(),
            rows=min(most, self.config.max_rows),
            bytes=min(_PAGE, self.config.max_bytes),
        )
        asked = Request(query, limits, solutions="json", graph="ntriples", client=client, is_wanted=is_wanted)
        began = time.monotonic()
        found = self.answer(asked, "page", self.tag(asked, "page"))
        if isinstance(found, Kept):
            return self._marked(_table(found.kind, [found.body], most), found.is_cut)
        how = "broken"
        try:
            table = _table(found.kind, found if found.body is None else [found.body], most)
            table = self._marked(table, bool(found.outcome and found.outcome.is_cut))
            how = "streamed"
        finally:
            found.close()
            if found.body is None:
                self.note(asked, "page", began, how, found.outcome)
        return table

    def _marked(self, table: Table, is_cut: bool) -> Table:
        """A table that says so where a limit of rows has cut its result."""
        if not is_cut:
            return table
        return replace(table, is_cut=True, is_limited=len(table.rows) >= self.config.max_rows)

    def check(
        self, text: str, client: str, is_wanted: Callable[[], bool] = always, base: str | None = None
    ) -> QueryError | QueryRefused | None:
        """What is wrong with a query, or not allowed; None where it could be sent.

        The engine reads a query only when it runs it, so it runs on no graphs at all, where another query
        of the endpoint would, within its limits.

        Raises:
            StoreBusy, StoreUnavailable, EngineFailed: nobody can tell now.
        """
        try:
            query = self.read(text, client, base)
            check_services(query, self.config.services)
            asked = replace(expand(query, _anything), services=())
            try_reading(self.store, Request(asked, self.limits(), client=client, is_wanted=is_wanted))
        except (QueryError, QueryRefused) as error:
            return error
        return None

    def note(self, asked: Request, format: str, began: float, how: str, outcome: Outcome | None) -> None:
        """Count a query and, where a log is wanted, write it down: never who asked."""
        seconds = time.monotonic() - began
        self.counts.note(asked.query.form, how, seconds, outcome.bytes if outcome else 0)
        if _LOG.isEnabledFor(logging.INFO):
            entry = {
                "form": asked.query.form,
                "format": format,
                "how": how,
                "ms": round(seconds * 1000, 1),
                "rows": outcome.rows if outcome and asked.query.form == "SELECT" else None,
                "bytes": outcome.bytes if outcome else None,
                "query": asked.query.source[:4000],
            }
            _LOG.info(json.dumps(entry, ensure_ascii=False))


def _anything(variable: str, _words: str, _within: Within) -> str:
    return f"VALUES {variable} {{ }} "


def _table(kind: str, pieces: Iterable[bytes], most: int) -> Table:
    return _triples(pieces, most) if kind == "graph" else _solutions(b"".join(pieces))


def _solutions(document: bytes) -> Table:
    found = json.loads(document)
    if "boolean" in found:
        return Table("boolean", ("ask",), [[Literal("true" if found["boolean"] else "false")]], False)
    names = found["head"]["vars"]
    bindings = found["results"]["bindings"]
    rows = [[_term(row[name]) if name in row else None for name in names] for row in bindings]
    return Table("solutions", names, rows, False)


def _term(term: dict[str, object]) -> Term:
    try:
        return to_term(term)
    except ValueError:  # a triple term (RDF 1.2)
        return Literal(json.dumps(term["value"], ensure_ascii=False))


def _triples(pieces: Iterable[bytes], most: int) -> Table:
    lines = list(islice(_lines(pieces), most + 1))
    rows = []
    for quad in ox.parse(b"".join(lines[:most]), ox.RdfFormat.N_TRIPLES):
        triple = (quad.subject, quad.predicate, quad.object)
        rows.append([Literal(str(t)) if isinstance(t, ox.Triple) else from_oxigraph(t) for t in triple])
    return Table("graph", ("subject", "predicate", "object"), rows, len(lines) > most)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest
