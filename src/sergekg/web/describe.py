"""What the release says of one thing, as quads: itself, its statements with evidence, names (SCBD-like).

A description is complete and bounded: what is long comes in pages, and the union of the pages is the whole.
It holds the quads of the thing and of its parts (`thing#part`), those that point to it, every statement
and interpretation that has it as subject, object, event, place of statement or voice, each with its
evidence, and the preferred names of whatever these name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from rdflib import RDFS, SKOS, URIRef

from sergekg.rdf.terms import Quad, from_oxigraph
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.vocab import SKG

STATEMENTS_PER_PAGE = 50
QUADS_PER_PAGE = 500
"""Quads on a page that are of the thing itself or point to it."""

_FOUND = """
  { ?statement rdf:subject $thing BIND(1 AS ?rank) } UNION { ?statement rdf:object $thing BIND(1 AS ?rank) }
  UNION { ?statement skg:describesEvent $thing BIND(1 AS ?rank) }
  UNION { ?statement skg:hasEvidence $thing BIND(1 AS ?rank) }
  UNION { ?statement skg:subjectNamedIn $thing BIND(1 AS ?rank) }
  UNION { ?statement skg:statedIn $thing BIND(2 AS ?rank) }
  UNION { $thing skg:textOf ?document . ?statement skg:statedIn ?document BIND(2 AS ?rank) }
  UNION { ?statement skg:reportedBy $thing BIND(3 AS ?rank) }
  UNION { ?statement skg:distributedFrom $thing BIND(3 AS ?rank) }
  UNION { ?statement skg:voice $thing BIND(3 AS ?rank) }"""
_STATEMENTS = f"""
SELECT ?statement (MIN(?rank) AS ?first) WHERE {{ {_FOUND}
}} GROUP BY ?statement ORDER BY ?first ?statement"""
_COUNT_STATEMENTS = f"SELECT (COUNT(DISTINCT ?statement) AS ?count) WHERE {{ {_FOUND} }}"

_AROUND = """
  { VALUES ?s { $thing } GRAPH ?g { ?s ?p ?o } }
  UNION {
    VALUES ?o { $thing } GRAPH ?g { ?s ?p ?o }
    FILTER(?p NOT IN (
      rdf:subject, rdf:predicate, rdf:object, skg:describesEvent, skg:hasEvidence, skg:subjectNamedIn,
      skg:statedIn, skg:reportedBy, skg:distributedFrom, skg:voice, oa:hasBody, oa:hasSource, oa:hasTarget
    ))
  }"""
_QUADS_AROUND = f"SELECT ?s ?p ?o ?g WHERE {{ {_AROUND} }} ORDER BY ?s ?p ?o ?g"
_COUNT_AROUND = f"SELECT (COUNT(*) AS ?count) WHERE {{ {_AROUND} }}"

_EVIDENCE = {str(SKG.hasEvidence), str(SKG.subjectNamedIn)}
_PREFERRED, _LABEL = ox.NamedNode(str(SKOS.prefLabel)), ox.NamedNode(str(RDFS.label))
_QUADS = "SELECT ?s ?p ?o ?g WHERE { VALUES ?s { $nodes } GRAPH ?g { ?s ?p ?o } }"
_NAMES = """
SELECT ?s ?p ?o ?g WHERE {
  { VALUES ?s { $nodes } GRAPH ?g { ?s skos:prefLabel ?o } BIND(skos:prefLabel AS ?p) }
  UNION { VALUES ?s { $nodes } GRAPH ?g { ?s rdfs:label ?o } BIND(rdfs:label AS ?p) }
}"""


@dataclass(frozen=True, slots=True)
class Description:
    """One page of a description.

    Attributes:
        quads: each once; the thing first, then statements, then the rest, by IRI.
        page, pages: from 1.
        statements: how many there are on all pages.
    """

    quads: list[ox.Quad]
    page: int
    pages: int
    statements: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a description is: quads of the thing and around it, statements, pages."""

    around: int
    statements: int

    @property
    def pages(self) -> int:
        """From 1."""
        return max(1, -(-self.around // QUADS_PER_PAGE), -(-self.statements // STATEMENTS_PER_PAGE))


def is_known(store: Store, thing: URIRef) -> bool:
    """Whether the release says anything of it as a subject."""
    return store.ask(bind("ASK { $thing ?p ?o }", {"thing": thing}))


def describe(store: Store, thing: URIRef) -> list[Quad]:
    """All quads of a description, whatever its length."""
    extent = measure(store, thing)
    first = describe_page(store, thing, 1, extent)
    assert first is not None
    quads = set(first.quads)
    for page in range(2, first.pages + 1):
        more = describe_page(store, thing, page, extent)
        quads.update(more.quads if more else ())
    return [_to_rdflib(quad) for quad in _sorted(quads, str(thing), ())]


def _to_rdflib(quad: ox.Quad) -> Quad:
    terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
    return tuple(from_oxigraph(term) for term in terms)  # type: ignore[arg-type, return-value]


def measure(store: Store, thing: URIRef) -> Extent:
    """How long the description of a thing is."""
    return Extent(
        _count(store, bind(_COUNT_AROUND, {"thing": thing})),
        _count(store, bind(_COUNT_STATEMENTS, {"thing": thing})),
    )


def describe_page(store: Store, thing: URIRef, page: int, extent: Extent | None = None) -> Description | None:
    """One page of a description; None beyond the last.

    Args:
        extent: what `measure` gave, where it has been measured.
    """
    extent = extent or measure(store, thing)
    pages, statement_count = extent.pages, extent.statements
    if not 1 <= page <= pages:
        return None
    quads = set(store.quads(_slice(bind(_QUADS_AROUND, {"thing": thing}), page, QUADS_PER_PAGE)))
    found = store.select(_slice(bind(_STATEMENTS, {"thing": thing}), page, STATEMENTS_PER_PAGE))
    statements = [str(row["statement"]) for row in found if isinstance(row.get("statement"), URIRef)]
    quads |= _about(store, statements)
    evidence = {
        quad.object.value
        for quad in quads
        if quad.predicate.value in _EVIDENCE and isinstance(quad.object, ox.NamedNode)
    }
    quads |= _about(store, sorted(evidence))
    parts = _parts(store, {str(thing), *evidence}, quads)
    quads |= parts
    terms = {term for quad in quads for term in (quad.subject, quad.predicate, quad.object)}
    mentioned = {term.value for term in terms if isinstance(term, ox.NamedNode)}
    whole = {str(thing), *statements, *evidence, *_subjects(parts)}
    quads |= _names(store, sorted(mentioned - whole))
    return Description(_sorted(quads, str(thing), statements), page, pages, statement_count)


def _about(store: Store, nodes: Sequence[str]) -> set[ox.Quad]:
    """The quads of named graphs with one of the nodes as subject."""
    if not nodes:
        return set()
    return set(store.quads(bind(_QUADS, {"nodes": [URIRef(node) for node in nodes]})))


def _parts(store: Store, roots: set[str], quads: set[ox.Quad]) -> set[ox.Quad]:
    """The quads of the parts `root#part` that quads of their root, or of another part, lead to."""
    found: set[ox.Quad] = set()
    seen: set[str] = set()
    todo = quads
    while True:
        reached = {quad.object.value for quad in todo if isinstance(quad.object, ox.NamedNode)} - seen
        new = {node for node in reached if "#" in node and node.partition("#")[0] in roots}
        if not new:
            return found
        seen |= new
        todo = _about(store, sorted(new))
        found |= todo


def _subjects(quads: Iterable[ox.Quad]) -> set[str]:
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def _names(store: Store, nodes: Sequence[str]) -> set[ox.Quad]:
    """One kind of name for each node: the preferred ones where it has any."""
    if not nodes:
        return set()
    quads = set(store.quads(bind(_NAMES, {"nodes": [URIRef(node) for node in nodes]})))
    preferred = {quad.subject for quad in quads if quad.predicate == _PREFERRED}
    return {quad for quad in quads if quad.predicate != _LABEL or quad.subject not in preferred}


def _sorted(quads: Iterable[ox.Quad], thing: str, statements: Iterable[str]) -> list[ox.Quad]:
    first = {thing: 0, **dict.fromkeys(statements, 2)}

    def key(quad: ox.Quad) -> tuple[int, str]:
        name = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        return first.get(name, 1 if name.startswith(f"{thing}#") else 3), str(quad)

    return sorted(quads, key=key)


def _slice(query: str, page: int, size: int) -> str:
    return f"{query} LIMIT {size:d} OFFSET {(page - 1) * size:d}"


def _count(store: Store, query: str) -> int:
    return int(str(store.select(query)[0]["count"]))
