"""The page of a person, place, event, work: its names, what each source says of it, what else is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rdflib import RDF, RDFS, SKOS, Literal, URIRef

from sergekg.store.base import Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG
from sergekg.web.interpretations import InterpretationView, interpretations_about
from sergekg.web.labels import Name
from sergekg.web.statements import StatementView, statements_about

_OWN = """
SELECT ?property ?value WHERE { GRAPH $graph { $thing ?property ?value } }"""
_SAID = """
SELECT (COUNT(DISTINCT ?statement) AS ?count) WHERE { ?statement skg:voice $thing ; a skg:Statement }"""
_PASSED_ON = """
SELECT (COUNT(DISTINCT ?statement) AS ?count) WHERE {
  ?statement skg:reportedBy $thing ; a skg:Statement FILTER NOT EXISTS { ?statement skg:voice $thing }
}"""
_SHOWN_APART = {RDF.type, RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.scopeNote}
_ORDER = {"fr": 0, "en": 1, "ru": 2}


@dataclass(frozen=True, slots=True)
class VoiceGroup:
    """What one voice says in one document."""

    voice: URIRef
    statements: tuple[StatementView, ...]

    @property
    def passages(self) -> list[tuple[StatementView, ...]]:
        """The statements by the words that they share, in the order of the text."""
        return [tuple(found) for _, found in groupby(self.statements, key=lambda s: (s.start, s.end))]


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """What one document says, by voice, the voice that says most of it first."""

    document: URIRef
    voices: tuple[VoiceGroup, ...]

    @property
    def count(self) -> int:
        return sum(len(voice.statements) for voice in self.voices)


@dataclass(frozen=True)
class ThingView:
    """One thing.

    Attributes:
        key: `<type>/<slug>`.
        classes: IRIs of its classes, ours first.
        names: preferred names, French first.
        forms: other names, and forms that the texts print.
        notes: scope notes.
        sources: what the texts say of it, in the order of the corpus.
        said: how many statements it is the voice of; passed_on: how many in other voices it reports.
        links: identifications with outside authorities, but those refused; interpretations: all others.
        properties: what the authority list says besides.
    """

    iri: URIRef
    key: str
    classes: Sequence[URIRef]
    names: Sequence[Name]
    forms: Sequence[Name]
    notes: Sequence[Name]
    sources: Sequence[SourceGroup]
    said: int
    passed_on: int
    links: Sequence[InterpretationView]
    interpretations: Sequence[InterpretationView]
    properties: Sequence[tuple[URIRef, Term]]

    @property
    def statements(self) -> list[StatementView]:
        return [s for source in self.sources for voice in source.voices for s in voice.statements]

    @property
    def type(self) -> str:
        return self.key.partition("/")[0]


def view_thing(store: Store, iri: URIRef, key: str, graph: URIRef, documents: Sequence[URIRef]) -> ThingView:
    """Everything that the page of a thing shows.

    Args:
        graph: the graph of the authority list.
        documents: the letters and articles, in the order of the corpus.
    """
    own: dict[URIRef, list[Term]] = {}
    for row in store.select(bind(_OWN, {"graph": graph, "thing": iri})):
        own.setdefault(URIRef(str(row["property"])), []).append(row["value"])
    found = interpretations_about(store, iri)
    return ThingView(
        iri=iri,
        key=key,
        classes=sorted(
            (URIRef(str(c)) for c in own.get(RDF.type, ())), key=lambda c: (not c.startswith(SKG._NS), c)
        ),
        names=_names(own.get(SKOS.prefLabel, ())),
        forms=_names(own.get(SKOS.altLabel, ())),
        notes=_names(own.get(SKOS.scopeNote, ())),
        sources=by_source(statements_about(store, iri), documents),
        said=int(store.select(bind(_SAID, {"thing": iri}))[0]["count"]),
        passed_on=int(store.select(bind(_PASSED_ON, {"thing": iri}))[0]["count"]),
        links=[item for item in found if _is_link(item)],
        interpretations=[item for item in found if not _is_link(item)],
        properties=sorted(
            (property_, value)
            for property_, values in own.items()
            if property_ not in _SHOWN_APART
            for value in values
        ),
    )


def _is_link(item: InterpretationView) -> bool:
    return item.is_identity and item.certainty != "rejected"


def by_source(statements: Iterable[StatementView], documents: Sequence[URIRef]) -> list[SourceGroup]:
    """Statements by the document that makes them, then by voice: two sources are never flattened into one."""
    sources: dict[URIRef, dict[URIRef, list[StatementView]]] = {}
    for statement in statements:
        sources.setdefault(statement.document, {}).setdefault(statement.voice, []).append(statement)
    rank = {document: index for index, document in enumerate(documents)}
    groups = []
    for document in sorted(sources, key=lambda d: (rank.get(d, len(rank)), d)):
        voices = sources[document]
        ordered = sorted(voices, key=lambda voice: (-len(voices[voice]), voice))
        groups.append(SourceGroup(document, tuple(VoiceGroup(v, tuple(voices[v])) for v in ordered)))
    return groups


def _names(values: Iterable[Term]) -> list[Name]:
    found = [Name(str(v), v.language or "") for v in values if isinstance(v, Literal)]
    return sorted(found, key=lambda n: (_ORDER.get(n.language, 9), n.language, n.text))
