"""The authority list, the sources and the interpretations as quads of their own graphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rdflib import DCTERMS, PROV, RDF, RDFS, SKOS, XSD, Literal

from sergekg.iris import Iris, content_hash
from sergekg.model.entity import Entity
from sergekg.model.interpretation import Interpretation
from sergekg.model.signature import Signature
from sergekg.model.statement import Certainty, Status
from sergekg.model.text import Document
from sergekg.rdf.statements import date_triples
from sergekg.rdf.terms import Quad, Triple
from sergekg.vocab import SKG, skg_term

_FIRMNESS = (
    Status.ASSERTED,
    Status.REPORTED,
    Status.HYPOTHETICAL,
    Status.QUESTIONED,
    Status.RHETORICAL,
    Status.DENIED,
)
"""From the firmest to the weakest ground for saying that an event took place."""


def entity_quads(
    entities: Iterable[Entity],
    attested: Mapping[str, Iterable[Status]],
    signature: Signature,
    iris: Iris,
) -> Iterator[Quad]:
    """Types and names of the authority list, in the graph `entities`.

    Args:
        attested: for each event key, the status of every statement that tells of it.
    """
    graph = iris.graph("entities")
    for entity in entities:
        node = iris.thing(entity.key)
        yield node, RDF.type, skg_term(entity.cls), graph
        for tag, name in entity.names.items():
            yield node, SKOS.prefLabel, Literal(name, lang=tag), graph
            yield node, RDFS.label, Literal(name, lang=tag), graph
        for tag in entity.plural_in:
            yield node, SKG.pluralIn, Literal(tag, datatype=XSD.language), graph
        for tag, words in entity.locatives.items():
            yield node, SKG.locativeLabel, Literal(words, lang=tag), graph
        preferred = entity.names["fr"]
        for form in entity.printed:
            if form != preferred:
                yield node, SKOS.altLabel, Literal(form, lang="fr"), graph
        for tag, names in entity.also.items():
            for name in names:
                yield node, SKOS.altLabel, Literal(name, lang=tag), graph
        for tag, note in entity.notes.items():
            yield node, SKOS.scopeNote, Literal(note, lang=tag), graph
        if entity.kind is not None:
            yield node, SKG.hasPenaltyKind, iris.thing(entity.kind), graph
        if entity.is_lengthless:
            yield node, SKG.isLengthless, Literal("true", datatype=XSD.boolean), graph
        if "SkosConcept" in signature.classes[entity.cls]:
            yield node, RDF.type, SKOS.Concept, graph
            yield node, SKOS.inScheme, skg_term(f"{entity.cls}Scheme"), graph
        if signature.is_a(entity.cls, "Event"):
            statuses = set(attested.get(entity.key, ()))
            for status in _FIRMNESS:
                if status in statuses:
                    yield node, SKG.attestedAs, skg_term(status.value), graph
                    break


def source_quads(documents: Iterable[Document], rights: Mapping[str, str], iris: Iris) -> Iterator[Quad]:
    """The texts and the files that hold them, in the graph `entities`.

    Args:
        rights: for each file name, what may be done with it.
    """
    graph = iris.graph("entities")
    languages: dict[str, str] = {}
    for document in documents:
        text, file = iris.text(document.slug), iris.thing(f"file/{document.file.sha256[:32]}")
        # a file has one content, whatever the languages of its texts
        language = languages.setdefault(document.file.sha256, document.language)
        triples: list[Triple] = [
            (text, RDF.type, SKG.SourceText),
            (text, SKG.textOf, iris.thing(document.key)),
            (text, SKG.inFile, file),
            (text, SKG.startInFile, Literal(str(document.span.start), datatype=XSD.integer)),
            (text, SKG.endInFile, Literal(str(document.span.end), datatype=XSD.integer)),
            (text, DCTERMS.language, Literal(document.language)),
            (file, RDF.type, SKG.SourceFile),
            (file, RDFS.label, Literal(document.file.name.rpartition("/")[2])),
            (file, SKG.sha256, Literal(document.file.sha256)),
            (file, SKG.content, Literal(document.file.text, lang=language)),
            (file, DCTERMS.rights, Literal(rights.get(document.file.name, ""))),
        ]
        for s, p, o in triples:
            yield s, p, o, graph


def interpretation_quads(interpretations: Iterable[Interpretation], iris: Iris) -> Iterator[Quad]:
    """Each interpretation with its agent, certainty and reason, in the graph `interpretations`.

    A claim of outside knowledge stays inside its interpretation: no plain triple is made of it. Only
    `skg:conflictsWith`, which is about statements and not about the past, is published plainly.
    """
    graph = iris.graph("interpretations")
    for item in interpretations:
        parts = (
            iris.relative(item.subject),
            iris.relative(item.predicate),
            iris.portable(item.object),
            item.certainty.value,
            item.source or "",
        )
        node = iris.interpretation(content_hash(parts))
        yield node, RDF.type, SKG.Interpretation, graph
        yield node, RDF.subject, item.subject, graph
        yield node, RDF.predicate, item.predicate, graph
        yield node, RDF.object, item.object, graph
        yield node, SKG.certainty, skg_term(item.certainty.value), graph
        yield node, PROV.wasAssociatedWith, item.agent, graph
        for tag, reason in item.reasons.items():
            yield node, SKG.reason, Literal(reason, lang=tag), graph
        if item.source:
            yield node, DCTERMS.source, Literal(item.source), graph
        if item.date is not None:
            for s, p, o in date_triples(node, item.date):
                yield s, p, o, graph
        if item.predicate == SKG.conflictsWith and item.certainty is not Certainty.REJECTED:
            yield item.subject, item.predicate, item.object, graph


def ontology_quads(triples: Iterable[Triple], iris: Iris) -> Iterator[Quad]:
    """The ontology, in the graph `ontology`."""
    graph = iris.graph("ontology")
    for s, p, o in triples:
        yield s, p, o, graph
