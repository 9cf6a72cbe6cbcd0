"""The reconciliation service: every answer is valid by the specifications, and says what they mean it to say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from sergekg.reconcile.facts import read_catalogue
from sergekg.store.local import LocalStore
from sergekg.store.places import Places, PoolSettings
from sergekg.web import reconciliation

SCHEMAS = Path(__file__).with_name("reconciliation_schemas")
DRAFT = "/reconcile/1.0-draft"


@lru_cache(maxsize=32)
def validator(version: str, name: str) -> Draft7Validator:
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in (SCHEMAS / version).glob("*.json")]
    pairs = [
        (schema["$id"], Resource.from_contents(schema, default_specification=DRAFT7)) for schema in schemas
    ]
    registry: Registry[Any] = Registry().with_resources(pairs)
    wanted = next(schema for schema in schemas if schema["$id"].endswith(f"/{name}.json"))
    return Draft7Validator(wanted, registry=registry)


def valid(version: str, name: str, data: Any) -> Any:
    assert [error.message for error in validator(version, name).iter_errors(data)] == []
    return data


def ask(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    """The candidates of one 0.2 query."""
    answer = client.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = valid("0.2", "reconciliation-result-batch", answer.json)["q0"]["result"]
    return found


def ask_draft(client: FlaskClient, *conditions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The candidates of one query of the draft."""
    answer = client.post(f"{DRAFT}/match", json={"queries": [{"conditions": list(conditions), **more}]})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = valid("1.0-draft", "reconciliation-result-batch", answer.json)["results"][
        0
    ]["candidates"]
    return found


def name(text: str) -> dict[str, Any]:
    return {"matchType": "name", "propertyValue": text}


def id_(*keys: str) -> dict[str, Any]:
    return {"matchType": "id", "propertyValue": list(keys)}


SERGE, TROTSKI = "person/victor-serge", "person/leon-trotski"


def test_both_manifests_are_valid_and_name_both_versions(client: FlaskClient) -> None:
    old = valid("0.2", "manifest", client.get("/reconcile").json)
    new = valid("1.0-draft", "manifest", client.get(DRAFT).json)
    assert set(old["versions"]) == set(new["versions"]) == {"0.2", "1.0-draft"}
    assert old["identifierSpace"] == "https://w3id.org/sergekg/id/"
    assert old["view"]["url"].endswith("/id/{{id}}")
    assert "Person" in [one["id"] for one in new["defaultTypes"]]


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("Soukhanov", "person/soukhanov"),
        ("Sukhanov", "person/soukhanov"),
        ("Суханов", "person/soukhanov"),
        ("N. Soukhanoff", "person/soukhanov"),
        ("Lelevich", "person/lelevitch"),
        ("Dingelshtedt", "person/fedor-dingelstedt"),
        ("Novomiski", "person/novomirski"),
        ("Trotzky", "person/leon-trotski"),
        ("Kibaltchitch", "person/victor-serge"),
        ("Viatka", "place/viatka"),
        ("Humanité", "periodical/l-humanite"),
        ("Lettre à André Gide", "letter/lettre-a-andre-gide"),
    ],
)
def test_a_name_in_any_script_or_system_finds_its_entity_in_both_versions(
    client: FlaskClient, asked: str, key: str
) -> None:
    assert ask(client, query=asked)[0]["id"] == key
    assert ask_draft(client, name(asked))[0]["id"] == key


IN_FRENCH = ("Anita Roussakova", "Personne", "1906 – 1993; dactylo, employée")
IN_ENGLISH = ("Anita Russakova", "Person", "1906 – 1993; clerk, typist")
LANGUAGES = pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ({}, {}, IN_ENGLISH),
        ({}, {"Accept-Language": "en-GB,en;q=0.9,fr;q=0.5"}, IN_ENGLISH),
        ({}, {"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}, IN_FRENCH),
        ({"lang": "fr"}, {}, IN_FRENCH),
    ],
)


@LANGUAGES
def test_a_candidate_and_a_suggestion_are_told_in_the_language_asked(
    client: FlaskClient, query: dict[str, str], headers: dict[str, str], said: tuple[str, str, str]
) -> None:
    fields = {"queries": json.dumps({"q0": {"query": "Anita Roussakova"}})}
    posted = client.post("/reconcile", query_string=query, data=fields, headers=headers)
    candidate = posted.json["q0"]["result"][0]
    assert (candidate["name"], candidate["type"][0]["name"], candidate["description"]) == said
    suggest = client.get(
        "/reconcile/suggest/entity", query_string={"prefix": "Anita", **query}, headers=headers
    )
    first = suggest.json["result"][0]
    assert (first["name"], first["notable"][0]["name"], first["description"]) == said
    for answer in (posted, suggest):
        assert "Accept-Language" in answer.headers["Vary"]


