"""The query desk: the page that a browser gets at `/sparql`, what its editor asks, and `/q/<hash>`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from rdflib import URIRef
from werkzeug.exceptions import BadRequest, Forbidden, NotAcceptable, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as Answer_

from sergekg.errors import QueryError, SergekgError
from sergekg.model.values import is_iri
from sergekg.vocab import PREFIXES
from sergekg.web.asking import answer_as, ask, check_syntax, formats_of, suffixes_of
from sergekg.web.doubts import doubt_about
from sergekg.web.i18n import current_language
from sergekg.web.links import compact
from sergekg.web.negotiate import HTML, Format, choose
from sergekg.web.page_headers import POLICY
from sergekg.web.problem_words import status_of
from sergekg.web.saved import LONGEST, SavedQuery, load_query, save_query
from sergekg.web.saying import join, say
from sergekg.web.service import service
from sergekg.web.site import argument, short_iri, site
from sergekg.web.stored import PAGE, SPREADSHEET, by_theme, shown_queries, stored_query
from sergekg.web.views import places_of

blueprint = Blueprint("desk", __name__)
MOST_NAMES = 400
"""IRIs whose names are given in one answer."""
_MOST_BYTES = 1 << 18
"""Bytes of a request for names."""
_LONGEST_ADDRESS = 4000
"""Characters of an address with a query in it."""
SPARQL_QUERY = Format("application/sparql-query", "rq")
FIRST = """SELECT ?who ?property ?what ?words WHERE {
  ?statement rdf:subject ?who ; rdf:predicate ?property ; rdf:object ?what ;
    skg:status skg:asserted ; skg:quote ?words .
  ?who a skg:Person .
}
ORDER BY ?who
LIMIT 100
"""
"""What the desk holds when nobody asked for anything."""


def desk_page() -> Response:
    """The desk as an answer for a browser; `?load=` opens a stored query, `?q=` one made permanent."""
    return _desk(_loaded())


@blueprint.get("/desk")
def desk() -> Response:
    """The desk under a name of its own."""
    return desk_page()


@blueprint.post("/desk")
def run() -> Response:
    """Run a query where there is no JavaScript: the desk again, with the answer under it."""
    query = _posted()
    answer = error = None
    try:
        answer = ask(query, PAGE)
        site().labels.load(term for row in answer.rows for term in row)
    except SergekgError as cause:
        error = cause
    return _desk(query, answer=answer, error=error, status=200 if error is None else status_of(error))


def _desk(
    query: str, *, answer: Any = None, error: SergekgError | None = None, status: int = 200
) -> Response:
    nonce = secrets.token_urlsafe(16)
    page = render_template(
        "desk.html",
        query=query,
        answer=answer,
        error=error,
        hint=doubt_about(query) if answer is not None and not answer.rows else "",
        themes=by_theme(shown_queries()),
        loaded=argument("load"),
        files=_files(query) if answer is not None else {},
        nonce=nonce,
        settings={
            "first": query,
            "isLoaded": bool(argument("load") or argument("q")),
            "prefixes": PREFIXES,
            "timeout": service().config.timeout,
            "language": current_language(),
        },
    )
    found = Response(page, status, content_type="text/html; charset=utf-8")
    # the editor writes its own style sheet, and is let to by a nonce of this answer alone
    found.headers["Content-Security-Policy"] = POLICY.replace(
        "style-src 'self'", f"style-src 'self' 'nonce-{nonce}'"
    )
    found.headers["Cache-Control"] = "no-store"
    found.vary.add("Accept")
    return found


def _files(query: str) -> dict[str, str]:
    """Suffixes and addresses of the whole answer; none where a browser or proxy may find them too long."""
    found = {suffix: url_for("sparql.endpoint", query=query, format=suffix) for suffix in suffixes_of(query)}
    return found if all(len(address) <= _LONGEST_ADDRESS for address in found.values()) else {}


def _loaded() -> str:
    """The query that the address names.

    Raises:
        NotFound: it names one that is not there.
    """
    if wanted := argument("load"):
        query = stored_query(wanted)
        values = {p.name: argument(p.name) for p in query.parameters}
        head = f"# {query.title(current_language())}\n"
        try:
            return head + query.fill(values, service().release.base)
        except QueryError:
            return head + query.text
    if wanted := argument("q"):
        return _found(wanted).query
    return FIRST


@blueprint.get("/desk/terms.json")
def terms() -> Response:
    """Classes, properties and graphs of the dataset with their names, for completion."""
    found = site().partitions
    site().labels.load(URIRef(term.iri) for term in found.terms)
    rows = [
        {
            "iri": term.iri,
            "short": compact(term.iri),
            "class": term.is_class,
            "counts": {str(graph): count for graph, count in term.counts.items()},
            "names": {
                tag: text for tag, text in site().labels.all(term.iri).items() if tag in ("fr", "en", "")
            },
        }
        for term in found.terms
    ]
    return jsonify(graphs=found.graphs, terms=rows)


@blueprint.post("/desk/check")
def check() -> Response:
    """Whether a query is well-formed; where not, the line and column (from 1) and what to do.

    Of one that is, what is odd about it: the desk says so where no row answers.
    """
    query = _posted()
    error = check_syntax(query)
    if error is None:
        return jsonify(ok=True, hint=doubt_about(query) or None)
    line, column = (error.line, error.column) if isinstance(error, QueryError) else (None, None)
    message, hint = (join(say(said or "", current_language())) for said in (error.what, error.remedy))
    return jsonify(ok=False, message=message, line=line, column=column, hint=hint or None)


@blueprint.post("/desk/names")
def names() -> Response:
    """Names, kinds and places of things by their IRIs."""
    request.max_content_length = _MOST_BYTES
    try:
        given = request.get_json(silent=True)
    except RecursionError:
        given = None
    wanted = given.get("iris") if isinstance(given, dict) else None
    if not isinstance(wanted, list) or not all(isinstance(iri, str) for iri in wanted):
        raise BadRequest('Send {"iris": ["…"]}.')
    iris = [URIRef(iri) for iri in wanted[:MOST_NAMES] if len(iri) < 2000 and is_iri(iri)]
    site().labels.load(iris)
    places = {str(place.iri): place for place in places_of({str(iri) for iri in iris})}
    found = {}
    for iri in iris:
        link = site().links.link(iri)
        known = site().labels.all(iri)
        entry: dict[str, Any] = {
            "href": link.href,
            "outside": link.is_outside,
            "short": short_iri(iri),
        }
        if known:
            entry["name"] = str(site().labels.name(iri, current_language()))
        if family := site().links.family(iri):
            entry["family"] = family
        if place := places.get(str(iri)):
            entry |= {"lat": place.latitude, "long": place.longitude}
        found[str(iri)] = entry
    return jsonify(found)


@blueprint.post("/q")
def keep() -> Answer_:
    """Make a query permanent: 303 to its address for a browser, the address as JSON for a program."""
    query = _posted()
    if error := check_syntax(query):
        raise error
    release = service().release
    saved = save_query(_directory(), query, release.digest, release.version)
    address = url_for("desk.saved", hash=saved.hash)
    if request.headers.get("Accept", "").lower().startswith("application/json"):
        return jsonify(
            hash=saved.hash, url=url_for("desk.saved", hash=saved.hash, _external=True), path=address
        )
    return redirect(address, 303)


@blueprint.get("/q/<hash>")
def saved(hash: str) -> Response:
    """A permanent query: its page, its text, or its answer, as the client prefers."""
    found = _found(hash)
    form = choose(request.headers.get("Accept", ""), (HTML, SPARQL_QUERY, *formats_of(found.query)))
    if form is None:
        raise NotAcceptable("This query comes as a page, as application/sparql-query, and as its results.")
    answer = _page(found) if form is HTML else _file(found, form.suffix)
    answer.vary.add("Accept")
    return answer


@blueprint.get("/q/<hash>.<suffix>")
def saved_file(hash: str, suffix: str) -> Response:
    """The text of a permanent query (`rq`), or its answer in one format."""
    return _file(_found(hash), suffix)


def _found(hash: str) -> SavedQuery:
    found = load_query(_directory(), hash)
    if found is None:
        raise NotFound(f"No query is kept under {hash[:40]}.")
    return found


def _file(found: SavedQuery, suffix: str) -> Response:
    if suffix == SPARQL_QUERY.suffix:
        answer = Response(found.query, content_type=f"{SPARQL_QUERY.media_type}; charset=utf-8")
    else:
        made = answer_as(found.query, suffix, for_spreadsheet=SPREADSHEET in request.args)
        if made is None:
            known = ", ".join((SPARQL_QUERY.suffix, *suffixes_of(found.query)))
            raise NotFound(f"This query comes as {known}.")
        answer = made
    address = url_for("desk.saved", hash=found.hash)
    links = [answer.headers.get("Link"), f'<{address}>; rel="canonical"; type="text/html"']
    answer.headers["Link"] = ", ".join(filter(None, links))
    answer.headers["Content-Disposition"] = f'inline; filename="sergekg-{found.hash}.{suffix}"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _page(found: SavedQuery) -> Response:
    answer = error = None
    try:
        answer = ask(found.query, PAGE)
        site().labels.load(term for row in answer.rows for term in row)
    except SergekgError as cause:
        error = cause
    page = render_template(
        "saved.html",
        saved=found,
        answer=answer,
        error=error,
        suffixes=suffixes_of(found.query),
        is_same_release=found.release == service().release.digest,
    )
    return Response(page, content_type="text/html; charset=utf-8")


def _posted() -> str:
    """The query of a form; only our own pages may send one.

    Raises:
        BadRequest, RequestEntityTooLarge, Forbidden: nothing, too much, or from elsewhere.
    """
    origin = request.headers.get("Origin")
    if origin and origin.partition("://")[2] != request.host:
        raise Forbidden("Only the pages of this site may do this; programs ask /sparql.")
    request.max_content_length = 4 * LONGEST  # each byte may be percent-encoded
    query = request.form.get("query", "")
    if not query.strip():
        raise BadRequest("Give a query.")
    if len(query.encode()) > LONGEST:
        raise RequestEntityTooLarge(f"A query may have {LONGEST} bytes.")
    return query


def _directory() -> Path:
    return service().config.var / "queries"
