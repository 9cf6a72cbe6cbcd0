"""Typed links for machines: `Link` headers and link sets (RFC 8288, RFC 9264; FAIR Signposting, level 2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import NotFound

from sergekg.rdf.edition import dataset_key
from sergekg.store.queries import bind
from sergekg.web.addresses import here, thing_key
from sergekg.web.citation_formats import CITATION_FORMATS
from sergekg.web.conditional import Freshness, last_modified, respond
from sergekg.web.known import require_known
from sergekg.web.negotiate import RDF_FORMATS, Format, by_suffix, negotiate
from sergekg.web.service import service

blueprint = Blueprint("signposting", __name__)
LINKSET_JSON = Format("application/linkset+json", "json", aliases=("application/json",))
LINKSET = Format("application/linkset", "txt", aliases=("text/plain",))
_DOCUMENTS = ("letter", "article")

_CLASSES = """
SELECT DISTINCT ?type WHERE {
  $thing a ?class . ?class rdfs:subClassOf*/(rdfs:subClassOf|skos:closeMatch) ?type
  FILTER(STRSTARTS(STR(?type), STR(schema:)))
} ORDER BY ?type"""


@dataclass(frozen=True, slots=True)
class TypedLink:
    """A link from a context, by default the resource itself, to a target."""

    rel: str
    target: str
    type: str | None = None
    anchor: str | None = None
    datetime: str | None = None

    def __str__(self) -> str:
        parts = [f"<{self.target}>", f'rel="{self.rel}"']
        parts += [f'type="{self.type}"'] if self.type else []
        parts += [f'anchor="{self.anchor}"'] if self.anchor else []
        parts += [f'datetime="{self.datetime}"'] if self.datetime else []
        return "; ".join(parts)


def add_links(response: Response, links: Iterable[TypedLink]) -> None:
    """Add links to the `Link` header of an answer."""
    written = [response.headers["Link"]] if "Link" in response.headers else []
    written += [str(link) for link in links]
    if written:
        response.headers["Link"] = ", ".join(written)


def original_path(key: str, forms: Sequence[Format]) -> str:
    """The path of the original resource (RFC 7089, 2.1) that an address with these formats belongs to.

    A document in one data format is one of its own; what negotiates, and the page, share that of the thing.
    """
    if len(forms) == 1 and forms[0].media_type != "text/html":
        return f"data/{key}.{forms[0].suffix}"
    return f"id/{key}"


def memento_links(path: str) -> list[TypedLink]:
    """From a resource to its other times (RFC 7089, 2.2.1); `path` is that of the original resource."""
    return [
        TypedLink("original", here(path)),
        TypedLink("timegate", here(f"timegate/{path}")),
        TypedLink("timemap", here(f"timemap/{path}"), "application/link-format"),
    ]


def data_links(key: str) -> list[TypedLink]:
    """From the description of a thing in RDF."""
    return [
        TypedLink("describes", here(f"page/{key}"), "text/html"),
        TypedLink("about", str(service().iris.thing(key))),
        *(TypedLink("alternate", here(f"data/{key}.{f.suffix}"), f.media_type) for f in RDF_FORMATS),
        TypedLink("alternate", here(f"page/{key}"), "text/html"),
        TypedLink("license", service().release.license),
        TypedLink("collection", _dataset_page(), "text/html"),
        TypedLink("linkset", here(f"linkset/{key}.json"), LINKSET_JSON.media_type),
    ]


def page_links(key: str) -> list[TypedLink]:
    """From the page of a thing, its landing page in the words of FAIR Signposting."""
    thing = service().iris.thing(key)
    rows = service().store.select(bind(_CLASSES, {"thing": thing}))
    return [
        TypedLink("cite-as", str(thing)),
        *(TypedLink("describedby", here(f"data/{key}.{f.suffix}"), f.media_type) for f in RDF_FORMATS),
        *(TypedLink("describedby", here(f"data/{key}.{f.suffix}"), f.media_type) for f in CITATION_FORMATS),
        TypedLink("type", "https://schema.org/AboutPage"),
        *(TypedLink("type", str(row["type"])) for row in rows),
        TypedLink("license", service().release.license),
        *items(key),
        TypedLink("linkset", here(f"linkset/{key}.json"), LINKSET_JSON.media_type),
        TypedLink("linkset", here(f"linkset/{key}.txt"), LINKSET.media_type),
        *([] if key == _dataset_key() else [TypedLink("collection", _dataset_page(), "text/html")]),
    ]


def items(key: str) -> Sequence[TypedLink]:
    """The content that a landing page stands for: files of the dataset, or those of a text."""
    release = service().release
    type_, _, slug = key.partition("/")
    if type_ == "dataset":
        keys = {dataset_key(release.name, dump.graph): dump.graph for dump in release.dumps}
        return [
            TypedLink("item", here(f"dumps/{dump.name}"), "application/gzip")
            for dump in release.dumps
            if key in keys and dump.graph == keys[key]
        ]
    if type_ in _DOCUMENTS and slug in release.texts:
        return [
            TypedLink("item", here(f"tei/{slug}.xml"), "application/tei+xml"),
            TypedLink("item", here(f"annotations/{slug}.jsonld"), "application/ld+json"),
        ]
    return []


@blueprint.get("/linkset/<type>/<slug>")
@blueprint.get("/linkset/<type>/<slug>.<suffix>")
def linkset(type: str, slug: str, suffix: str | None = None) -> Response:
    """All links of a page and back again, as one document (RFC 9264)."""
    key = thing_key(type, slug)
    require_known(key)
    forms = (LINKSET_JSON, LINKSET)
    form = by_suffix(suffix, forms) if suffix else negotiate(forms)
    if form is None:
        raise NotFound("A link set comes as json or txt.")
    response = respond(
        lambda: _write_linkset(key, form),
        form.content_type,
        Freshness(("linkset", key, form.suffix, here(""))),
    )
    if suffix is None:
        response.vary.add("Accept")
    return response


def _write_linkset(key: str, form: Format) -> bytes:
    page = here(f"page/{key}")
    links = [TypedLink(x.rel, x.target, x.type, page) for x in page_links(key)]
    described = (*RDF_FORMATS, *CITATION_FORMATS)
    links += [TypedLink("describes", page, "text/html", here(f"data/{key}.{f.suffix}")) for f in described]
    links += [TypedLink("collection", page, "text/html", item.target) for item in items(key)]
    if form is LINKSET:
        return (",\n".join(str(link) for link in links) + "\n").encode()
    contexts: dict[str, dict[str, object]] = {}
    for link in links:
        context = contexts.setdefault(link.anchor or page, {"anchor": link.anchor or page})
        target = {"href": link.target} | ({"type": link.type} if link.type else {})
        context.setdefault(link.rel, []).append(target)  # type: ignore[attr-defined]
    return (json.dumps({"linkset": list(contexts.values())}, indent=1) + "\n").encode()


def register(app: Flask) -> None:
    """Give the pages of things, whoever makes them, their typed links."""
    app.after_request(_sign_pages)


def _sign_pages(response: Response) -> Response:
    if response.status_code not in (200, 304) or request.method not in ("GET", "HEAD"):
        return response
    arguments = request.view_args or {}
    if request.endpoint in ("pages.page", "pages.home") and response.last_modified is None:
        response.last_modified = last_modified(service().release)
    if request.endpoint == "pages.page" and set(arguments) == {"type", "slug"}:
        key = f"{arguments['type']}/{arguments['slug']}"
        add_links(response, (*page_links(key), *memento_links(f"id/{key}")))
    elif request.endpoint == "pages.home":
        add_links(
            response,
            (
                *page_links(_dataset_key()),
                TypedLink("api-catalog", here(".well-known/api-catalog")),
                TypedLink("search", here("sparql")),
                *memento_links(""),
            ),
        )
    return response


def _dataset_key() -> str:
    return dataset_key(service().release.name)


def _dataset_page() -> str:
    return here(f"page/{_dataset_key()}")