@LANGUAGES
def test_a_preview_and_a_flyout_are_in_the_language_asked(
    client: FlaskClient, query: dict[str, str], headers: dict[str, str], said: tuple[str, str, str]
) -> None:
    asked = {"id": "person/anita-roussakova", **query}
    preview = client.get("/reconcile/preview", query_string=asked, headers=headers).text
    flyout = client.get("/reconcile/flyout/entity", query_string=asked, headers=headers).json["html"]
    for html in (preview, flyout):
        assert said[0] in html
        assert f"<p>{said[2]}</p>" in html


@LANGUAGES
def test_names_of_types_properties_and_values_are_in_the_language_asked(
    client: FlaskClient, query: dict[str, str], headers: dict[str, str], said: tuple[str, str, str]
) -> None:
    for address in ("/reconcile", DRAFT):
        types = client.get(address, query_string=query, headers=headers).json["defaultTypes"]
        assert {"id": "Person", "name": said[1]} in types
    extend = {"ids": ["person/soukhanov"], "properties": [{"id": "hasOccupation"}, {"id": "bornOn"}]}
    fields = {"extend": json.dumps(extend)}
    answer = client.post("/reconcile", query_string=query, data=fields, headers=headers).json
    is_french = said is IN_FRENCH
    historian = {"id": "occupation/historien", "name": "historien" if is_french else "historian"}
    assert answer["rows"]["person/soukhanov"]["hasOccupation"] == [historian]
    assert answer["meta"][1]["name"] == ("date de naissance" if is_french else "date of birth")


def test_no_description_gives_a_role_twice_or_leaves_one_out(client: FlaskClient) -> None:
    descriptions = {
        language: client.get(
            "/reconcile/suggest/entity", query_string={"prefix": "person/victor-serge", "lang": language}
        ).json["result"][0]["description"]
        for language in ("fr", "en")
    }
    assert descriptions == {
        "fr": "1890-12-30 – 1947-11-17; militant, traducteur, écrivain, écrivain d’expression française",
        "en": "1890-12-30 – 1947-11-17; militant, translator, writer, writer in French",
    }


def test_a_role_agrees_in_whatever_language_it_is_asked(client: FlaskClient) -> None:
    def score(role: str) -> float:
        properties = [{"pid": "hasOccupation", "v": role}]
        found = ask(client, query="Soukhanov", properties=properties)[0]
        assert found["id"] == "person/soukhanov"
        return float(found["score"])

    assert score("historien") == score("historian") > score("chimiste")


def test_batches_take_turns_and_who_gets_none_is_told_when_to_come_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(PoolSettings(most=1, most_for_client=1, queue=0))
    monkeypatch.setattr(reconciliation, "_places", places)
    query = {"queries": json.dumps({"q": {"query": "Serge"}})}
    extension = {"extend": json.dumps({"ids": ["person/victor-serge"], "properties": [{"id": "name"}]})}
    match = {"queries": [{"conditions": [name("Serge")]}]}
    asked = [
        lambda: client.get("/reconcile", query_string=query),
        lambda: client.get("/reconcile", query_string=extension),
        lambda: client.post("/reconcile/1.0-draft/match", json=match),
    ]
    with places.one("somebody else"):
        for ask_for in asked:
            answer = ask_for()
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
    assert [ask_for().status_code for ask_for in asked] == [200] * 3


def test_get_and_post_give_the_same(client: FlaskClient) -> None:
    queries = json.dumps({"q0": {"query": "Gorki", "limit": 3}})
    posted = client.post("/reconcile", data={"queries": queries})
    assert client.get("/reconcile", query_string={"queries": queries}).json == posted.json


def test_candidates_carry_types_features_and_scores_that_fall(client: FlaskClient) -> None:
    found = ask(client, query="Serge", limit=5)
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert all(0 <= one["score"] <= 100 for one in found)
    assert {"id": "Person", "name": "Person"} in found[0]["type"]
    assert "surname" in [feature["id"] for feature in found[0]["features"]]


def test_what_is_no_person_has_a_name_and_no_surname(client: FlaskClient) -> None:
    (first, *_) = ask(client, query="Moscou", type="Place")
    ids = {feature["id"] for feature in first["features"]}
    assert "name" in ids
    assert "surname" not in ids


