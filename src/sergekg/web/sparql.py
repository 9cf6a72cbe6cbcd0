"""`/sparql`: the SPARQL 1.1 Protocol for queries over the release; without a query, its description."""

from __future__ import annotations

import hashlib
import secrets
import time
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import PreconditionFailed
from werkzeug.http import parse_etags

from sergekg.errors import QueryError
from sergekg.remember import remember
from sergekg.store.answers import Answer, Outcome, Request
from sergekg.web.addresses import here
from sergekg.web.answer_cache import Kept
from sergekg.web.compression import is_compressible
from sergekg.web.conditional import is_held
from sergekg.web.endpoint import Endpoint
from sergekg.web.negotiate import HTML, Format, choose
from sergekg.web.presence import client_of
from sergekg.web.replay import allow
from sergekg.web.service import service
from sergekg.web.service_description import describe_service
from sergekg.web.sparql_request import ProtocolRequest, read_protocol_request
from sergekg.web.sparql_results import GRAPHS, choose_format, content_type, streamed, with_next

blueprint = Blueprint("sparql", __name__)
DESK = "desk.desk"
"""The view that shows the query desk to browsers, if the application has one."""
_MOST_IN_ADDRESS = 6000


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def endpoint() -> Response:
    """Answer the query; without one, describe the service or show the query desk."""
    sent = read_protocol_request("query", service().config.max_query)
    if sent.text is None:
        if (
            DESK in current_app.view_functions
            and choose(request.headers.get("Accept", ""), (*GRAPHS, HTML)) is HTML
        ):
            return current_app.make_response(current_app.ensure_sync(current_app.view_functions[DESK])())
        return describe_service()
    return respond(sent)


def respond(sent: ProtocolRequest) -> Response:
    """The answer to a query that was sent, in the format that the client prefers.

    Raises:
        QueryError: with its line and column, if it is wrong.
        NotAcceptable: the client takes no format that it comes in.
    """
    if not (sent.text or "").strip():
        raise QueryError(
            "the query is empty", line=1, column=1, remedy="begin with SELECT, ASK, CONSTRUCT or DESCRIBE"
        )
    answering = service().endpoint
    client = request.remote_addr or ""
    query = answering.read(sent.text or "", client, here("sparql"))
    format = choose_format(query.form, sent.format)
    asked = Request(
        query,
        answering.limits(sent.seconds),
        sent.dataset,
        solutions=format.suffix,
        graph=format.suffix,
        client=client,
        is_wanted=client_of(request.environ),
    )
    tag = answering.tag(asked, format.suffix)
    began = time.monotonic()
    if query.is_repeatable and _names(tag):  # only a whole answer, to a query without mistakes, has one
        answering.note(asked, format.suffix, began, "unchanged", Outcome(None, 0, 0.0))
        return _tagged(_of_state(answering.shown(), _unchanged(format)), tag)
    shown = answering.shown()
    found = answering.answer(asked, format.suffix, tag)
    state = shown if shown == answering.shown() else secrets.token_hex(8)
    if not isinstance(found, Kept) and found.body is None:
        return _untagged(_of_state(state, _stream(found, asked, format, answering, began)))
    response = _of_state(state, _whole(found, asked, format))
    if response.status_code != 200 or not query.is_repeatable:
        return _untagged(response)
    if is_held(tag, None):
        if request.method == "POST":
            raise PreconditionFailed("If-None-Match names the resource as it is.")
        response = _unchanged(format)
    return _tagged(response, tag)


@lru_cache(64)
def _name(shown: str) -> str:
    return hashlib.blake2b(shown.encode(), digest_size=8).hexdigest()


def _of_state(state: str | None, response: Response) -> Response:
    """An answer that says of which state of the data it is, so that who pages a result knows what fits."""
    if state is not None:
        response.headers["SPARQL-State"] = _name(state)
    return response


def _names(tag: str) -> bool:
    """Whether the client says by its tag that it holds this answer, and asks by a method that 304 answers.

    That is any but POST (RFC 9110, 13.1.2); QUERY is as safe as GET.
    """
    names = request.headers.get("If-None-Match")
    if names is None or request.method == "POST" or "If-Match" in request.headers:
        return False
    held = parse_etags(names)
    return held.is_weak(tag) or held.is_strong(tag)


def _unchanged(format: Format) -> Response:
    """304 with what `Vary` would be with the answer itself (RFC 9110, 15.4.5)."""
    response = Response(status=304)
    del response.headers["Content-Type"]
    if is_compressible(format.media_type):
        response.vary.add("Accept-Encoding")
    return response


def _whole(found: Kept | Answer, asked: Request, format: Format) -> Response:
    body = found.body
    assert body is not None
    is_cut = found.is_cut if isinstance(found, Kept) else bool(found.outcome and found.outcome.is_cut)
    if not is_cut:
        return Response(body, content_type=content_type(format))
    # 206 as other SPARQL servers answer what their limits have cut
    following = next_page(asked, format)
    if following:
        body = with_next(body, format.suffix, following)
    response = Response(body, 206, content_type=content_type(format))
    response.headers["SPARQL-Truncated"] = f"rows={asked.limits.rows}"
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _stream(found: Answer, asked: Request, format: Format, answering: Endpoint, began: float) -> Response:
    is_noted = False

    def note(outcome: Outcome | None, how: str = "broken") -> None:
        nonlocal is_noted
        if not is_noted:
            answering.note(asked, format.suffix, began, "streamed" if outcome else how, outcome)
        is_noted = True

    response = Response(streamed(found, format.suffix, [note]), content_type=content_type(format))
    response.call_on_close(found.close)
    how = "unsent" if request.method == "HEAD" else "broken"
    response.call_on_close(lambda: note(None, how))  # nobody may ask for the first piece
    if asked.is_bounded:
        response.headers["SPARQL-Row-Limit"] = str(asked.limits.rows)
        if following := next_page(asked, format):
            response.headers["Link"] = f'<{following}>; rel="next"; title="after {asked.limits.rows} rows"'
    return response


def next_page(asked: Request, format: Format) -> str | None:
    """The address of the solutions after the row limit.

    None where they might come in another order, or where it would be too long for an address.
    """
    if not (asked.query.has_pages and service().endpoint.is_steady(asked.query)):
        return None
    fields = [("format", format.suffix)]
    fields += [("default-graph-uri", iri) for iri in asked.dataset.default or ()]
    fields += [("named-graph-uri", iri) for iri in asked.dataset.named or ()]
    query = _quote(asked.query.page(asked.limits.rows))
    address = f"{here('sparql')}?query={query}&{urlencode(fields)}"
    return address if len(address) <= _MOST_IN_ADDRESS else None


_quote = remember(entries=256, longest=_MOST_IN_ADDRESS)(quote_plus)


def _tagged(response: Response, tag: str) -> Response:
    """A whole answer, or that the client has it, with what confirms it later."""
    response.vary.add("Accept")
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "public, no-cache"
    if service().config.query_log is None:  # a log names every query
        allow()
    return response


def _untagged(response: Response) -> Response:
    """An answer that no cache may keep: it changes each time, is cut, or may yet break off."""
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.after_request
def _allow_other_origins(response: Response) -> Response:
    """Pages of other sites may ask (Fetch standard, CORS protocol); nothing here depends on cookies."""
    response.headers.setdefault("Access-Control-Allow-Origin", "*")
    response.headers.setdefault(
        "Access-Control-Expose-Headers",
        "ETag, Link, Retry-After, SPARQL-Truncated, SPARQL-Row-Limit, SPARQL-State",
    )
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, QUERY, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
