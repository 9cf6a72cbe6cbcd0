"""What a release states of its entities, by property, and the names of classes and properties."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rdflib import Literal

from sergekg.iris import Iris
from sergekg.reconcile.index import EntityIndex
from sergekg.reconcile.ours import OurEntity, Select, read_entities
from sergekg.reconcile.romanisation import fold_latin
from sergekg.vocab import PREFIXES

_PREFIXES = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in ("skg", "rdf", "rdfs", "skos", "owl"))
_TERMS = """SELECT DISTINCT ?term ?kind ?label WHERE {
  VALUES ?kind { skg:FactProperty owl:Class }
  ?term rdf:type ?kind ; rdfs:label ?label .
  FILTER(STRSTARTS(STR(?term), STR(skg:)) && isLiteral(?label)) }"""
_ABOVE = """SELECT DISTINCT ?class ?above WHERE {
  ?class rdf:type owl:Class ; rdfs:subClassOf* ?above .
  FILTER(STRSTARTS(STR(?class), STR(skg:)) && STRSTARTS(STR(?above), STR(skg:))) }"""
_FACTS = """SELECT DISTINCT ?thing ?property ?value WHERE {
  ?property rdf:type skg:FactProperty . ?thing ?property ?value }"""
_LINKS = """SELECT DISTINCT ?thing ?value WHERE { ?thing skos:exactMatch ?value FILTER(isIRI(?value)) }"""

_WORD = re.compile(r"[^\W\d_]+|\d+")
"""A run of letters or of digits; each is folded by itself, so that Latin ones do not hide the others."""

OWN_PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "name": {"fr": "nom", "en": "name"},
    "bornOn": {"fr": "date de naissance", "en": "date of birth"},
    "diedOn": {"fr": "date de mort", "en": "date of death"},
    "exactMatch": {"fr": "identique à", "en": "identical with"},
}
"""Properties that the service offers beside those of the ontology that state facts."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property: an entity (`id` is its key) or a text."""

    text: str
    id: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """The index of entities with everything that the service says of them.

    Attributes:
        classes, properties: local name to label by language.
        facts: key to property to values.
        links: identifiers elsewhere (an IRI, or its last part such as a QID) to the key.
    """

    index: EntityIndex
    classes: Mapping[str, Mapping[str, str]]
    properties: Mapping[str, Mapping[str, str]]
    facts: Mapping[str, Mapping[str, Sequence[Value]]] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def holders(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """Property and a value, in each form in which it may be asked, to the keys of who has it."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for entity in self.index.entities:
            for prop in (*OWN_PROPERTIES, *self.facts.get(entity.key, {})):
                for form in self.forms(entity, prop):
                    found[prop, form].append(entity.key)
        return found

    def forms(self, entity: OurEntity, prop: str) -> set[str]:
        """What may be asked for the values of a property: names in all languages, folded, keys, years."""
        found: set[str] = set()
        for value in self.values(entity, prop):
            named = self.index.by_key[value.id].labels.values() if value.id else ()
            found |= {value.id or "", value.text, *map(folded, (value.text, *named))}
            if prop in ("bornOn", "diedOn"):
                found |= {value.text[:4], value.text[:7]}
        return found - {""}

    def values(self, entity: OurEntity, prop: str) -> Sequence[Value]:
        """What is stated of an entity under one property."""
        if prop == "name":
            named = [Value(name, language=tag) for tag, name in entity.labels.items()]
            return named + [
                Value(name, language=tag) for tag, names in entity.others.items() for name in names
            ]
        if prop == "bornOn":
            return [Value(date) for date in entity.profile.births]
        if prop == "diedOn":
            return [Value(date) for date in entity.profile.deaths]
        return self.facts.get(entity.key, {}).get(prop, ())


def folded(text: str) -> str:
    """A value as it is compared: its letters, Latin ones without accents, and its digits; or as it stands.

    >>> folded("Guerre de 1914"), folded("Война 1914")
    ('guerrede1914', 'война1914')
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    return "".join(fold_latin(word) or word.casefold() for word in words) or text


def read_catalogue(select: Select, base: str) -> Catalogue:
    """Everything that the service needs, from any store.

    Args:
        select: runs a SELECT; its default graph is the union of the graphs of a release.
        base: the start of our IRIs.
    """
    iris = Iris(base)
    entities = read_entities(select, base)
    labels = {entity.key: entity.profile.label for entity in entities}
    classes: dict[str, dict[str, str]] = defaultdict(dict)
    properties: dict[str, dict[str, str]] = {name: dict(found) for name, found in OWN_PROPERTIES.items()}
    for row in select(_PREFIXES + _TERMS):
        table = classes if str(row["kind"]).endswith("Class") else properties
        label: Literal = row["label"]
        table.setdefault(_local(row["term"]), {})[label.language or "und"] = str(label)
    above: dict[str, set[str]] = defaultdict(set)
    for row in select(_PREFIXES + _ABOVE):
        above[_local(row["class"])].add(_local(row["above"]))
    facts: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    for row in select(_PREFIXES + _FACTS):
        key, value = iris.key(str(row["thing"])), row["value"]
        if key in labels:
            facts[key][_local(row["property"])].append(_to_value(value, iris.key(str(value)), labels))
    links: dict[str, str] = {}
    for row in select(_PREFIXES + _LINKS):
        key, link = iris.key(str(row["thing"])), str(row["value"])
        if key in labels:
            facts[key]["exactMatch"].append(Value(link))
            links |= {link: key, link.rpartition("/")[2]: key}
    index = EntityIndex(entities, {cls: frozenset(up) for cls, up in above.items()})
    sorted_facts = {
        key: {p: tuple(sorted(values, key=lambda v: (v.id or "", v.text))) for p, values in by.items()}
        for key, by in facts.items()
    }
    return Catalogue(index, dict(classes), properties, sorted_facts, links)


def _to_value(value: object, key: str | None, labels: Mapping[str, str]) -> Value:
    if key is not None and key in labels:
        return Value(labels[key], key)
    return Value(str(value), language=value.language if isinstance(value, Literal) else None)


def _local(iri: object) -> str:
    return str(iri).rpartition("#")[2].rpartition("/")[2]
