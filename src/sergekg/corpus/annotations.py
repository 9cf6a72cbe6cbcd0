"""Reads `annotations/<text>.yaml`: what a text says, one record for each statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sergekg.corpus.yamlfile import Record, read_yaml
from sergekg.errors import CorpusError, Location


@dataclass(frozen=True, slots=True)
class Annotations:
    """One annotation file.

    Attributes:
        text: slug of the text it is about.
        voice: key of who speaks unless a record says otherwise.
        anchor: EDTF date that relative dates are counted from, where the text has one.
        records: the statements, in the order of the file.
        silences: passages that hold nothing to state, each with the reason.
        where: the line that names the voice.
    """

    text: str
    voice: str
    anchor: str | None
    records: Sequence[Record]
    silences: Sequence[Record]
    where: Location


def read_annotations(corpus: Path, slug: str) -> Annotations:
    """The annotations of one text.

    Raises:
        CorpusError: the file is missing, is no YAML, or is about another text.
    """
    shown = f"annotations/{slug}.yaml"
    top = read_yaml(corpus / "annotations" / f"{slug}.yaml", shown)
    for problem in top.allow("text", "voice", "anchor", "statements", "silences"):
        raise problem
    if top.required("text") != slug:
        raise CorpusError(
            f"the file is about {top.text('text')!r}", where=top.at("text"), remedy=f"write {slug}"
        )
    return Annotations(
        text=slug,
        voice=top.required("voice"),
        anchor=top.text("anchor"),
        records=records_of(top, "statements"),
        silences=records_of(top, "silences"),
        where=top.at("voice"),
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
