"""The query desk without a browser: its page, what its editor asks, permanent links, the API."""

import csv
import io
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from faces import ENGLISH, FRENCH, page
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from openapi_spec_validator import validate
from openapi_spec_validator.validation import OpenAPIV31SpecValidator

from sergekg.assets import asset_dir
from sergekg.config import Config
from sergekg.errors import QueryTimeout, StoreError, StoreUnavailable
from sergekg.store.queries import read_queries
from sergekg.web import create_app, doubts
from sergekg.web import saved as saving
from sergekg.web.asking import suffixes_of, to_spreadsheet
from sergekg.web.doubts import doubt_about
from sergekg.web.highlight import highlight
from sergekg.web.saved import load_query, save_query
from sergekg.web.stored import all_queries

HTML = {"Accept": "text/html"}
QUERY = "SELECT ?who WHERE { ?who skg:wasDeportedTo ?where } ORDER BY ?who"


def kept(client: FlaskClient, query: str = QUERY) -> str:
    answer = client.post("/q", data={"query": query}, headers=HTML)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_a_browser_at_sparql_gets_the_desk(client: FlaskClient) -> None:
    assert "Bureau des requêtes" in page(client, "/sparql")


def test_a_program_at_sparql_does_not_get_the_desk(client: FlaskClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert answer.mimetype != "text/html"


def test_the_desk_opens_a_stored_query_with_its_values(client: FlaskClient) -> None:
    html = page(client, "/sparql?load=ties")
    assert "skg:Organisation" in html
    assert re.search(r"<textarea[^>]*># Les liens entre", html)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("load=nope", "Aucune requête enregistrée ne s’appelle nope."),
        ("q=0123456789ab", "Aucune requête n’est gardée sous 0123456789ab."),
        ("q=%3Cscript%3E", "Aucune requête n’est gardée sous <script>."),
    ],
)
def test_the_desk_says_that_a_query_is_not_there(client: FlaskClient, asked: str, said: str) -> None:
    assert said in page(client, f"/sparql?{asked}", status=404)


def test_a_question_asked_with_a_wrong_value_says_so(client: FlaskClient) -> None:
    html = page(client, "/queries/deported-to?place=%3Cb%3E", status=400)
    assert "donnez un IRI" in html
    assert "<b>" not in client.get("/queries/deported-to?place=%3Cb%3E").get_data(as_text=True)


def test_every_answer_of_the_desk_has_a_nonce_of_its_own(client: FlaskClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = client.get("/desk", headers=HTML)
        policy = answer.headers["Content-Security-Policy"]
        found = re.search(r"style-src 'self' 'nonce-([\w-]+)'", policy)
        assert found
        assert f'content="{found[1]}"' in answer.get_data(as_text=True)
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        nonces.add(found[1])
    assert len(nonces) == 2


def test_without_javascript_the_desk_answers_in_a_table(client: FlaskClient) -> None:
    html = client.post("/desk", data={"query": QUERY}, headers={**HTML, **FRENCH}).get_data(as_text=True)
    assert "Anita Roussakova" in html
    assert 'class="list results"' in html


def test_without_javascript_a_mistake_is_said_with_its_line(client: FlaskClient) -> None:
    answer = client.post("/desk", data={"query": "SELECT ?x WHERE {\n ?x ?y }"}, headers={**HTML, **ENGLISH})
    assert answer.status_code == 400
    assert "line 2" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "line"),
    [("SELECT * WHERE {\n  ?a ?b }", 2), ("ASK {} }", 1), ("SELECT ?x {\n\n ?x nope:p ?y }", 3)],
)
def test_the_editor_learns_where_a_mistake_is(client: FlaskClient, query: str, line: int) -> None:
    found = client.post("/desk/check", data={"query": query}).get_json()
    assert found["ok"] is False
    assert found["line"] == line
    assert found["message"]


