"""A search stands for its subject alone, wherever it is written, and looks through the graphs that are asked."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.errors import QueryError
from sergekg.model.folding import fold
from sergekg.store.analysis import STORES_OWN, Dataset, Query
from sergekg.store.answers import Limits, Request, read_whole
from sergekg.store.evaluate import Engine, Oxigraph, write_result
from sergekg.store.filling import build_store
from sergekg.store.functions import FUNCTIONS, are_called, columns, is_match
from sergekg.store.local import LocalStore
from sergekg.store.pooled import PooledStore, read
from sergekg.store.rdflib_engine import Rdflib
from sergekg.store.textindex import Searches, TextIndex
from sergekg.store.textsearch import Pattern, by_contains, by_function, expand

RDFS = "http://www.w3.org/2000/01/rdf-schema#"
DATA = f"""
<http://e/gide> <{RDFS}label> "André Gide" <http://e/g> .
<http://e/gide> <{RDFS}label> "Gide" <http://e/h> .
<http://e/gide> <{RDFS}comment> "writer" <http://e/g> .
<http://e/serge> <{RDFS}label> "Victor Serge" <http://e/h> .
<http://e/serge> <{RDFS}comment> "writer" <http://e/g> .
<http://e/victor> <{RDFS}label> "Victor" <http://e/g> .
"""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("textsearch")
    (place / "data.nq").write_text(DATA.lstrip(), encoding="utf-8")
    build_store(place / "store", place / "data.nq")
    return place / "store"


@pytest.fixture(scope="module")
def oxigraph(disk: Path) -> Oxigraph:
    return Oxigraph(ox.Store.read_only(str(disk)), union=True)


@pytest.fixture(scope="module")
def index(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> TextIndex:
    return TextIndex.open(tmp_path_factory.mktemp("index") / "words.sqlite", LocalStore.open(disk))


Solutions = Counter[frozenset[tuple[str, str]]]


def solutions(engine: Engine, query: Query, graphs: Dataset = STORES_OWN) -> Solutions:
    asked = graphs if graphs.is_given else query.dataset
    default, named = (None if iris is None else list(iris) for iris in (asked.default, asked.named))
    output = io.BytesIO()
    write_result(engine.query(query.rendering.text, default, named, FUNCTIONS), "json", output)
    rows = json.loads(output.getvalue())["results"]["bindings"]
    return Counter(frozenset((name, term["value"]) for name, term in row.items()) for row in rows)


def searched(engine: Engine, source: str, pattern: Pattern, graphs: Dataset = STORES_OWN) -> Solutions:
    return solutions(engine, expand(read(source), pattern, graphs), graphs)


WORDED = [
    "FILTER(true)",
    'FILTER(LANG("a"@fr) = "fr")',
    'FILTER STRSTARTS("ab", "a")',
    'FILTER skg:matches("gide", "gide")',
    "FILTER EXISTS { ?y rdfs:label ?e ; rdfs:comment ?f }",
    'FILTER NOT EXISTS { ?y rdfs:label "}" ; rdfs:label ")." . }',
    "FILTER(EXISTS { ?y rdfs:label ?e } && 1.5 > 1)",
    "FILTER(?y IN (?y, <http://e/none>)) # ) . {\n",
    "BIND(1 AS ?b)",
    "BIND(IF(true, STR(<http://e/>), 2) AS ?c)",
    "VALUES ?v { 1 2 }",
    'VALUES (?v1 ?v2) { (1 "a") (UNDEF "b") }',
    "OPTIONAL { ?y rdfs:comment ?o }",
    "{ ?y rdfs:label ?u } UNION { ?y rdfs:comment ?u }",
    "{ FILTER(true) }",
    "GRAPH ?g { ?y rdfs:label ?l1 FILTER(true) }",
    'MINUS { ?y rdfs:label "none" }',
    "{ SELECT ?y (COUNT(*) AS ?n) { ?y rdfs:label ?l2 } GROUP BY ?y HAVING(COUNT(*) > 0) ORDER BY ?y }",
]
TRIPLES = [
    "?y rdfs:label ?l",
    '?y rdfs:label ?m , ?m2 ; rdfs:comment "writer"',
    "?y rdfs:label ?l ;",
    '[] rdfs:comment "writer"',
    "[ rdfs:comment ?k ; rdfs:label ?k2 ]",
    "?y rdfs:label|rdfs:comment ?p",
    "?y (rdfs:label) ?p2",
]
OWN = [
    'rdfs:comment "writer"',
    "rdfs:label ?own",
    "rdfs:label ?own , ?own2",
    "(rdfs:label|rdfs:comment) ?own3",
]
WORDS = ["gide", "victor", "serge", "", "none"]
AROUND = ["%s", "{ %s }", "?z rdfs:label ?zl OPTIONAL { %s }", "{ %s } UNION { ?x rdfs:label ?only }",
          "?z rdfs:label ?zl { SELECT * { %s } LIMIT 1000 }", "GRAPH ?z { ?x rdfs:label ?zl } %s"]  # fmt: skip


@st.composite
def groups(draw: st.DrawFn) -> tuple[str, str]:
    """A query with searches, and the same one written by hand with a full stop wherever one may stand."""
    unique = {"unique": True, "max_size": 2}
    before = draw(st.lists(st.sampled_from([*WORDED, *TRIPLES]), **unique))  # type: ignore[arg-type]
    after = draw(st.lists(st.sampled_from([*WORDED, *TRIPLES]), **unique))  # type: ignore[arg-type]
    after = [one for one in after if one not in before]
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2))
    own = draw(st.lists(st.sampled_from(OWN), **unique))  # type: ignore[arg-type]
    parts = draw(st.permutations([*own, *(f'skg:textMatch "{one}"' for one in words)]))
    search = (
        f"?x {draw(st.sampled_from([' ; ', ';', ' ; ; '])).join(parts)}{draw(st.sampled_from(['', ' ;']))}"
    )
    written = ""
    patterns = [*before, search, *after]
    for pattern, following in zip(patterns, [*patterns[1:], "}"], strict=True):
        is_needed = not (pattern in WORDED or following in WORDED or following == "}")
        written += f"{pattern} {'. ' if is_needed or draw(st.booleans()) else ''}"
    by_hand = "".join(
        f'{{ SELECT DISTINCT ?x {{ ?x rdfs:label ?found . FILTER(skg:matches(?found, "{one}")) . }} }} . '
        for one in words
    )
    by_hand += "".join(f"?x {one} . " for one in own)
    expected = " . ".join([*before, by_hand.removesuffix(" . "), *after])
    around = draw(st.sampled_from(AROUND))
    return f"SELECT * {{ {around % written} }}", f"SELECT * {{ {around % expected} }}"


@pytest.mark.slow
@given(groups())
def test_a_search_gives_what_is_written_by_hand(
    oxigraph: Oxigraph, index: TextIndex, queries: tuple[str, str]
) -> None:
    written, by_hand = queries
    expected = solutions(oxigraph, read(by_hand))
    assert searched(oxigraph, written, index.pattern) == expected
    assert searched(oxigraph, written, by_function) == expected


@pytest.mark.parametrize("before", WORDED)
def test_no_full_stop_is_needed_before_a_search(oxigraph: Oxigraph, index: TextIndex, before: str) -> None:
    dotted = (
        f'SELECT DISTINCT ?x {{ ?x skg:textMatch "gide" ; rdfs:label ?own . ?y rdfs:label ?l . {before} }}'
    )
    written = f'SELECT DISTINCT ?x {{ ?y rdfs:label ?l {before} ?x rdfs:label ?own ; skg:textMatch "gide" }}'
    expected = searched(oxigraph, dotted, index.pattern)
    assert len(expected) == 1
    assert searched(oxigraph, written, index.pattern) == expected


NAMED = {
    "a prefix that ends elsewhere": 'PREFIX t: <https://w3id.org/sergekg/ontology#text> SELECT ?x { ?x t:Match "gide" }',
    "a prefix that is all of it": 'PREFIX t: <https://w3id.org/sergekg/ontology#textMatch> SELECT ?x { ?x t: "gide" }',
    "an escape": 'SELECT ?x { ?x <https://w3id.org/sergekg/ontology#text\\u004Datch> "gide" }',
    "an escaped prefix": 'PREFIX t: <https://w3id.org/sergekg/ontology\\u0023text> SELECT ?x { ?x t:Match "gide" }',
    "an escaped mark": 'PREFIX t: <https://w3id.org/sergekg/ontology> SELECT ?x { ?x t:\\#textMatch "gide" }',
    "a relative IRI": 'BASE <https://w3id.org/sergekg/ontology> SELECT ?x { ?x <#textMatch> "gide" }',
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_the_property_is_known_by_its_iri_however_it_is_written(
    oxigraph: Oxigraph, index: TextIndex, name: str
) -> None:
    assert searched(oxigraph, NAMED[name], index.pattern) == Counter([frozenset({("x", "http://e/gide")})])
    assert are_called(read(NAMED[name]))


@pytest.mark.parametrize(
    "body",
    [
        '?o ?p t:gide.?x skg:textMatch "gide"',
        '?x <https://w3id.org/sergekg/ontology#textMatch>"gide";rdfs:label ?l',
        '?x rdfs:label ?l;skg:textMatch"gide".',
    ],
)
def test_a_search_needs_no_space_around_it(oxigraph: Oxigraph, index: TextIndex, body: str) -> None:
    for pattern in (index.pattern, by_function):
        written = f"PREFIX t: <http://e/> SELECT DISTINCT ?x {{ {body} }}"
        assert set(searched(oxigraph, written, pattern)) <= {frozenset({("x", "http://e/gide")})}


@pytest.mark.parametrize(
    ("source", "is_called"),
    [
        ('PREFIX t: <https://w3id.org/sergekg/ontology#ed> SELECT (t:tfEarliest("1936") AS ?x) {}', True),
        ('SELECT (<https://w3id.org/sergekg/ontology#fo\\u006Cd>("A") AS ?x) {}', True),
        ('BASE <https://w3id.org/sergekg/x> SELECT (<ontology#fold>("A") AS ?x) {}', True),
        ('PREFIX t: <http://e/> SELECT * { ?s rdfs:label "skg:fold", t:x }', False),
    ],
)
def test_a_function_is_known_by_its_iri_however_it_is_written(source: str, is_called: bool) -> None:
    assert are_called(read(source)) is is_called


def test_functions_that_are_written_in_two_parts_are_evaluated(disk: Path) -> None:
    store = PooledStore({"kind": "disk", "path": str(disk), "union": True})
    try:
        source = 'PREFIX t: <https://w3id.org/sergekg/ontology#ed> SELECT (t:tfEarliest("1936") AS ?x) {}'
        answer = store.answer(Request(read(source), Limits()))
        assert json.loads(read_whole(answer))["results"]["bindings"][0]["x"]["value"] == "1936-01-01"
    finally:
        store.close()


SCOPED = [
    ('SELECT ?x FROM <http://e/none> { ?x skg:textMatch "gide" }', Dataset(), []),
    ('SELECT ?x FROM <http://e/g> { ?x skg:textMatch "victor" }', Dataset(), [{"x": "victor"}]),
    ('SELECT ?x FROM NAMED <http://e/g> { ?x skg:textMatch "victor" }', Dataset(), []),
    ('SELECT ?x { ?x skg:textMatch "victor" }', Dataset(("http://e/h",), ()), [{"x": "serge"}]),
    ('SELECT ?x FROM <http://e/g> { ?x skg:textMatch "victor" }', Dataset(("http://e/h",), ()), [{"x": "serge"}]),
    ('SELECT ?x { GRAPH <http://e/none> { ?x skg:textMatch "gide" } }', Dataset(), []),
    ('SELECT ?x { GRAPH <http://e/h> { ?x skg:textMatch "victor" } }', Dataset(), [{"x": "serge"}]),
    ('SELECT * { GRAPH ?g { ?x skg:textMatch "gide" } }', Dataset(), [{"g": "g", "x": "gide"}, {"g": "h", "x": "gide"}]),
    ('SELECT * { GRAPH ?x { ?x skg:textMatch "gide" } }', Dataset(), []),
    ('SELECT * { GRAPH ?x_text { ?x skg:textMatch "gide" } }', Dataset(), [{"x_text": "g", "x": "gide"}, {"x_text": "h", "x": "gide"}]),
    ('SELECT * { GRAPH ?g { ?x skg:textMatch "victor" ; rdfs:comment ?c } }', Dataset(), []),
    ('SELECT * { GRAPH ?g { { ?x skg:textMatch "andre" ; rdfs:comment "writer" } } }', Dataset(), [{"g": "g", "x": "gide"}]),
    ('SELECT ?x { GRAPH ?g { ?x rdfs:label ?l FILTER EXISTS { ?x skg:textMatch "andre" } } }', Dataset(), [{"x": "gide"}]),
    ('SELECT ?x { GRAPH ?h { GRAPH <http://e/h> { ?x skg:textMatch "serge" } } }', Dataset((), ("http://e/h",)), [{"x": "serge"}]),
    ('SELECT ?x { GRAPH ?g { ?y rdfs:comment ?c } ?x skg:textMatch "serge" }', Dataset(), [{"x": "serge"}] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("source", "graphs", "expected"), SCOPED)
@pytest.mark.parametrize("how", ["index", "function", "contains", "rdflib"])
@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")
def test_a_search_looks_through_the_graphs_that_are_asked(
    oxigraph: Oxigraph, index: TextIndex, source: str, graphs: Dataset, expected: Any, how: str
) -> None:
    pattern = {"index": index.pattern, "contains": by_contains}.get(how, by_function)
    engine: Engine = Rdflib.load(oxigraph.store) if how == "rdflib" else oxigraph
    if how == "contains":
        source = source.replace('"andre"', '"André"')
    rows = Counter(frozenset((name, f"http://e/{slug}") for name, slug in row.items()) for row in expected)
    assert searched(engine, source, pattern, graphs) == rows


def test_a_search_in_service_is_left_to_the_endpoint_that_is_asked(index: TextIndex) -> None:
    source = 'SELECT * {{ SERVICE SILENT <http://e/> {{ {{ ?x skg:textMatch "gide" }} }} {} }}'
    alone = read(source.format(""))
    assert expand(alone, index.pattern).rendering.text == alone.rendering.text
    both = expand(read(source.format('?x skg:textMatch "serge"')), index.pattern).rendering.text
    assert both.count("textMatch") == 1
    assert "VALUES ?x { <http://e/serge> }" in both


def test_who_asks_what_the_property_is_searches_for_nothing(index: TextIndex) -> None:
    asked = read(
        'SELECT * { skg:textMatch ?p ?o . skg:textMatch a ?c ; rdfs:label "x" . ?y skg:textMatch "gide" }'
    )
    expanded = expand(asked, index.pattern).rendering.text
    assert expanded.count(":textMatch") == 2
    assert "VALUES ?y { <http://e/gide> }" in expanded


MISPLACED = {
    "an object list": '?x skg:textMatch "gide", "serge"',
    "a datatype": '?x skg:textMatch "gide"^^xsd:string',
    "a path": '?x rdfs:label|skg:textMatch "gide"',
    "a path that begins with it": '?x skg:textMatch/rdfs:label "gide"',
    "an inverse": '?x ^skg:textMatch "gide"',
    "a missing full stop": '?y rdfs:label ?l ?x skg:textMatch "gide"',
    "a blank node": '[ skg:textMatch "gide" ]',
    "a list": '(?x) skg:textMatch "gide"',
    "nothing after it": "?x skg:textMatch",
    "nothing before it": 'skg:textMatch "gide"',
    "an annotation": '?x skg:textMatch "gide" {| rdfs:label ?l |}',
    "within an annotation": '?x rdfs:label ?l {| skg:textMatch "gide" |}',
    "a filter": 'FILTER(?p = skg:textMatch && "gide" = "")',
}


@pytest.mark.parametrize("name", MISPLACED)
def test_a_search_that_is_none_is_told_with_its_place(index: TextIndex, name: str) -> None:
    source = f"SELECT * {{\n {MISPLACED[name]} }}"
    with pytest.raises(QueryError, match="textMatch stands between") as wrong:
        expand(read(source), index.pattern)
    assert (wrong.value.line, wrong.value.column) == (2, MISPLACED[name].index("skg:") + 2)


def test_a_search_joins_what_lateral_binds(oxigraph: Oxigraph, index: TextIndex) -> None:
    joined = 'SELECT ?x { ?x rdfs:label ?l . ?x skg:textMatch "gide" }'
    lateral = 'SELECT ?x { ?x rdfs:label ?l LATERAL { { ?x skg:textMatch "gide" } } }'
    expected = searched(oxigraph, joined, index.pattern)
    assert expected.total() == 2
    assert searched(oxigraph, lateral, index.pattern) == expected


def test_the_short_form_of_construct_takes_no_search(index: TextIndex) -> None:
    with pytest.raises(QueryError, match="CONSTRUCT WHERE") as wrong:
        expand(read('CONSTRUCT WHERE { ?x skg:textMatch "gide" ; a ?t }'), index.pattern)
    assert wrong.value.column == 22


def test_no_search_stands_in_a_template(index: TextIndex) -> None:
    with pytest.raises(QueryError, match="textMatch"):
        expand(read('CONSTRUCT { ?x skg:textMatch "gide" } WHERE { ?x a ?t }'), index.pattern)


TEXTS = [
    "a_b", "_a", "__", "ŉgong", "𝐀nna", "ﬁn", "½", "Ⅳ", "①", "İstanbul", "straße", "L’URSS", "ʼn", "Їжак", "नमस्ते", "中文", "ǅ",
    "zero\u200bwidth", "soft\u00adhyphen", "AND OR NEAR", "*", "ΣΊΣΥΦΟΣ", "ﷺ", "٣٤", "K", "ſs", "ᏸ", "\U0001e900", "ꭰ",
    "l’U.R.S.S.", "U. R. S. S. A dit", "U.R.S.S", "g.p_u", "N. N. Soukhanov", "fin. A. la",
]  # fmt: skip
ASKED = [
    *TEXTS,
    "a",
    "b",
    "n",
    "anna",
    "1",
    "2",
    "iv",
    "fi",
    "istanbul",
    "strasse",
    "ss",
    "urss",
    "zero",
    "σισυφος",
    "URSS",
    "ussr",
    "nn",
    "N.N. Sukhanov",
    "k",
    "s",
]


def test_the_index_and_the_function_cut_words_alike(tmp_path: Path) -> None:
    rows = [{"thing": f"http://e/{number}", "text": text} for number, text in enumerate(TEXTS)]
    index = TextIndex.open(tmp_path / "words.sqlite", Rows(rows))  # type: ignore[arg-type]
    for words in ASKED:
        by_test = {f"http://e/{number}" for number, text in enumerate(TEXTS) if is_match(text, words)}
        assert set(index.find(words)) == by_test, words
    assert set(index.find("a_b")) == {"http://e/0"}
    assert "http://e/3" in index.find("ngong")


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("les amis de l’U.R.S.S.", "URSS", True),
        ("l’U. R. S. S. A Moscou", "urss", True),
        ("l’URSS", "U.R.S.S.", True),
        ("l’URSS", "u. r. s. s.", True),
        ("Société des Nations", "S.D.N.", True),
        ("Victor Serge", "V. S.", True),
        ("un rêve sans fin", "URSS", False),
        ("l’U. R. S. S et nous", "URSS", True),
        ("le P.C. U.R.S.S.", "URSS", True),
        ("Victor Lvovitch Serge", "V. L. Serge", True),
        ("J.-P. Samson", "J. P. Samson", True),
        ("V. I. Lénine", "V.I. Lenin", True),
        ("V. I. Lénine", "VI Lénine", True),
        ("V. I. Lénine", "I Lénine", True),
        ("il y a. A Moscou", "moscou", True),
    ],
)
def test_an_abbreviation_is_one_word_with_full_stops_or_without(text: str, words: str, found: bool) -> None:
    assert is_match(text, words) is found


class Rows:
    """A store that has an answer ready."""

    def __init__(self, rows: Sequence[dict[str, str]]) -> None:
        self.rows = rows

    def select(self, _query: str) -> Sequence[dict[str, str]]:
        return self.rows


@given(st.text(max_size=20))
def test_a_folded_text_is_in_lower_case_and_its_words_are_letters_and_digits(text: str) -> None:
    assert fold(text) == fold(text).lower()
    folded, bones = columns(text)
    assert len(folded.split()) >= len(bones.split())
    assert all(word.isalnum() for word in [*folded.split(), *bones.split()])


def test_another_server_may_read_the_index(tmp_path: Path) -> None:
    TextIndex.open(tmp_path / "words.sqlite", Rows([]))  # type: ignore[arg-type]
    (tmp_path / "any").touch()
    assert (tmp_path / "words.sqlite").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_an_index_that_cannot_be_opened_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.sqlite"
    TextIndex.open(path, Rows([]))  # type: ignore[arg-type]
    connect = sqlite3.connect

    def refusing(name: object, **more: object) -> sqlite3.Connection:
        if more:
            monkeypatch.setattr(sqlite3, "connect", connect)
            raise sqlite3.OperationalError("unable to open database file")
        return connect(name)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite3, "connect", refusing)
    index = TextIndex.open(path, Rows([{"thing": "http://e/x", "text": "gide"}]))  # type: ignore[arg-type]
    assert index.find("gide") == ["http://e/x"]


@pytest.mark.parametrize("damage", ["another form", "not a database"])
def test_an_index_of_another_form_is_made_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "words.sqlite"
    if damage == "another form":
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("CREATE VIRTUAL TABLE words USING fts5(thing UNINDEXED, folded, bones)")
    else:
        path.write_bytes(b"x" * 4096)
    index = TextIndex.open(path, Rows([{"thing": "http://e/x", "text": "gide"}]))  # type: ignore[arg-type]
    assert index.find("gide") == ["http://e/x"]
    again = TextIndex.open(path, Rows([]))  # type: ignore[arg-type]
    assert again.find("gide") == ["http://e/x"]


def test_an_index_that_cannot_be_kept_or_read_is_no_failure(tmp_path: Path) -> None:
    names = Rows([{"thing": "http://e/x", "text": "gide"}])
    (tmp_path / "file").write_text("no directory")
    refused = Searches(tmp_path / "file" / "words.sqlite", names)  # type: ignore[arg-type]
    assert refused.pattern("?x", "gide") == by_function("?x", "gide")
    path = tmp_path / "odd %20name?#" / "words.sqlite"
    searches = Searches(path, names)  # type: ignore[arg-type]
    found = "VALUES ?x { <http://e/x> } "
    assert searches.pattern("?x", "gide") == found
    for harm in (path.unlink, lambda: path.write_bytes(b"x" * 4096), lambda: _damage_behind_its_head(path)):
        harm()
        assert searches.pattern("?x", "gide") == by_function("?x", "gide")
        assert searches.pattern("?x", "gide") == found


def _damage_behind_its_head(path: Path) -> None:
    data = path.read_bytes()
    assert len(data) > 4096
    path.write_bytes(data[:4096] + b"x" * (len(data) - 4096))


def test_an_index_of_a_release_that_nobody_searches_goes_when_one_is_made(tmp_path: Path) -> None:
    old, used, path = (tmp_path / f"{name}.sqlite" for name in ("old", "used", "new"))
    used.touch()
    old.touch()
    os.utime(old, (0, 0))
    searches = Searches(path, Rows([{"thing": "http://e/x", "text": "gide"}]))  # type: ignore[arg-type]
    assert searches.pattern("?x", "gide").startswith("VALUES")
    assert (old.exists(), used.exists(), path.exists()) == (False, True, True)


def test_a_disk_that_is_full_while_the_index_is_made_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("sergekg.store.textindex._build", fill)
    with pytest.raises(OSError, match="disk is full"):
        TextIndex.open(tmp_path / "words.sqlite", Rows([]))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
