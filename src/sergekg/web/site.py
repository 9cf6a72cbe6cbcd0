"""What every page needs: names, links, words and the shared parts of templates; and the headers of pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from babel.numbers import format_decimal
from flask import Response, current_app, request, url_for
from markupsafe import Markup
from rdflib import SKOS, XSD, BNode, Literal, URIRef

from sergekg.assets import static_dir
from sergekg.iris import Iris
from sergekg.model.text import Span
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.vocab import EDTF_DATATYPE, SKG
from sergekg.web import i18n
from sergekg.web.deskwords import desk_words
from sergekg.web.i18n import N_
from sergekg.web.index import Index, build_index
from sergekg.web.labels import Labels, Name
from sergekg.web.links import FAMILY_NAMES, Link, Links, compact, root
from sergekg.web.negotiate import RDF_FORMATS
from sergekg.web.partitions import Partitions, read_partitions
from sergekg.web.problem_words import MEMBERS, SENTENCES, is_standard, title_of
from sergekg.web.replay import allow
from sergekg.web.saying import say
from sergekg.web.search import Names
from sergekg.web.service import Service, service
from sergekg.web.texts import Text, all_texts, load_text
from sergekg.web.ties import shorten
from sergekg.web.typography import at_place, contract, french_spaces
from sergekg.web.wording import date_in_words, duration_in_words

_FORMAT_NAMES = {
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "rdf": "RDF/XML",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "trig": "TriG",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content Security Policy (level 3) of every page: nothing from another host, nothing inline."""


_OBJECT_KINDS: Mapping[object, str] = {
    EDTF_DATATYPE: "date",
    XSD.duration: "duration",
    XSD.boolean: "truth",
}
_DECIMALS = (XSD.decimal, XSD.double, XSD.float)
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
STATUS_MARKS = {
    "reported": "«»",
    "questioned": "?",
    "denied": "✕",
    "hypothetical": "~",
    "rhetorical": "!",
}
"""What stands for a status beside its word and its border; what is asserted has no mark."""

VERDICT_NAMES = {
    "agree": N_("agree"),
    "complete": N_("complete each other"),
    "differ": N_("differ"),
    "firmness": N_("the same, less firmly in one"),
    "conflict": N_("contradict each other"),
    "conflict-probable": N_("probably contradict each other"),
    "conflict-possible": N_("perhaps contradict each other"),
    "left": N_("only on the left"),
    "right": N_("only on the right"),
}
CONFLICT_NAMES = {
    "certain": N_("contradicted elsewhere"),
    "probable": N_("probably contradicted elsewhere"),
    "possible": N_("perhaps contradicted elsewhere"),
}
"""What is said of a statement that another contradicts, by how sure that is."""
KIND_NAMES = {
    "class": N_("Classes"),
    "property": N_("Properties of facts"),
    "attribute": N_("Properties of statements and evidence"),
    "concept": N_("Concepts and schemes"),
}
DATA_FORMATS = [(form.suffix, (_FORMAT_NAMES[form.suffix], form.media_type)) for form in RDF_FORMATS]


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
    served = service()
    held: tuple[str, Site] | None = current_app.extensions.get("sergekg.site")
    if held is None or held[0] != _state(served):
        held = current_app.extensions["sergekg.site"] = (_state(served), Site(served.store, served.iris))
    return held[1]


def _state(served: Service) -> str:
    endpoint = getattr(served, "endpoint", None)
    return str(endpoint.state()) if endpoint is not None else served.release.digest


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


def number(value: int | float) -> str:
    """A number as the reader's language writes it."""
    return format_decimal(value, locale=i18n.current_language())


def value_words(value: Literal) -> str:
    """A value as the reader's language writes it: a number with its decimals after a comma in French."""
    is_decimal = value.datatype in _DECIMALS and i18n.current_language() == "fr"
    return str(value).replace(".", ",") if is_decimal else str(value)


def typo(text: object, language: str | None = None) -> str:
    """Words set by the rules of French where they, or the page, are French."""
    is_french = (language or i18n.current_language()) == "fr"
    return french_spaces(str(text)) if is_french else str(text)


def breakable(text: str) -> Markup:
    """A text as received, whose lines may end after its unbreakable spaces; not a character is changed."""
    return Markup("\u00a0<wbr>").join(text.split("\u00a0"))


