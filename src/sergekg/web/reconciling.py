"""Puts the desk for Wikidata on the application: service, contributions, and with a token the review."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from flask import Flask

from sergekg.config import Config
from sergekg.export.wikidata.gather import gather
from sergekg.reconcile.facts import read_catalogue
from sergekg.reconcile.proposals import FILE
from sergekg.reconcile.snapshot import FILE as ITEMS
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.store.live import LiveStore
from sergekg.web import contribute, reconciliation, review
from sergekg.web.authority import VARIABLE, read_tokens
from sergekg.web.service import state

_Made = TypeVar("_Made")


def register(app: Flask, config: Config, store: Store, release: Release) -> None:
    """Register the blueprints; what they know is read at the first question, and again after a write."""
    base = release.base
    catalogue = _current(store, lambda: read_catalogue(store.select, base))
    app.register_blueprint(reconciliation.make_blueprint(catalogue, base))
    copies = (config.var / "reconciliation" / ITEMS, config.mappings.parent / "reconciliation" / ITEMS)
    contributor = contribute.ContributorDesk(
        gathered=_current(store, lambda: gather(release, store)),
        catalogue=catalogue,
        copies=copies,
        base=base,
    )
    app.register_blueprint(contribute.make_blueprint(contributor))
    allows, secret = _tokens(config)
    if secret:
        desk = review.ReviewDesk(
            entities=lambda: list(catalogue().index.entities),
            select=store.select,
            proposals=config.var / "reconciliation" / FILE,
            mappings=config.mappings,
            base=base,
        )
        app.register_blueprint(review.make_blueprint(desk, allows, secret))


def _current(store: Store, make: Callable[[], _Made]) -> Callable[[], _Made]:
    """What is made of one state of a store at the first call, and anew when that may have changed since."""
    lock = Lock()
    held: tuple[str, _Made] | None = None

    def current() -> _Made:
        nonlocal held
        with lock:
            now = state()
            if held is None or held[0] != now:
                held = now, store.steadily(make) if isinstance(store, LiveStore) else make()
            return held[1]

    return current


def _tokens(config: Config) -> tuple[Callable[[str, str], bool], bytes]:
    """Whether a word, from an address, is a token of this server; what all its processes know, or nothing."""
    if config.token_file is not None:
        return read_tokens(config).allows, config.token_file.read_bytes()
    token = os.environ.get(VARIABLE, "").encode()
    return lambda given, _: hmac.compare_digest(given.encode(), token), token
