"""Writes a release beside the others, checks it, and moves one pointer (`release.py` says what it holds)."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sergekg import release as releases
from sergekg.build.artefacts import digest_of
from sergekg.build.extras import EXTRA_FILES, write_extras
from sergekg.build.history import record_publication
from sergekg.build.run import Assembly, Progress, assemble, check
from sergekg.config import Config
from sergekg.corpus.manifest import file_digest
from sergekg.errors import BuildError, CorpusError, ReleaseError
from sergekg.iris import Iris
from sergekg.model.coverage import Coverage
from sergekg.model.text import Document
from sergekg.release import FORMAT, Release, current_release, open_release
from sergekg.store.filling import build_store
from sergekg.validate.shacl import run_shapes
from sergekg.validate.wording import sentences

_WORK = ".work-"


def publish(config: Config, assembly: Assembly) -> Release:
    """Put a release in service; the one before stays on disk and, until the pointer moves, in service.

    A build of the same quads finds its release already there and only moves the pointer. What is written
    is written to a directory of its own and renamed once it is complete, so that a full disk or a killed
    process leaves nothing that looks like a release.

    Raises:
        BuildError: what the release would say of itself does not conform to its shapes.
        ReleaseError: another build is publishing.
        OSError: the disk is full or read-only.
    """
    config.releases.mkdir(parents=True, exist_ok=True)
    with _alone(config.releases):
        _sweep(config.releases)
        work = Path(tempfile.mkdtemp(prefix=_WORK, dir=config.releases))
        try:
            about = _write(work, assembly, config)
            digest = about["digest"]
            final = config.releases / digest
            if _is_complete(final):
                shutil.rmtree(work)
            else:
                catalogue = write_extras(work, about, assembly)
                _check_catalogue(catalogue, config)
                quads = _put(work / "all.nq", "".join(f"{x}\n" for x in (*assembly.lines(), *catalogue)))
                build_store(work / "store", quads)
                quads.unlink()
                _check_store(work, assembly, catalogue)
                _sync(work)
                if final.exists():
                    shutil.rmtree(final)
                work.chmod(0o755)
                work.rename(final)
                releases.sync_directory(config.releases)
        except BaseException as error:
            shutil.rmtree(work, ignore_errors=True)
            if isinstance(error, OSError) and error.filename is None:
                # a write names no file, and what the engine raises has no number either
                number, what = error.errno or errno.EIO, error.strerror or str(error)
                raise OSError(number, what, str(config.releases)) from error
            raise
        entities = sorted(assembly.material.context.entities)
        record_publication(config.releases, about, assembly.lines(), entities, assembly.material.context.iris)
        releases.switch_to(config.releases, digest)
        return open_release(final)


def ensure_release(config: Config, progress: Progress) -> Release:
    """The release in service; where there is none yet, the corpus is built first.

    Raises:
        BuildError: there is none, and the corpus has mistakes or does not conform.
    """
    with contextlib.suppress(ReleaseError):
        return current_release(config.releases)
    assembly = assemble(config, progress)
    report = check(config, assembly, progress)
    if not report.conforms:
        iris = Iris(config.base)
        raise BuildError([CorpusError(line) for line in sentences(report, "en", iris)])
    progress("publishing", 0, 1)
    return publish(config, assembly)


def _write(work: Path, assembly: Assembly, config: Config) -> dict[str, Any]:
    """Write every file that the digest of the release stands for; returns what `release.json` holds."""
    digests = {}
    for name, data in _files(assembly, config):
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digests[name] = file_digest(data)
    about = _about(assembly, config, digests)
    _put(work / "release.json", _dump(about))
    return about


def to_be_released(assembly: Assembly, config: Config) -> dict[str, Any]:
    """What `release.json` would say of a release of this, its digest and those of its files too."""
    digests = {name: file_digest(data) for name, data in _files(assembly, config)}
    return _about(assembly, config, digests)


def _files(assembly: Assembly, config: Config) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file that the digest of the release stands for."""
    material = assembly.material
    yield "data.nq", "".join(f"{line}\n" for line in assembly.lines()).encode()
    titles = {text.slug: text.title for file in material.manifest.files for text in file.texts}
    coverage = {account.slug: account for account in assembly.coverage()}
    for document in material.documents:
        content = _text(document, titles[document.slug], coverage[document.slug])
        yield f"texts/{document.slug}.json", _dump(content).encode()
    for name in dict.fromkeys(document.file.name for document in material.documents):
        yield f"sources/{Path(name).name}", (config.corpus / name).read_bytes()
    origins = {iri: [where.path, where.line] for iri, where in assembly.origins.items()}
    yield "origins.json", _dump(origins).encode()


