"""Text search: the magic property `skg:textMatch`, over an index of names and quotes beside the store.

The engine has no index of text. So the pattern `?thing skg:textMatch "words"` leaves the query before the
engine sees it, and what SQLite's FTS5 finds comes in its place as VALUES. Where there is no index, a
sub-query does the same by reading every name and quote: with `skg:matches`, or on a remote store with
CONTAINS.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sergekg.errors import QueryError, QueryTooLarge
from sergekg.model.folding import fold, skeleton
from sergekg.store.analysis import Query
from sergekg.store.base import Store
from sergekg.store.functions import MATCHES, TEXT_MATCH
from sergekg.store.lexer import Token, error_at
from sergekg.store.rendering import Edit
from sergekg.vocab import PREFIXES

MOST = 20_000
"""Things that the searches of one query may find together; more is an error, not a cut."""
MOST_SEARCHES, MOST_WORDS = 8, 32
"""Searches of one query, and words of one search."""
_PROPERTIES = ("rdfs:label", "skos:prefLabel", "skos:altLabel", "skg:quote", "oa:exact")
_ALL = f"SELECT ?thing ?text {{ ?thing {'|'.join(_PROPERTIES)} ?text FILTER(ISIRI(?thing)) }}"
_BREAKS = frozenset({".", "{", "}"})

Pattern = Callable[[str, str], str]
"""From a variable and words, the pattern that binds the variable to what matches them."""


class TextIndex:
    """Names and quotes of one release, by their folded words and by what transliterations leave of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path, store: Store) -> TextIndex:
        """The index at a path, made from a store where there is none yet.

        Raises:
            OSError: it cannot be written there.
        """
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = ((str(row["thing"]), str(row["text"])) for row in store.select(_ALL))
            handle, work = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
            os.close(handle)
            try:
                _build(Path(work), rows)
                Path(work).replace(path)
            finally:
                Path(work).unlink(missing_ok=True)
        return cls(path)

    def find(self, words: str) -> list[str]:
        """The IRIs of what matches all the words.

        Raises:
            QueryTooLarge: that is more than anybody could use.
        """
        wanted = re.findall(r"\w+", fold(words))
        if not wanted:
            return []
        spoken = " AND ".join(_either(word) for word in wanted)
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as file:
            rows = file.execute(
                "SELECT DISTINCT thing FROM words WHERE words MATCH ? LIMIT ?", (spoken, MOST + 1)
            ).fetchall()
        if len(rows) > MOST:
            raise QueryTooLarge(
                f"more than {MOST:,} things match {words[:80]!r}", remedy="give more, or longer, words"
            )
        return [thing for (thing,) in rows]

    def pattern(self, variable: str, words: str) -> str:
        """VALUES of what is found."""
        return f"VALUES {variable} {{ {' '.join(f'<{iri}>' for iri in self.find(words))} }} "


def _either(word: str) -> str:
    bone = skeleton(word)
    by_bones = f' OR {{bones}} : "{bone}"' if bone else ""
    return f'({{folded}} : "{word}" *{by_bones})'


