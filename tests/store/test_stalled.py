"""A client that takes nothing, or next to nothing, keeps no place among the queries that run."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sergekg.errors import ClientGone, QueryFailed
from sergekg.store import stalled
from sergekg.store.answers import Limits, Request
from sergekg.store.pooled import PooledStore, read
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote
from sergekg.store.stalled import PATIENCE, RATE, Watch, is_stalled


@dataclass(eq=False)
class Stream:
    """A stream whose client let it wait for so long before."""

    given: int
    waiting_since: float | None
    waited: float = 0.0

    def drop(self) -> None: ...


@pytest.mark.parametrize(
    ("given", "waited", "since", "now", "is_over"),
    [
        (10**9, 0.0, 100.0, 100.0 + PATIENCE / 2, False),
        (10**9, 0.0, 100.0, 101.0 + PATIENCE, True),
        (10**9, 0.0, None, 10_000.0, False),
        (0, 0.0, 1.0, PATIENCE / 2, False),
        (RATE * 100, 100.0, 100.0, 100.0 + PATIENCE - 1, False),
        (RATE * 100, 100.0 + PATIENCE - 1, 100.0, 102.0, True),
        (0, 0.0, 1000.0, 1001.0, False),
    ],
    ids=["rests", "took nothing for long", "is being made", "just now", "slow", "too slow", "a slow query"],
)
def test_a_stream_stalls_when_its_client_takes_too_little(
    given: int, waited: float, since: float | None, now: float, is_over: bool
) -> None:
    assert is_stalled(Stream(given, since, waited), now) is is_over


def test_streams_are_watched_again_after_a_time_without_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "PATIENCE", 0.0)
    monkeypatch.setattr(stalled, "_PAUSE", 0.01)
    watch = Watch()
    assert list(watch.follow(Stream(0, None), [b"whole"])) == [b"whole"]
    deadline = time.monotonic() + 10
    while any(thread.name == "stalled streams" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    dropped = threading.Event()
    later = Stream(0, None)
    later.drop = dropped.set  # type: ignore[method-assign]
    pieces = watch.follow(later, [b"a piece", b"another"])
    assert next(pieces) == b"a piece"
    assert dropped.wait(10)
    pieces.close()  # type: ignore[attr-defined]


def test_a_stream_that_nobody_takes_gives_its_place_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalled, "PATIENCE", 0.0)
    monkeypatch.setattr(stalled, "_PAUSE", 0.05)
    nquads = tmp_path / "data.nq"
    nquads.write_text(
        "".join(f"<http://e/s{n}> <http://e/p> <http://e/o> <http://e/g> .\n" for n in range(2000))
    )
    store = PooledStore({"kind": "memory", "path": str(nquads), "union": True})
    try:
        answer = store.answer(Request(read("SELECT * { ?s ?p ?o . ?a ?b ?c }"), Limits()))
        pieces = iter(answer)
        assert next(pieces)
        assert store.pool.running == 1
        deadline = time.monotonic() + 20
        while store.pool.running and time.monotonic() < deadline:
            time.sleep(0.05)
        assert store.pool.running == 0
        with pytest.raises(QueryFailed, match="too slowly"):
            list(pieces)
    finally:
        store.close()


@pytest.fixture
def endless() -> Iterator[Any]:
    """A server whose every result but the first goes on for ever; `left` is set when nobody takes it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.end_headers()
            self.wfile.write(b'{"head":{"vars":["s"]},"results":{"bindings":[')
            row = b'{"s":{"type":"uri","value":"http://e/s"}}'
            self.wfile.write(row)
            if b"VALUES" in query:
                self.wfile.write(b"]}}")
                return
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write((b"," + row) * 1000)
            server.left.set()  # type: ignore[attr-defined]

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.left = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("is_read_on", [True, False])
def test_a_stream_of_a_remote_store_gives_its_place_and_its_connection_back(
    endless: Any, monkeypatch: pytest.MonkeyPatch, *, is_read_on: bool
) -> None:
    monkeypatch.setattr(stalled, "PATIENCE", 0.0)
    monkeypatch.setattr(stalled, "_PAUSE", 0.05)
    store = RemoteStore(Remote(f"http://127.0.0.1:{endless.server_port}/sparql"))
    answer = store.answer(Request(read("SELECT ?s { ?s ?p ?o }"), Limits()))
    assert answer.body is None
    pieces = iter(answer)
    assert next(pieces)
    assert store.running == 1
    assert endless.left.wait(20)
    assert store.running == 0
    if is_read_on:
        with pytest.raises(QueryFailed, match="too slowly"):
            list(pieces)
    answer.close()
    assert store.running == 0


@pytest.fixture
def mute() -> Iterator[Any]:
    """A server that does not answer until it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if b"VALUES" not in query:
                server.may_answer.wait(20)  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(b'{"head":{"vars":["s"]},"results":{"bindings":[]}}')

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.may_answer = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.may_answer.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_query_to_a_remote_store_that_nobody_waits_for_gives_its_place_back(mute: Any) -> None:
    store = RemoteStore(Remote(f"http://127.0.0.1:{mute.server_port}/sparql"))
    with pytest.raises(ClientGone):
        store.answer(Request(read("SELECT ?s { ?s ?p ?o }"), Limits(), is_wanted=lambda: False))
    assert store.running == 0
