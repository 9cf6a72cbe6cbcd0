"""One application for all tests of what is written for others."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app


@pytest.fixture(scope="session")
def app(release: Release, config: Config) -> Flask:
    """The application over the release of the real corpus."""
    return create_app(release, config)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()
