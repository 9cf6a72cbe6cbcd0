"""Whether two descriptions of what somebody does can be of one person, in French, English or Russian."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from sergekg.reconcile.tables import read_table

_SILENT = "none"
"""The field of words that tell nobody from anybody."""


class RoleAgreement(StrEnum):
    """How two roles stand to each other."""

    SAME = "same"
    RELATED = "related"
    ABSENT = "absent"
    UNCLEAR = "unclear"
    DIFFERENT = "different"


@lru_cache(maxsize=1)
def _fields() -> dict[str, str]:
    """Field by stem."""
    return {_fold(stem): row["field"] for row in read_table("occupations") for stem in row["stems"].split()}


def _fold(text: str) -> str:
    lowered = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    return "".join(c for c in lowered if not unicodedata.combining(c))


@lru_cache(maxsize=16384)
def words(role: str) -> frozenset[str]:
    """The words of a role that say something, folded and cut to the length at which endings begin."""
    return frozenset(
        word[:7] for word in re.findall(r"\w+", _fold(role)) if word not in _SILENT and len(word) > 1
    )


@lru_cache(maxsize=16384)
def fields(role: str) -> frozenset[str]:
    """The fields that a role belongs to; a poet and critic is in one, a general and historian in two."""
    found: set[str] = set()
    for word in re.findall(r"\w+", _fold(role)):
        for length in range(len(word), 2, -1):
            if field := _fields().get(word[:length]):
                found.add(field)
                break
    found.discard(_SILENT)
    return frozenset(found)


def compare_roles(one: str, other: str) -> RoleAgreement:
    """How two roles agree; either may be empty.

    >>> compare_roles("économiste menchevik", "экономист")
    <RoleAgreement.RELATED: 'related'>
    """
    mine, theirs = words(one), words(other)
    if not mine or not theirs:
        return RoleAgreement.ABSENT
    if len(mine & theirs) / min(len(mine), len(theirs)) > 0.5:
        return RoleAgreement.SAME
    if mine & theirs or fields(one) & fields(other):
        return RoleAgreement.RELATED
    return RoleAgreement.DIFFERENT if fields(one) and fields(other) else RoleAgreement.UNCLEAR
