"""The past of a thing or a file: time gate, time map, mementos (RFC 7089, pattern 2.2)."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.http import http_date
from werkzeug.wrappers import Response as Answer

from sergekg.export.citation import cite
from sergekg.history import Publication
from sergekg.iris import THING, Iris
from sergekg.rdf.edition import dataset_key
from sergekg.rdf.write import write_engine_quads
from sergekg.release import Release
from sergekg.web.addresses import here, number_argument, thing_key
from sergekg.web.changes import name_nodes
from sergekg.web.citation_formats import CITATION_FORMATS, sent_as
from sergekg.web.conditional import BRIEF, IMMUTABLE, Freshness, date_of, respond
from sergekg.web.describe import Extent, describe_page, is_known, measure
from sergekg.web.dumps import send_dump
from sergekg.web.i18n import current_language
from sergekg.web.kept import is_kept, kept_release, store_of
from sergekg.web.known import history
from sergekg.web.negotiate import HTML, RDF_FORMATS, Format, by_suffix, named, negotiate
from sergekg.web.resources import DATA_FORMATS
from sergekg.web.service import service
from sergekg.web.signposting import TypedLink, add_links, original_path

blueprint = Blueprint("memento", __name__)
_LINK_FORMAT = "application/link-format"
_THING = re.compile(rf"(id|data|page)/({THING.pattern})(?:\.([a-z]+))?")
_DUMP = re.compile(r"dumps/([A-Za-z0-9._-]+)")
_SCHEME = re.compile(r"https?:/{1,2}")


@dataclass(frozen=True, slots=True)
class Original:
    """What has a past: a thing, or one document about it, by its key, a file by its name, or the whole site.

    Attributes:
        path: its address now.
        forms: those in which its address gives a thing; one of a document, whose past is in that format too.
    """

    path: str
    key: str | None = None
    dump: str | None = None
    forms: Sequence[Format] = ()

    def memento(self, publication: Publication, form: Format | None = None) -> str:
        """The address of one of its mementos."""
        base = f"releases/{publication.digest}"
        if self.dump:
            return here(f"{base}/dumps/{self.dump}")
        if self.key is None:
            return here(base)
        form = form or self.forms[0]
        if form is HTML:
            return here(f"{base}/page/{self.key}")
        place = "data" if len(self.forms) == 1 else "id"  # a memento has one original
        return here(f"{base}/{place}/{self.key}.{form.suffix}")


@blueprint.get("/timegate/")
@blueprint.get("/timegate/<path:uri>")
def timegate(uri: str = "") -> Answer:
    """302 to the memento that was current at `Accept-Datetime`; without one, to the latest."""
    original = find_original(uri)
    publications = past_of(original)
    wanted = _accepted_time()
    earlier = [p for p in publications if wanted is None or p.time <= wanted]
    chosen = earlier[-1] if earlier else publications[0]
    form = negotiate(original.forms) if len(original.forms) > 1 else None
    answer = redirect(original.memento(chosen, form), 302)
    answer.vary.update(("Accept-Datetime", "Accept"))
    answer.headers["Cache-Control"] = BRIEF
    add_links(answer, links_of(original, publications, chosen))  # type: ignore[arg-type]
    return answer


@blueprint.get("/timemap/")
@blueprint.get("/timemap/<path:uri>")
def timemap(uri: str = "") -> Response:
    """Every memento with its time, oldest first (RFC 6690)."""
    original = find_original(uri)
    publications = past_of(original)
    first, last = (http_date(publications[index].time) for index in (0, -1))
    lines = [
        f'<{here(original.path)}>; rel="original"',
        f'<{here(f"timegate/{original.path}")}>; rel="timegate"',
        f'<{here(f"timemap/{original.path}")}>; rel="self"; type="{_LINK_FORMAT}"; '
        f'from="{first}"; until="{last}"',
    ]
    for index, publication in enumerate(publications):
        ends = [word for word, at in (("first", 0), ("last", len(publications) - 1)) if at == index]
        rel = " ".join((*ends, "memento"))
        lines.append(
            f'<{original.memento(publication)}>; rel="{rel}"; datetime="{http_date(publication.time)}"'
        )
    response = Response(",\n".join(lines) + "\n", content_type=_LINK_FORMAT)
    response.headers["Cache-Control"] = BRIEF
    return response


@blueprint.get("/releases/<digest>/<any(id, data):place>/<type>/<slug>.<suffix>")
def data(digest: str, place: str, type: str, slug: str, suffix: str) -> Response:
    """A thing as a release described it, in an RDF format, or the reference to it.

    Under `data` it is the past of the document with that suffix; under `id` that of the thing, where a time
    gate was asked for the format.
    """
    release, key = kept_release(digest), thing_key(type, slug)
    form = named(suffix, DATA_FORMATS)
    extent, number = _measure(release, key)
    sent = sent_as(form, request.headers.get("Accept", ""))

    def make() -> bytes:
        writer = form.writer
        if writer is None:
            return cite(release, store_of(release), key, suffix)
        found = describe_page(store_of(release), Iris(release.base).thing(key), number, extent)
        assert found is not None
        out = io.BytesIO()
        write_engine_quads(found.quads, writer, out, with_graphs=writer != ox.RdfFormat.JSON_LD)
        return out.getvalue()

    fresh = Freshness(("memento", key, suffix, sent.suffix, str(number)), release, IMMUTABLE)
    response = respond(make, sent.content_type, fresh)
    if form in CITATION_FORMATS:
        response.vary.add("Accept")
    address = here(f"releases/{release.digest}/{place}/{key}.{suffix}")
    if number < extent.pages and form.writer is not None:
        add_links(response, [TypedLink("next", f"{address}?page={number + 1}")])
    mark_memento(response, f"data/{key}.{suffix}" if place == "data" else f"id/{key}", release)
    return response


@blueprint.get("/releases/<digest>/dumps/<name>")
def dump(digest: str, name: str) -> Response:
    """A compressed file of a release, for good."""
    release = kept_release(digest)
    response = send_dump(release, name, IMMUTABLE)
    mark_memento(response, f"dumps/{name}", release)
    return response


@blueprint.get("/releases/<digest>/page/<type>/<slug>")
def page(digest: str, type: str, slug: str) -> Response:
    """A thing as a release described it, as a page."""
    release, key = kept_release(digest), thing_key(type, slug)
    extent, number = _measure(release, key)
    thing = Iris(release.base).thing(key)
    found = describe_page(store_of(release), thing, number, extent)
    assert found is not None
    nodes = {
        t.value
        for q in found.quads
        for t in (q.subject, q.predicate, q.object)
        if isinstance(t, ox.NamedNode)
    }
    names = name_nodes((store_of(release),), nodes, current_language())
    body = render_template(
        "memento.html",
        shown=release,
        thing=str(thing),
        key=key,
        quads=found.quads,
        names=names,
        page=number,
        pages=extent.pages,
        publication=history().of(release.digest),
        at=here,
        key_of=Iris(release.base).key,
        formats=RDF_FORMATS,
    )
    response = Response(body, content_type=HTML.content_type)
    mark_memento(response, f"id/{key}", release)
    return response


def mark_memento(response: Response, path: str, release: Release) -> None:
    """Give an answer from the past its time and its links (RFC 7089, 2.1.2 and 2.2)."""
    publication = history().of(release.digest)
    if publication is None:
        return
    original = find_original(path)
    response.headers["Memento-Datetime"] = http_date(publication.time)
    add_links(response, links_of(original, past_of(original), publication))


def links_of(original: Original, publications: Sequence[Publication], chosen: Publication) -> list[TypedLink]:
    """Links to the original, its gate, its map, and the first, last and neighbouring mementos."""
    index = next((i for i, p in enumerate(publications) if p.number == chosen.number), len(publications) - 1)
    links = [
        TypedLink("original", here(original.path)),
        TypedLink("timegate", here(f"timegate/{original.path}")),
        TypedLink("timemap", here(f"timemap/{original.path}"), _LINK_FORMAT),
    ]
    places = {"first": 0, "prev": index - 1, "next": index + 1, "last": len(publications) - 1}
    for rel, at in places.items():
        if 0 <= at < len(publications):
            time = http_date(publications[at].time)
            links.append(TypedLink(f"{rel} memento", original.memento(publications[at]), datetime=time))
    return links


def find_original(uri: str) -> Original:
    """The resource that a time gate or map is asked about: a path of this server, or a whole address of ours.

    Raises:
        NotFound: it is not ours, or has no past.
    """
    path = uri
    if _SCHEME.match(uri):
        bare = _SCHEME.sub("", uri, count=1)
        for start in (here(""), service().release.base):
            own = _SCHEME.sub("", start, count=1)
            if bare.startswith(own):
                path = bare[len(own) :]
                break
        else:
            raise NotFound("This address is not of this server.")
    if path == "":
        return Original("")
    if found := _THING.fullmatch(path):
        forms = _forms(found[1], found[3])
        return Original(original_path(found[2], forms), key=found[2], forms=forms)
    if found := _DUMP.fullmatch(path):
        return Original(path, dump=found[1])
    raise NotFound("Only things, under id/, and files, under dumps/, have a past here.")


def _forms(place: str, suffix: str | None) -> Sequence[Format]:
    """The formats of a thing under `id/` or `page/`, or of its data, with a suffix or without."""
    forms = DATA_FORMATS if place == "data" else (HTML, *DATA_FORMATS)
    if suffix is None:
        return forms
    form = by_suffix(suffix, forms)
    if form is None:
        raise NotFound("There is no such format; there are " + ", ".join(f.suffix for f in forms) + ".")
    return (form,)


def past_of(original: Original) -> list[Publication]:
    """The publications that hold the resource and are kept, oldest first.

    Raises:
        NotFound: none does.
    """
    log = history()
    is_dataset = original.key is not None and original.key.startswith("dataset/")
    candidates: Sequence[Publication] = (
        log.publications if original.key is None or is_dataset else log.knowing(original.key)
    )
    kept = [p for p in candidates if is_kept(p.digest)]
    if is_dataset:  # it is made from the release, so no publication counts it among what was added
        kept = [p for p in kept if original.key in _datasets(kept_release(p.digest))]
    if original.dump:
        kept = [p for p in kept if any(d.name == original.dump for d in kept_release(p.digest).dumps)]
    if not kept:
        raise NotFound("No release that is kept holds this resource.")
    return kept


def _datasets(release: Release) -> set[str]:
    """Keys of the dataset that a release is, and of its parts."""
    return {dataset_key(release.name, dump.graph) for dump in release.dumps}


def _measure(release: Release, key: str) -> tuple[Extent, int]:
    """How long the description is, and which of its pages is asked for."""
    store, thing = store_of(release), Iris(release.base).thing(key)
    if not is_known(store, thing):
        raise NotFound(f"That release knows nothing called {key}.")
    extent, number = measure(store, thing), number_argument("page", 1)
    if number > extent.pages:
        raise NotFound(f"The description of {key} has {extent.pages} pages.")
    return extent, number


def _accepted_time() -> datetime.datetime | None:
    text = request.headers.get("Accept-Datetime")
    if text is None:
        return None
    time = date_of(text)
    if time is None:
        raise BadRequest("Accept-Datetime has to be a date like: Sat, 21 Nov 2026 00:00:00 GMT.")
    return time
