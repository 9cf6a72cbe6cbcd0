"""No header of a request makes the service take long, whatever it holds."""

from __future__ import annotations

import pytest
import werkzeug.sansio.request
from flask import Flask
from flask.testing import FlaskClient

from sergekg.web.header_size import MOST


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that sends the cookies it is told to."""
    return app.test_client(use_cookies=False)


UNCLOSED = "a=" + " " * 4000 + '"'
"""A cookie that the framework reads in a time that grows with the square of its length."""


@pytest.mark.parametrize("path", ["/", "/nosuchpage"])
def test_cookies_are_not_left_to_the_framework(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def parse(*_: object, **__: object) -> None:
        raise AssertionError("the framework reads cookies")

    monkeypatch.setattr(werkzeug.sansio.request, "parse_cookie", parse)
    headers = {"Accept": "text/html", "Accept-Language": "fr", "Cookie": f"{UNCLOSED}; lang=en"}
    assert client.get(path, headers=headers).headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    "cookie", ["lang=en", "a=b; lang=en", "lang=en;a", "a;lang = en ;b=c", "lang=en; lang=fr"]
)
def test_the_language_that_a_reader_chose_is_found_among_cookies(client: FlaskClient, cookie: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "fr", "Cookie": cookie}
    assert client.get("/", headers=headers).headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    "name", ["Cookie", "Accept", "Accept-Language", "If-None-Match", "X-Forwarded-For", "X-A"]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_a_header_longer_than_any_clients_is_answered_431(
    client: FlaskClient, name: str, method: str
) -> None:
    answer = client.open("/healthz", method=method, headers={name: "a" * MOST})
    assert answer.status_code == 431
    assert answer.json
    assert answer.json["detail"] == "The header fields may have 16,384 bytes."
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_many_headers_count_together_and_what_reads_the_answer_is_kept(client: FlaskClient) -> None:
    many = {f"X-{i}": "a" * 1000 for i in range(17)}
    answer = client.get("/", headers={"Accept": "text/html", "Accept-Language": "fr", **many})
    assert answer.status_code == 431
    assert "En-têtes trop longs" in answer.get_data(as_text=True)


def test_an_answer_that_was_given_before_is_not_given_to_them(client: FlaskClient) -> None:
    page = "/page/person/anita-roussakova"
    assert client.get(page).status_code == 200
    assert client.get(page, headers={"X-A": "a" * MOST}).status_code == 431


def test_headers_as_clients_send_them_are_taken(client: FlaskClient) -> None:
    assert client.get("/", headers={"Cookie": "a=" + "b" * 8000}).status_code == 200
