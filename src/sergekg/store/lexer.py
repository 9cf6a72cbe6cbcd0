"""Cuts SPARQL into the terminals of its grammar (SPARQL 1.1 Query, 19.8; with those of SPARQL 1.2).

What strangers send is judged on tokens, never on raw text: a keyword in a string, an IRI or a comment is
none, and whatever is not a terminal of the grammar is refused before an engine sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz import process

from sergekg.errors import QueryError

MAX_DEPTH = 128
"""Brackets within brackets; engines recurse, and deeper texts exhaust their stack."""

_WORDS = """
    A ABS ADD ADJUST ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT CONTAINS
    COPY COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ENCODE_FOR_URI EXISTS FALSE
    FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HASLANG HASLANGDIR HAVING HOURS IF IN INSERT INTO IRI ISBLANK
    ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG LANGDIR LANGMATCHES LATERAL LCASE LIMIT LOAD MAX MD5 MIN
    MINUS MINUTES MONTH MOVE NAMED NOT NOW OBJECT OFFSET OPTIONAL ORDER PREDICATE PREFIX RAND REDUCED REGEX
    REPLACE ROUND SAMETERM SAMPLE SECONDS SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR
    STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR SUM TIMEZONE
    TO TRIPLE TRUE TZ UCASE UNDEF UNION URI USING UUID VALUES VERSION WHERE WITH YEAR
"""
KEYWORDS = frozenset(_WORDS.split())
"""Every word of the grammar, queries and updates together."""


class Token(NamedTuple):
    """A terminal: its kind, its text and the offset of its first character.

    Kinds: `word` (a keyword, text in upper case), `iri`, `name` (prefixed name, or a prefix with its colon),
    `blank`, `variable`, `string`, `number`, `language`, `mark` (brackets and operators). IRIs and strings
    are without codepoint escapes (`spell_out`), and so may be shorter than what stands in the source.
    """

    kind: str
    text: str
    start: int
    end: int


_BASE = (
    r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_CHARS = rf"{_BASE}_\-0-9\u00B7\u0300-\u036F\u203F-\u2040"
_ESCAPE = r"""\\[tbnrf\\"']|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"""
_PLX = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_RUN = rf"[{_BASE}](?:[{_CHARS}]|\.++(?=[{_CHARS}]))*+"
_LOCAL = rf"(?:[{_BASE}_:0-9]|{_PLX})(?:(?:[{_CHARS}.:]|{_PLX})*(?:[{_CHARS}:]|{_PLX}))?"

_TERMINALS = re.compile(
    rf"""
      (?P<space>(?:[ \t\r\n]|\#[^\r\n]*)++)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
    | (?P<string>'''(?>'{{0,2}}+(?:[^'\\]|{_ESCAPE}))*+'''
               | \"\"\"(?>"{{0,2}}+(?:[^"\\]|{_ESCAPE}))*+\"\"\"
               | '(?:[^'\\\r\n]|{_ESCAPE})*+' | "(?:[^"\\\r\n]|{_ESCAPE})*+")
    | (?P<variable>[?$][{_BASE}_0-9][{_BASE}_0-9\u00B7\u0300-\u036F\u203F-\u2040]*+)
    | (?P<blank>_:[{_BASE}_0-9](?:[{_CHARS}.]*[{_CHARS}])?)
    | (?P<name>(?>{_RUN})?:(?:{_LOCAL})?)
    | (?P<word>{_RUN})
    | (?P<language>@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*(?:--[a-zA-Z]+)?)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)
    | (?P<mark><<\(|\)>>|<<|>>|\{{\||\|\}}|\|\||&&|\^\^|<=|>=|!=|[{{}}\[\]();,.+\-*/<>=!^|~?])
    """,
    re.VERBOSE,
)
_CODEPOINT = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|.)", re.DOTALL)
_NOT_IN_IRIS = frozenset('<>"{}|^`\\') | {chr(number) for number in range(0x21)}
_STRING_ESCAPES = {
    "\t": r"\t", "\b": r"\b", "\n": r"\n", "\r": r"\r", "\f": r"\f", "\\": r"\\", '"': r"\"", "'": r"\'",
}  # fmt: skip
SAFE_PREFIX = "zz"
"""Begins the names that prefixes have in what engines are given (`prologue`)."""
_OPERANDS = frozenset({"variable", "number", "string", "language", "iri", "name", "blank"})
_ENDS = frozenset({")", "}", "]", ">>", ")>>", "TRUE", "FALSE"})
"""What else an operand may end with."""
_BREAKS = re.compile("['#()]")
"""Where a string, a comment or a bracket may begin or end."""
WHOLE_IRI = re.compile(rf"<(?![A-Za-z0-9+.\-]*{SAFE_PREFIX})[A-Za-z][A-Za-z0-9+.\-]*:")
"""With a scheme that is no prefix of ours, nor ends in one."""
_OPEN_IRI = re.compile(r"<[A-Za-z][^<>\n]*$|<$")
_CLOSED_IRI = re.compile(r"[^<>\n]*>")
OPENING = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
CLOSING = frozenset(OPENING.values())


