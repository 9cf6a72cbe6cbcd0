"""Narrows `FILTER(CONTAINS(LCASE(?name), "text"))` to what an index of names finds, for a large store.

The engine has no index of text: it reads every name to see which contain a few letters. Here VALUES tell it
whose names may, and the query's own FILTER still decides which do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sergekg.store.analysis import Query
from sergekg.store.groups import Group, Part, Triple, read_groups
from sergekg.store.lexer import Token
from sergekg.store.rendering import Edit
from sergekg.store.textsearch import in_full, unquoted

NAMES = ("rdfs:label", "skos:prefLabel", "skos:altLabel")
"""Properties whose values are found."""
_MOST = 1000
"""Things that are told; to read more names than they have is as quick."""
_TESTS = frozenset({"CONTAINS", "STRSTARTS", "STRENDS"})
_FORM = re.compile(
    r"(?:CONTAINS|STRSTARTS|STRENDS) \( (?:v|STR \( v \)|LCASE \( (?:v|STR \( v \)) \)) , s \)"
)
_PLAIN = re.compile(r"[\x20-\x7e\xa0-\u017f\u0400-\u04ff]{3,200}")
"""Letters that every implementation has the same small ones of: Latin and Cyrillic."""

Find = Callable[[str, int], Sequence[str] | None]
"""From letters and a limit, the IRIs of all things that may have a name with them, in any case; None where
nobody knows, or there are more."""


def narrow(query: Query, find: Find) -> Query:
    """The query with what may have such a name, before the triples that ask for the name.

    Args:
        find: knows every name in the store.
    """
    if not query.words & _TESTS or query.services:
        return query
    edits = [
        edit
        for group in read_groups(query.tokens, query.begin)
        if (edit := _narrowed(query, group, find)) is not None
    ]
    return replace(query, edits=[*query.edits, *edits], is_look_up=False) if edits else query


def may_narrow(query: Query) -> bool:
    """Whether a query is narrowed once the letters are known, perhaps with its solutions in another order."""
    return narrow(query, lambda _letters, _most: ()) is not query


def _narrowed(query: Query, group: Group, find: Find) -> Edit | None:
    tokens = query.tokens
    for part in group.filters:
        tested = _read_test(tokens, part)
        if tested is None:
            continue
        variable, letters = tested
        named = next((one for one in group.triples if _asks_name(query, one, variable)), None)
        things = find(letters, _MOST) if named else None
        if named is not None and things is not None:
            at = tokens[named.begin].start
            told = " ".join(f"<{thing}>" for thing in things)
            return Edit(at, at, f"VALUES {tokens[named.subject.begin].text} {{ {told} }} ")
    return None


def _read_test(tokens: Sequence[Token], part: Part) -> tuple[str, str] | None:
    """The variable and the letters of a FILTER that tests nothing else."""
    inner = list(tokens[part.begin + 1 : part.end])
    while inner and inner[0].text == "(":
        inner = inner[1:-1]
    kinds = {"variable": "v", "string": "s"}
    if not _FORM.fullmatch(" ".join(kinds.get(token.kind, token.text) for token in inner)):
        return None
    variable = next(token.text[1:] for token in inner if token.kind == "variable")
    letters = unquoted(inner[-2]).lower()
    return (variable, letters) if _PLAIN.fullmatch(letters) else None


def _asks_name(query: Query, triple: Triple, variable: str) -> bool:
    subject, predicate, value = (query.tokens[part.begin] for part in triple.terms)
    if subject.kind != "variable" or value.kind != "variable" or predicate.kind not in ("iri", "name"):
        return False
    if value.text[1:] != variable or subject.text[1:] == variable:
        return False
    return query.resolve([predicate])[0] in _NAME_IRIS


_NAME_IRIS = frozenset(map(in_full, NAMES))
