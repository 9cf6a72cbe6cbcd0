"""Cuts a text into runs that can be set: where passages begin and end, and where a thing is named.

A passage is the span of one or several statements' evidence; passages overlap and nest. Names are marked
only inside a passage that is about the thing, by the forms of the authority list, letter for letter: two
persons are never merged by a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rdflib import URIRef

from sergekg.model.text import Span
from sergekg.web.statements import StatementView, of_statuses
from sergekg.web.texts import Text

_ARTICLE = re.compile(r"^(?:l'|d'|les? |la |du |des |une? )", re.IGNORECASE)
_SHORTEST_FORM = 3
_BLANK_LINES = 2
"""Line ends in a run of white space beyond which it is the end of a page (see `corpus.normalise`)."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The words of one or several statements.

    Attributes:
        number: 1 for the first of the text.
        span: in code points of the file.
        shown: whether the filters of the page let any of its statements through.
    """

    number: int
    span: Span
    statements: tuple[StatementView, ...]

    @property
    def name(self) -> str:
        """`<start>-<end>`: names it in addresses."""
        return f"{self.span.start}-{self.span.end}"

    @property
    def statuses(self) -> tuple[str, ...]:
        return of_statuses(self.statements)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in which nothing changes.

    Attributes:
        offset: where it begins in what is shown: in the reading, or in the file.
        passages: numbers of the passages that it lies in, the shortest first.
        statuses: of all their statements.
        begins: names of the passages that begin here.
        old: what the file has here, where the reading puts back a hyphen; else empty.
        breaks_page: whether the file received has the end of a page here.
        is_lit: whether it lies in the passage that the address asks for; `opens_lit` on its first piece.
    """

    text: str
    span: Span
    offset: int
    passages: tuple[int, ...] = ()
    statuses: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    old: str = ""
    breaks_page: bool = False
    is_lit: bool = False
    opens_lit: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces that name one thing together, or nothing; `calls` are the passages that end with it."""

    pieces: tuple[Piece, ...]
    names: URIRef | None = None
    calls: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph."""

    kind: str
    span: Span
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        return f"{self.span.start}-{self.span.end}"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of the file that names a thing."""

    span: Span
    thing: URIRef


def to_passages(statements: Iterable[StatementView]) -> list[Passage]:
    """The distinct spans of these statements' evidence, numbered in the order of the text."""
    by_span: dict[tuple[int, int], list[StatementView]] = {}
    for statement in statements:
        by_span.setdefault((statement.start, statement.end), []).append(statement)
    ordered = sorted(by_span.items(), key=lambda item: item[0])
    return [
        Passage(number, Span(*span), tuple(group)) for number, (span, group) in enumerate(ordered, start=1)
    ]


def find_mentions(
    text: Text, statements: Iterable[StatementView], forms: Mapping[str, Iterable[str]]
) -> list[Mention]:
    """Where the text names the subjects and objects of its statements, in order, none overlapping another.

    Args:
        forms: IRI of a thing to the forms that the authority list gives of its name.
    """
    found: dict[tuple[int, int], set[URIRef]] = {}
    searched: set[tuple[URIRef, int, int]] = set()
    for statement in statements:
        spans = [(statement.start, statement.end)]
        if statement.antecedent:
            spans.append(statement.antecedent)
        for thing in (statement.subject, statement.object, statement.event):
            if not isinstance(thing, URIRef):
                continue
            for span in spans:
                if (thing, *span) in searched:
                    continue
                searched.add((thing, *span))
                for start, end in _occurrences(text, Span(*span), forms.get(str(thing), ())):
                    found.setdefault((start, end), set()).add(thing)
    return _longest(found)


def _occurrences(text: Text, span: Span, forms: Iterable[str]) -> Iterable[tuple[int, int]]:
    within = text.reading.reading_span(text.clip(span))
    words = _even(text.reading.text[within.start : within.end])
    for form in {_ARTICLE.sub("", _even(form)) for form in forms}:
        if len(form) < _SHORTEST_FORM:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", words):
            start, end = within.start + match.start(), within.start + match.end()
            source = text.reading.source_span(Span(start, end))
            yield source.start, source.end


