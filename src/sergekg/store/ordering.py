"""Writes a query so that a large store begins with what is rarest.

The engine does not know how many triples a pattern has. It begins with the one that has most places filled,
and takes others that are alike as they are written; so a query over millions looks up tens of thousands of
things before it comes to the FILTER that leaves a few. The solutions are the same in any order, and where
VALUES name what a FILTER leaves of the few values of a property, such as dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sergekg.byte_cache import ByteCache
from sergekg.errors import SergekgError
from sergekg.remember import remember
from sergekg.store.analysis import Dataset, Query
from sergekg.store.groups import Group, Part, Triple, read_outermost, variables
from sergekg.store.lexer import Token
from sergekg.store.local import LocalStore
from sergekg.store.rendering import Edit, render

FEW = 2000
"""Triples of a pattern from which any order is quick."""
_MOST_COUNTED, _MOST_VALUES = 250_000, 2000
_MOST_TRIPLES, _MOST_TOKENS = 12, 300
_NAMED = re.compile(r'<[^<>\s]*>\Z|"')
"""A term that VALUES may hold."""

Suit = Callable[[Query, Dataset], Query]
"""From a query and what the protocol asked for, the query as a store runs it."""


class Numbers(Protocol):
    """What is known of the default graph of a store; terms are written as in SPARQL, IRIs in full."""

    def count(self, subject: str, predicate: str, value: str) -> int:
        """The triples of a pattern, up to a limit."""
        ...

    def values(self, predicate: str) -> Sequence[str] | None:
        """What a property has as values; None where these are many, or not all can be named."""
        ...

    def passing(self, head: str, variable: str, values: Sequence[str], filters: str) -> Sequence[str] | None:
        """Those of the values that pass filters; None where nobody can tell.

        Args:
            head: the declarations of what the filters use.
        """
        ...


def as_written(query: Query, _dataset: Dataset) -> Query:
    """The query itself, which suits a small store."""
    return query


class StoreNumbers:
    """The numbers of a store that never changes; what was asked once is remembered."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self.count = remember(entries=4096, longest=2000)(self._count)
        self.values = remember(entries=256, longest=2000)(self._values)

    def passing(self, head: str, variable: str, values: Sequence[str], filters: str) -> Sequence[str] | None:
        told = f"VALUES {variable} {{ {' '.join(values)} }}"
        return self._terms(f"{head}SELECT {variable} {{ {told} {filters} }}", variable)

    def _count(self, subject: str, predicate: str, value: str) -> int:
        pattern = f"{{ SELECT * {{ {subject} {predicate} {value} }} LIMIT {_MOST_COUNTED} }}"
        try:
            return int(str(self._store.select(f"SELECT (COUNT(*) AS ?n) {pattern}")[0]["n"]))
        except SergekgError:  # what is wrong with it is said when the query itself is run
            return 0

    def _values(self, predicate: str) -> Sequence[str] | None:
        asked = f"SELECT DISTINCT ?v {{ ?s {predicate} ?v }} LIMIT {_MOST_VALUES + 1}"
        found = self._terms(asked, "?v")
        return found if found is not None and len(found) <= _MOST_VALUES else None

    def _terms(self, query: str, variable: str) -> Sequence[str] | None:
        try:
            found = [str(row[variable[1:]]) for row in self._store.query(query)]  # type: ignore[union-attr]
        except (SergekgError, ValueError, RuntimeError, OSError):  # the engine evaluates as it is read
            return None
        return tuple(found) if all(map(_NAMED.match, found)) else None


class Orders:
    """Orders the queries of one store that never changes."""

    def __init__(self, store: LocalStore) -> None:
        self._numbers = StoreNumbers(store)
        self._kept: ByteCache[Query] = ByteCache(8 << 20)

    def order(self, query: Query, dataset: Dataset) -> Query:
        """See `order`."""
        if dataset.is_given:
            return query
        key = query.rendering.text
        found = self._kept.get(key)
        if found is None:
            found = order(query, self._numbers)
            self._kept.put(key, found, 200 * len(query.tokens) + 4 * len(found.rendering.text))
        return found


@dataclass(frozen=True)
class _Pattern:
    """A triple pattern with what is known of it.

    Attributes:
        texts: its terms as an engine is given them.
        names: its variables.
        count: its triples.
        told: VALUES of its object, where these are few and filters leave fewer.
        weight: about how many triples the filters leave.
    """

    texts: tuple[str, str, str]
    names: frozenset[str]
    count: int
    told: str
    weight: float

    @property
    def text(self) -> str:
        return " ".join(self.texts) + " . "


