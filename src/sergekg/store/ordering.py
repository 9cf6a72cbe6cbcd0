"""Writes a query so that a large store begins with what is rarest.

The engine does not know how many triples a pattern has. It begins with the one that has most places filled,
and takes others that are alike as they are written; so a query over millions looks up tens of thousands of
things before it comes to the FILTER that leaves a few. The solutions are the same in any order, and where
VALUES name the few values of a property, such as dates, of which a FILTER leaves fewer.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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
_MOST_COUNTED, _MOST_VALUES = 1_000_000, 2000
_LEFT = 0.1
"""How many of a few values a filter is thought to leave."""
_MOST_TOLD = 200_000
"""Characters of all values of a property that may be told."""
_MOST_TRIPLES = 12
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


def as_written(query: Query, _dataset: Dataset) -> Query:
    """The query itself, which suits a small store."""
    return query


class StoreNumbers:
    """The numbers of a store that never changes; what was asked once is remembered."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self.count = remember(entries=4096, longest=2000)(self._count)
        self.values = remember(entries=256, longest=2000)(self._values)

    def _count(self, subject: str, predicate: str, value: str) -> int:
        pattern = f"{{ SELECT * {{ {subject} {predicate} {value} }} LIMIT {_MOST_COUNTED} }}"
        try:
            return int(str(self._store.select(f"SELECT (COUNT(*) AS ?n) {pattern}")[0]["n"]))
        except SergekgError:  # what is wrong with it is said when the query itself is run
            return 0

    def _values(self, predicate: str) -> Sequence[str] | None:
        if self.count("?s", predicate, "?o") >= _MOST_COUNTED:
            return None
        asked = f"SELECT DISTINCT ?v {{ ?s {predicate} ?v }} LIMIT {_MOST_VALUES + 1}"
        found = self._terms(asked, "?v")
        return found if found is not None and len(found) <= _MOST_VALUES else None

    def _terms(self, query: str, variable: str) -> Sequence[str] | None:
        try:
            found = [str(row[variable[1:]]) for row in self._store.query(query)]  # type: ignore[union-attr]
        except (SergekgError, ValueError, RuntimeError, OSError):  # the engine evaluates as it is read
            return None
        if sum(map(len, found)) > _MOST_TOLD:
            return None
        return tuple(found) if all(map(_NAMED.match, found)) else None


class Orders:
    """Orders the queries of one store that never changes."""

    def __init__(self, store: LocalStore) -> None:
        self._numbers = StoreNumbers(store)
        self._kept: ByteCache[Query] = ByteCache(8 << 20)

    def order(self, query: Query, dataset: Dataset) -> Query:
        """See `order`."""
        if dataset.is_given or not _can_be_ordered(query):
            return query
        # the source says where its parts are, and what is rendered of it what its names stand for
        key = query.source, query.rendering.text
        found = self._kept.get(key)
        if found is None:
            found = order(query, self._numbers)
            size = 200 * len(query.tokens) + 4 * (3 * len(query.source) + len(found.rendering.text))
            self._kept.put(key, found, size)
        return found


_Edits = Mapping[int, Sequence[Edit]]
"""By the index of a token, the edits of its characters."""


