"""Whether accepted items still are what they were: merged, deleted, renamed, of another kind or time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sergekg.model.mapping import Mapping as Decision
from sergekg.reconcile.categories import can_be, category_of
from sergekg.reconcile.facts import folded
from sergekg.reconcile.items import Item
from sergekg.reconcile.lifedates import LifeDate, parse_life_date
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.snapshot import Snapshot
from sergekg.vocab import WD


class Trouble(StrEnum):
    """What can be wrong with an accepted item."""

    DELETED = "deleted"
    MERGED = "merged"
    UNREAD = "not read"
    LABEL = "label"
    KIND = "kind"
    BIRTH = "birth"
    DEATH = "death"
    LIVING = "alive after death"
    CHANGED = "changed"


CALENDAR = 13
"""Days between the Julian and the Gregorian calendar after 1900."""
HINTS = frozenset({Trouble.UNREAD, Trouble.CHANGED})
"""What a person may want to look at, and what is no disagreement."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that was found: the decision with its line, what is so, and what to do."""

    decision: Decision
    trouble: Trouble
    what: str
    remedy: str

    @property
    def item(self) -> str:
        return self.decision.object.removeprefix(str(WD))

    def __str__(self) -> str:
        return f"{self.decision.origin}: {self.decision.subject} = {self.item}: {self.what}; {self.remedy}"


def wanted(decisions: Iterable[Decision]) -> list[str]:
    """The items that have to be read, each once."""
    found = (d.object.removeprefix(str(WD)) for d in decisions if d.is_match and d.object.startswith(str(WD)))
    return list(dict.fromkeys(found))


def check(
    decisions: Iterable[Decision],
    entities: Mapping[str, OurEntity],
    items: Snapshot,
    kinds: Callable[[Iterable[Item]], Mapping[str, frozenset[str]]] | None = None,
) -> list[Notice]:
    """Every accepted item of Wikidata beside what is now there, in the order of the decisions.

    Args:
        entities: ours, by key.
        kinds: gives the types of ours that items can be, by QID; None where nobody can be asked.
    """
    accepted = [d for d in decisions if d.is_match and d.object.startswith(str(WD))]
    read = {id_: item for id_ in wanted(accepted) if (item := items.item(id_))}
    types = kinds(read.values()) if kinds else {}
    found: list[Notice] = []
    for decision in accepted:
        id_ = decision.object.removeprefix(str(WD))
        if items.is_gone(id_):
            again = f"look again: sergekg reconcile propose {decision.subject} --again"
            found.append(Notice(decision, Trouble.DELETED, "the item exists no more", again))
        elif id_ not in read:
            what, remedy = "the item was not read", "run it online, or give a copy that holds the item"
            found.append(Notice(decision, Trouble.UNREAD, what, remedy))
        else:
            entity = entities.get(decision.subject)
            found += _compare(decision, read[id_], entity, types.get(read[id_].id, frozenset()))
    return found


def _compare(decision: Decision, item: Item, entity: OurEntity | None, types: frozenset[str]) -> list[Notice]:
    found: list[Notice] = []

    def notice(trouble: Trouble, what: str, remedy: str) -> None:
        found.append(Notice(decision, trouble, what, remedy))

    kind = decision.subject.partition("/")[0]
    again = f"look again: sergekg reconcile review --only {decision.subject}"
    if item.id != item.asked:
        remedy = f"write wikidata:{item.id} in its place, if it is still the same thing"
        notice(Trouble.MERGED, f"the item was merged into {item.id} ({item.label})", remedy)
    if decision.label and folded(decision.label) not in {folded(name) for name in item.names}:
        what = f"its label was «{decision.label}» and is «{item.label}»"
        notice(Trouble.LABEL, what, "see whether the item changed its subject, then mend object_label")
    category = category_of(kind, types)
    if category and decision.predicate == "skos:exactMatch" and not can_be(kind, category):
        notice(Trouble.KIND, f"it is {category} there, and a {kind} here", again)
    if entity is not None and entity.type == "person":
        for trouble, name, ours, theirs in (
            (Trouble.BIRTH, "born", entity.profile.births, item.claims.get("P569", ())),
            (Trouble.DEATH, "died", entity.profile.deaths, item.claims.get("P570", ())),
        ):
            if ours and theirs and not _agree(ours, theirs):
                what = f"{name} {' or '.join(ours)} here, {' or '.join(theirs)} there"
                notice(trouble, what, "see which source is right; keep both with their sources if neither is")
        ends = [date.last for text in item.claims.get("P570", ()) if (date := parse_life_date(text))]
        late = [year for year in entity.profile.living_in if ends and year > max(ends)]
        if late:
            notice(Trouble.LIVING, f"alive in {late[-1]} in the texts, dead in {max(ends)} there", again)
    if decision.object_version and item.revision and decision.object_version != item.revision:
        notice(Trouble.CHANGED, "the item was edited since the decision", again)
    return found


def _agree(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    left = [date for text in ours if (date := parse_life_date(text))]
    right = [date for text in theirs if (date := parse_life_date(text))]
    return not left or not right or any(_overlap(a, b) for a in left for b in right)


def _overlap(a: LifeDate, b: LifeDate) -> bool:
    """Whether they can be one date; the Julian calendar is 13 days behind at most."""
    if a.day and b.day:
        return abs((a.day - b.day).days) <= CALENDAR
    return a.first <= b.last and b.first <= a.last
