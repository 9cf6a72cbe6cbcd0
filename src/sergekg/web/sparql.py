"""`/sparql`: SPARQL 1.1 Protocol query over the release."""

from __future__ import annotations

import re
from typing import cast

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType

from sergekg.errors import QueryRefused, StoreError
from sergekg.store.local import LocalStore, to_query_error
from sergekg.vocab import PREFIXES
from sergekg.web.app import service
from sergekg.web.negotiate import RDF_FORMATS, Format, choose

blueprint = Blueprint("sparql", __name__)


def desk_page() -> Response:
    """The query desk, for browsers."""
    from sergekg.web.desk import desk_page

    return desk_page()


RESULTS: tuple[Format, ...] = (
    Format("application/sparql-results+json", "srj", aliases=("application/json",)),
    Format("application/sparql-results+xml", "srx", aliases=("application/xml", "text/xml")),
    Format("text/csv", "csv"),
    Format("text/tab-separated-values", "tsv"),
)
_WRITERS = {
    "srj": ox.QueryResultsFormat.JSON,
    "srx": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Run a query given by GET, by a form, or as the body itself."""
    if (
        request.method == "GET"
        and "query" not in request.args
        and "html" in request.headers.get("Accept", "")
    ):
        return desk_page()
    return run(_query_text())


def run(query: str) -> Response:
    """The answer to a query, in the format that the client prefers."""
    if re.search(r"(?<![?$\w:])(SERVICE|FROM)\b", query, re.IGNORECASE):
        raise QueryRefused("SERVICE and FROM are not allowed yet")
    try:
        result = cast(LocalStore, service().store).engine.query(query, prefixes=PREFIXES)
        accept = request.headers.get("Accept", "")
        if isinstance(result, ox.QueryTriples):
            form = _acceptable(accept, RDF_FORMATS)
            assert form.writer is not None
            body = result.serialize(format=form.writer)
        else:
            form = _acceptable(accept, RESULTS)
            body = result.serialize(format=_WRITERS[form.suffix])
    except SyntaxError as cause:
        raise to_query_error(str(cause)) from cause
    except (ValueError, RuntimeError, OSError) as cause:
        raise StoreError(f"the query could not be run: {cause}") from cause
    return Response(body, content_type=form.media_type, headers={"Vary": "Accept"})


def _acceptable(accept: str, formats: tuple[Format, ...]) -> Format:
    form = choose(accept, formats)
    if form is None:
        raise NotAcceptable("Results come as " + ", ".join(f.media_type for f in formats))
    return form


def _query_text() -> str:
    if request.method == "GET":
        query = request.args.get("query")
    elif request.mimetype == "application/x-www-form-urlencoded":
        query = request.form.get("query")
    elif request.mimetype == "application/sparql-query":
        query = request.get_data(as_text=True)
    else:
        raise UnsupportedMediaType("POST a form, or application/sparql-query")
    if not query:
        raise BadRequest("Give a query.")
    return query
