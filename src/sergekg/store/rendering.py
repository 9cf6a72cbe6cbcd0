"""The text that an engine is given, made from a source by edits, and its errors led back to the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sergekg.errors import QueryError
from sergekg.store.lexer import CLOSING, OPENING, Token, error_at, position_of

_CLASS = re.compile(r"\['.*?'\]|\[_\]", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_XSD = "http://www.w3.org/2001/XMLSchema#"
_MARKS = (".", ";", ",", "}", ")", "]", "{", "(", "[", "=", "|", "/", "^")
"""Marks that a query may lack, those that it lacks most often first."""
_COMMENT = re.compile(r"#[^\r\n]*")
_CODEPOINT = re.compile(r"\\u[0-9a-f]{4}", re.IGNORECASE)
_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the source that an engine reads as something else.

    Attributes:
        endpoint: of SERVICE, where the text is a placeholder for it (`federation.PLACEHOLDER`).
    """

    start: int
    end: int
    text: str
    endpoint: str | None = None


@dataclass(frozen=True)
class Rendering:
    """A text for an engine, made from a source by edits; leads the engine's errors back to the source.

    Attributes:
        breaks: offsets in the text and in the source that belong together.
        services: where each placeholder of an endpoint begins in the text, and the endpoint.
    """

    source: str
    text: str
    breaks: Sequence[tuple[int, int]]
    services: Sequence[tuple[int, str]] = ()

    @property
    def portable(self) -> str:
        """The text for an engine that may expand codepoint escapes wherever they stand.

        Raises:
            QueryError: it would read something else than was judged.
        """
        if message := find_escape(self.text):
            raise self.error(message)
        return self.text

    def error(self, message: str) -> QueryError:
        """The engine's syntax error, in few words, with the line and column of the source."""
        found = _POSITION.search(message)
        if not found:
            return QueryError(_shorten(message))
        lines = self.text.split("\n")
        row = min(int(found[1]), len(lines))
        offset = sum(len(line) + 1 for line in lines[: row - 1]) + int(found[2]) - 1
        index = bisect_right(self.breaks, (offset, len(self.source))) - 1
        at, origin = self.breaks[index] if index >= 0 else (0, 0)
        here = min(origin + max(offset - at, 0), len(self.source))
        if sentence := _sentence(found[3]):
            return error_at(self.source, here, sentence)
        return error_at(self.source, here, _unexpected(self.source, here), _expectation(found[3]))


def render(source: str, edits: Iterable[Edit]) -> Rendering:
    """Apply edits; what lies within a stretch that an earlier one replaced has gone with it."""
    parts: list[str] = []
    services: list[tuple[int, str]] = []
    breaks, position, length = [(0, 0)], 0, 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < position:
            continue
        for part in (source[position : edit.start], edit.text):
            parts.append(part)
            length += len(part)
        position = edit.end
        if edit.endpoint is not None:
            services.append((length - len(edit.text), edit.endpoint))
        breaks += [(length - len(edit.text), edit.start), (length, position)]
    parts.append(source[position:])
    return Rendering(source, "".join(parts), breaks, services)


_NEXT_TO_BRACKET = frozenset({"CONCAT", "COALESCE", "BNODE"})
"""Calls in which the embedded engine reads nothing before the parenthesis."""
_VALUES = frozenset({"TRUE", "FALSE"})
"""Keywords, which may have any case (SPARQL 1.1 Query, 19.8); the embedded engine reads lower case alone."""


