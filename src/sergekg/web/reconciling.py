"""Puts the reconciliation service, and with a token the review of proposals, on the application."""

from __future__ import annotations

import os
from functools import cache

from flask import Flask

from sergekg.config import Config
from sergekg.reconcile.facts import read_catalogue
from sergekg.reconcile.proposals import FILE
from sergekg.store.base import Store
from sergekg.web import reconciliation, review


def register(app: Flask, config: Config, store: Store, base: str) -> None:
    """Register both blueprints; the catalogue of names is read at the first question."""
    catalogue = cache(lambda: read_catalogue(store.select, base))
    app.register_blueprint(reconciliation.make_blueprint(catalogue, base))
    if token := os.environ.get("SERGEKG_TOKEN", ""):
        desk = review.ReviewDesk(
            entities=lambda: list(catalogue().index.entities),
            select=store.select,
            proposals=config.var / "reconciliation" / FILE,
            mappings=config.mappings,
            base=base,
        )
        app.register_blueprint(review.make_blueprint(desk, token))
