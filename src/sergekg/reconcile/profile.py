"""What is known of a thing, on either side of a comparison: an entity of ours, or an item elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sergekg.reconcile.lifedates import LifeDate, parse_life_date
from sergekg.reconcile.names import PersonName, parse_names

PERSON = "person"


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
    def is_person(self) -> bool:
        """Whether its names may be taken apart; where no type is known they may."""
        return not self.types or PERSON in self.types

    @property
    def parsed_names(self) -> tuple[PersonName, ...]:
        """All its names, taken apart where it is a person, whole where it is not."""
        return _parse_all(self.names) if self.is_person else tuple(PersonName(name) for name in self.names)

    @property
    def birth_dates(self) -> tuple[LifeDate, ...]:
        return _dates(self.births)

    @property
    def death_dates(self) -> tuple[LifeDate, ...]:
        return _dates(self.deaths)


@lru_cache(maxsize=131072)
def _parse_all(names: tuple[str, ...]) -> tuple[PersonName, ...]:
    return tuple(dict.fromkeys(parsed for name in names for parsed in parse_names(name)))


@lru_cache(maxsize=65536)
def _dates(texts: tuple[str, ...]) -> tuple[LifeDate, ...]:
    return tuple(date for text in texts if (date := parse_life_date(text)) is not None)
