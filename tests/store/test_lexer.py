"""What strangers send is cut into the terminals of the grammar, or refused with its place."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.errors import QueryError
from sergekg.store.lexer import MAX_DEPTH, read_tokens


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


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(QueryError):
        for token in read_tokens(text):
            assert text[token.start : token.end].upper() == token.text.upper()


@given(st.text())
def test_a_string_is_one_terminal_whatever_is_in_it(content: str) -> None:
    escaped = "".join(f"\\U{ord(c):08X}" for c in content if not 0xD800 <= ord(c) <= 0xDFFF)
    assert _kinds(f'"{escaped}"') == ["string"]
