"""The stored queries: `/queries` for people, `/api/<name>` for programs, `/openapi.json` about both."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from rdflib import URIRef
from werkzeug.exceptions import NotAcceptable, NotFound
from werkzeug.wrappers import Response as Answer_

from sergekg.errors import QueryError, StoreError
from sergekg.model.folding import fold
from sergekg.store.queries import StoredQuery, read_queries
from sergekg.web.addresses import here
from sergekg.web.asking import answer_as, ask, formats_of, suffixes_of
from sergekg.web.i18n import current_language
from sergekg.web.negotiate import HTML, choose
from sergekg.web.openapi import describe_api
from sergekg.web.service import service
from sergekg.web.site import site

blueprint = Blueprint("stored", __name__)
PAGE = 200
"""Rows of an answer that a page shows."""
SPREADSHEET = "spreadsheet"
"""Argument that asks for a CSV made for spreadsheets; no parameter may have this name."""
_OURS = {SPREADSHEET, "lang", "run"}
_LOG = logging.getLogger(__name__)


def all_queries() -> Sequence[StoredQuery]:
    """Every stored query; a file is read again when it changes, and one with a mistake is left out."""
    directory = service().config.queries
    files = sorted(directory.rglob("*.rq")) if directory.is_dir() else []
    stamp = tuple((str(path), path.stat().st_mtime_ns) for path in files)
    held = _READ.get(directory)
    if held is None or held[0] != stamp:
        found, problems = read_queries(directory)
        for problem in problems:
            _LOG.warning("%s", problem)
        held = _READ[directory] = (stamp, found)
    return held[1]


_READ: dict[Path, tuple[object, Sequence[StoredQuery]]] = {}


def shown_queries() -> Sequence[StoredQuery]:
    """Those to offer: a question about somebody of whom this corpus says nothing is none of its questions."""
    queries = all_queries()
    strange = _strangers(queries)
    iris = service().iris
    return [q for q in queries if not q.default_things(iris) & strange]


def stored_query(name: str) -> StoredQuery:
    """The query of that name; about nobody yet, and with no summary, where its defaults are unknown here.

    Raises:
        NotFound: there is none.
    """
    for query in all_queries():
        if query.name == name:
            return _at_home(query)
    raise NotFound(f"No stored query is called {name[:80]}.")


def _at_home(query: StoredQuery) -> StoredQuery:
    strange = _strangers([query])
    if not strange:
        return query
    iris = service().iris
    parameters = [replace(p, default="") if p.default_thing(iris) in strange else p for p in query.parameters]
    head = {key: value for key, value in query.head.items() if not key.startswith("summary")}
    return replace(query, parameters=parameters, head=head)


def _strangers(queries: Iterable[StoredQuery]) -> frozenset[URIRef]:
    """The defaults of queries that the store says nothing of; none while nobody can ask the store."""
    iris = service().iris
    things = {thing for query in queries for thing in query.default_things(iris)}
    try:
        return site().unknown(things)
    except StoreError:
        return frozenset()


@blueprint.get("/queries")
def queries() -> str:
    """The questions of the project, by theme."""
    return render_template("queries.html", themes=by_theme(shown_queries()))


def by_theme(queries: Sequence[StoredQuery]) -> list[tuple[str, list[StoredQuery]]]:
    """Stored queries under their themes, in the reader's language."""
    themes: dict[str, list[StoredQuery]] = {}
    for query in queries:
        themes.setdefault(query.said("theme", current_language()) or query.group, []).append(query)
    return sorted(themes.items(), key=lambda theme: fold(theme[0]))


@blueprint.get("/queries/<name>")
def query_page(name: str) -> tuple[str, int]:
    """One question: its SPARQL, its parameters, its answer; 400 where a value that was given is wrong."""
    query = stored_query(name)
    values = _values(query)
    text = error = answer = None
    try:
        text = query.fill(values, service().release.base)
        answer = ask(text, PAGE)
        site().labels.load(term for row in answer.rows for term in row)
    except QueryError as cause:
        error = cause
    page = render_template(
        "query.html",
        query=query,
        values=values,
        text=text or query.text,
        answer=answer,
        error=error,
        suffixes=suffixes_of(query.text),
    )
    return page, 400 if error and any(values.values()) else 200


@blueprint.get("/api/")
@blueprint.get("/api")
def api() -> str:
    """What programs may ask, for people."""
    return render_template("api.html", themes=by_theme(shown_queries()), suffixes_of=suffixes_of)


@blueprint.get("/api/<name>.<suffix>")
def answer(name: str, suffix: str) -> Response:
    """The answer to a stored query as a file."""
    query = stored_query(name)
    unknown = set(request.args) - {parameter.name for parameter in query.parameters} - _OURS
    if unknown:
        known = ", ".join(parameter.name for parameter in query.parameters) or "none"
        raise QueryError(
            f"the query {name} has no parameter {min(unknown)[:80]!r}", remedy=f"it takes: {known}"
        )
    text = query.fill(_values(query), service().release.base)
    found = answer_as(text, suffix, for_spreadsheet=SPREADSHEET in request.args)
    if found is None:
        raise NotFound(f"The answer of {name} comes as " + ", ".join(suffixes_of(query.text)) + ".")
    found.headers["Content-Disposition"] = f'inline; filename="{name}.{suffix}"'
    return found


@blueprint.get("/api/<name>")
def answer_any(name: str) -> Answer_:
    """To the page of a stored query or to its answer, as `Accept` says."""
    query = stored_query(name)
    formats = formats_of(query.text)
    # not by `negotiate`: `format` may be a parameter of the query
    form = choose(request.headers.get("Accept", ""), (*formats, HTML))
    if form is None:
        known = ", ".join(form.media_type for form in formats)
        raise NotAcceptable(f"The answer of {name} comes as {known}.")
    if form is HTML:
        address = url_for("stored.query_page", name=name)
    else:
        address = url_for("stored.answer", name=name, suffix=form.suffix)
    # not through `url_for`, which takes an argument of the client's for one of its own
    values = urlencode(list(request.args.items(multi=True)))
    answer = redirect(f"{address}?{values}" if values else address, 303)
    answer.vary.add("Accept")
    return answer


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of the API (OpenAPI 3.1)."""
    answer = jsonify(describe_api(service().release, shown_queries(), suffixes_of, here("")))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _values(query: StoredQuery) -> dict[str, str]:
    return {parameter.name: request.args.get(parameter.name, "") for parameter in query.parameters}
