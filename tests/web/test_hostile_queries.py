"""Whatever is sent: a clear answer, never a 500, and the server lives on."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
FUZZED = int(os.environ.get("SERGEKG_FUZZ", "1500"))
"""Requests of the short form; the whole run takes 50000."""
STATUSES: Counter[int] = Counter()
CALM = "ASK { ?s skg:wasDeportedTo <https://w3id.org/sergekg/id/place/viatka> }"


@pytest.fixture(scope="module")
def strict(release: Release, config: Config) -> Iterator[FlaskClient]:
    """The public service with little time."""
    app = create_app(
        release, replace(config, timeout=0.7, query_memory=256, max_bytes=8 << 20, answer_cache=0)
    )
    yield app.test_client()
    app.extensions["sergekg"].endpoint.store.close()
    if figures := os.environ.get("SERGEKG_FUZZ_FIGURES"):
        Path(figures).write_text(json.dumps(dict(sorted(STATUSES.items()))), encoding="utf-8")


@pytest.fixture(scope="module")
def writable(config: Config) -> Iterator[FlaskClient]:
    """A service that is written to, whose every client has the token."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERGEKG_TOKEN", "fuzz-token")
        app = create_app(
            config=replace(
                config, empty=True, writable=True, gate=False, timeout=0.7, query_memory=256, answer_cache=0
            )
        )
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer fuzz-token"
    yield client
    app.extensions["sergekg"].endpoint.store.close()


def calm(client: FlaskClient) -> bool:
    answer = client.get("/sparql", query_string={"query": CALM})
    return answer.status_code == 200 and b"true" in answer.data


HOSTILE = {
    "cross product": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o } ORDER BY ?o",
    "catastrophic expression": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '(a+)+(b*)*c$|(.*)*(.*)*x')) }",
    "regex of size": 'ASK { FILTER(REGEX("' + "a" * 5000 + '", "(a?){500}a{500}")) }',
    "infinite path": "SELECT * { ?a (!<x:y>)* ?b . ?b (!<x:z>)* ?c }",
    "huge VALUES": "SELECT * { VALUES ?x { " + " ".join(f"{n}" for n in range(40_000)) + " } ?s ?p ?x }",
    "VALUES squared": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(300)))} }}" for name in "abcd")
    + " }",
    "deep nesting": "SELECT * " + "{" * 5000 + "}" * 5000,
    "deep expression": "SELECT (" + "(" * 3000 + "1" + ")" * 3000 + " AS ?x) {}",
    "deep path": "SELECT * { ?s " + "(" * 120 + "rdfs:label" + ")*" * 120 + " ?o }",
    "many unions": "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 3000) + " }",
    "many optionals": "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 300 + "}",
    "long literal": 'SELECT ("' + "x" * 900_000 + '" AS ?x) {}',
    "string doubling": "SELECT ?l { BIND('xxxxxxxxxx' AS ?a) "
    + " ".join(f"BIND(CONCAT(?{a},?{a},?{a},?{a},?{a},?{a},?{a},?{a}) AS ?{b})" for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True))
    + " }",
    "group of groups": "SELECT (GROUP_CONCAT(?x) AS ?y) { SELECT (GROUP_CONCAT(STR(?o)) AS ?x) { ?s ?p ?o . ?s2 ?p2 ?o } GROUP BY ?s }",
    "construct of everything": "CONSTRUCT { ?a ?b ?f . ?d ?e ?c } WHERE { ?a ?b ?c . ?d ?e ?f }",
    "describe of everything": "DESCRIBE ?s { ?s ?p ?o . ?t ?q ?r }",
    "comments": "#" * 500_000 + "\nASK {}",
    "null characters": "SELECT * { ?s ?p \x00 }",
    "right to left": "SELECT * { ?s ?p '\u202e' } # \u202e",
    "keywords run together": "SELECT*{?s?p?o.SERVICE<http://127.0.0.1:9/>{?a?b?c}}",
    "a prefix that is a keyword": "PREFIX SERVICE: <http://127.0.0.1:9/> SELECT * { SERVICE SERVICE:x {} }",
    "escaped keyword": "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> {} }",
    "update as a query": "INSERT DATA { <x:s> <x:p> <x:o> }",
    "load after a query": "ASK {} ; LOAD <file:///etc/passwd>",
    "limit without end": "SELECT * { ?s ?p ?o } LIMIT 99999999999999999999999999",
    "offset without end": "SELECT * { ?s ?p ?o } OFFSET 99999999999999999999999999",
    "search for everything": 'SELECT * { ?s skg:textMatch "a" . ?t skg:textMatch "e" . ?u skg:textMatch "i" }',
    "dates from nowhere": 'SELECT (skg:edtfEarliest("9999-99-99/..") AS ?x) (skg:edtfWithin("", "y-170000002") AS ?y) {}',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_answered_and_leaves_no_harm(strict: FlaskClient, name: str) -> None:
    answer = strict.post("/sparql", data={"query": HOSTILE[name]}, headers={"Accept": "text/csv, */*;q=0.1"})
    list(answer.response)
    assert answer.status_code != 500
    assert answer.status_code in (200, 206, 400, 403, 413, 422, 503), answer.text[:300]
    assert calm(strict)