def test_the_editor_learns_that_a_query_is_right(client: FlaskClient) -> None:
    assert client.post("/desk/check", data={"query": QUERY}).get_json() == {"ok": True, "hint": None}


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("skg:Persone", "L’ontologie n’a pas de skg:Persone. Vouliez-vous dire skg:Person\u202f?"),
        ("skg:Qzxw9", "L’ontologie n’a pas de skg:Qzxw9."),
        ("skg:Person", None),
    ],
)
def test_a_term_that_nobody_defined_is_pointed_out(client: FlaskClient, term: str, said: str | None) -> None:
    query = f'SELECT ?x {{ ?x a {term} ; skg:textMatch "nobody at all" }}'
    assert client.post("/desk/check", data={"query": query}, headers=FRENCH).get_json()["hint"] == said
    shown = client.post("/desk", data={"query": query}, headers=HTML | FRENCH).get_data(as_text=True)
    assert (said or "L’ontologie n’a pas") in shown if said else "L’ontologie n’a pas" not in shown


def test_completion_knows_the_terms_of_each_graph(client: FlaskClient) -> None:
    found = client.get("/desk/terms.json").get_json()
    graphs = {graph.rpartition("/graph/")[2]: str(i) for i, graph in enumerate(found["graphs"])}
    terms = {term["short"]: term for term in found["terms"] if not term["class"]}
    assert terms["skos:prefLabel"]["counts"][graphs["entities"]] > 400
    assert graphs["entities"] not in terms["skg:wasDeportedTo"]["counts"]
    assert terms["skg:wasDeportedTo"]["names"]["fr"] == "a subi une déportation à"
    assert any(term["class"] and term["short"] == "skg:Person" for term in found["terms"])


def test_names_of_things_come_in_the_reader_s_language(client: FlaskClient) -> None:
    iri = "https://w3id.org/sergekg/id/person/anita-roussakova"
    asked = {"iris": [iri, "javascript:alert(1)", "not an iri", "https://other.example/"]}
    found = client.post("/desk/names", json=asked, headers=ENGLISH).get_json()
    assert found[iri]["name"] == "Anita Russakova"
    assert found[iri]["href"] == "/page/person/anita-roussakova"
    assert found["javascript:alert(1)"]["href"] == ""
    assert "not an iri" not in found


@pytest.mark.parametrize(
    "body", ["", "[]", '{"iris": "x"}', '{"iris": [1]}', "nonsense", "[" * 100_000], ids=range(6)
)
def test_nonsense_asked_of_the_names_is_a_client_s_mistake(client: FlaskClient, body: str) -> None:
    assert client.post("/desk/names", data=body, content_type="application/json").status_code == 400


def test_a_query_gets_a_permanent_link_that_stays_the_same(client: FlaskClient) -> None:
    address = kept(client)
    assert re.fullmatch(r"/q/[0-9a-f]{12}", address)
    assert kept(client, QUERY.replace("\n", "\r\n")) == address
    assert kept(client, QUERY + " LIMIT 1") != address


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/html", "text/html"),
        ("application/sparql-query", "application/sparql-query"),
        ("text/csv", "text/csv"),
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_a_permanent_link_is_negotiated(client: FlaskClient, accept: str, wanted: str) -> None:
    answer = client.get(kept(client), headers={"Accept": accept})
    assert answer.mimetype == wanted
    assert "Accept" in answer.headers["Vary"]


def test_a_permanent_link_that_cannot_please_says_so(client: FlaskClient) -> None:
    assert client.get(kept(client), headers={"Accept": "image/png"}).status_code == 406


def test_a_permanent_link_tells_its_release_and_how_to_cite_it(client: FlaskClient, app: Flask) -> None:
    html = page(client, kept(client))
    assert app.extensions["sergekg"].release.short in html
    assert 'class="citation"' in html
    assert "Posée à cette édition même." in html


