"""What every answer carries: CORS without credentials, a validator, compression; and preflights.

Fetch standard, 3.2; RFC 9110, 9.3.7 (OPTIONS) and 8.8.3 (ETag).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, PreconditionFailed

from sergekg.web.compression import compress, name_coding
from sergekg.web.conditional import BRIEF, CHECKED, CURRENT, drop_bad_dates, is_held
from sergekg.web.page_headers import finish_page
from sergekg.web.problems import PROBLEM, problem
from sergekg.web.service import service

EXPOSED = (
    "Accept-Datetime, Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, "
    "Content-Location, Content-Range, ETag, Last-Modified, Link, Location, Memento-Datetime, "
    "Retry-After, Vary"
)
"""Headers that a script of another site may read."""
ALLOWED = (
    "Accept, Accept-Datetime, Accept-Language, Authorization, Content-Type, If-Match, If-Modified-Since, "
    "If-None-Match, If-Range, If-Unmodified-Since, Range, X-Requested-With"
)
"""Headers that a script of another site may send."""
_ONE_DAY = "86400"
_ONE_RANGE = re.compile(r"bytes\s*=\s*(?:\d+-\d*|-\d+)\s*", re.IGNORECASE)


def register(app: Flask) -> None:
    """Give every answer of the application its headers; OPTIONS is answered for every address."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> Response | None:
    drop_bad_dates(request.environ)
    _drop_other_ranges(request.environ)
    return _preflight() if request.method == "OPTIONS" else None


def _drop_other_ranges(environ: dict[str, Any]) -> None:
    """Answer in whole where a GET does not ask for one range of bytes (RFC 9110, 14.2).

    Other methods have no ranges, a unit that is not known has to be ignored, and several ranges may be. The
    framework would answer HEAD by 206, and what it does not understand by 416.
    """
    asked = environ.pop("HTTP_RANGE", "")
    if environ["REQUEST_METHOD"] == "GET" and _ONE_RANGE.fullmatch(asked.strip()):
        environ["HTTP_RANGE"] = asked


def _preflight() -> Response | None:
    if isinstance(request.routing_exception, HTTPException) and request.routing_exception.code != 405:
        return None  # an unknown address is unknown to OPTIONS too
    response = Response(status=204)
    methods = ", ".join(sorted(_methods()))
    response.headers["Allow"] = methods
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = ALLOWED
    response.headers["Access-Control-Max-Age"] = _ONE_DAY
    response.headers["Cache-Control"] = f"public, max-age={_ONE_DAY}"
    del response.headers["Content-Type"]
    return response


def _methods() -> set[str]:
    from flask.globals import request_ctx

    adapter = request_ctx.url_adapter
    return {"OPTIONS", *(adapter.allowed_methods() if adapter else ())}


def _finish(response: Response) -> Response:
    if response.status_code == 412 and response.mimetype not in (PROBLEM.media_type, "text/html"):
        error = PreconditionFailed("The resource is not the one that the request is for.")
        response = _failed(response, error)
    headers = response.headers
    headers.setdefault("Access-Control-Allow-Origin", "*")
    headers.setdefault("Access-Control-Expose-Headers", EXPOSED)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.status_code >= 400:
        headers.setdefault("Cache-Control", "no-store")
    try:
        _validate(response)
    except PreconditionFailed as error:  # what is raised after a request reaches no handler
        return _finish(_failed(response, error))
    compress(response, request)
    if service().is_written:
        _let_writes_show(response)
    return response


def _let_writes_show(response: Response) -> None:
    """Have what a write may change asked for again each time, by its validator and not by a time."""
    response.headers.pop("Last-Modified", None)
    if response.headers.get("Cache-Control") in (CURRENT, BRIEF):
        response.headers["Cache-Control"] = CHECKED


def _failed(response: Response, error: PreconditionFailed) -> Response:
    """A problem in place of an answer, whose file is closed."""
    response.close()
    return finish_page(problem(412, error.name, error.description or ""))


def _validate(response: Response) -> None:
    """Give a whole 200 that has none a validator made from its bytes, and answer 304 where it is held."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or "ETag" in response.headers:
        return
    if response.is_streamed or response.direct_passthrough or response.cache_control.no_store:
        return
    tag = hashlib.sha256(response.get_data() + response.headers["Content-Type"].encode()).hexdigest()[:32]
    response.set_etag(tag)
    response.headers.setdefault("Cache-Control", CURRENT)
    if is_held(tag, response.last_modified):
        name_coding(response, request)
        response.status_code = 304
        response.set_data(b"")
        for name in ("Content-Type", "Content-Length"):
            response.headers.pop(name, None)
