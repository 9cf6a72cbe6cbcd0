"""`/id` answers 303 to a description, `/data` is the description as RDF (Cool URIs, 4.3)."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotAcceptable, NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.rdf.write import write_quads
from sergekg.web.app import service
from sergekg.web.describe import describe, is_known
from sergekg.web.negotiate import HTML, RDF_FORMATS, by_suffix, choose

blueprint = Blueprint("resources", __name__)


@blueprint.get("/id/<type>/<slug>")
def thing(type: str, slug: str) -> Answer:
    """303 to the description that the client prefers; a browser gets the page."""
    _known(type, slug)
    form = choose(request.headers.get("Accept", ""), (HTML, *RDF_FORMATS))
    if form is None:
        raise NotAcceptable(
            "This thing is described as " + ", ".join(f.media_type for f in (HTML, *RDF_FORMATS))
        )
    if form is HTML:
        answer = redirect(url_for("pages.page", type=type, slug=slug), 303)
    else:
        answer = redirect(url_for("resources.data", type=type, slug=slug, suffix=form.suffix), 303)
    answer.headers["Vary"] = "Accept"
    return answer


@blueprint.get("/data/<type>/<slug>.<suffix>")
def data(type: str, slug: str, suffix: str) -> Response:
    """The description of a thing in one RDF format."""
    form = by_suffix(suffix, RDF_FORMATS)
    if form is None or form.writer is None:
        raise NotFound("There is no such format: " + ", ".join(f.suffix for f in RDF_FORMATS))
    iri = _known(type, slug)
    body = write_quads(describe(service().store, iri), form.writer)
    return Response(body, content_type=form.media_type)


def _known(type: str, slug: str):  # type: ignore[no-untyped-def]
    iri = service().iris.thing(f"{type}/{slug}")
    if not is_known(service().store, iri):
        raise NotFound(f"The release knows nothing called {type}/{slug}.")
    return iri
