"""The same request to the same data is answered the same, whether the application is asked or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app

ASK = "/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D"
PAGE = "/page/person/anita-roussakova"
DATA = "/data/person/anita-roussakova.ttl"


@dataclass
class Browser:
    """Asks under a name of its own, so that nothing was asked before."""

    client: FlaskClient
    port: int

    def get(self, address: str, headers: dict[str, str] | None = None) -> TestResponse:
        return self.client.get(address, base_url=f"http://127.0.0.1:{self.port}", headers=headers)

    def replayed(self, ask: Callable[[], object]) -> int:
        """How many answers are given again while somebody asks."""
        before = self._count()
        ask()
        return self._count() - before

    def _count(self) -> int:
        metrics = self.client.get("/metrics").get_data(as_text=True)
        line = next(line for line in metrics.splitlines() if line.startswith("sergekg_replayed_total"))
        return int(float(line.split()[1]))


@pytest.fixture(scope="module")
def served(release: Release, config: Config) -> Iterator[FlaskClient]:
    app = create_app(release, config)
    yield app.test_client(use_cookies=False)
    app.extensions["sergekg"].endpoint.store.close()


_PORTS = count(1000)


@pytest.fixture
def fresh(served: FlaskClient) -> Browser:
    return Browser(served, next(_PORTS))


@pytest.mark.parametrize("address", [ASK, PAGE, DATA, "/id/person/anita-roussakova", "/catalogue.ttl"])
def test_the_second_answer_is_the_first(fresh: Browser, address: str) -> None:
    first = fresh.get(address)
    again = []
    assert fresh.replayed(lambda: again.append(fresh.get(address))) == 1
    (second,) = again
    assert (second.status, second.data) == (first.status, first.data)
    assert list(second.headers) == list(first.headers)


@pytest.mark.slow
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
    fresh: Browser, name: str, one: str, other: str
) -> None:
    def ask() -> None:
        for value in (one, other, one):
            fresh.get(PAGE, headers={name: value})

    assert fresh.replayed(ask) == 1


def test_who_asks_makes_no_difference(fresh: Browser) -> None:
    fresh.get(PAGE, headers={"User-Agent": "one", "Referer": "http://one.example/"})
    assert fresh.replayed(lambda: fresh.get(PAGE, headers={"User-Agent": "other"})) == 1


def test_a_validator_that_the_client_holds_is_still_answered_by_304(fresh: Browser) -> None:
    held = {"If-None-Match": fresh.get(DATA).headers["ETag"]}
    answers: list[TestResponse] = []

    def ask() -> None:
        answers.extend(fresh.get(DATA, headers=held) for _ in range(2))

    assert fresh.replayed(ask) == 1
    assert [answer.status_code for answer in answers] == [304, 304]
    assert answers[0].data == answers[1].data == b""


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
def test_errors_chance_and_cookies_are_never_given_again(fresh: Browser, address: str) -> None:
    fresh.get(address)
    assert fresh.replayed(lambda: fresh.get(address)) == 0


def test_what_is_kept_has_a_limit(release: Release, config: Config) -> None:
    app = create_app(release, replace(config, answer_cache=1))
    fresh = Browser(app.test_client(), next(_PORTS))
    for number in range(1, 1001):  # each takes a kilobyte and more, of one megabyte
        fresh.get(f"{ASK}&timeout={number}")
    assert fresh.replayed(lambda: fresh.get(f"{ASK}&timeout=1000")) == 1
    assert fresh.replayed(lambda: fresh.get(f"{ASK}&timeout=1")) == 0
    app.extensions["sergekg"].endpoint.store.close()


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


def test_a_log_of_queries_misses_none(release: Release, config: Config, tmp_path: Path) -> None:
    app = create_app(release, replace(config, query_log=tmp_path / "queries.log"))
    browser = Browser(app.test_client(), next(_PORTS))
    browser.get(ASK)
    assert browser.replayed(lambda: browser.get(ASK)) == 0
    app.extensions["sergekg"].endpoint.store.close()
