"""What a query calls and what it names, read from its tokens: judged before it goes to another server."""

from __future__ import annotations

from collections.abc import Sequence

from sergekg.store.analysis import Query
from sergekg.store.lexer import Token

_TERMS = frozenset({"variable", "iri", "name", "blank", "string", "number", "language"})
_BEFORE_PREDICATE = frozenset({")", "]", "[", ";", "{|", "|}", ">>", ")>>", "^"})
"""Marks that a predicate may follow, and a call only behind ORDER BY, GROUP BY and HAVING."""
_CODE = ("bif:", "sql:", "xpath:", "java:")
"""Schemes by which servers know their own functions, some of which are called as predicates."""


def called(query: Query) -> list[str]:
    """The IRIs of the functions that a query calls (SPARQL 1.1 Query, 17.6), and others that may call code.

    A predicate whose object is a list looks like a call; where the two cannot be told apart it counts as one.
    """
    tokens = query.tokens[_form(query) :]
    named = [token for token in tokens if token.kind in ("iri", "name")]
    calls = {token.start for token in _calls(tokens)}
    return [
        iri
        for token, iri in zip(named, query.resolve(named), strict=True)
        if token.start in calls or iri.lower().startswith(_CODE)
    ]


def _form(query: Query) -> int:
    """The index of the word that a query begins with, behind its declarations."""
    return next(index for index, token in enumerate(query.tokens) if token[:2] == ("word", query.form))


def _calls(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    outer: list[bool] = []
    in_modifiers = False  # where calls stand behind terms
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.kind == "mark" and token.text == "{":
            outer.append(in_modifiers)
            in_modifiers = False
        elif token.kind == "mark" and token.text == "}" and outer:
            in_modifiers = outer.pop()
        elif token.kind == "word" and token.text in ("ORDER", "GROUP", "HAVING"):
            in_modifiers = True
        elif token.kind in ("iri", "name") and after.kind == "mark" and after.text == "(":
            is_predicate = before.kind in _TERMS or (
                before.kind == "mark" and before.text in _BEFORE_PREDICATE
            )
            if in_modifiers or not is_predicate:
                found.append(token)
    return found


def projected(query: Query) -> set[str] | None:
    """The variables that a SELECT names for its solutions; None for `*`."""
    texts = [token.text for token in query.tokens]
    found: set[str] = set()
    depth = 0  # braces count too: EXISTS has a pattern within an expression
    for index in range(_form(query) + 1, len(texts)):
        token = query.tokens[index]
        if depth == 0 and token.text in ("{", "WHERE", "FROM"):
            break
        if token.kind == "mark":
            depth += (token.text in ("(", "{")) - (token.text in (")", "}"))
            if token.text == "*" and depth == 0:
                return None
        elif token.kind == "variable" and (depth == 0 or (depth == 1 and texts[index - 1] == "AS")):
            found.add(token.text[1:])
    return found
