"""What the server says of itself: VoID, DCAT-AP, the API catalogue, the JSON-LD context, named graphs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence

import pyoxigraph as ox
from flask import Blueprint, Response, redirect
from rdflib import URIRef
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from sergekg.model.values import is_iri
from sergekg.rdf.edition import dataset_key
from sergekg.rdf.jsonld import read_context
from sergekg.rdf.service_description import service_description
from sergekg.rdf.terms import to_engine, to_oxigraph
from sergekg.rdf.write import write_engine_quads
from sergekg.store.answers import Limits, read_whole
from sergekg.store.live import LiveStore
from sergekg.store.queries import bind
from sergekg.web.addresses import here, localise
from sergekg.web.conditional import Freshness, respond
from sergekg.web.dumps import send_unpacked
from sergekg.web.negotiate import HTML, RDF_FORMATS, Format, by_suffix, negotiate
from sergekg.web.service import service
from sergekg.web.signposting import LINKSET_JSON, TypedLink, add_links

blueprint = Blueprint("catalogue", __name__)
_COUNT_GRAPHS = """
SELECT ?graph (COUNT(?s) AS ?count) WHERE { GRAPH ?graph { OPTIONAL { ?s ?p ?o } } } GROUP BY ?graph"""
_COUNT_DEFAULT = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }"
_DOCUMENTS = {"void": "void", "catalogue": "dcat"}
_GRAPH = "SELECT ?s ?p ?o WHERE { GRAPH $graph { ?s ?p ?o } }"
_HAS_GRAPH = "ASK { GRAPH $graph { ?s ?p ?o } }"
_API_PROFILE = "https://www.rfc-editor.org/info/rfc9727"


@blueprint.get("/.well-known/void")
def well_known_void() -> Response:
    """VoID at its well-known place (W3C VoID, 7.2), answered at once and not by a redirect."""
    return _document("void", negotiate(RDF_FORMATS), negotiated=True)


@blueprint.get("/<any(void, catalogue):name>")
def negotiated(name: str) -> Answer:
    """One of the two documents, or for a browser the page of the dataset."""
    form = negotiate((*RDF_FORMATS, HTML))
    if form is HTML:
        answer = redirect(here(f"page/{dataset_key(service().release.name)}"), 303)
        answer.vary.add("Accept")
        return answer
    return _document(name, form, negotiated=True)


@blueprint.get("/<any(void, catalogue):name>.<suffix>")
def document(name: str, suffix: str) -> Response:
    """One of the two documents in one format."""
    form = by_suffix(suffix, RDF_FORMATS)
    if form is None:
        raise NotFound("There is no such format; there are " + ", ".join(f.suffix for f in RDF_FORMATS) + ".")
    return _document(name, form, negotiated=False)


def _document(name: str, form: Format, *, negotiated: bool) -> Response:
    if not service().release.catalogue.is_dir():
        raise NotFound("What is served here is no release, and has no catalogue.")

    def make() -> bytes:
        path = service().release.catalogue / f"{_DOCUMENTS[name]}.nq"
        quads = list(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))
        return write_format(localise(quads), form)

    response = respond(make, form.content_type, Freshness(("catalogue", name, form.suffix, here(""))))
    response.headers["Content-Location"] = here(f"{name}.{form.suffix}")
    if negotiated:
        response.vary.add("Accept")
    add_links(
        response,
        [
            *(TypedLink("alternate", here(f"{name}.{f.suffix}"), f.media_type) for f in RDF_FORMATS),
            TypedLink("describes", str(service().iris.thing(dataset_key(service().release.name)))),
            TypedLink("license", service().release.license),
            TypedLink("api-catalog", here(".well-known/api-catalog")),
        ],
    )
    return response


def describe_endpoint(
    languages: Sequence[str],
    *,
    functions: Mapping[str, Mapping[str, str]],
    features: Mapping[str, Mapping[str, str]],
    comments: Mapping[str, str],
    can_federate: bool = False,
    has_union: bool = True,
) -> Response:
    """The service description of `/sparql` in the format that the client prefers."""
    form, release = negotiate(RDF_FORMATS), service().release

    def make() -> bytes:
        counts = _counts()
        described = service_description(
            here("sparql"),
            {graph: count for graph, count in counts.items() if graph},
            counts.get("", 0),
            license=release.license,
            title=release.title,
            languages=languages,
            functions=functions,
            features=features,
            comments=comments,
            can_federate=can_federate,
            has_union=has_union,
        )
        return write_format([to_engine(triple) for triple in described], form)

    key = ("service", form.suffix, here(""), *languages, str(can_federate), str(has_union), str(comments))
    response = respond(make, form.content_type, Freshness(key))
    response.vary.add("Accept")
    return response


def _counts() -> Mapping[str, int]:
    """The triples of each graph by its IRI, those of the default graph under ''."""
    if not service().config.writable:
        return service().release.stored
    store = service().store  # what was written is in no file of the release
    found = {str(row["graph"]): int(str(row["count"])) for row in store.select(_COUNT_GRAPHS)}
    return found | {"": int(str(store.select(_COUNT_DEFAULT)[0]["count"]))}


def write_format(quads: Sequence[ox.Quad], form: Format, *, with_graphs: bool = False) -> bytes:
    """Quads in an RDF format; JSON-LD as one graph unless `with_graphs`."""
    out = io.BytesIO()
    assert form.writer is not None
    with_graphs = with_graphs or form.writer != ox.RdfFormat.JSON_LD
    write_engine_quads(quads, form.writer, out, with_graphs=with_graphs)
    return out.getvalue()


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """Every interface of the server with its description, as a link set (RFC 9727)."""

    def make() -> bytes:
        contexts = [
            {
                "anchor": here("sparql"),
                "service-desc": [{"href": here("sparql"), "type": "text/turtle"}],
                "service-doc": [{"href": here("sparql"), "type": "text/html"}],
            },
            {
                "anchor": here("fragments"),
                "service-desc": [{"href": here("fragments"), "type": "application/trig"}],
                "service-doc": [
                    {"href": "https://linkeddatafragments.org/specification/quad-pattern-fragments/"}
                ],
            },
            {
                "anchor": here("api/"),
                "service-desc": [{"href": here("openapi.json"), "type": "application/json"}],
                "service-doc": [{"href": here("queries"), "type": "text/html"}],
            },
            {
                "anchor": here("reconcile"),
                "service-desc": [{"href": here("reconcile"), "type": "application/json"}],
                "service-doc": [
                    {
                        "href": "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/"
                    }
                ],
            },
            {
                "anchor": here("feed"),
                "service-desc": [{"href": here("feed"), "type": "text/turtle"}],
                "service-doc": [{"href": "https://w3id.org/ldes/specification"}],
            },
            {
                "anchor": here(".well-known/api-catalog"),
                "item": [
                    {"href": here(path)} for path in ("sparql", "fragments", "api/", "reconcile", "feed")
                ],
                "service-meta": [
                    {"href": here(".well-known/void"), "type": "text/turtle"},
                    {"href": here("catalogue"), "type": "text/turtle"},
                ],
            },
        ]
        return (json.dumps({"linkset": contexts}, indent=1) + "\n").encode()

    response = respond(make, _api_content_type(), Freshness(("api-catalog", here(""))))
    add_links(response, [TypedLink("api-catalog", here(".well-known/api-catalog"))])
    return response


def _api_content_type() -> str:
    return f'{LINKSET_JSON.media_type}; profile="{_API_PROFILE}"'


@blueprint.get("/context.jsonld")
def context() -> Response:
    """The whole JSON-LD context; documents carry the part that they use."""
    body = (json.dumps({"@context": read_context()}, ensure_ascii=False, indent=1) + "\n").encode()
    return respond(lambda: body, "application/ld+json", Freshness(("context",)))


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> Answer:
    """A named graph: its content in a format, or for a browser the page of the part that it is."""
    stem, dot, suffix = name.rpartition(".")
    form = by_suffix(suffix, RDF_FORMATS) if dot else None
    if form is None:
        stem = name
    iri = f"{service().release.base}graph/{stem}"  # what a client sends may be no IRI
    if not _is_there(stem, iri):
        raise NotFound("The release has no graph of this name.")
    is_negotiated = form is None
    has_page = iri in service().release.graphs or stem == "catalogue"
    form = form or negotiate((*RDF_FORMATS, HTML) if has_page else RDF_FORMATS)
    if form is HTML:
        key = dataset_key(service().release.name, None if stem == "catalogue" else stem)
        answer = redirect(here(f"page/{key}"), 303)
        answer.vary.add("Accept")
        return answer
    response = _graph(stem, iri, form)
    response.headers["Content-Location"] = here(f"graph/{stem}.{form.suffix}")
    if is_negotiated:
        response.vary.add("Accept")
    return response


def _is_there(name: str, iri: str) -> bool:
    """Whether there is a graph: in the release, or where it is written to, in the store."""
    if service().is_written:
        return is_iri(iri) and service().store.ask(bind(_HAS_GRAPH, {"graph": URIRef(iri)}))
    return name == "catalogue" or iri in service().release.graphs


def _stored(graph: str) -> set[ox.Quad]:
    """What the store has in a graph."""
    store, node = service().store, ox.NamedNode(graph)
    if isinstance(store, LiveStore):
        data = read_whole(store.graph_as_written(graph, "ntriples", Limits()))
        triples = ox.parse(data, ox.RdfFormat.N_TRIPLES)
        return {ox.Quad(t.subject, t.predicate, t.object, node) for t in triples}
    rows = store.select(bind(_GRAPH, {"graph": URIRef(graph)}))
    return {ox.Quad(*(to_oxigraph(row[n]) for n in "spo"), node) for row in rows}  # type: ignore[call-arg, arg-type]


def _graph(name: str, iri: str, form: Format) -> Response:
    is_written = service().is_written  # and then files may lack what the store has
    made = (d for d in service().release.dumps if d.graph == name and d.profile == "RDF 1.1")
    dump = next((d for d in made if d.suffix == form.suffix), None)
    if dump is not None and not is_written:
        return send_unpacked(service().release, dump, form)

    def make() -> bytes:
        if name == "catalogue" and not is_written:
            files = (service().release.catalogue / f"{document}.nq" for document in _DOCUMENTS.values())
            quads = {q for file in files for q in ox.parse(path=str(file), format=ox.RdfFormat.N_QUADS)}
        else:
            quads = _stored(iri)
        return write_format(sorted(quads, key=str), form)

    return respond(make, form.content_type, Freshness(("graph", name, form.suffix)))
