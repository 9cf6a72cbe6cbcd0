"""VoID: counts, partitions by class, property and datatype, linksets (W3C VoID, 2011; void-ext).

Partitions have IRIs and no type of their own, lest they outnumber in queries the things that they count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from rdflib import DCTERMS, FOAF, RDF, RDFS, VOID, XSD, Literal, URIRef

from sergekg.rdf.edition import Edition
from sergekg.rdf.statistics import PropertyStatistics, Statistics
from sergekg.rdf.terms import Triple
from sergekg.vocab import FORMATS, PREFIXES, VOID_EXT, WD

TARGETS = {str(WD): ("Wikidata", "http://www.wikidata.org/entity/Q2013", "https://www.wikidata.org/")}
"""Namespace of another dataset to its name, the thing that stands for it, and its home."""

_FEATURES = ("Turtle", "N-Triples", "N-Quads", "TriG", "JSON-LD", "RDF_XML")
_SAFE = re.compile(r"[A-Za-z0-9._-]+")


def void_triples(edition: Edition, counted: Statistics) -> Iterator[Triple]:
    """The description of the dataset, of its graphs as subsets, and of its links; partitions have IRIs."""
    iris = edition.iris
    dataset = iris.thing(edition.dataset_key())
    document = URIRef(f"{edition.base}void")
    yield document, RDF.type, VOID.DatasetDescription
    yield document, FOAF.primaryTopic, dataset
    yield document, FOAF.topic, dataset
    for tag, title in edition.title.items():
        yield document, DCTERMS.title, Literal(f"VoID — {title}", lang=tag)
    yield document, DCTERMS.modified, Literal(edition.modified, datatype=XSD.date)
    yield from _dataset(edition, dataset, counted)
    yield from _partitions(document, dataset, counted)
    for graph, (triples, entities) in counted.graphs.items():
        name = graph.removeprefix(f"{edition.base}graph/")
        subset = iris.thing(edition.dataset_key(name))
        yield dataset, VOID.subset, subset
        yield subset, RDF.type, VOID.Dataset
        yield subset, VOID.triples, _number(triples)
        yield subset, VOID.entities, _number(entities)
        yield subset, VOID.sparqlEndpoint, URIRef(f"{edition.base}sparql")
        for dump in edition.dumps:
            if dump.graph == name:
                yield subset, VOID.dataDump, URIRef(f"{edition.base}dumps/{dump.name}")
    yield from _linksets(document, dataset, counted)


def _dataset(edition: Edition, dataset: URIRef, counted: Statistics) -> Iterator[Triple]:
    base = edition.base
    yield dataset, RDF.type, VOID.Dataset
    yield dataset, FOAF.homepage, URIRef(base)
    yield dataset, VOID.sparqlEndpoint, URIRef(f"{base}sparql")
    yield dataset, VOID.uriLookupEndpoint, URIRef(f"{base}fragments?subject=")
    yield dataset, VOID.uriSpace, Literal(f"{base}id/")
    yield dataset, VOID.uriRegexPattern, Literal(f"^{re.escape(base)}id/[a-z0-9-]+/[a-z0-9-]+$")
    for name in _FEATURES:
        yield dataset, VOID.feature, FORMATS[name]
    for text in edition.texts:
        yield dataset, VOID.exampleResource, edition.iris.thing(text.key)
        yield dataset, VOID.rootResource, edition.iris.thing(text.key)
    used = {
        iri.rpartition("#")[0] + "#" if "#" in iri else iri.rpartition("/")[0] + "/"
        for iri in counted.properties
    }
    for namespace in sorted(used & set(PREFIXES.values())):
        yield dataset, VOID.vocabulary, URIRef(namespace)
    for dump in edition.dumps:
        if dump.graph is None:
            yield dataset, VOID.dataDump, URIRef(f"{base}dumps/{dump.name}")
    for term, value in (
        (VOID.triples, counted.triples),
        (VOID.entities, counted.entities),
        (VOID.classes, len(counted.instances)),
        (VOID.properties, len(counted.properties)),
        (VOID.distinctSubjects, counted.subjects),
        (VOID.distinctObjects, counted.objects),
    ):
        yield dataset, term, _number(value)


def _partitions(document: URIRef, dataset: URIRef, counted: Statistics) -> Iterator[Triple]:
    for cls, count in counted.instances.items():
        part = URIRef(f"{document}#class/{fragment(cls)}")
        yield dataset, VOID.classPartition, part
        yield part, VOID["class"], URIRef(cls)
        yield part, VOID.entities, _number(count)
        properties = counted.by_class.get(cls, {})
        yield part, VOID.triples, _number(sum(found.triples for found in properties.values()))
        for iri, found in properties.items():
            yield from _property(part, f"{part}/{fragment(iri)}", iri, found)
    for iri, found in counted.properties.items():
        yield from _property(dataset, f"{document}#property/{fragment(iri)}", iri, found)
    yield from _datatypes(dataset, f"{document}#", counted.datatypes)
    for tag, count in counted.languages.items():
        part = URIRef(f"{document}#language/{tag}")
        yield dataset, VOID_EXT.languagePartition, part
        yield part, VOID_EXT.language, Literal(tag)
        yield part, VOID.triples, _number(count)


def _property(whole: URIRef, name: str, iri: str, found: PropertyStatistics) -> Iterator[Triple]:
    part = URIRef(name)
    yield whole, VOID.propertyPartition, part
    yield part, VOID.property, URIRef(iri)
    yield part, VOID.triples, _number(found.triples)
    if "#class/" not in name:
        yield part, VOID.distinctSubjects, _number(found.subjects)
        yield part, VOID.distinctObjects, _number(found.objects)
        return
    for cls, count in found.classes.items():  # which classes a property leads to, as query builders want it
        inner = URIRef(f"{name}/{fragment(cls)}")
        yield part, VOID.classPartition, inner
        yield inner, VOID["class"], URIRef(cls)
        yield inner, VOID.triples, _number(count)
    yield from _datatypes(part, f"{name}/", found.datatypes)


def _datatypes(whole: URIRef, prefix: str, datatypes: Mapping[str, int]) -> Iterator[Triple]:
    for datatype, count in datatypes.items():
        part = URIRef(f"{prefix}datatype/{fragment(datatype)}")
        yield whole, VOID_EXT.datatypePartition, part
        yield part, VOID_EXT.datatype, URIRef(datatype)
        yield part, VOID.triples, _number(count)


def _linksets(document: URIRef, dataset: URIRef, counted: Statistics) -> Iterator[Triple]:
    for (predicate, namespace), count in counted.links.items():
        if predicate.startswith(str(RDF)):  # what an interpretation is about is no link of ours
            continue
        name, standing, home = TARGETS[namespace]
        linkset = URIRef(f"{document}#links/{name.lower()}/{fragment(predicate)}")
        target = URIRef(f"{document}#dataset/{name.lower()}")
        yield dataset, VOID.subset, linkset
        yield linkset, RDF.type, VOID.Linkset
        yield linkset, RDF.type, VOID.Dataset
        yield linkset, VOID.linkPredicate, URIRef(predicate)
        yield linkset, VOID.target, dataset
        yield linkset, VOID.target, target
        yield linkset, VOID.subjectsTarget, dataset
        yield linkset, VOID.objectsTarget, target
        yield linkset, VOID.triples, _number(count)
        yield target, RDF.type, VOID.Dataset
        yield target, RDFS.label, Literal(name)
        yield target, DCTERMS.title, Literal(name)
        yield target, DCTERMS.subject, URIRef(standing)
        yield target, FOAF.homepage, URIRef(home)
        yield target, VOID.uriSpace, Literal(namespace)


def fragment(iri: str) -> str:
    """A short name of a term for use in a fragment: `skg:Person`, or a digest where no prefix fits."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and _SAFE.fullmatch(local):
            return f"{prefix}:{local}"
    return hashlib.sha256(iri.encode()).hexdigest()[:12]


def _number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
