"""The releases that are still on disk, and their stores."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock

from flask import current_app
from werkzeug.exceptions import Gone, NotFound

from sergekg.errors import ReleaseError
from sergekg.release import Release, find_release
from sergekg.store.base import Store
from sergekg.store.local import LocalStore
from sergekg.web.known import history
from sergekg.web.service import service

_DIGEST = re.compile(r"[0-9a-f]{7,64}")
_OPEN_STORES = 4
_LOCK = Lock()


def kept_release(name: str) -> Release:
    """A release by its digest or the beginning of it.

    Raises:
        Gone: it was published here and is kept no more.
        NotFound: it was never published here.
    """
    served = service().release
    if not _DIGEST.fullmatch(name):
        raise NotFound("A release is named by its digest, at least seven hex digits of it.")
    if served.digest.startswith(name):
        return served
    try:
        return find_release(service().config.releases, name)
    except ReleaseError as cause:
        if any(p.digest.startswith(name) for p in history().publications):
            raise Gone("This release was published here and is kept no more.") from cause
        raise NotFound("No release begins with this digest.") from cause


def is_kept(digest: str) -> bool:
    """Whether the files of a release are still there."""
    if digest == service().release.digest:
        return True
    return (service().config.releases / digest / "release.json").is_file()


def store_of(release: Release) -> Store:
    """The store of a release; those of the past are opened when they are asked for, a few at a time."""
    if release.digest == service().release.digest:
        return service().store
    kept: OrderedDict[str, Store] = current_app.extensions.setdefault("sergekg.stores", OrderedDict())
    with _LOCK:
        if release.digest not in kept:
            kept[release.digest] = LocalStore.open(release.store)
        kept.move_to_end(release.digest)
        while len(kept) > _OPEN_STORES:
            kept.popitem(last=False)
        return kept[release.digest]
