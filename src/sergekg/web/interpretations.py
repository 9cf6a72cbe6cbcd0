"""Interpretations as pages show them: what is not read in the texts, with agent, certainty and reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import DCTERMS, PROV, RDF, SKOS, Literal, URIRef

from sergekg.store.base import Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG

_ABOUT = """
SELECT DISTINCT ?interpretation ?property ?value WHERE {
  { ?interpretation rdf:subject $thing } UNION { ?interpretation rdf:object $thing }
  ?interpretation a skg:Interpretation ; ?property ?value
}"""
_ONE = """
SELECT ("x" AS ?x) ?interpretation ?property ?value WHERE {
  VALUES ?interpretation { $thing } ?interpretation a skg:Interpretation ; ?property ?value
}"""
IDENTITY = (SKOS.exactMatch, SKOS.closeMatch)
CERTAINTIES = ("certain", "probable", "possible", "rejected")


@dataclass(frozen=True, slots=True)
class InterpretationView:
    """One interpretation, flat.

    Attributes:
        certainty: local name of its concept, one of `CERTAINTIES`, or empty.
        reasons: language tag to reason.
        source: an untagged note is in the language of the corpus.
        date: EDTF, or empty.
    """

    iri: URIRef
    subject: Term
    predicate: Term
    object: Term
    certainty: str
    agent: Term | None
    source: Literal | None
    date: str
    reasons: dict[str, str]

    @property
    def is_identity(self) -> bool:
        """Whether it links one of our things to an outside authority."""
        return self.predicate in IDENTITY

    def reason(self, language: str) -> tuple[str, str]:
        """The reason and the language it is in: the reader's where there is one."""
        for tag in (language, "fr", "en", *sorted(self.reasons)):
            if tag in self.reasons:
                return self.reasons[tag], tag
        return "", ""

    def nodes(self) -> Iterator[URIRef]:
        for node in (self.subject, self.predicate, self.object, self.agent):
            if isinstance(node, URIRef):
                yield node
        if self.certainty:
            yield URIRef(f"{SKG._NS}{self.certainty}")


def interpretations_about(store: Store, thing: URIRef) -> list[InterpretationView]:
    """Those that have the thing as subject or object, the surest first."""
    return _gather(store, bind(_ABOUT, {"thing": thing}))


def load_interpretation(store: Store, iri: URIRef) -> InterpretationView | None:
    """The one with this IRI."""
    found = _gather(store, bind(_ONE, {"thing": iri}))
    return found[0] if found else None


def _gather(store: Store, query: str) -> list[InterpretationView]:
    values: dict[URIRef, dict[str, list[Term]]] = {}
    for row in store.select(query):
        node = URIRef(str(row["interpretation"]))
        values.setdefault(node, {}).setdefault(str(row["property"]), []).append(row["value"])
    views = [_view(iri, found) for iri, found in values.items()]
    return sorted(views, key=lambda view: (_rank(view.certainty), str(view.predicate), view.iri))


def _view(iri: URIRef, values: dict[str, list[Term]]) -> InterpretationView:
    def one(property_: URIRef) -> Term | None:
        found = values.get(str(property_))
        return min(found, key=str) if found else None

    reasons, source = values.get(str(SKG.reason), []), one(DCTERMS.source)
    return InterpretationView(
        iri=iri,
        subject=one(RDF.subject) or Literal(""),
        predicate=one(RDF.predicate) or Literal(""),
        object=one(RDF.object) or Literal(""),
        certainty=str(one(SKG.certainty) or "").rpartition("#")[2],
        agent=one(PROV.wasAssociatedWith),
        source=source if isinstance(source, Literal) else Literal(source) if source else None,
        date=str(one(SKG.date) or ""),
        reasons={r.language or "": str(r) for r in reasons if isinstance(r, Literal)},
    )


def _rank(certainty: str) -> int:
    return CERTAINTIES.index(certainty) if certainty in CERTAINTIES else len(CERTAINTIES)
