"""What a large store is asked in other words gives the answers that a small one gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.release import Release
from sergekg.store import ordering
from sergekg.store.analysis import Dataset, Query
from sergekg.store.queries import read_queries
from sergekg.web import opening
from sergekg.web.app import create_app

LETTERS = [
    'SELECT ?s ?l { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(?l), "serge")) }',
    'SELECT ?g ?l { GRAPH ?g { ?s skos:prefLabel ?l FILTER STRSTARTS(STR(?l), "Vic") } }',
    'SELECT ?s ?n { ?s a skg:Person OPTIONAL { ?s skos:prefLabel ?n FILTER(STRENDS(?n, "ova")) } }',
    'ASK { ?s skos:prefLabel ?n FILTER(CONTAINS(?n, "nobody")) }',
]


@pytest.fixture(scope="module")
def services(
    release: Release, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FlaskClient, FlaskClient]]:
    """One in memory, and one on disk that finds no number small."""
    var = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "FEW", 0)
        apps = [create_app(release, replace(config, store=kind, var=var)) for kind in ("memory", "disk")]
        yield apps[0].test_client(), apps[1].test_client()
        for app in apps:
            app.extensions["sergekg"].endpoint.store.close()


def _answers(services: tuple[FlaskClient, FlaskClient], query: str) -> list[list[str]]:
    found = []
    for client in services:
        response = client.get("/sparql", query_string={"query": query, "format": "json"})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = json.loads(response.data)
        rows = answer["results"]["bindings"] if "results" in answer else [answer["boolean"]]
        found.append([str(answer["head"]), *sorted(json.dumps(row, sort_keys=True) for row in rows)])
    return found


@pytest.mark.parametrize("query", LETTERS)
def test_letters_of_names(services: tuple[FlaskClient, FlaskClient], query: str) -> None:
    for _ in range(3):  # the index is made meanwhile
        one, other = _answers(services, query)
        assert one == other
    assert len(one) > 1


@pytest.mark.slow
def test_every_question_of_the_project(services: tuple[FlaskClient, FlaskClient], config: Config) -> None:
    queries, problems = read_queries(Path(config.queries))
    assert not problems
    asked = 0
    for query in queries:
        text = query.fill({}, config.base) if all(one.default for one in query.parameters) else ""
        if (
            text
            and re.search(r"\bSELECT\b", text)
            and not re.search(r"\b(LIMIT|SAMPLE|GROUP_CONCAT)\b", text)
        ):
            one, other = _answers(services, text)
            assert one == other, query.name
            asked += 1
    assert asked > 20


@pytest.mark.parametrize("query", ["DESCRIBE <https://w3id.org/sergekg/id/place/viatka>", "ASK {}"])
def test_a_query_without_triples_is_answered(services: tuple[FlaskClient, FlaskClient], query: str) -> None:
    for client in services:
        assert client.get("/sparql", query_string={"query": query}).status_code == 200
        assert client.get("/sparql", query_string={"query": query.split()[0]}).status_code == 400


def test_graphs_of_one_query_are_not_those_of_the_next(
    services: tuple[FlaskClient, FlaskClient], config: Config
) -> None:
    counts = {}
    for clause in (f"FROM <{config.base}graph/vocabulary>", f"FROM <{config.base}graph/none>", ""):
        query = f"SELECT ?s ?o {clause} {{ ?s rdfs:label ?o FILTER(?o > 'a') }}"
        one, other = _answers(services, query)
        assert one == other
        counts[clause] = len(one) - 1
    assert counts.popitem()[1] > max(counts.values())
    assert min(counts.values()) == 0


def test_a_kept_answer_is_not_worked_on_again(services: tuple[FlaskClient, FlaskClient]) -> None:
    endpoint = services[1].application.extensions["sergekg"].endpoint
    written, suit = [], endpoint.suit

    def noted(query: Query, dataset: Dataset) -> Query:
        written.append(query)
        return suit(query, dataset)  # type: ignore[no-any-return]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoint, "suit", noted)
        for format in ("csv", "csv", "json"):
            # to its end: what comes as a stream is kept when it has passed
            assert services[1].get("/sparql", query_string={"query": LETTERS[0] + " ", "format": format}).data
    assert len(written) == 2


@pytest.mark.slow
def test_what_may_come_in_another_order_has_no_next_page(release: Release, config: Config) -> None:
    """The index may be there for the second page and not for the first."""
    query = 'SELECT ?s ?l { ?s rdfs:label ?l FILTER(CONTAINS(?l, "ov")) }'
    search = 'SELECT ?s ?l { ?s skg:textMatch "serge" ; rdfs:label ?l }'
    links = {}
    for store in ("memory", "disk"):
        app = create_app(release, replace(config, store=store, max_rows=2))
        for asked in (query.replace('"ov"', '"ova"'), query, search):
            answer = app.test_client().get("/sparql", query_string={"query": asked, "format": "csv"})
            assert answer.status_code == 206
            assert answer.headers["SPARQL-Truncated"] == "rows=2"
            links[store, len(asked)] = "Link" in answer.headers
        app.extensions["sergekg"].endpoint.store.close()
    # two letters are too few for the index
    assert list(links.values()) == [True, True, False, False, True, False]


@pytest.mark.parametrize(
    ("store", "large", "is_suited"),
    [
        ("release", 0, True),
        ("release", 10**9, False),
        ("disk", 10**9, True),
        ("memory", 0, False),
        ("rdflib", 0, False),
    ],
)
def test_the_stores_that_the_documentation_names_suit_queries(
    release: Release,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    store: str,
    large: int,
    is_suited: bool,
) -> None:
    """docs/sparql.md, On a large store."""
    monkeypatch.setattr(opening, "LARGE", large)
    stores = opening.open_stores(replace(config, store=store), release)
    try:
        assert (stores.suit is not ordering.as_written) is is_suited
    finally:
        stores.free.close()
