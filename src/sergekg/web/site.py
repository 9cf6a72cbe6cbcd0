"""The names of what the release holds, as pages say them, and where each of them leads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from threading import Lock
from urllib.parse import quote, urlencode

from flask import current_app, request
from rdflib import SKOS, BNode, Literal, URIRef

from sergekg.iris import Iris
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.web import i18n
from sergekg.web.i18n import N_
from sergekg.web.index import Index, build_index
from sergekg.web.labels import Labels, Name
from sergekg.web.links import Link, Links, compact, root
from sergekg.web.partitions import Partitions, read_partitions
from sergekg.web.search import Names
from sergekg.web.service import service, state
from sergekg.web.typography import at_place, contract, french_spaces

_BORROWED = {
    str(SKOS.inScheme): N_("in the list"),
    str(SKOS.exactMatch): N_("is the same as"),
    str(SKOS.closeMatch): N_("is much the same as"),
}
"""What a page calls properties of other vocabularies that the ontology does not name."""
_LONGEST_ARGUMENT = 400
_TELLING = """
SELECT ?property WHERE {
  ?property skg:shortcutOf ?event
  FILTER NOT EXISTS { ?property skg:objectRole ?role }
}"""
_SAID_OF = "SELECT DISTINCT ?thing WHERE { VALUES ?thing { $things } ?thing ?property ?value }"
_SPATIAL = "SELECT ?property WHERE { ?property a skg:FactProperty ; rdfs:range skg:Place }"


class Site:
    """The parts of the web face that are made once for an application, the larger ones when first asked."""

    def __init__(self, store: Store, iris: Iris) -> None:
        self.labels = Labels(store, iris)
        self.links = Links(iris)
        self._store, self._lock = store, Lock()
        self._is_known: dict[URIRef, bool] = {}

    def unknown(self, things: Iterable[URIRef]) -> frozenset[URIRef]:
        """Which of these the store says nothing of."""
        asked = set(things)
        if new := sorted(asked - self._is_known.keys()):
            rows = self._store.select(bind(_SAID_OF, {"things": new}))
            known = {row["thing"] for row in rows}
            self._is_known |= {thing: thing in known for thing in new}
        return frozenset(thing for thing in asked if not self._is_known[thing])

    @cached_property
    def index(self) -> Index:
        with self._lock:
            return build_index(self._store)

    @cached_property
    def telling(self) -> frozenset[str]:
        """The properties that say all of an event, which is their object: `died`."""
        return frozenset(str(row["property"]) for row in self._store.select(_TELLING))

    @cached_property
    def spatial(self) -> frozenset[str]:
        """The properties that say where: `stayedIn`."""
        return frozenset(str(row["property"]) for row in self._store.select(_SPATIAL))

    @cached_property
    def partitions(self) -> Partitions:
        with self._lock:
            return read_partitions(self._store)

    @cached_property
    def names(self) -> Names:
        with self._lock:
            return Names.load(self._store)


def site() -> Site:
    """The parts of the current application; made anew when what is served may have changed."""
    served, now = service(), state()
    held: tuple[str, Site] | None = current_app.extensions.get("sergekg.site")
    if held is None or held[0] != now:
        held = current_app.extensions["sergekg.site"] = (now, Site(served.store, served.iris))
    return held[1]


def index() -> Index:
    """All statements of the release in service, for lists."""
    return site().index


def names() -> Names:
    """All names of the release in service, for searches."""
    return site().names


def argument(key: str) -> str:
    """One argument of the address; what is absurdly long counts as not given."""
    value = request.args.get(key, "")
    return value if len(value) <= _LONGEST_ARGUMENT else ""


def name(node: object) -> Name:
    """What a thing or term is called in the reader's language; a literal is its own name."""
    if isinstance(node, Literal):
        return Name(str(node), node.language or "")
    if isinstance(node, BNode):
        return Name(node.n3())
    key = service().iris.key(str(node)) or ""
    if key.startswith("statement/"):  # no name of its own, and too long a number for a sentence
        return Name(f"{i18n.gettext('statement')} {key.partition('/')[2][:8]}", i18n.current_language())
    if (borrowed := _borrowed(node)) is not None:
        return borrowed
    found = site().labels.name(str(node), i18n.current_language())
    return Name(typo(found.text, found.language or "en"), found.language)


