"""`/id` answers 303 to a description, `/data` is it as RDF (Cool URIs, 4.3; RFC 9110, 15.4.4).

A format that holds graph names comes in two forms: by its suffix it says which graph says what; a client that
negotiates gets the same triples merged into the default graph, where its queries look (`?graphs=merged`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request
from rdflib import RDF, XSD
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.export.citation import cite
from sergekg.rdf.write import write_engine_quads
from sergekg.vocab import HYDRA
from sergekg.web.addresses import here, number_argument, thing_key
from sergekg.web.citation_formats import CITATION_FORMATS, sent_as
from sergekg.web.conditional import CURRENT, Freshness, respond
from sergekg.web.describe import Extent, describe_page
from sergekg.web.known import extent_of, require_known
from sergekg.web.negotiate import HTML, RDF_FORMATS, Format, named, negotiate
from sergekg.web.replay import allow
from sergekg.web.service import service
from sergekg.web.signposting import TypedLink, add_links, data_links, memento_links, original_path

blueprint = Blueprint("resources", __name__)
DATA_FORMATS = (*RDF_FORMATS, *CITATION_FORMATS)
_FORMATS = (HTML, *DATA_FORMATS)


@blueprint.get("/id/<type>/<slug>")
@blueprint.get("/id/<type>/<slug>.<suffix>")
def thing(type: str, slug: str, suffix: str | None = None) -> Answer:
    """303 to the description that the client prefers; a browser gets the page."""
    key = thing_key(type, slug)
    require_known(key)
    form = named(suffix, _FORMATS) if suffix is not None else negotiate(_FORMATS)
    address = here(f"page/{key}") if form is HTML else _address(key, form, merged=suffix is None)
    allow()
    answer = redirect(address, 303)
    answer.vary.add("Accept")
    answer.headers["Cache-Control"] = CURRENT
    links = [TypedLink("alternate", here(f"data/{key}.{f.suffix}"), f.media_type) for f in RDF_FORMATS]
    links.append(TypedLink("alternate", here(f"page/{key}"), HTML.media_type))
    original = original_path(key, _FORMATS if suffix is None else (form,))
    add_links(answer, (*links, *memento_links(original)))  # type: ignore[arg-type]
    return answer


@blueprint.get("/data/<type>/<slug>")
@blueprint.get("/data/<type>/<slug>.<suffix>")
def data(type: str, slug: str, suffix: str | None = None) -> Response:
    """The description of a thing in one RDF format, or a reference to it."""
    key = thing_key(type, slug)
    require_known(key)
    form = named(suffix, DATA_FORMATS) if suffix is not None else negotiate(DATA_FORMATS)
    merged = suffix is None or _is_merged()
    if form in CITATION_FORMATS:
        sent = sent_as(form, request.headers.get("Accept", "")) if suffix is not None else form
        response = respond(
            lambda: cite(service().release, service().store, key, form.suffix),
            sent.content_type,
            Freshness(("cite", key, form.suffix, sent.suffix)),
        )
        response.vary.add("Accept")
        response.headers["Content-Location"] = _address(key, form)
    else:
        response = describe_as(key, form, merged=merged)
    if suffix is None:
        response.vary.add("Accept")
    original = original_path(key, DATA_FORMATS if suffix is None else (form,))
    add_links(response, (*data_links(key), *memento_links(original)))
    return response


def describe_as(key: str, form: Format, *, merged: bool) -> Response:
    """The page of a description that the request asks for, in an RDF format, with links to its neighbours.

    Args:
        merged: whether all triples stand in the default graph.

    Raises:
        NotFound: it has no such page.
    """
    extent = extent_of(key)
    number = number_argument("page", 1)
    if extent is None or number > extent.pages:
        raise NotFound(f"The description of {key} has {extent.pages if extent else 0} pages.")
    address = _address(key, form, merged=merged)
    pages = _Pages(address, number, extent.pages)
    response = respond(
        lambda: _write(key, form, pages, extent, merged=merged),
        form.content_type,
        Freshness(("data", key, form.suffix, str(merged), str(number), address if extent.pages > 1 else "")),
    )
    response.headers["Content-Location"] = pages.of(number)
    add_links(response, pages.links())
    return response


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of one document: its address, which page this is, how many there are."""

    address: str
    number: int
    count: int

    def of(self, number: int) -> str:
        joint = "&" if "?" in self.address else "?"
        return self.address if number == 1 else f"{self.address}{joint}page={number}"

    def neighbours(self) -> Mapping[str, str]:
        """Relation to address; nothing where there is but one page."""
        if self.count == 1:
            return {}
        found = {"first": self.of(1), "last": self.of(self.count)}
        if self.number > 1:
            found["prev"] = self.of(self.number - 1)
        if self.number < self.count:
            found["next"] = self.of(self.number + 1)
        return found

    def links(self) -> list[TypedLink]:
        return [TypedLink(rel, address) for rel, address in self.neighbours().items()]


def _write(key: str, form: Format, pages: _Pages, extent: Extent, *, merged: bool) -> bytes:
    found = describe_page(service().store, service().iris.thing(key), pages.number, extent)
    assert found is not None
    quads = [*found.quads, *_controls(pages, found.statements)]
    out = io.BytesIO()
    assert form.writer is not None
    # JSON-LD of one thing is one graph, as most readers expect
    named = form.writer != ox.RdfFormat.JSON_LD and not merged
    write_engine_quads(quads, form.writer, out, with_graphs=named)
    return out.getvalue()


def _controls(pages: _Pages, statements: int) -> Iterator[ox.Quad]:
    """Says in the document itself that it is a page of several (Hydra Core Vocabulary, 5.4)."""
    view = ox.NamedNode(pages.of(pages.number))
    for rel, address in pages.neighbours().items():
        name = {"prev": "previous"}.get(rel, rel)
        yield ox.Quad(view, ox.NamedNode(str(HYDRA[name])), ox.NamedNode(address))
    if pages.count > 1:
        kind, count = ox.NamedNode(str(HYDRA.PartialCollectionView)), ox.NamedNode(str(HYDRA.totalItems))
        yield ox.Quad(view, ox.NamedNode(str(RDF.type)), kind)
        yield ox.Quad(view, count, ox.Literal(str(statements), datatype=ox.NamedNode(str(XSD.integer))))


def _address(key: str, form: Format, *, merged: bool = False) -> str:
    holds_names = form.writer in (ox.RdfFormat.TRIG, ox.RdfFormat.N_QUADS)
    return here(f"data/{key}.{form.suffix}") + ("?graphs=merged" if merged and holds_names else "")


def _is_merged() -> bool:
    wanted = request.args.get("graphs", "named")
    if wanted not in ("named", "merged"):
        raise BadRequest("graphs is either named or merged.")
    return wanted == "merged"
