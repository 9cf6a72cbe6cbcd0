"""No request, however hostile, breaks the server, nor is anything of it given back unescaped."""

import json
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sergekg.web.site import site

MARK = "x7q"
SCRIPT = f'"><script>{MARK}</script>'
MANY_RANGES = ", ".join(f"a/b{n};q=0.{n % 10}" for n in range(10_000))
PATHS = [
    "/",
    "/id/person/victor-serge",
    "/id/place/viatka",
    "/id/place/viatka.ttl",
    "/data/place/viatka",
    "/data/place/viatka.nq",
    "/data/place/viatka.bib",
    "/page/place/viatka",
    "/page/nothing/here",
    "/id/person/nobody",
    "/linkset/place/viatka.json",
    "/void",
    "/.well-known/void",
    "/.well-known/api-catalog",
    "/.well-known/resourcesync",
    "/.well-known/none",
    "/catalogue",
    "/catalogue.rdf",
    "/context.jsonld",
    "/graph/links",
    "/graph/links.nq",
    "/graph/catalogue.ttl",
    "/graph/none",
    "/dumps/",
    "/dumps/SHA256SUMS",
    "/dumps/none.gz",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/changelist.xml",
    "/robots.txt",
    "/fragments",
    "/fragments/quads",
    "/feed",
    "/feed/1",
    "/feed/1.nq",
    "/feed.atom",
    "/version/1/place/viatka",
    "/releases",
    "/releases/0000000",
    "/timegate/id/place/viatka",
    "/timemap/id/place/viatka",
    "/timegate/http://evil.example/",
    "/tei/lettre-a-andre-gide.xml",
    "/annotations/lettre-a-andre-gide.jsonld",
    "/cmif.xml",
    "/beacon.txt",
    "/ro-crate-metadata.json",
    "/sources/none",
    "/ontology",
    "/ontology.ttl",
    "/sparql",
    "/healthz",
    "/static/../app.py",
    "/openapi.json",
    "/browse/persons",
    "/search",
    "/search.json",
    "/timeline",
    "/network",
    "/compare/person/victor-serge",
    "/queries/written-at",
    "/api/written-at",
    "/wikidata/person/victor-serge",
    "/reconcile",
]
PIECES = [
    *(
        "..",
        ".",
        "",
        "id",
        "data",
        "page",
        "place",
        "viatka",
        "person",
        "victor-serge",
        "releases",
        "timegate",
        "dumps",
    ),
    *(
        "%2e%2e",
        "%2f",
        "%00",
        "%ff",
        "%c0%ae",
        "%0d%0aX-Evil: 1",
        "\\",
        ";a=b",
        "~",
        "*",
        "con",
        "etc",
        "passwd",
    ),
    *(
        "a" * 3000,
        "é",
        "\u202e",
        "𝔘",
        "viatka.xyz",
        "viatka.",
        ".ttl",
        "viatka.ttl.ttl",
        SCRIPT,
        "{{7*7}}",
        "${7}",
        "'--",
    ),
]
VALUES = [
    *(
        "",
        "0",
        "-1",
        "1",
        "2",
        "999999999",
        "99999999999999999999",
        "1e9",
        "٣",
        "NaN",
        "ttl",
        "html",
        "xyz",
        "text/turtle",
    ),
    *(
        "named",
        "merged",
        "<",
        ">",
        '"',
        '"x"@',
        '"x"^^<',
        "?s",
        "_:b",
        "<http://a b>",
        "http://evil.example/",
        "javascript:x",
    ),
    *(
        SCRIPT,
        "a" * 6000,
        "%",
        "\x00",
        "\ud7ff",
        "SELECT * { ?s ?p ?o } LIMIT 1",
        "SELECT",
        "ASK {}",
        "en",
        "fr",
    ),
]
ACCEPTS = [
    *(
        "*/*",
        "text/html",
        "text/turtle",
        "application/ld+json",
        "application/json",
        "image/png",
        "*",
        "/",
        ";;;",
        "text/",
    ),
    *(
        "text/turtle;q=2",
        "text/turtle;q=-1",
        "text/turtle;q=0",
        "*/*;q=0",
        "a/b;q=",
        'text/html;x="',
        "text/html;" * 500,
    ),
    *(
        MANY_RANGES,
        SCRIPT,
        "é/é",
        "text/html;q=1e400",
        "text/html;q=nan",
        '"' * 999,
        "application/x-bibtex",
        ",",
    ),
]
DATES = [
    *(
        "Sat, 21 Nov 2026 00:00:00 GMT",
        "Fri, 31 Feb 2025 00:00:00 GMT",
        "yesterday",
        "",
        "0",
        "9" * 80,
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "Sat, 21 Nov 99999999999999 00:00:00 GMT",
        "Sat, 21 Nov 2026 00:00:00 +9999999999999999",
    ),
    *(
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Sat, 21 Nov 2026 00:00:00 +9999",
        "Sat, 21 Nov 99999 00:00:00 GMT",
        SCRIPT,
    ),
]
JUNK = [
    '"',
    'W/"',
    "*",
    '""',
    "W/*",
    '"a","b',
    "bytes=0-0",
    "bytes=-",
    "bytes=9-1",
    "bytes=" + "0-0," * 2000,
    "é",
    SCRIPT,
]
HOSTS = [
    "localhost",
    "evil.example",
    "localhost:0",
    "localhost:99999",
    "",
    " ",
    "a b",
    "[::1",
    "localhost/..",
    SCRIPT,
    "é.example",
]
METHODS = (
    ["GET"] * 12
    + ["HEAD"] * 3
    + ["OPTIONS"] * 2
    + ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY", "FOO"]
)
ANY = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)


