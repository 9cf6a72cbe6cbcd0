"""No query reaches a host that it may not, whatever the engine reads in it."""

from __future__ import annotations

import itertools
import os
import random
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace

import pyoxigraph as ox
import pytest

from sergekg.errors import QueryError, QueryFailed, QueryRefused, QueryTimeout
from sergekg.store.analysis import Dataset, read_query
from sergekg.store.answers import Limits, Request
from sergekg.store.isolation import leave_network
from sergekg.store.pooled import PooledStore
from sergekg.store.rendering import Edit
from sergekg.store.updates import check_update_services, read_update
from sergekg.vocab import PREFIXES

ASKS = "SERVICE <http://127.0.0.1:1/> { ?s ?p ?o }"
OTHERWISE_CUT = (
    f"""SELECT * {{ FILTER(1<'>"'||true) {ASKS} }}#")}}""",
    f"SELECT * {{ FILTER(1<5#> '''\n) {ASKS} }}#''')}}",
    f"""SELECT (1<'>"' AS ?x) ?s {{ {ASKS} }}#" AS ?x) {{}}""",
    f"""SELECT * {{ FILTER(1<\\u0027>"'||true) {ASKS} }}#")}}""",
    f"""SELECT * {{ FILTER(EXISTS{{}}<'>"'||true) {ASKS} }}#")}}""",
    f"""SELECT * {{ FILTER(<<( <u:a> <u:b> 1 )>><'>"'||true) {ASKS} }}#")}}""",
    f"BASE <http://x/> SELECT * {{ FILTER(1<<A'>||true||'') {ASKS} }}#' >>) }}",
    f"BASE <http://x/> SELECT * {{ FILTER(1<<(A'>||true||'') {ASKS} }}#' )>>) }}",
    f"PREFIX e: <http://www.> SELECT * {{ ?a ?b e:w3.org\\/2004\\/Concept.{ASKS} }}",
    f"PREFIX e: <http://[::1]> SELECT * {{ ?a ?b e:{ASKS} }}",
    f"PREFIX e: <http://a:1> SELECT * {{ ?a ?b e:{ASKS} }}",
    f"BASE <http://x/> PREFIX e: <//a:1> SELECT * {{ ?a ?b e:{ASKS} }}",
    f"SELECT * {{ ?a ?b _:b.c.d.{ASKS} }}",
    f"""PREFIX e: <zz0:x&&'> SELECT * {{ FILTER(1 e:a.b.c "'||true) {ASKS} }}#") }}""",
    f"SELECT * {{ ?a ?b true.{ASKS} }}",
)


def _is_hidden(text: str) -> bool:
    """Whether the engine asks an endpoint of which the judge knows nothing."""
    try:
        query = read_query(text, {**PREFIXES, "ex": "urn:ex:", "": "urn:e:"}, "http://base/")
    except (QueryError, QueryRefused):
        return False
    if query.services:
        return False
    try:
        found = ox.Store().query(query.rendering.text)
        if not isinstance(found, ox.QueryBoolean):
            list(found)
    except OSError:
        return True
    except (SyntaxError, ValueError, RuntimeError):
        pass
    return False


@pytest.mark.parametrize("text", OTHERWISE_CUT)
def test_an_engine_that_cuts_a_query_otherwise_finds_no_endpoint_in_it(text: str) -> None:
    assert not _is_hidden(text)