def object_kind(term: object) -> str:
    """How the object of a statement is shown: `thing`, `quote`, `date`, `duration`, `truth` or `value`."""
    if not isinstance(term, Literal):
        return "thing"
    if term.language:
        return "quote"
    return _OBJECT_KINDS.get(term.datatype, "value")


def date_words(edtf: str) -> str:
    return date_in_words(edtf, i18n.current_language())


def duration_words(duration: str) -> str:
    return duration_in_words(duration, i18n.current_language())


def site_title() -> str:
    """What the head of every page says: the title of the corpus less its subtitle."""
    release = service().release
    title = release.title.get(i18n.current_language()) or next(iter(release.title.values()), release.name)
    return title.partition(":")[0].strip()


def desk_link(query: str, values: Mapping[str, str]) -> str:
    """The query desk with a stored query in it."""
    return f"{root()}/sparql?" + urlencode(
        {"load": query, **{key: value for key, value in values.items() if value}}
    )


def text_of(slug: str) -> Text:
    """One text of the release in service."""
    return load_text(service().release, slug)


def words_of(slug: str, start: int, end: int) -> str:
    """A passage as it is read, its spaces unbreakable where French wants it."""
    text = text_of(slug)
    return french_spaces(text.read(text.clip(Span(start, end))).replace("\n", " "))


def here(**changes: str | None) -> str:
    """The address of this page with some arguments changed, or left out where `None`."""
    arguments = request.args.to_dict(flat=False)
    for key, value in changes.items():
        arguments.pop(key, None)
        if value is not None:
            arguments[key] = [value]
    query = urlencode(arguments, doseq=True)
    return f"{root()}{quote(request.path)}{'?' if query else ''}{query}"


@cache
def _version(path: Path, _stamp: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def static_url(file: str) -> str:
    """The address of a static file, which changes when the file does."""
    path = static_dir() / file
    version = _version(path, path.stat().st_mtime_ns) if path.is_file() else None
    return url_for("static", filename=file, v=version)


def has_static(file: str) -> bool:
    """Whether a static file is there: what the bundle holds may be missing."""
    return (static_dir() / file).is_file()


def shared() -> dict[str, Any]:
    """What every template may use."""
    return {
        "lang": i18n.current_language(),
        "languages": i18n.NAMES,
        "release": service().release,
        "name": name,
        "all_names": lambda node: site().labels.all(str(node)),
        "verb": verb,
        "as_one": as_one,
        "in_voice_of": in_voice_of,
        "joint": joint,
        "inverse_name": inverse_name,
        "link": link,
        "family": family,
        "family_names": FAMILY_NAMES,
        "date_words": date_words,
        "duration_words": duration_words,
        "value_words": value_words,
        "words_of": words_of,
        "here": here,
        "root": root(),
        "static_url": static_url,
        "has_static": has_static,
        "object_kind": object_kind,
        "status_marks": STATUS_MARKS,
        "kind_names": KIND_NAMES,
        "conflict_names": CONFLICT_NAMES,
        "data_formats": DATA_FORMATS,
        "site_title": site_title(),
        "verdict_names": VERDICT_NAMES,
        "class_of": lambda node: index().classes.get(str(node), ""),
        "shorten": shorten,
        "desk_link": desk_link,
        "desk_words": desk_words,
        "problem_title": title_of,
        "problem_sentences": SENTENCES,
        "problem_members": MEMBERS,
        "is_standard_problem": is_standard,
        "say": lambda sentence: say(str(sentence), i18n.current_language()),
        "skg": lambda term: f"{SKG._NS}{term}",
        "documents": [text.key for text in all_texts(service().release)],
    }


_REPLAYED = ("pages", "browse", "views", "compare", "ontology")
"""Pages that show nothing but the release."""


def finish_page(answer: Response) -> Response:
    """Give a page its policy and its language."""
    mimetype = answer.mimetype
    is_page = mimetype == "text/html" and not 300 <= answer.status_code < 400
    if is_page and request.blueprint in _REPLAYED:
        allow()
    if is_page:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("Content-Language", i18n.current_language())
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        answer.vary.update(("Accept-Language", "Cookie"))
    elif request.endpoint == "static" and "v" in request.args:
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        answer.cache_control.max_age = 365 * 24 * 3600
    elif mimetype == "font/woff2":  # style sheets name fonts without a version
        answer.cache_control.no_cache = None
        answer.cache_control.public = True
        answer.cache_control.max_age = 7 * 24 * 3600
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    return answer
