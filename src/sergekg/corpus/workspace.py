"""Makes a new workspace with one example text, and takes texts into a corpus."""

from __future__ import annotations

import datetime
import re
import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import yaml

from sergekg.corpus.annotations import records_of
from sergekg.corpus.authority import read_authority
from sergekg.corpus.manifest import FILE_NAME, file_digest, parse_manifest, read_manifest
from sergekg.corpus.yamlfile import parse_yaml, read_utf8
from sergekg.errors import BuildError, ConfigError, CorpusError, Location, SergekgError
from sergekg.files import written_whole
from sergekg.iris import SLUG, to_slug
from sergekg.model.signature import Signature, nearest
from sergekg.plugins import find_plugin

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
modified = "{modified}"
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
title = {{ fr = "{fr}", en = "{en}" }}
"""

_ANNOTATIONS = """# What the text says. Each statement stands with the words that say it.
text: {slug}
voice: {voice}

statements:
"""
_NEEDED = {
    "letter": (
        ("authorOf", "{voice}", "{document}"),
        ("addressedTo", "{document}", "person/…"),
        ("hasDate", "{document}", "YYYY-MM-DD"),
        ("writtenAt", "{document}", "place/…"),
    ),
    "article": (("authorOf", "{voice}", "{document}"),),
}
"""What a document of each type has to state before it builds: predicate, subject, object."""
_FIRST_ITEM = re.compile(r"^( *)-(?=\s)", re.MULTILINE)
"""The first item of a list that has one a line, with its indentation."""
_LISTED = 8
"""How many who may speak are named where nobody is."""


def make_workspace(directory: Path, *, modified: str | None = None) -> Path:
    """A new workspace in an empty or missing directory, ready for `build`; returns its corpus.

    Args:
        modified: the ISO day of the last change of the corpus; today (UTC) where none is given.

    Raises:
        ConfigError: there is something in the directory already, or it is a file.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigError(f"{directory} is a file", remedy="name a new directory")
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError(f"{directory} is not empty", remedy="name a new directory")
    name = to_slug(directory.resolve().name) or "corpus"
    corpus = directory / "data" / name
    shutil.copytree(EXAMPLE, corpus)
    (directory / "data" / "mappings").mkdir()
    (directory / "sergekg.toml").write_text(_SETTINGS.format(name=name), encoding="utf-8")
    day = modified or datetime.datetime.now(datetime.UTC).date().isoformat()
    (corpus / FILE_NAME).write_text(_MANIFEST.format(name=name, modified=day), encoding="utf-8")
    text = corpus / "texts" / "lettre-a-jeanne.txt"
    title = {"fr": "Lettre à Jeanne", "en": "Letter to Jeanne"}
    declared = _with_text(corpus, text, text.read_bytes(), "lettre-a-jeanne", "letter", title, "plain", "CC0")
    _replace(corpus / FILE_NAME, declared)
    return corpus


def choose_voice(corpus: Path, asked: str | None, signature: Signature) -> str:
    """The key of who speaks in a text: who was asked for, else the only one who could.

    Raises:
        ConfigError: the corpus does not know who was asked for, or several could speak.
        BuildError: the authority list has mistakes.
    """
    problems: list[SergekgError] = []
    entities = read_authority(corpus, signature, problems).values()
    if problems:
        raise BuildError(problems)
    speakers = [entity.key for entity in entities if signature.is_a(entity.cls, "Agent")]
    if asked in speakers or (asked is None and len(speakers) == 1):
        return asked or speakers[0]
    add_first = f"add who speaks to {corpus / 'entities'} first"
    if asked is not None:
        guess = nearest(asked, speakers)
        remedy = f"perhaps {guess}, or {add_first}" if guess else add_first
        raise ConfigError(f"nobody who could speak is called {asked!r}", remedy=remedy)
    persons = [key for key in speakers if key.startswith("person/")] or speakers
    more = f" and {len(persons) - _LISTED} more" if len(persons) > _LISTED else ""
    known = f"give --voice: {', '.join(persons[:_LISTED])}{more}, or {add_first}" if persons else add_first
    raise ConfigError("it is not said who speaks in the text", remedy=known)


