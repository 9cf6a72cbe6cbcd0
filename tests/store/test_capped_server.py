"""A server that ends every result at a cap, as Virtuoso does, is asked for the rest of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from sergekg.errors import QueryTooLarge
from sergekg.store import remote_results
from sergekg.store.answers import Limits, Request
from sergekg.store.deadline import Deadline
from sergekg.store.paging import triples_of_one
from sergekg.store.pooled import read
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote
from sergekg.store.servers import about

CAP, ROWS = 20, 47
TEXTS = ['[{"a":1},{"b":2}]', "},{", "x\r\ny", '"}},{"', "</result>", "plain"]
DATA = "".join(
    f"<http://e/s{n:02}> <http://e/says> {ox.Literal(TEXTS[n % len(TEXTS)])} .\n" for n in range(ROWS)
)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """It owns up to its cap for solutions, as Virtuoso does, and not for graphs; `asked` has its queries."""
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.N_TRIPLES)

    class Handler(BaseHTTPRequestHandler):
        server_version = "Virtuoso/07.20"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            query = form["query"][0]
            served.asked.append(query)  # type: ignore[attr-defined]
            asked = read(query)
            is_cut_later = asked.form == "CONSTRUCT"  # after triples, and one more than the cap
            result: Any = store.query(query if is_cut_later else asked.limited(CAP).text)
            out = io.BytesIO()
            if isinstance(result, ox.QuerySolutions):
                result.serialize(out, ox.QueryResultsFormat.JSON)
                count = len(json.loads(out.getvalue())["results"]["bindings"])
                self._say("application/sparql-results+json", out.getvalue(), is_cut=count == CAP)
            else:
                result.serialize(out, ox.RdfFormat.N_TRIPLES)
                found = list(dict.fromkeys(out.getvalue().splitlines(keepends=True)))
                lines = b"".join(found[: CAP + 1] if is_cut_later else found)
                self._say("application/n-triples", lines, is_cut=False)

        def _say(self, kind: str, body: bytes, *, is_cut: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if is_cut:
                self.send_header("X-SPARQL-MaxRows", str(CAP))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    served = HTTPServer(("127.0.0.1", 0), Handler)
    served.asked = []  # type: ignore[attr-defined]
    thread = Thread(target=served.serve_forever, args=(0.02,))
    thread.start()
    yield served
    served.shutdown()
    served.server_close()
    thread.join()


@pytest.fixture
def store(server: Any) -> RemoteStore:
    opened = RemoteStore(Remote(f"http://127.0.0.1:{server.server_port}/sparql"))
    about(opened.remote, Deadline.after(5))
    server.asked.clear()
    return opened


def whole(store: RemoteStore, query: str, limits: Limits | None = None, **formats: str) -> tuple[bytes, Any]:
    answer = store.answer(Request(read(query), limits or Limits(), **formats))
    assert answer.body is not None
    return answer.body, answer.outcome


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_all_rows_come_whatever_their_literals_hold(store: RemoteStore, format: str) -> None:
    data, outcome = whole(store, "SELECT ?o { ?s <http://e/says> ?o } ORDER BY ?s", solutions=format)
    if format == "json":
        found = [row["o"]["value"] for row in json.loads(data)["results"]["bindings"]]
    elif format == "xml":
        found = [element.text for element in ET.fromstring(data).findall(".//{*}literal")]
    elif format == "csv":
        found = [row[0] for row in csv.reader(io.StringIO(data.decode(), newline=""))][1:]
    else:
        found = data.decode().splitlines()[1:]
    assert len(found) == ROWS
    if format in ("json", "csv"):
        assert found == [TEXTS[n % len(TEXTS)] for n in range(ROWS)]
    assert outcome.rows == ROWS
    assert not outcome.is_cut


@pytest.mark.parametrize("format", ["json", "csv"])
@pytest.mark.parametrize("number", range(5))
def test_one_row_is_one_row(store: RemoteStore, format: str, number: int) -> None:
    query = f"SELECT ?o {{ <http://e/s{number:02}> <http://e/says> ?o }}"
    for text, limits in ((f"{query} LIMIT 1", Limits()), (query, Limits(rows=2))):
        _, outcome = whole(store, text, limits, solutions=format)
        assert (outcome.rows, outcome.is_cut) == (1, False)


FEW = (
    "CONSTRUCT { <http://e/x> <http://e/has> ?c } WHERE { ?s <http://e/says> ?o BIND(%s AS ?c) } ORDER BY ?s"
)


@pytest.mark.parametrize("more", ["", " LIMIT 47", " OFFSET 3", " OFFSET 3 LIMIT 44"])
def test_few_triples_from_many_solutions_are_all_there(store: RemoteStore, more: str) -> None:
    query = FEW % "IF(?s = <http://e/s46>, 'last', 'other')" + more
    data, _ = whole(store, query, graph="ntriples")
    assert {quad.object.value for quad in ox.parse(data, ox.RdfFormat.N_TRIPLES)} == {"last", "other"}


@pytest.mark.parametrize("limit", ["", " LIMIT 15", " LIMIT 40"])
@pytest.mark.parametrize(
    ("template", "of_one"),
    [
        ("?s ?p ?o . ?s <http://e/also> ?o", 2),
        ("?s ?p ?o ; <http://e/also> ?o , ?s .", 3),
        ("?s ?p [ <http://e/also> ?o ]", 2),
        ("?s ?p ( ?o ?s )", 5),
    ],
)
def test_a_template_of_several_triples_is_filled_for_every_solution(
    store: RemoteStore, template: str, of_one: int, limit: str
) -> None:
    asked = f"CONSTRUCT {{ {template} }} WHERE {{ ?s ?p ?o }}{limit}"
    body, _ = whole(store, asked, graph="ntriples")
    solutions = int(limit.split()[1]) if limit else ROWS
    assert len(set(body.splitlines())) == of_one * solutions


def test_the_triples_of_a_template_are_never_taken_for_fewer() -> None:
    pattern = "{ ?a ?b ?c . ?c <http://e/p> _:x , 1 ; a true . [] ?b ( ?a ( ?b ) [ ?a ?b ] ) }"
    triples = list(
        ox.Store().query(f"CONSTRUCT {pattern} WHERE {{ VALUES (?a ?b ?c) {{ (<a:a> <a:b> <a:c>) }} }}")
    )
    assert triples_of_one(read(f"CONSTRUCT {pattern} WHERE {{ ?a ?b ?c }}")) >= len(triples)
    assert triples_of_one(read("CONSTRUCT WHERE { ?a ?b ?c ; ?d ?e }")) == 2
    assert triples_of_one(read("DESCRIBE ?s { ?s ?p ?o }")) == 1


def test_a_page_without_triples_is_not_the_end(store: RemoteStore) -> None:
    """The middle of the solutions leaves the template unbound."""
    data, _ = whole(store, FEW % "IF(?s = <http://e/s46>, 'last', 1/0)", graph="ntriples")
    assert b'"last"' in data


def test_a_description_is_whole(store: RemoteStore) -> None:
    assert len(store.construct("DESCRIBE ?s { ?s <http://e/says> ?o }")) == ROWS


def test_what_its_own_limit_keeps_below_the_cap_is_one_request(store: RemoteStore, server: Any) -> None:
    assert len(store.construct("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 20")) == 20
    assert len(server.asked) == 1


def test_all_pages_have_one_deadline(store: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines = []
    send = remote_results.send

    def note(*given: Any, **more: Any) -> Any:
        deadlines.append(given[3])
        return send(*given, **more)

    monkeypatch.setattr(remote_results, "send", note)
    store.select("SELECT ?s { ?s ?p ?o }")
    assert len(deadlines) == 4  # the first is told to be cut, so that it is asked for in order
    assert len({id(deadline) for deadline in deadlines}) == 1


def test_a_text_search_goes_on_over_pages(store: RemoteStore) -> None:
    from sergekg.store.textsearch import expand

    query = read('SELECT ?x { ?x skg:textMatch "whatever" }')
    query = expand(query, lambda variable, *_: f"{variable} <http://e/says> ?said . ")
    answer = store.answer(replace(Request(query, Limits()), solutions="json"))
    assert answer.body is not None
    assert len(json.loads(answer.body)["results"]["bindings"]) == ROWS


EVERY = "SELECT ?s ?o { ?s <http://e/says> ?o }"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (EVERY, ROWS), (f"{EVERY} LIMIT 45", 45), (f"{EVERY} OFFSET 3", ROWS - 3), (f"{EVERY} OFFSET 3 LIMIT 41", 41),
        (f"{EVERY} LIMIT 45 OFFSET 2", 45), ("SELECT * { ?s <http://e/says> ?o }", ROWS),
        (f"{EVERY} VALUES ?unused {{ 1 }}", ROWS), ("SELECT DISTINCT ?s { ?s ?p ?o } # all", ROWS),
        ("SELECT ?s ?o { { ?s <http://e/says> ?o } UNION { ?s <http://e/none> ?o } }", ROWS),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(?o) > 0)", ROWS),
    ],
)  # fmt: skip
def test_pages_are_cut_from_an_order_that_leaves_nothing_open(
    store: RemoteStore, server: Any, query: str, rows: int
) -> None:
    found = store.select(query)
    assert len(found) == len({str(sorted(row.items())) for row in found}) == rows
    assert all("ORDER BY" in asked.partition(" LIMIT ")[0] for asked in server.asked[1:])


def test_the_order_of_the_query_comes_first(store: RemoteStore) -> None:
    found = [str(row["s"]) for row in store.select(f"{EVERY} ORDER BY DESC(?s)")]
    assert found == sorted(found, reverse=True)
    assert len(found) == ROWS


@pytest.mark.parametrize(
    "query",
    [
        f"{EVERY} ORDER BY RAND()", "SELECT ?s (RAND() AS ?r) { ?s ?p ?o }", "SELECT ?s { ?s ?p ?o FILTER(RAND() < 2) }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(RAND() < 2) }", "CONSTRUCT WHERE { ?s ?p ?o }",
    ],
)  # fmt: skip
def test_what_has_no_order_to_be_paged_in_is_refused(store: RemoteStore, query: str) -> None:
    with pytest.raises(QueryTooLarge, match="20 rows at once"):
        store.answer(Request(read(query), Limits()))


def test_a_limit_of_rows_holds_over_sorted_pages(store: RemoteStore) -> None:
    answer = store.answer(Request(read(EVERY), Limits(rows=30)))
    assert answer.outcome is not None
    assert (answer.outcome.rows, answer.outcome.is_cut) == (30, True)
