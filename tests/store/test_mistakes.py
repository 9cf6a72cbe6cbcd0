"""A mistake in a query is told where it stands, with what could stand there."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.mistakes import locate
from sergekg.store.pooled import read


@pytest.mark.parametrize(
    ("query", "place", "what", "hint"),
    [
        ("SELECT * {\n ?s a skg:Person\n ?t a skg:Place }", (3, 2), "?t cannot stand here", "expected . ; ,"),
        ("SELECT * { ?s a skg:Person ?x }", (1, 28), "?x cannot stand here", "expected . ; ,"),
        ("SELECT ?x { ?x ?y ?z ORDER BY ?x }", (1, 22), "ORDER cannot stand here", "expected . ; , }"),
        ("SELECT * { ?s a }", (1, 17), "} cannot stand here", "?variable <iri> prefix:name"),
        ("SELECT * {?s a}", (1, 15), "} cannot stand here", "?variable"),
        ("ASK { ?s a ?b FILTER(?b > ) }", (1, 27), ") cannot stand here", "?variable"),
        ("ASK { ?a skg:x ?b . . }", (1, 21), ". cannot stand here", "?variable"),
        ("SELECT ?x { ?x a ?b } GROUP ?x", (1, 29), "?x cannot stand here", "expected BY"),
        ("SELECT ?x WHERE ?x ?y ?z", (1, 17), "?x cannot stand here", "expected {"),
        ("CONSTRUCT { ?a ?b ?c } WHERE", (1, 29), "the text ends too soon", "expected {"),
        ("SELECT ?x ?x { ?x a ?b }", (1, 25), "Duplicated variable name in SELECT", None),
        ("SELECT ?x { ?x ?y 1 BIND(1 AS ?x) }", (1, 35), "BIND is overriding an existing variable", None),
    ],
)
def test_a_mistake_is_told_where_it_stands(
    query: str, place: tuple[int, int], what: str, hint: str | None
) -> None:
    rendering = read(query).rendering
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(rendering.text)
    error = rendering.error(locate(rendering.text, str(caught.value)))
    assert (error.line, error.column) == place
    assert error.what == what
    assert (error.remedy is None) if hint is None else (hint in (error.remedy or ""))


@given(st.text(alphabet="?ab:<>{}().;'\" \n^@1-+|*/#", max_size=60))
def test_any_text_that_the_engine_refuses_keeps_a_place(text: str) -> None:
    try:
        ox.Store().query(text)
        message = "error at 1:1: "
    except SyntaxError as error:
        message = str(error)
    assert "error at " in locate(text, message)


def test_what_is_too_long_is_told_as_the_engine_tells_it() -> None:
    assert locate("SELECT " + " " * 30_000, "error at 1:8: expected x") == "error at 1:8: expected x"
