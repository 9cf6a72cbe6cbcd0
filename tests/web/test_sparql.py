"""The SPARQL protocol over the public configuration: conformant, bounded, and honest about what is cut."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib import RDF
from werkzeug.http import parse_list_header
from werkzeug.test import TestResponse

from sergekg.config import Config
from sergekg.release import Release
from sergekg.store.answers import Limits, Outcome, Request
from sergekg.store.pooled import read
from sergekg.vocab import SD
from sergekg.web import create_app
from sergekg.web.endpoint import Endpoint
from sergekg.web.service import Service
from sergekg.web.sparql_results import streamed

JSON, XML, CSV, TSV = (
    "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
ONE = "SELECT ?s WHERE { ?s skg:wasDeportedTo <https://w3id.org/sergekg/id/place/viatka> }"


@pytest.fixture(scope="module")
def ask(release: Release, config: Config) -> Iterator[FlaskClient]:
    """A client of one application, whose query workers live as long as the tests of this module."""
    app = create_app(release, config)
    yield app.test_client()
    _close(app)


def _close(app: Any) -> None:
    app.extensions["sergekg"].endpoint.store.close()


def get(client: FlaskClient, query: str, accept: str = JSON, **more: Any) -> TestResponse:
    return client.get("/sparql", query_string={"query": query, **more}, headers={"Accept": accept})


def rows(response: TestResponse) -> list[dict[str, Any]]:
    assert response.status_code in (200, 206), response.text
    found: list[dict[str, Any]] = json.loads(response.data)["results"]["bindings"]
    return found


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    found: dict[str, Any] = json.loads(response.data)
    return found


@pytest.mark.parametrize(
    "send",
    [
        lambda c: c.get("/sparql", query_string={"query": ONE}),
        lambda c: c.post("/sparql", data={"query": ONE}),
        lambda c: c.post("/sparql", data=f"query={quote(ONE)}", content_type=f"{FORM}; charset=UTF-8"),
        lambda c: c.post("/sparql", data=ONE, content_type="application/sparql-query"),
        lambda c: c.post("/sparql", data=ONE, content_type='application/sparql-query; charset="utf-8"'),
        lambda c: c.open("/sparql", method="QUERY", data=ONE, content_type="application/sparql-query"),
        lambda c: c.open("/sparql", method="QUERY", data={"query": ONE}),
    ],
    ids=["get", "form", "form with charset", "direct", "direct with charset", "QUERY", "QUERY form"],
)
def test_a_query_is_taken_in_every_way_of_the_protocol(ask: FlaskClient, send: Any) -> None:
    assert rows(send(ask))[0]["s"]["value"].endswith("person/anita-roussakova")


def test_head_has_the_headers_of_get_and_no_body(ask: FlaskClient) -> None:
    head = ask.head("/sparql", query_string={"query": ONE}, headers={"Accept": CSV})
    assert head.status_code == 200
    assert head.content_type == get(ask, ONE, CSV).content_type
    assert head.data == b""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"query_string": {"query": ""}}, 400),
        ({"query_string": "query=ASK%7B%7D&query=ASK%7B%7D"}, 400),
        ({"query_string": {"update": "CLEAR ALL"}}, 400),
        ({"query_string": {"query": "ASK{}", "update": "CLEAR ALL"}}, 400),
        ({"query_string": "query=%ff%fe"}, 400),
        ({"query_string": {"query": "ASK {}", "default-graph-uri": "not an iri"}}, 400),
        ({"query_string": {"query": "ASK {}", "timeout": "soon"}}, 400),
        ({"query_string": {"query": "ASK {}", "timeout": "-1"}}, 400),
        ({"method": "POST", "data": "ASK {}"}, 415),
        ({"method": "POST", "data": "ASK {}", "content_type": "text/plain"}, 415),
        (
            {"method": "POST", "data": "ASK {}", "content_type": "application/sparql-query; charset=utf-16"},
            415,
        ),
        (
            {"method": "POST", "data": b"ASK { ?s ?p '\xff' }", "content_type": "application/sparql-query"},
            400,
        ),
        ({"method": "POST", "data": "", "content_type": "application/sparql-query"}, 400),
        ({"method": "POST", "data": "other=1", "content_type": FORM}, 400),
        ({"method": "POST", "data": "query=" + "&a" * 1001, "content_type": FORM}, 400),
        ({"method": "POST", "data": "x" * (1 << 20 | 1), "content_type": "application/sparql-query"}, 413),
        ({"method": "PUT", "data": "ASK {}"}, 405),
        ({"method": "BREW"}, 405),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:60],
)
def test_a_request_that_is_none_of_the_protocol_is_refused(
    ask: FlaskClient, arguments: dict[str, Any], status: int
) -> None:
    assert problem(ask.open("/sparql", **arguments), status)["detail"]


@pytest.mark.parametrize(
    ("accept", "type"),
    [
        (JSON, JSON), (XML, XML), (CSV, CSV), (TSV, TSV), ("*/*", JSON), ("", JSON), ("application/json", JSON),
        ("text/xml", XML), (f"{XML};q=0.5, {JSON};q=0.9", JSON), (f"{JSON};q=0.3, {XML}", XML),
        (f"{JSON};version=1.2;q=0.4,{TSV};charset=utf-8;q=0.5", TSV), ("text/*", CSV),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML),
        ("Application/JSON", JSON), ("TEXT/XML", XML), ("Text/CSV", CSV),
    ],
)  # fmt: skip
def test_solutions_come_in_the_type_that_is_liked_best(ask: FlaskClient, accept: str, type: str) -> None:
    response = get(ask, ONE, accept)
    assert response.status_code == 200
    assert response.mimetype == type
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("accept", "type"),
    [
        ("", "text/turtle"), ("text/turtle", "text/turtle"), ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"), ("application/ld+json", "application/ld+json"),
        ("application/n-quads", "application/n-quads"), ("application/trig", "application/trig"),
    ],
)  # fmt: skip
def test_graphs_come_in_the_type_that_is_liked_best(ask: FlaskClient, accept: str, type: str) -> None:
    response = get(ask, "CONSTRUCT { <http://e/s> <http://e/p> 'é' } WHERE {}", accept)
    assert response.mimetype == type
    format = ox.RdfFormat.from_media_type(type)
    assert [str(quad.object) for quad in ox.parse(response.data, format)] == ['"é"']


@pytest.mark.parametrize(
    ("query", "accept"), [(ONE, "text/turtle"), ("CONSTRUCT WHERE { ?s ?p ?o }", CSV), (ONE, "image/png")]
)
def test_a_type_that_cannot_be_given_is_406(ask: FlaskClient, query: str, accept: str) -> None:
    form = query.partition(" ")[0]
    detail = problem(get(ask, query, accept), 406)["detail"]
    assert detail.startswith(f"The answer to {form} comes as ")


def test_a_type_that_cannot_be_given_is_told_in_french(ask: FlaskClient) -> None:
    headers = {"Accept": "text/turtle", "Accept-Language": "fr"}
    answer = ask.get("/sparql", query_string={"query": "ASK {}"}, headers=headers)
    assert answer.json["detail"].startswith("La réponse à ASK se donne en application/sparql-results+json, ")


def test_a_link_can_ask_for_a_format_without_a_header(ask: FlaskClient) -> None:
    assert get(ask, ONE, "text/html", format="csv").mimetype == CSV
    assert get(ask, ONE, XML, format="nonsense").mimetype == XML


def test_a_literal_comes_back_as_it_was_sent(ask: FlaskClient) -> None:
    query = 'SELECT ("100%25+é\U0001f600" AS ?x) {}'
    for response in (
        get(ask, query),
        ask.post("/sparql", data={"query": query}),
        ask.post("/sparql", data=query.encode(), content_type="application/sparql-query"),
    ):
        assert rows(response) == [{"x": {"type": "literal", "value": "100%25+é\U0001f600"}}]


TEXTS = [
    f"https://w3id.org/sergekg/graph/text/{slug}"
    for slug in ("lettre-a-andre-gide", "lettre-a-magdeleine-paz")
]
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def _count(response: TestResponse) -> int:
    return int(rows(response)[0]["n"]["value"])


def test_the_default_graph_is_the_union_with_each_triple_once(ask: FlaskClient, release: Release) -> None:
    assert _count(get(ask, COUNT)) == release.stored[""]


@pytest.mark.parametrize("place", ["address", "form", "direct"])
def test_graphs_of_the_protocol_are_honoured_and_merged_as_sets(
    ask: FlaskClient, release: Release, place: str
) -> None:
    fields = {"default-graph-uri": [*TEXTS, TEXTS[0]]}
    if place == "address":
        response = ask.get("/sparql", query_string={"query": COUNT, **fields})
    elif place == "form":
        response = ask.post("/sparql", data={"query": COUNT, **fields})
    else:
        response = ask.post(
            "/sparql", query_string=fields, data=COUNT, content_type="application/sparql-query"
        )
    seen = set()
    for quad in ox.parse(path=str(release.quads), format=ox.RdfFormat.N_QUADS):
        if quad.graph_name.value in TEXTS:
            seen.add((quad.subject, quad.predicate, str(quad.object)))
    assert _count(response) == len(seen)


def test_graphs_of_the_protocol_take_the_place_of_those_of_the_query(
    ask: FlaskClient, release: Release
) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{TEXTS[0]}> {{ ?s ?p ?o }}"
    assert _count(get(ask, query, **{"default-graph-uri": TEXTS[1]})) == release.graphs[TEXTS[1]]


@pytest.mark.slow
def test_a_search_of_the_text_keeps_to_the_graphs_that_are_asked(ask: FlaskClient) -> None:
    count = 'SELECT (COUNT(*) AS ?n) {}{{ ?x skg:textMatch "serge" }}'

    def found(query: str, **more: Any) -> int:
        return int(rows(get(ask, query, **more))[0]["n"]["value"])

    whole = found(count.format(""))
    assert whole > 0
    assert found(count.format("FROM <http://nowhere/> ")) == 0
    assert found(count.format(""), **{"default-graph-uri": "http://nowhere/"}) == 0
    assert found(count.format("").replace("{ ?x", "{ GRAPH <http://nowhere/> { ?x", 1) + "}") == 0
    named = 'SELECT (COUNT(DISTINCT ?x) AS ?n) { GRAPH ?g { ?x skg:textMatch "serge" } }'
    assert found(named) == whole


def test_only_named_graphs_that_were_asked_for_are_there(ask: FlaskClient) -> None:
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert [row["g"]["value"] for row in rows(get(ask, query, **{"named-graph-uri": TEXTS[0]}))] == [TEXTS[0]]
    assert rows(get(ask, query, **{"default-graph-uri": TEXTS[0]})) == []


REFUSED = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <https://query.wikidata.org/sparql> { ?s ?p ?o } }",
    "SELECT * { SERVICE ?anywhere { ?s ?p ?o } }",
]


@pytest.mark.parametrize("query", REFUSED)
def test_no_other_host_is_asked(ask: FlaskClient, query: str) -> None:
    assert "SERVICE" in problem(get(ask, query), 403)["detail"]


@pytest.mark.parametrize(
    "clause",
    ["FROM <file:///etc/passwd>", "FROM <http://127.0.0.1:9/x.ttl>", "FROM NAMED <file:/etc/passwd>"],
)
def test_from_never_fetches_anything(ask: FlaskClient, clause: str) -> None:
    assert rows(get(ask, f"SELECT * {clause} {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}")) == []


def test_a_syntax_error_has_its_place_and_a_hint(ask: FlaskClient) -> None:
    found = problem(get(ask, "SELECT * WHERE {\n  ?s foa:name ?o }"), 400)
    assert (found["line"], found["column"]) == (2, 6)
    assert "foaf:" in found["hint"]


def test_an_unknown_function_is_not_a_syntax_error(ask: FlaskClient) -> None:
    assert "http://e/f" in problem(get(ask, "SELECT (<http://e/f>(1) AS ?x) {}"), 422)["detail"]


def test_nothing_of_a_query_is_reflected_as_html(ask: FlaskClient) -> None:
    response = get(ask, "SELECT * { <script>alert(1)</script> }", "text/html")
    assert response.status_code == 400
    assert "<script>" not in response.text


@pytest.fixture(scope="module")
def narrow(release: Release, config: Config) -> Iterator[FlaskClient]:
    """The same service with a limit on bytes that a stream meets."""
    app = create_app(release, replace(config, max_bytes=3 << 20))
    yield app.test_client()
    _close(app)


@pytest.fixture(scope="module")
def bounded(release: Release, config: Config) -> Iterator[FlaskClient]:
    """The same service with limits that are quickly met."""
    app = create_app(release, replace(config, max_rows=20, timeout=2.0, max_bytes=3 << 20, max_query=5000))
    yield app.test_client()
    _close(app)


SORTED = "SELECT ?s ?p ?o { ?s a skg:Place ; ?p ?o } ORDER BY ?s ?p ?o"


@pytest.mark.parametrize("accept", [JSON, XML, CSV, TSV])
def test_a_cut_result_says_so_by_status_header_and_link(bounded: FlaskClient, accept: str) -> None:
    response = get(bounded, SORTED, accept)
    assert response.status_code == 206
    assert response.headers["SPARQL-Truncated"] == "rows=20"
    assert 'rel="next"' in response.headers["Link"]
    assert response.headers["Cache-Control"] == "no-store"


def test_the_pages_of_a_cut_result_make_the_whole(bounded: FlaskClient, ask: FlaskClient) -> None:
    query = SORTED + " LIMIT 45"
    response, found = get(bounded, query), []
    while True:
        found += rows(response)
        if "Link" not in response.headers:
            break
        address = response.headers["Link"].partition(">")[0][1:]
        assert json.loads(response.data)["head"]["link"] == [address]
        response = bounded.get(address)
    assert found == rows(get(ask, query))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?t { { [] skg:quote ?t } UNION { [] rdfs:label ?t } }",
        "SELECT ?s { ?s ?p ?o } ORDER BY RAND()",
    ],
)
def test_a_result_whose_order_may_change_has_no_next_page(bounded: FlaskClient, query: str) -> None:
    response = get(bounded, query)
    assert response.status_code == 206
    assert response.headers["SPARQL-Truncated"] == "rows=20"
    assert "Link" not in response.headers


def test_a_result_within_the_limit_is_200(bounded: FlaskClient) -> None:
    response = get(bounded, SORTED + " LIMIT 20")
    assert response.status_code == 200
    assert "Link" not in response.headers


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize(
    "query",
    [
        'SELECT (CONCAT("},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{", STR(?x)) AS ?y) { VALUES ?x { 1 2 3 } }',
        r'SELECT * { VALUES ?x { "\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r" "b" "c" } }',
        "SELECT * { VALUES ?x { " + " ".join(map(str, range(20))) + " } }",
    ],
    ids=["braces", "line ends", "as many rows as there may be"],
)  # fmt: skip
def test_what_is_whole_is_not_called_cut(bounded: FlaskClient, query: str, format: str) -> None:
    response = get(bounded, query, "*/*", format=format)
    assert response.status_code == 200
    assert "SPARQL-Truncated" not in response.headers
    assert "Link" not in response.headers


def test_a_limit_written_with_zeros_is_no_way_around_the_limit(bounded: FlaskClient) -> None:
    response = get(bounded, f"{SORTED} LIMIT {'0' * 30}45")
    assert response.status_code == 206
    assert len(rows(response)) == 20


def test_an_offset_beyond_any_number_skips_everything(ask: FlaskClient) -> None:
    assert rows(get(ask, f"{ONE} OFFSET {'9' * 30}")) == []


def test_a_permanent_query_that_is_cut_leads_to_the_rest(bounded: FlaskClient, ask: FlaskClient) -> None:
    address = bounded.post("/q", data={"query": SORTED}).headers["Location"]
    for suffix in ("csv", "tsv", "json", "srx"):
        response = bounded.get(f"{address}.{suffix}")
        assert response.status_code == 206
        links = parse_list_header(response.headers["Link"])
        assert [link.rpartition("rel=")[2].partition(";")[0].strip('"') for link in links] == [
            "next",
            "canonical",
        ]
    found = rows(bounded.get(f"{address}.json"))
    following = parse_list_header(bounded.get(f"{address}.json").headers["Link"])[0]
    found += rows(bounded.get(following.partition(">")[0][1:]))
    assert found == rows(get(ask, SORTED))[:40]


def test_a_page_says_that_the_service_gives_no_more_rows(bounded: FlaskClient, ask: FlaskClient) -> None:
    address = bounded.post("/q", data={"query": SORTED}).headers["Location"]
    english = {"Accept": "text/html", "Accept-Language": "en"}
    assert (
        "20 rows (the first ones; the service gives no more at once)"
        in bounded.get(address, headers=english).text
    )
    whole = bounded.post("/q", data={"query": f"{SORTED} LIMIT 20"}).headers["Location"]
    assert "the first ones" not in bounded.get(whole, headers=english).text
    many = ask.post("/q", data={"query": "SELECT * { ?s ?p ?o }"}).headers["Location"]
    assert "200 rows (the first ones; the files have them all)" in ask.get(many, headers=english).text


def test_a_query_past_its_time_is_told_so(bounded: FlaskClient) -> None:
    found = problem(
        get(bounded, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", timeout="0.3"), 503
    )
    assert found["seconds"] == 0.3
    assert "stopped" in found["detail"]


@pytest.mark.slow
def test_a_client_may_not_ask_for_more_time(bounded: FlaskClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    assert problem(get(bounded, query, timeout="1000"), 503)["seconds"] == 2.0


def test_a_query_that_is_too_long_is_told_so(bounded: FlaskClient) -> None:
    assert bounded.get("/sparql", query_string={"query": "#" * 6000}).status_code == 414
    assert bounded.post("/sparql", data={"query": "#" * 6000}).status_code == 413


def _json_is_broken(data: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)


def _xml_is_broken(data: bytes) -> None:
    with pytest.raises(ET.ParseError):
        ET.fromstring(data)


def _csv_is_broken(data: bytes) -> None:
    with pytest.raises(csv.Error):
        list(csv.reader(io.StringIO(data.decode()), strict=True))


def _turtle_is_broken(data: bytes) -> None:
    with pytest.raises(SyntaxError):
        list(ox.parse(data, ox.RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("query", "accept", "check"),
    [
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", JSON, _json_is_broken),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", XML, _xml_is_broken),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", CSV, _csv_is_broken),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", TSV, _csv_is_broken),
        ("CONSTRUCT { ?a ?e ?f } { ?a ?b ?c . ?d ?e ?f }", "text/turtle", _turtle_is_broken),
        ("CONSTRUCT { ?a ?e ?f } { ?a ?b ?c . ?d ?e ?f }", "application/ld+json", _json_is_broken),
    ],
)
def test_a_stream_that_breaks_off_is_no_whole_document(
    narrow: FlaskClient, query: str, accept: str, check: Any
) -> None:
    response = get(narrow, query, accept)
    assert response.status_code == 200
    assert b"INCOMPLETE RESULT: the result has more than" in response.data
    assert b" bytes; add a LIMIT and an OFFSET" in response.data
    check(response.data)
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


@dataclass
class Stream:
    """An answer in pieces that ends with this outcome."""

    outcome: Outcome | None
    kind = "solutions"
    body = None

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"results":{"bindings":[{}]}}'

    def close(self) -> None:
        """Nothing runs."""


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(1, 29, 0.1, is_cut=True), b"INCOMPLETE RESULT: more than 1 rows"),
        (Outcome(1, 29, 0.1, is_cut=False), b""),
        (None, b"INCOMPLETE RESULT: it broke off"),
    ],
)
def test_a_stream_ends_as_a_document_only_where_it_is_whole(outcome: Outcome | None, said: bytes) -> None:
    data = b"".join(streamed(Stream(outcome), "json", []))
    assert said in data
    if said:
        _json_is_broken(data)
    else:
        assert json.loads(data)


@pytest.mark.parametrize(
    ("format", "row"),
    [
        ("csv", b'1,"say ""yes"", or\nno",2\r\n'),
        ("csv", b'1,"",""""\r\n'),
        ("tsv", b'"a\\"b"\t"c\\\\"\t<http://example.org/>\n'),
    ],
)
def test_a_table_that_breaks_off_anywhere_ends_within_a_quotation(format: str, row: bytes) -> None:
    @dataclass
    class Broken(Stream):
        pieces: tuple[bytes, ...]

        def __iter__(self) -> Iterator[bytes]:
            yield from self.pieces

    for end in range(len(row) + 1):
        for cut in range(end + 1):
            pieces = (row, row[:cut], row[cut:end])
            data = b"".join(streamed(Broken(None, pieces), format, []))
            unescaped = data if format == "csv" else re.sub(rb"\\.", b"", data, flags=re.DOTALL)
            assert unescaped.count(b'"') % 2 == 1, (end, cut, data)
            assert data.endswith(b'\n"INCOMPLETE RESULT: it broke off')


