"""References in four formats, as readers of each understand them."""

import json
import re
from dataclasses import replace

import pytest
import yaml
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from sergekg.export import citation
from sergekg.release import Release
from sergekg.store.local import LocalStore

PLAIN = citation.Reference(
    key="concept/x",
    kind="entry",
    title="",
    authors=("X",),
    issued="1936",
    iri="http://example.org/x",
    release="http://example.org/r",
    version="1",
    publisher="X",
    license="",
    language="fr",
)
KEYS = ["dataset/affaire-victor-serge", "letter/lettre-a-andre-gide", "person/victor-serge"]


@pytest.fixture(scope="session")
def statement(store: LocalStore) -> str:
    (row,) = store.select(
        "SELECT ?s WHERE { ?s a skg:Statement ; skg:status skg:denied } ORDER BY ?s LIMIT 1"
    )
    return str(row["s"]).partition("/id/")[2]


@pytest.fixture(params=[*KEYS, "statement"])
def key(request: pytest.FixtureRequest, statement: str) -> str:
    return statement if request.param == "statement" else str(request.param)


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("application/x-bibtex", "bib"),
        ("text/x-bibtex", "bib"),
        ("application/vnd.citationstyles.csl+json", "csl"),
        ("application/x-research-info-systems", "ris"),
        ("application/yaml", "cff"),
    ],
)
def test_a_reference_is_had_by_accept_or_by_suffix(
    client: FlaskClient, key: str, accept: str, suffix: str
) -> None:
    led = client.get(f"/id/{key}", headers={"Accept": accept})
    assert led.headers["Location"] == f"http://localhost/data/{key}.{suffix}"
    by_suffix = client.get(f"/data/{key}.{suffix}")
    negotiated = client.get(f"/data/{key}", headers={"Accept": accept})
    assert by_suffix.data == negotiated.data
    assert negotiated.headers["Content-Location"].endswith(f".{suffix}")


@pytest.mark.parametrize("suffix", ["bib", "csl", "ris", "cff"])
def test_every_reference_has_the_version_and_both_permanent_iris(
    client: FlaskClient, release: Release, key: str, suffix: str
) -> None:
    text = client.get(f"/data/{key}.{suffix}").get_data(as_text=True)
    assert f"{release.base}id/{key}" in text
    assert f"{release.base}releases/{release.digest}" in text
    assert release.version in text


@pytest.mark.parametrize("suffix", ["bib", "csl", "ris", "cff"])
@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("denied", "[nié / denied] "),
        ("reported", "[rapporté / reported] "),
        ("questioned", "[questionné / questioned] "),
        ("asserted", ""),
    ],
)
def test_a_title_says_in_both_languages_what_is_not_asserted(
    client: FlaskClient, store: LocalStore, status: str, said: str, suffix: str
) -> None:
    (row,) = store.select(
        f"SELECT ?s ?name {{ ?s a skg:Statement ; skg:status skg:{status} ; rdf:subject/skos:prefLabel ?name "
        "FILTER(LANG(?name) = 'fr' && !CONTAINS(?name, '\u2019')) } ORDER BY ?s LIMIT 1"
    )
    text = client.get("/data/" + str(row["s"]).partition("/id/")[2] + f".{suffix}").get_data(as_text=True)
    assert re.search(rf"(title.{{1,8}}|TI  - ){re.escape(said)}{re.escape(str(row['name']))} —", text)


def test_a_title_has_its_verb_in_the_plural_after_a_plural_name(release: Release, store: LocalStore) -> None:
    (row,) = store.select(
        "SELECT ?s ?verb { ?s a skg:Statement ; rdf:subject/skg:pluralIn 'fr'^^xsd:language ; "
        "rdf:predicate/skg:pluralLabel ?verb FILTER(LANG(?verb) = 'fr') } ORDER BY ?s LIMIT 1"
    )
    key = str(row["s"]).partition("/id/")[2]
    assert f" — {row['verb']} — " in citation.make_reference(release, store, key).title


@pytest.mark.parametrize("suffix", ["bib", "csl", "ris", "cff"])
def test_a_statement_is_cited_with_the_place_of_its_words(
    client: FlaskClient, store: LocalStore, statement: str, suffix: str
) -> None:
    (row,) = store.select(
        f"SELECT ?start ?end {{ <https://w3id.org/sergekg/id/{statement}> skg:hasEvidence/oa:hasTarget/"
        "oa:hasSelector ?position . ?position oa:start ?start ; oa:end ?end }"
    )
    text = " ".join(client.get(f"/data/{statement}.{suffix}").get_data(as_text=True).split())
    assert f", caractères / characters {row['start']}–{row['end']})" in text


def test_csl_is_one_item_with_author_type_and_date(client: FlaskClient) -> None:
    (item,) = json.loads(client.get("/data/letter/lettre-a-andre-gide.csl").data)
    assert item["type"] == "personal_communication"
    assert item["author"] == [{"literal": "Victor Serge"}]
    assert item["issued"] == {"date-parts": [[1936, 5]]}
    assert item["recipient"] == [{"literal": "André Gide"}]


@pytest.mark.parametrize("suffix", ["bib", "csl", "ris", "cff"])
@pytest.mark.parametrize(
    "slug",
    ["au-sujet-de-victor-serge-et-de-calligaris", "information-de-jacques-mesnil-sur-victor-serge"],
)
def test_an_article_that_no_text_dates_is_cited_without_a_date(
    client: FlaskClient, release: Release, slug: str, suffix: str
) -> None:
    text = client.get(f"/data/article/{slug}.{suffix}").get_data(as_text=True)
    assert release.modified[:4] not in re.sub(r"[0-9a-f]{32,}", "", text)
    assert not re.search(r"\b(year|month|date|issued|PY|DA)\b\W", text)


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        ("bib", "  date = {1936-05},"),
        ("csl", '"date-parts"'),
        ("ris", "DA  - 1936/05\r\n"),
        ("cff", "  year: 1936\n  month: 5\n"),
    ],
)
def test_a_letter_is_cited_by_the_date_that_it_bears(client: FlaskClient, suffix: str, said: str) -> None:
    assert said in client.get(f"/data/letter/lettre-a-andre-gide.{suffix}").get_data(as_text=True)


def test_an_unsigned_article_is_not_given_an_author(client: FlaskClient) -> None:
    (item,) = json.loads(client.get("/data/article/au-sujet-de-victor-serge-et-de-calligaris.csl").data)
    assert "Victor Serge" not in json.dumps(item.get("author", []), ensure_ascii=False)


def test_ris_begins_with_a_type_and_ends(client: FlaskClient, key: str) -> None:
    lines = client.get(f"/data/{key}.ris").get_data(as_text=True).splitlines()
    assert lines[0].startswith("TY  - ")
    assert lines[-1] == "ER  - "
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)


def test_cff_names_what_its_schema_requires(client: FlaskClient, key: str) -> None:
    read = yaml.safe_load(client.get(f"/data/{key}.cff").data)
    assert read["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(read)
    assert read["license"] == "CC0-1.0"


def test_a_statement_that_is_denied_is_cited_as_denied(client: FlaskClient, statement: str) -> None:
    assert "nié" in client.get(f"/data/{statement}.bib").get_data(as_text=True)


@given(st.text(max_size=60))
def test_no_title_breaks_out_of_bibtex(title: str) -> None:
    text = citation.to_bibtex(replace(PLAIN, title=title))
    depth = 0
    for character in re.sub(r"\\[{}]", "", text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
