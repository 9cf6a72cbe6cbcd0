"""Puts everything for harvesters and other machines into an application, in one call."""

from __future__ import annotations

from flask import Flask

from sergekg.config import Config
from sergekg.web import (
    catalogue,
    crawling,
    documents,
    dumps,
    feed,
    fragments,
    header_size,
    headers,
    memento,
    proxy,
    releases,
    resources,
    schema_org,
    signposting,
)


def register(app: Flask, config: Config) -> None:
    """Add descriptions, catalogue, dumps, fragments, feed, past and texts, and every answer's headers."""
    header_size.register(app)
    # the functions that run after a request run in the reverse order of their registration
    headers.register(app)
    signposting.register(app)
    schema_org.register(app)
    crawling.register(app)
    proxy.register(app, config)
    for module in (
        resources,
        catalogue,
        dumps,
        crawling,
        documents,
        fragments,
        feed,
        releases,
        memento,
        signposting,
    ):
        app.register_blueprint(module.blueprint)
