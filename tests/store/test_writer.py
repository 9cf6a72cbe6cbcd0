"""What a write changes: as SPARQL 1.1 Update says, in a store of its own graphs and in a union of them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from rdflib import RDFS

from sergekg.errors import QueryError
from sergekg.store.analysis import STORES_OWN, Dataset
from sergekg.store.delta import Delta, Unreadable, canonical, lines_of, note_stated, parse
from sergekg.store.evaluate import Oxigraph
from sergekg.store.updates import read_update
from sergekg.store.writer import Writing
from sergekg.vocab import SKG

E = "http://e/"
PREFIXES = {"": E, "skg": str(SKG), "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}
TODAY = b"""
<http://e/a> <http://e/name> "x" <http://e/g1> .
<http://e/a> <http://e/p> <http://e/b> <http://e/g1> .
<http://e/a> <http://e/p> <http://e/b> <http://e/g2> .
<http://e/b> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g2> .
_:n <http://e/p> _:m <http://e/g3> .
"""
DEFAULT = b'<http://e/a> <http://e/p> <http://e/c> .\n_:k <http://e/p> "d" .\n'


def _store(*, union: bool) -> ox.Store:
    store = ox.Store()
    store.load(TODAY, ox.RdfFormat.N_QUADS)
    if union:
        store.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in list(store))
    else:
        store.load(DEFAULT, ox.RdfFormat.N_QUADS)
    return store


def _write(store: ox.Store, text: str, *, union: bool, using: Dataset = STORES_OWN) -> Delta:
    """Run an update on a store, and see that its delta does the same to a copy of what there was before."""
    before = ox.Store()
    before.extend(store)
    for graph in store.named_graphs():
        before.add_graph(graph)
    writing = Writing(Oxigraph(store, union=union), union=union, additions=f"{E}additions")
    writing.update([operation.to_job() for operation in read_update(text, PREFIXES, using).operations])
    delta = writing.delta()
    delta.apply(before, union=union)
    assert lines_of(before) == lines_of(store)
    assert set(before.named_graphs()) == set(store.named_graphs())
    return delta


def _named(store: ox.Store) -> set[str]:
    """Subject, object and graph of the quads of named graphs, in short, without those of blank nodes."""
    return {
        " ".join(_short(term) for term in (quad.subject, quad.object, quad.graph_name))
        for quad in store
        if not isinstance(quad.graph_name, ox.DefaultGraph) and not isinstance(quad.subject, ox.BlankNode)
    }


def _short(term: object) -> str:
    return str(getattr(term, "value", "")).removeprefix(E)


WAS = {"a x g1", "a b g1", "a b g2", "b 1 g2"}


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        (
            "DELETE { :a ?p ?o } INSERT { GRAPH :g3 { :a ?p ?o } } WHERE { :a ?p ?o }",
            {"a x g3", "a b g3", "b 1 g2"},
        ),
        (
            "DELETE { :a ?p ?o } INSERT { GRAPH :g2 { :a ?p ?o } } WHERE { :a ?p ?o }",
            {"a x g2", "a b g2", "b 1 g2"},
        ),
        (
            "DELETE { GRAPH :g2 { :b ?p ?o } } INSERT { :b ?p ?o } WHERE { GRAPH :g2 { :b ?p ?o } }",
            {"a x g1", "a b g1", "a b g2", "b 1 additions"},
        ),
        (
            "DELETE { ?s :name ?o } INSERT { GRAPH :g1 { ?s :name ?n } } WHERE { ?s :name ?o BIND(LCASE(?o) AS ?n) }",
            WAS,
        ),
        ("DELETE { ?s ?p ?o } INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }", WAS),
        ("INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }", WAS),
        ("INSERT { :a :p ?o, :new } WHERE { :b :p ?o }", WAS | {"a 1 additions", "a new additions"}),
        ("DELETE WHERE { :a ?p ?o }", {"b 1 g2"}),
        ("DELETE WHERE { GRAPH ?g { :a :p ?o } }", {"a x g1", "b 1 g2"}),
        (
            "DELETE { :a :p :b . GRAPH :g1 { :a :p :b } } INSERT { :a :p :b } WHERE {}",
            WAS - {"a b g1"},
        ),
        (
            "DELETE { :b :p ?o . GRAPH :g2 { :b :p ?o } } INSERT { :b :p ?o } WHERE { :b :p ?o }",
            {"a x g1", "a b g1", "a b g2", "b 1 additions"},
        ),
        ("WITH :g1 DELETE { ?s ?p :b } INSERT { ?s ?p :c } WHERE { ?s ?p :b }", {"a x g1", "a c g1", "a b g2", "b 1 g2"}),
        ("DROP GRAPH :g1", {"a b g2", "b 1 g2"}),
        ("MOVE :g1 TO :g2", {"a x g2", "a b g2"}),
        ("COPY :g2 TO :g1", {"a b g1", "b 1 g1", "a b g2", "b 1 g2"}),
        ("ADD :g2 TO :g1", WAS | {"b 1 g1"}),
        ("CLEAR NAMED", set()),
    ],
)  # fmt: skip
def test_in_a_union_deletes_come_first_and_what_is_inserted_is_there(text: str, is_there: set[str]) -> None:
    store = _store(union=True)
    _write(store, text, union=True)
    assert _named(store) == is_there
    merged = {str(quad.triple) for quad in store if isinstance(quad.graph_name, ox.DefaultGraph)}
    assert merged == {str(quad.triple) for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)}


@pytest.mark.parametrize(
    "text",
    [
        "DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
        "DELETE { ?s ?p ?o } INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "INSERT { GRAPH ?g { ?s :is ?s } } WHERE { ?s ?p ?o OPTIONAL { GRAPH ?g { ?s :name ?n } } }",
        "INSERT { GRAPH ?o { ?s ?p ?s } } WHERE { GRAPH :g2 { ?s ?p ?o } }",
        "INSERT { ?s ?none ?o . ?s :p ?none . ?none :p ?o . ?s :q ?o } WHERE { ?s ?p ?o }",
        "INSERT { _:x :of ?s ; :and _:x . GRAPH :h { _:x :of ?s } } WHERE { ?s ?p ?o }",
        "INSERT { [] :list (?s [ :p ?o ] 'l'@fr) } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "INSERT { ?n :p _:y } WHERE { ?s ?p ?o BIND(BNODE() AS ?n) }",
        "INSERT { GRAPH :h { :a a :T ; :p 1, 01, +1.0, 1e0, true, 'x', \"\"\"y\nz\"\"\"@en . } . :a :b :c } WHERE {}",
        "INSERT { :a :p ?n } WHERE { SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } }",
        "INSERT { << ?s ?p ?o >> :by :me . ?s :says <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }",
        "INSERT { :none :p 1 } WHERE { FILTER(false) }",
        "INSERT { GRAPH :h { 'lit' :p 'x' . :s :p 1 } } WHERE {}",
        "INSERT { 5 :p 1 ; :q 2 . GRAPH :h { true :p 1 . -1.5 :p 1 } 'x'@en--ltr :p 1 . 'x'^^:type :p 1 . ?s ?p 2 } WHERE { ?s ?p ?o }",
        "INSERT { <<( ?s :p <<( :a :b 1 )>> )>> :q ?o . <<5 :p 1>> :q ?o . ?s :says <<( 'x' :p ?o )>>, << <<( ?s ?p 1 )>> :p 1 >> } WHERE { ?s ?p ?o }",
        "DELETE { 'x' ?p ?o . ?s ?p 1 } WHERE { ?s ?p ?o }",
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH :h { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "WITH :g1 DELETE { ?s ?p ?o } INSERT { ?s ?p 2 . GRAPH :g2 { ?s ?p 2 } } WHERE { ?s ?p ?o . GRAPH :g2 { ?s ?p ?o } }",
        "WITH :g1 INSERT { ?s ?p ?o } USING :g2 WHERE { ?s ?p ?o }",
        "INSERT { ?s :is ?g } USING NAMED :g2 WHERE { GRAPH ?g { ?s ?p ?o } OPTIONAL { ?s ?p ?o . ?a ?b ?g } }",
        "INSERT { ?s :is 'u' } USING :g1 USING NAMED :g2 WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }",
        "DELETE WHERE { ?s ?p ?o . GRAPH :g1 { ?s ?q ?r } }",
        "DELETE DATA { :a :p :c . GRAPH :g2 { :b :p 1 . :b :p 2 } }",
        "DELETE{?s?p?o}INSERT{GRAPH<http://e/h>{?s?p?o}}WHERE{?s?p?o}",
        "PREFIX : <http://e/> INSERT { :x :p 1 } # WHERE { nothing }\nWHERE { :a :p ?o }",
        "CLEAR ALL", "CLEAR DEFAULT", "DROP NAMED", "DROP DEFAULT", "DROP ALL", "CLEAR GRAPH :g1", "DROP SILENT GRAPH :none",
        "COPY DEFAULT TO :g1", "COPY :g1 TO DEFAULT", "MOVE DEFAULT TO :h", "MOVE GRAPH :g1 TO GRAPH :h", "ADD :g1 TO DEFAULT",
        "ADD DEFAULT TO DEFAULT", "MOVE :g1 TO :g1", "CREATE GRAPH :h", "CREATE SILENT GRAPH :g1",
    ],
)  # fmt: skip
def test_a_store_of_its_own_graphs_is_changed_as_the_engine_would(text: str) -> None:
    ours, engines = _store(union=False), ox.Store()
    engines.extend(ours)
    _write(ours, text, union=False)
    prologue = " ".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items())
    engines.update(f"{prologue} {text}")
    assert _shape(ours) == _shape(engines)
    assert set(ours.named_graphs()) == set(engines.named_graphs())


def _shape(store: ox.Store) -> ox.Dataset:
    """A store whose blank nodes have labels that depend on what is said of them alone."""
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def test_several_using_graphs_are_one_set_of_triples_and_no_graph_of_a_user_is_touched() -> None:
    for using, clauses in (
        (STORES_OWN, f"USING <{E}g1> USING <{E}g2>"),
        (Dataset.of([f"{E}g1", f"{E}g2"], ()), ""),
    ):
        store = _store(union=True)
        _write(store, "INSERT DATA { GRAPH <urn:x-sergekg:merged> { :a :p :b } }", union=True)
        text = f"INSERT {{ GRAPH :h {{ :n :is ?n }} }} {clauses} WHERE {{ SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} }}"
        _write(store, text, union=True, using=using)
        assert "n 3 h" in _named(store)
        assert ox.NamedNode("urn:x-sergekg:merged") in set(store.named_graphs())


def test_what_is_deleted_by_a_number_with_a_sign_is_what_has_the_number() -> None:
    store = ox.Store()
    store.load(b"@prefix : <http://e/> . :a :p :b ; :q 1 . :b :p 1 ; :q 2 .", ox.RdfFormat.TURTLE)
    _write(store, "DELETE WHERE { ?s :p +1 . ?s :q ?n }", union=False)
    assert len(store) == 2
    _write(store, "INSERT DATA { :a :p +1 }", union=False)
    assert ox.Quad(ox.NamedNode(f"{E}a"), ox.NamedNode(f"{E}p"), ox.Literal(1)) in store


@pytest.mark.parametrize("kind", ["COPY", "MOVE", "ADD"])
def test_a_source_that_is_not_there_fails_and_changes_nothing(kind: str) -> None:
    store = _store(union=True)
    with pytest.raises(ValueError, match="no graph <http://e/none>"):
        _write(store, f"{kind} :none TO :g1", union=True)
    assert _write(store, f"{kind} SILENT :none TO :g1", union=True).is_empty
    assert _named(store) == WAS


@pytest.mark.parametrize("type", ["langString", "dirLangString"])
@pytest.mark.parametrize(
    "text",
    [
        'INSERT DATA {{ GRAPH :g1 {{ :a :p "x"^^rdf:{} }} }}',
        'INSERT {{ GRAPH :g1 {{ :a :p ?o }} }} WHERE {{ BIND(STRDT("x", rdf:{}) AS ?o) }}',
    ],
)
def test_what_could_not_be_read_again_is_not_written(text: str, type: str) -> None:
    with pytest.raises(Unreadable, match="this cannot be kept: <http://e/a>"):
        _write(_store(union=True), text.format(type), union=True)


def test_a_change_takes_from_the_store_only_what_it_is_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an operation follows the size of its change: nothing reads the whole store."""
    store = _store(union=True)
    jobs = [
        operation.to_job()
        for text in (
            "DELETE { :a :name ?o } INSERT { GRAPH :g1 { :a :name 'y' } } WHERE { :a :name ?o }",
            "CREATE GRAPH :h ; COPY :g1 TO :h ; DROP GRAPH :h",
        )
        for operation in read_update(text, PREFIXES, STORES_OWN).operations
    ]
    monkeypatch.setattr("sergekg.store.writer.lines_of", pytest.fail)
    writing = Writing(Oxigraph(store, union=True), union=True, additions=f"{E}additions")
    writing.update(jobs)
    assert writing.delta() == Delta(
        b'<http://e/a> <http://e/name> "y" <http://e/g1> .\n', b'<http://e/a> <http://e/name> "x" <http://e/g1> .\n'
    )  # fmt: skip


