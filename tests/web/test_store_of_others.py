"""What others write to a store shows once what was kept of it has had its time."""

from __future__ import annotations

from dataclasses import replace

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.store.local import LocalStore
from sergekg.store.pooled import PooledStore
from sergekg.web import create_app
from sergekg.web.opening import Stores

THING = "person/anita-roussakova"
IRI = f"https://w3id.org/sergekg/id/{THING}"


class Others:
    """A store elsewhere, as its writer and the clock have it."""

    def __init__(self) -> None:
        self.engine = ox.Store()
        self.epoch = "1"

    def write(self, name: str) -> None:
        said = f'<{IRI}> a <http://e/Person> ; <http://www.w3.org/2000/01/rdf-schema#label> "{name}"'
        self.engine.clear()
        self.engine.update(f"INSERT DATA {{ {said} . GRAPH <http://e/g> {{ {said} }} }}")


@pytest.fixture
def others() -> Others:
    return Others()


@pytest.fixture
def reader(others: Others, config: Config, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of an application over that store."""
    pages = LocalStore(others.engine)
    stores = Stores(pages, PooledStore({"kind": "memory", "path": ""}), epoch=lambda: others.epoch)
    monkeypatch.setattr("sergekg.web.app.open_stores", lambda *_: stores)
    return create_app(None, replace(config, empty=True)).test_client()


@pytest.mark.parametrize("path", [f"/data/{THING}.nt", f"/page/{THING}", f"/fragments?subject={IRI}"])
def test_what_others_wrote_shows_under_another_validator(
    reader: FlaskClient, others: Others, path: str
) -> None:
    others.write("Anita")
    before = reader.get(path)
    assert before.status_code == 200, before.text
    assert "Anita" in before.text
    others.write("Vera")
    others.epoch = "2"
    held = {"If-None-Match": before.headers["ETag"]}
    after = reader.get(path, headers=held)
    assert after.status_code == 200
    assert "Vera" in after.text
    assert after.headers["ETag"] != before.headers["ETag"]


def test_a_thing_that_others_add_is_found(reader: FlaskClient, others: Others) -> None:
    assert reader.get(f"/data/{THING}.nt").status_code == 404
    others.write("Anita")
    others.epoch = "2"
    assert reader.get(f"/data/{THING}.nt").status_code == 200


def test_no_date_says_how_long_what_others_may_write_to_stays(reader: FlaskClient, others: Others) -> None:
    others.write("Anita")
    answer = reader.get(f"/data/{THING}.nt", headers={"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"})
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-cache"
