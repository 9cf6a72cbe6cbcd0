"""Opens the stores of a service as its settings say: one for pages, one for what strangers ask."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sergekg.config import Config
from sergekg.errors import ConfigError
from sergekg.release import Release, open_release
from sergekg.store import journal
from sergekg.store.analysis import Dataset, Query
from sergekg.store.answers import Answering
from sergekg.store.base import Store
from sergekg.store.live import LiveStore
from sergekg.store.loaded import FRESH, Loaded, loaded_dataset, read_state, wrong_release
from sergekg.store.local import LocalStore
from sergekg.store.lookups import LookUps
from sergekg.store.ordering import Orders, Suit, as_written
from sergekg.store.places import PoolSettings
from sergekg.store.pooled import PooledStore
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote
from sergekg.store.substrings import may_narrow, narrow
from sergekg.store.textindex import Searches
from sergekg.store.textsearch import Pattern, by_contains, by_function, find_searches

_COPIED = ("release", "disk", "memory")
_EMBEDDED = (*_COPIED, "rdflib")
SMALL = 2_000_000
"""Quads up to which memory is faster than disk in every kind of query, and its load takes seconds."""
LARGE = 200_000
"""Quads from which free queries are written in the way that suits the engine."""


MOST_AT_ONCE = 64
"""Queries that one web process may run at once: each keeps a thread, and others need theirs (`server`)."""


@dataclass(frozen=True, slots=True)
class Stores:
    """`pages` answers our own look-ups, `free` what anybody sends; they may be one.

    Attributes:
        version: changes with what is written to them.
        epoch: names answers of free queries that may be kept; another, and they are asked for anew.
        pattern: what stands for the magic property of text search in a free query.
        suit: writes a free query over a dataset in a way that suits a large store.
        is_steady: whether a query is written in the same way each time.
    """

    pages: Store
    free: Answering
    version: Callable[[], str] = lambda: ""
    epoch: Callable[[], str] = lambda: ""
    pattern: Pattern = by_function
    suit: Suit = as_written
    is_steady: Callable[[Query], bool] = lambda _query: True


def open_stores(config: Config, release: Release) -> Stores:
    """The stores that `config.store` names.

    Raises:
        ConfigError: it names none.
        ReleaseError: the release or its store is damaged.
    """
    check_store(config)
    settings = pool_settings(config)
    name = config.store
    if config.writable or config.empty:
        return _live(config, release, settings)
    if name in ("release", "disk"):
        is_small = sum(release.graphs.values()) <= SMALL
        return _embedded("memory" if name == "release" and is_small else "disk", config, release, settings)
    if name in ("memory", "rdflib"):
        store = PooledStore(_source(name, config, release), settings)
        if name == "memory":
            return Stores(
                store, store, pattern=_searches(config, release, store).pattern, is_steady=_seeks_no_text
            )
        return Stores(store, store)
    if is_remote(config):
        return _remote(name, config, release, settings)
    return _embedded("disk", config, open_release(Path(name)), settings)


def check_store(config: Config) -> None:
    """Find what is wrong with `config.store`, and how it is to be served, without opening it.

    Raises:
        ConfigError: it names no store, or one that cannot be served like this.
        ReleaseError: it names a release that cannot be read.
    """
    if config.default_graph == "unnamed" and not config.empty:
        raise ConfigError(
            "a release has no default graph but the union of its graphs, which its pages ask",
            remedy="leave --default-graph out, or add --empty",
        )
    if config.writable and is_remote(config):
        raise ConfigError("a remote store is not written to from here", remedy="leave --writable out")
    if config.writable and not config.empty and config.store not in _COPIED:
        raise ConfigError(
            "what is written to is a copy in memory of the release in service", remedy="leave --store out"
        )
    if (config.writable or config.empty) and config.workers > 1:
        raise ConfigError("a store that is written to has one web process", remedy="leave --workers at 1")
    if config.max_queries > MOST_AT_ONCE * config.workers:
        raise ConfigError(
            f"max_queries is {config.max_queries}, and one web process runs {MOST_AT_ONCE} at once",
            remedy=f"set it to {MOST_AT_ONCE * config.workers} at most, or give more --workers",
        )
    if config.store in _EMBEDDED or is_remote(config):
        return
    if not _is_release(Path(config.store)):
        raise ConfigError(
            f"store is {config.store!r}",
            remedy="give `release`, `disk`, `memory`, `rdflib`, a release directory, or a SPARQL 1.1 URL",
        )
    open_release(Path(config.store))


def is_remote(config: Config) -> bool:
    """Whether `config.store` is a SPARQL 1.1 URL."""
    return config.store.startswith(("http://", "https://"))


def served_directories(config: Config, release: Release) -> list[Path]:
    """The directories whose files are served: that of the release, and one that `config.store` names."""
    if config.empty:
        return []
    named = Path(config.store)
    return [release.directory, *([named] if _is_release(named) and not config.writable else ())]


def _is_release(directory: Path) -> bool:
    return (directory / "release.json").is_file()


def _embedded(kind: str, config: Config, release: Release, settings: PoolSettings) -> Stores:
    """The store of a release on disk for pages and look-ups; workers, in memory or on disk, for the rest."""
    local = LocalStore.open(release.store)
    # pages ask the disk also where workers have a copy in memory
    free = PooledStore({**_source(kind, config, release), "warm": True}, settings, LookUps(local))
    searches = _searches(config, release, local)
    stores = Stores(local, free, pattern=searches.pattern, is_steady=_seeks_no_text)
    if kind != "disk" and sum(release.graphs.values()) < LARGE:
        return stores
    orders = Orders(local)

    def suit(query: Query, dataset: Dataset) -> Query:
        narrowed = narrow(query, searches.containing)
        return orders.order(query, dataset) if narrowed is query else narrowed

    return replace(stores, suit=suit, is_steady=lambda query: _seeks_no_text(query) and not may_narrow(query))


def _seeks_no_text(query: Query) -> bool:
    """Whether it asks nothing of an index of text, without which solutions come in another order."""
    return not find_searches(query)


def _live(config: Config, release: Release, settings: PoolSettings) -> Stores:
    source: dict[str, object] = {
        "union": config.has_union,
        "asks_others": bool(config.services),
    }
    if not config.empty:
        source |= {
            "path": str(release.store),
            "originals": str(release.quads),
            "journal": str(config.releases / journal.NAME),
            "release": release.digest,
        }
    live = LiveStore(source, settings, additions=f"{release.base}graph/additions")
    return Stores(live, live, lambda: live.version)


def _remote(address: str, config: Config, release: Release, settings: PoolSettings) -> Stores:
    """A store elsewhere; where `sergekg load` has filled it, its graphs are named in every request.

    Whoever loads it anew tells nobody, so that its state is read again now and then.

    Raises:
        StoreUnavailable: it does not answer.
        ConfigError: it holds another release than the one in service, or a part of it.
    """
    grammar = PooledStore({"kind": "memory", "path": "", "union": True}, settings)
    store = RemoteStore(Remote(address, config.timeout), settings, grammar)
    try:
        state = read_state(store, release.base)
    except BaseException:
        grammar.close()
        raise
    if state.digest:
        if what := wrong_release(state, release.digest):
            grammar.close()
            raise ConfigError(f"{address} holds {what}", remedy="run `sergekg load` again")
        store.check = Loaded(RemoteStore(store.remote), release.base, release.digest).check
        store.remote = replace(store.remote, dataset=loaded_dataset(state, release.base))
    return Stores(store, store, epoch=_half_minute, pattern=by_contains)


def _half_minute() -> str:
    """For a store that others write to, who tell nobody."""
    return str(int(time.time() / FRESH))


def _searches(config: Config, release: Release, pages: Store) -> Searches:
    """Searches of a release by an index of its text, made when somebody first searches."""
    return Searches(config.cache / "textsearch" / f"{release.digest}.sqlite", pages)


def pool_settings(config: Config) -> PoolSettings:
    """The part of one web process in what all of them may run."""
    most = max(1, config.max_queries // config.workers)
    return PoolSettings(
        most=most,
        most_for_client=min(most, max(1, config.max_queries_per_client // config.workers)),
        memory=config.query_memory << 20,
        ready=min(most, (os.cpu_count() or 1) + 1),
    )


def _source(kind: str, config: Config, release: Release) -> dict[str, object]:
    source: dict[str, object] = {"kind": kind, "path": str(release.store), "union": True}
    source["asks_others"] = bool(config.services)
    if kind == "memory" and "" in release.stored:
        files = [release.quads, *sorted(release.catalogue.glob("*.nq"))]
        source |= {"files": [str(file) for file in files], "quads": sum(release.stored.values())}
    return source
