"""The questions of researchers: each is asked through the running endpoint and answered as a person expects.

An expected answer was checked against the texts by reading them. If a change of the corpus changes one, read
the passage before the file.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rdflib
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from tests.conftest import ROOT
from tests.queries.listing import LIST, listing

from sergekg.build.run import Assembly
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.store.queries import StoredQuery, read_queries, to_term

DIRECTORY = ROOT / "queries" / "competency"
QUESTIONS, PROBLEMS = read_queries(ROOT / "queries")
COMPETENCY = [query for query in QUESTIONS if query.group == "competency"]
NAMED = {query.name: query for query in COMPETENCY}
every_question = pytest.mark.parametrize("query", COMPETENCY, ids=list(NAMED))
_BUILDS = re.compile(r"^CONSTRUCT\b", re.MULTILINE)
_ASKS = re.compile(r"^ASK\b", re.MULTILINE)


def expected_rows(query: StoredQuery) -> list[list[str]]:
    """The header and the rows of the expected answer."""
    with (DIRECTORY / f"{query.name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def is_graph(query: StoredQuery) -> bool:
    """Whether the answer is a graph, not rows."""
    return bool(_BUILDS.search(query.text))


def difference(found: list[list[str]], wanted: list[list[str]]) -> str:
    """What a person has to look at in the texts, instead of two long lists."""
    missing = [f"- {' | '.join(row)}" for row in wanted if row not in found]
    new = [f"+ {' | '.join(row)}" for row in found if row not in wanted]
    return "\n".join(["read the passages; then mend the corpus, the query or its .csv:", *missing, *new])


def asked(server: str, text: str, form: str = JSON) -> Any:
    client = SPARQLWrapper(f"{server}/sparql")
    client.setMethod(POST)
    client.setQuery(text)
    client.setReturnFormat(form)
    return client.query().convert()


def answered(
    server: str, query: StoredQuery, base: str, values: dict[str, str] | None = None
) -> list[list[str]]:
    """The header and the rows that the endpoint gives; of a yes or no, one row."""
    answer = asked(server, query.fill(values or {}, base))
    if "boolean" in answer:
        return [["answer"], [str(answer["boolean"]).lower()]]
    header = answer["head"]["vars"]
    return [header] + [
        [row[name]["value"] if name in row else "" for name in header]
        for row in answer["results"]["bindings"]
    ]


def test_no_question_has_a_mistake_in_its_head() -> None:
    assert PROBLEMS == []


def test_there_are_more_than_sixty_questions_and_they_cover_the_themes() -> None:
    assert len(COMPETENCY) >= 60
    themes = Counter(query.said("theme", "en") for query in COMPETENCY)
    assert len(themes) >= 13
    assert min(themes.values()) >= 3, themes


@every_question
def test_a_question_is_asked_in_french_and_in_english(query: StoredQuery) -> None:
    for decorator in ("title.fr", "title.en", "theme.fr", "theme.en"):
        assert query.head.get(decorator), f"{query.where} has no {decorator}"
    assert ("summary.fr" in query.head) == ("summary.en" in query.head)
    for parameter in query.parameters:
        assert parameter.default
        assert set(parameter.titles) == {"fr", "en"}


@every_question
def test_the_endpoint_answers_a_question_as_expected(
    query: StoredQuery, server: str, release: Release
) -> None:
    if is_graph(query):
        answer = asked(server, query.fill({}, release.base), TURTLE)
        found = set(rdflib.Graph().parse(data=answer, format="turtle"))
        wanted = set(rdflib.Graph().parse(DIRECTORY / f"{query.name}.ttl"))
        assert found == wanted
    else:
        rows, wanted = answered(server, query, release.base), expected_rows(query)
        assert rows == wanted, difference(rows, wanted)


@every_question
def test_an_answer_carries_the_words_that_back_it(query: StoredQuery) -> None:
    if "without-words" in query.head:
        assert len(query.head["without-words"]) > 10, "say why"
    else:
        assert "skg:quote" in query.text
        if not is_graph(query):
            assert "words" in expected_rows(query)[0]


def test_the_words_of_the_answers_stand_in_the_texts(assembly: Assembly) -> None:
    texts = "\n".join(reading(document.reading.text) for document in assembly.material.documents)
    for query in COMPETENCY:
        if is_graph(query):
            continue
        header, *rows = expected_rows(query)
        for column in (n for n, name in enumerate(header) if name.lower().endswith("words")):
            for row in rows:
                assert reading(row[column]) in texts, f"{query.name}: {row[column]}"


def reading(text: str) -> str:
    return " ".join(text.split())


@every_question
def test_no_two_rows_of_an_answer_could_change_places(query: StoredQuery) -> None:
    if is_graph(query) or _ASKS.search(query.text):
        return
    header, *rows = expected_rows(query)
    assert rows, "an answer without rows shows nothing"
    ordered = query.text.rpartition("ORDER BY")[2]
    keys = re.findall(r"\?(\w+)", ordered)
    assert keys, "the answer has no order"
    places = [header.index(key) for key in keys]
    twice = [
        key for key, n in Counter(tuple(row[place] for place in places) for row in rows).items() if n > 1
    ]
    assert twice == []


@every_question
def test_a_question_says_what_is_asserted_and_what_is_not(query: StoredQuery) -> None:
    """Statements of every status are never mixed without a column, or a condition, that says which."""
    if "skg:Statement" in query.text or "?statement" in query.text:
        assert "skg:status" in query.text or "rdf:predicate skg:status" in query.text, query.where
        if not re.search(r"skg:status skg:\w+", query.text):
            assert re.search(r"\?\w*[sS]tatus\b", query.text.partition("WHERE")[0]), query.where


PARAMETERS = [
    ("deported-to", {"place": "place/orenbourg"}, "Victor Serge"),
    ("prisoner-sequence", {"person": "person/anita-roussakova"}, "la seconde arrestation d’Anita Roussakova"),
    ("deprived-of", {"person": "group/objecteurs-d-urss"}, "amnistie"),
    ("relatives-repressed", {"person": "person/victor-serge"}, "Anita Roussakova"),
    ("questions-about-fates", {"text": "article/au-sujet-de-victor-serge-et-de-calligaris"}, "Calligaris"),
    ("laws-by-penalty", {"penalty": "penalty-kind/haute-surveillance"}, "les passeports spéciaux"),
    ("works-of", {"person": "person/maxime-gorki"}, "les souvenirs de Gorki sur Lénine"),
    ("dated-in-range", {"from": "1936-01-01", "until": "1936-05-31"}, "la mort de Solntsev"),
    ("ages", {"group": "group/soutiens-de-victor-serge"}, "Jacques Mesnil"),
    ("ages", {"day": "1935-12-31"}, "Solntsev"),
    ("links-refused", {"class": "skg:PenaltyKind"}, "http://www.wikidata.org/entity/Q40357"),
    ("by-words", {"word": "belle-sœur"}, "Anita Roussakova"),
    ("event-by-text", {"event": "event/depart-de-victor-serge-d-urss"}, "l’U.R.S.S."),
    ("wikidata-links", {"class": "skg:Place"}, "Viatka"),
    ("group-members", {"group": "group/soutiens-de-victor-serge"}, "Jacques Mesnil"),
]


@pytest.mark.parametrize(
    ("name", "values", "wanted"), PARAMETERS, ids=["-".join((case[0], *case[1])) for case in PARAMETERS]
)
def test_a_parameter_changes_the_answer(
    name: str, values: dict[str, str], wanted: str, server: str, release: Release
) -> None:
    _, *rows = answered(server, NAMED[name], release.base, values)
    assert any(wanted in row for row in rows)
    assert not any(wanted in row for row in expected_rows(NAMED[name]))


@pytest.mark.parametrize(
    ("year", "wanted"), [("1927", {("certain", "1927")}), ("1928", {("possible", "1928~")})]
)
def test_a_date_in_doubt_is_never_certain(
    year: str, wanted: set[tuple[str, str]], server: str, release: Release
) -> None:
    values = {"from": f"{year}-01-01", "until": f"{year}-12-31"}
    _, *rows = answered(server, NAMED["dated-in-range"], release.base, values)
    expulsion = f"{release.base}id/event/exclusion-de-victor-serge-du-parti"
    assert {(within, date) for within, date, event, *_ in rows if event == expulsion} == wanted


@pytest.mark.slow
@every_question
def test_every_default_of_a_parameter_is_in_the_graph(
    query: StoredQuery, store: LocalStore, release: Release
) -> None:
    for parameter in query.parameters:
        if parameter.type == "iri":
            thing = to_term(parameter, parameter.default, release.base).n3()
            assert bool(store.query(f"ASK {{ {thing} rdfs:label ?name }}")), thing


def test_every_expected_answer_has_its_question() -> None:
    answers = {path.stem for path in DIRECTORY.iterdir() if path.suffix in (".csv", ".ttl")}
    assert answers == set(NAMED)


def test_the_list_of_the_questions_is_up_to_date() -> None:
    text = Path(ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    assert LIST.search(text)
    assert listing(COMPETENCY) in text, "run `make questions`"
