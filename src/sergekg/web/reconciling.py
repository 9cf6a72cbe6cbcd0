"""Puts the desk for Wikidata on the application: service, contributions, and with a token the review."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

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


@dataclass(frozen=True, slots=True)
class _Held(Generic[_Made]):
    """What was made, of which state, and when that was the state (`time.monotonic`)."""

    made: _Made
    state: str
    since: float


def _current(store: Store, make: Callable[[], _Made]) -> Callable[[], _Made]:
    """What is made of one state of a store at the first call, and anew when that may have changed since.

    Who waits while somebody makes it takes what that gives, if it was begun after he came: while writes go on
    nobody has to make it for himself.
    """
    lock = Lock()
    held: _Held[_Made] | None = None

    def current() -> _Made:
        came = time.monotonic()

        def fresh() -> _Made:
            nonlocal held
            with lock:
                since, now = time.monotonic(), state()
                if held is not None and (held.state == now or held.since >= came):
                    return held.made
                is_same = _still(store, now)
                made = make()
                if is_same():
                    held = _Held(made, now, since)
                return made

        # the lock is taken within, never around: who holds writes up may wait for it
        return store.steadily(fresh) if isinstance(store, LiveStore) else fresh()

    return current


def _still(store: Store, now: str) -> Callable[[], bool]:
    """Tells later whether a store is as it is now; where it is written to here, no part may have changed."""
    if isinstance(store, LiveStore):
        moment = store.moment()
        return lambda: store.is_still(moment)
    return lambda: state() == now


def _tokens(config: Config) -> tuple[Callable[[str, str], bool], bytes]:
    """Whether a word, from an address, is a token of this server; what all its processes know, or nothing."""
    if config.token_file is not None:
        return read_tokens(config).allows, config.token_file.read_bytes()
    token = os.environ.get(VARIABLE, "").encode()
    return lambda given, _: hmac.compare_digest(given.encode(), token), token
