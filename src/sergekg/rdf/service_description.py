"""The SPARQL 1.1 Service Description of an endpoint over a release (W3C Recommendation, 21 March 2013)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rdflib import DCTERMS, RDF, RDFS, VOID, XSD, Literal, URIRef

from sergekg.rdf.terms import Triple
from sergekg.vocab import FORMATS, SD

_RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_TRIPLES = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")
_GRAPHS = (*_TRIPLES, "N-Quads", "TriG")


def service_description(
    endpoint: str,
    graphs: Mapping[str, int],
    triples: int,
    *,
    license: str = "",
    title: Mapping[str, str] = MappingProxyType({}),
    languages: Sequence[str] = ("SPARQL11Query",),
    functions: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    features: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    comments: Mapping[str, str] = MappingProxyType({}),
    can_federate: bool = False,
    has_union: bool = True,
) -> Iterator[Triple]:
    """What a client has to know before it asks; every node has an IRI under that of the endpoint.

    Args:
        endpoint: the address that queries are sent to, as the client reaches it.
        graphs: IRI of each named graph to its number of triples.
        triples: distinct triples of the default graph, the union of the named ones.
        languages: local names of `sd:Language`; add `SPARQL11Update` where writing is possible.
        functions: IRI of each extension function to what it does, by language tag.
        features: the same of magic properties.
        comments: what else is to be known, such as limits, by language tag.
        can_federate: whether SERVICE is allowed to any other endpoint.
        has_union: whether the default graph is the union of the named ones.
    """
    service = URIRef(endpoint)
    dataset, default = URIRef(f"{endpoint}#dataset"), URIRef(f"{endpoint}#default")
    yield service, RDF.type, SD.Service
    yield service, SD.endpoint, service
    for language in languages:
        yield service, SD.supportedLanguage, SD[language]
    if has_union:
        yield service, SD.feature, SD.UnionDefaultGraph
    if can_federate:
        yield service, SD.feature, SD.BasicFederatedQuery
    for name in (*_RESULTS, *_GRAPHS):
        yield service, SD.resultFormat, FORMATS[name]
    if any(language.endswith("Update") for language in languages):
        for name in _TRIPLES:  # what is written is one graph
            yield service, SD.inputFormat, FORMATS[name]
    for term, kind, named in (
        (SD.extensionFunction, SD.Function, functions),
        (SD.propertyFeature, SD.Feature, features),
    ):
        for iri, texts in sorted(named.items()):
            yield service, term, URIRef(iri)
            yield URIRef(iri), RDF.type, kind
            for tag, text in texts.items():
                yield URIRef(iri), RDFS.comment, Literal(text, lang=tag)
    for tag, text in title.items():
        yield service, DCTERMS.title, Literal(text, lang=tag)
    for tag, text in comments.items():
        yield service, RDFS.comment, Literal(text, lang=tag)
    if license:
        yield service, DCTERMS.license, URIRef(license)
    yield service, SD.defaultDataset, dataset
    yield service, SD.availableGraphs, dataset
    yield dataset, RDF.type, SD.Dataset
    yield dataset, RDF.type, SD.GraphCollection
    yield dataset, SD.defaultGraph, default
    yield default, RDF.type, SD.Graph
    yield default, VOID.triples, _number(triples)
    for iri, count in sorted(graphs.items()):
        node = URIRef(f"{endpoint}#graph/{iri.rpartition('/graph/')[2] or iri}")
        yield dataset, SD.namedGraph, node
        yield node, RDF.type, SD.NamedGraph
        yield node, SD.name, URIRef(iri)
        yield node, SD.graph, URIRef(f"{node}/content")
        yield URIRef(f"{node}/content"), RDF.type, SD.Graph
        yield URIRef(f"{node}/content"), VOID.triples, _number(count)


def _number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
