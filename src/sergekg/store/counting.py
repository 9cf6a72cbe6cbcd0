"""The query for the number of solutions of another query."""

from __future__ import annotations

from sergekg.store.analysis import Query
from sergekg.store.lexer import Token
from sergekg.store.rendering import Edit, Rendering, render


def count(query: Query) -> Rendering | None:
    """The query for the number of solutions, as `?n`, that a CONSTRUCT or DESCRIBE makes its triples from.

    None where it has no pattern: a DESCRIBE of things that it names.
    """
    start = query.begin
    end = end_of_head(query, start)
    if end is None:
        return None
    first = query.tokens[start].start
    taken = {token.text[1:] for token in query.tokens if token.kind == "variable"}
    one = "one"
    while one in taken:
        one += "_"
    head = Edit(first, query.tokens[end].start, f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT (1 AS ?{one}) ")
    last = query.tokens[-1].end
    return render(query.source, [*query.edits, head, Edit(last, last, " }")])


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text == word


def end_of_head(query: Query, start: int) -> int | None:
    """Where the dataset or the pattern begins, behind the template or what is described."""
    tokens = query.tokens
    at = start + 1
    if query.form == "CONSTRUCT" and at < len(tokens) and tokens[at].text == "{":
        depth = 0
        while at < len(tokens):
            depth += (tokens[at].text == "{") - (tokens[at].text == "}")
            at += 1
            if depth == 0:
                break
    while at < len(tokens) and tokens[at].text != "{" and not _is_word(tokens[at], "WHERE"):
        at += 1
    return at if at < len(tokens) else None
