"""Pattern fragments: complete pages, true counts, controls that say how to go on."""

import re
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import RDFS, VOID
from rdflib.namespace import RDF

from sergekg.store.local import LocalStore
from sergekg.vocab import HYDRA, SKG

ANITA = "https://w3id.org/sergekg/id/person/anita-roussakova"


def fragment(client: FlaskClient, path: str = "/fragments", **pattern: str) -> Iterator[list[ox.Quad]]:
    """The quads of each page, by the controls of the page before."""
    answer = client.get(path, query_string=pattern, headers={"Accept": "application/trig"})
    while True:
        assert answer.status_code == 200
        quads = list(ox.parse(answer.data, format=ox.RdfFormat.TRIG))
        yield quads
        following = [q.object.value for q in quads if q.predicate.value == str(HYDRA.next)]  # type: ignore[union-attr]
        if not following:
            return
        answer = client.get(
            following[0].removeprefix("http://localhost"), headers={"Accept": "application/trig"}
        )


def data(page: list[ox.Quad]) -> list[ox.Quad]:
    return [
        q
        for q in page
        if not (isinstance(q.graph_name, ox.NamedNode) and q.graph_name.value.endswith("#metadata"))
    ]


def total(page: list[ox.Quad]) -> int:
    (found,) = {q.object.value for q in page if q.predicate.value == str(VOID.triples)}  # type: ignore[union-attr]
    return int(found)


@pytest.mark.parametrize(
    "pattern",
    [
        {"subject": ANITA},
        {"predicate": str(SKG.wasDeportedTo)},
        {"predicate": str(RDF.type), "object": str(SKG.Person)},
        {"object": '"Viatka"@fr'},
        {
            "subject": ANITA,
            "predicate": str(SKG.wasDeportedTo),
            "object": "https://w3id.org/sergekg/id/place/viatka",
        },
        {"subject": "https://w3id.org/sergekg/id/person/nobody"},
        {"predicate": "skg:status"},
        {"subject": "<" + ANITA + ">", "predicate": "?p", "object": "_:o"},
        {"subject": '"a literal"'},
    ],
    ids=range(9),
)
def test_a_fragment_is_whole_and_its_count_true(client: FlaskClient, pattern: dict[str, str]) -> None:
    pages = list(fragment(client, **pattern))
    quads = [quad for page in pages for quad in data(page)]
    assert len(quads) == len(set(quads))
    assert {total(page) for page in pages} == {len(quads)}


def test_a_pattern_is_counted_once_for_the_same_data(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    store = client.application.extensions["sergekg"].store
    select = store.select
    monkeypatch.setattr(type(store), "select", lambda _, query: (asked.append(query), select(query))[1])
    for number in range(3):
        assert client.get(f"/fragments?object=%22counted%22&x={number}").status_code == 200
    assert sum("COUNT" in query for query in asked) == 1


def test_quads_come_with_their_graphs(client: FlaskClient, store: LocalStore) -> None:
    (page,) = fragment(client, "/fragments/quads", predicate=str(SKG.wasDeportedTo))
    names = {q.graph_name.value for q in data(page)}  # type: ignore[union-attr]
    assert names
    assert all("/graph/text/" in name for name in names)
    (row,) = store.select("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s skg:wasDeportedTo ?o } }")
    assert total(page) == int(str(row["n"]))


def test_a_graph_narrows_and_the_union_does_not(client: FlaskClient) -> None:
    letter = "https://w3id.org/sergekg/graph/text/lettre-a-magdeleine-paz"
    (narrow,) = fragment(client, "/fragments/quads", predicate=str(SKG.wasDeportedTo), graph=letter)
    (union,) = fragment(
        client,
        "/fragments/quads",
        predicate=str(SKG.wasDeportedTo),
        graph="http://localhost/fragments/quads#union",
    )
    (triples,) = fragment(client, predicate=str(SKG.wasDeportedTo))
    assert {q.graph_name.value for q in data(narrow)} == {letter}  # type: ignore[union-attr]
    assert total(narrow) <= total(union) == total(triples)


def test_controls_say_how_to_ask_for_another_pattern(client: FlaskClient) -> None:
    page = next(fragment(client))
    controls = {
        (q.predicate.value, q.object.value) for q in page if isinstance(q.object, (ox.NamedNode, ox.Literal))
    }
    assert (str(HYDRA.template), "http://localhost/fragments{?subject,predicate,object}") in controls
    assert {str(RDF.subject), str(RDF.predicate), str(RDF.object)} <= {
        o for p, o in controls if p == str(HYDRA.property)
    }
    assert {"subject", "predicate", "object"} <= {o for p, o in controls if p == str(HYDRA.variable)}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=999999", 404),
        ("page=0", 400),
        ("page=-1", 400),
        ("page=1e3", 400),
        ("subject=a%20b", 400),
        ("subject=%22unclosed", 400),
        ("object=%22x%22@", 400),
        ("subject=http://a.org/%3E%20.%20DROP%20ALL", 400),
        ("graph=http://a.org/", 400),
        ("subject=" + "x" * 5000, 400),
    ],
)
def test_a_pattern_that_is_none_is_refused_with_a_reason(
    client: FlaskClient, query: str, status: int
) -> None:
    answer = client.get(f"/fragments?{query}")
    assert answer.status_code == status
    assert answer.json["detail"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {}, optional={k: st.text(max_size=40) for k in ("subject", "predicate", "object", "graph")}
    )
)
def test_no_pattern_breaks_the_server(client: FlaskClient, pattern: dict[str, str]) -> None:
    assert client.get("/fragments/quads", query_string=pattern).status_code in (200, 400)


def test_the_page_of_a_fragment_can_be_followed_by_a_person(client: FlaskClient) -> None:
    answer = client.get(
        "/fragments", query_string={"predicate": str(RDFS.label)}, headers={"Accept": "text/html"}
    )
    html = answer.get_data(as_text=True)
    assert 'rel="next"' in html
    assert "/fragments?subject=%3Chttps%3A//w3id.org" in html


def test_an_empty_value_can_be_followed_too(client: FlaskClient) -> None:
    html = client.get("/fragments", query_string={"object": '""'}, headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert "</a>" in html
    assert not re.search(r"<a [^>]*></a>", html)
