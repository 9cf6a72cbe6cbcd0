"""A filter on the letters of a name finds what it found, by an index of names."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from sergekg.store.local import LocalStore
from sergekg.store.pooled import read
from sergekg.store.substrings import narrow
from sergekg.store.textindex import Searches, TextIndex

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
NAMES = [
    "Élise Roussakov",
    "ROUSSAKOV",
    "Kibaltchitch",
    "İstanbul",
    "ΟΔΥΣΣΕΥΣ",
    "Straße",
    "a\0bcd",
    "«Oural»",
    "Виктор",
    "K\u212aelvin",
    'l"amnistie',
    "ſerge",
]
LETTERS = [
    "rouss",
    "ÉLI",
    "éli",
    "kel",
    "kke",
    "str",
    "aße",
    "bcd",
    'l"a',
    "вик",
    "«ou",
    "ουρ",
    "ser",
    "i\u0307s",
    "ab",
    "xyz",
    "ISSA",
    "ssa",
]
E = "http://example.org/"


@pytest.fixture(scope="module")
def store() -> LocalStore:
    chance = random.Random(1936)
    engine = ox.Store()
    for number, name in enumerate(NAMES):
        for graph in chance.sample([ox.DefaultGraph(), ox.NamedNode(f"{E}g")], 2):
            thing = ox.NamedNode(f"{E}{number % 9}")
            literal = ox.Literal(name, language="fr") if number % 2 else ox.Literal(name)
            engine.add(ox.Quad(thing, ox.NamedNode(LABEL), literal, graph))
            engine.add(
                ox.Quad(thing, ox.NamedNode(f"{E}knows"), ox.NamedNode(f"{E}{(number + 1) % 9}"), graph)
            )
    return LocalStore(engine)


@pytest.fixture(scope="module")
def index(store: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> TextIndex:
    return TextIndex.open(tmp_path_factory.mktemp("index") / "names.sqlite", store)


def _solutions(store: LocalStore, text: str) -> Counter[str]:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return Counter(" ".join(map(str, row)) for row in found)


@pytest.mark.parametrize("test", ["CONTAINS", "STRSTARTS", "STRENDS"])
@pytest.mark.parametrize("name", ["?l", "STR(?l)", "LCASE(?l)", "LCASE(STR(?l))"])
@pytest.mark.parametrize(
    "where",
    [
        "?s rdfs:label ?l {}",
        "{} ?s a ?c ; rdfs:label ?l",
        "OPTIONAL {{ ?s <http://example.org/knows> ?o }} ?s rdfs:label ?l . {}",
        "?o <http://example.org/knows> ?s OPTIONAL {{ ?s rdfs:label ?l {} }}",
        "?o <http://example.org/knows> ?s MINUS {{ ?s rdfs:label ?l {} }}",
        "GRAPH ?g {{ ?s rdfs:label ?l {} }}",
        "?o <http://example.org/knows> ?s FILTER NOT EXISTS {{ ?s rdfs:label ?l {} }}",
        "{{ SELECT ?s ?l {{ ?s rdfs:label ?l {} }} }} ?s <http://example.org/knows> ?o",
        "{{ ?s rdfs:label ?l {} }} UNION {{ ?s <http://example.org/knows> ?l }}",
    ],
)
def test_the_solutions_are_the_same(
    store: LocalStore, index: TextIndex, test: str, name: str, where: str
) -> None:
    narrowed = 0
    for letters in LETTERS:
        quoted = letters.replace('"', '\\"')
        body = where.format(f'FILTER({test}({name}, "{quoted}"))').replace("?s a ?c", "?s ?p ?c")
        query = read(f"SELECT ?s ?l ?o {{ {body} }}")
        better = narrow(query, index.containing)
        narrowed += better is not query
        assert _solutions(store, better.rendering.text) == _solutions(store, query.rendering.text), letters
    assert narrowed >= 12


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(?l, 'rouss') || ?s = ?l) }",
        "SELECT ?s { ?s rdfs:label ?l FILTER(!CONTAINS(?l, 'rouss')) }",
        "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(?m, 'rouss')) }",
        "SELECT ?s { ?s rdfs:comment ?l FILTER(CONTAINS(?l, 'rouss')) }",
        "SELECT ?s { ?s rdfs:label|rdfs:comment ?l FILTER(CONTAINS(?l, 'rouss')) }",
        "SELECT ?s { <http://e/> rdfs:label ?l FILTER(CONTAINS(?l, 'rouss')) }",
        "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(?l, 'rouss'@fr)) }",
        "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(UCASE(?l), 'ROUSS')) }",
        "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(?l, 'ro')) }",
        "SELECT ?s { ?s rdfs:label ?l { FILTER(CONTAINS(?l, 'rouss')) } }",
        "SELECT ?s { ?s rdfs:comment ?l OPTIONAL { ?s rdfs:label ?l } FILTER(CONTAINS(?l, 'rouss')) }",
        "SELECT ?s { SERVICE <http://e/> { ?s rdfs:label ?l FILTER(CONTAINS(?l, 'rouss')) } }",
        "SELECT ?s { ?s rdfs:label ?l FILTER(REGEX(?l, 'rouss')) }",
        "SELECT ?s { ?s ?p ?l FILTER(CONTAINS(?l, 'rouss')) }",
        "SELECT ?s { ?o ?p ?s LATERAL { ?s rdfs:label ?l FILTER(CONTAINS(?l, 'rouss')) } }",
        f"SELECT ?s {{ ?s rdfs:label ?l {'FILTER(?s != ?l) ' * 60} FILTER(CONTAINS(?l, 'rouss')) }}",
    ],
)
def test_other_filters_are_left(query: str) -> None:
    asked = read(query)
    assert narrow(asked, lambda letters, most: ["http://e/never"]) is asked


def test_what_is_told_is_parted_from_what_stands_before(store: LocalStore, index: TextIndex) -> None:
    body = "?o <http://example.org/knows> ex:1.?s rdfs:label ?l FILTER(CONTAINS(?l, 'ss'))"
    for letters in ("ss", "rouss"):
        query = read(f"PREFIX ex: <{E}> SELECT ?s {{ {body.replace('ss', letters)} }}")
        better = narrow(query, index.containing)
        assert (better is query) == (letters == "ss")
        assert _solutions(store, better.rendering.text) == _solutions(store, query.rendering.text)


def test_no_query_is_told_more_than_a_few_times() -> None:
    group = "{ ?s rdfs:label ?l FILTER(CONTAINS(?l, 'rouss')) }"
    asked = []

    def find(letters: str, most: int) -> list[str]:
        asked.append(letters)
        return [f"{E}{number}" for number in range(most)]

    better = narrow(read(f"SELECT ?s {{ {' UNION '.join([group] * 15)} }}"), find)
    assert asked == ["rouss"]
    assert len(better.rendering.text) < 300_000


def test_what_nobody_knows_or_is_too_much_is_left(index: TextIndex) -> None:
    asked = read("SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(?l, 'rouss')) }")
    assert narrow(asked, lambda letters, most: None) is asked
    assert index.containing("rouss", 1) is None
    assert len(index.containing("rouss", 2) or ()) == 2


def test_a_store_where_other_than_iris_have_names_has_no_such_index(tmp_path: Path) -> None:
    engine = ox.Store()
    engine.add(ox.Quad(ox.BlankNode("a"), ox.NamedNode(LABEL), ox.Literal("Roussakov")))
    index = TextIndex.open(tmp_path / "names.sqlite", LocalStore(engine))
    assert index.containing("rouss", 10) is None


def test_nobody_waits_for_the_index_and_a_damaged_one_is_no_fault(store: LocalStore, tmp_path: Path) -> None:
    path = tmp_path / "textsearch" / "names.sqlite"
    searches = Searches(path, store)
    while (found := searches.containing("rouss", 10)) is None:
        pass  # it is made meanwhile
    assert sorted(found) == [f"{E}0", f"{E}1"]
    path.write_bytes(b"no database" * 1000)
    assert searches.containing("rouss", 10) is None
