"""Writing: only with the token, all or nothing, never past the shapes, and never lost."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, SH, VOID, Graph
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import TestResponse

from sergekg.build.publish import publish
from sergekg.build.run import assemble
from sergekg.config import Config
from sergekg.errors import ConfigError, QueryError, QueryTimeout, StoreUnavailable, ValidatorFailed
from sergekg.model.report import Finding, Report, Severity
from sergekg.release import Release
from sergekg.store.delta import Delta, graph_of
from sergekg.validate.reports import merge
from sergekg.validate.shacl import run_shapes
from sergekg.vocab import FORMATS, SD, SKG
from sergekg.web import create_app, resources, writing
from sergekg.web.authority import Tokens, hash_token, read_tokens
from sergekg.web.crowd import Crowd
from sergekg.web.gate import WriteRefused, gate
from sergekg.web.known import listed_keys
from sergekg.web.negotiate import RDF_FORMATS

TOKEN = "a-token-for-tests"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
OTHER = "another-token-for-tests"
UPDATE = "application/sparql-update"
E = "http://example.org/"


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERGEKG_TOKEN", TOKEN)


@pytest.fixture(scope="module")
def blank_app(config: Config) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERGEKG_TOKEN", TOKEN)
        app = create_app(
            config=replace(
                config, empty=True, writable=True, gate=False, default_graph="unnamed", timeout=4.0
            )
        )
    yield app
    app.extensions["sergekg"].endpoint.store.close()


@pytest.fixture
def blank(blank_app: Any) -> FlaskClient:
    """A writable store without shapes, emptied."""
    client: FlaskClient = blank_app.test_client()
    assert update(client, "DROP ALL").status_code == 204
    return client


def update(client: FlaskClient, text: str, **more: Any) -> TestResponse:
    return client.post("/update", data=text.encode(), content_type=UPDATE, headers=AUTH, **more)


def ask(client: FlaskClient, pattern: str) -> bool:
    response = client.get("/sparql", query_string={"query": f"PREFIX : <{E}> ASK {{ {pattern} }}"})
    assert response.status_code == 200, response.text
    return bool(json.loads(response.data)["boolean"])


def put(
    client: FlaskClient, target: str, data: str | bytes, type: str = "text/turtle", method: str = "PUT"
) -> TestResponse:
    return client.open(f"/graph-store{target}", method=method, data=data, content_type=type, headers=AUTH)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong-token"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer "},
    ],
)
@pytest.mark.parametrize("path", ["/update", "/graph-store?default"])
def test_nobody_writes_without_the_token(blank: FlaskClient, headers: dict[str, str], path: str) -> None:
    response = blank.post(path, data="CLEAR ALL", content_type=UPDATE, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.content_type == "application/problem+json"


def test_the_token_is_kept_as_a_digest(tmp_path: Path, config: Config) -> None:
    digest = hash_token(TOKEN)
    assert TOKEN not in digest
    for line in (digest, TOKEN):
        (tmp_path / "token").write_text(f"# who writes\n{line}\n", encoding="utf-8")
        tokens = read_tokens(replace(config, token_file=tmp_path / "token"))
        assert tokens.allows(TOKEN)
        assert tokens.allows(TOKEN)
        assert not tokens.allows(digest)
        assert TOKEN not in repr(vars(tokens))


def test_wrong_tokens_are_checked_one_at_a_time_and_hold_no_right_one_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running: list[str] = []
    most: list[int] = []
    may_end = threading.Event()

    def slow(token: str, salt: bytes | None = None) -> str:
        running.append(token)
        most.append(len(running))
        assert may_end.wait(60)
        found = hash_token(token, salt)
        running.remove(token)
        return found

    tokens = Tokens([hash_token(TOKEN), hash_token(OTHER)], ["plain-token"])
    monkeypatch.setattr("sergekg.web.authority.hash_token", slow)
    with ThreadPoolExecutor(60) as threads:
        rain = [threads.submit(tokens.allows, f"wrong-{number}", "a") for number in range(40)]
        while sum(one.done() for one in rain) < 38:
            time.sleep(0.01)
        assert tokens.allows("plain-token", "a")
        first = [threads.submit(tokens.allows, TOKEN, "b") for _ in range(2)]
        with pytest.raises(TooManyRequests):
            tokens.allows(OTHER, "a")
        again = threads.submit(tokens.allows, OTHER, "a")
        may_end.set()
        assert [one.result() for one in (*first, again)] == [True] * 3
    refused = [one.exception() for one in rain if one.exception()]
    assert len(refused) == 38
    assert all(isinstance(error, TooManyRequests) for error in refused)
    assert set(most) == {1}


def test_a_token_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, plain = Tokens([hash_token(TOKEN)]), Tokens([], [TOKEN])
    assert tokens.allows(TOKEN)
    assert not tokens.allows("a-wrong-token")
    assert not plain.allows("a-wrong-token")
    monkeypatch.setattr("hashlib.scrypt", None)
    assert tokens.allows(TOKEN)
    assert not tokens.allows("a-wrong-token")
    assert plain.allows(TOKEN)
    assert not plain.allows("a-wrong-token")
    with pytest.raises(TypeError):  # a guess costs as much where every token is given plain
        plain.allows("another-wrong-token")


@pytest.mark.parametrize(
    "content",
    ["", "# nothing\n", "  # nothing at all\n", "short\n", "a-tökén-for-tests\n", "a token\u200b\n"],
)
def test_a_token_that_is_none_is_refused_at_the_start(tmp_path: Path, config: Config, content: str) -> None:
    (tmp_path / "token").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError):
        read_tokens(replace(config, token_file=tmp_path / "token"), {})


def test_a_comment_or_the_mark_of_an_editor_is_part_of_no_token(tmp_path: Path, config: Config) -> None:
    (tmp_path / "token").write_text(f"\ufeff{TOKEN}\n  # was: {OTHER}\n", encoding="utf-8")
    tokens = read_tokens(replace(config, token_file=tmp_path / "token"))
    assert tokens.allows(TOKEN)
    assert not tokens.allows(f"# was: {OTHER}")
    assert not tokens.allows(OTHER)


def test_a_token_file_that_anybody_may_write_is_refused(tmp_path: Path, config: Config) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    file.chmod(0o666)
    with pytest.raises(ConfigError, match="anybody may write"):
        read_tokens(replace(config, token_file=file))
    file.chmod(0o644)
    assert read_tokens(replace(config, token_file=file)).allows(TOKEN)


@pytest.mark.parametrize("damage", [str.upper, lambda line: line[:-1], lambda line: line.replace(":", ": ")])
def test_a_damaged_digest_is_no_token(tmp_path: Path, config: Config, damage: Callable[[str], str]) -> None:
    (tmp_path / "token").write_text(f"{OTHER}\n{damage(hash_token(TOKEN))}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="damaged"):
        read_tokens(replace(config, token_file=tmp_path / "token"), {})


def test_without_any_token_nothing_is_allowed() -> None:
    assert not Tokens([]).allows("")


@pytest.mark.parametrize(
    "send",
    [
        lambda c, text: update(c, text),
        lambda c, text: c.post("/update", data={"update": text}, headers=AUTH),
        lambda c, text: c.post("/update", data=text, content_type=f"{UPDATE}; charset=utf-8", headers=AUTH),
    ],
    ids=["direct", "form", "with charset"],
)
def test_an_update_is_taken_in_both_ways_of_the_protocol(
    blank: FlaskClient, send: Callable[[FlaskClient, str], TestResponse]
) -> None:
    assert send(blank, f'INSERT DATA {{ <{E}s> <{E}p> "100%25+é" }}').status_code == 204
    assert ask(blank, ':s :p "100%25+é"')


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("INSERT DATA { nonsense", 400),
        ("SELECT * { ?s ?p ?o }", 400),
        ("INSERT DATA { <http://e/a> <http://e/b> ?c }", 400),
        ("DELETE DATA { _:a <http://e/b> 1 }", 400),
        (
            'INSERT DATA { <http://e/x> <http://e/b> 1 } ; INSERT DATA { <http://e/x> <http://e/b> "x"^^rdf:langString }',
            400,
        ),
        ('INSERT { <http://e/x> <http://e/b> ?o } WHERE { BIND(STRDT("x", rdf:dirLangString) AS ?o) }', 400),
        ("INSERT DATA { <http://e/x> <http://e/y> 1 } ; COPY <http://e/none> TO <http://e/k>", 422),
        ("INSERT DATA { _:a <http://e/b> 1 } ; INSERT DATA { _:a <http://e/b> 2 }", 400),
        ("LOAD <file:///etc/passwd>", 403),
        ("LOAD <http://127.0.0.1:9/x.ttl> INTO GRAPH <http://e/g>", 403),
        ("LOAD SILENT nonsense", 400),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }", 403),
        (
            "INSERT DATA { <http://e/x> <http://e/y> 1 } ; CREATE GRAPH <http://e/g> ; CREATE GRAPH <http://e/g>",
            422,
        ),
        ("INSERT DATA { <http://e/x> <http://e/y> 1 } ; LOAD <http://e/none>", 403),
        ("INSERT DATA { <http://e/x> <http://e/y> 1 } ; INSERT DATA { nonsense", 400),
        ("INSERT { ?a ?b 1 } WHERE { SELECT (<http://e/f>(1) AS ?a) {} }", 422),
        pytest.param(
            "INSERT { ?a ?b ?f } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }",
            503,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_an_update_that_fails_changes_nothing(blank: FlaskClient, text: str, status: int) -> None:
    triples = " ".join(f"<{E}s{n}> <{E}p> {n} ." for n in range(60))
    assert update(blank, f"INSERT DATA {{ {triples} }}").status_code == 204
    response = update(blank, text)
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    assert not ask(blank, "<http://e/x> ?p ?o")
    assert ask(blank, ":s59 :p 59")
    assert not ask(blank, "GRAPH ?g { ?s ?p ?o }")


def test_load_silent_fails_silently(blank: FlaskClient) -> None:
    text = f"LOAD SILENT <http://127.0.0.1:9/x> ; INSERT DATA {{ <{E}s> <{E}p> 1 }}"
    assert update(blank, text).status_code == 204
    assert ask(blank, ":s :p 1")


def test_operations_see_each_other_and_prefixes_may_stand_between_them(blank: FlaskClient) -> None:
    text = (
        f"PREFIX a: <{E}> INSERT DATA {{ a:s a:p 1 }} ; PREFIX b: <{E}> BASE <{E}> "
        "INSERT { GRAPH <g> { ?s b:q ?o } } WHERE { ?s a:p ?o } ; DELETE DATA { a:s b:p 1 }"
    )
    assert update(blank, text).status_code == 204
    assert ask(blank, "GRAPH :g { :s :q 1 }")
    assert not ask(blank, ":s ?p ?o")


def test_several_using_graphs_are_merged_as_sets(blank: FlaskClient) -> None:
    update(blank, f"INSERT DATA {{ GRAPH <{E}a> {{ <{E}s> <{E}p> 1 }} GRAPH <{E}b> {{ <{E}s> <{E}p> 1 }} }}")
    count = f"INSERT {{ GRAPH <{E}c> {{ <{E}n> <{E}is> ?n }} }} USING <{E}a> USING <{E}b> WHERE {{ SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} }}"
    assert update(blank, count).status_code == 204
    assert ask(blank, "GRAPH :c { :n :is 1 }")
    text = f"INSERT {{ GRAPH <{E}d> {{ <{E}n> <{E}is> ?n }} }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} }}"
    fields = {"using-graph-uri": [f"{E}a", f"{E}b"]}
    assert update(blank, text, query_string=fields).status_code == 204
    assert ask(blank, "GRAPH :d { :n :is 1 }")
    assert not ask(blank, "GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?g), 'urn:'))")


def test_using_graph_uri_beside_using_is_refused(blank: FlaskClient) -> None:
    text = f"INSERT {{ ?s ?p 1 }} USING <{E}a> WHERE {{ ?s ?p ?o }}"
    assert update(blank, text, query_string={"using-graph-uri": f"{E}a"}).status_code == 400


def test_delete_where_takes_the_graphs_of_the_protocol(blank: FlaskClient) -> None:
    update(blank, f"INSERT DATA {{ <{E}s> <{E}p> 1, 2 . GRAPH <{E}g> {{ <{E}s> <{E}p> 1 }} }}")
    response = update(blank, f"DELETE WHERE {{ <{E}s> ?p ?o }}", query_string={"using-graph-uri": f"{E}g"})
    assert response.status_code == 204
    assert not ask(blank, ":s :p 1")
    assert ask(blank, ":s :p 2")


def test_two_writers_at_once_both_get_through(blank: FlaskClient, blank_app: Any) -> None:
    statuses = []

    def write(number: int) -> None:
        statuses.append(
            update(blank_app.test_client(), f"INSERT DATA {{ <{E}s> <{E}p> {number} }}").status_code
        )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [204] * 8
    assert ask(blank, " ".join(f":s :p {number} ." for number in range(8)))


@pytest.mark.slow
def test_a_reader_sees_the_store_before_or_after_a_write_and_never_between(
    blank: FlaskClient, blank_app: Any
) -> None:
    update(blank, f"INSERT DATA {{ <{E}s> <{E}p> 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }}")
    seen, done = set(), threading.Event()

    def read() -> None:
        client = blank_app.test_client()
        while not done.is_set():
            query = f"SELECT (COUNT(*) AS ?n) {{ <{E}s> <{E}p> ?o }}"
            found = json.loads(client.get("/sparql", query_string={"query": query}).data)
            seen.add(int(found["results"]["bindings"][0]["n"]["value"]))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(3):
        text = f"DELETE WHERE {{ <{E}s> <{E}p> ?o }} ; INSERT DATA {{ <{E}s> <{E}p> {', '.join(str(number * 10 + n) for n in range(10))} }}"
        assert update(blank, text).status_code == 204
    done.set()
    thread.join()
    assert seen == {10}


def test_writes_that_wait_leave_threads_to_readers(
    blank: FlaskClient, blank_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_writing", Crowd(2, 3, ("yours wait", "all wait"), retry_after=5))
    turn = blank_app.extensions["sergekg"].endpoint.store._writing
    assert turn.acquire(60)

    def write(address: str) -> int:
        client, where = blank_app.test_client(), {"REMOTE_ADDR": address}
        return update(client, f"INSERT DATA {{ <{E}s> <{E}p> 1 }}", environ_overrides=where).status_code

    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(write, address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")]
        while len(turn._waiting) < 3:
            time.sleep(0.01)
        assert write("192.0.2.1") == 429
        assert write("192.0.2.3") == 503
        assert not ask(blank, ":s :p 1")
        turn.release()
        assert [one.result() for one in waiting] == [204] * 3
    assert write("192.0.2.1") == 204


def test_answers_that_were_kept_do_not_outlive_a_write(blank: FlaskClient) -> None:
    assert not ask(blank, ":s :p :o")
    update(blank, f"INSERT DATA {{ <{E}s> <{E}p> <{E}o> }}")
    assert ask(blank, ":s :p :o")


@pytest.mark.parametrize("target", ["?default", f"?graph={E}g", "/direct/name"])
def test_a_graph_is_put_read_merged_and_deleted(blank: FlaskClient, target: str) -> None:
    is_default = target == "?default"
    assert put(blank, target, f"<{E}s> <{E}p> 1 .").status_code == (204 if is_default else 201)
    assert put(blank, target, f"<{E}s> <{E}p> 2 .").status_code == 204
    assert put(blank, target, f"<{E}s> <{E}p> 3 .", method="POST").status_code == 204
    response = blank.get(f"/graph-store{target}", headers={**AUTH, "Accept": "application/n-triples"})
    assert sorted(str(quad.object) for quad in ox.parse(response.data, ox.RdfFormat.N_TRIPLES)) == [
        '"2"^^<http://www.w3.org/2001/XMLSchema#integer>', '"3"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ]  # fmt: skip
    head = blank.head(f"/graph-store{target}", headers=AUTH)
    assert (head.status_code, head.data) == (200, b"")
    assert blank.delete(f"/graph-store{target}", headers=AUTH).status_code == 204
    again = blank.get(f"/graph-store{target}", headers=AUTH)
    assert again.status_code == (200 if is_default else 404)


@pytest.mark.parametrize("target", [f"?graph={E}g", "?default"])
@pytest.mark.parametrize("format", ["text/turtle", "application/n-triples", "application/rdf+xml"])
def test_a_graph_comes_back_with_its_literals_as_they_were_written(
    blank: FlaskClient, target: str, format: str
) -> None:
    xsd = "http://www.w3.org/2001/XMLSchema#"
    price, term = f'"1.50"^^<{xsd}decimal>', f'"P1Y12M"^^<{xsd}duration>'
    lines = f'<{E}s> <{E}p> {price}, "1.5", <{E}o>, "\u00e9"@fr . <{E}s> <{E}q> {term} .'
    if format != "application/rdf+xml":
        lines += f" <{E}s> <{E}r> <<( <{E}a> <{E}b> {price} )>> ."
    put(blank, target, lines)
    given = blank.get(f"/graph-store{target}", headers={"Accept": format, **AUTH}).data
    kind = {"text/turtle": ox.RdfFormat.TURTLE, "application/rdf+xml": ox.RdfFormat.RDF_XML}
    found = {str(q.triple) for q in ox.parse(given, kind.get(format, ox.RdfFormat.N_TRIPLES))}
    assert found == {str(q.triple) for q in ox.parse(lines.encode(), ox.RdfFormat.TURTLE)}
    assert put(blank, target, given, format).status_code == 204
    again = blank.get(f"/graph-store{target}", headers={"Accept": "application/n-triples", **AUTH}).data
    assert {str(q.triple) for q in ox.parse(again, ox.RdfFormat.N_TRIPLES)} == found


@pytest.mark.parametrize("suffix", ["ttl", "nt", "nq", "trig", "jsonld", "rdf"])
def test_a_written_graph_is_the_same_at_its_own_address(blank: FlaskClient, suffix: str) -> None:
    price = '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    lines = f'<{E}s> <{E}p> {price}, 01, <{E}o>, "zork"@ar .'
    put(blank, "?graph=https://w3id.org/sergekg/graph/essai", lines)
    given = blank.get(f"/graph/essai.{suffix}")
    form = next(form for form in RDF_FORMATS if form.suffix == suffix).writer
    expected = {str(quad.triple) for quad in ox.parse(lines.encode(), ox.RdfFormat.TURTLE)}
    assert {str(quad.triple) for quad in ox.parse(given.data, form)} == expected


@pytest.mark.parametrize("suffix", ["ttl", "nt", "nq", "trig", "rdf"])
def test_a_triple_term_is_there_at_the_address_of_its_graph(blank: FlaskClient, suffix: str) -> None:
    line = f'<{E}s> <{E}r> <<( <{E}a> <{E}b> "zork"@ar--rtl )>> .'
    put(blank, "?graph=https://w3id.org/sergekg/graph/essai", line)
    given = blank.get(f"/graph/essai.{suffix}").data
    form = next(form for form in RDF_FORMATS if form.suffix == suffix).writer
    assert [f"{quad.triple} ." for quad in ox.parse(given, form)] == [line]
    refused = blank.get("/graph/essai.jsonld")
    assert refused.status_code == 406
    assert "JSON-LD holds no triple terms" in refused.text


def test_a_blank_store_has_a_default_graph_of_its_own_unless_a_union_is_asked_for(config: Config) -> None:
    for chosen, is_union in ((None, False), ("unnamed", False), ("union", True)):
        blank = replace(config, empty=True, writable=True, gate=False, default_graph=chosen)
        app = create_app(config=blank)
        client = app.test_client()
        assert put(client, f"?graph={E}g", f"<{E}s> <{E}p> 1 .").status_code == 201
        assert ask(client, ":s :p 1") is is_union
        assert put(client, "?default", f"<{E}s> <{E}q> 1 .").status_code == (403 if is_union else 204)
        app.extensions["sergekg"].endpoint.store.close()


def test_graphs_of_a_union_keep_the_forms_of_their_literals_apart(config: Config) -> None:
    app = create_app(config=replace(config, empty=True, writable=True, gate=False, default_graph="union"))
    client = app.test_client()
    for graph, number in (("a", "01"), ("b", "1"), ("c", "+1")):
        put(client, f"?graph={E}{graph}", f"<{E}s> <{E}p> {number} .")
    headers = {"Accept": "application/n-triples", **AUTH}
    for graph, number in (("a", "01"), ("b", "1"), ("c", "+1")):
        given = client.get(f"/graph-store?graph={E}{graph}", headers=headers).data
        assert f'"{number}"^^'.encode() in given
    assert b'"1"^^' in client.get("/graph-store?default", headers=headers).data
    app.extensions["sergekg"].endpoint.store.close()


def test_asking_for_the_head_of_a_large_graph_keeps_no_place(blank: FlaskClient) -> None:
    lines = "".join(f'<{E}s> <{E}p> "{n:0500d}" .\n' for n in range(5000))
    assert put(blank, f"?graph={E}large", lines).status_code == 201
    for _ in range(6):
        head = blank.head(f"/graph-store?graph={E}large", headers=AUTH)
        head.close()
        assert head.status_code == 200
    assert blank.application.extensions["sergekg"].endpoint.store.pool.running == 0


def test_a_graph_that_is_posted_without_a_name_gets_one(blank: FlaskClient) -> None:
    response = put(blank, "", f"<> <{E}p> 1 .", method="POST")
    assert response.status_code == 201
    assert blank.get(response.headers["Location"], headers=AUTH).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "data", "type", "status"),
    [
        ("?default", "this is not turtle", "text/turtle", 400),
        ("?default", b"\xff\xfe", "text/turtle", 400),
        ("?default", "<s> <p>", "text/turtle", 400),
        ("?default", "{}", "application/pdf", 415),
        ("?default", f"<{E}s> <{E}p> 'é' .", "text/turtle; charset=iso-8859-1", 415),
        ("?default", "GRAPH <http://e/g> { <http://e/s> <http://e/p> 1 }", "application/trig", 415),
        ("?graph=relative", "", "text/turtle", 400),
        ("?default&graph=http://e/g", "", "text/turtle", 400),
        (f"?graph={E}a&graph={E}b", "", "text/turtle", 400),
        ("?graph=%ff", "", "text/turtle", 400),
        ("", "", "text/turtle", 400),
        (
            "?default",
            '{"@id": "http://e/s", "http://e/p": {"@value": "x", "@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}}',
            "application/ld+json",
            400,
        ),
        ("?default", "x", "multipart/form-data", 400),
        (
            "?default",
            '{"@context": "http://127.0.0.1:9/c.jsonld", "@id": "http://e/s", "p": 1}',
            "application/ld+json",
            400,
        ),
    ],
)
def test_a_graph_that_cannot_be_taken_is_refused_and_changes_nothing(
    blank: FlaskClient, target: str, data: str | bytes, type: str, status: int
) -> None:
    put(blank, "?default", f"<{E}s> <{E}p> 1 .")
    assert put(blank, target, data, type).status_code == status
    assert ask(blank, ":s :p 1")


@pytest.mark.parametrize(
    ("data", "type", "place"),
    [
        (f"<{E}s> <{E}p>\n\n   @@ .", "text/turtle", (3, 5)),
        (f"<{E}s> <{E}p> <{E}o> .\n<{E}s", "application/n-triples", (2, 1)),
        ('{"@id":\n }', "application/ld+json", (2, 2)),
        ("<rdf:RDF", "application/rdf+xml", (None, None)),
    ],
)
def test_who_sends_a_graph_that_cannot_be_read_is_told_where(
    blank: FlaskClient, data: str, type: str, place: tuple[int | None, int | None]
) -> None:
    told = put(blank, "?default", data, type).get_json(force=True)
    assert told["title"] == "The graph cannot be read"
    assert (told.get("line"), told.get("column")) == place
    assert "line" not in told["detail"]


@pytest.mark.parametrize(
    "type", ["text/turtle", "text/turtle; charset=UTF-8", 'application/n-triples;charset="utf-8"']
)
def test_a_text_may_begin_with_the_mark_of_an_editor(blank: FlaskClient, type: str) -> None:
    assert put(blank, "?default", f"\ufeff<{E}s> <{E}p> <{E}o> .", type).status_code == 204
    assert update(blank, f"\ufeffINSERT DATA {{ <{E}s> <{E}q> 1 }}").status_code == 204
    assert ask(blank, ":s :p :o ; :q 1")


def form(*parts: str) -> str:
    return "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"


@pytest.mark.parametrize("name", ['; name="a"', '; name="a"; filename="a.ttl"'])
def test_the_parts_of_a_form_are_taken_with_and_without_the_name_of_a_file(
    blank: FlaskClient, name: str
) -> None:
    head = f"Content-Disposition: form-data{name}\r\nContent-Type: text/turtle\r\n\r\n"
    body = form(f"{head}<{E}s> <{E}p> 1 .", f"{head}<{E}s> <{E}p> 2 .")
    assert put(blank, f"?graph={E}g", body, "multipart/form-data; boundary=x").status_code == 201
    assert ask(blank, "GRAPH :g { :s :p 1, 2 }")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("--x--\r\n", 400),
        (form('Content-Disposition: form-data; name="a"\r\n\r\n<http://e/s> <http://e/p> 1 .'), 400),
        (form('Content-Disposition: form-data; name="a"\r\nContent-Type: image/png\r\n\r\nx'), 415),
        (
            form('Content-Disposition: form-data; name="a"\r\nContent-Type: text/turtle;charset=x\r\n\r\n'),
            415,
        ),
    ],
)
def test_a_form_without_parts_that_can_be_taken_empties_nothing(
    blank: FlaskClient, body: str, status: int
) -> None:
    put(blank, f"?graph={E}g", f"<{E}s> <{E}p> 1 .")
    assert put(blank, f"?graph={E}g", body, "multipart/form-data; boundary=x").status_code == status
    assert ask(blank, "GRAPH :g { :s :p 1 }")


def test_a_write_is_done_only_where_its_conditions_hold(blank: FlaskClient) -> None:
    target = f"/graph-store?graph={E}g"

    def write(method: str, number: int, **headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = f"<{E}s> <{E}p> {number} ."
        return blank.open(
            target, method=method, data=data, content_type="text/turtle", headers={**AUTH, **sent}
        ).status_code

    assert write("PUT", 1, If_Match="*") == 412
    assert write("PUT", 1, If_None_Match="*") == 201
    assert write("PUT", 2, If_None_Match="*") == 412
    assert write("PUT", 2, If_Match='"nonsense"') == 412
    assert write("DELETE", 2, If_Match='"nonsense"') == 412
    held = blank.get(target, headers=AUTH)
    assert held.headers["Cache-Control"] == "private, no-cache"
    assert blank.get(target, headers={**AUTH, "If-None-Match": held.headers["ETag"]}).status_code == 304
    assert write("PUT", 3, If_Match=held.headers["ETag"]) == 204
    assert write("POST", 4, If_Match=held.headers["ETag"]) == 412
    assert write("PUT", 5, Content_Range="bytes 0-9/99") == 400
    assert write("PUT", 5, Content_Encoding="gzip") == 415
    assert ask(blank, "GRAPH :g { :s :p 3 } FILTER NOT EXISTS { GRAPH :g { :s :p 2, 4, 5 } }")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-Match": '"nonsense"'}, 412),
        ({"If-Match": "*"}, 412),
        ({"If-None-Match": "*"}, 204),
        ({"If-None-Match": '"nonsense"'}, 204),
    ],
)
def test_an_update_is_done_only_where_its_conditions_hold(
    blank: FlaskClient, condition: dict[str, str], status: int
) -> None:
    text = f"INSERT DATA {{ <{E}s> <{E}p> 1 }}"
    response = blank.post("/update", data=text, content_type=UPDATE, headers={**AUTH, **condition})
    assert response.status_code == status
    assert ask(blank, ":s :p 1") is (status == 204)


@pytest.mark.parametrize("path", ["/update", f"/graph-store?graph={E}g"])
def test_a_body_in_chunks_is_not_taken_as_it_may_have_broken_off(blank: FlaskClient, path: str) -> None:
    put(blank, f"?graph={E}g", f"<{E}s> <{E}p> 1 .")
    response = blank.open(
        path,
        method="POST",
        input_stream=io.BytesIO(b"CLEAR ALL"),
        content_type=UPDATE,
        headers={**AUTH, "Transfer-Encoding": "chunked"},
    )
    assert response.status_code == 411
    assert ask(blank, "GRAPH :g { :s :p 1 }")


def test_a_direct_name_is_that_of_its_address_with_a_percent_sign_too(blank: FlaskClient) -> None:
    for name in ("%25", "%2541"):
        assert put(blank, f"/{name}", f"<{E}s> <{E}p> 1 .").status_code == 201
        assert ask(blank, f"GRAPH <http://localhost/graph-store/{name}> {{ :s :p 1 }}")
    assert blank.get("/graph-store/A", headers=AUTH).status_code == 404


def test_a_direct_name_that_is_no_iri_is_refused(blank: FlaskClient) -> None:
    assert put(blank, "/a%3Eb", f"<{E}s> <{E}p> 1 .").status_code == 400
    assert blank.get("/graph-store/a%3Eb", headers=AUTH).status_code == 400


def test_blank_nodes_of_two_requests_stay_apart(blank: FlaskClient) -> None:
    for number in (1, 2):
        put(blank, f"?graph={E}g", f"_:a <{E}p> {number} .", method="POST")
    assert not ask(blank, "GRAPH ?g { ?b ?p 1, 2 }")


@pytest.fixture
def live(release: Release, config: Config, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts writable services over the release, each time with the same journal."""
    apps = []

    def start(**settings: Any) -> Any:
        var = tmp_path / "var"
        (var / "releases").mkdir(parents=True, exist_ok=True)
        app = create_app(release, replace(config, var=var, writable=True, **settings))
        apps.append(app)
        return app

    yield start
    for app in apps:
        app.extensions["sergekg"].endpoint.store.close()