@pytest.mark.parametrize(
    ("pid", "said"),
    [
        ("nonsense", "nonsense: no such property"),
        ("exactMatch", "exactMatch agrees"),
        ("wasDeportedTo", "wasDeportedTo agrees"),
    ],
)
@pytest.mark.parametrize("by_id", [False, True], ids=["by name", "by id"])
def test_a_property_that_there_is_not_is_told(
    client: FlaskClient, pid: str, said: str, *, by_id: bool
) -> None:
    asked = id_(SERGE) if by_id else name("Victor Serge")
    condition = {"matchType": "property", "propertyId": pid, "propertyValue": "x"}
    (first, *_) = ask_draft(client, asked, condition)
    assert {"id": pid, "name": said, "value": False} in first["features"]


def test_a_surname_is_no_match_and_a_whole_name_of_one_entity_is(client: FlaskClient) -> None:
    assert not any(one["match"] for one in ask(client, query="Serge"))
    assert ask(client, query="Victor Serge")[0]["match"]
    assert sum(one["match"] for one in ask(client, query="Victor Serge")) == 1


@pytest.mark.parametrize("asked", ["URSS", "U.R.S.S.", "l’U.R.S.S."])
def test_what_stands_in_brackets_beside_others_does_not_tie_with_its_own(
    client: FlaskClient, asked: str
) -> None:
    first, *others = ask(client, query=asked)
    assert (first["id"], first["match"]) == ("place/urss", True)
    assert all(one["score"] < 50 for one in others)
    assert [one["id"] for one in ask(client, query="R.P.") if one["score"] > 50] == [
        "periodical/la-revolution-proletarienne"
    ]
    assert ask(client, query="la littérature (en U.R.S.S.)")[0]["match"]


@pytest.mark.parametrize(
    ("inverted", "key"),
    [
        ("Serge Victor", "person/victor-serge"),
        ("Gide André", "person/andre-gide"),
        ("Paz Magdeleine", "person/magdeleine-paz"),
        ("Poulaille Henry", "person/henry-poulaille"),
    ],
)
def test_a_name_is_found_with_its_surname_first_and_is_then_no_match(
    client: FlaskClient, inverted: str, key: str
) -> None:
    for more in ({}, {"type": "Person"}):
        first = ask(client, query=inverted, **more)[0]
        assert (first["id"], first["match"]) == (key, False)
        surname, _, given_name = inverted.partition(" ")
        assert ask(client, query=f"{given_name} {surname}", **more)[0]["score"] > first["score"] > 80


@pytest.mark.parametrize("asked", ["Kharkov (URSS)", "Boris Pasternak (U.R.S.S.)", "Jean Dupont (R.P.)"])
def test_what_only_tells_where_somebody_is_does_not_answer_for_him(client: FlaskClient, asked: str) -> None:
    assert all(one["score"] < 50 for one in ask(client, query=asked))


@pytest.mark.parametrize(
    "asked",
    [
        "femme de Victor Serge ; Liouba Roussakova",
        "épouse de Victor Serge (Liouba Roussakova)",
        "l’épouse de Victor Serge",
    ],
)
def test_a_name_beside_whose_kin_somebody_is_counts(client: FlaskClient, asked: str) -> None:
    first = ask(client, query=asked, type="Person")[0]
    assert first["id"] == "person/epouse-de-victor-serge"
    assert first["score"] > 90


@pytest.mark.slow
@pytest.mark.parametrize("write", [str, str.upper, str.lower, lambda label: label[:1].upper() + label[1:]])
def test_every_label_of_ours_finds_its_own_thing_first(
    client: FlaskClient, store: LocalStore, write: Callable[[str], str]
) -> None:
    entities = read_catalogue(store.select, "https://w3id.org/sergekg/").index.entities
    labels = [(entity.key, write(label)) for entity in entities for label in entity.labels.values()]
    # brackets may name somebody else, and “a” may be an initial
    labels = [pair for pair in labels if len(pair[1]) <= 200 and not re.search(r"\(|^a ", pair[1], re.I)]
    assert len(labels) > 700
    wrong = []
    for start in range(0, len(labels), 100):
        batch = {str(n): {"query": label} for n, (_, label) in enumerate(labels[start : start + 100])}
        found = client.post("/reconcile", data={"queries": json.dumps(batch)}).json
        for n, (key, label) in enumerate(labels[start : start + 100]):
            best = [
                one for one in found[str(n)]["result"] if one["score"] >= found[str(n)]["result"][0]["score"]
            ]
            if key not in [one["id"] for one in best]:
                wrong.append((label, key))
    assert wrong == []