def add_text(
    corpus: Path, source: Path, *, kind: str, title: str, slug: str | None, voice: str, rights: str
) -> Path:
    """Take a file into the corpus, byte for byte, and declare one text in it; returns its annotations.

    They state nothing yet; what the text has to state before it builds stands there as comments.

    Args:
        kind: `letter` or `article`.
        voice: key of the entity that speaks in it.

    Raises:
        CorpusError: the file cannot be read, a text or file of that name is there already, or the manifest or
            the list of documents is written so that nothing can be put at its end.
        BuildError: the manifest has mistakes.
    """
    reader = "tei" if source.suffix.lower() == ".xml" else "plain"
    find_plugin("readers", reader)(source, str(source))
    name = slug or to_slug(title)
    manifest = read_manifest(corpus, may_be_empty=True)
    target = corpus / "texts" / source.name
    annotations = corpus / "annotations" / f"{name}.yaml"
    taken = {text.slug for file in manifest.files for text in file.texts}
    if not SLUG.fullmatch(name):
        raise CorpusError(f"{name!r} is not a slug", remedy="give a --slug of a-z, 0-9 and single hyphens")
    if name in taken:
        raise CorpusError(
            f"there is a text called {name!r}", where=Location(FILE_NAME), remedy="give another --slug"
        )
    if annotations.exists():
        raise CorpusError(
            "there are annotations of that name already",
            where=Location(f"annotations/{name}.yaml"),
            remedy="put the file elsewhere meanwhile, or give another --slug",
        )
    if target.exists() or source.name in {PurePosixPath(file.path).name for file in manifest.files}:
        raise CorpusError(
            "a file of that name is there", where=Location(f"texts/{source.name}"), remedy="rename it"
        )
    documents = corpus / "entities" / "documents.yaml"
    listed = _with_entity(documents, {"slug": name, "type": kind, "names": {"fr": title}})
    declared = _with_text(
        corpus, target, source.read_bytes(), name, kind, {"fr": title, "en": title}, reader, rights
    )
    for path in (target, annotations, documents):
        path.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)
    head = _ANNOTATIONS.format(slug=name, voice=voice)
    annotations.write_text(head + _needed(kind, name, voice), encoding="utf-8")
    _replace(documents, listed)
    _replace(corpus / FILE_NAME, declared)
    return annotations


def _needed(kind: str, slug: str, voice: str) -> str:
    records = [f"# To do: every {kind} states these; put in words and what they mean, and take the # away.\n"]
    for predicate, subject, obj in _NEEDED[kind]:
        subject, obj = (part.format(voice=voice, document=f"{kind}/{slug}") for part in (subject, obj))
        records.append(
            f'# - quote: "…"\n#   subject: {subject}\n#   predicate: {predicate}\n#   object: {obj}\n'
        )
    return "".join(records)


def _with_text(
    corpus: Path,
    target: Path,
    data: bytes,
    slug: str,
    kind: str,
    title: Mapping[str, str],
    reader: str,
    rights: str,
) -> str:
    """The manifest with one file more, which holds one text."""
    entry = _FILE.format(
        path=_quoted(target.relative_to(corpus).as_posix()),
        digest=file_digest(data),
        reader=reader,
        rights=_quoted(rights),
        slug=slug,
        type=kind,
        fr=_quoted(title["fr"]),
        en=_quoted(title["en"]),
    )
    source = (corpus / FILE_NAME).read_text(encoding="utf-8").rstrip("\n") + "\n" + entry
    try:
        parse_manifest(source)
    except CorpusError as cause:
        raise CorpusError(
            "no file can be put at the end",
            where=Location(FILE_NAME),
            remedy="write its `files` as [[files]]",
        ) from cause
    return source


def _with_entity(path: Path, entity: Mapping[str, object]) -> str:
    """The list of documents with one more, indented as the others are."""
    shown = f"entities/{path.name}"
    head = read_utf8(path, shown) if path.exists() else "# The documents of the corpus.\n"
    top = parse_yaml(head, shown)
    count = len(records_of(top, "entities"))
    if "entities" not in top.values:
        head = head.rstrip("\n") + "\nentities:"
    first = _FIRST_ITEM.search(head)
    row = yaml.safe_dump([dict(entity)], allow_unicode=True, sort_keys=False, default_flow_style=None)
    source = head.rstrip("\n") + "\n" + textwrap.indent(row, first[1] if first else "")
    remedy = "write `entities` as its last key, each on a line of its own that begins with `-`"
    try:
        records = records_of(parse_yaml(source, shown), "entities")
    except CorpusError as cause:
        raise CorpusError("no entity can be put at the end", where=Location(shown), remedy=remedy) from cause
    if len(records) != count + 1 or records[-1].text("slug") != entity["slug"]:
        raise CorpusError("no entity can be put at the end", where=Location(shown), remedy=remedy)
    return source


def _replace(path: Path, text: str) -> None:
    with written_whole(path) as file:
        file.write(text.encode())


def _quoted(text: str) -> str:
    """The text inside quotation marks of TOML, which cannot hold control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).replace("\\", "\\\\").replace('"', '\\"')