@pytest.mark.parametrize(
    ("text", "iris"),
    [
        ("SELECT * { FILTER(?x < 5) ?s <#p> 'a' }", ["http://base/#p"]),
        ("SELECT * { FILTER(?s<f(1)>2) }", []),  # a call, perhaps
        ("SELECT * { ?s <f_(1)> 2 }", ["http://base/f_(1)"]),
        ("SELECT * { ?s (ex:p)?:x }", ["urn:ex:p", "urn:e:x"]),
        ("SELECT (TRUE AS ?a) { BIND(False AS ?b) FILTER(tRUE) OPTIONAL { ?s ?p FALSE } }", []),
        ("SELECT (CONCAT ('a') AS ?a) { BIND(COALESCE # nothing\n (?b) AS ?c) }", []),
        ("SELECT * { ?s :p _:b.:q :r ?o }", ["urn:e:p", "urn:e:q", "urn:e:r"]),
        ("SELECT * { _:b-:p ?o }", ["urn:e:p"]),
        ("SELECT * { ?s <http://a/(1)> 2 ; <a'b> 3 }", ["http://a/(1)", "http://base/a'b"]),
        ("SELECT * { FILTER(?x IN (<#a>, <b(1)>)) }", ["http://base/#a", "http://base/b(1)"]),
        ("SELECT * { ?s ?p ex:a.b.c, ex:a..b , ex:a\\.b }", ["urn:ex:a.b.c", "urn:ex:a..b", "urn:ex:a.b"]),
        ("SELECT * { ?s:p ?o }", ["urn:e:p"]),
        ('SELECT * { ?s ?p "x"@en;:q _:b }', ["urn:e:q"]),
    ],
)
def test_a_name_of_any_form_is_the_iri_that_it_stands_for(text: str, iris: list[str]) -> None:
    try:
        query = read_query(text, {"ex": "urn:ex:", "": "urn:e:"}, "http://base/")
    except QueryError:
        assert "FILTER" in text
        assert not iris
        return
    tokens = [token for token in query.tokens if token.kind in ("iri", "name")]
    assert query.resolve(tokens) == iris
    ox.Store().query(query.rendering.text)


@pytest.mark.parametrize(
    "text",
    [
        f"PREFIX p: <http://x/{'a' * 20_000}> SELECT * {'FROM p:a ' * 10_000} {{}}",
        f"BASE <http://x/{'a' * 20_000}> SELECT * {'FROM <a> ' * 10_000} {{}}",
        f"PREFIX p: <http://x/{'a' * 20_000}> SELECT * {{ ?s ?p {','.join(['p:a.b.c'] * 10_000)} }}",
        f"BASE <http://x/{'a' * 20_000}> {' '.join(f'PREFIX p{n}: <a>' for n in range(5000))} SELECT * {{ ?s p1:b 1 }}",
    ],
)
def test_a_small_query_does_not_name_what_fills_the_memory(text: str) -> None:
    with pytest.raises(QueryError, match="too long together"):
        read_query(text, PREFIXES)


PIECES = (
    *(
        "?a",
        "$b",
        "1",
        "1.5",
        "-2",
        "'x'",
        '"y"',
        "'''z'''",
        "'x'@en",
        "'1'^^ex:d",
        "true",
        "[]",
        "()",
        "_:b.c",
    ),
    *(
        "ex:a",
        "ex:a.b",
        "ex:",
        "ex:a\\'b",
        "ex:a\\#b",
        ":x",
        "<urn:x>",
        "<rel>",
        "<r'>",
        "<r#>",
        "<a:b'>",
        "<zz0:x>",
    ),
    *(
        "<",
        "<=",
        ">",
        "=",
        "!=",
        "&&",
        "||",
        "+",
        "*",
        "/",
        "!",
        "^",
        "|",
        "<<",
        ">>",
        "<<(",
        ")>>",
        "{|",
        "|}",
    ),
    *(
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ".",
        ";",
        ",",
        "a",
        "IN",
        "EXISTS",
        "AS",
        "FILTER",
        "OPTIONAL",
        "GRAPH",
        "SELECT",
    ),
    *("STR(1)", "ABS(", "FROM", "#", "#\n", "\n", "'", '"', "'''", "\\u0027", "\\u0023", "\\", "@en"),
    *(
        ASKS,
        f") {ASKS} }}#",
        f"}} {ASKS}",
        "'||'",
        "'>",
        "#>",
        "1<",
        "1<r",
        "||''",
        "EXISTS{}",
        "?x ?y ?z",
        "\u017f",
    ),
)
AROUND = (
    *(
        "SELECT * { FILTER(1 %s) %s }",
        "SELECT * { FILTER(%s) }",
        "SELECT * { ?s ?p %s }",
        "ASK { BIND(%s AS ?z) }",
    ),
    *(
        "SELECT (%s AS ?z) { %s }",
        "SELECT * {} ORDER BY %s",
        "SELECT * {} GROUP BY (%s) HAVING(%s)",
        "DESCRIBE %s",
    ),
    *(
        "CONSTRUCT { ?s ?p ?o } WHERE { %s }",
        "SELECT * { VALUES ?a { %s } %s }",
        "SELECT * { ?a <<?s ?p %s>> %s }",
    ),
    *("SELECT * { ?s ?p ?o {| %s |} %s }", "BASE <http://b/> SELECT * { FILTER(1 %s) %s }"),
)


