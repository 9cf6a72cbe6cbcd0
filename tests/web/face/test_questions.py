"""Questions about what a corpus does not have are not among its questions."""

import pytest
from faces import ENGLISH, page, words
from flask import Flask
from flask.testing import FlaskClient
from rdflib import URIRef

from sergekg.web.site import Site


@pytest.fixture
def elsewhere(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of a corpus that knows none of the persons of this one."""

    def unknown(_self: Site, things: set[URIRef]) -> frozenset[URIRef]:
        return frozenset(thing for thing in things if "/person/" in thing)

    monkeypatch.setattr(Site, "unknown", unknown)
    return app.test_client()


@pytest.mark.parametrize("address", ["/queries", "/api", "/desk", "/openapi.json"])
def test_a_question_about_somebody_unknown_is_not_offered(
    client: FlaskClient, request: pytest.FixtureRequest, address: str
) -> None:
    here = client.get(address).get_data(as_text=True)
    there = request.getfixturevalue("elsewhere").get(address).get_data(as_text=True)
    for name in ("suicide-asserted", "about-person"):
        assert name in here
        assert name not in there
    assert "adherents" in there


def test_at_its_address_it_waits_for_a_value_and_claims_nothing(elsewhere: FlaskClient) -> None:
    html = words(page(elsewhere, "/queries/suicide-asserted", ENGLISH))
    assert "it asks, and reports a rumour" not in html
    assert "wants a value for person" in html
    assert elsewhere.get("/api/about-person.csv?person=").status_code == 400
    assert elsewhere.get("/api/about-person.csv?person=person/anita-roussakova").status_code == 200


def test_a_site_tells_what_its_store_says_nothing_of(app: Flask) -> None:
    from sergekg.web.site import site

    with app.test_request_context():
        known, strange = (
            URIRef(f"https://w3id.org/sergekg/id/person/{slug}") for slug in ("victor-serge", "nobody")
        )
        assert site().unknown({known, strange}) == {strange}
        assert site().unknown({known}) == frozenset()
