"""A blank store has every page, with nothing in it; no page fails for want of data."""

from dataclasses import replace
from pathlib import Path

import pytest
from faces import ENGLISH, FRENCH, page
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.web import create_app


@pytest.fixture(scope="module")
def blank(config: Config, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    var: Path = tmp_path_factory.mktemp("blank")
    return create_app(config=replace(config, empty=True, var=var)).test_client()


@pytest.mark.parametrize(
    "address",
    ["/", "/browse", "/browse/persons", "/browse/statements", "/timeline", "/map", "/network", "/letters", "/coverage",
     "/compare", "/queries", "/queries/places", "/api", "/sparql", "/search?q=serge", "/ontology", "/releases", f"/releases/{'0' * 64}",
     "/dumps/"],
)  # fmt: skip
def test_every_page_of_a_blank_store_can_be_read(blank: FlaskClient, address: str) -> None:
    for language in (FRENCH, ENGLISH):
        assert "<h1" in page(blank, address, language)
