"""Overviews: timeline, map, network, letters, coverage; each drawn from a stored query, each with a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from rdflib import URIRef

from sergekg.assets import asset_dir, static_dir
from sergekg.model.text import Span
from sergekg.store.base import Row, Term
from sergekg.store.queries import StoredQuery, read_query
from sergekg.web.drawing.atlas import Map, draw
from sergekg.web.lifeline import timeline as to_timeline
from sergekg.web.service import service
from sergekg.web.site import argument, name, site
from sergekg.web.statements import StatementView, load_statements, nodes_of
from sergekg.web.texts import Sentence, Text, all_texts
from sergekg.web.ties import whole

blueprint = Blueprint("views", __name__)
PAGE = 400
"""Rows of a timeline on one page."""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place of the map; `latitude` and `longitude` are None where nobody gave them."""

    iri: URIRef
    statements: int
    latitude: float | None
    longitude: float | None
    certainty: str


@dataclass(frozen=True)
class LetterView:
    """A letter: all values that the texts assert of each field."""

    iri: URIRef
    authors: Sequence[Term]
    addressees: Sequence[Term]
    places: Sequence[Term]
    dates: Sequence[Term]
    encloses: Sequence[Term]
    mentions: Sequence[tuple[Term, int]]


@dataclass(frozen=True)
class CoverageView:
    """The account of one text: sentences by paragraph, and how many of each kind."""

    text: Text
    paragraphs: Sequence[Sequence[tuple[str, Sentence]]]
    counts: Mapping[str, int]


def view_query(name: str) -> StoredQuery:
    """The stored query of an overview: the workspace's own, else the one that the package carries."""
    for root in (service().config.queries, asset_dir("queries")):
        path = root / "views" / f"{name}.rq"
        if path.is_file():
            return read_query(path, root)
    raise FileNotFoundError(name)


def _rows(name: str) -> tuple[StoredQuery, Sequence[Row]]:
    query = view_query(name)
    return query, service().store.select(query.fill({}, service().release.base))


@blueprint.get("/timeline")
def timeline() -> str:
    """Dated statements over a line of years."""
    query, rows = _rows("timeline")
    wanted = argument("document")
    fitting = [row for row in rows if not wanted or str(row["source"]) == wanted]
    statements = load_statements(service().store, [URIRef(str(row["statement"])) for row in fitting[:PAGE]])
    choices = sorted({URIRef(str(row["source"])) for row in rows})
    site().labels.load([*nodes_of(statements), *choices])
    return render_template(
        "timeline.html", timeline=to_timeline(statements), query=query, choices=choices, wanted=wanted,
        left_out=max(0, len(fitting) - PAGE),
    )  # fmt: skip


@blueprint.get("/map")
def map() -> str:
    """Places where they are, as far as an interpretation says it."""
    query, rows = _rows("places")
    places: dict[str, PlaceView] = {}
    for row in rows:
        place = _place(row)
        held = places.get(str(place.iri))
        if held is None or (held.latitude is None and place.latitude is not None):
            places[str(place.iri)] = place
    site().labels.load([*(place.iri for place in places.values())])
    return render_template("map.html", map=draw_map(places.values()), places=places, query=query)


def draw_map(places: Iterable[PlaceView]) -> Map | None:
    """The map of those places that have coordinates; the most named choose first where their labels stand."""
    known = {}
    for place in sorted(places, key=lambda place: (-place.statements, place.iri)):
        if place.latitude is not None and place.longitude is not None:
            known[str(place.iri)] = (place.latitude, place.longitude)
    labels = {place: str(name(place)) for place in known}
    return draw(known, static_dir() / "dist" / "land.json", labels)


def places_of(wanted: set[str]) -> list[PlaceView]:
    """Those of the wanted things that are places with coordinates."""
    found = (_place(row) for row in _rows("places")[1])
    return [place for place in found if str(place.iri) in wanted and place.latitude is not None]


def _place(row: Row) -> PlaceView:
    latitude, longitude = _number(row.get("lat")), _number(row.get("long"))
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        latitude = longitude = None
    return PlaceView(
        iri=URIRef(str(row["place"])),
        statements=int(str(row["statements"])),
        latitude=latitude,
        longitude=longitude,
        certainty=str(row.get("certainty", "")).rpartition("#")[2],
    )


def _number(term: Term | None) -> float | None:
    try:
        return None if term is None else float(str(term))
    except ValueError:
        return None


@blueprint.get("/network")
def network() -> str:
    """Ties between persons, groups, organisations and tendencies."""
    query, rows = _rows("ties")
    statements = load_statements(service().store, [URIRef(str(row["statement"])) for row in rows])
    kept = [s for s in statements if _is_wanted(s)]
    site().labels.load(nodes_of(statements))
    drawn = whole(kept, lambda node: str(name(node)))
    choices = {
        "document": sorted({str(s.document) for s in statements}),
        "predicate": sorted({str(s.predicate) for s in statements}, key=lambda p: str(name(p))),
    }
    return render_template(
        "network.html", network=drawn, statements=kept, query=query, choices=choices,
        wanted={field: argument(field) for field in ("document", "predicate", "kind")},
    )  # fmt: skip


def _is_wanted(statement: StatementView) -> bool:
    document, predicate, kind = (argument(field) for field in ("document", "predicate", "kind"))
    ends = {site().links.family(str(end)) for end in (statement.subject, statement.object)}
    return (
        (not document or str(statement.document) == document)
        and (not predicate or str(statement.predicate) == predicate)
        and (kind != "person" or ends == {"person"})
    )


@blueprint.get("/letters")
def letters() -> str:
    """Letters: who writes to whom, whence and when, and of whom."""
    query, rows = _rows("letters")
    mentions: dict[str, list[tuple[Term, int]]] = {}
    for row in _rows("mentions")[1]:
        mentions.setdefault(str(row["document"]), []).append((row["person"], int(str(row["statements"]))))
    found: dict[str, dict[str, dict[Term, None]]] = {}
    for row in rows:
        held = found.setdefault(str(row["letter"]), {})
        for field, value in row.items():
            held.setdefault(field, {})[value] = None
    views = []
    for letter, values in found.items():
        fields = {
            field: list(values.get(field, ()))
            for field in ("author", "addressee", "place", "date", "encloses")
        }
        views.append(
            LetterView(
                iri=URIRef(letter),
                authors=fields["author"],
                addressees=fields["addressee"],
                places=fields["place"],
                dates=fields["date"],
                encloses=fields["encloses"],
                mentions=mentions.get(letter, []),
            )
        )
    named = [t for v in views for t in (v.iri, *v.authors, *v.addressees, *v.places, *v.encloses)]
    site().labels.load([*named, *(person for v in views for person, _ in v.mentions)])
    return render_template("letters.html", letters=views, query=query)


@blueprint.get("/coverage")
def coverage() -> str:
    """What of each text is covered by evidence, what is silent and why, what is open."""
    views = []
    for text in all_texts(service().release):
        paragraphs = []
        for _, span in text.divisions:
            inside = [s for s in text.sentences if s.span.overlaps(span)]
            paragraphs.append([(text.read(_within(s.span, span)), s) for s in inside])
        counts = {
            kind: sum(s.account == kind for s in text.sentences) for kind in ("covered", "silent", "open")
        }
        views.append(CoverageView(text, paragraphs, counts))
    return render_template("coverage.html", views=views)


def _within(span: Span, outer: Span) -> Span:
    return Span(max(span.start, outer.start), min(span.end, outer.end))