def spell(source: str, tokens: Iterable[Token], begin: int = 0, end: int | None = None) -> list[Edit]:
    """Edits that leave out comments and codepoint escapes in IRIs and strings, and part or join some marks.

    What is judged by its tokens is then the same to an engine that expands such escapes before it looks for
    tokens, where one in a comment could be the end of its line (SPARQL 1.1 Query, 19.2), and to one that
    takes `1<<a>` for a comparison, or wants the parenthesis right behind CONCAT.

    Args:
        tokens: all that stand between two offsets of the source.
    """
    edits: list[Edit] = []
    position, end = begin, len(source) if end is None else end
    has_comments, has_escapes, has_triples = "#" in source, "\\" in source, "<<" in source
    before = ""
    for token in tokens:
        if before in _NEXT_TO_BRACKET and token.text == "(" and position < token.start:
            edits.append(Edit(position, token.start, ""))
        before = token.text
        if has_comments:
            edits += _comments(source, position, token.start)
        if has_escapes and token.kind in ("iri", "string") and token.end - token.start != len(token.text):
            edits.append(Edit(token.start, token.end, token.text))
        if token.text in _VALUES and source[token.start : token.end] != token.text.lower():
            edits.append(Edit(token.start, token.end, token.text.lower()))
        if has_triples and token.text in ("<<", "<<("):
            edits.append(Edit(token.end, token.end, " "))
        position = token.end
    return [*edits, *_comments(source, position, end)]


def sign_numbers(tokens: Sequence[Token]) -> list[Edit]:
    """Edits that write `+1` behind a property as a typed literal.

    The grammar's terminals are as long as can be (SPARQL 1.1 Query, 19.8), but an engine that has paths takes
    the sign for the end of one: `?s ex:p +1` would ask for `ex:p+`.
    """
    edits: list[Edit] = []
    opened: list[str] = []
    for before, sign, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.text in OPENING:
            opened.append(before.text)
        elif before.text in CLOSING and opened:
            opened.pop()
        is_verb = before.kind in ("iri", "name") or before.text in ("A", ")")
        is_signed = sign.text == "+" and token.kind == "number" and token.start == sign.end
        if is_signed and is_verb and opened and opened[-1] in ("{", "[", "{|"):
            kind = "double" if "e" in token.text.lower() else "decimal" if "." in token.text else "integer"
            edits.append(Edit(sign.start, token.end, f'"+{token.text}"^^<{_XSD}{kind}>'))
    return edits


def _comments(source: str, start: int, end: int) -> Iterator[Edit]:
    """Edits for the comments between two tokens; line breaks stay."""
    if source.find("#", start, end) >= 0:
        for found in _COMMENT.finditer(source, start, end):
            yield Edit(found.start(), found.end(), "")


def find_escape(text: str) -> str | None:
    r"""What is wrong with a rendered text, as engines say it, where some would find an escape in it.

    What is left after `spell` are backslashes before `u0041`, which the grammar reads as these six
    characters, and for which there is no other way to write them in one string.
    """
    found = _CODEPOINT.search(text)
    if found is None:
        return None
    line, column = position_of(text, found.start())
    return f"error at {line}:{column}: {found[0]} could be read as an escape: part it, with CONCAT"


def _unexpected(source: str, offset: int) -> str:
    found = re.match(r"\s*(\S{1,40})", source[offset:])
    if not found:
        return "the text ends too soon"
    return f"{found[1]} cannot stand here"


def _sentence(message: str) -> str | None:
    """What the engine says of a query that its grammar has and the language has not."""
    if "expected" not in message:
        return _shorten(message)
    parts = _CLASS.sub("", message.partition("expected ")[2].removeprefix("one of ")).split(", ")
    said = [part for part in parts if re.match(r"[A-Z][A-Za-z*]+ [\w*]+ ", part)]
    return _shorten(said[0]) if said else None


def _expectation(message: str) -> str | None:
    """The engine's expectations as a person writes them: marks, words, an example of each kind of term."""
    listed = _CLASS.sub("", message.partition("expected ")[2])
    quoted = {mark.replace("\\", "") for mark in _QUOTED.findall(listed)}
    words = list(dict.fromkeys(re.findall(r"\b[A-Z][A-Z_]+\b", _QUOTED.sub("", listed))))
    if {"?", "<"} <= quoted:  # a term may begin here, and so many things that to list them helps nobody
        said = ["?variable", "<iri>", "prefix:name", *(['"text"'] if '"' in quoted else [])]
    else:
        said = [mark for mark in _MARKS if mark in quoted] + words[:12]
    return "expected " + " ".join(said) if said else None


def _shorten(message: str) -> str:
    return " ".join(message.split())[:200]
