"""Which entities a person should look at: those never decided, and those whose grounds have changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from sergekg.model.mapping import Mapping as Decision
from sergekg.reconcile.ours import OurEntity
from sergekg.vocab import WD


class Reason(StrEnum):
    """Why an entity waits for a person."""

    UNDECIDED = "nobody has decided"
    CHANGED = "what we state of it has changed since"
    ITEM_CHANGED = "the item has changed since"


def due(
    entities: Iterable[OurEntity], decisions: Iterable[Decision], revisions: Mapping[str, str]
) -> dict[str, Reason]:
    """The entities that wait, by key.

    A refusal is no decision on what an entity is, and never waits. A decision without versions, made by hand,
    is not brought back.

    Args:
        revisions: the revision of each item (QID) as it stands now, where that is known.
    """
    by_entity: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if not decision.is_refused and (decision.is_nil or decision.object.startswith(str(WD))):
            by_entity[decision.subject].append(decision)
    found = {}
    for entity in entities:
        reason = _reason(entity, by_entity.get(entity.key, []), revisions)
        if reason:
            found[entity.key] = reason
    return found


def _reason(entity: OurEntity, decisions: list[Decision], revisions: Mapping[str, str]) -> Reason | None:
    if not decisions:
        return Reason.UNDECIDED
    if any(d.subject_version and d.subject_version != entity.version for d in decisions):
        return Reason.CHANGED
    for decision in decisions:
        now = revisions.get(decision.object.removeprefix(str(WD)))
        if decision.object_version and now and now != decision.object_version:
            return Reason.ITEM_CHANGED
    return None
