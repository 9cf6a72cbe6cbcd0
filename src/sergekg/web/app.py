"""Makes the Flask application of one release."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from sergekg.config import Config, load_config
from sergekg.errors import StoreError
from sergekg.release import Release, current_release, empty_release, hold_release
from sergekg.store.live import LiveStore
from sergekg.web import (
    bodies,
    face,
    health,
    linked_data,
    metrics,
    problems,
    reconciling,
    replay,
    sparql,
    writing,
)
from sergekg.web.authority import read_tokens
from sergekg.web.endpoint import Endpoint
from sergekg.web.opening import open_stores, served_directories
from sergekg.web.service import Service

_BY_ITSELF = (None, "desk", "dumps", "health", "metrics", "reconciliation", "sparql", "stored", "writing")
"""Blueprints whose answers are of files, or of queries that take long and see one state each."""


class _Application(Flask):
    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; where the store is written to, so that all its queries see one state."""
        store = self.extensions["sergekg"].store
        is_read = request.method in ("GET", "HEAD") and request.blueprint not in _BY_ITSELF
        if is_read and isinstance(store, LiveStore):
            return store.steadily(super().dispatch_request)
        return super().dispatch_request()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view is a coroutine, and to ask it of a dozen functions takes longer than some of them do."""
        return func


def create_app(release: Release | None = None, config: Config | None = None) -> Flask:
    """The application over a release; by default the one in service in this workspace.

    The release, and another whose store is served, are not pruned as long as the application lives.

    Raises:
        ReleaseError: there is no release, or its store is damaged.
    """
    config = config or load_config()
    if config.empty:
        release = empty_release(config.base)
    release = release or current_release(config.releases)
    app = _Application(__name__, static_url_path="/static")
    for directory in served_directories(config, release):
        weakref.finalize(app, os.close, hold_release(directory))
    bodies.register(app)
    stores = open_stores(config, release)

    def version() -> str:
        return f"{release.digest}.{stores.version()}"

    endpoint = Endpoint(
        stores.free, config, version, stores.pattern, stores.epoch, stores.suit, stores.is_steady
    )
    app.extensions["sergekg-tokens"] = read_tokens(config) if config.writable else None
    app.extensions["sergekg"] = Service(config, release, stores.pages, endpoint)

    def state() -> str | None:
        try:
            return endpoint.state()
        except StoreError:
            return None  # whatever asks the store says why

    replay.register(app, state, config.answer_cache << 20, endpoint.counts.replayed.inc)
    for module in (health, sparql, writing, metrics):
        app.register_blueprint(module.blueprint)
    linked_data.register(app, config)
    reconciling.register(app, config, stores.pages, release)
    face.register(app)
    problems.register(app)
    return app
