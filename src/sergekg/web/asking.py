"""Runs the queries of readers for pages: the same rules and limits as `/sparql`, rows counted and timed."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from flask import Response, request

from sergekg.errors import QueryError, QueryRefused
from sergekg.store.analysis import STORES_OWN
from sergekg.store.base import Term
from sergekg.web.addresses import here
from sergekg.web.negotiate import RDF_FORMATS, Format
from sergekg.web.presence import client_of
from sergekg.web.service import service
from sergekg.web.sparql import respond
from sergekg.web.sparql_request import ProtocolRequest
from sergekg.web.sparql_results import RESULTS

_FORMATS = {
    form.suffix: form
    for form in (*(replace(f, suffix="srx") if f.suffix == "xml" else f for f in RESULTS), *RDF_FORMATS)
}
_KINDS = {"solutions": "rows", "boolean": "boolean", "graph": "triples"}
_ACTIVE_QUOTED = (b"=", b"+", b"-", b"@", b"\t", b"\r")
"""What a spreadsheet takes for the beginning of a formula."""
_ENDS = (b",", b"\n", b"\r")
"""What ends a cell outside quotation marks."""
_NUMBER = (
    rb"(?=[0-9.eE+\-]{1,63}[,\r\n])"  # no longer than what is held back of a piece
    rb"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+\-]?[0-9]+)?(?=[,\r\n])"
)
_FORMULA = re.compile(rb"[=@\t]|[+\-](?!" + _NUMBER + rb")")
"""The same outside quotation marks, where a number with its sign is one."""
_BARE_FORMULA = re.compile(rb"(?<=[,\r\n])(?=" + _FORMULA.pattern + rb")")
_PART_OF_NUMBER = re.compile(rb"[+\-][0-9.eE+\-]{0,63}\Z")


@dataclass(frozen=True)
class Answer:
    """What a query gave.

    Attributes:
        kind: `rows`, `boolean` or `triples`.
        rows: one value or None for each variable; of triples, subject, predicate and object.
        is_cut: whether there are more rows than were asked for.
        is_limited: whether the service gives no more of them at once.
        seconds: how long the store took.
    """

    kind: str
    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]
    is_cut: bool
    is_limited: bool
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
    asker = request.remote_addr or "", client_of(request.environ)
    found = service().endpoint.first_rows(query, limit, *asker, base=here("sparql"))
    spent = time.perf_counter() - started
    return Answer(_KINDS[found.kind], found.variables, found.rows, found.is_cut, found.is_limited, spent)


def check_syntax(query: str) -> QueryError | QueryRefused | None:
    """What is wrong with a query, where and what to do; None where it is well-formed and allowed."""
    asker = request.remote_addr or "", client_of(request.environ)
    return service().endpoint.check(query, *asker, base=here("sparql"))


def formats_of(query: str) -> tuple[Format, ...]:
    """Every format in which the answer to a query comes; JSON, which most programs read, first."""
    found = [_FORMATS[suffix] for suffix in suffixes_of(query)]
    return tuple(sorted(found, key=lambda form: not form.suffix.startswith("json")))


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
    if suffix == "csv" and for_spreadsheet and answer.status_code != 304:
        pieces = answer.response
        if answer.is_streamed:
            answer.response = to_spreadsheet(pieces)  # type: ignore[arg-type]
            if (close := getattr(pieces, "close", None)) is not None:
                answer.call_on_close(close)
        else:
            answer.set_data(b"".join(to_spreadsheet([answer.get_data()])))
    return answer


def to_spreadsheet(table: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a CSV (RFC 4180) that opens in a spreadsheet with its accents, no cell of it a formula.

    Nothing is taken away or closed: a table that breaks off in a quotation still does. Pieces may end
    anywhere. Numbers stay numbers.

    >>> b"".join(to_spreadsheet([b"nom\\r\\nGide\\r\\n=1+1\\r\\n"])).decode("utf-8-sig").splitlines()
    ['nom', 'Gide', "'=1+1"]
    """
    yield codecs.BOM_UTF8
    is_quoted, begins = False, True  # within quotation marks; at the first character of a cell
    for piece in _with_whole_numbers(table):
        out: list[bytes] = []
        for number, part in enumerate(piece.split(b'"')):
            if number:
                out.append(b'"')
                is_quoted = not is_quoted
                begins = begins and is_quoted
            if not part:
                continue
            if begins and (part[:1] in _ACTIVE_QUOTED if is_quoted else _FORMULA.match(part)):
                out.append(b"'")
            out.append(part if is_quoted else _BARE_FORMULA.sub(b"'", part))
            begins = not is_quoted and part[-1:] in _ENDS
        yield b"".join(out)


def _with_whole_numbers(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that do not end within a number that has a sign."""
    rest = b""
    for piece in pieces:
        whole = rest + piece
        found = _PART_OF_NUMBER.search(whole)
        rest = found[0] if found else b""
        if len(whole) > len(rest):
            yield whole[: len(whole) - len(rest)]
    if rest:
        yield rest


def _form(query: str) -> str:
    """The form of a query; SELECT where nobody can tell, because a page still has to name formats."""
    try:
        return service().endpoint.read(query, request.remote_addr or "", here("sparql")).form
    except QueryError:
        return "SELECT"
