"""Every sentence that an error can say is there in French, for pages and for programs."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from faces import ENGLISH, FRENCH, page, words
from flask.testing import FlaskClient

import sergekg
from sergekg.errors import QueryError
from sergekg.store.queries import Parameter, to_term
from sergekg.web.saying import join, say

SOURCE = Path(inspect.getfile(sergekg)).parent
RAISED = {
    "QueryError", "QueryRefused", "QueryTimeout", "QueryFailed", "QueryTooLarge", "StoreBusy", "StoreUnavailable",
    "error_at", "BadRequest", "NotFound", "Forbidden", "NotAcceptable", "Gone", "RequestEntityTooLarge",
    "TooManyRequests", "ServiceUnavailable", "UnsupportedMediaType", "Unauthorized", "Conflict",
    "PreconditionFailed", "RequestHeaderFieldsTooLarge",
}  # fmt: skip
MODULES = sorted((*SOURCE.glob("web/*.py"), *SOURCE.glob("store/*.py")))
OF_FILES = {
    "read_query",
    "_declare",
    "read_queries",
    "bind",
    "written",
    "_fill",
    "send",
    "read_state",
    "_wrong",
}
"""Functions whose errors speak of files or of calls, to the command line; and one that is given words to say."""


def _text(node: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    """Every sentence that an expression can give; a word stands for each value in it."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        found = [""]
        for piece in node.values:
            if isinstance(piece, ast.Constant):
                found = [text + str(piece.value) for text in found]
            else:
                inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
                options = _text(inner, names) if isinstance(inner, ast.IfExp) else []
                word = "'x1'" if isinstance(piece, ast.FormattedValue) and piece.conversion == 114 else "x1"
                found = [text + option for text in found for option in options or [word]]
        return found
    if isinstance(node, ast.BinOp):
        return [a + b for a in _text(node.left, names) or ["x1"] for b in _text(node.right, names) or ["x1"]]
    if isinstance(node, ast.IfExp):
        return [*_text(node.body, names), *_text(node.orelse, names)]
    if isinstance(node, ast.Name):
        return [text for value in names.get(node.id, []) for text in _text(value, {})]
    return []


def sentences() -> Iterator[tuple[str, str]]:
    """Where a sentence is said, and the sentence."""
    for path in MODULES:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef) or function.name in OF_FILES:
                continue
            names: dict[str, list[ast.expr]] = {}
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    names.setdefault(node.targets[0].id, []).append(node.value)
            for node in ast.walk(function):
                if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in RAISED:
                    continue
                said = node.args[2:] if getattr(node.func, "id", "") == "error_at" else node.args[:1]
                said += [k.value for k in node.keywords if k.arg == "remedy"]
                for expression in said:
                    for text in _text(expression, names):
                        yield f"{path.name}:{node.lineno}", text


@pytest.mark.slow
def test_every_sentence_of_an_error_is_said_in_french() -> None:
    found = list(sentences())
    assert len(found) > 150
    english = [
        f"{place}: {text}"
        for place, text in found
        if any(part.language != "fr" and part.text != "x1" for part in say(text, "fr"))
    ]
    assert english == [], "add its form to web/sentences.py"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x { VALUES (?x ?y) { (1) } }", "SELECT ?x ?x { ?x ?y ?z }", "SELECT (1 AS ?x) { ?x ?y ?z }",
        "SELECT ?x ?y { ?x ?y ?z } GROUP BY ?x", "SELECT * { ?x ?y ?z } GROUP BY ?x",
        "SELECT ?x { ?x ?y ?z BIND(1 AS ?x) }", "SELECT ?x { VALUES (?x ?x) { (1 2) } }",
        "SELECT ?x { ?x ?y ?z FILTER(COUNT(?x) > 1) }", "SELECT ?x { ?x ?y }", "SELECT ?x { ?x a é }",
        "SELECT ?x { ?x ?y ?z ", "SELECT ?x { ?x a 'open }", "SELECT ?x { ?x nope:p ?z }", "SELCT * {}",
        "SELECT ?x { ?x ?y <a b> }", "SELECT ?x { ?x ?y ?z } LIMIT a", "ASK {} }", "", "ASK { ?x ?y \\n }",
        "INSERT DATA { <x:a> <x:b> <x:c> }", "SELECT ? { ?x ?y ?z }", "SELECT ?x { ?x skg:textMatch ?y }",
        "SELECT ?x { { SELECT ?y { ?x ?y ?z } ", "SELECT (<http://e/f>(1) AS ?x) {}", "ASK { SERVICE <http://e/> {} }",
        "SELECT ?x WHERE ?x ?y ?z", "PREFIX a <b> ASK {}", "SELECT ?x { ?x ?y 'a'@ }", "DESCRIBE", "ASK { _:a ?p ?o . { _:a ?p ?o } }",
    ],
)  # fmt: skip
def test_a_wrong_query_is_explained_in_french(client: FlaskClient, query: str) -> None:
    answer = client.get("/sparql", query_string={"query": query}, headers=FRENCH)
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Language"] == "fr", answer.json
    assert "Accept-Language" in answer.headers["Vary"]
    found = client.post("/desk/check", data={"query": query or " "}, headers=FRENCH).get_json()
    assert found.get("message", "") in (None, "", answer.json["detail"])


