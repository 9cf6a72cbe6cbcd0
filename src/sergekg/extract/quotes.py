"""Finds a quote, given as a person reads it, in the reading of a text."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

from sergekg.errors import QuoteAmbiguous, QuoteNotFound
from sergekg.model.text import Document, Span

_SPACES = re.compile(r"\s+")
_FOLD = str.maketrans({"\n": " ", "'": "’"})


def find_quote(document: Document, quote: str, *, prefix: str = "", suffix: str = "") -> Span:
    """Locate a quotation (W3C Web Annotation Data Model, 4.2.4).

    White space and the two apostrophes are alike; every other character counts.

    Args:
        quote: the words as read.
        prefix, suffix: the words around it, where it recurs.

    Returns:
        The span of the file as received that is read as the quote.

    Raises:
        QuoteNotFound: the words do not occur; the error shows the nearest passage.
        QuoteAmbiguous: they recur and the context does not decide.
    """
    reading, wanted = document.reading.text.translate(_FOLD), fold(quote)
    if not wanted:
        raise QuoteNotFound("the quote is empty", remedy="quote the words that say it")
    before, after = fold(prefix, keep_end=True), fold(suffix, keep_start=True)
    found = [
        start
        for start in _occurrences(reading, wanted)
        if reading[:start].rstrip().endswith(before.rstrip())
        and reading[start + len(wanted) :].lstrip().startswith(after.lstrip())
    ]
    if len(found) == 1:
        return document.reading.source_span(Span(found[0], found[0] + len(wanted)))
    shown = shorten(quote)
    if found:
        raise QuoteAmbiguous(
            f"« {shown} » occurs {len(found)} times in {document.slug}",
            remedy="lengthen the quote, or give it a prefix or a suffix",
        )
    if wanted not in reading and _composed(wanted) in _composed(reading):
        form = "NFC" if unicodedata.is_normalized("NFC", reading) else "NFD"
        raise QuoteNotFound(
            f"« {shown} » is written in another Unicode form than the same letters in {document.slug}",
            remedy=f"copy it from the text, which has its accents in {form}",
        )
    where = nearest_passage(reading, wanted)
    raise QuoteNotFound(
        f"« {shown} » does not occur in {document.slug}" + (" with that context" if prefix or suffix else ""),
        remedy=f"the nearest passage reads « {where} »" if where else "copy it from the reading",
    )


def nearest_passage(reading: str, wanted: str) -> str | None:
    """The passage of the reading that looks most like the words wanted, or None where nothing does."""
    aligned = fuzz.partial_ratio_alignment(wanted, reading, score_cutoff=50)
    if aligned is None:
        return None
    start, end = aligned.dest_start, aligned.dest_end
    while start > 0 and not reading[start - 1].isspace():
        start -= 1
    while end < len(reading) and not reading[end].isspace():
        end += 1
    return shorten(reading[start:end], 160)


def shorten(text: str, length: int = 80) -> str:
    """The text on one line, cut in the middle when it is longer than `length` code points."""
    line = _SPACES.sub(" ", text).strip()
    half = length // 2 - 1
    return line if len(line) <= length else f"{line[:half].rstrip()} … {line[-half:].lstrip()}"


def fold(text: str, *, keep_start: bool = False, keep_end: bool = False) -> str:
    """The text with white space and apostrophes alike, as quotes are compared."""
    folded = _SPACES.sub(" ", text).translate(_FOLD)
    if not keep_start:
        folded = folded.lstrip()
    return folded if keep_end else folded.rstrip()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _occurrences(text: str, wanted: str) -> list[int]:
    found, here = [], text.find(wanted)
    while here >= 0:
        found.append(here)
        here = text.find(wanted, here + 1)
    return found
