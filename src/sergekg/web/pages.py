"""HTML pages: home, and the description of any thing that the release knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from flask import Blueprint, abort, redirect, render_template
from rdflib import URIRef
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.model.text import Span
from sergekg.store.base import Term
from sergekg.store.queries import bind
from sergekg.web.addresses import number_argument, thing_key
from sergekg.web.browse import Page
from sergekg.web.evidence import load_evidence
from sergekg.web.index import Index
from sergekg.web.interpretations import interpretations_about, load_interpretation
from sergekg.web.known import require_known
from sergekg.web.lifeline import timeline
from sergekg.web.reading import Filters, heads, span_of, view_reading
from sergekg.web.service import service
from sergekg.web.site import argument, here, index, name, site
from sergekg.web.statements import STATUSES, StatementView, load_statements, nodes_of
from sergekg.web.texts import all_texts, load_text
from sergekg.web.things import view_thing
from sergekg.web.ties import neighbours
from sergekg.web.views import draw_map, places_of

blueprint = Blueprint("pages", __name__)
DOCUMENTS = ("letter", "article")
_SHOWN = ("person", "event", "place", "writing")
_TOP = 9
_TRIED = 200
_HEADED = 24
"""Texts of which the first page says author, place and date."""
_TELLING = 60
"""Characters of words that tell what a status means."""

_OUTGOING = """
SELECT ?property ?value WHERE { $thing ?property ?value } ORDER BY ?property ?value"""
_ROWS = 500
"""Properties of a thing on one page, where they are listed as they stand."""


@blueprint.get("/")
def home() -> str:
    """The texts, and what the release holds."""
    release = service().release
    held = index()
    spoken = sorted(held.by_thing, key=lambda thing: (-len(held.by_thing[thing]), thing))
    top = {family: [t for t in spoken if site().links.family(t) == family][:_TOP] for family in _SHOWN}
    statuses = Counter(entry.status for entry in held.entries)
    texts = all_texts(release)
    facts = heads(service().store, documents()[:_HEADED])
    named = [node for found in facts.values() for fact in found for node in (fact.predicate, *fact.values)]
    site().labels.load([*named, *(URIRef(thing) for things in top.values() for thing in things)])
    return render_template(
        "home.html",
        texts=[(text, facts.get(service().iris.thing(text.key), [])) for text in texts],
        counts={what: release.counts.get(what, 0) for what in ("statements", "entities", "quads")},
        top=top,
        statuses=[(status, statuses[status]) for status in STATUSES if statuses[status]],
        examples=_examples(held),
    )


def _examples(held: Index) -> dict[str, StatementView]:
    """For each status, one statement that shows what it means, in words that are neither few nor many."""
    found: dict[str, StatementView] = {}
    wanted = [entry.iri for entry in held.entries if entry.status != "asserted"][:_TRIED]
    wanted += [entry.iri for entry in held.entries if entry.status == "asserted"][:_TRIED]
    views = load_statements(service().store, [URIRef(iri) for iri in wanted])
    for view in sorted(views, key=lambda view: (abs(len(view.words) - _TELLING), view.iri)):
        found.setdefault(view.status, view)
    site().labels.load(nodes_of(found.values()))
    return found


@blueprint.get("/page/<type>/<slug>")
def page(type: str, slug: str) -> str | Answer:
    """The description of a thing for people; the page of a letter or article is its reading view."""
    iri = require_known(thing_key(type, slug))
    if type == "statement":
        return _statement(iri)
    if type == "evidence":
        return _evidence(iri)
    if type == "interpretation":
        return _interpretation(iri)
    if type in DOCUMENTS and slug in service().release.texts and argument("view") != "thing":
        return _reading(iri, slug)
    if site().links.family(iri) and type not in ("text", "file"):
        return _thing(iri, f"{type}/{slug}")
    return _node(iri)


def documents() -> list[URIRef]:
    """The letters and articles, in the order of the corpus."""
    return [service().iris.thing(text.key) for text in all_texts(service().release)]


def _reading(iri: URIRef, slug: str) -> str | Answer:
    if (span := span_of(argument("words"))) is not None:
        text = load_text(service().release, slug)
        inside = Span(min(span.start, len(text.reading.text)), min(span.end, len(text.reading.text)))
        found = text.reading.source_span(inside)
        return redirect(here(words=None, passage=f"{found.start}-{found.end}"), 302)
    view = view_reading(
        service().store,
        site().links,
        iri,
        load_text(service().release, slug),
        Filters(*(argument(name) for name in ("status", "family", "voice", "thing"))),
        as_received=argument("text") == "received",
        passage=argument("passage"),
    )
    shown = [statement for passage in view.passages for statement in passage.statements]
    chosen = [URIRef(value) for name in ("voice", "thing") for value, _ in view.choices[name]]
    facts = [node for fact in view.facts for node in (fact.predicate, *fact.values)]
    site().labels.load([iri, *nodes_of(shown), *chosen, *facts])
    return render_template("reading.html", view=view)


def _thing(iri: URIRef, key: str) -> str:
    view = view_thing(service().store, iri, key, service().iris.graph("entities"), documents())
    others = [node for item in (*view.links, *view.interpretations) for node in item.nodes()]
    site().labels.load([iri, *view.classes, *nodes_of(view.statements), *others])
    places = {str(place.iri): place for place in places_of(_mentioned(view.statements) | {str(iri)})}
    return render_template(
        "thing.html",
        view=view,
        documents=[d for d in _of_families(view.statements, "writing") if d != iri],
        lifeline=timeline(view.statements, view.interpretations),
        network=neighbours(str(iri), view.statements, site().links.family, lambda node: str(name(node))),
        map=draw_map(places.values()),
        places=places,
        compared=len(view.sources) > 1,
    )


def _mentioned(statements: Iterable[StatementView]) -> set[str]:
    return {str(end) for s in statements for end in (s.subject, s.object) if isinstance(end, URIRef)}


def _of_families(statements: Iterable[StatementView], family: str) -> list[URIRef]:
    """Things of a family that these statements join to something, most often joined first."""
    ends = Counter(e for s in statements for e in (s.subject, s.object) if isinstance(e, URIRef))
    return [end for end, _ in ends.most_common() if site().links.family(end) == family]


def _statement(iri: URIRef) -> str:
    found = load_statements(service().store, [iri])
    if not found:
        raise NotFound("This statement has lost its evidence.")
    statement = found[0]
    conflicts = load_statements(service().store, statement.conflicts)
    interpretations = interpretations_about(service().store, iri)
    site().labels.load([*nodes_of([statement, *conflicts]), *(n for i in interpretations for n in i.nodes())])
    origin = service().release.origins().get(str(iri))
    return render_template(
        "statement.html", view=statement, conflicts=conflicts, interpretations=interpretations, origin=origin
    )


def _evidence(iri: URIRef) -> str:
    view = load_evidence(service().store, iri)
    if view is None:
        return _node(iri)
    statements = load_statements(service().store, [view.statement])
    site().labels.load([view.body, view.text, *nodes_of(statements)])
    return render_template("evidence.html", view=view, statements=statements)


def _interpretation(iri: URIRef) -> str:
    view = load_interpretation(service().store, iri)
    if view is None:
        abort(404)
    ends = [node for node in (view.subject, view.object) if isinstance(node, URIRef)]
    statements = load_statements(service().store, [e for e in ends if site().links.type(e) == "statement"])
    site().labels.load([*view.nodes(), *nodes_of(statements)])
    return render_template("interpretation.html", view=view, statements=statements)


def _node(iri: URIRef) -> str:
    """Anything else: its properties as they stand, a page at a time."""
    rows: Sequence[tuple[Term, Term]] = [
        (row["property"], row["value"]) for row in service().store.select(bind(_OUTGOING, {"thing": iri}))
    ]
    number, last = number_argument("page", 1), max(1, -(-len(rows) // _ROWS))
    if number > last:
        raise NotFound(f"The description of {site().links.link(iri).key} has {last} pages.")
    shown = Page(rows[(number - 1) * _ROWS : number * _ROWS], len(rows), number, last)
    site().labels.load([iri, *(term for row in shown.items for term in row)])
    return render_template("node.html", iri=iri, page=shown)
