"""Writes quads in a format, with the prefixes of sergekg."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from sergekg.rdf.terms import Quad, to_oxigraph
from sergekg.vocab import PREFIXES

FORMATS: dict[str, ox.RdfFormat] = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
"""Name as `sergekg export --format` knows it, to the engine's writer."""

_PREFIXABLE = {ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD}


def write_quads(quads: Iterable[Quad], form: ox.RdfFormat) -> bytes:
    """The quads as bytes; a format that holds no graph names gets each triple once."""
    made = [ox.Quad(*(to_oxigraph(term) for term in quad)) for quad in quads]  # type: ignore[arg-type]
    prefixes = PREFIXES if form in _PREFIXABLE else None
    if form.supports_datasets:
        return ox.serialize(made, format=form, prefixes=prefixes) or b""
    triples = dict.fromkeys(quad.triple for quad in made)
    return ox.serialize(triples, format=form, prefixes=prefixes) or b""
