"""Finds sentences that have all the words of a search, wherever in them these stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sergekg.model.text import Span
from sergekg.web.asked import PART, SMALL, read_words, words_of
from sergekg.web.search import CONTEXT, after, before, folded_reading, read_span
from sergekg.web.texts import Text

BEGINNING = 4
"""Letters from which a word may be the beginning of a longer one: otage, otages."""
MARKS = 3
"""How often one word is marked in a sentence."""


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
    """The sentences that have every word that counts; where they stand side by side first, whole ones before
    the beginnings of others; then in the order of the texts. Beside a letter alone one word is too few.
    """
    words = tuple(words_of(asked))
    has_initial = any(len(word.folded) == 1 and not word.is_small for word in read_words(asked))
    found: list[tuple[int, Text, Span, list[Span]]] = []
    for text in texts if len(words) > has_initial else ():
        spans = [sentence.span for sentence in text.sentences] or [span for _, span in text.divisions]
        for number, parts in sorted(_sentences(text, spans, words).items()):
            rank, marks = _marked(parts, words)
            folded_at = folded_reading(text)[1]
            held = sorted({read_span(text, folded_at, *part.span()) for part in marks})
            found.append((rank, text, spans[number], held))
    found.sort(key=lambda one: one[0])
    return [
        Together(text, span, list(_pieces(text.reading.text, text.reading.reading_span(span), marks)))
        for _, text, span, marks in found[:limit]
    ]


def _sentences(
    text: Text, spans: Sequence[Span], words: tuple[str, ...]
) -> Mapping[int, Sequence[re.Match[str]]]:
    """Those that have every word, by their number: their words that count, folded."""
    folded, offsets = folded_reading(text)
    if not all(word in folded for word in words):
        return {}
    starts = [text.reading.reading_span(span).start for span in spans]
    parts: dict[int, list[re.Match[str]]] = defaultdict(list)
    had: dict[int, set[str]] = defaultdict(set)
    for part in PART.finditer(folded):
        if len(part[0]) > 1 and part[0] not in SMALL:
            number = bisect_right(starts, offsets[part.start()]) - 1
            parts[number].append(part)
            if part[0].startswith(words):
                had[number].update(word for word in words if _has(part[0], word))
    return {number: parts[number] for number, held in had.items() if number >= 0 and len(held) == len(words)}


def _has(part: str, word: str) -> bool:
    return part == word or (len(word) >= BEGINNING and part.startswith(word))


def _marked(parts: Sequence[re.Match[str]], words: tuple[str, ...]) -> tuple[int, Sequence[re.Match[str]]]:
    """How well a sentence has the words, 0 best, and what is marked of it."""
    count = len(words)
    runs = [
        parts[at : at + count]
        for at in range(len(parts) - count + 1)
        if all(_has(part[0], word) for part, word in zip(parts[at : at + count], words, strict=True))
    ]
    if runs:
        is_begun = [tuple(part[0] for part in run) != words for run in runs]
        best = [run for run, begun in zip(runs, is_begun, strict=True) if not begun] or runs
        return int(all(is_begun)), [part for run in best[:MARKS] for part in run]
    return 2, [part for word in words for part in islice((p for p in parts if _has(p[0], word)), MARKS)]


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