WORDS = st.sampled_from(
    [
        "SELECT",
        "ASK",
        "CONSTRUCT",
        "DESCRIBE",
        "WHERE",
        "FROM",
        "NAMED",
        "GRAPH",
        "SERVICE",
        "SILENT",
        "LOAD",
        "OPTIONAL",
        "MINUS",
        "FILTER",
        "BIND",
        "VALUES",
        "UNION",
        "GROUP",
        "BY",
        "ORDER",
        "LIMIT",
        "OFFSET",
        "HAVING",
        "EXISTS",
        "NOT",
        "COUNT(*)",
        "?s",
        "?p",
        "?o",
        "?x",
        "$y",
        "*",
        "+",
        "|",
        "/",
        "^",
        "!",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ".",
        ";",
        ",",
        "1",
        "-1",
        "1e400",
        "'a'",
        '"b"@fr',
        "'''c'''",
        "<http://e/s>",
        "<file:///etc/passwd>",
        "skg:Person",
        "rdf:type",
        "a",
        "true",
        "UNDEF",
        "_:b",
        "PREFIX",
        "x:",
        "<x:>",
        "BASE",
        "#",
        "\\u0053",
        "\\",
        "\x00",
        "é",
        "😀",
        "<<(",
        ")>>",
        "<<",
        ">>",
        "{|",
        "|}",
        "skg:textMatch",
        "skg:matches(",
        "AS",
        "INSERT",
        "DELETE",
        "DATA",
        "CLEAR",
        "DROP",
        "COPY",
        "TO",
        "ALL",
        "DEFAULT",
        "WITH",
        "USING",
    ]
)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=25).map(" ".join),
    st.lists(WORDS, max_size=12).map(lambda words: "SELECT * { " + " ".join(words) + " }"),
    st.lists(WORDS, max_size=8).map(lambda words: "INSERT DATA { <x:s> <x:p> " + " ".join(words) + " }"),
    st.text(max_size=60),
)
NAMES = st.sampled_from(
    [
        "query", "update", "default-graph-uri", "named-graph-uri", "using-graph-uri", "graph", "default",
        "timeout", "format", "x", "",
    ]
)  # fmt: skip
ACCEPTS = st.one_of(
    st.sampled_from(["*/*", "text/html", "application/sparql-results+json;q=0", "text/csv;q=x", ",,;", ""]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
TYPES = st.sampled_from([
    "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update", "text/turtle", "",
    "application/sparql-query; charset=latin-1", "multipart/form-data; boundary=x", ";;;",
])  # fmt: skip
PATHS = st.sampled_from(["/sparql", "/update", "/graph-store", "/desk", "/desk/check", "/q", "/metrics"])


@pytest.mark.parametrize("name", ["strict", "writable"])
@settings(
    max_examples=FUZZED // 2, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    path=PATHS,
    method=st.sampled_from(
        ["GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "QUERY", "OPTIONS"]
    ),
    fields=st.lists(st.tuples(NAMES, TEXTS), max_size=3),
    body=st.one_of(TEXTS.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=60)),
    accept=ACCEPTS,
    type=TYPES,
)
def test_no_request_is_answered_with_500(
    request: pytest.FixtureRequest,
    name: str,
    path: str,
    method: str,
    fields: list[tuple[str, str]],
    body: bytes,
    accept: str,
    type: str,
) -> None:
    query = {field: value.encode("utf-8", "replace").decode() for field, value in fields}
    service: FlaskClient = request.getfixturevalue(name)
    answer = service.open(
        path, method=method, query_string=query, data=body if method != "GET" else None, content_type=type,
        headers={"Accept": accept},
    )  # fmt: skip
    said = answer.get_data()
    STATUSES[answer.status_code] += 1
    assert answer.status_code != 500, (path, method, query, body)
    assert b"root:x:0:" not in said, "a file of the system was read"


def connect(server: str) -> socket.socket:
    parts = urlsplit(server)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), 30)


