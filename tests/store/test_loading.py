"""Loading into a graph store that breaks, lies, loses something, or leads elsewhere."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from benchmarks.servers import free_port
from benchmarks.virtuoso import PASSWORD, USER, is_installed, virtuoso
from tests.conftest import run_server

from sergekg.config import Config
from sergekg.errors import ConfigError, StoreError, StoreUnavailable
from sergekg.rdf.terms import from_oxigraph
from sergekg.release import Release
from sergekg.store import loading
from sergekg.store.answers import Limits, Request
from sergekg.store.filling import build_store
from sergekg.store.loaded import Loaded, State, read_state, state_graph, union_graph
from sergekg.store.loading import GraphStore, load
from sergekg.store.pooled import read
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote

BASE = "http://e/"
XSD = "http://www.w3.org/2001/XMLSchema#"
QUADS = [
    *(f'<{BASE}s{n}> <{BASE}p> "no {n}" <{BASE}g1> .' for n in range(20)),
    *(f"<{BASE}s{n}> <{BASE}q> <{BASE}o> <{BASE}g2> ." for n in range(5)),
    f'<{BASE}s0> <{BASE}r> "12"^^<{XSD}integer> <{BASE}g2> .',
    f'<{BASE}s0> <{BASE}r> "12"^^<{XSD}decimal> <{BASE}g2> .',
]
SILENT = lambda *_: None  # noqa: E731 - nobody looks on


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """Two graphs that share nothing, and their union; two of its literals have one value."""
    place = tmp_path_factory.mktemp("loading")
    nquads = place / "data.nq"
    nquads.write_text("\n".join(QUADS) + "\n", encoding="utf-8")
    build_store(place / "store", nquads)
    return ox.Store.read_only(str(place / "store"))


Answer = tuple[int, dict[str, str], bytes]


class Server(ThreadingHTTPServer):
    """A SPARQL server in this process.

    Attributes:
        store: what `/sparql` answers from.
        instead: what the graph store does with a request (method, graph, body), if anything, instead of
            taking it.
        refuses: the status with which `/sparql` answers a query, if it does not answer it.
        asked: each request to the graph store: method, graph, triples.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = ox.Store()
        self.instead: Callable[[str, str, bytes], Answer | None] = lambda *_: None
        self.refuses: Callable[[str], int | None] = lambda _: None
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

    def holds(self, graph: str) -> set[str]:
        return {
            str(quad.triple) for quad in self.store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        }

    def posts(self) -> list[tuple[str, int]]:
        return [(graph, triples) for method, graph, triples in self.asked if method == "POST"]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path)
        if path.path == "/sparql":
            query = parse_qs(body.decode())["query"][0]
            if status := self.server.refuses(query):
                self.answer(status, {}, b"later")
                return
            found: Any = self.server.store.query(query)
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


def loaded(server: Server, source: ox.Store, block: int = 7, report: Any = SILENT) -> int:
    return load(source, "d", BASE, server.query, server.graphs, report, block)


def holds_all(server: Server, source: ox.Store) -> bool:
    graphs = {name.value: name for name in source.named_graphs() if isinstance(name, ox.NamedNode)}
    return all(
        server.holds(name) == {str(quad.triple) for quad in source.quads_for_pattern(None, None, None, graph)}
        for name, graph in (graphs | {union_graph(BASE): ox.DefaultGraph()}).items()
    )


def broken_off(server: Server, source: ox.Store, posts: int) -> None:
    """A load in blocks of seven whose process ends when so many have been taken and noted."""

    def stop(method: str, graph: str, body: bytes) -> Answer | None:
        return (403, {}, b"") if method == "POST" and len(server.posts()) > posts else None

    server.instead = stop
    with pytest.raises(StoreUnavailable, match="403"):
        loaded(server, source)
    server.instead = lambda *_: None
    server.asked.clear()


@pytest.mark.parametrize("block", [1, 3, 7, 10, 100])
def test_a_load_goes_on_with_blocks_of_any_size(server: Server, source: ox.Store, block: int) -> None:
    broken_off(server, source, posts=2)
    sent = loaded(server, source, block)
    assert holds_all(server, source)
    assert sent == 6 + 7 + 27, "fourteen of the twenty triples of the first graph were there"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("is_asked", [lambda query: "loading" in query, lambda query: "COUNT" in query])