def order(query: Query, numbers: Numbers) -> Query:
    """The query with its outermost triples in a better order, where there is one.

    Only a group of triples and filters alone is touched, over the default graph of the store.
    """
    if query.dataset.is_given or query.services or not query.is_repeatable or "EXISTS" in query.words:
        return query
    if any(token.text == "*" for token in query.tokens[query.begin : query.begin + 3]):
        return query  # the columns come in the order in which they are written
    group = read_outermost(query.tokens, query.begin)
    if group is None or group.has_others or not 1 <= len(group.triples) <= _MOST_TRIPLES:
        return query
    if len(group.triples) == 1 and not group.filters:
        return query
    within = query.tokens[group.begin + 1 : group.end]
    begin, end = query.tokens[group.begin].end, query.tokens[group.end].start
    inner = [edit for edit in query.edits if begin < edit.end and edit.start < end]
    of_tokens = sum(_is_within(edit, token) for edit in inner for token in within)
    of_comments = sum(edit.start < edit.end and not edit.text for edit in inner)
    if len(within) > _MOST_TOKENS or of_tokens + of_comments < len(inner):  # something was put there
        return query
    written = _best(query, group, numbers)
    if written is None:
        return query
    kept = [edit for edit in query.edits if edit not in inner]
    return replace(query, edits=[*kept, Edit(begin, end, f" {written}")], is_look_up=False)


def _best(query: Query, group: Group, numbers: Numbers) -> str | None:
    """The text of the group in its best order; None where it does not matter, or nobody can tell."""
    tokens = query.tokens
    filters = [(_text(query, part), variables(tokens, part)) for part in group.filters]
    seen: dict[int, _Pattern] = {}
    for triple in sorted(group.triples, key=lambda one: not _is_narrow(tokens, one)):
        pattern = _pattern(query, triple, filters, numbers)
        if _is_narrow(tokens, triple) and pattern.count < FEW:
            return None  # the engine begins there, and little is left
        seen[id(triple)] = pattern
    given = [seen[id(triple)] for triple in group.triples]
    ordered = _in_order(given)
    if ordered is None or (ordered == given and not ordered[0].told):
        return None
    return f"{ordered[0].told}{''.join(one.text for one in ordered)}{''.join(text for text, _ in filters)}"


def _is_narrow(tokens: Sequence[Token], triple: Triple) -> bool:
    """Whether it has a term where others of its property have a variable."""
    return any(tokens[part.begin].kind != "variable" for part in (triple.subject, triple.object))


def _pattern(
    query: Query, triple: Triple, filters: Sequence[tuple[str, set[str]]], numbers: Numbers
) -> _Pattern:
    tokens = query.tokens
    texts = [_text(query, part).strip() for part in triple.terms]
    constant = [part for part in triple.terms if tokens[part.begin].kind in ("iri", "name")]
    known = dict(zip(constant, query.resolve([tokens[part.begin] for part in constant]), strict=True))
    in_full = [
        f"<{known[part]}>" if part in known else text for part, text in zip(triple.terms, texts, strict=True)
    ]
    names = frozenset(name for part in triple.terms for name in variables(tokens, part))
    count = numbers.count(in_full[0], in_full[1], in_full[2])
    told, left = "", 1.0
    value = variables(tokens, triple.object)
    own = "".join(text for text, used in filters if used == value)
    if value and own and triple.predicate in known and not value & variables(tokens, triple.subject):
        values = numbers.values(in_full[1])
        passing = numbers.passing(_head(query), texts[2], values, own) if values else None
        if values and passing is not None and len(passing) < len(values):
            told = f"VALUES {texts[2]} {{ {' '.join(passing)} }} "
            left = len(passing) / len(values)
    return _Pattern((texts[0], texts[1], texts[2]), names, count, told, count * left)


def _in_order(given: Sequence[_Pattern]) -> list[_Pattern] | None:
    """The patterns, each after one that it shares a variable with; None where that cannot be."""
    left = list(given)
    found: list[_Pattern] = []
    bound: set[str] = set()
    while left:
        near = [pattern for pattern in left if pattern.names & bound] if found else left
        if not near:
            return None
        best = min(near, key=lambda pattern: (pattern.weight, given.index(pattern)))
        found.append(best)
        left.remove(best)
        bound |= best.names
    return found


def _head(query: Query) -> str:
    """The declarations of a query, as an engine is given them."""
    return "".join(edit.text for edit in query.edits if edit.start == edit.end == 0)


def _text(query: Query, part: Part) -> str:
    """A stretch of the query as an engine is given it, without comments."""
    text = ""
    for token in query.tokens[part.begin : part.end]:
        edits = [
            Edit(edit.start - token.start, edit.end - token.start, edit.text)
            for edit in query.edits
            if _is_within(edit, token)
        ]
        word = render(query.source[token.start : token.end], edits).text
        text += word if word.startswith(("@", "^^")) or text.endswith("^^") else f" {word}"
    return f"{text} "


def _is_within(edit: Edit, token: Token) -> bool:
    return token.start <= edit.start < edit.end <= token.end
