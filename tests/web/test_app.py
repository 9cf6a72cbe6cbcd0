"""The application answers on its main paths."""

import json
import urllib.request

import pytest
from flask.testing import FlaskClient

from sergekg.release import Release


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_what_is_said_of_now_is_kept_by_no_cache(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_healthz_names_the_release(client: FlaskClient, release: Release) -> None:
    assert json.loads(client.get("/healthz").data)["release"] == release.digest


def test_a_running_server_answers_a_query(server: str) -> None:
    query = "SELECT%20?who%20{%20?who%20skg:wasDeportedTo/rdfs:label%20?l%20FILTER(STR(?l)='Viatka')}"
    request = urllib.request.Request(f"{server}/sparql?query={query}", headers={"Accept": "text/csv"})
    with urllib.request.urlopen(request) as answer:
        assert answer.read().decode().splitlines()[1].endswith("person/anita-roussakova")
