"""Items of Wikidata, read from their JSON (Wikibase data model) into what a comparison needs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sergekg.reconcile.profile import Profile

HUMAN, ORGANISATION, PERIODICAL, WRITTEN_WORK = "Q5", "Q43229", "Q1002697", "Q47461344"
"""Classes that items of our types are of."""
_GENDERS = {"Q6581097": "m", "Q6581072": "f"}
_NAME_PROPERTIES = ("P1559", "P1477", "P742", "P1705", "P1448", "P1813")
"""Name in native language, birth name, pseudonym, native label, official name, short name."""
_PLACE_PROPERTIES = ("P19", "P20", "P551", "P937", "P131", "P17", "P291")
_CLASS, _BIRTH, _DEATH, _OCCUPATION, _POSITION, _GENDER = "P31", "P569", "P570", "P106", "P39", "P21"


@dataclass(frozen=True, slots=True)
class Item:
    """One item, as it was on a day.

    Attributes:
        id: the QID that it has now; `asked` the one that was asked, another where items were merged.
        revision: number of the last change of the page.
        labels, aliases, descriptions: by language, cleaned of markup and control characters.
        claims: property to values, best ranks only: a QID, a text, or a date in EDTF.
        fetched: the day (ISO 8601) on which it was read.
    """

    id: str
    asked: str
    revision: str
    labels: Mapping[str, str]
    aliases: Mapping[str, Sequence[str]]
    descriptions: Mapping[str, str]
    claims: Mapping[str, Sequence[str]]
    sitelinks: int
    fetched: str
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The French label, else English, Russian, or the id."""
        return next((self.labels[tag] for tag in ("fr", "mul", "en", "ru") if tag in self.labels), self.id)

    @property
    def description(self) -> str:
        return next((self.descriptions[tag] for tag in ("fr", "en", "ru") if tag in self.descriptions), "")

    @property
    def names(self) -> tuple[str, ...]:
        """Labels, aliases, native and birth names, pseudonyms: each once."""
        found = [*self.labels.values(), *(name for names in self.aliases.values() for name in names)]
        found += [name for p in _NAME_PROPERTIES for name in self.claims.get(p, ())]
        return tuple(dict.fromkeys(name for name in found if name))

    @property
    def classes(self) -> Sequence[str]:
        return self.claims.get(_CLASS, ())

    @property
    def occupations(self) -> Sequence[str]:
        """QIDs of occupations and positions."""
        return (*self.claims.get(_OCCUPATION, ()), *self.claims.get(_POSITION, ()))

    @property
    def places(self) -> Sequence[str]:
        """QIDs of places that it is tied to."""
        return tuple(dict.fromkeys(q for p in _PLACE_PROPERTIES for q in self.claims.get(p, ())))


def parse_item(raw: Mapping[str, Any], asked: str, fetched: str) -> Item:
    """Read one entity of `wbgetentities` or Special:EntityData, without what is deprecated or unreadable."""
    return Item(
        id=str(raw.get("id", asked)),
        asked=asked,
        revision=str(raw.get("lastrevid", "")),
        labels={tag: text for tag, entry in _entries(raw, "labels") if (text := clean(entry.get("value")))},
        aliases={
            tag: tuple(text for entry in entries if (text := clean(entry.get("value"))))
            for tag, entries in _entries(raw, "aliases")
        },
        descriptions={tag: clean(entry.get("value")) for tag, entry in _entries(raw, "descriptions")},
        claims={
            str(prop): values
            for prop, claims in _entries(raw, "claims")
            if (values := tuple(_values(claims)))
        },
        sitelinks=len(raw.get("sitelinks") or ()),
        fetched=fetched,
        titles={site: clean(entry.get("title")) for site, entry in _entries(raw, "sitelinks")},
    )


def to_profile(item: Item, types: frozenset[str], labels: Mapping[str, Sequence[str]]) -> Profile:
    """What is known of an item, to be compared.

    Args:
        types: those of ours that its classes can be; empty where that is not known.
        labels: QID to names, for its occupations and places.
    """
    gender = [_GENDERS[value] for value in item.claims.get(_GENDER, ()) if value in _GENDERS]
    return Profile(
        id=item.id,
        label=item.label,
        names=item.names,
        types=types,
        births=tuple(item.claims.get(_BIRTH, ())),
        deaths=tuple(item.claims.get(_DEATH, ())),
        roles=tuple(name for q in item.occupations for name in labels.get(q, ())[:2]) or _described(item),
        places=tuple(name for q in item.places for name in labels.get(q, ())),
        gender=gender[0] if gender else None,
        sitelinks=item.sitelinks,
    )


def clean(text: object) -> str:
    """One line of plain text: no control characters, no markup."""
    if not isinstance(text, str):
        return ""
    plain = re.sub(r"<[^<>]*>", " ", html.unescape(text))
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())


def to_edtf(value: Mapping[str, Any]) -> str | None:
    """The EDTF of a Wikibase time; None for a precision coarser than a century or a year out of range."""
    found = re.fullmatch(r"\+(\d{4})-(\d\d)-(\d\d)T.*", str(value.get("time", "")))
    precision = value.get("precision", 0)
    if not found or not isinstance(precision, int):
        return None
    year, month, day = found.groups()
    if precision >= 11 and month != "00" and day != "00":
        return f"{year}-{month}-{day}"
    if precision == 10 and month != "00":
        return f"{year}-{month}"
    return {9: year, 10: year, 11: year, 8: f"{year[:3]}X", 7: f"{int(year) - 1:04d}"[:2] + "XX"}.get(
        precision
    )


def _described(item: Item) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in item.descriptions.values() if text))


def _entries(raw: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    found = raw.get(key)
    if isinstance(found, dict):  # an empty PHP array is a list
        yield from found.items()


def _values(claims: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ranked = [claim for claim in claims if claim.get("rank") != "deprecated"]
    preferred = [claim for claim in ranked if claim.get("rank") == "preferred"]
    for claim in preferred or ranked:
        snak = claim.get("mainsnak", {})
        value = snak.get("datavalue", {}).get("value")
        if snak.get("snaktype") != "value" or value is None:
            continue
        if isinstance(value, str):
            yield clean(value)
        elif "id" in value:
            yield str(value["id"])
        elif "time" in value and (date := to_edtf(value)):
            yield date
        elif "text" in value:
            yield clean(value["text"])
