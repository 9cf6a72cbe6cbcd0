"""`/fragments`: triple and quad pattern fragments with Hydra controls and exact counts.

Two interfaces that name each other, since clients know one or the other: `/fragments` matches triples of the
union of all graphs (Triple Pattern Fragments), `/fragments/quads` quads (Quad Pattern Fragments), where the
graph `#union` stands for that union. Data stand in the default graph of an answer or in their own, the
controls in the graph `#metadata` (Linked Data Fragments, in-depth, 4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, request
from rdflib import DCTERMS, FOAF, RDF, VOID, XSD
from werkzeug.exceptions import BadRequest, NotFound

from sergekg.byte_cache import ByteCache
from sergekg.rdf.edition import dataset_key
from sergekg.rdf.terms import to_oxigraph
from sergekg.store.base import Row
from sergekg.store.places import Places, PoolSettings
from sergekg.vocab import HYDRA, PREFIXES, SD
from sergekg.web.addresses import here, number_argument
from sergekg.web.catalogue import write_format
from sergekg.web.conditional import Freshness, respond
from sergekg.web.negotiate import HTML, RDF_FORMATS, Format, by_suffix, negotiate
from sergekg.web.presence import client_of
from sergekg.web.service import service, state
from sergekg.web.signposting import TypedLink, add_links

blueprint = Blueprint("fragments", __name__)
PAGE_SIZE = 100
_LONGEST = 4096
_COUNTS = 1 << 20
"""Bytes of patterns whose counts are kept: to count goes through all that matches."""
_places = Places(PoolSettings(most=8, most_for_client=4, queue=24))
"""Fragments that are looked for at once: a pattern that much matches takes long in a large store."""
_PARTS = ("subject", "predicate", "object", "graph")
_LITERAL = re.compile(
    r'"(?P<value>.*)"(?:@(?P<language>[A-Za-z0-9-]+)|\^\^(?:<(?P<iri>[^<>]*)>|(?P<bare>[^<>]+)))?', re.DOTALL
)
_FORMATS = tuple(
    form for form in (by_suffix(s, RDF_FORMATS) for s in ("trig", "nq", "ttl", "jsonld", "nt", "rdf")) if form
)

Slot = ox.NamedNode | ox.Literal | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a fragment matches; None matches anything. `is_quads` tells which interface it is of."""

    subject: Slot
    predicate: Slot
    object: Slot
    graph: Slot
    is_quads: bool

    def where(self) -> str:
        """The pattern in SPARQL; terms are written by the engine, so none can break out of its place."""
        s, p, o = (
            str(slot) if slot is not None else f"?{name}"
            for slot, name in zip((self.subject, self.predicate, self.object), "spo", strict=True)
        )
        triple = f"{s} {p} {o}"
        if not self.is_quads or self.is_union:
            return f"{{ {triple} }}"
        return f"{{ GRAPH {self.graph if self.graph is not None else '?g'} {{ {triple} }} }}"

    @property
    def is_union(self) -> bool:
        """Whether it asks for the graph that stands for the union of all."""
        return isinstance(self.graph, ox.NamedNode) and self.graph.value == here("fragments/quads#union")

    @property
    def is_impossible(self) -> bool:
        """Whether no quad can match, as with a literal for a subject."""
        return any(isinstance(slot, ox.Literal) for slot in (self.subject, self.predicate, self.graph))


@blueprint.get("/fragments")
def triples() -> Response:
    """A page of a triple pattern fragment."""
    return _fragment("fragments", is_quads=False)


@blueprint.get("/fragments/quads")
def quads() -> Response:
    """A page of a quad pattern fragment."""
    return _fragment("fragments/quads", is_quads=True)


def _fragment(path: str, *, is_quads: bool) -> Response:
    pattern = _read_pattern(is_quads=is_quads)
    number = number_argument("page", 1)
    form = negotiate((*_FORMATS, HTML))
    with _places.one(request.remote_addr or "", client_of(request.environ)):
        return _page_of(pattern, number, form, path)


