"""Opens the stores of a service as its settings say: one for pages, one for what strangers ask."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sergekg.config import Config
from sergekg.errors import ConfigError
from sergekg.release import Release, open_release
from sergekg.store.answers import Answering
from sergekg.store.base import Store
from sergekg.store.live import LiveStore
from sergekg.store.local import LocalStore
from sergekg.store.places import PoolSettings
from sergekg.store.pooled import PooledStore

JOURNAL = "journal"
"""The name of the journal beside the releases."""
SMALL = 2_000_000
"""Quads up to which memory is faster than disk in every kind of query, and its load takes seconds."""


@dataclass(frozen=True, slots=True)
class Stores:
    """`pages` answers our own look-ups, `free` what anybody sends; they may be one.

    Attributes:
        version: changes with what is written to them.
    """

    pages: Store
    free: Answering
    version: Callable[[], str] = lambda: ""


def open_stores(config: Config, release: Release) -> Stores:
    """The stores that `config.store` names.

    Raises:
        ConfigError: it names none.
        ReleaseError: the release or its store is damaged.
    """
    settings = pool_settings(config)
    name = config.store
    if config.writable or config.empty:
        return _live(config, release, settings)
    if name == "release":
        name = "memory" if sum(release.graphs.values()) <= SMALL else "disk"
        free = PooledStore(_source(name, release), settings)
        return Stores(LocalStore.open(release.store), free)
    if name == "disk":
        return Stores(LocalStore.open(release.store), PooledStore(_source(name, release), settings))
    if name in ("memory", "rdflib"):
        store = PooledStore(_source(name, release), settings)
        return Stores(store, store)
    directory = Path(name)
    if (directory / "release.json").is_file():
        other = open_release(directory)
        return Stores(LocalStore.open(other.store), PooledStore(_source("disk", other), settings))
    raise ConfigError(
        f"store is {name!r}",
        remedy="give `release`, `disk`, `memory`, `rdflib`, a release directory, or a SPARQL 1.1 URL",
    )


def _live(config: Config, release: Release, settings: PoolSettings) -> Stores:
    if config.workers > 1:
        raise ConfigError("a store that is written to has one web process", remedy="leave --workers at 1")
    source: dict[str, object] = {"union": config.default_graph == "union"}
    if not config.empty:
        source |= {
            "path": str(release.store),
            "originals": str(release.quads),
            "journal": str(config.releases / JOURNAL),
            "release": release.digest,
        }
    live = LiveStore(source, settings, additions=f"{release.base}graph/additions")
    return Stores(live, live, lambda: live.version)


def pool_settings(config: Config) -> PoolSettings:
    """The part of one web process in what all of them may run."""
    most = max(1, config.max_queries // config.workers)
    return PoolSettings(
        most=most,
        most_for_client=min(most, config.max_queries_per_client),
        memory=config.query_memory << 20,
        ready=min(most, (os.cpu_count() or 1) + 1),
    )


def _source(kind: str, release: Release) -> dict[str, object]:
    return {"kind": kind, "path": str(release.store), "union": True}
