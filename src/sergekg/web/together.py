"""Finds sentences that have all the words of a search, wherever in them these stand."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sergekg.model.text import Span
from sergekg.web.asked import PART, words_of
from sergekg.web.search import CONTEXT, after, before, folded_reading, read_span
from sergekg.web.texts import Text

BEGINNING = 4
"""Letters from which a word may be the beginning of a longer one: otage, otages."""
MARKS = 3
"""How often one word is marked in a sentence."""
_Marks: TypeAlias = Mapping[int, Mapping[str, list[Span]]]


@dataclass(frozen=True, slots=True)
class Together:
    """A sentence; the span is in code points of the file.

    Attributes:
        pieces: what is shown of it, each with whether it is one of the words.
    """

    text: Text
    span: Span
    pieces: Sequence[tuple[str, bool]]


def find_together(texts: Iterable[Text], asked: str, limit: int = 60) -> list[Together]:
    """The sentences that have every word, in the order of the texts; of a single word none."""
    words, found = tuple(words_of(asked)), list[Together]()
    if len(words) < 2:
        return found
    for text in texts:
        spans = [sentence.span for sentence in text.sentences] or [span for _, span in text.divisions]
        for number, marks in sorted(_marks(text, spans, words).items()):
            if len(marks) == len(words) and len(found) < limit:
                held = text.reading.reading_span(spans[number])
                ordered = sorted({mark for each in marks.values() for mark in each})
                found.append(Together(text, spans[number], list(_pieces(text.reading.text, held, ordered))))
    return found


def _marks(
    text: Text, spans: Sequence[Span], words: tuple[str, ...]
) -> Mapping[int, Mapping[str, list[Span]]]:
    """By the number of a sentence and a word, where in the reading the sentence has it."""
    marks: dict[int, dict[str, list[Span]]] = defaultdict(dict)
    folded, offsets = folded_reading(text)
    if not all(word in folded for word in words):
        return marks
    starts = [text.reading.reading_span(span).start for span in spans]
    for part in PART.finditer(folded):
        if not part[0].startswith(words):
            continue
        mark = read_span(text, offsets, part.start(), part.end())
        number = bisect_right(starts, mark.start) - 1
        for word in words if number >= 0 else ():
            if part[0] == word or (len(word) >= BEGINNING and part[0].startswith(word)):
                held = marks[number].setdefault(word, [])
                if len(held) < MARKS:
                    held.append(mark)
    return marks


def _pieces(reading: str, sentence: Span, marks: Iterable[Span]) -> Iterator[tuple[str, bool]]:
    """A sentence parted at its marks; what is long between them is cut between words."""
    here = sentence.start
    for mark in marks:
        gap = reading[here : mark.start]
        if len(gap) > 3 * CONTEXT:
            left = after(reading, here) if here > sentence.start else ""
            gap = f"{left} … {before(reading, mark.start)}"
        yield gap, False
        yield reading[mark.start : mark.end], True
        here = mark.end
    rest = reading[here : sentence.end]
    yield (rest if len(rest) <= 3 * CONTEXT else f"{after(reading, here)} …"), False
