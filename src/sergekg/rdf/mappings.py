"""Accepted mappings as links, in the graph `links`; refusals and null results stay in their file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import SKOS, Literal, URIRef

from sergekg.iris import Iris
from sergekg.model.mapping import Mapping
from sergekg.rdf.terms import Quad

_PREDICATES = {"skos:exactMatch": SKOS.exactMatch, "skos:closeMatch": SKOS.closeMatch}


def mapping_quads(mappings: Iterable[Mapping], iris: Iris) -> Iterator[Quad]:
    """`skos:exactMatch` for what is certain, `skos:closeMatch` for what is probable; `owl:sameAs` never."""
    graph = iris.graph("links")
    for mapping in mappings:
        if mapping.is_match:
            outside = URIRef(mapping.object)
            yield iris.thing(mapping.subject), _PREDICATES[mapping.predicate], outside, graph
            if mapping.label:
                yield outside, SKOS.prefLabel, Literal(mapping.label), graph
