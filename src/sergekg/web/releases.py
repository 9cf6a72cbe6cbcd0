"""`/releases`: every release that is kept, its files, and what changed from one to another."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.export.rocrate import FILE as CRATE
from sergekg.history import Publication
from sergekg.iris import Iris
from sergekg.release import Release
from sergekg.web.addresses import here, number_argument
from sergekg.web.changes import (
    OBJECT,
    PREDICATE,
    QUOTE,
    STATUS,
    SUBJECT,
    compare,
    group_changes,
    name_nodes,
    nodes_of,
)
from sergekg.web.conditional import BRIEF, IMMUTABLE, Freshness, respond, send_stored
from sergekg.web.feed import tally
from sergekg.web.i18n import current_language
from sergekg.web.kept import is_kept, kept_release, store_of
from sergekg.web.known import history
from sergekg.web.negotiate import HTML, Format, negotiate
from sergekg.web.service import service
from sergekg.web.signposting import TypedLink, add_links

blueprint = Blueprint("releases", __name__)
PAGE_SIZE = 100
_JSON = Format("application/json", "json")


@blueprint.get("/releases")
def index() -> Response:
    """All publications, the latest first."""
    form = negotiate((HTML, _JSON))
    rows = [(p, tally(p), is_kept(p.digest)) for p in reversed(history().publications)]
    if form is HTML:
        body = render_template("releases.html", rows=rows, current=service().release.digest, at=here)
    else:
        content = [
            {
                "number": p.number,
                "digest": p.digest,
                "version": p.version,
                "modified": p.modified,
                "published": p.time.isoformat(),
                "kept": kept,
                "address": here(f"releases/{p.digest}"),
                **{f"entities{name}d": counts[name] for name in ("Create", "Update", "Delete")},
                "statementsAdded": counts["added"],
                "statementsRemoved": counts["removed"],
            }
            for p, counts, kept in rows
        ]
        body = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    response = Response(body, content_type=form.content_type)
    response.headers["Cache-Control"] = BRIEF
    response.vary.add("Accept")
    return response


@blueprint.get("/releases/<digest>")
@blueprint.get("/releases/<digest>/")
def release_page(digest: str) -> Answer:
    """One release: its counts, its files, its neighbours; or its RO-Crate for a machine.

    The crate has the directory for its root, which ends in a slash (RO-Crate 1.1, 4.1) and leads here.
    """
    release = kept_release(digest)
    if digest != release.digest or request.path.endswith("/"):
        return redirect(here(f"releases/{release.digest}"), 301)
    crate = Format("application/ld+json", "jsonld", aliases=("application/json",))
    form = negotiate((HTML, crate))
    if form is crate:
        response = _file(release, CRATE)
    else:
        publication = history().of(release.digest)
        body = render_template(
            "release.html", shown=release, publication=publication, previous=_previous(publication), at=here
        )
        response = Response(body, content_type=HTML.content_type)
    response.headers["Cache-Control"] = IMMUTABLE if form is crate else BRIEF
    response.vary.add("Accept")
    crate_link = TypedLink("describedby", here(f"releases/{release.digest}/{CRATE}"), "application/ld+json")
    cite = TypedLink("cite-as", f"{release.base}releases/{release.digest}")
    items = [
        TypedLink("item", here(f"releases/{release.digest}/dumps/{d.name}"), "application/gzip")
        for d in release.dumps
        if d.graph is None
    ]
    add_links(response, [cite, crate_link, TypedLink("license", release.license), *items])
    return response


@blueprint.get("/releases/<digest>/<path:path>")
def file(digest: str, path: str) -> Response:
    """A file of a release that its digest stands for, or its RO-Crate."""
    release = kept_release(digest)
    if path != CRATE and path not in release.files:
        raise NotFound("The release has no such file; its RO-Crate lists them.")
    return _file(release, path)


@blueprint.get("/releases/<new>/since/<old>")
def since(new: str, old: str) -> Response:
    """What changed from one release to another, statement by statement, a page at a time."""
    after, before = kept_release(new), kept_release(old)
    changes = group_changes(compare(before, after), after.base)
    number = number_argument("page", 1)
    pages = max(1, -(-len(changes) // PAGE_SIZE))
    if number > pages:
        raise NotFound(f"These changes have {pages} pages.")
    shown = changes[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    names = name_nodes((store_of(after), store_of(before)), nodes_of(shown), current_language())
    counts = {
        (family, kind): sum(1 for c in changes if (c.family, c.kind) == (family, kind))
        for family in ("statement", "interpretation", "thing", "term")
        for kind in ("added", "removed", "changed")
    }
    body = render_template(
        "since.html",
        before=before,
        after=after,
        changes=shown,
        counts=counts,
        names=names,
        page=number,
        pages=pages,
        size=PAGE_SIZE,
        key_of=Iris(after.base).key,
        at=here,
        terms={
            "subject": SUBJECT,
            "predicate": PREDICATE,
            "object": OBJECT,
            "quote": QUOTE,
            "status": STATUS,
        },
    )
    response = Response(body, content_type=HTML.content_type)
    base = here(f"releases/{after.digest}/since/{before.digest}")
    add_links(
        response,
        [TypedLink("alternate", f"{base}/{side}.nq", "application/n-quads") for side in ("added", "removed")],
    )
    return response


@blueprint.get("/releases/<new>/since/<old>/<any(added, removed):side>.nq")
def since_quads(new: str, old: str, side: str) -> Response:
    """The quads that came or went, as N-Quads."""
    after, before = kept_release(new), kept_release(old)

    def make() -> bytes:
        lines: Sequence[str] = getattr(compare(before, after), side)
        return "".join(f"{line}\n" for line in lines).encode()

    return respond(
        make, "application/n-quads", Freshness(("since", before.digest, side), after, cache=IMMUTABLE)
    )


def _previous(publication: Publication | None) -> Publication | None:
    if publication is None or publication.number < 2:
        return None
    return history().publications[publication.number - 2]


def _file(release: Release, path: str) -> Response:
    types = {".nq": "application/n-quads", ".json": "application/json", ".xml": "application/tei+xml"}
    suffix = "." + path.rpartition(".")[2]
    type_ = "application/ld+json" if path == CRATE else types.get(suffix, "text/plain")
    tag = release.files.get(path, f"{release.digest}-crate")
    response = send_stored(release.directory / path, type_, tag, release)
    response.headers["Cache-Control"] = IMMUTABLE
    return response