def test_what_broke_off_is_not_kept(narrow: FlaskClient) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } # that breaks off"
    endpoint = narrow.application.extensions["sergekg"].endpoint
    size, misses = endpoint.cache.size, endpoint.cache.misses
    assert all(b"INCOMPLETE" in get(narrow, query).data for _ in range(2))
    assert (endpoint.cache.size, endpoint.cache.misses) == (size, misses + 2)


def test_an_answer_is_tagged_and_a_client_that_has_it_gets_304(ask: FlaskClient) -> None:
    first = get(ask, ONE)
    tag = first.headers["ETag"]
    again = ask.get("/sparql", query_string={"query": ONE}, headers={"Accept": JSON, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert get(ask, ONE, XML).headers["ETag"] != tag
    assert get(ask, ONE + " LIMIT 3").headers["ETag"] != tag


def test_304_varies_as_the_answer_does(ask: FlaskClient) -> None:
    first = get(ask, ONE)
    again = ask.get(
        "/sparql",
        query_string={"query": ONE},
        headers={"Accept": JSON, "If-None-Match": first.headers["ETag"]},
    )
    assert again.status_code == 304
    assert set(again.vary) == set(first.vary) == {"Accept", "Accept-Encoding"}
    assert "Content-Type" not in again.headers


@pytest.mark.parametrize(("method", "status"), [("GET", 304), ("HEAD", 304), ("QUERY", 304), ("POST", 412)])
@pytest.mark.parametrize("any", [True, False])
def test_what_the_client_holds_is_not_sent_again(
    ask: FlaskClient, method: str, status: int, any: bool
) -> None:
    tag = "*" if any else get(ask, ONE).headers["ETag"]
    body = {} if method in ("GET", "HEAD") else {"data": ONE, "content_type": "application/sparql-query"}
    asked = {"query": ONE} if not body else {}
    headers = {"Accept": JSON, "If-None-Match": tag}
    response = ask.open("/sparql", method=method, query_string=asked, headers=headers, **body)
    assert response.status_code == status
    headers["If-None-Match"] = 'W/"other"'
    assert ask.open("/sparql", method=method, query_string=asked, headers=headers, **body).status_code == 200


@pytest.mark.parametrize(("query", "status"), [("SELECT * { ?s ?p }", 400), (REFUSED[0], 403)])
def test_a_query_that_is_wrong_is_told_so_whatever_the_client_holds(
    ask: FlaskClient, query: str, status: int
) -> None:
    response = ask.get(
        "/sparql", query_string={"query": query}, headers={"Accept": JSON, "If-None-Match": "*"}
    )
    problem(response, status)


def test_a_byte_order_mark_is_no_mistake(ask: FlaskClient) -> None:
    body = b"\xef\xbb\xbf" + ONE.encode()
    assert rows(ask.post("/sparql", data=body, content_type="application/sparql-query"))


def test_the_same_question_is_evaluated_once(ask: FlaskClient) -> None:
    endpoint = ask.application.extensions["sergekg"].endpoint
    get(ask, ONE + " # kept")
    misses = endpoint.cache.misses
    assert rows(get(ask, ONE + " # kept"))
    assert endpoint.cache.misses == misses


def test_a_result_that_streamed_is_given_from_memory_the_next_time(
    ask: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 6000"
    with caplog.at_level("INFO", "sergekg.queries"):
        first = get(ask, query)
        assert len(first.data) > 1 << 20
        second = get(ask, query)
        assert second.data == first.data
        third = ask.get(
            "/sparql",
            query_string={"query": query},
            headers={"Accept": JSON, "If-None-Match": second.headers["ETag"]},
        )
    assert "ETag" not in first.headers  # it might have broken off
    assert first.headers["Cache-Control"] == "no-store"
    assert third.status_code == 304
    assert [json.loads(record.message)["how"] for record in caplog.records] == [
        *("streamed", "kept", "unchanged")
    ]


def test_what_changes_with_each_evaluation_is_not_kept(ask: FlaskClient) -> None:
    first, second = (get(ask, "SELECT (RAND() AS ?x) {}") for _ in range(2))
    assert rows(first) != rows(second)
    assert first.headers["Cache-Control"] == "no-store"
    assert "ETag" not in first.headers


def test_pages_of_other_sites_may_ask(ask: FlaskClient) -> None:
    assert get(ask, ONE).headers["Access-Control-Allow-Origin"] == "*"
    assert get(ask, "SELECT").headers["Access-Control-Allow-Origin"] == "*"
    preflight = ask.options("/sparql")
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    "accept", ["", "text/turtle", "application/rdf+xml", "application/ld+json", "application/n-triples"]
)
def test_without_a_query_the_service_describes_itself(ask: FlaskClient, accept: str) -> None:
    response = ask.get("/sparql", headers={"Accept": accept})
    quads = ox.parse(response.data, ox.RdfFormat.from_media_type(response.mimetype))
    lines = "".join(f"{quad.triple} .\n" for quad in quads)
    graph = rdflib.Graph().parse(data=lines, format="nt")
    (this,) = graph.subjects(RDF.type, SD.Service)
    assert graph.value(this, SD.endpoint) == rdflib.URIRef("http://localhost/sparql")
    assert (this, SD.feature, SD.UnionDefaultGraph) in graph
    assert (this, SD.supportedLanguage, SD.SPARQL11Update) not in graph


def test_the_description_of_the_service_is_the_same_each_time(ask: FlaskClient) -> None:
    first, second = (ask.get("/sparql", headers={"Accept": "application/n-triples"}).data for _ in range(2))
    assert sorted(first.splitlines()) == sorted(second.splitlines())


@pytest.mark.parametrize("path", ["/update", "/graph-store?default", "/graph-store?graph=http://e/g"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_public_service_takes_no_writes(ask: FlaskClient, path: str, method: str) -> None:
    response = ask.open(path, method=method, data="CLEAR ALL", content_type="application/sparql-update")
    assert response.status_code in (403, 405)


def test_metrics_count_queries_and_tell_nothing_of_persons(ask: FlaskClient) -> None:
    get(ask, ONE)
    text = ask.get("/metrics").text
    assert 'sergekg_queries_total{form="SELECT"' in text
    assert "sergekg_queries_running" in text
    assert "127.0.0.1" not in text


def test_the_query_log_has_timings_and_no_client(ask: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "sergekg.queries"):
        get(ask, ONE + " # logged")
    (entry,) = [json.loads(record.message) for record in caplog.records]
    assert entry["query"].endswith("# logged")
    assert {"form", "format", "how", "ms", "rows", "bytes", "query"} == entry.keys()


@pytest.mark.usefixtures("_heard")
def test_the_query_log_has_no_number_of_rows_for_a_graph(
    ask: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "sergekg.queries"):
        for query in ("SELECT * {} # counted", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3"):
            assert get(ask, query, "*/*").status_code == 200
    assert [json.loads(record.message)["rows"] for record in caplog.records] == [1, None]


@pytest.mark.usefixtures("_heard")
def test_a_stream_that_nobody_begins_to_read_is_logged_once(
    ask: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"
    with caplog.at_level("INFO", "sergekg.queries"):
        for method in (ask.head, ask.get):
            answer = method("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})
            assert answer.status_code == 200
            assert bool(answer.data) is (method == ask.get)
            answer.close()
    assert [json.loads(record.message)["how"] for record in caplog.records] == ["unsent", "streamed"]


def test_the_tag_of_an_answer_ends_with_its_epoch(ask: FlaskClient) -> None:
    """A store elsewhere tells nobody of its writes."""
    served: Service = ask.application.extensions["sergekg"]
    now = ["1"]
    endpoint = Endpoint(served.endpoint.store, served.config, served.endpoint.version, epoch=lambda: now[0])
    asked = Request(read(ONE), Limits())
    first = endpoint.tag(asked, "json")
    assert endpoint.tag(asked, "json") == first
    now[0] = "2"
    assert endpoint.tag(asked, "json") != first


def test_settings_of_the_public_service_are_safe_by_default() -> None:
    config = Config()
    assert config.services == ()
    assert not config.writable
    assert config.gate
    assert config.timeout <= 30


def test_the_service_knows_its_store(ask: FlaskClient) -> None:
    serving: Service = ask.application.extensions["sergekg"]
    assert serving.endpoint.version().startswith(serving.release.digest)


@pytest.fixture
def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is logged of queries reaches pytest, also after a test that kept it to a file."""
    monkeypatch.setattr(logging.getLogger("sergekg.queries"), "propagate", True)


@pytest.mark.usefixtures("_heard")
def test_an_answer_that_the_client_has_is_logged_too(
    ask: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    query = f"{ONE} # that the client has"
    tag = get(ask, query).headers["ETag"]
    with caplog.at_level("INFO", "sergekg.queries"):
        ask.get("/sparql", query_string={"query": query}, headers={"Accept": JSON, "If-None-Match": tag})
    (entry,) = [json.loads(record.message) for record in caplog.records]
    assert (entry["how"], entry["bytes"], entry["query"]) == ("unchanged", 0, query)


@pytest.mark.usefixtures("_heard")
def test_a_query_that_is_refused_is_logged_too(ask: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "sergekg.queries"):
        get(ask, "SELECT * { SERVICE <http://e/> {} }")
    (entry,) = [json.loads(record.message) for record in caplog.records]
    assert entry["how"] == "QueryRefused"


def test_what_a_format_cannot_hold_is_not_acceptable_and_harms_no_worker(ask: FlaskClient) -> None:
    workers = ask.application.extensions["sergekg"].endpoint.store.pool.counts["workers_replaced"]
    response = get(ask, 'SELECT ("\\u0001" AS ?x) {}', "application/sparql-results+xml")
    assert response.status_code == 406
    assert response.json["detail"] == "a literal has a control character, which XML cannot hold"
    assert ask.application.extensions["sergekg"].endpoint.store.pool.counts["workers_replaced"] == workers


def test_a_table_for_spreadsheets_that_breaks_off_stays_broken(narrow: FlaskClient) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    address = narrow.post("/q", data={"query": query}).headers["Location"]
    response = narrow.get(f"{address}.csv?spreadsheet=1")
    assert response.data.startswith(b"\xef\xbb\xbfa,b,c,d,e,f\r\n")
    assert response.data.rpartition(b'\n"')[2].startswith(b"INCOMPLETE RESULT: the result has more than")
    _csv_is_broken(response.data)


BIG = " ".join(
    f"BIND(CONCAT(?{a},?{a},?{a},?{a},?{a},?{a},?{a},?{a}) AS ?{b})"
    for a, b in zip("abcde", "bcdef", strict=True)
)


def test_a_page_shows_no_result_of_many_megabytes(ask: FlaskClient) -> None:
    rows = " ".join(map(str, range(20)))
    query = f"SELECT ?x ?f {{ VALUES ?x {{ {rows} }} BIND('xxxxxxxxxx' AS ?a) {BIG} }}"
    response = ask.post("/desk", data={"query": query}, headers={"Accept-Language": "en"})
    assert response.status_code == 422
    assert "4,194,304 bytes" in response.text
    address = ask.post("/q", data={"query": query}).headers["Location"]
    assert (
        "4,194,304 bytes" in ask.get(address, headers={"Accept": "text/html", "Accept-Language": "en"}).text
    )
    assert len(ask.get(f"{address}.csv").data) > 6 << 20


@pytest.mark.slow
def test_a_page_shows_the_first_triples_of_a_large_graph_and_is_logged(
    ask: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    query = "CONSTRUCT { ?s ?p ?o . ?o ?q ?s } { ?s ?p ?o . ?o ?q ?z }"
    assert len(get(ask, query, "application/n-triples").data) > 4 << 20
    with caplog.at_level("INFO", "sergekg.queries"):
        response = ask.post("/desk", data={"query": query})
    assert response.status_code == 200
    (entry,) = [json.loads(record.message) for record in caplog.records]
    assert (entry["format"], entry["how"]) == ("page", "streamed")
