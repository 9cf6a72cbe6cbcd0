"""Lists of things and statements that are narrowed by type, text, status, voice and date, and searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from rdflib import URIRef
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.web.addresses import number_argument
from sergekg.web.asked import LONGEST
from sergekg.web.i18n import N_
from sergekg.web.index import Choice, Index
from sergekg.web.links import FAMILIES
from sergekg.web.search import Hit, find_words
from sergekg.web.service import service
from sergekg.web.site import argument, index, name, names, site
from sergekg.web.statements import StatementView, load_statements, nodes_of
from sergekg.web.texts import all_texts
from sergekg.web.word_places import find_places

blueprint = Blueprint("browse", __name__)
PAGE = 50
"""Rows of a list on one page."""

LISTS = {
    "persons": ("person", N_("Persons")),
    "groups": ("collective", N_("Groups and organisations")),
    "places": ("place", N_("Places")),
    "events": ("event", N_("Events and penalties")),
    "writings": ("writing", N_("Writings")),
    "notions": ("idea", N_("Notions")),
    "statements": ("", N_("Statements")),
}
"""Address to family of things and title."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list; numbers begin at 1."""

    items: Sequence[Item]
    total: int
    number: int
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """A thing of a list: how many of its statements fit, and the form by which a search found it."""

    iri: URIRef
    count: int
    form: str = ""


@dataclass(frozen=True)
class ListView:
    """A list and what it may be narrowed by.

    Attributes:
        choice: what it is narrowed by now; `words` is what was searched.
        facets: field to its values and how many items each would leave.
        is_cut: whether the words were longer than a search takes.
    """

    slug: str
    title: str
    choice: Choice
    words: str
    facets: Mapping[str, Sequence[tuple[str, int]]]
    years: tuple[int, int]
    is_cut: bool = False


@blueprint.get("/browse")
def hub() -> str:
    """Every list, with how long it is and what is said most about."""
    held = index()
    lists = []
    for slug, (family, title) in LISTS.items():
        if not family:
            continue
        ranked = _ranked(held, _of_family(held, family))
        lists.append((slug, title, family, len(ranked), [thing for thing, _ in ranked[:12]]))
    site().labels.load(URIRef(thing) for *_, top in lists for thing in top)
    return render_template("browse.html", lists=lists, statements=len(held.entries))


@blueprint.get("/browse/<slug>")
def listing(slug: str) -> str:
    """One list."""
    if slug not in LISTS:
        raise NotFound("There are lists of " + ", ".join(LISTS) + ".")
    family, title = LISTS[slug]
    held, choice, words = index(), _choice(), request.args.get("q", "")
    is_cut, words = len(words) > LONGEST, words[:LONGEST].strip()
    view_of = {"slug": slug, "title": title, "choice": choice, "words": words, "is_cut": is_cut}
    if not family:
        return _statements(held, choice, words, view_of)
    wanted, forms = _of_family(held, family), {}
    if words:
        hits = {hit.thing: hit for hit in names().find(words, limit=1000)}
        forms = {thing: hit.form for thing, hit in hits.items()}
        wanted = sorted((t for t in wanted if t in hits), key=lambda t: -hits[t].score)
    found = held.things(wanted, choice)
    if not words:
        site().labels.load(
            URIRef(thing) for thing, _ in found
        )  # in one query, before they are ordered by name
        found.sort(key=lambda item: (-item[1], str(name(item[0])).casefold()))
    shown = _page([Found(URIRef(thing), count, forms.get(thing, "")) for thing, count in found])
    facets = held.facets_of_things(wanted, choice)
    view = ListView(facets=facets, years=held.years, **view_of)  # type: ignore[arg-type]
    site().labels.load([*(item.iri for item in shown.items), *_values(facets)])
    return render_template("things.html", view=view, page=shown)


