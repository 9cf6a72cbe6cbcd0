"""Lists are narrowed and counted truly; texts are compared; coverage tells all of a text."""

import re

import pytest
from faces import ENGLISH, FRENCH, page, words
from flask.testing import FlaskClient
from rdflib import Literal, URIRef

from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.vocab import SKG
from sergekg.web.compare import Line, compare_statements
from sergekg.web.index import Choice, Index, build_index
from sergekg.web.interpretations import InterpretationView
from sergekg.web.statements import StatementView

BASE = "https://w3id.org/sergekg/id/"


@pytest.fixture(scope="module")
def held(store: LocalStore) -> Index:
    return build_index(store)


@pytest.mark.parametrize(
    ("choice", "pattern"),
    [
        (Choice(), ""),
        (Choice(status="denied"), "?s skg:status skg:denied"),
        (
            Choice(document=f"{BASE}letter/lettre-a-andre-gide"),
            f"?s skg:statedIn <{BASE}letter/lettre-a-andre-gide>",
        ),
        (
            Choice(since=1936, until=1936),  # a date open at one end reaches as far as any
            "OPTIONAL { ?s skg:earliest ?e } OPTIONAL { ?s skg:latest ?l }"
            "FILTER((BOUND(?e) || BOUND(?l)) && COALESCE(YEAR(?e) <= 1936, true) && COALESCE(YEAR(?l) >= 1936, true))",
        ),
    ],
)
def test_a_choice_fits_what_a_query_fits(
    held: Index, store: LocalStore, choice: Choice, pattern: str
) -> None:
    rows = store.select(f"SELECT DISTINCT ?s {{ ?s a skg:Statement . {pattern} }}")
    assert {entry.iri for entry in held.statements(choice)} == {str(row["s"]) for row in rows}


def test_a_facet_tells_how_many_each_of_its_values_would_leave(held: Index) -> None:
    choice = Choice(document=f"{BASE}letter/lettre-a-andre-gide")
    for field, values in held.facets_of_statements(choice).items():
        for value, count in values:
            chosen = Choice(**{"document": choice.document, field: value})  # type: ignore[arg-type]
            assert len(held.statements(chosen)) == count, (field, value)


def test_a_list_of_things_counts_their_statements(client: FlaskClient, store: LocalStore) -> None:
    html = page(client, "/browse/persons")
    row = store.select(
        f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a skg:Statement ; rdf:subject|rdf:object|skg:describesEvent <{BASE}person/solntsev> }}"
    )[0]
    found = re.search(r'href="/page/person/solntsev".*?</tr>', html, re.DOTALL)
    assert found
    assert words(found[0]).endswith(str(row["n"]))


@pytest.mark.parametrize(
    "slug", ["persons", "groups", "places", "events", "writings", "notions", "statements"]
)
@pytest.mark.parametrize("query", ["", "?q=serge", "?status=questioned", "?since=1930&until=1936", "?page=1"])
def test_every_list_can_be_narrowed(client: FlaskClient, slug: str, query: str) -> None:
    assert "<h1>" in page(client, f"/browse/{slug}{query}")


@pytest.mark.parametrize(
    "query",
    ["?since=abc", "?since=99999", "?status=nope",
     "?cls=%3Cscript%3E", "?q=" + "x" * 10_000, "?q=.*%2B%3F", "?q=%D8%A7%D9%84", "?q=%F0%9F%99%82", "?voice=javascript:alert(1)"],
)  # fmt: skip
def test_no_argument_breaks_a_list(client: FlaskClient, query: str) -> None:
    assert "<h1>" in page(client, f"/browse/statements{query}")
    assert "<h1>" in page(client, f"/browse/persons{query}")


@pytest.mark.parametrize(
    ("query", "status"), [("?page=99", 404), ("?page=0", 400), ("?page=x", 400), ("?page=9999999999", 400)]
)
def test_a_page_that_a_list_does_not_have_is_an_error(client: FlaskClient, query: str, status: int) -> None:
    page(client, f"/browse/statements{query}", status=status)
    page(client, f"/browse/persons{query}", status=status)


def test_pages_of_a_list_lead_to_the_last(client: FlaskClient) -> None:
    html = page(client, "/browse/statements")
    last = int(re.search(r"page 1 sur (\d+)", words(html))[1])  # type: ignore[index]
    assert 'rel="next"' not in page(client, f"/browse/statements?page={last}")
    said = words(page(client, f"/browse/statements?page={last + 1}", status=404))
    assert f"La dernière page de cette liste est la page {last}." in said


