"""Given names across languages: Pierre is Пётр, and N. may be Nicolas."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sergekg.reconcile.romanisation import fold_cyrillic, fold_latin, is_cyrillic, similarity
from sergekg.reconcile.tables import read_table
from sergekg.reconcile.variants import press_forms

SAME = 0.86
"""Similarity from which two writings are taken for one given name."""
_UNCLEAR = 0.7


class Agreement(StrEnum):
    """How two given names, patronymics or dates stand to each other."""

    SAME = "same"
    TRANSLATED = "translated"
    INITIAL = "initial"
    ABSENT = "absent"
    MISSING = "missing"
    UNCLEAR = "unclear"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class GivenName:
    """A Russian given name, folded; its gender, `m` or `f`; and the folded forms of other languages."""

    russian: str
    gender: str
    forms: frozenset[str]


@lru_cache(maxsize=1)
def given_names() -> dict[str, GivenName]:
    """The table, by the folded Russian name; ё reads as е."""
    found = {}
    for row in read_table("given_names"):
        name = without_yo(fold_cyrillic(row["russian"]))
        found[name] = GivenName(name, row["gender"], frozenset(row["forms"].split()))
    return found


@lru_cache(maxsize=1)
def _by_form() -> dict[str, tuple[GivenName, ...]]:
    table: dict[str, list[GivenName]] = {}
    for name in given_names().values():
        for form in name.forms | set(press_forms(name.russian, 12)):
            table.setdefault(form, []).append(name)
    return {form: tuple(found) for form, found in table.items()}


@lru_cache(maxsize=16384)
def known(token: str) -> tuple[GivenName, ...]:
    """The given names that a token can be, in either script; none where it is no known given name."""
    if is_cyrillic(token):
        name = given_names().get(without_yo(fold_cyrillic(token)))
        return (name,) if name else ()
    return _by_form().get(fold_latin(token), ())


def gender_of(token: str) -> str | None:
    """`m`, `f`, or None where the name is unknown or is borne by both."""
    genders = {name.gender for name in known(token.split("-")[0])}
    return genders.pop() if len(genders) == 1 else None


@lru_cache(maxsize=65536)
def compare_given(one: str, other: str) -> Agreement:
    """How two single given names or initials agree; either may be empty, in either script."""
    if not one or not other:
        return Agreement.ABSENT
    if is_initial(one) or is_initial(other):
        return Agreement.INITIAL if _starts(one) & _starts(other) else Agreement.DIFFERENT
    if is_cyrillic(one) and not is_cyrillic(other):
        one, other = other, one
    one, other = one.split("-")[0], other.split("-")[0]  # Jean-Jacques is a Jean
    likeness = _likeness(one, other)
    if likeness >= SAME:
        return Agreement.SAME
    if {name.russian for name in known(one)} & {name.russian for name in known(other)}:
        return Agreement.TRANSLATED
    return Agreement.UNCLEAR if likeness >= _UNCLEAR else Agreement.DIFFERENT


def is_initial(token: str) -> bool:
    """`N.`, `Ch.`, `Iou.`, or one letter alone."""
    bare = token.rstrip(".")
    return len(bare) == 1 or (token.endswith(".") and len(bare) <= 3)


def without_yo(name: str) -> str:
    """ё as the press prints it."""
    return name.replace("ё", "е")


def _likeness(one: str, other: str) -> float:
    if is_cyrillic(one):
        return 1.0 if without_yo(fold_cyrillic(one)) == without_yo(fold_cyrillic(other)) else 0.0
    if is_cyrillic(other):
        return similarity(fold_latin(one), fold_cyrillic(other))
    return 1.0 if fold_latin(one) == fold_latin(other) else _through_russian(one, other)


def _through_russian(one: str, other: str) -> float:
    russian = (name.russian for name in known(other))
    return max((similarity(fold_latin(one), name) for name in russian), default=0.0)


@lru_cache(maxsize=16384)
def _starts(token: str) -> frozenset[str]:
    """The Latin letters that a given name or an initial may begin with."""
    if is_cyrillic(token):
        folded = fold_cyrillic(token)
        forms = {form for name in known(token) for form in name.forms}
        first = {form[:1] for form in (*press_forms(folded[:1], 8), *forms)}
        return frozenset(first - {""})
    folded = fold_latin(token)
    if is_initial(token):
        return frozenset({folded[:1]} if folded else ())
    return frozenset({folded[:1], *(start for name in known(token) for start in _starts(name.russian))})
