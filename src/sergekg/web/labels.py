"""Names of things and terms in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from rdflib import RDFS, Literal, URIRef

from sergekg.iris import Iris
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.vocab import SKG

_NAMES = """
SELECT ?node ?property ?name WHERE {
  VALUES ?node { $nodes }
  VALUES ?property {
    skos:prefLabel rdfs:label dcterms:title foaf:name
    skg:inverseLabel skg:pluralLabel skg:pluralIn skg:locativeLabel
  }
  ?node ?property ?name FILTER(isLiteral(?name))
}"""
_LIMIT = 50_000
_LONGEST = 2000
"""Characters of an IRI that a name is looked up for: what is looked up is kept, and queries make any IRI."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name and the language it is in; `language` is empty for one that is in none."""

    text: str
    language: str = ""

    def __str__(self) -> str:
        return self.text


class Labels:
    """Looks names up in a store, many at a time, and keeps them: a release never changes."""

    def __init__(self, store: Store, iris: Iris) -> None:
        self._store, self._iris = store, iris
        self._names: dict[str, dict[str, str]] = {}
        self._inverses: dict[str, dict[str, str]] = {}
        self._plurals: dict[str, dict[str, str]] = {}
        self._plural_in: dict[str, set[str]] = {}
        self._locatives: dict[str, dict[str, str]] = {}
        self._lock = Lock()

    def load(self, nodes: Iterable[object]) -> None:
        """Look up, in one query, the names that are not known yet; literals among the nodes do not count."""
        unknown = {n for n in nodes if isinstance(n, URIRef) and str(n) not in self._names}
        wanted = sorted(node for node in unknown if len(node) <= _LONGEST)
        if not wanted:
            return
        names: dict[str, dict[str, str]] = {str(node): {} for node in wanted}
        inverses: dict[str, dict[str, str]] = {}
        plurals: dict[str, dict[str, str]] = {}
        plural_in: dict[str, set[str]] = {}
        locatives: dict[str, dict[str, str]] = {}
        into = {
            str(SKG.inverseLabel): inverses,
            str(SKG.pluralLabel): plurals,
            str(SKG.locativeLabel): locatives,
        }
        for row in self._store.select(bind(_NAMES, {"nodes": wanted})):
            literal = row["name"]
            language = (literal.language or "") if isinstance(literal, Literal) else ""
            node = str(row["node"])
            if row["property"] == SKG.pluralIn:
                plural_in.setdefault(node, set()).add(str(literal))
                continue
            held = into.get(str(row["property"]), names).setdefault(node, {})
            if row["property"] != RDFS.label or language not in held:
                held[language] = str(literal)
        with self._lock:
            if len(self._names) > _LIMIT:
                self._names, self._inverses, self._plurals = {}, {}, {}
                self._plural_in, self._locatives = {}, {}
            self._names |= names
            self._inverses |= inverses
            self._plurals |= plurals
            self._plural_in |= plural_in
            self._locatives |= locatives

    def all(self, node: str) -> dict[str, str]:
        """Language to name; empty for a thing without one."""
        if str(node) not in self._names:
            self.load([URIRef(node)])
        return self._names.get(str(node), {})

    def name(self, node: str, language: str) -> Name:
        """The name in that language, else in French, English or any other, else the end of the IRI."""
        return _pick(self.all(node), language) or Name(self.short(node))

    def inverse(self, node: str, language: str) -> Name | None:
        """What a property is called when it is read from its object."""
        self.all(node)
        return _pick(self._inverses.get(str(node), {}), language)

    def verb(self, node: str, subject: str, language: str) -> Name:
        """What a property is called after a subject: in the plural where the name of the subject is one."""
        of_one = self.name(node, language)
        if self.name(subject, language).language not in self._plural_in.get(str(subject), ()):
            return of_one
        of_several = self._plurals.get(str(node), {}).get(of_one.language)
        return Name(of_several, of_one.language) if of_several else of_one

    def locative(self, node: str, language: str) -> str | None:
        """What says being at a place, with the preposition that it takes: « en Russie »."""
        self.all(node)
        return self._locatives.get(str(node), {}).get(language)

    def short(self, node: str) -> str:
        """The key of one of our things, the local name of a term, or the IRI itself."""
        key = self._iris.key(node)
        if key is not None:
            return key
        return str(node).rpartition("#")[2] or str(node)


def _pick(names: dict[str, str], language: str) -> Name | None:
    for tag in (language, "fr", "en", *sorted(names)):
        if tag in names:
            return Name(names[tag], tag)
    return None
