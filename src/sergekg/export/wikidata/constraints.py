"""What Wikidata's property constraints (P2302) would complain of, found before anything is sent.

Looked at: single value (Q19474404), citation needed (Q54554025), contemporary (Q25796498), format of
addresses (Q21502404); and that Wikibase refuses two items with one label and description.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sergekg.export.wikidata.claims import Batch, Claim, TextValue, TimeValue
from sergekg.export.wikidata.compare import statements, value_text
from sergekg.export.wikidata.modelling import RULES
from sergekg.reconcile.lifedates import parse_life_date
from sergekg.reconcile.snapshot import Snapshot

_SINGLE = frozenset(rule.pid for rule in RULES.values() if rule.is_single)
_UNSOURCED = frozenset({"P31", "P407", "P953"})
"""What an item says of itself, without a reference."""
_ADDRESSES = frozenset({"P854", "P953"})


def complaints(batch: Batch, items: Snapshot) -> list[str]:
    """One sentence for each complaint, in the order of the batch."""
    return [
        *_doubles(batch),
        *(said for claim in batch.claims for said in _of_claim(claim, items)),
        *_twins(batch),
    ]


def _doubles(batch: Batch) -> Iterator[str]:
    values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in batch.claims:
        if claim.pid in _SINGLE:
            values[claim.subject, claim.pid].add(value_text(claim))
    for (subject, pid), found in values.items():
        if len(found) > 1:
            yield f"{subject} {pid}: one value is expected, these are {', '.join(sorted(found))}"


def _of_claim(claim: Claim, items: Snapshot) -> Iterator[str]:
    raw = items.entities.get(claim.item or "", {})
    ours = value_text(claim)
    theirs = [one.value for one in statements(raw, claim.pid)] if claim.pid in _SINGLE else []
    if theirs and ours not in theirs:
        yield f"{claim.subject} {claim.pid}: one value is expected, the item has {', '.join(theirs)}"
    if not claim.references and claim.pid not in _UNSOURCED:
        yield f"{claim.subject} {claim.pid}: a reference is needed"
    deaths = [date.last for one in statements(raw, "P570") if (date := parse_life_date(one.value))]
    dates = [q.value.date for q in claim.qualifiers if isinstance(q.value, TimeValue)]
    late = [date for date in dates if deaths and date[:4].isdigit() and int(date[:4]) > max(deaths)]
    if late:
        yield f"{claim.subject} {claim.pid}: {late[0]} is after the death in {max(deaths)} there"
    addresses = [snak for reference in claim.references for snak in reference if snak.pid in _ADDRESSES]
    for snak in addresses:
        if isinstance(snak.value, TextValue) and not snak.value.text.startswith(("https://", "http://")):
            yield f"{claim.subject} {claim.pid}: {snak.value.text} is no web address"


def _twins(batch: Batch) -> Iterator[str]:
    seen: dict[tuple[str, str, str], str] = {}
    for new in batch.new:
        described = dict(new.descriptions)
        for tag, label in new.labels:
            key = (tag, label, described.get(tag, ""))
            if key[2] and (earlier := seen.setdefault(key, new.subject)) != new.subject:
                yield f"{new.subject} and {earlier} would have one label and description ({tag})"
