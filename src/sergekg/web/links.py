"""Where a page links to for an IRI, and what kind of thing it is: the colour and the mark of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import has_request_context, request

from sergekg.iris import Iris
from sergekg.rdf.ontology import NAMESPACE
from sergekg.vocab import PREFIXES
from sergekg.web.i18n import N_

FAMILIES: dict[str, tuple[str, ...]] = {
    "person": ("person",),
    "collective": ("group", "organisation", "tendency"),
    "place": ("place", "site"),
    "event": ("event", "penalty"),
    "writing": ("letter", "article", "work", "expression", "item", "periodical", "text", "file"),
    "idea": ("concept", "law", "occupation", "genre", "penalty-kind"),
}
"""Kinds of things as a reader sees them, with the types (first part of a key) that are of each."""

FAMILY_NAMES = {
    "person": N_("person"),
    "collective": N_("group or organisation"),
    "place": N_("place"),
    "event": N_("event"),
    "writing": N_("writing"),
    "idea": N_("notion"),
}
_FAMILY_OF = {type_: family for family, types in FAMILIES.items() for type_ in types}
_FOLLOWED = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Link:
    """Where an IRI leads.

    Attributes:
        href: empty where nothing safe is known.
        is_outside: whether it is of another host.
        key: `<type>/<slug>` of one of our things, else empty.
    """

    href: str
    is_outside: bool
    key: str = ""


class Links:
    """Makes links for one base."""

    def __init__(self, iris: Iris) -> None:
        self._iris = iris
        self._graphs = str(iris.graph(""))

    def link(self, iri: str) -> Link:
        """The page of a thing, the documentation of a term, or an http(s) address; else nothing to follow.

        A `javascript:` or `data:` IRI is an IRI like others in RDF and must not become a link.
        """
        key = self._iris.key(iri)
        if key is not None:
            return Link(f"{root()}/page/{key}", is_outside=False, key=key)
        if iri.startswith(NAMESPACE):
            return Link(f"{root()}/ontology#{iri[len(NAMESPACE) :]}", is_outside=False)
        if iri == str(self._iris.publisher):
            return Link(f"{root()}/catalogue#publisher", is_outside=False)
        if iri.startswith(_FOLLOWED):
            return Link(iri, is_outside=True)
        return Link("", is_outside=False)

    def type(self, iri: str) -> str:
        """The first part of the key of one of our things; empty for any other IRI."""
        return (self._iris.key(iri) or "").partition("/")[0]

    def family(self, iri: str) -> str:
        """The kind of a thing as a reader sees it: one of `FAMILIES`, or empty."""
        return _FAMILY_OF.get(self.type(iri), "")


def root() -> str:
    """What the path of every address of ours begins with: empty, or the prefix that a proxy put before us."""
    return request.script_root if has_request_context() else ""


def compact(iri: str) -> str:
    """An IRI with a known prefix where it has one, else whole."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and "/" not in iri[len(namespace) :]:
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri
