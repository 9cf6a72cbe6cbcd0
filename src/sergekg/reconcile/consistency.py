"""Decisions that cannot all be right: one entity that is two items, two entities that are one, yes and no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from sergekg.errors import ReconciliationError
from sergekg.model.mapping import Mapping

_EXACT = "skos:exactMatch"


def contradictions(mappings: Iterable[Mapping]) -> Iterator[ReconciliationError]:
    """One error for each decision that an earlier one, named by its line, rules out."""
    known = list(mappings)
    yield from _doubles(known)
    yield from _rivals(known)
    yield from _denials(known)


def authority(term: str) -> str:
    """The host of an outside term: two exact matches are rivals only inside one authority."""
    return urlsplit(term).netloc


def _doubles(mappings: list[Mapping]) -> Iterator[ReconciliationError]:
    first: dict[tuple[str, str, bool], Mapping] = {}
    for mapping in mappings:
        pair = (mapping.subject, mapping.object, mapping.is_refused)
        earlier = first.setdefault(pair, mapping)
        if earlier is not mapping:
            yield _error(mapping, f"{_say(mapping)} is decided twice", earlier, "keep one row")


def _rivals(mappings: list[Mapping]) -> Iterator[ReconciliationError]:
    by_subject: dict[tuple[str, str], Mapping] = {}
    by_object: dict[str, Mapping] = {}
    for mapping in mappings:
        if mapping.predicate != _EXACT or not mapping.is_match:
            continue
        earlier = by_subject.setdefault((mapping.subject, authority(mapping.object)), mapping)
        if earlier.object != mapping.object:
            pair = f"{_local(earlier.object)} and {_local(mapping.object)}"
            remedy = "keep one; the other is a closeMatch or wrong"
            yield _error(mapping, f"{mapping.subject} has two exact matches, {pair}", earlier, remedy)
        twin = by_object.setdefault(mapping.object, mapping)
        if twin.subject != mapping.subject:
            what = f"{_local(mapping.object)} is the exact match of {twin.subject} and of {mapping.subject}"
            yield _error(mapping, what, twin, "merge the entities, or make one a closeMatch")


def _denials(mappings: list[Mapping]) -> Iterator[ReconciliationError]:
    accepted: defaultdict[str, list[Mapping]] = defaultdict(list)
    for mapping in mappings:
        if mapping.is_match:
            accepted[mapping.subject].append(mapping)
    for mapping in mappings:
        for match in accepted[mapping.subject]:
            if mapping.is_refused and mapping.object == match.object:
                yield _error(
                    mapping, f"{_say(mapping)} is accepted and refused", match, "keep the one that is right"
                )
            if mapping.is_nil and "wikidata" in authority(match.object) and match.predicate == _EXACT:
                what = f"{mapping.subject} has no term, and the exact match {_local(match.object)}"
                yield _error(mapping, what, match, "drop the row that is out of date")


def _say(mapping: Mapping) -> str:
    return f"{mapping.subject} = {_local(mapping.object)}"


def _local(term: str) -> str:
    return term.rpartition("/")[2]


def _error(mapping: Mapping, what: str, earlier: Mapping, remedy: str) -> ReconciliationError:
    return ReconciliationError(f"{what}; see also {earlier.origin}", where=mapping.origin, remedy=remedy)
