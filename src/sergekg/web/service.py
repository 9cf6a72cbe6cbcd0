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

    @property
    def is_written(self) -> bool:
        """Whether what is served may change while the release stays: here, or where others write to it."""
        return self.config.writable or bool(self.endpoint.epoch())


def service() -> Service:
    """What the application of the current request serves."""
    found: Service = current_app.extensions["sergekg"]
    return found


def state(release: Release | None = None) -> str:
    """What is served, in a word: by default `Endpoint.state`; a release by itself has its digest."""
    return service().endpoint.state() if release is None else release.digest