@pytest.mark.slow
def test_writes_survive_kill_9_and_are_there_after_a_restart(live: Callable[..., Any]) -> None:
    app = live(gate=False)
    client = app.test_client()
    assert update(client, f"INSERT DATA {{ GRAPH <{E}g> {{ <{E}s> <{E}p> 1 }} }}").status_code == 204
    assert (
        update(
            client,
            f"INSERT DATA {{ <{E}s> <{E}p> 2 }} ; DELETE DATA {{ GRAPH <{E}g> {{ <{E}s> <{E}p> 1 }} }}",
        ).status_code
        == 204
    )
    version = app.extensions["sergekg"].endpoint.version()
    app.extensions["sergekg"].endpoint.store.pool.keeper.process.kill()
    time.sleep(0.2)
    again = live(gate=False)
    assert again.extensions["sergekg"].endpoint.version() == version
    assert ask(again.test_client(), "GRAPH <https://w3id.org/sergekg/graph/additions> { :s :p 2 }")
    assert not ask(again.test_client(), ":s :p 1")


@pytest.mark.slow
def test_the_default_graph_of_a_union_is_there_before_anything_is_added(live: Callable[..., Any]) -> None:
    assert (
        put(live(gate=False).test_client(), "?default", f"<{E}s> <{E}p> 1 .", method="POST").status_code
        == 204
    )


