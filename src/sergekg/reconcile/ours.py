"""Our own entities as a store tells them: names, types, dates, roles; for candidates and for the service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rdflib import Literal

from sergekg.iris import Iris, content_hash
from sergekg.reconcile.names import tells_kin
from sergekg.reconcile.profile import PERSON, Profile
from sergekg.vocab import PREFIXES

Row = Mapping[str, Any]
Select = Callable[[str], Iterable[Row]]
"""Runs a SELECT: one mapping of variable names to rdflib terms for each solution."""

_PREFIXES = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in ("skg", "rdf", "rdfs", "skos"))
_NAMES = """SELECT DISTINCT ?thing ?kind ?name WHERE {
  VALUES (?property ?kind) { (skos:prefLabel "preferred") (skos:altLabel "other") (skos:scopeNote "note") }
  ?thing ?property ?name FILTER(isLiteral(?name)) }"""
_CLASSES = """SELECT DISTINCT ?thing ?class WHERE {
  ?thing skos:prefLabel ?name ; rdf:type ?class . FILTER(STRSTARTS(STR(?class), STR(skg:))) }"""
_KNOWN = """SELECT DISTINCT ?thing ?property ?value WHERE {
  VALUES ?property { skg:bornOn skg:diedOn skg:identifiedAs }
  ?claim rdf:type skg:Interpretation ; rdf:subject ?thing ; rdf:predicate ?property ; rdf:object ?value .
  FILTER NOT EXISTS { ?claim skg:certainty skg:rejected } }"""
_ROLES = """SELECT DISTINCT ?thing ?role ?name WHERE {
  ?thing skg:hasOccupation ?role . ?role skos:prefLabel ?name FILTER(isLiteral(?name)) }"""
_LIVING = """SELECT DISTINCT ?thing ?day WHERE {
  VALUES ?predicate { $predicates }
  ?statement rdf:type skg:Statement ; skg:status skg:asserted ; rdf:predicate ?predicate ;
    rdf:subject ?thing ; skg:earliest ?day }"""
_UNDERGONE = (
    "wasArrested wasImprisonedIn wasImprisonedOrDeported wasDeported wasDeportedTo wasReleased "
    "wasExpelledFrom wasSentencedTo isHeldHostageBy wasHeldCaptiveIn wasHeldIncommunicado wentOnHungerStrike "
    "presidedOver participatedIn wasRefusedPassport authorOf"
)
"""What only the living do or undergo."""


@dataclass(frozen=True)
class OurEntity:
    """One entity of the release.

    Attributes:
        key: `<type>/<slug>`; `iri` its full name.
        labels: preferred name by language; French is always there.
        others: every other name by language, printed forms and identifications too.
        roles: the names of each occupation by language.
        note: what the authority list says of it, by language.
        classes: local names of its classes.
    """

    key: str
    iri: str
    profile: Profile
    labels: Mapping[str, str]
    others: Mapping[str, Sequence[str]]
    roles: Sequence[Mapping[str, str]] = ()
    note: Mapping[str, str] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()

    @property
    def type(self) -> str:
        return self.key.partition("/")[0]

    @property
    def version(self) -> str:
        """A digest of everything that a comparison rests on: when it changes, decisions are due again."""
        p = self.profile
        facts = (p.names, tuple(sorted(p.types)), p.births, p.deaths, p.roles, tuple(map(str, p.living_in)))
        return content_hash("\n".join(sorted(part)) for part in facts)[:16]

    def name(self, language: str) -> str:
        """What it is called in a language, or else in French."""
        return said_in(language, self.labels)

    def roles_in(self, language: str) -> list[str]:
        """What it does, each role once, in a language, or else in French."""
        return sorted({said_in(language, role) for role in self.roles})


def said_in(language: str, said: Mapping[str, str]) -> str:
    """What is said in a language, else in French, else in any; empty where nothing is said.

    >>> said_in("en", {"fr": "lieu"})
    'lieu'
    """
    return said.get(language) or said.get("fr") or next(iter(said.values()), "")


def read_entities(select: Select, base: str) -> list[OurEntity]:
    """Every entity of a release that has a name, by key.

    Args:
        select: any store's SELECT; its default graph is the union of its graphs.
        base: the start of our IRIs.
    """
    iris = Iris(base)
    names: dict[str, dict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
    for row in select(_PREFIXES + _NAMES):
        names[str(row["thing"])][str(row["kind"])].append(row["name"])
    classes = _grouped(select(_PREFIXES + _CLASSES), "class")
    known: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in select(_PREFIXES + _KNOWN):
        known[str(row["thing"])][_local(row["property"])].append(str(row["value"]))
    roles: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in select(_PREFIXES + _ROLES):
        roles[str(row["thing"])][str(row["role"])][row["name"].language or "und"] = str(row["name"])
    wanted = " ".join(f"skg:{name}" for name in _UNDERGONE.split())
    living = _grouped(select(_PREFIXES + _LIVING.replace("$predicates", wanted)), "day")
    found = []
    for iri, kinds in names.items():
        key = iris.key(iri)
        if key is None or not kinds["preferred"]:
            continue
        facts = known[iri]
        entity_type = key.partition("/")[0]
        labels = {name.language or "und": str(name) for name in sorted(kinds["preferred"])}
        others: dict[str, list[str]] = defaultdict(list)
        for name in sorted(kinds["other"]):
            others[name.language or "und"].append(str(name))
        others["fr"] += sorted(facts["identifiedAs"])
        called = [*labels.values(), *(name for found_names in others.values() for name in found_names)]
        if entity_type == PERSON:
            kin = [name for name in called if tells_kin(name)]
            called = [name for name in called if is_name(name) or name in kin] or called
        own_roles = [role for _, role in sorted(roles[iri].items())]
        profile = Profile(
            id=key,
            label=said_in("fr", labels),
            names=tuple(dict.fromkeys(called)),
            types=frozenset({entity_type}),
            births=tuple(sorted(facts["bornOn"])),
            deaths=tuple(sorted(facts["diedOn"])),
            roles=tuple(sorted(name for role in own_roles for name in role.values())),
            living_in=tuple(sorted({int(day[:4]) for day in living.get(iri, ()) if day[:4].isdigit()})),
        )
        notes = {name.language or "und": str(name) for name in kinds["note"]}
        own = frozenset(_local(cls) for cls in classes.get(iri, ()))
        found.append(OurEntity(key, iri, profile, labels, dict(others), own_roles, notes, own))
    return sorted(found, key=lambda entity: entity.key)


def is_name(text: str) -> bool:
    """Whether a printed form is a name rather than a description: « ma belle-sœur » is none."""
    words = [word for word in text.replace("’", " ").replace("-", " ").split() if word[:1].isalpha()]
    return bool(words) and words[-1][:1].isupper()


def is_proper(label: str) -> bool:
    """Whether a label names someone: « l’épouse de Victor Serge » says who she is and does not name her."""
    return label[:1].isupper() and is_name(label)


def _grouped(rows: Iterable[Row], name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[str(row["thing"])].append(str(row[name]))
    return found


def _local(iri: object) -> str:
    return str(iri).rpartition("#")[2].rpartition("/")[2]
