"""What strangers send is cut into the terminals of the grammar, or refused with its place."""

from __future__ import annotations

import contextlib

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.errors import QueryError
from sergekg.store.lexer import MAX_DEPTH, read_tokens

_EMPTY = ox.Store()


def _texts(text: str) -> list[str]:
    return [token.text for token in read_tokens(text)]


def _kinds(text: str) -> list[str]:
    return [token.kind for token in read_tokens(text)]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("SELECT*{?s?p?o}", ["SELECT", "*", "{", "?s", "?p", "?o", "}"]),
        ("select ?x # SERVICE <http://a>\n{}", ["SELECT", "?x", "{", "}"]),
        (
            "ASK { ?s ?p true.FILTER(?s) }",
            ["ASK", "{", "?s", "?p", "TRUE", ".", "FILTER", "(", "?s", ")", "}"],
        ),
        ("ASK { ?s a:b.c ?o. }", ["ASK", "{", "?s", "a:b.c", "?o", ".", "}"]),
        ("?a<?b", ["?a", "<", "?b"]),
        ("(1 2)>>", None),
        ("<<( ?s ?p (1) )>>", ["<<(", "?s", "?p", "(", "1", ")", ")>>"]),
        ("<< ?s ?p (1 2)>>", ["<<", "?s", "?p", "(", "1", "2", ")", ">>"]),
        ("1.5e3 .5 2. ?x", ["1.5e3", ".5", "2", ".", "?x"]),
    ],
)
def test_terminals_are_cut_by_the_longest_match(text: str, texts: list[str] | None) -> None:
    if texts is None:
        with pytest.raises(QueryError):
            read_tokens(text)
    else:
        assert _texts(text) == texts


@pytest.mark.parametrize(
    "text",
    [
        '"SERVICE"',
        "'''SERVICE ' '' x'''",
        '"""a\nSERVICE"""',
        '"a\\"SERVICE"',
        "<http://example.org/SERVICE>",
        "?SERVICE",
    ],
)
def test_a_keyword_within_another_terminal_is_none(text: str) -> None:
    assert _kinds(text) == [{"?": "variable", "<": "iri"}.get(text[0], "string")]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ('SELECT * {\n ?s ?p "abc }', 2, 8, "never closed"),
        ("SELECT * { ?s ?p ?o", 1, 10, "never closed"),
        ("SELECT * { ?s ?p ?o ) }", 1, 21, "should close"),
        ("SELECT * } ", 1, 10, "closes nothing"),
        ("SELCT * {}", 1, 1, "perhaps SELECT"),
        ("SELECT * { ?s ?p <a b> }", 1, 18, "IRI is not closed"),
        ("SELECT * { ?s ? ?o \\u0041 }", 1, 20, "escape"),
        ("SELECT * { ?s ?p % }", 1, 18, "% cannot stand here"),
        ("SELECT $ {}", 1, 8, "no variable name"),
        ("SELECT \x00", 1, 8, "U+0000"),
    ],
)
def test_what_is_no_terminal_is_told_with_its_place(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_tokens(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in str(caught.value)


def test_brackets_are_nested_only_so_deep() -> None:
    read_tokens("{" * MAX_DEPTH + "}" * MAX_DEPTH)
    with pytest.raises(QueryError, match="nested"):
        read_tokens("{" * (MAX_DEPTH + 1) + "}" * (MAX_DEPTH + 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "a." * 50_000,
        "'" * 50_001,
        "<a" * 50_000,
        "_:" + "a." * 50_000,
        "a:" + ".:" * 50_000,
        '"""' + "\\" * 99,
    ],
)
def test_long_nonsense_takes_linear_time(text: str) -> None:
    with contextlib.suppress(QueryError):  # the time limit of the test would end anything slower
        read_tokens("SELECT " + text)


@pytest.mark.parametrize(
    "test",
    [
        "?a<zz0:f(1)&&?c>?d", "?a<RAND()&&?c>?d", "1<(((2)))&&?b>?a", "'x'<TRUE-zz0:f(1)&&?c>?d",
        "(?a)<zz0:f(1)&&?c>?d", "TRUE<NOW()&&?c>?d",
    ],
)  # fmt: skip
def test_no_call_hides_in_what_another_parser_takes_for_a_comparison(test: str) -> None:
    with pytest.raises(QueryError, match="an IRI or a comparison"):
        read_tokens(f"PREFIX e: <http://evil/> ASK {{ FILTER({test}) }}")


def test_an_iri_with_brackets_is_one() -> None:
    kinds = [token.kind for token in read_tokens("?s <http://e/A_(b)> <urn:x:(y)>, <http://e/zz(1)> .")]
    assert kinds == ["variable", "iri", "iri", "mark", "iri", "mark"]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(QueryError):
        for token in read_tokens(text):
            written = text[token.start : token.end]
            assert written.upper() == token.text.upper() or "\\" in written


@given(st.text())
def test_a_string_is_one_terminal_whatever_is_in_it(content: str) -> None:
    content = "".join(c for c in content if c != "\0" and not 0xD800 <= ord(c) <= 0xDFFF)
    escaped = "".join(f"\\U{ord(c):08X}" for c in content)
    (token,) = read_tokens(f'"{escaped}"')
    assert token.kind == "string"
    assert "\\U" not in token.text
    (row,) = _EMPTY.query(f"SELECT ({token.text} AS ?x) {{}}")
    assert row["x"].value == content


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"\u0022\u0027\u005C\u000A\u000d\u0009"', r'"\"\'\\\n\r\t"'),
        (r"'\u00e9\U0001F600'", "'é😀'"),
        (r'"""\u0022\u0022\u0022"""', r'"""\"\"\""""'),
        (r'"\\u0041\t\\\u0041"', r'"\\u0041\t\\A"'),
        (r"<\u0068ttp://e/\u003Fa\u00E9>", "<http://e/?aé>"),
    ],
)
def test_escaped_code_points_are_written_as_the_grammar_writes_them(written: str, text: str) -> None:
    assert _texts(written) == [text]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        (r'ASK { ?s ?p "a\uD83D\uDE00" }', 15, r"\uD83D is no character of a string"),
        (r'ASK { ?s ?p "\u0000" }', 14, r"\u0000 is no character of a string"),
        (r'ASK { ?s ?p "\U00110000" }', 14, r"\U00110000 is no character of a string"),
        (r"ASK { ?s ?p <http://e/a\u003Eb> }", 24, r"\u003E is no character of an IRI"),
        (r"ASK { ?s ?p <http://e/\u0020> }", 23, r"\u0020 is no character of an IRI"),
        (r"ASK { ?s ?p <http://e/\U0000000A> }", 23, r"\U0000000A is no character of an IRI"),
        (r"ASK { ?s e:\u0041 ?o }", 12, "an escape stands outside"),
        (r"ASK { ?\u0073 ?p ?o }", 8, "an escape stands outside"),
    ],
)
def test_an_escape_that_nothing_can_stand_for_is_told_with_its_place(
    text: str, column: int, said: str
) -> None:
    with pytest.raises(QueryError) as caught:
        read_tokens(text)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert said in str(caught.value)
