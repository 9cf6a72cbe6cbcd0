"""A piece of evidence as a page shows it: both selectors, and what it is evidence of."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import URIRef

from sergekg.store.base import Store
from sergekg.store.queries import bind

_ONE = """
SELECT ?body ?motivation ?text ?exact ?prefix ?suffix ?start ?end ?statement WHERE {
  VALUES ?evidence { $evidence }
  ?evidence oa:hasBody ?body ; oa:motivatedBy ?motivation ; oa:hasTarget ?target .
  ?target oa:hasSource ?text ; oa:hasSelector ?quote, ?position .
  ?quote oa:exact ?exact ; oa:prefix ?prefix ; oa:suffix ?suffix .
  ?position oa:start ?start ; oa:end ?end .
  ?statement skg:hasEvidence|skg:subjectNamedIn ?evidence
} LIMIT 1"""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One annotation (W3C Web Annotation Data Model).

    Attributes:
        body: what the passage is said to bear on: the statement, or the thing that it names.
        names_subject: whether it only names the subject of the statement.
        exact, prefix, suffix: code points of the file as received, as are start and end.
    """

    iri: URIRef
    body: URIRef
    statement: URIRef
    text: URIRef
    exact: str
    prefix: str
    suffix: str
    start: int
    end: int

    @property
    def names_subject(self) -> bool:
        return self.body != self.statement

    @property
    def text_slug(self) -> str:
        return str(self.text).rpartition("/")[2]


def load_evidence(store: Store, iri: URIRef) -> EvidenceView | None:
    """The evidence with this IRI."""
    for row in store.select(bind(_ONE, {"evidence": iri})):
        return EvidenceView(
            iri=iri,
            body=URIRef(str(row["body"])),
            statement=URIRef(str(row["statement"])),
            text=URIRef(str(row["text"])),
            exact=str(row["exact"]),
            prefix=str(row["prefix"]),
            suffix=str(row["suffix"]),
            start=int(row["start"]),
            end=int(row["end"]),
        )
    return None
