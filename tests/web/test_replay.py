"""The same request to the same data is answered the same, whether the application is asked or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app

ASK = "/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D"
PAGE = "/page/person/anita-roussakova"
DATA = "/data/person/anita-roussakova.ttl"


@pytest.fixture
def fresh(release: Release, config: Config) -> Iterator[FlaskClient]:
    """A service that has not been asked anything."""
    app = create_app(release, config)
    yield app.test_client(use_cookies=False)
    app.extensions["sergekg"].endpoint.store.close()


def replayed(client: FlaskClient) -> int:
    metrics = client.get("/metrics").get_data(as_text=True)
    line = next(line for line in metrics.splitlines() if line.startswith("sergekg_replayed_total"))
    return int(float(line.split()[1]))


@pytest.mark.parametrize("address", [ASK, PAGE, DATA, "/id/person/anita-roussakova", "/catalogue.ttl"])
def test_the_second_answer_is_the_first(fresh: FlaskClient, address: str) -> None:
    first, second = fresh.get(address), fresh.get(address)
    assert replayed(fresh) == 1
    assert (second.status, second.data) == (first.status, first.data)
    assert list(second.headers) == list(first.headers)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("Accept", "text/turtle", "application/ld+json"),
        ("Accept-Language", "fr", "en"),
        ("Accept-Encoding", "gzip", "br"),
        ("Cookie", "sergekg_lang=fr", "sergekg_lang=en"),
        ("Host", "127.0.0.1:1", "127.0.0.1:2"),
        ("X-Forwarded-Prefix", "/a", "/b"),
    ],
)
def test_requests_that_differ_in_a_header_are_answered_apart(
    fresh: FlaskClient, name: str, one: str, other: str
) -> None:
    for value in (one, other, one):
        fresh.get(PAGE, headers={name: value})
    assert replayed(fresh) == 1


def test_who_asks_makes_no_difference(fresh: FlaskClient) -> None:
    fresh.get(PAGE, headers={"User-Agent": "one", "Referer": "http://one.example/"})
    fresh.get(PAGE, headers={"User-Agent": "other"})
    assert replayed(fresh) == 1


def test_a_validator_that_the_client_holds_is_still_answered_by_304(fresh: FlaskClient) -> None:
    tag = fresh.get(DATA).headers["ETag"]
    answers = [fresh.get(DATA, headers={"If-None-Match": tag}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [304, 304]
    assert answers[0].data == answers[1].data == b""
    assert replayed(fresh) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/page/person/nobody",
        "/sparql?query=SELEKT",
        "/sparql?query=SELECT%20%28RAND%28%29%20AS%20%3Fx%29%7B%7D",
        "/healthz",
        f"{PAGE}?lang=en",
    ],
)
def test_errors_chance_and_cookies_are_never_given_again(fresh: FlaskClient, address: str) -> None:
    fresh.get(address)
    fresh.get(address)
    assert replayed(fresh) == 0


def test_a_write_is_seen_at_once(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERGEKG_TOKEN", "a-token-for-this-test-only")
    app = create_app(None, replace(config, empty=True, writable=True, gate=False, var=tmp_path))
    client = app.test_client()
    assert b"false" in client.get(ASK).data
    written = client.post(
        "/update",
        data={"update": "INSERT DATA { <x:s> <x:p> <x:o> }"},
        headers={"Authorization": "Bearer a-token-for-this-test-only"},
    )
    assert written.status_code < 300, written.data
    assert b"true" in client.get(ASK).data
    app.extensions["sergekg"].endpoint.store.close()


def test_what_is_kept_has_a_limit(release: Release, config: Config) -> None:
    app = create_app(release, replace(config, answer_cache=1))
    client = app.test_client()
    for number in range(1100):  # each takes a kilobyte and more
        client.get(f"{ASK}&timeout={number + 1}")
    before = replayed(client)
    client.get(f"{ASK}&timeout=1100")
    client.get(f"{ASK}&timeout=1")
    assert replayed(client) == before + 1
    app.extensions["sergekg"].endpoint.store.close()


def test_a_log_of_queries_misses_none(release: Release, config: Config, tmp_path: Path) -> None:
    app = create_app(release, replace(config, query_log=tmp_path / "queries.log"))
    client = app.test_client()
    for _ in range(2):
        client.get(ASK)
    assert replayed(client) == 0
    app.extensions["sergekg"].endpoint.store.close()
