"""`serve --store URL`: every page and route answers from a store elsewhere as from our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
import pytest
from benchmarks.virtuoso import PASSWORD, USER, is_installed, virtuoso
from flask.testing import FlaskClient
from tests.conftest import run_server

from sergekg.config import Config
from sergekg.errors import ConfigError, QueryTooLarge, StoreUnavailable
from sergekg.release import Release
from sergekg.store.loading import GraphStore, load
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote
from sergekg.web import create_app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TOKEN = "a-token-for-tests"
PATHS = [
    "/",
    "/texts",
    "/people",
    "/places",
    "/events",
    "/statements",
    "/search?q=Roussakova",
    "/timeline",
    "/map",
    "/network",
    "/letters",
    "/coverage",
    "/queries",
    "/ontology",
    "/healthz",
    "/metrics",
    "/sparql",
    "/catalogue",
    "/void",
    "/sitemap.xml",
    "/cmif.xml",
    "/feed",
    "/fragments",
    "/page/person/victor-serge",
    "/page/place/viatka",
    "/page/letter/lettre-a-magdeleine-paz",
    "/data/person/victor-serge.ttl",
    "/data/person/victor-serge.jsonld",
    "/data/letter/lettre-a-magdeleine-paz.nq",
    "/openapi.json",
    "/reconcile",
    "/desk",
]


def filled(address: str, target: GraphStore, release: Release) -> str:
    store = RemoteStore(Remote(address))
    source = ox.Store.read_only(str(release.store))
    load(source, release.digest, release.base, store, target, lambda *_: None)
    return address


@pytest.fixture(scope="module", params=["own endpoint", "virtuoso"])
def address(
    request: pytest.FixtureRequest, config: Config, release: Release, tmp_path_factory: Any
) -> Iterator[str]:
    if request.param == "virtuoso":
        if not is_installed():
            pytest.skip("virtuoso-opensource-7 is not installed")
        with virtuoso(tmp_path_factory.mktemp("virtuoso"), buffers=40_000) as server:
            yield filled(server.query, GraphStore.of(server.graph_store, USER, PASSWORD), release)
        return
    options = ("--port", "0", "--empty", "--no-shapes", "--writable", "--default-graph", "unnamed")
    with run_server(*options, var=config.var, environ={"SERGEKG_TOKEN": TOKEN}) as own:
        yield filled(f"{own}/sparql", GraphStore.of(f"{own}/graph-store", token=TOKEN), release)


@pytest.fixture(scope="module")
def remote(address: str, config: Config, release: Release) -> Iterator[FlaskClient]:
    app = create_app(release, replace(config, store=address))
    yield app.test_client()
    app.extensions["sergekg"].endpoint.store.close()


@pytest.fixture(scope="module")
def ours(config: Config, release: Release) -> Iterator[FlaskClient]:
    app = create_app(release, config)
    yield app.test_client()
    app.extensions["sergekg"].endpoint.store.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_route_answers_as_it_does_on_our_own_store(
    remote: FlaskClient, ours: FlaskClient, path: str
) -> None:
    there, here = remote.get(path), ours.get(path)
    assert there.status_code == here.status_code, there.text
    assert there.content_type == here.content_type
    if "html" in here.content_type:
        assert _words(there.text) == _words(here.text)


def test_another_of_ours_may_have_a_low_limit_of_rows(config: Config, release: Release) -> None:
    """The result of the probe is broken off there, as is every longer one that streams."""
    with run_server("--port", "0", var=config.var, environ={"SERGEKG_MAX_ROWS": "6000"}) as address:
        store = RemoteStore(Remote(f"{address}/sparql"))
        assert store.select("SELECT ?s { ?s ?p ?o } LIMIT 0") == []
        found = store.select("SELECT ?s ?p ?o { ?s ?p ?o }")
        assert len(found) == len({tuple(row.items()) for row in found}) == release.stored[""] > 6000
        with pytest.raises(QueryTooLarge, match=r"gives 6,000 rows at once.*; add a LIMIT"):
            store.select("SELECT ?s { { ?s ?p ?o } UNION { ?s ?p ?o } }")


def _words(page: str) -> list[str]:
    """The words of a page, in no order: stores sort what compares as equal as they like."""
    return sorted(re.sub(r"nonce-[\w-]+|<[^>]*>|\d+([.,]\d+)? ?m?s\b", " ", page).split())


COMPARED = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?p (COUNT(?s) AS ?n) { ?s skg:wasDeportedTo ?p } GROUP BY ?p ORDER BY ?p",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s a skg:Statement } } GROUP BY ?g ORDER BY ?g",
    "ASK { ?s skg:wasDeportedTo <https://w3id.org/sergekg/id/place/viatka> }",
    "SELECT ?l { <https://w3id.org/sergekg/id/place/viatka> rdfs:label ?l FILTER(LANG(?l) = 'fr') }",
]


@pytest.mark.parametrize("query", COMPARED)
def test_a_query_has_the_same_rows(remote: FlaskClient, ours: FlaskClient, query: str) -> None:
    there, here = (
        one.get("/sparql", query_string={"query": query, "format": "csv"}) for one in (remote, ours)
    )
    if query.startswith("ASK"):
        there, here = (one.get("/sparql", query_string={"query": query}) for one in (remote, ours))
    assert there.status_code == 200, there.text
    assert there.text == here.text


def test_a_mistake_has_its_line_whoever_the_server_is(remote: FlaskClient) -> None:
    answer = remote.get("/sparql", query_string={"query": "SELECT * {\n ?s ?p }"})
    assert answer.status_code == 400
    assert answer.get_json()["line"] == 2


def test_how_many_queries_run_is_told(remote: FlaskClient) -> None:
    assert "sergekg_queries_running 0.0" in remote.get("/metrics").text


@pytest.mark.parametrize(
    "query", ["SELECT * { SERVICE <http://127.0.0.1:9/> {} }", "LOAD <file:///etc/passwd>"]
)
def test_what_is_refused_here_is_refused_there(remote: FlaskClient, query: str) -> None:
    assert remote.get("/sparql", query_string={"query": query}).status_code in (400, 403)


def test_a_store_that_is_down_is_told_at_the_start(config: Config, release: Release) -> None:
    with pytest.raises(StoreUnavailable):
        create_app(release, replace(config, store="http://127.0.0.1:9/sparql"))


def test_a_remote_store_is_not_written_to_from_here(config: Config, release: Release) -> None:
    with pytest.raises(ConfigError):
        create_app(release, replace(config, store="http://127.0.0.1:9/sparql", writable=True))


def test_a_store_with_another_release_is_refused(address: str, config: Config, release: Release) -> None:
    with pytest.raises(ConfigError, match="another release"):
        create_app(replace(release, digest="0" * 64), replace(config, store=address))