def _even(text: str) -> str:
    """One apostrophe for both, one code point each, so that offsets hold."""
    return text.replace("’", "'")


def _longest(found: Mapping[tuple[int, int], set[URIRef]]) -> list[Mention]:
    """The longest first; a form that could name two things names neither."""
    taken: list[Mention] = []
    for (start, end), things in sorted(found.items(), key=lambda item: (item[0][0] - item[0][1], item[0])):
        span = Span(start, end)
        if len(things) == 1 and not any(span.overlaps(mention.span) for mention in taken):
            taken.append(Mention(span, next(iter(things))))
    return sorted(taken, key=lambda mention: mention.span)


def to_blocks(
    text: Text,
    passages: Sequence[Passage],
    mentions: Sequence[Mention],
    *,
    as_received: bool = False,
    lit: Span | None = None,
) -> list[Block]:
    """The text in headings and paragraphs, ready to be set.

    Args:
        as_received: whether to show the file itself rather than its reading.
        lit: a span to show as the one that was asked for.
    """
    blocks = []
    for kind, span in text.divisions:
        inside = [p for p in passages if p.span.overlaps(span)]
        named = [m for m in mentions if m.span.start >= span.start and m.span.end <= span.end]
        pieces = _pieces(text, span, inside, named, as_received, lit)
        blocks.append(Block(kind, span, tuple(_runs(pieces, inside, named, span))))
    return blocks


def _pieces(
    text: Text,
    span: Span,
    passages: Sequence[Passage],
    mentions: Sequence[Mention],
    as_received: bool,
    lit: Span | None,
) -> list[Piece]:
    cuts = {span.start, span.end}
    edits = [] if as_received else text.reading.edits
    restored = [edit for edit in edits if edit.rule == "hyphen"]
    breaks = [edit for edit in edits if edit.rule == "space" and edit.old.count("\n") > _BLANK_LINES]
    marks = [p.span for p in passages] + [m.span for m in mentions] + ([lit] if lit else [])
    marks += [Span(edit.start, edit.end) for edit in (*restored, *breaks)]
    for mark in marks:
        cuts |= {min(max(edge, span.start), span.end) for edge in (mark.start, mark.end)}
    edges = sorted(cuts)
    olds, ends = {edit.start: edit.old for edit in restored}, {edit.start for edit in breaks}
    pieces, begun = [], set()
    for start, end in pairwise(edges):
        here = Span(start, end)
        inside = sorted(
            (p for p in passages if p.span.overlaps(here)), key=lambda p: p.span.end - p.span.start
        )
        begins = [p for p in inside if p.number not in begun]
        begun |= {p.number for p in begins}
        pieces.append(
            Piece(
                text=text.received(here) if as_received else text.read(here),
                span=here,
                offset=here.start if as_received else text.reading.reading_span(here).start,
                passages=tuple(p.number for p in inside),
                statuses=of_statuses(s for p in inside for s in p.statements),
                begins=tuple(p.name for p in begins if p.span.start >= span.start),
                old=olds.get(start, ""),
                breaks_page=start in ends,
                is_lit=lit is not None and lit.overlaps(here),
                opens_lit=lit is not None and lit.start == start,
            )
        )
    return pieces


def _runs(
    pieces: Sequence[Piece], passages: Sequence[Passage], mentions: Sequence[Mention], span: Span
) -> Iterable[Run]:
    """Group the pieces of one name; a passage that ends inside a name is called after it."""
    waiting = sorted((p for p in passages if p.span.end <= span.end), key=lambda p: (p.span.end, p.number))
    named = {m.span.start: m for m in mentions}
    index = 0
    while index < len(pieces):
        mention = named.get(pieces[index].span.start)
        stop = index + 1
        while mention is not None and stop < len(pieces) and pieces[stop].span.start < mention.span.end:
            stop += 1
        end = pieces[stop - 1].span.end
        calls = tuple(p for p in waiting if p.span.end <= end)
        waiting = [p for p in waiting if p.span.end > end]
        yield Run(tuple(pieces[index:stop]), mention.thing if mention else None, calls)
        index = stop
