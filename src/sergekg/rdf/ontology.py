"""Reads the ontology: its graph, and what it allows as a `Signature`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from sergekg.errors import Location, ShapeError
from sergekg.model.signature import Property, Signature
from sergekg.rdf.terms import Triple
from sergekg.rdf.turtle import read_turtle

NAMESPACE = "https://w3id.org/sergekg/ontology#"


def read_ontology(directory: Path) -> Graph:
    """All Turtle files of the ontology as one graph.

    Raises:
        ShapeError: no file, one that is not Turtle, or one that holds a blank node.
    """
    graph = Graph()
    for path in sorted(directory.glob("*.ttl")):
        read_turtle(path, graph, f"ontology/{path.name}")
    if not len(graph):
        raise ShapeError("the ontology is empty", where=Location(str(directory.name)), remedy="install again")
    return graph


def to_signature(graph: Graph) -> Signature:
    """The classes and fact properties of the ontology.

    Raises:
        ShapeError: a fact property without domain or range, or a range that is unknown.
    """
    classes = {
        _local(cls): frozenset(_ancestors(graph, cls)) for cls in _ours(graph.subjects(RDF.type, OWL.Class))
    }
    properties = {}
    for iri in sorted(_ours(graph.subjects(RDF.type, URIRef(NAMESPACE + "FactProperty")))):
        prop = _property(graph, iri)
        for cls in (prop.domain, None if prop.is_literal else prop.range, prop.event):
            if cls is not None and cls not in classes:
                raise ShapeError(f"{prop.name} names the unknown class {cls}", where=Location("ontology"))
        properties[prop.name] = prop
    lines = sorted(f"{s.n3()} {p.n3()} {o.n3()}" for s, p, o in graph)
    return Signature(classes, properties, hashlib.sha256("\n".join(lines).encode()).hexdigest())


def ontology_triples(graph: Graph) -> list[Triple]:
    """The ontology for publication.

    Raises:
        ShapeError: it holds a blank node; none is published.
    """
    triples: list[Triple] = []
    for s, p, o in graph:
        if not (isinstance(s, URIRef) and isinstance(p, URIRef) and isinstance(o, (URIRef, Literal))):
            raise ShapeError(
                "the ontology holds a blank node", where=Location("ontology"), remedy="give it an IRI"
            )
        triples.append((s, p, o))
    return triples


def vocabulary_module(graph: Graph) -> str:
    """The source of `vocab/skg.py`: every term of ours as a name of one `DefinedNamespace`."""
    terms = sorted({_local(term) for term in _ours(graph.subjects())})
    upper = [term for term in terms if term[0].isupper()]
    lower = [term for term in terms if not term[0].isupper()]
    body = (
        "\n".join(f"    {term}: URIRef" for term in upper)
        + "\n\n"
        + "\n".join(f"    {t}: URIRef" for t in lower)
    )
    return _MODULE.format(namespace=NAMESPACE, body=body)


_MODULE = '''"""The terms of the sergekg ontology, made from ontology/ by `make vocabulary`."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DefinedNamespace


class SKG(DefinedNamespace):
    _fail = True
    _NS = Namespace("{namespace}")

{body}
'''


def _property(graph: Graph, iri: URIRef) -> Property:
    name = _local(iri)
    domain, range_ = graph.value(iri, RDFS.domain), graph.value(iri, RDFS.range)
    if domain is None or range_ is None:
        raise ShapeError(f"{name} has no domain or no range", where=Location("ontology"), remedy="give both")
    is_literal = (iri, RDF.type, OWL.DatatypeProperty) in graph
    role: Mapping[str, str | None] = {
        key: _local(value) if (value := graph.value(iri, URIRef(NAMESPACE + key))) is not None else None
        for key in ("shortcutOf", "subjectRole", "objectRole")
    }
    return Property(
        name=name,
        domain=_local(domain),
        range=str(range_) if is_literal else _local(range_),
        is_literal=is_literal,
        is_verbatim=(iri, RDF.type, URIRef(NAMESPACE + "VerbatimProperty")) in graph,
        event=role["shortcutOf"],
        subject_role=role["subjectRole"],
        object_role=role["objectRole"],
    )


def _ancestors(graph: Graph, cls: URIRef) -> Iterable[str]:
    seen, todo = set(), [cls]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += _ours(graph.objects(here, RDFS.subClassOf))
    names = {_local(iri) for iri in seen}
    return names | (
        {"SkosConcept"} if any((iri, RDFS.subClassOf, SKOS.Concept) in graph for iri in seen) else set()
    )


def _ours(nodes: Iterable[object]) -> set[URIRef]:
    return {node for node in nodes if isinstance(node, URIRef) and node.startswith(NAMESPACE)}


def _local(node: object) -> str:
    return str(node).removeprefix(NAMESPACE)
