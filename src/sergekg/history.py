"""What was published, in order: the log beside the releases, which outlives them.

<releases>/history/<number>.json.gz   one publication: `Publication` and its events
<releases>/history/<number>.nq.gz     the members that it created or updated, each in the graph of its name

A publication is logged when another digest than the last goes into service. Numbers are from 1. Nothing
here comes from a clock: a publication has the date that its corpus gives (`modified`), and one second more
than the publication before it where that date does not come later, so that times only go up.
"""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from sergekg.errors import ReleaseError

DIRECTORY = "history"


class Kind(StrEnum):
    """What happened to a member (Activity Streams 2.0, 3.1)."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one entity: `key` is `<type>/<slug>`, `digest` is that of its new member."""

    number: int
    key: str
    kind: Kind
    digest: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A release going into service.

    Attributes:
        number: its place in the log, from 1.
        time: UTC, as above.
        events: of entities, by key.
        added, removed: keys of all things that were not known before, or are known no more.
    """

    number: int
    digest: str
    version: str
    modified: str
    time: datetime.datetime
    events: Sequence[Event]
    added: Sequence[str]
    removed: Sequence[str]


@dataclass(frozen=True)
class History:
    """The whole log."""

    directory: Path
    publications: Sequence[Publication] = ()
    members: Mapping[str, str] = field(default_factory=dict)
    """Key to digest, of the members as the last publication left them."""

    def events(self) -> list[Event]:
        """Every event, oldest first."""
        return [event for publication in self.publications for event in publication.events]

    def known(self) -> set[str]:
        """Keys of the things that the last publication knows."""
        keys: set[str] = set()
        for publication in self.publications:
            keys = (keys | set(publication.added)) - set(publication.removed)
        return keys

    def is_retired(self, key: str) -> bool:
        """Whether a thing was known once and is known no more."""
        for publication in reversed(self.publications):
            if key in publication.removed:
                return True
            if key in publication.added:
                return False
        return False

    def knowing(self, key: str) -> list[Publication]:
        """The publications that know a thing, oldest first."""
        found, known = [], False
        for publication in self.publications:
            known = (known or key in publication.added) and key not in publication.removed
            if known:
                found.append(publication)
        return found

    def changed(self, key: str) -> Publication | None:
        """The publication that last changed an entity."""
        for publication in reversed(self.publications):
            if any(event.key == key for event in publication.events):
                return publication
        return None

    def of(self, digest: str) -> Publication | None:
        """The latest publication of a release."""
        return next((p for p in reversed(self.publications) if p.digest == digest), None)

    def quads(self, number: int) -> Iterator[str]:
        """The N-Quads lines of the members that one publication created or updated."""
        with gzip.open(self.directory / f"{number:06d}.nq.gz", "rt", encoding="utf-8", newline="\n") as file:
            for line in file:
                yield line.rstrip("\n")


def read_history(releases: Path) -> History:
    """The log of a directory of releases; empty where nothing was published.

    Raises:
        ReleaseError: a file of it is damaged.
    """
    directory = releases / DIRECTORY
    publications: list[Publication] = []
    members: dict[str, str] = {}
    for path in sorted(directory.glob("*.json.gz")):
        publication = _read(path, publications[-1].time if publications else None)
        publications.append(publication)
        for event in publication.events:
            if event.kind is Kind.DELETE:
                members.pop(event.key, None)
            else:
                members[event.key] = event.digest
    return History(directory, tuple(publications), members)


def publication_time(modified: str, previous: datetime.datetime | None) -> datetime.datetime:
    """When a publication counts as made: midnight UTC of its date, later than the one before it."""
    time = datetime.datetime.fromisoformat(modified).replace(tzinfo=datetime.UTC)
    if previous is not None and time <= previous:
        return previous + datetime.timedelta(seconds=1)
    return time


def _read(path: Path, previous: datetime.datetime | None) -> Publication:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            raw: dict[str, Any] = json.load(file)
        number = raw["number"]
        return Publication(
            number=number,
            digest=raw["digest"],
            version=raw["version"],
            modified=raw["modified"],
            time=publication_time(raw["modified"], previous),
            events=tuple(Event(number, key, Kind(kind), digest) for key, kind, digest in raw["events"]),
            added=tuple(raw["added"]),
            removed=tuple(raw["removed"]),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as cause:
        raise ReleaseError(
            f"{DIRECTORY}/{path.name} of the releases is damaged",
            remedy="restore it from a copy, or delete the directory to begin the log anew",
        ) from cause
