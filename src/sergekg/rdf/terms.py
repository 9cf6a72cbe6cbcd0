"""rdflib terms to pyoxigraph terms and back, and sorted N-Quads; no literal is canonicalised on the way."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef
from rdflib.term import Identifier

Triple = tuple[URIRef, URIRef, URIRef | Literal]
Quad = tuple[URIRef, URIRef, URIRef | Literal, URIRef]


def to_oxigraph(term: Identifier) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """The same term for the embedded engine.

    Raises:
        ValueError: the IRI or the language tag is not valid.
    """
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return (
            ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)))
            if term.datatype
            else ox.Literal(str(term))
        )
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    raise ValueError(f"not an RDF term: {term!r}")


def to_engine(triple: Triple) -> ox.Quad:
    """A triple of rdflib's terms as a quad of the engine, in the default graph."""
    s, p, o = (to_oxigraph(term) for term in triple)
    return ox.Quad(s, p, o)  # type: ignore[arg-type]


def from_oxigraph(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> URIRef | BNode | Literal:
    """The same term for rdflib, its lexical form untouched.

    Raises:
        ValueError: a triple term, which rdflib cannot hold.
    """
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == "http://www.w3.org/2001/XMLSchema#string":
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(datatype), normalize=False)
    raise ValueError("rdflib holds no triple terms")


def from_triples(
    triples: Iterable[ox.Triple | ox.Quad],
) -> list[tuple[URIRef | BNode | Literal, URIRef | BNode | Literal, URIRef | BNode | Literal]]:
    """Each triple once for rdflib, less those with a triple term, which it cannot hold."""
    distinct = dict.fromkeys((one.subject, one.predicate, one.object) for one in triples)
    return [
        (from_oxigraph(s), from_oxigraph(p), from_oxigraph(o))
        for s, p, o in distinct
        if not isinstance(o, ox.Triple)
    ]


def to_nquads(quads: Iterable[Quad]) -> list[str]:
    """One canonical N-Quads line for each distinct quad, sorted by code point, without line ends."""
    return sorted(
        {f"{to_oxigraph(s)} {to_oxigraph(p)} {to_oxigraph(o)} {to_oxigraph(g)} ." for s, p, o, g in quads}
    )
