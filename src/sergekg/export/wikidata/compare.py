"""What the texts state beside what Wikidata states of the same things: new, said by both, or different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sergekg.export.wikidata.claims import Claim, ItemValue, TextValue, TimeValue
from sergekg.export.wikidata.gather import Gathered
from sergekg.export.wikidata.modelling import RULES
from sergekg.reconcile.items import clean, to_edtf
from sergekg.reconcile.snapshot import Snapshot

_SINGLE = frozenset(rule.pid for rule in RULES.values() if rule.is_single)


class Standing(StrEnum):
    """How a claim stands to the item."""

    LACKS = "Wikidata lacks it"
    BOTH = "both say it"
    DIFFERS = "they differ"
    BESIDE = "Wikidata says something else beside"
    UNSEEN = "not in the copy of the item: look online"
    NO_ITEM = "no item is known here"


@dataclass(frozen=True, slots=True)
class Theirs:
    """One statement of Wikidata: its value as text (a QID, EDTF, words), and its sources in words.

    Attributes:
        sources: one for each reference: the items, addresses and quotations that it gives.
    """

    value: str
    rank: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim of ours with what Wikidata has under the same property."""

    claim: Claim
    standing: Standing
    theirs: Sequence[Theirs] = ()


def compare(gathered: Gathered, items: Snapshot) -> list[Comparison]:
    """Every claim beside its item, in the order of the claims."""
    return [_compare(claim, items) for claim in gathered.claims]


def _compare(claim: Claim, items: Snapshot) -> Comparison:
    if claim.item is None:
        return Comparison(claim, Standing.NO_ITEM)
    raw = items.entities.get(claim.item)
    theirs = list(statements(raw, claim.pid)) if raw is not None else []
    ours = value_text(claim)
    if any(_same(ours, one.value, claim) for one in theirs):
        return Comparison(claim, Standing.BOTH, [one for one in theirs if _same(ours, one.value, claim)])
    if theirs:
        standing = Standing.DIFFERS if claim.pid in _SINGLE else Standing.BESIDE
        return Comparison(claim, standing, theirs)
    return Comparison(claim, Standing.LACKS if items.is_whole(claim.item) else Standing.UNSEEN)


def value_text(claim: Claim) -> str:
    """The value of a claim as `statements` gives values: a QID or key, EDTF, or words."""
    value = claim.value
    if isinstance(value, ItemValue):
        return value.id
    return value.date if isinstance(value, TimeValue) else value.text


def statements(raw: Mapping[str, Any], pid: str) -> Iterator[Theirs]:
    """The statements of an item under a property, deprecated ones and those without a value left out."""
    claims = raw.get("claims")
    found = claims.get(pid, ()) if isinstance(claims, dict) else ()
    for statement in found if isinstance(found, list) else ():
        value = _value(statement.get("mainsnak", {}))
        if value is None or statement.get("rank") == "deprecated":
            continue
        sources = tuple(
            ", ".join(_source(reference)) or "no value" for reference in statement.get("references", ())
        )
        yield Theirs(value, str(statement.get("rank", "normal")), sources)


def _source(reference: Mapping[str, Any]) -> Iterator[str]:
    for pid, snaks in reference.get("snaks", {}).items():
        for snak in snaks:
            if (value := _value(snak)) is not None:
                yield f"{pid} {value}"


def _value(snak: Mapping[str, Any]) -> str | None:
    value = snak.get("datavalue", {}).get("value")
    if snak.get("snaktype") != "value" or value is None:
        return None
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict):
        return None
    if "id" in value:
        return str(value["id"])
    if "time" in value:
        return to_edtf(value)
    return clean(value.get("text"))


def _same(ours: str, theirs: str, claim: Claim) -> bool:
    """Dates agree where one is the other less precisely; texts without regard to case."""
    if isinstance(claim.value, TimeValue):
        return ours.startswith(theirs.rstrip("X")) or theirs.startswith(ours.rstrip("X"))
    if isinstance(claim.value, TextValue):
        return ours.casefold() == theirs.casefold()
    return ours == theirs
