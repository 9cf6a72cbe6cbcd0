"""The ontology is complete, consistent, and the vocabulary module is made from it."""

from pathlib import Path

import owlrl
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef

from sergekg.assets import asset_dir
from sergekg.errors import ShapeError
from sergekg.rdf.ontology import NAMESPACE, read_ontology, to_signature, vocabulary_module

ONTOLOGY = read_ontology(asset_dir("ontology"))
TERMS = sorted({s for s in ONTOLOGY.subjects() if isinstance(s, URIRef) and s.startswith(NAMESPACE)})
KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty)
FACTS = sorted(ONTOLOGY.subjects(RDF.type, URIRef(NAMESPACE + "FactProperty")))


def languages(term: URIRef, predicate: URIRef) -> set[str | None]:
    return {value.language for value in ONTOLOGY.objects(term, predicate) if isinstance(value, Literal)}


def test_the_vocabulary_module_is_what_the_ontology_makes() -> None:
    made = Path(__file__).parents[2] / "src" / "sergekg" / "vocab" / "skg.py"
    assert made.read_text(encoding="utf-8") == vocabulary_module(ONTOLOGY)


@pytest.mark.parametrize("predicate", [RDFS.label, SKOS.definition], ids=["label", "definition"])
def test_every_term_is_named_and_defined_in_french_and_english(predicate: URIRef) -> None:
    lacking = [term for term in TERMS if not {"fr", "en"} <= languages(term, predicate)]
    assert lacking == []


def test_every_class_and_property_names_its_nearest_outside_term() -> None:
    relations = (
        RDFS.subClassOf, RDFS.subPropertyOf, SKOS.closeMatch, SKOS.relatedMatch, SKOS.broadMatch, SKOS.exactMatch,
    )  # fmt: skip
    kinds = (OWL.Class, *KINDS)
    lacking = [
        term
        for term in TERMS
        if any((term, RDF.type, kind) in ONTOLOGY for kind in kinds)
        and not any(
            not str(near).startswith(NAMESPACE)
            for relation in relations
            for near in ONTOLOGY.objects(term, relation)
        )
    ]
    assert lacking == []


def test_every_fact_property_says_how_it_reads_the_other_way_round() -> None:
    inverse = URIRef(NAMESPACE + "inverseLabel")
    assert [term for term in FACTS if not {"fr", "en"} <= languages(term, inverse)] == []


def test_every_property_of_the_model_is_there() -> None:
    signature = to_signature(ONTOLOGY)
    named = set(MODEL.split())
    assert named - set(signature.properties) == set()


def test_no_blank_node_is_published() -> None:
    assert not [node for node in ONTOLOGY.all_nodes() if isinstance(node, BNode)]


def test_the_ontology_is_consistent_under_owl_2_rl() -> None:
    graph = Graph()
    for triple in ONTOLOGY:
        graph.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    errors = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
    assert not list(graph.subjects(RDF.type, errors))
    assert not list(graph.subjects(RDF.type, OWL.Nothing))


@pytest.mark.parametrize(
    "turtle", ["not turtle", f"<{NAMESPACE}x> a <{NAMESPACE}FactProperty> ."], ids=["syntax", "no domain"]
)
def test_an_ontology_that_cannot_be_used_is_refused(turtle: str, tmp_path: Path) -> None:
    (tmp_path / "x.ttl").write_text(turtle, encoding="utf-8")
    with pytest.raises(ShapeError):
        to_signature(read_ontology(tmp_path))


MODEL = """
hasTitle authorOf addressedTo writtenAt hasDate publishedIn enclosesCopyOf isAbout alludesTo appealsTo callsFor thanks
claimsThat contradicts translatorOf revised isSequelTo hasGenre isHeldAt wasMadeToDisappearBy attemptedToSave initiatorOf
founderOf read hasOccupation heldPosition workedFor spouseOf parentOf siblingInLawOf friendOf companionOf
spiritualBrotherOf sharedConcernsWith memberOf affiliatedWith suspectedOfSympathyFor opposedTo isDescribedAs suffersFrom
stayedIn wasActiveIn witnessed messengerOf gatheredAround sharesSituationWith mayInclude hasCount wasArrested
wasImprisonedIn wasImprisonedAtSameTimeAs wasImprisonedOrDeported wasHeldCaptiveIn wasHeldIncommunicado
wasInterrogatedAbout wasUnderInvestigation wasSentencedTo wasDeported wasDeportedTo wasReleased isHeldHostageBy wasExecuted
wentOnHungerStrike died diedDuring diedOfConsequencesOf committedSuicide hasUnknownFate wasExpelledFrom wasRefusedPassport
wasDeprivedOf wasPreventedFrom wasBoycottedBy wasPersecutedBy wasRepressedFor wasCoercedInto hadCorrespondenceCutBy
wasErasedFrom purportedlySignedBy wasRetracted usedAgainst appealedTo supported wasDefendedBy contributedToReleaseOf
wasDeniedSpeechAt presidedOver participatedIn tookPlaceIn wantsToLeave leftCountry hasMotive causedBy followed
imposesPenalty appliesTo restricts
"""
