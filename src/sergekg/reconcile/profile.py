"""What is known of a thing, on either side of a comparison: an entity of ours, or an item elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from sergekg.reconcile.lifedates import LifeDate, parse_life_date
from sergekg.reconcile.names import PersonName, parse_inverted, parse_names
from sergekg.reconcile.skeleton import spelled_words, words

PERSON = "person"
_BRACKETS = r"\(([^()]*)\)"
_ARTICLE = re.compile(r"(?i:l['’]|(?:la|le|les|the)\s)\s*[A-ZÀ-Ý]")


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that a score may rest on; what is empty is not known and counts for nothing.

    Attributes:
        id: key of an entity, or QID of an item.
        label: how people call it.
        names: names as written, in any script; the label need not be among them.
        types: our types (`person`, `place`...) that it has or can have.
        births, deaths: dates as sources give them; where they contradict each other, all of them.
        roles: what it does, in words.
        places: names of places that it is tied to.
        gender: `m` or `f`.
        living_in: years in which the texts show the person alive.
        sitelinks: how many wikis have a page; None where that is not known.
    """

    id: str
    label: str
    names: tuple[str, ...]
    types: frozenset[str] = frozenset()
    births: tuple[str, ...] = ()
    deaths: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    gender: str | None = None
    living_in: tuple[int, ...] = ()
    sitelinks: int | None = None

    @property
    def lifetime(self) -> str:
        """The first dates of birth and death: `1906 – 1993`, `1882 –`; empty where neither is known."""
        born, died = (dates[0] if dates else "" for dates in (self.births, self.deaths))
        return f"{born} – {died}".strip() if born or died else ""

    @property
    def is_person(self) -> bool:
        """Whether its names may be taken apart; where no type is known they may."""
        return not self.types or PERSON in self.types

    @property
    def parsed_names(self) -> tuple[PersonName, ...]:
        """All its names, taken apart where it is a person, whole where it is not."""
        return _parse_all(self.names) if self.is_person else self.whole_names

    @property
    def inverted_names(self) -> tuple[PersonName, ...]:
        """Its names with the surname first, where they may have it there."""
        return tuple(inverted for name in self.names for inverted in parse_inverted(name))

    @property
    def whole_names(self) -> tuple[PersonName, ...]:
        """All its names as titles, and with them what names it in brackets: (S.D.N.), (l’Empire russe)."""
        return _whole(self.names)

    @property
    def birth_dates(self) -> tuple[LifeDate, ...]:
        return _dates(self.births)

    @property
    def death_dates(self) -> tuple[LifeDate, ...]:
        return _dates(self.deaths)


@lru_cache(maxsize=131072)
def _parse_all(names: tuple[str, ...]) -> tuple[PersonName, ...]:
    return tuple(dict.fromkeys(parsed for name in names for parsed in parse_names(name)))


@lru_cache(maxsize=131072)
def _whole(names: tuple[str, ...]) -> tuple[PersonName, ...]:
    found = (part for name in names for part in (*_beside(name), _outside(name), name))
    return tuple(dict.fromkeys(PersonName(part) for part in found if part))


def _beside(name: str) -> list[str]:
    """What stands in brackets and names the thing itself; (en U.R.S.S.) only tells which it is."""
    outside = _outside(name)
    parts = re.findall(_BRACKETS, name)
    return [part for part in parts if _ARTICLE.match(part) or _abbreviates(part, outside)]


def _abbreviates(part: str, name: str) -> bool:
    """Whether capitals stand for the words of a name, in their order."""
    initials = iter([word[0] for word in spelled_words(name)])
    return _is_abbreviation(part) and all(letter in initials for letter in spelled_words(part)[0])


def _is_abbreviation(part: str) -> bool:
    letters = [letter for letter in part if letter.isalpha()]
    return len(letters) > 1 and all(map(str.isupper, letters)) and len(spelled_words(part)) == 1


def abbreviations(name: str) -> tuple[str, ...]:
    """What stands in brackets of a name and may abbreviate a longer form of it: it has the initials of all
    its words, and not many more.

    >>> abbreviations("Union soviétique (U.R.S.S.)"), abbreviations("Kharkov (U.R.S.S.)")
    (('U.R.S.S.',), ())
    """
    initials = Counter(word[0] for word in words(_outside(name)))
    return tuple(
        part
        for part in re.findall(_BRACKETS, name)
        if _is_abbreviation(part)
        and not initials - Counter(spelled_words(part)[0])
        and 2 * initials.total() >= len(spelled_words(part)[0])
    )


def _outside(name: str) -> str:
    return " ".join(re.sub(_BRACKETS, " ", name).split()) or name


@lru_cache(maxsize=65536)
def _dates(texts: tuple[str, ...]) -> tuple[LifeDate, ...]:
    return tuple(date for text in texts if (date := parse_life_date(text)) is not None)
