"""Runs the queries of readers for pages: the same rules and limits as `/sparql`, rows counted and timed."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request

from sergekg.errors import QueryError, QueryRefused
from sergekg.store.analysis import STORES_OWN
from sergekg.store.base import Term
from sergekg.store.pooled import read
from sergekg.web.app import service
from sergekg.web.negotiate import RDF_FORMATS
from sergekg.web.sparql import respond
from sergekg.web.sparql_request import ProtocolRequest

_TYPES = {
    "json": "application/sparql-results+json",
    "srx": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_KINDS = {"solutions": "rows", "boolean": "boolean", "graph": "triples"}
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True)
class Answer:
    """What a query gave.

    Attributes:
        kind: `rows`, `boolean` or `triples`.
        rows: one value or None for each variable; of triples, subject, predicate and object.
        is_cut: whether there are more rows than were asked for.
        seconds: how long the store took.
    """

    kind: str
    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]
    is_cut: bool
    seconds: float

    @property
    def boolean(self) -> bool:
        return self.kind == "boolean" and str(self.rows[0][0]) == "true"


def ask(query: str, limit: int) -> Answer:
    """Run a query and take its first rows.

    Raises:
        QueryError, QueryRefused, QueryTimeout, StoreError: as `/sparql` would answer.
    """
    started = time.perf_counter()
    found = service().endpoint.first_rows(query, limit, request.remote_addr or "")
    spent = time.perf_counter() - started
    return Answer(_KINDS[found.kind], found.variables, found.rows, found.is_cut, spent)


def check_syntax(query: str) -> QueryError | QueryRefused | None:
    """What is wrong with a query, where and what to do; None where it is well-formed and allowed."""
    return service().endpoint.check(query)


def media_types(query: str) -> dict[str, str]:
    """Suffix to media type of every format in which the answer to a query comes."""
    rdf = {form.suffix: form.media_type for form in RDF_FORMATS}
    return {suffix: _TYPES.get(suffix) or rdf[suffix] for suffix in suffixes_of(query)}


def suffixes_of(query: str) -> tuple[str, ...]:
    """The suffixes in which the answer to a query comes, by its form."""
    form = _form(query)
    if form == "ASK":
        return "json", "srx"
    return (
        ("ttl", "jsonld", "rdf", "nt") if form in ("CONSTRUCT", "DESCRIBE") else ("csv", "json", "tsv", "srx")
    )


def answer_as(query: str, suffix: str, *, for_spreadsheet: bool = False) -> Response | None:
    """The whole answer as a file; None where the answer does not come in that format.

    Args:
        for_spreadsheet: whether a CSV is meant for a spreadsheet: with a byte order mark, so that accents
            are read, and with nothing that could run as a formula.
    """
    if suffix not in suffixes_of(query):
        return None
    answer = respond(ProtocolRequest(query, STORES_OWN, format=suffix))
    if suffix == "csv" and for_spreadsheet:
        answer.set_data(to_spreadsheet(answer.get_data()))
    return answer


def to_spreadsheet(table: bytes) -> bytes:
    """A CSV that opens in a spreadsheet with its accents, none of its cells a formula.

    >>> to_spreadsheet("nom\\r\\nGide\\r\\n=1+1\\r\\n".encode()).decode("utf-8-sig").splitlines()
    ['nom', 'Gide', "'=1+1"]
    """
    out = io.StringIO()
    writer = csv.writer(out)
    for row in csv.reader(io.StringIO(table.decode("utf-8"), newline="")):
        writer.writerow([f"'{cell}" if cell.startswith(_ACTIVE) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _form(query: str) -> str:
    """The form of a query; SELECT where nobody can tell, because a page still has to name formats."""
    try:
        return read(query).form
    except QueryError:
        return "SELECT"
