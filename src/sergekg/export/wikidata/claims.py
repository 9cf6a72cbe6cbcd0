"""Statements of the Wikibase data model: a subject, a property, a value, qualifiers, references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sergekg.iris import content_hash
from sergekg.model.dates import is_calendar_date

ITEM = re.compile(r"Q[1-9]\d*")
_DECADE = re.compile(r"([0-9]{3})X")
GREGORIAN, JULIAN = "Q1985727", "Q1985786"
_FIRST_GREGORIAN = "1582-10-15"


@dataclass(frozen=True, slots=True)
class ItemValue:
    """An item: a QID, or the key of an entity of ours whose item has yet to be made."""

    id: str

    @property
    def exists(self) -> bool:
        return ITEM.fullmatch(self.id) is not None


@dataclass(frozen=True, slots=True)
class TimeValue:
    """A day, month, year or decade as EDTF writes it without doubts: `1936-05`.

    Precision follows Wikibase: 11 day, 10 month, 9 year, 8 decade.
    """

    date: str

    def __post_init__(self) -> None:
        if not is_plain_date(self.date):
            raise ValueError(f"{self.date!r} is no day, month, year or decade")

    @property
    def precision(self) -> int:
        return 8 if _DECADE.fullmatch(self.date) else 9 + self.date.count("-")

    @property
    def calendar(self) -> str:
        """Gregorian from its first day on (Wikibase data model, Time); the texts date by it."""
        return JULIAN if self.date < _FIRST_GREGORIAN[: len(self.date)] else GREGORIAN

    @property
    def time(self) -> str:
        """`+1936-05-00T00:00:00Z`: what is not known is 00."""
        if decade := _DECADE.fullmatch(self.date):
            return f"+{decade[1]}0-00-00T00:00:00Z"
        year, month, day = [*self.date.split("-"), "00", "00"][:3]
        return f"+{year}-{month}-{day}T00:00:00Z"


@dataclass(frozen=True, slots=True)
class TextValue:
    """A string, a URL, or with a language a monolingual text; one line."""

    text: str
    language: str | None = None


Value = ItemValue | TimeValue | TextValue


@dataclass(frozen=True, slots=True)
class Snak:
    """A property with a value: a qualifier, or part of a reference."""

    pid: str
    value: Value


Reference = tuple[Snak, ...]


class Caution(StrEnum):
    """What a person has to look at, in words; `%(detail)s` stands for the matter."""

    INEXACT = "the text dates it %(detail)s, which is not exact: add the date by hand, with P1480"
    WITHIN = "it began within %(detail)s: add the date by hand"
    CALENDAR = "%(detail)s: does the source count by the Gregorian calendar?"
    EXILE = "P551 says residence, and %(detail)s is a place of deportation: decide whether to add it"
    PERIOD = "the text dates it %(detail)s: does that end the occupation, or only what the text speaks of?"
    CONTRADICTED = (
        "%(detail)s: another passage contradicts this, surely or perhaps: read both before you add it"
    )
    NO_DATE = "%(detail)s: the text gives no date"
    UNNAMED = "%(detail)s has no name in the texts, and gets no item"
    SEARCH = "search Wikidata once more for %(detail)s: two items for one thing have to be merged by hand"
    PERSON = "%(detail)s needs a second source (Wikidata:Notability): a dictionary, an archive, a library"
    WORK = "%(detail)s is known here by one mention: find an edition, a catalogue or a study first"


@dataclass(frozen=True, slots=True)
class Note:
    """A caution, and the matter that it is about."""

    caution: Caution
    detail: str

    def __str__(self) -> str:
        return self.caution % {"detail": self.detail}


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that a contributor can add.

    Attributes:
        subject: key of our entity; `item` its QID, None where the item has yet to be made.
        statements: IRIs of the statements of ours that it rests on.
        notes: what a person has to look at before it is added.
    """

    subject: str
    item: str | None
    pid: str
    value: Value
    qualifiers: tuple[Snak, ...] = ()
    references: tuple[Reference, ...] = ()
    statements: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def id(self) -> str:
        """A short name that stays as long as the claim says the same."""
        parts = (self.subject, self.pid, repr(self.value), repr(self.qualifiers))
        return content_hash(parts)[:12]

    @property
    def is_ready(self) -> bool:
        """Whether every item that it names exists."""
        values = (self.value, *(snak.value for snak in self.qualifiers))
        return all(value.exists for value in values if isinstance(value, ItemValue))


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item that a contributor can make: labels, aliases and descriptions by language."""

    subject: str
    labels: tuple[tuple[str, str], ...]
    descriptions: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What is exported together: items to make first, then claims, by subject."""

    new: tuple[NewItem, ...]
    claims: tuple[Claim, ...]


def is_plain_date(text: str) -> bool:
    """Whether EDTF is one day, month, year or decade that its source does not doubt."""
    return is_calendar_date(text) or _DECADE.fullmatch(text) is not None


def one_line(text: str) -> str:
    """A text without line breaks, tabs and control characters: what Wikibase stores."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