def test_a_literal_keeps_the_form_in_which_it_was_written_last() -> None:
    store = ox.Store()
    writing = Writing(Oxigraph(store, union=True), union=True, additions=f"{E}additions")
    number = '"{}"^^<http://www.w3.org/2001/XMLSchema#integer>'
    for text, given in (
        (f"INSERT DATA {{ GRAPH :g {{ :a :p {number.format('01')} }} }}", '"01"'),
        ("COPY :g TO :h ; DROP GRAPH :g ; MOVE :h TO :g", '"01"'),
        ("DELETE { ?s ?p ?o } INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }", '"01"'),
        (f"DELETE DATA {{ GRAPH :g {{ :a :p 1 }} }} ; INSERT DATA {{ GRAPH :g {{ :a :p {number.format('+1')} }} }}", '"+1"'),
    ):  # fmt: skip
        writing.update([one.to_job() for one in read_update(text, PREFIXES, STORES_OWN).operations])
        (line,) = writing.state()
        assert given in line.decode()
        assert {canonical(quad) for quad in parse(line)} <= lines_of(store)


@pytest.mark.parametrize("last", ["DELETE WHERE { :a :b ?t }", "DELETE DATA { :a :b <<( :a :p 1.50 )>> }"])
def test_a_triple_term_with_a_number_goes_as_it_came(last: str) -> None:
    store = _store(union=False)
    assert _write(store, f"INSERT DATA {{ :a :b <<( :a :p 1.50 )>> }} ; {last}", union=False).is_empty