def test_an_unknown_list_names_the_known_ones(client: FlaskClient) -> None:
    assert "persons" in page(client, "/browse/nope", status=404)


def test_words_of_the_texts_narrow_the_statements(client: FlaskClient) -> None:
    html = page(client, "/browse/statements?q=belle-soeur")
    assert "ma belle-sœur" in html


def test_a_name_in_the_search_field_is_suggested_with_its_class(client: FlaskClient) -> None:
    found = client.get("/search.json?q=soukh", headers=FRENCH).get_json()
    assert found[0]["iri"] == f"{BASE}person/soukhanov"
    assert found[0]["class"] == "Personne"


def said(
    obj: str,
    date: str = "",
    status: str = "asserted",
    document: str = "d",
    predicate: URIRef = URIRef("p"),  # noqa: B008 - never changed
    **more: object,
) -> StatementView:
    earliest, latest = (f"{date}-01-01", f"{date}-12-31") if date else ("", "")
    return StatementView(
        URIRef(f"{document}/{obj}/{date}"), URIRef("s"), predicate, URIRef(obj), status, URIRef("v"),
        URIRef(document), URIRef("t"), 0, 1, "", "", "fr", date=date, earliest=earliest, latest=latest, **more,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ([said("a")], [said("a", document="e")], "agree"),
        ([said("a", "1927")], [said("a", "1927", document="e")], "agree"),
        ([said("a")], [said("a", "1936", document="e")], "complete"),
        ([said("a", "1921")], [said("a", "1933", document="e")], "complete"),
        ([said("a", "1921")], [said("a", "1933", "reported", document="e")], "complete"),
        (
            [said("a", "1927", event=URIRef("x"))],
            [said("a", "1928", document="e", event=URIRef("x"))],
            "differ",
        ),
        (
            [said("a", "1927", predicate=SKG.died)],
            [said("a", "1928", document="e", predicate=SKG.died)],
            "differ",
        ),
        ([said("a")], [said("a", status="questioned", document="e")], "firmness"),
        ([said("a")], [said("a", status="denied", document="e")], "differ"),
        (
            [said("a", "1927", predicate=SKG.died)],
            [said("a", "1929", "reported", document="e", predicate=SKG.died)],
            "differ",
        ),
        ([said("a", predicate=SKG.died)], [said("b", document="e", predicate=SKG.died)], "differ"),
        ([said("a")], [], "left"),
        ([], [said("a")], "right"),
        ([said("a", conflicts=(URIRef("e/a/1928"),))], [said("a", "1928", document="e")], "conflict"),
        (
            [said("a", conflicts=(URIRef("e/b/"),))],
            [said("b", document="e", predicate=URIRef("q"))],
            "conflict",
        ),
    ],
)
def test_two_texts_are_compared_on_a_point(
    left: list[StatementView], right: list[StatementView], verdict: str
) -> None:
    assert [line.verdict for line in compare_statements(left, right)] == [verdict]


def test_a_literal_and_a_thing_are_never_taken_for_each_other() -> None:
    from dataclasses import replace

    one, other = said("a"), replace(said("a", document="e"), object=Literal("a"))
    assert [line.verdict for line in compare_statements([one], [other])] == ["left", "right"]


def test_two_objects_of_a_property_that_may_have_many_do_not_differ() -> None:
    lines = compare_statements([said("a"), said("b")], [said("b", document="e"), said("c", document="e")])
    assert [(line.verdict, len(line.left), len(line.right)) for line in lines] == [
        ("agree", 1, 1),
        ("left", 1, 0),
        ("right", 0, 1),
    ]


def test_a_contradiction_keeps_what_agrees_with_one_of_the_two_beside_it() -> None:
    left = [said("a", conflicts=(URIRef("e/b/"),)), said("c")]
    right = [said("a", "1936", document="e"), said("b", document="e")]
    lines = compare_statements(left, right)
    assert [(line.verdict, len(line.left), len(line.right)) for line in lines] == [
        ("conflict", 1, 2),
        ("left", 1, 0),
    ]


