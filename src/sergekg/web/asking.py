"""Runs the queries of readers for pages: the same rules and limits as `/sparql`, rows counted and timed."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from flask import Response
from rdflib import Literal

from sergekg.errors import QueryError, QueryRefused, StoreError
from sergekg.rdf.terms import from_oxigraph
from sergekg.store.base import Term
from sergekg.store.local import to_query_error
from sergekg.vocab import PREFIXES
from sergekg.web.app import service
from sergekg.web.negotiate import RDF_FORMATS, by_suffix

_WRITERS = {
    "json": ox.QueryResultsFormat.JSON,
    "srj": ox.QueryResultsFormat.JSON,
    "srx": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_TYPES = {
    "json": "application/sparql-results+json",
    "srx": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_NOWHERE = ox.Store()
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
    result = _run(query)
    if isinstance(result, ox.QueryBoolean):
        rows: list[Sequence[Term | None]] = [[Literal("true" if result else "false")]]
        return Answer("boolean", ["ask"], rows, False, time.perf_counter() - started)
    rows, is_cut = [], False
    if isinstance(result, ox.QueryTriples):
        kind, variables = "triples", ["subject", "predicate", "object"]
        found = ([t.subject, t.predicate, t.object] for t in result)
    else:
        kind, variables = "rows", [variable.value for variable in result.variables]
        found = (list(solution) for solution in result)
    for values in found:
        if len(rows) == limit:
            is_cut = True
            break
        rows.append([None if value is None else _term(value) for value in values])
    return Answer(kind, variables, rows, is_cut, time.perf_counter() - started)


def check_syntax(query: str) -> QueryError | None:
    """What is wrong with a query, where and what to do; None where it is well-formed."""
    try:
        _NOWHERE.query(query, prefixes=PREFIXES)
    except SyntaxError as cause:
        return to_query_error(str(cause))
    except (ValueError, RuntimeError, OSError) as cause:
        return QueryError(str(cause))
    return None


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
    result = _run(query)
    if isinstance(result, ox.QueryTriples):
        form = by_suffix(suffix, RDF_FORMATS)
        assert form is not None
        assert form.writer is not None
        return Response(result.serialize(format=form.writer), content_type=form.media_type)
    body = result.serialize(format=_WRITERS[suffix]) or b""
    if suffix == "csv" and for_spreadsheet:
        body = to_spreadsheet(body)
    charset = "; charset=utf-8" if suffix in ("csv", "tsv") else ""
    return Response(body, content_type=_TYPES[suffix] + charset)


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
    found = re.search(r"(?im)^[^#\n]*?\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.sub(r"<[^>]*>", "", query))
    return found[1].upper() if found else "SELECT"


def _run(query: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    if re.search(r"(?<![?$\w:])(SERVICE|FROM)\b", query, re.IGNORECASE):
        raise QueryRefused("SERVICE and FROM are not allowed yet")
    try:
        return service().store.engine.query(query, prefixes=PREFIXES)  # type: ignore[attr-defined, no-any-return]
    except SyntaxError as cause:
        raise to_query_error(str(cause)) from cause
    except (ValueError, RuntimeError, OSError) as cause:
        raise StoreError(f"the query could not be run: {cause}") from cause


def _term(value: object) -> Term:
    try:
        return from_oxigraph(value)  # type: ignore[arg-type]
    except ValueError:  # a triple term (RDF 1.2)
        return Literal(str(value))
