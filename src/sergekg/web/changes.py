"""What is different between two releases, line by line and thing by thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDF, RDFS, SKOS, URIRef

from sergekg.iris import Iris
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.vocab import SKG
from sergekg.web.labels import Name

_NAMES = """
SELECT ?node ?name WHERE {
  VALUES ?node { $nodes } ?node skos:prefLabel|rdfs:label ?name FILTER(LANG(?name) IN ($languages))
}"""

_LANGUAGES = ("fr", "en", "ru", "")


@dataclass(frozen=True, slots=True)
class LineChanges:
    """Sorted N-Quads lines that only the one or the other release has."""

    removed: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThingChange:
    """What became of one thing: rows of `(property, value)` that went and that came.

    Attributes:
        iri: of the thing; its parts count with it.
        kind: `added`, `removed` or `changed`.
        family: `statement`, `interpretation`, `thing` or `term`, for the order of a page.
    """

    iri: str
    kind: str
    family: str
    removed: Sequence[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal]]
    added: Sequence[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal]]

    def value(self, property_: str) -> ox.NamedNode | ox.BlankNode | ox.Literal | None:
        """The value of a property after the change, or else before it."""
        for rows in (self.added, self.removed):
            for name, value in rows:
                if name == property_:
                    return value
        return None


def compare(old: Release, new: Release) -> LineChanges:
    """The lines that differ; kept in memory, since a release never changes."""
    return _compare(old.quads, new.quads)


@lru_cache(maxsize=16)
def _compare(old: Path, new: Path) -> LineChanges:
    before, after = (set(_lines(path)) for path in (old, new))
    return LineChanges(tuple(sorted(before - after)), tuple(sorted(after - before)))


def _lines(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def group_changes(changes: LineChanges, base: str) -> list[ThingChange]:
    """The changes of each thing, statements first; evidence is left out, it goes with its statement."""
    rows: dict[str, tuple[list[tuple[str, object]], list[tuple[str, object]]]] = defaultdict(lambda: ([], []))
    for side, lines in enumerate((changes.removed, changes.added)):
        text = "".join(f"{line}\n" for line in lines)
        for quad in ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS):
            if isinstance(quad.subject, ox.NamedNode):
                thing = _thing(quad.subject.value, base)
                rows[thing][side].append((quad.predicate.value, quad.object))
    found = []
    for iri, (removed, added) in rows.items():
        family = _family(iri, base)
        if family == "evidence":
            continue
        is_typed = [any(p == str(RDF.type) for p, _ in side) for side in (removed, added)]
        kind = "changed" if is_typed[0] == is_typed[1] else ("removed" if is_typed[0] else "added")
        found.append(ThingChange(iri, kind, family, removed, added))  # type: ignore[arg-type]
    order = ("statement", "interpretation", "thing", "term")
    return sorted(found, key=lambda change: (order.index(change.family), change.kind, change.iri))


def name_nodes(stores: Iterable[Store], nodes: Iterable[str], language: str) -> Mapping[str, Name]:
    """A name for each node that has one in any of the stores, in that language or the next best."""
    languages = (language, *(tag for tag in _LANGUAGES if tag != language))
    wanted = [URIRef(node) for node in sorted(set(nodes))]
    found: dict[str, dict[str, str]] = defaultdict(dict)
    if wanted:
        for store in stores:
            query = bind(
                _NAMES.replace("$languages", ", ".join(f'"{tag}"' for tag in languages)), {"nodes": wanted}
            )
            for row in store.select(query):
                tag = getattr(row["name"], "language", None) or ""
                found[str(row["node"])].setdefault(tag, str(row["name"]))
    return {
        node: next(Name(names[tag], tag) for tag in (*languages, *names) if tag in names)
        for node, names in found.items()
    }


def nodes_of(changes: Iterable[ThingChange]) -> set[str]:
    """Every IRI that the changes name."""
    nodes = set()
    for change in changes:
        nodes.add(change.iri)
        for name, value in (*change.removed, *change.added):
            nodes.add(name)
            if isinstance(value, ox.NamedNode):
                nodes.add(value.value)
    return nodes


def _thing(subject: str, base: str) -> str:
    """A part of a thing counts as the thing; a term of an ontology stands for itself."""
    return subject.partition("#")[0] if subject.startswith(f"{base}id/") else subject


def _family(iri: str, base: str) -> str:
    key = Iris(base).key(iri)
    if key is None:
        return "term"
    type_ = key.partition("/")[0]
    return type_ if type_ in ("statement", "interpretation", "evidence") else "thing"


SUBJECT, PREDICATE, OBJECT = (str(term) for term in (RDF.subject, RDF.predicate, RDF.object))
QUOTE, STATUS, LABEL, PREFERRED = str(SKG.quote), str(SKG.status), str(RDFS.label), str(SKOS.prefLabel)
