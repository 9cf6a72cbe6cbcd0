"""What every page carries in its headers: its policy, its language, and how long it may be kept."""

from __future__ import annotations

from flask import Response, request

from sergekg.web import i18n
from sergekg.web.replay import allow

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content Security Policy (level 3) of every page: nothing from another host, nothing inline."""
_REPLAYED = ("pages", "browse", "views", "compare", "ontology")
"""Pages that show nothing but the release."""


def finish_page(answer: Response) -> Response:
    """Give a page its policy and its language."""
    mimetype = answer.mimetype
    is_page = mimetype == "text/html" and not 300 <= answer.status_code < 400
    if is_page and request.blueprint in _REPLAYED:
        allow()
    if is_page:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("Content-Language", i18n.current_language())
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        answer.vary.update(("Accept-Language", "Cookie"))
    elif request.endpoint == "static" and "v" in request.args:
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        answer.cache_control.max_age = 365 * 24 * 3600
    elif mimetype == "font/woff2":  # style sheets name fonts without a version
        answer.cache_control.no_cache = None
        answer.cache_control.public = True
        answer.cache_control.max_age = 7 * 24 * 3600
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    return answer