def _build(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = OFF")
        file.execute("CREATE VIRTUAL TABLE words USING fts5(thing UNINDEXED, folded, bones)")
        file.executemany(
            "INSERT INTO words VALUES (?, ?, ?)", ((thing, *_columns(text)) for thing, text in rows)
        )


def _columns(text: str) -> tuple[str, str]:
    found = re.findall(r"\w+", fold(text))
    return " ".join(found), " ".join(skeleton(word) for word in found)


def by_function(variable: str, words: str) -> str:
    """A sub-query that reads every name and quote; for stores whose functions are ours."""
    return _subquery(variable, f"<{MATCHES}>({{text}}, {_quoted(words)})")


def by_contains(variable: str, words: str) -> str:
    """A sub-query of SPARQL 1.1 alone: accents and transliterations have to be as written."""
    parts = re.findall(r"\w+", words.lower())
    return _subquery(
        variable, " && ".join(f"CONTAINS(LCASE(STR({{text}})), {_quoted(part)})" for part in parts) or "false"
    )


def expand(query: Query, pattern: Pattern) -> Query:
    """The query with patterns in place of `skg:textMatch`.

    Raises:
        QueryError: the property stands where it has no meaning.
        QueryTooLarge: the words match too much.
    """
    if "textMatch" not in query.source:
        return query
    tokens = query.tokens
    places = _searches(query)
    if len(places) > MOST_SEARCHES:
        raise error_at(
            query.source,
            tokens[places[MOST_SEARCHES]].start,
            f"a query may search with skg:textMatch {MOST_SEARCHES} times",
            "ask in several queries",
        )
    edits: list[Edit] = []
    for index in places:
        edits += _place(query, tokens, index, pattern)
        if sum(edit.text.count("<") for edit in edits) > MOST:  # no IRI holds this mark
            raise QueryTooLarge(
                f"more than {MOST:,} things match the searches of the query",
                remedy="give more, or longer, words",
            )
    stretches = [edit for edit in edits if edit.end > edit.start]
    kept = [
        edit
        for edit in query.edits
        if not any(gone.start <= edit.start and edit.end <= gone.end for gone in stretches)
    ]
    return replace(query, edits=[*kept, *edits], is_look_up=False)


def _searches(query: Query) -> list[int]:
    """Where the property stands among the tokens; each way to write it is resolved once, all together."""
    found = [
        (index, token)
        for index, token in enumerate(query.tokens)
        if token.kind in ("name", "iri") and "textMatch" in token.text
    ]
    written = {token.text: token for _, token in found}
    iris = dict(zip(written, query.resolve(list(written.values())), strict=True))
    return [index for index, token in found if iris[token.text] == TEXT_MATCH]


def _place(query: Query, tokens: Sequence[Token], index: int, pattern: Pattern) -> list[Edit]:
    start = _start_of_triples(tokens, index)
    subject = tokens[start]
    words = tokens[index + 1] if index + 1 < len(tokens) else None
    if subject.kind != "variable" or words is None or words.kind != "string":
        raise error_at(
            query.source,
            tokens[index].start,
            "skg:textMatch stands between a variable and words",
            'write ?thing skg:textMatch "words"',
        )
    spoken = _unquoted(query.source, words)
    if len(re.findall(r"\w+", spoken)) > MOST_WORDS:
        raise error_at(query.source, words.start, f"a search may have {MOST_WORDS} words", "give fewer words")
    after, end = index + 2, words.end
    if after < len(tokens) and tokens[after].kind == "language":
        after, end = after + 1, tokens[after].end
    found = pattern(subject.text, spoken)
    if start + 1 < index:  # other properties of the subject come first, and stay
        return [Edit(subject.start, subject.start, found), Edit(tokens[index].start, end, "")]
    goes_on = False
    while after < len(tokens) and tokens[after].text == ";":
        after, end = after + 1, tokens[after].end
        goes_on = after < len(tokens) and tokens[after].text not in _BREAKS
    if goes_on:
        return [Edit(subject.start, subject.start, found), Edit(tokens[index].start, end, "")]
    return [Edit(subject.start, end, found)]


def _start_of_triples(tokens: Sequence[Token], index: int) -> int:
    depth = 0
    for place in range(index - 1, -1, -1):
        token = tokens[place]
        if token.kind == "mark":
            depth += (token.text in (")", "]")) - (token.text in ("(", "["))
            if depth < 0:
                break
            if depth == 0 and token.text in (*_BREAKS, ")"):
                return place + 1
    raise QueryError('skg:textMatch has no subject; write ?thing skg:textMatch "words"')


def _subquery(variable: str, test: str) -> str:
    text = f"{variable}_text"
    paths = "|".join(f"<{_iri(name)}>" for name in _PROPERTIES)
    return (
        f"{{ SELECT DISTINCT {variable} WHERE {{ {variable} {paths} {text} "
        f"FILTER({test.replace('{text}', text)}) }} }} "
    )


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{PREFIXES[prefix]}{local}"


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ECHAR = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", "\\": "\\", '"': '"', "'": "'"}


def _unquoted(source: str, literal: Token) -> str:
    """The characters that a string stands for (SPARQL 1.1 Query, 19.2 and [160])."""

    def character(found: re.Match[str]) -> str:
        if found[3] in _ECHAR:
            return _ECHAR[found[3]]
        number = int(found[1] or found[2] or "-1", 16)
        if 0 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
            return chr(number)
        raise error_at(source, literal.start, f"{found[0]} is no character of a string")

    size = 3 if literal.text[:3] in ('"""', "'''") else 1
    return _ESCAPE.sub(character, literal.text[size:-size])
