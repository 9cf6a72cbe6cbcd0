"""Keeps what `reconcile propose` found, until a person has decided: one JSON line for each entity."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sergekg.errors import Location, ReconciliationError
from sergekg.reconcile.score import Feature
from sergekg.reconcile.search import Proposal

FILE = "candidates.jsonl"
_LISTS = ("names", "births", "deaths", "roles", "pages", "types")


@dataclass(frozen=True, slots=True)
class KeptCandidate:
    """One candidate as it was found: the item, how sure, and why."""

    id: str
    label: str
    description: str
    revision: str
    fetched: str
    confidence: float
    reason: str
    features: tuple[Feature, ...]
    names: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    deaths: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptProposal:
    """What was found for one entity; `version` is that of the entity when it was."""

    entity: str
    version: str
    outcome: str
    candidates: tuple[KeptCandidate, ...]


def to_kept(proposal: Proposal) -> KeptProposal:
    """The part of a proposal that a person needs to decide."""
    candidates = []
    for candidate in proposal.ranking.candidates:
        item, profile, score = proposal.items[candidate.profile.id], candidate.profile, candidate.score
        candidates.append(
            KeptCandidate(
                id=item.id,
                label=item.label,
                description=item.description,
                revision=item.revision,
                fetched=item.fetched,
                confidence=round(score.confidence, 4),
                reason=score.reason,
                features=score.features,
                names=profile.names[:12],
                births=profile.births,
                deaths=profile.deaths,
                roles=profile.roles[:6],
                types=tuple(sorted(profile.types)),
                pages=tuple(f"{site}:{title}" for site, title in item.titles.items())[:3],
            )
        )
    entity = proposal.entity
    return KeptProposal(entity.key, entity.version, proposal.outcome, tuple(candidates))


def read_proposals(path: Path) -> dict[str, KeptProposal]:
    """Everything that was kept, by entity; a file that does not exist holds nothing.

    Raises:
        ReconciliationError: a line is not what was written.
    """
    if not path.exists():
        return {}
    found = {}
    # not str.splitlines: a description may hold what Unicode calls the end of a line
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line:
            continue
        try:
            proposal = _from_json(json.loads(line))
        except (ValueError, KeyError, TypeError) as cause:
            where = Location(path.name, number)
            raise ReconciliationError(
                "not a proposal", where=where, remedy="drop the line and propose again"
            ) from cause
        found[proposal.entity] = proposal
    return found


def write_proposals(path: Path, proposals: Iterable[KeptProposal]) -> None:
    """Replace the file, sorted by entity, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(p), ensure_ascii=False) for p in sorted(proposals, key=lambda p: p.entity)]
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    unfinished.replace(path)


def _from_json(raw: Mapping[str, Any]) -> KeptProposal:
    candidates = []
    for candidate in raw["candidates"]:
        lists = {name: tuple(candidate[name]) for name in _LISTS if name in candidate}
        features = tuple(Feature(**feature) for feature in candidate["features"])
        candidates.append(KeptCandidate(**{**candidate, **lists, "features": features}))
    return KeptProposal(raw["entity"], raw["version"], raw["outcome"], tuple(candidates))