@pytest.mark.parametrize(
    "query", ["SELECT * {?s ?p", "SELECT * { ?s ?p [ ", "SELECT * { ?s ?p ]", "ASK " + "{" * 300]
)
def test_a_brace_is_not_called_a_parenthesis(client: FlaskClient, query: str) -> None:
    answer = client.get("/sparql", query_string={"query": query}, headers=FRENCH)
    assert "cette parenthèse" not in answer.json["detail"]
    assert "la parenthèse" not in answer.json["detail"]
    assert "128 parenthèses" not in answer.json["detail"]


@pytest.mark.parametrize(
    ("type_", "value"), [("integer", "a"), ("date", "1936-13-01"), ("iri", "<a b>"), ("iri", "it's")]
)
def test_a_wrong_value_of_a_parameter_is_explained_in_french(type_: str, value: str) -> None:
    with pytest.raises(QueryError) as caught:
        to_term(Parameter("who", type_), value, "https://e.example/")
    said = (*say(caught.value.what, "fr"), *say(caught.value.remedy or "", "fr"))
    assert [part.language for part in said] == ["fr", "fr"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("match", "[" * 200_000, "le corps de la requête : l’imbrication est trop profonde."),
        ("extend", "[" * 200_000, "le corps de la requête : l’imbrication est trop profonde."),
        ("match", "[]", "le corps de la requête n’est pas un objet JSON ; voyez"),
    ],
    ids=["nested", "nested extension", "a list"],
)
def test_a_wrong_body_is_explained_in_french(client: FlaskClient, path: str, body: str, said: str) -> None:
    detail = client.post(f"/reconcile/{path}", data=body, headers=FRENCH).get_json()["detail"]
    assert words(detail).startswith(said)


def test_a_body_that_is_no_json_is_explained_in_french_around_the_words_of_the_parser() -> None:
    parts = say("the body is not JSON: Expecting value: line 1 column 1 (char 0)", "fr")
    assert [part.language for part in parts] == ["fr", "en"]


def test_a_program_that_asks_for_no_language_gets_english(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": "SELECT ?x { ?x ?y }"})
    assert answer.headers["Content-Language"] == "en"
    assert answer.json["title"] == "The query is wrong"


@pytest.mark.parametrize("address", ["/id/person/nobody", "/api/nope.json", "/no/such/address"])
def test_a_problem_is_french_for_who_asks_in_the_address(client: FlaskClient, address: str) -> None:
    answer = client.get(f"{address}?lang=fr")
    assert answer.headers["Content-Language"] == "fr"
    assert answer.json["title"] == "Introuvable"
    assert client.get(address).json["title"] == "Not Found"


def test_a_page_says_what_is_wrong_in_french_and_marks_no_english(client: FlaskClient) -> None:
    html = client.post("/desk", data={"query": "SELECT ?x { ?x nope:p ?y }"}, headers=FRENCH).get_data(
        as_text=True
    )
    complaint = html.partition('id="complaint"')[2].partition("</p>")[0]
    assert "le préfixe nope: n’est pas déclaré" in words(complaint)
    assert 'lang="en"' not in complaint


def test_what_has_no_french_is_marked_as_english(client: FlaskClient) -> None:
    parts = say("the query cannot be evaluated: something odd", "fr")
    assert [part.language for part in parts] == ["fr", "en"]
    assert join(parts).endswith("something odd")
    assert say("<b>odd</b>", "fr")[0].language == "en"


def test_an_english_page_is_not_translated(client: FlaskClient) -> None:
    assert "knows nothing called" in page(client, "/page/person/nobody", ENGLISH, status=404)


@pytest.mark.parametrize("text", ["x" * 5000, "a; " * 300, "is '" * 200, " has more than " * 60])
def test_a_long_sentence_is_looked_at_in_no_time(text: str) -> None:
    assert join(say(text, "fr"))


def test_values_are_kept_as_they_are() -> None:
    assert "{reason}<b>" in join(say("the value of {reason}<b> is longer than 5 characters", "fr"))
