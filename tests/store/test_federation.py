"""SERVICE asks who is on the list, at an address that was checked, and nobody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest

from sergekg.errors import QueryFailed
from sergekg.store import federation
from sergekg.store.analysis import Query, read_query
from sergekg.store.answers import Limits, Request
from sergekg.store.federation import MOST_REQUESTS, PLACEHOLDER, Forwarder, NotAllowed, is_public
from sergekg.store.places import PoolSettings
from sergekg.store.pooled import PooledStore
from sergekg.vocab import PREFIXES

ANSWER = {
    "head": {"vars": ["x"]},
    "results": {"bindings": [{"x": {"type": "literal", "value": "from afar"}}]},
}
MOVED = {
    "/moved": "/sparql", "/moved/far": "/spaé?q=é", "/away": "http://elsewhere.example/sparql",
    "/round": "/round", "/bracket": "http://[::1", "/port": "http://afar.example:b/", "/high": "http://afar.example:65536/",
    "/label": f"http://{'a' * 64}.example/", "/empty": "http:", "/file": "file:///etc/passwd",
    "/host": "http://é.example/", "/user": "http://afar.example@elsewhere.example/",
}  # fmt: skip
"""Where paths of the endpoint lead."""
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
HEAD = '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head><results>'
ROW = '<result><binding name="x">%s</binding></result>'
URI = "<uri>http://e/</uri>"
BODIES = {
    "/html": ("text/html", b"<p>"),
    "/xml": (XML, f"{HEAD}{ROW % '<literal>from afar</literal>'}</results></sparql>".encode()),
    "/early": (XML, (HEAD + 2 * (ROW % "<literal>a</literal>")).encode()),
    "/short": (XML, f"{HEAD}{ROW % '<literal>a</literal>'}</results></sparql>".encode()),
    "/cut": (JSON, json.dumps(ANSWER)[:-9].encode()),
    "/iri": (JSON, json.dumps(ANSWER).replace("literal", "uri").encode()),
    "/letters": (JSON, json.dumps(ANSWER).encode().replace(b"afar", b"\xff")),
    "/boolean": (JSON, b'{"head":{},"boolean":true}'),
    "/entities": (XML, f'<!DOCTYPE r [<!ENTITY e "a">]>{HEAD}{ROW % "<literal>&e;</literal>"}</results></sparql>'.encode()),
    "/deep": (XML, (HEAD + ROW % (f"<triple><subject>{URI}</subject><predicate>{URI}</predicate><object>" * 100_000
              + URI + "</object></triple>" * 100_000) + "</results></sparql>").encode()),
    "/deepest": (JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":' + b'{"type":"triple","value":{"object":' * 100_000
                 + b'{"type":"uri","value":"http://e/"}' + b"}}" * 100_000 + b"}]}}"),
    "/blank": (JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"bnode","value":"b0"}}]}}'),
}  # fmt: skip
"""What paths of the endpoint answer."""

Heard = list[tuple[str, str]]
"""Paths that an endpoint was asked at, each with the query."""


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def endpoint(heard: Heard) -> Iterator[str]:
    """An endpoint on the loopback that answers, redirects, or answers nonsense, by its path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if self.path in MOVED:
                self.send_response(307)
                self.send_header("Location", MOVED[self.path].encode().decode("latin-1"))
                self.end_headers()
                return
            kind, body = BODIES.get(self.path, (JSON, json.dumps(ANSWER).encode()))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            if self.path == "/short":
                self.send_header("Content-Length", str(len(body) + 1000))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://afar.example:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def forward() -> Iterator[Callable[..., Forwarder]]:
    """Makes forwarders that take the loopback for the public internet, unless told otherwise: for a query,
    or for an endpoint.
    """
    made = []

    def make(asked: str | Query, **options: object) -> Forwarder:
        services = asked.rendering.services if isinstance(asked, Query) else [(0, asked)]
        options = {"resolve": lambda host, port: ["127.0.0.1"], "is_allowed": lambda address: True, **options}
        made.append(Forwarder(services, 5.0, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for forwarder in made:
        forwarder.close()


@pytest.mark.parametrize("path", ["/sparql", "/moved"])
def test_an_endpoint_on_the_list_is_asked(
    endpoint: str, forward: Callable[..., Forwarder], path: str
) -> None:
    query = read_query(f"SELECT ?x {{ SERVICE <{endpoint}{path}> {{ ?s ?p ?x }} }}", PREFIXES)
    assert endpoint not in query.rendering.text
    forwarder = forward(query)
    solutions = ox.Store().query(forwarder.place(query.rendering.text))
    assert [row["x"].value for row in solutions] == ["from afar"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/away", "elsewhere.example/sparql is not on the list"), ("/round", "redirects too often"), ("/html", "text/html"),
        ("/bracket", "redirects to what is no address"), ("/port", "afar.example:b/ is no address on the web"),
        ("/high", "afar.example:65536/ is no address on the web"), ("/label", "is no address on the web"),
        ("/empty", "redirects too often"), ("/file", "file:///etc/passwd is no address on the web"),
        ("/host", "is not on the list"), ("/user", "is not on the list"),
    ],
)  # fmt: skip
def test_where_an_endpoint_leads_is_checked_again(
    endpoint: str,
    forward: Callable[..., Forwarder],
    path: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    query = read_query(f"SELECT ?x {{ SERVICE <{endpoint}{path}> {{ ?s ?p ?x }} }}", PREFIXES)
    forwarder = forward(query)
    with pytest.raises(OSError, match=said):
        list(ox.Store().query(forwarder.place(query.rendering.text)))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "x.example:99999", "x.example:b", "[::1"])
