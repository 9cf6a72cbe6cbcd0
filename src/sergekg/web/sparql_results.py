"""Formats of results, and how an answer becomes a response that never hides that it is not whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from flask import request
from werkzeug.exceptions import NotAcceptable

from sergekg.errors import SergekgError
from sergekg.remember import remember
from sergekg.store.answers import INCOMPLETE, Answer, Outcome
from sergekg.web.negotiate import Format, choose

RESULTS: tuple[Format, ...] = (
    Format("application/sparql-results+json", "json", aliases=("application/json",)),
    Format("application/sparql-results+xml", "xml", aliases=("application/xml", "text/xml")),
    Format("text/csv", "csv"),
    Format("text/tab-separated-values", "tsv"),
)
GRAPHS: tuple[Format, ...] = (
    Format("text/turtle", "turtle", aliases=("application/x-turtle",)),
    Format("application/n-triples", "ntriples", aliases=("text/plain",)),
    Format("application/rdf+xml", "rdfxml", aliases=("application/xml", "text/xml")),
    Format("application/ld+json", "jsonld", aliases=("application/json",)),
    Format("application/n-quads", "nquads"),
    Format("application/trig", "trig"),
)
"""The suffix of each is its name in `store.evaluate`."""

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_CHARSET = {"csv", "tsv", "turtle", "ntriples", "nquads", "trig"}
_ALIASES = {
    "srj": "json",
    "srx": "xml",
    "ttl": "turtle",
    "nt": "ntriples",
    "nq": "nquads",
    "rdf": "rdfxml",
    "rdf+xml": "rdfxml",
    "json-ld": "jsonld",
}


def formats_of(form: str) -> tuple[Format, ...]:
    """What a query of that form can be answered in."""
    return GRAPHS if form in ("CONSTRUCT", "DESCRIBE") else RESULTS


def choose_format(form: str, wanted: str | None) -> Format:
    """The format for the current request; `wanted`, a name or media type, stands before `Accept`.

    Raises:
        NotAcceptable: the client takes none of them.
    """
    accept = request.headers.get("Accept", "")
    found = _choose(form, wanted, accept)
    if found is None:
        known = ", ".join(one.media_type for one in formats_of(form))
        raise NotAcceptable(f"The answer to {form} comes as {known}.")
    return found


@remember(entries=256, longest=512)
def _choose(form: str, wanted: str | None, accept: str) -> Format | None:
    formats = formats_of(form)
    if wanted:
        name = _ALIASES.get(wanted.lower(), wanted.lower())
        found = next((one for one in formats if name in (one.suffix, one.media_type)), None)
        if found is not None:
            return found  # libraries send names of their own beside the header
    return choose(accept, formats)


def content_type(format: Format) -> str:
    """The media type, with the charset where the registration of the type has one."""
    return f"{format.media_type}; charset=utf-8" if format.suffix in _CHARSET else format.media_type


def with_next(body: bytes, format: str, address: str) -> bytes:
    """A cut result that names the address of its next page where its format has a place for links.

    SPARQL 1.1 Query Results JSON 3.1.2, and XML 2.3.1; in the other formats the header alone says it.
    """
    if format == "json":
        return body.replace(b'"head":{', b'"head":{"link":[' + json.dumps(address).encode() + b"],", 1)
    if format == "xml":
        escaped = address.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        return body.replace(b"</head>", f'<link href="{escaped}"/></head>'.encode(), 1)
    return body


def streamed(answer: Answer, format: str, notes: Iterable[Any]) -> Iterator[bytes]:
    """The pieces of an answer; where it breaks off, a last piece that no parser of the format accepts.

    The status has gone by then, and the server closes a broken response like a whole one, so the text itself
    has to say it.

    Args:
        notes: called with the outcome, or None if it broke off, when the last piece has gone.
    """
    outcome: Outcome | None = None
    quotation = _Quotation(format)
    try:
        for piece in answer:
            quotation.see(piece)
            yield piece
        outcome = answer.outcome
        if outcome is None:
            yield trailer(format, "it broke off", end=quotation.end)
        elif outcome.is_cut:
            yield trailer(format, f"more than {outcome.rows} rows; add LIMIT and OFFSET")
    except SergekgError as error:
        yield trailer(format, str(error), end=quotation.end)
    finally:
        answer.close()
        for note in notes:
            note(outcome)


class _Quotation:
    """Whether a table breaks off within a quotation; of other formats nothing is followed."""

    def __init__(self, format: str) -> None:
        self._is_open = False
        self._is_table, self._has_escapes = format in ("csv", "tsv"), format == "tsv"
        self._rest = b""

    def see(self, data: bytes) -> None:
        """The next bytes of the table."""
        if not self._is_table:
            return
        if self._has_escapes and (self._rest or b"\\" in data):
            data = _ESCAPED.sub(b"", self._rest + data)
            self._rest = data[-1:] if data.endswith(b"\\") else b""
        self._is_open ^= bool(data.count(b'"') % 2)

    @property
    def end(self) -> bytes:
        """What closes it."""
        return self._rest + b'"' if self._is_open else b""


def trailer(format: str, why: str, end: bytes = b"") -> bytes:
    """What ends a result that is not whole: text that makes the document malformed and says why.

    Args:
        end: what closes the quotation in which a table broke off.
    """
    text = f"{INCOMPLETE}: {why}"
    if format in ("xml", "rdfxml"):
        return f"\n<!-- {text.replace('--', '- -')} --><".encode()
    if format in ("csv", "tsv"):
        return end + f'\n"{text}'.encode()  # a quotation that is never closed
    return f"\n!!! {text}\n".encode()