def test_the_contradiction_on_the_expulsion_is_shown_with_its_reason(
    client: FlaskClient, store: LocalStore
) -> None:
    rows = store.select(
        "SELECT ?thing { ?a skg:conflictsWith ?b . ?a skg:describesEvent ?thing . ?b skg:describesEvent ?thing ; skg:statedIn ?y . ?a skg:statedIn ?x FILTER(?x != ?y) }"
    )
    assert rows
    html = page(client, "/compare/" + str(rows[0]["thing"]).partition("/id/")[2])
    assert 'class="verdict conflict"' in html
    assert re.search(r'<tr class="why">.*?contradiction', html, re.DOTALL)


@pytest.mark.parametrize(
    ("certainties", "heading"),
    [
        ((), "conflict"),
        (("certain", "possible"), "conflict"),
        (("probable", "possible"), "conflict-probable"),
        (("possible",), "conflict-possible"),
    ],
)
def test_a_contradiction_is_headed_by_how_sure_it_is(certainties: tuple[str, ...], heading: str) -> None:
    reasons = [
        InterpretationView(URIRef("i"), URIRef("a"), URIRef("p"), URIRef("b"), certainty, None, "", "", {})
        for certainty in certainties
    ]
    assert Line([said("a")], [said("b")], "conflict", reasons).heading == heading
    assert Line([said("a")], [said("b")], "complete", reasons).heading == "complete"


def test_a_possible_contradiction_is_not_told_as_a_certain_one(client: FlaskClient) -> None:
    left, right = (
        f"{BASE}article/au-sujet-de-victor-serge-et-de-calligaris",
        f"{BASE}letter/lettre-a-magdeleine-paz",
    )
    html = page(client, f"/compare/person/victor-serge?left={left}&right={right}")
    headings = re.findall(r'class="verdict conflict">(.*?)<', html)
    assert "se contredisent peut-être" in headings
    assert "se contredisent" not in headings


def test_comparing_what_one_text_alone_speaks_of_is_refused(client: FlaskClient) -> None:
    assert "two texts" in page(client, "/compare/person/anita-roussakova", ENGLISH, status=404)


@pytest.mark.parametrize("slug", ["a%3Eb", "%20x", "x%22y", "x%0Ay", "%00", "%ff"])
def test_comparing_what_cannot_be_the_name_of_a_thing_finds_nothing(client: FlaskClient, slug: str) -> None:
    assert client.get(f"/compare/person/{slug}").status_code == 404


def test_coverage_shows_every_sentence_of_every_text(client: FlaskClient, release: Release) -> None:
    html = words(page(client, "/coverage"))
    for slug in release.texts:
        text = release.text(slug)
        for _, _, account, reason in text["coverage"]["sentences"]:
            assert account in ("covered", "silent", "open")
            if account == "silent":
                assert " ".join(reason.split()) in html


@pytest.mark.parametrize(
    "address", ["/timeline", "/network", "/letters", "/map", "/coverage", "/compare", "/browse"]
)
@pytest.mark.parametrize("headers", [FRENCH, ENGLISH], ids=["fr", "en"])
def test_every_overview_is_there_in_both_languages(
    client: FlaskClient, address: str, headers: dict[str, str]
) -> None:
    assert "<h1>" in page(client, address, headers)


@pytest.mark.parametrize("address", ["/timeline", "/network", "/letters", "/map"])
def test_an_overview_says_which_query_it_is_drawn_from(client: FlaskClient, address: str) -> None:
    html = page(client, address)
    found = re.search(
        r'class="drawn-from".*?href="(/queries/[a-z-]+)".*?href="(/sparql\?load=[a-z-]+)"', html, re.DOTALL
    )
    assert found
    page(client, found[1])


def test_a_timeline_of_one_text_begins_with_that_text(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sergekg.web.views.PAGE", 3)
    documents = re.findall(r'<option value="(http[^"]+)"', page(client, "/timeline"))
    assert len(documents) == 3
    for document in documents:
        html = page(client, f"/timeline?document={document}")
        key = document.partition("/id/")[2]
        assert html.count('class="source-name"') == html.count(f'class="source-name" href="/page/{key}?') == 3
        assert f'value="{document}" selected' in html


def test_a_denied_tie_is_not_drawn_as_an_asserted_one(client: FlaskClient, store: LocalStore) -> None:
    html = page(client, "/network?kind=person")
    assert re.findall(r'<line class="(\w+)"', html)
    assert set(re.findall(r'<line class="(\w+)"', html)) <= {
        "asserted", "reported", "questioned", "denied", "hypothetical", "rhetorical",
    }  # fmt: skip
