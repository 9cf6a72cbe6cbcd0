"""What pages say of an error in the reader's language, before the English words that say where."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.exceptions import default_exceptions

from sergekg.errors import (
    ClientGone,
    GraphUnreadable,
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
from sergekg.web.i18n import N_

TITLES = (
    N_("Bad Request"),
    N_("Unauthorized"),
    N_("Forbidden"),
    N_("Not Found"),
    N_("Method Not Allowed"),
    N_("Not Acceptable"),
    N_("Request Timeout"),
    N_("Conflict"),
    N_("Gone"),
    N_("Precondition Failed"),
    N_("Request Entity Too Large"),
    N_("Unsupported Media Type"),
    N_("Requested Range Not Satisfiable"),
    N_("Too Many Requests"),
    N_("Request Header Fields Too Large"),
    N_("Internal Server Error"),
    N_("Not Implemented"),
    N_("Service Unavailable"),
    N_("The query is wrong"),
    N_("The graph cannot be read"),
    N_("The query is not allowed here"),
    N_("The query ran too long"),
    N_("The query cannot be evaluated"),
    N_("The query is too large"),
    N_("The query was stopped"),
    N_("Too many queries at once"),
    N_("The store does not answer"),
    N_("The format cannot hold this"),
    N_("The server could not do this"),
    N_("The shapes do not allow this"),
)
"""Every title of a problem (RFC 9457, 3.1.4) that the application gives."""

MEMBERS = {
    "line": N_("line"),
    "column": N_("column"),
    "hint": N_("what to do"),
    "seconds": N_("seconds allowed"),
}
"""Further members of a problem that are for people."""

SENTENCES: Mapping[int, str] = {
    400: N_("What was asked cannot be understood."),
    403: N_("This is not allowed here."),
    404: N_("There is nothing at this address. A search may find what you are looking for."),
    405: N_("This address cannot be used in this way."),
    406: N_("This does not come in any format that was asked for."),
    408: N_("What was sent did not arrive in time."),
    410: N_("What was here has been retired."),
    413: N_("This is more than can be taken."),
    416: N_("The file does not reach as far as the part that was asked for."),
    422: N_("The query is well-formed, and cannot be answered all the same."),
    429: N_("Wait a little, then ask again."),
    431: N_("The header of the request is longer than can be taken."),
    500: N_("The fault is here, not in what you asked. It was noted."),
    503: N_("Ask for less, or wait a little and ask again."),
}
_KINDS: tuple[tuple[type[SergekgError], str, int], ...] = (
    (GraphUnreadable, "The graph cannot be read", 400),
    (QueryError, "The query is wrong", 400),
    (QueryRefused, "The query is not allowed here", 403),
    (QueryTimeout, "The query ran too long", 503),
    (QueryFailed, "The query cannot be evaluated", 422),
    (QueryTooLarge, "The query is too large", 422),
    (ClientGone, "The query was stopped", 503),
    (StoreBusy, "Too many queries at once", 503),
    (StoreUnavailable, "The store does not answer", 503),
    (NotWritable, "The format cannot hold this", 406),
)


def title_of(error: SergekgError) -> str:
    """The title under which an error of ours is shown on a page, to be translated."""
    titles = (title for kind, title, _ in _KINDS if isinstance(error, kind))
    return next(titles, "The server could not do this")


def status_of(error: SergekgError) -> int:
    """The HTTP status of a page that shows an error of ours beside something else."""
    return next((status for kind, _, status in _KINDS if isinstance(error, kind)), 500)


def is_standard(status: int, detail: str) -> bool:
    """Whether a detail is only what is said of any such error."""
    standard = default_exceptions.get(status)
    return detail in (standard.description if standard else None, "The error was noted.")
