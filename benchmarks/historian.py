"""Twenty queries as historians ask them, over the synthetic graph (`graph`)."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.graph import BASE
from sergekg.vocab import PREFIXES

_HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_P0, _P1 = f"<{BASE}id/person/p0>", f"<{BASE}id/person/p7>"
_PLACE, _TEXT = f"<{BASE}id/place/p1>", f"<{BASE}graph/text/t3>"


@dataclass(frozen=True)
class Question:
    """A query under a name; `is_graph` where its answer is triples."""

    name: str
    text: str

    @property
    def is_graph(self) -> bool:
        return "CONSTRUCT" in self.text

    @property
    def whole(self) -> str:
        """With every prefix declared, for engines that know none."""
        return _HEAD + self.text


QUESTIONS = tuple(
    Question(name, text)
    for name, text in (
        ("look-up: a name", f"SELECT ?l {{ {_P0} rdfs:label ?l }}"),
        ("look-up: all that is said of a person", f"SELECT ?p ?o {{ {_P1} ?p ?o }}"),
        (
            "evidence of a person",
            f"""SELECT ?st ?exact {{ ?st rdf:subject {_P1} ; skg:hasEvidence ?e .
            ?e oa:hasTarget ?t . ?t oa:hasSelector ?q . ?q oa:exact ?exact }}""",
        ),
        (
            "deported to a place",
            f"SELECT DISTINCT ?who ?l {{ ?who skg:wasDeportedTo {_PLACE} ; rdfs:label ?l }}",
        ),
        (
            "deportations of a year",
            """SELECT ?who ?place ?d { ?st rdf:predicate skg:wasDeportedTo ; rdf:subject ?who ; rdf:object ?place ;
            skg:earliest ?d FILTER(YEAR(?d) = 1936) }""",
        ),
        (
            "co-mentions",
            f"""SELECT ?other (COUNT(DISTINCT ?letter) AS ?n) {{ ?a rdf:subject {_P1} ; skg:statedIn ?letter .
            ?b skg:statedIn ?letter ; rdf:subject ?other FILTER(?other != {_P1}) }}
            GROUP BY ?other ORDER BY DESC(?n) ?other LIMIT 20""",
        ),
        (
            "a life in order",
            f"""SELECT ?d ?p ?o {{ ?st rdf:subject {_P0} ; rdf:predicate ?p ; rdf:object ?o ; skg:earliest ?d }}
            ORDER BY ?d ?p ?o""",
        ),
        ("friends of friends", f"SELECT DISTINCT ?x {{ {_P1} skg:friendOf/skg:friendOf ?x }}"),
        (
            "whom a path of friends reaches",
            f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {_P1} skg:companionOf+ ?x }}",
        ),
        (
            "optional dates",
            f"""SELECT ?st ?d {{ ?st skg:statedIn <{BASE}id/letter/t3> ; rdf:predicate skg:wasDeportedTo
            OPTIONAL {{ ?st skg:date ?d }} }}""",
        ),
        (
            "arrested and never deported",
            """SELECT (COUNT(DISTINCT ?who) AS ?n) { ?who skg:wasArrested ?e MINUS { ?who skg:wasDeportedTo ?p } }""",
        ),
        (
            "text search",
            'SELECT ?s ?l { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(?l), "roussakov 12")) } ORDER BY ?l ?s',
        ),
        (
            "statements by status",
            "SELECT ?status (COUNT(*) AS ?n) { ?st skg:status ?status } GROUP BY ?status",
        ),
        (
            "predicates by number",
            "SELECT ?p (COUNT(*) AS ?n) { ?st rdf:predicate ?p } GROUP BY ?p ORDER BY DESC(?n) ?p",
        ),
        (
            "the most spoken of, with their names",
            """SELECT ?l ?n { { SELECT ?who (COUNT(?st) AS ?n) { ?st rdf:subject ?who } GROUP BY ?who
            ORDER BY DESC(?n) LIMIT 20 } ?who rdfs:label ?l }""",
        ),
        ("what one text says", f"SELECT ?s ?p ?o {{ GRAPH {_TEXT} {{ ?s ?p ?o FILTER(isIRI(?o)) }} }}"),
        ("was anybody executed", "ASK { ?who skg:wasExecuted ?e }"),
        (
            "all deportations as a graph",
            "CONSTRUCT { ?who skg:wasDeportedTo ?where } WHERE { ?who skg:wasDeportedTo ?where }",
        ),
        ("every statement and its subject", "SELECT ?st ?who { ?st a skg:Statement ; rdf:subject ?who }"),
        (
            "between two dates, in order",
            """SELECT ?st ?d { ?st skg:earliest ?d
            FILTER(?d >= "1933-01-01"^^xsd:date && ?d < "1934-01-01"^^xsd:date) } ORDER BY ?d ?st LIMIT 500""",
        ),
    )
)
