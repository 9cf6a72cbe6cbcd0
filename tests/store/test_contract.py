"""What every store promises: in memory, on disk, on rdflib, on our own endpoint, on Virtuoso."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from benchmarks.virtuoso import PASSWORD, USER, is_installed, virtuoso
from rdflib import XSD, Literal, URIRef
from tests.conftest import run_server

from sergekg.errors import (
    QueryError,
    QueryRefused,
    QueryTimeout,
    QueryTooLarge,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from sergekg.rdf.terms import from_oxigraph
from sergekg.store.answers import Limits, Request, read_whole
from sergekg.store.filling import build_store
from sergekg.store.loaded import State, loaded_dataset, read_state
from sergekg.store.loading import GraphStore, load
from sergekg.store.local import LocalStore
from sergekg.store.lookups import LookUps
from sergekg.store.places import PoolSettings
from sergekg.store.pooled import PooledStore, read
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote

BASE = "http://e/"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
LITERALS = {
    "accents": '"déportée à Viatka, œuvre 100%25+é \\U0001F600"',
    "quotes": '"il dit : \\"non\\" \\\\ et\\nse tut\\tlà"',
    "french": '"Sibérie"@fr',
    "edtf": f'"1936-03/1936-05"^^<{EDTF}>',
    "day": '"1936-03-01"^^<http://www.w3.org/2001/XMLSchema#date>',
    "count": '"12"^^<http://www.w3.org/2001/XMLSchema#integer>',
}
QUADS = [
    *(f"<{BASE}letter> <{BASE}{name}> {literal} <{BASE}g1> ." for name, literal in LITERALS.items()),
    *(f"<{BASE}p{n}> <{BASE}knows> <{BASE}p{n + 1}> <{BASE}g{1 + n % 2}> ." for n in range(30)),
    *(f"<{BASE}p{n}> <{BASE}knows> <{BASE}p{n + 1}> <{BASE}g3> ." for n in range(10)),
    f'<{BASE}p0> <{BASE}name> "Anita" <{BASE}g3> .',
]
TRIPLES = len(LITERALS) + 30 + 1
ALL_QUADS = "SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }"
TOKEN = "a-token-for-tests"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("contract")
    nquads = place / "data.nq"
    nquads.write_text("\n".join(QUADS) + "\n", encoding="utf-8")
    build_store(place / "store", nquads)
    return place / "store"


def fill(address: str, target: GraphStore, source: Path) -> RemoteStore:
    store = RemoteStore(Remote(address))
    load(ox.Store.read_only(str(source)), "d1", BASE, store, target, lambda *_: None, block=7)
    state = read_state(store, BASE)
    assert state.is_whole
    return RemoteStore(Remote(address, dataset=loaded_dataset(state, BASE)))


@pytest.fixture(scope="module")
def endpoint(config: Any) -> Iterator[tuple[str, GraphStore]]:
    """Our own endpoint over loopback, blank and writable."""
    options = ("--port", "0", "--empty", "--no-shapes", "--writable", "--default-graph", "unnamed")
    with run_server(*options, var=config.var, environ={"SERGEKG_TOKEN": TOKEN}) as address:
        yield f"{address}/sparql", GraphStore.of(f"{address}/graph-store", token=TOKEN)


@pytest.fixture(scope="module")
def virtuoso_7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not is_installed():
        pytest.skip("virtuoso-opensource-7 is not installed")
    with virtuoso(tmp_path_factory.mktemp("virtuoso"), rows=20) as server:
        yield server


@pytest.mark.parametrize("kind", ["local", "pooled"])
def test_what_rdflib_cannot_hold_is_left_out(tmp_path: Path, kind: str) -> None:
    nquads = tmp_path / "data.nq"
    terms = ("<http://e/o>", '"x"@ar--rtl', '<<( <http://e/s> <http://e/p> "1" )>>')
    nquads.write_text(
        "".join(f"<http://e/s> <http://e/p> {term} <http://e/g> .\n" for term in terms), encoding="utf-8"
    )
    build_store(tmp_path / "store", nquads)
    path = tmp_path / "store"
    store = LocalStore.open(path) if kind == "local" else PooledStore({"kind": "disk", "path": str(path)})
    held = {URIRef("http://e/o"), Literal("x", lang="ar")}
    assert {row["o"] for row in store.select("SELECT ?o { ?s ?p ?o }")} == held
    assert {o for _, _, o in store.construct("CONSTRUCT WHERE { ?s ?p ?o }")} == held
    assert {from_oxigraph(quad.object) for quad in store.quads(ALL_QUADS)} == held
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["local", "pooled"])
def test_a_quad_is_read_however_long_it_is(tmp_path: Path, kind: str) -> None:
    path, long = tmp_path / "store", "x" * (17 << 20)
    made = ox.Store(str(path))
    made.add(ox.Quad(*(ox.NamedNode(f"{BASE}{name}") for name in "sp"), ox.Literal(long), ox.NamedNode(BASE)))
    del made
    store = LocalStore.open(path) if kind == "local" else PooledStore({"kind": "disk", "path": str(path)})
    (quad,) = store.quads(ALL_QUADS)
    assert quad.object.value == long
    store.close()


KINDS = [
    "memory",
    "disk",
    "rdflib",
    "own endpoint",
    pytest.param("virtuoso", marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
]


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, disk: Path) -> Iterator[Any]:
    """Each store in turn, with the same quads."""
    if request.param == "own endpoint":
        opened: Any = fill(*request.getfixturevalue("endpoint"), disk)
    elif request.param == "virtuoso":
        server = request.getfixturevalue("virtuoso_7")
        opened = fill(server.query, GraphStore.of(server.graph_store, USER, PASSWORD), disk)
    else:
        look_ups = LookUps(LocalStore.open(disk)) if request.param == "disk" else None
        opened = PooledStore({"kind": request.param, "path": str(disk), "union": True}, look_ups=look_ups)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["in the process"])
def local(disk: Path) -> LocalStore:
    return LocalStore.open(disk)


@pytest.fixture(scope="module", params=["queries", "pages"])
def any_store(request: pytest.FixtureRequest, store: Any, local: LocalStore) -> Any:
    """The stores of free queries, and beside them the one of pages."""
    return store if request.param == "queries" else local


def ask(store: Any, query: str, **more: Any) -> bytes:
    limits = more.pop("limits", Limits())
    return read_whole(store.answer(Request(read(query), limits, **more)))


def test_solutions_come_in_their_order_with_their_terms(any_store: Any) -> None:
    rows = any_store.select(f"SELECT ?s ?o {{ ?s <{BASE}knows> ?o }} ORDER BY ?s LIMIT 3")
    assert [dict(row) for row in rows] == [
        {"s": URIRef(f"{BASE}p{n}"), "o": URIRef(f"{BASE}p{n + 1}")} for n in (0, 1, 10)
    ]


def test_quads_come_in_their_order_with_their_graphs(any_store: Any) -> None:
    found = any_store.quads(f"{ALL_QUADS} ORDER BY ?g ?s ?p")
    assert set(found) == set(ox.parse("\n".join(QUADS).encode(), ox.RdfFormat.N_QUADS))
    assert len(found) == len(QUADS)
    keys = [(quad.graph_name.value, quad.subject.value, quad.predicate.value) for quad in found]
    assert keys == sorted(keys)


def test_an_unbound_variable_has_no_entry(any_store: Any) -> None:
    query = f"SELECT ?s ?n {{ ?s <{BASE}knows> ?o OPTIONAL {{ ?s <{BASE}name> ?n }} }} ORDER BY ?s LIMIT 2"
    assert [set(row) for row in any_store.select(query)] == [{"s", "n"}, {"s"}]


@pytest.mark.parametrize("name", LITERALS)
def test_a_literal_comes_back_as_it_went_in(any_store: Any, name: str) -> None:
    rows = any_store.select(f"SELECT ?o {{ <{BASE}letter> <{BASE}{name}> ?o }}")
    (quad,) = ox.parse(f"<{BASE}s> <{BASE}p> {LITERALS[name]} .".encode(), ox.RdfFormat.N_TRIPLES)
    expected = quad.object
    found = rows[0]["o"]
    assert isinstance(found, Literal)
    assert str(found) == expected.value
    assert (found.language or "") == (expected.language or "")
    assert str(found.datatype or XSD.string) in (expected.datatype.value, str(XSD.string))


@pytest.mark.parametrize(("number", "answer"), [(3, True), (30, False)])
def test_a_question_is_answered(any_store: Any, number: int, answer: bool) -> None:
    assert any_store.ask(f"ASK {{ <{BASE}p{number}> <{BASE}knows> ?o }}") is answer


def test_a_construct_gives_each_triple_once(any_store: Any) -> None:
    query = f"CONSTRUCT {{ <{BASE}x> <{BASE}y> ?t }} WHERE {{ ?s <{BASE}knows> ?o BIND(1 AS ?t) }}"
    assert len(any_store.construct(query)) == 1


def test_the_default_graph_is_the_union_with_each_triple_once(any_store: Any) -> None:
    rows = any_store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert int(str(rows[0]["n"])) == TRIPLES


def test_the_named_graphs_are_those_of_the_release(any_store: Any) -> None:
    rows = any_store.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g")
    assert [str(row["g"]) for row in rows] == [f"{BASE}g{n}" for n in (1, 2, 3)]


def test_a_query_may_name_the_graph_it_means(store: Any) -> None:
    document = json.loads(ask(store, f"SELECT (COUNT(*) AS ?n) FROM <{BASE}g3> {{ ?s ?p ?o }}"))
    assert document["results"]["bindings"][0]["n"]["value"] == "11"


def test_a_wrong_query_is_told_with_its_line(store: Any) -> None:
    with pytest.raises(QueryError):
        store.select("SELECT * { ?s ?p }")


def test_another_form_than_was_asked_for_is_refused(any_store: Any) -> None:
    with pytest.raises(QueryError):
        any_store.select("ASK { ?s ?p ?o }")
    with pytest.raises(QueryError):
        any_store.quads("ASK { ?s ?p ?o }")


def test_no_store_asks_another_endpoint(store: Any) -> None:
    with pytest.raises(StoreError):
        store.select("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize("most", [30, 0])
def test_a_result_is_one_document_in_every_format(store: Any, format: str, most: int) -> None:
    """Also where the server gives twenty rows at a time, as the one in these tests does, or none."""
    query = f"SELECT ?s ?o {{ ?s <{BASE}{'knows' if most else 'forgets'}> ?o }}"
    data = ask(store, query, solutions=format)
    if format == "json":
        count = len(json.loads(data)["results"]["bindings"])
    elif format == "xml":
        count = len(ET.fromstring(data).findall(".//{*}result"))
    else:
        count = (
            len(list(csv.reader(io.StringIO(data.decode()), delimiter="," if format == "csv" else "\t"))) - 1
        )
    assert count == most


def test_a_graph_is_whole(store: Any) -> None:
    data = ask(store, f"CONSTRUCT {{ ?s <{BASE}k> ?o }} WHERE {{ ?s <{BASE}knows> ?o }}", graph="ntriples")
    assert len({str(quad) for quad in ox.parse(data, ox.RdfFormat.N_TRIPLES)}) == 30


@pytest.mark.parametrize(("template", "of_one"), [("?s :k ?o . ?o :l ?s", 2), ("?s :k [ :l ?o ] ; :m ?o", 3)])
@pytest.mark.parametrize("limit", [0, 15, 25])
def test_every_triple_of_a_template_is_there(store: Any, template: str, of_one: int, limit: int) -> None:
    sliced = f" LIMIT {limit}" if limit else ""
    query = f"PREFIX : <{BASE}> CONSTRUCT {{ {template} }} WHERE {{ ?s :knows ?o }}{sliced}"
    found = list(ox.parse(ask(store, query, graph="ntriples"), ox.RdfFormat.N_TRIPLES))
    assert len({str(quad) for quad in found}) == of_one * (limit or 30)


def test_a_graph_of_few_triples_from_many_solutions_is_whole(store: Any) -> None:
    """The last of thirty solutions makes the second triple; a cap on solutions would lose it."""
    query = (
        f"CONSTRUCT {{ <{BASE}x> <{BASE}y> ?t }} WHERE {{ ?s <{BASE}knows> ?o "
        f"BIND(IF(?s = <{BASE}p9>, 'last', 'other') AS ?t) }} ORDER BY ?s"
    )
    data = ask(store, query, graph="ntriples")
    assert {quad.object.value for quad in ox.parse(data, ox.RdfFormat.N_TRIPLES)} == {"last", "other"}


def test_a_description_of_many_things_is_whole(store: Any) -> None:
    data = ask(store, f"DESCRIBE ?s WHERE {{ ?s <{BASE}knows> ?o }}", graph="ntriples")
    subjects = {str(quad.subject) for quad in ox.parse(data, ox.RdfFormat.N_TRIPLES)}
    assert {f"<{BASE}p{n}>" for n in range(30)} <= subjects


def test_the_limit_on_rows_cuts_and_says_so(store: Any) -> None:
    answer = store.answer(Request(read(f"SELECT ?s {{ ?s <{BASE}knows> ?o }}"), Limits(rows=5)))
    assert len(json.loads(read_whole(answer))["results"]["bindings"]) == 5
    assert answer.outcome.is_cut
    assert answer.outcome.rows == 5


def test_a_result_of_as_many_rows_as_there_may_be_is_not_cut(store: Any) -> None:
    query = read(f"SELECT ?s {{ ?s <{BASE}knows> ?o }}")
    answer = store.answer(Request(query, Limits(rows=30)))
    assert len(json.loads(read_whole(answer))["results"]["bindings"]) == 30
    assert not answer.outcome.is_cut
    assert answer.outcome.rows == 30


def test_a_part_of_the_solutions_is_never_taken_for_all(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pooled", "remote"):
        monkeypatch.setattr(f"sergekg.store.{module}.Limits", lambda **more: Limits(rows=3, **more))
    assert len(store.select("SELECT * { ?s ?p ?o } LIMIT 3")) == 3
    with pytest.raises(QueryTooLarge, match="more than 3 rows"):
        store.select("SELECT * { ?s ?p ?o }")


@pytest.mark.slow
def test_a_load_that_broke_off_goes_on_where_it_stopped(endpoint: tuple[str, GraphStore], disk: Path) -> None:
    address, target = endpoint
    store, base = RemoteStore(Remote(address)), "http://e/"
    source = ox.Store.read_only(str(disk))
    steps: list[str] = []

    class Broken(Exception):
        pass

    def report(what: str, done: int, total: int) -> None:
        steps.append(what)
        if done == 2 and what.startswith("load"):
            raise Broken

    with pytest.raises(Broken):
        load(source, "d2", base, store, target, report, block=7)
    before = read_state(store, base)
    assert before.digest == "d2"
    assert not before.is_whole
    sent = load(source, "d2", base, store, target, lambda *_: None, block=7)
    assert 0 < sent < len(QUADS) + TRIPLES
    assert load(source, "d2", base, store, target, lambda *_: None) == 0
    again = RemoteStore(Remote(address, dataset=loaded_dataset(read_state(store, base), base)))
    assert int(str(again.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"])) == TRIPLES
    load(source, "d1", base, store, target, lambda *_: None, block=7)


def test_the_state_of_a_load_survives_its_line() -> None:
    state = State("d", {"http://e/g": 2}, is_whole=True, mark="m")
    (quad,) = ox.parse(state.to_line(BASE), ox.RdfFormat.N_TRIPLES)
    expected = {"digest": "d", "sent": {"http://e/g": 2}, "whole": True, "mark": "m"}
    assert json.loads(quad.object.value) == expected


JSON = "application/sparql-results+json"
ROW = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"literal","value":"x"}}'
LIES: dict[str, tuple[int, str, bytes, int | None]] = {
    "HTML": (200, "text/html", b"<html>welcome</html>", None),
    "no type": (200, "", b"{}", None),
    "HTML that says it is JSON": (200, JSON, b"<html>", None),
    "a type of another kind": (200, "text/turtle", b"", None),
    "half a document": (200, JSON, ROW, None),
    "fewer bytes than announced": (200, JSON, ROW, 10_000),
    "an error": (500, "text/plain", b"out of memory", None),
    "a redirection to itself": (302, "text/plain", b"", None),
    "unauthorised": (401, "text/plain", b"who are you", None),
    "bytes that are not UTF-8": (200, JSON, ROW.replace(b"x", b"\xff") + b"]}}", None),
}


@pytest.fixture
def liar() -> Iterator[Any]:
    """A server that answers whatever its `answer` says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._say()

        def do_GET(self) -> None:
            self._say()

        def _say(self) -> None:
            status, kind, body, length = server.answer  # type: ignore[attr-defined]
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            if status == 302:
                self.send_header("Location", self.path)
            self.send_header("Content-Length", str(length or len(body)))
            self.end_headers()
            self.wfile.write(body)
            if server.pause.is_set():  # type: ignore[attr-defined]
                server.over.wait(10)  # type: ignore[attr-defined]

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.answer, server.pause, server.over = (200, JSON, b"", None), threading.Event(), threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.over.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_answers_something_else_is_found_out(liar: Any, lie: str) -> None:
    liar.answer = LIES[lie]
    store = RemoteStore(Remote(f"http://127.0.0.1:{liar.server_port}/sparql", seconds=5))
    with pytest.raises(StoreUnavailable, match=str(liar.server_port)):
        store.select("SELECT ?s { ?s ?p ?o }")
    with pytest.raises(StoreUnavailable):
        ask(store, "SELECT ?s { ?s ?p ?o }", limits=Limits(seconds=5))


