"""Links are made of accepted mappings alone; what was refused has its name, and no link."""

from dataclasses import replace

from rdflib import SKOS, Literal, URIRef

from sergekg.errors import Location
from sergekg.iris import Iris
from sergekg.model.mapping import Mapping
from sergekg.rdf.mappings import mapping_quads

IRIS = Iris("https://example.org/")
ACCEPTED = Mapping(
    "person/a", "skos:exactMatch", "http://www.wikidata.org/entity/Q1", "x", Location("x"), label="One"
)
REFUSED = replace(ACCEPTED, object="http://www.wikidata.org/entity/Q2", label="Two", is_refused=True)


def test_a_refused_item_is_named_and_not_linked() -> None:
    triples = {(s, p, o) for s, p, o, _ in mapping_quads([ACCEPTED, REFUSED], IRIS)}
    one, two = URIRef(ACCEPTED.object), URIRef(REFUSED.object)
    assert triples == {
        (IRIS.thing("person/a"), SKOS.exactMatch, one),
        (one, SKOS.prefLabel, Literal("One")),
        (two, SKOS.prefLabel, Literal("Two")),
    }


def test_an_item_that_is_accepted_elsewhere_keeps_the_name_of_that_decision() -> None:
    other = replace(REFUSED, subject="person/b", object=ACCEPTED.object, label="Another name")
    names = [o for _, p, o, _ in mapping_quads([other, ACCEPTED], IRIS) if p == SKOS.prefLabel]
    assert names == [Literal("One")]
