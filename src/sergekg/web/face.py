"""Puts the pages on an application, with their language, their words and their headers."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined

from sergekg.web import browse, compare, desk, i18n, ontology, pages, stored, views
from sergekg.web.highlight import highlight
from sergekg.web.links import compact
from sergekg.web.page_headers import finish_page
from sergekg.web.site import short_iri, typo
from sergekg.web.template_words import breakable, number, shared


def register(app: Flask) -> None:
    """Add all pages to an application."""
    i18n.register(app)
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters |= {
        "number": number,
        "typo": typo,
        "compact": compact,
        "short_iri": short_iri,
        "breakable": breakable,
        "sparql": highlight,
    }
    app.context_processor(shared)
    app.after_request(finish_page)
    for module in (pages, browse, views, compare, stored, desk, ontology):
        app.register_blueprint(module.blueprint)
