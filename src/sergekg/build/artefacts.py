"""What the build makes of each text, kept under the digest of everything that it was made from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unicodedata import unidata_version

from sergekg import __version__
from sergekg.corpus.annotations import read_annotations
from sergekg.errors import SergekgError
from sergekg.extract.base import Context
from sergekg.extract.curated import extract_curated
from sergekg.files import written_whole
from sergekg.iris import THING
from sergekg.model.report import Finding, Report, Severity
from sergekg.model.text import Document
from sergekg.rdf.statements import statement_quads
from sergekg.rdf.terms import to_nquads

_FILES = ("build/artefacts.py", "iris.py", "xml.py")
_STAGES = ("corpus", "extract", "model", "rdf", "validate", "vocab")
_LIBRARIES = ("edtf", "pyoxigraph", "pyshacl", "pyyaml", "rdflib")
"""What decides the bytes that are kept: files and directories of the package, and libraries."""
_KEY = re.compile(THING.pattern)


@dataclass(frozen=True, slots=True)
class Artefact:
    """One text, read and expressed.

    Attributes:
        nquads: the sorted lines of its graph.
        origins: statement IRI to `(file, line)`.
        handles: `<text>#<id>` to statement IRI.
        attested: event key to the statuses of the statements that tell of it.
        passages: `(start, end)` of the evidence of every statement.
        silences: `(start, end, reason)` of passages that hold nothing to state.
    """

    slug: str
    nquads: tuple[str, ...]
    origins: Mapping[str, tuple[str, int]]
    handles: Mapping[str, str]
    attested: Mapping[str, tuple[str, ...]]
    passages: tuple[tuple[int, int], ...]
    silences: tuple[tuple[int, int, str], ...]

    @property
    def digest(self) -> str:
        return digest_of(*self.nquads)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 over the code that reads, expresses and validates texts: a change of it makes everything stale.

    The libraries count by their versions, and Python by that of the Unicode tables that it normalises by.
    """
    versions = (f"{name} {version(name)}" for name in _LIBRARIES)
    return digest_of(__version__, unidata_version, *versions, *(path.read_bytes() for path in _code()))


def _code() -> list[Path]:
    package = Path(__file__).resolve().parent.parent
    modules = [path for name in _STAGES for path in sorted((package / name).rglob("*.py"))]
    return [*(package / name for name in _FILES), *modules]


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 in hex over parts that cannot run into one another."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def document_key(document: Document, annotations: Path, context: Context) -> str:
    """The digest of everything that an artefact is made from."""
    try:
        said = annotations.read_bytes()
    except OSError:
        said = b""
    named = sorted(set(_KEY.findall(said.decode("utf-8", "replace"))))
    classes = json.dumps([(key, e.cls) for key in named if (e := context.entities.get(key)) is not None])
    edits = json.dumps([asdict(edit) for edit in document.reading.edits])
    return digest_of(
        code_digest(),
        context.iris.base,
        context.signature.digest,
        classes,
        document.slug,
        document.key,
        document.language,
        document.file.sha256,
        document.file.text,
        f"{document.span.start}-{document.span.end}",
        edits,
        said,
    )


def compile_document(document: Document, corpus: Path, context: Context) -> Artefact | list[SergekgError]:
    """Read the annotations of a text and express them, or say everything that is wrong with them.

    Mistakes are a value, so that they travel back from another process together.
    """
    from sergekg.errors import BuildError

    try:
        annotations = read_annotations(corpus, document.slug)
        extraction = extract_curated(document, annotations, context)
    except BuildError as error:
        return list(error.problems)
    except SergekgError as error:
        return [error]
    iris = context.iris
    attested: dict[str, list[str]] = {}
    for statement in extraction.statements:
        if statement.event is not None and (key := iris.key(statement.event)):
            attested.setdefault(key, []).append(statement.status.value)
    return Artefact(
        slug=document.slug,
        nquads=tuple(to_nquads(statement_quads(document, extraction.statements, context.signature, iris))),
        origins={
            str(iris.statement(s.digest)): (s.origin.path, s.origin.line or 0) for s in extraction.statements
        },
        handles={
            f"{document.slug}#{s.handle}": str(iris.statement(s.digest))
            for s in extraction.statements
            if s.handle
        },
        attested={key: tuple(sorted(set(statuses))) for key, statuses in attested.items()},
        passages=tuple((s.evidence.position.start, s.evidence.position.end) for s in extraction.statements),
        silences=tuple(
            (s.evidence.position.start, s.evidence.position.end, s.reason) for s in extraction.silences
        ),
    )


class Cache:
    """Files named by the digest of what they were made from; a damaged one counts as missing."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def artefact(self, key: str) -> Artefact | None:
        raw = self._read(f"text-{key}")
        if raw is None:
            return None
        return Artefact(
            slug=raw["slug"],
            nquads=tuple(raw["nquads"]),
            origins={iri: (path, line) for iri, (path, line) in raw["origins"].items()},
            handles=raw["handles"],
            attested={event: tuple(statuses) for event, statuses in raw["attested"].items()},
            passages=tuple((start, end) for start, end in raw["passages"]),
            silences=tuple((start, end, reason) for start, end, reason in raw["silences"]),
        )

    def keep_artefact(self, key: str, artefact: Artefact) -> None:
        self._write(f"text-{key}", asdict(artefact))

    def report(self, key: str) -> Report | None:
        raw = self._read(f"report-{key}")
        if raw is None:
            return None
        findings = [
            Finding(**{**f, "severity": Severity(f["severity"]), "where": None}) for f in raw["findings"]
        ]
        return Report(findings, raw["turtle"])

    def keep_report(self, key: str, report: Report) -> None:
        self._write(f"report-{key}", asdict(report))

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            value: dict[str, Any] = json.loads((self.directory / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return value

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        data = json.dumps(value, ensure_ascii=False)
        with written_whole(self.directory / f"{name}.json", is_cache=True) as file:
            file.write(data.encode())
