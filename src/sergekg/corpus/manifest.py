"""Reads `manifest.toml`: what the corpus is, which files it has, and which texts they hold."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sergekg.corpus.normalise import divide, normalise
from sergekg.corpus.plain import Received
from sergekg.corpus.yamlfile import read_utf8
from sergekg.errors import BuildError, CorpusError, Location, SergekgError
from sergekg.iris import SLUG
from sergekg.model.text import Document, SourceFile, Span
from sergekg.plugins import find_plugin

FILE_NAME = "manifest.toml"
_SPACES = " \t\r\n\u00a0\u202f"


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A text as the manifest declares it; `begins` is the heading where it starts in its file."""

    slug: str
    type: str
    language: str
    title: Mapping[str, str]
    begins: str | None

    @property
    def key(self) -> str:
        return f"{self.type}/{self.slug}"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A source file as the manifest declares it, digest in hex."""

    path: str
    sha256: str
    reader: str
    rights: str
    texts: Sequence[TextEntry]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the corpus says of itself."""

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    version: str
    modified: str
    license: str
    publisher: str
    contact: str
    files: Sequence[FileEntry]


def read_manifest(corpus: Path) -> Manifest:
    """Read the manifest of a corpus directory.

    Raises:
        BuildError: with every mistake in it.
    """
    shown = FILE_NAME
    try:
        raw = tomllib.loads(read_utf8(corpus / FILE_NAME, shown))
    except tomllib.TOMLDecodeError as cause:
        line = _toml_line(str(cause))
        raise BuildError(
            [CorpusError(f"not TOML: {cause}", where=Location(shown, line), remedy="mend the line")]
        ) from cause
    except CorpusError as cause:
        raise BuildError([cause]) from cause
    problems: list[SergekgError] = []
    head = _table(raw, "corpus", shown, problems)
    files = [_file(entry, shown, problems) for entry in _tables(raw, "files", shown, problems)]
    if not files and not problems:
        problems.append(CorpusError("the corpus is empty", where=Location(shown), remedy="sergekg add FILE"))
    slugs = [text.slug for file in files for text in file.texts]
    for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        problems.append(
            CorpusError(f"two texts are called {slug!r}", where=Location(shown), remedy="rename one")
        )
    manifest = Manifest(
        name=_text(head, "name", shown, problems),
        title=_names(head, "title", shown, problems),
        description=_names(head, "description", shown, problems),
        version=_text(head, "version", shown, problems),
        modified=_text(head, "modified", shown, problems),
        license=_text(head, "license", shown, problems),
        publisher=_text(head, "publisher", shown, problems),
        contact=head.get("contact", ""),
        files=files,
    )
    if problems:
        raise BuildError(problems)
    return manifest


def read_documents(
    corpus: Path, manifest: Manifest, hyphens: Mapping[str, str], problems: list[SergekgError]
) -> list[Document]:
    """Every text of the corpus, its file checked against its digest, in the order of the manifest.

    Args:
        problems: takes one for each file or text that cannot be read; the others are still given.
    """
    documents: list[Document] = []
    for entry in manifest.files:
        try:
            documents += _read_file(corpus, entry, hyphens)
        except BuildError as error:
            problems += error.problems
        except SergekgError as error:
            problems.append(error)
    return documents


