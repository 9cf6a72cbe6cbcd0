"""Reads `annotations/<text>.yaml`: what a text says, one record for each statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sergekg.corpus.yamlfile import Record, read_yaml
from sergekg.errors import BuildError, CorpusError, Location, SergekgError

_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class Annotations:
    """One annotation file.

    Attributes:
        text: slug of the text it is about.
        voice: key of who speaks unless a record says otherwise.
        anchor: EDTF date that relative dates are counted from, where the text has one.
        records: the statements, in the order of the file.
        silences: passages that hold nothing to state, each with the reason.
        where, anchor_where: the lines that name the voice and the anchor.
    """

    text: str
    voice: str
    anchor: str | None
    records: Sequence[Record]
    silences: Sequence[Record]
    where: Location
    anchor_where: Location


def read_annotations(corpus: Path, slug: str) -> Annotations:
    """The annotations of one text.

    Raises:
        CorpusError: the file is missing, or is no YAML.
        BuildError: with every mistake in its keys; it is about another text.
    """
    shown = f"annotations/{slug}.yaml"
    top = read_yaml(corpus / "annotations" / f"{slug}.yaml", shown)
    problems: list[SergekgError] = list(top.allow("text", "voice", "anchor", "statements", "silences"))

    def read(part: Callable[[str], _Part], key: str, instead: _Part) -> _Part:
        try:
            return part(key)
        except CorpusError as error:
            problems.append(error)
            return instead

    text = read(top.required, "text", slug)
    if text != slug:
        what = f"the file is about {text!r}"
        problems.append(CorpusError(what, where=top.at("text"), remedy=f"write {slug}"))
    found = Annotations(
        text=slug,
        voice=read(top.required, "voice", ""),
        anchor=read(top.text, "anchor", None),
        records=read(partial(records_of, top), "statements", []),
        silences=read(partial(records_of, top), "silences", []),
        where=top.at("voice"),
        anchor_where=top.at("anchor"),
    )
    if problems:
        raise BuildError(problems)
    return found


def unread_annotations(corpus: Path, slugs: Collection[str]) -> Iterator[CorpusError]:
    """One error for each annotation file that no text is read with: its statements would be lost unseen.

    Args:
        slugs: of every text of the manifest.
    """
    for path in sorted((corpus / "annotations").glob("*")):
        where = Location(f"annotations/{path.name}")
        if path.name.startswith("."):  # of the system or of an editor
            continue
        if path.suffix == ".yml":
            yield CorpusError(
                "only files called .yaml are read", where=where, remedy=f"call it {path.stem}.yaml"
            )
        elif path.suffix == ".yaml" and path.stem not in slugs:
            yield CorpusError(
                f"the manifest has no text {path.stem!r}",
                where=where,
                remedy="call the file as its text is called, or put it elsewhere and take the text in with "
                "`sergekg add`",
            )


def records_of(top: Record, key: str) -> list[Record]:
    """The list of mappings under a key; none where the key is missing."""
    items = top.values.get(key, [])
    if isinstance(items, str) and not items:
        return []
    records = [item for item in items if isinstance(item, Record)] if isinstance(items, list) else []
    if not isinstance(items, list) or len(records) != len(items):
        raise CorpusError(
            f"`{key}` is not a list of mappings", where=top.at(key), remedy="write `- quote: …`"
        )
    return records
