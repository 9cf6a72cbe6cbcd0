"""Accepted mappings as links, in the graph `links`; null results stay in their file.

A refusal is an interpretation (`extract/interpretations.py`); here the refused thing only gets its name, so
that a reader sees who was taken for whom.
"""

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
    held = list(mappings)
    accepted = {mapping.object for mapping in held if mapping.is_match}
    for mapping in held:
        outside = URIRef(mapping.object)
        if mapping.is_match:
            yield iris.thing(mapping.subject), _PREDICATES[mapping.predicate], outside, graph
        is_named = mapping.is_match or (mapping.is_refused and mapping.object not in accepted)
        if mapping.label and is_named:
            yield outside, SKOS.prefLabel, Literal(mapping.label), graph