def test_a_word_that_is_no_forename_takes_nothing_away(client: FlaskClient) -> None:
    for other in ("le vieux Riazanov", "N. Riazanov"):
        assert ask(client, query=other)[0]["score"] > 90, other


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("Solntsev", "person/solntsev"),
        ("Солнцев", "person/solntsev"),
        ("Elizar Solntsev", "person/solntsev"),
        ("l’enfant de Solntsev", "person/enfant-de-solntsev"),
        ("Solntsev's wife", "person/epouse-de-solntsev"),
        ("Serge", "person/victor-serge"),
    ],
)
def test_who_is_only_told_to_be_somebodys_kin_has_not_his_name(
    client: FlaskClient, asked: str, key: str
) -> None:
    first, *others = ask(client, query=asked)
    assert first["id"] == key
    assert all(one["score"] < 50 for one in others)


@pytest.mark.parametrize(
    "asked",
    ["Union soviétique (U.R.S.S.)", "the Soviet Union (USSR)", "Russie soviétique (URSS)"],
)
def test_an_abbreviation_in_brackets_is_asked_where_the_name_is_nobodys(
    client: FlaskClient, asked: str
) -> None:
    first, *others = ask(client, query=asked)
    assert first["id"] == "place/urss"
    assert first["score"] > 90
    assert all(one["score"] < 50 for one in others)


@pytest.mark.parametrize(
    ("other", "surname"),
    [
        ("Eldar Riazanov", "Riazanov"),
        ("ELDAR RIAZANOV", "Riazanov"),
        ("eldar riazanov", "riazanov"),
        ("Mikhail Gorbachev", "Gorbatchev"),
        ("Sergio Calligaris", "Calligaris"),
    ],
)
def test_a_given_name_that_we_do_not_have_is_below_what_the_documentation_accepts(
    client: FlaskClient, other: str, surname: str
) -> None:
    full, bare = ask(client, query=other)[0], ask(client, query=surname)[0]
    assert full["id"] == bare["id"]
    assert full["score"] < 90 < bare["score"]
    assert ask(client, query="David Riazanov")[0]["score"] > 90


def test_dates_make_a_match_and_other_dates_none(client: FlaskClient) -> None:
    def dated(birth: str) -> dict[str, Any]:
        properties = [{"pid": "bornOn", "v": birth}, {"pid": "diedOn", "v": "1940"}]
        return ask(client, query="Soukhanov", properties=properties)[0]

    assert dated("1882")["match"]
    assert not dated("1851")["match"]
    assert dated("1851")["score"] < dated("1882")["score"]


def test_types_filter_or_only_prefer(client: FlaskClient) -> None:
    assert {"Place"} == {t["id"] for one in ask(client, query="Moscou", type="Place") for t in one["type"]}
    assert ask(client, query="Soukhanov", type="Place") == []
    assert ask(client, query="Soukhanov", type="Place", type_strict="should")[0]["id"] == "person/soukhanov"
    assert ask(client, query="la déportation de Solntsev", type=["Event", "Place"])
    assert ask_draft(client, name("Moscou"), type="Place")[0]["id"] == "place/moscou"


def test_any_property_of_the_ontology_can_be_a_condition(client: FlaskClient) -> None:
    deported = {"matchType": "property", "propertyId": "wasDeportedTo", "propertyValue": "Viatka"}
    found = ask_draft(client, name("Rousakova"), {**deported, "required": True})
    assert [one["id"] for one in found] == ["person/anita-roussakova"]
    others = ask_draft(client, name("Rousakova"), {**deported, "required": True, "matchQuantifier": "none"})
    assert "person/anita-roussakova" not in [one["id"] for one in others]
    by_id = {**deported, "propertyValue": {"id": "place/viatka", "name": "Viatka"}, "required": True}
    assert ask_draft(client, name("Rousakova"), by_id)


def test_an_identifier_finds_its_entity(client: FlaskClient) -> None:
    def by_id(value: str) -> list[str]:
        return [one["id"] for one in ask_draft(client, {"matchType": "id", "propertyValue": value})]

    assert by_id("Q585272") == ["person/soukhanov"]
    assert by_id("http://www.wikidata.org/entity/Q585272") == ["person/soukhanov"]
    assert by_id("person/soukhanov") == ["person/soukhanov"]
    assert by_id("Q1") == []


DEPORTED = {"matchType": "property", "propertyId": "wasDeportedTo", "propertyValue": "Viatka"}