def test_a_server_that_is_slow_is_given_up(liar: Any) -> None:
    liar.answer = (200, JSON, ROW, 10_000)
    liar.pause.set()
    store = RemoteStore(Remote(f"http://127.0.0.1:{liar.server_port}/sparql", seconds=0.2))
    with pytest.raises(QueryTimeout, match=r"0\.2 s"):
        store.select("SELECT ?s { ?s ?p ?o }")
    assert not liar.over.is_set()


def test_a_server_that_is_down_is_told_so() -> None:
    store = RemoteStore(Remote("http://127.0.0.1:9/sparql", seconds=2))
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.ask("ASK {}")


def test_queries_that_a_server_did_not_take_keep_no_place() -> None:
    store = RemoteStore(Remote("http://127.0.0.1:9/sparql", seconds=2))
    for _ in range(PoolSettings().most_for_client + 1):
        with pytest.raises(StoreUnavailable, match="does not answer"):
            store.answer(Request(read("ASK {}"), Limits(), client="one"))
    assert store.running == 0


def test_pages_wait_for_a_server_elsewhere_in_places_too() -> None:
    store = RemoteStore(Remote("http://127.0.0.1:9/sparql", seconds=2), PoolSettings(most=1, queue=0))
    with store._places.one("a"), pytest.raises(StoreBusy):
        store.ask("ASK {}")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.ask("ASK {}")
    assert store.running == 0


