"""Statements as quads of the graph of their text: reified, with evidence, plain if asserted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import RDF, TIME, XSD, Literal, URIRef

from sergekg.iris import Iris, content_hash
from sergekg.model.dates import EdtfDate
from sergekg.model.evidence import Evidence
from sergekg.model.signature import Signature
from sergekg.model.statement import Statement
from sergekg.model.text import Document
from sergekg.rdf.terms import Quad, Triple
from sergekg.vocab import EDTF_DATATYPE, OA, SKG, skg_term

_LENGTH_IS_THE_PENALTYS = ("Deportation", "Detention")
"""Where « deported for five years » is the length pronounced; the time served is another, and not said."""


def statement_quads(
    document: Document, statements: Iterable[Statement], signature: Signature, iris: Iris
) -> Iterator[Quad]:
    """Every quad that the statements of one document give, in the document's own graph."""
    graph = iris.text_graph(document.slug)
    for statement in statements:
        for s, p, o in _triples(document, statement, signature, iris):
            yield s, p, o, graph


def _triples(document: Document, statement: Statement, signature: Signature, iris: Iris) -> Iterator[Triple]:
    node = iris.statement(statement.digest)
    language = "fr"
    yield node, RDF.type, SKG.Statement
    yield node, RDF.type, RDF.Statement
    yield node, RDF.subject, statement.subject
    yield node, RDF.predicate, statement.predicate
    yield node, RDF.object, statement.object
    yield node, SKG.status, skg_term(statement.status.value)
    yield node, SKG.voice, statement.voice
    yield node, SKG.statedIn, iris.thing(document.key)
    span = document.reading.reading_span(statement.evidence.span)
    words = document.reading.text[span.start : span.end].replace("\n", " ")
    yield node, SKG.quote, Literal(words, lang=document.language)
    if statement.reported_by is not None:
        yield node, SKG.reportedBy, statement.reported_by
    if statement.date is not None:
        yield from date_triples(node, statement.date)
    if statement.resolution is not None:
        yield node, SKG.resolvedFrom, Literal(statement.resolution.phrase, lang=document.language)
        if statement.resolution.anchor:
            yield node, SKG.dateAnchor, Literal(statement.resolution.anchor, datatype=EDTF_DATATYPE)
        if statement.resolution.rule:
            yield node, SKG.dateRule, Literal(statement.resolution.rule, lang=language)
    if statement.duration is not None:
        yield node, SKG.duration, statement.duration
    if statement.event is not None:
        yield node, SKG.describesEvent, statement.event
    if statement.distributed_from is not None:
        yield node, SKG.distributedFrom, statement.distributed_from
    if statement.status_reason:
        yield node, SKG.statusReason, Literal(statement.status_reason, lang=language)
    if statement.note:
        yield node, SKG.note, Literal(statement.note, lang=language)
    evidence = iris.evidence(statement.digest)
    yield node, SKG.hasEvidence, evidence
    yield from evidence_triples(evidence, statement.evidence, OA.assessing, node, iris)
    if statement.antecedent is not None:
        named_at = statement.antecedent.position
        named = iris.evidence(
            content_hash((statement.digest, "subject", str(named_at.start), str(named_at.end)))
        )
        yield node, SKG.subjectNamedIn, named
        yield from evidence_triples(named, statement.antecedent, OA.identifying, statement.subject, iris)
    if statement.is_fact:
        yield statement.subject, statement.predicate, statement.object
        yield from _event_triples(statement, signature)


def evidence_triples(
    node: URIRef, evidence: Evidence, motivation: URIRef, body: URIRef, iris: Iris
) -> Iterator[Triple]:
    """A Web Annotation whose target is selected by quote and by position (Web Annotation Data Model, 4).

    Positions are plain integers, as the embedded engine gives them back; the vocabulary's non-negative
    ones are a subset.
    """
    target, quote, position = (URIRef(f"{node}#{part}") for part in ("target", "quote", "position"))
    yield node, RDF.type, OA.Annotation
    yield node, RDF.type, SKG.Evidence
    yield node, OA.motivatedBy, motivation
    yield node, OA.hasBody, body
    yield node, OA.hasTarget, target
    yield target, RDF.type, OA.SpecificResource
    yield target, OA.hasSource, iris.text(evidence.document)
    yield target, OA.hasSelector, quote
    yield target, OA.hasSelector, position
    yield quote, RDF.type, OA.TextQuoteSelector
    yield quote, OA.exact, Literal(evidence.quote.exact)
    yield quote, OA.prefix, Literal(evidence.quote.prefix)
    yield quote, OA.suffix, Literal(evidence.quote.suffix)
    yield position, RDF.type, OA.TextPositionSelector
    yield position, OA.start, Literal(str(evidence.position.start), datatype=XSD.integer)
    yield position, OA.end, Literal(str(evidence.position.end), datatype=XSD.integer)


def date_triples(node: URIRef, date: EdtfDate) -> Iterator[Triple]:
    """The date as written, and the days that bound it, for queries."""
    yield node, SKG.date, Literal(date.text, datatype=EDTF_DATATYPE)
    if date.earliest is not None:
        yield node, SKG.earliest, Literal(date.earliest.isoformat(), datatype=XSD.date)
    if date.latest is not None:
        yield node, SKG.latest, Literal(date.latest.isoformat(), datatype=XSD.date)


def _event_triples(statement: Statement, signature: Signature) -> Iterator[Triple]:
    """What an asserted statement says of its event; the direct property is the shortcut of these."""
    prop = signature.properties[str(statement.predicate).partition("#")[2]]
    if statement.predicate == SKG.followed and isinstance(statement.object, URIRef):
        yield statement.subject, TIME.after, statement.object
    if statement.event is None or prop.event is None:
        return
    if prop.subject_role:
        yield statement.event, skg_term(prop.subject_role), statement.subject
    if prop.object_role:
        yield statement.event, skg_term(prop.object_role), statement.object
    if statement.date is not None:
        yield from date_triples(statement.event, statement.date)
    if statement.duration is None:
        return
    if prop.object_role == "hasPenalty" and isinstance(statement.object, URIRef):
        yield statement.object, SKG.duration, statement.duration
    elif prop.event not in _LENGTH_IS_THE_PENALTYS:
        yield statement.event, SKG.duration, statement.duration