def test_a_query_of_another_release_says_that_its_answer_may_differ(client: FlaskClient, app: Flask) -> None:
    directory = app.extensions["sergekg"].config.var / "queries"
    old = save_query(directory, QUERY, "f" * 64, "0.9")
    assert "peut en différer" in page(client, f"/q/{old.hash}")


def test_an_answer_for_a_spreadsheet_keeps_its_accents_and_runs_nothing(client: FlaskClient) -> None:
    address = kept(client, 'SELECT ?a ?b { VALUES (?a ?b) { ("Verkhnéouralsk" "=HYPERLINK(1)") } }')
    raw = client.get(f"{address}.csv?spreadsheet=1").data
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[1] == ["Verkhnéouralsk", "'=HYPERLINK(1)"]
    assert not client.get(f"{address}.csv").data.startswith(b"\xef\xbb\xbf")


def test_a_table_for_spreadsheets_keeps_quotes_and_line_ends() -> None:
    table = b'a,b\r\n"x ""y"" z","one\ntwo"\r\n'
    assert list(csv.reader(io.StringIO(b"".join(to_spreadsheet([table])).decode("utf-8-sig")))) == [
        ["a", "b"],
        ['x "y" z', "one\ntwo"],
    ]


def test_a_table_for_spreadsheets_keeps_its_numbers() -> None:
    cells = ["-2", "+1.5", "-.5e-3", "-2x", "-1-1", "+"]
    table = [f"{','.join(cells)}\n".encode()[at : at + 1] for at in range(30)]
    assert b"".join(to_spreadsheet(table)).decode("utf-8-sig") == "-2,+1.5,-.5e-3,'-2x,'-1-1,'+\n"


@pytest.mark.parametrize("digits", [5, 62, 63, 64, 200, 100_000])
def test_a_formula_behind_many_digits_is_none_wherever_pieces_end(digits: int) -> None:
    ones = b"1" * digits
    for pieces in ([b"x\r\n+" + ones + b"+cmd\r\n"], [b"x\r\n+" + ones, b"+cmd\r\n"]):
        assert b"\r\n'+1" in b"".join(to_spreadsheet(pieces))
    number = b"".join(to_spreadsheet([b"x\r\n+" + ones, b"\r\n"]))
    assert (b"'" in number) == (digits > 63)


def test_a_table_for_spreadsheets_goes_on_its_way_as_it_comes() -> None:
    source = iter([b"a,b\r\n", b"=1,2\r\n", b'3,"4\n"INCOMPLETE RESULT: it broke off'])
    safe = to_spreadsheet(source)
    assert [next(safe) for _ in range(3)] == [b"\xef\xbb\xbf", b"a,b\r\n", b"'=1,2\r\n"]
    assert next(source).startswith(b"3"), "the next piece has not been taken yet"


def test_a_table_for_spreadsheets_keeps_what_says_that_it_is_not_whole() -> None:
    trailer = b'\n"INCOMPLETE RESULT: more than 2 rows'
    assert b"".join(to_spreadsheet([b"a\r\n1\r\n", trailer])).endswith(b"1\r\n" + trailer)


CELLS = st.text(st.sampled_from("=+-@\t\r\n,\"'aé12.e"), max_size=5)
NUMBER = re.compile(r"[+-](\d+\.?\d*|\.\d+)(e[+-]?\d+)?")


@given(table=st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=4), size=st.integers(1, 40))
def test_a_table_for_spreadsheets_is_the_same_wherever_its_pieces_end(
    table: list[list[str]], size: int
) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    data = out.getvalue().encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    safe = b"".join(to_spreadsheet(pieces)).decode("utf-8-sig")
    expected = [
        [
            f"'{cell}" if re.match(r"[=+\-@\t\r]", cell) and not NUMBER.fullmatch(cell) else cell
            for cell in row
        ]
        for row in table
    ]
    assert list(csv.reader(io.StringIO(safe, newline=""), strict=True)) == expected