def _statements(held: Index, choice: Choice, words: str, view_of: Mapping[str, object]) -> str:
    found = held.statements(choice)
    if words:
        things = {hit.thing for hit in names().find(words, limit=1000)}
        spans = [(o.text.key, o.span) for o in find_words(all_texts(service().release), words, limit=5000)]
        quoting = _quoting(held, choice, spans)
        found = [entry for entry in found if entry.things() & things or entry.iri in quoting]
    page = _page(found)
    views = load_statements(service().store, [URIRef(entry.iri) for entry in page.items])
    facets = held.facets_of_statements(choice)
    view = ListView(facets=facets, years=held.years, **view_of)  # type: ignore[arg-type]
    site().labels.load([*nodes_of(views), *_values(facets)])
    shown: Page[StatementView] = Page(views, page.total, page.number, page.last)
    return render_template("statements.html", view=view, page=shown)


def _quoting(held: Index, choice: Choice, spans: Sequence[tuple[str, object]]) -> set[str]:
    """The statements whose passage holds words that were found."""
    if not spans:
        return set()
    wanted = [URIRef(entry.iri) for entry in held.statements(choice)]
    quoting = set()
    for view in load_statements(service().store, wanted):
        key = service().iris.key(view.document)
        if any(k == key and s.start < view.end and view.start < s.end for k, s in spans):  # type: ignore[attr-defined]
            quoting.add(str(view.iri))
    return quoting


@blueprint.get("/search")
def search() -> str | Answer:
    """Things by name, and words in the texts: as they stand, by another name, or in one sentence."""
    asked = request.args.get("q", "")
    is_cut, words = len(asked) > LONGEST, asked[:LONGEST].strip()
    hits = names().find(words)
    if request.args.get("go") and len(hits) == 1:
        return redirect(site().links.link(hits[0].thing).href, 303)
    site().labels.load(URIRef(hit.thing) for hit in hits)
    places = find_places(all_texts(service().release), words, hits, names())
    return render_template("search.html", words=words, is_cut=is_cut, hits=hits, places=places)


@blueprint.get("/search.json")
def suggest() -> Response:
    """Things by name, for the completion of queries and search fields: IRI, name, class and form found."""
    hits = names().find(argument("q"), limit=20)
    site().labels.load(URIRef(hit.thing) for hit in hits)
    answer = jsonify([_suggestion(hit) for hit in hits])
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer


def _suggestion(hit: Hit) -> dict[str, str]:
    cls = index().classes.get(hit.thing, "")
    return {
        "iri": hit.thing,
        "name": str(name(hit.thing)),
        "form": hit.form,
        "class": str(name(cls)) if cls else "",
        "page": site().links.link(hit.thing).href,
    }


def _of_family(held: Index, family: str) -> list[str]:
    types = set(FAMILIES[family])
    return [thing for thing in held.classes if site().links.type(thing) in types]


def _ranked(held: Index, things: Sequence[str]) -> list[tuple[str, int]]:
    counted = [(thing, len(held.by_thing.get(thing, ()))) for thing in things]
    return sorted(counted, key=lambda item: (-item[1], item[0]))


def _page(items: Sequence[Item]) -> Page[Item]:
    number, last = number_argument("page", 1), max(1, -(-len(items) // PAGE))
    if number > last:
        raise NotFound(f"The last page of this list is {last}.")
    return Page(items[(number - 1) * PAGE : number * PAGE], len(items), number, last)


def _choice() -> Choice:
    return Choice(
        cls=argument("cls"),
        document=argument("document"),
        status=argument("status"),
        voice=argument("voice"),
        predicate=argument("predicate"),
        since=_year("since"),
        until=_year("until"),
    )


def _year(field: str) -> int | None:
    given = argument(field)
    return int(given) if given.isdecimal() and len(given) <= 4 else None


def _values(facets: Mapping[str, Sequence[tuple[str, int]]]) -> list[URIRef]:
    return [URIRef(v) for field, values in facets.items() if field != "status" for v, _ in values]
