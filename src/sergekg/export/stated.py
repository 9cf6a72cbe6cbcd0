"""The statements of one text and the things that they name, as an export needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdflib import Literal, URIRef

from sergekg.iris import Iris
from sergekg.model.text import Edit, Reading, Span
from sergekg.release import Release
from sergekg.store.base import Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG

_STATEMENTS = """
SELECT ?statement ?s ?p ?o ?status ?voice ?reporter ?event ?date ?earliest ?latest ?evidence
       ?exact ?prefix ?suffix ?start ?end ?contrary WHERE {
  ?statement skg:statedIn $document ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ;
             skg:status ?status ; skg:voice ?voice ; skg:hasEvidence ?evidence .
  ?evidence oa:hasTarget/oa:hasSelector ?quote , ?position .
  ?quote oa:exact ?exact ; oa:prefix ?prefix ; oa:suffix ?suffix .
  ?position oa:start ?start ; oa:end ?end .
  OPTIONAL { ?statement skg:reportedBy ?reporter }
  OPTIONAL { ?statement skg:describesEvent ?event }
  OPTIONAL { ?statement skg:date ?date }
  OPTIONAL { ?statement skg:earliest ?earliest }
  OPTIONAL { ?statement skg:latest ?latest }
  OPTIONAL { ?statement skg:conflictsWith|^skg:conflictsWith ?contrary }
} ORDER BY ?start ?end ?statement"""
_THINGS = """
SELECT ?thing ?class ?name ?match WHERE {
  VALUES ?thing { $things }
  { ?thing a ?class FILTER(STRSTARTS(STR(?class), STR(skg:))) } UNION { ?thing skos:prefLabel ?name }
  UNION { ?thing skos:exactMatch ?match }
}"""


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement with its first passage; offsets are code points of the file as received.

    Attributes:
        is_contradicted: whether an interpretation holds, however surely, that another contradicts it.
    """

    iri: URIRef
    subject: URIRef
    predicate: URIRef
    object: Term
    status: str
    voice: URIRef
    evidence: URIRef
    exact: str
    prefix: str
    suffix: str
    span: Span
    reporter: URIRef | None = None
    event: URIRef | None = None
    date: str | None = None
    earliest: str | None = None
    latest: str | None = None
    is_contradicted: bool = False

    @property
    def is_asserted(self) -> bool:
        return self.status == "asserted"

    @property
    def term(self) -> str:
        """Local name of the predicate."""
        return str(self.predicate).rpartition("#")[2]

    def things(self) -> list[URIRef]:
        """Everything that it names, its voice too."""
        nodes = (self.subject, self.object, self.voice, self.reporter, self.event)
        return [node for node in nodes if isinstance(node, URIRef)]


@dataclass
class Thing:
    """A thing as an export names it: `names` by language tag, IRIs of the same thing elsewhere."""

    key: str
    names: dict[str, str] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    matches: list[str] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.key.partition("/")[0]

    def name(self, language: str = "fr") -> str:
        return self.names.get(language) or next(iter(sorted(self.names.values())), self.key)


def load_stated(store: Store, document: URIRef) -> list[Stated]:
    """The statements of a document, in the order of its words."""
    found = {}
    for row in store.select(bind(_STATEMENTS, {"document": document})):
        if row["statement"] in found:
            continue
        status = str(row["status"]).removeprefix(str(SKG._NS))
        found[row["statement"]] = Stated(
            iri=URIRef(str(row["statement"])),
            subject=URIRef(str(row["s"])),
            predicate=URIRef(str(row["p"])),
            object=row["o"],
            status=status,
            voice=URIRef(str(row["voice"])),
            evidence=URIRef(str(row["evidence"])),
            exact=str(row["exact"]),
            prefix=str(row["prefix"]),
            suffix=str(row["suffix"]),
            span=Span(int(str(row["start"])), int(str(row["end"]))),
            reporter=URIRef(str(row["reporter"])) if "reporter" in row else None,
            event=URIRef(str(row["event"])) if "event" in row else None,
            date=str(row["date"]) if "date" in row else None,
            earliest=str(row["earliest"]) if "earliest" in row else None,
            latest=str(row["latest"]) if "latest" in row else None,
            is_contradicted="contrary" in row,
        )
    return list(found.values())


def load_things(store: Store, iris: Iris, nodes: Iterable[URIRef]) -> Mapping[URIRef, Thing]:
    """Names and classes of things of ours, by IRI; what has no name in the release is left out."""
    keys = {node: key for node in nodes if (key := iris.key(str(node))) is not None}
    if not keys:
        return {}
    things = {node: Thing(keys[node]) for node in sorted(keys)}
    for row in store.select(bind(_THINGS, {"things": list(things)})):
        thing = things[URIRef(str(row["thing"]))]
        if "class" in row:
            thing.classes.add(str(row["class"]).rpartition("#")[2])
        if isinstance(name := row.get("name"), Literal):
            thing.names[name.language or ""] = str(name)
        if "match" in row:
            thing.matches.append(str(row["match"]))
    for thing in things.values():
        thing.matches.sort()
    return {node: thing for node, thing in things.items() if thing.names}


def load_reading(release: Release, slug: str) -> Reading:
    """The normalised reading of a text, with the way back to the file."""
    raw = release.text(slug)
    return Reading(raw["reading"], raw["start"], [Edit(**edit) for edit in raw["edits"]])
