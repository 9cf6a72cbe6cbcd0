"""A catalogue for Mix'n'match: every named thing of ours that can be an item, one row each (TSV import)."""

from __future__ import annotations

from collections.abc import Mapping

from sergekg.export.wikidata.claims import one_line
from sergekg.reconcile.facts import Catalogue
from sergekg.reconcile.items import HUMAN, ORGANISATION, PERIODICAL, WRITTEN_WORK
from sergekg.reconcile.ours import OurEntity, is_proper, said_in

CLASSES: Mapping[str, str] = {
    "person": HUMAN,
    "place": "",
    "organisation": ORGANISATION,
    "periodical": PERIODICAL,
    "work": WRITTEN_WORK,
    "letter": WRITTEN_WORK,
    "article": WRITTEN_WORK,
    "event": "",
    "tendency": "",
}
"""Our types that are exported, and the item of their class; empty where no one item is true of them all."""
LANGUAGE = "fr"
"""The language of names and descriptions: a catalogue has one."""
COLUMNS = ("id", "name", "desc", "url", "type")


def write_mixnmatch(catalogue: Catalogue, base: str) -> str:
    """The table, sorted by id; what has no name in the texts, and every group, is left out.

    Args:
        base: the start of our IRIs: a row outlives the server that gave it.
    """
    rows = ["\t".join(COLUMNS)]
    for entity in sorted(catalogue.index.entities, key=lambda entity: entity.key):
        if entity.type not in CLASSES or (entity.type == "person" and not is_proper(entity.profile.label)):
            continue
        cells = (
            entity.key,
            entity.name(LANGUAGE),
            describe(catalogue, entity),
            f"{base}id/{entity.key}",
            CLASSES[entity.type],
        )
        rows.append("\t".join(one_line(cell) for cell in cells))
    return "\n".join(rows) + "\n"


def describe(catalogue: Catalogue, entity: OurEntity) -> str:
    """One line: what kind of thing it is, what it does, dates, note, names in other languages."""
    kinds = [said_in(LANGUAGE, catalogue.classes.get(cls, {})) for cls in sorted(entity.classes)]
    names = [entity.labels[tag] for tag in sorted(entity.labels.keys() - {LANGUAGE})]
    others = [name for name in dict.fromkeys(names) if name != entity.name(LANGUAGE)]
    parts = (
        ", ".join(filter(None, kinds)),
        ", ".join(entity.roles_in(LANGUAGE)),
        entity.profile.lifetime,
        said_in(LANGUAGE, entity.note),
        ", ".join(others),
    )
    return "; ".join(filter(None, parts))