def test_an_answer_names_the_state_that_it_is_of(blank: FlaskClient) -> None:
    def state(query: str) -> str:
        return str(blank.get("/sparql", query_string={"query": query}).headers["SPARQL-State"])

    before = state("ASK {}")
    assert state("SELECT * { ?s ?p ?o }") == before
    held = {"If-None-Match": blank.get("/sparql", query_string={"query": "ASK {}"}).headers["ETag"]}
    unchanged = blank.get("/sparql", query_string={"query": "ASK {}"}, headers=held)
    assert (unchanged.status_code, unchanged.headers["SPARQL-State"]) == (304, before)
    assert update(blank, f"INSERT DATA {{ <{E}s> <{E}p> 1 }}").status_code == 204
    after = state("ASK {}")
    assert after != before
    assert update(blank, f"DELETE DATA {{ <{E}s> <{E}p> 1 }}").status_code == 204
    assert state("ASK {}") not in (before, after)


@pytest.mark.slow
def test_the_union_follows_what_is_written(live: Callable[..., Any]) -> None:
    client = live(gate=False).test_client()
    for path in ("/page/person/victor-serge", "/data/person/victor-serge.ttl", "/fragments", "/"):
        headers = client.get(path).headers
        assert "Last-Modified" not in headers, path  # what is written leaves the time of the release as it is
        assert headers["Cache-Control"] == "no-cache"
        later = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
        assert client.get(path, headers=later).status_code == 200
    for graph in "ab":
        assert put(client, f"?graph={E}{graph}", f"<{E}s> <{E}p> 1 .").status_code == 201
    count = "SELECT (COUNT(*) AS ?n) { <http://example.org/s> ?p ?o }"
    found = json.loads(client.get("/sparql", query_string={"query": count}).data)
    assert found["results"]["bindings"][0]["n"]["value"] == "1"
    assert client.delete(f"/graph-store?graph={E}a", headers=AUTH).status_code == 204
    assert ask(client, ":s :p 1")
    assert update(client, f"DELETE {{ <{E}s> ?p ?o }} WHERE {{ <{E}s> ?p ?o }}").status_code == 204
    assert not ask(client, ":s :p 1")
    assert not ask(client, "GRAPH ?g { :s :p 1 }")


