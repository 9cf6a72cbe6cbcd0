"""The evidence of a text as Web Annotation collections and pages (W3C Web Annotation Data Model, 5)."""

from __future__ import annotations

import json
from typing import Any

from rdflib import Literal

from sergekg.export.stated import Stated, load_stated
from sergekg.iris import Iris
from sergekg.release import Release
from sergekg.store.base import Store, Term
from sergekg.vocab import PREFIXES, SKG

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
PROFILE = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
PAGE_SIZE = 100


def count_pages(stated: list[Stated]) -> int:
    """How many pages a collection has, at least one."""
    return max(1, -(-len(stated) // PAGE_SIZE))


def write_collection(release: Release, store: Store, slug: str) -> bytes:
    """The collection of a text in one document: one page with every annotation."""
    stated = _stated(release, store, slug)
    address = _address(release, slug, None)
    page = {
        "id": _page_address(address, 1),
        "type": "AnnotationPage",
        "startIndex": 0,
        "items": [_annotation(release, slug, one) for one in stated],
    }
    return _dump({**_collection(release, slug, stated, address), "first": page, "last": page["id"]})


def write_head(release: Release, store: Store, slug: str, root: str) -> bytes:
    """The collection of a text, with its first page inside and the address of its last."""
    stated = _stated(release, store, slug)
    address = _address(release, slug, root)
    first = _page(release, slug, stated, 1, address)
    del first["partOf"]
    return _dump({**_collection(release, slug, stated, address), "first": first})


def write_page(release: Release, store: Store, slug: str, number: int, root: str) -> bytes | None:
    """One page, from 1; None beyond the last."""
    stated = _stated(release, store, slug)
    if not 1 <= number <= count_pages(stated):
        return None
    page = _page(release, slug, stated, number, _address(release, slug, root))
    return _dump({"@context": [CONTEXT, {"skg": PREFIXES["skg"], "rdf": PREFIXES["rdf"]}], **page})


def _stated(release: Release, store: Store, slug: str) -> list[Stated]:
    iris = Iris(release.base)
    return load_stated(store, iris.thing(release.text(slug)["key"]))


def _address(release: Release, slug: str, root: str | None) -> str:
    return f"{root or release.base}annotations/{slug}.jsonld"


def _collection(release: Release, slug: str, stated: list[Stated], address: str) -> dict[str, Any]:
    titles = release.text(slug)["title"]
    return {
        # our own terms are declared here, since the context of the recommendation does not know them
        "@context": [CONTEXT, {"skg": PREFIXES["skg"], "rdf": PREFIXES["rdf"]}],
        "id": address,
        "type": ["AnnotationCollection"],
        "label": titles.get("fr") or next(iter(titles.values())),
        "creator": {"type": "Organization", "name": release.publisher},
        "modified": f"{release.modified}T00:00:00Z",
        "rights": release.license,
        "total": len(stated),
        "last": _page_address(address, count_pages(stated)),
    }


def _page(release: Release, slug: str, stated: list[Stated], number: int, address: str) -> dict[str, Any]:
    start = (number - 1) * PAGE_SIZE
    page: dict[str, Any] = {
        "id": _page_address(address, number),
        "type": "AnnotationPage",
        "partOf": {"id": address, "total": len(stated)},
        "startIndex": start,
    }
    if number > 1:
        page["prev"] = _page_address(address, number - 1)
    if number < count_pages(stated):
        page["next"] = _page_address(address, number + 1)
    page["items"] = [_annotation(release, slug, one) for one in stated[start : start + PAGE_SIZE]]
    return page


def _annotation(release: Release, slug: str, stated: Stated) -> dict[str, Any]:
    iris = Iris(release.base)
    return {
        "id": str(stated.evidence),
        "type": "Annotation",
        "motivation": "assessing",
        "body": {
            "id": str(stated.iri),
            "type": "skg:Statement",
            "rdf:subject": {"id": str(stated.subject)},
            "rdf:predicate": {"id": str(stated.predicate)},
            "rdf:object": _value(stated.object),
            "skg:status": {"id": f"{SKG._NS}{stated.status}"},
            "skg:voice": {"id": str(stated.voice)},
        },
        "target": {
            "id": f"{stated.evidence}#target",
            "type": "SpecificResource",
            "source": str(iris.text(slug)),
            "selector": [
                {
                    "id": f"{stated.evidence}#quote",
                    "type": "TextQuoteSelector",
                    "exact": stated.exact,
                    "prefix": stated.prefix,
                    "suffix": stated.suffix,
                },
                {
                    "id": f"{stated.evidence}#position",
                    "type": "TextPositionSelector",
                    "start": stated.span.start,
                    "end": stated.span.end,
                },
            ],
        },
    }


def _value(term: Term) -> dict[str, str]:
    if not isinstance(term, Literal):
        return {"id": str(term)}
    if term.language:
        return {"@value": str(term), "@language": term.language}
    return {"@value": str(term)} | ({"@type": str(term.datatype)} if term.datatype else {})


def _page_address(address: str, number: int) -> str:
    return f"{address}?page={number}"


def _dump(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
