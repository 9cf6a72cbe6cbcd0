"""All statements of a release in memory, a few small fields each, for lists that are counted and narrowed.

A release never changes, so this is made once, at the first list that is asked for: about 0.3 kB for each
statement.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sergekg.store.base import Store, Term

_STATEMENTS = """
SELECT ?statement ?subject ?predicate ?object ?status ?voice ?document ?event ?earliest ?latest WHERE {
  ?statement a skg:Statement ; rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object ;
    skg:status ?status ; skg:voice ?voice ; skg:statedIn ?document .
  OPTIONAL { ?statement skg:describesEvent ?event }
  OPTIONAL { ?statement skg:earliest ?earliest }
  OPTIONAL { ?statement skg:latest ?latest }
} ORDER BY ?document ?statement"""
_YEAR = re.compile(r"(-?\d{4,9})-")
_THINGS = """
SELECT ?thing ?class WHERE {
  ?thing a ?class ; skos:prefLabel ?name
  FILTER(STRSTARTS(STR(?class), STR(skg:)))
  FILTER NOT EXISTS { ?thing rdfs:isDefinedBy ?ontology }
}"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement, in what lists are narrowed by; `earliest` and `latest` are years, 0 and 9999 if open."""

    iri: str
    subject: str
    predicate: str
    object: str
    status: str
    voice: str
    document: str
    event: str
    is_dated: bool
    earliest: int
    latest: int

    def things(self) -> set[str]:
        return {self.subject, self.object, self.event}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list is narrowed by; an empty field narrows nothing. `since` and `until` are years."""

    cls: str = ""
    document: str = ""
    status: str = ""
    voice: str = ""
    predicate: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def is_about_statements(self) -> bool:
        """Whether a thing is in the list only if some statement of it fits."""
        given = (self.document, self.status, self.voice, self.predicate)
        return any(given) or self.since is not None or self.until is not None

    def fits(self, entry: Entry, *, but: str = "") -> bool:
        """Whether a statement fits, one of the fields left out of account."""
        return (
            (but == "document" or not self.document or entry.document == self.document)
            and (but == "status" or not self.status or entry.status == self.status)
            and (but == "voice" or not self.voice or entry.voice == self.voice)
            and (but == "predicate" or not self.predicate or entry.predicate == self.predicate)
            and (self.since is None or (entry.is_dated and entry.latest >= self.since))
            and (self.until is None or (entry.is_dated and entry.earliest <= self.until))
        )


@dataclass(frozen=True)
class Index:
    """Every statement, and every named thing with its class."""

    entries: Sequence[Entry]
    classes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_thing(self) -> dict[str, list[Entry]]:
        """The statements of which a thing is subject, object or event."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for thing in entry.things():
                if thing in self.classes:
                    found.setdefault(thing, []).append(entry)
        return found

    @cached_property
    def years(self) -> tuple[int, int]:
        """The first and last year that any statement is bounded by."""
        bounds = [y for e in self.entries for y in (e.earliest, e.latest) if e.is_dated and 0 < y < 9999]
        return (min(bounds), max(bounds)) if bounds else (0, 0)

    def things(self, wanted: Iterable[str], choice: Choice) -> list[tuple[str, int]]:
        """Those of the wanted things that fit, with how many statements of theirs do."""
        found = []
        for thing in wanted:
            if choice.cls and self.classes.get(thing) != choice.cls:
                continue
            count = sum(choice.fits(entry) for entry in self.by_thing.get(thing, ()))
            if count or not choice.is_about_statements:
                found.append((thing, count))
        return found

    def facets_of_things(self, wanted: Sequence[str], choice: Choice) -> dict[str, list[tuple[str, int]]]:
        """For each field, its values and how many things each would leave in the list."""
        counts: dict[str, Counter[str]] = {name: Counter() for name in ("cls", *FACETS)}
        for thing in wanted:
            entries = self.by_thing.get(thing, ())
            cls = self.classes.get(thing, "")
            if not choice.is_about_statements or any(choice.fits(entry) for entry in entries):
                counts["cls"][cls] += 1
            if choice.cls and cls != choice.cls:
                continue
            for name in FACETS:
                values = {getattr(entry, name) for entry in entries if choice.fits(entry, but=name)}
                counts[name].update(values)
        return {name: _ordered(counter) for name, counter in counts.items()}

    def statements(self, choice: Choice) -> list[Entry]:
        return [entry for entry in self.entries if choice.fits(entry)]

    def facets_of_statements(self, choice: Choice) -> dict[str, list[tuple[str, int]]]:
        """For each field, its values and how many statements each would leave in the list."""
        return {
            name: _ordered(Counter(getattr(e, name) for e in self.entries if choice.fits(e, but=name)))
            for name in (*FACETS, "predicate")
        }


FACETS = ("document", "status", "voice")


def build_index(store: Store) -> Index:
    """Read all statements of a store."""
    entries = []
    for row in store.select(_STATEMENTS):
        earliest, latest = _year(row.get("earliest")), _year(row.get("latest"))
        entries.append(
            Entry(
                iri=str(row["statement"]),
                subject=str(row["subject"]),
                predicate=str(row["predicate"]),
                object=str(row["object"]),
                status=str(row["status"]).rpartition("#")[2],
                voice=str(row["voice"]),
                document=str(row["document"]),
                event=str(row.get("event", "")),
                is_dated=earliest is not None or latest is not None,
                earliest=0 if earliest is None else earliest,
                latest=9999 if latest is None else latest,
            )
        )
    classes = {str(row["thing"]): str(row["class"]) for row in store.select(_THINGS)}
    return Index(entries, classes)


def _year(day: Term | None) -> int | None:
    """The year of an xsd:date; None for what is none."""
    found = _YEAR.match(str(day)) if day is not None else None
    return int(found[1]) if found else None


def _ordered(counter: Counter[str]) -> list[tuple[str, int]]:
    return sorted(((v, n) for v, n in counter.items() if v), key=lambda item: (-item[1], item[0]))
