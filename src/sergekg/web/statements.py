"""Statements as pages show them: who says what, how far, when, in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rdflib import URIRef

from sergekg.store.base import Row, Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG
from sergekg.web.interpretations import CERTAINTIES

STATUSES = ("asserted", "reported", "questioned", "denied", "hypothetical", "rhetorical")
"""Local names of `skg:StatusScheme`, in the order in which pages list them."""
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?")

_CORE = """
SELECT ?statement ?subject ?predicate ?object ?status ?voice ?document ?text ?start ?end ?exact ?words WHERE {
  VALUES ?statement { $statements }
  ?statement rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object ;
    skg:status ?status ; skg:voice ?voice ; skg:statedIn ?document ;
    skg:quote ?words ; skg:hasEvidence ?evidence .
  ?evidence oa:hasTarget ?target .
  ?target oa:hasSource ?text ; oa:hasSelector ?quote, ?position .
  ?quote oa:exact ?exact .
  ?position oa:start ?start ; oa:end ?end .
}"""

_MORE = """
SELECT ?statement ?property ?value WHERE {
  VALUES ?statement { $statements }
  VALUES ?property {
    skg:reportedBy skg:date skg:earliest skg:latest skg:duration skg:describesEvent skg:distributedFrom
    skg:note skg:statusReason skg:resolvedFrom skg:dateAnchor skg:dateRule
  }
  ?statement ?property ?value
}"""

_CONFLICTS = """
SELECT DISTINCT ?statement ?other ?certainty WHERE {
  VALUES ?statement { $statements }
  { ?statement skg:conflictsWith ?other } UNION { ?other skg:conflictsWith ?statement }
  OPTIONAL {
    ?interpretation rdf:predicate skg:conflictsWith ; skg:certainty ?certainty ;
      rdf:subject|rdf:object ?statement, ?other
  }
}"""

_ANTECEDENTS = """
SELECT ?statement ?start ?end WHERE {
  VALUES ?statement { $statements }
  ?statement skg:subjectNamedIn/oa:hasTarget/oa:hasSelector ?position .
  ?position oa:start ?start ; oa:end ?end .
}"""

_ABOUT = """
SELECT DISTINCT ?statement WHERE {
  { ?statement rdf:subject $thing } UNION { ?statement rdf:object $thing } UNION
  { ?statement skg:describesEvent $thing } UNION { ?statement skg:distributedFrom $thing }
  ?statement a skg:Statement
}"""

_IN_DOCUMENT = """
SELECT ?statement WHERE { ?statement skg:statedIn $document ; a skg:Statement }"""


@dataclass(frozen=True, slots=True)
class StatementView:
    """One statement, flat.

    Attributes:
        status: local name of its concept, one of `STATUSES`.
        document: the letter or article that says it; `text` the SourceText that the offsets are of.
        start, end: code points of the file as received.
        exact: the words as they stand in that file; `words` as they are read, in `language`.
        date, earliest, latest: EDTF, and ISO days of the years 1 to 9999; empty where there is none.
        conflicts: the statements that contradict it; `conflict_certainty` the local name of how surely one
            does, empty where no interpretation says it.
        antecedent: start and end of the passage that names the subject, where the quote does not.
    """

    iri: URIRef
    subject: URIRef
    predicate: URIRef
    object: Term
    status: str
    voice: URIRef
    document: URIRef
    text: URIRef
    start: int
    end: int
    exact: str
    words: str
    language: str
    reported_by: URIRef | None = None
    date: str = ""
    earliest: str = ""
    latest: str = ""
    duration: str = ""
    event: URIRef | None = None
    distributed_from: URIRef | None = None
    note: str = ""
    status_reason: str = ""
    resolved_from: str = ""
    date_anchor: str = ""
    date_rule: str = ""
    conflicts: tuple[URIRef, ...] = ()
    conflict_certainty: str = ""
    antecedent: tuple[int, int] | None = None

    @property
    def digest(self) -> str:
        """The last part of its IRI."""
        return str(self.iri).rpartition("/")[2]

    @property
    def text_slug(self) -> str:
        return str(self.text).rpartition("/")[2]

    @property
    def passage(self) -> str:
        """`<start>-<end>`: names the passage in addresses."""
        return f"{self.start}-{self.end}"

    def nodes(self) -> Iterator[URIRef]:
        """Every thing and term that a page names when it shows this statement."""
        known = (self.subject, self.predicate, self.object, self.voice, self.document, self.reported_by)
        for node in (*known, self.event, self.distributed_from, URIRef(f"{SKG._NS}{self.status}")):
            if isinstance(node, URIRef):
                yield node


def statements_about(store: Store, thing: URIRef) -> list[StatementView]:
    """What is said of a thing, as subject, object, event or group, by text and place in it."""
    return load_statements(store, _column(store, bind(_ABOUT, {"thing": thing})))


def statements_in(store: Store, document: URIRef) -> list[StatementView]:
    """Everything that a letter or article says, by place in it."""
    return load_statements(store, _column(store, bind(_IN_DOCUMENT, {"document": document})))


def load_statements(store: Store, statements: Iterable[URIRef]) -> list[StatementView]:
    """The statements of these IRIs, by text, place in it, and IRI; an IRI that is none gives nothing."""
    wanted = sorted(set(statements))
    if not wanted:
        return []
    parameters = {"statements": wanted}
    more: dict[str, dict[str, list[Term]]] = {}
    for row in store.select(bind(_MORE, parameters)):
        name = str(row["property"]).rpartition("#")[2]
        more.setdefault(str(row["statement"]), {}).setdefault(name, []).append(row["value"])
    conflicts: dict[str, list[Row]] = {}
    for row in store.select(bind(_CONFLICTS, parameters)):
        conflicts.setdefault(str(row["statement"]), []).append(row)
    antecedents = {
        str(row["statement"]): (int(row["start"]), int(row["end"]))
        for row in store.select(bind(_ANTECEDENTS, parameters))
    }
    views = []
    for row in store.select(bind(_CORE, parameters)):
        iri = URIRef(str(row["statement"]))
        rest = more.get(str(iri), {})
        views.append(
            StatementView(
                iri=iri,
                subject=URIRef(str(row["subject"])),
                predicate=URIRef(str(row["predicate"])),
                object=row["object"],
                status=str(row["status"]).rpartition("#")[2],
                voice=URIRef(str(row["voice"])),
                document=URIRef(str(row["document"])),
                text=URIRef(str(row["text"])),
                start=int(row["start"]),
                end=int(row["end"]),
                exact=str(row["exact"]),
                words=str(row["words"]),
                language=getattr(row["words"], "language", None) or "",
                reported_by=_one_iri(rest, "reportedBy"),
                date=_one(rest, "date"),
                earliest=_day(rest, "earliest"),
                latest=_day(rest, "latest"),
                duration=_one(rest, "duration"),
                event=_one_iri(rest, "describesEvent"),
                distributed_from=_one_iri(rest, "distributedFrom"),
                note=_one(rest, "note"),
                status_reason=_one(rest, "statusReason"),
                resolved_from=_one(rest, "resolvedFrom"),
                date_anchor=_one(rest, "dateAnchor"),
                date_rule=_one(rest, "dateRule"),
                conflicts=tuple(sorted({URIRef(str(c["other"])) for c in conflicts.get(str(iri), ())})),
                conflict_certainty=_surest(conflicts.get(str(iri), ())),
                antecedent=antecedents.get(str(iri)),
            )
        )
    return sorted(views, key=lambda view: (view.text, view.start, view.end, view.iri))


def of_statuses(statements: Iterable[StatementView]) -> tuple[str, ...]:
    """The statuses among these, in the order in which pages list them."""
    found = {statement.status for statement in statements}
    return tuple(status for status in STATUSES if status in found)


def nodes_of(statements: Iterable[StatementView]) -> set[URIRef]:
    """Everything that these statements name."""
    return {node for statement in statements for node in statement.nodes()}


def _surest(conflicts: Iterable[Row]) -> str:
    rows = list(conflicts)
    if any("certainty" not in row for row in rows):  # said by no interpretation, and so without doubt
        return ""
    found = {str(row["certainty"]).rpartition("#")[2] for row in rows}
    return next((certainty for certainty in CERTAINTIES if certainty in found), "")


def _one(values: dict[str, list[Term]], name: str) -> str:
    found = values.get(name)
    return min(str(value) for value in found) if found else ""


def _day(values: dict[str, list[Term]], name: str) -> str:
    """A bound without its zone; one that is no day of our calendar is as if it were not there.

    A store that is written to, or elsewhere, may hold any xsd:date, such as one before our era.
    """
    found = _DAY.fullmatch(_one(values, name))
    try:
        return date.fromisoformat(found[1]).isoformat() if found else ""
    except ValueError:
        return ""


def _one_iri(values: dict[str, list[Term]], name: str) -> URIRef | None:
    found = _one(values, name)
    return URIRef(found) if found else None


def _column(store: Store, query: str) -> Sequence[URIRef]:
    return [URIRef(str(row["statement"])) for row in store.select(query)]
