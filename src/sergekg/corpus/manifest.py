"""Reads `manifest.toml`: what the corpus is, which files it has, and which texts they hold."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sergekg.corpus.normalise import divide, normalise
from sergekg.corpus.plain import Received
from sergekg.corpus.tomltable import CONTROL, TAGS, Table
from sergekg.corpus.yamlfile import read_utf8
from sergekg.errors import BuildError, CorpusError, Location, SergekgError
from sergekg.model.text import Document, SourceFile, Span
from sergekg.model.values import is_contact, is_day, is_iri, is_language
from sergekg.plugins import find_plugin

FILE_NAME = "manifest.toml"


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

    @classmethod
    def none(cls) -> Manifest:
        """Stands for a manifest that cannot be read, while mistakes of other files are looked for."""
        return cls("", {}, {}, "", "", "", "", "", ())


def read_manifest(corpus: Path, *, may_be_empty: bool = False) -> Manifest:
    """Read the manifest of a corpus directory.

    Args:
        may_be_empty: whether it is no mistake that it has no files.

    Raises:
        BuildError: with every mistake in it.
    """
    if not corpus.is_dir():
        missing = CorpusError(
            f"there is no directory {corpus}",
            where=Location(FILE_NAME),
            remedy="mend the setting `corpus`, or make one: sergekg init DIR",
        )
        raise BuildError([missing])
    try:
        raw = parse_manifest(read_utf8(corpus / FILE_NAME, FILE_NAME))
    except CorpusError as cause:
        raise BuildError([cause]) from cause
    problems: list[SergekgError] = []
    top = Table("the manifest", raw, problems, FILE_NAME)
    top.allow("corpus", "files")
    head = top.table("corpus", "the corpus")
    head.allow("name", "title", "description", "version", "modified", "license", "publisher", "contact")
    manifest = Manifest(
        name=head.slug("name"),
        title=head.names("title", "fr", "en"),
        description=head.names("description"),
        version=head.text("version"),
        modified=head.checked("modified", is_day, "a day", "write it as YYYY-MM-DD"),
        license=head.checked(
            "license", is_iri, "an IRI", "give one, such as https://creativecommons.org/licenses/by/4.0/"
        ),
        publisher=head.text("publisher"),
        contact=head.checked(
            "contact", is_contact, "an address", "give an e-mail address or an IRI, or nothing", default=""
        ),
        files=[_file(entry) for entry in top.tables("files", "path", "file")],
    )
    if not raw.get("files") and not may_be_empty:
        problems.append(
            CorpusError("the corpus is empty", where=Location(FILE_NAME), remedy="sergekg add FILE")
        )
    problems += _twins(manifest.files)
    if problems:
        raise BuildError(problems)
    return manifest


def parse_manifest(source: str) -> Mapping[str, Any]:
    """The tables of a manifest, as TOML reads them.

    Raises:
        CorpusError: not TOML, with the line.
    """
    try:
        return tomllib.loads(source.removeprefix("\ufeff"))  # some editors begin a file with a mark
    except (ValueError, RecursionError) as cause:
        where = Location(FILE_NAME, _toml_line(str(cause)))
        raise CorpusError(f"not TOML: {cause}", where=where, remedy="mend the line") from cause


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
            problems.append(error.at(Location(entry.path)))
    return documents


def read_hyphens(corpus: Path) -> dict[str, str]:
    """The closed list of words that lost a hyphen: `hyphens.tsv`, printed form, tab, form as read.

    Raises:
        BuildError: not UTF-8, rows without two cells, words that differ by more than hyphens or are given
            twice.
    """
    path = corpus / "hyphens.tsv"
    if not path.exists():
        return {}
    try:
        # splitlines would cut a row at a line separator, such as U+2028
        rows = re.split(r"\r\n?|\n", read_utf8(path, path.name).removeprefix("\ufeff"))
    except CorpusError as cause:
        raise BuildError([cause]) from cause
    problems: list[SergekgError] = []
    words: dict[str, str] = {}
    for number, line in enumerate(rows, 1):
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
        raise CorpusError(
            f"the file lies outside the corpus: {entry.path}", where=Location(FILE_NAME), remedy="move it in"
        )
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
        begin = end - len(text[start:end].lstrip())
        finish = begin + len(text[begin:end].rstrip())
        reading = normalise(text[begin:finish], begin, hyphens, received.markup)
        documents.append(
            Document(
                slug=declared.slug,
                key=declared.key,
                language=declared.language,
                file=file,
                span=Span(begin, finish),
                reading=reading,
                divisions=divide(reading, received.markup),
            )
        )
    return documents


def _starts(file: SourceFile, entry: FileEntry) -> list[int]:
    starts: list[int] = []
    problems: list[SergekgError] = []
    after = 0
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
            starts.append(int(file.text.startswith("\ufeff")))  # a mark of the encoding is no word
            continue
        # white space is alike here as it is in quotes
        heading = re.compile(r"\s+".join(map(re.escape, declared.begins.split())))
        found = [match.start() for match in heading.finditer(file.text, after)]
        if len(found) != 1:
            how = "is found twice" if found else "is not found"
            problems.append(
                CorpusError(
                    f"the heading {declared.begins!r} of {declared.slug} {how} in {entry.path}",
                    where=Location(FILE_NAME),
                    remedy="copy the heading as it stands",
                )
            )
            continue
        starts += found
        after = found[0] + 1
    if problems:
        raise BuildError(problems)
    return starts


def _text(table: Table) -> TextEntry:
    table.allow("slug", "type", "language", "title", "begins")
    return TextEntry(
        slug=table.slug("slug"),
        type=table.text("type"),
        language=table.checked("language", is_language, "a language tag", TAGS),
        title=table.names("title", "fr", "en"),
        begins=table.text("begins") if "begins" in table.values else None,
    )


def _file(table: Table) -> FileEntry:
    table.allow("path", "sha256", "reader", "rights", "texts")
    texts = [_text(text) for text in table.tables("texts", "slug", "text")]
    if not table.values.get("texts"):
        table.wrong(f"{table.name} has no texts", "add a table [[files.texts]] under it")
    return FileEntry(
        path=table.checked(
            "path", lambda path: not CONTROL.search(path), "a path", "take the control character out"
        ),
        sha256=table.text("sha256"),
        reader=table.text("reader", default="plain"),
        rights=table.text("rights"),
        texts=texts,
    )


def _twins(files: Sequence[FileEntry]) -> Iterator[SergekgError]:
    """What has to be told apart by its name and cannot be."""
    slugs = [text.slug for file in files for text in file.texts if text.slug]
    for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        yield CorpusError(f"two texts are called {slug!r}", where=Location(FILE_NAME), remedy="rename one")
    seen: dict[str, str] = {}
    for path in (file.path for file in files if file.path):
        name = PurePosixPath(path).name
        if name not in seen:
            seen[name] = path
        elif seen[name] == path:
            yield CorpusError(
                f"the file {path} is given twice",
                where=Location(FILE_NAME),
                remedy="put its texts under one [[files]]",
            )
        else:
            yield CorpusError(
                f"two files are called {name!r}: {seen[name]} and {path}",
                where=Location(FILE_NAME),
                remedy="rename one; a release keeps all files in one directory",
            )


def _toml_line(message: str) -> int | None:
    _, _, tail = message.partition("at line ")
    number = tail.partition(",")[0]
    return int(number) if number.isdigit() else None
