"""Queries made permanent: kept under the hash of their text and of the release that they were asked of.

They live beside the releases, not in them: `<var>/queries/<hash>.json`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from sergekg.errors import StoreError
from sergekg.files import written_whole
from sergekg.iris import content_hash

LONGEST = 100_000
"""Bytes of a query that is kept."""
MOST = 50_000
"""Queries that are kept; a disk must not fill because somebody can."""
_HASH = re.compile(r"[0-9a-f]{12,32}")
_SHORT = 12


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query, and the digest and version of the release that it was first asked of."""

    hash: str
    query: str
    release: str
    version: str


def save_query(directory: Path, query: str, release: str, version: str) -> SavedQuery:
    """Keep a query; the same query of the same release has the same hash, and is kept once.

    Raises:
        StoreError: it is too long, there are too many, or nothing can be written there.
    """
    text = query.replace("\r\n", "\n").strip() + "\n"
    if len(text.encode()) > LONGEST:
        raise StoreError(f"the query is longer than {LONGEST} bytes", remedy="shorten it")
    whole = content_hash((text, release))
    for length in range(_SHORT, len(whole) + 1):
        saved = SavedQuery(whole[:length], text, release, version)
        found = load_query(directory, saved.hash)
        if found is None:
            _write(directory, saved)
            return saved
        if (found.query, found.release) == (text, release):
            return found
    raise StoreError("this query cannot be named", remedy="change a word of it")


def load_query(directory: Path, hash: str) -> SavedQuery | None:
    """The query of that hash; None where there is none, or its file is damaged."""
    if not _HASH.fullmatch(hash):
        return None
    try:
        raw = json.loads((directory / f"{hash}.json").read_text(encoding="utf-8"))
        return SavedQuery(hash, str(raw["query"]), str(raw["release"]), str(raw["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(directory: Path, saved: SavedQuery) -> None:
    content = {"query": saved.query, "release": saved.release, "version": saved.version}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in os.scandir(directory)) >= MOST:
            raise StoreError("no more queries can be kept here", remedy="keep the text of the query yourself")
        with written_whole(directory / f"{saved.hash}.json") as file:
            file.write(json.dumps(content, ensure_ascii=False).encode())
    except OSError as cause:
        raise StoreError(
            f"queries cannot be kept here ({cause.strerror})", remedy="keep the text of the query yourself"
        ) from cause
