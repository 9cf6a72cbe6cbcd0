"""What is a look-up is answered without a worker, as a worker would answer it; what is none is left to one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph as ox
import pytest

from sergekg.store.analysis import Dataset
from sergekg.store.answers import SOLUTION_FORMATS, Limits, Request
from sergekg.store.filling import load_quads
from sergekg.store.local import LocalStore
from sergekg.store.lookups import LookUps
from sergekg.store.pooled import PooledStore, read
from sergekg.store.textsearch import expand

S = "<http://e/s>"
LOOK_UPS = [
    f"SELECT ?o {{ {S} <http://e/p> ?o }}",
    f"SELECT * WHERE {{ {S} rdfs:label ?name . }}",
    f"SELECT ?o ?none {{ {S} <http://e/p> ?o }}",
    'SELECT ?s { ?s <http://e/p> "bonjour"@fr }',
    'SELECT $s { $s <http://e/p> "1936-05-01"^^xsd:date }',
    "PREFIX e: <http://e/> SELECT ?s { ?s e:p 7 }",
    f"SELECT ?p {{ {S} ?p <http://e/nothing> }}",
    "ASK { ?s a ?type }",
    "ASK { ?s <http://e/p> ?o }",
    "ASK { <http://e/nothing> ?p ?o }",
    "BASE <http://e/> ASK { <s> <p> ?o . }",
]
NONE = [
    "SELECT ?p ?o { <http://e/s> ?p ?o }",
    "SELECT ?o { <http://e/s> <http://e/p> ?o } LIMIT 2",
    "SELECT ?o { <http://e/s> <http://e/p> ?o } OFFSET 1",
    "SELECT ?o { <http://e/s> <http://e/p> ?o } ORDER BY ?o",
    "SELECT DISTINCT ?o { <http://e/s> <http://e/p> ?o }",
    "SELECT (STR(?o) AS ?text) { <http://e/s> <http://e/p> ?o }",
    "SELECT ?o { <http://e/s> <http://e/p>+ ?o }",
    "SELECT ?o { <http://e/s> <http://e/p> ?o , 7 }",
    "SELECT ?o { <http://e/s> <http://e/p> ?o FILTER(?o > 1) }",
    "SELECT ?o { GRAPH <http://e/g> { <http://e/s> <http://e/p> ?o } }",
    "SELECT ?o FROM <http://e/g> { <http://e/s> <http://e/p> ?o }",
    "SELECT ?s { ?s <http://e/p> ?s }",
    "ASK { ?s ?s ?o }",
    "ASK { ?s ?p $s }",
    "ASK { ?a ?b ?c . ?d ?e ?f }",
    "ASK { SERVICE <http://e/sparql> { ?s ?p ?o } }",
    "ASK { }",
    "ASK { [] ?p ?o }",
    "CONSTRUCT { ?s <http://e/p> 7 } { ?s <http://e/p> 7 }",
    "DESCRIBE <http://e/s>",
    'SELECT ?s { ?s <http://e/p> "a" } VALUES ?s { <http://e/s> }',
]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    path = tmp_path_factory.mktemp("lookups") / "data.nq"
    triples = [f'{S} <http://e/p> "{n} }},{{ \\" \\r"' for n in range(5)]
    triples += [f'{S} <http://e/p> "bonjour"@fr', f'{S} <http://www.w3.org/2000/01/rdf-schema#label> "x"']
    triples += [f"{S} <http://e/many> <http://e/o{n}>" for n in range(500)]
    triples += ['<http://e/t> <http://e/p> "7"^^<http://www.w3.org/2001/XMLSchema#integer>']
    triples += ['<http://e/t> <http://e/p> "1936-05-01"^^<http://www.w3.org/2001/XMLSchema#date>']
    lines = [f"{triple} <http://e/g{g}> .\n" for triple in triples for g in range(2)]
    path.write_text("".join(lines), encoding="utf-8")
    store = ox.Store()
    load_quads(store, path, union=True)
    return LocalStore(store)


@pytest.fixture(scope="module")
def pooled(local: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PooledStore]:
    path = tmp_path_factory.mktemp("workers") / "data.nq"
    local.engine.dump(str(path), ox.RdfFormat.N_QUADS)
    store = PooledStore({"kind": "memory", "path": str(path), "union": False})
    yield store
    store.close()


@pytest.mark.parametrize("source", LOOK_UPS)
def test_one_open_place_in_one_pattern_is_a_look_up(source: str) -> None:
    assert read(source).is_look_up


@pytest.mark.parametrize("source", NONE)
def test_whatever_an_engine_might_search_for_is_none(source: str) -> None:
    assert not read(source).is_look_up


@pytest.mark.parametrize("format", SOLUTION_FORMATS)
@pytest.mark.parametrize("source", LOOK_UPS)
def test_a_look_up_is_answered_as_a_worker_answers_it(
    source: str, format: str, local: LocalStore, pooled: PooledStore
) -> None:
    asked = Request(read(source), Limits(), solutions=format)
    here, there = LookUps(local).answer(asked), pooled.answer(asked)
    assert here is not None
    assert there.body is not None
    assert there.outcome is not None
    assert (here.kind, sorted(here.body), here.outcome.bytes) == (
        there.kind,
        sorted(there.body),
        there.outcome.bytes,
    )
    assert not here.outcome.is_cut
    assert b"".join(here) == here.body


def test_it_needs_no_worker(local: LocalStore) -> None:
    store = PooledStore({"kind": "disk", "path": "/nowhere"}, look_ups=LookUps(local))
    assert store.ask("ASK { <http://e/t> <http://e/p> 7 }")
    assert store.pool.running == 0


def test_a_long_answer_is_left_to_a_worker(local: LocalStore, pooled: PooledStore) -> None:
    asked = Request(read(f"SELECT ?o {{ {S} <http://e/many> ?o }}"), Limits())
    assert asked.query.is_look_up
    assert LookUps(local).answer(asked) is None
    whole = pooled.answer(asked)
    assert whole.outcome is not None
    assert whole.outcome.rows == 500


def test_what_the_limits_would_cut_is_left_to_a_worker(local: LocalStore) -> None:
    query = read(f"SELECT ?o {{ {S} <http://e/p> ?o }}")
    assert LookUps(local).answer(Request(query, Limits(rows=3))) is None
    assert LookUps(local).answer(Request(query, Limits(bytes=30))) is None


def test_a_long_query_is_left_to_a_worker(local: LocalStore) -> None:
    short = "ASK { ?s ?p ?o }"
    assert LookUps(local).answer(Request(read(short), Limits())) is not None
    assert LookUps(local).answer(Request(read(f"{short}{' ' * 10_000}"), Limits())) is None


def test_another_dataset_is_left_to_a_worker(local: LocalStore) -> None:
    asked = Request(read("ASK { ?s <http://e/p> 7 }"), Limits(), Dataset(("http://e/g0",), ()))
    assert LookUps(local).answer(asked) is None


def test_a_mistake_is_left_to_a_worker_to_explain(local: LocalStore) -> None:
    query = read("ASK { a <http://e/p> ?o . }")
    assert query.is_look_up
    assert LookUps(local).answer(Request(query, Limits())) is None


def test_a_search_of_the_text_is_none_whatever_it_looks_like() -> None:
    query = read('SELECT ?x { ?x skg:textMatch "serge" }')
    assert not expand(query, lambda variable, *_: f"VALUES {variable} {{ }} ").is_look_up


def test_many_ask_at_once(local: LocalStore) -> None:
    asked = [Request(read(source), Limits()) for source in LOOK_UPS] * 50
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(LookUps(local).answer, asked))
    for number, one in enumerate(found):
        assert one is not None
        assert one.body == found[number % len(LOOK_UPS)].body  # type: ignore[union-attr]
