"""What the tests of linked data share: a client that closes files, and a corpus with a past."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app


class Client(FlaskClient):
    """Reads every answer to its end, so that the files behind them are closed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


def read_whole(app: Flask) -> Flask:
    """The application, whose clients read every answer to its end."""
    app.test_client_class = Client
    return app


@dataclass(frozen=True)
class Past:
    """A corpus that was published three times: its settings and its releases, oldest first.

    The second release renamed Paris, added Vienne and retired Louise; the third changed Lyon only.
    """

    config: Config
    releases: tuple[Release, Release, Release]

    def app(self) -> Flask:
        return read_whole(create_app(self.releases[-1], self.config))
