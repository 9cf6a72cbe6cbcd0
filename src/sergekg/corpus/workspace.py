"""Makes a new workspace with one example text, and takes texts into a corpus."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from sergekg.corpus.manifest import FILE_NAME, file_digest, read_manifest
from sergekg.corpus.yamlfile import read_utf8
from sergekg.errors import ConfigError, CorpusError, Location
from sergekg.iris import to_slug

EXAMPLE = Path(__file__).resolve().parent / "example"

_SETTINGS = """# Settings of this workspace; docs/settings.md lists them all.
base = "https://example.org/{name}/"
corpus = "data/{name}"
mappings = "data/mappings"
var = "var"
"""

_MANIFEST = """# What the corpus is, the files that it was received as, and the texts that they hold.

[corpus]
name = "{name}"
version = "0.1.0"
modified = "1921-05-03"
license = "https://creativecommons.org/publicdomain/zero/1.0/"
publisher = "{name}"
contact = ""

[corpus.title]
fr = "Corpus {name}"
en = "Corpus {name}"

[corpus.description]
fr = "Un corpus nouveau, avec un texte d’exemple."
en = "A new corpus, with one example text."
"""

_FILE = """
[[files]]
path = "{path}"
sha256 = "{digest}"
reader = "{reader}"
rights = "{rights}"

[[files.texts]]
slug = "{slug}"
type = "{type}"
language = "fr"
title = {{ fr = "{title}", en = "{title}" }}
"""

_ANNOTATIONS = """# What the text says. Each statement stands with the words that say it.
text: {slug}
voice: {voice}

statements: []
"""


def make_workspace(directory: Path) -> Path:
    """A new workspace in an empty or missing directory, ready for `build`; returns its corpus.

    Raises:
        ConfigError: there is something in the directory already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConfigError(f"{directory} is not empty", remedy="name a new directory")
    name = to_slug(directory.resolve().name) or "corpus"
    corpus = directory / "data" / name
    shutil.copytree(EXAMPLE, corpus)
    (directory / "data" / "mappings").mkdir()
    (directory / "sergekg.toml").write_text(_SETTINGS.format(name=name), encoding="utf-8")
    (corpus / FILE_NAME).write_text(_MANIFEST.format(name=name), encoding="utf-8")
    text = corpus / "texts" / "lettre-a-jeanne.txt"
    _declare(corpus, text, "lettre-a-jeanne", "letter", "Lettre à Jeanne", "plain", "CC0")
    return corpus


def add_text(
    corpus: Path, source: Path, *, kind: str, title: str, slug: str | None, voice: str, rights: str
) -> str:
    """Take a file into the corpus, byte for byte, and declare one text in it; returns the text's slug.

    Args:
        kind: `letter` or `article`.
        voice: key of the entity that speaks in it.

    Raises:
        CorpusError: the file cannot be read, or a text or file of that name is there already.
    """
    reader = "tei" if source.suffix.lower() == ".xml" else "plain"
    read_utf8(source, str(source))
    name = slug or to_slug(title)
    manifest = read_manifest(corpus)
    target = corpus / "texts" / source.name
    annotations = corpus / "annotations" / f"{name}.yaml"
    taken = {text.slug for file in manifest.files for text in file.texts}
    if not name or name in taken or annotations.exists():
        raise CorpusError(
            f"there is a text called {name!r}", where=Location(FILE_NAME), remedy="give another --slug"
        )
    if target.exists():
        raise CorpusError(
            "a file of that name is there", where=Location(f"texts/{source.name}"), remedy="rename it"
        )
    target.parent.mkdir(exist_ok=True)
    annotations.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)
    annotations.write_text(_ANNOTATIONS.format(slug=name, voice=voice), encoding="utf-8")
    entity = {"slug": name, "type": kind, "names": {"fr": title}}
    _append_entity(corpus / "entities" / "documents.yaml", entity)
    _declare(corpus, target, name, kind, title, reader, rights)
    return name


def _declare(corpus: Path, text: Path, slug: str, kind: str, title: str, reader: str, rights: str) -> None:
    entry = _FILE.format(
        path=text.relative_to(corpus).as_posix(),
        digest=file_digest(text.read_bytes()),
        reader=reader,
        rights=_quoted(rights),
        slug=slug,
        type=kind,
        title=_quoted(title),
    )
    path = corpus / FILE_NAME
    _replace(path, path.read_text(encoding="utf-8").rstrip("\n") + "\n" + entry)


def _append_entity(path: Path, entity: Mapping[str, object]) -> None:
    path.parent.mkdir(exist_ok=True)
    head = (
        path.read_text(encoding="utf-8") if path.exists() else "# The documents of the corpus.\nentities:\n"
    )
    row = yaml.safe_dump([dict(entity)], allow_unicode=True, sort_keys=False, default_flow_style=None)
    _replace(path, head.rstrip("\n") + "\n" + row)


def _replace(path: Path, text: str) -> None:
    """Write the whole file or nothing of it."""
    handle, work = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(work).chmod(0o644)
    Path(work).replace(path)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
