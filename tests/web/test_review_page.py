"""The page on which a person decides: closed without the token, and writing exactly what was decided."""

from __future__ import annotations

import base64
import io
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sergekg.config import Config
from sergekg.reconcile.ours import read_entities
from sergekg.reconcile.proposals import KeptCandidate, KeptProposal, write_proposals
from sergekg.reconcile.score import Feature
from sergekg.reconcile.sssom import read_mappings
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.web import bodies, create_app
from sergekg.web.review import ReviewDesk, make_blueprint

TOKEN = "a token for tests"
KEY = "person/soukhanov"
PATH = f"/wikidata/review/{KEY}"


def candidate(qid: str) -> KeptCandidate:
    feature = Feature("birth", "same year", 4.0, "both born in 1882")
    return KeptCandidate(
        qid, "Nikolaï <Soukhanov>", "", "7", "2026-11-21", 0.97, "both born in 1882", (feature,)
    )


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    return tmp_path / "mappings"


@pytest.fixture
def app(release: Release, config: Config, store: LocalStore, tmp_path: Path, mappings: Path) -> Flask:
    app = create_app(release, config)
    entities = read_entities(store.select, release.base)
    version = next(entity.version for entity in entities if entity.key == KEY)
    write_proposals(
        tmp_path / "c.jsonl", [KeptProposal(KEY, version, "match", (candidate("Q1"), candidate("Q2")))]
    )
    desk = ReviewDesk(lambda: entities, store.select, tmp_path / "c.jsonl", mappings, release.base)
    app.register_blueprint(
        make_blueprint(desk, lambda password, _: password == TOKEN, b"a secret of the server")
    )
    return app


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    client = app.test_client()
    given = base64.b64encode(f"A. Reader:{TOKEN}".encode()).decode()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Basic {given}"
    return client


def fill(reviewer: FlaskClient, **fields: str) -> Any:
    code = re.search(r'name="code" value="(\w+)"', reviewer.get(PATH).text)
    assert code
    return reviewer.post(PATH, data={"code": code[1], "reviewer": "A. Reader", **fields})


def test_there_is_no_review_page_on_a_server_without_a_token(
    release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERGEKG_TOKEN", raising=False)
    assert create_app(release, config).test_client().get("/wikidata/review").status_code == 404


def test_the_token_file_opens_the_review_page_too(
    release: Release, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERGEKG_TOKEN", raising=False)
    (tmp_path / "tokens").write_text(f"# reviewers\n{TOKEN}\n", encoding="utf-8")
    client = create_app(release, replace(config, token_file=tmp_path / "tokens")).test_client()
    assert client.get("/wikidata/review", auth=("A. Reader", TOKEN)).status_code == 200
    assert client.get("/wikidata/review", auth=("A. Reader", "# reviewers")).status_code == 401


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer wrong", "Basic ???"])
def test_nothing_is_shown_or_written_without_the_token(app: Flask, mappings: Path, header: str) -> None:
    client = app.test_client()
    headers = {"Authorization": header} if header else {}
    for answer in (client.get(PATH, headers=headers), client.post(PATH, headers=headers)):
        assert answer.status_code == 401
        assert "Basic" in answer.headers["WWW-Authenticate"]
        assert "Soukhanov" not in answer.text
    assert not mappings.exists()


def test_the_case_shows_both_sides_with_features_and_passages(reviewer: FlaskClient) -> None:
    assert KEY in reviewer.get("/wikidata/review").text
    page = reviewer.get(PATH)
    for words in (
        "Суханов",
        "l’historien Soukhanov",
        "both born in 1882",
        "naissance",
        "+4.0",
        "2026-11-21",
        "A. Reader",
    ):
        assert words in page.text
    assert "Nikolaï &lt;Soukhanov&gt;" in page.text
    assert "\u00a0: quel élément" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_an_acceptance_is_written_with_name_and_reason(reviewer: FlaskClient, mappings: Path) -> None:
    answer = fill(reviewer, verdict="accept", candidate="Q1", why="the historian of 1917")
    assert answer.status_code == 303
    (made,) = read_mappings(mappings)
    assert (made.subject, made.author, made.is_match) == (KEY, "A. Reader", True)
    assert (made.comment or "").startswith("the historian of 1917")
    assert KEY not in reviewer.get("/wikidata/review").text


def test_a_refusal_leads_back_to_what_is_left(reviewer: FlaskClient) -> None:
    answer = fill(reviewer, verdict="reject", candidate="Q1")
    assert answer.headers["Location"] == PATH
    page = reviewer.get(PATH).text
    assert 'value="Q2"' in page
    assert 'value="Q1"' not in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verdict": "accept", "candidate": "Q999"}, 400),
        ({"verdict": "perhaps", "candidate": "Q1"}, 400),
        ({"verdict": "accept", "candidate": "Q1", "code": "of another site"}, 403),
    ],
)
def test_a_form_that_is_wrong_writes_nothing(
    reviewer: FlaskClient, mappings: Path, fields: dict[str, str], status: int
) -> None:
    assert fill(reviewer, **fields).status_code == status
    assert read_mappings(mappings) == []


def test_what_does_not_wait_cannot_be_decided(reviewer: FlaskClient) -> None:
    assert reviewer.get("/wikidata/review/person/lenine").status_code == 404


def test_a_decision_that_does_not_arrive_is_given_up(
    reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silence(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            over.wait()
            return b""

    over = threading.Event()
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    kind = "application/x-www-form-urlencoded"
    environ = {"wsgi.input": Silence(), "CONTENT_LENGTH": "100"}
    answer = reviewer.post(PATH, content_type=kind, environ_overrides=environ)
    over.set()
    assert answer.status_code == 408


def test_a_decision_is_no_long_text(reviewer: FlaskClient) -> None:
    assert reviewer.post(PATH, data={"why": "x" * 100_000}).status_code == 413
