"""Loading into a graph store that breaks off or leads elsewhere."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from sergekg.errors import StoreUnavailable
from sergekg.store import loading
from sergekg.store.loading import GraphStore
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote

BASE = "http://e/"


Answer = tuple[int, dict[str, str], bytes]


class Server(ThreadingHTTPServer):
    """A SPARQL server in this process.

    Attributes:
        store: what `/sparql` answers from.
        instead: what the graph store does with a request (method, graph, body), if anything, instead of
            taking it.
        asked: each request to the graph store: method, graph, triples.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = ox.Store()
        self.instead: Callable[[str, str, bytes], Answer | None] = lambda *_: None
        self.asked: list[tuple[str, str, int]] = []

    @property
    def query(self) -> RemoteStore:
        return RemoteStore(Remote(f"http://127.0.0.1:{self.server_port}/sparql", seconds=20))

    @property
    def graphs(self) -> GraphStore:
        return GraphStore.of(f"http://127.0.0.1:{self.server_port}/graphs", token="secret")

    def change(self, method: str, graph: str, body: bytes) -> Answer:
        name = ox.NamedNode(graph)
        if method in ("PUT", "DELETE"):
            self.store.remove_graph(name)
        if method != "DELETE":
            self.store.load(body, ox.RdfFormat.N_TRIPLES, to_graph=name)
        return 204, {}, b""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path)
        if path.path == "/sparql":
            found: Any = self.server.store.query(parse_qs(body.decode())["query"][0])
            said = found.serialize(None, ox.QueryResultsFormat.JSON)
            self.answer(200, {"Content-Type": "application/sparql-results+json"}, said)
            return
        graph = parse_qs(path.query)["graph"][0]
        self.server.asked.append((self.command, graph, body.count(b"\n")))
        instead = self.server.instead(self.command, graph, body)
        self.answer(*(instead or self.server.change(self.command, graph, body)))

    def do_PUT(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def do_GET(self) -> None:
        self.do_POST()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


def running() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(loading, "_PAUSE", 0)
    yield from running()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    yield from running()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_told_and_not_followed(server: Server, elsewhere: Server, status: int) -> None:
    there = elsewhere.graphs.address
    server.instead = lambda *_: (status, {"Location": f"{there}?graph=http%3A%2F%2Fe%2Fg"}, b"")
    with pytest.raises(StoreUnavailable, match=f"redirects to {there}; give that address"):
        server.graphs.send("POST", f"{BASE}g", b"")
    assert elsewhere.asked == [], "who we are was not told there"


@pytest.mark.parametrize(
    "answer",
    [(200, {"Content-Length": "500"}, b"x"), (200, {}, b"x" * 2000)],
    ids=["breaks off", "does not end"],
)
def test_an_answer_that_does_not_end_well_is_asked_for_again(
    server: Server, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(loading, "_LONGEST", 1000)
    server.instead = lambda *_: answer if len(server.asked) == 1 else None
    server.graphs.send("PUT", f"{BASE}g", b"")
    assert len(server.asked) == 2
    server.instead = lambda *_: answer
    with pytest.raises(StoreUnavailable, match="did not take a part of http://e/g: its answer"):
        server.graphs.send("PUT", f"{BASE}g", b"")


def test_what_is_not_http_is_tried_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_PAUSE", 0)
    tried = []

    class Opener:
        def open(self, request: Any, timeout: float) -> Any:
            tried.append(request)
            raise http.client.BadStatusLine("SSH-2.0-OpenSSH\r\n\x1b[31m")

    target = GraphStore(f"{BASE}graphs", Opener())  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable, match=r"not HTTP, or not whole \(SSH-2.0-OpenSSH \[31m\)"):
        target.send("DELETE", f"{BASE}g")
    assert len(tried) == 4
