"""A text as TEI P5: its reading, and as standOff the things that it names and what it states of them.

The words stand clean in the body; each annotation points at its words with the XPointer schemes of TEI
(`string-range`, and `range` of two `string-index` where it crosses paragraphs; Guidelines, 17.2.4), counted
in code points of the paragraph from 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from rdflib import Literal, URIRef

from sergekg.export.cmif import correspondence
from sergekg.export.stated import Stated, Thing, load_reading, load_stated, load_things
from sergekg.export.xml import element, to_bytes
from sergekg.iris import Iris
from sergekg.model.text import Reading, Span
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.store.queries import bind

_STATUSES = {
    "asserted": ("affirmé", "asserted"),
    "reported": ("rapporté", "reported"),
    "questioned": ("questionné", "questioned"),
    "denied": ("nié", "denied"),
    "hypothetical": ("hypothétique", "hypothetical"),
    "rhetorical": ("rhétorique", "rhetorical"),
}
_LISTS = {
    "person": ("listPerson", "person", "persName"),
    "group": ("listPerson", "personGrp", None),
    "organisation": ("listOrg", "org", "orgName"),
    "tendency": ("listOrg", "org", "orgName"),
    "place": ("listPlace", "place", "placeName"),
    "site": ("listPlace", "place", "placeName"),
    "event": ("listEvent", "event", "eventName"),
    "work": ("listBibl", "bibl", "title"),
    "expression": ("listBibl", "bibl", "title"),
    "item": ("listBibl", "bibl", "title"),
    "periodical": ("listBibl", "bibl", "title"),
    "letter": ("listBibl", "bibl", "title"),
    "article": ("listBibl", "bibl", "title"),
}
"""Type of a thing to its list, its element, and the element of its name; all else is an interpretation."""
_ORDER = ("listPerson", "listOrg", "listPlace", "listEvent", "listBibl")
_AUTHORS = "SELECT DISTINCT ?author WHERE { ?author skg:authorOf $document } ORDER BY ?author"
_NORMALISED = {
    "fr": "Les suites d’espaces et les passages à la ligne du fichier reçu sont rendus par une espace ; "
    "les traits d’union perdus sont rétablis d’après une liste close, relue par une personne. "
    "Le fichier reçu est conservé.",
    "en": "Runs of spaces and line breaks of the file received are given as one space; lost hyphens are "
    "restored from a closed list reviewed by a person. The file received is kept.",
}


@dataclass(frozen=True)
class Paragraphs:
    """The lines of a reading: where each begins in it, and its `xml:id`."""

    starts: Sequence[int]
    ends: Sequence[int]
    names: Sequence[str]

    def pointer(self, span: Span) -> str:
        """The pointer to a stretch of the reading; the break between two paragraphs belongs to neither."""
        first, start = self._place(span.start)
        last, end = self._place(span.end, at_end=True)
        if first == last:
            return f"#string-range({self.names[first]},{start},{end - start})"
        return f"#range(string-index({self.names[first]},{start}),string-index({self.names[last]},{end}))"

    def _place(self, offset: int, *, at_end: bool = False) -> tuple[int, int]:
        index = bisect_right(self.starts, offset - 1 if at_end and offset else offset) - 1
        return index, min(offset, self.ends[index]) - self.starts[index]


def split_paragraphs(reading: str) -> Paragraphs:
    """The paragraphs of a reading, one to a line."""
    starts, ends, names, here = [], [], [], 0
    for number, line in enumerate(reading.split("\n"), 1):
        starts.append(here)
        ends.append(here + len(line))
        names.append(f"p{number}")
        here += len(line) + 1
    return Paragraphs(starts, ends, names)


def write_tei(release: Release, store: Store, slug: str) -> bytes:
    """One text of a release; valid against TEI All."""
    raw = release.text(slug)
    iris = Iris(release.base)
    reading = load_reading(release, slug)
    stated = load_stated(store, iris.thing(raw["key"]))
    things = load_things(store, iris, {node for one in stated for node in one.things()})
    paragraphs = split_paragraphs(reading.text)
    root = element(
        "TEI",
        _header(release, store, raw, iris),
        _stand_off(stated, things, paragraphs, reading),
        element("text", element("body", *_body(raw, paragraphs)), xml_lang=raw["language"]),
        version="4.9.0",
        xml_id=f"text-{slug}",
    )
    return to_bytes(root)


def _header(release: Release, store: Store, raw: Mapping[str, Any], iris: Iris) -> Element:
    document = iris.thing(raw["key"])
    letters = correspondence(release, store, document)
    description = element("correspDesc", *letters, ref=str(document)) if letters else None
    statuses = [
        element(
            "category",
            element("catDesc", label, xml_lang="fr"),
            element("catDesc", english, xml_lang="en"),
            xml_id=status,
        )
        for status, (label, english) in _STATUSES.items()
    ]
    return element(
        "teiHeader",
        element(
            "fileDesc",
            element(
                "titleStmt",
                *(element("title", title, xml_lang=tag) for tag, title in raw["title"].items()),
                *(element("author", name) for name in _authors(store, iris, document)),
                element(
                    "respStmt",
                    element("resp", "lecture énoncé par énoncé", xml_lang="fr"),
                    element("name", release.publisher),
                ),
            ),
            element(
                "editionStmt",
                element("edition", f"{release.version}, {release.digest[:12]}", n=release.version),
            ),
            element(
                "publicationStmt",
                element("publisher", release.publisher),
                element("date", release.modified, when=release.modified),
                element("idno", str(document), type="URI"),
                element("idno", f"{release.base}releases/{release.digest}", type="release"),
                element("availability", element("licence", release.license, target=release.license)),
            ),
            element(
                "sourceDesc",
                element(
                    "bibl",
                    f"{raw['file']} (SHA-256 {raw['sha256']}), {raw['start']}–{raw['end']} ; ",
                    element("ref", str(iris.text(raw["slug"])), target=str(iris.text(raw["slug"]))),
                ),
            ),
        ),
        element(
            "encodingDesc",
            element(
                "editorialDecl",
                element(
                    "normalization", *(element("p", text, xml_lang=tag) for tag, text in _NORMALISED.items())
                ),
            ),
            element("classDecl", element("taxonomy", *statuses, xml_id="statuses")),
        ),
        element(
            "profileDesc",
            description,
            element("langUsage", element("language", raw["language"], ident=raw["language"])),
        ),
    )


def _authors(store: Store, iris: Iris, document: URIRef) -> list[str]:
    """Whom a statement asserts to have written it, each by name."""
    nodes = [URIRef(str(row["author"])) for row in store.select(bind(_AUTHORS, {"document": document}))]
    things = load_things(store, iris, nodes)
    return [things[node].name() for node in nodes if node in things]


def _body(raw: Mapping[str, Any], paragraphs: Paragraphs) -> Iterable[Element]:
    """A division for each heading, with the paragraphs under it."""
    reading: str = raw["reading"]
    kinds = [division[0] for division in raw["divisions"]]
    division = element("div")
    for index, name in enumerate(paragraphs.names):
        text = reading[paragraphs.starts[index] : paragraphs.ends[index]]
        is_heading = index < len(kinds) and kinds[index] == "heading"
        if is_heading and any(child.tag.endswith("}p") for child in division):
            yield division
            division = element("div")
        division.append(element("head" if is_heading else "p", text, xml_id=name))
    if not any(child.tag.endswith("}p") for child in division):
        division.append(element("p"))
    yield division


def _stand_off(
    stated: Sequence[Stated], things: Mapping[URIRef, Thing], paragraphs: Paragraphs, reading: Reading
) -> Element | None:
    if not stated:
        return None
    lists: dict[str, list[Element]] = defaultdict(list)
    others = []
    for node, thing in sorted(things.items()):
        found = _LISTS.get(thing.type)
        if found is None:
            others.append(
                element(
                    "interp",
                    thing.name(),
                    xml_id=_id(thing),
                    type=thing.type,
                    sameAs=str(node),
                    xml_lang="fr",
                )
            )
        else:
            lists[found[0]].append(_thing(node, thing, found[1], found[2]))
    relations, annotations = [], []
    for one in stated:
        digest = str(one.iri).rpartition("/")[2]
        relations.append(_relation(one, things, digest))
        pointer = paragraphs.pointer(reading.reading_span(one.span))
        annotations.append(
            element(
                "annotation",
                element("ptr", target=f"#statement-{digest}"),
                xml_id=f"evidence-{digest}",
                target=pointer,
                motivation="assessing",
                ana=f"#{one.status}",
                sameAs=str(one.evidence),
            )
        )
    return element(
        "standOff",
        *(element(name, *lists[name]) for name in _ORDER if lists[name]),
        element("interpGrp", *others, type="concepts") if others else None,
        element("listRelation", *relations, type="statements"),
        element("listAnnotation", *annotations, type="evidence"),
    )


def _thing(node: URIRef, thing: Thing, name: str, naming: str | None) -> Element:
    names = sorted(thing.names.items(), key=lambda item: (item[0] != "fr", item))
    identifiers = [element("idno", str(node), type="URI")]
    identifiers += [element("idno", match, type="URI", subtype="exactMatch") for match in thing.matches]
    if name == "personGrp":
        shown = [element("note", text, type="name", xml_lang=tag or None) for tag, text in names]
        return element(name, *identifiers, *shown, xml_id=_id(thing))
    shown = [element(naming or "label", text, xml_lang=tag or None) for tag, text in names]
    if name == "event":
        return element(name, *identifiers, *shown, xml_id=_id(thing))
    return element(
        name,
        *shown,
        *identifiers,
        xml_id=_id(thing),
        type=thing.type if name in ("org", "place", "bibl") else None,
    )


def _relation(one: Stated, things: Mapping[URIRef, Thing], digest: str) -> Element:
    literal = str(one.object) if isinstance(one.object, Literal) else None
    language = one.object.language if isinstance(one.object, Literal) else None
    return element(
        "relation",
        element("desc", literal, xml_lang=language) if literal is not None else None,
        xml_id=f"statement-{digest}",
        name=one.term,
        ref=str(one.predicate),
        active=_pointer(one.subject, things),
        passive=_pointer(URIRef(str(one.object)), things) if literal is None else None,
        ana=f"#{one.status}",
        resp=_pointer(one.reporter or one.voice, things),
        corresp=_pointer(one.event, things) if one.event else None,
        sameAs=str(one.iri),
        source=f"#evidence-{digest}",
        notBefore=one.earliest,
        notAfter=one.latest,
        when_custom=one.date,
        datingMethod="http://id.loc.gov/datatypes/edtf/EDTF" if one.date else None,
    )


def _pointer(node: URIRef, things: Mapping[URIRef, Thing]) -> str:
    return f"#{_id(things[node])}" if node in things else str(node)


def _id(thing: Thing) -> str:
    return thing.key.replace("/", "-")
