"""A graph under its own address is the one that the store has, whatever the files of the release say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.store.pooled import PooledStore
from sergekg.web import create_app
from sergekg.web.negotiate import RDF_FORMATS
from sergekg.web.opening import Stores

TOKEN = "a-token-for-tests"
GRAPH = "https://w3id.org/sergekg/graph/"
SUFFIXES = [form.suffix for form in RDF_FORMATS]


@pytest.fixture(scope="module")
def written(
    release: Release, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """A writable service over the release, to whose graphs something was added."""
    var = tmp_path_factory.mktemp("var")
    (var / "releases").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERGEKG_TOKEN", TOKEN)
        app = create_app(release, replace(config, var=var, writable=True, gate=False))
    client: FlaskClient = app.test_client()
    for graph in ("ontology", "catalogue", "t2"):
        write(client, f'INSERT DATA {{ GRAPH <{GRAPH}{graph}> {{ <urn:zz> rdfs:label "Zzyzx" }} }}')
    yield client
    app.extensions["sergekg"].endpoint.store.close()


def write(client: FlaskClient, text: str) -> None:
    answer = client.post(
        "/update",
        data=text,
        content_type="application/sparql-update",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("graph", ["ontology", "catalogue", "t2"])
def test_a_written_graph_says_the_same_in_every_format(written: FlaskClient, graph: str, suffix: str) -> None:
    answer = written.get(f"/graph/{graph}.{suffix}")
    assert answer.status_code == 200
    assert "Zzyzx" in answer.text
    quads = written.get(f"/graph/{graph}.nt").data.splitlines()
    form = next(form.writer for form in RDF_FORMATS if form.suffix == suffix)
    assert form is not None
    assert len(list(ox.parse(answer.data, form))) == len(quads)


def test_a_write_changes_the_validator_of_its_graph(written: FlaskClient) -> None:
    before = written.get("/graph/t2.ttl")
    held = {"If-None-Match": before.headers["ETag"]}
    assert written.get("/graph/t2.ttl", headers=held).status_code == 304
    write(written, f'INSERT DATA {{ GRAPH <{GRAPH}t2> {{ <urn:zz> rdfs:label "Autre" }} }}')
    assert "Autre" in written.get("/graph/t2.ttl", headers=held).text


def test_a_graph_that_was_written_away_is_not_found_and_one_without_a_page_is_given_as_data(
    written: FlaskClient,
) -> None:
    write(written, f"INSERT DATA {{ GRAPH <{GRAPH}t3> {{ <urn:a> <urn:b> <urn:c> }} }}")
    browser = {"Accept": "text/html,*/*;q=0.8"}
    assert written.get("/graph/t3", headers=browser).mimetype == "text/turtle"
    assert written.get("/graph/ontology", headers=browser).status_code == 303
    write(written, f"DROP GRAPH <{GRAPH}t3>")
    assert written.get("/graph/t3.ttl").status_code == 404


def test_what_others_write_to_a_store_elsewhere_is_in_their_graphs(
    release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ox.Store()
    engine.update(f'INSERT DATA {{ GRAPH <{GRAPH}ontology> {{ <urn:zz> <urn:p> "Zzyzx" }} }}')
    stores = Stores(LocalStore(engine), PooledStore({"kind": "memory", "path": ""}), epoch=lambda: "1")
    monkeypatch.setattr("sergekg.web.app.open_stores", lambda *_: stores)
    client = create_app(release, config).test_client()
    for suffix in SUFFIXES:
        assert "Zzyzx" in client.get(f"/graph/ontology.{suffix}").text
    assert client.get("/graph/links.ttl").status_code == 404


@pytest.mark.parametrize("name", ["%0AFORGED%20LINE", "a%20b.ttl", "%22"])
def test_what_is_no_iri_is_no_graph_and_writes_nothing_into_the_log(
    client: FlaskClient, written: FlaskClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    for one in (client, written):
        assert one.get(f"/graph/{name}").status_code == 404
    assert "valid URI" not in caplog.text
