"""A text of the corpus: the words received, their normalised reading, and the way back from one to the other.

Every offset that leaves this module counts Unicode code points of the file as received, 0-based, end
exclusive (W3C Web Annotation Data Model, 4.2.5).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points ``[start, end)``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """One change that the reading makes to the source: ``source[start:end] == old`` is read as ``new``."""

    start: int
    end: int
    old: str
    new: str
    rule: str


@dataclass(frozen=True)
class Reading:
    """The normalised text of one document and the edits that made it, in the order of the source.

    Paragraphs are parted by one line feed; all other white space is single spaces. `start` is where
    the document begins in its file.
    """

    text: str
    start: int
    edits: Sequence[Edit]

    @cached_property
    def _bounds(self) -> tuple[list[int], list[int]]:
        """Where each edit begins, in the source and in the reading."""
        in_source, in_reading, shift = [], [], 0
        for edit in self.edits:
            in_source.append(edit.start)
            in_reading.append(edit.start - self.start + shift)
            shift += len(edit.new) - len(edit.old)
        return in_source, in_reading

    def source_span(self, span: Span) -> Span:
        """The slice of the file that is read as ``text[span.start:span.end]``; a cut edit is taken whole."""
        start = self._source(span.start, at_end=False)
        return Span(start, max(start, self._source(span.end, at_end=True)))

    def reading_span(self, span: Span) -> Span:
        """Where a slice of the file stands in the reading; a cut edit is taken whole."""
        start = self._reading(span.start, at_end=False)
        return Span(start, max(start, self._reading(span.end, at_end=True)))

    def _source(self, offset: int, *, at_end: bool) -> int:
        in_reading = self._bounds[1]
        index = bisect_right(in_reading, offset - 1 if at_end else offset) - 1
        if index < 0:
            return self.start + offset
        edit, inside = self.edits[index], offset - in_reading[index]
        if inside < len(edit.new):
            return edit.end if at_end and inside else edit.start
        return edit.end + inside - len(edit.new)

    def _reading(self, offset: int, *, at_end: bool) -> int:
        in_source, in_reading = self._bounds
        index = bisect_right(in_source, offset - 1 if at_end else offset) - 1
        if index < 0:
            return offset - self.start
        edit, inside = self.edits[index], offset - in_source[index]
        if inside < len(edit.old):
            return in_reading[index] + (len(edit.new) if at_end and inside else 0)
        return in_reading[index] + len(edit.new) + inside - len(edit.old)


def invert(reading: Reading) -> str:
    """The source again, from the reading and its edits alone."""
    parts, here = [], 0
    _, in_reading = reading._bounds
    for edit, offset in zip(reading.edits, in_reading, strict=True):
        parts += [reading.text[here:offset], edit.old]
        here = offset + len(edit.new)
    return "".join((*parts, reading.text[here:]))


@dataclass(frozen=True, slots=True)
class Division:
    """A part of a document (TEI `div` and its kin), by its span in the file."""

    kind: str
    span: Span


@dataclass(frozen=True)
class SourceFile:
    """A file as received: its name, its SHA-256 in hex, and its text, decoded and nothing more."""

    name: str
    sha256: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Document:
    """One text: a stretch of a source file, what it is, and how it reads.

    Attributes:
        slug: names the text, its graph and its annotation file.
        key: `<type>/<slug>` of the letter or article that the text is of.
        language: a BCP 47 tag.
        span: where the text stands in its file.
        divisions: headings and paragraphs, in order.
    """

    slug: str
    key: str
    language: str
    file: SourceFile
    span: Span
    reading: Reading
    divisions: Sequence[Division] = ()

    @property
    def source(self) -> str:
        """The document's stretch of the file, exactly as received."""
        return self.file.text[self.span.start : self.span.end]
