"""The pages for contributors: what they show, what can be chosen, what cannot be downloaded."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.reconcile.quickstatements_v1 import parse_v1

from sergekg.export import exporters
from sergekg.export.wikidata.conformance import SCHEMAS
from sergekg.release import Release
from sergekg.store.local import LocalStore

SERGE = "/wikidata/person/victor-serge"
LETTER = "/wikidata/letter/lettre-a-andre-gide"
DESCRIPTIONS = {
    "person/soukhanov": "Personne; historien; 1882-12-09 – 1940-06-29; Sukhanov, Суханов",
    "place/orenbourg": "Lieu; Orenburg, Оренбург",
    "event/deportation-d-anita-roussakova": "Déportation; Anita Russakova’s deportation to Vyatka",
}


def test_the_overview_leads_to_every_thing_and_every_download(client: FlaskClient) -> None:
    page = client.get("/wikidata", headers={"Accept-Language": "en"}).text
    for address in (
        SERGE,
        LETTER,
        "/wikidata/quickstatements.txt",
        "/wikidata/quickstatements.csv",
        "/wikidata/wikibase.json",
        "/wikidata/mixnmatch.tsv",
        "/beacon.txt",
        "/wikidata/persons.shex",
        "/wikidata/letters.shex",
    ):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("language", "way"),
    [
        ("fr", "Réconcilier → Démarrer la réconciliation → Ajouter un service standard"),
        ("en", "Reconcile → Start reconciling → Add standard service"),
    ],
)
def test_the_address_for_openrefine_is_there_to_be_copied_with_where_it_goes(
    client: FlaskClient, language: str, way: str
) -> None:
    page = client.get("/wikidata", headers={"Accept-Language": language}).text
    assert "<code>http://localhost/reconcile</code>" in page
    assert f"<em>{way}</em>" in page
    assert 'href="/reconcile"' not in page
    assert client.get("/reconcile").status_code == 200


@pytest.mark.parametrize(("language", "words"), [("fr", "Pour Wikidata"), ("en", "For Wikidata")])
def test_the_pages_speak_both_languages(client: FlaskClient, language: str, words: str) -> None:
    page = client.get("/wikidata", headers={"Accept-Language": language}).text
    assert f'lang="{language}"' in page
    assert words in page


def test_a_page_shows_each_claim_with_its_words_and_with_what_a_person_must_look_at(
    client: FlaskClient,
) -> None:
    page = client.get(SERGE, headers={"Accept-Language": "en"}).text
    assert "member of political party (P102)" in page
    assert "il milite dans le mouvement communiste" in page
    assert "until about 1928, which is not exact" in page
    assert "Orenburg is a place of deportation" in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_word_of_a_claim_runs_into_the_next(client: FlaskClient, language: str) -> None:
    page = client.get(SERGE, headers={"Accept-Language": language}).text
    claims = re.findall(r"<p>(?:(?!</p>).)*?<span class=\"predicate\">.*?</p>", page, re.DOTALL)
    assert claims
    for claim in claims:
        words = re.sub(r"<[^>]+>", "", re.sub(r"<input[^>]*>", "|", claim))
        assert not re.search(r"\|\S|\)\w|\d{4}[a-zW]", words)


def test_what_needs_a_person_is_not_chosen_until_somebody_chooses_it(client: FlaskClient) -> None:
    page = client.get(SERGE).text
    boxes = re.findall(r'name="claim" value="(\w+)"( checked)?', page)
    unchosen = [id_ for id_, checked in boxes if not checked]
    assert unchosen
    every = client.get("/wikidata/quickstatements.txt").text
    chosen = client.get("/wikidata/quickstatements.txt", query_string={"claim": unchosen}).text
    assert len(parse_v1(chosen)) == len(unchosen)
    assert not set(chosen.splitlines()) & set(every.splitlines())


def test_an_entity_without_an_item_offers_a_new_one_with_cautions(client: FlaskClient) -> None:
    page = client.get(LETTER, headers={"Accept-Language": "en"}).text
    assert "A new item" in page
    assert "search Wikidata once more for Letter to André Gide" in page
    text = client.get("/wikidata/quickstatements.txt?create=letter/lettre-a-andre-gide").text
    assert text.splitlines()[0] == "CREATE"
    assert {line.split("\t")[0] for line in text.splitlines()[1:]} == {"LAST"}


def test_things_can_be_chosen_together(client: FlaskClient) -> None:
    page = client.get("/wikidata").text
    assert 'name="entity" value="person/lenine"' in page
    assert 'name="create" value="letter/lettre-a-andre-gide"' in page
    query = "entity=person/lenine&create=letter/lettre-a-andre-gide"
    lines = client.get(f"/wikidata/quickstatements.txt?{query}").text.splitlines()
    assert {line.split("\t")[0] for line in lines} == {"CREATE", "LAST", "Q1394"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("claim=0123456789ab", "There is no claim"),
        ("claim=<script>", "is the id of a claim"),
        ("create=person/nobody", "no statement that can be exported"),
        ("create=person/victor-serge", "is Q362009"),
        ("create=../../etc", "is the id of a claim"),
        ("&".join(["claim=0123456789ab"] * 501), "at most 500"),
    ],
)
def test_a_wrong_choice_is_told_and_never_reflected(client: FlaskClient, query: str, said: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    answer = client.get(f"/wikidata/quickstatements.txt?{query}", headers=headers)
    assert answer.status_code == 400
    assert said in answer.text.replace("&#39;", "'")
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path", ["/wikidata/person/nobody", "/wikidata/nothing.shex", "/wikidata/person/..%2f", "/wikidata/x"]
)
def test_what_there_is_not_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_schemas_that_there_are_are_named_in_both_languages(client: FlaskClient) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "fr"}
    said = client.get("/wikidata/nope.shex", headers=headers).text
    assert "les personnes (persons) et les lettres (letters)" in said
    assert all(f" {name}" in client.get("/wikidata/nope.shex").json["detail"] for name in SCHEMAS)


def test_the_catalogue_for_mixnmatch_names_nobody_who_has_no_name(client: FlaskClient) -> None:
    answer = client.get("/wikidata/mixnmatch.tsv")
    rows = [line.split("\t") for line in answer.text.splitlines()]
    assert rows[0] == ["id", "name", "desc", "url", "type"]
    assert {len(row) for row in rows} == {5}
    keys = [row[0] for row in rows[1:]]
    assert keys == sorted(set(keys))
    assert "person/victor-serge" in keys
    assert not {"person/epouse-de-victor-serge", "person/enfant-de-solntsev"} & set(keys)
    assert not any(key.startswith("group/") for key in keys)


def test_the_catalogue_for_mixnmatch_is_the_same_whoever_serves_it(
    client: FlaskClient, release: Release, store: LocalStore
) -> None:
    served = client.get("/wikidata/mixnmatch.tsv", base_url="http://127.0.0.1:8121").data
    assert served == exporters()["mixnmatch"].write(release, store, None)
    rows = list(csv.DictReader(io.StringIO(served.decode()), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {row["url"] for row in rows} == {f"https://w3id.org/sergekg/id/{row['id']}" for row in rows}


def test_every_row_for_mixnmatch_says_what_kind_of_thing_it_is(client: FlaskClient) -> None:
    text = client.get("/wikidata/mixnmatch.tsv").text
    rows = {
        row["id"]: row for row in csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    }
    assert {key: row["desc"] for key, row in rows.items() if key in DESCRIPTIONS} == DESCRIPTIONS
    assert all(row["desc"].partition(";")[0].strip() for row in rows.values())
    types: dict[str, set[str]] = {}
    for key, row in rows.items():
        types.setdefault(key.partition("/")[0], set()).add(row["type"])
    assert types == {
        "person": {"Q5"},
        "organisation": {"Q43229"},
        "periodical": {"Q1002697"},
        "work": {"Q47461344"},
        "letter": {"Q47461344"},
        "article": {"Q47461344"},
        "place": {""},
        "event": {""},
        "tendency": {""},
    }


def test_a_damaged_copy_of_items_does_not_stop_the_pages(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sergekg.web import contribute

    (tmp_path / "items.json").write_text('{"entities": ', encoding="utf-8")
    desk = contribute.ContributorDesk(dict, list, [tmp_path / "items.json"], "x")  # type: ignore[arg-type]
    assert desk.items().entities == {}
