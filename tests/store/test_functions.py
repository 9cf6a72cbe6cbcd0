"""Functions of ours: dates of EDTF, folded text, and text search as a magic property."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.errors import QueryError, QueryTooLarge
from sergekg.store import textindex, textsearch
from sergekg.store.answers import Limits, Request, read_whole
from sergekg.store.filling import build_store
from sergekg.store.functions import DOCUMENTED, FUNCTIONS, is_match
from sergekg.store.local import LocalStore
from sergekg.store.pooled import PooledStore, read
from sergekg.store.textindex import TextIndex
from sergekg.store.textsearch import MOST_SEARCHES, by_contains, by_function, expand

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
NAMES = {
    "anita": "Anita Roussakova",
    "soukhanov": "Nikolaï Soukhanov",
    "gide": "André Gide",
    "oeuvre": "Œuvre déchirée",
    "cyrillic": "Суханов",
    "quote": 'il dit : "non"',
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("functions")
    lines = []
    for slug, name in NAMES.items():
        literal = ox.Literal(name, language="fr")
        lines.append(f"<http://e/{slug}> <{LABEL}> {literal} <http://e/g> .")
    (place / "data.nq").write_text("\n".join(lines) + "\n", encoding="utf-8")
    build_store(place / "store", place / "data.nq")
    return place / "store"


@pytest.fixture(scope="module")
def store(disk: Path) -> Iterator[PooledStore]:
    opened = PooledStore({"kind": "disk", "path": str(disk), "union": True})
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["disk", "rdflib"])
def engine(request: pytest.FixtureRequest, disk: Path) -> Iterator[PooledStore]:
    """The store behind each engine that knows the functions."""
    opened = PooledStore({"kind": request.param, "path": str(disk), "union": True})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def index(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> TextIndex:
    return TextIndex.open(tmp_path_factory.mktemp("index") / "words.sqlite", LocalStore.open(disk))


def value(store: PooledStore, expression: str) -> str | None:
    answer = store.answer(Request(read(f"SELECT ({expression} AS ?x) {{}}"), Limits()))
    rows = json.loads(read_whole(answer))["results"]["bindings"]  # rdflib leaves a row without values out
    return rows[0]["x"]["value"] if rows and "x" in rows[0] else None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('skg:edtfEarliest("1936-03/1936-05")', "1936-03-01"),
        ('skg:edtfLatest("1936-03/1936-05"^^edtf:EDTF)', "1936-05-31"),
        ('skg:edtfLatest("1928~/..")', None),
        ('skg:edtfEarliest("../1936")', None),
        ('skg:edtfLatest("1936/")', None),
        ('skg:edtfEarliest("/1936")', None),
        ('skg:edtfOverlaps("1936/", "1950")', "true"),
        ('skg:edtfWithin("1936/", "1936/1946")', "false"),
        ('skg:edtfOverlaps("1936-24", "1937-01")', "true"),
        ('skg:edtfOverlaps("1936-24", "1936-01")', "true"),
        ('skg:edtfOverlaps("1950S2", "1901")', "true"),
        ('skg:edtfEarliest("last winter")', None),
        ("skg:edtfEarliest(<http://e/s>)", None),
        ('skg:edtfOverlaps("1936", "1936-05/1937")', "true"),
        ('skg:edtfOverlaps("1935", "1936-05/1937")', "false"),
        ('skg:edtfOverlaps("1928/..", "1990")', "true"),
        ('skg:edtfWithin("1936-05", "1936")', "true"),
        ('skg:edtfWithin("1936", "1936-05")', "false"),
        ('skg:edtfWithin("../1936", "1935/1936")', "false"),
        ('skg:fold("Œuvre déchirée, Суханов")', "oeuvre dechiree, sukhanov"),
        ('skg:fold("𝐀ŉ")', "a'n"),
        ('skg:matches("Nikolaï Soukhanov", "sukhanov nikolai")', "true"),
        ('skg:matches("Nikolaï Soukhanov", "gide")', "false"),
        ('skg:matches("Nikolaï", "")', "false"),
    ],
)
def test_a_function_gives(engine: PooledStore, expression: str, expected: str | None) -> None:
    if "edtf:EDTF" in expression:
        expression = expression.replace("edtf:EDTF", "<http://id.loc.gov/datatypes/edtf/EDTF>")
    assert value(engine, expression) == expected


def test_every_function_is_documented_in_both_languages() -> None:
    assert {one.iri for one in DOCUMENTED if not one.is_property} == set(FUNCTIONS)
    assert all(one.about.keys() == {"en", "fr"} for one in DOCUMENTED)


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_text_breaks_the_match(text: str, words: str) -> None:
    assert is_match(text, words) in (True, False)


SEARCHES = [
    ('{ ?x skg:textMatch "roussakova" }', {"anita"}),
    ('{ ?x skg:textMatch "rusakova"@fr . }', {"anita"}),
    ('{ ?x skg:textMatch "SUKHANOV" . ?x rdfs:label ?l }', {"soukhanov", "cyrillic"}),
    ('{ ?x skg:textMatch "oeuvre dech" ; rdfs:label ?l . }', {"oeuvre"}),
    ('{ ?x skg:textMatch "andre" ; skg:textMatch "gide" }', {"gide"}),
    ('{ ?x skg:textMatch "andre" ; ; skg:textMatch "anita" ; . }', set()),
    ('{ ?x rdfs:label ?l ; skg:textMatch "gid" }', {"gide"}),
    ('{ ?x rdfs:label ?l ; skg:textMatch "gid" ; rdfs:label ?m . }', {"gide"}),
    ('{ GRAPH ?g { ?x rdfs:label ?l } ?x skg:textMatch "andré" }', {"gide"}),
    ('{ { ?x skg:textMatch "andre" } UNION { ?x <https://w3id.org/sergekg/ontology#textMatch> "anita" ; } }', {"gide", "anita"}),
    ('{ ?x rdfs:label ?l OPTIONAL { ?x skg:textMatch "gide" } FILTER(?l = "André Gide"@fr) }', {"gide"}),
    ('{ ?x skg:textMatch "\\"non\\" dit" }', {"quote"}),
    ('{ ?x skg:textMatch "andr\\u00E9 \\U00000067ide" }', {"gide"}),
    ('{ ?x skg:textMatch "\\u0421\\u0443\\u0445\\u0430\\u043d\\u043e\\u0432" }', {"soukhanov", "cyrillic"}),
    ("{ ?x skg:textMatch 'andré\\tgide\\n' }", {"gide"}),
    ('{ ?x skg:textMatch """anita\\\\roussakova""" }', {"anita"}),
    ('{ ?x skg:textMatch "NEAR( OR * AND" }', set()),
    ('{ ?x skg:textMatch "" }', set()),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "found"), SEARCHES)
@pytest.mark.parametrize("how", ["index", "function"])
def test_text_search_forgives_accents_and_transliterations(
    store: PooledStore, engine: PooledStore, index: TextIndex, pattern: str, found: set[str], how: str
) -> None:
    store = engine if how == "function" else store
    query = read(f"SELECT DISTINCT ?x {pattern}")
    expanded = expand(query, index.pattern if how == "index" else by_function)
    answer = store.answer(Request(expanded, Limits()))
    rows = json.loads(read_whole(answer))["results"]["bindings"]
    assert {row["x"]["value"].rpartition("/")[2] for row in rows} == found


def test_on_other_stores_the_words_have_to_be_as_written(store: PooledStore) -> None:
    for words, count in (("gide", 1), ("andré gide", 1), ("andre", 0), ("", 0)):
        query = expand(read(f'SELECT ?x {{ ?x skg:textMatch "{words}" }}'), by_contains)
        assert "ontology#matches" not in query.rendering.text
        answer = store.answer(Request(query, Limits()))
        assert len(json.loads(read_whole(answer))["results"]["bindings"]) == count


@pytest.mark.parametrize(
    "pattern", ["{ ?x skg:textMatch ?y }", '{ <http://e/s> skg:textMatch "x" }', '{ [] skg:textMatch "x" }']
)
def test_a_search_without_a_variable_and_words_is_told_so(index: TextIndex, pattern: str) -> None:
    with pytest.raises(QueryError, match="textMatch") as wrong:
        expand(read(f"SELECT * {pattern}"), index.pattern)
    assert wrong.value.line in (1, None)


@pytest.mark.parametrize("escape", [r"\uD800", r"\U00110000", r"\UFFFFFFFF", r"\u12", r"\q"])
def test_an_escape_that_is_no_character_is_told_with_its_place(index: TextIndex, escape: str) -> None:
    with pytest.raises(QueryError) as wrong:
        expand(read(f'SELECT * {{\n ?x skg:textMatch "a{escape}" }}'), index.pattern)
    assert wrong.value.line == 2


def test_a_search_that_finds_too_much_says_so(index: TextIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textindex, "MOST", 1)
    with pytest.raises(QueryTooLarge):
        index.find("s")


def test_a_query_that_only_speaks_of_it_is_left_alone(index: TextIndex) -> None:
    query = read('SELECT * { ?s rdfs:label "skg:textMatch" }')
    assert expand(query, index.pattern).rendering.text == query.rendering.text


def test_a_query_may_search_only_so_often(index: TextIndex) -> None:
    one = '{ ?x skg:textMatch "gide" } UNION '
    expand(read("SELECT * {" + one * MOST_SEARCHES + "{} }"), index.pattern)
    with pytest.raises(QueryError, match=f"{MOST_SEARCHES} times") as wrong:
        expand(read("SELECT * {\n" + one * (MOST_SEARCHES + 1) + "{} }"), index.pattern)
    assert wrong.value.line == 2
    assert wrong.value.column == MOST_SEARCHES * len(one) + 6
    assert wrong.value.remedy


def test_what_all_searches_of_a_query_find_is_counted_together(
    index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textsearch, "MOST", 3)
    twice = '{ ?x skg:textMatch "soukhanov" } UNION { ?x skg:textMatch "gide" }'
    expand(read(f"SELECT * {{ {twice} }}"), index.pattern)
    with pytest.raises(QueryTooLarge, match="the searches of the query"):
        expand(read(f"SELECT * {{ {twice} UNION {twice} }}"), index.pattern)


def test_a_search_for_a_whole_text_is_refused_at_its_place(index: TextIndex) -> None:
    with pytest.raises(QueryError, match="words") as wrong:
        expand(read(f'SELECT * {{ ?x skg:textMatch "{"a " * 100_000}" }}'), index.pattern)
    assert (wrong.value.line, wrong.value.column) == (1, 29)


def test_other_properties_of_that_name_are_no_search(index: TextIndex) -> None:
    query = read("PREFIX e: <http://e/> SELECT * {" + "?x e:textMatch ?y ." * 20_000 + "}")
    assert expand(query, index.pattern).edits == query.edits