@dataclass(frozen=True)
class Hostile:
    """One request."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, client: FlaskClient) -> TestResponse:
        query = "&".join(f"{quote(k)}={quote(v, errors='replace')}" for k, v in self.query)
        # the environment as a server makes it: the client of tests would take //a for a host
        environ = {"PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"), "QUERY_STRING": query}
        return client.open(
            "/", method=self.method, headers=self.headers, environ_overrides=environ, buffered=True
        )


def _some(values: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(values), st.sampled_from(values), ANY)


MADE = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), min_size=1, max_size=5).map(
    lambda pieces: "/" + "/".join(quote(p, safe="%;~*'{}$:, ", errors="replace") for p in pieces)
)
REQUESTS = st.builds(
    Hostile,
    method=st.sampled_from(METHODS),
    path=st.one_of(st.sampled_from(PATHS), st.sampled_from(PATHS), MADE),
    query=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "page",
                    "format",
                    "graphs",
                    "subject",
                    "predicate",
                    "object",
                    "graph",
                    "query",
                    "lang",
                    "q",
                    SCRIPT,
                ]
            ),
            st.sampled_from(VALUES),
        ),
        max_size=3,
    ),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "Accept": _some([a.encode().decode("latin-1") for a in ACCEPTS]),
            "Accept-Datetime": _some(DATES),
            "Accept-Encoding": _some(
                ["gzip", "br", "*;q=0", "gzip;q=x", "identity;q=0, *;q=0", "," * 500, SCRIPT]
            ),
            "Accept-Language": _some(["fr", "en;q=0", "*", "xx", "fr;q=é", SCRIPT, "-" * 900]),
            "If-None-Match": _some(JUNK),
            "If-Match": _some(JUNK),
            "If-Modified-Since": _some(DATES),
            "If-Unmodified-Since": _some(DATES),
            "Range": _some(JUNK),
            "If-Range": _some([*JUNK, *DATES]),
            "Origin": _some(["null", "https://evil.example", SCRIPT]),
            "Cookie": _some(["lang=fr", f"lang={MARK}", "a" * 5000, "=;=;"]),
            "X-Forwarded-Host": _some(HOSTS),
            "X-Forwarded-Prefix": _some(["/kg", "//evil.example", "/" + SCRIPT, "/..", "kg"]),
            "X-Forwarded-Proto": _some(["https", "javascript", SCRIPT]),
            "X-Forwarded-For": _some(["192.0.2.1", "::", SCRIPT]),
        },
    ),
)
STRANGE_HOSTS = st.builds(
    lambda request, host: Hostile(
        request.method, request.path, request.query, {**request.headers, "Host": host}
    ),
    REQUESTS,
    st.sampled_from([host.encode().decode("latin-1") for host in HOSTS]),
)
ANYTHING = st.one_of(REQUESTS, REQUESTS, REQUESTS, REQUESTS, STRANGE_HOSTS)


def judge(request: Hostile, answer: TestResponse) -> None:
    """What holds of every answer whatever was asked."""
    assert answer.status_code < 500, (request, answer.status_code, answer.data[:300])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "X-Evil" not in answer.headers
    if request.method == "HEAD" or answer.status_code in (204, 304):
        assert answer.data == b""
    elif "Content-Encoding" not in answer.headers and answer.mimetype != "application/gzip":
        assert f"<script>{MARK}".encode() not in answer.data, request
    assert f"<script>{MARK}" not in str(answer.headers), request
    assert b"Traceback" not in answer.data
    if answer.status_code >= 400 and answer.data and "Content-Encoding" not in answer.headers:
        assert answer.mimetype in ("application/problem+json", "text/html", "application/json"), request
        if answer.mimetype == "application/problem+json":
            assert json.loads(answer.data)["status"] == answer.status_code


def _send_all(app: Flask, count: int) -> Counter[int]:
    client, met = app.test_client(), Counter[int]()

    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(ANYTHING)
    def send(request: Hostile) -> None:
        answer = request.send(client)
        met[answer.status_code] += 1
        judge(request, answer)

    send()
    return met


@pytest.mark.slow
def test_a_hundred_and_fifty_hostile_requests_get_an_answer_that_is_no_fault_of_ours(app: Flask) -> None:
    met = _send_all(app, 150)
    assert met.total() >= 150
    assert {200, 404} <= set(met)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twenty_thousand_hostile_requests_do_too(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    met = _send_all(app, 20_000)
    with capsys.disabled():
        print(f"\n{met.total()} hostile requests: " + ", ".join(f"{n} x {s}" for s, n in sorted(met.items())))
    assert met.total() >= 20_000
    assert {200, 303, 304, 400, 404, 405, 406, 412, 421} <= set(met)


@pytest.mark.slow
def test_a_name_that_somebody_makes_up_is_not_kept_at_its_length(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/page/person/victor-serge").status_code == 200
    for number in range(3):
        assert client.get(f"/page/person/{'a' * 5000}{number}").status_code == 404
        query = f'SELECT (IRI(CONCAT("http://x/{number}", "{"a" * 5000}")) AS ?x) {{}}'
        assert client.post("/desk", data={"query": query}).status_code == 200
    with app.test_request_context():
        named = site().labels._names
    assert named
    assert max(map(len, (*app.extensions["sergekg.extents"], *named))) < 3000


@pytest.mark.slow
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", [p for p in PATHS if "evil" not in p])
def test_head_and_options_work_on_everything(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code < 500
    assert answer.data == b"" or answer.status_code == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["DELETE"])
def test_nothing_can_be_written_where_things_are_read(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method, data=b"x")
    assert answer.status_code in (403, 404, 405, 308)
    if answer.status_code == 405:
        assert "GET" in answer.headers["Allow"]
