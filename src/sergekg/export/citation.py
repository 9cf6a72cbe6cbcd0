"""References to a dataset, a text, an entity or a statement, as BibTeX, CSL-JSON, RIS and CFF.

A reference names the version and the permanent IRI; the date is that of the release, except for a letter or
an article, which bears its own, or none where no text states one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from rdflib import Literal, URIRef

from sergekg.iris import Iris
from sergekg.model.dates import is_calendar_date, year_of
from sergekg.rdf.edition import dataset_key
from sergekg.release import Release
from sergekg.store.base import Row, Store, Term
from sergekg.store.queries import bind
from sergekg.vocab import SKG

_NAME = "SELECT ?name WHERE { $node skos:prefLabel|rdfs:label ?name }"
_PLURAL = """
SELECT ?name WHERE { $property skg:pluralLabel ?name . $subject skg:pluralIn ?language
  FILTER(LANG(?name) = $language && STR(?language) = $language) }"""
_DOCUMENT = """
SELECT DISTINCT ?author ?recipient ?place ?date WHERE {
  { ?author skg:authorOf $thing } UNION { $thing skg:addressedTo ?recipient } UNION
  { $thing skg:writtenAt ?place } UNION { $thing skg:hasDate ?date }
} ORDER BY ?author ?recipient ?place ?date"""
_STATEMENT = """
SELECT ?s ?p ?o ?status ?voice ?source ?quote ?start ?end WHERE {
  $thing rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; skg:status ?status ; skg:voice ?voice ;
         skg:statedIn ?source ; skg:hasEvidence/oa:hasTarget ?target .
  ?target oa:hasSelector/oa:exact ?quote .
  OPTIONAL { ?target oa:hasSelector ?position . ?position oa:start ?start ; oa:end ?end }
}"""
_SPDX = {
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
    "https://creativecommons.org/licenses/by/4.0/": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by-sa/4.0/": "CC-BY-SA-4.0",
}
_LANGUAGE = "fr"
_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
"""What would end a line, or is no character of a text: one space stands for a run."""
_BIBTEX_SPECIAL = re.compile(r"([\\{}$&#^_%~])")


@dataclass(frozen=True, slots=True)
class Reference:
    """What every format says.

    Attributes:
        kind: `dataset`, `letter`, `article` or `entry`.
        authors: persons or bodies, by name; the publisher where the thing has none of its own.
        issued: EDTF of level 0: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; empty where it is not known.
        iri: the permanent IRI; `release` names the version for good.
        container: title of the dataset, for a part of it.
    """

    key: str
    kind: str
    title: str
    authors: tuple[str, ...]
    issued: str
    iri: str
    release: str
    version: str
    publisher: str
    license: str
    language: str
    abstract: str = ""
    container: str = ""
    recipient: str = ""
    place: str = ""
    note: str = ""


def cite(release: Release, store: Store, key: str, suffix: str) -> bytes:
    """The reference to a thing of a release, in the format of that suffix: bib, csl, ris or cff."""
    return WRITERS[suffix](make_reference(release, store, key)).encode()


def make_reference(release: Release, store: Store, key: str) -> Reference:
    """What is to be said of `<type>/<slug>`; the dataset itself is `dataset/<name>`."""
    iris = Iris(release.base)
    iri = iris.thing(key)
    dataset_title = _in_language(release.title)
    common: dict[str, Any] = {
        "key": key,
        "authors": (release.publisher,),
        "issued": release.modified,
        "iri": str(iri),
        "release": f"{release.base}releases/{release.digest}",
        "version": release.version,
        "publisher": release.publisher,
        "license": release.license,
        "language": _LANGUAGE,
    }
    if key == dataset_key(release.name):
        text = _in_language(release.description)
        return Reference(kind="dataset", title=dataset_title, abstract=text, **common)
    common["container"] = dataset_title
    type_ = key.partition("/")[0]
    if type_ == "statement" and (rows := store.select(bind(_STATEMENT, {"thing": iri}))):
        return _statement(store, rows[0], common)
    title = _name(store, iri)
    if type_ in ("letter", "article"):
        return _document(store, iri, type_, title, common)
    return Reference(kind="entry", title=title or key, **common)


def _document(store: Store, iri: URIRef, kind: str, title: str, common: dict[str, Any]) -> Reference:
    found: dict[str, list[Term]] = {}
    for row in store.select(bind(_DOCUMENT, {"thing": iri})):
        for name, term in row.items():
            if term not in found.setdefault(name, []):
                found[name].append(term)
    authors = tuple(_name(store, a) for a in found.get("author", ()) if isinstance(a, URIRef))
    dates = [issued for date in found.get("date", ()) if (issued := _issued(str(date)))]
    names: dict[str, Any] = {
        name: ", ".join(_name(store, node) for node in found.get(name, ()) if isinstance(node, URIRef))
        for name in ("recipient", "place")
    }
    note = f"Énoncés : {common['container']}, version {common['version']}, {common['release']}"
    own = {**common, "authors": authors or common["authors"], "issued": min(dates, default="")}
    return Reference(kind=kind, title=title, note=note, **names, **own)


def _issued(date: str) -> str | None:
    """A date as every format can say it: of a season, a doubt or a stretch the year, if it is one."""
    return date if is_calendar_date(date) else year_of(date)


def _statement(store: Store, row: Row, common: dict[str, Any]) -> Reference:
    said = (row["s"], row["p"], row["o"])
    parts = [_term(store, said[0]), _verb(store, said[0], said[1]), _term(store, said[2])]
    if row["status"] != SKG.asserted:  # a style may print the title alone, in the language of its reader
        words = (_name(store, URIRef(str(row["status"])), language) for language in (_LANGUAGE, "en"))
        parts[0] = f"[{' / '.join(dict.fromkeys(words))}] {parts[0]}"
    status, voice = _term(store, row["status"]), _term(store, row["voice"])
    # the note too is for readers of either language, who look the passage up
    place = _term(store, row["source"])
    if "start" in row:
        place += f", caractères / characters {row['start']}–{row['end']}"
    note = f"« {row['quote']} » ({status} ; {voice}, {place})"
    if said[2] == Literal(True):  # « a un sort inconnu » needs no « true »
        parts.pop()
    return Reference(kind="entry", title=" — ".join(parts), note=re.sub(r"\s+", " ", note), **common)


def _term(store: Store, term: Term) -> str:
    return (_name(store, term) or str(term)) if isinstance(term, URIRef) else str(term)


def _verb(store: Store, subject: Term, property_: Term) -> str:
    """The name of a property after its subject, in the plural where the name of that is one."""
    known = {"property": property_, "subject": subject, "language": Literal(_LANGUAGE)}
    rows = store.select(bind(_PLURAL, known))
    return str(rows[0]["name"]) if rows else _term(store, property_)


def _name(store: Store, node: URIRef, language: str = _LANGUAGE) -> str:
    """The name in a language where there is one, else in any, else nothing."""
    names = [row["name"] for row in store.select(bind(_NAME, {"node": node}))]
    ranked = sorted(
        (name for name in names if isinstance(name, Literal)),
        key=lambda name: (name.language != language, name.language or "", str(name)),
    )
    return str(ranked[0]) if ranked else ""


def _in_language(texts: Mapping[str, str]) -> str:
    return texts.get(_LANGUAGE) or next(iter(texts.values()), "")


# -- the formats ------------------------------------------------------------------------------------------


def to_bibtex(reference: Reference) -> str:
    """A BibTeX entry, in UTF-8; special characters of TeX are escaped outside of addresses."""
    kinds = {"dataset": "dataset", "letter": "misc", "article": "article", "entry": "inreference"}
    year, _, rest = reference.issued.partition("-")
    fields = {
        "title": f"{{{_tex(reference.title)}}}",
        "author": " and ".join(f"{{{_tex(author)}}}" for author in reference.authors),
        "year": year,
        "month": rest.partition("-")[0].lstrip("0"),
        "date": reference.issued,
        "booktitle": f"{{{_tex(reference.container)}}}" if reference.container else "",
        "publisher": _tex(reference.publisher),
        "address": _tex(reference.place),
        "version": _tex(reference.version),
        "url": reference.iri,
        "abstract": _tex(reference.abstract),
        "note": _tex(reference.note),
        "langid": "french",
        "howpublished": f"\\url{{{reference.release}}}",
    }
    name = reference.key.replace("/", ":")
    body = "".join(f"  {field} = {{{value}}},\n" for field, value in fields.items() if value)
    return f"@{kinds[reference.kind]}{{{name},\n{body}}}\n"


def _tex(text: str) -> str:
    text = _one_line(text)
    return _BIBTEX_SPECIAL.sub(lambda found: "\\" + found[1] if found[1] not in "\\^~" else " ", text)


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def to_csl(reference: Reference) -> str:
    """CSL-JSON (schema 1.0.2): an array with one item."""
    kinds = {
        "dataset": "dataset", "letter": "personal_communication", "article": "article-magazine",
        "entry": "entry",
    }  # fmt: skip
    item = {
        "id": reference.iri,
        "type": kinds[reference.kind],
        "title": reference.title,
        "author": [{"literal": author} for author in reference.authors],
        "recipient": [{"literal": reference.recipient}] if reference.recipient else [],
        "issued": _date_parts(reference.issued),
        "container-title": reference.container,
        "publisher": reference.publisher,
        "publisher-place": reference.place,
        "version": reference.version,
        "URL": reference.iri,
        "source": reference.release,
        "abstract": reference.abstract,
        "note": reference.note,
        "language": reference.language,
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=1) + "\n"


def _date_parts(issued: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in issued.split("-")]]} if issued else {}


def to_ris(reference: Reference) -> str:
    """RIS: a tag and a value on each line, CR LF."""
    kinds = {"dataset": "DATA", "letter": "PCOMM", "article": "MGZN", "entry": "ENCYC"}
    year, _, rest = reference.issued.partition("-")
    lines = [("TY", kinds[reference.kind]), ("TI", reference.title)]
    lines += [("AU", author) for author in reference.authors]
    lines += [
        ("A2", reference.recipient),
        ("T2", reference.container),
        ("PY", year),
        ("DA", "/".join([year, *(rest.split("-") if rest else [])])),
        ("PB", reference.publisher),
        ("CY", reference.place),
        ("ET", reference.version),
        ("UR", reference.iri),
        ("L2", reference.release),
        ("AB", reference.abstract),
        ("N1", reference.note),
        ("LA", reference.language),
        ("ER", ""),
    ]
    shown = [(tag, _one_line(text)) for tag, text in lines]
    return "".join(f"{tag}  - {text}\r\n" for tag, text in shown if text or tag == "ER")


def to_cff(reference: Reference) -> str:
    """CFF 1.2.0: the dataset, and its part as the preferred citation."""
    content: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "Citez ces données ainsi. / Please cite these data so.",
        "type": "dataset",
        "title": reference.container or reference.title,
        "authors": [{"name": reference.publisher}],
        "version": reference.version,
        "url": reference.release,
        "identifiers": [
            {"type": "url", "value": reference.iri, "description": "permanent IRI"},
            {"type": "url", "value": reference.release, "description": "this release"},
        ],
    }
    if reference.license in _SPDX:
        content["license"] = _SPDX[reference.license]
    if reference.abstract:
        content["abstract"] = reference.abstract
    if reference.kind == "dataset":
        content["date-released"] = reference.issued
    else:
        year, _, rest = reference.issued.partition("-")
        part: dict[str, Any] = {
            "type": {"letter": "pamphlet", "article": "magazine-article"}.get(reference.kind, "data"),
            "title": reference.title,
            "authors": [{"name": author} for author in reference.authors],
            "url": reference.iri,
            "version": reference.version,
            "collection-title": reference.container,
        }
        if year:
            part["year"] = int(year)
        if rest:
            part["month"] = int(rest.partition("-")[0])
        if reference.recipient:
            part["recipients"] = [{"name": reference.recipient}]
        if reference.note:
            part["notes"] = reference.note
        content["preferred-citation"] = part
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100))


WRITERS: Mapping[str, Callable[[Reference], str]] = {
    "bib": to_bibtex,
    "csl": to_csl,
    "ris": to_ris,
    "cff": to_cff,
}
"""Suffix to writer."""
