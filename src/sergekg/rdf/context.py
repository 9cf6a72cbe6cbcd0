"""Makes the JSON-LD context from the ontology: a short name for every term, typed as the ontology says."""

from __future__ import annotations

import json
from typing import Any

from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, URIRef

from sergekg.rdf.ontology import NAMESPACE
from sergekg.vocab import EDTF_DATATYPE, PREFIXES

_BORROWED: dict[str, Any] = {
    "label": {"@id": "rdfs:label", "@container": "@language"},
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "altLabel": {"@id": "skos:altLabel", "@container": "@language"},
    "scopeNote": {"@id": "skos:scopeNote", "@container": "@language"},
    "definition": {"@id": "skos:definition", "@container": "@language"},
    "exactMatch": {"@id": "skos:exactMatch", "@type": "@id"},
    "closeMatch": {"@id": "skos:closeMatch", "@type": "@id"},
    "inScheme": {"@id": "skos:inScheme", "@type": "@vocab"},
    "subject": {"@id": "rdf:subject", "@type": "@id"},
    "predicate": {"@id": "rdf:predicate", "@type": "@vocab"},
    "object": "rdf:object",
    "Annotation": "oa:Annotation",
    "SpecificResource": "oa:SpecificResource",
    "TextQuoteSelector": "oa:TextQuoteSelector",
    "TextPositionSelector": "oa:TextPositionSelector",
    "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"},
    "body": {"@id": "oa:hasBody", "@type": "@id"},
    "target": {"@id": "oa:hasTarget", "@type": "@id"},
    "source": {"@id": "oa:hasSource", "@type": "@id"},
    "selector": {"@id": "oa:hasSelector", "@type": "@id"},
    "exact": "oa:exact",
    "prefix": "oa:prefix",
    "suffix": "oa:suffix",
    "start": "oa:start",
    "end": "oa:end",
    "agent": {"@id": "prov:wasAssociatedWith", "@type": "@id"},
    "after": {"@id": "time:after", "@type": "@id"},
    "language": "dcterms:language",
    "rights": "dcterms:rights",
}
"""Terms of other vocabularies that our descriptions use, under the names of their own JSON-LD contexts."""


def make_context(ontology: Graph) -> str:
    """The text of the context file: keyword aliases, prefixes, borrowed terms, ours in alphabetical order."""
    context: dict[str, Any] = {"id": "@id", "type": "@type", **PREFIXES, **_BORROWED}
    for term in sorted(_ours(ontology), key=lambda iri: (iri.lower(), iri)):
        name = term.removeprefix(NAMESPACE)
        if name in context:
            continue
        context[name] = _definition(ontology, term, name)
    return json.dumps({"@context": context}, ensure_ascii=False, indent=1) + "\n"


def _ours(ontology: Graph) -> set[URIRef]:
    return {s for s in ontology.subjects() if isinstance(s, URIRef) and s.startswith(NAMESPACE)}


def _definition(ontology: Graph, term: URIRef, name: str) -> Any:
    compact, range_ = f"skg:{name}", ontology.value(term, RDFS.range)
    if (term, RDF.type, OWL.DatatypeProperty) in ontology:
        if range_ == RDF.langString:
            return {"@id": compact, "@container": "@language"}
        if range_ == EDTF_DATATYPE:
            return {"@id": compact, "@type": "edtf:EDTF"}
        if range_ in (XSD.date, XSD.duration, XSD.dateTime):
            return {"@id": compact, "@type": f"xsd:{str(range_).rpartition('#')[2]}"}
        return compact
    if (term, RDF.type, OWL.ObjectProperty) in ontology:
        # the values of a property of statements that ranges over concepts are terms of ours, as statuses are
        return {"@id": compact, "@type": "@vocab" if range_ == SKOS.Concept else "@id"}
    return compact