def read_hyphens(corpus: Path) -> dict[str, str]:
    """The closed list of words that lost a hyphen: `hyphens.tsv`, printed form, tab, form as read.

    Raises:
        BuildError: rows without two cells, words that differ by more than hyphens, words given twice.
    """
    path = corpus / "hyphens.tsv"
    if not path.exists():
        return {}
    problems: list[SergekgError] = []
    words: dict[str, str] = {}
    for number, line in enumerate(read_utf8(path, path.name).splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        where = Location(path.name, number)
        printed, _, read = line.partition("\t")
        if not read or read.replace("-", "") != printed or printed == read:
            problems.append(
                CorpusError(f"{line!r} restores no hyphen", where=where, remedy="printed, tab, read")
            )
        elif printed in words:
            problems.append(CorpusError(f"{printed!r} is given twice", where=where, remedy="keep one line"))
        else:
            words[printed] = read
    if problems:
        raise BuildError(problems)
    return words


def file_digest(data: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _read_file(corpus: Path, entry: FileEntry, hyphens: Mapping[str, str]) -> list[Document]:
    path, where = (corpus / entry.path).resolve(), Location(entry.path)
    if not path.is_relative_to(corpus.resolve()):
        raise CorpusError("the file lies outside the corpus", where=Location(FILE_NAME), remedy="move it in")
    received: Received = find_plugin("readers", entry.reader)(path, entry.path)
    text = received.text
    found = file_digest(path.read_bytes())
    if found != entry.sha256:
        raise CorpusError(
            f"the file changed: its SHA-256 is {found}, the manifest says {entry.sha256}",
            where=where,
            remedy="restore the file as received, or take it in anew as another text",
        )
    file = SourceFile(entry.path, found, text)
    starts = _starts(file, entry)
    ends = [*starts[1:], len(text)]
    documents = []
    for declared, start, end in zip(entry.texts, starts, ends, strict=True):
        begin = end - len(text[start:end].lstrip(_SPACES))
        finish = begin + len(text[begin:end].rstrip(_SPACES))
        reading = normalise(text[begin:finish], begin, hyphens, received.markup)
        documents.append(
            Document(
                slug=declared.slug,
                key=declared.key,
                language=declared.language,
                file=file,
                span=Span(begin, finish),
                reading=reading,
                divisions=divide(reading),
            )
        )
    return documents


def _starts(file: SourceFile, entry: FileEntry) -> list[int]:
    folded = "".join(" " if char in _SPACES else char for char in file.text)
    starts, problems, after = [], [], 0
    for index, declared in enumerate(entry.texts):
        if declared.begins is None:
            if index:
                problems.append(
                    CorpusError(
                        f"{declared.slug} does not say where it begins in {entry.path}",
                        where=Location(FILE_NAME),
                        remedy="give `begins`, its heading",
                    )
                )
            starts.append(0)
            continue
        found = folded.find(declared.begins, after)
        if found < 0 or folded.find(declared.begins, found + 1) >= 0:
            how = "is not found" if found < 0 else "is found twice"
            problems.append(
                CorpusError(
                    f"the heading {declared.begins!r} of {declared.slug} {how} in {entry.path}",
                    where=Location(FILE_NAME),
                    remedy="copy the heading as it stands",
                )
            )
            continue
        starts.append(found)
        after = found + 1
    if problems:
        raise BuildError(problems)
    return starts


def _file(raw: Mapping[str, Any], shown: str, problems: list[SergekgError]) -> FileEntry:
    texts = [
        TextEntry(
            slug=_slug(text, shown, problems),
            type=_text(text, "type", shown, problems),
            language=_text(text, "language", shown, problems),
            title=_names(text, "title", shown, problems),
            begins=text.get("begins"),
        )
        for text in _tables(raw, "texts", shown, problems)
    ]
    return FileEntry(
        path=_text(raw, "path", shown, problems),
        sha256=_text(raw, "sha256", shown, problems),
        reader=raw.get("reader", "plain"),
        rights=_text(raw, "rights", shown, problems),
        texts=texts,
    )


def _slug(raw: Mapping[str, Any], shown: str, problems: list[SergekgError]) -> str:
    slug = _text(raw, "slug", shown, problems)
    if slug and not SLUG.fullmatch(slug):
        problems.append(
            CorpusError(
                f"{slug!r} is not a slug", where=Location(shown), remedy="use a-z, 0-9 and single hyphens"
            )
        )
    return slug


def _text(table: Mapping[str, Any], key: str, shown: str, problems: list[SergekgError]) -> str:
    value = table.get(key)
    if isinstance(value, str) and value:
        return value
    problems.append(CorpusError(f"{key} is missing", where=Location(shown), remedy=f'add {key} = "…"'))
    return ""


def _names(table: Mapping[str, Any], key: str, shown: str, problems: list[SergekgError]) -> dict[str, str]:
    value = table.get(key)
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value.values()):
        return dict(value)
    problems.append(
        CorpusError(
            f"{key} is missing", where=Location(shown), remedy=f'add {key} = {{ fr = "…", en = "…" }}'
        )
    )
    return {}


def _table(raw: Mapping[str, Any], key: str, shown: str, problems: list[SergekgError]) -> Mapping[str, Any]:
    value = raw.get(key)
    if isinstance(value, dict):
        return value
    problems.append(CorpusError(f"[{key}] is missing", where=Location(shown), remedy=f"add a table [{key}]"))
    return {}


def _tables(
    raw: Mapping[str, Any], key: str, shown: str, problems: list[SergekgError]
) -> Sequence[Mapping[str, Any]]:
    value = raw.get(key, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    problems.append(
        CorpusError(f"{key} is not a list of tables", where=Location(shown), remedy=f"write [[{key}]]")
    )
    return []


def _toml_line(message: str) -> int | None:
    _, _, tail = message.partition("at line ")
    number = tail.partition(",")[0]
    return int(number) if number.isdigit() else None