HEAD = "POST /sparql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sparql-query\r\n"


def test_bodies_that_never_end_hold_nobody_up(server: str) -> None:
    host = urlsplit(server).netloc
    slow = [connect(server) for _ in range(12)]
    try:
        for one in slow:
            one.sendall(f"{HEAD.format(host=host)}Content-Length: 1000\r\n\r\nSELECT".encode())
        for _ in range(5):
            assert _get(server, "/sparql?query=ASK%7B%7D").startswith(b"HTTP/1.1 200")
        for one in slow:
            one.settimeout(60)
            assert b"408" in one.recv(200)
        assert _get(server, "/sparql?query=ASK%7B%7D").startswith(b"HTTP/1.1 200"), (
            "while they stay connected"
        )
    finally:
        for one in slow:
            one.close()


BODIES = [
    ("/desk", "application/x-www-form-urlencoded"),
    ("/desk/check", "application/x-www-form-urlencoded"),
    ("/desk/names", "application/json"),
    ("/q", "application/x-www-form-urlencoded"),
    ("/reconcile", "application/x-www-form-urlencoded"),
    ("/reconcile/match", "application/json"),
]


def test_no_other_address_waits_for_a_body_for_ever(server: str) -> None:
    host = urlsplit(server).netloc
    slow = []
    try:
        for path, kind in BODIES:
            for how in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
                one = connect(server)
                slow.append(one)
                head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n{how}\r\n\r\n"
                one.sendall(head.encode() + b"4\r\nquer\r\n")
        assert _get(server, "/sparql?query=ASK%7B%7D").startswith(b"HTTP/1.1 200")
        for one in slow:
            one.settimeout(60)
            assert one.recv(200).startswith(b"HTTP/1.1 408")
    finally:
        for one in slow:
            one.close()


@pytest.mark.parametrize(("path", "kind"), BODIES)
def test_no_address_takes_pieces_without_end(server: str, path: str, kind: str) -> None:
    host = urlsplit(server).netloc
    with connect(server) as one:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        one.sendall(head.encode())
        one.settimeout(2)
        said = b""
        for _ in range(1000):
            try:
                one.sendall(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
            except OSError:
                break
        with contextlib.suppress(OSError):
            said = one.recv(200)
    assert said.startswith(b"HTTP/1.1 413")


def test_clients_that_vanish_free_their_places(server: str) -> None:
    host = urlsplit(server).netloc
    query = b"SELECT * { ?a ?b ?c . ?d ?e ?f }"
    for _ in range(12):
        gone = connect(server)
        gone.sendall(f"{HEAD.format(host=host)}Content-Length: {len(query)}\r\n\r\n".encode() + query)
        gone.recv(100)
        gone.close()
    deadline = time.monotonic() + 30
    while b"sergekg_queries_running 0.0" not in _get(server, "/metrics"):
        assert time.monotonic() < deadline, "their queries still run"
        time.sleep(0.2)
    assert _get(server, "/sparql?query=ASK%7B%7D").startswith(b"HTTP/1.1 200")


def _get(server: str, path: str) -> bytes:
    with connect(server) as asking:
        asking.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {urlsplit(server).netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        data = b""
        while part := asking.recv(65_536):
            data += part
        return data
