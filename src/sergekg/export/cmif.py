"""CMIF: the metadata of the letters for correspSearch and its like (TEI Correspondence SIG, version 2).

Sender, addressee, place and date are those of asserted statements. A person or place has the IRI of the same
one at Wikidata where the release has an exact match, else ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from rdflib import URIRef

from sergekg.errors import DateError
from sergekg.export.stated import Thing, load_things
from sergekg.export.xml import element, to_bytes
from sergekg.iris import Iris
from sergekg.model.dates import is_calendar_date, parse_date
from sergekg.rdf.edition import dataset_key
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.vocab import SKG, WD

VOCABULARY = "https://lod.academy/cmif/vocab/terms#"
_UNKNOWN = "https://correspsearch.net/unknown"
_LETTERS = """
SELECT ?letter ?role ?value WHERE {
  ?letter a skg:Letter .
  ?statement a skg:Statement ; skg:status skg:asserted .
  { ?statement rdf:subject ?value ; rdf:predicate skg:authorOf ; rdf:object ?letter BIND("sender" AS ?role) }
  UNION { ?statement rdf:subject ?letter ; rdf:predicate skg:addressedTo ; rdf:object ?value
          BIND("addressee" AS ?role) }
  UNION { ?statement rdf:subject ?letter ; rdf:predicate skg:writtenAt ; rdf:object ?value
          BIND("place" AS ?role) }
  UNION { ?statement rdf:subject ?letter ; rdf:predicate skg:hasDate ; rdf:object ?value
          BIND("date" AS ?role) }
  UNION { ?statement rdf:subject ?letter ; rdf:predicate skg:enclosesCopyOf ; rdf:object ?value
          BIND("enclosed" AS ?role) }
  UNION { ?statement rdf:object ?letter ; rdf:predicate skg:enclosesCopyOf ; rdf:subject ?value
          BIND("enclosing" AS ?role) }
  UNION { ?statement skg:statedIn ?letter ; rdf:subject|rdf:object ?value BIND("mention" AS ?role)
          FILTER(STRSTARTS(STR(?value), "http")) }
}"""
_LANGUAGES = "SELECT ?letter ?language WHERE { ?text skg:textOf ?letter ; dcterms:language ?language }"
_MENTIONS = {
    "person": "mentionsPerson",
    "place": "mentionsPlace",
    "site": "mentionsPlace",
    "organisation": "mentionsOrg",
    "event": "mentionsEvent",
    "work": "mentionsBibl",
    "periodical": "mentionsBibl",
    "article": "mentionsBibl",
}
"""Type of a thing to the relation of version 2."""


def write_cmif(release: Release, store: Store, root: str | None = None) -> bytes:
    """All letters that a statement gives a sender or an addressee.

    Args:
        root: what the addresses of the file and of the TEI files begin with; default the base of the data.
    """
    root = root or release.base
    iris = Iris(release.base)
    letters: dict[URIRef, dict[str, list[str]]] = {}
    for row in store.select(_LETTERS):
        roles = letters.setdefault(URIRef(str(row["letter"])), {})
        values = roles.setdefault(str(row["role"]), [])
        if str(row["value"]) not in values:
            values.append(str(row["value"]))
    languages = {str(row["letter"]): str(row["language"]) for row in store.select(_LANGUAGES)}
    nodes = {
        URIRef(v) for roles in letters.values() for vs in roles.values() for v in vs if v.startswith("http")
    }
    things = load_things(store, iris, nodes)
    source = f"uuid-{uuid.uuid5(uuid.NAMESPACE_URL, f'{release.base}releases/{release.digest}')}"
    described = [
        _letter(release, letter, roles, things, languages.get(str(letter)), root, source)
        for letter, roles in sorted(letters.items())
        if "sender" in roles or "addressee" in roles
    ]
    title = release.title.get("fr") or next(iter(release.title.values()))
    dataset = str(iris.thing(dataset_key(release.name)))
    header = element(
        "teiHeader",
        element(
            "fileDesc",
            element(
                "titleStmt",
                element("title", f"Index des lettres — {title}"),
                element("editor", release.publisher),
            ),
            element(
                "publicationStmt",
                element("publisher", element("ref", release.publisher, target=root)),
                element("idno", f"{root}cmif.xml", type="url"),
                element("date", when=release.modified),
                element("availability", element("licence", release.license, target=release.license)),
            ),
            element(
                "sourceDesc",
                element(
                    "bibl",
                    f"{title}, version {release.version} ({release.modified}), ",
                    element("ref", dataset, target=dataset),
                    xml_id=source,
                    type="online",
                ),
            ),
        ),
        element("profileDesc", *described),
    )
    return to_bytes(element("TEI", header, element("text", element("body", element("p")))))


def correspondence(
    release: Release, store: Store, letter: URIRef
) -> tuple[Element, Element, Element | None] | None:
    """`correspAction` sent and received, and `correspContext`, of one letter, for its TEI header.

    None for what is no letter, or has neither sender nor addressee.
    """
    roles: dict[str, list[str]] = {}
    is_this = bind("VALUES ?letter { $letter } ?letter a skg:Letter .", {"letter": letter})
    for row in store.select(_LETTERS.replace("?letter a skg:Letter .", is_this)):
        values = roles.setdefault(str(row["role"]), [])
        if str(row["value"]) not in values:
            values.append(str(row["value"]))
    if "sender" not in roles and "addressee" not in roles:
        return None
    nodes = {URIRef(value) for values in roles.values() for value in values if value.startswith("http")}
    things = load_things(store, Iris(release.base), nodes)
    return _sent(roles, things), _received(roles, things), _context(roles, things)


def _letter(
    release: Release,
    letter: URIRef,
    roles: Mapping[str, list[str]],
    things: Mapping[URIRef, Thing],
    language: str | None,
    root: str,
    source: str,
) -> Element:
    slug = str(letter).rpartition("/")[2]
    notes = []
    shown = set()
    for value in sorted(roles.get("mention", ())):
        thing = things.get(URIRef(value))
        relation = _MENTIONS.get(thing.type) if thing else None
        if thing and relation and (relation, _reference(value, thing)) not in shown:
            shown.add((relation, _reference(value, thing)))
            notes.append(_note(relation, _reference(value, thing), thing.name()))
    notes.sort(key=lambda note: (note.get("type", ""), note.get("target", "")))
    if language:
        notes.append(_note("hasLanguage", language))
    if slug in release.texts:
        notes.append(_note("isAvailableAsTEIfile", f"{root}tei/{slug}.xml"))
        notes.append(_note("isPublishedWith", f"{VOCABULARY}transcription"))
        notes.append(_note("isPublishedWith", f"{VOCABULARY}comment"))
    for value in sorted(roles.get("enclosed", ())):
        # no term of CMIF says this; the relation is ours, as its attributes allow
        thing = things.get(URIRef(value))
        notes.append(
            element("ref", thing.name() if thing else "", type=str(SKG.enclosesCopyOf), target=value)
        )
    return element(
        "correspDesc",
        _sent(roles, things),
        _received(roles, things),
        _context(roles, things),
        element("note", *notes) if notes else None,
        ref=str(letter),
        source=f"#{source}",
    )


def _sent(roles: Mapping[str, list[str]], things: Mapping[URIRef, Thing]) -> Element:
    places = [_named("placeName", value, things) for value in sorted(roles.get("place", ()))]
    dates = [date for value in sorted(roles.get("date", ())) if (date := _date(value)) is not None]
    return element(
        "correspAction", *_agents(roles.get("sender", ()), things), *places, *dates[:1], type="sent"
    )


def _received(roles: Mapping[str, list[str]], things: Mapping[URIRef, Thing]) -> Element:
    return element("correspAction", *_agents(roles.get("addressee", ()), things), type="received")


def _context(roles: Mapping[str, list[str]], things: Mapping[URIRef, Thing]) -> Element | None:
    refs = [
        element("ref", thing.name(), type=kind, target=value)
        for kind, role in (("enclosure", "enclosed"), ("enclosedIn", "enclosing"))
        for value in sorted(roles.get(role, ()))
        if (thing := things.get(URIRef(value)))
    ]
    return element("correspContext", *refs) if refs else None


def _agents(values: Iterable[str], things: Mapping[URIRef, Thing]) -> list[Element]:
    made = [
        _named(
            "orgName"
            if URIRef(value) in things and things[URIRef(value)].type == "organisation"
            else "persName",
            value,
            things,
        )
        for value in sorted(values)
    ]
    return made or [element("persName", "Unknown", ref=_UNKNOWN)]


def _named(name: str, value: str, things: Mapping[URIRef, Thing]) -> Element:
    thing = things.get(URIRef(value))
    return element(name, thing.name() if thing else value, ref=_reference(value, thing))


def _reference(value: str, thing: Thing | None) -> str:
    """One IRI: Wikidata's for what is exactly the same there, else ours."""
    matches = thing.matches if thing else []
    return next((match for match in matches if match.startswith(str(WD))), value)


def _note(relation: str, target: str, text: str = "") -> Element:
    return element("ref", text, type=f"{VOCABULARY}{relation}", target=target)


def _date(text: str) -> Element | None:
    """An EDTF date in the attributes of TEI (att.datable.w3c); what is open on one side has one bound."""
    if is_calendar_date(text):
        return element("date", text, when=text)
    try:
        date = parse_date(text)
    except DateError:
        return None
    first = date.earliest.isoformat() if date.earliest else None
    last = date.latest.isoformat() if date.latest else None
    if first is None and last is None:
        return None
    return element("date", text, notBefore=first, notAfter=last)
