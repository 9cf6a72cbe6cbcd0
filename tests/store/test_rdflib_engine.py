"""rdflib as an engine reaches nothing but its own data, whatever a query hides from those who read it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import rdflib

from sergekg.store.analysis import read_query
from sergekg.store.mistakes import locate
from sergekg.store.policy import check_services
from sergekg.store.rdflib_engine import Rdflib
from sergekg.vocab import PREFIXES

pytestmark = pytest.mark.filterwarnings("ignore:Dataset\\..* is deprecated:DeprecationWarning")


class Inner:
    """A server of the inner network: its address, and the paths that it was asked for."""

    def __init__(self) -> None:
        self.heard = heard = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_error(404)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/sparql"


@pytest.fixture
def inner() -> Iterator[Inner]:
    found = Inner()
    threading.Thread(target=found.server.serve_forever, args=(0.01,), daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


def ask(text: str) -> int:
    """How many solutions rdflib finds where there is one triple."""
    dataset = rdflib.Dataset()
    dataset.default_graph.add((rdflib.RDF.type, rdflib.RDF.type, rdflib.RDF.Property))
    return len(list(Rdflib(dataset).query(text, None, None, None)._result))


@pytest.mark.parametrize(
    "query",
    [
        r'SELECT * { BIND("\u0022 AS ?a) SERVICE <$> { ?s ?p ?x } BIND(\u0022" AS ?b) }',
        r"SELECT * { BIND('\U00000027 AS ?a) SERVICE <$> { ?s ?p ?x } BIND(\U00000027' AS ?b) }",
        "SELECT * { ?s ?p ?o # \\u000A SERVICE <$> { ?s ?p ?x }\n}",
        "SELECT * { ?s ?p ?o # \\u000d SERVICE <$> { ?s ?p ?x }\n}",
    ],
)
def test_it_finds_no_service_in_strings_and_comments(inner: Inner, query: str) -> None:
    asked = read_query(query.replace("$", inner.address), PREFIXES)
    check_services(asked, ())
    assert ask(asked.rendering.text) == 1
    assert inner.heard == []


@pytest.mark.parametrize(
    "query",
    [
        r'SELECT * { BIND("\\u0022 AS ?a) SERVICE <$> { ?s ?p ?x } BIND(\\u0022" AS ?b) }',
        r'SELECT * { BIND("\\u005c\\u0022 AS ?a) SERVICE <$> { ?s ?p ?x } BIND(\\u0022" AS ?b) }',
    ],
)
def test_it_reads_no_backslash_that_it_takes_for_an_escape(inner: Inner, query: str) -> None:
    asked = read_query(query.replace("$", inner.address), PREFIXES)
    check_services(asked, ())
    with pytest.raises(SyntaxError, match=r"error at 1:19: .*could be read as an escape"):
        ask(asked.rendering.text)
    assert inner.heard == []


@pytest.mark.parametrize(
    "query",
    [
        "ASK { SERVICE <$> { ?s ?p ?x } }",
        "ASK { SERVICE SILENT <$> { ?s ?p ?x } }",
        "ASK { { SELECT * { ?s ?p ?o OPTIONAL { SERVICE <$> { ?s ?p ?x } } } } }",
    ],
)
def test_it_asks_no_endpoint_of_its_own(inner: Inner, query: str) -> None:
    with pytest.raises(RuntimeError, match="asks no other endpoint"):
        ask(query.replace("$", inner.address))
    assert inner.heard == []


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
def test_it_fetches_no_graph(inner: Inner, clause: str) -> None:
    ask(f"SELECT * {clause} <{inner.address}> {{ ?s ?p ?o }}")
    assert inner.heard == []


def test_a_mistake_has_the_place_that_oxigraph_tells() -> None:
    with pytest.raises(SyntaxError, match="error at 1:"):
        ask("SELECT ?x { ?x a }")


def test_nobody_is_asked_to_find_a_mistake(inner: Inner) -> None:
    query = f"ASK {{ SERVICE SILENT <{inner.address}> {{ ?s ?p ?x }} BIND(<<( <urn:a> <urn:b> 1 )>> AS ?y) }}"
    with pytest.raises(RuntimeError, match="rdflib cannot read it"):
        ask(query)
    wrong = query.replace("?y)", "?s)")
    assert "?s has a value already" in locate(wrong, "error at 1:1: expected x")
    assert inner.heard == []


def test_what_rdflib_alone_cannot_read_is_no_mistake_of_the_query() -> None:
    with pytest.raises(RuntimeError, match="rdflib cannot read it"):
        ask("SELECT ?x { ?x ?y <<( <http://e/a> <http://e/b> 1 )>> }")
