"""A catalogue for Mix'n'match: every named thing of ours that can be an item, one row each (TSV import)."""

from __future__ import annotations

from collections.abc import Iterable

from sergekg.export.wikidata.claims import one_line
from sergekg.reconcile.items import HUMAN
from sergekg.reconcile.ours import OurEntity, is_proper

TYPES = ("person", "place", "organisation", "periodical", "work", "letter", "article", "event", "tendency")
COLUMNS = ("id", "name", "desc", "url", "type")


def write_mixnmatch(entities: Iterable[OurEntity], root: str) -> str:
    """The table, sorted by id; what has no name in the texts, and every group, is left out.

    Args:
        root: what the addresses of things begin with, up to `id/`.
    """
    rows = ["\t".join(COLUMNS)]
    for entity in sorted(entities, key=lambda entity: entity.key):
        if entity.type not in TYPES or (entity.type == "person" and not is_proper(entity.profile.label)):
            continue
        cells = (
            entity.key,
            entity.profile.label,
            describe(entity),
            f"{root}id/{entity.key}",
            HUMAN if entity.type == "person" else "",
        )
        rows.append("\t".join(one_line(cell) for cell in cells))
    return "\n".join(rows) + "\n"


def describe(entity: OurEntity) -> str:
    """What the texts call it, its dates and its names in other scripts, in one line."""
    profile = entity.profile
    years = "–".join(dates[0] if dates else "" for dates in (profile.births, profile.deaths)).strip("–")
    russian = entity.labels.get("ru", "")
    parts = [", ".join(profile.roles), years, russian]
    return "; ".join(part for part in parts if part)
