"""A thing that texts speak of, in the authority list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sergekg.errors import Location
from sergekg.model.dates import EdtfDate
from sergekg.model.statement import Certainty


@dataclass(frozen=True, slots=True)
class OutsideDate:
    """A birth or a death as a reference work gives it; `property` is a local name of ours."""

    property: str
    date: EdtfDate
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One row of the authority list.

    Attributes:
        key: `<type>/<slug>`; never renamed.
        cls: local name of its class in the ontology; empty where a mistake in the list leaves it unknown.
        names: language tag to preferred name; French is always there.
        printed: forms that the texts print, misprints too.
        also: language tag to other names.
        plural_in: tags of the languages in which its name is a plural.
        locatives: language tag to what says being there, where no rule makes it of the name: « en Russie ».
        notes: language tag to a scope note.
        kind: key of the kind of a penalty.
        is_lengthless: whether a penalty has no length, or the text gives none.
        known: what is known of it from outside the texts; published as interpretations.
    """

    key: str
    cls: str
    names: Mapping[str, str]
    origin: Location
    printed: Sequence[str] = ()
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)
    plural_in: Sequence[str] = ()
    locatives: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    is_lengthless: bool = False
    known: Sequence[OutsideDate] = ()

    @property
    def type(self) -> str:
        """The first part of the key."""
        return self.key.partition("/")[0]

    def forms(self) -> Iterator[str]:
        """Every name and printed form."""
        yield from self.names.values()
        yield from self.printed
        for names in self.also.values():
            yield from names