def test_an_endpoint_that_is_no_address_fails_the_query(host: str, forward: Callable[..., Forwarder]) -> None:
    with pytest.raises(NotAllowed, match="no address on the web"):
        forward(f"https://{host}/sparql").ask(f"https://{host}/sparql", b"SELECT * {}")


@pytest.mark.parametrize("path", ["/spaé?q=é", "/moved/far", "/spa%C3%A9?q=%C3%A9"])
def test_a_path_beyond_ascii_is_percent_encoded(
    endpoint: str, heard: Heard, forward: Callable[..., Forwarder], path: str
) -> None:
    assert b"from afar" in forward(f"{endpoint}{path}").ask(f"{endpoint}{path}", b"SELECT * {}")
    assert heard[-1][0] == "/spa%C3%A9?q=%C3%A9"


def test_an_endpoint_is_told_of_no_other_address_than_the_query_names(
    endpoint: str, heard: Heard, forward: Callable[..., Forwarder]
) -> None:
    source = f"""PREFIX e: <{endpoint}/> SELECT * {{
        SERVICE e:outer {{ ?s ?p ?x OPTIONAL {{ SERVICE SILENT e:inner {{ ?s ?q "\\u0022\\u0001" }} }} }} }}"""
    query = read_query(source, PREFIXES)
    list(ox.Store().query(forward(query).place(query.rendering.text)))
    ((path, said),) = heard
    assert path == "/outer"
    assert f"SERVICE SILENT <{endpoint}/inner>" in said
    assert "127.0.0.1" not in said
    assert '"\\"\x01"' in said


def test_an_endpoint_is_sent_no_backslash_that_it_could_take_for_an_escape(
    endpoint: str, heard: Heard, forward: Callable[..., Forwarder]
) -> None:
    query = read_query(f"ASK {{ SERVICE <{endpoint}/> {{ ?s ?p '\\\\u0022' }} }}", PREFIXES)
    with pytest.raises(OSError, match="a backslash before u and digits"):
        ox.Store().query(forward(query).place(query.rendering.text))
    assert heard == []


