"""Prefixes and the namespaces that rdflib lacks. `PREFIXES` feeds every format and page."""

from __future__ import annotations

from rdflib import (
    DCAT,
    DCTERMS,
    FOAF,
    ORG,
    OWL,
    PROV,
    RDF,
    RDFS,
    SH,
    SKOS,
    TIME,
    VOID,
    XSD,
    Namespace,
    URIRef,
)

from sergekg.vocab.oa import OA
from sergekg.vocab.skg import SKG

__all__ = ["EDTF_DATATYPE", "OA", "PREFIXES", "SKG", "skg_term"]

CRM = Namespace("http://www.cidoc-crm.org/cidoc-crm/")
LRM = Namespace("http://iflastandards.info/ns/lrm/lrmoo/")
SCHEMA = Namespace("https://schema.org/")
BIO = Namespace("http://purl.org/vocab/bio/0.1/")
CITO = Namespace("http://purl.org/spar/cito/")
REL = Namespace("http://purl.org/vocab/relationship/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
GEO = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
DCAT3 = Namespace(str(DCAT))  # rdflib's own lacks terms of version 3
VOID_EXT = Namespace("http://ldf.fi/void-ext#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
TREE = Namespace("https://w3id.org/tree#")
LDES = Namespace("https://w3id.org/ldes#")
AS = Namespace("https://www.w3.org/ns/activitystreams#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
WD = Namespace("http://www.wikidata.org/entity/")
WDT = Namespace("http://www.wikidata.org/prop/direct/")

EDTF_DATATYPE = URIRef("http://id.loc.gov/datatypes/edtf/EDTF")

PREFIXES: dict[str, str] = {
    "skg": str(SKG._NS),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "xsd": str(XSD),
    "owl": str(OWL),
    "skos": str(SKOS),
    "oa": str(OA._NS),
    "prov": str(PROV),
    "dcterms": str(DCTERMS),
    "time": str(TIME),
    "crm": str(CRM),
    "lrm": str(LRM),
    "foaf": str(FOAF),
    "schema": str(SCHEMA),
    "org": str(ORG),
    "bio": str(BIO),
    "cito": str(CITO),
    "rel": str(REL),
    "geo": str(GEO),
    "dcat": str(DCAT),
    "void": str(VOID),
    "sd": str(SD),
    "sh": str(SH),
    "spdx": str(SPDX),
    "void-ext": str(VOID_EXT),
    "hydra": str(HYDRA),
    "tree": str(TREE),
    "ldes": str(LDES),
    "as": str(AS),
    "vcard": str(VCARD),
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "wd": str(WD),
    "wdt": str(WDT),
}
"""Prefix to namespace, in the order in which files list them."""


def skg_term(name: str) -> URIRef:
    """A term of our ontology by its local name.

    Raises:
        AttributeError: the ontology has no such term.
    """
    return URIRef(getattr(SKG, name))
