"""One application over the real corpus, and one over a small corpus that was published three times."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from published import Past, read_whole

from sergekg.build.publish import publish
from sergekg.build.run import assemble
from sergekg.config import Config, load_config
from sergekg.corpus.workspace import make_workspace
from sergekg.release import Release
from sergekg.web import create_app

LOUISE = '- slug: louise\n  type: person\n  names: {fr: "Louise", en: "Louise"}\n'
ASKED = """- quote: "Où est sa sœur Louise ?"
  subject: person/louise
  predicate: hasUnknownFate
  object: true
  status: questioned
"""


@pytest.fixture(scope="session")
def app(release: Release, config: Config) -> Flask:
    """The application over the release of the real corpus."""
    return read_whole(create_app(release, config))


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """The corpus of `sergekg init`, published three times."""
    root = tmp_path_factory.mktemp("past") / "essai"
    make_workspace(root, modified="1921-05-03")
    config = load_config(root, environ={})
    published = [publish(config, assemble(config))]
    entities, said = (
        root / "data/essai/entities/all.yaml",
        root / "data/essai/annotations/lettre-a-jeanne.yaml",
    )
    _edit(entities, LOUISE, '- slug: vienne\n  type: place\n  names: {fr: "Vienne", en: "Vienna"}\n')
    _edit(entities, 'names: {fr: "Paris", en: "Paris"}', 'names: {fr: "Paris", en: "Paris, France"}')
    _edit(said, ASKED, "")
    _edit(root / "data/essai/manifest.toml", '"1921-05-03"', '"1921-06-01"')
    published.append(publish(config, assemble(config)))
    _edit(entities, 'names: {fr: "Lyon", en: "Lyon"}', 'names: {fr: "Lyon", en: "Lyons"}')
    _edit(root / "data/essai/manifest.toml", '"1921-06-01"', '"1921-07-01"')
    published.append(publish(config, assemble(config)))
    return Past(config, (published[0], published[1], published[2]))


@pytest.fixture(scope="session")
def later_app(past: Past) -> Flask:
    """The application over the latest release of the corpus with a past."""
    return past.app()


@pytest.fixture
def later(later_app: Flask) -> FlaskClient:
    """A client of it."""
    return later_app.test_client()


@pytest.fixture(scope="session")
def rooted(release: Release, config: Config) -> Flask:
    """The application behind a proxy that it trusts, with a name of its own in public."""
    hosts = ("kg.example.org", "localhost")
    return read_whole(create_app(release, replace(config, proxies=("127.0.0.0/8",), hosts=hosts)))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} is not as this fixture knows it"
    path.write_text(text.replace(old, new), encoding="utf-8")
