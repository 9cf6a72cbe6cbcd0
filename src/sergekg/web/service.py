"""What every view needs of the application that serves it: the settings, the release, its store."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from sergekg.config import Config
from sergekg.iris import Iris
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.web.endpoint import Endpoint


@dataclass(frozen=True)
class Service:
    """The settings, the release, its store for pages, and what answers free queries."""

    config: Config
    release: Release
    store: Store
    endpoint: Endpoint

    @property
    def iris(self) -> Iris:
        return Iris(self.release.base)


def service() -> Service:
    """What the application of the current request serves."""
    found: Service = current_app.extensions["sergekg"]
    return found


def state(release: Release | None = None) -> str:
    """What is served, in a word: the release's digest and, of a store that can be written, its version."""
    if release is not None:
        return release.digest
    return f"{service().release.digest}{getattr(service().store, 'version', '')}"
