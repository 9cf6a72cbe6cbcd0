"""White space of any kind is read as one space or as the end of a paragraph; readers may not edit twice."""

import pytest

from sergekg.corpus.normalise import normalise
from sergekg.errors import CorpusError
from sergekg.model.text import Edit, Span, invert


@pytest.mark.parametrize(
    "space",
    [*"\f\v\u2009\u200a\u2000\u2028\u2029\u3000\u00a0\u202f\x85", "\n\f", "\f\n\n", "\n\n\n\f", "\u2009\n"],
)
def test_white_space_of_any_kind_is_one_space(space: str) -> None:
    source = f"Qui{space}vive ?"
    reading = normalise(source, 0, {})
    assert reading.text == "Qui vive ?"
    assert invert(reading) == source
    span = reading.source_span(Span(4, 8))
    assert source[span.start : span.end] == "vive"


@pytest.mark.parametrize("edits", [((0, 4), (2, 6)), ((0, 6), (2, 4))])
def test_edits_of_a_reader_that_overlap_are_refused(edits: tuple[tuple[int, int], ...]) -> None:
    markup = [Edit(10 + start, 10 + end, "", "", "markup") for start, end in edits]
    with pytest.raises(CorpusError, match="edits the same words twice, at code point 12"):
        normalise("<a><b>mot", 10, {}, markup)


def test_the_part_of_an_edit_that_lies_in_the_text_is_made() -> None:
    file = "un</p>\n<p>deux</p>"
    markup = [Edit(2, 10, file[2:10], "\n", "markup"), Edit(14, 18, "</p>", "\n", "markup")]
    first = normalise(file[:6], 0, {}, markup)
    second = normalise(file[7:], 7, {}, markup)
    assert (first.text, second.text) == ("un", "deux")
    assert (invert(first), invert(second)) == (file[:6], file[7:])
