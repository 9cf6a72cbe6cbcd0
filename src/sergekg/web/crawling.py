"""For crawlers: a sitemap that is a ResourceSync resource list, what changed between releases, robots.txt.

sitemaps.org 0.9; ANSI/NISO Z39.99-2017 (ResourceSync), 8 to 14.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Flask, Response, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from sergekg.history import Kind, Publication, publication_time
from sergekg.rdf.edition import dataset_key
from sergekg.web.addresses import here, root
from sergekg.web.conditional import Freshness, respond
from sergekg.web.known import UNLISTED, history, listed_keys
from sergekg.web.service import service

blueprint = Blueprint("crawling", __name__)
MOST = 40_000
"""Addresses of one sitemap file; the protocol allows 50,000."""
_XML = "application/xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:rs="http://www.openarchives.org/rs/terms/"'
)
_STATIC = ("", "ontology", "sparql", "queries", "dumps/", "releases", "feed", "catalogue")


@dataclass(frozen=True, slots=True)
class Resource:
    """One address of a list, with what is said of it."""

    path: str
    modified: str
    type: str | None = None
    length: int | None = None
    sha256: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    change: str | None = None

    def write(self) -> str:
        attributes = {
            "change": self.change,
            "datetime": self.modified if self.change else None,
            "hash": f"sha-256:{self.sha256}" if self.sha256 else None,
            "length": str(self.length) if self.length is not None else None,
            "type": self.type,
        }
        lines = [f"<loc>{escape(here(self.path))}</loc>", f"<lastmod>{self.modified}</lastmod>"]
        if any(attributes.values()):
            lines.append(f"<rs:md{_attributes(attributes)}/>")
        lines += [f"<rs:ln{_attributes({'rel': rel, 'href': here(path)})}/>" for rel, path in self.links]
        return "<url>" + "".join(lines) + "</url>\n"


def register(app: Flask) -> None:
    """Give templates `robots_head()`, which stands in the head of every page."""
    app.jinja_env.globals["robots_head"] = robots_head


def robots_head() -> Markup:
    """What a page asks of crawlers in its head: nothing of plain addresses and of the pages of lists.

    Other views of a page (narrowed, with a passage marked, in the other language, as an earlier release had
    it) lead where the page leads. Followed from view to view, a few lists would be more addresses than there
    are things, so they ask that their links be left alone; the other language may be indexed all the same.
    """
    asked = set(request.args)
    if request.endpoint == "memento.page" or (request.blueprint == "fragments" and asked):
        words = "noindex, nofollow"
    elif asked <= {"page"}:
        return Markup()
    else:
        words = "nofollow" if asked <= {"page", "lang"} else "noindex, nofollow"
    return Markup('<meta name="robots" content="{}">').format(words)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """An invitation: everything may be read, and where the lists are."""
    text = (
        "User-agent: *\nAllow: /\n\n"
        f"Sitemap: {here('sitemap.xml')}\n"
        f"# ResourceSync: {here('.well-known/resourcesync')}\n"
        f"# Everything at once: {here('dumps/')}\n"
    )
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page and every file; a list of lists where they are too many for one."""

    def make() -> bytes:
        resources = list(_resources())
        if len(resources) <= MOST:
            return _list("urlset", "resourcelist", _at(), (r.write() for r in resources))
        parts = (
            f"<sitemap><loc>{escape(here(f'sitemap-{number}.xml'))}</loc><lastmod>{_at()}</lastmod></sitemap>\n"
            for number in range(1, -(-len(resources) // MOST) + 1)
        )
        return _list("sitemapindex", "resourcelist", _at(), parts)

    return respond(make, _XML, Freshness(("sitemap", root())))


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """One list of a list of lists."""
    resources = list(_resources())
    part = resources[(number - 1) * MOST : number * MOST] if number > 0 else []
    if not part or len(resources) <= MOST:
        raise NotFound("The sitemap has no such part.")
    return respond(
        lambda: _list("urlset", "resourcelist", _at(), (r.write() for r in part)),
        _XML,
        Freshness(("sitemap", str(number), root())),
    )


@blueprint.get("/changelist.xml")
def changelist() -> Response:
    """What each publication after the first created, updated or deleted, oldest first (ResourceSync, 12)."""

    def make() -> bytes:
        log = history().publications
        first = _stamp(log[0].time) if log else _at()
        changes = [r.write() for publication in log[1:] for r in _changes(publication)]
        return _list("urlset", "changelist", None, changes[-MOST:], {"from": first, "until": _at()})

    return respond(make, _XML, Freshness(("changelist", root(), str(len(history().publications)))))


@blueprint.get("/resourcesync/capabilitylist.xml")
def capability_list() -> Response:
    """The lists that there are (ResourceSync, 9)."""
    urls = (
        f'<url><loc>{escape(here(path))}</loc><rs:md capability="{capability}"/></url>\n'
        for path, capability in (("sitemap.xml", "resourcelist"), ("changelist.xml", "changelist"))
    )
    up = {"rel": "up", "href": here(".well-known/resourcesync")}
    described = {"rel": "describedby", "href": here("catalogue.ttl"), "type": "text/turtle"}
    body = _list("urlset", "capabilitylist", None, urls, links=(described, up))
    return respond(lambda: body, _XML, Freshness(("capabilitylist", root())))


@blueprint.get("/.well-known/resourcesync")
def source_description() -> Response:
    """Where to begin (ResourceSync, 8)."""
    url = f"<url><loc>{escape(here('resourcesync/capabilitylist.xml'))}</loc>"
    url += '<rs:md capability="capabilitylist"/></url>\n'
    described = {"rel": "describedby", "href": here("catalogue.ttl"), "type": "text/turtle"}
    body = _list("urlset", "description", None, [url], links=(described,))
    return respond(lambda: body, _XML, Freshness(("resourcesync", root())))


def _resources() -> Iterator[Resource]:
    release, changed = service().release, _changed()
    now = _at()
    for path in _STATIC:
        yield Resource(path, now)
    for key in listed_keys():
        time = changed.get(key, now)
        data = f"data/{key}.ttl"
        yield Resource(f"page/{key}", time, "text/html", links=(("describedby", data),))
        yield Resource(data, time, "text/turtle", links=(("describes", f"page/{key}"),))
    for slug in release.texts:
        text = release.text(slug)
        page = (("collection", f"page/{text['key']}"),)
        yield Resource(f"tei/{slug}.xml", now, "application/tei+xml", links=page)
        yield Resource(f"annotations/{slug}.jsonld", now, "application/ld+json", links=page)
    yield Resource("cmif.xml", now, "application/tei+xml")
    for dump in release.dumps:
        part = (("collection", f"page/{dataset_key(release.name, dump.graph)}"),)
        yield Resource(f"dumps/{dump.name}", now, "application/gzip", dump.bytes, dump.sha256, part)


def _changed() -> Mapping[str, str]:
    """Key to the time of the publication that added it or last changed it."""
    found = {}
    for publication in history().publications:
        time = _stamp(publication.time)
        found.update(dict.fromkeys(publication.added, time))
        found.update((event.key, time) for event in publication.events)
    return found


def _changes(publication: Publication) -> Iterator[Resource]:
    words = {Kind.CREATE: "created", Kind.UPDATE: "updated", Kind.DELETE: "deleted"}
    changes = dict.fromkeys(publication.added, "created") | dict.fromkeys(publication.removed, "deleted")
    changes |= {event.key: words[event.kind] for event in publication.events}
    for key, change in sorted(changes.items()):
        if key.partition("/")[0] in UNLISTED:
            continue
        for path, type_ in ((f"page/{key}", "text/html"), (f"data/{key}.ttl", "text/turtle")):
            yield Resource(path, _stamp(publication.time), type_, change=change)


def _list(
    name: str,
    capability: str,
    at: str | None,
    urls: Iterable[str],
    more: Mapping[str, str] | None = None,
    links: Iterable[Mapping[str, str]] | None = None,
) -> bytes:
    attributes = {"capability": capability, "at": at, **(more or {})}
    if links is None:
        links = ({"rel": "up", "href": here("resourcesync/capabilitylist.xml")},)
    head = (
        "".join(f"<rs:ln{_attributes(link)}/>\n" for link in links) + f"<rs:md{_attributes(attributes)}/>\n"
    )
    return f"{_HEAD}<{name} {_NAMESPACES}>\n{head}{''.join(urls)}</{name}>\n".encode()


def _at() -> str:
    """When the release in service was published, as its log says."""
    publication = history().of(service().release.digest)
    return _stamp(publication.time if publication else publication_time(service().release.modified, None))


def _stamp(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _attributes(values: Mapping[str, str | None]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if value is not None)
