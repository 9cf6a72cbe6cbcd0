"""What a release directory holds; written by the build, read by the web, never edited.

<releases>/<digest>/release.json    what it is: `Release`, and the digest of every file
<releases>/<digest>/data.nq         every quad, one sorted line each: the bytes that the digest stands for
<releases>/<digest>/store/          the embedded store
<releases>/<digest>/texts/          one `<slug>.json` for each text: reading, edits, divisions, silences
<releases>/<digest>/sources/        the files as received
<releases>/<digest>/dumps/          the same quads compressed, whole and by graph, in several formats
<releases>/<digest>/catalogue/      `void.nq` and `dcat.nq`: what the release says of itself
<releases>/<digest>/ro-crate-metadata.json   the directory as an RO-Crate
<releases>/<digest>/origins.json    for each statement, the file and line that a person mends
<releases>/current                  the digest of the release in service
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sergekg.errors import ReleaseError
from sergekg.files import written_whole
from sergekg.rdf.edition import DumpFile

FORMAT = 1
POINTER = "current"
_DIGEST_LENGTH = 64
_LOCKED = "release.json"
"""The file of a release whose lock says that somebody serves it."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release as its `release.json` tells it.

    Attributes:
        digest: SHA-256 in hex over the digests of the files that make it.
        version, modified: what the manifest of the corpus says.
        counts: quads, triples, statements, facts, entities and so on.
        graphs: graph IRI to its number of quads.
        files: path to SHA-256 in hex, for every file that the digest stands for.
        dumps: the files under `dumps/`.
        stored: what the store holds, with the graph `catalogue`, which `counts` and `graphs` leave out:
            graph IRI to its number of quads, and under the empty name the triples of the default graph.
    """

    directory: Path
    digest: str
    name: str
    base: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    version: str
    modified: str
    license: str
    publisher: str
    contact: str
    counts: Mapping[str, int]
    graphs: Mapping[str, int]
    files: Mapping[str, str]
    texts: tuple[str, ...]
    dumps: tuple[DumpFile, ...] = ()
    stored: Mapping[str, int] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        return self.directory / "store"

    @property
    def quads(self) -> Path:
        return self.directory / "data.nq"

    @property
    def catalogue(self) -> Path:
        """Where the documents `void.nq` and `dcat.nq` are."""
        return self.directory / "catalogue"

    @property
    def short(self) -> str:
        """The first twelve hex digits of the digest, for people."""
        return self.digest[:12]

    def text(self, slug: str) -> Mapping[str, Any]:
        """What `texts/<slug>.json` holds."""
        return _json(self.directory / "texts" / f"{slug}.json")

    def origins(self) -> Mapping[str, Any]:
        """Statement IRI to `[file, line]`."""
        return _json(self.directory / "origins.json")


def open_release(directory: Path) -> Release:
    """Read one release.

    Raises:
        ReleaseError: there is none, or a newer sergekg made it.
    """
    raw = _json(directory / "release.json")
    if raw.get("format") != FORMAT:
        raise ReleaseError(
            f"the release {directory.name[:12]} has format {raw.get('format')}, this sergekg reads {FORMAT}",
            remedy="build it again",
        )
    special = ("directory", "texts", "dumps", "stored")
    fields = {name: raw[name] for name in Release.__slots__ if name not in special}
    dumps = tuple(DumpFile(**dump) for dump in raw.get("dumps", ()))
    stored = raw.get("stored", {})
    return Release(directory=directory, texts=tuple(raw["texts"]), dumps=dumps, stored=stored, **fields)


def empty_release(base: str) -> Release:
    """Stands for a release where a blank store is served."""
    nothing: Mapping[str, str] = {}
    return Release(
        directory=Path(os.devnull),
        digest="0" * _DIGEST_LENGTH,
        name="empty",
        base=base,
        title={"fr": "Un entrepôt vierge", "en": "A blank store"},
        description=nothing,
        version="0",
        modified="1970-01-01",
        license="",
        publisher="",
        contact="",
        counts={},
        graphs={},
        files=nothing,
        texts=(),
    )


def current_release(releases: Path) -> Release:
    """The release in service.

    Raises:
        ReleaseError: nothing was built yet.
    """
    try:
        digest = (releases / POINTER).read_text(encoding="ascii").strip()
    except FileNotFoundError as cause:
        raise ReleaseError("there is no release yet", remedy="run: sergekg build") from cause
    return open_release(releases / digest)


def find_release(releases: Path, name: str) -> Release:
    """The release whose digest begins with `name`, or the one in service for `current`.

    Raises:
        ReleaseError: none, or several.
    """
    if name == POINTER:
        return current_release(releases)
    found = [path for path in _directories(releases) if path.name.startswith(name)]
    if len(found) != 1:
        what = "no release begins with" if not found else "several releases begin with"
        raise ReleaseError(f"{what} {name!r}", remedy="list them: sergekg status --releases")
    return open_release(found[0])


def list_releases(releases: Path) -> list[Release]:
    """Every complete release, the latest made first."""
    directories = sorted(_directories(releases), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [open_release(path) for path in directories]


def switch_to(releases: Path, digest: str) -> None:
    """Put a release in service; readers see the old one or the new one, never neither."""
    with written_whole(releases / POINTER) as file:
        file.write(f"{digest}\n".encode("ascii"))
    sync_directory(releases)


class Pruned(NamedTuple):
    """The digests of releases that were deleted, and of those that were not because a server serves them."""

    deleted: list[str]
    served: list[str]


def prune_releases(releases: Path, keep: int) -> Pruned:
    """Delete all but the `keep` latest releases, the one in service, and those that a server holds."""
    in_service = current_release(releases).digest
    pruned = Pruned([], [])
    for release in list_releases(releases)[keep:]:
        if release.digest == in_service:
            continue
        with _exclusive(release.directory) as is_ours:
            if is_ours:
                shutil.rmtree(release.directory)
            (pruned.deleted if is_ours else pruned.served).append(release.digest)
    return pruned


def hold_release(directory: Path) -> int:
    """Keep a release that is served from being pruned, until the descriptor is closed or its process ends.

    A file system without locks does not keep it from being served, only from being pruned.

    Raises:
        ReleaseError: it is gone, or being deleted.
    """
    path = directory / _LOCKED
    gone = ReleaseError(f"the release {directory.name[:12]} was deleted meanwhile", remedy="start again")
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError as cause:
        raise gone from cause
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        is_there = path.exists()  # it may have been deleted between the two
    except OSError as error:
        is_there = not isinstance(error, BlockingIOError)
    if not is_there:
        os.close(handle)
        raise gone
    return handle


@contextlib.contextmanager
def _exclusive(directory: Path) -> Iterator[bool]:
    """Whether nobody holds a release; meanwhile nobody begins to."""
    with (directory / _LOCKED).open("rb+") as file:  # to write: NFS locks nothing else exclusively
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _directories(releases: Path) -> Iterator[Path]:
    if releases.is_dir():
        for path in releases.iterdir():
            if len(path.name) == _DIGEST_LENGTH and (path / "release.json").is_file():
                yield path


def _json(path: Path) -> Mapping[str, Any]:
    try:
        value: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise ReleaseError(f"the release has no {path.name}", remedy="build it again") from cause
    except (OSError, ValueError) as cause:
        raise ReleaseError(f"{path.name} of the release is damaged", remedy="build it again") from cause
    return value
