"""Whether a thing is known to the release, was known once, or never."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from flask import current_app
from rdflib import URIRef
from werkzeug.exceptions import Gone, NotFound

from sergekg.history import DIRECTORY, History, read_history
from sergekg.web.describe import Extent, is_known, measure
from sergekg.web.service import service, state

UNLISTED = ("evidence", "file")
"""Types of things that are reached from others and stand in no list."""
_THINGS = "SELECT DISTINCT ?thing WHERE { ?thing a ?class }"
_LOCK = Lock()
_MOST = 100_000
"""Things whose extent is kept."""
_LONGEST = 200
"""Characters of a key that is remembered as unknown: there is no end of those, and clients make them up."""


def extent_of(key: str) -> Extent | None:
    """How long the description of a thing is; None for one that the release does not know. Kept in memory."""
    kept: OrderedDict[str, Extent | None] = current_app.extensions.setdefault(
        "sergekg.extents", OrderedDict()
    )
    name = f"{state()} {key}"
    with _LOCK:
        if name in kept:
            kept.move_to_end(name)
            return kept[name]
    iri = service().iris.thing(key)
    extent = measure(service().store, iri) if is_known(service().store, iri) else None
    if extent is None and len(key) > _LONGEST:
        return None
    with _LOCK:
        kept[name] = extent
        while len(kept) > _MOST:
            kept.popitem(last=False)
    return extent


def require_known(key: str) -> URIRef:
    """The IRI of a thing that the release knows.

    Raises:
        Gone: an earlier release knew it.
        NotFound: none did.
    """
    iri = service().iris.thing(key)
    if extent_of(key) is not None:
        return iri
    if history().is_retired(key):
        raise Gone(f"{key} was retired: an earlier release knew it. Its past is at /timemap/id/{key}.")
    raise NotFound(f"The release knows nothing called {key[:200]}.")


def listed_keys() -> list[str]:
    """The keys of all things that have a page of their own in lists, sorted; kept for the release."""
    held, now = current_app.extensions.get("sergekg.listed"), state()  # a write may come while we ask
    if held is None or held[0] != now:
        iris, found = service().iris, set()
        for row in service().store.select(_THINGS):
            key = iris.key(str(row["thing"])) if "#" not in str(row["thing"]) else None
            if key is not None and key.partition("/")[0] not in UNLISTED:
                found.add(key)
        held = current_app.extensions["sergekg.listed"] = (now, sorted(found))
    keys: list[str] = held[1]
    return keys


def history() -> History:
    """The log of publications, read again when it has grown."""
    releases = service().config.releases
    try:
        stamp = (releases / DIRECTORY).stat().st_mtime_ns
    except OSError:
        stamp = 0
    held = current_app.extensions.get("sergekg.history")
    if held is None or held[0] != stamp:
        with _LOCK:
            held = current_app.extensions["sergekg.history"] = (stamp, read_history(releases))
    found: History = held[1]
    return found
