"""What every action of the desk needs: the release's entities, the decisions, and where things are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from sergekg.config import Config, load_config
from sergekg.errors import ConfigError
from sergekg.model.mapping import Mapping
from sergekg.model.signature import nearest
from sergekg.reconcile.ours import OurEntity, read_entities
from sergekg.reconcile.proposals import FILE
from sergekg.reconcile.snapshot import FILE as SNAPSHOT
from sergekg.reconcile.snapshot import Snapshot, fetch, read_snapshot, write_snapshot
from sergekg.reconcile.sssom import read_mappings
from sergekg.reconcile.transport import Transport
from sergekg.reconcile.wikidata import Wikidata
from sergekg.release import Release, current_release
from sergekg.store.local import LocalStore
from sergekg.vocab import WD

RECENT = 3600.0
"""Seconds within which a run goes on where another stopped, and asks nothing twice."""


@dataclass(frozen=True)
class Desk:
    """The desk of one workspace."""

    config: Config
    release: Release
    store: LocalStore
    entities: list[OurEntity]
    decisions: list[Mapping]

    @property
    def snapshot(self) -> Path:
        """Where the items that were read last are kept."""
        return self.config.var / "reconciliation" / SNAPSHOT

    def wikidata(self, *, offline: bool, cache: Path | None = None, is_fresh: bool = False) -> Wikidata:
        """A client that tells of every wait on standard error.

        Args:
            is_fresh: take from the cache only what a run of the last hour put there.
        """
        transport = Transport(
            cache or self.config.wikidata_cache,
            self.config.contact,
            is_offline=offline,
            max_age=RECENT if is_fresh else None,
            tell=lambda said: click.echo(said, err=True),
        )
        return Wikidata(transport, self.config.wikidata, self.config.wikidata_query)

    def items(self, snapshot: Path | None, ids: Iterable[str], *, offline: bool) -> Snapshot:
        """Items from a copy, or as Wikidata has them; what was read is kept for the pages."""
        if snapshot is not None:
            return read_snapshot(snapshot)
        found = fetch(self.wikidata(offline=offline, is_fresh=True), ids)
        write_snapshot(self.snapshot, found)
        return found

    def kept_items(self) -> Snapshot:
        """The items that were read last, else those that the corpus carries, else none."""
        for path in (self.snapshot, self.config.mappings.parent / "reconciliation" / SNAPSHOT):
            if path.is_file():
                return read_snapshot(path)
        return Snapshot()

    @property
    def proposals(self) -> Path:
        return self.config.var / "reconciliation" / FILE

    def entity(self, key: str) -> OurEntity:
        """The entity of a key.

        Raises:
            ConfigError: the release has none.
        """
        found = next((entity for entity in self.entities if entity.key == key), None)
        if found is None:
            guess = nearest(key, [entity.key for entity in self.entities])
            remedy = f"perhaps {guess}" if guess else f"they are listed in {self.config.corpus / 'entities'}"
            raise ConfigError(f"the release has no entity {key}", remedy=remedy)
        return found

    def refused(self, key: str) -> list[str]:
        """Ids of items that somebody ruled out for an entity."""
        return [d.object.removeprefix(str(WD)) for d in self.decisions if d.subject == key and d.is_refused]


def open_desk() -> Desk:
    """The desk over the release in service."""
    config = load_config()
    release = current_release(config.releases)
    store = LocalStore.open(release.store)
    entities = read_entities(store.select, release.base)
    return Desk(config, release, store, entities, read_mappings(config.mappings))
