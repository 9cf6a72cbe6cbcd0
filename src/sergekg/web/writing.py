"""`/update` and `/graph-store`: SPARQL 1.1 Update and Graph Store Protocol, for who has the token."""

from __future__ import annotations

import codecs
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    LengthRequired,
    NotAcceptable,
    NotFound,
    UnsupportedMediaType,
)
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from sergekg.errors import StoreError
from sergekg.model.values import is_iri
from sergekg.store.live import LiveStore, Written
from sergekg.store.updates import check_update_services, read_update
from sergekg.vocab import PREFIXES
from sergekg.web.addresses import this_address
from sergekg.web.authority import Tokens, demand_token
from sergekg.web.bodies import read_body
from sergekg.web.conditional import CHECKED, demand, entity_tag, is_held
from sergekg.web.crowd import Crowd
from sergekg.web.gate import WriteRefused, gate
from sergekg.web.negotiate import Format, choose
from sergekg.web.presence import client_of
from sergekg.web.problems import problem
from sergekg.web.service import service, state
from sergekg.web.sparql_request import UTF_8, read_protocol_request
from sergekg.web.sparql_results import GRAPHS, content_type, streamed

blueprint = Blueprint("writing", __name__)
_MOST_PARTS = 100
_writing = Crowd(
    8,
    16,
    ("Too many of your writes wait for their turn.", "Too many writes wait for their turn; try again."),
    retry_after=5,
)
"""Writes are done one after the other; those that wait keep a thread each, and others need theirs."""
_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
_READABLE = tuple(form for form in GRAPHS if form.suffix in ("turtle", "ntriples", "rdfxml", "jsonld"))


def _live() -> LiveStore:
    """The store, for who may write to it.

    Raises:
        LengthRequired: a body comes in chunks; the server does not tell one that broke off from a whole one.
    """
    config = service().config
    tokens: Tokens | None = current_app.extensions.get("sergekg-tokens")
    demand_token(config, tokens)
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        raise LengthRequired(
            "Send the length of the body (Content-Length): one in chunks may have broken off."
        )
    store = service().endpoint.store
    assert isinstance(store, LiveStore)
    return store


def _check() -> Any:
    serving = service()
    return gate(serving.config, serving.release.base) if serving.config.gate else None


@blueprint.route("/update", methods=["POST", "GET"])
def update() -> Response:
    """Run an update; all of it or nothing."""
    store = _live()
    config = service().config
    sent = read_protocol_request("update", config.max_upload)
    request_ = read_update(sent.text or "", PREFIXES, sent.dataset, this_address())
    check_update_services(request_, ())
    demand(())  # nobody can hold a representation of /update
    seconds = min(sent.seconds or config.timeout, config.timeout)
    _counted(lambda: store.update(request_, seconds, _check()))
    return Response(status=204)


@blueprint.route("/graph-store", methods=_METHODS)
@blueprint.route("/graph-store/<path:name>", methods=_METHODS)
def graph_store(name: str | None = None) -> Response:
    """Read, replace, merge into or delete one graph, named by a parameter or by its own address."""
    store = _live()
    graph = _graph(name)
    if request.method in ("GET", "HEAD"):
        return _read(store, graph)
    if "Content-Range" in request.headers:
        raise BadRequest("A graph is written as a whole: Content-Range cannot be.")  # RFC 9110, 14.5
    if request.method == "DELETE":
        written = _write(store, "delete", graph, [])
        if not written.existed:
            raise NotFound("There is no such graph.")
        return Response(status=204)
    parts = _payload()
    if request.method == "POST" and graph == "new":
        graph = _fresh()
        _write(store, "merge", graph, parts)
        return Response(status=201, headers={"Location": _address(graph)})
    how = "replace" if request.method == "PUT" else "merge"
    written = _write(store, how, graph, parts)
    return Response(status=204 if written.existed else 201)


def _graph(name: str | None) -> str | None:
    """The graph that the request is about: an IRI, None for the default graph, `new` for one to be made."""
    try:
        fields: list[tuple[str, str]] = parse_qsl(
            request.environ.get("QUERY_STRING", "").encode("latin-1").decode(),
            keep_blank_values=True,
            errors="strict",
        )
    except (UnicodeDecodeError, ValueError):
        raise BadRequest("The address is not UTF-8.") from None
    graphs = [value for field, value in fields if field == "graph"]
    defaults = [value for field, value in fields if field == "default"]
    if len(graphs) + len(defaults) > 1 or (name is not None and graphs + defaults):
        raise BadRequest("Name one graph.")
    if defaults:
        return None
    if graphs:
        if not is_iri(graphs[0]):
            raise BadRequest("graph is not an absolute IRI.")
        return graphs[0]
    if name is not None:
        if not is_iri(this_address()):
            raise BadRequest("The address is not an IRI.")
        return this_address()
    if request.method == "POST":
        return "new"
    raise BadRequest("Name a graph: ?graph=IRI, or ?default.")


def _fresh() -> str:
    return url_for("writing.graph_store", name=str(uuid.uuid4()), _external=True)


def _address(graph: str) -> str:
    own = url_for("writing.graph_store", _external=True)
    return graph if graph.startswith(own) else f"{own}?graph={quote(graph, safe='')}"