def _borrowed(node: object) -> Name | None:
    if str(node) not in _BORROWED or site().labels.all(str(node)):
        return None
    return Name(i18n.gettext(_BORROWED[str(node)]), i18n.current_language())


def verb(predicate: object, subject: object) -> Name:
    """What a property is called after a subject: *is held at*, *are held at*."""
    if (borrowed := _borrowed(predicate)) is not None:
        return borrowed
    found = site().labels.verb(str(predicate), str(subject), i18n.current_language())
    return Name(typo(found.text, found.language or "en"), found.language)


def as_one(subject: object, predicate: object, thing: object) -> tuple[str, str, str] | None:
    """A property, what joins it to the thing after it, and the thing, where one changes the other.

    None where they stand side by side as they are.
    """
    language = i18n.current_language()
    if language not in _WHERE or isinstance(thing, Literal):
        return None
    before, after = verb(predicate, subject), name(thing)
    if not before.language == after.language == language:
        return None
    locative = site().labels.locative(str(thing), language) or ""
    says_where = before.text.endswith(_WHERE[language]) and str(predicate) in site().spatial
    together = before.text, after.text
    if len(locative.split()) > 1 and (says_where or before.text.endswith(" dans")):
        together = at_place(before.text, typo(locative, language))
    elif language == "fr":
        together = contract(before.text, after.text)
    if together == (before.text, after.text):
        return None
    return together[0], "" if together[0].endswith("’") else joint(predicate), together[1]


def in_voice_of(node: object) -> tuple[str, str]:
    """What says that a voice speaks, up to its name, and the name: « par la voix des », « socialistes »."""
    before, found = i18n.gettext("in the voice of"), name(node)
    if i18n.current_language() == found.language == "fr":
        before, text = contract(before, found.text)
        return before if before.endswith("’") else f"{before} ", text
    return f"{before} ", found.text


_WHERE = {"fr": (" à",), "en": (" in", " at")}
"""With what a property ends that takes a place, by language."""


def joint(predicate: object) -> str:
    """What stands between a property and its object: a colon before the event that the property tells of."""
    return f"{i18n.gettext(':')} " if str(predicate) in site().telling else " "


def short_iri(iri: object) -> str:
    """An IRI as people write it: the key of a thing of ours, a prefixed name, or all of it."""
    return service().iris.key(str(iri)) or compact(str(iri))


def inverse_name(node: object) -> Name:
    """What a property is called when it is read from its object."""
    found = site().labels.inverse(str(node), i18n.current_language())
    return found or Name(f"← {name(node)}")


def link(node: object) -> Link:
    """Where an IRI leads."""
    return site().links.link(str(node))


def family(node: object) -> str:
    """The kind of thing that an IRI names, as a reader sees it."""
    return "" if isinstance(node, Literal) else site().links.family(str(node))


def typo(text: object, language: str | None = None) -> str:
    """Words set by the rules of French where they, or the page, are French."""
    is_french = (language or i18n.current_language()) == "fr"
    return french_spaces(str(text)) if is_french else str(text)


def here(**changes: str | None) -> str:
    """The address of this page with some arguments changed, or left out where `None`."""
    arguments = request.args.to_dict(flat=False)
    for key, value in changes.items():
        arguments.pop(key, None)
        if value is not None:
            arguments[key] = [value]
    query = urlencode(arguments, doseq=True)
    return f"{root()}{quote(request.path)}{'?' if query else ''}{query}"
