"""`/healthz`: the server lives, and which release it serves."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from sergekg import __version__
from sergekg.web.service import service

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The digest of the release and the version of the software."""
    response = jsonify(status="ok", release=service().release.digest, version=__version__)
    response.headers["Cache-Control"] = "no-store"  # of now
    return response
