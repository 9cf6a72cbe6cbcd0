"""Bodies that do not come, or do not end, whichever view they are sent to."""

from __future__ import annotations

import gc
import io
import threading
import weakref
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from sergekg.web import bodies

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
VIEWS = [
    ("/sparql", FORM),
    ("/desk", FORM),
    ("/desk", "multipart/form-data; boundary=x"),
    ("/desk/check", FORM),
    ("/desk/names", JSON),
    ("/q", FORM),
    ("/reconcile", FORM),
    ("/reconcile/match", JSON),
    ("/reconcile/1.0-draft/extend", JSON),
]
"""Every address that takes a body, beside those for who has a token."""


class Silence(io.RawIOBase):
    """A body of which nothing comes until it is let go."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.over.wait()
        return b""


class Endless(io.RawIOBase):
    """A body that does not end; counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "the rest of it is nothing to ask for"
        self.taken += size
        return b"x" * size


@pytest.fixture
def silence() -> Iterator[Silence]:
    found = Silence()
    yield found
    found.over.set()


def send(client: FlaskClient, path: str, kind: str, body: io.IOBase, **more: str) -> TestResponse:
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, **more}
    if "CONTENT_LENGTH" not in more:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    return client.post(path, content_type=kind, environ_overrides=environ)


@pytest.mark.parametrize(("path", "kind"), VIEWS)
def test_a_body_that_does_not_come_is_given_up(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, silence: Silence, path: str, kind: str
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    assert send(client, path, kind, silence, CONTENT_LENGTH="1000").status_code == 408
    assert send(client, path, kind, silence).status_code == 408


@pytest.mark.parametrize(("path", "kind"), VIEWS)
def test_a_body_without_an_end_is_refused_when_it_is_too_large(
    client: FlaskClient, path: str, kind: str
) -> None:
    body = Endless()
    assert send(client, path, kind, body).status_code == 413
    assert body.taken <= 2 << 20


@pytest.mark.parametrize(("path", "kind"), VIEWS)
def test_a_body_that_says_it_is_too_large_is_not_read(client: FlaskClient, path: str, kind: str) -> None:
    body = Endless()
    assert send(client, path, kind, body, CONTENT_LENGTH=str(8 << 20)).status_code == 413
    assert body.taken == 0


@pytest.mark.parametrize(("path", "kind"), [("/desk/check", FORM), ("/reconcile/match", JSON)])
def test_a_client_that_sends_too_much_at_once_has_to_wait(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, silence: Silence, path: str, kind: str
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.01)
    places = bodies._MOST_OF_CLIENT
    one = {"REMOTE_ADDR": f"one at {path}"}
    statuses = [send(client, path, kind, silence, **one).status_code for _ in range(places + 1)]
    assert statuses == [408] * places + [429]
    assert send(client, path, kind, silence, REMOTE_ADDR="another").status_code == 408


def test_a_form_in_pieces_is_read_whole(client: FlaskClient) -> None:
    answer = send(client, "/desk/check", FORM, io.BytesIO(b"query=ASK+%7B%7D"))
    assert answer.get_json()["ok"] is True


def test_a_request_for_names_is_small(client: FlaskClient) -> None:
    assert client.post("/desk/names", json={"iris": ["http://e/" + "x" * (1 << 18)]}).status_code == 413


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/sparql"), ("POST", "/nothere"), ("POST", "/page/person/victor-serge")]
)
def test_a_body_that_nobody_reads_is_let_go_at_once(client: FlaskClient, method: str, path: str) -> None:
    class Body(io.BytesIO):
        """What can be referred to weakly."""

    environ = EnvironBuilder(path=path, method=method, input_stream=Body(b"ASK {}")).get_environ()
    held = weakref.ref(environ["wsgi.input"])
    gc.disable()  # a circle would be found some time
    try:
        for _ in client.application.wsgi_app(environ, lambda status, headers: None):
            pass
        del environ
        assert held() is None
    finally:
        gc.enable()
