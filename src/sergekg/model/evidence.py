"""The words that a statement rests on (W3C Web Annotation Data Model, 4.2.4 and 4.2.5)."""

from __future__ import annotations

from dataclasses import dataclass

from sergekg.model.text import Document, Span

CONTEXT = 32
"""Code points of prefix and of suffix."""


@dataclass(frozen=True, slots=True)
class TextQuoteSelector:
    """The slice exactly as in the source file, with the code points around it."""

    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class TextPositionSelector:
    """Code points of the file as received; `end` is exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of one document, selected twice: by its words and by its position."""

    document: str
    quote: TextQuoteSelector
    position: TextPositionSelector

    @property
    def span(self) -> Span:
        return Span(self.position.start, self.position.end)


def select(document: Document, span: Span) -> Evidence:
    """Both selectors of a span of the file; the context stays inside the document."""
    text = document.file.text
    before = text[max(document.span.start, span.start - CONTEXT) : span.start]
    after = text[span.end : min(document.span.end, span.end + CONTEXT)]
    return Evidence(
        document=document.slug,
        quote=TextQuoteSelector(text[span.start : span.end], before, after),
        position=TextPositionSelector(span.start, span.end),
    )