@pytest.mark.parametrize(
    ("conditions", "more", "expected"),
    [
        ([id_(SERGE)], {}, [(SERGE, 100.0, True)]),
        ([id_(SERGE)], {"type": "Person"}, [(SERGE, 100.0, True)]),
        ([id_(SERGE)], {"type": "Place"}, []),
        ([id_(SERGE), name("Trotski")], {"type": "Place"}, []),
        ([id_(SERGE), name("Kibaltchitch")], {}, [(SERGE, 100.0, True)]),
        (
            [id_("person/nobody"), name("Magdeleine Paz")],
            {"limit": 1},
            [("person/magdeleine-paz", 99.37, True)],
        ),
        ([{**id_("person/nobody"), "required": True}, name("Victor Serge")], {}, []),
        ([id_("person/nobody")], {}, []),
        ([id_(SERGE), name("Trotski")], {}, [(SERGE, 50.0, False)]),
        ([id_(SERGE), {**name("Trotski"), "required": True}], {}, []),
        ([id_(SERGE, TROTSKI), {**name("Trotzky"), "required": True}], {}, [(TROTSKI, 100.0, True)]),
        ([id_(SERGE, TROTSKI)], {}, [(SERGE, 100.0, False), (TROTSKI, 100.0, False)]),
        ([id_(SERGE), {**DEPORTED, "required": True}], {}, []),
        ([id_(SERGE), {**DEPORTED, "matchQuantifier": "none"}], {}, [(SERGE, 100.0, True)]),
        ([id_(SERGE), DEPORTED], {}, [(SERGE, 50.0, False)]),
        (
            [id_(SERGE, "person/anita-roussakova"), {**DEPORTED, "required": True}],
            {},
            [("person/anita-roussakova", 100.0, True)],
        ),
    ],
)
def test_an_identifier_cancels_nothing_else_that_is_asked(
    client: FlaskClient, conditions: list[Any], more: dict[str, str], expected: list[tuple[str, float, bool]]
) -> None:
    found = ask_draft(client, *conditions, **more)
    assert [(one["id"], one["score"], one["match"]) for one in found] == expected


def test_answers_of_the_draft_stand_in_the_order_of_the_queries(client: FlaskClient) -> None:
    queries = [{"conditions": [name(text)]} for text in ("Gorki", "nobody at all", "Lénine")]
    answer = client.post(f"{DRAFT}/match", json={"queries": queries}).json
    firsts = [
        result["candidates"][:1]
        for result in valid("1.0-draft", "reconciliation-result-batch", answer)["results"]
    ]
    assert [first[0]["id"] if first else None for first in firsts] == [
        "person/maxime-gorki",
        None,
        "person/lenine",
    ]


@pytest.mark.parametrize(
    ("kind", "prefix", "id_", "schema"),
    [
        ("entity", "Souk", "person/soukhanov", "suggest-entities-response"),
        ("entity", "Суха", "person/soukhanov", "suggest-entities-response"),
        ("entity", "person/soukhanov", "person/soukhanov", "suggest-entities-response"),
        ("property", "déporté", "wasDeportedTo", "suggest-properties-response"),
        ("property", "wasDeportedTo", "wasDeportedTo", "suggest-properties-response"),
        ("type", "pers", "Person", "suggest-types-response"),
    ],
)
def test_suggestions_come_while_one_types_and_for_an_id(
    client: FlaskClient, kind: str, prefix: str, id_: str, schema: str
) -> None:
    answer = client.get(f"/reconcile/suggest/{kind}", query_string={"prefix": prefix})
    valid("0.2", schema, answer.json)
    assert id_ in [one["id"] for one in valid("1.0-draft", schema, answer.json)["result"]]


def test_suggestions_have_pages_and_filters(client: FlaskClient) -> None:
    def ids(**parameters: Any) -> list[str]:
        found = client.get(f"{DRAFT}/suggest/entity", query_string={"prefix": "la", **parameters}).json[
            "result"
        ]
        return [one["id"] for one in found]

    assert ids(limit=2) + ids(limit=2, offset=2) == ids(limit=4)
    assert all(id_.startswith("periodical/") for id_ in ids(type="Periodical"))


def test_flyouts_and_previews_are_html_without_what_an_id_could_smuggle_in(client: FlaskClient) -> None:
    flyout = client.get(
        "/reconcile/flyout/entity", query_string={"id": "person/soukhanov", "lang": "fr"}
    ).json
    assert flyout["id"] == "person/soukhanov"
    assert "Soukhanov" in flyout["html"]
    assert client.get("/reconcile/flyout/type", query_string={"id": "Person"}).json["html"]
    preview = client.get("/reconcile/preview", query_string={"id": "person/soukhanov"})
    assert preview.mimetype == "text/html"
    assert "Суханов" in preview.text
    assert client.get("/reconcile/preview", query_string={"id": "<script>"}).status_code == 404


def test_a_preview_may_be_shown_in_the_frame_of_a_client(client: FlaskClient) -> None:
    policy = client.get("/reconcile/preview?id=person/lenine").headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]


