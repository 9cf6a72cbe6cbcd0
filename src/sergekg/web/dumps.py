"""`/dumps/`: the compressed files of a release, whole or in ranges (RFC 9110, 14)."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from sergekg.rdf.edition import DumpFile, dataset_key
from sergekg.release import Release
from sergekg.web.addresses import here
from sergekg.web.compression import takes
from sergekg.web.conditional import CURRENT, IMMUTABLE, entity_tag, is_held, last_modified, send_stored
from sergekg.web.i18n import current_language
from sergekg.web.negotiate import Format
from sergekg.web.service import service
from sergekg.web.signposting import TypedLink, add_links, memento_links

blueprint = Blueprint("dumps", __name__)
_BLOCK = 1 << 16


@blueprint.get("/dumps/")
def index() -> str:
    """Every file with its size and digest."""
    release = service().release
    groups: dict[str, list[DumpFile]] = {}
    for dump in release.dumps:
        groups.setdefault(dump.graph or "", []).append(dump)
    titles = {slug: release.text(slug)["title"] for slug in release.texts}
    return render_template(
        "dumps.html",
        shown=release,
        groups=sorted(groups.items()),
        texts=[(slug, title.get(current_language(), slug)) for slug, title in titles.items()],
        at=here,
    )


@blueprint.get("/dumps/SHA256SUMS")
def sums() -> Response:
    """The digests, as `sha256sum --check` reads them."""
    lines = (f"{dump.sha256}  {dump.name}\n" for dump in service().release.dumps)
    return Response("".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/dumps/<name>")
def dump(name: str) -> Response:
    """One file of the release in service."""
    response = send_dump(service().release, name, CURRENT)
    key = dataset_key(service().release.name, find_dump(service().release, name).graph)
    add_links(
        response,
        [
            TypedLink("collection", here(f"page/{key}"), "text/html"),
            TypedLink("license", service().release.license),
            TypedLink("describedby", here("catalogue.ttl"), "text/turtle"),
            *memento_links(f"dumps/{name}"),
        ],
    )
    return response


def find_dump(release: Release, name: str) -> DumpFile:
    """The file of that name.

    Raises:
        NotFound: there is none.
    """
    found = next((dump for dump in release.dumps if dump.name == name), None)
    if found is None:
        raise NotFound("The release has no file of this name; /dumps/ lists them.")
    return found


def send_dump(release: Release, name: str, cache: str) -> Response:
    """A file as it is on disk: ranges, resumption by `If-Range`, 304; the digest is its validator."""
    found = find_dump(release, name)
    path = release.directory / "dumps" / found.name
    response = send_stored(path, "application/gzip", found.sha256, release)
    response.headers["Cache-Control"] = cache
    response.headers["Repr-Digest"] = f"sha-256=:{_base64(found.sha256)}:"
    return response


def send_unpacked(release: Release, dump: DumpFile, form: Format) -> Response:
    """What a file holds, without the compression; a client that takes gzip gets the file itself."""
    path = release.directory / "dumps" / dump.name
    packed = takes(request, "gzip")
    tag = entity_tag(release.digest, "graph", dump.sha256)
    if packed:
        response = send_stored(path, form.media_type, f"{tag}-gzip", release)
        response.headers["Content-Encoding"] = "gzip"
    elif is_held(tag, last_modified(release)):
        response = Response(status=304)
        response.set_etag(tag)
    else:
        response = Response(_unpack(str(path)))
        response.set_etag(tag)
        response.last_modified = last_modified(release)
    if response.status_code != 304:
        response.headers["Content-Type"] = form.content_type
    response.headers["Cache-Control"] = IMMUTABLE if release.digest in request.path else CURRENT
    response.vary.add("Accept-Encoding")
    return response


def _unpack(path: str) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while block := file.read(_BLOCK):
            yield block


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()
