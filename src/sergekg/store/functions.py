"""Functions and a magic property of ours that a query may use, as the service description tells them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from sergekg.vocab import PREFIXES

if TYPE_CHECKING:
    from sergekg.store.analysis import Query

SKG = PREFIXES["skg"]
_XSD = "http://www.w3.org/2001/XMLSchema#"
_DATE, _BOOLEAN = ox.NamedNode(f"{_XSD}date"), ox.NamedNode(f"{_XSD}boolean")
WORD = re.compile(r"[^\W_]+")
"""A word of a text: letters and digits."""
TEXT_MATCH = f"{SKG}textMatch"
"""The magic property; `textsearch` puts patterns in its place."""
MATCHES = f"{SKG}matches"


@dataclass(frozen=True, slots=True)
class Documented:
    """A function or a property that only this service knows, as the service description tells it."""

    iri: str
    signature: str
    about: Mapping[str, str]
    is_property: bool = False


DOCUMENTED: tuple[Documented, ...] = (
    Documented(
        f"{SKG}edtfEarliest",
        "xsd:date skg:edtfEarliest(EDTF)",
        {
            "en": "The first day of an EDTF date as stated; ~, ? and % do not widen it.",
            "fr": "Le premier jour d’une date EDTF telle qu’écrite ; ~, ? et % ne l’élargissent pas.",
        },
    ),
    Documented(
        f"{SKG}edtfLatest",
        "xsd:date skg:edtfLatest(EDTF)",
        {
            "en": "The last day of an EDTF date as stated; ~, ? and % do not widen it.",
            "fr": "Le dernier jour d’une date EDTF telle qu’écrite ; ~, ? et % ne l’élargissent pas.",
        },
    ),
    Documented(
        f"{SKG}edtfOverlaps",
        "xsd:boolean skg:edtfOverlaps(EDTF, EDTF)",
        {
            "en": "Whether two EDTF dates, as stated, have a day in common; an open end reaches on for ever, "
            "and ~, ? and % widen nothing.",
            "fr": "Si deux dates EDTF, telles qu’écrites, ont un jour en commun ; une borne ouverte "
            "n’a pas de fin, et ~, ? et % n’élargissent rien.",
        },
    ),
    Documented(
        f"{SKG}edtfWithin",
        "xsd:boolean skg:edtfWithin(EDTF, EDTF)",
        {
            "en": "Whether every day of the first date, as stated, is one of the second; ~, ? and % widen "
            "nothing, so that of 1928~ true is not certain.",
            "fr": "Si tous les jours de la première date, telle qu’écrite, sont de la seconde ; ~, ? et % "
            "n’élargissent rien, si bien que de 1928~ vrai n’est pas certain.",
        },
    ),
    Documented(
        f"{SKG}fold",
        "xsd:string skg:fold(text)",
        {
            "en": "A text in lower case, without accents and ligatures, Cyrillic in Latin letters.",
            "fr": "Un texte en minuscules, sans accents ni ligatures, le cyrillique en lettres latines.",
        },
    ),
    Documented(
        MATCHES,
        "xsd:boolean skg:matches(text, words)",
        {
            "en": "Whether every one of the words begins a word of the text, whatever its accents, or is a"
            " whole word of it in another transliteration of Russian; URSS and U.R.S.S. are one word.",
            "fr": "Si chacun des mots commence un mot du texte, quels que soient ses accents, ou en est un"
            " mot entier dans une autre translittération du russe ; URSS et U.R.S.S. sont un même mot.",
        },
    ),
    Documented(
        TEXT_MATCH,
        '?thing skg:textMatch "words"',
        {
            "en": "Things with a name or a quote that skg:matches the words; found in an index of the text.",
            "fr": "Les choses dont un nom ou une citation répond aux mots (skg:matches), par un index.",
        },
        is_property=True,
    ),
)


def find_names(query: Query, iris: frozenset[str]) -> list[int]:
    """Where a query, after its declarations, may name IRIs of ours, as far as single tokens tell."""
    endings = query.endings.keys() & _endings(iris)
    return sorted(index for ending in endings for index in query.endings[ending])


@lru_cache
def _endings(iris: frozenset[str]) -> frozenset[str]:
    return frozenset(iri[begin:] for iri in iris for begin in range(len(iri) + 1))


def are_called(query: Query) -> bool:
    """Whether a query could call one of them, or searches the text; one that only names them counts."""
    return bool(find_names(query, _OURS))


@lru_cache(65_536)
def _days(text: str) -> tuple[str, str] | None:
    """The first and last day of an EDTF date as ISO 8601; an open end is a day before or after all others."""
    from sergekg.errors import DateError
    from sergekg.model.dates import parse_date

    try:
        date = parse_date(text)
    except DateError:
        return None
    return (
        date.earliest.isoformat() if date.earliest else "0000",
        date.latest.isoformat() if date.latest else "9999-99",
    )


def _edtf(end: int) -> Callable[[Any], Any]:
    def bound(date: Any) -> Any:
        days = _days(date.value) if isinstance(date, ox.Literal) else None
        if days is None or len(days[end]) != 10:
            return None
        return ox.Literal(days[end], datatype=_DATE)

    return bound


def _compare(holds: Callable[[tuple[str, str], tuple[str, str]], bool]) -> Callable[[Any, Any], Any]:
    def compared(one: Any, other: Any) -> Any:
        if not (isinstance(one, ox.Literal) and isinstance(other, ox.Literal)):
            return None
        first, second = _days(one.value), _days(other.value)
        return None if first is None or second is None else _truth(holds(first, second))

    return compared


def _truth(value: bool) -> ox.Literal:
    return ox.Literal("true" if value else "false", datatype=_BOOLEAN)


def _fold(text: Any) -> Any:
    from sergekg.model.folding import fold

    return ox.Literal(fold(text.value)) if isinstance(text, ox.Literal) else None


def _matches(text: Any, words: Any) -> Any:
    if not (isinstance(text, ox.Literal) and isinstance(words, ox.Literal)):
        return None
    return _truth(is_match(text.value, words.value))


def is_match(text: str, words: str) -> bool:
    """Whether every word begins a word of the text, folded, or is one less what transliterations differ in.

    >>> is_match("Anita Roussakova", "rusakova")
    True
    """
    folded, bones = _written(text)
    return any(
        all(f" {word}" in folded or (bone and f" {bone} " in bones) for word, bone in wanted)
        for wanted in _wanted(words)
    )


@lru_cache(1024)
def _wanted(words: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    from sergekg.model.folding import skeleton

    return tuple(tuple((word, skeleton(word)) for word in wanted) for wanted in words_asked(words))


@lru_cache(65_536)
def _written(text: str) -> tuple[str, str]:
    folded, bones = columns(text)
    return f" {folded} ", f" {bones} "


def columns(text: str) -> tuple[str, str]:
    """The words of a text, folded, and what transliterations leave of each, with a space between two.

    An abbreviation with full stops is there by its letters and, behind all others, as one word.
    """
    from sergekg.model.folding import abbreviations, fold, skeleton, write_together

    folded = fold(text)
    found = WORD.findall(folded)
    found += [write_together(folded[start:end]) for start, end in abbreviations(folded)]
    return " ".join(found), " ".join(skeleton(word) for word in found)


def words_asked(words: str) -> list[list[str]]:
    """The words that are looked for, folded, in each way to read them; none where there is no word.

    Letters with full stops are an abbreviation, which is one word, or initials, each the beginning of a word.
    """
    from sergekg.model.folding import fold, write_together

    folded = fold(words)
    together, apart = WORD.findall(write_together(folded)), WORD.findall(folded)
    return [one for one in (together, apart if apart != together else []) if one]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f"{SKG}edtfEarliest": _edtf(0),
    f"{SKG}edtfLatest": _edtf(1),
    f"{SKG}edtfOverlaps": _compare(lambda a, b: a[0] <= b[1] and b[0] <= a[1]),
    f"{SKG}edtfWithin": _compare(lambda a, b: b[0] <= a[0] and a[1] <= b[1]),
    f"{SKG}fold": _fold,
    MATCHES: _matches,
}
_OURS = frozenset([*FUNCTIONS, TEXT_MATCH])
