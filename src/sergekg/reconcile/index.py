"""An index of our entities: finds those whose names are like a query's, among hundreds or many thousands."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from math import log

from rapidfuzz.distance import Levenshtein

from sergekg.reconcile.names import parse_names
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.ranking import Ranking, rank
from sergekg.reconcile.skeleton import keys, skeletons, sounds, spelled_words, words

MOST = 40
"""Entities that are scored for one query."""
MANY = 1000
"""Entities that one misprint may bring in; where it would be more, the word says too little."""


class EntityIndex:
    """Looks entities up by the skeletons of their names; immutable once made.

    Args:
        entities: those that are found.
        superclasses: local name of a class to those of all classes above it, itself included.
    """

    def __init__(
        self, entities: Iterable[OurEntity], superclasses: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self.entities: Sequence[OurEntity] = tuple(entities)
        self.by_key: Mapping[str, OurEntity] = {entity.key: entity for entity in self.entities}
        self._numbers = {entity.key: number for number, entity in enumerate(self.entities)}
        above = superclasses or {}
        self._classes = [
            frozenset(up for cls in entity.classes for up in above.get(cls, frozenset({cls})))
            for entity in self.entities
        ]
        exact: dict[str, set[int]] = defaultdict(set)
        near: dict[str, set[int]] = defaultdict(set)
        starts: list[tuple[str, int]] = []
        self._sounds: list[tuple[str, ...]] = []
        self._initials: list[frozenset[str]] = []
        self._lengths: list[int] = []
        for number, entity in enumerate(self.entities):
            indexed = _indexed_words(entity.profile)
            self._sounds.append(tuple(sorted({sound for word in indexed for sound in sounds(word)})))
            self._initials.append(
                frozenset(n.given[0][:1].lower() for n in entity.profile.parsed_names if n.given)
            )
            self._lengths.append(1 + min((len(words(name)) for name in entity.profile.names), default=0))
            for word in indexed:
                for skeleton in skeletons(word):
                    exact[skeleton].add(number)
                for key in keys(word):
                    near[key].add(number)
            for name in entity.profile.names:
                folded = spelled_words(name)
                starts += ((" ".join(folded[i:]), number) for i in range(len(folded)))
        self._exact = {key: tuple(sorted(found)) for key, found in exact.items()}
        self._near = {key: tuple(sorted(found)) for key, found in near.items()}
        self._starts = sorted(starts)

    def classes(self, entity: OurEntity) -> frozenset[str]:
        """Local names of the classes of an entity and of all above them."""
        return self._classes[self._numbers[entity.key]]

    def search(self, asked: Profile, *, classes: frozenset[str] = frozenset(), most: int = 10) -> Ranking:
        """The entities that a profile is likely to be of, best first.

        Args:
            classes: only entities that are of one of these; none asks all.
        """
        votes: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(word for name in asked.names for word in words(name)):
            hits = {number for skeleton in skeletons(word) for number in self._exact.get(skeleton, ())}
            close = {number for key in keys(word) for number in self._near.get(key, ())} - hits
            for number in hits:
                votes[number] += 1.0 / log(2 + len(hits))
            for number in close if len(close) < MANY else ():
                votes[number] += 0.3 / log(2 + len(close))
        if classes:
            votes = {number: vote for number, vote in votes.items() if self._classes[number] & classes}
        chosen = list(votes) if len(votes) <= MOST else self._closest(asked, votes)
        return rank(asked, (self.entities[number].profile for number in chosen), most=most)

    def suggest(self, prefix: str, *, classes: frozenset[str] = frozenset()) -> list[OurEntity]:
        """Entities one of whose names, or of the words in them, begins with a prefix, or whose key it is."""
        if prefix in self.by_key:
            return [self.by_key[prefix]]
        wanted = " ".join(spelled_words(prefix))
        found: dict[int, None] = {}
        for place in range(bisect_left(self._starts, (wanted, -1)), len(self._starts)):
            start, number = self._starts[place]
            if not wanted or not start.startswith(wanted) or len(found) >= MOST:
                break
            if not classes or self._classes[number] & classes:
                found.setdefault(number)
        entities = (self.entities[number] for number in found)
        return sorted(entities, key=lambda entity: (len(entity.profile.label), entity.key))

    def _closest(self, asked: Profile, votes: Mapping[int, float]) -> list[int]:
        """Of very many the `MOST` whose words sound most like those asked, and whose given names agree."""
        heard = {sound for name in asked.names for word in words(name) for sound in sounds(word)}
        initials = {name.given[0][:1].lower() for name in asked.parsed_names if name.given}

        known: dict[str, int] = dict.fromkeys(heard, 0)  # many entities share their words

        def far_from(sound: str) -> int:
            if sound not in known:
                known[sound] = min((Levenshtein.distance(one, sound) for one in heard), default=99)
            return known[sound]

        def distance(number: int) -> tuple[float, float, int]:
            spelled = self._sounds[number]
            far = 0 if not heard.isdisjoint(spelled) else min(map(far_from, spelled), default=99)
            return (
                far - (0.5 if initials & self._initials[number] else 0.0),
                -votes[number] / self._lengths[number],
                number,
            )

        return nsmallest(MOST, votes, key=distance)


def _indexed_words(profile: Profile) -> set[str]:
    """For a person the words of surnames, whole and parted; for another thing every word."""
    if not profile.is_person:
        return {word for name in profile.names for word in words(name)}
    found = set()
    for name in profile.names:
        for parsed in parse_names(name):
            parts = words(parsed.surname)
            found |= {*parts, "".join(parts)} - {""}
    return found
