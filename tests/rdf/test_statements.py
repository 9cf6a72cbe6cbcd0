"""Statements are published whole; the plain triple only beside an asserted one."""

from dataclasses import replace

import pytest
from rdflib import RDF, TIME, XSD, BNode, Literal, URIRef

from sergekg.errors import Location
from sergekg.iris import Iris
from sergekg.model.dates import DateResolution, parse_date
from sergekg.model.evidence import Evidence, TextPositionSelector, TextQuoteSelector
from sergekg.model.signature import Property, Signature
from sergekg.model.statement import Statement, Status
from sergekg.model.text import Document, Reading, SourceFile, Span
from sergekg.rdf.statements import statement_quads
from sergekg.rdf.terms import Triple
from sergekg.vocab import EDTF_DATATYPE, OA, SKG

IRIS = Iris("https://w3id.org/sergekg/")
ANITA, VIATKA = IRIS.thing("person/anita-roussakova"), IRIS.thing("place/viatka")
EVENT = IRIS.thing("event/deportation-d-anita-roussakova")
FILE = SourceFile("l.txt", "0" * 64, "elle vient d’être déportée à Viatka")
LETTER = Document("l", "letter/l", "fr", FILE, Span(0, 35), Reading(FILE.text, 0, ()))
SIGNATURE = Signature(
    {},
    {
        "wasDeportedTo": Property(
            "wasDeportedTo", "Agent", "Place", False, False, "Deportation", "hasVictim", "hasDestination"
        ),
        "followed": Property("followed", "Event", "Event", False),
    },
)
STATEMENT = Statement(
    digest="3f9a",
    subject=ANITA,
    predicate=SKG.wasDeportedTo,
    object=VIATKA,
    status=Status.ASSERTED,
    voice=IRIS.thing("person/victor-serge"),
    evidence=Evidence(
        "l", TextQuoteSelector("déportée à Viatka", "elle vient d’être ", ""), TextPositionSelector(18, 35)
    ),
    origin=Location("annotations/l.yaml", 1),
    date=parse_date("1936-03/1936-05"),
    resolution=DateResolution("elle vient", "1936-05", "trois mois après"),
    duration=Literal("P5Y", datatype=XSD.duration),
    event=EVENT,
)


def triples(statement: Statement) -> set[Triple]:
    quads = list(statement_quads(LETTER, [statement], SIGNATURE, IRIS))
    assert {graph for *_, graph in quads} == {IRIS.text_graph("l")}
    return {(s, p, o) for s, p, o, _ in quads}


def test_a_statement_is_published_whole() -> None:
    node, found = IRIS.statement("3f9a"), triples(STATEMENT)
    assert {
        (node, RDF.type, RDF.Statement),
        (node, RDF.subject, ANITA),
        (node, RDF.predicate, SKG.wasDeportedTo),
        (node, RDF.object, VIATKA),
        (node, SKG.status, SKG.asserted),
        (node, SKG.statedIn, IRIS.thing("letter/l")),
        (node, SKG.date, Literal("1936-03/1936-05", datatype=EDTF_DATATYPE)),
        (node, SKG.earliest, Literal("1936-03-01", datatype=XSD.date)),
        (node, SKG.latest, Literal("1936-05-31", datatype=XSD.date)),
        (node, SKG.resolvedFrom, Literal("elle vient", lang="fr")),
        (node, SKG.duration, Literal("P5Y", datatype=XSD.duration)),
        (node, SKG.hasEvidence, IRIS.evidence("3f9a")),
    } <= found


def test_evidence_selects_by_quote_and_by_position() -> None:
    evidence, found = IRIS.evidence("3f9a"), triples(STATEMENT)
    target, quote, position = (URIRef(f"{evidence}#{part}") for part in ("target", "quote", "position"))
    assert {
        (evidence, OA.hasBody, IRIS.statement("3f9a")),
        (evidence, OA.hasTarget, target),
        (target, OA.hasSource, IRIS.text("l")),
        (target, OA.hasSelector, quote),
        (target, OA.hasSelector, position),
        (quote, OA.exact, Literal("déportée à Viatka")),
        (position, OA.start, Literal("18", datatype=XSD.integer)),
        (position, OA.end, Literal("35", datatype=XSD.integer)),
    } <= found


def test_an_asserted_statement_publishes_its_plain_triple_and_the_roles_of_its_event() -> None:
    assert {
        (ANITA, SKG.wasDeportedTo, VIATKA),
        (EVENT, SKG.hasVictim, ANITA),
        (EVENT, SKG.hasDestination, VIATKA),
    } <= triples(STATEMENT)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ASSERTED])
def test_no_other_status_publishes_a_plain_triple_or_a_role(status: Status) -> None:
    found = triples(replace(STATEMENT, status=status))
    assert (ANITA, SKG.wasDeportedTo, VIATKA) not in found
    assert not [triple for triple in found if triple[0] in (EVENT, ANITA)]


def test_an_event_said_to_follow_another_comes_after_it() -> None:
    earlier = IRIS.thing("event/arrestation")
    statement = replace(STATEMENT, subject=EVENT, predicate=SKG.followed, object=earlier, event=None)
    assert (EVENT, TIME.after, earlier) in triples(statement)


def test_no_blank_node_is_published() -> None:
    antecedent = replace(STATEMENT, antecedent=STATEMENT.evidence, note="note")
    assert not [term for triple in triples(antecedent) for term in triple if isinstance(term, BNode)]


def test_a_penalty_pronounced_is_not_a_time_served() -> None:
    assert (EVENT, SKG.duration, Literal("P5Y", datatype=XSD.duration)) not in triples(STATEMENT)
