"""Serves a release: reads, never builds. `create_app` is for any WSGI server."""

from sergekg.web.app import create_app

__all__ = ["create_app"]
