"""A quote is given as a person reads it and found as it stands in the file."""

import unicodedata

import pytest

from sergekg.corpus.normalise import divide, normalise
from sergekg.errors import QuoteAmbiguous, QuoteNotFound
from sergekg.extract.quotes import find_quote
from sergekg.model.text import Document, SourceFile, Span

SOURCE = "signé\u00a0(paraîtil)\u00a0de\u00a0ma\u00a0\nbellesœur. Vaste est le temps.\n\nVaste, vaste est le temps !"


def document(source: str) -> Document:
    reading = normalise(source, 0, {"paraîtil": "paraît-il", "bellesœur": "belle-sœur"})
    file = SourceFile("l.txt", "0" * 64, source)
    return Document("l", "letter/l", "fr", file, Span(0, len(source)), reading, divide(reading))


@pytest.fixture
def letter() -> Document:
    return document(SOURCE)


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


@pytest.mark.parametrize("space", [*"\f\u2009\u200a\u2028\u2029\u3000\u00a0", "\n\f", " \u2009\n"])
def test_white_space_of_any_kind_is_alike_in_text_and_quote(space: str) -> None:
    source = f"Jadis, vaste{space}est le temps."
    for quote in ("vaste est", f"vaste{space}est", "vaste\f\u2009est"):
        span = find_quote(document(source), quote)
        assert source[span.start : span.end] == f"vaste{space}est"


@pytest.mark.parametrize(("form", "other"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_the_same_letters_in_another_unicode_form_are_told_as_such(form: str, other: str) -> None:
    text = document(unicodedata.normalize(form, "Il a été arrêté."))
    with pytest.raises(
        QuoteNotFound, match="another Unicode form than the same letters in l; .* accents in " + form
    ):
        find_quote(text, unicodedata.normalize(other, "été arrêté"))
    with pytest.raises(QuoteNotFound, match="does not occur in l"):
        find_quote(text, unicodedata.normalize(other, "Il a été relâché."))
