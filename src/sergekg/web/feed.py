"""`/feed`: every version of every entity as a Linked Data Event Stream; `/feed.atom` for people.

TREE hypermedia (https://w3id.org/tree/specification) and LDES. A member is one entity as one publication
left it: its quads stand in the graph of its name. Pages are filled in the order of the log; a full page
never changes again, the last one is short-lived.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template
from rdflib import DCTERMS, RDF, XSD
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.history import Event, History, Kind, Publication
from sergekg.vocab import AS, LDES, TREE
from sergekg.web.addresses import here, root, thing_key
from sergekg.web.catalogue import write_format
from sergekg.web.conditional import BRIEF, IMMUTABLE, Freshness, respond
from sergekg.web.known import history
from sergekg.web.negotiate import HTML, RDF_FORMATS, Format, by_suffix, negotiate
from sergekg.web.service import service
from sergekg.web.signposting import TypedLink, add_links
from sergekg.xml import only_characters

blueprint = Blueprint("feed", __name__)
PAGE_SIZE = 100
_FORMATS: tuple[Format, ...] = tuple(
    f for f in (by_suffix(s, RDF_FORMATS) for s in ("trig", "nq", "jsonld")) if f
)
"""Members are named graphs, so only formats that hold them will do."""
_HEAD_FORMATS = (*_FORMATS, *(f for f in RDF_FORMATS if f not in _FORMATS), HTML)
_POLL_SECONDS = 3600


@blueprint.get("/feed")
def feed() -> Response:
    """The stream: where its pages are and how to read its members."""
    form = negotiate(_HEAD_FORMATS)
    log = history()
    if form is HTML:
        events = log.events()
        body = render_template(
            "feed.html", publications=list(reversed(log.publications)), count=len(events), at=here
        )
        response = Response(body, content_type=HTML.content_type)
        response.headers["Cache-Control"] = BRIEF
    else:
        seal = _seal(log.publications)
        response = respond(
            lambda: write_format(list(_stream(log)), form),
            form.content_type,
            Freshness(("feed", form.suffix, root()), cache=BRIEF, seal=seal),
        )
    response.vary.add("Accept")
    add_links(response, [TypedLink("alternate", here("feed.atom"), "application/atom+xml")])
    return response


@blueprint.get("/feed/<int:number>")
@blueprint.get("/feed/<int:number>.<suffix>")
def page(number: int, suffix: str | None = None) -> Response:
    """One page of members; from 1."""
    form = by_suffix(suffix, _FORMATS) if suffix else negotiate(_FORMATS)
    log = history()
    pages = count_pages(log)
    if form is None or not 1 <= number <= pages:
        raise NotFound(f"The feed has {pages} pages, each as trig, nq or jsonld.")
    events = log.events()[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    is_full = len(events) == PAGE_SIZE
    publications = [log.publications[index - 1] for index in sorted({event.number for event in events})]
    response = respond(
        lambda: write_format([*_members(log, events), *_node(log, number)], form, with_graphs=True),
        form.content_type,
        Freshness(
            ("feed", str(number), str(len(events)), form.suffix, root()),
            cache=IMMUTABLE if is_full else BRIEF,
            seal=_seal(publications),
        ),
    )
    response.vary.add("Accept")
    add_links(response, [TypedLink("collection", here("feed"))])
    return response


@blueprint.get("/version/<int:number>/<type>/<slug>")
def version(number: int, type: str, slug: str) -> Answer:
    """A member by its name: 303 to the page of the feed that holds it."""
    key = thing_key(type, slug)
    log = history()
    events = log.events()
    index = next((i for i, e in enumerate(events) if e.number == number and e.key == key), None)
    if index is None:
        raise NotFound("The feed has no such member.")
    return redirect(here(f"feed/{index // PAGE_SIZE + 1}"), 303)


@blueprint.get("/feed.atom")
def atom() -> Response:
    """An entry for each publication, the newest first (RFC 4287)."""
    log = history()
    return respond(
        lambda: _atom(log),
        "application/atom+xml",
        Freshness(("atom", root()), cache=BRIEF, seal=_seal(log.publications)),
    )


def count_pages(log: History) -> int:
    """How many pages the feed has; at least one."""
    return max(1, -(-len(log.events()) // PAGE_SIZE))


def _seal(publications: Sequence[Publication]) -> str:
    digests = "".join(f"{p.number} {p.digest}\n" for p in publications)
    return hashlib.sha256(digests.encode()).hexdigest()


def _stream(log: History) -> Iterator[ox.Quad]:
    """The event stream, its root node, and a relation to each page, bounded by the times of its members."""
    stream, node = _iri(here("feed#stream")), _iri(here("feed"))
    yield _quad(stream, RDF.type, _iri(LDES.EventStream))
    for tag, title in service().release.title.items():
        yield _quad(stream, DCTERMS.title, ox.Literal(title, language=tag))
    yield _quad(stream, DCTERMS.license, _iri(service().release.license))
    yield _quad(stream, LDES.timestampPath, _iri(DCTERMS.modified))
    yield _quad(stream, LDES.versionOfPath, _iri(DCTERMS.isVersionOf))
    for kind in Kind:
        word = {Kind.CREATE: "Create", Kind.UPDATE: "Update", Kind.DELETE: "Delete"}[kind]
        yield _quad(stream, LDES[f"version{word}Path"], _iri(RDF.type))
        yield _quad(stream, LDES[f"version{word}Object"], _iri(AS[kind]))
    yield _quad(stream, LDES.pollingInterval, _integer(_POLL_SECONDS))
    yield _quad(stream, TREE.view, node)
    yield _quad(node, RDF.type, _iri(TREE.Node))
    yield _quad(node, TREE.viewDescription, _iri(here("feed#view")))
    yield _quad(_iri(here("feed#view")), RDF.type, _iri(LDES.EventSource))
    events = log.events()
    for number in range(1, count_pages(log) + 1):
        part = events[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        if not part:
            continue
        times = [log.publications[event.number - 1].time for event in part]
        bounds = [("GreaterThanOrEqualToRelation", min(times))]
        if len(part) == PAGE_SIZE:
            bounds.append(("LessThanOrEqualToRelation", max(times)))
        for name, time in bounds:
            relation = _iri(here(f"feed#page-{number}-{'from' if name.startswith('G') else 'until'}"))
            yield _quad(node, TREE.relation, relation)
            yield _quad(relation, RDF.type, _iri(TREE[name]))
            yield _quad(relation, TREE.node, _iri(here(f"feed/{number}")))
            yield _quad(relation, TREE.path, _iri(DCTERMS.modified))
            yield _quad(relation, TREE.value, _time(time))


def _node(log: History, number: int) -> Iterator[ox.Quad]:
    """The page as a node of the stream. It names no later page, the root does: so a full page can rest."""
    stream, node = _iri(here("feed#stream")), _iri(here(f"feed/{number}"))
    yield _quad(stream, RDF.type, _iri(LDES.EventStream))
    yield _quad(stream, LDES.timestampPath, _iri(DCTERMS.modified))
    yield _quad(stream, LDES.versionOfPath, _iri(DCTERMS.isVersionOf))
    yield _quad(stream, TREE.view, _iri(here("feed")))
    yield _quad(node, RDF.type, _iri(TREE.Node))
    for event in log.events()[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]:
        yield _quad(stream, TREE.member, _iri(service().iris.version(event.number, event.key)))


def _members(log: History, events: Sequence[Event]) -> Iterator[ox.Quad]:
    wanted: dict[int, set[str]] = defaultdict(set)
    for event in events:
        publication = log.publications[event.number - 1]
        member = _iri(service().iris.version(event.number, event.key))
        wanted[event.number].add(member.value)
        yield _quad(member, RDF.type, _iri(AS[event.kind]))
        yield _quad(member, DCTERMS.isVersionOf, _iri(service().iris.thing(event.key)))
        yield _quad(member, DCTERMS.modified, _time(publication.time))
        yield _quad(member, DCTERMS.isPartOf, _iri(f"{service().release.base}releases/{publication.digest}"))
    for number, graphs in sorted(wanted.items()):
        lines = (line for line in log.quads(number) if line.rsplit(" ", 2)[1][1:-1] in graphs)
        text = "".join(f"{line}\n" for line in lines)
        yield from ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS)


def _atom(log: History) -> bytes:
    release = service().release
    title = release.title.get("fr") or next(iter(release.title.values()))
    updated = _stamp(log.publications[-1].time) if log.publications else f"{release.modified}T00:00:00Z"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">',
        f"<id>{escape(release.base)}feed.atom</id>",
        f"<title>{escape(title)}</title>",
        f"<updated>{updated}</updated>",
        f"<author><name>{escape(release.publisher)}</name></author>",
        f"<rights>{escape(release.license)}</rights>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(here("feed.atom"))}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(here("releases"))}/>',
    ]
    for publication in reversed(log.publications):
        lines += _entry(publication, log)
    return only_characters("\n".join((*lines, "</feed>")) + "\n").encode()


def _entry(publication: Publication, log: History) -> Iterator[str]:
    counts = tally(publication)
    things = _several(ajout=counts["Create"], changement=counts["Update"], retrait=counts["Delete"])
    statements = _several(ajout=counts["added"], retrait=counts["removed"])
    summary = f"Choses\u00a0: {things}. Énoncés\u00a0: {statements}."
    previous = log.publications[publication.number - 2].digest if publication.number > 1 else None
    page = f"releases/{publication.digest}" + (f"/since/{previous}" if previous else "")
    yield "<entry>"
    yield f"<id>{escape(service().release.base)}version/{publication.number}</id>"
    yield f"<title>Version {escape(publication.version)} ({publication.digest[:12]})</title>"
    yield f"<updated>{_stamp(publication.time)}</updated>"
    yield f'<link rel="alternate" type="text/html" href={quoteattr(here(page))}/>'
    yield f"<summary>{escape(summary)}</summary>"
    yield "</entry>"


def _several(**counts: int) -> str:
    """French nouns, each with its number, which is in the plural from two on."""
    return ", ".join(f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in counts.items())


def tally(publication: Publication) -> Mapping[str, int]:
    """How many entities and statements a publication created, updated or removed."""
    counts = {str(kind): sum(1 for event in publication.events if event.kind is kind) for kind in Kind}
    for name, keys in (("added", publication.added), ("removed", publication.removed)):
        counts[name] = sum(1 for key in keys if key.startswith("statement/"))
    return counts


def _stamp(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(time: datetime.datetime) -> ox.Literal:
    return ox.Literal(_stamp(time), datatype=_iri(XSD.dateTime))


def _integer(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=_iri(XSD.integer))


def _iri(iri: object) -> ox.NamedNode:
    return ox.NamedNode(str(iri))


def _quad(subject: ox.NamedNode, predicate: object, value: ox.NamedNode | ox.Literal) -> ox.Quad:
    return ox.Quad(subject, _iri(predicate), value, ox.DefaultGraph())