def test_a_placeholder_is_one_only_where_an_endpoint_stands(
    endpoint: str, forward: Callable[..., Forwarder]
) -> None:
    source = f"""SELECT ?a ?b ?x {{ BIND("<{PLACEHOLDER}>" AS ?a) BIND(<{PLACEHOLDER}> AS ?b)
        SERVICE <{endpoint}/> {{ ?s ?p ?x }} }}"""
    query = read_query(source, PREFIXES)
    (row,) = ox.Store().query(forward(query).place(query.rendering.text))
    assert [row[name].value for name in "abx"] == [f"<{PLACEHOLDER}>", PLACEHOLDER, "from afar"]


def test_the_address_of_the_forwarder_is_as_long_as_its_placeholder(
    forward: Callable[..., Forwarder],
) -> None:
    query = read_query("ASK { SERVICE <http://e/> {} SERVICE <http://f/> {} ?s ?p }", PREFIXES)
    text = query.rendering.text
    placed = forward(query).place(text)
    assert len(placed) == len(text)
    assert placed.count("http://127.0.0.1:") == 2
    said = []
    for one in (text, placed):
        with pytest.raises(SyntaxError) as caught:
            ox.Store().query(one)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_an_error_names_the_endpoint_and_not_the_forwarder(tmp_path: Path) -> None:
    (tmp_path / "data.nq").touch()
    store = PooledStore(
        {"kind": "memory", "path": str(tmp_path / "data.nq"), "union": True, "asks_others": True},
        PoolSettings(ready=1),
    )
    query = read_query("SELECT * { SERVICE <http://127.0.0.1:9/sparql> { ?s ?p ?o } }", PREFIXES)
    with pytest.raises(QueryFailed) as caught:
        store.answer(Request(query, Limits(seconds=5)))
    store.close()
    assert caught.value.what == (
        "the query cannot be evaluated: http://127.0.0.1:9/sparql: 127.0.0.1 is not a public host"
    )


def test_an_endpoint_that_fails_fails_the_query(forward: Callable[..., Forwarder]) -> None:
    query = read_query("SELECT * { SERVICE <http://afar.example:9/sparql> { ?s ?p ?o } }", PREFIXES)
    forwarder = forward(query)
    with pytest.raises(OSError, match="502"):
        list(ox.Store().query(forwarder.place(query.rendering.text)))


def run(forwarder: Forwarder, query: Query) -> list[ox.QuerySolution]:
    return list(ox.Store().query(forwarder.place(query.rendering.text)))  # type: ignore[arg-type]


NUMBERS = " ".join(map(str, range(100)))


@pytest.mark.parametrize("path", ["/sparql", "/cut", "/html"])
def test_what_is_asked_for_each_solution_is_asked_once(
    endpoint: str, heard: Heard, forward: Callable[..., Forwarder], path: str
) -> None:
    query = read_query(
        f"""SELECT ?i {{ VALUES ?i {{ {NUMBERS} }}
            FILTER NOT EXISTS {{ SERVICE SILENT <{endpoint}{path}> {{ ?s ?p ?x }} }} }}""",
        PREFIXES,
    )
    run(forward(query), query)
    assert len(heard) == 1


def test_one_query_asks_other_endpoints_so_often_and_no_more(
    endpoint: str, heard: Heard, forward: Callable[..., Forwarder]
) -> None:
    parts = " UNION ".join(f"{{ SERVICE <{endpoint}/> {{ ?s ?p ?x{n} }} }}" for n in range(100))
    query = read_query(f"SELECT * {{ {parts} }}", PREFIXES)
    with pytest.raises(OSError, match="more than 32 times"):
        run(forward(query), query)
    assert len(heard) == MOST_REQUESTS


def test_redirects_count_as_requests(endpoint: str, heard: Heard, forward: Callable[..., Forwarder]) -> None:
    forwarder = forward(f"{endpoint}/round")
    for number in range(MOST_REQUESTS):
        with pytest.raises(NotAllowed):
            forwarder.ask(f"{endpoint}/round", b"%d" % number)
    assert len(heard) == MOST_REQUESTS


