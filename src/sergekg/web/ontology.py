"""`/ontology`: the documentation of every term; RDF for those who ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from rdflib import OWL, RDF, RDFS, SKOS, Literal, URIRef
from werkzeug.exceptions import NotAcceptable, NotFound

from sergekg.rdf.ontology import NAMESPACE
from sergekg.rdf.terms import Quad
from sergekg.rdf.write import write_quads
from sergekg.store.base import Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG
from sergekg.web.links import root
from sergekg.web.negotiate import HTML, RDF_FORMATS, Format, by_suffix, choose
from sergekg.web.service import service
from sergekg.web.site import site

blueprint = Blueprint("ontology", __name__)

_ALL = "SELECT ?term ?property ?value WHERE { GRAPH $graph { ?term ?property ?value } }"
_USE = """
SELECT ?term (COUNT(*) AS ?count) WHERE {
  ?statement a skg:Statement ; rdf:predicate ?term
} GROUP BY ?term"""
_CLASS_USE = "SELECT ?term (COUNT(DISTINCT ?x) AS ?count) WHERE { ?x a ?term } GROUP BY ?term"
ALIGNMENTS = (
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    OWL.equivalentClass,
    OWL.equivalentProperty,
    SKOS.exactMatch,
    SKOS.closeMatch,
    SKOS.broadMatch,
    SKOS.narrowMatch,
    SKOS.relatedMatch,
)


@dataclass(frozen=True)
class TermView:
    """One term of the ontology.

    Attributes:
        name: its local name, and its anchor on the page.
        kind: `class`, `property`, `attribute` (about statements and evidence) or `concept`.
        labels, definitions, inverse, plural, examples: literals in each language.
        alignments: property of `ALIGNMENTS` and outside or inside term.
        used: how many statements have it as predicate, or things as class.
    """

    iri: URIRef
    name: str
    kind: str
    labels: Sequence[Literal]
    definitions: Sequence[Literal]
    inverse: Sequence[Literal]
    plural: Sequence[Literal]
    examples: Sequence[Term]
    domain: Sequence[URIRef]
    range: Sequence[URIRef]
    scheme: Sequence[URIRef]
    alignments: Sequence[tuple[URIRef, URIRef]]
    used: int


@blueprint.get("/ontology")
def ontology() -> Response:
    """The documentation for a browser, the ontology in RDF for others (Cool URIs for the Semantic Web, 4)."""
    form = choose(request.headers.get("Accept", ""), (*RDF_FORMATS, HTML))
    if form is None:
        raise NotAcceptable("The ontology comes as HTML, " + ", ".join(f.media_type for f in RDF_FORMATS))
    answer = Response(_page(), content_type="text/html; charset=utf-8") if form is HTML else _rdf(form)
    answer.vary.add("Accept")
    return answer


@blueprint.get("/ontology.<suffix>")
def file(suffix: str) -> Response:
    """The ontology in one RDF format, or its documentation."""
    if suffix == HTML.suffix:
        return Response(_page(), content_type="text/html; charset=utf-8")
    form = by_suffix(suffix, RDF_FORMATS)
    if form is None:
        raise NotFound("There is no such format: html, " + ", ".join(f.suffix for f in RDF_FORMATS))
    return _rdf(form)


def _rdf(form: Format) -> Response:
    graph = service().iris.graph("ontology")
    rows = service().store.select(bind(_ALL, {"graph": graph}))
    quads: list[Quad] = sorted((row["term"], row["property"], row["value"], graph) for row in rows)  # type: ignore[misc]
    assert form.writer is not None
    answer = Response(write_quads(quads, form.writer), content_type=form.media_type)
    answer.headers["Content-Location"] = f"{root()}/ontology.{form.suffix}"
    return answer


def _page() -> str:
    terms = load_terms(service().store, service().iris.graph("ontology"))
    named = [node for t in terms for node in (*t.domain, *t.range, *t.scheme)]
    site().labels.load([*(t.iri for t in terms), *named])
    header = {
        str(row["property"]).rpartition("/")[2].rpartition("#")[2]: row["value"]
        for row in service().store.select(
            bind(
                "SELECT ?property ?value WHERE { $ontology ?property ?value }",
                {"ontology": URIRef(NAMESPACE.rstrip("#"))},
            )
        )
    }
    kinds = ("class", "property", "attribute", "concept")
    groups = [(kind, [term for term in terms if term.kind == kind]) for kind in kinds]
    version = str(header.get("versionInfo", ""))
    return render_template(
        "ontology.html", groups=groups, version=version, formats=RDF_FORMATS, namespace=NAMESPACE
    )


def load_terms(store: Store, graph: URIRef) -> list[TermView]:
    """Every term of ours, by kind and name."""
    values: dict[str, dict[URIRef, list[Term]]] = {}
    for row in store.select(bind(_ALL, {"graph": graph})):
        if str(row["term"]).startswith(NAMESPACE):
            held = values.setdefault(str(row["term"]), {})
            held.setdefault(URIRef(str(row["property"])), []).append(row["value"])
    used = {
        str(row["term"]): int(row["count"]) for query in (_USE, _CLASS_USE) for row in store.select(query)
    }
    return sorted(
        (_term(URIRef(iri), found, used.get(iri, 0)) for iri, found in values.items()),
        key=lambda term: (term.kind, term.name.lower(), term.name),
    )


def _term(iri: URIRef, values: dict[URIRef, list[Term]], used: int) -> TermView:
    def iris(property_: URIRef) -> list[URIRef]:
        return sorted(v for v in values.get(property_, ()) if isinstance(v, URIRef))

    def literals(property_: URIRef) -> list[Literal]:
        found = [v for v in values.get(property_, ()) if isinstance(v, Literal)]
        return sorted(found, key=lambda v: (v.language != "fr", v.language or "", str(v)))

    return TermView(
        iri=iri,
        name=iri.removeprefix(NAMESPACE),
        kind=_kind(set(values.get(RDF.type, ()))),
        labels=literals(RDFS.label),
        definitions=literals(SKOS.definition),
        inverse=literals(SKG.inverseLabel),
        plural=literals(SKG.pluralLabel),
        examples=sorted(values.get(SKOS.example, ()), key=str),
        domain=iris(RDFS.domain),
        range=iris(RDFS.range),
        scheme=iris(SKOS.inScheme),
        alignments=[(p, v) for p in ALIGNMENTS for v in iris(p)],
        used=used,
    )


def _kind(types: set[Term]) -> str:
    if OWL.Class in types:
        return "class"
    if SKG.FactProperty in types:
        return "property"
    if types & {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}:
        return "attribute"
    return "concept"
