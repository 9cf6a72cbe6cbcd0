"""What kind of thing an outside term is (SSSOM `object_category`), and whether ours can be the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sergekg.corpus.authority import CLASS_OF_TYPE
from sergekg.errors import ReconciliationError
from sergekg.model.mapping import Mapping
from sergekg.model.signature import nearest

PREFIX = "skg"
_TYPE_OF_CLASS = {cls: kind for kind, cls in CLASS_OF_TYPE.items()}
_KIN = (
    {"organisation", "group", "tendency"},
    {"place", "site"},
    {"work", "expression", "item", "letter", "article", "periodical", "law"},
    {"concept", "tendency", "occupation", "genre", "penalty-kind", "penalty", "law"},
)
"""Types that one outside term may be, depending on who looks: a tendency is a movement and an idea."""


def to_category(kind: str) -> str:
    """The category of a term that is of one of our types: `skg:Person` for `person`."""
    return f"{PREFIX}:{CLASS_OF_TYPE[kind]}"


def can_be(kind: str, category: str) -> bool:
    """Whether something of a type can be what a term of that category is."""
    other = _TYPE_OF_CLASS.get(category.partition(":")[2])
    return kind == other or any(kind in kin and other in kin for kin in _KIN)


def category_of(kind: str, types: Iterable[str]) -> str | None:
    """The category of a candidate of some of our types, nearest to ours; None where none is known."""
    known = sorted(t for t in types if t in CLASS_OF_TYPE)
    if kind in known:
        return to_category(kind)
    akin = [t for t in known if can_be(kind, to_category(t))]
    return to_category((akin or known)[0]) if known else None


def misfits(mappings: Iterable[Mapping]) -> Iterator[ReconciliationError]:
    """One error for each category that is none, each that changes, and each match across categories.

    A row that gives no category has that of the other rows on the same term, refusals too.
    """
    known = list(mappings)
    first: dict[str, Mapping] = {}
    disputed: set[str] = set()
    for mapping in known:
        category = mapping.category
        if category is None:
            continue
        if category.partition(":")[::2] not in {(PREFIX, cls) for cls in _TYPE_OF_CLASS}:
            guess = nearest(category, [f"{PREFIX}:{cls}" for cls in _TYPE_OF_CLASS])
            remedy = f"perhaps {guess}" if guess else f"write {PREFIX}: and one of our classes"
            yield ReconciliationError(
                f"unknown object_category {category!r}", where=mapping.origin, remedy=remedy
            )
            continue
        earlier = first.setdefault(mapping.object, mapping)
        if earlier.category != category:
            disputed.add(mapping.object)
            for here, there in ((mapping, earlier), (earlier, mapping)):  # nobody can tell which is wrong
                what = f"{_local(here.object)} is {here.category} here and {there.category} in {there.origin}"
                yield ReconciliationError(what, where=here.origin, remedy="one term is one kind of thing")
    for mapping in known:
        source = first.get(mapping.object)
        if source is None or source.category is None or mapping.object in disputed or mapping.is_refused:
            continue
        kind = mapping.subject.partition("/")[0]
        if kind in CLASS_OF_TYPE and not can_be(kind, source.category):
            said = "" if source is mapping else f" (by {source.origin})"
            label = f" ({mapping.label})" if mapping.label else ""
            what = (
                f"{mapping.subject} is a {kind}, {_local(mapping.object)}{label} is {source.category}{said}"
            )
            yield ReconciliationError(
                what, where=mapping.origin, remedy="take an item of the same kind, or refuse it with Not"
            )


def _local(term: str) -> str:
    return term.rpartition("/")[2]