def test_columns_are_extended_in_the_shape_of_either_version(client: FlaskClient) -> None:
    request = {
        "ids": ["person/anita-roussakova", "person/nobody"],
        "properties": [
            {"id": "wasDeportedTo"},
            {"id": "name", "settings": {"limit": "1"}},
            {"id": "exactMatch"},
        ],
    }
    old = valid(
        "0.2", "data-extension-response", client.post("/reconcile", data={"extend": json.dumps(request)}).json
    )
    row = old["rows"]["person/anita-roussakova"]
    assert row["wasDeportedTo"] == [
        {"id": "place/viatka", "name": old["rows"]["person/anita-roussakova"]["wasDeportedTo"][0]["name"]}
    ]
    assert len(row["name"]) == 1
    assert old["rows"]["person/nobody"]["wasDeportedTo"] == []
    new = valid("1.0-draft", "data-extension-response", client.post(f"{DRAFT}/extend", json=request).json)
    assert new["rows"][0]["properties"][0] == {"id": "wasDeportedTo", "values": row["wasDeportedTo"]}


def test_properties_are_proposed_for_a_type(client: FlaskClient) -> None:
    answer = client.get("/reconcile/extend/propose", query_string={"type": "Person", "limit": 5}).json
    for version in ("0.2", "1.0-draft"):
        valid(version, "data-extension-property-proposal", answer)
    assert answer["properties"][0]["id"] == "name"
    assert len(answer["properties"]) == 5


def test_any_site_may_ask_and_old_browsers_by_jsonp(client: FlaskClient) -> None:
    assert client.get("/reconcile").headers["Access-Control-Allow-Origin"] == "*"
    assert client.options("/reconcile").headers["Access-Control-Allow-Origin"] == "*"
    script = client.get("/reconcile", query_string={"callback": "jQuery123.done"})
    assert script.mimetype == "application/javascript"
    assert script.text.startswith("/**/jQuery123.done({")
    assert client.get("/reconcile", query_string={"callback": "alert(1)//"}).status_code == 400


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"queries": "{"}, "queries is not JSON"),
        ({"queries": "[]"}, "queries is no JSON object"),
        ({"queries": '{"q0": {}}'}, "queries.q0 asks for nothing"),
        ({"queries": '{"q0": {"type": "Person", "properties": []}}'}, "queries.q0 asks for nothing"),
        ({"queries": '{"q0": {"query": "x", "properties": 5}}'}, "queries.q0.properties is no JSON array"),
        ({"queries": '{"q0": {"query": "x", "properties": true}}'}, "queries.q0.properties is no JSON array"),
        ({"queries": "[" * 100_000}, "queries is nested too deep"),
        ({"queries": '{"q0": {"query": "x", "properties": [{"pid": "P1"}]}}'}, "has no pid or no v"),
        ({"extend": '{"ids": 1}'}, "is not a list"),
        ({"extend": '{"ids": [], "properties": [{"id": "P31"}]}'}, "unknown property 'P31'"),
        ({}, "Send a form field"),
    ],
)
def test_a_request_that_is_wrong_is_answered_400_in_words(
    client: FlaskClient, fields: dict[str, str], said: str
) -> None:
    answer = client.post("/reconcile", data=fields)
    assert answer.status_code == 400
    assert said in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "said"),
    [('{"queries": [{"conditions": 5}]}', "no JSON array"), ("[" * 100_000, "nested too deep")],
)
def test_a_match_request_that_is_wrong_is_answered_400_in_words(
    client: FlaskClient, body: str, said: str
) -> None:
    answer = client.post(f"{DRAFT}/match", data=body)
    assert answer.status_code == 400
    assert said in answer.json["detail"]


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ([{"pid": "exactMatch", "v": "http://www.wikidata.org/entity/Q585272"}], "person/soukhanov"),
        ([{"pid": "bornOn", "v": "1882-12"}, {"pid": "hasOccupation", "v": "Historian"}], "person/soukhanov"),
        ([{"pid": "hasOccupation", "v": {"id": "occupation/historien"}}, {"pid": "diedOn", "v": 1940}], "person/soukhanov"),
    ],
)  # fmt: skip
def test_a_query_without_a_name_is_answered_by_its_values(
    client: FlaskClient, properties: list[dict[str, Any]], key: str
) -> None:
    first, *others = ask(client, properties=properties, type="Person")
    assert (first["id"], first["score"], first["match"]) == (key, 100, True)
    assert all(one["score"] < 100 and not one["match"] for one in others)
    assert ask(client, properties=properties, type="Place") == []
    conditions = [
        {"matchType": "property", "propertyId": p["pid"], "propertyValue": p["v"]} for p in properties
    ]
    assert ask_draft(client, *conditions)[0]["id"] == key
    beside = {"matchType": "property", "propertyId": "bornOn", "propertyValue": "1700", "required": True}
    assert ask_draft(client, *conditions, beside) == []


