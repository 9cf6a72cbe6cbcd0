"""Which functions a query calls, however it writes them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from sergekg.errors import QueryRefused
from sergekg.store.answers import Limits, Request
from sergekg.store.calls import called, projected
from sergekg.store.pooled import read
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote
from sergekg.vocab import PREFIXES

F = "bif:http_get"
CALLS = [
    f'SELECT (<{F}>("http://e/") AS ?x) {{}}',
    'PREFIX zzz: <bif:> SELECT (zzz:http_get("http://e/") AS ?x) {}',
    'BASE <bif:x> SELECT (<bif:http_get> # why\n ("http://e/") AS ?x) {}',
    "SELECT (<b\\u0069f:http_get>() AS ?x) {}",
    f"SELECT * {{ ?s ?p ?o FILTER <{F}>(?s) }}",
    f"SELECT * {{ ?s ?p ?o FILTER(1 + <{F}>(?s) > 2) }}",
    f"SELECT * {{ ?s ?p ?o FILTER(?o / <{F}>(?s) > 2 || ! <{F}>(?s)) }}",
    f"SELECT * {{ ?s ?p ?o BIND(IF(?s = 1, ?o, <{F}>(?s)) AS ?x) }}",
    f"SELECT * {{ ?s ?p ?o }} ORDER BY ?s <{F}>(?o)",
    f"SELECT * {{ ?s ?p ?o }} ORDER BY ASC(?s) <{F}>(?o)",
    f"SELECT (1 AS ?n) {{ ?s ?p ?o }} GROUP BY ?s <{F}>(?o)",
    f"SELECT (1 AS ?n) {{ ?s ?p ?o }} GROUP BY ?s HAVING (EXISTS {{ ?a ?b ?c }}) <{F}>(?s)",
    f"SELECT * {{ {{ SELECT ?s {{ ?s ?p ?o }} ORDER BY ?s <{F}>(?s) }} ?s ?a ?b }}",
    f"ASK {{ ?s ?p ?o FILTER EXISTS {{ ?s ?q ?r FILTER(<{F}>(?r)) }} }}",
    f"SELECT (GROUP_CONCAT(<{F}>(?s) ; SEPARATOR = ',') AS ?x) {{ ?s ?p ?o }}",
    f"CONSTRUCT {{ ?s ?p ?x }} WHERE {{ ?s ?p ?o BIND(<{F}>(?o) AS ?x) }}",
    f"DESCRIBE ?x WHERE {{ BIND(<{F}>() AS ?x) }}",
]


@pytest.mark.parametrize("source", CALLS)
def test_a_call_is_found(source: str) -> None:
    with pytest.raises(RuntimeError, match=F):  # so it is one to the engine's parser too
        ox.Store().query(read(source).rendering.text)
    assert set(called(read(source))) == {F}


@pytest.mark.parametrize("source", CALLS)
def test_a_function_of_a_server_never_reaches_it(source: str) -> None:
    store = RemoteStore(Remote("http://127.0.0.1:9/sparql"))
    with pytest.raises(QueryRefused, match=f"<{F}> is not allowed"):
        store.answer(Request(read(source), Limits()))


@pytest.mark.parametrize(
    "source",
    [
        "SELECT * { ?s rdf:first (1 2) ; rdf:rest ( ?a ) . [ rdf:first (3) ] rdf:rest () }",
        "SELECT * { (1) rdf:rest (2) . ?s ^rdf:rest (3) . _:b rdf:rest (4) . rdf:nil rdf:rest (5) }",
        "SELECT * { ?s rdf:rest (1) } ORDER BY ?s LIMIT 3",
        "SELECT * { ?s rdf:rest+ (1) FILTER(STRLEN(STR(?s)) > 2) }",
    ],
)
def test_a_list_is_no_call(source: str) -> None:
    ox.Store().query(read(source).rendering.text)
    assert called(read(source)) == []


@pytest.mark.parametrize("name", ["bif:contains", "SQL:f", "java:com.example.Property"])
def test_a_predicate_by_which_a_server_calls_code_counts_as_a_call(name: str) -> None:
    assert called(read(f'SELECT * {{ ?s <{name}> "x" }}')) == [name]


def test_casts_and_our_own_functions_may_be_called() -> None:
    found = called(read('SELECT (xsd:integer("1") AS ?n) { FILTER(skg:matches("a", "b")) }'))
    assert found == ["http://www.w3.org/2001/XMLSchema#integer", f"{PREFIXES['skg']}matches"]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("SELECT DISTINCT ?a $b { ?a ?p $b }", {"a", "b"}),
        ("SELECT (COUNT(?x) AS ?n) (STR(?y) AS ?m) ?z WHERE { ?x ?y ?z }", {"n", "m", "z"}),
        ("PREFIX e: <http://e/> SELECT ?a FROM e:g { ?a ?b ?c { SELECT ?b { ?b ?c ?d } } }", {"a"}),
        ("SELECT * { ?s ?p ?o }", None),
        ("SELECT (?a * ?b AS ?c) { ?s ?a ?b }", {"c"}),
        ("SELECT (EXISTS { ?s a ?t } AS ?x) {}", {"x"}),
        ("SELECT ?s (IF(EXISTS { SELECT (1 AS ?y) { ?s ?p ?o } }, 1, 0) AS ?x) { ?s a ?c }", {"s", "x"}),
        ("SELECT (NOT EXISTS { SELECT * WHERE { ?s ?p ?o } } AS ?x) FROM <http://e/g> { ?a ?b ?c }", {"x"}),
    ],
)
def test_the_variables_that_a_query_names(source: str, names: set[str] | None) -> None:
    assert projected(read(source)) == names
