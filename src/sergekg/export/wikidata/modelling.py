"""How our properties are said in Wikidata: one rule each, and none where a rule would say more than the text.

Not exported on purpose: stays (a stay is no residence), captivity in a country (P2632 is of prisons and
camps), sympathies, opinions, friendships, groups, descriptions, and every event that has no item of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sergekg.errors import DateError
from sergekg.export.wikidata.claims import Caution, Note, Snak, TimeValue, is_plain_date
from sergekg.model.dates import parse_date

START, END, MOMENT, EARLIEST, LATEST = "P580", "P582", "P585", "P1319", "P1326"
_RUSSIAN_REFORM = "1918-02-14"


class Timing(StrEnum):
    """What the date of a statement says of it."""

    NONE = "not a qualifier"
    STATE = "when it was so"
    BEGINNING = "when it began"
    VALUE = "the value itself"


@dataclass(frozen=True, slots=True)
class Rule:
    """One property of ours as one of Wikidata.

    Attributes:
        subjects, objects: types (first part of a key) that it is for; no objects: the value is a literal.
        is_inverse: the object of ours is the subject there.
        is_of_oneself: only where the voice is the subject (P1142 on persons is for what they say themselves).
        is_single: a second value would contradict the first.
    """

    predicate: str
    pid: str
    subjects: frozenset[str]
    objects: frozenset[str] = frozenset()
    is_inverse: bool = False
    is_of_oneself: bool = False
    is_single: bool = False
    timing: Timing = Timing.NONE


def _rule(predicate: str, prop: str, subjects: str, objects: str = "", **more: bool | Timing) -> Rule:
    return Rule(predicate, prop, frozenset(subjects.split()), frozenset(objects.split()), **more)  # type: ignore[arg-type]


_TEXTS, _WRITINGS = "letter article", "letter article work"
RULES: Mapping[str, Rule] = {
    rule.predicate: rule
    for rule in (
        _rule("authorOf", "P50", "person", _WRITINGS, is_inverse=True),
        _rule("translatorOf", "P655", "person", "work expression", is_inverse=True),
        _rule("addressedTo", "P1817", "letter", "person"),
        _rule("writtenAt", "P1071", _WRITINGS, "place", is_single=True),
        _rule("hasDate", "P571", _TEXTS, timing=Timing.VALUE, is_single=True),
        _rule("hasTitle", "P1476", _TEXTS, is_single=True),
        _rule("isAbout", "P921", _TEXTS, "person event place organisation work tendency concept"),
        _rule("publishedIn", "P1433", _TEXTS, "periodical"),
        _rule("isSequelTo", "P155", "work", "work"),
        _rule("hasGenre", "P136", "work letter article", "genre"),
        _rule("hasOccupation", "P106", "person", "occupation", timing=Timing.STATE),
        _rule("heldPosition", "P39", "person", "occupation", timing=Timing.STATE),
        _rule("workedFor", "P108", "person", "organisation", timing=Timing.STATE),
        _rule("memberOf", "P463", "person", "organisation", timing=Timing.STATE),
        _rule("affiliatedWith", "P1142", "person", "tendency", is_of_oneself=True, timing=Timing.STATE),
        _rule("founderOf", "P112", "person", "organisation periodical", is_inverse=True),
        _rule("spouseOf", "P26", "person", "person"),
        _rule("parentOf", "P40", "person", "person"),
        _rule("wasImprisonedIn", "P2632", "person", "site", timing=Timing.STATE),
        _rule("wasDeportedTo", "P551", "person", "place", timing=Timing.BEGINNING),
        _rule("died", "P570", "person", timing=Timing.VALUE, is_single=True),
        _rule("participatedIn", "P1344", "person", "event"),
        _rule("presidedOver", "P488", "person", "event", is_inverse=True),
        _rule("tookPlaceIn", "P276", "event", "place"),
    )
}
"""By predicate. Labels and datatypes of the properties: `PROPERTIES`."""

PARTY = "P102"
_PARTY = re.compile(r"organisation/(?:.*-)?parti(?:-.*)?")

PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "P26": {"fr": "conjoint", "en": "spouse"},
    "P31": {"fr": "nature de l’élément", "en": "instance of"},
    "P39": {"fr": "fonction", "en": "position held"},
    "P40": {"fr": "enfant", "en": "child"},
    "P50": {"fr": "auteur", "en": "author"},
    "P102": {"fr": "parti politique", "en": "member of political party"},
    "P106": {"fr": "occupation", "en": "occupation"},
    "P108": {"fr": "employeur", "en": "employer"},
    "P112": {"fr": "fondé par", "en": "founded by"},
    "P136": {"fr": "genre", "en": "genre"},
    "P155": {"fr": "précédé par", "en": "follows"},
    "P248": {"fr": "affirmé dans", "en": "stated in"},
    "P276": {"fr": "lieu", "en": "location"},
    "P407": {"fr": "langue de l’œuvre", "en": "language of work or name"},
    "P463": {"fr": "membre de", "en": "member of"},
    "P488": {"fr": "président", "en": "chairperson"},
    "P551": {"fr": "résidence", "en": "residence"},
    "P569": {"fr": "date de naissance", "en": "date of birth"},
    "P570": {"fr": "date de mort", "en": "date of death"},
    "P571": {"fr": "date de fondation ou de création", "en": "inception"},
    "P580": {"fr": "date de début", "en": "start time"},
    "P582": {"fr": "date de fin", "en": "end time"},
    "P585": {"fr": "date", "en": "point in time"},
    "P655": {"fr": "traducteur", "en": "translator"},
    "P854": {"fr": "URL de la référence", "en": "reference URL"},
    "P921": {"fr": "sujet principal", "en": "main subject"},
    "P953": {"fr": "texte intégral à l’URL", "en": "full work available at URL"},
    "P1071": {"fr": "lieu de fabrication", "en": "location of creation"},
    "P1142": {"fr": "idéologie politique", "en": "political ideology"},
    "P1319": {"fr": "date au plus tôt", "en": "earliest date"},
    "P1326": {"fr": "date au plus tard", "en": "latest date"},
    "P1344": {"fr": "participant à", "en": "participant in"},
    "P1433": {"fr": "publié dans", "en": "published in"},
    "P1476": {"fr": "titre", "en": "title"},
    "P1683": {"fr": "citation", "en": "quotation"},
    "P1817": {"fr": "destinataire", "en": "addressee"},
    "P2632": {"fr": "lieu de détention", "en": "place of detention"},
}


def property_of(rule: Rule, object_key: str | None) -> str:
    """The property of a rule for one object: parties have one of their own."""
    return PARTY if rule.pid == "P463" and object_key and _PARTY.fullmatch(object_key) else rule.pid


def to_qualifiers(date: str | None, timing: Timing) -> tuple[tuple[Snak, ...], tuple[Note, ...]]:
    """The qualifiers that a date makes, and what a person must add by hand because no qualifier says it.

    An interval is a state from its start to its end; of a beginning it only says when that may have been.
    """
    if date is None or timing in (Timing.NONE, Timing.VALUE):
        return (), ()
    start, slash, end = date.partition("/")
    if not slash:
        start, end = start, ""
    ends = [part for part in (start, end) if part not in ("", "..")]
    if not all(is_plain_date(part) for part in ends):
        return (), (Note(Caution.INEXACT, date),)
    notes = tuple(note for part in ends for note in calendar_notes(part))
    if timing is Timing.BEGINNING:
        if slash:
            return (), (*notes, Note(Caution.WITHIN, date))
        return (Snak(START, TimeValue(start)),), notes
    if not slash:
        return (Snak(MOMENT, TimeValue(start)),), notes
    found = [Snak(p, TimeValue(part)) for p, part in ((START, start), (END, end)) if part not in ("", "..")]
    return tuple(found), notes


def calendar_notes(date: str) -> Iterable[Note]:
    """A warning where a Russian source would have counted by the Julian calendar."""
    try:
        latest = parse_date(date).latest
    except DateError:
        return
    if latest is not None and latest.isoformat() < _RUSSIAN_REFORM and date.count("-") == 2:
        yield Note(Caution.CALENDAR, date)