@pytest.mark.parametrize("value", ["la guerre de 1914", "La guerre de 1914", "the war of 1914"])
@pytest.mark.parametrize("others", [[], [name("André Gide")]], ids=["alone", "beside a name"])
def test_a_value_with_digits_is_found_in_any_language_and_case(
    client: FlaskClient, value: str, others: list[dict[str, Any]]
) -> None:
    told = {"matchType": "property", "propertyId": "alludesTo", "propertyValue": value, "required": True}
    assert ask_draft(client, told, *others)


def test_an_identifier_elsewhere_agrees_with_itself_only(client: FlaskClient) -> None:
    def same(item: str) -> dict[str, Any]:
        iri = f"http://www.wikidata.org/entity/{item}"
        return {"matchType": "property", "propertyId": "exactMatch", "propertyValue": iri, "required": True}

    assert [one["id"] for one in ask_draft(client, name("Soukhanov"), same("Q585272"))] == [
        "person/soukhanov"
    ]
    assert ask_draft(client, name("Soukhanov"), same("Q1394")) == []


@pytest.mark.parametrize(("asked", "is_match"), [("la guerre de 1914", True), ("la guerre de 1870", False)])
def test_a_name_with_another_year_is_another_name(client: FlaskClient, asked: str, is_match: bool) -> None:
    first = ask(client, query=asked, type="Event")[0]
    assert (first["id"], first["match"]) == ("event/guerre-de-1914", is_match)


def test_a_required_year_is_that_of_a_day(client: FlaskClient) -> None:
    def born(year: str) -> dict[str, Any]:
        return {"matchType": "property", "propertyId": "bornOn", "propertyValue": year, "required": True}

    assert [one["id"] for one in ask_draft(client, name("Soukhanov"), born("1882"))] == ["person/soukhanov"]
    assert ask_draft(client, name("Soukhanov"), born("1883")) == []


@pytest.mark.parametrize(("strict", "is_found"), [("any", True), ("should", True), ("all", False)])
def test_all_types_may_be_asked(client: FlaskClient, strict: str, is_found: bool) -> None:
    for types, found in ((["Person", "Place"], is_found), (["Person", "Agent"], True)):
        keys = [one["id"] for one in ask(client, query="Soukhanov", type=types, type_strict=strict)]
        assert ("person/soukhanov" in keys) is found


@pytest.mark.parametrize("kind", ["type", "property"])
def test_what_begins_no_label_is_suggested_nothing(client: FlaskClient, kind: str) -> None:
    assert client.get(f"/reconcile/suggest/{kind}", query_string={"prefix": "Лич"}).json == {"result": []}


@pytest.mark.parametrize("empty", ["", " \t"])
def test_an_empty_query_is_answered_with_nothing_and_the_others_are_answered(
    client: FlaskClient, empty: str
) -> None:
    batch = {
        "q0": {"query": "Soukhanov"},
        "q1": {"query": empty},
        "q2": {"query": empty, "type": "Person", "properties": [{"pid": "bornOn", "v": "1882"}]},
        "q3": {"query": "Gorki"},
    }
    answer = client.post("/reconcile", data={"queries": json.dumps(batch)})
    assert answer.status_code == 200
    found = valid("0.2", "reconciliation-result-batch", answer.json)
    firsts = {name: [one["id"] for one in result["result"][:1]] for name, result in found.items()}
    assert firsts == {"q0": ["person/soukhanov"], "q1": [], "q2": [], "q3": ["person/maxime-gorki"]}


@pytest.mark.parametrize("kind", ["name", "id"])
def test_an_empty_condition_of_the_draft_is_answered_with_nothing(client: FlaskClient, kind: str) -> None:
    assert ask_draft(client, {"matchType": kind, "propertyValue": ""}) == []


def test_a_batch_that_is_too_large_is_answered_413(client: FlaskClient) -> None:
    queries = {f"q{n}": {"query": "Serge"} for n in range(101)}
    assert client.post("/reconcile", data={"queries": json.dumps(queries)}).status_code == 413
    body = {"queries": [{"conditions": [name("Serge")]}] * 101}
    assert client.post(f"{DRAFT}/match", json=body).status_code == 413


