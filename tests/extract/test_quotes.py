"""A quote is given as a person reads it and found as it stands in the file."""

import pytest

from sergekg.corpus.normalise import divide, normalise
from sergekg.errors import QuoteAmbiguous, QuoteNotFound
from sergekg.extract.quotes import find_quote
from sergekg.model.text import Document, SourceFile, Span

SOURCE = "signé\u00a0(paraîtil)\u00a0de\u00a0ma\u00a0\nbellesœur. Vaste est le temps.\n\nVaste, vaste est le temps !"


@pytest.fixture
def letter() -> Document:
    reading = normalise(SOURCE, 0, {"paraîtil": "paraît-il", "bellesœur": "belle-sœur"})
    file = SourceFile("l.txt", "0" * 64, SOURCE)
    return Document("l", "letter/l", "fr", file, Span(0, len(SOURCE)), reading, divide(reading))


@pytest.mark.parametrize(
    ("quote", "slice_"),
    [
        ("signé (paraît-il) de ma belle-sœur", "signé\u00a0(paraîtil)\u00a0de\u00a0ma\u00a0\nbellesœur"),
        ("ma   belle-sœur.", "ma\u00a0\nbellesœur."),
        ("belle-sœur. Vaste", "bellesœur. Vaste"),
        ("temps. Vaste, vaste", "temps.\n\nVaste, vaste"),
    ],
)
def test_a_quote_as_read_gives_the_slice_as_received(letter: Document, quote: str, slice_: str) -> None:
    span = find_quote(letter, quote)
    assert SOURCE[span.start : span.end] == slice_


def test_a_quote_that_is_absent_is_refused_with_the_nearest_passage(letter: Document) -> None:
    with pytest.raises(QuoteNotFound, match="signé \\(paraît-il\\) de ma"):
        find_quote(letter, "signé (parait-il) de ma bellesoeur")


def test_a_quote_that_recurs_is_refused(letter: Document) -> None:
    with pytest.raises(QuoteAmbiguous, match="occurs 2 times"):
        find_quote(letter, "est le temps")


@pytest.mark.parametrize(
    ("prefix", "suffix", "start"), [("vaste", "", 68), ("", ".", 48), ("Vaste", ".", 48)]
)
def test_context_decides_between_passages(letter: Document, prefix: str, suffix: str, start: int) -> None:
    assert find_quote(letter, "est le temps", prefix=prefix, suffix=suffix).start == SOURCE.index(
        "est le temps", 0 if start == 48 else 60
    )


def test_an_empty_quote_is_refused(letter: Document) -> None:
    with pytest.raises(QuoteNotFound, match="empty"):
        find_quote(letter, "  ")
