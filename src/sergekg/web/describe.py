"""What the release says of one thing, as quads: itself, its statements with evidence, names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rdflib import URIRef

from sergekg.rdf.terms import Quad
from sergekg.store.base import Store
from sergekg.store.queries import bind

_STATEMENTS = """
SELECT DISTINCT ?statement WHERE {
  { ?statement rdf:subject $thing } UNION { ?statement rdf:object $thing } UNION
  { ?statement skg:describesEvent $thing } UNION { ?statement skg:hasEvidence $thing } UNION
  { ?statement skg:subjectNamedIn $thing }
  ?statement a ?type . VALUES ?type { skg:Statement skg:Interpretation }
} ORDER BY ?statement"""

_PARTS = """
SELECT DISTINCT ?part WHERE {
  VALUES ?statement { $statements }
  { ?statement skg:hasEvidence|skg:subjectNamedIn ?part } UNION
  { ?statement (skg:hasEvidence|skg:subjectNamedIn)/oa:hasTarget ?part } UNION
  { ?statement (skg:hasEvidence|skg:subjectNamedIn)/oa:hasTarget/oa:hasSelector ?part }
}"""

_QUADS = """
SELECT ?s ?p ?o ?g WHERE { VALUES ?s { $nodes } GRAPH ?g { ?s ?p ?o } }"""

_INCOMING = """
SELECT ?s ?p ?o ?g WHERE {
  VALUES ?o { $thing } GRAPH ?g { ?s ?p ?o }
  FILTER NOT EXISTS { ?s a skg:Statement } FILTER NOT EXISTS { ?s a oa:Annotation }
}"""

_NAMES = """
SELECT ?s ?p ?o ?g WHERE {
  VALUES ?s { $nodes } VALUES ?p { skos:prefLabel rdfs:label } GRAPH ?g { ?s ?p ?o }
}"""


def is_known(store: Store, thing: URIRef) -> bool:
    """Whether the release says anything of it as a subject."""
    return store.ask(bind("ASK { $thing ?p ?o }", {"thing": thing}))


def describe(store: Store, thing: URIRef) -> list[Quad]:
    """All quads about a thing and its fragments, its statements whole with their evidence, and names.

    Sorted, each once.
    """
    statements = _column(store, bind(_STATEMENTS, {"thing": thing}), "statement")
    about: list[URIRef] = [thing, *statements]
    if statements:
        about += _column(store, bind(_PARTS, {"statements": statements}), "part")
    about += [URIRef(f"{thing}#{part}") for part in ("target", "quote", "position")]
    quads = set(_quads(store, bind(_QUADS, {"nodes": dict.fromkeys(about)})))
    quads |= set(_quads(store, bind(_INCOMING, {"thing": thing})))
    mentioned = {
        node for quad in quads for node in quad[:3] if isinstance(node, URIRef) and node not in about
    }
    quads |= set(_quads(store, bind(_NAMES, {"nodes": sorted(mentioned)})))
    return sorted(quads, key=lambda quad: tuple(term.n3() for term in quad))


def _column(store: Store, query: str, name: str) -> list[URIRef]:
    return [row[name] for row in store.select(query) if isinstance(row[name], URIRef)]  # type: ignore[misc]


def _quads(store: Store, query: str) -> Iterable[Quad]:
    rows: Sequence[object] = store.select(query)
    for row in rows:
        yield row["s"], row["p"], row["o"], row["g"]  # type: ignore[index]
