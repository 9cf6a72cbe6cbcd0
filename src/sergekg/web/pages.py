"""HTML pages: home, and the description of a thing."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from sergekg.web.app import service
from sergekg.web.describe import describe, is_known

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    """The texts, and what the release holds."""
    release = service().release
    texts = [release.text(slug) for slug in release.texts]
    return render_template("home.html", release=release, texts=texts)


@blueprint.get("/page/<type>/<slug>")
def page(type: str, slug: str) -> str:
    """The description of a thing for people."""
    iri = service().iris.thing(f"{type}/{slug}")
    if not is_known(service().store, iri):
        raise NotFound(f"The release knows nothing called {type}/{slug}.")
    return render_template("thing.html", iri=iri, quads=describe(service().store, iri))
