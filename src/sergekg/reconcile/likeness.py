"""How alike two names are, part by part."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from sergekg.reconcile.given_names import Agreement, compare_given, is_initial, known, without_yo
from sergekg.reconcile.names import PersonName
from sergekg.reconcile.romanisation import LEAST, fold_cyrillic, fold_latin, is_cyrillic, similarity
from sergekg.reconcile.skeleton import sounds, words

FEMININE_LOSS = 0.03
"""What it costs to take Balabanoff for Балабанова."""
PART_OF_COMPOUND = 0.9
"""At most, where Ivanov stands for Иванов-Разумник."""
PART_OF_TITLE = 0.78
"""Where a title is asked by some of its words."""
SAME_SCRIPT_MOST = 0.96
"""At most, for two Latin forms that differ and could write one Russian name."""
_ALIKE = {Agreement.SAME, Agreement.TRANSLATED, Agreement.INITIAL}


@dataclass(frozen=True, slots=True)
class NameLikeness:
    """Two names, and how their parts agree; `surname` is 0 to 1.

    `is_inverted` where the first was read with the surname first, though it does not tell so.
    """

    asked: PersonName
    found: PersonName
    surname: float
    given: Agreement
    patronymic: Agreement
    is_gender_opposed: bool
    is_inverted: bool = False


def compare_names(asked: PersonName, found: PersonName) -> NameLikeness | None:
    """Compare two names part by part; None where the surnames have nothing to do with each other."""
    if asked.is_description or found.is_description:  # whoever is named in it is somebody else
        return compare_titles(PersonName(str(asked)), PersonName(str(found)))
    surname = compare_surnames(asked.surname, found.surname)
    if surname < LEAST:
        return None
    given, patronymic = _compare_given_names(asked, found)
    return NameLikeness(
        asked,
        found,
        surname,
        given,
        patronymic,
        asked.gender is not None and found.gender is not None and asked.gender != found.gender,
    )


def compare_inverted(asked: PersonName, found: PersonName) -> NameLikeness | None:
    """Compare a name that may have its surname first; None unless the rest is, or may be, the given name."""
    likeness = compare_names(asked, found)
    if likeness is None:
        return None
    is_given = likeness.given in _ALIKE or (not found.given and known(asked.given[0]))
    return replace(likeness, is_inverted=True) if is_given else None


def compare_titles(asked: PersonName, found: PersonName) -> NameLikeness:
    """Compare the names of two things that are not persons: whole, and with their words in any order."""
    likeness = _compare_titles(asked.surname, found.surname)  # of a title nothing else is filled
    return NameLikeness(asked, found, likeness, Agreement.ABSENT, Agreement.ABSENT, False)


@lru_cache(maxsize=262144)
def _compare_titles(one: str, other: str) -> float:
    mine, theirs = _sorted_words(one), _sorted_words(other)
    if is_cyrillic(one) != is_cyrillic(other) or " " not in mine or " " not in theirs:
        likeness = compare_whole(one, other)
    else:
        likeness = 1.0 if fold_latin(one) == fold_latin(other) != "" else 0.0
    if is_cyrillic(one) == is_cyrillic(other):
        likeness = max(likeness, min(0.99, Levenshtein.normalized_similarity(mine, theirs)))
        if mine != theirs and mine and theirs and (set(mine.split()) <= set(theirs.split())):
            likeness = max(likeness, PART_OF_TITLE)
    return likeness


@lru_cache(maxsize=65536)
def _sorted_words(title: str) -> str:
    return " ".join(sorted(words(title)))


def _compare_given_names(asked: PersonName, found: PersonName) -> tuple[Agreement, Agreement]:
    mine = asked.given[0] if asked.given else ""
    theirs = found.given[0] if found.given else ""
    patronymic = Agreement.ABSENT
    if asked.patronymic and found.patronymic:
        patronymic = _compare_patronymics(asked.patronymic, found.patronymic)
    if not theirs and _is_full(asked) and not set(words(mine)) <= set(words(found.surname)):
        return Agreement.MISSING, patronymic
    return compare_given(mine, theirs), patronymic


def _is_full(name: PersonName) -> bool:
    """Whether it begins with a forename: a small letter tells that it does not, where others are capitals."""
    given = name.given[0] if name.given else ""
    is_cased = name.surname[:1].isupper() and not given[:1].isupper()
    return bool(given) and not (is_initial(given) or is_cased)


def _compare_patronymics(one: str, other: str) -> Agreement:
    if is_initial(one) or is_initial(other):
        return compare_given(
            one if is_initial(one) else f"{one[0]}.", other if is_initial(other) else f"{other[0]}."
        )
    if is_cyrillic(one) and not is_cyrillic(other):
        one, other = other, one
    return Agreement.SAME if compare_surnames(one, other) >= 0.85 else Agreement.DIFFERENT


@lru_cache(maxsize=524288)
def compare_surnames(asked: str, found: str) -> float:
    """Likeness of two surnames in either script, 0 to 1; a compound may stand for one of its parts."""
    whole = compare_whole(asked, found)
    if whole >= PART_OF_COMPOUND:
        return whole
    my_parts, their_parts = _parts(asked), _parts(found)
    if (len(my_parts) > 1) == (len(their_parts) > 1):
        return whole
    parts = max(compare_whole(mine, theirs) for mine in my_parts for theirs in their_parts)
    return max(whole, PART_OF_COMPOUND * parts)


def _parts(surname: str) -> list[str]:
    return [part for part in re.split(r"[-‐–\s]+", surname) if len(part) > 2] or [surname]


@lru_cache(maxsize=524288)
def compare_whole(asked: str, found: str) -> float:
    """Likeness of two names in either script, each taken as one word, 0 to 1."""
    if is_cyrillic(asked) and not is_cyrillic(found):
        asked, found = found, asked
    if is_cyrillic(asked):
        one, other = without_yo(fold_cyrillic(asked)), without_yo(fold_cyrillic(found))
        return Levenshtein.normalized_similarity(one, other)
    if is_cyrillic(found):
        return _latin_with_cyrillic(fold_latin(asked), fold_cyrillic(found))
    return _latin_with_latin(fold_latin(asked), fold_latin(found))


def _latin_with_cyrillic(latin: str, cyrillic: str) -> float:
    best = similarity(latin, cyrillic)
    if best < 1.0 and (masculine := _masculine(cyrillic)):
        best = max(best, similarity(latin, masculine) - FEMININE_LOSS)
    return best


def _masculine(cyrillic: str) -> str | None:
    for ending, base in (
        ("ская", "ский"),
        ("цкая", "цкий"),
        ("ова", "ов"),
        ("ева", "ев"),
        ("ёва", "ёв"),
        ("ина", "ин"),
    ):
        if cyrillic.endswith(ending) and len(cyrillic) > len(ending) + 2:
            return cyrillic.removesuffix(ending) + base
    return f"{cyrillic[:-2]}ый" if cyrillic.endswith("ая") and len(cyrillic) > 4 else None


def _latin_with_latin(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    plain = Levenshtein.normalized_similarity(one, other)
    if plain < 0.4:
        return plain
    heard = max(
        Levenshtein.normalized_similarity(mine, theirs) for mine in sounds(one) for theirs in sounds(other)
    )
    return max(plain, min(SAME_SCRIPT_MOST, heard))
