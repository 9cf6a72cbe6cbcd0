"""A mistake in a query is told where it stands, with what could stand there."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.mistakes import locate
from sergekg.store.pooled import read

GROUPED = "is neither in GROUP BY nor within COUNT, SUM or another aggregate"


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
        ("SELECT ?x ?x { ?x a ?b }", (1, 11), "?x is selected twice", None),
        ("SELECT (1 AS ?x) (2 AS $x) {}", (1, 24), "$x is selected twice", None),
        ("SELECT ?x { ?x ?y 1 BIND(1 AS ?x) ?a ?b ?c }", (1, 31), "?x has a value already; choose another name behind AS", None),
        ("SELECT ?s (?s AS ?t) {\n ?s ?p ?o BIND((1) AS ?a) BIND(2 AS ?a) }", (2, 37), "?a has a value already; choose another name behind AS", None),
        ("SELECT (?s AS ?s) { ?s ?p ?o }", (1, 15), "?s has a value already; choose another name behind AS", None),
        ("SELECT ?who (COUNT(?st) AS ?n)\nWHERE { ?st rdf:subject ?who }\nORDER BY DESC(?n)\nLIMIT 10", (1, 8), f"?who {GROUPED}", None),
        ("SELECT ?a ?who { ?who ?p ?a } GROUP BY ?a ?whom", (1, 11), f"?who {GROUPED}", None),
        ("SELECT (COUNT(?p) AS ?n) (?s + 1 AS ?y) { ?s ?p ?o }", (1, 27), f"?s {GROUPED}", None),
        ("SELECT ?a { { SELECT ?b { ?a ?b ?c } GROUP BY ?c } }", (1, 22), f"?b {GROUPED}", None),
        ("SELECT ?b (COUNT(*) AS ?n) { { SELECT ?b { ?a ?b ?c } GROUP BY ?b } }", (1, 8), f"?b {GROUPED}", None),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", (1, 34), "SELECT * is not authorized with GROUP BY", None),
    ],
)  # fmt: skip
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
