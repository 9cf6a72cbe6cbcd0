"""Errors as `application/problem+json` for machines (RFC 9457) and as a page for browsers; never a trace."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from sergekg.errors import (
    ClientGone,
    NotWritable,
    QueryError,
    QueryFailed,
    QueryRefused,
    QueryTimeout,
    QueryTooLarge,
    SergekgError,
    StoreBusy,
    StoreUnavailable,
)
from sergekg.web.i18n import asked_language, translate
from sergekg.web.negotiate import HTML, Format, choose
from sergekg.web.problem_words import SENTENCES, is_standard, title_of
from sergekg.web.saying import Part, join, say

PROBLEM = Format("application/problem+json", "json", aliases=("application/json",))
_LOG = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Make every error of the application answer in this way."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SergekgError, _ours)
    app.register_error_handler(Exception, _unforeseen)


def problem(status: int, title: str, detail: str = "", **members: object) -> Response:
    """One problem, as the client prefers to read it; a client that says nothing gets JSON."""
    if _wants_page():
        page = render_template("problem.html", status=status, title=title, detail=detail, members=members)
        response = Response(page, status, content_type="text/html; charset=utf-8")
    else:
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
        kept = {key: value for key, value in body.items() if value not in ("", None)}
        wanted = asked_language()
        said = kept if wanted == "en" else _translated(kept, wanted)
        text = json.dumps(said or kept, ensure_ascii=False)
        response = Response(text + "\n", status, content_type=PROBLEM.media_type)
        response.headers["Content-Language"] = wanted if said else "en"
        response.vary.add("Accept-Language")
    response.vary.add("Accept")
    return response


def _translated(body: Mapping[str, Any], language: str) -> dict[str, Any] | None:
    """A problem in a language; None where a sentence of it cannot be said: none is half translated."""
    status, title = body["status"], body["title"]
    detail, hint = body.get("detail", ""), body.get("hint", "")
    if is_standard(status, detail):
        parts = [Part(translate(SENTENCES[status], language), language)] if status in SENTENCES else []
    else:
        parts = list(say(detail, language))
    advice = say(hint, language)
    if any(part.language != language for part in (*parts, *advice)):
        return None
    said = {"title": translate(title, language), "detail": join(parts), "hint": join(advice)}
    return {**body, **{key: value for key, value in said.items() if value}}


def _wants_page() -> bool:
    accept = request.headers.get("Accept", "")
    try:
        return "html" in accept and choose(accept, (PROBLEM, HTML)) is HTML
    except BadRequest:  # the header itself is the problem
        return False


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:  # a redirect that the router made
        return error.get_response()  # type: ignore[return-value]
    answer = problem(error.code, error.name, error.description or "")
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def _ours(error: SergekgError) -> Response:
    if isinstance(error, QueryError):
        place = {"line": error.line, "column": error.column}
        return problem(400, title_of(error), error.what, **place, hint=error.remedy)
    if isinstance(error, QueryRefused):
        return problem(403, "The query is not allowed here", error.what, hint=error.remedy)
    if isinstance(error, QueryTimeout):
        answer = problem(503, "The query ran too long", error.what, seconds=error.seconds, hint=error.remedy)
        answer.headers["Retry-After"] = str(math.ceil(error.seconds))
        return answer
    if isinstance(error, QueryFailed):
        return problem(422, "The query cannot be evaluated", error.what, hint=error.remedy)
    if isinstance(error, QueryTooLarge):
        return problem(422, "The query is too large", error.what, hint=error.remedy)
    if isinstance(error, ClientGone):
        return problem(503, "The query was stopped", error.what, hint=error.remedy)
    if isinstance(error, StoreBusy):
        answer = problem(
            429 if error.by_client else 503, "Too many queries at once", error.what, hint=error.remedy
        )
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if isinstance(error, StoreUnavailable):
        answer = problem(503, "The store does not answer", error.what, hint=error.remedy)
        answer.headers["Retry-After"] = str(error.retry_after or 10)
        return answer
    if isinstance(error, NotWritable):
        return problem(406, "The format cannot hold this", error.what, hint="ask for another format")
    return problem(500, "The server could not do this", error.what, hint=error.remedy)


def _unforeseen(error: Exception) -> Response:
    _LOG.exception("unforeseen error on %s %s", request.method, request.path, exc_info=error)
    return problem(500, InternalServerError().name, "The error was noted.")