def _page_of(pattern: Pattern, number: int, form: Format, path: str) -> Response:
    total = _count(pattern)
    if number > max(1, -(-total // PAGE_SIZE)):
        raise NotFound(f"This fragment has {total} matches on {max(1, -(-total // PAGE_SIZE))} pages.")
    page = _Page(path, _query(), number, total)
    if form is HTML:
        rows = list(_matches(pattern, number))
        body = render_template(
            "fragment.html", page=page, rows=rows, values=request.args, at=here, parts=_PARTS
        )
        response = Response(body, content_type=HTML.content_type)
    else:
        response = respond(
            lambda: write_format([*_matches(pattern, number), *_controls(page)], form),
            form.content_type,
            Freshness(("fragments", page.address(number), form.suffix, here(""))),
        )
    response.vary.add("Accept")
    add_links(response, [TypedLink(rel, address) for rel, address in page.neighbours()])
    return response


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of a fragment: its address, and what clients need to know of it."""

    path: str
    query: str
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def fragment(self) -> str:
        """The address of the fragment, written as the client wrote it: it looks for what is said of that."""
        return here(self.path) + (f"?{self.query}" if self.query else "")

    def address(self, number: int) -> str:
        if number == 1:
            return self.fragment
        return f"{self.fragment}{'&' if self.query else '?'}page={number}"

    def neighbours(self) -> Iterator[tuple[str, str]]:
        yield "first", self.address(1)
        if self.number > 1:
            yield "prev", self.address(self.number - 1)
        if self.number < self.pages:
            yield "next", self.address(self.number + 1)
        yield "last", self.address(self.pages)


def _query() -> str:
    """The query of the address without page and format, as it came; written anew if no IRI can hold it."""
    raw = request.query_string.decode("latin-1")
    kept = "&".join(part for part in raw.split("&") if part.partition("=")[0] not in ("", "page", "format"))
    if re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*", kept):
        return kept
    return urlencode([(name, value) for name, value in request.args.items() if name in _PARTS and value])


def _read_pattern(*, is_quads: bool) -> Pattern:
    subject, predicate, obj, graph = (_read_slot(name) for name in _PARTS)
    if not is_quads and graph is not None:
        raise BadRequest("A triple pattern has no graph; ask /fragments/quads.")
    return Pattern(subject, predicate, obj, graph, is_quads)


def _read_slot(name: str) -> Slot:
    """A term as clients of fragments write it: an IRI bare or in angle brackets, a literal in quotes."""
    text = request.args.get(name, "")
    if not text or text.startswith(("?", "_:")):
        return None
    if len(text) > _LONGEST:
        raise BadRequest(f"{name} is longer than {_LONGEST} characters.")
    try:
        if text.startswith('"'):
            return _read_literal(text)
        iri = text[1:-1] if text.startswith("<") and text.endswith(">") else text
        prefix, colon, local = iri.partition(":")
        if colon and prefix in PREFIXES and not local.startswith("//"):
            iri = PREFIXES[prefix] + local
        return ox.NamedNode(iri)
    except ValueError as cause:
        raise BadRequest(f"{name} is neither an IRI nor a literal.") from cause


def _read_literal(text: str) -> ox.Literal:
    found = _LITERAL.fullmatch(text)
    if not found:
        raise ValueError(text)
    if found["language"]:
        return ox.Literal(found["value"], language=found["language"])
    datatype = found["iri"] or found["bare"]
    return (
        ox.Literal(found["value"], datatype=ox.NamedNode(datatype))
        if datatype
        else ox.Literal(found["value"])
    )


def _count(pattern: Pattern) -> int:
    if pattern.is_impossible:
        return 0
    kept: ByteCache[int] | None = current_app.extensions.get("sergekg.fragments")
    if kept is None:
        kept = current_app.extensions.setdefault("sergekg.fragments", ByteCache(_COUNTS))
    key = state(), pattern.where()
    count = kept.get(key)
    if count is None:
        rows = service().store.select(f"SELECT (COUNT(*) AS ?count) WHERE {pattern.where()}")
        count = int(str(rows[0]["count"]))
        kept.put(key, count, len(key[1]) + 200)
    return count


def _matches(pattern: Pattern, number: int) -> Iterator[ox.Quad]:
    """The quads of one page. A store of a release gives them in the same order every time."""
    if pattern.is_impossible:
        return
    window = f"LIMIT {PAGE_SIZE:d} OFFSET {(number - 1) * PAGE_SIZE:d}"
    for row in service().store.select(f"SELECT * WHERE {pattern.where()} {window}"):
        yield ox.Quad(*_terms(pattern, row))  # type: ignore[arg-type]


def _terms(pattern: Pattern, row: Row) -> Iterator[object]:
    for slot, name in zip((pattern.subject, pattern.predicate, pattern.object), "spo", strict=True):
        yield slot if slot is not None else to_oxigraph(row[name])
    if pattern.is_quads and not pattern.is_union:
        yield pattern.graph if pattern.graph is not None else to_oxigraph(row["g"])
    else:
        yield ox.DefaultGraph()


def _controls(page: _Page) -> Iterator[ox.Quad]:
    """Counts, neighbours and search forms (Hydra; void:triples), in the graph `#metadata` of the page."""
    this, fragment = page.address(page.number), page.fragment
    dataset = here("fragments#dataset")
    graph = ox.NamedNode(f"{fragment}#metadata")
    triples: list[tuple[str, str, str | int | ox.NamedNode]] = [
        (graph.value, str(FOAF.primaryTopic), ox.NamedNode(this)),
        (dataset, str(RDF.type), _node(VOID.Dataset)),
        (dataset, str(RDF.type), _node(HYDRA.Collection)),
        (dataset, str(VOID.subset), ox.NamedNode(fragment)),
        (dataset, str(VOID.subset), ox.NamedNode(this)),
        (dataset, str(DCTERMS.source), _node(service().iris.thing(dataset_key(service().release.name)))),
        (dataset, str(SD.defaultGraph), ox.NamedNode(here("fragments/quads#union"))),
        (fragment, str(VOID.subset), ox.NamedNode(this)),
        (this, str(RDF.type), _node(HYDRA.PartialCollectionView)),
        (this, str(HYDRA.totalItems), page.total),
        (this, str(VOID.triples), page.total),
        (this, str(HYDRA.itemsPerPage), PAGE_SIZE),
    ]
    for rel, address in page.neighbours():
        triples.append((this, str(HYDRA[{"prev": "previous"}.get(rel, rel)]), ox.NamedNode(address)))
    # the interface that was asked for comes first: many clients take the first form that they find
    forms = [("fragments", 3), ("fragments/quads", 4)]
    if page.path != "fragments":
        forms = forms[1:]
    for path, size in forms:
        form = here(f"{path}#pattern")
        names = _PARTS[:size]
        triples.append((dataset, str(HYDRA.search), ox.NamedNode(form)))
        triples.append((form, str(HYDRA.template), f"{here(path)}{{?{','.join(names)}}}"))
        triples.append((form, str(HYDRA.variableRepresentation), _node(HYDRA.ExplicitRepresentation)))
        for name in names:
            mapping = f"{form}-{name}"
            triples.append((form, str(HYDRA.mapping), ox.NamedNode(mapping)))
            triples.append((mapping, str(HYDRA.variable), name))
            means = SD.graph if name == "graph" else RDF[name]
            triples.append((mapping, str(HYDRA.property), _node(means)))
    integer = ox.NamedNode(str(XSD.integer))
    for subject, predicate, value in triples:
        term: ox.NamedNode | ox.Literal
        if isinstance(value, int):
            term = ox.Literal(str(value), datatype=integer)
        else:
            term = ox.Literal(value) if isinstance(value, str) else value
        yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), term, graph)


def _node(iri: object) -> ox.NamedNode:
    return ox.NamedNode(str(iri))
