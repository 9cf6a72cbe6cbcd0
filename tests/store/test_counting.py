"""Results that come in pages are joined, whatever they hold."""

from __future__ import annotations

import io

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solutions import Row, document

from sergekg.store.counting import count
from sergekg.store.evaluate import SOLUTIONS
from sergekg.store.joined import Joined
from sergekg.store.pooled import read

TEXTS = [
    *("plain", "", '[{"a":1},{"b":2}]', "},{", "}},{", '"}},{"', "x\r\ny", "\r", "[]}}", "a\\", '\\"', ","),
    *("</result>", "<result>", "\n\n", "\t", '"', '""', "é]}}"),
]
ROWS = st.lists(st.lists(st.sampled_from([None, *TEXTS]), min_size=2, max_size=2), max_size=6)


@pytest.mark.slow
@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@pytest.mark.parametrize("piece", [1, 7, 8192])
@given(pages=st.lists(ROWS, min_size=1, max_size=4))
def test_pages_are_joined_into_the_document_of_all_rows(
    format: str, piece: int, pages: list[list[Row]]
) -> None:
    out = io.BytesIO()
    joined = Joined(out, format)
    for page in pages:
        data = document(page, format)
        for begin in range(0, len(data), piece):
            joined.write(data[begin : begin + piece])
        joined.end_page()
    joined.close()
    whole = [row for page in pages for row in page]
    assert joined.rows == len(whole)
    assert out.getvalue() == document(whole, format)


COUNTED = {
    "CONSTRUCT { ?s ?p 1 } WHERE { ?s ?p ?o }": 4,
    "CONSTRUCT WHERE { ?s ?p ?o } # all }": 4,
    "CONSTRUCT { ?s ?p ?o . } FROM <http://e/g> WHERE { ?s ?p ?o } ORDER BY ?s OFFSET 1 LIMIT 2": 2,
    "CONSTRUCT { ?s ?p 1 } WHERE { ?s ?p ?o } GROUP BY ?s ?p": 2,
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } VALUES ?o { 1 }": 1,
    "CONSTRUCT { ?one ?p ?one2 } WHERE { ?one ?p ?one2 }": 4,
    "DESCRIBE ?s <http://e/x> { ?s ?p ?o }": 4,
    "DESCRIBE * FROM <http://e/g> WHERE { ?s ?p ?o } LIMIT 3": 3,
}


@pytest.mark.parametrize("query", COUNTED)
def test_the_solutions_behind_triples_can_be_counted(query: str) -> None:
    store = ox.Store()
    store.update("INSERT DATA { <http://e/s> <http://e/p> 1, 2, 3 . <http://e/t> <http://e/p> 4 }")
    rendering = count(read(query))
    assert rendering is not None
    (row,) = list(store.query(rendering.text))  # type: ignore[arg-type]
    assert row["n"].value == str(COUNTED[query])


def test_a_description_of_what_is_named_has_no_solutions_to_count() -> None:
    assert count(read("DESCRIBE <http://e/x>")) is None


def test_a_page_keeps_what_stands_for_a_text_search() -> None:
    from sergekg.store.textsearch import expand

    query = expand(
        read('SELECT ?x { ?x skg:textMatch "serge" } LIMIT 30'),
        lambda variable, *_: f"VALUES {variable} {{ 1 }} ",
    )
    text = query.part(10, 15).text
    assert "textMatch" not in text
    assert text.endswith("LIMIT 15 OFFSET 10")
    assert "LIMIT 5 " in query.part(25, 15).text