def test_a_query_that_fails_for_a_passing_reason_is_asked_again(
    server: Server, source: ox.Store, status: int, is_asked: Callable[[str], bool]
) -> None:
    """One in three fails, wherever the load is."""
    asked: list[str] = []

    def refuse(query: str) -> int | None:
        if is_asked(query):
            asked.append(query)
        return status if is_asked(query) and len(asked) % 3 == 1 else None

    server.refuses = refuse
    assert loaded(server, source) == 54
    assert len(asked) > 3
    assert holds_all(server, source)


@pytest.mark.parametrize(("status", "times"), [(503, 4), (403, 1)])
def test_a_load_that_cannot_ask_any_more_says_that_it_goes_on(
    server: Server, source: ox.Store, status: int, times: int
) -> None:
    refused: list[str] = []

    def refuse(query: str) -> int | None:
        if len(server.posts()) == 2:
            refused.append(query)
            return status
        return None

    server.refuses = refuse
    with pytest.raises(
        StoreUnavailable, match=f"answered {status} later; check the store, then load again: it goes on where"
    ):
        loaded(server, source)
    assert len(refused) == times
    server.refuses = lambda _: None
    assert loaded(server, source) == 47, "the first block had been noted"
    assert holds_all(server, source)


def test_a_load_that_counted_blocks_is_begun_again(server: Server, source: ox.Store) -> None:
    broken_off(server, source, posts=2)
    old = json.dumps({"digest": "d", "done": {f"{BASE}g1": 2}, "whole": False}).replace('"', '\\"')
    line = f'<{state_graph(BASE)}> <urn:x-sergekg:loaded> "{old}" .\n'
    server.graphs.send("PUT", state_graph(BASE), line.encode())
    assert loaded(server, source, 3) == 54
    assert holds_all(server, source)


def test_a_whole_load_that_counted_blocks_stays_whole(server: Server, source: ox.Store) -> None:
    loaded(server, source)
    blocks = {f"{BASE}g1": 3, f"{BASE}g2": 1, union_graph(BASE): 4}
    old = json.dumps({"digest": "d", "done": blocks, "whole": True}).replace('"', '\\"')
    line = f'<{state_graph(BASE)}> <urn:x-sergekg:loaded> "{old}" .\n'
    server.graphs.send("PUT", state_graph(BASE), line.encode())
    assert read_state(server.query, BASE).is_whole
    assert loaded(server, source) == 0


def test_what_a_load_had_begun_goes_when_another_release_comes(server: Server, source: ox.Store) -> None:
    server.instead = lambda method, *_: (403, {}, b"") if method == "PUT" and server.posts() else None
    with pytest.raises(StoreUnavailable, match="403"):
        loaded(server, source)
    server.instead = lambda *_: None
    assert server.holds(f"{BASE}g1"), "a block was taken and not noted"
    load(ox.Store(), "d2", BASE, server.query, server.graphs, SILENT)
    assert {graph.value for graph in server.store.named_graphs()} == {state_graph(BASE)}


def test_a_page_that_says_200_to_everything_is_no_graph_store(server: Server, source: ox.Store) -> None:
    server.instead = lambda *_: (200, {"Content-Type": "text/html"}, b"<html>Please sign in</html>")
    with pytest.raises(StoreUnavailable, match="does not show what") as told:
        loaded(server, source)
    assert server.query.remote.address in str(told.value)
    assert server.graphs.address in str(told.value)
    assert server.posts() == []


@pytest.mark.parametrize("is_begun", [False, True], ids=["empty", "begun there"])
def test_two_servers_are_not_taken_for_one(
    server: Server, elsewhere: Server, source: ox.Store, is_begun: bool
) -> None:
    if is_begun:
        broken_off(server, source, posts=2)
    with pytest.raises(StoreUnavailable, match="addresses of one store"):
        load(source, "d", BASE, server.query, elsewhere.graphs, SILENT, 7)
    assert elsewhere.posts() == []


