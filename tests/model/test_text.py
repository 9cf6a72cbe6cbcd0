"""The reading inverts to the source, and spans survive the way there and back."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sergekg.corpus.normalise import divide, normalise
from sergekg.extract.quotes import find_quote
from sergekg.model.evidence import select
from sergekg.model.text import Document, SourceFile, Span, invert

HYPHENS = {"sembletil": "semble-t-il", "bellesœur": "belle-sœur", "peutêtre": "peut-être"}
WORDS = st.sampled_from(
    [*HYPHENS, "Solntsev", "l’opposition", "un", "U.R.S.S.", "œuvre", "«", "»", "?", "à", "##"]
)
GAPS = st.sampled_from(
    [" ", "\u00a0", "\u00a0 \u00a0", "\n", "\u00a0\n", "\n\n", "\u00a0\n\n\n\n", "\n\n\n\n", "\t"]
)
SOURCES = st.lists(st.tuples(WORDS, GAPS), min_size=1, max_size=40).map(
    lambda pairs: "".join(word + gap for word, gap in pairs).strip(" \u00a0\n\t")
)


def document(source: str, start: int = 0) -> Document:
    """A document of that source, behind `start` characters of another one in the same file."""
    text = "x" * start + source
    reading = normalise(source, start, HYPHENS)
    span = Span(start, start + len(source))
    return Document(
        "t", "letter/t", "fr", SourceFile("t.txt", "0" * 64, text), span, reading, divide(reading)
    )


@given(SOURCES, st.integers(0, 50))
def test_normalise_then_invert_is_the_identity(source: str, start: int) -> None:
    assert invert(normalise(source, start, HYPHENS)) == source


@given(st.text(max_size=200).map(str.strip))
def test_any_text_at_all_inverts(source: str) -> None:
    assert invert(normalise(source, 0, HYPHENS)) == source


@given(SOURCES)
def test_edits_tell_what_the_source_holds_and_do_not_overlap(source: str) -> None:
    edits = normalise(source, 0, HYPHENS).edits
    assert all(source[edit.start : edit.end] == edit.old for edit in edits)
    assert all(one.end <= two.start for one, two in pairwise(edits))


@given(SOURCES)
def test_a_reading_has_no_run_of_spaces_and_no_lost_hyphen(source: str) -> None:
    reading = normalise(source, 0, HYPHENS).text
    assert "  " not in reading
    assert "\u00a0" not in reading
    assert not set(HYPHENS) & set(reading.split())


@given(SOURCES, st.integers(0, 20), st.data())
def test_a_span_of_the_reading_comes_back_from_the_file(source: str, start: int, data: st.DataObject) -> None:
    reading = normalise(source, start, HYPHENS)
    first = data.draw(st.integers(0, len(reading.text)))
    last = data.draw(st.integers(first, len(reading.text)))
    span = reading.source_span(Span(first, last))
    back = reading.reading_span(span)
    assert back.start <= first
    assert back.end >= last
    assert reading.source_span(back) == span


@given(SOURCES, st.integers(0, 20), st.data())
def test_every_selector_finds_its_own_span(source: str, start: int, data: st.DataObject) -> None:
    doc = document(source, start)
    text = doc.reading.text
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    span = doc.reading.source_span(Span(first, last))
    evidence = select(doc, span)
    file = doc.file.text
    assert file[evidence.position.start : evidence.position.end] == evidence.quote.exact
    assert file[: span.start].endswith(evidence.quote.prefix)
    assert file[span.end :].startswith(evidence.quote.suffix)


@given(SOURCES)
def test_a_whole_reading_is_found_as_a_quote_and_gives_the_whole_source(source: str) -> None:
    doc = document(source, 3)
    if doc.reading.text.strip():
        found = find_quote(doc, doc.reading.text)
        assert doc.file.text[found.start : found.end].strip("# \u00a0\n") == source.strip("# \u00a0\n")


def test_paragraphs_are_the_divisions_of_the_reading() -> None:
    doc = document("LETTRE À X\n\nUn\u00a0mot\u00a0\n\n\n\nsuivi.\n\nFin.")
    assert doc.reading.text == "LETTRE À X\nUn mot suivi.\nFin."
    kinds = [
        (division.kind, doc.file.text[division.span.start : division.span.end]) for division in doc.divisions
    ]
    assert kinds == [
        ("heading", "LETTRE À X"),
        ("paragraph", "Un\u00a0mot\u00a0\n\n\n\nsuivi."),
        ("paragraph", "Fin."),
    ]
