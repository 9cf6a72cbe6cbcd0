"""One schema.org block for the page of a thing or of the dataset: JSON-LD whose `@id` is the thing itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from markupsafe import Markup
from rdflib import Literal, URIRef

from sergekg.model.dates import is_calendar_date, year_of
from sergekg.rdf.edition import DumpFile, dataset_key
from sergekg.store.base import Term
from sergekg.store.queries import bind
from sergekg.vocab import SCHEMA
from sergekg.web.addresses import here
from sergekg.web.negotiate import RDF_FORMATS
from sergekg.web.service import service

_FACTS = """
SELECT ?role ?value ?name WHERE {
  { $thing a/rdfs:subClassOf*/(rdfs:subClassOf|skos:closeMatch) ?value BIND("@type" AS ?role)
    FILTER(STRSTARTS(STR(?value), STR(schema:))) }
  UNION { $thing skos:prefLabel ?value BIND("name" AS ?role) }
  UNION { $thing skos:altLabel ?value BIND("alternateName" AS ?role) }
  UNION { $thing skos:scopeNote ?value BIND("disambiguatingDescription" AS ?role) }
  UNION { $thing skos:exactMatch ?value BIND("sameAs" AS ?role) }
  UNION { ?value skg:authorOf $thing BIND("author" AS ?role) }
  UNION { $thing skg:addressedTo ?value BIND("recipient" AS ?role) }
  UNION { $thing skg:writtenAt ?value BIND("locationCreated" AS ?role) }
  UNION { $thing skg:hasDate ?value BIND("dateCreated" AS ?role) }
  UNION { $thing skg:publishedIn ?value BIND("isPartOf" AS ?role) }
  UNION { $thing skg:tookPlaceIn ?value BIND("location" AS ?role) }
  OPTIONAL { ?value skos:prefLabel ?name FILTER(LANG(?name) = "fr") }
} ORDER BY ?role ?value"""
_KNOWN = {
    "Person", "Place", "Organization", "Message", "Article", "Periodical", "CreativeWork", "Book", "Event",
    "Occupation", "Legislation", "DefinedTerm", "Thing",
}  # fmt: skip
"""Types that search engines know, the more telling before Thing."""
_CONTEXT = "https://schema.org"


def register(app: Flask) -> None:
    """Give templates `described_head()`, which stands in the head of every page."""
    app.jinja_env.globals["described_head"] = described_head


def described_head() -> Markup:
    """What the head of the page of a thing, or of the first page, holds for machines; else nothing.

    A data block is no script: no policy against inline scripts applies to it (HTML, 4.12.1.1, step 8 of
    "prepare the script element"; Content Security Policy level 3, 4.2.4 is only reached after it).
    """
    arguments = request.view_args or {}
    if request.endpoint == "pages.home":
        feed = Markup('<link rel="alternate" type="application/atom+xml" href="{}">\n').format(
            here("feed.atom")
        )
        return feed + schema_block()
    if request.endpoint != "pages.page" or set(arguments) != {"type", "slug"}:
        return Markup()
    key = f"{arguments['type']}/{arguments['slug']}"
    link = Markup('<link rel="alternate" type="{}" href="{}">\n')
    links = (link.format(form.media_type, here(f"data/{key}.{form.suffix}")) for form in RDF_FORMATS)
    return Markup().join((*links, schema_block(key)))


def schema_block(key: str | None = None) -> Markup:
    """The script element, of the dataset where no key is given; whatever the data say cannot end it."""
    own = dataset_key(service().release.name)
    described = describe_dataset() if key in (None, own) else describe_thing(str(key))
    text = json.dumps(described, ensure_ascii=False, indent=1)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(f'<script type="application/ld+json">\n{safe}\n</script>')  # noqa: S704


def describe_thing(key: str) -> dict[str, Any]:
    """What schema.org can say of a thing: names, sameness and, of documents, who, to whom, when and where.

    Only asserted facts: these are plain triples, which no other statement has.
    """
    thing = service().iris.thing(key)
    found: dict[str, list[Any]] = {}
    for row in service().store.select(bind(_FACTS, {"thing": thing})):
        value = _value(str(row["role"]), row["value"], row.get("name"))
        if value is None:
            continue
        values = found.setdefault(str(row["role"]), [])
        if value not in values:
            values.append(value)
    types = [name for name in found.pop("@type", []) if name in _KNOWN]
    telling = [name for name in types if name != "Thing"] or ["Thing"]
    return {
        "@context": _CONTEXT,
        "@id": str(thing),
        "@type": telling[0] if len(telling) == 1 else telling,
        "url": here(f"page/{key}"),
        "identifier": str(thing),
        **{role: values[0] if len(values) == 1 else values for role, values in sorted(found.items())},
        "subjectOf": {
            "@type": "Dataset",
            "@id": str(service().iris.thing(dataset_key(service().release.name))),
        },
    }


def describe_dataset() -> dict[str, Any]:
    """The release as a schema.org Dataset with its files."""
    release = service().release
    return {
        "@context": _CONTEXT,
        "@id": str(service().iris.thing(dataset_key(release.name))),
        "@type": "Dataset",
        "name": [{"@value": text, "@language": tag} for tag, text in release.title.items()],
        "description": [{"@value": text, "@language": tag} for tag, text in release.description.items()],
        "url": here(""),
        "identifier": f"{release.base}releases/{release.digest}",
        "version": release.version,
        "dateModified": release.modified,
        "license": release.license,
        "isAccessibleForFree": True,
        "inLanguage": sorted({str(release.text(slug)["language"]) for slug in release.texts}),
        "creator": {"@type": "Organization", "name": release.publisher},
        "publisher": {"@type": "Organization", "name": release.publisher},
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": f"{release.base}catalogue",
            "url": here("catalogue"),
        },
        "distribution": [_download(dump) for dump in release.dumps if dump.graph is None],
    }


def _download(dump: DumpFile) -> Mapping[str, Any]:
    return {
        "@type": "DataDownload",
        "name": dump.name,
        "contentUrl": here(f"dumps/{dump.name}"),
        "encodingFormat": ["application/gzip", dump.media_type],
        "contentSize": f"{dump.bytes} B",
        "sha256": dump.sha256,
    }


def _value(role: str, value: Term, name: Term | None) -> Any:
    """The value as JSON-LD; None for a date that ISO 8601 cannot say and that lies in no one year."""
    if role == "dateCreated":
        date = str(value)
        return date if is_calendar_date(date) else year_of(date)
    if isinstance(value, Literal):
        return {"@value": str(value), "@language": value.language} if value.language else str(value)
    if role == "@type":
        return str(value).removeprefix(str(SCHEMA))
    if role == "sameAs" or not isinstance(value, URIRef):
        return str(value)
    key = service().iris.key(str(value))
    about = {"@id": str(value)} | ({"name": str(name)} if name is not None else {})
    return about | ({"url": here(f"page/{key}")} if key else {})