def test_all_answers_to_one_query_have_so_many_bytes_and_no_more(
    endpoint: str, forward: Callable[..., Forwarder], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(json.dumps(ANSWER))
    monkeypatch.setattr(federation, "MOST_BYTES", 2 * size)
    forwarder = forward(endpoint)
    for number in range(2):
        forwarder.ask(endpoint, b"%d" % number)
    with pytest.raises(NotAllowed, match="bytes"):
        forwarder.ask(endpoint, b"2")


def test_solutions_in_xml_are_read(endpoint: str, forward: Callable[..., Forwarder]) -> None:
    query = read_query(f"SELECT ?x {{ SERVICE <{endpoint}/xml> {{ ?s ?p ?x }} }}", PREFIXES)
    assert [row["x"].value for row in run(forward(query), query)] == ["from afar"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/early", "not well-formed"), ("/short", "IncompleteRead"), ("/cut", "cannot be read"), ("/iri", "cannot be read"),
        ("/letters", "cannot be read"), ("/boolean", "no solutions"), ("/entities", "document type"),
        ("/deep", "nested more than"), ("/deepest", "nested more than"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_what_it_says_fails_the_query_unless_it_is_silent(
    endpoint: str, forward: Callable[..., Forwarder], path: str, said: str
) -> None:
    for silent in ("", "SILENT"):
        query = read_query(f"SELECT ?x {{ SERVICE {silent} <{endpoint}{path}> {{ ?s ?p ?x }} }}", PREFIXES)
        if silent:
            assert [row["x"] for row in run(forward(query), query)] == [None]
        else:
            with pytest.raises(OSError, match=said):
                run(forward(query), query)


def test_a_label_of_a_blank_node_means_something_only_in_its_answer(
    endpoint: str, forward: Callable[..., Forwarder]
) -> None:
    there = f"SERVICE <{endpoint}/blank>"
    query = read_query(f"SELECT * {{ {there} {{ ?s ?p ?x }} {there} {{ ?x ?q ?y }} }}", PREFIXES)
    assert run(forward(query), query) == []
    query = read_query(f"SELECT * {{ {there} {{ ?s ?p ?x }} {there} {{ ?s ?p ?x }} }}", PREFIXES)
    assert len(run(forward(query), query)) == 1


def test_the_next_address_of_a_host_is_tried(endpoint: str, forward: Callable[..., Forwarder]) -> None:
    forwarder = forward(endpoint, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])
    assert b"from afar" in forwarder.ask(endpoint, b"SELECT * {}")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False), ("0.0.0.0", False), ("100.64.0.1", False),
        ("224.0.0.1", False), ("::1", False), ("::ffff:127.0.0.1", False), ("fe80::1%eth0", False), ("fc00::1", False),
        ("2002:7f00:1::", False), ("::", False),
        ("fec0::1", False), ("feff:ffff::1", False), ("64:ff9b::7f00:1", False), ("64:ff9b::a01:203", False),
        ("64:ff9b::5db8:d822", True), ("2002:5db8:d822::", False), ("64:ff9b:1::5db8:d822", False), ("64:ff9b:1:ffff::1", False),
        ("::93.184.216.34", False), ("::7f00:1", False), ("::ffff:93.184.216.34", False), ("::ffff:0:5db8:d822", False),
        ("::ffff:0:127.0.0.1", False), ("2606:2800:220:1:0:5efe:5db8:d822", False), ("2606:2800:220:1:200:5efe:7f00:1", False),
        ("fe80::5efe:7f00:1", False), ("192.88.99.1", False), ("3fff::1", False), ("3fff:fff:ffff::1", False), ("5f00::1", False),
        ("4000::1", False), ("1000::1", False), ("2001:0:53aa:64c:0:fbfe:80ff:fffe", False), ("2001:db8::1", False),
        ("2606:2800:220:1:0:5eff:5db8:d822", True), ("192.88.98.1", True),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