def test_a_free_query_that_is_wrong_never_leaves(disk: Path) -> None:
    grammar = PooledStore({"kind": "memory", "path": "", "union": True})
    store = RemoteStore(Remote("http://127.0.0.1:9/sparql", seconds=2), grammar=grammar)
    try:
        with pytest.raises(QueryError) as wrong:
            store.answer(Request(read("SELECT * {\n ?s ?p }"), Limits()))
        assert wrong.value.line == 2
        with pytest.raises(QueryRefused):
            store.answer(Request(read("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }"), Limits()))
        assert store.running == 0
    finally:
        store.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }", "SELECT ?s ?o { ?s ?p ?o } ORDER BY ?o", "SELECT DISTINCT ?s { ?s ?p ?o } OFFSET 2",
        "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 35", "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s",
        "SELECT ?s ?o { { ?s ?p ?o } UNION { ?o ?p ?s } }",
    ],
)  # fmt: skip
def test_pages_on_virtuoso_have_each_row_as_often_as_here(virtuoso_7: Any, disk: Path, query: str) -> None:
    there = fill(virtuoso_7.query, GraphStore.of(virtuoso_7.graph_store, USER, PASSWORD), disk)
    here = LocalStore.open(disk)
    found = there.select(query)
    assert len(found) == len(here.select(query))
    if "DISTINCT" in query or "*" in query:
        assert len({str(sorted(row.items())) for row in found}) == len(found)
