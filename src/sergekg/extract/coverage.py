"""Accounts for every sentence of a text: under evidence, marked as holding nothing to state, or open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from sergekg.model.coverage import Account, Coverage, Sentence
from sergekg.model.text import Document, Span

_END = re.compile(r"[.!?…]+[»)]?(?=\s|$)")
_INITIAL = re.compile(r"(?:^|[\s(«’'.])(?:[A-ZÀ-Ý]\.\s?)*[A-ZÀ-Ý]\.$")
_NAME = re.compile(r"[A-ZÀ-Ý][\w’'-]*(?:\s+(?:de|du|des|d’|la|et|[A-ZÀ-Ý][\w’'-]*))*")
_LETTERS = re.compile(r"[^\W\d_]+")
_CLITIC = re.compile(r"^(?:[cdjlmnstCDJLMNST]|[Qq]u|[Ll]orsqu|[Pp]uisqu)[’']")


def split_sentences(reading: str) -> Iterator[Span]:
    """Spans of the sentences of a reading, in its own offsets, white space at their ends left out.

    A line feed always ends one; a full stop after an initial (U.R.S.S., I. C.) ends one only before a
    line feed, because initials stand inside sentences far more often than at their end.
    """
    start = 0
    for line_start, line in _lines(reading):
        start = line_start
        for match in _END.finditer(line):
            end = line_start + match.end()
            before = reading[start:end]
            following = reading[end : line_start + len(line)].lstrip()
            if following and (_INITIAL.search(before) or not _begins_sentence(following)):
                continue
            yield from _trimmed(reading, start, end)
            start = end
        yield from _trimmed(reading, start, line_start + len(line))


def account_for(
    document: Document,
    evidence: Iterable[Span],
    silences: Iterable[tuple[Span, str]],
    forms: Iterable[str],
) -> Coverage:
    """The coverage of one text.

    Args:
        evidence: spans of the file under statements.
        silences: spans of the file that hold nothing to state, with the reason.
        forms: every name and printed form of every entity.
    """
    reading = document.reading
    spans = [reading.reading_span(span) for span in evidence]
    quiet = [(reading.reading_span(span), reason) for span, reason in silences]
    marked = bytearray(len(reading.text))
    for span in spans:
        marked[span.start : span.end] = b"\x01" * (span.end - span.start)
    visible = [index for index, char in enumerate(reading.text) if not char.isspace()]
    share = sum(marked[index] for index in visible) / len(visible) if visible else 0.0
    sentences = []
    for span in split_sentences(reading.text):
        reason = next((why for silence, why in quiet if silence.overlaps(span)), None)
        if any(marked[span.start : span.end]):
            account, reason = Account.COVERED, None
        else:
            account = Account.OPEN if reason is None else Account.SILENT
        text = reading.text[span.start : span.end]
        sentences.append(Sentence(reading.source_span(span), text, account, reason))
    return Coverage(document.slug, share, sentences, _unknown_names(reading.text, forms))


def _unknown_names(reading: str, forms: Iterable[str]) -> Sequence[str]:
    known = {word for form in forms for word in _words(form)}
    found: dict[str, None] = {}
    for sentence in split_sentences(reading):
        text = reading[sentence.start : sentence.end]
        for match in _NAME.finditer(text):
            name = _CLITIC.sub("", match.group().rstrip("’' "))
            words = [word for word in _LETTERS.findall(name) if word[0].isupper()]
            if not text[: match.start()].strip("« (–"):
                words = words[1:]  # any word may begin a sentence with a capital
            unknown = [word for word in words if len(word) > 1 and not known & set(_words(word))]
            if unknown:
                found[" ".join(unknown)] = None
    return list(found)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return _LETTERS.findall(plain)


def _lines(reading: str) -> Iterator[tuple[int, str]]:
    here = 0
    for line in reading.split("\n"):
        yield here, line
        here += len(line) + 1


def _begins_sentence(text: str) -> bool:
    return text.lstrip("« (–")[:1].isupper()


def _trimmed(reading: str, start: int, end: int) -> Iterator[Span]:
    text = reading[start:end]
    begin = start + len(text) - len(text.lstrip())
    finish = end - (len(text) - len(text.rstrip()))
    if finish > begin:
        yield Span(begin, finish)