def test_nothing_is_removed_from_another_server(server: Server, elsewhere: Server, source: ox.Store) -> None:
    loaded(server, source)
    with pytest.raises(StoreUnavailable, match="addresses of one store"):
        load(source, "d2", BASE, server.query, elsewhere.graphs, SILENT)
    assert [method for method, _, _ in elsewhere.asked] == ["PUT"]


def test_a_block_that_is_lost_is_found_and_sent_again(server: Server, source: ox.Store) -> None:
    def lose(method: str, graph: str, _: bytes) -> Answer | None:
        return (200, {}, b"") if method == "POST" and len(server.posts()) == 2 else None

    server.instead = lose
    with pytest.raises(StoreUnavailable, match=f"{BASE}g1 has 13 triples and should have 20;"):
        loaded(server, source)
    assert not read_state(server.query, BASE).is_whole
    server.instead = lambda *_: None
    assert loaded(server, source) == 20
    assert holds_all(server, source)


def test_what_is_there_already_is_counted_too(server: Server, source: ox.Store) -> None:
    loaded(server, source)
    server.store.remove_graph(ox.NamedNode(f"{BASE}g2"))
    with pytest.raises(StoreUnavailable, match=f"{BASE}g2 has 0 triples and should have 7;"):
        loaded(server, source)
    assert loaded(server, source) == 7
    assert holds_all(server, source)


def test_more_than_was_sent_is_wrong_too(server: Server, source: ox.Store) -> None:
    loaded(server, source)
    server.graphs.send("POST", f"{BASE}g1", f"<{BASE}x> <{BASE}y> <{BASE}z> .\n".encode())
    with pytest.raises(StoreUnavailable, match=f"{BASE}g1 has 21 triples and should have 20;"):
        loaded(server, source)
    loaded(server, source)
    assert holds_all(server, source)


def kept_as_values(server: Server) -> Callable[[str, str, bytes], Answer]:
    """A server that keeps decimals as integers where it can."""

    def change(method: str, graph: str, body: bytes) -> Answer:
        values = body.replace(b'"12"^^<%sdecimal>' % XSD.encode(), b'"12"^^<%sinteger>' % XSD.encode())
        return server.change(method, graph, values)

    return change


def test_equal_values_may_become_one(server: Server, source: ox.Store) -> None:
    server.instead = kept_as_values(server)
    loaded(server, source)
    assert len(server.holds(f"{BASE}g2")) == 6
    assert read_state(server.query, BASE).is_whole


@pytest.mark.parametrize("lost", ["<http://e/q>", "<http://e/r>"], ids=["a thing", "all values"])
def test_no_loss_hides_behind_equal_values(server: Server, source: ox.Store, lost: str) -> None:
    change = kept_as_values(server)

    def lose(method: str, graph: str, body: bytes) -> Answer:
        lines = [line for line in body.splitlines(keepends=True) if b"s0> " + lost.encode() not in line]
        return change(method, graph, b"".join(lines))

    server.instead = lose
    with pytest.raises(StoreUnavailable, match=f"{BASE}g2 has 5 triples and should have 7, "):
        loaded(server, source)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_equal_values_become_one_on_virtuoso(source: ox.Store, tmp_path: Path) -> None:
    if not is_installed():
        pytest.skip("virtuoso-opensource-7 is not installed")
    with virtuoso(tmp_path) as there:
        store, target = RemoteStore(Remote(there.query)), GraphStore.of(there.graph_store, USER, PASSWORD)
        load(source, "d", BASE, store, target, SILENT, 7)
        rows = store.select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}g2> {{ ?s ?p ?o }} }}")
        assert str(rows[0]["n"]) == "6"
        target.send("DELETE", f"{BASE}g2")
        target.send("POST", f"{BASE}g2", f'<{BASE}s0> <{BASE}r> "12"^^<{XSD}integer> .\n'.encode())
        with pytest.raises(StoreUnavailable, match=f"{BASE}g2 has 1 triples and should have 7;"):
            load(source, "d", BASE, store, target, SILENT)


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


