"""Refuses requests whose header fields are too long (RFC 6585, 5), before anything reads them.

To read what a header lists takes time that grows with it, in a web process that answers others meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import RequestHeaderFieldsTooLarge

MOST = 1 << 14
"""Bytes of the names and values of all header fields together, as in most servers."""
_SHORT = 1024
"""Bytes of a value that is kept where they are refused: the answer is written as the client reads it."""
TOO_LARGE = "sergekg.headers_too_large"
"""Of the environment of a request that is refused."""


class MeasureHeaders:
    """WSGI middleware that takes the long ones away where all together are too long."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        given = {
            name: len(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        if sum(map(len, given)) + sum(given.values()) > MOST:
            environ[TOO_LARGE] = True
            for name, length in given.items():
                if length > _SHORT:
                    del environ[name]
        return self._app(environ, start_response)


def register(app: Flask) -> None:
    """Put the middleware in front of an application, and refuse what it found; before what reads headers."""
    app.wsgi_app = MeasureHeaders(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_check)


def _check() -> None:
    if TOO_LARGE in request.environ:
        raise RequestHeaderFieldsTooLarge(f"The header fields may have {MOST:,} bytes.")
