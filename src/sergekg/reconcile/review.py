"""What a person is shown to decide, and what becomes of the decision."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sergekg.errors import BuildError, Location, ReconciliationError
from sergekg.model.mapping import NO_TERM_FOUND
from sergekg.model.mapping import Mapping as Decision
from sergekg.reconcile.categories import category_of, misfits
from sergekg.reconcile.consistency import authority, contradictions
from sergekg.reconcile.decisions import save_decisions
from sergekg.reconcile.due import Reason, due
from sergekg.reconcile.ours import OurEntity, Select
from sergekg.reconcile.proposals import KeptCandidate, KeptProposal
from sergekg.reconcile.sssom import read_mappings
from sergekg.vocab import PREFIXES, WD

FILE, UNSURE_FILE = "wikidata.sssom.tsv", "wikidata-unsure.sssom.tsv"
JUSTIFICATION = "semapv:ManualMappingCuration"
_EXACT, _CLOSE = "skos:exactMatch", "skos:closeMatch"
_PASSAGES = """SELECT DISTINCT ?words ?text WHERE {
  { ?statement rdf:subject <$thing> } UNION { ?statement rdf:object <$thing> }
  ?statement rdf:type skg:Statement ; skg:statedIn ?text ;
    skg:hasEvidence/oa:hasTarget/oa:hasSelector ?selector . ?selector oa:exact ?words }
ORDER BY ?text ?words"""


class Verdict(StrEnum):
    """What a person says of a candidate, or of an entity."""

    ACCEPT = "accept"
    NEAR = "near"
    REJECT = "reject"
    UNSURE = "unsure"
    NO_ITEM = "no item"


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a text that speak of an entity."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One entity that waits for a person.

    Attributes:
        reason: why it waits.
        candidates: those that nobody has refused, best first.
        earlier: what was decided on it before.
        is_stale: what we state of the entity has changed since candidates were sought.
    """

    entity: OurEntity
    reason: Reason
    candidates: Sequence[KeptCandidate]
    earlier: Sequence[Decision]
    is_stale: bool = False


def open_cases(
    entities: Iterable[OurEntity], decisions: Iterable[Decision], proposals: Mapping[str, KeptProposal]
) -> list[Case]:
    """The cases that a person can decide now: candidates were sought, or an earlier decision came back.

    Changed items come back when `propose --again` has read them anew. Those with the surest candidate first.
    """
    known = list(decisions)
    by_entity: dict[str, list[Decision]] = defaultdict(list)
    for decision in known:
        by_entity[decision.subject].append(decision)
    revisions = {c.id: c.revision for proposal in proposals.values() for c in proposal.candidates}
    waiting = list(entities)
    reasons = due(waiting, known, revisions)
    cases = []
    for entity in waiting:
        proposal, reason = proposals.get(entity.key), reasons.get(entity.key)
        if reason is None or (proposal is None and reason is Reason.UNDECIDED):
            continue
        earlier = by_entity[entity.key]
        refused = {decision.object.removeprefix(str(WD)) for decision in earlier if decision.is_refused}
        found = [c for c in proposal.candidates if c.id not in refused] if proposal else []
        is_stale = proposal is not None and proposal.version != entity.version
        cases.append(Case(entity, reason, found, earlier, is_stale))
    return sorted(cases, key=lambda c: (-(c.candidates[0].confidence if c.candidates else 0.0), c.entity.key))


def read_passages(select: Select, iri: str, most: int = 6) -> list[Passage]:
    """The passages of the texts that speak of an entity."""
    header = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in ("skg", "rdf", "oa"))
    rows = select(header + _PASSAGES.replace("$thing", iri))
    found = (
        Passage(" ".join(str(row["words"]).split()), str(row["text"]).rpartition("/")[2]) for row in rows
    )
    return list(dict.fromkeys(found))[:most]


def decide(
    case: Case, verdict: Verdict, candidate: KeptCandidate | None, *, reviewer: str, day: str, why: str = ""
) -> Decision:
    """The decision that a verdict makes.

    A decision on the same pair that was made before keeps its author; who looks again is its reviewer.

    Args:
        candidate: None for `NO_ITEM` only.
        day: ISO 8601.
        why: the reason in the person's words; the evidence of the score stands beside it.

    Raises:
        ReconciliationError: a name is missing, or the candidate.
    """
    if not reviewer.strip("| \t\r\n"):
        raise ReconciliationError("nobody stands for this decision", remedy="give the name of the reviewer")
    if (candidate is None) != (verdict is Verdict.NO_ITEM):
        raise ReconciliationError(
            f"{verdict} needs a candidate", remedy="say which, or say that there is no item"
        )
    evidence = f"score: {candidate.reason}" if candidate else ""
    made = Decision(
        subject=case.entity.key,
        predicate=_CLOSE if verdict in (Verdict.NEAR, Verdict.UNSURE) else _EXACT,
        object=f"{WD}{candidate.id}" if candidate else NO_TERM_FOUND,
        justification=JUSTIFICATION,
        origin=Location(""),
        is_refused=verdict is Verdict.REJECT,
        label=candidate.label if candidate else None,
        category=category_of(case.entity.type, candidate.types) if candidate else None,
        confidence=round(candidate.confidence, 2) if candidate and verdict is not Verdict.REJECT else None,
        author=reviewer.strip(),
        date=day,
        comment="; ".join(part for part in (why.strip(), evidence) if part) or None,
        subject_label=case.entity.profile.label,
        subject_version=case.entity.version,
        object_version=candidate.revision or None if candidate else None,
    )
    if verdict is Verdict.UNSURE:
        return replace(made, reviewer=made.author, review_date=day, agreement=0.0)
    before = next((d for d in case.earlier if d.object == made.object and not d.is_unsure), None)
    if before and before.author and before.is_refused == made.is_refused:
        return replace(
            made, author=before.author, date=before.date, reviewer=reviewer.strip(), review_date=day
        )
    return made


def record(directory: Path, decision: Decision, *, base: str) -> None:
    """Write a decision, and take out what it replaces: a doubt settled, a null result, another item.

    Only what the same authority says is replaced, in whichever file of the directory it stands.

    Raises:
        BuildError: the files hold mistakes, or would contradict themselves; nothing is written then.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _lock(directory):
        known = read_mappings(directory)
        replaced = [d for d in known if d.subject == decision.subject and _is_replaced(d, decision)]
        remaining = [d for d in known if d not in replaced]
        after = [*remaining, decision]
        if problems := [*contradictions(after), *misfits(after)]:
            raise BuildError(problems)
        target = UNSURE_FILE if decision.is_unsure else FILE
        dropped: dict[str, list[tuple[str, str]]] = {target: []}  # first: nothing is lost where it fails
        for d in replaced:
            dropped.setdefault(Path(d.origin.path).name, []).append((d.subject, d.object))
        for name, pairs in dropped.items():
            added = [decision] if name == target else []
            save_decisions(directory / name, added, base=base, dropped=pairs)


def _is_replaced(earlier: Decision, decision: Decision) -> bool:
    if earlier.object == decision.object:
        return True
    if decision.is_refused or _authority(earlier) != _authority(decision):
        return False
    if decision.is_nil:
        return earlier.is_match or earlier.is_unsure
    if earlier.is_nil:
        return True
    return (
        decision.is_match
        and decision.predicate == _EXACT
        and earlier.is_match
        and earlier.predicate == _EXACT
    )


def _authority(decision: Decision) -> str:
    """Whose term it is; where there is none, it was looked for at Wikidata."""
    return authority(str(WD) if decision.is_nil else decision.object)


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    """One writer at a time, where the system knows locks on directories."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
