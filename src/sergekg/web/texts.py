"""The texts of a release as pages read them: reading, divisions, coverage, and the file as received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sergekg.model.text import Edit, Reading, Span, invert
from sergekg.release import Release, open_release

_INCIPIT = 200


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the file and what became of it: `covered`, `silent` with a reason, or `open`."""

    span: Span
    account: str
    reason: str


@dataclass(frozen=True)
class Text:
    """One text.

    Attributes:
        key: `<type>/<slug>` of the letter or article that it is the text of.
        span: where it stands in its file, in code points; divisions and sentences too.
        source: its stretch of the file, exactly as received: the edits of the reading undone.
        divisions: kind (`heading`, `paragraph`) and span, in order.
        share: of its characters that are not white space, the part under evidence, 0 to 1.
        unknown_names: capitalised names that no entity covers.
    """

    slug: str
    key: str
    title: Mapping[str, str]
    language: str
    file: str
    sha256: str
    span: Span
    reading: Reading
    source: str
    divisions: Sequence[tuple[str, Span]]
    sentences: Sequence[Sentence]
    share: float
    unknown_names: Sequence[str]

    def received(self, span: Span) -> str:
        """The words of a span, exactly as in the file."""
        return self.source[span.start - self.span.start : span.end - self.span.start]

    def read(self, span: Span) -> str:
        """The words of a span of the file, as they are read."""
        found = self.reading.reading_span(span)
        return self.reading.text[found.start : found.end]

    @property
    def incipit(self) -> str:
        """How its first long paragraph begins, cut at a word."""
        lines = self.reading.text.split("\n")
        first = next((line for line in lines if len(line) > _INCIPIT), max(lines, key=len))
        return first if len(first) <= _INCIPIT else first[:_INCIPIT].rpartition(" ")[0] + " …"

    def clip(self, span: Span) -> Span:
        """The part of a span that lies in this text."""
        start = min(max(span.start, self.span.start), self.span.end)
        return Span(start, min(max(span.end, start), self.span.end))


def load_text(release: Release, slug: str) -> Text:
    """One text of the release, kept once it is read.

    Raises:
        KeyError: the release has no such text.
        ReleaseError: its file is damaged.
    """
    if slug not in release.texts:
        raise KeyError(slug)
    return _load(release.directory, slug)


def all_texts(release: Release) -> list[Text]:
    """Every text, in the order of the corpus."""
    return [load_text(release, slug) for slug in release.texts]


@lru_cache(maxsize=512)
def _load(directory: Path, slug: str) -> Text:
    raw = open_release(directory).text(slug)
    span = Span(raw["start"], raw["end"])
    coverage = raw["coverage"]
    reading = Reading(raw["reading"], span.start, [Edit(**edit) for edit in raw["edits"]])
    return Text(
        slug=raw["slug"],
        key=raw["key"],
        title=raw["title"],
        language=raw["language"],
        file=raw["file"],
        sha256=raw["sha256"],
        span=span,
        reading=reading,
        source=invert(reading),
        divisions=[(kind, Span(start, end)) for kind, start, end in raw["divisions"]],
        sentences=[
            Sentence(Span(s, e), account, reason or "") for s, e, account, reason in coverage["sentences"]
        ],
        share=coverage["share"],
        unknown_names=coverage["names"],
    )
