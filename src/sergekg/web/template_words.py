"""What every template may use: names, numbers, dates and links as the reader's language has them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.numbers import format_decimal
from flask import url_for
from markupsafe import Markup
from rdflib import XSD, Literal

from sergekg.assets import static_dir
from sergekg.model.text import Span
from sergekg.vocab import EDTF_DATATYPE, SKG
from sergekg.web import i18n
from sergekg.web.deskwords import desk_words
from sergekg.web.i18n import N_
from sergekg.web.links import FAMILY_NAMES, root
from sergekg.web.negotiate import RDF_FORMATS
from sergekg.web.problem_words import MEMBERS, SENTENCES, is_standard, title_of
from sergekg.web.saying import say
from sergekg.web.service import service
from sergekg.web.site import (
    as_one,
    family,
    here,
    in_voice_of,
    index,
    inverse_name,
    joint,
    link,
    name,
    site,
    verb,
)
from sergekg.web.texts import Text, all_texts, load_text
from sergekg.web.ties import shorten
from sergekg.web.typography import french_spaces
from sergekg.web.wording import date_in_words, duration_in_words

_FORMAT_NAMES = {
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "rdf": "RDF/XML",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "trig": "TriG",
}
DATA_FORMATS = [(form.suffix, (_FORMAT_NAMES[form.suffix], form.media_type)) for form in RDF_FORMATS]
_OBJECT_KINDS: Mapping[object, str] = {
    EDTF_DATATYPE: "date",
    XSD.duration: "duration",
    XSD.boolean: "truth",
}
_DECIMALS = (XSD.decimal, XSD.double, XSD.float)
STATUS_MARKS = {
    "reported": "«»",
    "questioned": "?",
    "denied": "✕",
    "hypothetical": "~",
    "rhetorical": "!",
}
"""What stands for a status beside its word and its border; what is asserted has no mark."""
VERDICT_NAMES = {
    "agree": N_("agree"),
    "complete": N_("complete each other"),
    "differ": N_("differ"),
    "firmness": N_("the same, less firmly in one"),
    "conflict": N_("contradict each other"),
    "conflict-probable": N_("probably contradict each other"),
    "conflict-possible": N_("perhaps contradict each other"),
    "left": N_("only on the left"),
    "right": N_("only on the right"),
}
CONFLICT_NAMES = {
    "certain": N_("contradicted elsewhere"),
    "probable": N_("probably contradicted elsewhere"),
    "possible": N_("perhaps contradicted elsewhere"),
}
"""What is said of a statement that another contradicts, by how sure that is."""
KIND_NAMES = {
    "class": N_("Classes"),
    "property": N_("Properties of facts"),
    "attribute": N_("Properties of statements and evidence"),
    "concept": N_("Concepts and schemes"),
}


def number(value: int | float) -> str:
    """A number as the reader's language writes it."""
    return format_decimal(value, locale=i18n.current_language())


def value_words(value: Literal) -> str:
    """A value as the reader's language writes it: a number with its decimals after a comma in French."""
    is_decimal = value.datatype in _DECIMALS and i18n.current_language() == "fr"
    return str(value).replace(".", ",") if is_decimal else str(value)


def breakable(text: str) -> Markup:
    """A text as received, whose lines may end after its unbreakable spaces; not a character is changed."""
    return Markup("\u00a0<wbr>").join(text.split("\u00a0"))


def object_kind(term: object) -> str:
    """How the object of a statement is shown: `thing`, `quote`, `date`, `duration`, `truth` or `value`."""
    if not isinstance(term, Literal):
        return "thing"
    if term.language:
        return "quote"
    return _OBJECT_KINDS.get(term.datatype, "value")


def date_words(edtf: str) -> str:
    return date_in_words(edtf, i18n.current_language())


def duration_words(duration: str) -> str:
    return duration_in_words(duration, i18n.current_language())


def note_language(note: Literal) -> str:
    """The language of a note of the editors: its own, or that of the texts; empty where they have several."""
    spoken = {text.language for text in all_texts(service().release)}
    return note.language or (spoken.pop() if len(spoken) == 1 else "")


def site_title() -> str:
    """What the head of every page says: the title of the corpus less its subtitle."""
    release = service().release
    title = release.title.get(i18n.current_language()) or next(iter(release.title.values()), release.name)
    return title.partition(":")[0].strip()


def desk_link(query: str, values: Mapping[str, str]) -> str:
    """The query desk with a stored query in it."""
    return f"{root()}/sparql?" + urlencode(
        {"load": query, **{key: value for key, value in values.items() if value}}
    )


def text_of(slug: str) -> Text:
    """One text of the release in service."""
    return load_text(service().release, slug)


def words_of(slug: str, start: int, end: int) -> str:
    """A passage as it is read, its spaces unbreakable where French wants it."""
    text = text_of(slug)
    return french_spaces(text.read(text.clip(Span(start, end))).replace("\n", " "))


@cache
def _version(path: Path, _stamp: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def static_url(file: str) -> str:
    """The address of a static file, which changes when the file does."""
    path = static_dir() / file
    version = _version(path, path.stat().st_mtime_ns) if path.is_file() else None
    return url_for("static", filename=file, v=version)


def has_static(file: str) -> bool:
    """Whether a static file is there: what the bundle holds may be missing."""
    return (static_dir() / file).is_file()


def shared() -> dict[str, Any]:
    """What every template may use."""
    return {
        "lang": i18n.current_language(),
        "languages": i18n.NAMES,
        "release": service().release,
        "name": name,
        "all_names": lambda node: site().labels.all(str(node)),
        "verb": verb,
        "as_one": as_one,
        "in_voice_of": in_voice_of,
        "joint": joint,
        "inverse_name": inverse_name,
        "link": link,
        "family": family,
        "family_names": FAMILY_NAMES,
        "date_words": date_words,
        "duration_words": duration_words,
        "value_words": value_words,
        "note_language": note_language,
        "words_of": words_of,
        "here": here,
        "root": root(),
        "static_url": static_url,
        "has_static": has_static,
        "object_kind": object_kind,
        "status_marks": STATUS_MARKS,
        "kind_names": KIND_NAMES,
        "conflict_names": CONFLICT_NAMES,
        "data_formats": DATA_FORMATS,
        "site_title": site_title(),
        "verdict_names": VERDICT_NAMES,
        "class_of": lambda node: index().classes.get(str(node), ""),
        "shorten": shorten,
        "desk_link": desk_link,
        "desk_words": desk_words,
        "problem_title": title_of,
        "problem_sentences": SENTENCES,
        "problem_members": MEMBERS,
        "is_standard_problem": is_standard,
        "say": lambda sentence: say(str(sentence), i18n.current_language()),
        "skg": lambda term: f"{SKG._NS}{term}",
        "documents": [text.key for text in all_texts(service().release)],
    }
