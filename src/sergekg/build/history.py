"""Logs what a publication changes, beside the releases (`history.py` says what is kept)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sergekg.build.dumps import gzip_writer
from sergekg.errors import ReleaseError
from sergekg.files import written_whole
from sergekg.history import Kind, publication_time, read_history
from sergekg.iris import Iris
from sergekg.rdf.members import known_keys, member_digest, split_members
from sergekg.release import sync_directory


def record_publication(
    releases: Path,
    about: Mapping[str, Any],
    lines: Sequence[str],
    entities: Sequence[str],
    iris: Iris,
) -> None:
    """Log a release that goes into service; the release that is in service already is not logged again.

    Args:
        about: `digest`, `version` and `modified` of the release.
        lines: every quad of it.
        entities: keys of the authority list.

    Raises:
        ReleaseError: the log is damaged, or would be by a `modified` that is no date.
    """
    history = read_history(releases)
    if history.publications and history.publications[-1].digest == about["digest"]:
        return
    try:
        publication_time(about["modified"], None)
    except ValueError as cause:
        raise ReleaseError(
            f"the release is of {about['modified']!r}, which is no day",
            remedy="give `modified` as YYYY-MM-DD",
        ) from cause
    number = len(history.publications) + 1
    members = split_members(lines, entities, iris)
    digests = {key: member_digest(rows) for key, rows in members.items()}
    events: list[tuple[str, str, str]] = []
    for key in sorted({*digests, *history.members}):
        if key not in digests:
            events.append((key, Kind.DELETE, ""))
        elif key not in history.members:
            events.append((key, Kind.CREATE, digests[key]))
        elif digests[key] != history.members[key]:
            events.append((key, Kind.UPDATE, digests[key]))
    before, now = history.known(), set(known_keys(lines, iris))
    content = {
        "number": number,
        "digest": about["digest"],
        "version": about["version"],
        "modified": about["modified"],
        "events": events,
        "added": sorted(now - before),
        "removed": sorted(before - now),
    }
    history.directory.mkdir(parents=True, exist_ok=True)
    quads = []
    for key, kind, _ in events:
        if kind != Kind.DELETE:
            graph = f"<{iris.version(number, key)}>"
            quads += [_in_graph(line, graph) for line in members[key]]
    _put(history.directory / f"{number:06d}.nq.gz", "".join(f"{line}\n" for line in quads))
    _put(history.directory / f"{number:06d}.json.gz", json.dumps(content, indent=0) + "\n")
    sync_directory(history.directory)


def _in_graph(line: str, graph: str) -> str:
    """The same triple in another graph; a graph's name holds no space, so it is the last part of a line."""
    return f"{line.rsplit(' ', 2)[0]} {graph} ."


def _put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with written_whole(path) as file, gzip_writer(file) as packed:
        packed.write(text.encode())