def _state(store: ox.Store, stated: set[bytes], write: str) -> Delta:
    """A write over a release of which the journal has so much; the journal has its delta then."""
    writing = Writing(Oxigraph(store, union=True), union=True, additions=f"{E}additions", stated=stated)
    if write.startswith("INSERT"):
        writing.update(
            [operation.to_job() for operation in read_update(write, PREFIXES, STORES_OWN).operations]
        )
    else:
        job = {"how": "replace", "graph": f"{E}g2", "base": E, "formats": ["ntriples"]}
        writing.graph(job, [write.encode()])
    delta = Delta.from_bytes(writing.delta().to_bytes())
    note_stated(stated, delta)
    return delta


@pytest.mark.parametrize(
    "write",
    [
        "INSERT DATA { GRAPH :g2 { :a :p :b } }",
        '<http://e/a> <http://e/p> <http://e/b> .\n<http://e/b> <http://e/p> "1"^^'
        "<http://www.w3.org/2001/XMLSchema#integer> .\n",
    ],
    ids=["an update", "a graph"],
)
def test_what_a_write_states_outlives_the_release_that_has_it_already(write: str) -> None:
    stated: set[bytes] = set()
    delta = _state(_store(union=True), stated, write)
    assert not delta.is_change
    later = ox.Store()
    delta.apply(later, union=True)
    assert "a b g2" in _named(later)
    assert len(later) == 2 * len(stated)
    assert _state(_store(union=True), stated, write).is_empty, "it is in the journal once"