def kill_with_descendants(pid: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            kill_with_descendants(int(child))
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_load_goes_on_when_a_server_that_was_killed_has_come_back(
    source: ox.Store, config: Config, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own endpoint, which keeps a journal: killed with a block that it took and that is not noted yet."""
    monkeypatch.setattr(loading, "_PAUSE", 0)
    port = free_port()
    options, environ = ("--port", str(port), "--writable", "--no-shapes"), {"SERGEKG_TOKEN": "a-token"}
    address = f"http://127.0.0.1:{port}"
    store = RemoteStore(Remote(f"{address}/sparql"))
    target = GraphStore.of(f"{address}/graph-store", token="a-token")
    first = run_server(*options, var=config.var, environ=environ)

    class Killing(GraphStore):
        def send(self, method: str, graph: str, data: bytes | None = None) -> None:
            if b'g1\\": 14' in (data or b""):
                kill_with_descendants(first.process.pid)
            super().send(method, graph, data)

    try:
        with first, pytest.raises(StoreUnavailable, match="did not take a part"):
            load(source, "d", BASE, store, Killing(target.address, target.opener, target.headers), SILENT, 7)
        with run_server(*options, var=config.var, environ=environ):
            assert read_state(store, BASE).sent == {f"{BASE}g1": 7, f"{BASE}g2": 0, union_graph(BASE): 0}
            there = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}g1> {{ ?s ?p ?o }} }}"
            assert str(store.select(there)[0]["n"]) == "14"
            assert load(source, "d", BASE, store, target, SILENT, 4) == 13 + 7 + 27
            for name in (f"{BASE}g1", f"{BASE}g2"):
                found = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
                expected = source.quads_for_pattern(None, None, None, ox.NamedNode(name))
                assert {" ".join(term.n3() for term in triple) for triple in found} == {
                    " ".join(from_oxigraph(term).n3() for term in (quad.subject, quad.predicate, quad.object))
                    for quad in expected
                }
    finally:
        (config.releases / "journal").unlink(missing_ok=True)


def test_a_token_is_sent_without_the_line_break_behind_it(server: Server, source: ox.Store) -> None:
    target = GraphStore.of(f"http://127.0.0.1:{server.server_port}/graphs", token="secret\n")
    assert target.headers == {"Authorization": "Bearer secret"}


@pytest.mark.parametrize("token", ["sec\nret", "secrét", "sec\x00ret"])
def test_a_token_that_cannot_be_sent_is_not_shown(token: str) -> None:
    with pytest.raises(ConfigError) as told:
        GraphStore.of("http://e/", token=token)
    assert "sec" not in str(told.value)


def test_two_states_are_neither_no_load_nor_a_whole_one(server: Server, source: ox.Store) -> None:
    load(source, "one", BASE, server.query, server.graphs, SILENT)
    line = State("two").to_line(BASE).decode().removesuffix(" .\n")
    server.store.load(f"{line} <{state_graph(BASE)}> .\n", ox.RdfFormat.N_QUADS)
    with pytest.raises(StoreError, match="states of 2 loads"):
        read_state(server.query, BASE)


def test_a_store_that_is_loaded_anew_is_not_asked_meanwhile(
    server: Server, source: ox.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(source, "one", BASE, server.query, server.graphs, SILENT)
    store = server.query
    store.check = Loaded(server.query, BASE, "one").check
    whole = read_state(server.query, BASE)
    server.graphs.send("PUT", state_graph(BASE), replace(whole, is_whole=False).to_line(BASE))
    assert store.ask("ASK {}")
    monkeypatch.setattr("sergekg.store.loaded.FRESH", 0.0)
    store.check = Loaded(server.query, BASE, "one").check
    with pytest.raises(StoreUnavailable, match="a part of the release"):
        store.ask("ASK {}")
    with pytest.raises(StoreUnavailable, match="a part of the release"):
        store.answer(Request(read("ASK {}"), Limits()))
    server.graphs.send("PUT", state_graph(BASE), replace(whole, digest="two").to_line(BASE))
    with pytest.raises(StoreUnavailable, match="another release"):
        store.ask("ASK {}")
    server.graphs.send("PUT", state_graph(BASE), whole.to_line(BASE))
    assert store.ask("ASK {}")
