"""A store behind query workers: for what strangers ask, and for pages where the web has no store itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef

from sergekg.byte_cache import ByteCache
from sergekg.errors import QueryError, QueryTooLarge, StoreError
from sergekg.rdf.terms import from_triples
from sergekg.store.analysis import Query, read_query
from sergekg.store.answers import Answer, Limits, Request, read_whole
from sergekg.store.base import Row, Term
from sergekg.store.lookups import LookUps
from sergekg.store.places import PAGES, PoolSettings
from sergekg.store.pool import WorkerPool
from sergekg.store.solutions import from_rows, from_tsv
from sergekg.vocab import PREFIXES

_LONGEST, _MOST, _TOKEN = 4096, 32 << 20, 200
"""Characters of a query that is kept when it is read, bytes of all that are, and of one word or mark."""
_read: ByteCache[Query] = ByteCache(_MOST)


def read(source: str, base: str | None = None) -> Query:
    """`analysis.read_query` with the prefixes of sergekg."""
    if len(source) > _LONGEST:
        return read_query(source, PREFIXES, base)
    query = _read.get((source, base))
    if query is None:
        query = read_query(source, PREFIXES, base)
        _read.put(
            (source, base),
            query,
            len(query.tokens) * _TOKEN + 4 * len(source) + 2 * len(query.rendering.text),
        )
    return query


class PooledStore:
    """A `Store` that also answers free queries (`answers.Answering`), over query workers.

    Args:
        source: what the keeper opens: `kind`, `path`, `union` (see `keeper.Keeper`).
        look_ups: answers what needs no worker; None for nothing.
    """

    def __init__(
        self,
        source: Mapping[str, Any],
        settings: PoolSettings | None = None,
        look_ups: LookUps | None = None,
    ) -> None:
        self.pool = WorkerPool(source, settings)
        self._look_ups = look_ups

    @property
    def running(self) -> int:
        """Queries that run now."""
        return self.pool.running

    def answer(self, request: Request) -> Answer:
        """See `answers.Answering`."""
        if self._look_ups is not None and (found := self._look_ups.answer(request)) is not None:
            return found
        query = request.query
        # one more than there may be, so that it is known whether there are more
        rendering = query.limited(request.limits.rows + 1) if query.form == "SELECT" else query.rendering
        return self.pool.answer(request, rendering)

    def select(self, query: str) -> Sequence[Row]:
        return to_rows(self._run(query, ("SELECT",)))

    def ask(self, query: str) -> bool:
        return bool(json.loads(self._run(query, ("ASK",)))["boolean"])

    def construct(self, query: str) -> Sequence[tuple[Term, Term, Term]]:
        data = self._run(query, ("CONSTRUCT", "DESCRIBE"))
        return from_triples(ox.parse(data, ox.RdfFormat.N_TRIPLES))

    def quads(self, query: str) -> Sequence[ox.Quad]:
        try:
            return from_tsv(self._run(query, ("SELECT",), "tsv"))
        except MemoryError:
            return from_rows(self.select(query))

    def close(self) -> None:
        """End the workers."""
        self.pool.close()

    def _run(self, text: str, forms: Sequence[str], format: str = "json") -> bytes:
        query = read(text)
        if query.form not in forms:
            raise QueryError(f"not a {' or '.join(forms)} query")
        if query.services:
            raise StoreError("a page asks no other endpoint")
        limits = Limits()
        answer = self.answer(Request(query, limits, solutions=format, graph="ntriples", client=PAGES))
        whole = read_whole(answer)
        if answer.outcome is not None and answer.outcome.is_cut:
            raise too_many_rows(limits)
        return whole


def too_many_rows(limits: Limits) -> QueryTooLarge:
    """What is said in place of a part of the solutions to who wants all."""
    return QueryTooLarge(f"the result has more than {limits.rows:,} rows", remedy="add a LIMIT")


def to_rows(document: bytes) -> list[Row]:
    """The rows of SPARQL 1.1 Query Results JSON, less those with a triple term, which rdflib cannot hold."""
    return [
        {name: to_term(term) for name, term in row.items()}
        for row in json.loads(document)["results"]["bindings"]
        if not any(term["type"] == "triple" for term in row.values())
    ]


def to_term(term: Mapping[str, Any]) -> Term:
    """A term of SPARQL 1.1 Query Results JSON (3.2.2), its lexical form untouched.

    A base direction is left out: rdflib holds none either.

    Raises:
        ValueError: a triple term, which rdflib cannot hold.
    """
    kind, value = term["type"], term["value"]
    if kind == "uri":
        return URIRef(value)
    if kind == "bnode":
        return BNode(value)
    if kind not in ("literal", "typed-literal"):
        raise ValueError("rdflib holds no triple terms")
    if language := term.get("xml:lang"):
        return Literal(value, lang=language)
    datatype = term.get("datatype")
    if datatype is None or datatype == "http://www.w3.org/2001/XMLSchema#string":
        return Literal(value)
    return Literal(value, datatype=URIRef(datatype), normalize=False)