def test_what_is_stated_and_then_removed_is_removed() -> None:
    store, stated = _store(union=True), set[bytes]()
    both = "INSERT DATA { GRAPH :g2 { :a :p :b } } ; DELETE DATA { GRAPH :g2 { :a :p :b } }"
    delta = _state(store, stated, both)
    assert delta.remove
    assert not delta.stated
    assert "a b g2" not in _named(store)
    _state(store, stated, "INSERT DATA { GRAPH :g2 { :a :p :b } }")
    assert len(stated) == 1
    assert _state(store, stated, both).remove
    assert not stated


@pytest.mark.parametrize(
    ("update", "found"),
    [
        ('INSERT { GRAPH :h { ?t :hit 1 } } WHERE { ?t skg:textMatch "rusakova" ; :p ?o }', {"a 1 h"}),
        ("""PREFIX k: <SKG> BASE <http://e/> INSERT { GRAPH :h { ?t :hit ?o } }
            WHERE { GRAPH :g1 { ?t :p ?o } # here
              ?t k:textMatch 'Roussakova' }""", {"a b h"}),
        ('INSERT { GRAPH :h { ?t :hit 1 } } WHERE { GRAPH ?g { ?t <SKGtext\\u004Datch> "roussakova" } }', {"a 1 h"}),
        ('WITH :g2 INSERT { ?t :hit 1 } WHERE { ?t skg:textMatch "roussakova" }', set()),
        ('INSERT { ?t :hit 1 } USING :g1 WHERE { ?t skg:textMatch "roussakova" }', {"a 1 additions"}),
        ('DELETE { ?t :p ?o } WHERE { ?t skg:textMatch "roussakova" ; :p ?o }', {"-a b g1", "-a b g2"}),
        ("INSERT DATA { GRAPH :h { :x skg:textMatch 1 } }", {"x 1 h"}),
    ],
)  # fmt: skip
def test_the_where_of_an_update_searches_the_text(update: str, found: set[str]) -> None:
    store = _store(union=True)
    label = Delta(add=f'<{E}a> <{RDFS.label}> "Lioubov Roussakova"@fr <{E}g1> .\n'.encode())
    label.apply(store, union=True)
    before = _named(store)
    _write(store, update.replace("SKG", str(SKG)), union=True)
    after = _named(store)
    assert {*(after - before), *(f"-{line}" for line in before - after)} == found


def test_a_search_without_meaning_is_told_where_it_is() -> None:
    with pytest.raises(QueryError, match="line 2, column 7: skg:textMatch stands between"):
        _write(_store(union=True), "INSERT { ?t :hit 1 }\nWHERE { ?t skg:textMatch ?o }", union=True)