PAGES = ("/page/{}", "/data/{}.ttl", "/data/{}.jsonld", "/data/{}.rdf", "/data/{}.nq", "/linkset/{}.json")


@pytest.mark.slow
def test_no_page_fails_for_a_triple_term_and_only_its_row_is_left_out(live: Callable[..., Any]) -> None:
    client = live(gate=False).test_client()
    triple, key = "<<( <urn:a> <urn:b> 1 )>>", "person/vladimir-piast"
    piast = f"<https://w3id.org/sergekg/id/{key}>"
    said = f'rdfs:seeAlso {triple}, <urn:seen> ; rdfs:label {triple} ; skos:note "zork"@ar--rtl'
    assert update(client, f"INSERT DATA {{ {piast} {said} }}").status_code == 204
    others = (
        "/fragments",
        "/fragments?predicate=rdfs:seeAlso",
        "/fragments/quads",
        "/search?q=zork",
        "/",
    )
    for path in (*(page.format(key) for page in PAGES), *others, "/reconcile?queries={}"):
        assert client.get(path).status_code == 200, path
    for path in (f"/data/{key}.nq", "/fragments?predicate=rdfs:seeAlso"):
        given = client.get(path, headers={"Accept": "application/n-quads"}).text
        assert "<urn:seen>" in given
        assert "urn:a" not in given
    assert '"zork"@ar ' in client.get(f"/data/{key}.nq").text
    assert ask(client, f'{piast} rdfs:seeAlso {triple} ; skos:note "zork"@ar--rtl')


