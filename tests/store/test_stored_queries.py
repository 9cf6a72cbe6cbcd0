"""Stored queries: what their head says, and how values become terms."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import XSD, Literal, URIRef

from sergekg.assets import asset_dir
from sergekg.errors import QueryError
from sergekg.store.local import LocalStore
from sergekg.store.pooled import read
from sergekg.store.queries import Parameter, StoredQuery, read_queries, read_query, to_term

BASE = "https://example.org/kg/"
HEAD = """#+ title.fr: Qui a été déporté ?
#+ title.en: Who was deported?
#+ theme: repression
#+ param.where: iri place/viatka
#+ param.where.title.fr: lieu
#+ param.since: date 1930-01-01
#+ param.word: text
#+ param.most: integer 10
"""
BODY = """# $where in a comment stays
SELECT ?who { ?who skg:wasDeportedTo $where ; ?p "$word stays" . FILTER(?d > $since && ?w = $word) } LIMIT $most
"""


def made(tmp_path: Path, text: str, name: str = "deported") -> StoredQuery:
    (tmp_path / "themes").mkdir(exist_ok=True)
    path = tmp_path / "themes" / f"{name}.rq"
    path.write_text(text, encoding="utf-8")
    return read_query(path, tmp_path)


def test_a_head_gives_titles_theme_and_parameters(tmp_path: Path) -> None:
    query = made(tmp_path, HEAD + BODY)
    assert (query.name, query.group) == ("deported", "themes")
    assert query.title("fr") == "Qui a été déporté ?"
    assert query.title("en") == query.title("xx").replace("Qui a été déporté ?", "Who was deported?")
    assert query.said("theme", "fr") == "repression"
    assert [(p.name, p.type, p.default) for p in query.parameters] == [
        ("where", "iri", "place/viatka"),
        ("since", "date", "1930-01-01"),
        ("word", "text", ""),
        ("most", "integer", "10"),
    ]
    assert query.parameters[0].titles == {"fr": "lieu"}


def test_a_head_names_columns_and_values_and_what_it_does_not_name_stands(tmp_path: Path) -> None:
    head = "#+ column.who.fr: qui\n#+ column.who.en: who is it\n#+ value.how.about.fr: environ\n"
    query = made(tmp_path, head + 'SELECT ?who ?how { ?who ?p ?o . BIND("about" AS ?how) }')
    assert [query.column(name, "fr") for name in ("who", "how")] == ["qui", "how"]
    assert [query.column(name, "en") for name in ("who", "how")] == ["who is it", "how"]
    assert [query.value("how", word, "fr") for word in ("about", "exact")] == ["environ", ""]
    assert query.value("who", "about", "fr") == ""


def test_values_take_the_places_of_parameters_and_of_nothing_else(tmp_path: Path) -> None:
    text = made(tmp_path, HEAD + BODY).fill({"word": 'l"ouvrage'}, BASE)
    assert f"skg:wasDeportedTo <{BASE}id/place/viatka> ;" in text
    assert '?w = "l\\"ouvrage")' in text
    assert '"1930-01-01"^^<http://www.w3.org/2001/XMLSchema#date>' in text
    assert "# $where in a comment stays" in text
    assert '"$word stays"' in text


def test_a_value_that_is_missing_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="wants a value for word"):
        made(tmp_path, HEAD + BODY).fill({}, BASE)


@pytest.mark.parametrize(
    ("type_", "value", "term"),
    [
        ("iri", "person/victor-serge", URIRef(f"{BASE}id/person/victor-serge")),
        ("iri", "skg:Person", URIRef("https://w3id.org/sergekg/ontology#Person")),
        ("iri", "<https://a.example/x>", URIRef("https://a.example/x")),
        ("iri", "https://a.example/x", URIRef("https://a.example/x")),
        ("integer", "-12", Literal("-12", datatype=XSD.integer)),
        ("date", "1936-05-01", Literal("1936-05-01", datatype=XSD.date)),
        ("text", "<b>", Literal("<b>")),
    ],
)
def test_a_person_s_value_becomes_a_term(type_: str, value: str, term: URIRef | Literal) -> None:
    assert to_term(Parameter("x", type_), value, BASE) == term


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("iri", "no iri"),
        ("iri", "<a b>"),
        ("iri", 'https://a.example/"> } DROP ALL #'),
        ("integer", "1.5"),
        ("integer", "9" * 40),
        ("date", "1936-13-01"),
        ("date", "mai 1936"),
        ("text", "x" * 2001),
    ],
)
def test_a_value_of_another_type_is_refused(type_: str, value: str) -> None:
    with pytest.raises(QueryError):
        to_term(Parameter("x", type_), value, BASE)


@given(st.text(max_size=200))
def test_no_value_leaves_its_place_in_the_query(value: str) -> None:
    import pyoxigraph as ox

    parameters = (Parameter("x", "text"),)
    from sergekg.errors import Location

    query = StoredQuery("q", "SELECT ?v { BIND($x AS ?v) }", {}, parameters, "", Location("q"))
    try:
        text = query.fill({"x": value}, BASE)
    except QueryError:
        assert not value.strip()
        return
    rows = list(ox.Store().query(text))  # type: ignore[arg-type]
    assert rows[0]["v"].value == value.strip()  # type: ignore[union-attr, index]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("#+ no decorator\nASK {}", 1, "is no decorator"),
        ("#+ title: x\n#+ param.a: number 3\nASK { ?x ?y $a }", 2, "unknown type 'number'"),
        ("#+ param.a.title.fr: lieu\nASK {}", 1, "comes before"),
        ("#+ param.a: text x\nASK {}", None, "declared and not used"),
        ('#+ column.who.fr: qui\nSELECT ?w { ?w ?p "?who" }', None, "declared and not used"),
    ],
)
def test_a_mistake_in_a_head_says_file_and_line(
    tmp_path: Path, text: str, line: int | None, says: str
) -> None:
    with pytest.raises(QueryError, match=says) as caught:
        made(tmp_path, text)
    assert caught.value.where
    assert caught.value.where.path == "queries/themes/deported.rq"
    assert caught.value.where.line == line


def test_a_query_with_a_mistake_does_not_hide_the_others(tmp_path: Path) -> None:
    made(tmp_path, "ASK {}", "good")
    (tmp_path / "themes" / "bad.rq").write_bytes(b"\xff")
    (tmp_path / "themes" / "Bad Name.rq").write_text("ASK {}")
    (tmp_path / "good.rq").write_text("ASK {}")
    queries, problems = read_queries(tmp_path)
    assert [query.name for query in queries] == ["good"]
    assert sorted(str(problem.where) for problem in problems) == [
        "queries/themes/Bad Name.rq", "queries/themes/bad.rq", "queries/themes/good.rq",
    ]  # fmt: skip


def test_every_query_of_the_project_is_sound_titled_and_runs(store: LocalStore) -> None:
    queries, problems = read_queries(asset_dir("queries"))
    assert problems == []
    assert queries
    for query in queries:
        assert query.head.get("title.fr"), query.where
        assert query.head.get("title.en"), query.where
        text = query.fill({}, "https://w3id.org/sergekg/")
        if read(text).form == "SELECT":
            store.select(text)
