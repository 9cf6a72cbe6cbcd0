"""What a query asks for is known before an engine sees it, and the engine sees only that."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from sergekg.errors import QueryError, QueryRefused
from sergekg.store.analysis import Dataset, read_query
from sergekg.store.federation import PLACEHOLDER
from sergekg.store.mistakes import locate
from sergekg.store.policy import check_services
from sergekg.store.requests import Deadline, Remote, send
from sergekg.vocab import PREFIXES

_EMPTY = ox.Store()


def _safe(source: str) -> str:
    return read_query(source, PREFIXES).rendering.text


HIDDEN = [
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "select*{service<http://127.0.0.1:1/>{?s ?p ?o}}",
    "PREFIX e: <http://127.0.0.1:1/> SELECT * { sErViCe e:x { ?s ?p ?o } }",
    "BASE <http://127.0.0.1:1/> SELECT * { SERVICE <x> { ?s ?p ?o } }",
    "SELECT * { SERVICE ?x { ?s ?p ?o } }",
    "SELECT * { { SELECT * { SERVICE#\n<http://127.0.0.1:1/> { ?s ?p ?o } } } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } } }",
    "ASK { OPTIONAL { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } } }",
    "DESCRIBE ?s { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("source", HIDDEN)
def test_service_is_refused_however_it_is_written(source: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE"):
        check_services(read_query(source, PREFIXES), ())


SPELT = [
    (r'SELECT * { BIND("\u0022 AS ?a) SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } BIND(\u0022" AS ?b) }',
     r'SELECT * { BIND("\" AS ?a) SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } BIND(\"" AS ?b) }'),
    ("SELECT * { # \\u000A SERVICE <http://127.0.0.1:1/> { ?s ?p ?o }\n}", "SELECT * { \n}"),
    ("# one\r\nSELECT *#two\r{ }#three", "\r\nSELECT *\r{ }"),
    (r"ASK { <http://e/\u00E9#a> ?p 'a#b' }", "ASK { <http://e/é#a> ?p 'a#b' }"),
    (r"BASE <http://e/\u0041/> ASK { <\u0062> ?p ?o }", "BASE <http://e/A/>  ASK { <b> ?p ?o }"),
    (r"PREFIX e: <http://e/\u0041> ASK { e:b ?p ?o }", "PREFIX zz0: <http://e/A>  ASK { zz0:b ?p ?o }"),
]  # fmt: skip
"""Queries with codepoint escapes and comments, and what engines are given."""


@pytest.mark.parametrize(("source", "text"), SPELT)
def test_an_engine_is_given_neither_codepoint_escapes_nor_comments(source: str, text: str) -> None:
    rendering = read_query(source, PREFIXES).rendering
    assert rendering.text == rendering.portable == text


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("?s :p +1", {"a"}),
        ("?s :p +1.0", {"d"}),
        ("?s :p +1e0", {"e"}),
        ("?s (:p) +1", {"a"}),
        ("?s :p+1", {"a"}),
        ("?s :p + 1", {"a", "b"}),
        ("?s :p+ 1", {"a", "b"}),
        ("?s :p [] . FILTER(EXISTS { ?s :p +1 })", {"a"}),
        ("[ :p +1 ; :q ?s ]", {"a"}),
        ("?s :p ?o {| :q +1 |}", set()),
        ("?s :n ?n FILTER(?n +1 = 3)", {"a"}),
        ("?s :n ?n FILTER(xsd:integer(?n) +1 = 3)", {"a"}),
        ("VALUES ?s { :a } ?s :p +1 , 1", {"a"}),
    ],
)
def test_the_sign_of_a_number_is_not_the_end_of_a_path(pattern: str, found: set[str]) -> None:
    store = ox.Store()
    data = b"@prefix : <http://e/> . :b :p :a . :a :p 1 ; :n 2 ; :q :a . :d :p 1.0 . :e :p 1e0 ."
    data += b" :f :p :g ~ :r . :r :q :x . :x :q 1 ."
    store.load(data, ox.RdfFormat.TURTLE)
    rendering = read_query(f"SELECT ?s {{ {pattern} }}", {"": "http://e/", **PREFIXES}).rendering
    assert {row["s"].value.removeprefix("http://e/") for row in store.query(rendering.text)} == found


@pytest.mark.parametrize("source", [source for source, _ in SPELT[1:]])
def test_what_is_spelt_out_means_the_same_to_the_engine(source: str) -> None:
    """Every one of them finds what is there, and what it asks for."""
    store = ox.Store()
    data = (
        "<http://e/é#a> <http://e/p> 'a#b' . <http://e/A/b> <http://e/p> 1 . <http://e/Ab> <http://e/p> 2 ."
    )
    store.load(data.encode(), ox.RdfFormat.TURTLE)
    for text in (source, _safe(source)):
        found = store.query(text)
        assert bool(found) if isinstance(found, ox.QueryBoolean) else len(list(found)) == 1


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("# \\u000A\n# \\u00E9\nASK { ?s ?p '\\u0022\\u00E9' # é\n ?x }", (4, 2)),
        ("ASK { <http://e/\\u0041\\u0042> ?p '''\\u000A\n\\u000A''' ?x }", (2, 11)),
        ("ASK { ?s ?p <http://[e/\\u0041> }", (1, 13)),
    ],
)
def test_a_mistake_behind_escapes_and_comments_keeps_its_place(source: str, place: tuple[int, int]) -> None:
    rendering = read_query(source, PREFIXES).rendering
    with pytest.raises(SyntaxError) as caught:
        _EMPTY.query(rendering.text)
    error = rendering.error(locate(rendering.text, str(caught.value)))
    assert (error.line, error.column) == place


def test_a_backslash_before_digits_stays_one_and_is_given_to_no_engine_that_takes_it_for_an_escape() -> None:
    query = read_query("# one\nSELECT ('\\u00e9' AS ?a)\n ('\\\\u0041' AS ?b) {}", PREFIXES)
    (row,) = _EMPTY.query(query.rendering.text)
    assert (row["a"].value, row["b"].value) == ("é", r"\u0041")
    with pytest.raises(QueryError, match="could be read as an escape") as caught:
        send(Remote("http://127.0.0.1:9/"), query.rendering, Dataset(), Deadline.after(1))
    assert (caught.value.line, caught.value.column) == (3, 5)


def test_a_service_within_another_is_left_to_its_endpoint() -> None:
    query = read_query(
        """BASE <http://a.example/> PREFIX b: <http://b.example/> SELECT * {
        SERVICE SILENT <A> { ?s ?p ?o { SERVICE b:B { ?s ?q ?r } } FILTER EXISTS { SERVICE <C> { ?s ?t ?u } } }
        SERVICE <A> { ?s ?v ?w } }""",
        PREFIXES,
    )
    assert [call.endpoint for call in query.services] == [
        "http://a.example/A", "http://b.example/B", "http://a.example/C", "http://a.example/A",
    ]  # fmt: skip
    rendering = query.rendering
    assert [endpoint for _, endpoint in rendering.services] == ["http://a.example/A"] * 2
    assert all(rendering.text[start:].startswith(f"<{PLACEHOLDER}>") for start, _ in rendering.services)
    with pytest.raises(QueryRefused, match=r"b\.example"):
        check_services(query, ["http://a.example/A", "http://a.example/C"])


def test_an_engine_without_word_boundaries_is_not_fooled_by_a_prefix() -> None:
    source = (
        "PREFIX SERVICEex: <http://example.org/> PREFIX ex: <http://127.0.0.1:1/> "
        "SELECT * { SERVICEex:s { ?s ?p ?o } }"
    )
    with pytest.raises(OSError, match="port 1"):  # the engine alone would ask that address
        list(_EMPTY.query(source))
    with pytest.raises(SyntaxError):
        _EMPTY.query(_safe(source))


@pytest.mark.parametrize("label", ["SERVICE", "SERVICESILENTex", "FROMNAMEDx", "LOADx", "selectx"])
def test_no_keyword_begins_a_prefix_that_an_engine_sees(label: str) -> None:
    text = _safe(f"PREFIX {label}: <http://example.org/> ASK {{ {label}:a ?p {label}:b }}")
    assert label not in text
    assert "zz" in text


def test_an_endpoint_on_the_list_is_known_after_its_prefix_is_resolved() -> None:
    query = read_query("PREFIX e: <https://example.org/> ASK { SERVICE e:sparql { ?s ?p ?o } }", PREFIXES)
    check_services(query, ["https://example.org/sparql"])
    with pytest.raises(QueryRefused, match=r"https://example\.org/sparql"):
        check_services(query, ["https://example.org/"])


@pytest.mark.parametrize(
    ("source", "dataset"),
    [
        ("SELECT * { ?s ?p ?o }", Dataset()),
        ("SELECT * FROM <http://e/g> { ?s ?p ?o }", Dataset(("http://e/g",), ())),
        ("BASE <http://e/> ASK FROM NAMED <g> { ?s ?p ?o }", Dataset((), ("http://e/g",))),
        ("CONSTRUCT { ?s ?p ?o } FROM skg:g WHERE { ?s ?p ?o }", Dataset((PREFIXES["skg"] + "g",), ())),
        ("CONSTRUCT FROM <http://e/g> FROM <http://e/g> WHERE { ?s ?p ?o }", Dataset(("http://e/g",), ())),
        ("DESCRIBE <http://e/x> FROM <file:///etc/passwd>", Dataset(("file:///etc/passwd",), ())),
    ],
)
def test_dataset_clauses_become_parameters_and_leave_the_text(source: str, dataset: Dataset) -> None:
    query = read_query(source, PREFIXES)
    assert query.dataset == dataset
    assert "FROM" not in query.rendering.text
    _EMPTY.query(query.rendering.text)


@pytest.mark.parametrize(
    ("source", "limited", "following"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT * { ?s ?p ?o } LIMIT 10", "SELECT * { ?s ?p ?o } OFFSET 10"),
        (
            "SELECT * { ?s ?p ?o } LIMIT 25 # few",
            "SELECT * { ?s ?p ?o } LIMIT 10 ",
            "SELECT * { ?s ?p ?o } LIMIT 15 OFFSET 10 # few",
        ),
        ("SELECT * { ?s ?p ?o } LIMIT 5", "SELECT * { ?s ?p ?o } LIMIT 5", None),
        (
            "SELECT * { ?s ?p ?o } OFFSET 7 LIMIT 99",
            "SELECT * { ?s ?p ?o } OFFSET 7 LIMIT 10",
            "SELECT * { ?s ?p ?o } OFFSET 17 LIMIT 89",
        ),
        (
            "SELECT * { ?s ?p ?o { SELECT * { ?s ?q ?r } LIMIT 3 } } VALUES ?s { 1 }",
            "SELECT * { ?s ?p ?o { SELECT * { ?s ?q ?r } LIMIT 3 } } LIMIT 10 VALUES ?s { 1 }",
            "SELECT * { ?s ?p ?o { SELECT * { ?s ?q ?r } LIMIT 3 } } OFFSET 10 VALUES ?s { 1 }",
        ),
    ],
)
def test_the_row_limit_and_the_next_page_are_written_into_the_outermost_query(
    source: str, limited: str, following: str | None
) -> None:
    query = read_query(source, PREFIXES)
    assert query.limited(10).text == limited
    _EMPTY.query(query.limited(10).text)
    if following is not None:
        assert query.page(10) == following
        _EMPTY.query(query.page(10))


@pytest.mark.parametrize(
    ("written", "whole", "limited", "following"),
    [
        ("LIMIT 00030000", "LIMIT 30000", "LIMIT 7", "LIMIT 29993 OFFSET 7"),
        (f"LIMIT {'0' * 30}30000", "LIMIT 30000", "LIMIT 7", "LIMIT 29993 OFFSET 7"),
        (f"OFFSET {'0' * 5000}3", "OFFSET 3", "OFFSET 3 LIMIT 7", "OFFSET 10"),
        (
            f"OFFSET {'9' * 20} LIMIT {'9' * 5000}",
            f"OFFSET {2**62} LIMIT {2**62}",
            f"OFFSET {2**62} LIMIT 7",
            f"OFFSET {2**62 + 7} LIMIT {2**62 - 7}",
        ),
    ],
    ids=["a few zeros", "many zeros", "thousands of zeros", "more than any store holds"],
)
def test_a_number_of_solutions_is_understood_as_an_engine_will_read_it(
    written: str, whole: str, limited: str, following: str
) -> None:
    query = read_query(f"SELECT * {{ }} {written}", PREFIXES)
    found = query.rendering.text, query.limited(7).text, query.page(7)
    assert found == tuple(f"SELECT * {{ }} {text}" for text in (whole, limited, following))
    for text in found:
        _EMPTY.query(text)


@pytest.mark.parametrize(
    "source",
    [
        "SELECT * { ?s ?p ?o } FROM <http://e/g>",
        "SELECT * WHERE FROM <http://e/g> { ?s ?p ?o }",
        "SELECT * { FROM <http://e/g> ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } WHERE FROM <http://e/g> { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } FROM <http://e/g>",
        "ASK { ?s ?p ?o } FROM NAMED <http://e/g>",
        "DESCRIBE ?s { ?s ?p ?o } FROM <http://e/g>",
    ],
)
def test_a_dataset_clause_behind_its_place_is_left_for_the_engine_to_refuse(source: str) -> None:
    query = read_query(source, PREFIXES)
    assert query.dataset == Dataset()
    with pytest.raises(SyntaxError):
        _EMPTY.query(query.rendering.text)


def test_a_byte_order_mark_before_a_query_is_no_part_of_it() -> None:
    query = read_query("\ufeffSELECT * { ?s ?p ?o }", PREFIXES)
    assert query.source == "SELECT * { ?s ?p ?o }"
    with pytest.raises(QueryError) as caught:
        read_query("\ufeff\ufeffASK {}", PREFIXES)
    assert caught.value.column == 1


def test_a_limit_does_not_run_into_what_follows() -> None:
    assert (
        read_query("SELECT * {}VALUES ?x {1}", PREFIXES).limited(10).text
        == "SELECT * {} LIMIT 10 VALUES ?x {1}"
    )


def test_prefixes_count_as_declared_where_the_query_declares_none() -> None:
    text = _safe("SELECT * { ?s skos:prefLabel ?o }")
    assert PREFIXES["skos"] in text
    assert "http://mine/" in _safe("PREFIX skos: <http://mine/> SELECT * { ?s skos:prefLabel ?o }")


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ("SELECT * {\n  ?s foo:bar ?o }", 2, 6, "add PREFIX foo:"),
        ("SELECT * { ?s skso:broader ?o }", 1, 15, "perhaps skos:"),
        ("INSERT DATA { }", 1, 1, "updates go to /update"),
        ("# nothing", 1, 10, "there is no query here"),
        ("SELECT * FROM <g> {}", 1, 15, "not an absolute IRI"),
        ("PREFIX e <http://e/> ASK {}", 1, 8, "not a word"),
        ("PREFIX e:x <http://e/> ASK {}", 1, 8, "not followed by what it declares"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_hint(source: str, line: int, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_query(source, PREFIXES)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in f"{caught.value.what}; {caught.value.remedy}"


def test_an_engine_reads_no_prefix_that_the_query_does_not_need() -> None:
    text = _safe("PREFIX a: <http://a/> PREFIX b: <http://b/> PREFIX b: <http://c/> ASK { b:x a ?type }")
    assert (text.count("PREFIX"), "<http://c/>" in text) == (1, True)
    assert bool(_EMPTY.query(text)) is False


def test_a_prefix_that_is_no_iri_is_a_mistake_even_where_it_is_not_needed() -> None:
    with pytest.raises(SyntaxError):
        _EMPTY.query(_safe("PREFIX a: <nowhere> ASK { }"))


def test_relative_iris_are_relative_to_the_address_of_the_endpoint() -> None:
    query = read_query("ASK FROM <g> { <s> ?p ?o }", PREFIXES, "http://example.org/sparql")
    assert query.dataset.default == ("http://example.org/g",)
    absolute = read_query("ASK { <http://e/s> ?p ?o }", PREFIXES, "http://example.org/sparql")
    assert "BASE" not in absolute.rendering.text


@pytest.mark.parametrize(
    ("source", "is_repeatable"),
    [
        ("SELECT * { ?s ?p 'NOW()' }", True),
        ("SELECT (NOW() AS ?t) {}", False),
        ("SELECT (RAND() AS ?t) {}", False),
    ],
)
def test_a_query_that_gives_another_answer_each_time_is_known(source: str, is_repeatable: bool) -> None:
    assert read_query(source, PREFIXES).is_repeatable is is_repeatable


HOSTILE = {
    "services": (lambda n: "SELECT * {" + "SERVICE<a:>{}" * (70_000 // n) + "}", "SERVICE <a:> is not allowed"),
    "services, the last of no endpoint": (lambda n: "SELECT * {" + "SERVICE<a:>{}" * (70_000 // n) + "SERVICE<b>{}}", "<b> is not an absolute"),
    "declarations and services": (
        lambda n: "".join(f"PREFIX a{i}:<a:>" for i in range(20_000 // n)) + "SELECT * {" + "SERVICE<a:>{}" * (20_000 // n) + "SERVICE<b>{}}",
        "<b> is not an absolute",
    ),
    "graphs": (lambda n: "SELECT * " + "FROM<a:>" * (100_000 // n) + "FROM<b>{}", "<b> is not an absolute"),
    "braces": (lambda n: "SELECT * {" + "{}" * 500_000 + "}", "400,000 words and marks"),
    "a long prefix": (lambda n: "SELECT * {" + "x" * (1_000_000 // n) + ":y}", "the prefix x{80}: is not declared"),
}  # fmt: skip
"""Queries of a megabyte divided by a number."""


@pytest.mark.slow
@pytest.mark.parametrize("part", [10, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_query_is_read_to_its_mistake(name: str, part: int) -> None:
    make, said = HOSTILE[name]
    with pytest.raises((QueryError, QueryRefused), match=said) as caught:
        check_services(read_query(make(part), PREFIXES), ())
    assert len(caught.value.what) < 200


@pytest.mark.parametrize("call", ['IRI("x")', 'uri("x")', "IRI(STR(<http://e/x>))"])
def test_what_a_function_makes_an_iri_of_is_relative_to_the_address_of_the_endpoint(call: str) -> None:
    query = read_query(f"SELECT ({call} AS ?iri) {{}}", PREFIXES, "http://example.org/sparql")
    (row,) = list(_EMPTY.query(query.rendering.text))  # type: ignore[arg-type]
    assert row["iri"].value in ("http://example.org/x", "http://e/x")
    own = read_query('BASE <http://e/> SELECT (IRI("x") AS ?iri) {}', PREFIXES, "http://example.org/sparql")
    (row,) = list(_EMPTY.query(own.rendering.text))  # type: ignore[arg-type]
    assert row["iri"].value == "http://e/x"


@pytest.mark.parametrize("number", range(55, 65))
@pytest.mark.parametrize("end", ["", " LIMIT 9000", " OFFSET 5", " LIMIT 9000 OFFSET 5", " VALUES ?x { 1 }"])
def test_of_the_pages_of_a_query_all_are_short_or_none(number: int, end: str) -> None:
    query = read_query("SELECT ?s { " + "?s ?p ?o ; ?q " * number + f"}}{end}", PREFIXES)
    following = read_query(query.page(1000), PREFIXES)
    assert query.is_short == following.is_short
    assert query.is_short == (len(query.tokens) - 2 * end.count("T ") <= 300)


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("SELECT ?s FROM <urn:g> ?o { ?s a ?o }", 24),
        ("SELECT FROM <urn:g> ?s { ?s a ?o }", 21),
        ("SELECT ?s FROM NAMED <urn:g> (1 AS ?x) { ?s a ?o }", 30),
        ("SELECT FROM <urn:g> * { ?s a ?o }", 21),
        ("SELECT FROM <urn:g> DISTINCT ?s { ?s a ?o }", 21),
        ("DESCRIBE <urn:x> FROM <urn:g> ?y", 31),
    ],
)
def test_nothing_is_asked_for_behind_from(source: str, column: int) -> None:
    with pytest.raises(QueryError, match="FROM") as caught:
        read_query(source, PREFIXES)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "source",
    [
        "DESCRIBE <urn:x> FROM <urn:g>",
        "DESCRIBE ?s FROM <urn:g> FROM NAMED <urn:h> { ?s a ?o }",
        "DESCRIBE <urn:x> FROM <urn:g> LIMIT 1",
        "CONSTRUCT FROM <urn:g> WHERE { ?s ?p ?o }",
        "ASK FROM <urn:g> { ?s ?p ?o }",
    ],
)
def test_from_stands_before_the_pattern_or_the_end(source: str) -> None:
    query = read_query(source, PREFIXES)
    assert query.dataset.default == ("urn:g",)
    _EMPTY.query(query.rendering.text)


@pytest.mark.parametrize(
    "source",
    [
        'SELECT (STRDT("1", xsd:integer) AS ?y) (IRI("x") AS ?z) {}',
        'BASE <http://e/> SELECT (skg:x AS ?y) (IRI("x") AS ?z) {}',
        'PREFIX a: <http://a/> BASE <http://e/> PREFIX b: <b/> SELECT (a:x AS ?w) (b:x AS ?y) (IRI("x") AS ?z) {}',
        "BASE <http://d/> BASE <http://e/> SELECT (<x> AS ?z) {}",
    ],
)
def test_one_base_comes_first(source: str) -> None:
    text = read_query(source, PREFIXES, "http://example.org/sparql").rendering.text
    assert text.count("BASE") == 1
    assert text.startswith("BASE <")


def test_bases_that_something_depends_on_stay_in_their_order() -> None:
    source = """BASE <http://a/> PREFIX p: <p/> BASE <http://b/> PREFIX q: <q/> BASE <c/> PREFIX r: <r/>
        SELECT * { VALUES ?i { p:x q:x r:x <x> } }"""
    rows = ox.Store().query(read_query(source, PREFIXES, "http://example.org/").rendering.text)
    found = [row["i"].value for row in rows]  # type: ignore[union-attr]
    assert found == ["http://a/p/x", "http://b/q/x", "http://b/c/r/x", "http://b/c/x"]