@pytest.mark.slow
def test_a_list_of_things_does_not_outlive_a_write_that_came_while_it_was_made(
    live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = live(gate=False)
    client, store = app.test_client(), app.extensions["sergekg"].store
    new, select = "https://w3id.org/sergekg/id/person/new", store.select

    def written_meanwhile(query: str) -> Any:
        found = select(query)
        assert update(client, f"INSERT DATA {{ <{new}> a skg:Person }}").status_code == 204
        return found

    with app.test_request_context():
        monkeypatch.setattr(store, "select", written_meanwhile)
        assert "person/new" not in listed_keys()
        monkeypatch.setattr(store, "select", select)
        assert "person/new" in listed_keys()


@pytest.mark.slow
def test_a_written_name_is_reconciled_and_stands_on_the_desk_for_wikidata(live: Callable[..., Any]) -> None:
    client = live(gate=False).test_client()
    viatka = "https://w3id.org/sergekg/id/place/viatka"

    def found() -> tuple[bool, bool]:
        asked = {"queries": json.dumps({"q": {"query": "Khlynov"}})}
        matches = json.loads(client.get("/reconcile", query_string=asked).data)["q"]["result"]
        rows = client.get("/wikidata/mixnmatch.tsv").text
        return any(match["id"].endswith("place/viatka") for match in matches), "Khlynov" in rows

    assert found() == (False, False)
    assert update(client, f'INSERT DATA {{ <{viatka}> skos:altLabel "Khlynov"@fr }}').status_code == 204
    assert found()[0]
    new = viatka.replace("viatka", "khlynov")
    assert (
        update(client, f'INSERT DATA {{ <{new}> a skg:Place ; skos:prefLabel "Khlynov"@fr }}').status_code
        == 204
    )
    assert found() == (True, True)
    no_names = f"<{new}2> a skg:Place ; skos:prefLabel <{E}n> . skg:died rdfs:label <{E}l>"
    assert update(client, f"INSERT DATA {{ {no_names} }}").status_code == 204
    assert found() == (True, True)


@pytest.mark.slow
def test_a_description_is_of_one_state(live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app = live(gate=False)
    client, store = app.test_client(), app.extensions["sergekg"].store
    new, quads, due = "https://w3id.org/sergekg/id/person/new", store.quads, ["version-two"]

    def put_version(version: str) -> TestResponse:
        named = f"a <{SKG.Person}> ; <{RDFS.label}> '{version}'@fr ; <{E}part> <{new}#a>"
        return put(client, f"?graph={E}g", f"<{new}> {named} . <{new}#a> <{E}p> '{version}' .")

    def written_meanwhile(query: str) -> Any:
        found = quads(query)
        if due and "version-one" in str(found):
            assert put_version(due.pop()).status_code == 204
        return found

    assert put_version("version-one").status_code == 201
    monkeypatch.setattr(store, "quads", written_meanwhile)
    answer = client.get("/data/person/new.nt")
    assert answer.status_code == 200
    assert answer.text.count("version-two") == 2
    assert "version-one" not in answer.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "is_held"), [("/page/person/victor-serge", True), ("/sparql?query=ASK{}", False)]
)
def test_a_page_is_of_one_state_and_one_query_is_anyway(
    live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, path: str, is_held: bool
) -> None:
    app = live(gate=False)
    store, made = app.extensions["sergekg"].store, []
    monkeypatch.setattr(store, "steadily", lambda make: made.append(make) or make())
    assert app.test_client().get(path).status_code == 200
    assert bool(made) is is_held


