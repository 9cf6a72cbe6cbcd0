"""The reading view of a letter or article: its words with passages marked, its statements facing them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rdflib import Literal, URIRef

from sergekg.model.text import Span
from sergekg.store.base import Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG
from sergekg.web.interpretations import InterpretationView, interpretations_about
from sergekg.web.links import FAMILIES, Links
from sergekg.web.passages import Block, Passage, find_mentions, to_blocks, to_passages
from sergekg.web.statements import STATUSES, StatementView, load_statements, statements_in
from sergekg.web.texts import Text

_FORMS = """
SELECT ?thing ?form WHERE {
  VALUES ?thing { $things } ?thing skos:prefLabel|skos:altLabel ?form FILTER(LANG(?form) = "fr")
}"""
_HEADS = """
SELECT ?statement WHERE {
  VALUES ?document { $documents } VALUES ?predicate { $predicates }
  ?statement a skg:Statement ; rdf:predicate ?predicate ; rdf:subject|rdf:object ?document .
}"""
_HEAD = (SKG.authorOf, SKG.addressedTo, SKG.publishedIn, SKG.writtenAt, SKG.hasDate)
"""What the head of a text says of it, in this order."""
_PASSAGE = re.compile(r"(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asks to see; an empty field asks for nothing."""

    status: str = ""
    family: str = ""
    voice: str = ""
    thing: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.status or self.family or self.voice or self.thing)

    def lets(self, statement: StatementView, links: Links) -> bool:
        """Whether a statement is among those asked for."""
        ends = (statement.subject, statement.object, statement.event)
        things = [str(end) for end in ends if isinstance(end, URIRef)]
        return (
            (not self.status or statement.status == self.status)
            and (not self.voice or self.voice == str(statement.voice))
            and (not self.thing or self.thing in things)
            and (not self.family or self.family in map(links.family, things))
        )


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said of the document itself; `certainty` is set where an interpretation says it."""

    predicate: URIRef
    is_inverse: bool
    values: tuple[Term, ...]
    certainty: str = ""


@dataclass(frozen=True)
class ReadingView:
    """One text, ready to be read.

    Attributes:
        passages: those that the filters let through; statements that they do not are left out.
        choices: for each filter, what may be chosen here and how many statements that gives.
        facts: author, addressee, place, date and periodical, as the text or an interpretation says.
        total: statements of the text, whatever the filters.
        lit: the passage that the address asks for.
        around: the statements whose passage overlaps the one asked for.
    """

    iri: URIRef
    text: Text
    blocks: Sequence[Block]
    passages: Sequence[Passage]
    filters: Filters
    choices: Mapping[str, Sequence[tuple[str, int]]]
    facts: Sequence[Fact]
    total: int
    as_received: bool
    lit: Span | None = None
    around: Sequence[StatementView] = field(default=())

    @property
    def author(self) -> URIRef:
        """The voice that says most here; notes name a voice only where it is another."""
        return URIRef(self.choices["voice"][0][0] if self.choices["voice"] else "")

    @property
    def shown(self) -> int:
        return sum(len(passage.statements) for passage in self.passages)


def view_reading(
    store: Store,
    links: Links,
    iri: URIRef,
    text: Text,
    filters: Filters,
    *,
    as_received: bool = False,
    passage: str = "",
) -> ReadingView:
    """Everything that a reading view shows.

    Args:
        passage: `<start>-<end>` in code points of the file; anything else asks for nothing.
    """
    statements = statements_in(store, iri)
    wanted = [statement for statement in statements if filters.lets(statement, links)]
    passages = to_passages(wanted)
    lit = _passage(passage, text)
    mentions = find_mentions(text, wanted, _forms(store, wanted))
    return ReadingView(
        iri=iri,
        text=text,
        blocks=to_blocks(text, passages, mentions, as_received=as_received, lit=lit),
        passages=passages,
        filters=filters,
        choices=_choices(statements, links),
        facts=_facts(iri, statements, interpretations_about(store, iri)),
        total=len(statements),
        as_received=as_received,
        lit=lit,
        around=[s for s in statements if lit is not None and Span(s.start, s.end).overlaps(lit)],
    )


def heads(store: Store, documents: Sequence[URIRef]) -> dict[URIRef, list[Fact]]:
    """Author, addressee, place, date and periodical of each of these letters and articles."""
    if not documents:
        return {}
    rows = store.select(bind(_HEADS, {"documents": documents, "predicates": _HEAD}))
    statements = load_statements(store, [URIRef(str(row["statement"])) for row in rows])
    return {iri: _facts(iri, statements, interpretations_about(store, iri)) for iri in documents}


def _facts(
    iri: URIRef, statements: Sequence[StatementView], interpretations: Sequence[InterpretationView]
) -> list[Fact]:
    facts = []
    for predicate in _HEAD:
        is_inverse = predicate == SKG.authorOf
        said: dict[Term, None] = {}
        for s in statements:
            if (
                s.predicate == predicate
                and s.status == "asserted"
                and iri == (s.object if is_inverse else s.subject)
            ):
                said[s.subject if is_inverse else s.object] = None
        if said:
            facts.append(Fact(predicate, is_inverse, tuple(said)))
        for item in interpretations:
            value = item.subject if is_inverse else item.object
            about = item.object if is_inverse else item.subject
            if (
                item.predicate == predicate
                and about == iri
                and value not in said
                and item.certainty != "rejected"
            ):
                facts.append(Fact(predicate, is_inverse, (value,), item.certainty))
    return facts


def span_of(given: str) -> Span | None:
    """The span that `<start>-<end>` in an address means; None for anything else."""
    found = _PASSAGE.fullmatch(given)
    return Span(int(found[1]), int(found[2])) if found and int(found[1]) < int(found[2]) else None


def _passage(given: str, text: Text) -> Span | None:
    span = text.clip(asked) if (asked := span_of(given)) is not None else Span(0, 0)
    return span if span.start < span.end else None


def _forms(store: Store, statements: Sequence[StatementView]) -> dict[str, list[str]]:
    things = {
        thing
        for statement in statements
        for thing in (statement.subject, statement.object, statement.event)
        if isinstance(thing, URIRef)
    }
    forms: dict[str, list[str]] = {}
    if things:
        for row in store.select(bind(_FORMS, {"things": sorted(things)})):
            forms.setdefault(str(row["thing"]), []).append(str(row["form"]))
    return forms


def _choices(statements: Sequence[StatementView], links: Links) -> dict[str, list[tuple[str, int]]]:
    statuses = Counter(s.status for s in statements)
    voices = Counter(str(s.voice) for s in statements)
    things: Counter[str] = Counter()
    families: Counter[str] = Counter()
    for statement in statements:
        ends = {
            str(e)
            for e in (statement.subject, statement.object, statement.event)
            if e is not None and not isinstance(e, Literal)
        }
        things.update(end for end in ends if links.family(end) in ("person", "collective"))
        families.update({links.family(end) for end in ends} - {""})
    return {
        "status": [(status, statuses[status]) for status in STATUSES if statuses[status]],
        "family": [(name, families[name]) for name in FAMILIES if families[name]],
        "voice": voices.most_common(),
        "thing": things.most_common(),
    }