def _payload() -> list[tuple[bytes, Format]]:
    """The RDF that was sent: the body, or the parts of a form (SPARQL 1.1 Graph Store HTTP Protocol, 5.5)."""
    most = service().config.max_upload
    if request.mimetype != "multipart/form-data":
        form = _format(request.headers.get("Content-Type", ""))
        return [(read_body(most), form)]
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
    parts = _parts(read_body(most), boundary)
    if not parts:
        raise BadRequest("The form has no parts.")
    return [(data, _format(kind)) for kind, data in parts]


def _parts(body: bytes, boundary: bytes) -> list[tuple[str, bytes]]:
    """The parts of a form with their media types, also those without the name of a file (RFC 7578, 4.2)."""
    found: list[tuple[str, bytearray]] = []
    decoder = MultipartDecoder(boundary, max_parts=_MOST_PARTS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, Field | File):
                found.append((event.headers.get("Content-Type", "text/plain"), bytearray()))
            elif isinstance(event, Data):
                found[-1][1].extend(event.data)
    except (ValueError, HTTPException):
        raise BadRequest("The parts of the form cannot be told apart.") from None
    return [(kind, bytes(data)) for kind, data in found]


def _format(content_type: str) -> Format:
    """The format of RDF that is sent under a media type.

    Raises:
        UnsupportedMediaType: it is not read here, or not in another charset than UTF-8.
    """
    mimetype, parameters = parse_options_header(content_type)
    if parameters.get("charset", "").lower() not in UTF_8:
        raise UnsupportedMediaType("Graphs are sent in UTF-8.")
    for form in _READABLE:
        if mimetype.lower() in (form.media_type, *form.aliases):
            return form
    raise UnsupportedMediaType("Graphs are sent as " + ", ".join(form.media_type for form in _READABLE))


def _write(store: LiveStore, how: str, graph: str | None, parts: list[tuple[bytes, Format]]) -> Written:
    seconds = service().config.timeout
    base = graph or this_address()
    # some editors begin a file with a mark
    documents = [(form.suffix, data.removeprefix(codecs.BOM_UTF8)) for data, form in parts]

    def demanded() -> None:
        demand(_tags(graph) if _exists(store, graph) else ())

    has_conditions = "If-Match" in request.headers or "If-None-Match" in request.headers
    first = demanded if has_conditions else None
    return _counted(lambda: store.write_graph(how, graph, documents, base, seconds, _check(), first))


def _exists(store: LiveStore, graph: str | None) -> bool:
    return graph is None or store.ask(f"ASK {{ GRAPH <{graph}> {{}} }}")


def _tag(graph: str | None, form: Format) -> str:
    """The validator of a graph in a format; every write to the store changes it."""
    return entity_tag(state(), "graph-store", graph or "", form.suffix)


def _tags(graph: str | None) -> list[str]:
    return [_tag(graph, form) for form in _READABLE]


def _counted(write: Callable[[], Written]) -> Written:
    counts = service().endpoint.counts.updates
    try:
        with _writing.joined(request.remote_addr or ""):
            written = write()
    except StoreError as error:
        counts.labels(how=type(error).__name__).inc()
        raise
    counts.labels(how="done").inc()
    if written.changed:
        service().endpoint.cache.clear()
    return written


def _read(store: LiveStore, graph: str | None) -> Response:
    if graph == "new":
        raise BadRequest("Name a graph: ?graph=IRI, or ?default.")
    if not _exists(store, graph):
        raise NotFound("There is no such graph.")
    form = choose(request.headers.get("Accept", ""), _READABLE)
    if form is None:
        raise NotAcceptable("Graphs are given as " + ", ".join(one.media_type for one in _READABLE))
    headers = {"Cache-Control": f"private, {CHECKED}", "Vary": "Accept, Authorization"}
    tag = _tag(graph, form)
    if is_held(tag, None):
        response = Response(status=304, headers=headers)
        response.set_etag(tag)
        del response.headers["Content-Type"]
        return response
    asker = request.remote_addr or "", client_of(request.environ)
    answer = store.graph_as_written(graph, form.suffix, service().endpoint.limits(), *asker)
    body = answer.body if answer.body is not None else streamed(answer, form.suffix, ())
    response = Response(body, content_type=content_type(form), headers=headers)
    if answer.body is not None:  # a stream may break off
        response.set_etag(tag)
    response.call_on_close(answer.close)
    return response


def refused(error: WriteRefused) -> Response:
    """A write that the shapes do not allow: the report of SHACL for who wants RDF, else its sentences."""
    wanted = choose(
        request.headers.get("Accept", "application/json"),
        (Format("application/json", "json", aliases=("application/problem+json",)), _READABLE[0]),
    )
    if wanted is _READABLE[0] and request.accept_mimetypes.provided:
        return Response(error.report.turtle, 422, content_type=content_type(wanted))
    findings = [
        {
            "severity": finding.severity,
            "focus": finding.focus,
            "path": finding.path,
            "value": finding.value,
            "messages": dict(finding.messages),
        }
        for finding in error.report.findings
    ]
    return problem(
        422, "The shapes do not allow this", error.what, findings=findings, report=error.report.turtle
    )


blueprint.register_error_handler(WriteRefused, refused)