def read_tokens(text: str, most: int | None = None) -> list[Token]:
    """All terminals of a query or an update; white space and comments are left out.

    Args:
        most: how many there may be; None for any number.

    Raises:
        QueryError: something is no terminal, a word is no keyword, brackets do not match, or it is too much.
    """
    tokens: list[Token] = []
    expected: list[tuple[str, int]] = []
    scan, position, length = _TERMINALS.match, 0, len(text)
    while position < length:
        match = scan(text, position)
        if match is None:
            raise _no_terminal(text, position)
        kind, found, position = str(match.lastgroup), match[0], match.end()
        if kind == "space":
            continue
        if most is not None and len(tokens) >= most:
            raise error_at(
                text, match.start(), f"a query or update may have {most:,} words and marks", "shorten it"
            )
        if kind == "word":
            tokens += _words(text, match.start(), found)
            continue
        if kind in ("iri", "string") and "\\" in found:
            found = spell_out(found, kind, text, match.start())
        if kind == "iri":
            is_within = bool(expected) and expected[-1][0] == ")"
            if tokens and _is_compared(tokens[-1], found, is_within=is_within):
                raise error_at(
                    text,
                    match.start(),
                    "this may be an IRI or a comparison",
                    "write a space behind <, or the whole IRI",
                )
        elif kind == "mark":
            if found in OPENING:
                expected.append((OPENING[found], match.start()))
                if len(expected) > MAX_DEPTH:
                    raise error_at(text, match.start(), f"brackets are nested more than {MAX_DEPTH} deep")
            elif found in CLOSING:
                if found == ")>>" and expected and expected[-1][0] == ")":  # a list that ends a triple
                    found, position = ")", match.start() + 1
                if not expected or expected[-1][0] != found:
                    raise _unbalanced(text, match.start(), found, expected)
                expected.pop()
        tokens.append(Token(kind, found, match.start(), position))
    if expected:
        closing, start = expected[-1]
        raise error_at(text, start, f"this bracket is never closed with {closing!r}")
    return tokens


def _is_compared(before: Token, iri: str, *, is_within: bool) -> bool:
    """Whether a parser that does not take the longest terminal may find more in an IRI than an IRI.

    The embedded engine's does not: in `?a<zz0:f(1)&&?c>?d` it finds a call of a prefix that is declared, and
    in `1<'>"'` and `1<5#>` a string and a comment, which hide from it what others read behind them. Only what
    stands in parentheses is compared.

    Args:
        is_within: whether the innermost bracket around it is a parenthesis.
    """
    if not is_within or WHOLE_IRI.match(iri) or not _BREAKS.search(iri):
        return False
    return before.kind in _OPERANDS or before.text in _ENDS


def _words(text: str, start: int, run: str) -> Iterator[Token]:
    """The keywords of a run of letters; a full stop may part them, as in `true.FILTER`.

    The run is cut once, whole: to try a prefixed name again after each full stop would take quadratic time.
    """
    for index, word in enumerate(run.split(".")):
        if index:
            yield Token("mark", ".", start, start + 1)
            start += 1
        if word:
            keyword = word.upper()
            if keyword not in KEYWORDS:
                raise _unknown_word(text, start, word)
            yield Token("word", keyword, start, start + len(word))
            start += len(word)


def spell_out(written: str, kind: str, text: str, start: int) -> str:
    """What is written in an IRI or a string without codepoint escapes (SPARQL 1.1 Query, 19.2).

    By the letter of the specification they are expanded before a text is cut into terminals, and some
    engines do so: a quotation mark that is none here would end the string there. So characters stand for
    themselves, or in strings behind the backslash of the grammar ([160]).

    Args:
        kind: `iri` or `string`.
        text, start: where it stands.

    Raises:
        QueryError: an escape stands for what is no character, or none that may stand there.
    """

    def character(found: re.Match[str]) -> str:
        digits = found[1] or found[2]
        if digits is None:
            return found[0]
        number = int(digits, 16)
        is_character = 0 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
        if not is_character or (kind == "iri" and chr(number) in _NOT_IN_IRIS):
            raise error_at(
                text,
                start + found.start(),
                f"{found[0]} is no character of {'an IRI' if kind == 'iri' else 'a string'}",
            )
        return chr(number) if kind == "iri" else _STRING_ESCAPES.get(chr(number), chr(number))

    return _CODEPOINT.sub(character, written)


def position_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def error_at(text: str, offset: int, what: str, remedy: str | None = None) -> QueryError:
    """A `QueryError` that knows its line and column."""
    line, column = position_of(text, offset)
    return QueryError(what, line=line, column=column, remedy=remedy)


def _no_terminal(text: str, offset: int) -> QueryError:
    character = text[offset]
    if character in "'\"":
        return error_at(text, offset, "this string is never closed", "close it, or escape what is in it")
    if character == "\\":
        return error_at(
            text, offset, "an escape stands outside strings and IRIs", "write the character itself"
        )
    if character in "?$":
        return error_at(text, offset, f"{character} has no variable name after it")
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return error_at(text, offset, f"{shown} cannot stand here")


def _unknown_word(text: str, offset: int, word: str) -> QueryError:
    opened = _OPEN_IRI.search(text[max(0, offset - 200) : offset])
    if opened and _CLOSED_IRI.match(text, offset):
        offset -= len(opened[0])
        return error_at(
            text,
            offset,
            "this IRI is not closed, or holds a character that IRIs may not",
            "percent-encode it",
        )
    nearest = process.extractOne(word.upper(), KEYWORDS, score_cutoff=75)
    hint = f"perhaps {nearest[0]}" if nearest else "a name needs its prefix, a variable its ?"
    return error_at(text, offset, f"{word[:40]} is not a word of SPARQL", hint)


def _unbalanced(text: str, offset: int, found: str, expected: list[tuple[str, int]]) -> QueryError:
    if not expected:
        return error_at(text, offset, f"{found} closes nothing")
    closing, start = expected[-1]
    line, _ = position_of(text, start)
    return error_at(text, offset, f"{found} stands where {closing} should close the bracket of line {line}")
