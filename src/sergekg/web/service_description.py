"""The description of the endpoint (SPARQL 1.1 Service Description) with its functions and limits."""

from __future__ import annotations

from flask import Response, request, url_for
from rdflib import DCTERMS, RDF, RDFS, VOID, Graph, Literal, Namespace, URIRef
from werkzeug.exceptions import NotAcceptable

from sergekg.store.functions import DOCUMENTED
from sergekg.vocab import PREFIXES, SD
from sergekg.web.app import service
from sergekg.web.negotiate import choose
from sergekg.web.sparql_results import GRAPHS, RESULTS, content_type

_FORMATS = Namespace("http://www.w3.org/ns/formats/")
_NAMES = {
    "json": "SPARQL_Results_JSON", "xml": "SPARQL_Results_XML", "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV", "turtle": "Turtle", "ntriples": "N-Triples", "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD", "nquads": "N-Quads", "trig": "TriG",
}  # fmt: skip
_RDFLIB = {
    "turtle": "turtle",
    "ntriples": "nt",
    "rdfxml": "pretty-xml",
    "jsonld": "json-ld",
    "nquads": "nt",
    "trig": "turtle",
}


def describe_service() -> Response:
    """The description in the RDF format that the client prefers.

    Raises:
        NotAcceptable: the client takes none of them.
    """
    format = choose(request.headers.get("Accept", ""), GRAPHS)
    if format is None:
        raise NotAcceptable("The service is described as " + ", ".join(one.media_type for one in GRAPHS))
    body = description().serialize(format=_RDFLIB[format.suffix], encoding="utf-8")
    return Response(body, content_type=content_type(format), headers={"Vary": "Accept"})


def description() -> Graph:
    """The description as a graph."""
    serving = service()
    graph = Graph()
    for prefix in ("sd", "void", "dcterms", "rdfs", "skg"):
        graph.bind(prefix, PREFIXES[prefix])
    address = URIRef(url_for("sparql.endpoint", _external=True))
    this, dataset, default = (URIRef(f"{address}#{part}") for part in ("service", "dataset", "default-graph"))
    graph.add((this, RDF.type, SD.Service))
    graph.add((this, SD.endpoint, address))
    graph.add((this, SD.supportedLanguage, SD.SPARQL11Query))
    if serving.config.writable:
        graph.add((this, SD.supportedLanguage, SD.SPARQL11Update))
    if serving.config.default_graph == "union":
        graph.add((this, SD.feature, SD.UnionDefaultGraph))
    if serving.config.services:
        graph.add((this, SD.feature, SD.BasicFederatedQuery))
    for format in (*RESULTS, *GRAPHS):
        graph.add((this, SD.resultFormat, _FORMATS[_NAMES[format.suffix]]))
    for function in DOCUMENTED:
        node = URIRef(function.iri)
        graph.add((this, SD.propertyFeature if function.is_property else SD.extensionFunction, node))
        graph.add((node, RDF.type, SD.Feature if function.is_property else SD.Function))
        graph.add((node, RDFS.label, Literal(function.signature)))
        for language, text in function.about.items():
            graph.add((node, RDFS.comment, Literal(text, lang=language)))
    for language, text in serving.release.title.items():
        graph.add((this, DCTERMS.title, Literal(text, lang=language)))
    for language, template in _LIMITS.items():
        limits = template.format(
            seconds=serving.config.timeout, rows=serving.config.max_rows, length=serving.config.max_query
        )
        graph.add((this, RDFS.comment, Literal(limits, lang=language)))
    graph.add((this, SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, SD.defaultGraph, default))
    graph.add((default, RDF.type, SD.Graph))
    graph.add((default, VOID.triples, Literal(serving.release.counts.get("triples", 0))))
    for iri, quads in serving.release.graphs.items():
        named = URIRef(f"{address}#graph-{abs(hash(iri)):x}")
        graph.add((dataset, SD.namedGraph, named))
        graph.add((named, RDF.type, SD.NamedGraph))
        graph.add((named, SD.name, URIRef(iri)))
        graph.add((named, VOID.triples, Literal(quads)))
    return graph


_LIMITS = {
    "en": "A query may run {seconds:g} s, give {rows} rows and have {length} bytes; what is cut says so.",
    "fr": "Une requête peut durer {seconds:g} s, rendre {rows} lignes et compter {length} octets ; "
    "une réponse tronquée le dit.",
}
