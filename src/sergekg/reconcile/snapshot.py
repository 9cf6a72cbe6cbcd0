"""A copy of items on disk: the entity JSON of Wikibase, with the day on which each was read.

The file is what Special:EntityData gives (`entities` by id), so that a copy made by hand or by another
program serves too. An item without a revision is a partial copy: what it does not say is not known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sergekg.errors import Location, ReconciliationError
from sergekg.reconcile.items import Item, parse_item
from sergekg.reconcile.wikidata import Wikidata

FILE = "items.json"


@dataclass(frozen=True)
class Snapshot:
    """Items as they were: `entities` and `days` by the id that was asked."""

    entities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)

    def item(self, id_: str) -> Item | None:
        """The item under an id, its redirect followed; None where it is missing or was not read."""
        raw = self.entities.get(id_)
        if raw is None or "missing" in raw:
            return None
        return parse_item(raw, id_, self.days.get(id_, ""))

    def is_gone(self, id_: str) -> bool:
        """Whether the item was asked for and exists no more."""
        return "missing" in self.entities.get(id_, {})

    def is_whole(self, id_: str) -> bool:
        """Whether everything that the item said is in the copy."""
        return bool(self.entities.get(id_, {}).get("lastrevid"))


def fetch(wikidata: Wikidata, ids: Iterable[str]) -> Snapshot:
    """Items as Wikidata has them now, or as the cache has them."""
    found = {asked: (raw, day) for asked, raw, day in wikidata.entities(ids)}
    return Snapshot({q: raw for q, (raw, _) in found.items()}, {q: day for q, (_, day) in found.items()})


def read_snapshot(path: Path) -> Snapshot:
    """A copy from a file.

    Raises:
        ReconciliationError: it cannot be read, or is no copy of items.
    """
    where = Location(path.name)
    remedy = "give a file such as Special:EntityData/Q1394.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ReconciliationError(
            "the copy of items cannot be read", where=where, remedy="check the path"
        ) from cause
    except ValueError as cause:
        raise ReconciliationError(f"not JSON: {cause}", where=where, remedy=remedy) from cause
    entities = data.get("entities") if isinstance(data, dict) else None
    if not isinstance(entities, dict) or not all(isinstance(raw, dict) for raw in entities.values()):
        raise ReconciliationError("the copy holds no `entities`", where=where, remedy=remedy)
    read = data.get("read") or {}
    asked = {raw.get("redirects", {}).get("from", key): raw for key, raw in entities.items()}
    days = {key: str(read.get(key, "")) if isinstance(read, dict) else str(read) for key in asked}
    return Snapshot(asked, days)


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Replace a file, sorted by number, at once or not at all."""
    keys = sorted(snapshot.entities, key=lambda key: (len(key), key))
    data = {
        "read": {key: snapshot.days.get(key, "") for key in keys},
        "entities": {key: snapshot.entities[key] for key in keys},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
