"""Texts and letters for other communities: TEI, CMIF, Web Annotation, BEACON, RO-Crate, sources."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from sergekg.export.beacon import write_beacon
from sergekg.export.cmif import write_cmif
from sergekg.export.rocrate import FILE as CRATE
from sergekg.export.rocrate import write_crate
from sergekg.export.tei import write_tei
from sergekg.export.web_annotation import PROFILE, write_head, write_page
from sergekg.web.addresses import here, number_argument, root
from sergekg.web.conditional import CURRENT, Freshness, respond, send_stored
from sergekg.web.service import service
from sergekg.web.signposting import TypedLink, add_links

blueprint = Blueprint("documents", __name__)
TEI = "application/tei+xml"


@blueprint.get("/tei/<slug>.xml")
def tei(slug: str) -> Response:
    """A text with its annotations as TEI P5 (RFC 6129)."""
    key = _text(slug)
    response = respond(
        lambda: write_tei(service().release, service().store, slug), TEI, Freshness(("tei", slug))
    )
    _link(response, key)
    return response


@blueprint.get("/annotations/<slug>.jsonld")
def annotation_collection(slug: str) -> Response:
    """The evidence of a text as a collection; `?page=` gives one page of it."""
    key = _text(slug)
    number = number_argument("page", 0)
    if number:
        made = write_page(service().release, service().store, slug, number, root())
        if made is None:
            raise NotFound(f"The annotations of {slug} have no page {number}.")
        body = made
        response = respond(lambda: body, PROFILE, Freshness(("annotations", slug, str(number), root())))
    else:
        response = respond(
            lambda: write_head(service().release, service().store, slug, root()),
            PROFILE,
            Freshness(("annotations", slug, root())),
        )
    add_links(response, [TypedLink("type", "http://www.w3.org/ns/oa#Annotation")])
    _link(response, key)
    return response


@blueprint.get("/cmif.xml")
def cmif() -> Response:
    """The metadata of all letters."""
    return respond(
        lambda: write_cmif(service().release, service().store, root()), TEI, Freshness(("cmif", root()))
    )


@blueprint.get("/beacon.txt")
def beacon() -> Response:
    """The Wikidata items that have a page here."""
    return respond(
        lambda: write_beacon(service().release, service().store, root()),
        "text/plain; charset=utf-8",
        Freshness(("beacon", root())),
    )


@blueprint.get(f"/{CRATE}")
def crate() -> Response:
    """The release in service as an RO-Crate whose files are on this server."""
    release = service().release
    return respond(
        lambda: write_crate(release, root=here(f"releases/{release.digest}/")),
        'application/ld+json; profile="https://w3id.org/ro/crate/1.1"',
        Freshness(("crate", root())),
    )


@blueprint.get("/sources/<name>")
def source(name: str) -> Response:
    """A file as it was received."""
    release = service().release
    digest = release.files.get(f"sources/{name}")
    if digest is None:
        raise NotFound("The release has no source of this name.")
    type_ = "application/tei+xml" if name.endswith(".xml") else "text/plain"
    response = send_stored(release.directory / "sources" / name, type_, digest, release)
    response.headers["Cache-Control"] = CURRENT
    return response


def _text(slug: str) -> str:
    """The key of the letter or article that a text is of."""
    if slug not in service().release.texts:
        raise NotFound("The release has no text of this name.")
    return str(service().release.text(slug)["key"])


def _link(response: Response, key: str) -> None:
    add_links(
        response,
        [
            TypedLink("collection", here(f"page/{key}"), "text/html"),
            TypedLink("describedby", here(f"data/{key}.ttl"), "text/turtle"),
            TypedLink("license", service().release.license),
        ],
    )