@pytest.mark.parametrize(
    "address", ["/q/0123456789ab", "/q/..%2F..%2Fsergekg", "/q/x", "/q/0123456789ab.csv"]
)
def test_an_unknown_permanent_link_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address, headers=HTML).status_code == 404


def test_a_wrong_query_gets_no_permanent_link(client: FlaskClient) -> None:
    answer = client.post("/q", data={"query": "SELECT"}, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.get_json()["line"] == 1


@pytest.mark.parametrize("address", ["/q", "/desk", "/desk/check"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[::1"])
def test_another_site_cannot_use_the_desk_of_a_reader(client: FlaskClient, address: str, origin: str) -> None:
    answer = client.post(address, data={"query": QUERY}, headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize(("query", "status"), [("", 400), ("x" * 200_000, 413)])
def test_nothing_and_too_much_are_refused(client: FlaskClient, query: str, status: int) -> None:
    assert client.post("/q", data={"query": query}).status_code == status


def test_kept_queries_cannot_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST", 2)
    save_query(tmp_path, "ASK {}", "r", "1")
    save_query(tmp_path, "ASK { ?a ?b ?c }", "r", "1")
    with pytest.raises(StoreError, match="no more queries"):
        save_query(tmp_path, "ASK { ?x ?y ?z }", "r", "1")
    assert save_query(tmp_path, "ASK {}", "r", "1").hash


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be kept"):
        save_query(tmp_path / "file" / "queries", "ASK {}", "r", "1")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"query": 1}', "\udcff"])
def test_a_damaged_file_is_no_query(tmp_path: Path, content: str) -> None:
    (tmp_path / "0123456789ab.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    assert load_query(tmp_path, "0123456789ab") is None


def test_hostile_results_are_shown_and_do_nothing(client: FlaskClient) -> None:
    query = 'SELECT ?t ?i { VALUES (?t ?i) { ("<script>alert(1)</script>" <javascript:alert(2)>) } }'
    raw = client.get(kept(client, query), headers=HTML).get_data(as_text=True)
    assert "<script>alert" not in raw
    assert "&lt;script&gt;alert(1)" in raw
    assert 'href="javascript' not in raw


@pytest.mark.parametrize("query", ['SELECT (BNODE("a") AS ?x) {}', "CONSTRUCT { [] <urn:p> 1 } {}"])
def test_a_blank_node_is_shown_as_one(client: FlaskClient, query: str) -> None:
    assert "_:" in client.get(kept(client, query), headers=HTML).get_data(as_text=True)
    assert client.post("/desk", data={"query": query}, headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "query", ['SELECT * { ?s ?p "<b>&" } # <script>', "'''<x>'''", "<javascript:x>", "\x00 ?a"]
)
def test_marking_a_query_escapes_it(query: str) -> None:
    shown = re.sub(r'</?span(?: class="sq-\w+")?>', "", str(highlight(query)))
    assert "<" not in shown
    assert ">" not in shown


# -- stored queries as pages and as an API


def test_the_questions_stand_under_their_themes_in_both_languages(client: FlaskClient) -> None:
    assert "Vues d’ensemble" in page(client, "/queries")
    assert "Overviews" in page(client, "/queries", ENGLISH)


@pytest.mark.parametrize("name", ["timeline", "places", "ties", "letters", "mentions"])
def test_a_question_has_a_page_with_its_answer_and_its_sparql(client: FlaskClient, name: str) -> None:
    html = page(client, f"/queries/{name}")
    assert 'class="list results"' in html
    assert 'class="sq-keyword">SELECT' in html
    assert f"/api/{name}.csv" in html


@pytest.mark.parametrize(
    ("query", "part", "text"),
    [
        (r"ASK { skg:\'\'\' ?p ?o }", "name", r"skg:\'\'\'"),
        (r"ASK { :\'a ?p ?o }", "name", r":\'a"),
        ("ASK { 'open 'a", "string", "'open '"),
        ("'open ?a", "string", "'open ?a"),
        ('"open\\', "string", '"open'),
        ("""'''open " ' ""\n""", "string", """'''open " ' ""\n"""),
        ('"""open\\', "string", '"""open\\'),
    ],
)
def test_a_quote_that_opens_or_closes_nothing_is_looked_at_once(query: str, part: str, text: str) -> None:
    assert f'<span class="sq-{part}">{escape(text)}</span>' in highlight(query)


def test_what_begins_no_name_is_not_looked_at_again_within_itself() -> None:
    assert "sq-name" not in highlight("'a'@aaaaaaaa-aaaaaaaa-b ")
    assert highlight("éa:x") == 'éa<span class="sq-name">:x</span>'


@pytest.mark.parametrize(
    ("suffix", "media"),
    [("csv", "text/csv"), ("json", "application/sparql-results+json"), ("tsv", "text/tab-separated-values")],
)
def test_a_question_is_answered_to_programs(client: FlaskClient, suffix: str, media: str) -> None:
    answer = client.get(f"/api/letters.{suffix}")
    assert answer.mimetype == media
    assert b"lettre-a-andre-gide" in answer.data


def test_an_answer_that_does_not_come_in_a_format_says_in_which_it_does(client: FlaskClient) -> None:
    answer = client.get("/api/letters.ttl")
    assert answer.status_code == 404
    assert "csv, json" in answer.get_json()["detail"]


def test_an_unknown_parameter_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.get("/api/letters.csv?whom=x")
    assert answer.status_code == 400
    assert "whom" in answer.get_json()["detail"]


def test_a_browser_is_led_from_the_api_to_the_page(client: FlaskClient) -> None:
    assert client.get("/api/letters", headers=HTML).headers["Location"].endswith("/queries/letters")
    assert client.get("/api/letters").headers["Location"].endswith("/api/letters.json")


@pytest.mark.parametrize(
    ("accept", "path"),
    [
        ("*/*", "/api/letters.json"),
        ("text/csv", "/api/letters.csv"),
        ("application/json, text/html;q=0.1", "/api/letters.json"),
        ("text/html;q=0, */*;q=0.1", "/api/letters.json"),
        ("application/xml", "/api/letters.srx"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/queries/letters"),
    ],
)
def test_the_api_leads_to_what_the_client_likes_best(client: FlaskClient, accept: str, path: str) -> None:
    answer = client.get("/api/letters", headers={"Accept": accept})
    assert answer.headers["Location"] == path
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("accept", ["text/html;q=0", "image/png"])
def test_the_api_has_nothing_for_who_takes_none_of_its_formats(client: FlaskClient, accept: str) -> None:
    answer = client.get("/api/letters", headers={"Accept": accept})
    assert answer.status_code == 406
    assert "text/csv" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["name=x", "suffix=x", "endpoint=x&values=1", "_scheme=javascript&_external=1&_anchor=x&_method=POST",
     "place=x&place=y"],
)  # fmt: skip
def test_no_argument_bends_the_way_from_the_api(client: FlaskClient, query: str) -> None:
    for headers, path in ((HTML, "/queries/letters"), ({}, "/api/letters.json")):
        answer = client.get(f"/api/letters?{query}", headers=headers)
        assert answer.headers["Location"] == f"{path}?{query}"


def test_an_unknown_question_is_not_found(client: FlaskClient) -> None:
    assert client.get("/api/nope.csv").status_code == 404
    assert client.get("/queries/nope", headers=HTML).status_code == 404


def test_the_description_of_the_api_is_valid(client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    document = json.loads(answer.data)
    assert document["openapi"].startswith("3.1")
    validate(document, cls=OpenAPIV31SpecValidator)
    assert "/api/letters.{format}" in document["paths"]


def test_a_parameter_changes_the_answer(tmp_path: Path, release: object, config: object) -> None:
    from dataclasses import replace

    from sergekg.web import create_app

    (tmp_path / "where.rq").write_text(
        "#+ title.fr: Où ?\n#+ param.who: iri person/anita-roussakova\nSELECT ?p { $who skg:wasDeportedTo ?p }\n"
    )
    client = create_app(release, replace(config, queries=tmp_path)).test_client()  # type: ignore[arg-type, type-var]
    assert b"viatka" in client.get("/api/where.csv").data
    assert b"viatka" not in client.get("/api/where.csv?who=person/andre-gide").data
    assert client.get("/api/where.csv?who=%3Cbad%20iri%3E").status_code == 400
    assert b"viatka" in client.get("/queries/where?who=person/anita-roussakova", headers=HTML).data
    assert "a value" in client.get("/openapi.json").get_data(as_text=True)
    # overviews still have the queries that the package carries
    assert client.get("/timeline", headers=HTML).status_code == 200


HEADING = re.compile(r'<th scope="col" title="\?(\w+)">([^<]*)</th>')


def test_a_page_names_the_columns_of_a_question_in_both_languages(client: FlaskClient) -> None:
    html = page(client, "/queries/ages")
    assert [name for _, name in HEADING.findall(html)] == [
        "personne", "nom", "naissance", "âge", "exactitude", "certitude", "source",
    ]  # fmt: skip
    assert "environ</span>" in html
    assert ">about</span>" not in html
    english = page(client, "/queries/ages", ENGLISH)
    assert [name for _, name in HEADING.findall(english)][2] == "birth"
    assert ">about</span>" in english


def test_files_keep_the_names_of_variables_and_what_the_query_wrote(client: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/api/ages.csv", headers=FRENCH).text)))
    assert list(rows[0]) == ["person", "name", "born", "age", "exactness", "certainty", "source"]
    assert "about" in {row["exactness"] for row in rows}


@pytest.mark.slow
def test_every_question_of_the_project_names_its_columns_in_both_languages(client: FlaskClient) -> None:
    tables = 0
    for query in read_queries(asset_dir("queries"))[0]:
        with client.application.test_request_context():
            suffixes = suffixes_of(query.text)
        if suffixes[0] != "csv":
            continue
        columns = next(csv.reader(io.StringIO(client.get(f"/api/{query.name}.csv").text)))
        wanted = {f"column.{name}.{language}" for name in columns for language in ("fr", "en")}
        assert {name for name in query.head if name.startswith("column.")} == wanted, query.where
        for language in ("fr", "en"):
            names = [query.column(name, language) for name in columns]
            assert len(set(names)) == len(names), query.where
        tables += 1
    assert tables > 90


def test_a_query_that_ran_too_long_is_said_on_the_page_of_the_desk(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(*_: object, **_named: object) -> None:
        raise QueryTimeout("the query ran longer than 30 s", seconds=30, remedy="ask for less")

    endpoint = client.application.extensions["sergekg"].endpoint
    monkeypatch.setattr(endpoint, "first_rows", too_long)
    answer = client.post("/desk", data={"query": "ASK {}"}, headers=FRENCH)
    assert answer.status_code == 503
    assert "La requête a duré trop longtemps" in answer.get_data(as_text=True)
    assert "ASK {}" in answer.get_data(as_text=True)


def test_relative_iris_are_relative_to_the_endpoint_wherever_a_query_is_sent(client: FlaskClient) -> None:
    query = "SELECT (<id/x> AS ?iri) (IRI(CONCAT('t/', 'a')) AS ?made) {}"
    expected = ["http://localhost/id/x", "http://localhost/t/a"]
    assert client.post("/desk/check", data={"query": query}).get_json()["ok"] is True
    address = kept(client, query)
    asked = [("/sparql", {"query": query}), (address, {})]
    for path, fields in asked:
        answer = client.get(path, query_string=fields, headers={"Accept": "application/sparql-results+json"})
        (row,) = answer.get_json(force=True)["results"]["bindings"]
        assert [row["iri"]["value"], row["made"]["value"]] == expected
    assert all(iri in page(client, address) for iri in expected)


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("PREFIX skg: <https://w3id.org/sergekg/ontology#> SELECT * { ?s skg:voicce 5 }", "skg:voice"),
        ("PREFIX skg: <https://w3id.org/sergekg/ontology#> SELECT * { ?s skg:voice 5 }", None),
        ("PREFIX skg: <http://other.example/> SELECT * { ?s skg:voicce 5 }", None),
        (r"SELECT * { ?s skg:voic\~e 5 }", "skg:voice"),
        (r"SELECT * { ?s skg:vo\-icce 5 }", "skg:voice"),
        (r"SELECT * { ?s skg:voic\~ce 5 }", "skg:voice"),
        (r"SELECT * { ?s skg:voi%20ce 5 }", "skg:voice"),
    ],
)
def test_a_term_that_nobody_has_defined_is_asked_about(
    client: FlaskClient, query: str, hint: str | None
) -> None:
    said = client.post("/desk/check", data={"query": query}, headers=ENGLISH).get_json()["hint"]
    assert (said is None) if hint is None else (f"Did you mean {hint}?" in said)


def test_a_store_that_cannot_say_what_a_term_is_leaves_the_hint_out(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreUnavailable("it is gone")

    with app.test_request_context():
        monkeypatch.setattr(doubts.site().labels, "load", fails)
    checked = client.post("/desk/check", data={"query": "SELECT * { ?s skg:voicce 5 }"})
    assert checked.get_json() == {"ok": True, "hint": None}


def test_a_term_of_the_ontology_is_known_where_the_store_does_not_have_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERGEKG_TOKEN", "a-token-for-tests")
    app = create_app(config=replace(config, empty=True, writable=True, gate=False))
    try:
        headers = {"Authorization": "Bearer a-token-for-tests", "Content-Type": "text/turtle"}
        line = "<http://e/a> <https://w3id.org/sergekg/ontology#died> <http://e/b> ."
        assert app.test_client().put("/graph-store?default", data=line, headers=headers).status_code == 204
        with app.test_request_context():
            assert doubt_about("SELECT * { ?s skg:died ?o }") == ""
    finally:
        app.extensions["sergekg"].endpoint.store.close()


def test_no_stored_query_is_doubted(client: FlaskClient, app: Flask) -> None:
    with app.test_request_context():
        doubted = {stored.name: doubt_about(stored.text) for stored in all_queries()}
    assert {name: said for name, said in doubted.items() if said} == {}


def test_without_javascript_the_whole_answer_is_linked(client: FlaskClient) -> None:
    query = "SELECT * { ?s ?p ?o }"
    html = client.post("/desk", data={"query": query}, headers=ENGLISH).text
    assert "the files have them all" in html
    files = re.findall(r'href="(/sparql\?query=[^"]+)">(\w+)</a>', html)
    assert [suffix for _, suffix in files] == ["csv", "json", "tsv", "srx"]
    for address, _ in files:
        answer = client.get(unescape(address), headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer.mimetype != "text/html"
    triples = client.post("/desk", data={"query": "CONSTRUCT WHERE { ?s ?p ?o }"}).text
    address = next(a for a in re.findall(r'href="(/sparql[^"]+)"', triples) if "format=ttl" in a)
    assert client.get(unescape(address)).mimetype == "text/turtle"


def test_a_query_too_long_for_an_address_is_sent_to_its_permanent_link(client: FlaskClient) -> None:
    html = client.post(
        "/desk", data={"query": f"SELECT * {{ ?s ?p ?o }} # {'é' * 900}"}, headers=ENGLISH
    ).text
    assert "/sparql?query=" not in html
    assert "its permanent link has the files" in html
