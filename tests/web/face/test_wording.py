"""Dates and lengths of time are said as a reader says them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.web.typography import french_spaces
from sergekg.web.wording import date_in_words, duration_in_words


@pytest.mark.parametrize(
    ("edtf", "french", "english"),
    [
        ("1936", "1936", "1936"),
        ("1936-05", "mai 1936", "May 1936"),
        ("1936-05-01", "1er mai 1936", "1 May 1936"),
        ("1928~", "vers 1928", "about 1928"),
        ("1934?", "peut-être 1934", "perhaps 1934"),
        ("1934%", "peut-être vers 1934", "perhaps about 1934"),
        ("1928~/1936-05", "vers 1928 – mai 1936", "about 1928 – May 1936"),
        ("../1936-05", "jusqu’en mai 1936", "until May 1936"),
        ("../1936-05-12", "jusqu’au 12 mai 1936", "until 12 May 1936"),
        ("[..1936-05]", "mai 1936 au plus tard", "by May 1936"),
        ("[..1928~]", "vers 1928 au plus tard", "by about 1928"),
        ("[1934..]", "1934 au plus tôt", "1934 at the earliest"),
        ("[..1936-13]", "[..1936-13]", "[..1936-13]"),
        ("[1934]", "[1934]", "[1934]"),
        ("1919/..", "à partir de 1919", "from 1919 on"),
        ("1919-02-01/..", "à partir du 1er février 1919", "from 1 February 1919 on"),
        ("../1928~", "jusqu’en 1928 environ", "until about 1928"),
        ("1928?/..", "à partir de 1928 peut-être", "from perhaps 1928 on"),
        ("../192X", "jusque dans les années 1920", "until the 1920s"),
        ("1936-04/..", "à partir d’avril 1936", "from April 1936 on"),
        ("1936-23/..", "à partir de l’automne 1936", "from autumn 1936 on"),
        ("../1936-21", "jusqu’au printemps 1936", "until spring 1936"),
        ("193X", "années 1930", "the 1930s"),
        ("1935-22", "été 1935", "summer 1935"),
        ("1936-13", "1936-13", "1936-13"),
        ("[1934,1935]", "[1934,1935]", "[1934,1935]"),
        ("../..", "../..", "../.."),
    ],
)
def test_a_date_in_words(edtf: str, french: str, english: str) -> None:
    assert date_in_words(edtf, "fr") == french
    assert date_in_words(edtf, "en") == english


@pytest.mark.parametrize(
    ("duration", "french", "english"),
    [
        ("P5Y", "5 ans", "5 years"),
        ("P3Y6M", "3 ans et 6 mois", "3 years and 6 months"),
        ("P1D", "1 jour", "1 day"),
        ("P", "P", "P"),
        ("never", "never", "never"),
    ],
)
def test_a_length_of_time_in_words(duration: str, french: str, english: str) -> None:
    assert duration_in_words(duration, "fr").replace("\u00a0", " ") == french
    assert duration_in_words(duration, "en") == english


@given(st.text())
def test_any_text_can_be_asked_as_a_date(text: str) -> None:
    assert isinstance(date_in_words(text, "fr"), str)


@given(st.text(alphabet="ab «»:;!?\u00a0\u202f"))
def test_french_spacing_changes_spaces_only_and_keeps_offsets(text: str) -> None:
    spaces = str.maketrans("\u00a0\u202f", "  ")
    assert french_spaces(text).translate(spaces) == text.translate(spaces)
