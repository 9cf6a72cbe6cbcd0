"""`/reconcile`: the W3C Entity Reconciliation Service API over our entities, 0.2 and the 1.0 draft.

0.2 (OpenRefine) speaks at `/reconcile` itself; the draft at `/reconcile/1.0-draft`, whose routes also answer
below `/reconcile`. The two share entities, scorer, suggestions and previews.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from sergekg.errors import ReconciliationError
from sergekg.reconcile.facts import Catalogue
from sergekg.reconcile.manifest import manifest_02, manifest_10
from sergekg.reconcile.queries import (
    LONGEST,
    MAX_LIMIT,
    Query,
    TooLargeError,
    as_limit,
    parse_batch,
    parse_queries,
)
from sergekg.reconcile.service import (
    describe,
    extend,
    match,
    propose_properties,
    suggest_entities,
    suggest_terms,
    term_label,
)
from sergekg.store.places import Places, PoolSettings
from sergekg.web.i18n import asked_language
from sergekg.web.presence import client_of

MAX_BYTES = 1_000_000
PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors *"
"""Clients show a preview in a frame (specification 0.2, section 5); other pages may not be framed."""
_places = Places(PoolSettings(most=4, most_for_client=2, queue=24))
"""Batches that are answered at once: a large one takes seconds, and much memory."""
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")


def make_blueprint(catalogue: Callable[[], Catalogue], base: str) -> Blueprint:
    """The service over a catalogue.

    Args:
        catalogue: gives it as it is now.
        base: the start of our IRIs.
    """
    blueprint = Blueprint("reconciliation", __name__)

    @blueprint.after_request
    def open_to_all(answer: Response) -> Response:
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST, HEAD, OPTIONS"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type, Accept-Language"
        answer.vary.add("Accept-Language")
        return answer

    @blueprint.route("/reconcile", methods=["GET", "POST"], strict_slashes=False)
    @blueprint.route("/reconcile/", methods=["GET", "POST"])
    def endpoint() -> Response:
        """The manifest; a batch of queries (`queries`), or a data extension (`extend`)."""
        fields = {**request.args.to_dict(), **_form()}
        if "queries" in fields:
            batch = _checked(parse_batch, _parse(fields["queries"], "queries"))
            with _place():
                return _answer(
                    {
                        name: {"result": one}
                        for name, one in zip(batch, candidates(batch.values()), strict=True)
                    }
                )
        if "extend" in fields:
            meta, rows = extended(_parse(fields["extend"], "extend"))
            return _answer({"meta": meta, "rows": rows})
        if request.method == "POST":
            raise BadRequest("Send a form field `queries` or `extend`.")
        return _answer(manifest_02(catalogue(), request.url_root, base, asked_language()))

    @blueprint.get("/reconcile/1.0-draft", strict_slashes=False)
    def manifest() -> Response:
        return _answer(manifest_10(catalogue(), request.url_root, asked_language()))

    @_both(blueprint, "/match", "POST")
    def match_queries() -> Response:
        queries = _checked(parse_queries, _body())
        with _place():
            return _answer({"results": [{"candidates": one} for one in candidates(queries)]})

    @_both(blueprint, "/suggest/<kind>", "GET")
    def suggest(kind: str) -> Response:
        found, prefix, language = catalogue(), request.args.get("prefix", "")[:LONGEST], asked_language()
        limit = as_limit(request.args.get("limit"), MAX_LIMIT)
        offset = int(_number("offset") or _number("cursor") or 0)
        if kind == "entity":
            classes = frozenset(filter(None, [request.args.get("type")]))
            result = suggest_entities(found, prefix, classes, language, limit, offset) if prefix else []
        elif kind in ("type", "property"):
            terms = found.classes if kind == "type" else found.properties
            result = suggest_terms(terms, prefix, language, limit, offset)
        else:
            raise NotFound("There are suggestions for entity, property and type.")
        return _answer({"result": result})

    @_both(blueprint, "/preview", "GET")
    def preview() -> Response:
        page = render_template("reconciliation_preview.html", **shown(request.args.get("id", "")))
        answer = Response(page, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = PREVIEW_POLICY
        return answer

    @blueprint.get("/reconcile/flyout/<kind>")
    def flyout(kind: str) -> Response:
        found, id_ = catalogue(), request.args.get("id", "")
        if kind == "entity":
            html = render_template("reconciliation_flyout.html", **shown(id_))
        else:
            terms = found.classes if kind == "type" else found.properties if kind == "property" else {}
            if id_ not in terms:
                raise NotFound(f"There is no {kind} {id_!r}.")
            label = term_label(terms[id_], id_, asked_language())
            html = render_template("reconciliation_term.html", id=id_, label=label)
        return _answer({"id": id_, "html": html})

    @_both(blueprint, "/extend", "POST")
    def extend_rows() -> Response:
        meta, rows = extended(_body())
        listed = [
            {"id": id_, "properties": [{"id": p, "values": values} for p, values in row.items()]}
            for id_, row in rows.items()
        ]
        return _answer({"meta": meta, "rows": listed})

    @_both(blueprint, "/extend/propose", "GET")
    def propose() -> Response:
        cls = request.args.get("type", "")
        limit = as_limit(request.args.get("limit"), MAX_LIMIT)
        found = propose_properties(catalogue(), cls, asked_language(), limit)
        return _answer({"type": cls, "limit": limit, "properties": found})

    def candidates(queries: Iterable[Query]) -> list[list[dict[str, Any]]]:
        found, language = catalogue(), asked_language()
        return [match(found, query, language) for query in queries]

    def shown(id_: str) -> Mapping[str, Any]:
        """What the templates show of an entity, in the language of the request."""
        found = catalogue()
        entity = found.index.by_key.get(found.links.get(id_, id_))
        if entity is None:
            raise NotFound(f"The release knows nothing called {id_!r}.")
        language = asked_language()
        return {
            "entity": entity,
            "name": entity.name(language),
            "description": describe(entity, language),
            "language": language,
        }

    def extended(raw: object) -> Any:
        with _place():
            return _checked(lambda data: extend(catalogue(), data, asked_language()), raw)

    return blueprint


def _both(blueprint: Blueprint, path: str, method: str) -> Callable[[Any], Any]:
    """A route of the draft, below the address of its manifest and below that of 0.2."""

    def register(view: Any) -> Any:
        for prefix in ("/reconcile/1.0-draft", "/reconcile"):
            blueprint.add_url_rule(prefix + path, view_func=view, methods=[method])
        return view

    return register


def _place() -> AbstractContextManager[None]:
    """One of the places of those whose batches are answered now, in this web process."""
    return _places.one(request.remote_addr or "", client_of(request.environ))


def _form() -> Mapping[str, str]:
    request.max_content_length = request.max_form_memory_size = MAX_BYTES
    return request.form.to_dict()


def _body() -> object:
    request.max_content_length = MAX_BYTES
    return _parse(request.get_data(as_text=True), "the body")


def _parse(text: str, what: str) -> object:
    try:
        data = json.loads(text)
        if "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
        return data
    except UnicodeEncodeError as cause:
        raise BadRequest(f"{what} has half of a pair of surrogates, which is no character.") from cause
    except ValueError as cause:
        raise BadRequest(f"{what} is not JSON: {cause}") from cause
    except RecursionError as cause:
        raise BadRequest(f"{what} is nested too deeply.") from cause


def _checked(function: Callable[[Any], Any], raw: object) -> Any:
    try:
        return function(raw)
    except TooLargeError as error:
        raise RequestEntityTooLarge(str(error)) from error
    except ReconciliationError as error:
        raise BadRequest(str(error)) from error


def _number(name: str) -> int | None:
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _answer(data: object) -> Response:
    text = json.dumps(data, ensure_ascii=False)
    callback = request.args.get("callback")
    if callback is None:
        return Response(text, content_type="application/json; charset=utf-8")
    if not _CALLBACK.fullmatch(callback):
        raise BadRequest("`callback` is no name of a function.")
    script = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    answer = Response(f"/**/{callback}({script});", content_type="application/javascript; charset=utf-8")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
