"""Narrows `FILTER(CONTAINS(LCASE(?name), "text"))` to what an index of names finds, for a large store.

The engine has no index of text: it reads every name to see which contain a few letters. Here VALUES tell it
whose names may, and the query's own FILTER still decides which do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

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
_MOST_TESTS = 8
"""Tests of a query for which names are looked up."""

Find = Callable[[str, int], Sequence[str] | None]
"""From letters and a limit, the IRIs of all things that may have a name with them, in any case; None where
nobody knows, or there are more."""


def narrow(query: Query, find: Find) -> Query:
    """The query with what may have such a name, before the triples that ask for the name.

    Args:
        find: knows every name in the store.
    """
    if not query.words & _TESTS or query.services or not query.is_short:
        return query
    if "LATERAL" in query.words:  # where the thing is known already, VALUES may not name it
        return query
    found = [
        (group, tests)
        for group in read_groups(query.tokens, query.begin)
        if (tests := _read_tests(query.tokens, group))
    ]
    names = _name_properties(query, [group for group, _ in found])
    asked = cache(lambda letters: find(letters, _MOST))
    edits = []
    for group, tests in found[:_MOST_TESTS]:
        if (edit := _narrowed(query.tokens, group, tests, names, asked)) is not None:
            edits.append(edit)
    return replace(query, edits=[*query.edits, *edits], is_look_up=False) if edits else query


def may_narrow(query: Query) -> bool:
    """Whether a query is narrowed once the letters are known, perhaps with its solutions in another order."""
    return narrow(query, lambda _letters, _most: ()) is not query


def _narrowed(
    tokens: Sequence[Token],
    group: Group,
    tests: Sequence[tuple[str, str]],
    names: frozenset[str],
    find: Callable[[str], Sequence[str] | None],
) -> Edit | None:
    for variable, letters in tests:
        named = next((one for one in group.triples if _asks_name(tokens, one, variable, names)), None)
        things = find(letters) if named else None
        if named is not None and things is not None:
            at = tokens[named.begin].start
            told = " ".join(f"<{thing}>" for thing in things)
            # the space parts it from a name with a prefix, which may be written up to the full stop
            return Edit(at, at, f" VALUES {tokens[named.subject.begin].text} {{ {told} }} ")
    return None


def _read_tests(tokens: Sequence[Token], group: Group) -> list[tuple[str, str]]:
    """The first tests of a group."""
    tests = [tested for part in group.filters if (tested := _read_test(tokens, part)) is not None]
    return tests[:_MOST_TESTS]


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


def _name_properties(query: Query, groups: Sequence[Group]) -> frozenset[str]:
    """How the properties of names are written in groups; all that stands there is resolved at once."""
    written = {
        token.text: token
        for group in groups
        for triple in group.triples
        if (token := query.tokens[triple.predicate.begin]).kind in ("iri", "name")
    }
    iris = zip(written, query.resolve(list(written.values())), strict=True)
    return frozenset(text for text, iri in iris if iri in _NAME_IRIS)


def _asks_name(tokens: Sequence[Token], triple: Triple, variable: str, names: frozenset[str]) -> bool:
    subject, predicate, value = (tokens[part.begin] for part in triple.terms)
    if subject.kind != "variable" or value.kind != "variable" or predicate.kind not in ("iri", "name"):
        return False
    return value.text[1:] == variable != subject.text[1:] and predicate.text in names


_NAME_IRIS = frozenset(map(in_full, NAMES))
