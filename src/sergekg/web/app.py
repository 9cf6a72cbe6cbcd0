"""Makes the Flask application of one release."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from sergekg.config import Config, load_config
from sergekg.iris import Iris
from sergekg.release import Release, current_release
from sergekg.store.base import Store
from sergekg.store.local import LocalStore


@dataclass(frozen=True)
class Service:
    """What every view needs: the settings, the release, its store."""

    config: Config
    release: Release
    store: Store

    @property
    def iris(self) -> Iris:
        return Iris(self.release.base)


def create_app(release: Release | None = None, config: Config | None = None) -> Flask:
    """The application over a release; by default the one in service in this workspace.

    Raises:
        ReleaseError: there is no release, or its store is damaged.
    """
    from sergekg.web import health, problems, resources, site, sparql

    config = config or load_config()
    release = release or current_release(config.releases)
    app = Flask(__name__, static_url_path="/static")
    app.extensions["sergekg"] = Service(config, release, LocalStore.open(release.store))
    for module in (health, resources, sparql):
        app.register_blueprint(module.blueprint)
    site.register(app)
    problems.register(app)
    return app


def service() -> Service:
    """What the application of the current request serves."""
    found: Service = current_app.extensions["sergekg"]
    return found