@dataclass(frozen=True)
class _Pattern:
    """A triple pattern with what is known of it.

    Attributes:
        texts: its terms as an engine is given them.
        names: its variables.
        count: its triples.
        told: what tries its filters on the values of its object, where these are few.
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
    if not _can_be_ordered(query):
        return query
    group = read_outermost(query.tokens, query.begin)
    if group is None or group.has_others or not 1 <= len(group.triples) <= _MOST_TRIPLES:
        return query
    if len(group.triples) == 1 and not group.filters:
        return query
    begin, end = query.tokens[group.begin].end, query.tokens[group.end].start
    edits = _edits(query, group, begin, end)
    written = None if edits is None else _best(query, group, edits, numbers)
    if written is None:
        return query
    kept = [edit for edit in query.edits if edit.end <= begin or end <= edit.start]
    return replace(query, edits=[*kept, Edit(begin, end, f" {written}")], is_look_up=False)


def _can_be_ordered(query: Query) -> bool:
    """Whether it may be, as far as its words tell."""
    if query.dataset.is_given or query.services or not query.is_repeatable or "EXISTS" in query.words:
        return False
    # the columns of SELECT * come in the order in which they are written
    return query.is_short and all(token.text != "*" for token in query.tokens[query.begin : query.begin + 3])


def _edits(query: Query, group: Group, begin: int, end: int) -> _Edits | None:
    """The edits of the tokens in a group; None where something was put between them."""
    starts = [token.start for token in query.tokens[group.begin + 1 : group.end]]
    found: defaultdict[int, list[Edit]] = defaultdict(list)
    for edit in query.edits:
        if edit.end <= begin or end <= edit.start:
            continue
        index = group.begin + bisect_right(starts, edit.start)
        token = query.tokens[index]
        if token.start <= edit.start < edit.end <= token.end:
            found[index].append(Edit(edit.start - token.start, edit.end - token.start, edit.text))
        elif edit.text or edit.start == edit.end:  # no comment
            return None
    return found


def _best(query: Query, group: Group, edits: _Edits, numbers: Numbers) -> str | None:
    """The text of the group in its best order; None where it does not matter, or nobody can tell."""
    tokens = query.tokens
    if any(_hides_variables(token) for part in group.filters for token in tokens[part.begin : part.end]):
        return None
    if any(_has_twice(tokens, one) for one in group.triples):
        return None  # to count what has a variable twice, a store is read through
    filters = [(_text(query, edits, part), variables(tokens, part)) for part in group.filters]
    seen: dict[int, _Pattern] = {}
    for triple in sorted(group.triples, key=lambda one: not _is_narrow(tokens, one)):
        pattern = _pattern(query, triple, edits, filters, numbers)
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


def _hides_variables(token: Token) -> bool:
    """Whether it may be `<` and variables to an engine, where `?a<?b&&?c>?d` is meant as a comparison."""
    return token.kind == "iri" and ("?" in token.text or "$" in token.text)


def _variables(tokens: Sequence[Token], triple: Triple) -> frozenset[str]:
    return frozenset(name for part in triple.terms for name in variables(tokens, part))


def _has_twice(tokens: Sequence[Token], triple: Triple) -> bool:
    """Whether a variable stands for more than one of its terms."""
    return len(_variables(tokens, triple)) < sum(len(variables(tokens, part)) for part in triple.terms)


def _pattern(
    query: Query,
    triple: Triple,
    edits: _Edits,
    filters: Sequence[tuple[str, set[str]]],
    numbers: Numbers,
) -> _Pattern:
    tokens = query.tokens
    texts = [_text(query, edits, part).strip() for part in triple.terms]
    constant = [part for part in triple.terms if tokens[part.begin].kind in ("iri", "name")]
    known = dict(zip(constant, query.resolve([tokens[part.begin] for part in constant]), strict=True))
    in_full = [
        f"<{known[part]}>" if part in known else text for part, text in zip(triple.terms, texts, strict=True)
    ]
    # what is counted is remembered, whatever the variables are called
    asked = [
        place if tokens[part.begin].kind == "variable" else text
        for place, part, text in zip(("?s", "?p", "?o"), triple.terms, in_full, strict=True)
    ]
    count = numbers.count(asked[0], asked[1], asked[2])
    told, left = "", 1.0
    value = variables(tokens, triple.object)
    own = "".join(text for text, used in filters if used == value)
    if value and own and triple.predicate in known and not value & variables(tokens, triple.subject):
        values = numbers.values(in_full[1]) if count >= FEW else None
        if values and len(values) * 2 < count:
            told = f"{{ SELECT {texts[2]} {{ VALUES {texts[2]} {{ {' '.join(values)} }} {own}}} }} "
            left = _LEFT
    return _Pattern((texts[0], texts[1], texts[2]), _variables(tokens, triple), count, told, count * left)


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


def _text(query: Query, edits: _Edits, part: Part) -> str:
    """A stretch of the query as an engine is given it, without comments."""
    text = ""
    for index, token in enumerate(query.tokens[part.begin : part.end], part.begin):
        word = render(query.source[token.start : token.end], edits.get(index, ())).text
        is_next = word.startswith(("@", "^^")) or text.endswith("^^")
        is_call = word == "(" and index > part.begin and query.tokens[index - 1].kind == "word"
        text += word if is_next or is_call else f" {word}"
    return f"{text} "
