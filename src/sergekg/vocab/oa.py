"""Web Annotation Vocabulary (W3C Recommendation, 23 February 2017): the terms that evidence needs."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DefinedNamespace


class OA(DefinedNamespace):
    _fail = True
    _NS = Namespace("http://www.w3.org/ns/oa#")

    Annotation: URIRef
    SpecificResource: URIRef
    TextPositionSelector: URIRef
    TextQuoteSelector: URIRef

    assessing: URIRef
    identifying: URIRef

    end: URIRef
    exact: URIRef
    hasBody: URIRef
    hasSelector: URIRef
    hasSource: URIRef
    hasTarget: URIRef
    motivatedBy: URIRef
    prefix: URIRef
    start: URIRef
    suffix: URIRef
