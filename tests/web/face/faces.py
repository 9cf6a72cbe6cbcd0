"""What the tests of pages share: fetching a page, and its words."""

import re
from html import unescape

from flask.testing import FlaskClient

FRENCH, ENGLISH = {"Accept-Language": "fr-FR,fr;q=0.9"}, {"Accept-Language": "en"}


def page(client: FlaskClient, address: str, headers: dict[str, str] = FRENCH, status: int = 200) -> str:
    answer = client.get(address, headers={"Accept": "text/html", **headers})
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).replace("\u00a0", " ").replace("\u202f", " ").split())