def _queries(seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    while True:
        text = chance.choice(AROUND)
        while "%s" in text:
            pieces = (
                chance.choice(PIECES) + chance.choice(["", "", " "])
                for _ in range(chance.choice([1, 2, 3, 6]))
            )
            text = text.replace("%s", "".join(pieces), 1)
        yield text


@pytest.mark.slow
@pytest.mark.parametrize("number", [20_000, pytest.param(400_000, marks=pytest.mark.slow)])
def test_no_random_text_hides_an_endpoint(number: int) -> None:
    for text in itertools.islice(_queries(1936), number):
        assert not _is_hidden(text), text


@pytest.mark.parametrize(
    "text",
    [
        """INSERT { <u:a> <u:b> 1 } WHERE { FILTER(1<'>"'||true) } ; LOAD <http://127.0.0.1:1/> #") }""",
        f"""INSERT {{ <u:a> <u:b> ?s }} WHERE {{ FILTER(1<'>"'||true) {ASKS} }}#") }}""",
        """PREFIX z: <u:> PREFIX e: <zz0:x&&'> INSERT {z:a z:b 1} WHERE { FILTER(1 e:a.b.c "'||true) }
        ; LOAD <http://127.0.0.1:1/> #") }""",
        "INSERT DATA { # \\u000A} ; LOAD <http://127.0.0.1:1/> ; INSERT DATA {\n <u:a> <u:b> 1 }",
        f"INSERT {{ <u:a> <u:b> 1 }} WHERE {{ # \\u000A {ASKS}\n }}",
    ],
)
def test_an_engine_that_cuts_an_update_otherwise_finds_nothing_to_fetch(text: str) -> None:
    try:
        update = read_update(text, PREFIXES, Dataset())
        check_update_services(update, ())
    except (QueryError, QueryRefused):
        return
    for operation in update.operations:
        assert "127.0.0.1" not in operation.rendering.text
        ox.Store().update(operation.rendering.text)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes the network from a process")
def test_a_process_without_the_network_makes_no_socket_and_keeps_those_it_has() -> None:
    ours, theirs = socket.socketpair()
    if (pid := os.fork()) == 0:
        made = 0
        if leave_network():
            for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
                try:
                    socket.socket(family)
                except PermissionError:
                    made += 1
        theirs.sendall(bytes([made]))
        os._exit(0)
    os.waitpid(pid, 0)
    with ours, theirs:
        assert ours.recv(1) == bytes([3])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes the network from a process")
@pytest.mark.parametrize("asks_others", [False, True])
def test_a_worker_reaches_nothing_where_no_endpoint_may_be_asked(*, asks_others: bool) -> None:
    store = PooledStore({"kind": "memory", "path": "", "union": True, "asks_others": asks_others})
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.2 if not asks_others else 5)
    try:
        query = read_query("SELECT * { }", PREFIXES)
        asks = f"SERVICE <http://127.0.0.1:{listening.getsockname()[1]}/> {{ ?s ?p ?o }}"
        at = query.source.index("}")
        unjudged = replace(query, edits=[*query.edits, Edit(at, at, asks)])
        with pytest.raises((QueryFailed, QueryTimeout)):
            store.answer(Request(unjudged, Limits(seconds=1 if asks_others else 10)))
        assert asks_others is _is_reached(listening)
    finally:
        store.close()
        listening.close()


def _is_reached(listening: socket.socket) -> bool:
    try:
        listening.accept()[0].close()
    except TimeoutError:
        return False
    return True
