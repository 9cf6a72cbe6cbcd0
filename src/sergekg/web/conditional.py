"""Answers that a client may keep: strong validators, 304, 412, and how long they stay fresh.

RFC 9110, 8.8 and 13; RFC 9111; RFC 8246 for what never changes. A validator names release, resource,
format and content coding, so two representations never share one and a new release changes them all.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import PreconditionFailed
from werkzeug.http import parse_date, parse_etags
from werkzeug.utils import send_file

from sergekg import __version__
from sergekg.byte_cache import ByteCache
from sergekg.history import publication_time
from sergekg.release import Release
from sergekg.web.compression import choose_encoding, encode
from sergekg.web.known import history
from sergekg.web.replay import allow
from sergekg.web.service import service, state

IMMUTABLE = "public, max-age=31536000, immutable"
"""For what is named by a digest: it never changes."""
CURRENT = "public, max-age=300"
"""For what the next release may change."""
BRIEF = "public, max-age=60"
"""For what grows, such as the last page of a feed."""
CHECKED = "no-cache"
"""For what the next write may change: kept, and asked for again each time."""
_LONGEST_DATE = 64
_CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")


@dataclass(frozen=True, slots=True)
class Freshness:
    """What validates an answer.

    Attributes:
        key: everything that decides its bytes, besides the release and the version of the software.
        release: the release that it is of; default the one in service.
        cache: the Cache-Control header.
        seal: stands for the release, where the bytes rest on something that outlives it.
    """

    key: tuple[str, ...]
    release: Release | None = None
    cache: str = CURRENT
    seal: str | None = None


def respond(make: Callable[[], bytes], content_type: str, freshness: Freshness) -> Response:
    """An answer made only where the client does not hold it already.

    Args:
        make: gives the body; what it gives is kept and used again for the same validator.

    Raises:
        PreconditionFailed: `If-Match` or `If-Unmodified-Since` does not hold.
    """
    allow()
    tag = entity_tag(freshness.seal or state(freshness.release), *freshness.key)
    encoding = choose_encoding(request, content_type)
    written = f"{tag}-{encoding}" if encoding else tag
    response = Response(content_type=content_type)
    response.set_etag(written)
    if freshness.seal is None:  # else nobody knows since when the bytes are as they are
        response.last_modified = last_modified(freshness.release or service().release)
    response.headers["Cache-Control"] = freshness.cache
    response.vary.add("Accept-Encoding")
    if is_held(tag, response.last_modified):
        response.status_code = 304
        del response.headers["Content-Type"]
        return response
    body = _body(written, lambda: encode(make(), encoding) if encoding else make())
    response.set_data(body)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def send_stored(path: Path, content_type: str, tag: str, release: Release) -> Response:
    """A file as it is on disk: whole, in ranges, or 304.

    Args:
        tag: the opaque part of its validator.

    Raises:
        PreconditionFailed: `If-Match` or `If-Unmodified-Since` does not hold.
    """
    modified = last_modified(release)
    if is_held(tag, modified):
        response = Response(status=304)
        response.set_etag(tag)
        response.last_modified = modified
        del response.headers["Content-Type"]
        return response
    # the conditions are answered: what werkzeug is left to judge are Range and If-Range
    environ = {name: value for name, value in request.environ.items() if name not in _CONDITIONS}
    if not _is_same(environ.get("HTTP_IF_RANGE", "").strip(), tag, modified):
        environ.pop("HTTP_RANGE", None)
    return send_file(  # type: ignore[return-value]
        path,
        environ,
        mimetype=content_type,
        conditional=True,
        etag=tag,
        last_modified=modified,
        response_class=Response,
    )


def entity_tag(seal: str, *key: str) -> str:
    """The opaque part of a strong validator, before the content coding is added."""
    parts = "\n".join((seal, __version__, *key))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def last_modified(release: Release) -> datetime.datetime:
    """When the release was published, as the log has it; never later than now (RFC 9110, 8.8.2.1)."""
    publication = history().of(release.digest)
    time = publication.time if publication else publication_time(release.modified, None)
    return min(time, datetime.datetime.now(datetime.UTC).replace(microsecond=0))


def is_held(tag: str, modified: datetime.datetime | None) -> bool:
    """Whether the client holds this representation, in any content coding (RFC 9110, 13.2.2).

    Raises:
        PreconditionFailed: `If-Match` or `If-Unmodified-Since` does not hold.
    """
    if service().is_written:
        modified = None  # a write leaves the time of the release as it is
    matches = request.headers.get("If-Match")
    if matches is not None:
        if not _names(matches, tag, strong=True):
            raise PreconditionFailed("The resource is not the one that If-Match names.")
    elif modified and request.if_unmodified_since and modified > request.if_unmodified_since:
        raise PreconditionFailed("The resource has changed since the date of If-Unmodified-Since.")
    none_match = request.headers.get("If-None-Match")
    if none_match is not None:
        return _names(none_match, tag, strong=False)
    since = request.if_modified_since
    return bool(since and modified and modified <= since)


def date_of(text: str) -> datetime.datetime | None:
    """The date that a header gives (RFC 9110, 5.6.7); None for what is none."""
    try:
        return parse_date(text) if len(text) < _LONGEST_DATE else None
    except (OverflowError, ValueError):  # a day or zone of many digits
        return None


def drop_bad_dates(environ: dict[str, Any]) -> None:
    """Take conditions away whose date is none (RFC 9110, 13.1.3 to 13.1.5), on which the framework breaks."""
    for name in ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"):
        if name in environ and date_of(environ[name]) is None:
            del environ[name]
    condition = environ.get("HTTP_IF_RANGE", "").strip()
    if condition and not condition.startswith(('"', "W/")) and date_of(condition) is None:
        environ.pop("HTTP_RANGE", None)  # the condition does not hold, so the answer is whole
        del environ["HTTP_IF_RANGE"]


def _is_same(condition: str, tag: str, modified: datetime.datetime) -> bool:
    """Whether If-Range, if there is any, names this very representation (RFC 9110, 13.1.5).

    The framework takes a weak tag for a strong one, and any later date for the same.
    """
    if not condition or condition.startswith(('"', "W/")):
        return condition in ("", f'"{tag}"')
    return date_of(condition) == modified


def demand(tags: Sequence[str]) -> None:
    """Let a write go on only where the conditions of the request hold (RFC 9110, 13.1.1 and 13.1.2).

    Args:
        tags: the validators of the representations that there are; none where there is no such resource.

    Raises:
        PreconditionFailed: `If-Match` or `If-None-Match` does not hold.
    """
    matches, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if matches is not None and not any(_names(matches, tag, strong=True) for tag in tags):
        raise PreconditionFailed("The resource is not the one that If-Match names.")
    if none_match is not None and any(_names(none_match, tag, strong=False) for tag in tags):
        raise PreconditionFailed("If-None-Match names the resource as it is.")


def _names(header: str, tag: str, *, strong: bool) -> bool:
    tags = parse_etags(header)
    if tags.star_tag:
        return True
    written = (tag, *(f"{tag}-{encoding}" for encoding in ("br", "gzip")))
    return any(tags.is_strong(one) or (not strong and tags.is_weak(one)) for one in written)


def _body(validator: str, make: Callable[[], bytes]) -> bytes:
    """The body that has this validator, made where it is not kept."""
    kept: ByteCache[bytes] | None = current_app.extensions.get("sergekg.bodies")
    if kept is None:
        made: ByteCache[bytes] = ByteCache(service().config.answer_cache << 20)
        kept = current_app.extensions.setdefault("sergekg.bodies", made)
    body = kept.get(validator)
    if body is None:
        body = make()
        kept.put(validator, body, len(body))
    return body
