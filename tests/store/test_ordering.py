"""Queries over a large store are written in a better order, and have the same solutions."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pyoxigraph as ox
import pytest

from sergekg.store import ordering
from sergekg.store.analysis import STORES_OWN, Dataset
from sergekg.store.local import LocalStore
from sergekg.store.ordering import Orders, StoreNumbers, order
from sergekg.store.pooled import read
from sergekg.store.rendering import Edit

E = "http://example.org/"


def _store(chance: random.Random, triples: int = 60) -> ox.Store:
    store = ox.Store()
    for _ in range(triples):
        subject = ox.NamedNode(f"{E}{chance.choice('abcdef')}")
        value = (
            ox.Literal(chance.randint(1, 5))
            if chance.random() < 0.3
            else ox.NamedNode(f"{E}{chance.choice('abcdef')}")
        )
        store.add(ox.Quad(subject, ox.NamedNode(f"{E}{chance.choice('ppppqqr')}"), value))
    return store


def _solutions(store: ox.Store, text: str) -> Counter[str]:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    return Counter(" ".join(f"{name}={row[name]}" for name in names) for row in found)


def _term(chance: random.Random) -> str:
    return chance.choice(["?x", "?y", "?z", "$x", "?x", "ex:a", f"<{E}b>", "3"])


def _query(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.randint(2, 4)):
        subject = chance.choice(["?x", "?y", "?z", "ex:a"])
        verbs = [
            f"{chance.choice(['ex:p', 'ex:q', f'<{E}r>', '?v'])} "
            + " , ".join(_term(chance) for _ in range(chance.choice([1, 1, 1, 2])))
            for _ in range(chance.choice([1, 1, 2]))
        ]
        parts.append(f"{subject} {' ; '.join(verbs)} {chance.choice(['', ';'])} . # a {{ comment")
    for _ in range(chance.randint(0, 2)):
        name = chance.choice("xyz")
        parts.insert(
            chance.randint(0, len(parts)),
            chance.choice(
                [
                    f"FILTER(?{name} > 2)",
                    f"FILTER(?x != ?{name})",
                    f"FILTER isIRI(?{name})",
                    f'FILTER(STR(?{name}) != "{{"@en && ?{name} IN (1, 3, ex:a))',
                    f"FILTER(!BOUND(?{name}))",
                ]
            ),
        )
    return f"PREFIX ex: <{E}>\nSELECT ?x ?y ?z WHERE {{ " + "\n".join(parts) + "\n}"


@pytest.mark.parametrize("seed", range(25))
def test_a_query_has_the_same_solutions_in_a_better_order(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "FEW", 0)
    chance = random.Random(seed)
    changed = 0
    for _ in range(40):
        store = _store(chance)
        query = read(_query(chance))
        better = Orders(LocalStore(store)).order(query, STORES_OWN)
        changed += better is not query
        assert _solutions(store, better.rendering.text) == _solutions(store, query.rendering.text), (
            better.rendering.text
        )
    assert changed > 2


COUNTS = {"p": 40_000, "q": 90_000, "r": 80_000}
DAYS = ('"1935-01-01"', '"1936-01-01"', '"1937-01-01"')


class Told:
    """Numbers that a test gives; notes for which patterns it was asked."""

    def __init__(self, narrow: int = 10_000) -> None:
        self.narrow = narrow
        self.asked: list[str] = []

    def count(self, _subject: str, predicate: str, value: str) -> int:
        self.asked.append(predicate)
        return self.narrow if value.startswith("<") else COUNTS[predicate[-2]]

    def values(self, predicate: str) -> tuple[str, ...] | None:
        return DAYS if predicate.endswith("q>") else None


def _better(body: str, head: str = "SELECT ?x") -> str:
    query = read(f"PREFIX ex: <{E}> {head} {{ {body} }}")
    better = order(query, Told())
    return "" if better is query else better.rendering.text.partition("{")[2]


def test_the_rarest_comes_first() -> None:
    assert _better("?x ex:q ?y . ?x ex:p ?z").strip() == "?x zz0:p ?z . ?x zz0:q ?y . }"


@pytest.mark.parametrize("others", ["", "ex:p ?y ; "])
def test_what_a_filter_leaves_of_a_few_values_is_told_to_the_engine(others: str) -> None:
    found = _better(f"?x {others}ex:q ?d FILTER(YEAR(?d) = 1936)")
    assert (
        found.split()
        == (
            f"{{ SELECT ?d {{ VALUES ?d {{ {' '.join(DAYS)} }} FILTER( YEAR( ?d ) = 1936 ) }} }} ?x zz0:q ?d . "
            f"{'?x zz0:p ?y . ' if others else ''}FILTER( YEAR( ?d ) = 1936 ) }}"
        ).split()
    )


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("?x ex:p ?y . ?x ex:q ?z", "SELECT ?x"),  # as it should be
        ("?x ex:q ?y OPTIONAL { ?x ex:p ?z }", "SELECT ?x"),
        ("?x ex:q ?y . { ?x ex:p ?z }", "SELECT ?x"),
        ("?x ex:q ?y . ?z ex:p ?a", "SELECT ?x"),  # nothing in common
        ("?x ex:q/ex:r ?y . ?x ex:p ?z", "SELECT ?x"),
        ("?x ex:q [] . ?x ex:p ?z", "SELECT ?x"),
        ("?x ex:q _:b . _:b ex:p ?z", "SELECT ?x"),
        ("?x ex:q ?y . ?x ex:p ?z FILTER NOT EXISTS { ?x ex:r ?a }", "SELECT ?x"),
        ("GRAPH ?g { ?x ex:q ?y . ?x ex:p ?z }", "SELECT ?x"),
        ("?x ex:q ?y . ?x ex:p ?z", f"SELECT ?x FROM <{E}g>"),
        ("{ SELECT ?x { ?x ex:q ?y . ?x ex:p ?z } }", "SELECT ?x"),
        ("?x ex:q/ex:r ?y { ?x ex:q ?y . ?x ex:p ?z }", "SELECT ?x"),
        ("SELECT ?x { ?x ex:q ?y . ?x ex:p ?z }", "SELECT ?x"),
        ("?x ex:q ?y . ?x ex:p ?z", "SELECT (EXISTS { ?a ex:q ?b . ?a ex:p ?c } AS ?is) ?x"),
        ("?x ex:q ?y . ?x ex:p ?z VALUES ?x { ex:a ex:b ex:c }", "SELECT ?x"),
        ("?x ex:q -1 . ?x ex:p ?z", "SELECT ?x"),
        ("?x ex:q ?y . ?x ex:p ?z", "SELECT *"),
        ("?x ex:q ?y . ?x ex:p ?z", "SELECT DISTINCT *"),
        ("?x ex:p ?d FILTER(YEAR(?d) = 1936)", "SELECT ?x"),  # of many values
        ("?x ex:q ?d FILTER(YEAR(?d) = 1936 && RAND() < 0.5)", "SELECT ?x"),
        ("?d ex:q ?d FILTER(YEAR(?d) = 1936)", "SELECT ?d"),
        ("?x ex:q ?x . ?x ex:p ?z", "SELECT ?x"),  # nobody counts these without reading all there is
        ("?x ex:q ?y . . ?x ex:p ?z", "SELECT ?x"),  # a mistake
        (". ?x ex:q ?y . ?x ex:p ?z", "SELECT ?x"),
        # an engine may read `<?d&&?d>` as two comparisons
        ("?x ex:p ?b ; ex:q ?d FILTER(?b<?d&&?d>1936)", "SELECT ?x"),
        (f"?x ex:q ?y . ?x ex:p ?z FILTER(?y IN ({', '.join(['ex:a'] * 200)}))", "SELECT ?x"),
        (f"?x ex:q ?y . ?x ex:p ?z FILTER(?y != '{'a' * 10_000}')", "SELECT ?x"),
    ],
)
def test_other_queries_stay_as_they_are(body: str, head: str) -> None:
    assert not _better(body, head)


@pytest.mark.parametrize(
    "test", ["CONCAT(STR(?d), 'x') = '3x'", "COALESCE (?d, 1) IN(3)", "STRLEN (STR (?d)) = 1"]
)
def test_calls_in_filters_stay_calls(test: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "FEW", 0)
    store = _store(random.Random(1))
    query = read(f"PREFIX ex: <{E}> SELECT ?x ?d {{ ?x ex:p ?y ; ex:q ?d FILTER({test}) }}")
    better = order(query, StoreNumbers(LocalStore(store)))
    assert better is not query
    assert _solutions(store, better.rendering.text) == _solutions(store, query.rendering.text)


def test_queries_that_differ_beside_their_text_are_not_taken_for_each_other() -> None:
    """FROM leaves the text for a parameter, and an endpoint for a place of our own."""
    orders = Orders(LocalStore(ox.Store()))
    for clause in (f"FROM <{E}g>", f"FROM <{E}h>", "", f"FROM NAMED <{E}g>"):
        query = read(f"SELECT ?x {clause} {{ ?x ?p ?o FILTER(?o > 1) }}")
        assert orders.order(query, STORES_OWN).dataset == query.dataset
    for endpoint in ("a", "b"):
        query = read(f"SELECT ?x {{ SERVICE <{E}{endpoint}> {{ ?x ?p ?o }} }}")
        assert orders.order(query, STORES_OWN).services == query.services
    for space in ("", " ", "# somebody's\n"):
        query = read(f"SELECT ?x {{ {space}?x ?p 1 }}")
        assert orders.order(query, STORES_OWN).source == query.source


def test_what_was_counted_is_known_under_other_names() -> None:
    asked = []
    for one, other in ("xy", "yx", "az"):
        told = Told()
        told.count = lambda *terms: asked.append(terms) or 3000  # type: ignore[func-returns-value, method-assign]
        order(read(f"PREFIX ex: <{E}> SELECT ?{one} {{ ?{one} ex:p ?{other} ; ?k ex:a }}"), told)
    assert set(asked) == {("?s", f"<{E}p>", "?o"), ("?s", "?p", f"<{E}a>")}


def test_where_little_is_left_nothing_more_is_counted() -> None:
    told = Told(ordering.FEW - 1)
    query = read(f"PREFIX ex: <{E}> SELECT ?x {{ ?x ex:q ?y ; ex:r ex:a ; ex:p ?z }}")
    assert order(query, told) is query
    assert told.asked == [f"<{E}r>"]


@pytest.mark.parametrize(
    "text",
    [
        "DESCRIBE <urn:a>",
        "DESCRIBE ?x",
        "SELECT",
        "SELECT ?x",
        "ASK",
        "CONSTRUCT",
        'ASK { ?x ?p "5"^^ }',
        "ASK {}",
    ],
)
def test_a_query_without_a_group_or_its_end_is_left_to_the_engine(text: str) -> None:
    query = read(text)
    assert Orders(LocalStore(ox.Store())).order(query, STORES_OWN) is query


def test_a_template_is_no_group() -> None:
    query = read(
        f"PREFIX ex: <{E}> CONSTRUCT {{ ?x ex:q ?y . ?y ex:p ?z }} WHERE {{ ?x ex:q ?y . ?y ex:p ?z }}"
    )
    better = order(query, Told()).rendering.text
    template, _, where = better.partition("WHERE")
    assert "?x zz0:q ?y . ?y zz0:p ?z" in template
    assert where.strip() == "{ ?y zz0:p ?z . ?x zz0:q ?y . }"


def test_what_was_put_into_a_query_before_is_not_lost() -> None:
    query = read(f"PREFIX ex: <{E}> SELECT ?x {{ ?x ex:q ?y . ?x ex:p ?z }}")
    at = query.source.index("?x ex:q")
    put = replace(query, edits=[*query.edits, Edit(at, at, "VALUES ?x { <urn:a> } ")])
    assert order(put, Told()) is put


def test_graphs_that_the_protocol_asks_for_are_left() -> None:
    query = read(f"PREFIX ex: <{E}> SELECT ?x {{ ?x ex:q ?y . ?x ex:p ?z }}")
    assert Orders(LocalStore(ox.Store())).order(query, Dataset((f"{E}g",), ())) is query


def test_values_that_cannot_be_named_are_not_told() -> None:
    store = ox.Store()
    names = ox.NamedNode(f"{E}x"), ox.NamedNode(f"{E}r")
    store.add(ox.Quad(*names, ox.Literal("ا", language="ar", direction=ox.BaseDirection.RTL)))
    assert StoreNumbers(LocalStore(store)).values(f"<{E}r>") == ('"ا"@ar--rtl',)
    for value in (ox.Literal("a"), ox.BlankNode("b")):
        store.add(ox.Quad(ox.NamedNode(f"{E}x"), ox.NamedNode(f"{E}p"), value))
        store.add(ox.Quad(ox.NamedNode(f"{E}x"), ox.NamedNode(f"{E}q"), ox.Literal("é\n", language="fr")))
    numbers = StoreNumbers(LocalStore(store))
    assert numbers.values(f"<{E}p>") is None
    assert numbers.values(f"<{E}q>") == ('"é\\n"@fr',)