def _about(assembly: Assembly, config: Config, files: Mapping[str, str]) -> dict[str, Any]:
    """What `release.json` holds, with the digest of the release.

    Args:
        files: digests by name.
    """
    material, manifest = assembly.material, assembly.material.manifest
    about: dict[str, Any] = {
        "format": FORMAT,
        "name": manifest.name,
        "base": config.base,
        "title": dict(manifest.title),
        "description": dict(manifest.description),
        "version": manifest.version,
        "modified": manifest.modified,
        "license": manifest.license,
        "publisher": manifest.publisher,
        "contact": manifest.contact,
        "counts": _counts(assembly),
        "graphs": {
            str(material.context.iris.graph(name)): len(lines)
            for name, lines in sorted(assembly.graphs.items())
        },
        "texts": [document.slug for document in material.documents],
        "files": dict(sorted(files.items())),
    }
    return {"digest": digest_of(_dump(about)), **about}


def _text(document: Document, title: Mapping[str, str], coverage: Coverage) -> Mapping[str, Any]:
    return {
        "slug": document.slug,
        "key": document.key,
        "title": dict(title),
        "language": document.language,
        "file": Path(document.file.name).name,
        "sha256": document.file.sha256,
        "start": document.span.start,
        "end": document.span.end,
        "reading": document.reading.text,
        "edits": [asdict(edit) for edit in document.reading.edits],
        "divisions": [[d.kind, d.span.start, d.span.end] for d in document.divisions],
        "coverage": {
            "share": round(coverage.share, 4),
            "names": list(coverage.names),
            "sentences": [[s.span.start, s.span.end, s.account.value, s.reason] for s in coverage.sentences],
        },
    }


def _counts(assembly: Assembly) -> dict[str, int]:
    entities = assembly.material.context.entities
    kinds = Counter(entity.type for entity in entities.values())
    quads = assembly.lines()
    return {
        "quads": len(quads),
        "triples": _count_triples(assembly),
        "statements": sum(len(artefact.origins) for artefact in assembly.artefacts),
        "entities": len(entities),
        **{f"entities/{kind}": count for kind, count in sorted(kinds.items())},
    }


def _count_triples(assembly: Assembly, catalogue: Sequence[str] = ()) -> int:
    """How many distinct triples there are: lines of N-Quads less their graph."""
    found = {f"{line.rsplit(' ', 2)[0]} ." for line in catalogue}
    for name, lines in assembly.graphs.items():
        tail = f" <{assembly.material.context.iris.graph(name)}> ."
        found |= {line.removesuffix(tail) + " ." for line in lines}
    return len(found)


def _check_catalogue(catalogue: Sequence[str], config: Config) -> None:
    """What a release says of itself has to conform too, before anybody can read it."""
    report = run_shapes(catalogue, config.shapes, "catalogue")
    if not report.conforms:
        raise BuildError([CorpusError(line) for line in sentences(report, "en", Iris(config.base))])


def _check_store(work: Path, assembly: Assembly, catalogue: Sequence[str]) -> None:
    """A store that does not hold what it should never goes into service."""
    import pyoxigraph as ox

    store = ox.Store.read_only(str(work / "store"))
    expected = len(assembly.lines()) + len(catalogue) + _count_triples(assembly, catalogue)
    if len(store) != expected:
        raise ReleaseError(
            f"the new store holds {len(store)} quads, {expected} were written",
            remedy="build again; check the disk",
        )


def _is_complete(directory: Path) -> bool:
    if not (directory / "release.json").is_file() or not (directory / "store").is_dir():
        return False
    with contextlib.suppress(ReleaseError):
        release = open_release(directory)
        names = (*release.files, *(f"dumps/{dump.name}" for dump in release.dumps), *EXTRA_FILES)
        return bool(release.stored) and all((directory / name).is_file() for name in names)
    return False


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One build publishes at a time; the lock goes with its process."""
    with (directory / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            raise ReleaseError("another build is publishing", remedy="wait until it is done") from cause
        yield


def _sweep(directory: Path) -> None:
    """Remove what a killed build left behind."""
    for path in directory.glob(f"{_WORK}*"):
        shutil.rmtree(path, ignore_errors=True)


def _sync(work: Path) -> None:
    for path in work.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        else:
            releases.sync_directory(path)


def _put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