@pytest.mark.slow
def test_a_page_that_a_write_has_taken_away_meanwhile_is_not_found(
    live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = live(gate=False)
    client, new = app.test_client(), "https://w3id.org/sergekg/id/person/new"
    values = ", ".join(map(str, range(520)))
    assert put(client, f"?graph={E}g", f"<{new}> a <{SKG.Person}> ; <{E}p> {values} .").status_code == 201
    describe, due = resources.describe_page, [f"<{new}> a <{SKG.Person}> ."]

    def described_later(*arguments: Any) -> Any:
        if due:
            assert put(client, f"?graph={E}g", due.pop()).status_code == 204
        return describe(*arguments)

    monkeypatch.setattr(resources, "describe_page", described_later)
    assert client.get("/data/person/new.nt?page=2").status_code == 404
    assert client.get("/data/person/new.nt").status_code == 200


@pytest.mark.slow
def test_what_moves_to_another_graph_of_a_union_stays_in_it(live: Callable[..., Any]) -> None:
    client = live(gate=False).test_client()
    assert put(client, f"?graph={E}a", f"<{E}s> <{E}p> 1, 'x' .").status_code == 201
    move = "DELETE { :s ?p ?o } INSERT { GRAPH :b { :s ?p ?o } } WHERE { :s ?p ?o }"
    assert update(client, f"PREFIX : <{E}> {move}").status_code == 204
    assert ask(client, ":s :p 1, 'x' . GRAPH :b { :s :p 1, 'x' } MINUS { GRAPH :a { :s ?p ?o } }")
    move = "DELETE { GRAPH :b { :s ?p ?o } } INSERT { :s ?p ?o } WHERE { GRAPH :b { :s ?p ?o } }"
    assert update(client, f"PREFIX : <{E}> {move}").status_code == 204
    assert ask(client, ":s :p 1, 'x' MINUS { GRAPH :b { :s ?p ?o } }")


@pytest.mark.slow
@pytest.mark.parametrize("text", ["CLEAR DEFAULT", "DROP ALL", f"COPY <{E}g> TO DEFAULT"])
def test_a_union_cannot_be_written_to_as_one_graph(live: Callable[..., Any], text: str) -> None:
    client = live(gate=False).test_client()
    assert update(client, text).status_code == 403
    assert put(client, "?default", "").status_code == 403
    assert ask(client, "?s ?p ?o")


@pytest.fixture
def gated(tiny: Config) -> Iterator[FlaskClient]:
    """A writable service over the example's release, with its shapes."""
    assembly = assemble(tiny)
    app = create_app(publish(tiny, assembly), replace(tiny, writable=True))
    yield app.test_client()
    app.extensions["sergekg"].endpoint.store.close()


NAMELESS = """
INSERT DATA { GRAPH <https://example.org/essai/graph/text/lettre-a-jeanne> {
  <https://example.org/essai/id/statement/00000000000000000000000000000000> a skg:Statement ;
    rdf:subject <https://example.org/essai/id/person/paul> } }"""


def test_what_the_shapes_do_not_allow_is_not_written_and_the_report_says_why(gated: FlaskClient) -> None:
    response = update(gated, NAMELESS)
    assert response.status_code == 422
    found = json.loads(response.data)
    assert found["findings"][0]["messages"]["fr"]
    assert "ValidationReport" in found["report"]
    assert not ask(gated, "?s a <https://w3id.org/sergekg/ontology#Statement> MINUS { ?s rdf:predicate ?p }")
    turtle = gated.post(
        "/update", data=NAMELESS, content_type=UPDATE, headers={**AUTH, "Accept": "text/turtle"}
    )
    assert turtle.status_code == 422
    assert list(ox.parse(turtle.data, ox.RdfFormat.TURTLE))


@pytest.mark.slow
def test_a_report_as_turtle_is_one_report(gated: FlaskClient) -> None:
    response = gated.post(
        "/update", data=NAMELESS, content_type=UPDATE, headers={**AUTH, "Accept": "text/turtle"}
    )
    graph = Graph().parse(data=response.data, format="turtle")
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert str(graph.value(report, SH.conforms)) == "false"
    assert set(graph.objects(report, SH.result)) == set(graph.subjects(RDF.type, SH.ValidationResult))


@pytest.mark.slow
def test_what_was_broken_before_a_write_does_not_stop_it(
    tiny: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal may contradict the shapes of a later release."""
    release = publish(tiny, assemble(tiny))
    name = '<https://example.org/essai/id/person/paul> skos:prefLabel "Another"@fr'
    app = create_app(release, replace(tiny, writable=True, gate=False))
    assert update(app.test_client(), f"INSERT DATA {{ {name} }}").status_code == 204
    app.extensions["sergekg"].endpoint.store.close()
    runs: list[str] = []

    def counted(lines: Any, shapes: Path, scope: str, seconds: float) -> Report:
        runs.append(scope)
        return run_shapes(lines, shapes, scope, seconds)

    monkeypatch.setattr("sergekg.web.gate.run_shapes", counted)
    app = create_app(release, replace(tiny, writable=True))
    client = app.test_client()
    try:
        assert update(client, f"INSERT DATA {{ <{E}s> <{E}p> 1 }}").status_code == 204
        assert ask(client, ":s :p 1")
        response = update(client, NAMELESS)
        assert response.status_code == 422
        new = "https://example.org/essai/id/statement/00000000000000000000000000000000"
        found = json.loads(response.data)
        assert {finding["focus"] for finding in found["findings"]} == {new}
        graph = Graph().parse(data=found["report"], format="turtle")
        assert {str(focus) for focus in graph.objects(None, SH.focusNode)} == {new}
        assert sorted(runs) == sorted(["dataset", "document"] * 3)  # what was broken is remembered
        assert update(client, f"DELETE DATA {{ {name} }}").status_code == 204
        assert update(client, f"INSERT DATA {{ {name} }}").status_code == 422
    finally:
        app.extensions["sergekg"].endpoint.store.close()


def test_another_form_of_a_literal_is_not_taken_for_what_was_broken_before(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Report([Finding(Severity.VIOLATION, f"{E}s", "", {"en": "two digits"}, value="1")])
    monkeypatch.setattr("sergekg.web.gate.run_shapes", lambda *_: broken)
    quad = '<http://e/s> <http://e/p> "{}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    one, other = quad.format("1").encode(), quad.format("2").encode()
    gate(config, E)(Delta(add=other), lambda: one + other)
    with pytest.raises(WriteRefused):
        gate(config, E)(Delta(add=one, remove=one), lambda: one + other)


def test_many_findings_are_put_together_once_each() -> None:
    many = [Finding(Severity.VIOLATION, f"{E}{n}", "", {"en": "no"}) for n in range(3000)]
    assert merge([Report(many), Report(many)]).findings == many


ESSAI = "https://example.org/essai"
STATUS = "?st a skg:Statement ; skg:status skg:asserted"
EXACT = "?st oa:exact ?words"


@pytest.mark.slow
@pytest.mark.parametrize(
    "graph",
    [
        "additions",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("links", "catalogue", "text/another")),
    ],
)
@pytest.mark.parametrize(
    ("found", "forged"),
    [
        (STATUS, "?st skg:status skg:denied"),
        (EXACT, '?st oa:exact "forged"'),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (
                (STATUS, '?st skg:quote "invented words"'),
                ("?st a skg:Evidence", '?st oa:exact "forged"'),
                ("?st a <http://www.w3.org/ns/dcat#Dataset>", '?st dcterms:title "Forged"@fr'),
            )
        ),
    ],
)
def test_the_shapes_are_not_walked_around_by_another_graph(
    gated: FlaskClient, graph: str, found: str, forged: str
) -> None:
    text = f"INSERT {{ GRAPH <{ESSAI}/graph/{graph}> {{ {forged} }} }} WHERE {{ {found} }}"
    assert ask(gated, found)
    assert update(gated, text).status_code == 422
    assert not ask(gated, forged)


@pytest.mark.slow
def test_the_shapes_are_not_walked_around_without_a_graph(gated: FlaskClient) -> None:
    query = {"query": f"SELECT ?st {{ {STATUS} }} LIMIT 1"}
    found = json.loads(gated.get("/sparql", query_string=query).data)
    statement = found["results"]["bindings"][0]["st"]["value"]
    assert update(gated, f"INSERT DATA {{ <{statement}> skg:status skg:denied }}").status_code == 422


@pytest.mark.slow
def test_the_shapes_see_how_another_graph_uses_a_name(gated: FlaskClient) -> None:
    """A statement is made of a triple by what a third graph says of its property."""
    prefix = "PREFIX x: <http://e/> INSERT DATA { GRAPH"
    assert update(gated, f"{prefix} <{ESSAI}/graph/one> {{ x:s x:p x:o }} }}").status_code == 204
    answer = update(gated, f"{prefix} <{ESSAI}/graph/two> {{ x:p a skg:FactProperty }} }}")
    assert answer.status_code == 422
    assert not ask(gated, "?p a skg:FactProperty FILTER(STRSTARTS(STR(?p), 'http://e/'))")


def test_what_the_shapes_allow_is_written(gated: FlaskClient) -> None:
    paul = "<https://example.org/essai/id/person/paul>"
    # characters that end a line for some, and not in N-Quads
    name = f'{paul} <http://www.w3.org/2004/02/skos/core#altLabel> "P.\u2028\u2029\x85\x0c\x1c\x0b"@fr'
    assert (
        update(
            gated, f"INSERT DATA {{ GRAPH <https://example.org/essai/graph/entities> {{ {name} }} }}"
        ).status_code
        == 204
    )
    assert ask(gated, name)


@pytest.mark.parametrize(
    ("line", "graph"),
    [
        ("<a:s> <a:p> <a:o> <a:g> .", "a:g"),
        ("<a:s> <a:p> <a:o> .", ""),
        ('_:b <a:p> "x <y> ."@fr <a:g> .', "a:g"),
        ('_:b <a:p> "x <y"^^<a:t> .', ""),
        ('_:b <a:p> "x <y> z" .', ""),
        ('<a:s> <a:p> "x <y"^^<a:t> <a:g> .', "a:g"),
        ("<a:s> <a:p> <<( <a:s> <a:p> <a:o> )>> .", ""),
    ],
)
def test_the_graph_of_a_line_is_known(line: str, graph: str) -> None:
    assert graph_of(line) == graph


def test_what_the_gate_cannot_read_is_a_mistake_of_the_request(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SyntaxError("no term")

    monkeypatch.setattr("sergekg.web.gate.run_shapes", fail)
    with pytest.raises(QueryError, match="no term"):
        gate(config, E)(Delta(), lambda: b"")


def test_a_validation_that_is_killed_is_no_fault_of_the_write(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise ValidatorFailed("the validation process died")

    monkeypatch.setattr("sergekg.web.gate.run_shapes", end)
    with pytest.raises(StoreUnavailable, match="nothing is written"):
        gate(config, E)(Delta(), lambda: b"")


@pytest.mark.slow
def test_a_journal_that_cannot_be_written_is_unavailable_and_nothing_is_written(
    live: Callable[..., Any], tmp_path: Path
) -> None:
    app = live(gate=False)
    client, journal = app.test_client(), tmp_path / "var" / "releases" / "journal"
    write = f"INSERT DATA {{ <{E}s> <{E}p> 1 }}"
    assert not ask(client, ":s :p 1")
    journal.rename(tmp_path / "moved")
    refused = update(client, write)
    assert refused.status_code == 503
    assert "journal was moved or removed" in refused.json["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    assert not ask(client, ":s :p 1")
    (tmp_path / "moved").rename(journal)
    assert update(client, write).status_code == 204


def test_shapes_that_take_too_long_stop_the_write_and_not_those_after_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float] = []

    def last(lines: object, shapes: object, scope: str, seconds: float) -> None:
        allowed.append(seconds)
        raise TimeoutError

    monkeypatch.setattr("sergekg.web.gate.run_shapes", last)
    with pytest.raises(QueryTimeout, match="90 s"):
        gate(replace(config, timeout=90.0), E)(Delta(), lambda: b"")
    assert all(seconds <= 90 for seconds in allowed)


HEARSAY = '"hearsay (“they”)"@en'


@pytest.mark.slow
@pytest.mark.parametrize("is_changed", [False, True], ids=["the same digest", "a new digest"])
def test_what_was_written_outlives_a_rebuild(tiny: Config, is_changed: bool) -> None:
    def start() -> Any:
        return create_app(publish(tiny, assemble(tiny)), replace(tiny, writable=True, gate=False))

    app = start()
    digest = tiny.releases.joinpath("current").read_text(encoding="ascii")
    try:
        written = f"INSERT DATA {{ GRAPH <{E}g> {{ <{E}s> <{E}p> 1.50 }} }}"
        assert update(app.test_client(), written).status_code == 204
        where = f"SELECT * {{ GRAPH ?g {{ ?s skos:prefLabel {HEARSAY} }} }}"
        found = json.loads(app.test_client().get("/sparql", query_string={"query": where}).data)
        (row,) = found["results"]["bindings"]
        triple = f"GRAPH <{row['g']['value']}> {{ <{row['s']['value']}> skos:prefLabel {HEARSAY} }}"
        assert update(app.test_client(), f"INSERT DATA {{ {triple} }}").status_code == 204
    finally:
        app.extensions["sergekg"].endpoint.store.close()
    if is_changed:
        entities = tiny.corpus / "entities" / "all.yaml"
        text = entities.read_text(encoding="utf-8")
        entities.write_text(text.replace('en: "hearsay (“they”)"', 'en: "rumour"'), encoding="utf-8")
    app = start()
    try:
        assert (tiny.releases.joinpath("current").read_text(encoding="ascii") != digest) is is_changed
        assert ask(app.test_client(), "GRAPH :g { :s :p 1.50 }")
        assert ask(app.test_client(), '?s ?p "rumour"@en') is is_changed
        assert ask(app.test_client(), triple), "the release had it when it was stated"
        assert update(app.test_client(), f"INSERT DATA {{ <{E}s> <{E}p> 2 }}").status_code == 204
        assert ".3-" in app.extensions["sergekg"].endpoint.version()
    finally:
        app.extensions["sergekg"].endpoint.store.close()


def described(client: FlaskClient) -> Graph:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    return Graph().parse(data=answer.data, format="turtle")


def test_the_service_description_tells_of_writing_and_of_formats_that_are_taken(blank: FlaskClient) -> None:
    graph = described(blank)
    assert (None, SD.supportedLanguage, SD.SPARQL11Update) in graph
    formats = set(graph.objects(None, SD.inputFormat))
    names = {"turtle": "Turtle", "ntriples": "N-Triples", "rdfxml": "RDF_XML", "jsonld": "JSON-LD"}
    assert formats == {FORMATS[names[form.suffix]] for form in writing._READABLE}


@pytest.mark.slow
def test_the_service_description_counts_what_was_written(live: Callable[..., Any], release: Release) -> None:
    client = live(gate=False).test_client()
    union, graphs = release.stored[""], {name: count for name, count in release.stored.items() if name}

    def counted() -> tuple[int, dict[str, int]]:
        graph = described(client)
        named = {
            str(graph.value(node, SD.name)): int(str(graph.value(graph.value(node, SD.graph), VOID.triples)))
            for node in graph.objects(None, SD.namedGraph)
        }
        (default,) = graph.objects(None, SD.defaultGraph)
        return int(str(graph.value(default, VOID.triples))), named

    assert counted() == (union, graphs)
    assert update(client, f"INSERT DATA {{ GRAPH <{E}g> {{ <{E}s> <{E}p> 1, 2 }} }}").status_code == 204
    assert counted() == (union + 2, graphs | {f"{E}g": 2})
