"""What the ontology allows: its classes, and for each property what may stand on either side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

_NEAR = 75
"""Of 100: two letters that changed places in a word of four."""
_PART = 3
"""Letters of a part that may stand for a whole name: `paz`, not `on`."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property that statements use.

    Attributes:
        domain, range: local names of classes of ours; `range` is the IRI of a datatype where `is_literal`.
        is_verbatim: whether a literal object has to be words of the quote.
        event: local name of the class of event that it is the shortcut of.
        subject_role, object_role: local names of the event's properties that subject and object fill.
    """

    name: str
    domain: str
    range: str
    is_literal: bool
    is_verbatim: bool = False
    event: str | None = None
    subject_role: str | None = None
    object_role: str | None = None


@dataclass(frozen=True)
class Signature:
    """All classes with all their superclasses (local names, themselves included), and all properties."""

    classes: Mapping[str, frozenset[str]]
    properties: Mapping[str, Property]
    digest: str = field(default="", repr=False)

    def is_a(self, cls: str, wanted: str) -> bool:
        return wanted in self.classes.get(cls, frozenset())

    def nearest_property(self, name: str) -> str | None:
        return nearest(name, self.properties)

    def nearest_class(self, name: str) -> str | None:
        return nearest(name, self.classes)


def nearest(name: str, known: Mapping[str, object] | list[str]) -> str | None:
    """What was probably meant: the known name that looks most like this one, if one is really near.

    Of keys the slugs are compared, for all of one type begin alike: first those of the same type, then all.

    >>> nearest("place/lion", ["group/on", "place/lyon", "person/paul"])
    'place/lyon'
    >>> nearest("nobody", ["group/on", "person/paul"])
    """
    kind, _, slug = name.rpartition("/")
    slugs = {one: one.rpartition("/")[2] for one in known}
    alike = {one: last for one, last in slugs.items() if one.rpartition("/")[0] == kind}
    for choices in (alike, slugs):
        found = process.extract(slug, choices, scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=None)
        for other, _, one in found:  # the best may be but a part
            if _is_telling(slug, other):
                return str(one)
    return None


def _is_telling(one: str, other: str) -> bool:
    """Whether they are alike as wholes, or long enough for the part that one is of the other to tell."""
    return min(len(one), len(other)) >= _PART or fuzz.ratio(one, other) >= _NEAR
