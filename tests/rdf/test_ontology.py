"""The ontology is complete, consistent, and the vocabulary module is made from it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import owlrl
import pytest
import yaml
from rdflib import DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SKOS, TIME, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from sergekg.assets import asset_dir
from sergekg.build.run import Assembly, Material, read_material
from sergekg.config import Config
from sergekg.corpus.authority import CLASS_OF_TYPE
from sergekg.errors import ShapeError
from sergekg.rdf.ontology import NAMESPACE, read_ontology, to_signature, vocabulary_module

ONTOLOGY = read_ontology(asset_dir("ontology"))
TERMS = sorted({s for s in ONTOLOGY.subjects() if isinstance(s, URIRef) and s.startswith(NAMESPACE)})
KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty)
FACTS = sorted(ONTOLOGY.subjects(RDF.type, URIRef(NAMESPACE + "FactProperty")))


QUOTED = re.compile("« (.*?) »")
EXAMPLE = re.compile(
    r"« (?P<quote>.+?) » \((?P<text>.+?)\) : (?P<subject>.+) skg:(?P<predicate>\w+) (?P<object>.+?)"
    r"(?:, (?P<status>rapporté|questionné|nié|hypothétique|rhétorique))?"
)
STATUSES = {str(ONTOLOGY.value(t, SKOS.prefLabel)): t for t in TERMS if (t, SKOS.inScheme, URIRef(NAMESPACE + "StatusScheme")) in ONTOLOGY}  # fmt: skip
CLOSED = {str(space): space for space in (DCTERMS, FOAF, ORG, OWL, PROV, SDO, SKOS, TIME)}


@pytest.fixture(scope="module")
def material(config: Config) -> Material:
    """The real corpus as read: texts, entities, interpretations."""
    return read_material(config)


def languages(term: URIRef, predicate: URIRef) -> set[str | None]:
    return {value.language for value in ONTOLOGY.objects(term, predicate) if isinstance(value, Literal)}


def test_the_vocabulary_module_is_what_the_ontology_makes() -> None:
    made = Path(__file__).parents[2] / "src" / "sergekg" / "vocab" / "skg.py"
    assert made.read_text(encoding="utf-8") == vocabulary_module(ONTOLOGY)


@pytest.mark.parametrize(
    "predicate", [RDFS.label, SKOS.definition, SKOS.example], ids=["label", "definition", "example"]
)
def test_every_term_is_named_defined_and_shown_in_french_and_english(predicate: URIRef) -> None:
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


@pytest.mark.parametrize("side", [RDFS.domain, RDFS.range], ids=["domain", "range"])
def test_every_property_has_a_domain_and_a_range(side: URIRef) -> None:
    kinds = (*KINDS, OWL.AnnotationProperty)
    properties = [term for term in TERMS if any((term, RDF.type, kind) in ONTOLOGY for kind in kinds)]
    assert [term for term in properties if (term, side, None) not in ONTOLOGY] == []


def test_every_outside_term_is_one_that_its_vocabulary_has() -> None:
    outside = {node for node in ONTOLOGY.all_nodes() if isinstance(node, URIRef)} - set(TERMS)
    unknown = [
        node
        for node in outside
        for start, space in CLOSED.items()
        if node.startswith(start) and node not in space
    ]
    assert unknown == []


@pytest.mark.parametrize("predicate", [SKOS.definition, SKOS.example], ids=["definition", "example"])
def test_whatever_is_quoted_of_a_term_is_read_in_a_text(predicate: URIRef, material: Material) -> None:
    readings = [document.reading.text.replace("\n", " ").casefold() for document in material.documents]
    quotes = {quote for term in TERMS for text in ONTOLOGY.objects(term, predicate) for quote in QUOTED.findall(text)}  # fmt: skip
    assert [quote for quote in sorted(quotes) if not any(quote.casefold() in text for text in readings)] == []


def test_the_example_of_a_fact_property_is_a_statement_of_the_corpus(
    config: Config, material: Material
) -> None:
    said = set(_said(config, material))
    wrong = []
    for term in FACTS:
        example = next(str(e) for e in ONTOLOGY.objects(term, SKOS.example) if e.language == "fr")
        part = EXAMPLE.fullmatch(example)
        assert part is not None, example
        status = part["status"] or "affirmé"
        shown = (part["text"], part["subject"], part["predicate"], part["object"], status)
        if part["predicate"] != term.removeprefix(NAMESPACE) or not any(
            row[1:] == shown and part["quote"] in row[0] for row in said
        ):
            wrong.append(example)
    # no text says it: two interpretations do, and the example names one
    assert [example for example in wrong if "skg:mayInclude" not in example] == []
    assert len(wrong) == 1


def _said(config: Config, material: Material) -> Iterator[tuple[str, ...]]:
    """Quote, text, subject, predicate, object and status of every statement, as the examples write them."""
    entities = material.context.entities
    titles = {document.slug: entities[document.key].names["fr"] for document in material.documents}
    names = {term.removeprefix(NAMESPACE): label for label, term in STATUSES.items()}
    for path in sorted((config.corpus / "annotations").glob("*.yaml")):
        notes = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        for row in notes["statements"]:
            value = row.get("object") or row["event"]
            prop = material.context.signature.properties[row["predicate"]]
            if not prop.is_literal:
                value = entities[value].names["fr"]
            elif prop.is_verbatim:
                value = f"« {value} »"
            subject = entities[row["subject"]].names["fr"]
            status = names[row.get("status", "asserted")]
            yield row["quote"], titles[path.stem], subject, row["predicate"], value, status


def test_every_fact_property_says_how_it_reads_the_other_way_round() -> None:
    inverse = URIRef(NAMESPACE + "inverseLabel")
    assert [term for term in FACTS if not {"fr", "en"} <= languages(term, inverse)] == []


def test_every_fact_property_says_how_it_reads_after_a_plural() -> None:
    plural = URIRef(NAMESPACE + "pluralLabel")
    assert [term for term in FACTS if languages(term, plural) != {"fr", "en"}] == []


def test_every_name_of_the_corpus_with_a_plural_article_is_said_to_be_one(material: Material) -> None:
    names = {entity.names["fr"]: "fr" in entity.plural_in for entity in material.context.entities.values()}
    assert [
        name for name, said in names.items() if name.startswith(("les ", "des ", "ceux ")) and not said
    ] == []


def test_a_locative_of_the_corpus_is_its_name_behind_a_preposition(material: Material) -> None:
    forms = {
        "fr": (r"(?:en|dans|sur|sous) (?:l’|la |le |les )?", re.compile(r"l’|(?:la|le|les) ")),
        "en": (r"(?:in|on|at) (?:the )?", re.compile("the ")),
    }
    found = [
        (e.names[tag], said, tag)
        for e in material.context.entities.values()
        for tag, said in e.locatives.items()
    ]
    assert {tag for _, _, tag in found} == {"fr", "en"}
    for name, said, tag in found:
        before, article = forms[tag]
        assert re.fullmatch(before + re.escape(article.sub("", name, count=1)), said)


def test_no_french_label_has_a_participle_that_agrees_with_its_subject() -> None:
    participle = re.compile(
        r"\b(?:a été|est|était|fut|s’est)(?: peut-être)? (?!vu\b)\w*(?:é|i|u|is|it|ort|ct)\b"
    )
    inverse = URIRef(NAMESPACE + "inverseLabel")
    found = [label for term in FACTS for p in (RDFS.label, inverse) for label in ONTOLOGY.objects(term, p)]
    labels = [str(label) for label in found if isinstance(label, Literal) and label.language == "fr"]
    assert len(labels) > 150
    assert [label for label in labels if participle.search(label)] == []


def test_every_property_of_the_model_is_there() -> None:
    signature = to_signature(ONTOLOGY)
    named = set(MODEL.split())
    assert named - set(signature.properties) == set()


def test_no_blank_node_is_published() -> None:
    assert not [node for node in ONTOLOGY.all_nodes() if isinstance(node, BNode)]


def contradictions(*graphs: Iterable[tuple[Node, Node, Node]]) -> set[Node]:
    """What an OWL 2 RL closure (OWL 2 Profiles, 4.3) finds to be false, or to be nothing."""
    graph = Graph()
    for triples in graphs:
        for triple in triples:
            graph.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    # owlrl hangs each message on a blank node of its own
    messages = graph.objects(None, URIRef("http://www.daml.org/2002/03/agents/agent-ont#error"))
    return {*messages, *graph.subjects(RDF.type, OWL.Nothing)}


@pytest.mark.slow
def test_the_ontology_is_consistent_under_owl_2_rl() -> None:
    assert contradictions(ONTOLOGY) == set()


@pytest.mark.slow
def test_the_facts_of_the_corpus_are_consistent_with_the_ontology(assembly: Assembly) -> None:
    terms = [triple for triple in ONTOLOGY if not isinstance(triple[2], Literal)]
    facts = list(_facts(assembly))
    assert len(facts) > 1000
    assert contradictions(terms, facts) == set()


def test_a_person_who_is_a_place_is_a_contradiction() -> None:
    someone = URIRef("https://example.org/someone")
    kinds = [(someone, RDF.type, URIRef(NAMESPACE + name)) for name in ("Person", "Place")]
    axioms = (RDFS.subClassOf, OWL.disjointWith)
    classes = [t for t in ONTOLOGY if t[1] in axioms or t[2] == OWL.Class]
    assert contradictions(classes) == set()
    assert contradictions(classes, kinds)


def _facts(assembly: Assembly) -> Iterator[tuple[Node, Node, Node]]:
    """The plain triples between things, and the classes of the things."""
    roles = set(ONTOLOGY.subjects(RDF.type, URIRef(NAMESPACE + "EventRole")))
    wanted = {*FACTS, *roles, RDF.type}
    things = tuple(f"<{assembly.material.context.iris.base}id/{name}/" for name in CLASS_OF_TYPE)
    for line in assembly.lines():
        if line.startswith(things):
            subject, predicate, value = (part.strip("<>") for part in line.split(" ", 3)[:3])
            if URIRef(predicate) in wanted and not value.startswith('"'):
                yield URIRef(subject), URIRef(predicate), URIRef(value)


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