LONG = "x" * 201


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ({"query": "Serge", "properties": [{"pid": LONG, "v": "x"}]}, "queries.q.properties[0] has a text"),
        (
            {"query": "Serge", "properties": [{"pid": "x", "v": ["x", LONG]}]},
            "queries.q.properties[0] has a text",
        ),
        ({"query": "Serge", "properties": [{"pid": "x", "v": "x"}] * 501}, "501 values at once"),
        ({"query": "Serge", "properties": [{"pid": "x", "v": ["x"] * 501}]}, "501 values at once"),
        ({"query": "Serge", "properties": [{"pid": "x", "v": []}] * 501}, "501 values at once"),
        ({"query": "Serge", "properties": [{"pid": "altLabel", "v": ["x"] * 200}]}, "201 names at once"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_takes_long_is_answered_413_and_says_how_much_may_be_sent(
    client: FlaskClient, query: dict[str, Any], what: str
) -> None:
    answer = client.post("/reconcile", data={"queries": json.dumps({"q": query})})
    assert answer.status_code == 413
    assert answer.json
    assert what in answer.json["detail"]
    assert "send at most" in answer.json["detail"]


def test_a_long_name_counts_by_its_beginning_and_fails_no_batch(client: FlaskClient) -> None:
    queries = {"long": {"query": "Victor Serge " + LONG}, "short": {"query": "Victor Serge"}}
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200
    assert answer.get_json()["short"]["result"]
    body = {"queries": [{"type": None, "conditions": [name(LONG)]}, {"conditions": [name("Victor Serge")]}]}
    answer = client.post(f"{DRAFT}/match", json=body)
    assert answer.status_code == 200
    assert answer.get_json()["results"][1]["candidates"]


@pytest.mark.parametrize(
    "condition",
    [
        {"matchType": "name", "propertyValue": ["x"] * 201},
        {"matchType": "id", "propertyValue": ["x"] * 501},
        {"matchType": "property", "propertyId": LONG, "propertyValue": "x"},
        {"matchType": "property", "propertyId": "x", "propertyValue": [LONG]},
    ],
)
def test_the_draft_has_the_same_limits(client: FlaskClient, condition: dict[str, Any]) -> None:
    body = {"queries": [{"conditions": [condition]}]}
    assert client.post(f"{DRAFT}/match", json=body).status_code == 413


@pytest.mark.parametrize(
    "asked",
    [
        {"ids": ["person/soukhanov"], "properties": [{"id": "name"}] * 51},
        {"ids": [LONG], "properties": [{"id": "name"}]},
    ],
    ids=["properties", "id"],
)
def test_a_table_has_limits_too(client: FlaskClient, asked: dict[str, Any]) -> None:
    assert client.post("/reconcile/extend", json=asked).status_code == 413


def test_a_type_that_is_none_is_refused_by_the_draft(client: FlaskClient) -> None:
    body = {"queries": [{"conditions": [name("Serge")], "type": ["Person", "Place"]}]}
    assert client.post(f"{DRAFT}/match", json=body).status_code == 400


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("queries", r'{"q\ud800": {"query": "Serge"}}'),
        ("queries", r'{"q\ud800": {}}'),
        ("queries", r'{"q": {"query": "Serge", "properties": [{"pid": "\ud800", "v": "x"}]}}'),
        ("extend", r'{"ids": ["\udc00"], "properties": [{"id": "bornOn"}]}'),
    ],
)
def test_half_of_a_pair_of_surrogates_is_no_text(client: FlaskClient, field: str, text: str) -> None:
    assert client.post("/reconcile", data={field: text}).status_code == 400


def test_a_whole_pair_is_a_character(client: FlaskClient) -> None:
    answer = client.post("/reconcile", data={"queries": r'{"\ud83d\ude00": {"query": "Soukhanov"}}'})
    assert answer.json
    assert answer.json["\U0001f600"]["result"][0]["id"] == "person/soukhanov"


@given(text=st.text(max_size=40))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_service(client: FlaskClient, text: str) -> None:
    answer = client.post("/reconcile", data={"queries": json.dumps({"q0": {"query": text}})})
    assert answer.status_code == 200
    valid("0.2", "reconciliation-result-batch", answer.json)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # it uses what pandas gives up
def test_the_client_reconciler_gets_the_matches_of_a_column(server: str) -> None:
    pd = pytest.importorskip("pandas")
    from reconciler import reconcile

    column = pd.Series(["Soukhanov", "Lénine", "Viatka"])
    found = reconcile(column, type_id=None, reconciliation_endpoint=f"{server}/reconcile", top_res=1)
    by_input = dict(zip(found["input_value"], found["id"], strict=True))
    assert by_input == {"Soukhanov": "person/soukhanov", "Lénine": "person/lenine", "Viatka": "place/viatka"}
