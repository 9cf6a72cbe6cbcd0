"""Reads a request of the SPARQL 1.1 Protocol (2.1, 2.2): by GET, by a form, or with the text as its body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import BadRequest, RequestURITooLarge, UnsupportedMediaType

from sergekg.model.values import is_iri
from sergekg.remember import remember
from sergekg.store.analysis import Dataset
from sergekg.web.bodies import read_body

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
UTF_8 = ("", "utf-8", "utf8", "us-ascii")
"""What may stand as the charset of text that is read as UTF-8."""


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """What was sent.

    Attributes:
        text: the query or update; None if none was sent.
        dataset: of `default-graph-uri` and `named-graph-uri`, or of their `using-` kin in an update.
        seconds: the `timeout` that the client sets itself.
        format: the `format` that takes the place of `Accept`, for links.
    """

    text: str | None
    dataset: Dataset
    seconds: float | None = None
    format: str | None = None


def read_protocol_request(operation: str, most: int) -> ProtocolRequest:
    """Read the current request.

    Args:
        operation: `query` or `update`.
        most: bytes that the text and its parameters may have.

    Raises:
        BadRequest: a parameter is missing, given twice, or not what it should be.
        UnsupportedMediaType: the body is neither a form nor SPARQL, or not in UTF-8.
    """
    query_string = request.environ.get("QUERY_STRING", "")
    if len(query_string) > most:
        raise RequestURITooLarge(f"The address may have {most:,} bytes; POST longer texts.")
    fields = _fields(query_string.encode("latin-1"))
    texts = [value for name, value in fields if name == operation]
    if request.method in ("GET", "HEAD"):
        if operation == "update":
            raise BadRequest("An update is sent by POST.")
    else:
        mimetype = request.mimetype
        if request.mimetype_params.get("charset", "").lower() not in UTF_8:
            raise UnsupportedMediaType("SPARQL is sent in UTF-8.")
        body = read_body(most)
        if mimetype == FORM:
            own = _fields(body)
            fields = [*fields, *own]
            texts += [value for name, value in own if name == operation]
        elif mimetype == f"application/sparql-{operation}":
            texts.append(decode(body, "The body"))
        else:
            raise UnsupportedMediaType(f"POST a form, or application/sparql-{operation}.")
        if not texts:
            raise BadRequest(f"The request has no {operation}.")
    other = "update" if operation == "query" else "query"
    if any(name == other for name, _ in fields):
        raise BadRequest(f"This address takes a {operation}, no {other}.")
    if len(texts) > 1:
        raise BadRequest(f"The request has more than one {operation}.")
    prefix = "" if operation == "query" else "using-"
    names = (
        ("default-graph-uri", "named-graph-uri")
        if not prefix
        else ("using-graph-uri", "using-named-graph-uri")
    )
    default, named = (_graphs(fields, name) for name in names)
    return ProtocolRequest(
        texts[0] if texts else None,
        Dataset.of(default, named),
        _seconds(fields),
        _one(fields, "format"),
    )


def decode(data: bytes, what: str) -> str:
    """Text of bytes that have to be UTF-8.

    Raises:
        BadRequest: they are not.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise BadRequest(f"{what} is not UTF-8: byte {data[cause.start]:#04x} at {cause.start}.") from None


@remember(entries=512, longest=4096)
def _fields(data: bytes) -> Sequence[tuple[str, str]]:
    try:
        return parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise BadRequest("A parameter is not UTF-8.") from None
    except ValueError:
        raise BadRequest(f"There are more than {_MOST_FIELDS} parameters.") from None


def _graphs(fields: Sequence[tuple[str, str]], name: str) -> list[str]:
    found = [value for field, value in fields if field == name]
    for iri in found:
        if not is_iri(iri):
            raise BadRequest(f"{name} is not an absolute IRI.")
    return found


def _one(fields: Sequence[tuple[str, str]], name: str) -> str | None:
    return next((value for field, value in fields if field == name and value), None)


def _seconds(fields: Sequence[tuple[str, str]]) -> float | None:
    text = _one(fields, "timeout")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise BadRequest("timeout is a number of seconds above 0.")
    return seconds
